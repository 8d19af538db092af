import type { ExportFinding } from './audit.ts';

/** What a full scan is to be silent about, committed at the top: a sorted line a finding. */
export const BASELINE_FILE = 'leasehold.exports-baseline';

const HEADER =
  '# What `leasehold audit --all` knows already; written by `leasehold audit --all --write-baseline`.';

/** As it is where it is plain: whoever reviews the file reads names. */
const wordOf = (text: string): string =>
  /^[!#-~][!-~]*$/.test(text) ? text : JSON.stringify(text);

/** Without a line number, so that it stays true while the file around it changes. */
const lineOf = ({ rule, path, name }: ExportFinding): string =>
  [rule, path, name].map(wordOf).join(' ');

const isTold = ({ suppressed }: ExportFinding): boolean => suppressed === undefined;

/** The baseline that these findings come to; what is let through with a reason needs none. */
export const renderBaseline = (findings: readonly ExportFinding[]): string =>
  `${[HEADER, ...findings.filter(isTold).map(lineOf).sort()].join('\n')}\n`;

type Line = { text: string; line: number };

const listLines = (baseline: string): Line[] =>
  baseline
    .split('\n')
    .map((text, at) => ({ text: text.trim(), line: at + 1 }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'));

const tellStale = ({ text, line }: Line): ExportFinding => ({
  rule: 'exports/suppression',
  severity: 'warn',
  path: BASELINE_FILE,
  line,
  column: 1,
  name: text,
  message: `the baseline has what is there no more: ${text}`,
  remedy: 'leasehold audit --all --write-baseline',
});

/** Findings that a baseline has, one for one, are let through; lines of it that have none are told. */
export const applyBaseline = (
  findings: readonly ExportFinding[],
  baseline: string,
): ExportFinding[] => {
  const left = new Map<string, Line[]>();
  for (const line of listLines(baseline)) {
    const same = left.get(line.text) ?? [];
    if (same.push(line) === 1) left.set(line.text, same);
  }
  const told = findings.map((finding): ExportFinding => {
    const known = isTold(finding) ? left.get(lineOf(finding))?.shift() : undefined;
    if (!known) return finding;
    return { ...finding, suppressed: `in ${BASELINE_FILE}, line ${known.line}` };
  });
  return [...told, ...[...left.values()].flat().map(tellStale)];
};
