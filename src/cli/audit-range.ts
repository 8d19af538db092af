import { type ExportFinding, mayTouchExports, openCommit } from '../exports/index.ts';
import { findDifference } from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import type { Git } from '../kit/git.ts';
import { printable } from '../kit/quote.ts';
import { type Merge, withMergeResult } from '../radar/index.ts';
import { fitNames } from '../report/index.ts';
import { findParting, openSide, openTexts, readTrailers } from './audit-base.ts';
import { type AuditOutcome, auditSides } from './audit-trees.ts';
import type { Workspace } from './workspace.ts';

/** What is to be merged, and into what: commit ids. */
export type PullRequest = { target: string; tip: string };

/** What a pull request does to exports: by itself, and once it is merged. */
export type RangeAudit = AuditOutcome & {
  /** Where it parted from its target. */
  base: string;
  /** Why its merge with the target was not judged; undefined where it was, or is the same. */
  unmerged: string | undefined;
};

/** Where the two parted; throws `Undecided` (`base-unknown`) where this clone does not know. */
const findBase = (git: Git, { target, tip }: PullRequest): string => {
  const base = findParting(git, target, [tip], 'the two sides of the range');
  if (base !== undefined) return base;
  throw new Undecided(
    'base-unknown',
    'the two sides of the range have no common commit',
    'give the branch that this one came from as A of --range A..B',
  );
};

/** Whatever git cannot tell is no reason to look away. */
const mayDiffer = (git: Git, from: string, to: string): boolean =>
  findDifference(git, from, to)?.some(({ path }) => mayTouchExports(path)) ?? true;

const NOTHING: AuditOutcome = {
  findings: [],
  notJudged: [],
  entries: [],
  files: [],
  faults: [],
  unavailable: [],
};

/** Lines are others once both sides have theirs. */
const keyOf = ({ rule, path, name }: ExportFinding): string => JSON.stringify([rule, path, name]);

/** What the merge alone has. */
const listArising = (
  merged: readonly ExportFinding[],
  own: readonly ExportFinding[],
): ExportFinding[] => {
  const known = new Set(own.map(keyOf));
  return merged
    .filter((finding) => !known.has(keyOf(finding)))
    .map((finding) => ({ ...finding, message: `${finding.message} (once both are merged)` }));
};

/** Why there is no merge to judge. */
const explain = (merge: Merge | undefined): string | undefined => {
  if (merge === undefined) return 'it takes git 2.38 or newer';
  if (merge.kind === 'failed') return printable(merge.reason);
  if (merge.kind === 'clean') return undefined;
  const { shown, rest } = fitNames([...merge.conflicts.keys()].map(printable));
  return `it conflicts in ${shown}${rest > 0 ? ` and ${rest} more` : ''}`;
};

/**
 * Audits a pull request: what it does since it parted from its target, and what arises only where both are
 * merged. Removals weigh as in a range, by `config`, which is the target's.
 */
export const auditRange = async (
  workspace: Workspace,
  pair: PullRequest,
  config: Config,
): Promise<RangeAudit> => {
  const { git, context, repository } = workspace;
  const { target, tip } = pair;
  const base = findBase(git, pair);
  if (!mayDiffer(git, base, tip)) return { ...NOTHING, base, unmerged: undefined };
  const texts = openTexts(workspace);
  const about = {
    readTrailers: () => readTrailers(git, base, [tip]),
    stage: 'range' as const,
  };
  const settings = { config, isWhole: false };
  const head = { head: openCommit(git, tip, texts), name: tip.slice(0, 10) };
  const own = auditSides(
    workspace,
    { ...about, ...head, bases: [openSide(git, base, texts)] },
    settings,
  );
  // Nothing has come to the target since, so it is the head that will be there.
  if (base === target || !mayDiffer(git, base, target))
    return { ...own, base, unmerged: undefined };
  return withMergeResult({ env: context.env, repository }, [target, tip], (merge, scratch) => {
    const unmerged = explain(merge);
    if (merge?.kind !== 'clean') return { ...own, base, unmerged };
    const merged = auditSides(
      workspace,
      {
        ...about,
        head: openCommit(scratch, merge.tree, texts),
        name: 'the merge result',
        bases: [openSide(git, target, texts)],
      },
      settings,
    );
    return {
      ...own,
      findings: [...own.findings, ...listArising(merged.findings, own.findings)],
      base,
      unmerged,
    };
  });
};
