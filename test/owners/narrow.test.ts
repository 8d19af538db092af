import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createAskingMatcher,
  createOwnersScan,
  type DialectName,
  listAskedSections,
  type OwnersFile,
  parseOwners,
} from '../../src/owners/index.ts';
import { runs } from '../effort.ts';

/** All that is said of a path: who owns it, why, and who is asked. */
const answer = (file: OwnersFile, path: string) => {
  const scan = createOwnersScan(file);
  const asking = createAskingMatcher({ ...file, sections: listAskedSections(file) });
  return { found: scan.find(path), all: scan.findAll(path), asked: asking.find(path) };
};

const rulesOf = ({ sections }: OwnersFile) => sections.flatMap(({ rules }) => rules);

const names = fc.constantFrom(
  'a',
  'b',
  'ab',
  'a.b',
  'é',
  'e\u0301',
  '\u212a',
  'K',
  '[a]',
  'a b',
  '#',
);
const paths = fc.array(names, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const segments = fc.oneof(
  names,
  fc.constantFrom(
    '*',
    '**',
    '***',
    '?',
    'a*',
    '*b',
    '?b',
    '*.b',
    '**a',
    '\\a',
    '\\*',
    'a?b',
    '!',
    '',
  ),
);
const patterns = fc
  .tuple(
    fc.constantFrom('', '', '/', '**/', '*/', '?/', '*', '!'),
    fc.array(segments, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '', '/', '/**', '/*', '/**/', '**'),
  )
  .map(([start, parts, end]) => `${start}${parts.join('/')}${end}`);
const lines = fc.oneof(
  fc
    .tuple(
      patterns,
      fc.constantFrom(' @a', ' @b @o/c', '', ' a@b.cc', ' bad', '  @d', ' @e # no', '\t@f'),
    )
    .map(([pattern, owners]) => pattern + owners),
  fc.constantFrom('', ' ', '# a', '#', '[One] @g', '^[two][2]', '[ONE]', 'x\ry @i', '* @h'),
);
const texts = fc
  .tuple(
    fc.constantFrom('', '', '', '\ufeff'),
    fc.array(lines, { maxLength: 12 }),
    fc.constantFrom('\n', '\n', '\r\n'),
  )
  .map(([start, list, end]) => start + list.join(end));

describe('a file that is read for a few paths', () => {
  test.each(['github', 'gitlab'] as const)('says the same of them as all of it: %s', (dialect) => {
    fc.assert(
      fc.property(texts, fc.array(paths, { minLength: 1, maxLength: 4 }), (text, list) => {
        const whole = parseOwners(text, dialect);
        const part = parseOwners(text, dialect, list);
        for (const path of list) expect(answer(part, path)).toEqual(answer(whole, path));
        expect([part.problems, part.doubts]).toEqual([whole.problems, whole.doubts]);
      }),
      runs(1000),
    );
  });

  test('has their rules alone, and what needs a second look', () => {
    const text = '/a/b/ @a\n/a/c/ @b\n*.ts @c\n*.js @d\n# x\n\nx.ts @e\ny.ts @f\n/z/\t@g\n';

    const part = parseOwners(text, 'github', ['a/b/x.ts']);

    expect(rulesOf(part).map(({ line }) => line)).toEqual([1, 3, 7, 9]);
  });

  test.each<[DialectName, string]>([
    ['github', '/a @a\n/b bad\n\\# @c\n'],
    ['gitlab', '/a @a\n/b\n/c\n'],
  ])('tells of all that is wrong with it: %s', (dialect, text) => {
    expect(parseOwners(text, dialect, ['a']).problems).toEqual(parseOwners(text, dialect).problems);
    expect(parseOwners(text, dialect, ['a']).problems).toHaveLength(2);
  });

  test('knows a path by its composed letters too: of a Kelvin sign that is a K', () => {
    const part = parseOwners('K.txt @a\n', 'github', ['\u212a.txt']);

    expect(answer(part, '\u212a.txt').asked.owners).toEqual(['@a']);
  });
});

describe('lines that are taken for plain by one search', () => {
  test('are read as each of them alone', () => {
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 8 }), (list) => {
        const alone = list.map((line) => parseOwners(line, 'github'));
        const whole = parseOwners(list.join('\n'), 'github');
        const shift = <T extends { line: number }>(entries: T[], line: number) =>
          entries.map((entry) => ({ ...entry, line }));
        expect(rulesOf(whole)).toEqual(alone.flatMap((file, at) => shift(rulesOf(file), at + 1)));
        expect(whole.problems).toEqual(alone.flatMap((file, at) => shift(file.problems, at + 1)));
      }),
      runs(500),
    );
  });

  test.each([
    ['a'.repeat(1024), 1],
    ['a'.repeat(16_384), 1],
    ['a'.repeat(16_385), 0],
  ])('leave no long pattern unread', (pattern, count) => {
    expect(rulesOf(parseOwners(`x @b\n${pattern} @a\ny @b`, 'github'))).toHaveLength(2 + count);
  });

  test('are found in time linear in the length of the text', () => {
    const hostile = [
      'a'.repeat(3e6),
      'a @a'.repeat(7e5),
      '*'.repeat(3e6),
      `a${' @a/b'.repeat(6e5)}!`,
    ];
    for (const text of [...hostile, ...hostile.map((line) => line.replaceAll('@', '\n@'))]) {
      // At the square of the length it would never end.
      expect(parseOwners(text, 'github', ['a/b']).dialect).toBe('github');
    }
  });
});
