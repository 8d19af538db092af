import { Buffer } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import {
  createAskingMatcher,
  createOwnersIndex,
  createOwnersMatcher,
  createOwnersScan,
  type DialectName,
  lintOwners,
  listAskedSections,
  type OwnersFile,
  type Ownership,
  type OwnersRule,
  type OwnersRules,
  parseOwners,
} from '../../src/owners/index.ts';
import { isTooLong } from '../../src/owners/pattern.ts';
import { findShadowed } from '../../src/owners/shadow.ts';
import { findUsage } from '../../src/owners/usage.ts';
import { matchesFnmatch } from './fnmatch.ts';
import { coversSlowly } from './reference-matcher.ts';

/**
 * One thing to try. `text` is a whole file, or one pattern; `paths` are asked of it. A case comes of its seed
 * and its turn alone, so both repeat it.
 */
export type FuzzCase = {
  family: string;
  check: 'file' | 'pattern';
  dialect: DialectName;
  text: string;
  paths: string[];
};

type Random = {
  below: (end: number) => number;
  chance: (odds: number) => boolean;
  pick: <T>(list: readonly T[]) => T;
  /** From 1 to `most`, small numbers as often as great ones. */
  spread: (most: number) => number;
};

/** mulberry32 */
const createRandom = (seed: number): Random => {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    below,
    chance: (odds) => next() < odds,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
    spread: (most) => Math.floor(Math.max(1, most + 1) ** next()),
  };
};

const times = <T>(count: number, make: (turn: number) => T): T[] =>
  Array.from({ length: count }, (_, turn) => make(turn));

// ---- Paths

/** What Linux opens at most, with the byte behind its end. */
const MOST_PATH_BYTES = 4096;

/** As many whole characters as a path may have; no name is empty. */
const toPath = (text: string): string => {
  let path = text.slice(0, MOST_PATH_BYTES).replace(/\/{2,}/g, '/');
  path = path.replace(/^\//, '');
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) {
    path = Buffer.from(path)
      .subarray(0, MOST_PATH_BYTES)
      .toString()
      .replace(/\ufffd+$/, '');
  }
  return path.replace(/\/$/, '') || 'a';
};

/** The `turn`-th of many different characters, of two bytes each as far as there are such. */
const differentChar = (turn: number): string =>
  String.fromCodePoint(turn < 1800 ? 0xa1 + turn : 0x1f300 + (turn % 500));

const ODD_CHARS = [
  ...['é', 'e\u0301', '\u{1f480}', '\u{1f680}', '\udc80', '\udcff', '\ud83d', '\udc00', '\u212a'],
  ...['\u0000', '\u007f', '\u2028', '\ufeff', '.', '..', ' ', '\\', '[', ']', '*', '?', '!', '#'],
];

const anyChar = (random: Random): string =>
  random.chance(0.6) ? random.pick(['a', 'b', 'c', '/', '.']) : random.pick(ODD_CHARS);

const TOKENS = /\\[\s\S]|\*+|\?|\[(?:\\[\s\S]|[^\\\]])*\]|[\s\S]/g;

type Filling = { star: (turn: number) => string; globstar: string; one: (turn: number) => string };

/** Something in the place of a token. */
const fillToken = (
  token: string,
  turn: number,
  { star, globstar, one, hasClasses }: Filling & { hasClasses: boolean },
): string => {
  if (token.startsWith('*')) return token === '**' ? globstar : star(turn);
  if (token === '?') return one(turn);
  if (token.length === 1) return token;
  if (token.startsWith('\\')) return token.slice(1);
  if (!hasClasses || !token.startsWith('[')) return token;
  return /^\[[!^]/.test(token) ? one(turn) : token.charAt(1);
};

/** A path that a pattern most likely covers. */
const fill = (pattern: string, dialect: DialectName, filling: Filling): string => {
  const hasClasses = dialect === 'gitlab';
  let path = '';
  let turn = 0;
  for (const [token] of pattern.slice(0, 4 * MOST_PATH_BYTES).matchAll(TOKENS)) {
    if (path.length > MOST_PATH_BYTES) break;
    turn += 1;
    path += fillToken(token, turn, { ...filling, hasClasses });
  }
  return path;
};

const makeFilling = (random: Random): Filling => {
  const name = random.pick(['', 'a', 'ab', 'aaaa', 'é', 'b', '\ud83d', '\udc80']);
  const one = random.pick(['a', 'b', 'é', '\u{1f680}']);
  const isMany = random.chance(0.3);
  return {
    star: isMany ? differentChar : () => name,
    globstar: random.pick(['a', 'a/b', 'a/a/a', 'b/a/b/a', 'a/'.repeat(random.spread(2000))]),
    one: isMany ? differentChar : () => one,
  };
};

const mutate = (random: Random, text: string): string => {
  const at = random.below(text.length + 1);
  const end = at + random.below(4);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + anyChar(random) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, end) + text.slice(at);
    case 3:
      return text.slice(0, -1) + random.pick(['b', 'x', '', 'é']);
    case 4:
      return `${text}/${random.pick(['a', 'x', 'a/b'])}`;
    default:
      return `${random.pick(['a', 'x/y', 'b'])}/${text}`;
  }
};

