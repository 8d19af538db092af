import type { Finding } from '../guard/index.ts';
import { printable, shellQuote } from '../kit/quote.ts';
import type { Palette } from './palette.ts';
import { fitNames } from './wording.ts';

/** Findings that one remark tells. */
export type Group = {
  findings: readonly Finding<string>[];
  /** The one whose words are told. */
  told: Finding<string>;
  /** How many other things are said of these findings. */
  others: number;
};

const latest = (findings: readonly Finding<string>[]): Finding<string> | undefined =>
  findings.reduce<Finding<string> | undefined>(
    (last, finding) =>
      last === undefined || (finding.expires_at ?? '') > (last.expires_at ?? '') ? finding : last,
    undefined,
  );

const groupBy = (
  findings: readonly Finding<string>[],
  keyOf: (finding: Finding<string>) => unknown,
): Group[] => {
  const groups = new Map<string, Finding<string>[]>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.severity, finding.rule, keyOf(finding)]);
    const group = groups.get(key);
    if (group) group.push(finding);
    else groups.set(key, [finding]);
  }
  return [...groups.values()].flatMap((group) => {
    // Of several grants of a holder, the one that ends last says how long it may take.
    const told = latest(group);
    const said = new Set(group.map(({ message }) => message));
    return told ? [{ findings: group, told, others: said.size - 1 }] : [];
  });
};

/** Paths of which the same is said stand together: three hundred files of one grant are one remark. */
export const groupByRemark = (findings: readonly Finding<string>[]): Group[] =>
  groupBy(findings, ({ message }) => message);

/** Fewer and larger groups: what one holder's grants are in the way of, or what belongs to the same owners. */
export const groupByHolder = (findings: readonly Finding<string>[]): Group[] =>
  groupBy(findings, ({ holder, owners, message }) => holder ?? owners ?? message);

/** A path as the reader's shell takes it, so that no name can pass for something else. */
export const showPath = ({ path, line, commit }: Finding<string>): string => {
  const place = line === undefined ? shellQuote(path) : `${shellQuote(path)}:${line}`;
  return commit === undefined ? place : `${place} (in ${commit.slice(0, 10)})`;
};

/** A list of thirty owners tells no more than its beginning. */
const MAX_REMARK = 320;

const clip = (text: string): string => {
  const chars = Array.from(text);
  return chars.length > MAX_REMARK ? `${chars.slice(0, MAX_REMARK - 1).join('')}…` : text;
};

/** What a group is about, how bad it is, and by which rule. */
export const renderRemark = ({ told, others }: Group, palette: Palette): string => {
  const mark = told.severity === 'error' ? palette.bad('error') : palette.warn('warning');
  const more = others > 0 ? ` (and ${others} more like it)` : '';
  return `    ${mark} ${clip(printable(told.message))}${more} ${palette.faint(`[${told.rule}]`)}`;
};

/** Each path in its own line, the remark below; a warning with what to do about it. */
export const renderWhole = (group: Group, palette: Palette): string[] => {
  const { severity, remedy } = group.told;
  return [
    ...group.findings.map((finding) => `  ${palette.strong(showPath(finding))}`),
    renderRemark(group, palette),
    ...(severity === 'error'
      ? []
      : [`    ${palette.faint(`hint: ${palette.runnable(printable(remedy))}`)}`]),
  ];
};

/** The paths of a group in one line, as many as fit, and the remark below. */
export const renderBrief = (group: Group, palette: Palette): string[] => {
  const { shown, rest } = fitNames(group.findings.map(showPath));
  const more = rest > 0 ? ` and ${rest} more` : '';
  return [`  ${palette.strong(shown)}${more}`, renderRemark(group, palette)];
};
