import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOwnersMatcher, parseOwners } from '../../src/owners/index.ts';
import { runs } from '../effort.ts';
import { matchesFnmatch } from './fnmatch.ts';

const parse = (text: string) => parseOwners(text, 'gitlab');
const find = (text: string, path: string) => createOwnersMatcher(parse(text)).find(path);
const covers = (pattern: string, path: string) => find(`${pattern} @a`, path).state === 'owned';
const problemsOf = (text: string) =>
  parse(text).problems.map(({ line, column, kind }) => `${line}:${column} ${kind}`);

describe('patterns', () => {
  test.each([
    { pattern: 'lib', covered: ['lib', 'a/lib'], missed: ['lib/x', 'libx'] },
    { pattern: 'lib/', covered: ['lib/x', 'a/lib/b/c'], missed: ['lib', 'a/lib'] },
    { pattern: '/lib/', covered: ['lib/x', 'lib/a/b'], missed: ['a/lib/x', 'lib'] },
    { pattern: 'a/b', covered: ['a/b', 'x/a/b'], missed: ['a/b/c'] },
    { pattern: '*', covered: ['a', 'a/b', '.x'], missed: [] },
    { pattern: '/', covered: ['a', 'a/b'], missed: [] },
    { pattern: '**', covered: ['a', 'a/b'], missed: [] },
    { pattern: '**/', covered: ['a', 'a/b'], missed: [] },
    { pattern: '/*', covered: ['a'], missed: ['a/b'] },
    { pattern: '/docs/**', covered: ['docs/a'], missed: ['docs/a/b', 'docs'] },
    { pattern: '/docs/**/', covered: ['docs/a', 'docs/a/b'], missed: ['docs'] },
    { pattern: '/docs/**/*', covered: ['docs/a', 'docs/a/b'], missed: ['docs'] },
    { pattern: '/a/***/b', covered: ['a/x/b'], missed: ['a/b', 'a/x/y/b'] },
    { pattern: 'a**b', covered: ['ab', 'axb'], missed: ['a/b'] },
    { pattern: '/[a-c]x', covered: ['ax', 'cx'], missed: ['dx', 'a/x'] },
    { pattern: '/[!a]x', covered: ['bx'], missed: ['ax', '/x'] },
    { pattern: '/[^a-c]x', covered: ['dx'], missed: ['bx'] },
    { pattern: '/a[b/c]d', covered: ['abd', 'acd'], missed: ['a/d'] },
    { pattern: '/[\\]]x', covered: [']x'], missed: ['\\x'] },
    { pattern: '/[]x', covered: [], missed: ['x', ']x', '[]x'] },
    { pattern: '/[!]x', covered: ['ax'], missed: ['x'] },
    { pattern: '/[a', covered: [], missed: ['a', '[a'] },
    { pattern: '/a[-z]', covered: ['a-', 'az'], missed: ['ab'] },
    { pattern: '/a[a-]', covered: ['a-', 'aa'], missed: ['ab'] },
    { pattern: '/{a,b}', covered: ['{a,b}'], missed: ['a', 'b'] },
    { pattern: 'path\\ with\\ spaces/', covered: ['path with spaces/x'], missed: ['path'] },
    { pattern: 'a//b', covered: [], missed: ['a/b'] },
    { pattern: 'A.md', covered: ['A.md'], missed: ['a.md'] },
  ])('$pattern covers $covered and not $missed', ({ pattern, covered, missed }) => {
    expect(covered.filter((path) => !covers(pattern, path))).toEqual([]);
    expect(missed.filter((path) => covers(pattern, path))).toEqual([]);
  });

  test('for any small pattern and path the answer is that of fnmatch on the whole path', () => {
    const units = fc.constantFrom('a', 'b', '*', '**', '?', '/', '[ab]', '[!a]', '[a-b]', '\\*');
    const patterns = fc.array(units, { minLength: 1, maxLength: 7 }).map((parts) => parts.join(''));
    const names = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 3 });
    const paths = fc.array(names, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(patterns, paths, (pattern, path) => {
        // A line that begins with a bracket is a heading.
        fc.pre(!pattern.startsWith('['));
        expect(covers(pattern, path)).toBe(matchesFnmatch(pattern, path));
      }),
      runs(5000),
    );
  });
});

