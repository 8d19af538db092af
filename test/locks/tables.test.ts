import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/locks/pattern.ts';
import { compileScope, parseScope, scopeCovers } from '../../src/locks/scope.ts';
import { createTableReader, toTables, withTables } from '../../src/locks/tables.ts';
import { claimOn, claimsOn, RULE } from './build.ts';

const PATTERNS = [
  'src/**/*.ts',
  'app/[id]/page.ts',
  '{src,test}/**/*_{a,b}.{ts,js}',
  'a?c/**',
  'regex:^src/(?:a|b)+\\.ts$',
  'regex:^[^/]*$|x{2,5}',
];

const segment = fc.constantFrom('src', 'test', 'a', 'b.ts', 'xx', 'app', '[id]', 'page.ts', 'abc');
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

/** The tables as they come back out of a file. */
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('tables', () => {
  it.each(PATTERNS)('cover what the pattern covers, out of a file too: %s', (text) => {
    const tables = throughJson(toTables([claimOn(text)]));
    const read = compileScope(parseScope(text), withTables({ ignoreCase: false }, tables));
    const compiled = compileScope(parseScope(text), RULE);
    if ('refused' in read || 'refused' in compiled) throw new Error(text);
    fc.assert(
      fc.property(path, (name) => {
        expect([name, scopeCovers(read, name)]).toEqual([name, scopeCovers(compiled, name)]);
      }),
      { numRuns: 300 },
    );
  });

  it('are of patterns alone: a literal needs none', () => {
    expect(toTables(claimsOn('src/a.ts', 'docs/'))).toBeUndefined();
    expect(Object.keys(toTables(claimsOn('src/a.ts', 'src/*.ts')) ?? {})).toEqual([
      'glob:src/*.ts',
    ]);
  });

  it('are left out where they would be larger than a commit is worth', () => {
    expect(toTables([claimOn('regex:^(?:[a-z]{1,40}/){1,40}x$')])).toBeUndefined();
  });

  it('are not needed by whoever can compile', () => {
    expect(withTables({ ignoreCase: true, compile: compilePattern }, undefined)).toEqual({
      ignoreCase: true,
      compile: compilePattern,
    });
  });
});

describe('a pattern whose table', () => {
  /** As whoever holds a path against it: that is when the table is unpacked. */
  const read = (tables: unknown) => () => {
    const compiled = createTableReader(tables)(parseScope('glob:src/*'), { ignoreCase: false });
    if ('refused' in compiled) return compiled;
    const { enter, next, final } = compiled.automaton;
    return { automaton: { enter, next, final } };
  };

  it.each([
    ['is not there', {}],
    ['is inherited, not there', Object.create({ 'glob:src/*': [[[], []]] })],
    ['stands in no object', undefined],
    ['is no list', { 'glob:src/*': { length: 0 } }],
    ['has a state that is none', { 'glob:src/*': [null] }],
    ['leads to a state that is not there', { 'glob:src/*': [[[], [7]]] }],
    ['leads to a place between two states', { 'glob:src/*': [[[], [0.5]]] }],
    ['has code points that are none', { 'glob:src/*': [[[0, 0x110000], []]] }],
    ['has text for code points', { 'glob:src/*': [[['a', 'z'], []]] }],
    ['has more states than any pattern', { 'glob:src/*': Array(5_001).fill([[], []]) }],
  ])('%s is never passed over', (_, tables) => {
    expect(read(tables)).toThrow('there is no table for glob:src/*');
  });

  it('is there is read', () => {
    expect(
      read({
        'glob:src/*': [
          [[], [1]],
          [[97, 98], [], 1],
        ],
      })(),
    ).toEqual({
      automaton: { enter: [[], [[97, 98]]], next: [[1], []], final: [false, true] },
    });
  });
});
