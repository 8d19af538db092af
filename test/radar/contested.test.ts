import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listAbove, listContested, type Reach } from '../../src/radar/contested.ts';

type Kind = 'added' | 'changed' | 'deleted';
type Place = { path: string; kind: Kind };

const toReach = (committed: readonly Place[], uncommitted: readonly Place[]): Reach => ({
  edits: committed.map(({ path, kind }) => ({
    path,
    version: kind === 'deleted' ? '' : '100644 1',
    isAdded: kind === 'added',
  })),
  uncommitted: uncommitted.map(({ path, kind }) => ({
    path,
    isAdded: kind === 'added',
    isDeleted: kind === 'deleted',
    isUnmerged: false,
  })),
});

const at = (kind: Kind, ...paths: string[]): Place[] => paths.map((path) => ({ path, kind }));

describe('what of a worktree must be known', () => {
  it('is what another touches too, committed or not', () => {
    const reaches = [
      toReach([], at('changed', 'a', 'b', 'c')),
      toReach(at('changed', 'a'), at('changed', 'b')),
    ];

    expect(listContested(reaches)).toEqual([['a', 'b'], ['b']]);
  });

  it('is nothing that one has committed and changed again', () => {
    expect(listContested([toReach(at('changed', 'a'), at('changed', 'a'))])).toEqual([[]]);
  });

  it('is a file where another has a directory', () => {
    const reaches = [toReach([], at('added', 'x')), toReach([], at('added', 'x/y'))];

    expect(listContested(reaches)).toEqual([['x'], ['x/y']]);
  });

  it('is what is added where another deletes, for that may be a directory’s rename', () => {
    const reaches = [
      toReach([], [...at('deleted', 'd/a'), ...at('added', 'e/a')]),
      toReach([], at('added', 'd/new')),
    ];

    expect(listContested(reaches)).toEqual([['d/a', 'e/a'], ['d/new']]);
  });

  it('is all that is new, where something is deleted that another has to do with', () => {
    const reaches = [
      toReach([], [...at('deleted', 'a'), ...at('added', 'moved', 'other'), ...at('changed', 'c')]),
      toReach(at('changed', 'a'), []),
    ];

    expect(listContested(reaches)).toEqual([['a', 'moved', 'other'], []]);
  });
});

const place = fc.record({
  path: fc.constantFrom('a', 'b', 'd', 'd/a', 'd/b', 'd/e/a', 'e/a'),
  kind: fc.constantFrom<Kind>('added', 'changed', 'deleted'),
});
const places = fc.array(place, { maxLength: 4 });

it('never leaves out a path that another touches, whoever it is', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(places, places), { minLength: 2, maxLength: 4 }), (all) => {
      const contested = listContested(all.map(([one, other]) => toReach(one, other)));
      for (const [index, [, uncommitted]] of all.entries()) {
        const others = new Set<string>(
          all
            .filter((_, place) => place !== index)
            .flatMap((pair) => pair.flat().map(({ path }) => path)),
        );
        const missed = uncommitted.filter(
          ({ path }) =>
            (others.has(path) || listAbove(path).some((above) => others.has(above))) &&
            !contested[index]?.includes(path),
        );
        expect(missed).toEqual([]);
      }
    }),
  );
});
