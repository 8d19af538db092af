import { EXPORT_RULE_NAMES } from '../exports/index.ts';
import {
  type Config,
  type ConfigProblem,
  defaultConfig,
  findMinVersion,
  parseConfig,
} from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import { type Git, listBlobs, readBlob, readFiles, readHeadId } from '../kit/git.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { VERSION } from '../kit/version.ts';
import {
  type DialectName,
  findOwnersPlace,
  listAskedSections,
  OWNERS_PLACES,
  type OwnersFile,
  type OwnersPlace,
  parseOwners,
} from '../owners/index.ts';
import { checkConfigScopes, createPolicy, type Policy } from './policy.ts';
import { RULE_NAMES } from './rules.ts';

/** The rules that the config may set. */
const KNOWN_RULES = { guard: RULE_NAMES, exports: EXPORT_RULE_NAMES };

/** The default config as JSON, by the build: to load what reads a config takes longer than to read most trees. */
declare const DEFAULT_CONFIG: string | undefined;

/** The config of a repository that has none. */
export const createDefaultConfig = (): Config =>
  typeof DEFAULT_CONFIG === 'string' ? JSON.parse(DEFAULT_CONFIG) : defaultConfig(KNOWN_RULES);

/** Everything that the trusted side can say, by path: what a gate asks git for. */
export const POLICY_PATHS: readonly string[] = [CONFIG_FILE, ...OWNERS_PLACES];

/** The blobs of the trusted side by path; undefined where there is no trusted side (a first commit). */
export type TrustedBlobs = ReadonlyMap<string, string> | undefined;

/** The blobs that a tree has of `POLICY_PATHS`; a tree that git does not know throws `Undecided`. */
export const listTrustedBlobs = (git: Git, treeish: string): ReadonlyMap<string, string> => {
  const blobs = listBlobs(git, treeish, POLICY_PATHS);
  if (blobs) return blobs;
  throw new Undecided('git-failed', `git cannot read the tree of ${treeish}`, 'git fsck');
};

/** The same of HEAD, asking git once where HEAD is a commit; undefined on an unborn branch. */
export const listHeadBlobs = (git: Git): TrustedBlobs => {
  const blobs = listBlobs(git, 'HEAD', POLICY_PATHS);
  if (blobs) return blobs;
  const head = readHeadId(git);
  return head === undefined ? undefined : listTrustedBlobs(git, head);
};

/** The same in one question, with a git that has their texts already. */
export const readHeadBlobs = (git: Git): { git: Git; blobs: TrustedBlobs } => {
  const files = readFiles(git, 'HEAD', POLICY_PATHS);
  // Asked one by one, git says what is wrong.
  if (!files) return { git, blobs: listHeadBlobs(git) };
  return { git: { ...git, texts: files.texts }, blobs: files.blobs };
};

/** From the top, wherever the reader stands. */
const STAGE = `git add -- :/${CONFIG_FILE}`;
/** Only a commit that brings nothing else is judged without what it mends. */
const COMMIT_ALONE = `git commit -- :/${CONFIG_FILE}`;

const configInvalid = (
  where: string,
  problems: readonly ConfigProblem[],
  next: string,
): Undecided =>
  new Undecided(
    'config-invalid',
    `${where} is not valid:\n${problems.map(({ path, message }) => `    ${path}: ${message}`).join('\n')}`,
    `mend ${CONFIG_FILE}, then: ${next}`,
  );

const isOlder = (version: string, than: string): boolean => {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  const index = [0, 1, 2].find((part) => a?.[part] !== b?.[part]);
  return index !== undefined && (a?.[index] ?? 0) < (b?.[index] ?? 0);
};

/** Text → config. `where` names the version that it is; everything wrong with it is told at once. */
export const readConfig = (text: string, where: string, next = STAGE): Config => {
  assertNewEnough(text);
  const parsed = parseConfig(text, KNOWN_RULES);
  if ('problems' in parsed) throw configInvalid(where, parsed.problems, next);
  const problems = checkConfigScopes(parsed.config);
  if (problems.length > 0) throw configInvalid(where, problems, next);
  return parsed.config;
};

/** Asked before anything else: what a newer leasehold knows is no typo in an older one. */
const assertNewEnough = (text: string): void => {
  const minVersion = findMinVersion(text);
  if (minVersion === undefined || !isOlder(VERSION, minVersion)) return;
  throw new Undecided(
    'min-version',
    `this repository asks for leasehold ${minVersion}, and this is ${VERSION}`,
    `npm install --save-dev leasehold@^${minVersion} && npx leasehold init`,
  );
};

/** The config of the trusted side, or the default one. */
export const loadConfig = (git: Git, blobs: TrustedBlobs): Config => {
  const id = blobs?.get(CONFIG_FILE);
  return id === undefined
    ? createDefaultConfig()
    : readConfig(readBlob(git, id), `the committed ${CONFIG_FILE}`, COMMIT_ALONE);
};

/** A CODEOWNERS file, and where it lies. */
export type LoadedOwners = OwnersPlace & OwnersFile;

/**
 * CODEOWNERS of the trusted side: the one file that the host reads. `configured` is `owners.dialect`; of what
 * the file says of other paths than those of `about`, all may be left out but what is wrong with it.
 */
export const loadOwners = (
  git: Git,
  blobs: TrustedBlobs,
  configured: DialectName | undefined,
  about?: readonly string[],
): LoadedOwners | undefined => {
  const place = findOwnersPlace((path) => blobs?.has(path) ?? false, configured);
  const id = place && blobs?.get(place.path);
  if (!place || id === undefined) return undefined;
  return { path: place.path, ...parseOwners(readBlob(git, id), place.dialect, about) };
};

/** The policy that the trusted side comes to. */
export const loadPolicy = (git: Git, blobs: TrustedBlobs): Policy => {
  const config = loadConfig(git, blobs);
  const file = loadOwners(git, blobs, config.owners.dialect);
  return createPolicy(
    config,
    blobs?.has(CONFIG_FILE) ?? false,
    file ? { path: file.path, dialect: file.dialect, sections: listAskedSections(file) } : null,
  );
};
