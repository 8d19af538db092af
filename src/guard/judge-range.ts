import { comparePath } from '../kit/paths.ts';
import { createHistory, type History, type Ledger, type LogEvent } from '../locks/index.ts';
import { type Actor, committerActor } from './actor.ts';
import type { Approval } from './approvals.ts';
import { findBypass, soften, weighBypass } from './bypass.ts';
import type { Change } from './changes.ts';
import type { Known as KnownOfDropped } from './dropped.ts';
import type { Finding } from './finding.ts';
import type { GateContext } from './gate.ts';
import { FAMILIES, judge } from './judge.ts';
import { LOCK_RULES } from './lock-rules.ts';
import { listLater, type Past, type Rival, readPast } from './past.ts';
import { RANGE_LOCK_RULES } from './past-rules.ts';
import type { Policy } from './policy.ts';
import type { CommitChange } from './range.ts';
import type { Question } from './subject.ts';

/** What there is to know besides the range itself, asked where the verdict hangs on it. */
export type RangeSources = {
  sight: GateContext['sight'];
  /** The directory that remedies are read in. */
  prefix: string;
  /** Who acts here. */
  here: Actor;
  ledger: Ledger;
  policy: Policy;
  /** Where others review: what they have approved. */
  approvals?: readonly Approval[];
  /** The ledger's log, oldest first. */
  readEvents: () => readonly LogEvent[];
  /** Where the range is to go, as it is now; not given where nothing is there. */
  target?: string | undefined;
  /** Commits of where the range is to go that name one of these grants. */
  findNaming: (grants: readonly string[]) => readonly CommitChange[];
  /** What the range's target is to lose, and how that is judged, of whoever knows of any. */
  lost?: {
    commits: readonly CommitChange[];
    judge: (known: KnownOfDropped) => Finding[];
  };
  /** What is wrong with CODEOWNERS as a commit leaves it. */
  readProblems: (changes: readonly Change[]) => Question['proposedProblems'];
};

/** What is known once the log has been read. */
type Known = RangeSources & { events: readonly LogEvent[]; history: History };

/** The families of rules, with what a commit's trailers come to before what binds now. */
const RANGE_FAMILIES = FAMILIES.map((rules) => (rules === LOCK_RULES ? RANGE_LOCK_RULES : rules));

/** The same where locks are out of sight. */
const OWNER_FAMILIES = FAMILIES.filter((rules) => rules !== LOCK_RULES);

/**
 * The same remark about one path in several commits is one finding, told of the first. A warning about
 * one committer and an error about the next are two: the first must not hide the second. So are two reasons for a
 * bypass.
 */
