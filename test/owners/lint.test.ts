import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createOwnersMatcher,
  createOwnersScan,
  type DialectName,
  lintOwners,
  parseOwners,
} from '../../src/owners/index.ts';
import { findUsage } from '../../src/owners/usage.ts';

type Asked = { tree?: string[]; known?: string[] | null; dialect?: DialectName; path?: string };

const lint = (
  text: string,
  { tree = ['CODEOWNERS'], known = null, dialect = 'github', path = 'CODEOWNERS' }: Asked = {},
) => lintOwners({ path, file: parseOwners(text, dialect), tree, known });

const found = (text: string, asked: Asked = {}) =>
  lint(text, asked).map(({ line, column, rule }) => `${line}:${column} ${rule}`);

const OWN = '/CODEOWNERS @own\n';

test('a file without a fault has nothing said of it', () => {
  expect(lint(`/src/ @a\n${OWN}`, { tree: ['src/x', 'CODEOWNERS'] })).toEqual([]);
});

describe('what the host skips', () => {
  test('is an error, with the line to write instead', () => {
    expect(lint(`${OWN}!x @a\n`)).toEqual([
      {
        rule: 'owners/invalid',
        severity: 'error',
        path: 'CODEOWNERS',
        line: 2,
        column: 1,
        message: expect.stringContaining('negation'),
        remedy: 'write instead: x',
      },
    ]);
  });
});

describe('what readers take differently', () => {
  test('is a warning where it stands', () => {
    expect(found(`${OWN}c# @a\n`, { tree: ['c#', 'CODEOWNERS'] })).toEqual([
      '2:2 owners/ambiguous',
    ]);
  });
});

describe('a rule that decides nothing', () => {
  test('is a duplicate where a later line has its pattern', () => {
    const [only] = lint(`x @a\nx @b\n${OWN}`, { tree: ['x', 'CODEOWNERS'] });
    expect(only).toMatchObject({ rule: 'owners/duplicate', line: 1, name: 'x' });
    expect(only?.message).toContain('line 2');
  });

  test('is shadowed where later lines cover all that it can, though no file is there', () => {
    const findings = lint(`/src/a/ @a\n/src/ @b\n${OWN}`, { tree: ['src/x', 'CODEOWNERS'] });
    expect(findings).toMatchObject([{ rule: 'owners/shadowed', line: 1 }]);
    expect(findings[0]?.message).toBe('every path that it can cover is decided by line 2');
  });

  test('is shadowed by several lines between them', () => {
    const text = `/a/ @a\n/a/* @b\n/a/*/** @c\n${OWN}`;
    const findings = lint(text, { tree: ['a/x', 'a/b/y', 'CODEOWNERS'] });
    expect(findings.map(({ message }) => message)).toEqual([
      'every path that it can cover is decided by lines 2, 3',
    ]);
  });

  test('is shadowed today where a later line decides each file that it covers', () => {
    const findings = lint(`*.ts @a\n/src/ @b\n${OWN}`, { tree: ['src/x.ts', 'CODEOWNERS'] });
    expect(findings).toMatchObject([{ rule: 'owners/shadowed', line: 1, name: '*.ts' }]);
    expect(findings[0]?.message).toContain('such as src/x.ts by line 2');
  });

  test('is dead where it covers no file', () => {
    expect(found(`/gone/ @a\n${OWN}`)).toEqual(['1:1 owners/dead']);
  });

  test('is looked for in its own section alone', () => {
    const text = '[A]\n/x @a\n/CODEOWNERS @own\n[B]\n/x @b\n';
    expect(found(text, { tree: ['x', 'CODEOWNERS'], dialect: 'gitlab' })).toEqual([]);
  });

  test('is no exclusion that takes a file out', () => {
    const text = `/x @a\n!/y\n/ @b\n${OWN}`;
    expect(found(text, { tree: ['x', 'y', 'CODEOWNERS'], dialect: 'gitlab' })).toEqual([
      '1:1 owners/shadowed',
    ]);
  });
});

describe('an owner whom the config maps nobody to', () => {
  const text = `* @Ann @anne\n${OWN}`;

  test('is told once, at its first line, with the name that is near', () => {
    const findings = lint(`${text}/x @anne\n`, {
      tree: ['x', 'y', 'CODEOWNERS'],
      known: ['@ann', '@own'],
    });
    expect(findings).toMatchObject([
      { rule: 'owners/unknown-owner', line: 1, name: '@anne', owners: ['@anne'] },
    ]);
    expect(findings[0]?.message).toContain('did you mean @ann?');
  });

  test('is not told where the config maps nobody at all, nor of roles', () => {
    expect(found(text, { tree: ['y', 'CODEOWNERS'] })).toEqual([]);
    expect(
      found(`* @@maintainer\n${OWN}`, {
        tree: ['y', 'CODEOWNERS'],
        dialect: 'gitlab',
        known: ['@own'],
      }),
    ).toEqual([]);
  });
});

describe('the file itself', () => {
  test('is told of where nobody owns it', () => {
    expect(
      found('/x @a\n', { tree: ['x', '.github/CODEOWNERS'], path: '.github/CODEOWNERS' }),
    ).toEqual(['1:1 owners/self-unowned']);
  });
});

describe('for any rules and files', () => {
  const names = fc.constantFrom('a', 'b', 'a.b', 'b.a');
  const paths = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const patterns = fc.oneof(
    paths,
    paths.map((path) => `/${path}`),
    paths.map((path) => `${path}/`),
    fc.constantFrom('*', '*.b', '/a/*', '**/b', 'a*', '/a/**', '/?'),
  );
  const texts = fc
    .array(patterns, { minLength: 1, maxLength: 10 })
    .map((list) => list.map((pattern, at) => `${pattern} @o${at}\n`).join(''));

  test('dead and lost rules are those that a look at every file and rule finds', () => {
    fc.assert(
      fc.property(texts, fc.uniqueArray(paths, { maxLength: 12 }), (text, tree) => {
        const file = parseOwners(text, 'github');
        const scan = createOwnersScan(file);
        const rules = file.sections.flatMap((section) => section.rules);
        const covering = new Set(
          tree.flatMap((path) => scan.findAll(path).map(({ rule }) => rule)),
        );
        const deciding = new Set(tree.map((path) => scan.find(path).rule));
        const { dead, lost } = findUsage(file, tree);
        expect([...dead].toSorted()).toEqual(
          rules.filter((rule) => !covering.has(rule)).toSorted(),
        );
        expect([...lost.keys()].map(({ line }) => line).toSorted()).toEqual(
          rules
            .filter((rule) => covering.has(rule) && !deciding.has(rule))
            .map(({ line }) => line)
            .toSorted(),
        );
        for (const { path, by } of lost.values()) {
          expect(createOwnersMatcher(file).find(path).rule).toBe(by);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test('many rules over one file are told apart though they are peeled one round each', () => {
  const text = `${Array.from({ length: 60 }, (_, at) => `${'*'.repeat((at % 2) + 1)}a @o${at}`).join('\n')}\n/gone @x\n`;
  const file = parseOwners(text, 'github');
  const { dead, lost } = findUsage(file, ['a']);
  expect([...dead].map(({ pattern }) => pattern)).toEqual(['/gone']);
  expect(lost.size).toBe(59);
});