const makeStockPath = (random: Random): string => {
  const most = random.spread(MOST_PATH_BYTES);
  const name = () => times(random.spread(8), () => anyChar(random)).join('');
  switch (random.below(6)) {
    case 0:
      return random.pick(['a', 'b', 'ab', 'a/', 'b/', 'é', 'é/']).repeat(most);
    case 1:
      return `${'a/'.repeat(most / 2)}b`;
    case 2:
      return times(most, differentChar).join('');
    case 3:
      return times(most, (turn) => (turn % 2 ? '/' : differentChar(turn))).join('');
    default:
      return times(random.spread(6), name).join('/');
  }
};

const nearPath = (random: Random, pattern: string, dialect: DialectName): string => {
  let path = toPath(fill(pattern, dialect, makeFilling(random)));
  // Where there is room left, what is below, and what is far below.
  if (random.chance(0.2)) path += '/b'.repeat(random.spread(2048));
  for (let left = random.below(3); left > 0; left -= 1) path = mutate(random, path);
  return toPath(path);
};

// ---- Patterns

const ATOMS = [
  ...[
    '*a',
    '*',
    '**',
    '***',
    '?',
    'a',
    '\\a',
    'é',
    '*/',
    '**/',
    '***/',
    '/',
    'a/',
    '/a',
    '*?',
    '?*',
  ],
  ...[
    '**/a/',
    'a/**/',
    '**/a*/',
    '*a*b',
    '**a',
    'a**',
    '*/**/',
    '**/*/',
    '**/**/',
    '\\*',
    '\\/',
    '\\',
  ],
  ...[
    'a*/',
    '*a/',
    '*a*/',
    '?/',
    '*b?/',
    '\u{1f480}',
    '\udc80',
    '\ud83d',
    '*\udc80',
    '?\ud83d',
    '//',
  ],
];
const CLASSES = [
  ...['[a-z]', '[a-z]*', '[!b]', '[^b]*', '*[ab]', '[a', '[', ']', '[]', '[!]', '[[a]', '[a]]'],
  ...[
    '[\\]]',
    '[a\\-z]',
    '[a-]',
    '[z-a]',
    '[!a/]',
    '[a/b]/',
    '**/[!a]/',
    '[é-\u{1f680}]',
    '[\udc80]',
  ],
];

const atomsOf = (dialect: DialectName): string[] =>
  dialect === 'gitlab' ? [...ATOMS, ...CLASSES, ...CLASSES] : ATOMS;

/** Mostly what a path can be near to, now and then far more. */
const sizeOf = (random: Random, most: number): number =>
  Math.min(most, random.spread(random.pick([64, 600, 4096, 4096, 9000, 20_000, most])));

const repeatTo = (atom: string, size: number): string =>
  atom.repeat(Math.max(1, Math.floor(size / atom.length)));

const makeGrown = (random: Random, dialect: DialectName, most: number): string => {
  const atoms = atomsOf(dialect);
  const start = random.pick(['', '', '/', '**/', 'a', '*']);
  const end = random.pick(['', 'b', '/', '*', '/**', '/*', '.b', 'é', '\\']);
  return start + repeatTo(random.pick(atoms), sizeOf(random, most)) + end;
};

const makeMix = (random: Random, dialect: DialectName, most: number): string => {
  const atoms = atomsOf(dialect);
  const part = (): string => {
    const atom = times(random.spread(5), () => random.pick(atoms)).join('');
    return repeatTo(atom, random.chance(0.5) ? 1 : sizeOf(random, most) / 3);
  };
  return times(random.spread(8), part).join(random.pick(['', '', '/', '*', '**/']));
};

const makeDeep = (random: Random): string => {
  const names = ['a', 'a', 'b', '*', 'a*', '*a', '?', '**', '**', 'a*b', '***'];
  const cycle = times(1 + random.below(3), () => random.pick(names));
  const isCycle = random.chance(0.6);
  const inner = times(random.spread(random.pick([8, 200])), (turn) =>
    isCycle ? cycle[turn % cycle.length] : random.pick(names),
  ).join('/');
  return `${random.pick(['', '/', '**/', '**/', '*/'])}${inner}${random.pick(['', '/', '/**', '/*'])}`;
};

