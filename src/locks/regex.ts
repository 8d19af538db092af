import { buildAutomaton, type Compiled } from './automaton.ts';
import {
  charsOf,
  concat,
  END,
  invertRanges,
  NOTHING,
  type Range,
  repeat,
  START,
  type Term,
  union,
} from './term.ts';

const MAX_DEPTH = 100;

type Reader = {
  chars: string[];
  at: number;
  depth: number;
  ignoreCase: boolean;
  refused: string | undefined;
};

/** Keeps the first reason and goes to the end, where every loop stops. */
const refuse = (reader: Reader, reason: string, at = reader.at): Term => {
  reader.refused ??= `${reason} at character ${at + 1}`;
  reader.at = reader.chars.length;
  return NOTHING;
};

const ahead = (reader: Reader, length: number): string =>
  reader.chars.slice(reader.at, reader.at + length).join('');

const DIGITS: Range[] = [[48, 57]];
const WORD: Range[] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE: Range[] = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

const SETS = new Map<string, Range[]>([
  ['d', DIGITS],
  ['w', WORD],
  ['s', SPACE],
  ['D', invertRanges(DIGITS)],
  ['W', invertRanges(WORD)],
  ['S', invertRanges(SPACE)],
]);

const CONTROLS = new Map([
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
]);

/** What a backslash may begin that no automaton, or no path, has a use for. */
const reasonAgainst = (char: string): string => {
  if (/[1-9k]/.test(char)) return `the back-reference \\${char} is not supported`;
  if (/[bB]/.test(char)) return `the word boundary \\${char} is not supported`;
  if (/[pP]/.test(char)) return `the Unicode property \\${char} is not supported`;
  return char === '' ? 'a backslash stands alone' : `the escape \\${char} is not known`;
};

/** `xHH`, `uHHHH`, a pair of `\uHHHH` that make one code point, `u{H…}`; undefined for anything else. */
const hexEscape = (reader: Reader): number | undefined => {
  const text = ahead(reader, 12);
  const pair = /^u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})/i.exec(text);
  const single = /^(?:x([\da-f]{2})|u([\da-f]{4})|u\{([\da-f]{1,6})\})/i.exec(text);
  const found = pair ?? single;
  if (found === null) return undefined;
  reader.at += found[0].length;
  const numbers = found.slice(1).map((digits) => Number.parseInt(digits, 16));
  if (pair === null) return numbers.find((number) => !Number.isNaN(number));
  return ((numbers[0] ?? 0) - 0xd800) * 0x400 + ((numbers[1] ?? 0) - 0xdc00) + 0x10000;
};

/** Reads an escape behind its backslash, in a class or outside. */
const readEscape = (reader: Reader): Range[] => {
  const begin = reader.at - 1;
  const char = reader.chars[reader.at] ?? '';
  const point = hexEscape(reader);
  if (point !== undefined && point <= 0x10ffff) return [[point, point]];
  reader.at += 1;
  const control = CONTROLS.get(char) ?? (/[^\w]/u.test(char) ? char.codePointAt(0) : undefined);
  const ranges =
    SETS.get(char) ?? (control === undefined ? undefined : [[control, control] as const]);
  if (ranges === undefined) refuse(reader, reasonAgainst(char), begin);
  return ranges ?? [];
};

const readMember = (reader: Reader): Range[] => {
  const char = reader.chars[reader.at] ?? '';
  reader.at += 1;
  if (char === '\\') return readEscape(reader);
  const point = char.codePointAt(0) ?? 0;
  return [[point, point]];
};

/** One member of a class or one range of members. */
const readSpan = (reader: Reader): Range[] => {
  const begin = reader.at;
  const members = readMember(reader);
  if (ahead(reader, 1) !== '-' || /^-(\]|$)/.test(ahead(reader, 2))) return members;
  reader.at += 1;
  const [low, high] = [members, readMember(reader)].map((ranges) =>
    ranges.length === 1 && ranges[0]?.[0] === ranges[0]?.[1] ? ranges[0]?.[0] : undefined,
  );
  if (low !== undefined && high !== undefined && low <= high) return [[low, high]];
  refuse(reader, 'a range of characters has no order', begin);
  return [];
};

