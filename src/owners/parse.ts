import { Buffer } from 'node:buffer';
import type { OwnersDialect, OwnersProblemKind } from './dialect.ts';
import { GITHUB } from './github.ts';

/** One line that counts. `owners` is empty where the line takes its paths away from everybody. */
export type OwnersRule = {
  /** As written, escapes included. */
  pattern: string;
  /** Counted from 1. */
  line: number;
  owners: string[];
};

/** One line that the host skips, with its first fault; line 1, column 1 where it is the whole file. */
export type OwnersProblem = {
  /** Counted from 1. */
  line: number;
  /** Counted from 1, in UTF-16 units; a byte order mark does not count. */
  column: number;
  kind: OwnersProblemKind;
  message: string;
  /** The whole line to write instead; absent where no valid line is near. */
  suggestion?: string;
};

/** One file, in file order; every line is a rule, a problem, a comment or empty. */
export type OwnersFile = {
  dialect: OwnersDialect['name'];
  rules: OwnersRule[];
  problems: OwnersProblem[];
};

/** A word of a line and where it starts, counted from 0. */
type Word = { text: string; at: number };
type Fields = { pattern: Word; owners: Word[]; comment: string };

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t';

/** The end of the pattern that starts at `start`: the first blank that no backslash precedes. */
const findPatternEnd = (line: string, start: number): number => {
  let at = start;
  while (at < line.length && !isBlank(line[at])) at += line[at] === '\\' ? 2 : 1;
  return Math.min(at, line.length);
};

/** A line taken apart, or null where it is empty or a comment. */
const splitLine = (line: string): Fields | null => {
  let start = 0;
  while (isBlank(line[start])) start += 1;
  if (start === line.length || line[start] === '#') return null;
  const end = findPatternEnd(line, start);
  const owners: Word[] = [];
  let comment = '';
  for (const { 0: text, index } of line.slice(end).matchAll(/[^ \t]+/g)) {
    if (text.startsWith('#')) {
      comment = line.slice(end + index);
      break;
    }
    owners.push({ text, at: end + index });
  }
  return { pattern: { text: line.slice(start, end), at: start }, owners, comment };
};

type Fault = Pick<OwnersProblem, 'column' | 'kind' | 'message'>;

const findFault = ({ pattern, owners }: Fields, dialect: OwnersDialect): Fault | null => {
  const fault = dialect.findPatternFault(pattern.text);
  if (fault !== null) {
    return { column: pattern.at + fault.offset + 1, kind: fault.kind, message: fault.message };
  }
  const stranger = owners.find(({ text }) => !dialect.isOwner(text));
  if (stranger === undefined) return null;
  const message = 'an owner is @user, @org/team or an e-mail address';
  return { column: stranger.at + 1, kind: 'bad-owner', message };
};

/** The same line with every fault mended, or null where that leaves no valid line. */
const suggestLine = ({ pattern, owners, comment }: Fields, dialect: OwnersDialect) => {
  const fault = dialect.findPatternFault(pattern.text);
  const repair = fault === null ? { pattern: pattern.text, owners: true } : fault.repair;
  if (repair === null) return null;
  const kept = repair.owners ? owners : [];
  const words = kept.map(({ text }) =>
    dialect.isOwner(text) ? text : (dialect.repairOwner(text) ?? text),
  );
  const line = [repair.pattern, ...words, comment].filter((word) => word !== '').join(' ');
  const fields = splitLine(line);
  return fields === null || findFault(fields, dialect) !== null ? null : line;
};

const describeTooLarge = (dialect: OwnersDialect): OwnersProblem => ({
  line: 1,
  column: 1,
  kind: 'file-too-large',
  message: `the host does not read a file of ${dialect.maxBytes} bytes or more: nobody owns anything`,
});

/**
 * Reads the text of a CODEOWNERS file. Never throws: a line that the host skips is no rule but a
 * problem, and a file that it does not read has no rules and one problem.
 */
export const parseOwners = (text: string, dialect: OwnersDialect = GITHUB): OwnersFile => {
  const file: OwnersFile = { dialect: dialect.name, rules: [], problems: [] };
  if (Buffer.byteLength(text) >= dialect.maxBytes) {
    return { ...file, problems: [describeTooLarge(dialect)] };
  }
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (const [index, content] of lines.entries()) {
    const fields = splitLine(content);
    if (fields === null) continue;
    const line = index + 1;
    const fault = findFault(fields, dialect);
    if (fault === null) {
      const owners = fields.owners.map((word) => word.text);
      file.rules.push({ pattern: fields.pattern.text, line, owners });
      continue;
    }
    const suggestion = suggestLine(fields, dialect);
    file.problems.push({ line, ...fault, ...(suggestion === null ? {} : { suggestion }) });
  }
  return file;
};
