import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { touchedSince } from '../../src/radar/line.ts';
import { listNear, listSharing } from '../../src/radar/overlap.ts';
import { type Made, type MadeParty, makeLines } from './line-kit.ts';

const nobody = () => false;
const namePairs = (history: readonly Made[], parties: readonly MadeParty[]): string[] =>
  listSharing(makeLines(history, parties), nobody).map(
    ({ one, other, paths }) => `${parties[one]?.name} ${parties[other]?.name}: ${paths.join(' ')}`,
  );

describe('what two parties share', () => {
  it('is what each has made its own version of', () => {
    const history = [
      { id: 'a', edits: { x: '1', y: '1' } },
      { id: 'b', edits: { x: '2', z: '2' } },
    ];
    const parties = [
      { name: 'A', head: 'a' },
      { name: 'B', head: 'b' },
    ];

    expect(namePairs(history, parties)).toEqual(['A B: x']);
  });

  it('is nothing that one has from the other', () => {
    const history = [
      { id: 'a', edits: { x: '1' } },
      { id: 'b', parent: 'a', edits: { x: '2' } },
    ];
    const parties = [
      { name: 'A', head: 'a' },
      { name: 'B', head: 'b' },
    ];

    expect(namePairs(history, parties)).toEqual([]);
  });

  it('is what one has changed since the other came on top of it, where that is not committed', () => {
    const history = [
      { id: 'a', edits: { x: '1' } },
      { id: 'b', parent: 'a', edits: { x: '2' } },
    ];
    const parties = [
      { name: 'A', head: 'a', uncommitted: { x: '3' } },
      { name: 'B', head: 'b' },
    ];

    expect(namePairs(history, parties)).toEqual(['A B: x']);
  });

  it('is nothing that both have made the same of, nor what one has gone on from', () => {
    const history = [
      { id: 'a', edits: { x: '1', y: '1' } },
      { id: 'b', edits: { x: '1', y: '1' } },
      { id: 'c', parent: 'b', edits: { y: '2' } },
    ];
    const parties = [
      { name: 'A', head: 'a' },
      { name: 'C', head: 'c' },
    ];

    expect(namePairs(history, parties)).toEqual([]);
  });

  it('is nothing between two that are one holder', () => {
    const lines = makeLines(
      [
        { id: 'a', edits: { x: '1' } },
        { id: 'b', edits: { x: '2' } },
      ],
      [
        { name: 'A', head: 'a' },
        { name: 'B', head: 'b' },
      ],
    );

    expect(listSharing(lines, () => true)).toEqual([]);
  });

  it('is there since the first of a party’s own commits on it', () => {
    const [line] = makeLines(
      [
        { id: 'a', edits: { x: '1' } },
        { id: 'b', parent: 'a', edits: { x: '2' } },
      ],
      [{ name: 'B', head: 'b' }],
    );

    expect(line && touchedSince(line, 'x')).toBe(60_000);
    expect(line?.people).toEqual(['b@example.com', 'a@example.com']);
  });
});

const PATHS = ['x', 'y', 'z'];
const edits = fc.dictionary(fc.constantFrom(...PATHS), fc.constantFrom('', '1', '2', '3'), {
  maxKeys: 3,
});

/** Commits that each stand on an earlier one or on the base, and a party on each of some of them. */
const world = fc
  .array(fc.record({ edits, parent: fc.nat() }), { minLength: 2, maxLength: 8 })
  .chain((made) => {
    const history: Made[] = made.map(({ edits: of, parent }, index) => {
      const on = parent % (index + 1);
      return { id: `c${index}`, edits: of, ...(on < index ? { parent: `c${on}` } : {}) };
    });
    const party = fc.record({
      head: fc.constantFrom(...history.map(({ id }) => id)),
      uncommitted: fc.option(edits, { nil: {} }),
    });
    return fc.array(party, { minLength: 2, maxLength: 4 }).map((parties) => ({
      history,
      parties: parties.map((one, index) => ({ name: `P${index}`, ...one })),
    }));
  });

describe('whatever the history', () => {
  it('two share what a plain reading of it says', () => {
    fc.assert(
      fc.property(world, ({ history, parties }) => {
        const lines = makeLines(history, parties);
        const naive = lines.flatMap((a, one) =>
          lines.slice(one + 1).flatMap((b, offset) => {
            const other = one + 1 + offset;
            const paths = PATHS.filter((path) => {
              const [va, vb] = [a.edits.get(path)?.version, b.edits.get(path)?.version];
              if (va === undefined || vb === undefined || va === vb) return false;
              const [ta, tb] = [a.touches.get(path) ?? [], b.touches.get(path) ?? []];
              const only = (mine: typeof ta, theirs: typeof tb) =>
                mine.filter(({ version }) => theirs.every((touch) => touch.version !== version));
              return only(ta, tb).length > 0 && only(tb, ta).length > 0;
            });
            return paths.length > 0 ? [`${one} ${other} ${paths.sort().join()}`] : [];
          }),
        );
        const told = listSharing(lines, nobody).map(
          ({ one, other, paths }) => `${one} ${other} ${[...paths].sort().join()}`,
        );
        expect(told.sort()).toEqual(naive.sort());
      }),
    );
  });

  it('nobody shares anything with themselves, or with what they stand on', () => {
    fc.assert(
      fc.property(world, ({ history, parties }) => {
        const clean = parties.map(({ name, head }) => ({ name, head }));
        const lines = makeLines(history, clean);
        for (const { one, other } of [
          ...listSharing(lines, nobody),
          ...listNear(lines, nobody, (spots) => spots.map(() => true)),
        ]) {
          const [a, b] = [lines[one], lines[other]];
          expect(one).not.toBe(other);
          expect(a?.own.has(b?.party.heads[0] ?? '')).toBe(false);
          expect(b?.own.has(a?.party.heads[0] ?? '')).toBe(false);
        }
      }),
    );
  });

  it('the order of parties makes no difference', () => {
    fc.assert(
      fc.property(world, ({ history, parties }) => {
        const name = (list: readonly MadeParty[]) =>
          listSharing(makeLines(history, list), nobody)
            .map(
              ({ one, other, paths }) =>
                `${[list[one]?.name, list[other]?.name].sort().join()} ${[...paths].sort().join()}`,
            )
            .sort();
        expect(name([...parties].reverse())).toEqual(name(parties));
      }),
    );
  });
});
