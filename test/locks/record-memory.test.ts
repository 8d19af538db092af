import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredGrant } from '../../src/locks/ledger.ts';
import { createRecordMemory } from '../../src/locks/record-memory.ts';
import { scopesOverlap } from '../../src/locks/scope.ts';
import { claimOn, claimsOn, grantOf, handWritten } from './build.ts';

/** A directory of records, and a memory that is refreshed from it. */
const setUp = () => {
  const disk = new Map<string, StoredGrant | undefined>();
  const memory = createRecordMemory();
  const readings: string[] = [];
  const read = (file: string): StoredGrant | undefined => {
    readings.push(file);
    return disk.get(file);
  };
  const refresh = (): void => memory.refresh([...disk.keys()].sort(), read);
  const put = (...grants: StoredGrant[]): void => {
    for (const grant of grants) disk.set(grant.file, grant);
  };
  return { disk, memory, readings, refresh, put };
};

const filesOf = (grants: readonly StoredGrant[]): string[] => grants.map(({ file }) => file);

describe('the memory of records', () => {
  it('reads a record of ours once', () => {
    const { put, refresh, readings, memory } = setUp();
    put(grantOf());
    refresh();
    refresh();
    expect([readings.length, filesOf(memory.grants())]).toEqual([1, ['codex.id-codex.1.lock']]);
  });

  it('reads a record that somebody wrote by hand each time', () => {
    const { put, refresh, memory } = setUp();
    put(handWritten({ file: 'x.lock', claims: claimsOn('a.ts') }));
    refresh();
    put(handWritten({ file: 'x.lock', claims: claimsOn('b.ts') }));
    refresh();
    expect(memory.near(claimOn('b.ts'))).toHaveLength(1);
    expect(memory.near(claimOn('a.ts'))).toEqual([]);
  });

  it('reads what could not be read again, until it can be', () => {
    const { disk, put, refresh, memory } = setUp();
    const grant = grantOf();
    disk.set(grant.file, undefined);
    refresh();
    expect(memory.grants()).toEqual([]);
    put(grant);
    refresh();
    expect(memory.grants()).toEqual([grant]);
  });

  it('shows of each grant the highest revision, and the others apart', () => {
    const { put, refresh, memory } = setUp();
    const [first, second] = [grantOf(), grantOf({ rev: 2, claims: claimsOn('lib/') })];
    put(second, first);
    refresh();
    expect([memory.grants(), memory.superseded()]).toEqual([[second], [first]]);
    expect([memory.near(claimOn('src/')), memory.near(claimOn('lib/'))]).toEqual([[], [second]]);
  });

  it('shows an earlier revision again where the later one goes', () => {
    const { disk, put, refresh, memory } = setUp();
    const [first, second] = [grantOf(), grantOf({ rev: 2 })];
    put(first, second);
    refresh();
    disk.delete(second.file);
    refresh();
    expect([memory.grants(), memory.superseded()]).toEqual([[first], []]);
  });

  it('has what this process entered itself, and loses it where it is not there', () => {
    const { put, refresh, memory } = setUp();
    const [own, other] = [grantOf({ holder: 'me', token: 9 }), grantOf()];
    put(other);
    refresh();
    memory.enter(own);
    expect([memory.heldBy('me'), memory.highestToken()]).toEqual([[own], 9]);
    refresh();
    expect([memory.heldBy('me'), memory.highestToken()]).toEqual([[], 9]);
  });

  it('leaves the lists that it gave out as they were', () => {
    const { put, refresh, memory } = setUp();
    put(grantOf());
    refresh();
    const before = memory.grants();
    put(grantOf({ holder: 'ann' }));
    refresh();
    expect([before.length, memory.grants().length]).toEqual([1, 2]);
  });
});

const SCOPES = ['src/', 'src/a.ts', 'src/a/b.ts', 'lib', '.', 'src/*.ts', '**/*.ts', 'regex:^s.*$'];

const record = fc
  .record({
    holder: fc.constantFrom('ann', 'bob'),
    id: fc.constantFrom('g1', 'g2', 'g3', 'g4'),
    rev: fc.integer({ min: 1, max: 3 }),
    scopes: fc.subarray(SCOPES, { minLength: 1, maxLength: 3 }),
  })
  .map(({ holder, id, rev, scopes }) =>
    grantOf({ holder, id: `${holder}-${id}`, rev, claims: claimsOn(...scopes) }),
  );

describe('whatever comes and goes', () => {
  it('the memory has what a first reading would have, in the same order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(record, { selector: ({ file }) => file, maxLength: 40 }), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.constantFrom(...SCOPES),
        (states, asked) => {
          const { disk, memory, refresh, put } = setUp();
          const claim = claimOn(asked);
          for (const state of states) {
            // A name stands for one content for ever.
            const kept = state.map((grant) => disk.get(grant.file) ?? grant);
            disk.clear();
            put(...kept);
            refresh();
            const fresh = createRecordMemory();
            fresh.refresh([...disk.keys()].sort(), (file) => disk.get(file));
            expect(filesOf(memory.grants())).toEqual(filesOf(fresh.grants()));
            expect(filesOf(memory.superseded())).toEqual(filesOf(fresh.superseded()));
            const meets = (grant: StoredGrant) =>
              grant.claims.some((held) => scopesOverlap(held.compiled, claim.compiled));
            const met = fresh.grants().filter(meets);
            expect(filesOf(memory.near(claim).filter(meets))).toEqual(filesOf(met));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
