import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countLines,
  endOfTable,
  findNumbers,
  hashKey,
  renderKeyTable,
} from '../../src/kit/key-table.ts';

const key = fc.string({ maxLength: 12 });
const entries = fc.array(fc.record({ key, number: fc.nat(0xffff_ffff) }), { maxLength: 40 });

const keysOf = (...keys: string[]) => new Set(keys.map(hashKey));

/** As a file has it: something before it, and something behind. */
const inFile = (table: string) => ({
  text: `head\n${table}${'f'.repeat(40)}`,
  start: 'head\n'.length,
  lines: countLines(table),
});

describe('a table of keys', () => {
  it('gives all numbers that stand under a key, wherever in a text it lies', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const table = inFile(renderKeyTable(list));
        for (const { key: asked } of list) {
          const wanted = list.filter((entry) => entry.key === asked).map(({ number }) => number);
          const found = findNumbers(table, keysOf(asked));
          expect(wanted.filter((number) => !found.has(number))).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives what stands under several keys, each once', () => {
    const table = inFile(
      renderKeyTable([
        { key: 'a', number: 1 },
        { key: 'b', number: 1 },
        { key: 'b', number: 2 },
        { key: 'c', number: 3 },
      ]),
    );
    expect([...findNumbers(table, keysOf('a', 'b', 'x'))].sort()).toEqual([1, 2]);
  });

  it('gives the same for many keys at once as for each alone', () => {
    fc.assert(
      fc.property(entries, fc.array(key), (list, others) => {
        const table = inFile(renderKeyTable(list));
        const asked = keysOf(...list.map((entry) => entry.key), ...others);
        const alone = [...asked].flatMap((one) => [...findNumbers(table, new Set([one]))]);
        expect([...findNumbers(table, asked)].sort()).toEqual([...new Set(alone)].sort());
      }),
    );
  });

  it('has nothing to give where it is empty, or where a key is not in it', () => {
    expect(findNumbers(inFile(''), keysOf('a')).size).toBe(0);
    expect(findNumbers(inFile(renderKeyTable([{ key: 'a', number: 1 }])), keysOf('b')).size).toBe(
      0,
    );
  });

  it('tells where it ends', () => {
    const table = inFile(renderKeyTable([{ key: 'a', number: 1 }]));
    expect(table.text.slice(endOfTable(table))).toBe('f'.repeat(40));
  });
});
