import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAutomaton, findUncovered, type Uncovered } from '../../src/owners/cover.ts';
import type { DialectName } from '../../src/owners/dialect.ts';
import { type OwnersRule, type OwnersRules, unnamedSection } from '../../src/owners/file.ts';
import { createOwnersMatcher } from '../../src/owners/match.ts';
import { parseOwners } from '../../src/owners/parse.ts';
import { compilePattern } from '../../src/owners/pattern.ts';
import { findShadowed, MOVES_PER_FILE } from '../../src/owners/shadow.ts';
import { runs } from '../effort.ts';

const toRules = (patterns: readonly string[]): OwnersRule[] =>
  patterns.map((pattern, index) => ({ pattern, line: index + 1, owners: ['@a'] }));

const toFile = (dialect: DialectName, patterns: readonly string[]): OwnersRules => ({
  dialect,
  sections: [unnamedSection(toRules(patterns))],
});

/** Each shadowed pattern with those that hide it: `a by b, c`. */
const show = (rules: OwnersRules): string[] =>
  findShadowed(rules).shadowed.map(
    ({ rule, by }) => `${rule.pattern} by ${by.map(({ pattern }) => pattern).join(', ')}`,
  );

type Case = { patterns: string[]; shown: string[] };

const GITHUB: Case[] = [
  { patterns: ['/src/a/', '/src/'], shown: ['/src/a/ by /src/'] },
  { patterns: ['/src/', '/src/a/'], shown: [] },
  { patterns: ['*.ts', '*'], shown: ['*.ts by *'] },
  { patterns: ['*', '**'], shown: ['* by **'] },
  { patterns: ['**', '*'], shown: ['** by *'] },
  { patterns: ['*', '/*'], shown: [] },
  { patterns: ['/*', '*'], shown: ['/* by *'] },
  { patterns: ['/foo/', 'foo'], shown: ['/foo/ by foo'] },
  { patterns: ['foo', '/foo/'], shown: [] },
  { patterns: ['/x/foo', 'foo/'], shown: [] },
  { patterns: ['/x/foo/', 'foo/'], shown: ['/x/foo/ by foo/'] },
  { patterns: ['a?', 'a*'], shown: ['a? by a*'] },
  { patterns: ['a*', 'a?'], shown: [] },
  { patterns: ['/a*b', '/a*'], shown: ['/a*b by /a*'] },
  { patterns: ['*a*a*', '*a*'], shown: ['*a*a* by *a*'] },
  { patterns: ['*a*', '*a*a*'], shown: [] },
  { patterns: ['**/x', 'x'], shown: ['**/x by x'] },
  { patterns: ['x', '**/x'], shown: ['x by **/x'] },
  { patterns: ['/a/**/b', 'b'], shown: ['/a/**/b by b'] },
  { patterns: ['b', '/a/**/b'], shown: [] },
  { patterns: ['/a/b', '/a/**/b'], shown: ['/a/b by /a/**/b'] },
  {
    patterns: ['/a/z/b/c', '/a/b/z/c', '/a/**/b/**/c'],
    shown: ['/a/z/b/c by /a/**/b/**/c', '/a/b/z/c by /a/**/b/**/c'],
  },
  { patterns: ['/a/**', '/a/'], shown: ['/a/** by /a/'] },
  { patterns: ['/a/', '/a/**'], shown: ['/a/ by /a/**'] },
  { patterns: ['/a', '/a/'], shown: [] },
  { patterns: ['/a/*', '/a/x', '/a/y'], shown: [] },
  { patterns: ['/a/', '/a/*'], shown: [] },
  { patterns: ['/a/', '/a/*/**'], shown: [] },
  { patterns: ['/a/', '/a/*', '/a/*/**'], shown: ['/a/ by /a/*, /a/*/**'] },
  { patterns: ['/?', '/a', '/b'], shown: [] },
  { patterns: ['/\\*', '/*'], shown: [] },
  { patterns: ['/a/\\*.ts', '*.ts'], shown: ['/a/\\*.ts by *.ts'] },
  { patterns: ['/a/*.ts', '\\*.ts'], shown: [] },
  { patterns: ['/ä', '/🚀', '/?'], shown: ['/ä by /?', '/🚀 by /?'] },
  { patterns: ['/a\udc80', '/a?'], shown: ['/a\udc80 by /a?'] },
  // A name is never empty, so there is a character for the question mark.
  { patterns: ['/a/', '/a/?*', '/a/?*/'], shown: ['/a/ by /a/?*'] },
];

