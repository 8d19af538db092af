import {
  concludeVerdict,
  type GateContext,
  type Judgement,
  judgeCommits,
  listTrustedBlobs,
  loadConfig,
  type Policy,
  scanDropped,
  undecided,
} from '../guard/index.ts';
import { type Git, resolveCommit } from '../kit/git.ts';
import { printable } from '../kit/quote.ts';
import type { CiFinding, CiReport } from '../report/index.ts';
import { auditMerge } from './ci-audit.ts';
import { type Batch, isMadeByHost, splitByPull } from './ci-commits.ts';
import type { CiEvent } from './ci-event.ts';
import { REMOTE, resolveSide } from './ci-sides.ts';
import { gateContext } from './gate-context.ts';
import { asSeenHere, type Range, resolveRange } from './range.ts';
import type { Workspace } from './workspace.ts';

/** What of it is judged: locks and owners, the export audit, or both. */
export type CheckName = 'all' | 'locks' | 'exports';

/** Nobody works in a CI's clone: every commit there is its committer's, whatever the environment says. */
const asNobody = (gate: GateContext): GateContext => ({
  ...gate,
  identify: () => ({
    holder: undefined,
    source: undefined,
    named: false,
    email: undefined,
    session: undefined,
  }),
});

/** One part of the answer. */
type Part = Pick<CiReport, 'verdict' | 'mode' | 'findings' | 'notJudged' | 'failure'>;

const toPart = ({ verdict, mode, findings, notJudged, failure }: Judgement): Part => ({
  verdict,
  mode,
  findings,
  notJudged,
  failure,
});

/** The rules that an owner's approval settles. */
const SETTLED: readonly string[] = [
  'owners/not-owner',
  'owners/unknown-actor',
  'guard/self-change',
];

const listOwnersMet = (findings: readonly CiFinding[]): string[] => [
  ...new Set(
    findings.filter(({ rule }) => SETTLED.includes(rule)).flatMap(({ owners }) => owners ?? []),
  ),
];

/** Teams that own what is refused, and of which the config says nothing: nobody's approval could count for them. */
const listUnknownTeams = (git: Git, policy: string, findings: readonly CiFinding[]): string[] => {
  const teams = listOwnersMet(findings).filter((owner) => /^@[^/]+\/./.test(owner));
  if (teams.length === 0) return [];
  const { identities } = loadConfig(git, listTrustedBlobs(git, policy)).owners;
  const known = new Set(Object.keys(identities).map((name) => name.toLowerCase()));
  return teams.filter((team) => !known.has(team.toLowerCase()));
};

const tellReviews = (git: Git, policy: string, event: CiEvent, findings: CiFinding[]): string[] => {
  if (listOwnersMet(findings).length === 0) return [];
  const unread = event.pulls.flatMap(({ reviews }) => (typeof reviews === 'string' ? reviews : []));
  if (unread.length > 0) return [`reviews: ${unread[0]}`];
  if (event.pulls.every(({ reviews }) => reviews.length === 0)) return [];
  return listUnknownTeams(git, policy, findings).map(
    (team) => `approvals of ${printable(team)}: owners.identities does not say who is in it`,
  );
};

/** What names grants in a squash was its authors' to say, and is not held against who pressed the button. */
const withoutClaims = ({ commits, isPull }: Batch): Batch['commits'] =>
  commits.map((commit) =>
    !isPull && isMadeByHost(commit)
      ? { ...commit, trailers: { ...commit.trailers, grants: [], malformed: [] } }
      : commit,
  );

const tellSquashes = ({ commits, isPull }: Batch): string[] => {
  const made = isPull ? [] : commits.filter(isMadeByHost);
  return made
    .filter(({ changes }) => changes.length > 0)
    .map(
      ({ commit }) =>
        `grants of ${commit.slice(0, 10)}: its host made it, out of what is not known`,
    );
};

/** What a forced push has taken away, as far as the clone still has it. */
const listDropped = (git: Git, { kind, base, head }: CiEvent): Range['commits'] => {
  if (kind !== 'push' || head.branch === undefined || !base.commit || !head.commit) return [];
  const ref = `refs/heads/${head.branch}`;
  const moved = { localRef: ref, localId: head.commit, remoteRef: ref, remoteId: base.commit };
  return scanDropped(git, moved, { name: REMOTE });
};

