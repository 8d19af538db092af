import * as z from 'zod';
import { parseDuration } from './clock.ts';
import { findNearest } from './nearest.ts';
import { CONFIG_FILE } from './paths.ts';
import { printable } from './quote.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const duration = (fallback: number) =>
  z
    .string()
    .refine(
      (text) => parseDuration(text) !== undefined,
      'expected a duration such as "90s", "15m", "1h"',
    )
    .transform((text) => parseDuration(text) ?? fallback)
    .default(fallback)
    .meta({ type: 'string', pattern: '^([0-9]+[smhd])+$', examples: ['1h'] });

const severity = z.enum(['error', 'warn', 'off']);

/** How much a finding of a rule weighs: it blocks, it is printed, or it is silent. */
export type Severity = z.infer<typeof severity>;

/** A ref as git takes it, in full. */
const refName = z
  .string()
  .regex(
    /^refs\/(?!.*(?:\.\.|\/\/|\/\.|\.lock(?:\/|$)))[A-Za-z0-9][A-Za-z0-9._/-]*[A-Za-z0-9_-]$/,
    'expected a full ref such as "refs/leasehold/ledger" or "refs/heads/leasehold-ledger"',
  );

/** A remote's name: never an address, which could name a program to run. */
const remoteName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._/-]*$/, 'expected the name of a remote, such as "origin"');

/** Whoever is sent a token must not be anybody in between. */
const apiAddress = z
  .string()
  .regex(
    /^https:\/\/[A-Za-z0-9.-]+(?::\d+)?(?:\/[A-Za-z0-9._/-]*)?$|^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?$/,
    'expected an address such as "https://github.example.com/api/v3"',
  );

const issuesSection = z.strictObject({
  repository: z
    .string()
    .regex(/^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/, 'expected owner/name')
    .optional()
    .describe(
      'with the store or the mirror github: whose issues are locks; by default where origin is',
    ),
  label: z
    .string()
    .regex(/^[A-Za-z0-9._/:-]{1,40}$/, 'expected a label such as "lock"')
    .default('lock')
    .describe('with the store or the mirror github: the label of lock issues'),
  api: apiAddress
    .default('https://api.github.com')
    .describe('with the store or the mirror github: where its API is'),
});

const locksFields = (fallback: { ttl: number; maxTtl: number; maxStale: number }) =>
  z.strictObject({
    store: z
      .enum(['file', 'git', 'github'])
      .default('file')
      .describe(
        'where a new clone keeps its locks: for itself, in a ref that all clones share, or in issues on GitHub',
      ),
    mirror: z
      .literal('github')
      .optional()
      .describe(
        'with the stores file and git: show the locks of this clone as lock issues, for people to see',
      ),
    github: issuesSection.prefault({}),
    ref: refName
      .default('refs/leasehold/ledger')
      .describe('with the store git: the ref of the remote that keeps the locks'),
    remote: remoteName
      .optional()
      .describe('with the store git: the remote; by default origin, or the only one'),
    maxStale: duration(fallback.maxStale).describe(
      'with the stores git and github: how old what a commit is judged by may be',
    ),
    ttl: duration(fallback.ttl).describe(
      'how long a grant lasts unless claim --ttl says otherwise',
    ),
    maxTtl: duration(fallback.maxTtl).describe('the longest that claim --ttl may ask for'),
    maxScopes: z
      .int('expected a whole number, at least 1')
      .min(1, 'expected a whole number, at least 1')
      .default(200)
      .describe('the most scopes of one grant that need no --broad'),
  });

const locksSection = (fallback: Parameters<typeof locksFields>[0]) =>
  locksFields(fallback).refine(({ store, mirror }) => store !== 'github' || mirror === undefined, {
    path: ['mirror'],
    message: 'expected none with the store github, whose locks are issues already',
  });

const guardSection = (rules: readonly string[]) =>
  z.strictObject({
    mode: z
      .enum(['enforce', 'warn', 'off'])
      .default('enforce')
      .describe('enforce blocks; warn prints and lets everything through; off is silent'),
    rules: z
      .partialRecord(z.enum(rules as [string, ...string[]]), severity)
      .default({})
      .describe('the severity of single rules'),
    requireLock: z
      .array(z.string())
      .default([])
      .describe('paths that nobody may change without a lock'),
    approval: z
      .array(z.string())
      .default([])
      .describe(
        'with the store github: paths of which a claim is granted once an owner has approved of it',
      ),
    exempt: z.array(z.string()).default([]).describe('paths that are never judged'),
    strict: z
      .boolean()
      .default(false)
      .describe(
        'judge each new commit where it reaches a branch, whatever made it (a reference-transaction hook)',
      ),
    bypass: z
      .enum(['all', 'people', 'none'])
      .default('people')
      .describe('who may let a commit through with LEASEHOLD_BYPASS="reason"'),
    base: z
      .string()
      .optional()
      .describe(
        'a remote-tracking branch, such as origin/main, that policy comes from where the pushed ref is new',
      ),
  });

