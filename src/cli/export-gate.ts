import {
  createReach,
  EXPORT_RULE_NAMES,
  isOutOfReach,
  type KnownReach,
  loadReach,
  mayTouchExports,
  openCommit,
  openIndex,
  saveReach,
} from '../exports/index.ts';
import {
  concludeVerdict,
  diffIndex,
  type Finding,
  findDifference,
  type Judgement,
  listTrustedBlobs,
  type TrustedBlobs,
  undecided,
} from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import { readHeadId } from '../kit/git.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { printable } from '../kit/quote.ts';
import { stateDirectory } from '../locks/index.ts';
import { findDefaultBranch, findParting, openSide, openTexts, readTrailers } from './audit-base.ts';
import { auditRange, type PullRequest } from './audit-range.ts';
import type { AuditSides } from './audit-sides.ts';
import { type AuditOutcome, auditSides } from './audit-trees.ts';
import { loadSideConfig } from './side-config.ts';
import type { Workspace } from './workspace.ts';

/** What the export audit has to say at a gate. */
type ExportJudgement = {
  findings: readonly Finding[];
  excused: readonly Finding[];
  notJudged: readonly string[];
};

const listNotJudged = (paths: readonly string[]): string[] =>
  paths.length === 0 ? [] : [`exports/* of ${paths.map(printable).join(', ')}`];

const BLIND = 'exports/* of TypeScript and JavaScript (oxc-parser is not installed)';

/**
 * Before a pull request a language that nobody can read here is told, and stops nobody: what comes next can
 * read it. In a range nobody comes next.
 */
const toExportJudgement = (
  { findings, notJudged, unavailable }: AuditOutcome,
  stage: AuditSides['stage'],
): ExportJudgement => {
  const isBlind = stage === 'work' && unavailable.length > 0;
  const seen = isBlind
    ? findings.filter(
        ({ rule, path }) => rule !== 'exports/unparsable' || !unavailable.includes(path),
      )
    : findings;
  const unread = notJudged.filter((path) => !unavailable.includes(path));
  return {
    findings: seen.filter(({ suppressed }) => suppressed === undefined),
    excused: seen.filter(({ suppressed }) => suppressed !== undefined),
    notJudged: [...listNotJudged(unread), ...(isBlind ? [BLIND] : [])],
  };
};

const soften = (findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => ({ ...finding, severity: 'warn' }));

/** One list, one verdict. */
const unite = (judgement: Judgement, found: ExportJudgement): Judgement => {
  const own = judgement.mode === 'warn' ? soften(found.findings) : found.findings;
  const findings = [...judgement.findings, ...own];
  return {
    ...judgement,
    findings,
    verdict: concludeVerdict(findings),
    excused: found.excused,
    notJudged: [...judgement.notJudged, ...found.notJudged],
  };
};

/**
 * A judgement with what the audit says beside it, softened as everything is. Where the policy is not known, or
 * nothing could be decided before, nothing is audited; where the audit cannot decide, nothing is.
 */
const withExports = async (
  judgement: Judgement,
  audit: () => ExportJudgement | undefined | Promise<ExportJudgement | undefined>,
): Promise<Judgement> => {
  const { mode, bypass, failure } = judgement;
  if (failure || mode === undefined || mode === 'off' || bypass === undefined) return judgement;
  try {
    const found = await audit();
    return found ? unite(judgement, found) : judgement;
  } catch (error) {
    const unable = undecided(error, { mode, bypass });
    const verdict = unable.verdict === 'pass' ? judgement.verdict : unable.verdict;
    return { ...judgement, verdict, failure: unable.failure };
  }
};

/** The config of a commit, which is what is in force, by its files where they are known; undefined where a repository is left alone. */
const readConfigOf = (
  workspace: Workspace,
  commit: string,
  known?: TrustedBlobs,
): { id: string; read: () => Config } | undefined => {
  const blobs = known ?? listTrustedBlobs(workspace.git, commit);
  const id = blobs.get(CONFIG_FILE);
  return id === undefined ? undefined : { id, read: () => loadSideConfig(workspace, blobs) };
};

const isSilent = ({ exports: { rules } }: Config): boolean =>
  EXPORT_RULE_NAMES.every((rule) => rules[rule] === 'off');

/** What a commit that follows these is new against: where it parted from the default branch; of a merge its parents. */
const findStarts = ({ git }: Workspace, parents: readonly string[], config: Config): string[] => {
  if (parents.length > 1) return [...parents];
  const branch = findDefaultBranch(git, 'origin', config.guard.base);
  const start =
    branch === undefined
      ? undefined
      : findParting(git, branch, parents, 'HEAD and the default branch');
  return start === undefined ? [...parents] : [start];
};