const readClass = (reader: Reader): Term => {
  const begin = reader.at - 1;
  const negated = ahead(reader, 1) === '^';
  if (negated) reader.at += 1;
  const ranges: Range[] = [];
  while (reader.at < reader.chars.length && ahead(reader, 1) !== ']') {
    ranges.push(...readSpan(reader));
  }
  if (reader.at >= reader.chars.length) return refuse(reader, 'a [ is not closed', begin);
  reader.at += 1;
  return charsOf(ranges, reader.ignoreCase, negated);
};

const readGroup = (reader: Reader): Term => {
  const begin = reader.at - 1;
  const opening = /^\?(?:<[A-Za-z_$][\w$]*>|<?[=!]|:|)/u.exec(ahead(reader, 100))?.[0] ?? '';
  if (/[=!]$/.test(opening)) {
    return refuse(reader, `the look-around (${opening} is not supported`, begin);
  }
  if (opening === '?') return refuse(reader, 'the group (? is not known', begin);
  if (reader.depth >= MAX_DEPTH) {
    return refuse(reader, `groups are nested more than ${MAX_DEPTH} deep`, begin);
  }
  reader.at += Array.from(opening).length;
  reader.depth += 1;
  const term = readUnion(reader);
  reader.depth -= 1;
  if (ahead(reader, 1) !== ')') return refuse(reader, 'a ( is not closed', begin);
  reader.at += 1;
  return term;
};

const readAtom = (reader: Reader): Term => {
  const begin = reader.at;
  const char = reader.chars[begin] ?? '';
  reader.at += 1;
  if (char === '(') return readGroup(reader);
  if (char === '[') return readClass(reader);
  if (char === '\\') return charsOf(readEscape(reader), reader.ignoreCase);
  // Newlines too: a path with a newline in it must not slip out of a lock.
  if (char === '.') return charsOf([], reader.ignoreCase, true);
  if (/[*+?]/.test(char))
    return refuse(reader, `there is nothing to repeat for the ${char}`, begin);
  if (/[{}\]]/.test(char)) return refuse(reader, `a lone ${char} is not escaped`, begin);
  const point = char.codePointAt(0) ?? 0;
  return charsOf([[point, point]], reader.ignoreCase);
};

const readQuantified = (reader: Reader): Term => {
  const begin = reader.at;
  const anchor = { '^': START, $: END }[ahead(reader, 1)];
  if (anchor !== undefined) {
    reader.at += 1;
    return anchor;
  }
  const term = readAtom(reader);
  const found = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/.exec(ahead(reader, 30));
  if (found === null) return term;
  reader.at += found[0].length;
  const [, sign, low, comma, high] = found;
  if (sign !== undefined) return repeat(term, sign === '+' ? 1 : 0, sign === '?' ? 1 : undefined);
  const min = Number(low);
  const max = comma === undefined ? min : Number(high || Number.POSITIVE_INFINITY);
  if (min > max) return refuse(reader, 'a repetition has no order', begin);
  return repeat(term, min, max);
};

const readUnion = (reader: Reader): Term => {
  const branches: Term[][] = [[]];
  while (reader.at < reader.chars.length && ahead(reader, 1) !== ')') {
    if (ahead(reader, 1) === '|') {
      reader.at += 1;
      branches.push([]);
    } else branches.at(-1)?.push(readQuantified(reader));
  }
  return union(branches.map(concat));
};

/**
 * Compiles a regular expression in JavaScript's syntax, without flags and over code points; it has to
 * match the whole path. A `^` or `$` inside matches nothing, as there is only one beginning and end.
 * With `ignoreCase` the automaton is for lower-cased paths.
 */
export const compileRegex = (text: string, ignoreCase = false): Compiled => {
  const reader: Reader = {
    chars: Array.from(text),
    at: 0,
    depth: 0,
    ignoreCase,
    refused: undefined,
  };
  const term = readUnion(reader);
  if (reader.at < reader.chars.length) refuse(reader, 'a ) was never opened');
  return reader.refused === undefined ? buildAutomaton(term) : { refused: reader.refused };
};
