import { matchPattern, parse } from 'codeowners-utils';
import { expect, test } from 'vitest';
import { createOwnersMatcher, parseOwners } from '../../src/owners/index.ts';
import { GITHUB_CASES, type OwnersCase } from './cases.ts';

/**
 * Why codeowners-utils 1.0.2, which reads CODEOWNERS as a .gitignore, answers otherwise than GitHub,
 * and where: the pattern that decides, for it or for GitHub, and the path.
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
    reason: 'it splits a line at escaped blanks too',
    where: [
      'my\\ file.txt my file.txt',
      'my\\ file.txt d/my file.txt',
      '/My\\ Dir/Sub\\ Dir/ My Dir/Sub Dir/x',
      '/a\\ b/*.md a b/x.md',
      'a\\ \\ b a  b',
    ],
  },
  {
    reason: 'it does not take an escaped question mark for a question mark',
    where: ['f\\?o f?o', '/what\\?.md what?.md'],
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
    reason: 'it ignores the case of letters',
    where: ['/a/ A/b', 'Makefile makefile'],
  },
  {
    reason: 'it takes any word for an owner, and GitHub skips such a line',
    where: ['*.js x.js'],
  },
];

// Eight stars in one pattern keep its regular expression busy for more than 20 seconds.
const isSafe = ({ codeowners }: OwnersCase): boolean =>
  codeowners.split('\n').every((line) => line.split('*').length < 8);

/** Its rules come last line first, so the first that matches decides. */
const askOther = ({ codeowners, path }: OwnersCase) =>
  parse(codeowners).find(({ pattern }) => matchPattern(path, pattern));

const askOurs = ({ codeowners, path }: OwnersCase) =>
  createOwnersMatcher(parseOwners(codeowners, 'github')).find(path);

const isRight = (expected: OwnersCase, owners: string[] | undefined): boolean =>
  JSON.stringify(owners ?? []) === JSON.stringify(expected.owners);

const asked = GITHUB_CASES.filter(isSafe);
const wrong = asked.filter((verdict) => !isRight(verdict, askOther(verdict)?.owners));

test('codeowners-utils can be asked all 429 cases, and answers 407 of them as GitHub does', () => {
  expect(asked).toHaveLength(429);
  expect(asked.length - wrong.length).toBe(407);
});

const found = wrong.map((verdict) => {
  // Where it found no rule, the one that it missed is named.
  const rule = askOther(verdict) ?? askOurs(verdict).rule;
  return `${rule?.pattern} ${verdict.path}`;
});

test.each(DIFFERENCES)('it differs because $reason', ({ where }) => {
  expect(found).toEqual(expect.arrayContaining(where));
});

test('it differs for no other reason', () => {
  expect(found.toSorted()).toEqual(DIFFERENCES.flatMap(({ where }) => where).toSorted());
});

test('where it differs, this matcher answers as GitHub does', () => {
  for (const verdict of wrong) {
    expect(isRight(verdict, askOurs(verdict).owners), verdict.name).toBe(true);
  }
});
