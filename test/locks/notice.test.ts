import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ledger, StoredGrant } from '../../src/locks/ledger.ts';
import { hasTidings, listDueForRenewal, listNotices, type Notice } from '../../src/locks/notice.ts';
import { HOUR, MINUTE, NOW } from '../kit/fake-clock.ts';
import {
  askOf,
  claimOn,
  claimsOn,
  grantOf,
  handWritten,
  ledgerOf,
  noteOf,
  waiterOf,
} from './build.ts';

const noticesOf = (ledger: Partial<Ledger>, holder = 'codex'): Notice[] =>
  listNotices(ledgerOf(ledger), holder);

const kindsOf = (ledger: Partial<Ledger>, holder?: string): string[] =>
  noticesOf(ledger, holder).map(({ kind }) => kind);

/** A grant of codex that was given `life` ago and less `left`, and ends `left` from now. */
const endingIn = (left: number, life = HOUR): StoredGrant =>
  grantOf({ lockedAt: NOW + left - life, expiresAt: NOW + left });

/** One that nobody has to be told of: most of its time is left. */
const fresh = endingIn(HOUR - MINUTE);

describe('a holder is told', () => {
  it('nothing where nothing has happened', () => {
    expect(noticesOf({ grants: [fresh] })).toEqual([]);
  });

  it('that a grant was taken over, and that one was ended by force', () => {
    const taken = noteOf({ id: 'g1' });
    const forced = { ...noteOf({ id: 'g2' }, 'ann'), how: 'forced' as const, reason: 'gone' };
    expect(noticesOf({ ended: [taken, forced] })).toEqual([
      { kind: 'ended', note: taken },
      { kind: 'ended', note: forced },
    ]);
  });

  it('that a grant has run out, at its expiry exactly', () => {
    const old = endingIn(0);
    expect(noticesOf({ grants: [old] })).toEqual([{ kind: 'expired', grant: old }]);
  });

  it('that a record written by hand has run out', () => {
    expect(kindsOf({ grants: [handWritten({ expiresAt: NOW })] })).toEqual(['expired']);
  });

  it('that a grant runs out, from ten minutes before', () => {
    const early = endingIn(10 * MINUTE + 1);
    const soon = endingIn(10 * MINUTE);
    expect(kindsOf({ grants: [early] })).toEqual([]);
    expect(noticesOf({ grants: [soon] })).toEqual([{ kind: 'expiring', grant: soon }]);
  });

  it('that a short grant runs out only once half of its time is over', () => {
    const life = 4 * MINUTE;
    expect(kindsOf({ grants: [endingIn(2 * MINUTE + 1, life)] })).toEqual([]);
    expect(kindsOf({ grants: [endingIn(2 * MINUTE, life)] })).toEqual(['expiring']);
  });

  it('by the time that a renewal gave, not by when the grant began', () => {
    const renewed = { ...endingIn(6 * MINUTE), renewedAt: NOW - MINUTE };
    expect(kindsOf({ grants: [renewed] })).toEqual([]);
  });

  it('what is asked of it, with what it would have to give up', () => {
    const ask = askOf();
    expect(noticesOf({ grants: [fresh], asks: [ask] })).toEqual([
      { kind: 'asked', ask, claim: claimOn('src/') },
    ]);
  });

  it('what is asked of it though it holds it no longer', () => {
    const ask = askOf();
    const grants = [endingIn(0)];
    expect(noticesOf({ grants, asks: [ask] })).toContainEqual({
      kind: 'asked',
      ask,
      claim: undefined,
    });
  });

  it('who waits for what it holds, and which of its claims that is', () => {
    const waiter = waiterOf({ claims: claimsOn('test/', 'docs/guide.md') });
    const grants = [{ ...fresh, claims: claimsOn('src/', 'docs/') }];
    expect(noticesOf({ grants, waiting: [waiter] })).toEqual([
      { kind: 'waited-for', waiter, claim: claimOn('docs/') },
    ]);
  });

  it('once of each who waits, however many claims meet', () => {
    const grants = [{ ...fresh, claims: claimsOn('src/', 'docs/') }];
    const waiting = ['ann', 'bob'].map((holder) =>
      waiterOf({ holder, claims: claimsOn('src/', 'docs/') }),
    );
    expect(kindsOf({ grants, waiting })).toEqual(['waited-for', 'waited-for']);
  });

  it('the gravest first: ended, expired, expiring, asked, waited for', () => {
    const ledger = {
      waiting: [waiterOf()],
      asks: [askOf()],
      grants: [endingIn(MINUTE), { ...endingIn(0), id: 'g2', claims: claimsOn('docs/') }],
      ended: [noteOf({ id: 'g3' })],
    };
    expect(kindsOf(ledger)).toEqual(['ended', 'expired', 'expiring', 'asked', 'waited-for']);
  });
});

