import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOwnersMatcher, createOwnersScan, parseOwners } from '../../src/owners/index.ts';
import { createNearTest, readMark } from '../../src/owners/near.ts';
import { compilePattern } from '../../src/owners/pattern.ts';
import { createPathTest } from '../../src/owners/walk.ts';
import { runs } from '../effort.ts';
import { GITHUB_CASES, GITLAB_CASES } from './cases.ts';
import { coversSlowly } from './reference-matcher.ts';
import { githubRules } from './rules.ts';

const createMatcher = (text: string) => createOwnersScan(parseOwners(text, 'github'));
const covers = (pattern: string, path: string) =>
  createOwnersMatcher(githubRules([{ pattern, line: 1, owners: ['@a'] }])).find(path).state ===
  'owned';

describe('the recorded verdicts of GitHub', () => {
  test('there are 429 of them', () => {
    expect(GITHUB_CASES).toHaveLength(429);
  });

  test.each(GITHUB_CASES)('$class: $name', ({ codeowners, path, owners }) => {
    expect(createMatcher(codeowners).find(path).owners).toEqual(owners);
  });
});

describe('the recorded verdicts of GitLab', () => {
  test('there are 90 of them', () => {
    expect(GITLAB_CASES).toHaveLength(90);
  });

  test.each(GITLAB_CASES)('$class: $name', ({ codeowners, path, owners }) => {
    const matcher = createOwnersMatcher(parseOwners(codeowners, 'gitlab'));
    expect(matcher.find(path).owners).toEqual(owners);
  });
});

describe('the three states', () => {
  const matcher = createMatcher('/src/ @a\n/src/gen/\n');

  test('a path is owned by the last rule that covers it', () => {
    const rule = { pattern: '/src/', line: 1, owners: ['@a'] };
    expect(matcher.find('src/x')).toMatchObject({ state: 'owned', owners: ['@a'], rule });
  });

  test('a path is unowned where a rule without owners took it', () => {
    const rule = { pattern: '/src/gen/', line: 2, owners: [] };
    expect(matcher.find('src/gen/x')).toMatchObject({ state: 'unowned', owners: [], rule });
  });

  test('a path is unmatched where no rule covers it', () => {
    expect(matcher.find('README.md')).toMatchObject({ state: 'unmatched', owners: [], rule: null });
  });

  test('all rules that cover a path are listed in file order', () => {
    expect(matcher.findAll('src/gen/x').map(({ rule }) => rule.line)).toEqual([1, 2]);
    expect(matcher.findAll('README.md')).toEqual([]);
  });

  test('without rules every path is unmatched', () => {
    expect(createOwnersMatcher(githubRules([])).find('a').state).toBe('unmatched');
  });
});

describe('patterns', () => {
  test.each([
    { pattern: '**', covered: ['a', 'a/b'], missed: [] },
    { pattern: '**/', covered: ['a/b', 'a/b/c'], missed: ['a'] },
    { pattern: '*/', covered: ['a/b', 'a/b/c'], missed: ['a'] },
    { pattern: '/*', covered: ['a'], missed: ['a/b'] },
    { pattern: 'a/**/', covered: ['a/b/c'], missed: ['a', 'a/b'] },
    { pattern: 'a/**/**/b', covered: ['a/b', 'a/x/b', 'a/x/y/b'], missed: ['a/xb', 'ax/b'] },
    { pattern: 'a/*/', covered: ['a/b/c'], missed: ['a/b'] },
    { pattern: 'a/**b', covered: ['a/b', 'a/xb', 'a/xb/c'], missed: ['a/x/b'] },
    { pattern: 'a***', covered: ['a', 'ab', 'x/ab'], missed: ['ba'] },
    { pattern: '/', covered: [], missed: ['a', 'a/b'] },
    { pattern: '//', covered: [], missed: ['a', 'a/b'] },
    { pattern: '', covered: [], missed: ['a'] },
    { pattern: 'a\\', covered: [], missed: ['a', 'a\\'] },
    { pattern: '\\*', covered: ['*'], missed: ['a'] },
    { pattern: 'a/\\*', covered: ['a/*', 'a/*/b'], missed: ['a/b'] },
    { pattern: 'a\\\\b', covered: ['a\\b'], missed: ['ab'] },
    { pattern: 'c\\#/', covered: ['c#/x'], missed: ['c/x'] },
    { pattern: 'a\\/b', covered: ['a/b', 'a/b/c'], missed: ['x/a/b'] },
    { pattern: 'src', covered: ['src', 'a/src/b'], missed: ['Src', 'src.ts'] },
  ])('$pattern covers $covered and not $missed', ({ pattern, covered, missed }) => {
    expect(covered.filter((path) => !covers(pattern, path))).toEqual([]);
    expect(missed.filter((path) => covers(pattern, path))).toEqual([]);
  });

  test('a question mark takes one character, also where UTF-16 needs two units for it', () => {
    expect(covers('?.md', '🚀.md')).toBe(true);
    expect(covers('??.md', '🚀.md')).toBe(false);
  });

  test('composed and decomposed letters are different characters', () => {
    expect(covers('\u00e9', 'e\u0301')).toBe(false);
  });

  test('bytes that are not UTF-8, as lone surrogates, are characters like any other', () => {
    expect(covers('a?b', 'a\udc80b')).toBe(true);
    expect(covers('a\udc80', 'a\udc81')).toBe(false);
  });
});

