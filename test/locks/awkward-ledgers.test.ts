import { expect, it } from 'vitest';
import { decideClaim } from '../../src/locks/claim.ts';
import { decideExtend } from '../../src/locks/extend.ts';
import { decideForce } from '../../src/locks/force.ts';
import { hasTidings, listNotices } from '../../src/locks/notice.ts';
import { decideRelease } from '../../src/locks/release.ts';
import { HOUR, MINUTE, NOW } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, handWritten, ledgerOf, waiterOf } from './build.ts';
import { createTestStore, PLACES } from './store.ts';

/** A claim for an hour. */
const req = (holder: string, id: string, ...s: string[]) => ({
  holder,
  claims: claimsOn(...s),
  ttl: HOUR,
  id,
  about: {},
});

it("a claim is denied where its holder's own hand-written lock is all that they have there", () => {
  const grants = [handWritten({ holder: 'bob' }), grantOf()];
  const d = decideClaim(req('bob', 'new', 'src/a.ts'))(ledgerOf({ grants }));
  expect(d).toMatchObject({ outcome: { granted: false } });
});

it('a lock that somebody wrote by hand never leads its holder into the grant of another', async () => {
  const { store, files } = createTestStore();
  await store.change(decideClaim(req('codex', 'g1', 'src/')));
  files.put(
    `${PLACES.locks}/mine.lock`,
    JSON.stringify({
      agent: 'bob',
      locked_at: '2026-01-17T15:00:00Z',
      expires_at: '2026-01-17T18:00:00Z',
      files: ['src/a.ts'],
    }),
  );
  await store.change(decideClaim(req('bob', 'g2', 'src/a.ts')));
  const ours = (await store.read()).grants
    .filter((g) => g.token !== undefined)
    .map((g) => g.holder);
  expect(ours).toEqual(['codex']);
});

it('each part of an ended grant that a later extension takes is told of', async () => {
  const { store, clock } = createTestStore();
  await store.change(decideClaim({ ...req('codex', 'g1', 'src/'), ttl: MINUTE }));
  clock.advance(MINUTE);
  await store.change(decideClaim(req('bob', 'g2', 'src/a.ts')));
  await store.change(decideExtend({ id: 'g2', holder: 'bob', claims: claimsOn('src/b.ts') }));
  const taken = (await store.read()).ended.flatMap((n) => n.taken.map((c) => c.scope));
  expect(taken.sort()).toEqual(['src/a.ts', 'src/b.ts']);
});

it('what was left of a grant by force is taken over like any other when it runs out', async () => {
  const { store, clock, log } = createTestStore();
  await store.change(decideClaim({ ...req('codex', 'g1', 'src/a.ts', 'src/b.ts'), ttl: MINUTE }));
  const seen = (await store.read()).grants[0] ?? grantOf();
  await store.change(
    decideForce({ seen, scopes: claimsOn('src/a.ts'), by: 'ann', reason: 'r', id: 'n' }),
  );
  clock.advance(MINUTE);
  const { outcome } = await store.change(decideClaim(req('bob', 'g2', 'src/b.ts')));
  expect(outcome).toMatchObject({ granted: true, takenOver: [{ holder: 'codex' }] });
  expect(log().map((e) => e.event)).toContain('taken-over');
});

it('what its holder gave back after a part was taken by force is not told as taken over', async () => {
  const { store } = createTestStore();
  await store.change(decideClaim(req('codex', 'g1', 'src/a.ts', 'src/b.ts')));
  const seen = (await store.read()).grants[0] ?? grantOf();
  await store.change(
    decideForce({ seen, scopes: claimsOn('src/a.ts'), by: 'ann', reason: 'r', id: 'n' }),
  );
  await store.change(decideRelease('g1', 'codex'));
  await store.change(decideClaim(req('bob', 'g2', 'src/b.ts')));
  const ends = (await store.read()).ended.map((n) => [n.how, n.taken.map((c) => c.scope).join()]);
  expect(ends).toEqual([['forced', 'src/a.ts']]);
});

it('a hand-written lock that was edited since it was seen is not ended by force', () => {
  const seen = handWritten({ expiresAt: NOW + MINUTE });
  const grants = [{ ...seen, expiresAt: NOW + 9 * HOUR }];
  expect(
    decideForce({ seen, by: 'ann', reason: 'r', id: 'n' })(ledgerOf({ grants })),
  ).toMatchObject({ outcome: { reason: 'changed' } });
});

it('a hand-written lock that ended before it began is told of as run out', () => {
  const l = ledgerOf({ grants: [handWritten({ lockedAt: NOW + HOUR, expiresAt: NOW - MINUTE })] });
  expect(listNotices(l, 'codex')).toHaveLength(1);
  expect(hasTidings(l, 'codex')).toBe(true);
});

