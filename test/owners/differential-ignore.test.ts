import fc from 'fast-check';
import ignore from 'ignore';
import { expect, test } from 'vitest';
import { createOwnersMatcher } from '../../src/owners/index.ts';
import { runs } from '../effort.ts';
import { GITHUB_CASES, type OwnersCase } from './cases.ts';
import { githubRules } from './rules.ts';

/**
 * Why `ignore` 7, which reads patterns as .gitignore has them, answers otherwise than GitHub, and where: the
 * pattern that decides for it, and the path.
 */
const DIFFERENCES = [
  {
    reason: '`docs/*` covers all below `docs/x` for it, and only direct children for GitHub',
    where: [
      'foo/* foo/bar/baz',
      'docs/* docs/a/b.md',
      '/a/* a/b/c',
      '/*/* a/b/c',
      '**/docs/* x/docs/a/b',
      '/docs/* docs/x/a.md',
      'src/* src/.d/x',
      '/docs/* docs/a/b.md',
    ],
  },
  {
    reason: 'it has character ranges, and GitHub skips such a line',
    where: [
      '[Rr]eadme.md readme.md',
      '[Rr]eadme.md Readme.md',
      'file[0-9].txt file5.txt',
      'app/[id]/page.ts app/i/page.ts',
    ],
  },
  {
    reason: 'it knows nothing of owners, and GitHub skips a line with a bad one',
    where: ['*.js x.js'],
  },
];

type Line = { pattern: string; owners: string[] };

const covers = (pattern: string, path: string): boolean =>
  ignore({ ignoreCase: false }).add(pattern).ignores(path);

/** A line taken apart as GitHub does; what the pattern means is for `ignore` to say. */
const splitLine = (line: string): Line | null => {
  const [, pattern, rest = ''] = /^\s*((?:\\.|[^\s\\])+)(.*)$/.exec(line) ?? [];
  if (pattern === undefined || pattern.startsWith('#')) return null;
  return {
    pattern,
    owners: rest
      .replace(/(?<=\s)#.*/, '')
      .split(/\s+/)
      .filter(Boolean),
  };
};

const askOther = ({ codeowners, path }: OwnersCase): Line | undefined =>
  codeowners
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map(splitLine)
    .filter((line) => line !== null)
    .findLast(({ pattern }) => covers(pattern, path));

const wrong = GITHUB_CASES.flatMap((expected) => {
  const other = askOther(expected);
  const isRight = JSON.stringify(other?.owners ?? []) === JSON.stringify(expected.owners);
  return isRight ? [] : [`${other?.pattern} ${expected.path}`];
});

test.each(DIFFERENCES)('it differs because $reason', ({ where }) => {
  expect(wrong).toEqual(expect.arrayContaining(where));
});

test('it differs for no other reason: of 429 cases it answers 416 as GitHub does', () => {
  expect(wrong.toSorted()).toEqual(DIFFERENCES.flatMap(({ where }) => where).toSorted());
  expect(GITHUB_CASES.length - wrong.length).toBe(416);
});

test('under any pattern without ranges it says the same as this matcher, but for direct children', () => {
  const names = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 2 });
  const paths = fc.array(names, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const segments = fc.oneof(fc.constantFrom('*', '**', 'a*', '*b', '?', 'a?', '*a*', 'a**'), names);
  const patterns = fc
    .tuple(
      fc.constantFrom('', '/'),
      fc.array(segments, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '/'),
    )
    .map(([start, parts, end]) => `${start}${parts.join('/')}${end}`);
  fc.assert(
    fc.property(patterns, paths, (pattern, path) => {
      fc.pre(!/\/\*$/.test(pattern));
      const rules = githubRules([{ pattern, line: 1, owners: ['@a'] }]);
      const isOwned = createOwnersMatcher(rules).find(path).state === 'owned';
      expect(isOwned).toBe(covers(pattern, path));
    }),
    runs(2000),
  );
});
