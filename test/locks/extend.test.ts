import { describe, expect, it } from 'vitest';
import { Undecided } from '../../src/kit/errors.ts';
import { decideClaim } from '../../src/locks/claim.ts';
import { decideExtend, type ExtendOutcome, type ExtendRequest } from '../../src/locks/extend.ts';
import type { Ledger, Plan, StoredGrant } from '../../src/locks/ledger.ts';
import { HOUR, MINUTE, NOW, SECOND } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, handWritten, ledgerOf, pendingOf, waiterOf } from './build.ts';
import { createTestStore } from './store.ts';

const held = grantOf({ holder: 'bob', id: 'g1', claims: claimsOn('src/', 'read!api.ts') });

const decide = (ledger: Partial<Ledger>, request: Partial<ExtendRequest> = {}) =>
  decideExtend({ id: 'g1', holder: 'bob', claims: claimsOn('docs/'), ...request })(
    ledgerOf(ledger),
  );

/** The outcome, and a plan that does nothing where there is none. */
const extend = (
  others: readonly StoredGrant[] = [],
  request: Partial<ExtendRequest> = {},
  ledger: Partial<Ledger> = {},
): { outcome: ExtendOutcome; plan: Plan } => {
  const decision = decide({ grants: [held, ...others], ...ledger }, request);
  if ('again' in decision) throw new Error('nothing was decided');
  return { outcome: decision.outcome, plan: decision.plan ?? { events: [] } };
};

const scopesOf = ({ plan }: { plan: Plan }): string[] | undefined =>
  plan.add?.claims.map(({ mode, scope }) => (mode === 'write' ? scope : `${mode}!${scope}`));

describe('an extension that nobody is in the way of', () => {
  it('is the next revision of the grant, with what it held and what is new', () => {
    const { file, ...grant } = held;
    const claims = claimsOn('src/', 'read!api.ts', 'docs/');
    const { outcome, plan } = extend();
    const add = { ...grant, rev: 2, claims };
    expect(plan.add).toEqual(add);
    expect(outcome).toEqual({
      granted: true,
      grant: add,
      added: claimsOn('docs/'),
      takenOver: [],
    });
  });

  it('demands that the record which it follows is still there', () => {
    expect(extend().plan.predecessor).toBe(held.file);
  });

  it('gives no more time than there was', () => {
    const { add } = extend().plan;
    expect([add?.lockedAt, add?.renewedAt, add?.expiresAt]).toEqual([
      held.lockedAt,
      undefined,
      held.expiresAt,
    ]);
  });

  it('is told in the log with what is new alone', () => {
    const { plan } = extend([], { claims: claimsOn('src/a.ts', 'docs/') });
    expect(plan.events).toMatchObject([
      { event: 'extended', holder: 'bob', grant: 'g1', scopes: [{ scope: 'docs/' }] },
    ]);
  });

  it('takes the records before the one that it follows', () => {
    const superseded = [{ ...held, rev: 0, file: 'earlier.lock' }, grantOf({ file: 'other.lock' })];
    expect(extend([], {}, { superseded }).plan.remove).toEqual(['earlier.lock']);
  });

  it('carries a new token, one that is higher than any before', async () => {
    const { store } = createTestStore();
    const claim = (holder: string, scope: string) =>
      store.change(
        decideClaim({ holder, claims: claimsOn(scope), ttl: HOUR, id: holder, about: {} }),
      );
    const first = await claim('bob', 'src/');
    const other = await claim('ann', 'test/');
    const request = { id: 'bob', holder: 'bob', claims: claimsOn('docs/') };
    const { entered } = await store.change(decideExtend(request));
    expect(entered?.token).toBeGreaterThan(other.entered?.token ?? Number.POSITIVE_INFINITY);
    expect(first.entered?.token).toBeLessThan(other.entered?.token ?? 0);
  });
});

describe('an extension by what is held already', () => {
  it('is granted, and changes nothing', () => {
    const { outcome, plan } = extend([], { claims: claimsOn('src/a.ts', 'read!src/b.ts') });
    expect(outcome).toEqual({ granted: true, grant: held, added: [], takenOver: [] });
    expect(plan).toEqual({ events: [] });
  });

  it('leaves the queue', () => {
    const ticket = waiterOf({ holder: 'bob' });
    const { plan } = extend([], { claims: claimsOn('src/a.ts'), ticket });
    expect(plan).toEqual({ leave: ticket.id, events: [] });
  });

  it('asks nobody: a lock that somebody wrote across it by hand is not in its way', () => {
    const others = [handWritten({ holder: 'ann' })];
    expect(extend(others, { claims: claimsOn('src/a.ts') }).outcome.granted).toBe(true);
  });
});

