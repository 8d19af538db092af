import { Undecided } from '../kit/errors.ts';
import { type Git, readHeadId } from '../kit/git.ts';
import { comparePath } from '../kit/paths.ts';
import { createHistory, type History, type Ledger, type LogEvent } from '../locks/index.ts';
import { type Actor, committerActor } from './actor.ts';
import { type Approval, type Review, toApproval } from './approvals.ts';
import { findBypass, soften } from './bypass.ts';
import { judgeDropped } from './dropped.ts';
import type { Finding } from './finding.ts';
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
import { FAMILIES, judge } from './judge.ts';
import { listTrustedBlobs, loadConfig } from './load.ts';
import { LOCK_RULES } from './lock-rules.ts';
import { listLater, type Past, type Rival, readPast } from './past.ts';
import { RANGE_LOCK_RULES } from './past-rules.ts';
import type { Policy } from './policy.ts';
import {
  type PushedRef,
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

/** The families of rules, with what a commit's trailers come to before what binds now. */
const RANGE_FAMILIES = FAMILIES.map((rules) => (rules === LOCK_RULES ? RANGE_LOCK_RULES : rules));

/** The same where locks are out of sight. */
const OWNER_FAMILIES = FAMILIES.filter((rules) => rules !== LOCK_RULES);

/** What is known once the ledger has been read. */
type Known = {
  here: Actor;
  ledger: Ledger;
  policy: Policy;
  events: readonly LogEvent[];
  history: History;
  approvals?: readonly Approval[];
};

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
 * Somebody who never claimed anything here, and who is not who works here, has their grants elsewhere:
 * what their commits name is neither believed nor held against them.
 */
const isStranger = ({ email, name }: CommitChange, { here, history }: Known): boolean =>
  email !== here.email && !history.knows(email) && !history.knows(name);

const findPast = ({ sight }: GateContext, commit: CommitChange, known: Known): Past | undefined => {
  const { grants, malformed } = commit.trailers;
  if (grants.length + malformed.length === 0) return undefined;
  const past = readPast(commit, known.history, known.ledger.rule);
  // Where all share one ledger there is no elsewhere.
  if (sight === 'shared') return past;
  if (isStranger(commit, known)) return undefined;
  if (sight === 'all') return past;
  // Whoever does not see how a grant ended cannot say that it never was.
  return past.grants.length > 0 ? { ...past, refused: [] } : undefined;
};

/** Who made a commit: whose grant it names, who works here for their own e-mail, else its committer. */
const findMaker = ({ email }: CommitChange, past: Past | undefined, { here }: Known): Actor => {
  const [grant] = past?.grants ?? [];
  if (grant) {
    const named = grant.holder !== grant.about.email;
    return { holder: grant.holder, source: 'grant', named, email, session: undefined };
  }
  return email === here.email ? here : committerActor(email);
};

/** Commits of the target that were made under later grants of others than those which the range names. */
const findRivals = (git: Git, target: string, pasts: readonly Past[], known: Known): Rival[] => {
  const later = new Map(
    pasts.flatMap((past) => listLater(past, known.history)).map((grant) => [grant.id, grant]),
  );
  if (later.size === 0) return [];
  return scanNaming(git, target, [...later.keys()]).flatMap(({ commit, trailers, changes }) => {
    const paths = new Set(changes.map(({ path }) => comparePath(path, known.ledger.rule)));
    return trailers.grants
      .map(({ id, token }) => known.history.find(id, token))
      .filter((grant) => grant !== undefined)
      .map((grant) => ({ grant, commit, paths }));
  });
};

type Judged = { commit: CommitChange; past: Past | undefined };

const judgeOne = (context: GateContext, { commit, past }: Judged, known: Known): Finding[] => {
  const { ledger, policy, events, approvals } = known;
  const { changes } = commit;
  const findings = judge(
    {
      ledger,
      policy,
      changes,
      actor: findMaker(commit, past, known),
      proposedProblems: readProposedProblems(context.git, changes, policy),
      prefix: context.repository.prefix,
      ...(past ? { past } : {}),
      ...(approvals ? { approvals } : {}),
    },
    context.sight === 'owners' ? OWNER_FAMILIES : RANGE_FAMILIES,
  );
  const { email, trailers } = commit;
  const bypass = findBypass({ email, bypass: trailers.bypass }, changes, events);
  const [first] = findings;
  const counts = bypass && first && policy.bypass !== 'none';
  return counts ? soften(findings, bypass, first.path) : findings;
};

const tellCommit = (findings: readonly Finding[], { commit }: CommitChange): Finding[] =>
  findings.map((finding) => ({ ...finding, commit }));

const needsLog = (commits: readonly CommitChange[]): boolean =>
  commits.some(
    ({ trailers }) =>
      trailers.grants.length + trailers.malformed.length > 0 || trailers.bypass !== undefined,
  );

const judgeAll = (
  context: GateContext,
  { trusted, commits, target, dropped = [], reviews }: RangeScan,
  at: { ledger: Ledger; policy: Policy },
): Findings => {
  const isBlind = context.sight === 'owners';
  const events = needsLog([...commits, ...dropped]) ? context.readEvents() : [];
  const history = createHistory(at.ledger, events);
  const here = context.identify(at.ledger);
  const approvals = reviews?.map((review) => toApproval(review, at.policy));
  const known: Known = { ...at, here, events, history, ...(approvals ? { approvals } : {}) };
  const judged = commits.map((commit) => ({ commit, past: findPast(context, commit, known) }));
  const pasts = judged.map(({ past }) => past).filter((past) => past !== undefined);
  const rivals = target === undefined ? [] : findRivals(context.git, target, pasts, known);
  const findings = judged.flatMap(({ commit, past }) =>
    tellCommit(judgeOne(context, { commit, past: past && { ...past, rivals } }, known), commit),
  );
  return {
    actor: here,
    findings: [...foldCommits(findings), ...(isBlind ? [] : judgeDropped(dropped, known))],
    changes: commits.flatMap(({ changes }) => changes),
    canSplit: false,
    trailers: [],
    notJudged: isBlind ? ['lock/*'] : [],
    range: { trusted, hasMerge: commits.some(({ isMerge }) => isMerge) },
  };
};

/**
 * The commits of a range, each by the grants that it names, however old; those that name none by their
 * committer, against what binds now.
 */
export const judgeCommits = (context: GateContext, scan: RangeScan): Promise<Judgement> =>
  decide(context, () => {
    const policy = cachedPolicy(context, trustedBlobs(context, scan.trusted));
    checkProposedConfig(
      context.git,
      scan.commits.flatMap(({ changes }) => changes),
    );
    const near = {
      paths: scan.commits.flatMap(({ changes }) => changes.map(({ path }) => path)),
      emails: [...scan.commits, ...(scan.dropped ?? [])].map(({ email }) => email),
    };
    return { policy, near, find: (ledger) => judgeAll(context, scan, { ledger, policy }) };
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
  remote: { name: string; base: string | undefined },
): Promise<Judgement | undefined> =>
  judgeRef(context, (git) => {
    const scan = scanPushedRef(git, ref, remote);
    return scan && { ...scan, dropped: scanDropped(git, ref, remote.name) };
  });

/** One ref that a server is to take. */
export const judgeReceivedRef = (
  context: GateContext,
  ref: UpdatedRef,
): Promise<Judgement | undefined> =>
  judgeRef(context, (git) => {
    const scan = scanReceivedRef(git, ref);
    return scan && { ...scan, dropped: scanLostByServer(git, ref) };
  });

/** New commits that are about to be on a branch of this clone; undefined where the policy is not strict. */
export const judgeUpdatedRef = (
  context: GateContext,
  ref: UpdatedRef,
): Promise<Judgement | undefined> =>
  judgeRef(context, (git) => {
    const scan = scanUpdatedRef(git, ref);
    if (!scan) return undefined;
    const { strict } = cachedPolicy(context, trustedBlobs(context, scan.trusted));
    return strict ? scan : undefined;
  });

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
