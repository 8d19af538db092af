import {
  type Actor,
  type Change,
  chooseNext,
  concludeVerdict,
  type GuardFinding,
  isMapped,
  isOwnGrant,
  judge,
  listActorOwners,
  type Policy,
  RULES,
  type RuleName,
  readScopes,
} from '../guard/index.ts';
import { CONFIG_FILE, comparePath, trimSlashes } from '../kit/paths.ts';
import {
  type CompiledScope,
  type Grant,
  isExpired,
  type Ledger,
  listActive,
  scopeCovers,
  scopeReaches,
} from '../locks/index.ts';
import { createAskingMatcher } from '../owners/index.ts';
import type { Account, CoveringRecord, Setting, Weight } from '../report/index.ts';
import { type ConfigLines, type KeyPath, locateConfigLines, showKeyPath } from './config-lines.ts';

/** What an account is made from. `configText` is that of HEAD's config, which has been read as `policy` already. */
export type WhyQuestion = {
  path: string;
  /** Whether all that lies below the path is meant. */
  isTree: boolean;
  actor: Actor;
  ledger: Ledger;
  policy: Policy;
  configText: string | undefined;
  /** Where the reader stands, relative to the top. */
  prefix: string;
};

type Asked = WhyQuestion & { lines: ConfigLines };

const findSetting = ({ lines }: Asked, path: KeyPath, value: string): Setting | undefined => {
  const line = lines.find(path);
  return line === undefined ? undefined : { key: showKeyPath(path), value, line };
};

type Meets = (compiled: CompiledScope, path: string) => boolean;

/** The claims of a grant that meet a path in this way. */
const listMeeting = (
  { file, grant }: Pick<CoveringRecord, 'file' | 'grant'>,
  key: string,
  meets: Meets,
  state: CoveringRecord['state'],
): CoveringRecord[] =>
  grant.claims
    .filter(({ compiled }) => meets(compiled, key))
    .map(({ scope, mode, compiled }): CoveringRecord => {
      const isSpelt = scopeCovers({ ...compiled, automaton: undefined }, key);
      const matched = isSpelt ? 'literal' : compiled.scope.kind;
      return { file, grant, scope, mode, matched, state };
    });

const keyOf = ({ path, ledger }: Asked): string => comparePath(path, ledger.rule);

/** What is held below a directory and not the directory itself: others' first, for they stand in the way. */
const listBelow = (asked: Asked): CoveringRecord[] => {
  const { ledger, actor, isTree } = asked;
  if (!isTree) return [];
  const isBelow: Meets = (compiled, key) =>
    scopeReaches(compiled, key) && !scopeCovers(compiled, key);
  const active = listActive(ledger);
  const own = active.filter((grant) => isOwnGrant(grant, actor));
  const others = active.filter((grant) => !own.includes(grant));
  return [...others, ...own].flatMap((grant) =>
    listMeeting({ file: grant.file, grant }, keyOf(asked), isBelow, 'active'),
  );
};

/** A path in another holder's notes is no business of the actor's. */
const listRecords = (asked: Asked): CoveringRecord[] => {
  const { ledger, actor } = asked;
  const coversOf = (file: string, grant: Grant, state: CoveringRecord['state']) =>
    listMeeting({ file, grant }, keyOf(asked), scopeCovers, state);
  return [
    ...ledger.grants.flatMap((grant) =>
      coversOf(grant.file, grant, isExpired(grant, ledger.now) ? 'expired' : 'active'),
    ),
    ...ledger.ended
      .filter(({ grant }) => isOwnGrant(grant, actor))
      .flatMap(({ file, grant }) => coversOf(file, grant, 'ended')),
  ];
};

/** The lines of `owners.identities` that name the actor, as a key or as a member of a team. */
const listIdentitySettings = (asked: Asked): Setting[] => {
  const { configText, policy, actor } = asked;
  if (configText === undefined) return [];
  const config = JSON.parse(configText.replace(/^\ufeff/, ''));
  const identities: Record<string, string[]> = config.owners?.identities ?? {};
  const namesActor = (name: string): boolean =>
    isMapped(actor, { ...policy, identities: { [name]: [] } });
  return Object.entries(identities)
    .filter(([key, values]) => [key, ...values].some(namesActor))
    .flatMap(
      ([key, values]) => findSetting(asked, ['owners', 'identities', key], values.join(' ')) ?? [],
    );
};

/** The entries of a list of scopes in the config that cover the path. */
const listScopeSettings = (asked: Asked, name: 'requireLock' | 'exempt'): Setting[] => {
  const { policy, ledger, path } = asked;
  const key = comparePath(path, ledger.rule);
  return policy[name].flatMap((text, at) => {
    const covers = readScopes([text], policy.tables, ledger.rule).some(({ compiled }) =>
      scopeCovers(compiled, key),
    );
    return covers ? (findSetting(asked, ['guard', name, at], text) ?? []) : [];
  });
};

