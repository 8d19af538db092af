import { Undecided } from '../kit/errors.ts';
import type { Files } from '../kit/files.ts';
import { type Git, type Repository, readBlob, readHeadId } from '../kit/git.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import type { Ledger } from '../locks/index.ts';
import { type DialectName, OWNERS_PLACES, parseOwners, placesOf } from '../owners/index.ts';
import { type Actor, committerActor } from './actor.ts';
import type { Change } from './changes.ts';
import { concludeVerdict, type Finding, type Verdict } from './finding.ts';
import { judge } from './judge.ts';
import { listTrustedBlobs, loadConfig, loadPolicy, readConfig, type TrustedBlobs } from './load.ts';
import type { Policy } from './policy.ts';
import { findPolicy, savePolicy } from './policy-store.ts';
import { type CommitChange, type PushedRef, scanCommit, scanPushedRef } from './scan.ts';
import type { Question } from './subject.ts';

/** What a gate needs of the world. */
export type GateContext = {
  git: Git;
  repository: Repository;
  files: Files;
  /** Where compiled policies are kept; undefined where leasehold keeps nothing for this repository. */
  cache: string | undefined;
  readLedger: () => Promise<Ledger>;
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
};

const cachedPolicy = (context: GateContext, blobs: TrustedBlobs): Policy => {
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

const trustedBlobs = (context: GateContext, treeish: string | undefined): TrustedBlobs =>
  treeish === undefined ? undefined : listTrustedBlobs(context.git, treeish);

/**
 * The config that the changes leave behind must be valid, or the next verdict could not be made: no mode
 * softens that. Of several commits the last one that touches it counts.
 */
const checkProposedConfig = (git: Git, changes: readonly Change[]): void => {
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
  treeish: string | undefined,
  changes: readonly Change[],
): Policy => {
  const blobs = trustedBlobs(context, treeish);
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

const readProposedProblems = (
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

const undecided = (failure: unknown, mode: Policy['mode'] | undefined): Judgement => {
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
  };
};

type Findings = Pick<Judgement, 'actor' | 'findings' | 'changes' | 'canSplit'>;

/** What is judged, once the policy that weighs it is known. */
type Prepared = { policy: Policy; find: (ledger: Ledger) => Findings };

/**
 * Prepares, reads the ledger and judges. "Could not decide" becomes a verdict; `guard.mode: warn` lets
 * it pass with a warning, but only where the policy could be read: a broken config softens nothing.
 */
const decide = async (context: GateContext, prepare: () => Prepared): Promise<Judgement> => {
  let mode: Policy['mode'] | undefined;
  try {
    const { policy, find } = prepare();
    mode = policy.mode;
    const found = find(await context.readLedger());
    const verdict = concludeVerdict(found.findings);
    return { ...found, verdict, mode, failure: undefined, notJudged: [] };
  } catch (failure) {
    return undecided(failure, mode);
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

/** The pre-commit gate: what the commit in progress changes, by whoever makes it. */
export const judgeCommit = (
  context: GateContext,
  hook: { parentPid: number; env: NodeJS.ProcessEnv } | undefined,
): Promise<Judgement> =>
  decide(context, () => {
    const { trusted, changes, canSplit, doubtful } = scanCommit(
      context.git,
      context.repository,
      hook,
    );
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
      return { actor: known.actor, findings, changes, canSplit };
    };
    return { policy, find };
  });

/** Paths that are about to be written, judged as if they were changed. */
export const judgePaths = (
  context: GateContext,
  trusted: string | undefined,
  paths: readonly string[],
): Promise<Judgement> =>
  decide(context, () => {
    const changes = paths.map((path): Change => ({ path, kind: 'modified', blob: undefined }));
    const policy = cachedPolicy(context, trustedBlobs(context, trusted));
    const find = (ledger: Ledger): Findings => {
      const actor = context.identify(ledger);
      return {
        actor,
        findings: ask(context, changes, { actor, ledger, policy }),
        changes,
        canSplit: false,
      };
    };
    return { policy, find };
  });

/**
 * The same remark about one path in several commits is one finding, told of the first. A warning about
 * one committer and an error about the next are two: the first must not hide the second.
 */
const foldCommits = (findings: readonly Finding[]): Finding[] => {
  const seen = new Set<string>();
  return findings.filter(({ rule, severity, path, holder }) => {
    const key = JSON.stringify([rule, severity, path, holder]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
};

/**
 * The commits of a range, each judged by its committer: whoever works here for commits with their own
 * e-mail, else the person that the e-mail names and the holders whose grants carry it.
 */
export const judgeCommits = (
  context: GateContext,
  trusted: string | undefined,
  commits: readonly CommitChange[],
): Promise<Judgement> =>
  decide(context, () => {
    const policy = cachedPolicy(context, trustedBlobs(context, trusted));
    checkProposedConfig(
      context.git,
      commits.flatMap(({ changes }) => changes),
    );
    const find = (ledger: Ledger): Findings => {
      const here = context.identify(ledger);
      const findings = commits.flatMap(({ commit, email, changes }) => {
        const actor = email === here.email ? here : committerActor(email);
        return ask(context, changes, { actor, ledger, policy }).map((finding) => ({
          ...finding,
          commit,
        }));
      });
      const changes = commits.flatMap((commit) => commit.changes);
      return { actor: here, findings: foldCommits(findings), changes, canSplit: false };
    };
    return { policy, find };
  });

/** One pushed ref: its new commits against what the remote has. */
export const judgePushedRef = async (
  context: GateContext,
  ref: PushedRef,
  remote: { name: string; base: string | undefined },
): Promise<Judgement | undefined> => {
  try {
    const scan = scanPushedRef(context.git, ref, remote);
    return scan && (await judgeCommits(context, scan.trusted, scan.commits));
  } catch (failure) {
    return undecided(failure, undefined);
  }
};

/** `guard.base` as HEAD's config has it; undefined where it says nothing, or cannot say anything. */
export const readConfiguredBase = (context: GateContext): string | undefined => {
  const head = readHeadId(context.git);
  if (head === undefined) return undefined;
  try {
    return loadConfig(context.git, listTrustedBlobs(context.git, head)).guard.base;
  } catch (error) {
    // A broken config names no base; the remote's own HEAD is asked instead.
    if (error instanceof Undecided && error.code === 'config-invalid') return undefined;
    throw error;
  }
};
