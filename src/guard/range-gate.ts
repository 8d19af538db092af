import { Undecided } from '../kit/errors.ts';
import { type Git, readHeadId } from '../kit/git.ts';
import type { Ledger } from '../locks/index.ts';
import { type Review, toApproval } from './approvals.ts';
import { listPlaces } from './changes.ts';
import { loadKeptConfig } from './config-store.ts';
import { judgeDropped } from './dropped.ts';
import {
  cachedPolicy,
  checkProposedConfig,
  decide,
  type Findings,
  type GateContext,
  type Judgement,
  readProposedProblems,
  trustedBlobs,
  undecided,
} from './gate.ts';
import { judgeRange } from './judge-range.ts';
import { listTrustedBlobs } from './load.ts';
import type { Policy } from './policy.ts';
import {
  type PushedRef,
  type PushedTo,
  type PushScan,
  scanDropped,
  scanLostByServer,
  scanPushedRef,
  scanReceivedRef,
  scanUpdatedRef,
  type UpdatedRef,
} from './pushes.ts';
import { type CommitChange, scanNaming } from './range.ts';

/** What a range is judged against. */
export type RangeScan = {
  /** The side that policy comes from. */
  trusted: string | undefined;
  commits: readonly CommitChange[];
  /** Where the commits are to go, as it is now; undefined where nothing is there. */
  target: string | undefined;
  /** What the target has now and is to lose. */
  dropped?: readonly CommitChange[];
  /** Where others review: the approving reviews. */
  reviews?: readonly Review[];
};

const judgeAll = (
  context: GateContext,
  { trusted, commits, target, dropped = [], reviews }: RangeScan,
  at: { ledger: Ledger; policy: Policy },
): Findings => {
  const { git, sight, readEvents, repository } = context;
  const here = context.identify(at.ledger);
  const approvals = reviews?.map((review) => toApproval(review, at.policy));
  const findings = judgeRange(commits, {
    ...at,
    ...(approvals ? { approvals } : {}),
    here,
    sight,
    lost: { commits: dropped, judge: (known) => judgeDropped(dropped, known) },
    prefix: repository.prefix,
    readEvents,
    target,
    findNaming: (grants) => (target === undefined ? [] : scanNaming(git, target, grants)),
    readProblems: (changes) => readProposedProblems(git, changes, at.policy),
  });
  return {
    actor: here,
    findings,
    changes: commits.flatMap(({ changes }) => changes),
    canSplit: false,
    trailers: [],
    notJudged: sight === 'owners' ? ['lock/*'] : [],
    range: { trusted, hasMerge: commits.some(({ isMerge }) => isMerge) },
  };
};

/** The commits of a range by the policy of its trusted side, and what binds near them. */
export const judgeCommits = (context: GateContext, scan: RangeScan): Promise<Judgement> =>
  decide(context, () => {
    const trusted = trustedBlobs(context, scan.trusted);
    const policy = cachedPolicy(context, trusted);
    checkProposedConfig(
      context.git,
      scan.commits.flatMap(({ changes }) => changes),
    );
    const near = {
      paths: scan.commits.flatMap(({ changes }) => listPlaces(changes)),
      emails: [...scan.commits, ...(scan.dropped ?? [])].map(({ email }) => email),
    };
    const find = (ledger: Ledger) => ({ ...judgeAll(context, scan, { ledger, policy }), trusted });
    return { policy, near, find };
  });

/** Judges what one ref brings; a failure to find that out is a judgement too. */
const judgeRef = async (
  context: GateContext,
  find: (git: Git) => (PushScan & Pick<RangeScan, 'dropped'>) | undefined,
): Promise<Judgement | undefined> => {
  try {
    const scan = find(context.git);
    return scan && (await judgeCommits(context, { ...scan, target: scan.trusted }));
  } catch (failure) {
    return undecided(failure, undefined);
  }
};

/** One pushed ref: its new commits against what the remote has, and what the remote is to lose. */
export const judgePushedRef = (
  context: GateContext,
  ref: PushedRef,
  remote: PushedTo,
): Promise<Judgement | undefined> =>
  judgeRef(context, (git) => {
    const scan = scanPushedRef(git, ref, remote);
    return scan && { ...scan, dropped: scanDropped(git, ref, remote) };
  });

/** One ref that a server is to take; `kept` is where the other branches of the push end. */
export const judgeReceivedRef = (
  context: GateContext,
  ref: UpdatedRef,
  kept: readonly string[],
): Promise<Judgement | undefined> =>
  judgeRef(context, (git) => {
    const scan = scanReceivedRef(git, ref);
    return scan && { ...scan, dropped: scanLostByServer(git, ref, kept) };
  });

/**
 * New commits that are about to be on a branch of this clone; undefined where the policy is not strict.
 * `isBrought`: those that come from elsewhere, where they have gates of their own.
 */
export const judgeUpdatedRef = (
  context: GateContext,
  ref: UpdatedRef,
  isBrought: (commit: CommitChange) => boolean,
): Promise<Judgement | undefined> =>
  judgeRef(context, (git) => {
    const scan = scanUpdatedRef(git, ref);
    const commits = scan?.commits.filter((commit) => !isBrought(commit)) ?? [];
    if (!scan || commits.length === 0) return undefined;
    const { strict } = cachedPolicy(context, trustedBlobs(context, scan.trusted));
    return strict ? { ...scan, commits } : undefined;
  });

/** `guard.base` as HEAD's config has it; undefined where it says nothing, or cannot say anything. */
export const readConfiguredBase = (context: GateContext): string | undefined => {
  const head = readHeadId(context.git);
  if (head === undefined) return undefined;
  try {
    return loadKeptConfig(context, listTrustedBlobs(context.git, head)).guard.base;
  } catch (error) {
    // A broken config names no base; the remote's own HEAD is asked instead.
    if (error instanceof Undecided && error.code === 'config-invalid') return undefined;
    throw error;
  }
};