const GITLAB: Case[] = [
  { patterns: ['/src/a/', '/src/'], shown: ['/src/a/ by /src/'] },
  { patterns: ['/src/a', '/src/'], shown: ['/src/a by /src/'] },
  { patterns: ['/src', '/src/'], shown: [] },
  { patterns: ['foo/', 'foo'], shown: [] },
  { patterns: ['*.ts', '*'], shown: ['*.ts by *'] },
  { patterns: ['/a/**/*', '/a/'], shown: ['/a/**/* by /a/'] },
  { patterns: ['/a/', '/a/**/*'], shown: ['/a/ by /a/**/*'] },
  { patterns: ['/a/', '/a/*', '/a/*/'], shown: ['/a/ by /a/*, /a/*/'] },
  { patterns: ['**/x', 'x'], shown: ['**/x by x'] },
  { patterns: ['/a/b', 'a/b'], shown: ['/a/b by a/b'] },
  { patterns: ['a/b', '/a/b'], shown: [] },
  { patterns: ['[ab].c', 'a.c', 'b.c'], shown: ['[ab].c by a.c, b.c'] },
  { patterns: ['[abd].c', 'a.c', 'b.c'], shown: [] },
  { patterns: ['[a-c]', '[!d-z]'], shown: ['[a-c] by [!d-z]'] },
  { patterns: ['[a-d]', '[!d-z]'], shown: [] },
  { patterns: ['[a-z]', '[a-f]', '[h-z]'], shown: [] },
  { patterns: ['?', '[a-m]', '[!a-m]'], shown: ['? by [a-m], [!a-m]'] },
  { patterns: ['?', '[a-m]', '[!a-n]'], shown: [] },
  { patterns: ['?', '[\u0001-\ud7ff]', '[\ue000-\u{10ffff}]'], shown: [] },
  {
    patterns: ['?', '[\u0001-\ud7ff]', '[\udc80-\udcff]', '[\ue000-\u{10ffff}]'],
    shown: ['? by [\u0001-\ud7ff], [\udc80-\udcff], [\ue000-\u{10ffff}]'],
  },
];

describe('GitHub: of these lines', () => {
  test.each(GITHUB)('$patterns are shadowed: $shown', ({ patterns, shown }) => {
    expect(show(toFile('github', patterns))).toEqual(shown);
  });
});

describe('GitLab: of these lines', () => {
  test.each(GITLAB)('$patterns are shadowed: $shown', ({ patterns, shown }) => {
    expect(show(toFile('gitlab', patterns))).toEqual(shown);
  });

  test('an exclusion hides lines on either side of it', () => {
    const file = parseOwners('/a/x @a\n!/a/\n/a/y @a\n', 'gitlab');
    expect(show(file)).toEqual(['/a/x by /a/', '/a/y by /a/']);
  });

  test('an exclusion that a wider one hides is shadowed, and a line never hides an exclusion', () => {
    expect(show(parseOwners('!/a/b/\n!/a/\n', 'gitlab'))).toEqual(['/a/b/ by /a/']);
    expect(show(parseOwners('!/a/b/\n/a/ @a\n', 'gitlab'))).toEqual([]);
  });

  test('sections hide nothing of each other', () => {
    const file = parseOwners('[One]\n/a/ @a\n[Two]\n* @b\n', 'gitlab');
    expect(show(file)).toEqual([]);
  });

  test('the shadowed rules of all sections come in file order, those of a merged one too', () => {
    const file = parseOwners('[One]\nx @a\n[Two]\ny @b\ny @b\n[One]\nz @a\n* @a\n', 'gitlab');
    expect(findShadowed(file).shadowed.map(({ rule }) => rule.line)).toEqual([2, 4, 7]);
  });
});