describe('an extension from read to write', () => {
  const write = { claims: claimsOn('api.ts') };

  it('takes the place of the read', () => {
    expect(scopesOf(extend([], write))).toEqual(['src/', 'api.ts']);
  });

  it('takes the place of a read of less', () => {
    expect(scopesOf(extend([], { claims: claimsOn('.') }))).toEqual(['.']);
  });

  it('of a part leaves the rest read', () => {
    const wide = { ...held, claims: claimsOn('read!src/') };
    const { plan } = extend([], { claims: claimsOn('src/a.ts') }, { grants: [wide] });
    expect(scopesOf({ plan })).toEqual(['read!src/', 'src/a.ts']);
  });

  it('is refused while another reads, and the read stays', () => {
    const { outcome, plan } = extend([grantOf({ claims: claimsOn('read!api.ts') })], write);
    expect(outcome).toMatchObject({
      granted: false,
      conflicts: [{ grant: { holder: 'codex' } }],
    });
    expect(plan).toEqual({ events: [expect.objectContaining({ event: 'denied' })] });
  });

  it('is granted once the other’s read has run out', () => {
    const others = [grantOf({ claims: claimsOn('read!api.ts'), expiresAt: NOW })];
    expect(extend(others, write).outcome.granted).toBe(true);
  });

  it('is granted while one reads elsewhere', () => {
    const others = [grantOf({ claims: claimsOn('read!docs/') })];
    expect(extend(others, write).outcome.granted).toBe(true);
  });

  it('that two of one file wait for is refused at once to the second, for it would never end', () => {
    const other = grantOf({ holder: 'ann', claims: claimsOn('read!api.ts') });
    const waiting = [waiterOf({ holder: 'ann', claims: write.claims })];
    const ticket = waiterOf({ holder: 'bob', claims: write.claims, since: NOW });
    const { outcome, plan } = extend([other], { ...write, ticket }, { waiting });
    expect(outcome).toMatchObject({ waiting: false, cycle: ['bob', 'ann', 'bob'] });
    expect(plan).toMatchObject({ leave: ticket.id, events: [{ event: 'denied', by: 'ann' }] });
  });
});

describe('an extension that another is in the way of', () => {
  const others = [grantOf({ claims: claimsOn('docs/guide.md') })];

  it('is refused whole, where only one of its scopes meets them', () => {
    const { outcome, plan } = extend(others, { claims: claimsOn('test/', 'docs/') });
    expect(outcome).toMatchObject({ granted: false, waiting: false });
    expect(plan).toEqual({ events: [expect.objectContaining({ event: 'denied' })] });
  });

  it('is told in the log with what is new, and by whom it was denied', () => {
    const { plan } = extend(others, { claims: claimsOn('src/a.ts', 'docs/') });
    expect(plan.events).toMatchObject([
      { event: 'denied', holder: 'bob', grant: 'g1', scopes: [{ scope: 'docs/' }], by: 'codex' },
    ]);
  });

  it('waits with a ticket, and writes nothing meanwhile', () => {
    const ticket = waiterOf({ holder: 'bob', claims: claimsOn('docs/') });
    const { outcome, plan } = extend(others, { ticket });
    expect(outcome).toMatchObject({ granted: false, waiting: true });
    expect(plan).toEqual({ wait: ticket, events: [] });
  });

  it.each([
    [1, true],
    [0, false],
  ])('%i ms before its time is over still waits: %s', (left, waiting) => {
    const ticket = waiterOf({ holder: 'bob', claims: claimsOn('docs/'), until: NOW + left });
    const { outcome, plan } = extend(others, { ticket });
    expect(outcome).toMatchObject({ granted: false, waiting });
    expect([plan.leave, plan.events.length]).toEqual(waiting ? [undefined, 0] : [ticket.id, 1]);
  });

  it('is granted once nobody is there, and leaves the queue', () => {
    const ticket = waiterOf({ holder: 'bob', claims: claimsOn('docs/') });
    expect(extend([], { ticket }).plan).toMatchObject({ add: { id: 'g1' }, leave: ticket.id });
  });

  it('is not kept from it by another grant of its own holder', () => {
    const own = [grantOf({ holder: 'bob', id: 'g2', claims: claimsOn('docs/') })];
    expect(extend(own).outcome.granted).toBe(true);
  });

  it('does not overtake a waiter whose turn it is', () => {
    const waiting = [waiterOf({ claims: claimsOn('docs/') })];
    const { outcome } = extend([], {}, { waiting });
    expect(outcome).toMatchObject({ granted: false, conflicts: [], ahead: [{ holder: 'ann' }] });
  });

  it('waits behind whoever came before its ticket, and not behind whoever came after', () => {
    const ticket = waiterOf({ holder: 'bob', claims: claimsOn('docs/') });
    const behind = (since: number) => {
      const waiting = [waiterOf({ claims: claimsOn('docs/'), since })];
      return extend([], { ticket }, { waiting }).outcome;
    };
    expect(behind(ticket.since - 1)).toMatchObject({ waiting: true, ahead: [{ holder: 'ann' }] });
    expect(behind(ticket.since + 1)).toMatchObject({ granted: true });
  });

  it('is refused at once behind a waiter who waits for the very grant', () => {
    const aged = { since: NOW - 3 * MINUTE, until: NOW + 2 * MINUTE };
    const waiting = [waiterOf({ claims: claimsOn('src/', 'docs/'), ...aged })];
    const ticket = waiterOf({ holder: 'bob', claims: claimsOn('docs/'), since: NOW - SECOND });
    const { outcome } = extend([], { ticket }, { waiting });
    expect(outcome).toMatchObject({ waiting: false, cycle: ['bob', 'ann', 'bob'] });
  });
});

