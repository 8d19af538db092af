import { Undecided } from '../kit/errors.ts';
import type { Files } from '../kit/files.ts';
import { type Git, type Repository, readBlob } from '../kit/git.ts';
import { CONFIG_FILE, trimSlashes } from '../kit/paths.ts';
import type { Ledger, LogEvent } from '../locks/index.ts';
import { type DialectName, OWNERS_PLACES, parseOwners, placesOf } from '../owners/index.ts';
import type { Actor } from './actor.ts';
import type { Change } from './changes.ts';
import { concludeVerdict, type Finding, type Verdict } from './finding.ts';
import { judge } from './judge.ts';
import { listTrustedBlobs, loadPolicy, readConfig, type TrustedBlobs } from './load.ts';
import type { Policy } from './policy.ts';
import { findPolicy, savePolicy } from './policy-store.ts';
import { type HookSite, scanCommit } from './scan.ts';
import { listTrailers } from './stamp.ts';
import type { Question } from './subject.ts';

/** What a verdict is about: changed paths, and the committers whose grants may count. */
export type Concern = { paths: readonly string[]; emails: readonly (string | undefined)[] };

/** What a gate needs of the world. */
export type GateContext = {
  git: Git;
  repository: Repository;
  files: Files;
  /** Where compiled policies are kept; undefined where leasehold keeps nothing for this repository. */
  cache: string | undefined;
  /** All of the ledger; where it is told what a verdict is about, as much of it as that can hang on. */
  readLedger: (near?: Concern) => Promise<Ledger>;
  /** The ledger's log, oldest first. */
  readEvents: () => LogEvent[];
  /**
   * What the gate sees: everybody's ledger and its log, this clone's, the records that bind and not how they
   * came there, or owners and no locks at all.
   */
  sight: 'shared' | 'all' | 'locks' | 'owners';
  /** Who acts here. */
  identify: (ledger: Ledger) => Actor;
};

/** What a gate came to. `failure` is why it could not decide, or what `guard.mode: warn` let pass. */
export type Judgement = {
  verdict: Verdict;
  /** `guard.mode`; undefined where the policy is not known. */
  mode: Policy['mode'] | undefined;
  actor: Actor | undefined;
  findings: readonly Finding[];
  /** What was judged. */
  changes: readonly Change[];
  /** Whether a part of it could be committed without the rest. */
  canSplit: boolean;
  failure: Undecided | undefined;
  /** Rules that this gate could not apply. */
  notJudged: readonly string[];
  /** What the commit is to say it was made under, one trailer a grant of the actor's that covers a path of it. */
  trailers: readonly string[];
  /** Set where the commit in progress replaces HEAD. */
  amends?: boolean;
  /** Of a commit in progress those that it is to follow. */
  parents?: readonly string[];
  /** What the side that policy comes from has of the files that say it, where it was asked. */
  trusted?: TrustedBlobs;
  /** Of a range: the side that policy came from, and whether a commit of it is a merge, which changes nothing by itself. */
  range?: { trusted: string | undefined; hasMerge: boolean };
  /** What is let through with a reason. */
  excused?: readonly Finding[];
  /** Who may bypass the guard; undefined where the policy is not known. */
  bypass: Policy['bypass'] | undefined;
};

export const cachedPolicy = (context: GateContext, blobs: TrustedBlobs): Policy => {
  const { cache, files, git } = context;
  if (!blobs || cache === undefined) return loadPolicy(git, blobs);
  const known = findPolicy(files, cache, blobs);
  if (known) return known;
  const policy = loadPolicy(git, blobs);
  try {
    savePolicy(files, cache, blobs, policy);
  } catch {
    // The cache is a saving of time; where it cannot be written, the verdict is the same without.
  }
  return policy;
};

export const trustedBlobs = (context: GateContext, treeish: string | undefined): TrustedBlobs =>
  treeish === undefined ? undefined : listTrustedBlobs(context.git, treeish);

/**
 * The config that the changes leave behind must be valid, or the next verdict could not be made: no mode
 * softens that. Of several commits the last one that touches it counts.
 */
export const checkProposedConfig = (git: Git, changes: readonly Change[]): void => {
  const blob = changes.findLast((change) => change.path === CONFIG_FILE)?.blob;
  if (blob !== undefined)
    readConfig(readBlob(git, blob), `${CONFIG_FILE} as this change leaves it`);
};

const onlyMendsConfig = (changes: readonly Change[]): boolean =>
  changes.length > 0 &&
  changes.every((change) => change.path === CONFIG_FILE && change.blob !== undefined);

/** The trusted side's policy; where its config is broken, a change that only mends it is judged without one. */
const policyFor = (
  context: GateContext,
  blobs: TrustedBlobs,
  changes: readonly Change[],
): Policy => {
  try {
    return cachedPolicy(context, blobs);
  } catch (error) {
    const isBroken = error instanceof Undecided && error.code === 'config-invalid';
    if (!isBroken || !onlyMendsConfig(changes)) throw error;
    return loadPolicy(
      context.git,
      new Map([...(blobs ?? [])].filter(([path]) => path !== CONFIG_FILE)),
    );
  }
};