/** The words moved to test one path, and how many a path of n characters and m steps may move. */
const countWords = (text: string, path: string) => {
  const pattern = compilePattern(text, 'github');
  if (pattern === null) throw new Error(`${text} is no pattern`);
  const tally = { words: 0 };
  const covered = createPathTest(pattern)(path, tally);
  const bound = path.length * (Math.floor(pattern.steps.length / 32) + 2);
  return { covered, words: tally.words, bound };
};

describe('the work for one path', () => {
  test('eight stars against sixty letters move one or two words a letter', () => {
    const { covered, words } = countWords(`${'*a'.repeat(8)}*b`, 'a'.repeat(60));
    expect(covered).toBe(false);
    expect(words).toBeLessThanOrEqual(120);
  });

  test('a long pattern without wildcards moves only the words where a match can be', () => {
    const { covered, words } = countWords(`/${'a'.repeat(3000)}b`, 'a'.repeat(3001));
    expect(covered).toBe(false);
    expect(words).toBeLessThanOrEqual(2 * 3001);
  });

  test('globstars by the hundred are one globstar', () => {
    const path = 'a/'.repeat(100);
    expect(compilePattern(`${'**/'.repeat(300)}b`, 'github')).toEqual(
      compilePattern('**/b', 'github'),
    );
    expect(countWords(`${'**/'.repeat(300)}b`, `${path}c`).words).toBeLessThanOrEqual(402);
  });

  test.each([
    { text: `${'*a'.repeat(1000)}b`, path: 'a'.repeat(4000) },
    { text: `*${'a?'.repeat(1000)}b*`, path: 'a'.repeat(4000) },
    { text: `**/${'*a/'.repeat(500)}b/**`, path: 'a/'.repeat(2000) },
    { text: `${'**/a/'.repeat(500)}b`, path: 'a/'.repeat(2000) },
    { text: `${'**/*a*/'.repeat(300)}?b`, path: 'aa/'.repeat(1300) },
  ])('a pattern of many wildcards moves a word for 32 steps and a character: case %#', (given) => {
    const { covered, words, bound } = countWords(given.text, `${given.path}c`);
    expect(covered).toBe(false);
    expect(words).toBeGreaterThan(0);
    expect(words).toBeLessThanOrEqual(bound);
  });

  test('a pattern with more steps than the path has characters moves nothing', () => {
    expect(countWords('?'.repeat(16_384), 'a'.repeat(4096)).words).toBe(0);
  });

  test('a pattern that is longer than any path is never compiled, whatever it is made of', () => {
    for (const unit of ['a', '?', '*a', '\\a', 'a/', '*/', '**/a/']) {
      const pattern = unit.repeat(100_000);
      expect(compilePattern(pattern, 'github')).toBeNull();
      expect(covers(pattern, 'a/'.repeat(2000))).toBe(false);
    }
  });

  test('stars by the million are three at most', () => {
    const long = compilePattern(`a${'*'.repeat(1_000_000)}b`, 'github');
    expect(long).toEqual(compilePattern('a***b', 'github'));
    expect(covers('*'.repeat(1_000_000), 'a/b')).toBe(true);
  });

  test('for any pattern and path the bound holds', () => {
    const wild = fc.string({ unit: fc.constantFrom('a', '*', '?', '/'), maxLength: 200 });
    const path = fc.string({ unit: fc.constantFrom('a', '/'), maxLength: 400 });
    fc.assert(
      fc.property(wild, path, (pattern, long) => {
        fc.pre(compilePattern(pattern, 'github') !== null);
        const { words, bound } = countWords(pattern, long);
        expect(words).toBeLessThanOrEqual(bound);
      }),
    );
  });
});