describe('a holder is not told', () => {
  it('what happens to another', () => {
    const ledger = {
      ended: [noteOf()],
      grants: [endingIn(0)],
      asks: [askOf()],
      waiting: [waiterOf()],
    };
    expect(noticesOf(ledger, 'Codex')).toEqual([]);
  });

  it('of its own wait', () => {
    expect(noticesOf({ grants: [fresh], waiting: [waiterOf({ holder: 'codex' })] })).toEqual([]);
  });

  it('of one who waits for what it only reads with them', () => {
    const grants = [{ ...fresh, claims: claimsOn('read!src/') }];
    const waiting = [waiterOf({ claims: claimsOn('read!src/') })];
    expect(noticesOf({ grants, waiting })).toEqual([]);
  });

  it('of one who waits for what it had: that binds nobody any more', () => {
    expect(kindsOf({ grants: [endingIn(0)], waiting: [waiterOf()] })).toEqual(['expired']);
  });
});

describe('a renewal by use', () => {
  const due = (grant: StoredGrant): boolean =>
    listDueForRenewal(ledgerOf({ grants: [grant] }), () => true).length > 0;

  it.each([
    ['a millisecond before half of its time', endingIn(HOUR / 2 + 1), false],
    ['at half of its time', endingIn(HOUR / 2), true],
    ['in its last millisecond', endingIn(1), true],
    ['at its expiry', endingIn(0), false],
    ['written by hand', handWritten({ ...endingIn(1), token: undefined }), false],
    ['being ended by force', { ...endingIn(1), forced: { by: 'ann', reason: 'r' } }, false],
  ])('of a grant %s is due: %s', (_, grant, expected) => {
    expect(due(grant)).toBe(expected);
  });

  it('is for the holder’s own grants alone', () => {
    const grants = [endingIn(1), grantOf({ holder: 'ann', expiresAt: NOW + 1 })];
    const found = listDueForRenewal(ledgerOf({ grants }), ({ holder }) => holder === 'ann');
    expect(found.map(({ holder }) => holder)).toEqual(['ann']);
  });
});

describe('the quick look for tidings', () => {
  it('is silent in the first half of a grant’s time', () => {
    expect(hasTidings(ledgerOf({ grants: [endingIn(HOUR / 2 + 1)] }), 'codex')).toBe(false);
  });

  it('is not alarmed by the grants of others', () => {
    expect(hasTidings(ledgerOf({ grants: [endingIn(0)] }), 'ann')).toBe(false);
  });

  const times = fc.constantFrom(0, 1, MINUTE, 10 * MINUTE, 10 * MINUTE + 1, HOUR / 2, HOUR);
  const grants = fc.array(
    fc.record({
      holder: fc.constantFrom('ann', 'codex'),
      isByHand: fc.boolean(),
      isForced: fc.boolean(),
      begun: times,
      renewed: fc.option(times, { nil: undefined }),
      left: fc.oneof(
        times,
        times.map((time) => -time),
      ),
    }),
    { maxLength: 4 },
  );

  it('sees whatever a holder is told of its grants, and whatever is due for renewal', () => {
    // Notes, asks and waiters lie in files of their own, and are looked for by their names.
    const isOfGrants = ({ kind }: Notice) => kind === 'expired' || kind === 'expiring';
    let [hits, misses] = [0, 0];
    fc.assert(
      fc.property(grants, (list) => {
        const ledger = ledgerOf({
          grants: list.map(({ holder, isByHand, isForced, begun, renewed, left }, index) => {
            const expiresAt = NOW + left;
            const lockedAt = Math.min(NOW, expiresAt) - begun;
            return grantOf({
              holder,
              id: `g${index}`,
              token: isByHand ? undefined : 7,
              lockedAt,
              expiresAt,
              ...(renewed === undefined
                ? {}
                : { renewedAt: Math.max(lockedAt, Math.min(NOW, expiresAt) - renewed) }),
              ...(isForced ? { forced: { by: 'bob', reason: 'r' } } : {}),
            });
          }),
        });
        const isToTell =
          listNotices(ledger, 'codex').some(isOfGrants) ||
          listDueForRenewal(ledger, ({ holder }) => holder === 'codex').length > 0;
        if (isToTell) expect(hasTidings(ledger, 'codex')).toBe(true);
        if (isToTell) hits += 1;
        else misses += 1;
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(hits, misses)).toBeGreaterThan(100);
  });
});
