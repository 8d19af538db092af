/** A word of a line and where it starts, counted from 0. */
export type Word = { text: string; at: number };

/** A line taken apart: the pattern, and the words behind it. */
export type Entry = { pattern: Word; words: Word[] };

const SPACE = 0x20;
const TAB = 0x09;
const BACKSLASH = 0x5c;

const isBlank = (unit: number): boolean => unit === SPACE || unit === TAB;

const skipBlanks = (line: string, start: number): number => {
  let at = start;
  while (isBlank(line.charCodeAt(at))) at += 1;
  return at;
};

const findBlank = (line: string, start: number): number => {
  let at = start;
  while (at < line.length && !isBlank(line.charCodeAt(at))) at += 1;
  return at;
};

/** The end of the pattern that starts at `start`: the first blank that no backslash precedes. */
const findPatternEnd = (line: string, start: number): number => {
  let at = start;
  while (at < line.length && !isBlank(line.charCodeAt(at))) {
    at += line.charCodeAt(at) === BACKSLASH ? 2 : 1;
  }
  return Math.min(at, line.length);
};

/** The words of a line from `start` on. */
export const splitWords = (line: string, start: number): Word[] => {
  const words: Word[] = [];
  for (let at = skipBlanks(line, start); at < line.length; ) {
    const end = findBlank(line, at);
    words.push({ text: line.slice(at, end), at });
    at = skipBlanks(line, end);
  }
  return words;
};

/** A line's entry, or null where it is empty or a comment. */
export const splitEntry = (line: string): Entry | null => {
  const start = skipBlanks(line, 0);
  if (start === line.length || line[start] === '#') return null;
  const end = findPatternEnd(line, start);
  return { pattern: { text: line.slice(start, end), at: start }, words: splitWords(line, end) };
};

/** True for an e-mail address, which both hosts take for an owner. */
export const isEmail = (word: string): boolean => /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(word);
