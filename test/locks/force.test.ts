import { describe, expect, it } from 'vitest';
import { decideClaim } from '../../src/locks/claim.ts';
import { decideExtend } from '../../src/locks/extend.ts';
import {
  decideForce,
  type ForceOutcome,
  type ForceRequest,
  listMeeting,
} from '../../src/locks/force.ts';
import type { Ledger, Plan } from '../../src/locks/ledger.ts';
import { listDueForRenewal } from '../../src/locks/notice.ts';
import { decideRelease } from '../../src/locks/release.ts';
import { decideRenew } from '../../src/locks/renew.ts';
import { HOUR, MINUTE, NOW, SECOND } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, handWritten, ledgerOf, pendingOf } from './build.ts';
import { createTestStore, PLACES } from './store.ts';

const seen = grantOf({ id: 'g1', claims: claimsOn('src/a.ts', 'src/b.ts', 'read!docs/') });

const requestOf = (fields: Partial<ForceRequest> = {}): ForceRequest => ({
  seen,
  by: 'ann',
  reason: 'codex is gone',
  id: 'note',
  ...fields,
});

const decide = (ledger: Partial<Ledger>, request: Partial<ForceRequest> = {}) =>
  decideForce(requestOf(request))(ledgerOf(ledger));

const force = (
  ledger: Partial<Ledger>,
  request: Partial<ForceRequest> = {},
): { outcome: ForceOutcome; plan: Plan | undefined } => {
  const decision = decide(ledger, request);
  if ('again' in decision) throw new Error('nothing was decided');
  return { plan: undefined, ...decision };
};

/** What is left of a grant that is being ended, should whoever ends it die on the way. */
const last = { ...seen, rev: 2, file: 'last.lock', forced: { by: 'ann', reason: 'r' } };

describe('a grant that is ended by force', () => {
  it('gets a last record, which says by whom and why', () => {
    const { plan } = force({ grants: [seen] });
    expect(plan).toMatchObject({
      predecessor: seen.file,
      add: {
        id: 'g1',
        holder: 'codex',
        rev: 2,
        claims: seen.claims,
        forced: { by: 'ann', reason: 'codex is gone' },
      },
    });
  });

  it('goes as soon as that record has entered', () => {
    const { outcome, plan } = force({ grants: [seen] });
    expect(outcome).toEqual({ forced: 'all', claims: seen.claims, grant: seen });
    expect(plan?.release).toEqual(['g1']);
  });

  it.each([
    ['a minute, where it had longer', HOUR, MINUTE],
    ['what it had, where that is less', SECOND, SECOND],
  ])('has a last record that binds for %s', (_, had, left) => {
    const grant = { ...seen, expiresAt: NOW + had };
    const { plan } = force({ grants: [grant] }, { seen: grant });
    expect(plan?.add?.expiresAt).toBe(NOW + left);
  });

  it('is told in the log, with who did it and why', () => {
    expect(force({ grants: [seen] }).plan?.events).toMatchObject([
      { event: 'forced', holder: 'codex', grant: 'g1', by: 'ann', reason: 'codex is gone' },
    ]);
  });

  it('leaves a note for its holder, with what of it was written', () => {
    expect(force({ grants: [seen] }).plan?.notify).toEqual({
      id: 'note',
      endings: [
        {
          grant: seen,
          how: 'forced',
          by: 'ann',
          taken: claimsOn('src/a.ts', 'src/b.ts'),
          reason: 'codex is gone',
        },
      ],
    });
  });

  it('is the same whether it is named or each of its scopes is', () => {
    const scopes = claimsOn('src/', 'docs/');
    expect(force({ grants: [seen] }, { scopes })).toEqual(force({ grants: [seen] }));
  });

  it('can be ended again where whoever ended it died on the way', () => {
    const { outcome, plan } = force({ grants: [last] }, { seen: last });
    expect(outcome).toMatchObject({ forced: 'all' });
    expect(plan).toMatchObject({ add: { rev: 3 }, predecessor: 'last.lock', release: ['g1'] });
  });
});

