import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createAskingMatcher,
  createOwnersMatcher,
  listAskedSections,
  OWNERS_DOUBT_KINDS,
  parseOwners,
} from '../../src/owners/index.ts';

const parse = (text: string) => parseOwners(text, 'github');
const doubtsOf = (text: string) =>
  parse(text).doubts.map(({ line, column, kind }) => `${line}:${column} ${kind}`);

/** Whom the file itself names for a path, and whom the guard asks. */
const owners = (text: string, path: string) => {
  const file = parse(text);
  const asked = createAskingMatcher({ ...file, sections: listAskedSections(file) });
  return {
    named: createOwnersMatcher(file).find(path).owners,
    asked: asked.find(path).owners.toSorted(),
  };
};

describe('a byte order mark', () => {
  test('makes a first line that counts doubtful, and no comment', () => {
    expect(doubtsOf('\ufeff* @a\n/x @b\n')).toEqual(['1:1 byte-order-mark']);
    expect(doubtsOf('\ufeff# all\n* @a\n')).toEqual([]);
  });

  test('has the owners of the line asked, and those that it takes paths from: none', () => {
    expect(owners('\ufeff* @a\n', 'x')).toEqual({ named: ['@a'], asked: ['@a'] });
  });
});

describe('a bad owner among good ones', () => {
  const text = '* @all\n*.js @a nobody @b\n';

  test('is doubtful where it stands; a line of bad owners alone is not', () => {
    expect(doubtsOf(text)).toEqual(['2:9 bad-owner']);
    expect(doubtsOf('*.js nobody\n')).toEqual([]);
  });

  test('the good ones are asked as well as those of the line before', () => {
    expect(owners(text, 'x.js')).toEqual({ named: ['@all'], asked: ['@a', '@all', '@b'] });
    expect(owners(text, 'x.ts')).toEqual({ named: ['@all'], asked: ['@all'] });
  });

  test('a later line that is certain settles it', () => {
    expect(owners(`${text}*.js @c\n`, 'x.js')).toEqual({ named: ['@c'], asked: ['@c'] });
  });
});

describe('a segment of three stars', () => {
  const text = '* @all\n/a/***/b @x\n';

  test('is doubtful, and its owners are asked for what * and what ** would cover', () => {
    expect(doubtsOf(text)).toEqual(['2:4 star-run']);
    expect(owners(text, 'a/1/b')).toEqual({ named: ['@all'], asked: ['@all', '@x'] });
    expect(owners(text, 'a/1/2/b')).toEqual({ named: ['@all'], asked: ['@all', '@x'] });
    expect(owners(text, 'b')).toEqual({ named: ['@all'], asked: ['@all'] });
  });
});

describe('a hash inside a pattern', () => {
  const text = '* @all\nc#/ @sharp\nf @f\nf# @g\n';

  test('is doubtful, an escaped one is not', () => {
    expect(doubtsOf(text)).toEqual(['2:2 hash-in-pattern', '4:2 hash-in-pattern']);
    expect(doubtsOf('c\\#/ @a\n')).toEqual([]);
  });

  test('has its owners asked as well as those of the lines before', () => {
    expect(owners(text, 'c#/x')).toEqual({ named: ['@sharp'], asked: ['@all', '@sharp'] });
  });
});

describe('letters beyond ASCII', () => {
  const composed = 'caf\u00e9';
  const decomposed = 'cafe\u0301';

  test('are doubtful', () => {
    expect(doubtsOf(`${composed} @a\n`)).toEqual(['1:4 non-ascii']);
  });

  test('have the owners of every way to compare them asked', () => {
    const text = `* @all\n${composed} @c\ncaf? @one\ncaf?? @two\n`;
    expect(owners(text, composed)).toEqual({ named: ['@one'], asked: ['@one', '@two'] });
    expect(owners(`* @all\n${composed} @c\n`, decomposed)).toEqual({
      named: ['@all'],
      asked: ['@all', '@c'],
    });
  });

  test('that are not UTF-8 are asked about without a stumble', () => {
    expect(owners('a? @a\n', 'a\udc80').asked).toEqual(['@a']);
  });
});

describe('for any file', () => {
  const words = fc.constantFrom(
    ...[
      '*',
      '***',
      '**',
      '/',
      'a',
      'b',
      '#',
      '\u00e9',
      'e\u0301',
      ' @a',
      ' @b',
      ' bad',
      '\n',
      '\n',
    ],
  );
  const texts = fc
    .tuple(fc.constantFrom('', '\ufeff'), fc.array(words, { maxLength: 24 }))
    .map(([mark, parts]) => mark + parts.join(''));
  const paths = fc
    .array(fc.constantFrom('a', 'b', '#', '\u00e9', 'e\u0301', '/a'), {
      minLength: 1,
      maxLength: 5,
    })
    .map((parts) => parts.join('').replace(/^\//, ''))
    .filter((path) => path !== '');

  test('whoever the file itself names is asked', () => {
    fc.assert(
      fc.property(texts, paths, (text, path) => {
        const { named, asked } = owners(text, path);
        expect(asked).toEqual(expect.arrayContaining(named));
      }),
      { numRuns: 3000 },
    );
  });

  test('where nothing is doubtful, nobody else is asked', () => {
    fc.assert(
      fc.property(texts, paths, (text, path) => {
        fc.pre(parse(text).doubts.length === 0 && /^[ -~]*$/.test(path));
        const { named, asked } = owners(text, path);
        expect(asked).toEqual(named.toSorted());
      }),
    );
  });

  test('a doubt points into its line, and its kind is known', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
        for (const { line, column, kind } of parse(text).doubts) {
          const isPlace = /[^ \t]/.test(lines[line - 1]?.[column - 1] ?? '');
          expect(isPlace || kind === 'byte-order-mark').toBe(true);
          expect(OWNERS_DOUBT_KINDS).toContain(kind);
        }
      }),
    );
  });
});