/** By whose rules a proposed CODEOWNERS is read: by where it lies; where both hosts look, as the file in force. */
const dialectAt = (path: string, inForce: DialectName | undefined): DialectName => {
  if (!placesOf('github').includes(path)) return 'gitlab';
  return placesOf('gitlab').includes(path) ? (inForce ?? 'github') : 'github';
};

export const readProposedProblems = (
  git: Git,
  changes: readonly Change[],
  { owners }: Policy,
): Question['proposedProblems'] =>
  changes
    .filter((change) => OWNERS_PLACES.includes(change.path) && change.blob !== undefined)
    .flatMap(({ path, blob }) => {
      const dialect = dialectAt(path, owners?.dialect);
      const { problems } = parseOwners(readBlob(git, blob ?? ''), dialect);
      return problems.map((problem) => ({ ...problem, path }));
    });

const ask = (
  context: GateContext,
  changes: readonly Change[],
  known: { actor: Actor; ledger: Ledger; policy: Policy },
): Finding[] =>
  judge({
    ...known,
    changes,
    proposedProblems: readProposedProblems(context.git, changes, known.policy),
    prefix: context.repository.prefix,
  });

/** The judgement of a gate that failed; `mode` is undefined where it was not known yet. Any other error is thrown on. */
export const undecided = (
  failure: unknown,
  policy: Pick<Policy, 'mode' | 'bypass'> | undefined,
): Judgement => {
  const mode = policy?.mode;
  if (!(failure instanceof Undecided)) throw failure;
  const isSoft = mode === 'warn' || mode === 'off';
  return {
    verdict: isSoft ? 'pass' : 'undecided',
    mode,
    actor: undefined,
    findings: [],
    changes: [],
    canSplit: false,
    failure: mode === 'off' ? undefined : failure,
    notJudged: [],
    trailers: [],
    bypass: policy?.bypass,
  };
};

export type Findings = Pick<Judgement, 'actor' | 'findings' | 'changes' | 'canSplit' | 'trailers'> &
  Partial<Pick<Judgement, 'notJudged' | 'amends' | 'parents' | 'trusted' | 'range'>>;

/** What is judged, once the policy that weighs it is known. */
export type Prepared = { policy: Policy; near?: Concern; find: (ledger: Ledger) => Findings };

/**
 * Prepares, reads the ledger and judges. "Could not decide" becomes a verdict; `guard.mode: warn` lets
 * it pass with a warning, but only where the policy could be read: a broken config softens nothing.
 */
export const decide = async (context: GateContext, prepare: () => Prepared): Promise<Judgement> => {
  let known: Policy | undefined;
  try {
    const { policy, near, find } = prepare();
    known = policy;
    const { mode, bypass } = policy;
    const found = find(await context.readLedger(near));
    const verdict = concludeVerdict(found.findings);
    return { notJudged: [], ...found, verdict, mode, bypass, failure: undefined };
  } catch (failure) {
    return undecided(failure, known);
  }
};

const asDoubtful = (findings: readonly Finding[]): Finding[] =>
  findings
    .filter((finding) => finding.rule !== 'lock/unreadable')
    .map((finding) => ({
      ...finding,
      severity: 'warn',
      message: `${finding.message} (this counts if the commit amends HEAD, which git did not tell)`,
    }));

/** The gate of a commit in progress: what it changes, by whoever makes it. `hook` is where a hook runs. */
export const judgeCommit = (context: GateContext, hook: HookSite | undefined): Promise<Judgement> =>
  decide(context, () => {
    const scan = scanCommit(context.git, context.repository, hook);
    const { changes, doubtful, canSplit, amends, parents } = scan;
    const trusted = trustedBlobs(context, scan.trusted);
    const policy = policyFor(context, trusted, changes);
    checkProposedConfig(context.git, changes);
    const find = (ledger: Ledger): Findings => {
      const known = { actor: context.identify(ledger), ledger, policy };
      const certain = new Set(changes.map((change) => change.path));
      const others = doubtful.filter((change) => !certain.has(change.path));
      const findings = [
        ...ask(context, changes, known),
        ...asDoubtful(ask(context, others, known)),
      ];
      const trailers = listTrailers(known, changes);
      const told = { findings, changes, canSplit, trailers };
      return { actor: known.actor, ...told, amends, parents, trusted };
    };
    return { policy, find };
  });

/**
 * Paths that are about to be written, judged as if they were changed; one with a slash behind it with all that lies
 * below it.
 */
export const judgePaths = (
  context: GateContext,
  trusted: string | undefined,
  paths: readonly string[],
): Promise<Judgement> =>
  decide(context, () => {
    const changes = paths.map((path): Change => {
      const isTree = path.endsWith('/');
      return { path: trimSlashes(path), kind: 'modified', blob: undefined, isTree };
    });
    const policy = cachedPolicy(context, trustedBlobs(context, trusted));
    const find = (ledger: Ledger): Findings => {
      const actor = context.identify(ledger);
      return {
        actor,
        findings: ask(context, changes, { actor, ledger, policy }),
        changes,
        canSplit: false,
        trailers: listTrailers({ actor, ledger }, changes),
      };
    };
    return { policy, find };
  });
