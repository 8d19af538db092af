import { EXPORT_RULE_NAMES, EXPORT_RULES, type ExportFinding } from '../exports/index.ts';
import type { Verdict } from '../guard/index.ts';
import { printable } from '../kit/quote.ts';
import { renderGithub } from './github.ts';
import { JSON_VERSION } from './json.ts';
import type { Palette } from './palette.ts';
import { renderPlaced } from './placed.ts';
import { toSarif } from './sarif.ts';
import { countOf, describeCounts } from './wording.ts';

/** What an audit came to. */
export type AuditReport = {
  verdict: Verdict;
  findings: readonly ExportFinding[];
  /** The commit that it was held against; null for a full scan. */
  base: string | null;
  /** What was held against what, in words: `the working tree against 1a2b3c4d5e`. */
  subject: string;
  /** The files that were entered. */
  entries: readonly string[];
  /** What could not be looked at, and was no better before. */
  notJudged: readonly string[];
  /** Why the merge with the target was not audited; undefined where it was, or there is none. */
  unmerged: string | undefined;
};

const isTold = ({ suppressed }: ExportFinding): boolean => suppressed === undefined;

const describeEntries = (entries: readonly string[]): string =>
  entries.length === 1 ? printable(entries[0] ?? '') : countOf(entries.length, 'entry point');

const summarise = (report: AuditReport, palette: Palette): string => {
  const { findings, verdict, subject, entries } = report;
  const told = findings.filter(isTold);
  const excused = findings.length - told.length;
  const counts = told.length > 0 ? describeCounts(told) : 'nothing stands against it';
  const more = excused > 0 ? ` (${excused} let through with a reason)` : '';
  const paint = verdict === 'pass' ? (told.length > 0 ? palette.warn : palette.good) : palette.bad;
  return paint(`${describeEntries(entries)}, ${subject}: ${counts}${more}`);
};

/** What the audit found, a place a line as compilers print it; what is let through is counted alone. */
export const renderAudit = (report: AuditReport, palette: Palette): string =>
  [
    ...report.findings.filter(isTold).map((finding) => renderPlaced(finding, palette)),
    ...report.notJudged.map(
      (what) => `${palette.warn('not judged:')} ${printable(what)}, as in the base`,
    ),
    ...(report.unmerged === undefined
      ? []
      : [`${palette.warn('not judged:')} the merge result, for ${printable(report.unmerged)}`]),
    summarise(report, palette),
  ].join('\n');

/** All that was not judged, as formats for programs have it. */
export const listUnjudged = ({
  notJudged,
  unmerged,
}: Pick<AuditReport, 'notJudged' | 'unmerged'>): string[] => [
  ...notJudged,
  ...(unmerged === undefined ? [] : [`the merge result (${unmerged})`]),
];

/** The same as workflow commands of GitHub Actions; what is not annotated is in the log. */
export const renderAuditGithub = (report: AuditReport): string => {
  const { verdict, findings } = report;
  const notJudged = listUnjudged(report).map(printable);
  const told = findings.filter(isTold);
  const shown = { verdict, findings: told, notJudged, failure: undefined };
  return renderGithub(shown, { name: 'change', verbose: true });
};

/** What `audit --json` prints: the findings with those that are let through, each with its reason. */
export const toAuditJson = (report: AuditReport) => ({
  version: JSON_VERSION,
  verdict: report.verdict,
  base: report.base,
  entries: report.entries,
  not_judged: listUnjudged(report),
  findings: report.findings,
});

/** The sentence of each rule of the audit. */
export const EXPORT_MEANINGS: Readonly<Record<string, string>> = Object.fromEntries(
  EXPORT_RULE_NAMES.map((name) => [name, EXPORT_RULES[name].meaning]),
);

const BOOK = {
  meanings: EXPORT_MEANINGS,
  advice:
    'A comment `leasehold: allow(RULE) -- reason` at the statement lets it through; `exports.rules` in ' +
    'leasehold.config.json says what the rule weighs.',
};

/** The same as a SARIF 2.1.0 log; what is let through is there as suppressed. */
export const toAuditSarif = (report: AuditReport) =>
  toSarif(
    report.findings,
    BOOK,
    listUnjudged(report).map((what) => ({
      level: 'warning' as const,
      text: `not judged: ${printable(what)}`,
    })),
  );
