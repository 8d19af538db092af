import fc from 'fast-check';
import { expect, it } from 'vitest';
import { listContradictions } from '../../src/cli/status.ts';
import { claimsConflict, listActive, precedes } from '../../src/locks/index.ts';
import type { Ledger, StoredGrant } from '../../src/locks/ledger.ts';
import { rememberGrants } from '../../src/locks/load.ts';
import { createRecordMemory } from '../../src/locks/record-memory.ts';
import { createFakeClock, NOW } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, ledgerOf, RULE } from '../locks/build.ts';

/** A ledger as a process remembers it, in which each claim finds by its place what it might meet. */
const rememberedOf = (grants: readonly StoredGrant[]): Ledger => {
  const memory = createRecordMemory();
  const byFile = new Map(grants.map((grant) => [grant.file, grant]));
  memory.refresh([...byFile.keys()].sort(), (file) => byFile.get(file));
  return rememberGrants(createFakeClock(), { places: {} as never, rule: RULE }, memory);
};

/** Each grant with each: what two contradict each other means. */
const listPairs = (ledger: Ledger): string[] => {
  const active = listActive(ledger);
  return active.flatMap((a) =>
    active
      .filter((b) => a.holder !== b.holder && precedes(a, b))
      .filter((b) => a.claims.some((x) => b.claims.some((y) => claimsConflict(x, y))))
      .map((b) => `${a.file} ${b.file}`),
  );
};

const SCOPES = ['src/', 'src/a.ts', 'read!src/a.ts', 'docs/', 'glob:**/*.md', 'src/x/y', 'src/x/'];

it('lists each pair of active grants that conflict, the one that binds first, as a look at all pairs does', () => {
  const grants = fc.array(
    fc.record({
      holder: fc.constantFrom('ann', 'bob', 'codex'),
      token: fc.constantFrom(1, undefined),
      lockedAt: fc.integer({ min: NOW - 3, max: NOW - 1 }),
      expiresAt: fc.constantFrom(NOW, NOW + 1),
      claims: fc.subarray(SCOPES, { minLength: 1 }).map((scopes) => claimsOn(...scopes)),
    }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(grants, (list) => {
      const ledger = rememberedOf(list.map((fields, at) => grantOf({ ...fields, id: `g${at}` })));
      const pairs = listContradictions(ledger).map(([a, b]) => `${a.file} ${b.file}`);
      expect(pairs).toEqual(listPairs(ledger));
    }),
  );
});

it('asks of each claim only what it might meet', () => {
  const grants = ['ann', 'bob'].map((holder) => grantOf({ holder }));
  expect(listContradictions(ledgerOf({ grants }))).toHaveLength(1);
  expect(listContradictions(ledgerOf({ grants, near: () => [] }))).toEqual([]);
});