const judgeGuard = async (
  workspace: Workspace,
  event: CiEvent,
  { range, policy }: { range: Range; policy: string },
): Promise<Part[]> => {
  const { git } = workspace;
  const seen = asSeenHere(workspace, asNobody(gateContext(workspace, undefined)), policy);
  const { target } = range;
  const parts: Part[] = [];
  for (const [at, batch] of (await splitByPull(workspace, range, event)).entries()) {
    const scan = {
      dropped: at === 0 ? listDropped(git, event) : [],
      trusted: policy,
      target,
      commits: withoutClaims(batch),
      ...(batch.reviews ? { reviews: batch.reviews } : {}),
    };
    const part = toPart(await judgeCommits(seen, scan));
    parts.push({ ...part, notJudged: [...part.notJudged, ...tellSquashes(batch)] });
  }
  const findings = parts.flatMap((part) => part.findings);
  return [
    ...parts,
    {
      verdict: 'pass',
      mode: parts[0]?.mode,
      findings: [],
      notJudged: tellReviews(git, policy, event, findings),
      failure: undefined,
    },
  ];
};

/** Softened by `guard.mode` as the guard's own findings are; what is off is not told. */
const softenBy = (mode: Policy['mode'] | undefined, part: Part): Part => {
  if (mode === undefined || mode === 'enforce') return part;
  if (mode === 'off') return { ...part, verdict: 'pass', findings: [], failure: undefined };
  const findings = part.findings.map((finding): CiFinding => ({ ...finding, severity: 'warn' }));
  return { ...part, verdict: 'pass', findings };
};

const judgeExports = async (
  workspace: Workspace,
  event: CiEvent,
  { range, policy, head }: { range: Range; policy: string; head: string },
): Promise<Part> => {
  const { git } = workspace;
  const { guard } = loadConfig(git, listTrustedBlobs(git, policy));
  const audit = await auditMerge(workspace, {
    target: range.target,
    tip: head,
    policy,
    body: event.pulls.length === 1 ? event.pulls[0]?.body : undefined,
  });
  return softenBy(guard.mode, { ...audit, mode: guard.mode, failure: undefined });
};

const conclude = (parts: readonly Part[]): CiReport['verdict'] => {
  if (parts.some(({ verdict }) => verdict === 'undecided')) return 'undecided';
  return concludeVerdict(
    parts.flatMap(({ findings }) => findings.filter(({ suppressed }) => suppressed === undefined)),
  );
};

const merge = (parts: readonly Part[]): Part => ({
  verdict: conclude(parts),
  mode: parts.find(({ mode }) => mode !== undefined)?.mode,
  findings: parts.flatMap(({ findings }) => findings),
  notJudged: [...new Set(parts.flatMap(({ notJudged }) => notJudged))],
  failure: parts.find(({ failure }) => failure !== undefined)?.failure,
});

/** What keeps a part from being judged keeps no other from being told. */
const attempt = async (judge: () => Promise<Part[]> | Part[]): Promise<Part[]> => {
  try {
    return await judge();
  } catch (failure) {
    return [toPart(undecided(failure, undefined))];
  }
};

const describe = (event: CiEvent) => ({
  name: event.kind,
  isFork: event.isFork,
  branches: {
    ...(event.base.branch === undefined ? {} : { base: event.base.branch }),
    ...(event.head.branch === undefined ? {} : { head: event.head.branch }),
  },
  pulls: event.pulls.map(({ number, title, author }) => ({
    ...(number === undefined ? {} : { number }),
    ...(title === undefined ? {} : { title }),
    ...(author === undefined ? {} : { author }),
  })),
});

/**
 * Judges what an event brings, with the policy of where it is to go. Nothing of the head is run, and nothing
 * is written.
 */
export const judgeEvent = async (
  workspace: Workspace,
  event: CiEvent,
  check: CheckName,
): Promise<CiReport> => {
  const { git } = workspace;
  const known = { commits: 0, base: null, policy: null, head: null, ...describe(event) };
  try {
    const [policy, target] = [event.policy, event.base].map((side) => resolveSide(git, side));
    const head = resolveCommit(git, event.head.commit ?? 'HEAD');
    if (policy === undefined || target === undefined) return { ...known, ...merge([]) };
    const range = resolveRange(workspace, `${target}..${head}`);
    const parts = [
      ...(check === 'exports'
        ? []
        : await attempt(() => judgeGuard(workspace, event, { range, policy }))),
      ...(check === 'locks'
        ? []
        : await attempt(async () => [
            await judgeExports(workspace, event, { range, policy, head }),
          ])),
    ];
    const sides = { commits: range.commits.length, base: target, policy, head };
    const { notJudged, ...judged } = merge(parts);
    const missed = event.notFetched ?? [];
    return { ...known, ...sides, ...judged, notJudged: [...missed, ...notJudged] };
  } catch (failure) {
    return { ...known, ...toPart(undecided(failure, undefined)) };
  }
};