/** Many classes that differ, or few with many members: what a walk knows of a character is not known of the next. */
const makeClasses = (random: Random): string => {
  const size = sizeOf(random, 16_384);
  // Classes alone are what a slow reading can tell of.
  const isBare = random.chance(0.3);
  const start = isBare ? '/' : random.pick(['', '/', '*', '**/']);
  const not = random.pick(['', '!', '^']);
  const star = isBare ? '' : random.pick(['', '*', '*', '/']);
  if (random.chance(0.4)) {
    const members = times(size / random.pick([1, 2, 4]), (turn) => differentChar(2 * turn)).join(
      '',
    );
    return `${start}[${not}${members}]${star}`;
  }
  const member = random.chance(0.5) ? differentChar : () => 'b';
  return start + times(size / 5, (turn) => `[${not}${member(turn)}]${star}`).join('');
};

const SMALL_CHARS = ['a', 'b', 'a', 'b', '*', '*', '?', '/', '/', '**/', '/**', '***'];
const SMALL_CLASSES = [
  '[ab]',
  '[!a]',
  '[^b]',
  '[a-b]',
  '[]',
  '[!]',
  '[a/]',
  '[b',
  '\\a',
  '\\*',
  '\\',
];

const makeSmall = (random: Random, dialect: DialectName): string => {
  const chars = dialect === 'gitlab' ? [...SMALL_CHARS, ...SMALL_CLASSES] : SMALL_CHARS;
  return times(1 + random.below(6), () => random.pick(chars)).join('');
};

const makeOdd = (random: Random, dialect: DialectName): string => {
  const chars = [
    ...ODD_CHARS,
    ...(dialect === 'gitlab' ? CLASSES : []),
    'a',
    '/',
    '*',
    '**/',
    '?',
    '*',
  ];
  return times(1 + random.below(6), () => random.pick(chars)).join('');
};

const makeSmallPath = (random: Random): string =>
  times(1 + random.below(8), () => random.pick(['a', 'b', '/', 'ab'])).join('');

// ---- Files

const FILE_TOKENS = [
  ...[
    '*',
    '**',
    '?',
    '[',
    ']',
    '!',
    '\\',
    '#',
    '^[',
    ']',
    '[2]',
    ' ',
    ' ',
    '\t',
    '\n',
    '\n',
    '\r\n',
  ],
  ...['\r', '\ufeff', '\0', 'é', 'e\u0301', '\u{1f680}', '\udc80', '\ud83d', '\u2028', '\u00a0'],
  ...[
    'a',
    'b',
    '/',
    '/',
    '.js',
    'docs',
    '@a',
    ' @a',
    ' @b/c',
    ' x@y.zz',
    ' @@owner',
    '@',
    ' nobody',
  ],
  ...[
    '***',
    '/**',
    '**/',
    '/*',
    '\\ ',
    '\\#',
    '[A]',
    '\n[One] @d\n',
    '\n!',
    '\n^[b][2] @e @f\n',
    ',',
  ],
];

const REAL_FILES = [
  '# Who is asked\n*       @org/everybody\n*.js    @js jane@example.com\n/docs/  @docs # texts\napps/**/test/ @qa\n/build/logs/\n**/*.md @writers\n/src/*.rs @rust @org/core\nMy\\ Dir/ @a\n',
  '\ufeff*.ts @a, @b\n!*.gen.ts @x\n[Rr]eadme @r\n/a/***/b @c\n\\#file @d\nc#/ @sharp\ncafé/ @e\n/app/[id]/page.ts @next\n',
  '* @default\n[Frontend][2] @front @ui\n*.ts\n*.css @design\n!/gen/\n^[Docs] @writers\n/docs/\nREADME.md\n[frontend]\n/web/**/[!_]* @web\n[a-c]?.md @@maintainer\n',
  '/a/\n/a/b/ @b\n/a/b/c/ @c\n/a/** @d\n/a/*/ @e\n**/a/** @f\n*/a @g\na/**/b @h\n* @i\n',
];

const makeBytes = (random: Random): string => {
  const bytes = Buffer.from(times(random.spread(3000), () => random.below(256)));
  if (random.chance(0.5)) return bytes.toString();
  // As file names are decoded: a byte that is not UTF-8 is a lone surrogate.
  return Array.from(bytes, (byte) =>
    String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte + (random.chance(0.1) ? -0x400 : 0)),
  ).join('');
};

const makeSoup = (random: Random): string =>
  times(random.spread(200), () => random.pick(FILE_TOKENS)).join('');

