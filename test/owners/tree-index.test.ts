import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createOwnersIndex,
  createOwnersMatcher,
  type DialectName,
  type OwnersRules,
  parseOwners,
} from '../../src/owners/index.ts';
import { runs } from '../effort.ts';
import { GITHUB_CASES, GITLAB_CASES } from './cases.ts';

const indexOf = (text: string, dialect: DialectName = 'github') =>
  createOwnersIndex(parseOwners(text, dialect));

describe('the recorded verdicts', () => {
  test.each(GITHUB_CASES)('GitHub, $class: $name', ({ codeowners, path, owners }) => {
    expect(indexOf(codeowners).find(path).owners).toEqual(owners);
  });

  test.each(GITLAB_CASES)('GitLab, $class: $name', ({ codeowners, path, owners }) => {
    expect(indexOf(codeowners, 'gitlab').find(path).owners).toEqual(owners);
  });
});

const names = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 4 });
const paths = fc.array(names, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const wildcards = [
  '*',
  '**',
  '***',
  '?',
  'a*',
  '*a',
  '*.a',
  'a*b',
  '*a*',
  'a?',
  '**a',
  '?*b',
  '\\a*',
];
const segments = fc.oneof(fc.constantFrom(...wildcards), names);
const patternsWith = (...more: fc.Arbitrary<string>[]) =>
  fc
    .tuple(
      fc.constantFrom('', '', '/', '**/'),
      fc.array(fc.oneof(segments, ...more), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '', '/', '/**', '/*'),
    )
    .map(([start, parts, end]) => `${start}${parts.join('/')}${end}`);

const githubFiles: fc.Arbitrary<OwnersRules> = fc
  .array(patternsWith(), { minLength: 1, maxLength: 12 })
  .map((list) => ({
    dialect: 'github',
    sections: [
      {
        name: null,
        line: null,
        optional: false,
        approvals: 1,
        rules: list.map((pattern, at) => ({ pattern, line: at + 1, owners: at % 3 ? ['@a'] : [] })),
      },
    ],
  }));

const classes = fc.constantFrom('[ab]', '[!a]*', 'a[b-.]', '[a', '[^/]b');
const gitlabFiles = fc
  .array(
    fc.oneof(
      patternsWith(classes).map((pattern) => `${pattern} @a`),
      patternsWith(classes).map((pattern) => `!${pattern}`),
      fc.constantFrom('[One]', '^[two][2] @b', '[ONE] @c', '/ @d', '* @e'),
    ),
    { maxLength: 12 },
  )
  .map((lines) => parseOwners(lines.join('\n'), 'gitlab'));

describe('the index and the scan', () => {
  test.each([
    ['GitHub', githubFiles],
    ['GitLab', gitlabFiles],
  ])('say the same of any paths under any rules of %s', (_, files) => {
    fc.assert(
      fc.property(files, fc.array(paths, { minLength: 1, maxLength: 8 }), (file, list) => {
        const index = createOwnersIndex(file);
        const scan = createOwnersMatcher(file);
        // Twice: what was learnt of a directory must not change what is said of it.
        for (const path of [...list, ...list]) expect(index.find(path)).toEqual(scan.find(path));
      }),
      runs(1000),
    );
  });

  test.each([
    ['GitHub', githubFiles],
    ['GitLab', gitlabFiles],
  ])('learn nothing wrong of a directory from files in it, under rules of %s', (_, files) => {
    const directories = fc.array(names, { maxLength: 3 }).map((parts) => parts.join('/'));
    const inside = fc.array(names, { minLength: 3, maxLength: 8 });
    fc.assert(
      fc.property(files, directories, inside, (file, directory, list) => {
        const scan = createOwnersMatcher(file);
        for (const name of list) {
          const path = directory === '' ? name : `${directory}/${name}`;
          expect(scan.find(path)).toEqual(createOwnersMatcher(file).find(path));
        }
      }),
      runs(1000),
    );
  });

  test.each([
    ['GitHub', githubFiles],
    ['GitLab', gitlabFiles],
  ])('agree about matches as well as misses of %s', (_, files) => {
    const asked = fc.sample(fc.tuple(files, paths), 1000);
    const found = asked.filter(([file, path]) => createOwnersIndex(file).find(path).rule !== null);
    expect(found.length).toBeGreaterThan(200);
    expect(found.length).toBeLessThan(1000);
  });

  test('agree on names beyond ASCII, lone surrogates, and names that are keys of objects', () => {
    const text = '*é @a\n?.md @b\n__proto__/ @c\nconstructor @d\n/a\udc80*z @e\n🚀* @f\n';
    const file = parseOwners(text, 'github');
    for (const path of ['xé', '🚀.md', '__proto__/x', 'constructor', 'a\udc80\udc81z', '🚀/x']) {
      expect(createOwnersIndex(file).find(path)).toEqual(createOwnersMatcher(file).find(path));
    }
  });

  test('agree on a path of two thousand directories', () => {
    const path = `${'a/'.repeat(2000)}b.ts`;
    const file = parseOwners('**/a/**/a/*.ts @a\n/a/**/b.ts @b\n**/c/** @c\n', 'github');
    expect(createOwnersIndex(file).find(path).owners).toEqual(['@b']);
    expect(createOwnersMatcher(file).find(path).owners).toEqual(['@b']);
  });
});

test('a long name that begins as a known directory is another one', () => {
  const directory = `a/${'b'.repeat(510)}`;
  const index = indexOf(`/${directory}/ @a\n`);
  expect(index.find(`${directory}/x`).owners).toEqual(['@a']);
  expect(index.find(`${directory}c/x`).owners).toEqual([]);
  expect(index.find(`${directory}/${'d'.repeat(600)}/x`).owners).toEqual(['@a']);
});

describe('rules of one place', () => {
  test('the last of equal patterns decides', () => {
    expect(indexOf('*.ts @a\n*.ts @b\n').find('x/y.ts').rule?.line).toBe(2);
    expect(indexOf('/a/ @a\n/a @b\n/a/ @c\n').find('a').rule?.line).toBe(2);
  });

  test('what covers a whole directory outranks earlier rules for its files, and no later ones', () => {
    const index = indexOf('*.ts @a\n/src/ @b\n/src/*.rs @c\n');
    expect(index.find('src/x.ts').owners).toEqual(['@b']);
    expect(index.find('src/x.rs').owners).toEqual(['@c']);
    expect(index.find('lib/x.ts').owners).toEqual(['@a']);
  });
});
