/** A word of a line and where it starts, counted from 0. */
export type Word = { text: string; at: number };

/** A line taken apart: the pattern, and the words behind it. */
export type Entry = { pattern: Word; words: Word[] };

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t';

/** The end of the pattern that starts at `start`: the first blank that no backslash precedes. */
const findPatternEnd = (line: string, start: number): number => {
  let at = start;
  while (at < line.length && !isBlank(line[at])) at += line[at] === '\\' ? 2 : 1;
  return Math.min(at, line.length);
};

/** The words of a line from `start` on. */
export const splitWords = (line: string, start: number): Word[] =>
  [...line.slice(start).matchAll(/[^ \t]+/g)].map(({ 0: text, index }) => ({
    text,
    at: start + index,
  }));

/** A line's entry, or null where it is empty or a comment. */
export const splitEntry = (line: string): Entry | null => {
  let start = 0;
  while (isBlank(line[start])) start += 1;
  if (start === line.length || line[start] === '#') return null;
  const end = findPatternEnd(line, start);
  return { pattern: { text: line.slice(start, end), at: start }, words: splitWords(line, end) };
};
