import type { Config, ConfigProblem, Severity } from '../kit/config.ts';
import { printable } from '../kit/quote.ts';
import {
  type Claim,
  compileClaim,
  compilePattern,
  type ScopeRule,
  type TableRule,
  type Tables,
  toTables,
  withTables,
} from '../locks/index.ts';
import type { OwnersPlace, OwnersRules } from '../owners/index.ts';
import { isHolderGlob } from './names.ts';
import type { RuleName } from './rules.ts';
import { resolveTeams } from './teams.ts';

/** What the trusted side says: the config with CODEOWNERS, as plain data that a cache can hold. */
export type Policy = {
  /** False where the trusted side has no config: then only locks bind. */
  configured: boolean;
  mode: Config['guard']['mode'];
  bypass: Config['guard']['bypass'];
  /** Whether new commits are judged where they reach a branch, however they were made. */
  strict: boolean;
  /** `guard.base`: the remote-tracking branch that a new branch is judged by. */
  base: string | null;
  rules: Partial<Record<RuleName, Severity>>;
  requireLock: readonly string[];
  exempt: readonly string[];
  /** Of the patterns in both lists and in `identities`: as git's names are, and lower-cased. */
  tables: { exact: Tables; folded: Tables };
  /** Holder, e-mail, login or glob over holders → the owners that it stands for, teams resolved. */
  identities: Readonly<Record<string, readonly string[]>>;
  ownersClaim: Config['owners']['claim'];
  /** CODEOWNERS with every careful reading of its lines. */
  owners: (OwnersPlace & OwnersRules) | null;
};

// Scopes of the config lie at the repository's top and compare as git's names do; a clone that ignores case folds them when it judges.
/** How names of the config compare where no clone is asked. */
export const EXACT_PATHS = { ignoreCase: false } as const;
const EXACT = { ignoreCase: false, compile: compilePattern };
const FOLDED = { ignoreCase: true, compile: compilePattern };

const checkScope = (text: string, path: string): ConfigProblem[] => {
  const claim = compileClaim(text, 'write', EXACT);
  return 'refused' in claim ? [{ path, message: claim.refused }] : [];
};

const checkScopes = (texts: readonly string[], path: string): ConfigProblem[] =>
  texts.flatMap((text, index) => checkScope(text, `${path}.${index}`));

/** The keys and members of `owners.identities` that stand for every holder of a form. */
const listHolderGlobs = (identities: Record<string, readonly string[]>): string[] =>
  Object.keys(resolveTeams(identities)).filter(isHolderGlob);

const checkGlobs = ({ owners }: Config): ConfigProblem[] =>
  listHolderGlobs(owners.identities).flatMap((glob) =>
    checkScope(glob, `owners.identities.${printable(glob)}`),
  );

const checkAnswerable = ({ guard, locks }: Config): ConfigProblem[] =>
  guard.approval.length > 0 && locks.store !== 'github'
    ? [{ path: 'guard.approval', message: 'needs locks.store "github", where owners can answer' }]
    : [];

/** What is wrong with a config beyond its shape: scopes that are none. */
export const checkConfigScopes = (config: Config): ConfigProblem[] => [
  ...checkScopes(config.guard.requireLock, 'guard.requireLock'),
  ...checkScopes(config.guard.exempt, 'guard.exempt'),
  ...checkScopes(config.guard.approval, 'guard.approval'),
  ...checkAnswerable(config),
  ...checkGlobs(config),
];

/** Patterns that are too large for tables have none here, and the guard leaves them to the command. */
const compileTables = (texts: readonly string[]): Policy['tables'] => {
  const tablesBy = (rule: ScopeRule): Tables =>
    toTables(
      texts
        .map((text) => compileClaim(text, 'write', rule))
        .filter((claim): claim is Claim => !('refused' in claim)),
    ) ?? {};
  return { exact: tablesBy(EXACT), folded: tablesBy(FOLDED) };
};

/** Config and CODEOWNERS of the trusted side as one policy. `config` is the default one where there is none. */
export const createPolicy = (
  config: Config,
  configured: boolean,
  owners: Policy['owners'],
): Policy => ({
  configured,
  mode: config.guard.mode,
  bypass: config.guard.bypass,
  strict: config.guard.strict,
  base: config.guard.base ?? null,
  rules: config.guard.rules as Policy['rules'],
  requireLock: config.guard.requireLock,
  exempt: config.guard.exempt,
  tables: compileTables([
    ...config.guard.requireLock,
    ...config.guard.exempt,
    ...listHolderGlobs(config.owners.identities),
  ]),
  identities: resolveTeams(config.owners.identities),
  ownersClaim: config.owners.claim,
  owners,
});

/** The scopes of a policy, ready for one clone. A scope that is none was refused with the config. */
export const readScopes = (
  texts: readonly string[],
  tables: Policy['tables'],
  rule: TableRule,
): Claim[] => {
  const scopes = withTables(rule, rule.ignoreCase ? tables.folded : tables.exact);
  return texts
    .map((text) => compileClaim(text, 'write', scopes))
    .filter((claim): claim is Claim => !('refused' in claim));
};