describe('an extension of what cannot be extended', () => {
  it.each<[string, Partial<Ledger>, object, string]>([
    [
      'a grant that ran out at this instant',
      { grants: [{ ...held, expiresAt: NOW }] },
      {},
      'expired',
    ],
    ['a grant that is not there', { grants: [] }, {}, 'gone'],
    ["somebody else's grant", {}, { holder: 'ann' }, 'gone'],
    ['the grant of a holder in another case', {}, { holder: 'Bob' }, 'gone'],
    [
      'a record written by hand',
      { grants: [handWritten({ holder: 'bob', id: 'g1' })] },
      {},
      'hand-written',
    ],
    [
      'a grant that is being ended by force',
      { grants: [{ ...held, forced: { by: 'ann', reason: 'r' } }] },
      {},
      'forced',
    ],
  ])('is refused: %s', (_, ledger, request, reason) => {
    const { outcome, plan } = extend([], request, ledger);
    expect(outcome).toEqual({ granted: false, waiting: false, reason });
    expect(plan).toEqual({ events: [] });
  });

  it('is refused to one who waited too, and leaves the queue', () => {
    const ticket = waiterOf({ holder: 'bob' });
    const { plan } = extend([], { ticket }, { grants: [] });
    expect(plan).toEqual({ leave: ticket.id, events: [] });
  });

  it('is refused as a claim would be where a lock file cannot be read', () => {
    const unreadable = [{ file: 'torn.lock', reason: 'it is empty' }];
    expect(() => decide({ grants: [held], unreadable })).toThrow(Undecided);
  });
});

describe('a claim on its way in', () => {
  const theirs = grantOf({ claims: claimsOn('docs/'), file: 'pending.lock' });
  const own = pendingOf({ ...held, rev: 2 });

  it.each([
    ['of another in the way', pendingOf(theirs)],
    ['that is a revision of the very grant', own],
  ])('%s is never gone past', (_, pending) => {
    expect(decide({ grants: [held], pending: [pending] })).toEqual({ again: true });
  });

  it('that is dead is cleared away, whether another’s or a revision of the grant', () => {
    const pending = [
      { ...pendingOf(theirs, false), file: 'theirs.lock' },
      { ...own, alive: false, file: 'own.lock' },
    ];
    expect([...(extend([], {}, { pending }).plan.clear ?? [])].sort()).toEqual([
      'own.lock',
      'theirs.lock',
    ]);
  });

  it('that meets only what is held already is not waited for', () => {
    const pending = [pendingOf({ ...theirs, claims: claimsOn('src/') })];
    expect(extend([], {}, { pending }).outcome.granted).toBe(true);
  });
});

describe('an expired grant of another', () => {
  const old = grantOf({ claims: claimsOn('docs/'), expiresAt: NOW });

  it('is taken over by an extension into it, and its holder is told', () => {
    const { outcome, plan } = extend([old]);
    expect(outcome).toMatchObject({ granted: true, takenOver: [old] });
    expect(plan.takeOver).toEqual([old]);
    expect(plan.notify?.endings).toEqual([
      { grant: old, how: 'taken-over', by: 'bob', taken: claimsOn('docs/') },
    ]);
  });

  it('is left where only what is held already meets it', () => {
    const elsewhere = { ...old, claims: claimsOn('read!api.ts', 'read!src/') };
    expect(extend([elsewhere]).plan.takeOver).toEqual([]);
  });
});