const mutateLines = (random: Random, text: string): string => {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const other = random.pick(random.pick(REAL_FILES).split('\n'));
  switch (random.below(4)) {
    case 0:
      return lines.toSpliced(at, 1).join('\n');
    case 1:
      return lines.toSpliced(at, 0, lines[at] ?? '').join('\n');
    case 2:
      return lines.toSpliced(at, 0, other).join('\n');
    default:
      return lines.with(at, (lines[at] ?? '').slice(0, random.below(20)) + other).join('\n');
  }
};

const makeMutated = (random: Random): string => {
  let text = random.pick(REAL_FILES);
  for (let left = random.spread(30); left > 0; left -= 1) {
    if (random.chance(0.3)) text = mutateLines(random, text);
    else if (random.chance(0.5)) text = mutate(random, text);
    else {
      const at = random.below(text.length);
      text = text.slice(0, at) + random.pick(FILE_TOKENS) + text.slice(at + random.below(3));
    }
  }
  return text;
};

/** What is made long: lines, a pattern, a list of owners or of words that are none, a heading, blanks. */
const LONG_PARTS: readonly (readonly [string, string, string])[] = [
  ...FILE_TOKENS.map((token) => ['', token, '\n* @a\n'] as const),
  ...REAL_FILES.map((file) => ['', file, ''] as const),
  ...FILE_TOKENS.map((token) => ['a', token, ' @z\n* @a\n'] as const),
  ...['[\n', '!a\n', 'a\n', '[x]\n', '***\n', 'a @\n', '\\#\n', 'a b @c\n', '# x\n', '[x\n'].map(
    (line) => ['', line, '* @a'] as const,
  ),
  ...[' @a', ' x', ' x @a', ' #', ' @a,', ' @a/b', '\t', ' a@b.c', '/b', '.c'].flatMap((word) => [
    ['a @b', word, '\na @c\n'] as const,
    ['[Name] @b', word, '\na\n'] as const,
    ['a b@c.d', word, '\n'] as const,
  ]),
  ...['x', ']', '[', '\\]', ' '].flatMap((char) => [
    ['[', char, ']\na @a\n'] as const,
    ['^[A][', char, '] @a\nb\n'] as const,
    ['/[', char, ']b @a\n'] as const,
  ]),
];

const makeLong = (random: Random, most: number): string => {
  const [start, part, end] = random.pick(LONG_PARTS);
  return start + repeatTo(part, random.chance(0.5) ? most : random.spread(most)) + end;
};

/** Many default owners, and many entries that have them. */
const makeDefaults = (random: Random, most: number): string => {
  const owners = random.spread(most / 100);
  return `[A]${' @a'.repeat(owners)}\n${'a\n'.repeat(random.spread(most / 100))}/b\n`;
};

const makeRules = (random: Random, dialect: DialectName): string => {
  const pattern = (): string => {
    if (random.chance(0.6)) return makeSmall(random, dialect);
    return random.chance(0.5) ? makeDeep(random) : makeMix(random, dialect, 60);
  };
  const line = (): string => {
    if (dialect === 'gitlab' && random.chance(0.2)) {
      return random.pick(['[One]', '^[two][2] @b', '[ONE] @c', '!a', '!*b/']);
    }
    return `${pattern()}${random.pick([' @a', ' @b', ' @c @d', '', ' x @e'])}`;
  };
  return times(random.spread(30), line).join('\n');
};

const pathsOfFile = (random: Random, text: string, dialect: DialectName): string[] => {
  const patterns = text
    .slice(0, 20_000)
    .split('\n', 100)
    .map((line) => line.replace(/^!/, '').split(' ', 1).join());
  return times(6, () =>
    random.chance(0.7)
      ? nearPath(random, random.pick(patterns), dialect)
      : toPath(random.chance(0.5) ? makeSmallPath(random) : makeStockPath(random)),
  );
};

// ---- Cases

type Make = (random: Random, dialect: DialectName, most: number) => string;

const FAMILIES: Record<string, { check: FuzzCase['check']; make: Make }> = {
  'random bytes': { check: 'file', make: makeBytes },
  'token soup': { check: 'file', make: makeSoup },
  'mutated files': { check: 'file', make: makeMutated },
  'many rules': { check: 'file', make: makeRules },
  'long files': { check: 'file', make: (random, _, most) => makeLong(random, most) },
  'default owners': { check: 'file', make: (random, _, most) => makeDefaults(random, most) },
  'small patterns': { check: 'pattern', make: makeSmall },
  'odd patterns': { check: 'pattern', make: makeOdd },
  'grown patterns': { check: 'pattern', make: makeGrown },
  'mixed patterns': { check: 'pattern', make: makeMix },
  'deep patterns': { check: 'pattern', make: makeDeep },
  'class patterns': { check: 'pattern', make: makeClasses },
};