const foldCommits = (findings: readonly Finding[]): Finding[] => {
  const seen = new Set<string>();
  return findings.filter(({ rule, severity, path, holder, message }) => {
    const reason = rule === 'guard/bypassed' ? message : undefined;
    const key = JSON.stringify([rule, severity, path, holder, reason]);
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

const findPast = (commit: CommitChange, known: Known): Past | undefined => {
  const { grants, malformed } = commit.trailers;
  if (grants.length + malformed.length === 0) return undefined;
  const past = readPast(commit, known.history, known.ledger.rule);
  // Where all share one ledger there is no elsewhere.
  if (known.sight === 'shared') return past;
  if (isStranger(commit, known)) return undefined;
  if (known.sight === 'all') return past;
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
const findRivals = (pasts: readonly Past[], known: Known): Rival[] => {
  const later = new Map(
    pasts.flatMap((past) => listLater(past, known.history)).map((grant) => [grant.id, grant]),
  );
  if (later.size === 0) return [];
  return known.findNaming([...later.keys()]).flatMap(({ commit, trailers, changes }) => {
    const paths = new Set(changes.map(({ path }) => comparePath(path, known.ledger.rule)));
    return trailers.grants
      .map(({ id, token }) => known.history.find(id, token))
      .filter((grant) => grant !== undefined)
      .map((grant) => ({ grant, commit, target: known.target ?? commit, paths }));
  });
};

type Judged = { commit: CommitChange; past: Past | undefined };

const judgeOne = ({ commit, past }: Judged, known: Known): Finding[] => {
  const { ledger, policy, events, prefix, approvals } = known;
  const { changes } = commit;
  const findings = judge(
    {
      ledger,
      policy,
      changes,
      actor: findMaker(commit, past, known),
      proposedProblems: known.readProblems(changes),
      prefix,
      ...(past ? { past } : {}),
      ...(approvals ? { approvals } : {}),
      isBlind: known.sight === 'owners',
    },
    known.sight === 'owners' ? OWNER_FAMILIES : RANGE_FAMILIES,
  );
  const { email, trailers } = commit;
  const bypass = findBypass({ email, bypass: trailers.bypass }, changes, events);
  // It is told although what stood in its way may be gone by now: it is on record for whoever merges it.
  const [first] = [...findings, ...changes];
  if (!bypass || !first || policy.bypass === 'none' || policy.mode === 'off') return findings;
  return soften(findings, bypass, { path: first.path, severity: weighBypass(policy) });
};

const tellCommit = (findings: readonly Finding[], { commit }: CommitChange): Finding[] =>
  findings.map((finding) => ({ ...finding, commit }));

const namesGrants = ({ trailers }: CommitChange): boolean =>
  trailers.grants.length + trailers.malformed.length > 0;

const needsLog = (commits: readonly CommitChange[]): boolean =>
  commits.some((commit) => namesGrants(commit) || commit.trailers.bypass !== undefined);

const learn = (commits: readonly CommitChange[], sources: RangeSources): Known => {
  const events = needsLog(commits) ? sources.readEvents() : [];
  return { ...sources, events, history: createHistory(sources.ledger, events) };
};

const judgeKnown = (commits: readonly CommitChange[], known: Known): Finding[] => {
  const judged = commits.map((commit) => ({ commit, past: findPast(commit, known) }));
  const pasts = judged.map(({ past }) => past).filter((past) => past !== undefined);
  const rivals = findRivals(pasts, known);
  const findings = judged.flatMap(({ commit, past }) =>
    tellCommit(judgeOne({ commit, past: past && { ...past, rivals } }, known), commit),
  );
  return foldCommits(findings);
};

/**
 * The commits of a range, each by the grants that it names, however old; those that name none by their
 * committer, against what binds now; and what the range takes away, where `lost` says so.
 */
export const judgeRange = (commits: readonly CommitChange[], sources: RangeSources): Finding[] => {
  const { lost, sight } = sources;
  const known = learn([...commits, ...(lost?.commits ?? [])], sources);
  return [...judgeKnown(commits, known), ...(lost && sight !== 'owners' ? lost.judge(known) : [])];
};

/** What these commits change, each once but for what its blob is afterwards, which no verdict hangs on. */
export const mergeChanges = (commits: readonly CommitChange[]): Change[] => {
  const changes = commits.flatMap((commit) => commit.changes);
  const keyed = changes.map((change): [string, Change] => [
    JSON.stringify({ ...change, blob: undefined }),
    change,
  ]);
  return [...new Map(keyed).values()];
};

/** As one: whichever of them changes a path, it is held against what binds now. */
const join = (commits: readonly CommitChange[]): CommitChange[] =>
  commits.slice(0, 1).map((first) => ({ ...first, changes: mergeChanges(commits) }));

/**
 * Whether nothing at all is to be said of a range whose target loses nothing, all of it by who works here, and
 * none of it by a bypass. Far less is asked than to say what.
 */
export const isBlameless = (commits: readonly CommitChange[], sources: RangeSources): boolean => {
  const named = commits.filter(namesGrants);
  const others = commits.filter((commit) => !namesGrants(commit));
  return judgeKnown([...named, ...join(others)], learn(commits, sources)).length === 0;
};
