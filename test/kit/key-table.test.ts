import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countLines, endOfTable, findNumbers, renderKeyTable } from '../../src/kit/key-table.ts';

const key = fc.string({ maxLength: 12 });
const entries = fc.array(fc.record({ key, number: fc.nat(0xffff_ffff) }), { maxLength: 40 });

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
          const found = findNumbers(table, [asked]);
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
    expect([...findNumbers(table, ['a', 'b', 'x'])].sort()).toEqual([1, 2]);
  });

  it('has nothing to give where it is empty, or where a key is not in it', () => {
    expect(findNumbers(inFile(''), ['a']).size).toBe(0);
    expect(findNumbers(inFile(renderKeyTable([{ key: 'a', number: 1 }])), ['b']).size).toBe(0);
  });

  it('tells where it ends', () => {
    const table = inFile(renderKeyTable([{ key: 'a', number: 1 }]));
    expect(table.text.slice(endOfTable(table))).toBe('f'.repeat(40));
  });
});