export const FUZZ_FAMILIES: readonly string[] = Object.keys(FAMILIES);

const makePaths = (random: Random, { family, check, dialect, text }: FuzzCase): string[] => {
  if (check === 'file') return pathsOfFile(random, text, dialect);
  if (family === 'small patterns') return times(8, () => toPath(makeSmallPath(random)));
  const stock = times(2, () => toPath(makeStockPath(random)));
  const deepest = toPath('a/'.repeat(random.spread(2048)) + random.pick(['a', 'b', 'x']));
  return [...times(4, () => nearPath(random, text, dialect)), ...stock, deepest];
};

/** The case of one turn; no text is much longer than `most` UTF-16 units. */
export const makeCase = (family: string, seed: number, turn: number, most: number): FuzzCase => {
  const kind = FAMILIES[family];
  if (!kind) throw new Error(`there is no family ${family}`);
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(turn + 1, 0x85ebca6b));
  const dialect = random.pick<DialectName>(['github', 'gitlab']);
  const text = kind.make(random, dialect, most);
  const made: FuzzCase = { family, check: kind.check, dialect, text, paths: [] };
  return { ...made, paths: [...new Set(makePaths(random, made))] };
};

// ---- How a case is told

/** The shortest text that is repeated here, and how often. */
const findRun = (text: string, at: number): { part: string; count: number } | null => {
  for (let size = 1; size <= 24; size += 1) {
    const part = text.slice(at, at + size);
    let count = 1;
    while (text.startsWith(part, at + count * size)) count += 1;
    if (count * size >= size + 12 && count > 2) return { part, count };
  }
  return null;
};

/** A text on one short line: what is repeated is told as `"*a" x 2048`. */
export const tellText = (text: string, most = 320): string => {
  const parts: string[] = [];
  let plain = '';
  let length = 0;
  for (let at = 0; at < text.length && length < most; ) {
    const run = findRun(text, at);
    if (run === null) {
      plain += text.charAt(at);
      at += 1;
      length += 1;
      continue;
    }
    if (plain !== '') parts.push(JSON.stringify(plain));
    plain = '';
    parts.push(`${JSON.stringify(run.part)} x ${run.count}`);
    at += run.part.length * run.count;
    length += run.part.length + 8;
  }
  if (plain !== '' || parts.length === 0) parts.push(JSON.stringify(plain));
  return `${parts.join(' + ')}${length < most ? '' : ' + …'} (${text.length})`;
};

// ---- What must hold

export type FuzzFailure = { kind: 'throw' | 'hang' | 'disagreement'; message: string };

/** What one question took, in milliseconds: the best of five runs where it comes near the limit. */
export type FuzzCost = { way: string; ms: number; limit: number; path: string };

export type FuzzVerdict = {
  failure: FuzzFailure | null;
  costs: FuzzCost[];
  /** How many paths were asked about, and how many of them were covered. */
  asked: number;
  covered: number;
};

type Clock = () => number;

/** Of one pattern on one path, in milliseconds: to read it and to answer, and to answer again. */
const MOST_MS = 5;
/** To read a text that is longer than any path, before it is put aside: in milliseconds a megabyte. */
const READING_MS = 3;
/** In milliseconds; for files as long again for each half a megabyte. */
const HANG_MS = 1000;
/** Lint spends a second by itself where rules are made for it. */
const LINT_HANG_MS = 5 * HANG_MS;
const REPETITIONS = 5;

class Disagreement extends Error {}
class Hang extends Error {}

const assertThat = (holds: boolean, tell: () => string): void => {
  if (!holds) throw new Disagreement(tell());
};

/** Runs it again where it takes more than `limit`, as something else may have had the machine. */
const measure = <T>(
  now: Clock,
  what: string,
  { limit, hang }: { limit: number; hang: number },
  run: () => T,
): { value: T; ms: number } => {
  let ms = Number.POSITIVE_INFINITY;
  for (let turn = 1; ; turn += 1) {
    const start = now();
    const value = run();
    ms = Math.min(ms, now() - start);
    if (ms > limit && turn < REPETITIONS) continue;
    if (ms > hang) throw new Hang(`${what} takes ${ms.toFixed(0)} ms`);
    return { value, ms };
  }
};

const ruleOf = (pattern: string, dialect: DialectName): OwnersRules => ({
  dialect,
  sections: [
    {
      name: null,
      line: null,
      optional: false,
      approvals: 1,
      rules: [{ pattern, line: 1, owners: ['@a'] }],
    },
  ],
});