describe('what hides a rule', () => {
  test('is the last that does it alone, though later ones do it between them', () => {
    const file = toFile('github', ['/a/', '*', '/a/**', '/a/*', '/a/*/**']);
    expect(show(file)).toEqual(['/a/ by /a/**', '/a/** by /a/*, /a/*/**']);
  });

  test('is the last of equal lines', () => {
    const { shadowed } = findShadowed(toFile('github', ['/a/', '/a/', '/a/']));
    expect(shadowed.map(({ by }) => by.map(({ line }) => line))).toEqual([[3], [3]]);
  });

  test('has none in it that the others can do without', () => {
    // `/?` decides on the first path with a `b`, and is not needed once `/b*` is known.
    const file = toFile('gitlab', ['/[ab]*', '/a*', '/b*', '/?']);
    expect(show(file)).toEqual(['/[ab]* by /a*, /b*']);
  });

  test('is no pattern that can match no path, and such a pattern is not shadowed', () => {
    expect(show(toFile('github', ['a//b', '*']))).toEqual([]);
    expect(show(toFile('github', ['/a', 'a//b']))).toEqual([]);
    expect(show(toFile('gitlab', ['[b-a]', '*']))).toEqual([]);
    expect(show(toFile('gitlab', ['[\\/]', '*']))).toEqual([]);
  });

  test('is no rule that only some readings have', () => {
    const [first, second] = toRules(['/a/', '*']);
    if (!first || !second) throw new Error('two rules make two rules');
    const open: OwnersRule = { ...second, open: true };
    const file: OwnersRules = { dialect: 'github', sections: [unnamedSection([first, open])] };
    expect(show(file)).toEqual([]);
  });
});

const LETTERS = ['a', 'b', 'c'];

const grow = (texts: readonly string[], tails: readonly string[], glue: string): string[] =>
  texts.flatMap((text) => tails.map((tail) => `${text}${glue}${tail}`));

const TWO = grow(LETTERS, LETTERS, '');
const SHORT_NAMES = [...LETTERS, ...TWO];
const NAMES = [...SHORT_NAMES, ...grow(TWO, LETTERS, '')];
const TWO_SHORT = grow(SHORT_NAMES, SHORT_NAMES, '/');

/** Up to two names of up to three letters, three of up to two, four of one: `c` is in no pattern. */
const PATHS: readonly string[] = [
  ...new Set([
    ...NAMES,
    ...grow(NAMES, NAMES, '/'),
    ...grow(TWO_SHORT, SHORT_NAMES, '/'),
    ...grow(grow(grow(LETTERS, LETTERS, '/'), LETTERS, '/'), LETTERS, '/'),
  ]),
];

const COMMON_STEPS = ['a', 'a', 'b', 'b', '*', '?'];
const STEPS = { github: COMMON_STEPS, gitlab: [...COMMON_STEPS, '[ab]', '[!a]'] };

const arbitraryPattern = (dialect: DialectName) => {
  const name = fc
    .array(fc.constantFrom(...STEPS[dialect]), { minLength: 1, maxLength: 3 })
    .map((steps) => steps.join(''));
  const segment = fc.oneof(name, fc.constantFrom('a', 'b', '*', '**'));
  const segments = fc.array(segment, { minLength: 1, maxLength: 4 });
  return fc
    .tuple(fc.constantFrom('', '/', '/'), segments, fc.constantFrom('', '', '/'))
    .map(([start, names, end]) => `${start}${names.join('/')}${end}`);
};

/** A piece of a pattern, and those that between them take the same. */
const COMMON_SPLITS: [string, string[]][] = [
  ['*', ['?', '??*']],
  ['*', ['', '?*']],
  ['/**/', ['/', '/*/**/']],
  ['/', ['/*', '/*/**']],
];

const SPLITS: Record<DialectName, [string, string[]][]> = {
  github: COMMON_SPLITS,
  gitlab: [...COMMON_SPLITS, ['?', ['a', '[!a]']], ['?', ['[ab]', '[!a]']]],
};

const replaceLast = (text: string, piece: string, by: string): string => {
  const at = text.lastIndexOf(piece);
  return at === -1 ? text : text.slice(0, at) + by + text.slice(at + piece.length);
};

/** A pattern and, behind it, pieces that may hide it between them, and others: chance alone seldom does. */
const arbitrarySplit = (dialect: DialectName) =>
  fc
    .tuple(
      arbitraryPattern(dialect),
      fc.constantFrom(...SPLITS[dialect]),
      fc.array(arbitraryPattern(dialect), { maxLength: 2 }),
    )
    .chain(([pattern, [piece, parts], others]) => {
      const pieces = parts.map((part) => replaceLast(pattern, piece, part));
      // No line has an empty pattern.
      const later = [...pieces.filter((text) => text !== ''), ...others];
      return fc.shuffledSubarray(later).map((some) => [pattern, ...some]);
    });