const findMode = (asked: Asked): Setting | undefined =>
  findSetting(asked, ['guard', 'mode'], asked.policy.mode);

/** Why a finding weighs something else than its rule does. */
const explainChange = (
  { rule, severity }: GuardFinding,
  usual: string,
  { policy, actor, ledger }: Asked,
): string | undefined => {
  if (severity === usual) return undefined;
  if (policy.mode === 'warn') return 'guard.mode warn makes it a warning';
  const isConfined = listActive(ledger).some(
    (grant) => isOwnGrant(grant, actor) && grant.about.confine,
  );
  if (rule === 'lock/outside-grant' && isConfined) return 'claim --confine makes it an error';
  return rule === 'lock/unreadable' ? 'it is never silent' : 'at most a warning here';
};

const weigh = (finding: GuardFinding, asked: Asked): Weight => {
  const { actor, policy } = asked;
  const { rule } = finding;
  const set = policy.rules[rule];
  const usual = set ?? RULES[rule][actor.named ? 'named' : 'person'];
  return {
    setting: set && findSetting(asked, ['guard', 'rules', rule], set),
    because: explainChange(finding, usual, asked),
  };
};

/** What rules would say that the config has turned off. */
const listSilenced = (asked: Asked, changes: readonly Change[]): Account['silenced'] => {
  const { policy } = asked;
  const isOff = (rule: RuleName): boolean => policy.rules[rule] === 'off';
  const loud = Object.fromEntries(
    Object.entries(policy.rules).map(([rule, weight]) => [
      rule,
      weight === 'off' ? 'error' : weight,
    ]),
  );
  return judge({ ...asked, changes, policy: { ...policy, rules: loud }, proposedProblems: [] })
    .filter(({ rule }) => isOff(rule))
    .flatMap(({ rule, message }) => {
      const setting = findSetting(asked, ['guard', 'rules', rule], 'off');
      return setting ? [{ rule, message, setting }] : [];
    });
};

const explainSilence = (asked: Asked, exempt: readonly Setting[]): string | undefined => {
  const { policy, ledger } = asked;
  if (policy.mode === 'off') return 'guard.mode is off, and no rule is asked';
  const [first] = exempt;
  if (first) return `${first.key} has it, and no rule is asked`;
  const isEmpty = ledger.grants.length + ledger.ended.length === 0;
  if (policy.configured || !isEmpty) return undefined;
  return `HEAD has no ${CONFIG_FILE} and nobody holds anything, and no rule is asked`;
};

const findOwners = ({ policy, path }: Asked): Account['owners'] =>
  policy.owners
    ? { ...createAskingMatcher(policy.owners).find(path), file: policy.owners.path }
    : undefined;

/** Of the whole repository nobody can ask what a claim would meet: it needs `--broad`. */
const tellOfTop = (finding: GuardFinding): GuardFinding => ({
  ...finding,
  path: '.',
  remedy: finding.holder === undefined ? finding.remedy : 'leasehold status',
});

/** So many claims below a directory are told of; the others are counted. */
const MAX_BELOW = 10;

/** What a change of a path, made now by the actor, comes to, and all that it comes from. */
export const explainVerdict = (question: WhyQuestion): Account => {
  // `src/` and `src` name one place; the top is all of it.
  const path = question.path === '.' ? '' : trimSlashes(question.path);
  const asked = { ...question, path, lines: locateConfigLines(question.configText) };
  const { isTree, actor, ledger, policy, prefix } = asked;
  const changes: Change[] = [{ path, kind: 'modified', blob: undefined, isTree }];
  const asking = { changes, actor, ledger, policy, proposedProblems: [], prefix };
  const findings = judge(asking).map((finding) => (path === '' ? tellOfTop(finding) : finding));
  const exempt = listScopeSettings(asked, 'exempt');
  const below = listBelow(asked);
  return {
    path: path || '.',
    verdict: concludeVerdict(findings),
    now: ledger.now,
    actor,
    standsFor: {
      owners: listActorOwners(actor, policy),
      settings: listIdentitySettings(asked),
    },
    records: listRecords(asked),
    below: { first: below.slice(0, MAX_BELOW), count: below.length },
    owners: findOwners(asked),
    config: {
      isThere: policy.configured,
      mode: policy.mode,
      modeSetting: findMode(asked),
      settings: [...listScopeSettings(asked, 'requireLock'), ...exempt],
    },
    findings: findings.map((finding) => ({ ...finding, weight: weigh(finding, asked) })),
    silenced: listSilenced(asked, changes),
    unasked: explainSilence(asked, exempt),
    next: chooseNext(findings, { changes, canSplit: false, prefix }),
  };
};
