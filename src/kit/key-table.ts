/**
 * A table of keys and numbers as text: lines of one width in order, so that a process which has just
 * begun finds a key in a file of megabytes by a few looks, and parses none of it. A key is a hash: two
 * that are different may be one here, so what is found is a candidate, never the answer.
 */
export type KeyTable = { text: string; start: number; lines: number };

const DIGITS = 8;
/** Key, a blank, number, and a newline. */
const WIDTH = 2 * DIGITS + 2;

const toHex = (number: number): string => number.toString(16).padStart(DIGITS, '0');

/** FNV-1a over UTF-16 units, as the table has it. */
export const hashKey = (text: string): string => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return toHex(hash >>> 0);
};

/** The text of a table; numbers are below 2^32. */
export const renderKeyTable = (entries: readonly { key: string; number: number }[]): string => {
  const lines = new Set(entries.map(({ key, number }) => `${hashKey(key)} ${toHex(number)}\n`));
  return [...lines].sort().join('');
};

/** How many lines a rendered table has. */
export const countLines = (table: string): number => table.length / WIDTH;

/** Where a table with so many lines ends that starts here. */
export const endOfTable = ({ start, lines }: KeyTable): number => start + lines * WIDTH;

/** The first line whose key is not before `hash`. */
const findFirst = ({ text, start, lines }: KeyTable, hash: string): number => {
  let [from, to] = [0, lines];
  while (from < to) {
    const middle = (from + to) >> 1;
    const at = start + middle * WIDTH;
    if (text.slice(at, at + DIGITS) < hash) from = middle + 1;
    else to = middle;
  }
  return from;
};

/** The numbers that stand under these keys, and perhaps some of others. */
export const findNumbers = (table: KeyTable, keys: Iterable<string>): Set<number> => {
  const numbers = new Set<number>();
  for (const key of keys) {
    const hash = hashKey(key);
    for (let line = findFirst(table, hash); line < table.lines; line += 1) {
      const at = table.start + line * WIDTH;
      if (!table.text.startsWith(hash, at)) break;
      numbers.add(Number.parseInt(table.text.slice(at + DIGITS + 1, at + WIDTH - 1), 16));
    }
  }
  return numbers;
};
