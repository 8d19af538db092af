import { type Finding, RULE_MEANINGS } from '../guard/index.ts';
import { printable } from '../kit/quote.ts';
import { EXPORT_MEANINGS } from './audit.ts';
import { type CiReport, listTold } from './ci-report.ts';
import { renderGithub } from './github.ts';
import { groupByRemark, renderRemark, showPath } from './groups.ts';
import { JSON_VERSION, toErrorJson } from './json.ts';
import { listNotes, toReportable } from './judgement-sarif.ts';
import type { Palette } from './palette.ts';
import { toSarif } from './sarif.ts';
import { renderFailure } from './text.ts';
import { countOf, describeCounts, describeMode } from './wording.ts';

/** `3 commits into main at 1a2b3c4d5e`. */
export const describeRange = ({ commits, base, branches }: CiReport): string => {
  const place = branches.base === undefined ? '' : ` into ${printable(branches.base)}`;
  const at = base === null ? '' : ` at ${base.slice(0, 10)}`;
  return `${countOf(commits, 'commit')}${place}${at}`;
};

const WORDS = { pass: 'accepted', block: 'refused', undecided: 'could not be decided' };

/** `pull request refused: 2 errors, 1 warning`. */
export const describeVerdict = (report: CiReport): string => {
  const counts = describeCounts(listTold(report));
  const softened = report.failure && report.verdict === 'pass' ? ' (guard.mode lets it pass)' : '';
  return `${report.name} ${WORDS[report.verdict]}${softened}${counts === '' ? '' : `: ${counts}`}`;
};

/** Errors first. */
export const inOrder = (findings: readonly Finding<string>[]): Finding<string>[] =>
  findings.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));

/** A report for people: every path and remark, each remark with what to do about it. */
export const renderCiText = (report: CiReport, palette: Palette): string => {
  const paint = { pass: palette.good, block: palette.bad, undecided: palette.bad }[report.verdict];
  const mode = describeMode(report);
  return [
    `${paint(`leasehold: ${describeVerdict(report)}`)} (${describeRange(report)})`,
    ...groupByRemark(inOrder(listTold(report))).flatMap((group) => [
      ...group.findings.map((finding) => `  ${palette.strong(showPath(finding))}`),
      renderRemark(group, palette),
      `    next: ${palette.runnable(printable(group.told.remedy))}`,
    ]),
    ...(mode === undefined ? [] : [palette.warn(mode)]),
    ...report.notJudged.map((what) => `${palette.warn('not judged:')} ${printable(what)}`),
    ...(report.failure ? [renderFailure(report.failure, palette)] : []),
  ].join('\n');
};

/** A report as workflow commands and lines of a log, none of which a name in it can turn into another. */
export const renderCiGithub = (report: CiReport): string =>
  renderGithub({ ...report, findings: listTold(report) }, { name: report.name, verbose: true });

/** What `ci --json` prints. */
export const toCiJson = (report: CiReport) => ({
  version: JSON_VERSION,
  verdict: report.verdict,
  kind: report.name,
  mode: report.mode ?? null,
  base: report.base,
  policy: report.policy,
  head: report.head,
  commits: report.commits,
  not_judged: report.notJudged,
  findings: report.findings,
  ...(report.failure ? { error: toErrorJson(report.failure) } : {}),
});

const BOOK = {
  meanings: { ...RULE_MEANINGS, ...EXPORT_MEANINGS },
  advice:
    'What a rule weighs is set in leasehold.config.json, by `guard.rules` and `exports.rules`.',
};

/** The same as a SARIF 2.1.0 log of one run; what is let through with a reason is there as suppressed. */
export const toCiSarif = (report: CiReport) =>
  toSarif(report.findings.map(toReportable), BOOK, listNotes(report));