/** Kept, so that commits which touch nothing that was read are not audited; where nothing is kept, nothing is. */
const keepReach = (
  { context, git, repository }: Workspace,
  { parents = [], amends, changes }: Judgement,
  { config, files, faults }: Pick<AuditOutcome, 'files' | 'faults'> & { config: string },
): void => {
  const from = amends ? readHeadId(git) : parents[0];
  const isEnrolled = context.files.list(stateDirectory(repository.commonDir)).length > 0;
  if (from === undefined || !isEnrolled) return;
  const about = { config, from, files, isOpen: faults.length > 0 };
  try {
    const isPlain = !amends && parents.length === 1;
    const staged = isPlain ? changes : diffIndex(git, from);
    saveReach(repository.gitDir, createReach(about, staged));
  } catch {
    // It is a saving of time; where it cannot be written, the verdict is the same without.
  }
};

/** Whether the audit would say the same of this commit as of the one before. */
const isUntouched = (
  { git }: Workspace,
  { parents = [], changes, amends }: Judgement,
  reach: KnownReach | undefined,
): boolean => {
  if (!reach || amends || parents.length > 1) return false;
  return isOutOfReach(reach, changes, (from) => findDifference(git, from, 'HEAD'));
};

const auditCommit = (workspace: Workspace, judgement: Judgement): ExportJudgement | undefined => {
  const { git, context, repository } = workspace;
  const { parents = [], changes } = judgement;
  const [trusted] = parents;
  const reach = loadReach(context.files, repository.gitDir);
  const isTouched = ({ path }: { path: string }): boolean =>
    mayTouchExports(path) || reach?.has(path) === true;
  if (trusted === undefined || (parents.length === 1 && !changes.some(isTouched))) return undefined;
  const policy = readConfigOf(workspace, trusted, judgement.trusted);
  if (!policy) return undefined;
  const known = reach?.config === policy.id ? reach : undefined;
  if (isUntouched(workspace, judgement, known)) return undefined;
  const config = policy.read();
  if (isSilent(config)) {
    keepReach(workspace, judgement, { config: policy.id, files: [], faults: [] });
    return undefined;
  }
  const texts = openTexts(workspace);
  const bases = findStarts(workspace, parents, config).map((id) => openSide(git, id, texts));
  const outcome = auditSides(
    workspace,
    {
      head: openIndex(git, texts),
      name: 'the index',
      bases,
      readTrailers: () => bases.flatMap(({ commit }) => readTrailers(git, commit, parents)),
      stage: 'work',
    },
    { config, isWhole: false },
  );
  keepReach(workspace, judgement, { ...outcome, config: policy.id });
  return toExportJudgement(outcome, 'work');
};

/** The judgement of a commit in progress, with what the commit does to exports. */
export const withCommitExports = (workspace: Workspace, judgement: Judgement): Promise<Judgement> =>
  withExports(judgement, () => auditCommit(workspace, judgement));

/** What a ref is moved to, and the branch that everybody's work parts from, where one is known. */
export type PushedTip = { tip: string; findBranch: () => string | undefined };

const auditPush = (
  workspace: Workspace,
  judgement: Judgement,
  { tip, findBranch }: PushedTip,
): ExportJudgement | undefined => {
  const { git } = workspace;
  const { range, changes } = judgement;
  const trusted = range?.trusted;
  const isTold = range?.hasMerge || changes.some(({ path }) => mayTouchExports(path));
  if (trusted === undefined || !isTold) return undefined;
  const config = readConfigOf(workspace, trusted, judgement.trusted)?.read();
  if (!config || isSilent(config)) return undefined;
  const branch = findBranch() ?? trusted;
  const base = findParting(git, branch, [tip], 'what is pushed and the default branch') ?? trusted;
  const texts = openTexts(workspace);
  const outcome = auditSides(
    workspace,
    {
      head: openCommit(git, tip, texts),
      name: tip.slice(0, 10),
      bases: [openSide(git, base, texts)],
      readTrailers: () => readTrailers(git, base, [tip]),
      stage: 'work',
    },
    { config, isWhole: false },
  );
  return toExportJudgement(outcome, 'work');
};

/** The judgement of a pushed ref, with what the commit that it is pushed to does to exports. */
export const withPushExports = (
  workspace: Workspace,
  judgement: Judgement,
  pushed: PushedTip,
): Promise<Judgement> => withExports(judgement, () => auditPush(workspace, judgement, pushed));

const auditPullRequest = async (
  workspace: Workspace,
  pair: PullRequest,
): Promise<ExportJudgement | undefined> => {
  const config = readConfigOf(workspace, pair.target)?.read();
  if (!config || isSilent(config)) return undefined;
  const audit = await auditRange(workspace, pair, config);
  const found = toExportJudgement(audit, 'range');
  const unmerged =
    audit.unmerged === undefined ? [] : [`exports/* of the merge result (${audit.unmerged})`];
  return { ...found, notJudged: [...found.notJudged, ...unmerged] };
};

/**
 * The judgement of a range, with what it does to exports as a pull request: by itself, and merged into its
 * target, by the target's config.
 */
export const withRangeExports = (
  workspace: Workspace,
  judgement: Judgement,
  pair: PullRequest,
): Promise<Judgement> => withExports(judgement, () => auditPullRequest(workspace, pair));