const PLAIN_CLASS = /\[[!^]?(?:[a-z/]*|[a-z]-[a-z])\]|\\[a-z*?]/g;
const SMALL = 14;

const NAME_OF_CLASSES = /^\/(?:\[[!^]?[^!^\]\\-]+\])+$/;

/** One class after the other: what each takes is written in it, character by character. */
const takesClasses = (pattern: string, path: string): boolean | undefined => {
  // One that is too long covers nothing, whatever its classes take.
  if (!NAME_OF_CLASSES.test(pattern) || isTooLong(pattern, 'gitlab')) return undefined;
  if (/[\ud800-\udfff/]/.test(path)) return undefined;
  const classes = pattern.slice(2, -1).split('][');
  const takes = (members: string, char: string): boolean => {
    const isNegated = /^[!^]/.test(members);
    return members.slice(isNegated ? 1 : 0).includes(char) !== isNegated;
  };
  return classes.length === path.length && classes.every((own, at) => takes(own, path.charAt(at)));
};

/** What a matcher says that tries everything; undefined for what it cannot read, or takes too long for. */
const askReference = (pattern: string, path: string, dialect: DialectName): boolean | undefined => {
  if (pattern.length > SMALL || path.length > SMALL || pattern === '') return undefined;
  if (/[\ud800-\udfff]/.test(pattern + path)) return undefined;
  if (dialect === 'github') {
    return /[\\[]/.test(pattern) ? undefined : coversSlowly(pattern, path);
  }
  const hasOthers = /[\\[]/.test(pattern.replace(PLAIN_CLASS, ''));
  return hasOthers ? undefined : matchesFnmatch(pattern, path);
};

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);

/** One pattern on one path, by everybody who can say whether it is covered. */
const askPattern = (
  rules: OwnersRules,
  pattern: string,
  path: string,
  { now, isRule }: { now: Clock; isRule: boolean },
): { covered: boolean; costs: FuzzCost[] } => {
  const costs: FuzzCost[] = [];
  const ask = (way: string, readings: number, find: () => Ownership): boolean => {
    const reading = way.endsWith('again') ? 0 : (READING_MS * pattern.length) / 2 ** 20;
    const limit = readings * (MOST_MS + reading);
    const { value, ms } = measure(now, way, { limit: limit / 2, hang: HANG_MS }, find);
    costs.push({ way, ms, limit, path });
    return value.state !== 'unmatched';
  };
  const agree = (way: string, says: boolean | undefined): void =>
    assertThat(
      says === undefined || says === covered,
      () => `the scan says ${covered}, ${way} says ${says}`,
    );
  const { dialect } = rules;
  const covered = ask('scan', 1, () => createOwnersMatcher(rules).find(path));
  agree(
    'the index',
    ask('index', 1, () => createOwnersIndex(rules).find(path)),
  );
  agree('findAll', createOwnersScan(rules).findAll(path).length > 0);
  agree('the reference', askReference(pattern, path, dialect));
  if (dialect === 'gitlab') agree('each class', takesClasses(pattern, path));
  const [scan, index] = [createOwnersMatcher(rules), createOwnersIndex(rules)];
  for (const [name, matcher] of [
    ['scan', scan],
    ['index', index],
  ] as const) {
    matcher.find(path);
    agree(
      `the ${name} at the second time`,
      ask(`${name} again`, 1, () => matcher.find(path)),
    );
  }
  if (isRule && dialect === 'github' && !isAscii(path)) {
    const asked = ask('asking', 3, () => createAskingMatcher(rules).find(path));
    assertThat(asked || !covered, () => 'who asks for all readings misses the plain one');
  }
  return { covered, costs };
};

const checkPattern = ({ dialect, text, paths }: FuzzCase, now: Clock): FuzzVerdict => {
  const rules = ruleOf(text, dialect);
  const most = { limit: HANG_MS, hang: HANG_MS };
  const { value: file } = measure(now, 'parsing', most, () => parseOwners(`${text} @a`, dialect));
  // Matchers are asked of any pattern, and for all readings of those that a file can have.
  const isRule = rulesOf(file).some(({ pattern }) => pattern === text);
  const index = createOwnersIndex(rules);
  const costs: FuzzCost[] = [];
  let covered = 0;
  for (const path of paths) {
    const found = askPattern(rules, text, path, { now, isRule });
    costs.push(...found.costs);
    if (found.covered) covered += 1;
    // What was learnt of other paths must not change what is said of this one.
    const says = index.find(path).state !== 'unmatched';
    assertThat(
      says === found.covered,
      () => `the scan says ${found.covered}, an index in use says ${says}`,
    );
  }
  return { failure: null, costs, asked: paths.length, covered };
};

const rulesOf = ({ sections }: OwnersRules): OwnersRule[] => sections.flatMap(({ rules }) => rules);

/** Every problem and every doubt is about a character that is there, every rule about a line. */
const checkPlaces = (file: OwnersFile, lines: readonly string[]): void => {
  for (const { line, column, kind } of [...file.problems, ...file.doubts]) {
    const char = lines[line - 1]?.[column - 1];
    const isThere = char !== undefined && char !== ' ' && char !== '\t';
    // These two are about the whole file, and about what stands before the first character.
    const isAtStart = kind === 'file-too-large' || kind === 'byte-order-mark';
    assertThat(
      isAtStart ? line === 1 && column === 1 : isThere,
      () => `${kind} at ${line}:${column} points at ${JSON.stringify(char)}`,
    );
  }
  const readings = file.doubts.flatMap((doubt) => doubt.readings);
  for (const { line, pattern } of [...rulesOf(file), ...readings]) {
    // A reading's pattern may be a repair; what the file says stands in its line.
    const isThere = lines[line - 1] !== undefined && typeof pattern === 'string';
    assertThat(isThere, () => `a rule of line ${line}, which is not there`);
  }
};

/** Exclusions decide over all others, so they stand last; but for that, rules are in the order of their lines. */
const checkOrder = ({ sections }: OwnersFile): void => {
  for (const { rules } of sections) {
    let before: OwnersRule | null = null;
    for (const rule of rules) {
      const isBehind =
        before === null ||
        (before.exclude === rule.exclude ? before.line < rule.line : rule.exclude === true);
      assertThat(isBehind, () => `line ${rule.line} stands behind line ${before?.line}`);
      before = rule;
    }
  }
};

const MOST_COMPARED = 20_000;
const MOST_WRITTEN = 2_000_000;

const checkJson = (file: OwnersFile): void => {
  const rules = rulesOf(file);
  const entries = rules.length + file.problems.length + file.doubts.length;
  // Default owners are said again for every rule.
  const owners = rules.reduce((sum, rule) => sum + rule.owners.length, 0);
  if (entries + owners > MOST_WRITTEN) return;
  const json = JSON.stringify(file);
  if (entries + owners > MOST_COMPARED) return;
  assertThat(isDeepStrictEqual(JSON.parse(json), file), () => 'the file does not survive JSON');
};

/** The scan, the index and findAll say the same; whoever asks for all readings misses nobody. */
const checkAnswers = (file: OwnersFile, paths: readonly string[]): number => {
  const [scan, index] = [createOwnersScan(file), createOwnersIndex(file)];
  const asking = createAskingMatcher({ ...file, sections: listAskedSections(file) });
  let covered = 0;
  for (const path of [...paths, ...paths]) {
    const answer = scan.find(path);
    if (answer.rule !== null) covered += 1;
    assertThat(
      isDeepStrictEqual(index.find(path), answer),
      () => `scan and index differ on ${tellText(path)}`,
    );
    const last = new Map(scan.findAll(path).map((one) => [one.section, one.rule]));
    const missing = answer.decisions.find(({ section, rule }) => {
      const other = last.get(section);
      // Exclusions decide over later lines.
      return other === undefined || (other !== rule && rule.exclude === undefined);
    });
    assertThat(
      missing === undefined && last.size === answer.decisions.length,
      () => `find and findAll differ on ${tellText(path)}`,
    );
    const asked = new Set(asking.find(path).owners);
    assertThat(
      answer.owners.every((owner) => asked.has(owner)),
      () => `an owner of ${tellText(path)} is not asked`,
    );
  }
  return covered / 2;
};

/** What is said to be idle is, as far as the tree tells, and who is said to decide is there. */
const checkLint = (file: OwnersFile, lines: readonly string[], tree: readonly string[]): void => {
  const scan = createOwnersScan(file);
  const deciding = new Set(
    tree.flatMap((path) => scan.find(path).decisions.map(({ rule }) => rule)),
  );
  const covering = new Set(tree.flatMap((path) => scan.findAll(path).map(({ rule }) => rule)));
  for (const { rule, by } of findShadowed(file).shadowed) {
    const section = file.sections.find(({ rules }) => rules.includes(rule));
    const rank = section?.rules.indexOf(rule) ?? -1;
    assertThat(
      by.length > 0 && by.every((other) => (section?.rules.indexOf(other) ?? -1) > rank),
      () => `line ${rule.line} is shadowed by lines that do not come later`,
    );
    assertThat(!deciding.has(rule), () => `line ${rule.line} is shadowed, and decides`);
  }
  const { dead, lost } = findUsage(file, tree);
  for (const rule of rulesOf(file)) {
    assertThat(dead.has(rule) !== covering.has(rule), () => `line ${rule.line} is dead, or not`);
  }
  for (const { rule, path, by } of lost.values()) {
    assertThat(
      !deciding.has(rule) && scan.find(path).decisions.some((one) => one.rule === by),
      () => `line ${rule.line} is lost to line ${by.line}, or not`,
    );
  }
  const known = ['@a', '@org/core', 'x@y.zz'];
  const told = lintOwners({ path: 'CODEOWNERS', file, tree, known });
  for (const { line, message } of told) {
    const mentioned = [...message.matchAll(/\blines? (\d+)/g)].map(([, number]) => Number(number));
    assertThat(
      [line, ...mentioned].every((number) => number >= 1 && number <= lines.length),
      () => `lint tells of a line that is not there: ${message}`,
    );
  }
};

const checkFile = ({ dialect, text, paths }: FuzzCase, now: Clock): FuzzVerdict => {
  const hang = HANG_MS * (1 + text.length / 2 ** 19);
  const { value: file } = measure(now, 'parsing', { limit: hang, hang }, () =>
    parseOwners(text, dialect),
  );
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  checkPlaces(file, lines);
  checkOrder(file);
  checkJson(file);
  const { length } = rulesOf(file);
  const size = length * text.length;
  let covered = 0;
  if (size <= 3_000_000) {
    covered = measure(now, 'asking', { limit: hang, hang }, () => checkAnswers(file, paths)).value;
  }
  if (length <= 24 && size <= 20_000) {
    const most = { limit: LINT_HANG_MS, hang: LINT_HANG_MS };
    const tree = paths.filter((path) => path.length <= 200);
    measure(now, 'lint', most, () => checkLint(file, lines, tree));
  }
  return { failure: null, costs: [], asked: paths.length, covered };
};

const kindOf = (error: unknown): FuzzFailure['kind'] => {
  if (error instanceof Hang) return 'hang';
  return error instanceof Disagreement ? 'disagreement' : 'throw';
};

/** Tries a case. Without a clock nothing is measured, and nothing hangs. */
export const checkCase = (fuzzCase: FuzzCase, now: Clock = () => 0): FuzzVerdict => {
  try {
    return fuzzCase.check === 'file' ? checkFile(fuzzCase, now) : checkPattern(fuzzCase, now);
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const message = kindOf(error) === 'throw' ? stack.split('\n', 3).join(' ') : String(error);
    return { failure: { kind: kindOf(error), message }, costs: [], asked: 0, covered: 0 };
  }
};

// ---- The smallest case that fails as well

const MOST_TRIES = 1500;
const MOST_SHRINKING_MS = 10_000;

/** Takes out what it can, great pieces first. */
const shrinkText = (text: string, fails: (text: string) => boolean): string => {
  let kept = text;
  for (
    let size = Math.ceil(kept.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < kept.length; ) {
      const shorter = kept.slice(0, at) + kept.slice(at + size);
      if (fails(shorter)) kept = shorter;
      else at += size;
    }
  }
  return kept;
};

/** A case of the same kind of failure that is as short as a few tries make it. */
export const shrinkCase = (fuzzCase: FuzzCase, now: Clock = () => 0): FuzzCase => {
  const kind = checkCase(fuzzCase, now).failure?.kind;
  if (kind === undefined) return fuzzCase;
  const start = now();
  let tries = 0;
  const fails = (changed: Partial<FuzzCase>): boolean => {
    tries += 1;
    if (tries > MOST_TRIES || now() - start > MOST_SHRINKING_MS) return false;
    return checkCase({ ...fuzzCase, ...changed }, now).failure?.kind === kind;
  };
  const one = fuzzCase.paths.find((path) => fails({ paths: [path] }));
  const few = fails({ paths: [] }) ? [] : one === undefined ? fuzzCase.paths : [one];
  const text = shrinkText(fuzzCase.text, (shorter) => fails({ text: shorter, paths: few }));
  const isPath = (path: string) => path !== '' && toPath(path) === path;
  const paths = few.map((path) =>
    few.length > 1
      ? path
      : shrinkText(path, (shorter) => isPath(shorter) && fails({ text, paths: [shorter] })),
  );
  return { ...fuzzCase, text, paths };
};

/** What fails, on a few lines. */
export const tellCase = ({ family, check, dialect, text, paths }: FuzzCase): string =>
  [
    `${family}, ${dialect}`,
    `${check} ${tellText(text)}`,
    ...paths.map((path) => `path ${tellText(path)}`),
  ].join('\n  ');
