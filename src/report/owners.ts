import { printable } from '../kit/quote.ts';
import type { Decision, OwnersFinding, Ownership, OwnersRule } from '../owners/index.ts';
import { toCell, toCsv, toCsvRow } from './csv.ts';
import { JSON_VERSION } from './json.ts';
import type { Palette } from './palette.ts';
import { renderPlaced } from './placed.ts';
import { countOf, countSeverities } from './wording.ts';

/** A rule that covers a path, and the one that takes the path away from it; null where it decides itself. */
export type Covering = { rule: OwnersRule; section: string | null; takenBy: OwnersRule | null };

/** Who owns one path, and, where that was asked, why. */
export type OwnersAnswer = {
  path: string;
  ownership: Ownership;
  /** In file order. */
  covering?: Covering[];
  /** Whom the guard asks beyond `owners`, because careful readings of the file differ. */
  alsoAsked?: string[];
};

/** The CODEOWNERS file that answers are from, as far as reports name it. */
export type OwnersSource = { path: string; hasSections: boolean };

const showOwners = (owners: readonly string[]): string =>
  owners.length > 0 ? owners.map(printable).join(' ') : 'nobody';

const showRule = ({ rule, section }: Decision, file: string): string => {
  const place = `${file}:${rule.line} ${rule.exclude ? '!' : ''}${printable(rule.pattern)}`;
  return section === null ? place : `${place} [${printable(section)}]`;
};

const renderCovering = ({ rule, takenBy }: Covering, palette: Palette): string =>
  palette.faint(
    `    line ${rule.line} ${rule.exclude ? '!' : ''}${printable(rule.pattern)} ${showOwners(rule.owners)}${takenBy ? `: taken away by line ${takenBy.line}` : ''}`,
  );

/** One path: who owns it and by which lines; below it the lines that others took it away from. */
export const renderOwnersAnswer = (
  answer: OwnersAnswer,
  { path: file }: OwnersSource,
  palette: Palette,
): string => {
  const { path, ownership, covering = [], alsoAsked = [] } = answer;
  const { owners, decisions } = ownership;
  const why = decisions.map((decision) => showRule(decision, file)).join(', ');
  const also = showOwners(alsoAsked);
  return [
    `${palette.strong(printable(path))}  ${palette.good(showOwners(owners))}  ${palette.faint(why === '' ? 'no rule covers it' : why)}`,
    ...covering.map((one) => renderCovering(one, palette)),
    ...(alsoAsked.length > 0
      ? [
          palette.faint(
            `    the guard asks ${also} too: readers differ over a line (owners --lint)`,
          ),
        ]
      : []),
  ].join('\n');
};

const toRuleJson = ({ pattern, line, exclude }: OwnersRule) => ({
  pattern,
  line,
  ...(exclude ? { exclude } : {}),
});

const toAnswerJson = (
  { path, ownership, covering, alsoAsked }: OwnersAnswer,
  { hasSections }: OwnersSource,
) => ({
  path,
  state: ownership.state,
  owners: ownership.owners,
  rule: ownership.rule && toRuleJson(ownership.rule),
  ...(hasSections
    ? {
        sections: ownership.decisions.map((decision) => ({
          section: decision.section,
          owners: decision.rule.owners,
          rule: toRuleJson(decision.rule),
        })),
      }
    : {}),
  ...(covering
    ? {
        covering: covering.map((one) => ({
          ...toRuleJson(one.rule),
          section: one.section,
          owners: one.rule.owners,
          taken_by: one.takenBy?.line ?? null,
        })),
      }
    : {}),
  ...(alsoAsked ? { also_asked: alsoAsked } : {}),
});

/** What `owners --json` prints of paths. */
export const toOwnersJson = (answers: readonly OwnersAnswer[], source: OwnersSource) => ({
  version: JSON_VERSION,
  paths: answers.map((answer) => toAnswerJson(answer, source)),
});

/** The same as a table, one line a path; of several sections the one whose rule is named. */
export const toOwnersCsv = (answers: readonly OwnersAnswer[]): string => {
  // Files that one rule decides share their ownership, and so all of their row but the path.
  const rests = new Map<Ownership, string>();
  const parts = [toCsvRow(['path', 'state', 'owners', 'section', 'pattern', 'line'])];
  for (const { path, ownership } of answers) {
    const rest = rests.get(ownership) ?? `,${toCsvRow(listOwnershipCells(ownership))}`;
    rests.set(ownership, rest);
    parts.push('\n', toCell(path), rest);
  }
  return parts.join('');
};

const listOwnershipCells = ({ state, owners, rule, decisions }: Ownership) => [
  state,
  owners.join(' '),
  decisions.find((decision) => decision.rule === rule)?.section ?? '',
  rule?.pattern ?? '',
  rule?.line ?? '',
];

/** How many files each owner has, of how many in all. */
export type OwnersStats = {
  files: number;
  owned: number;
  unowned: number;
  unmatched: number;
  /** By number, then by name. */
  owners: { owner: string; files: number }[];
};

/** Counts answers. A file of two owners counts for both. */
export const countOwners = (answers: Iterable<Ownership>): OwnersStats => {
  const states = { owned: 0, unowned: 0, unmatched: 0 };
  const counts = new Map<string, number>();
  for (const { state, owners } of answers) {
    states[state] += 1;
    for (const owner of owners) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  const owners = [...counts]
    .map(([owner, files]) => ({ owner, files }))
    .sort((a, b) => b.files - a.files || (a.owner < b.owner ? -1 : 1));
  const files = states.owned + states.unowned + states.unmatched;
  return { files, ...states, owners };
};

const percent = (part: number, whole: number): string =>
  `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)} %`;

/** A line an owner, the largest first, and what nobody owns. */
export const renderOwnersStats = (stats: OwnersStats, palette: Palette): string => {
  const { files, owned, unowned, unmatched } = stats;
  const row = (count: number, name: string): string =>
    `${String(count).padStart(8)}  ${percent(count, files).padStart(7)}  ${name}`;
  return [
    ...stats.owners.map(({ owner, files: count }) => row(count, palette.strong(printable(owner)))),
    row(unowned, palette.faint('nobody, by a line that names no owner')),
    row(unmatched, palette.faint('nobody, because no line covers it')),
    `${files} files, ${owned} of them owned`,
  ].join('\n');
};

/** The same as a table. */
export const toOwnersStatsCsv = ({ owners }: OwnersStats): string =>
  toCsv(
    ['owner', 'files'],
    owners.map(({ owner, files }) => [owner, files]),
  );

/** What lint found, a place a line as compilers print it, and the sum. */
export const renderOwnersLint = (findings: readonly OwnersFinding[], palette: Palette): string => {
  const { errors, warnings } = countSeverities(findings);
  const sum = `${countOf(errors, 'error')}, ${countOf(warnings, 'warning')}`;
  return [...findings.map((finding) => renderPlaced(finding, palette)), sum].join('\n');
};

/** The same as a table. */
export const toOwnersLintCsv = (findings: readonly OwnersFinding[]): string =>
  toCsv(
    ['rule', 'severity', 'path', 'line', 'column', 'message', 'remedy'],
    findings.map(({ rule, severity, path, line, column, message, remedy }) => [
      rule,
      severity,
      path,
      line,
      column,
      message,
      remedy,
    ]),
  );