it("a claim renews the holder's grant also where a hand-written lock of theirs covers as much", () => {
  const grants = [handWritten({ holder: 'bob' }), grantOf({ holder: 'bob' })];
  expect(decideClaim(req('bob', 'new', 'src/a.ts'))(ledgerOf({ grants }))).toMatchObject({
    outcome: { renewed: true },
  });
});

it('what a holder has in another grant of theirs is theirs to add, whoever waits', () => {
  const grants = [
    grantOf({ holder: 'bob', id: 'g1' }),
    grantOf({ holder: 'bob', id: 'g2', claims: claimsOn('docs/') }),
  ];
  const waiting = [waiterOf({ claims: claimsOn('docs/'), since: NOW - HOUR })];
  expect(decideClaim(req('bob', 'n', 'docs/', 'x'))(ledgerOf({ grants, waiting }))).toMatchObject({
    outcome: { granted: true },
  });
  expect(
    decideExtend({ id: 'g1', holder: 'bob', claims: claimsOn('docs/') })(
      ledgerOf({ grants, waiting }),
    ),
  ).toMatchObject({ outcome: { granted: true } });
});

it('a holder whose grant is being ended by force comes behind those who wait', () => {
  const grants = [grantOf({ holder: 'bob', forced: { by: 'ann', reason: 'r' } })];
  const waiting = [waiterOf({ since: NOW - HOUR })];
  expect(decideClaim(req('bob', 'n', 'src/a.ts'))(ledgerOf({ grants, waiting }))).toMatchObject({
    outcome: { granted: false },
  });
});

it('a note is settled by a claim that comes out as a renewal too', async () => {
  const { store } = createTestStore();
  await store.change(decideClaim(req('codex', 'g1', 'src/a.ts')));
  await store.change(decideClaim(req('codex', 'g2', 'src/', 'docs/')));
  const seen = (await store.read()).grants.find((g) => g.id === 'g1') ?? grantOf();
  await store.change(decideForce({ seen, by: 'ann', reason: 'r', id: 'n' }));
  await store.change(decideClaim(req('codex', 'g3', 'src/a.ts')));
  expect((await store.read()).ended).toEqual([]);
});

it("a claim leaves its holder's own expired lock where it was written by hand", () => {
  const grants = [handWritten({ holder: 'bob', expiresAt: NOW, claims: claimsOn('src/a.ts') })];
  expect(decideClaim(req('bob', 'n', 'src/a.ts'))(ledgerOf({ grants }))).toMatchObject({
    plan: { remove: [] },
  });
});

it('the rest of an ended grant is still known to have ended when a part of it is claimed again', async () => {
  const { store, clock } = createTestStore();
  await store.change(decideClaim({ ...req('codex', 'g1', 'src/'), ttl: MINUTE }));
  clock.advance(MINUTE);
  await store.change(decideClaim(req('bob', 'g2', 'src/a.ts')));
  await store.change(decideRelease('g2', 'bob'));
  await store.change(decideClaim(req('codex', 'g3', 'src/a.ts')));
  expect(listNotices(await store.read(), 'codex')).toEqual([]);
  await store.change(decideClaim(req('bob', 'g4', 'src/b.ts')));
  const notes = (await store.read()).ended.flatMap(({ taken }) => taken.map(({ scope }) => scope));
  expect(notes).toEqual(['src/b.ts']);
});

it('a grant that was taken over for reading is known to have ended until all of it is claimed again', async () => {
  const { store, clock } = createTestStore();
  await store.change(decideClaim({ ...req('codex', 'g1', 'src/'), ttl: MINUTE }));
  clock.advance(MINUTE);
  await store.change(decideClaim(req('bob', 'g2', 'read!src/a.ts')));
  await store.change(decideClaim(req('codex', 'g3', 'docs/')));
  await store.change(decideClaim(req('bob', 'g4', 'src/b.ts')));
  const { ended } = await store.read();
  expect(ended.flatMap(({ taken }) => taken.map(({ scope }) => scope))).toEqual(['src/b.ts']);
  await store.change(decideRelease('g2', 'bob'));
  await store.change(decideRelease('g4', 'bob'));
  await store.change(decideClaim(req('codex', 'g5', 'src/')));
  expect((await store.read()).ended).toEqual([]);
});

it('a note of more than the grant had is settled by a claim of all that the grant had', async () => {
  const { store, clock } = createTestStore();
  await store.change(decideClaim({ ...req('codex', 'g1', 'src/a.ts'), ttl: MINUTE }));
  clock.advance(MINUTE);
  await store.change(decideClaim(req('bob', 'g2', 'src/')));
  await store.change(decideRelease('g2', 'bob'));
  await store.change(decideClaim(req('codex', 'g3', 'src/a.ts')));
  expect((await store.read()).ended).toEqual([]);
});
