import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashKey } from '../../src/kit/key-table.ts';
import type { DialectName } from '../../src/owners/dialect.ts';
import { findRuleKey, hashPathKeys } from '../../src/owners/keys.ts';
import { createPatternTest } from '../../src/owners/match.ts';
import { runs } from '../effort.ts';
import { GITHUB_CASES, GITLAB_CASES } from './cases.ts';

const dialect = fc.constantFrom<DialectName>('github', 'gitlab');
const name = fc.constantFrom(
  'a',
  'b',
  'ab',
  'a.ts',
  'b.test.ts',
  '.x',
  'x.',
  'a b',
  'é',
  '[a]',
  '-',
);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const piece = fc.constantFrom(
  'a',
  'b',
  'ab',
  '.ts',
  '.test',
  '.',
  '*',
  '**',
  '?',
  '\\',
  '[ab]',
  '[!a]',
  'é',
  ' ',
);
const segment = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(''));
const pattern = fc.array(segment, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

/** A rule may be passed over only where it does not cover the path. */
const isFound = (text: string, by: DialectName, asked: string): boolean => {
  const key = findRuleKey(text, by);
  const keys = hashPathKeys([asked]);
  return keys === undefined || (key !== undefined && keys.has(hashKey(key)));
};

describe('the key of a rule', () => {
  it('is among those of each path that the rule covers', () => {
    let covered = 0;
    fc.assert(
      fc.property(pattern, dialect, path, (text, by, asked) => {
        if (!createPatternTest(text, by)(asked)) return;
        covered += 1;
        expect([text, by, asked, isFound(text, by, asked)]).toEqual([text, by, asked, true]);
      }),
      runs(15_000),
    );
    expect(covered).toBeGreaterThan(1_000);
  });

  it.each([
    ['github', GITHUB_CASES],
    ['gitlab', GITLAB_CASES],
  ] as const)('is among those of each path that a host has given the rule: %s', (by, cases) => {
    const patterns = (text: string) => text.split('\n').map((line) => line.split(/\s/)[0] ?? '');
    const missed = cases.flatMap(({ codeowners, path: asked }) =>
      patterns(codeowners)
        .filter((text) => text !== '' && createPatternTest(text, by)(asked))
        .filter((text) => !isFound(text, by, asked))
        .map((text) => `${text} ${asked}`),
    );
    expect(missed).toEqual([]);
  });

  it.each([
    ['/src/api/', 'in src/api'],
    ['/src/*.ts', 'in src'],
    ['src/api', 'in src/api'],
    ['Makefile', 'name Makefile'],
    ['**/api/v1', 'name v1'],
    ['/*/api/', 'name api'],
    ['/src/*/api/', 'name api'],
    ['/src/app/*/api/', 'in src/app'],
    ['*.ts', 'end .ts'],
    ['test_*.spec.ts', 'end .ts'],
    ['*', ''],
    ['a*', ''],
    ['/é/', ''],
    ['a//b', undefined],
  ])('tells most rules from most paths: %s', (text, key) => {
    expect(findRuleKey(text, 'github')).toBe(key);
  });
});

describe('the keys of paths', () => {
  it('are where they lie, the names in them, and how these end', () => {
    const keys = [
      '',
      'end .b',
      'end .ts',
      'end undefined',
      'in ',
      'in src',
      'in src/a.b',
      'in src/a.b/c.ts',
      'name ',
      'name a.b',
      'name c.ts',
      'name src',
    ];
    const sorted = (hashes: Iterable<number>) => [...hashes].sort((a, b) => a - b);
    expect(sorted(hashPathKeys(['src/a.b/c.ts']) ?? [])).toEqual(sorted(keys.map(hashKey)));
  });

  it('are not told of letters that compare in more than one way', () => {
    expect(hashPathKeys(['src/é.ts'])).toBeUndefined();
  });
});