const ownersSection = z.strictObject({
  dialect: z
    .enum(['github', 'gitlab'])
    .optional()
    .describe('by whose rules CODEOWNERS is read; by default by where the file lies'),
  claim: z
    .enum(['any', 'owners'])
    .default('any')
    .describe(
      'whose claim lets a change through that is not the owner’s: anybody’s, or an owner’s alone',
    ),
  identities: z
    .record(z.string(), z.array(z.string()))
    .default({})
    .describe(
      'holder, e-mail, login or glob over holders → the owners that it stands for; @org/team → its members',
    ),
});

const exportsSection = (rules: readonly string[]) =>
  z.strictObject({
    entries: z
      .array(z.string())
      .default([])
      .describe(
        'the files that show a package to the outside, from the top; by default those that packages have',
      ),
    rules: z
      .partialRecord(z.enum(rules as [string, ...string[]]), severity)
      .default({})
      .describe('the severity of single rules of the export audit'),
    internal: z
      .array(z.string())
      .default([])
      .describe('what else names of internal modules look like: `*` is any text, such as "*_sys"'),
  });

/** Numbers in dotted form, such as `0.1.0`. */
const version = z.string().regex(/^\d+\.\d+\.\d+$/, 'expected a version such as "0.1.0"');

/** The names of the rules that the config may set: the guard's and the export audit's. */
export type KnownRules = { guard: readonly string[]; exports: readonly string[] };

/** The schema, given the names of the rules that there are. */
export const createConfigSchema = (rules: KnownRules) =>
  z.strictObject({
    $schema: z.string().optional(),
    minVersion: version.optional().describe('an older leasehold stops, and says how to get on'),
    locks: locksSection({ ttl: HOUR, maxTtl: 24 * HOUR, maxStale: MINUTE }).prefault({}),
    guard: guardSection(rules.guard).prefault({}),
    owners: ownersSection.prefault({}),
    exports: exportsSection(rules.exports).prefault({}),
  });

/** The config with every default in place; durations are milliseconds. */
export type Config = z.infer<ReturnType<typeof createConfigSchema>>;

/** One thing that is wrong with a config: where, and what was expected. */
export type ConfigProblem = { path: string; message: string };

/** The keys that may stand at one place of the config. */
const keysAt = (path: string, rules: KnownRules): readonly string[] => {
  const places: Record<string, readonly string[]> = {
    '': ['$schema', 'minVersion', 'locks', 'guard', 'owners', 'exports'],
    'locks.github': Object.keys(issuesSection.shape),
    locks: Object.keys(locksFields({ ttl: HOUR, maxTtl: HOUR, maxStale: HOUR }).shape),
    guard: Object.keys(guardSection(rules.guard).shape),
    'guard.rules': rules.guard,
    owners: Object.keys(ownersSection.shape),
    exports: Object.keys(exportsSection(rules.exports).shape),
    'exports.rules': rules.exports,
  };
  return places[path] ?? [];
};

const suggest = (word: string, candidates: readonly string[]): string => {
  const nearest = findNearest(word, candidates);
  return nearest ? `; did you mean ${JSON.stringify(nearest)}?` : '';
};

const dotted = (path: readonly PropertyKey[]): string => path.map(String).join('.');

const explainIssue = (issue: z.core.$ZodIssue, rules: KnownRules): ConfigProblem[] => {
  const at = dotted(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: dotted([...issue.path, key]),
      message: `unknown key${suggest(key, keysAt(at, rules))}`,
    }));
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map((value) => JSON.stringify(value)).join(', ');
    return [{ path: at, message: `expected one of ${values}` }];
  }
  return [
    { path: at === '' ? CONFIG_FILE : at, message: issue.message.replace(/^Invalid input: /, '') },
  ];
};

/** Keys and pieces of the file stand in it, and they are somebody's text. */
const asPrintable = ({ path, message }: ConfigProblem): ConfigProblem => ({
  path: printable(path),
  message: printable(message),
});

const readJson = (text: string): unknown => JSON.parse(text.replace(/^\ufeff/, ''));

/** The `minVersion` of a config, however the rest of it reads; undefined where it is none. */
export const findMinVersion = (text: string): string | undefined => {
  try {
    return z.object({ minVersion: version }).safeParse(readJson(text)).data?.minVersion;
  } catch {
    // Not JSON: whoever reads the whole config says so.
    return undefined;
  }
};

/** Text → config, or everything that is wrong with it at once. */
export const parseConfig = (
  text: string,
  rules: KnownRules,
): { config: Config } | { problems: ConfigProblem[] } => {
  let json: unknown;
  try {
    json = readJson(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      problems: [asPrintable({ path: CONFIG_FILE, message: `not valid JSON: ${message}` })],
    };
  }
  const parsed = createConfigSchema(rules).safeParse(json);
  if (parsed.success) return { config: parsed.data };
  const problems = parsed.error.issues.flatMap((issue) => explainIssue(issue, rules));
  return { problems: problems.map(asPrintable) };
};

/** The config of a repository that has none. */
export const defaultConfig = (rules: KnownRules): Config => createConfigSchema(rules).parse({});
