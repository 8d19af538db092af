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

/** The hash of a longer key, from that of its beginning and what stands behind: FNV-1a over UTF-16 units. */
const extendHash = (beginning: number, text: string): number => {
  let hash = beginning;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
};

export const hashKey = (text: string): number => extendHash(0x811c9dc5, text);

/**
 * The hashes of the keys `<kind> <place>`, by place, of these paths and of all that lies above them, the top
 * (an empty place) among them. What they share is hashed once.
 */
export const hashPlaces = (kind: string, paths: readonly string[]): Map<string, number> => {
  const hashes = new Map([['', hashKey(`${kind} `)]]);
  const hashPlace = (place: string): number => {
    const known = hashes.get(place);
    if (known !== undefined) return known;
    const above = place.substring(0, place.lastIndexOf('/'));
    const hash = extendHash(hashPlace(above), place.slice(above.length));
    hashes.set(place, hash);
    return hash;
  };
  for (const path of paths) hashPlace(path);
  return hashes;
};

/** The text of a table; numbers are below 2^32. */
export const renderKeyTable = (entries: readonly { key: string; number: number }[]): string => {
  const lines = new Set(
    entries.map(({ key, number }) => `${toHex(hashKey(key))} ${toHex(number)}\n`),
  );
  return [...lines].sort().join('');
};

/** How many lines a rendered table has. */
export const countLines = (table: string): number => table.length / WIDTH;

/** Where a table with so many lines ends that starts here. */
export const endOfTable = ({ start, lines }: KeyTable): number => start + lines * WIDTH;

const keyAt = ({ text, start }: KeyTable, line: number): number => {
  const at = start + line * WIDTH;
  return Number.parseInt(text.slice(at, at + DIGITS), 16);
};

const numberAt = ({ text, start }: KeyTable, line: number): number => {
  const end = start + (line + 1) * WIDTH - 1;
  return Number.parseInt(text.slice(end - DIGITS, end), 16);
};

/** The first line whose key is not before this one, given as it is written. */
const findFirst = ({ text, start, lines }: KeyTable, key: string): number => {
  let [from, to] = [0, lines];
  while (from < to) {
    const middle = (from + to) >> 1;
    const at = start + middle * WIDTH;
    if (text.slice(at, at + DIGITS) < key) from = middle + 1;
    else to = middle;
  }
  return from;
};

/** The numbers that stand under these keys (`hashKey`), and perhaps some of others. */
export const findNumbers = (table: KeyTable, keys: ReadonlySet<number>): Set<number> => {
  const { lines } = table;
  const numbers = new Set<number>();
  // Many keys are looked for all at once.
  if (keys.size * Math.log2(lines + 1) > lines) {
    for (let line = 0; line < lines; line += 1) {
      if (keys.has(keyAt(table, line))) numbers.add(numberAt(table, line));
    }
    return numbers;
  }
  for (const key of keys) {
    for (
      let line = findFirst(table, toHex(key));
      line < lines && keyAt(table, line) === key;
      line += 1
    ) {
      numbers.add(numberAt(table, line));
    }
  }
  return numbers;
};