describe('for any long path', () => {
  const names = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 60 });
  const paths = fc.array(names, { minLength: 1, maxLength: 5 });
  /** Cuts the middle out of a name: what stays are a start and an end. */
  const cuts = fc.tuple(fc.nat(60), fc.nat(60), fc.constantFrom('', '?', '*', '?*', 'a*'));
  const loosen = (name: string, [from, length, wildcard]: [number, number, string]): string =>
    name.slice(0, from) + wildcard + name.slice(from + length);
  const given = paths.chain((parts) =>
    fc.record({
      path: fc.constant(parts.join('/')),
      pattern: fc
        .tuple(
          ...parts.map((name) =>
            fc.oneof(cuts, fc.constant(null)).map((cut) => (cut ? loosen(name, cut) : name)),
          ),
        )
        .chain((segments) =>
          fc.constantFrom(segments, ['**', ...segments.slice(1)], [...segments.slice(0, -1), '**']),
        )
        .map((segments) => `/${segments.join('/')}`),
    }),
  );

  test('patterns longer than one machine word agree with the slow matcher', () => {
    fc.assert(
      fc.property(given, ({ pattern, path }) => {
        expect(covers(pattern, path)).toBe(coversSlowly(pattern, path));
      }),
      runs(1000),
    );
  });

  test('a name of any length covers itself, and is not another one', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(covers(name, name)).toBe(true);
        expect(covers(`/x/*${name}`, `x/b${name}`)).toBe(true);
        expect(covers(`/x/?${name}`, `x/${name}`)).toBe(false);
      }),
    );
  });
});

describe('for any small pattern and path', () => {
  const names = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 });
  const paths = fc.array(names, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
  const loose = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '/'), maxLength: 8 });
  const segments = fc.oneof(
    fc.constantFrom('*', '**', '***', 'a', 'b', 'a*', '*b', '?', '**a'),
    names,
  );
  const shaped = fc
    .tuple(fc.constantFrom('', '/'), fc.array(segments, { maxLength: 5 }), fc.constantFrom('', '/'))
    .map(([start, parts, end]) => `${start}${parts.join('/')}${end}`);
  const patterns = fc.oneof(shaped, loose);

  test('the matcher agrees with the slow one that tries everything', () => {
    fc.assert(
      fc.property(patterns, paths, (pattern, path) => {
        expect(covers(pattern, path)).toBe(coversSlowly(pattern, path));
      }),
      runs(5000),
    );
  });

  test('the agreement is about matches as well as misses', () => {
    const [few] = fc.sample(fc.array(fc.tuple(patterns, paths), { minLength: 2000 }), 1);
    const hits = (few ?? []).filter(([pattern, path]) => coversSlowly(pattern, path));
    expect(hits.length).toBeGreaterThan(100);
  });

  test('neither the mark nor the second look ever refuses what is covered', () => {
    fc.assert(
      fc.property(patterns, paths, (pattern, path) => {
        fc.pre(coversSlowly(pattern, path));
        const { text, isStart } = readMark(pattern, 'github');
        expect(`/${path}`.indexOf(text)).toBeGreaterThanOrEqual(0);
        if (isStart) expect(`/${path}`.startsWith(text)).toBe(true);
        expect(createNearTest(pattern)(path)).toBe(true);
      }),
      runs(2000),
    );
  });

  test('an escape before every character takes the pattern literally', () => {
    const odd = fc.string({ unit: fc.constantFrom('a', '*', '?', '[', '\\', ' '), minLength: 1 });
    fc.assert(
      fc.property(odd, odd, (name, other) => {
        const pattern = name.replace(/./gs, '\\$&');
        expect(covers(pattern, name)).toBe(true);
        expect(covers(pattern, `x/${name}/y`)).toBe(true);
        expect(covers(pattern, other)).toBe(name === other);
      }),
    );
  });

  test('the rule that decides is the last of all that cover the path', () => {
    fc.assert(
      fc.property(fc.array(patterns, { maxLength: 6 }), paths, (list, path) => {
        const rules = list.map((pattern, index) => ({ pattern, line: index + 1, owners: [] }));
        const matcher = createOwnersScan(githubRules(rules));
        const all = matcher.findAll(path).map(({ rule }) => rule);
        expect(matcher.find(path).rule).toBe(all.at(-1) ?? null);
        expect(all).toEqual(rules.filter(({ pattern }) => coversSlowly(pattern, path)));
      }),
    );
  });
});