const arbitraryPatterns = (dialect: DialectName) =>
  fc.oneof(
    fc.array(arbitraryPattern(dialect), { minLength: 1, maxLength: 5 }),
    arbitrarySplit(dialect),
  );

/** A path of up to four names of up to three letters, beyond those of `PATHS`. */
const arbitraryPath = fc
  .array(fc.constantFrom(...NAMES), { minLength: 3, maxLength: 4 })
  .map((names) => names.join('/'));

/** Whether others cover all that a pattern does; a pattern that is none covers nothing. */
const cover = (dialect: DialectName, pattern: string, others: readonly string[]): Uncovered => {
  const automaton = (text: string) => {
    const compiled = compilePattern(text, dialect);
    return compiled ? [createAutomaton(compiled)] : [];
  };
  const [asked] = automaton(pattern);
  if (!asked) return 'covered';
  const budget = { moves: 1e7 };
  return findUncovered(asked, others.flatMap(automaton), { prefer: 0x63, budget });
};

const covers = (dialect: DialectName, pattern: string, path: string): boolean =>
  createOwnersMatcher(toFile(dialect, [pattern])).find(path).rule !== null;

const RUNS = runs(500);

describe.each<DialectName>(['github', 'gitlab'])('any rules of %s', (dialect) => {
  const lists = arbitraryPatterns(dialect);
  const morePaths = fc.array(arbitraryPath, { minLength: 50, maxLength: 50 });

  test('a shadowed rule decides on no path', () => {
    const check = (patterns: string[], more: string[]) => {
      const file = toFile(dialect, patterns);
      const shadowed = new Set(findShadowed(file).shadowed.map(({ rule }) => rule));
      if (shadowed.size === 0) return;
      const matcher = createOwnersMatcher(file);
      const deciding = [...PATHS, ...more].map((path) => matcher.find(path).rule);
      expect(deciding.filter((rule) => rule && shadowed.has(rule))).toEqual([]);
    };
    fc.assert(fc.property(lists, morePaths, check), runs(300));
  });

  test('a rule that is not shadowed decides on the path that the search finds', () => {
    const check = (patterns: string[]) => {
      const file = toFile(dialect, patterns);
      const matcher = createOwnersMatcher(file);
      const { shadowed, unknown } = findShadowed(file);
      expect(unknown).toEqual([]);
      for (const [index, rule] of (file.sections[0]?.rules ?? []).entries()) {
        const found = cover(dialect, rule.pattern, patterns.slice(index + 1));
        const isShadowed = shadowed.some((shadow) => shadow.rule === rule);
        const path = typeof found === 'object' ? found.path : null;
        const isDeciding = path !== null && matcher.find(path).rule === rule;
        const isDead = compilePattern(rule.pattern, dialect) === null;
        expect({ isShadowed, isDeciding }).toEqual({
          isShadowed: found === 'covered' && !isDead,
          isDeciding: found !== 'covered',
        });
      }
    };
    fc.assert(fc.property(lists, check), RUNS);
  });

  test('those that hide a rule come later, are needed, and are one where one will do', () => {
    const check = (patterns: string[]) => {
      for (const { rule, by } of findShadowed(toFile(dialect, patterns)).shadowed) {
        const texts = by.map(({ pattern }) => pattern);
        expect(by.every(({ line }) => line > rule.line)).toBe(true);
        expect(cover(dialect, rule.pattern, texts)).toBe('covered');
        for (const [index] of texts.entries()) {
          expect(cover(dialect, rule.pattern, texts.toSpliced(index, 1))).not.toBe('covered');
        }
        const last = patterns.findLastIndex(
          (other, index) =>
            index >= rule.line &&
            compilePattern(other, dialect) !== null &&
            cover(dialect, rule.pattern, [other]) === 'covered',
        );
        if (last !== -1) expect(by.map(({ line }) => line)).toEqual([last + 1]);
        else expect(by.length).toBeGreaterThan(1);
      }
    };
    fc.assert(fc.property(lists, check), RUNS);
  });

  test('a path that is found is covered by the one pattern and by no other, and has good names', () => {
    const check = (patterns: string[]) => {
      const [asked = '', ...others] = patterns;
      const found = cover(dialect, asked, others);
      if (typeof found === 'string') return;
      expect(found.path).toMatch(/^[^/]+(?:\/[^/]+)*$/);
      expect(covers(dialect, asked, found.path)).toBe(true);
      expect(others.filter((other) => covers(dialect, other, found.path))).toEqual([]);
    };
    fc.assert(fc.property(lists, check), RUNS);
  });
});

