import { ANY, type CharClass, type Pattern, SLASH } from './pattern.ts';

/** Counts the work of path tests, in machine words moved; what a test of the bound reads. */
export type Tally = { words: number };

/** Answers whether a pattern covers a path: repo-relative, separated by `/`, compared as it is. */
export type PathTest = (path: string, tally?: Tally) => boolean;

/** A set of states, one bit a state: state n is bit n % 32 of word n / 32. */
type Bits = Int32Array;

/** A pattern as sets of states. */
type Tables = {
  /** By code point: the states that taking this character leads to, classes left out. */
  rows: Map<number, Bits>;
  /** The same for every character without a row. */
  others: Bits;
  slash: Bits;
  /** Each class with the state that it leads to. */
  classes: [CharClass, number][];
  /** Rows with the classes in them, for the characters that were met. */
  met: Map<number, Bits>;
  stars: Bits;
  globstars: Bits;
};

const setBit = (bits: Bits, state: number): void => {
  bits[state >>> 5] = (bits[state >>> 5] ?? 0) | (1 << (state & 31));
};

const hasBit = (bits: Bits, state: number): boolean =>
  ((bits[state >>> 5] ?? 0) & (1 << (state & 31))) !== 0;

const toBits = (states: readonly number[], words: number): Bits => {
  const bits = new Int32Array(words);
  for (const state of states) setBit(bits, state);
  return bits;
};

const buildTables = ({ steps, stars, globstars }: Pattern): Tables => {
  const words = (steps.length >>> 5) + 1;
  const others = new Int32Array(words);
  const slash = new Int32Array(words);
  const rows = new Map([[SLASH, slash]]);
  const classes: Tables['classes'] = [];
  for (const [index, step] of steps.entries()) if (step === ANY) setBit(others, index + 1);
  for (const [index, step] of steps.entries()) {
    if (typeof step !== 'number') classes.push([step, index + 1]);
    else if (step !== ANY) {
      const row = rows.get(step) ?? others.slice();
      setBit(row, index + 1);
      rows.set(step, row);
    }
  }
  const met = classes.length > 0 ? new Map([[SLASH, slash]]) : rows;
  const sets = { stars: toBits(stars, words), globstars: toBits(globstars, words) };
  return { rows, others, slash, classes, met, ...sets };
};

/** True where a class takes a character. */
export const takes = ({ negated, ranges }: CharClass, point: number): boolean =>
  ranges.some(([low, high]) => low <= point && point <= high) !== negated;

const findRow = ({ rows, others, classes, met }: Tables, point: number): Bits => {
  const known = met.get(point) ?? (classes.length > 0 ? undefined : others);
  if (known) return known;
  const row = (rows.get(point) ?? others).slice();
  for (const [charClass, state] of classes) if (takes(charClass, point)) setBit(row, state);
  met.set(point, row);
  return row;
};

/** How far a walk has come. */
type Progress = {
  now: Bits;
  /** The globstars reached so far: each of them starts again after every slash. */
  armed: Bits;
  /** Only the words from `low` to before `high` can be other than 0. */
  low: number;
  high: number;
};

const begin = ({ stars, globstars }: Tables): Progress => {
  const now = new Int32Array(stars.length);
  const armed = new Int32Array(stars.length);
  now[0] = 1;
  armed[0] = 1 & (globstars[0] ?? 0);
  return { now, armed, low: 0, high: 1 };
};

/** Takes one character: moves every state one step where `row` allows it, 32 states at once. */
const advance = (progress: Progress, tables: Tables, row: Bits): void => {
  const { now, armed } = progress;
  const { stars, globstars, slash } = tables;
  const end = Math.min(progress.high + 1, now.length);
  let carry = 0;
  let low = end;
  let high = end;
  for (let word = progress.low; word < end; word += 1) {
    const before = now[word] ?? 0;
    const again = armed[word] ?? 0;
    const stay = row === slash ? again : before & (stars[word] ?? 0);
    const after = (((before << 1) | carry) & (row[word] ?? 0)) | stay;
    carry = before >>> 31;
    now[word] = after;
    armed[word] = again | (after & (globstars[word] ?? 0));
    if ((after | again) === 0) continue;
    low = Math.min(low, word);
    high = word + 1;
  }
  progress.low = low;
  progress.high = high;
};

const walk = (pattern: Pattern, tables: Tables, path: string, tally: Tally): boolean => {
  const progress = begin(tables);
  const last = pattern.steps.length;
  for (let at = 0; at < path.length; ) {
    const point = path.codePointAt(at) ?? 0;
    at += point > 0xffff ? 2 : 1;
    const row = findRow(tables, point);
    if (row === tables.slash && pattern.below && hasBit(progress.now, last)) return true;
    tally.words += progress.high + 1 - progress.low;
    advance(progress, tables, row);
    if (progress.low === progress.high) return false;
  }
  return pattern.self && hasBit(progress.now, last);
};

/**
 * The test of one pattern. All ways through the pattern are followed side by side, as bits of words,
 * so there is nothing to go back to: a path of n characters and a pattern of m steps cost at most
 * n × (m / 32 + 1) word operations, and a pattern with more steps than the path has characters costs
 * none. Greedy matching with one resumption a star needs n × m, 4 million for a path of 4,096.
 */
export const createPathTest = (pattern: Pattern): PathTest => {
  let tables: Tables | null = null;
  return (path, tally = { words: 0 }) => {
    // Each step takes a character. Before the tables are built, so that a huge pattern costs no memory.
    if (pattern.steps.length > path.length) return false;
    tables ??= buildTables(pattern);
    return walk(pattern, tables, path, tally);
  };
};