describe('what was seen', () => {
  it('is left as it is where it was renewed meanwhile', () => {
    const renewed = { ...seen, rev: 2, file: 'codex.g1.2.lock' };
    expect(force({ grants: [renewed], superseded: [seen] })).toEqual({
      outcome: { forced: 'none', reason: 'changed' },
      plan: undefined,
    });
  });

  it('is waited for while a renewal of it is on its way in', () => {
    const pending = [pendingOf({ ...seen, rev: 2 })];
    expect(decide({ grants: [seen], pending })).toEqual({ again: true });
    expect(decide({ grants: [seen], pending }, { scopes: claimsOn('src/a.ts') })).toEqual({
      again: true,
    });
  });

  it('is not waited for where its renewal died there, and that is cleared away', () => {
    const pending = [pendingOf({ ...seen, rev: 2 }, false)];
    expect(force({ grants: [seen], pending }).plan).toMatchObject({ clear: ['pending.lock'] });
  });

  it('is told as gone where nothing is left of it', () => {
    expect(force({ grants: [grantOf({ id: 'g2' })] })).toEqual({
      outcome: { forced: 'none', reason: 'gone' },
      plan: undefined,
    });
  });

  it('is told as gone where none of it meets the scopes', () => {
    const { outcome } = force({ grants: [seen] }, { scopes: claimsOn('test/') });
    expect(outcome).toEqual({ forced: 'none', reason: 'gone' });
  });
});

describe('a part that is ended by force', () => {
  const part = { scopes: claimsOn('src/a.ts') };

  it('leaves the rest to its holder, for the same time', () => {
    const { outcome, plan } = force({ grants: [seen] }, part);
    expect(outcome).toEqual({ forced: 'part', claims: claimsOn('src/a.ts'), grant: seen });
    expect(plan).toMatchObject({
      predecessor: seen.file,
      add: { id: 'g1', rev: 2, expiresAt: seen.expiresAt },
    });
    expect(plan?.add?.claims).toEqual(claimsOn('src/b.ts', 'read!docs/'));
  });

  it('ends nothing else of the grant: what goes on can be renewed', () => {
    const { plan } = force({ grants: [seen] }, part);
    expect([plan?.release, plan?.add?.forced]).toEqual([undefined, undefined]);
  });

  it('is told in the log and to the holder as that part', () => {
    const { plan } = force({ grants: [seen] }, part);
    expect(plan?.events).toMatchObject([
      { event: 'forced', grant: 'g1', scopes: [{ scope: 'src/a.ts' }], by: 'ann' },
    ]);
    expect(plan?.notify?.endings).toMatchObject([
      { how: 'forced', by: 'ann', taken: claimsOn('src/a.ts') },
    ]);
  });

  it('takes nothing that could have been written where only a read is taken', () => {
    const { plan } = force({ grants: [seen] }, { scopes: claimsOn('docs/') });
    expect(plan?.notify?.endings).toMatchObject([{ how: 'forced', taken: [] }]);
  });

  it.each([
    ['src/a.ts', ['src/a.ts']],
    ['src/', ['src/a.ts', 'src/b.ts']],
    ['docs/guide.md', ['docs/']],
    ['glob:**/*.ts', ['src/a.ts', 'src/b.ts', 'docs/']],
    ['src', ['src/a.ts', 'src/b.ts']],
    ['test/', []],
  ])('is every claim that %s meets: %j', (scope, expected) => {
    expect(listMeeting(seen, claimsOn(scope)).map((claim) => claim.scope)).toEqual(expected);
  });
});

describe('what has no revisions', () => {
  const byHand = handWritten({ claims: seen.claims });

  it('goes by its name where it ran out already, with what came before it and nothing that comes after', () => {
    const expired = { ...seen, expiresAt: NOW };
    const older = { ...expired, rev: 0, file: 'codex.g1.0.lock' };
    const ledger = { grants: [expired], superseded: [older, grantOf({ id: 'g2' })] };
    const { outcome, plan } = force(ledger, { seen: expired });
    expect(outcome).toMatchObject({ forced: 'all' });
    expect(plan).toMatchObject({
      remove: [older.file, expired.file],
      events: [{ event: 'forced', by: 'ann' }],
    });
    expect(plan?.add).toBeUndefined();
  });

  it('goes whole where it ran out, though only a part was meant: nothing of it binds', () => {
    const expired = { ...seen, expiresAt: NOW };
    const request = { seen: expired, scopes: claimsOn('src/a.ts') };
    const { outcome } = force({ grants: [expired] }, request);
    expect(outcome).toMatchObject({ forced: 'all', claims: seen.claims });
  });

  it('goes by its name where it was written by hand, and its holder is told', () => {
    const { outcome, plan } = force({ grants: [byHand] }, { seen: byHand });
    expect(outcome).toMatchObject({ forced: 'all' });
    expect(plan).toMatchObject({
      remove: [byHand.file],
      notify: { endings: [{ how: 'forced', reason: 'codex is gone' }] },
      events: [{ event: 'forced' }],
    });
    expect(plan?.add).toBeUndefined();
  });

  it('is not ended in part where it was written by hand: the file is its writer’s', () => {
    const request = { seen: byHand, scopes: claimsOn('src/a.ts') };
    expect(force({ grants: [byHand] }, request)).toEqual({
      outcome: { forced: 'none', reason: 'hand-written' },
      plan: undefined,
    });
  });
});