/** The same numbers each time: from 0 to before `limit`. */
const createDice = () => {
  let state = 1;
  return (limit: number): number => {
    state = (state * 48271) % 0x7fffffff;
    return state % limit;
  };
};

/** Rules of the kinds that large repositories have; about a fifth of them are shadowed. */
const makeMixedPatterns = (count: number): string[] => {
  const roll = createDice();
  const directory = () => `${['api', 'web', 'core', 'db', 'ui'][roll(5)]}${roll(12)}`;
  const kinds = [
    () => `/${directory()}/${directory()}/`,
    () => `/${directory()}/*/${directory()}/`,
    () => `/${directory()}/**/${directory()}/`,
    () => `/${directory()}/${directory()}/${directory()}/*.e${roll(9)}`,
    () => `**/${directory()}/${directory()}`,
    () => `${directory()}-${roll(900)}/`,
    () => `${directory()}*.e${roll(99)}`,
    () => `*.e${roll(5000)}`,
    () => `/${directory()}/${directory()}/x${roll(900)}.rs`,
    () => `/${directory()}/*`,
  ];
  return Array.from({ length: count }, () => kinds[roll(kinds.length)]?.() ?? '*');
};

describe('the work', () => {
  test.each<DialectName>(['github', 'gitlab'])(
    'for 5,000 mixed rules of %s is a fifth of what there is',
    (dialect) => {
      const total = { moves: MOVES_PER_FILE };
      const { shadowed, unknown } = findShadowed(toFile(dialect, makeMixedPatterns(5000)), total);
      expect(unknown).toEqual([]);
      expect(shadowed.length).toBeGreaterThan(500);
      expect(MOVES_PER_FILE - total.moves).toBeLessThan(MOVES_PER_FILE / 5);
    },
  );

  test('that is too much for a rule leaves it unknown, and the others known', () => {
    // Which of the last 20 letters are an `a` makes a million sets, and `b` or not tells the last letter.
    const tail = '?'.repeat(20);
    const patterns = ['x', `/*a${tail}?`, `/*a${tail}b`, `/*a${tail}[!b]`, 'x'];
    const { shadowed, unknown } = findShadowed(toFile('gitlab', patterns));
    expect(unknown.map(({ line }) => line)).toEqual([2]);
    expect(shadowed.map(({ rule }) => rule.line)).toEqual([1]);
  });

  test('that is not left claims nothing', () => {
    const file = toFile('github', ['/a/b', '/a/', '/c', '*.ts']);
    const { shadowed, unknown } = findShadowed(file, { moves: 0 });
    expect(shadowed).toEqual([]);
    expect(unknown.map(({ pattern }) => pattern)).toEqual(['/a/b']);
  });

  test('for one rule is not left for the next', () => {
    const total = { moves: MOVES_PER_FILE };
    findShadowed(toFile('github', ['/a/b', '/a/']), total);
    const enough = { moves: MOVES_PER_FILE - total.moves };
    const { shadowed, unknown } = findShadowed(toFile('github', ['/a/b', '/a/c', '/a/']), enough);
    expect(shadowed.map(({ rule }) => rule.line)).toEqual([1]);
    expect(unknown.map(({ line }) => line)).toEqual([2]);
  });

  test('is not begun for a pattern that is nearly as long as a path', () => {
    const long = 'a*'.repeat(5_000);
    const total = { moves: MOVES_PER_FILE };
    const { unknown } = findShadowed(toFile('github', [`/${long}b`, `/${long}`]), total);
    expect(unknown.map(({ line }) => line)).toEqual([1, 2]);
    expect(total.moves).toBe(MOVES_PER_FILE);
  });
});
