import type { Allowance } from './model.ts';

const MARK = 'leasehold:';
const FORM = /^leasehold:\s*allow\(([^)]*)\)\s*(?:--\s*(.*))?$/;

/** Whether a text may have any: most have none, and are asked nothing more. */
export const mentionsAllowance = (text: string): boolean => text.includes(MARK);

const stripLine = (line: string): string =>
  line.replace(/^\s*\*?\s*/, '').replace(/\s*(?:\*\/)?\s*$/, '');

/** What one line of a comment allows, without the comment's own marks; undefined where it is about something else. */
const parseLine = (line: string): Pick<Allowance, 'rules' | 'reason'> | undefined => {
  const match = FORM.exec(stripLine(line));
  if (!match) return undefined;
  const rules = (match[1] ?? '')
    .split(',')
    .map((rule) => rule.trim().replace(/\s+/g, ' '))
    .filter((rule) => rule !== '');
  const reason = match[2]?.trim();
  return { rules, reason: reason === '' ? undefined : reason };
};

/**
 * What a comment allows: `text` is what stands behind its opening mark (`//`, `#`, the one of a block),
 * so that a doc comment, which shows how it is written, allows nothing.
 */
export const parseAllowances = (
  text: string,
  { path, line, column }: Pick<Allowance, 'path' | 'line' | 'column'>,
): Allowance[] => {
  if (!mentionsAllowance(text)) return [];
  return text.split('\n').flatMap((each, index) => {
    const parsed = parseLine(each);
    if (!parsed) return [];
    return [{ path, line: line + index, column: index === 0 ? column : 1, ...parsed }];
  });
};