describe('a grant that is being ended by force', () => {
  const ledger = ledgerOf({ grants: [last] });

  it('cannot be renewed', () => {
    expect(decideRenew('g1', 'codex', HOUR)(ledger)).toEqual({
      outcome: { renewed: false, reason: 'forced' },
    });
  });

  it('is not renewed by its use', () => {
    const old = { ...last, expiresAt: NOW + 1 };
    expect(listDueForRenewal(ledgerOf({ grants: [old] }), () => true)).toEqual([]);
  });

  it('cannot be extended', () => {
    const request = { id: 'g1', holder: 'codex', claims: claimsOn('test/') };
    expect(decideExtend(request)(ledger)).toMatchObject({
      outcome: { granted: false, reason: 'forced' },
    });
  });

  it('is not claimed into: its holder gets a grant of its own', () => {
    const request = {
      holder: 'codex',
      claims: claimsOn('src/a.ts'),
      ttl: HOUR,
      id: 'g2',
      about: {},
    };
    const decision = decideClaim(request)(ledger);
    expect(decision).toMatchObject({
      outcome: { granted: true, renewed: false },
      plan: { add: { id: 'g2', rev: 1 } },
    });
    expect(decision).not.toHaveProperty('plan.add.forced');
    expect(decision).not.toHaveProperty('plan.predecessor');
  });

  it('still binds the others, until it is gone', () => {
    const claims = claimsOn('src/a.ts');
    const request = { holder: 'bob', claims, ttl: HOUR, id: 'g2', about: {} };
    expect(decideClaim(request)(ledger)).toMatchObject({ outcome: { granted: false } });
  });

  it('can be released by its holder', () => {
    expect(decideRelease('g1', 'codex')(ledger)).toMatchObject({ outcome: { released: 'all' } });
  });
});

describe('in the embedded store', () => {
  const setUp = async () => {
    const test = createTestStore();
    const claims = claimsOn('src/a.ts', 'src/b.ts');
    const request = { holder: 'codex', claims, ttl: HOUR, id: 'g1', about: {} };
    await test.store.change(decideClaim(request));
    const [grant] = (await test.store.read()).grants;
    if (!grant) throw new Error('nothing was granted');
    return { ...test, seen: grant };
  };

  it('a grant that is ended leaves no record, and a note', async () => {
    const { store, namesIn, seen: grant } = await setUp();
    await store.change(decideForce(requestOf({ seen: grant })));
    expect([namesIn(PLACES.locks), namesIn(PLACES.claims)]).toEqual([[], []]);
    expect((await store.read()).ended).toMatchObject([
      { how: 'forced', by: 'ann', reason: 'codex is gone', grant: { id: 'g1' } },
    ]);
  });

  it('a grant that was renewed since it was looked at stays', async () => {
    const { store, seen: grant } = await setUp();
    await store.change(decideRenew('g1', 'codex', 2 * HOUR));
    const { outcome } = await store.change(decideForce(requestOf({ seen: grant })));
    expect(outcome).toEqual({ forced: 'none', reason: 'changed' });
    expect((await store.read()).grants).toMatchObject([{ id: 'g1', rev: 2 }]);
  });

  it('a part that is ended is free for others, and the rest is not', async () => {
    const { store, seen: grant } = await setUp();
    await store.change(decideForce(requestOf({ seen: grant, scopes: claimsOn('src/a.ts') })));
    const claim = async (scope: string, id: string) => {
      const request = { holder: 'bob', claims: claimsOn(scope), ttl: HOUR, id, about: {} };
      return (await store.change(decideClaim(request))).outcome;
    };
    expect(await claim('src/b.ts', 'g2')).toMatchObject({ granted: false });
    expect(await claim('src/a.ts', 'g3')).toMatchObject({ granted: true });
  });

  it('the end is in the log once', async () => {
    const { store, log, seen: grant } = await setUp();
    await store.change(decideForce(requestOf({ seen: grant })));
    expect(log().map(({ event }) => event)).toEqual(['claimed', 'forced']);
  });
});