describe('sections', () => {
  test('each is asked apart, what stands before them too, and an owner is named once', () => {
    const text = '* @all\n[Docs]\n*.md @docs\n[Texts]\n*.md @docs @texts\n';
    const { state, owners, rule, decisions } = find(text, 'a.md');
    expect({ state, owners, line: rule?.line }).toEqual({
      state: 'owned',
      owners: ['@all', '@docs', '@texts'],
      line: 1,
    });
    expect(decisions.map(({ section }) => section)).toEqual([null, 'Docs', 'Texts']);
  });

  test('names are compared without case and merged; each heading has its own default owners', () => {
    const file = parse('[Docs] @one\na\n[Code]\nb @b\n[DOCS] @two\nc\n');
    expect(
      file.sections.map(({ name, rules }) => [name, rules.map(({ owners }) => owners[0])]),
    ).toEqual([
      [null, []],
      ['Docs', ['@one', '@two']],
      ['Code', ['@b']],
    ]);
  });

  test('a heading says whether the section is optional, and how many approvals it wants', () => {
    const file = parse('^[Opt]\n[Two][2] @a @b\n  [Plain]  \n');
    expect(file.sections.slice(1)).toMatchObject([
      { name: 'Opt', optional: true, approvals: 1, line: 1 },
      { name: 'Two', optional: false, approvals: 2, line: 2 },
      { name: 'Plain', optional: false, approvals: 1, line: 3 },
    ]);
    expect(file.problems).toEqual([]);
  });

  test.each([
    ['[]\na @a', '1:1 bad-heading'],
    ['[A][0]\na @a', '1:1 bad-heading'],
    ['[A][x]\na @a', '1:1 bad-heading'],
    ['[Section name\na @a', '1:1 bad-heading'],
  ])('%j is reported, and the entries behind it count', (text, problem) => {
    expect(problemsOf(text)).toContain(problem);
    expect(find(text, 'a').owners).toEqual(['@a']);
  });

  test('an exclusion takes paths out of its section, whatever else covers them and wherever it stands', () => {
    const text = '[A]\n!/gen/\n*.ts @a\n/gen/x.ts @b\n[B]\n/gen/ @c\n';
    expect(find(text, 'gen/x.ts')).toMatchObject({ state: 'owned', owners: ['@c'] });
    expect(find('[A]\n*.ts @a\n!*.ts\n', 'x.ts')).toMatchObject({ state: 'unowned', owners: [] });
    expect(find(text, 'y.ts').owners).toEqual(['@a']);
  });

  test('an entry without owners and without a default leaves its paths to nobody in that section', () => {
    expect(find('[A]\n/a @x\n/a\n', 'a')).toMatchObject({ state: 'unowned', rule: { line: 3 } });
    expect(problemsOf('[A]\n/a\n')).toEqual(['2:1 no-owners']);
  });
});

describe('owners', () => {
  test.each([
    '@user',
    '@group/nested/deeper',
    '@@maintainer',
    '@@Developers',
    'jane@example.com',
    '@ralph/owner:codex',
  ])('%s is an owner', (owner) => {
    expect(parse(`a ${owner}`)).toMatchObject({ problems: [] });
    expect(find(`a ${owner}`, 'a').owners).toEqual([owner]);
  });

  test('a word that is none is ignored alone, and reported where it stands', () => {
    expect(find('a @a nobody b@ @b', 'a').owners).toEqual(['@a', '@b']);
    expect(problemsOf('a @a nobody b@ @b')).toEqual(['1:6 bad-owner', '1:13 bad-owner']);
  });

  test('a pattern with more in its classes than a path is held against is not read, and that is said', () => {
    expect(problemsOf(`/${'[ab]'.repeat(64)} @a`)).toEqual([]);
    expect(problemsOf(`/${'[ab]'.repeat(65)} @a`)).toEqual(['1:1 pattern-too-long']);
    expect(problemsOf(`/[${'ab'.repeat(1000)}] @a`)).toEqual(['1:1 pattern-too-long']);
  });

  test('words that are none do not bring the default owners back', () => {
    expect(find('[A] @default\na nobody\n', 'a')).toMatchObject({ state: 'unowned' });
  });

  test('what looks like a comment behind an entry is read for owners, and that is reported', () => {
    expect(find('a @a # ask @b', 'a').owners).toEqual(['@a', '@b']);
    expect(problemsOf('a @a # ask @b')).toEqual(['1:12 bad-owner']);
    expect(problemsOf('a @a # plain words')).toEqual([]);
  });
});

describe('for any text', () => {
  const words = fc.constantFrom(
    ...['*', '**', '!', '\\', '#', '[', ']', '^[', '[A]', '/', 'a', '@', '@a', '@@owner', 'x@y.z'],
    ...[' ', '\t', '\n', '\r\n', 'é', '\ufeff', '[2]', '-'],
  );
  const texts = fc.array(words, { maxLength: 40 }).map((parts) => parts.join(''));

  test('nothing is thrown, what is reported points into the text, and the result survives JSON', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const file = parse(text);
        const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
        for (const { line, column } of file.problems) {
          expect(lines[line - 1]?.[column - 1]).toMatch(/[^ \t]/);
        }
        expect(JSON.parse(JSON.stringify(file))).toEqual(file);
        createOwnersMatcher(file).find('a/b');
      }),
    );
  });
});
