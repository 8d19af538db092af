import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimsConflict } from '../../src/locks/conflict.ts';
import type { Entry } from '../../src/locks/entry.ts';
import type { Claim } from '../../src/locks/grant.ts';
import type { Ledger, StoredGrant, Waiter } from '../../src/locks/ledger.ts';
import { findCycle, findObstacles, type Obstacles } from '../../src/locks/queue.ts';
import { HOUR, MINUTE, NOW, SECOND } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, ledgerOf, waiterOf } from './build.ts';

/** What keeps bob, who has no ticket, out of `src/a.ts`, unless told otherwise. */
const meet = (
  ledger: Partial<Ledger>,
  { holder = 'bob', claims = claimsOn('src/a.ts') }: { holder?: string; claims?: Claim[] } = {},
) => namesOf(findObstacles(ledgerOf(ledger), { holder, claims }));

/** What keeps a ticket out. */
const placeOf = (ledger: Partial<Ledger>, ticket: Waiter): Obstacles =>
  findObstacles(ledgerOf(ledger), ticket, ticket);

const namesOf = ({ conflicts, ahead }: Obstacles) => ({
  conflicts: conflicts.map(({ grant }) => grant.holder),
  ahead: ahead.map(({ holder }) => holder),
});

const NOTHING = { conflicts: [], ahead: [] };

/** One who has waited so long that nobody may overtake them. */
const agedOf = (fields: Partial<Waiter> = {}): Waiter =>
  waiterOf({ since: NOW - 3 * MINUTE, until: NOW + 2 * MINUTE, ...fields });

describe('whoever wants in', () => {
  it('meets nothing where nobody holds or waits', () => {
    expect(meet({})).toEqual(NOTHING);
  });

  it('meets the grants of others, and is told of them', () => {
    expect(meet({ grants: [grantOf()] })).toEqual({ conflicts: ['codex'], ahead: [] });
  });

  it('does not wait for its own grants, nor for its own ticket', () => {
    const ledger = { grants: [grantOf({ holder: 'bob' })], waiting: [agedOf({ holder: 'bob' })] };
    expect(meet(ledger)).toEqual(NOTHING);
  });

  it('has nothing to do with whoever waits for other paths', () => {
    expect(meet({ waiting: [agedOf({ claims: claimsOn('docs/') })] })).toEqual(NOTHING);
  });

  it('to read does not wait for whoever waits to read', () => {
    const waiting = [agedOf({ claims: claimsOn('read!src/') })];
    expect(meet({ waiting }, { claims: claimsOn('read!src/a.ts') })).toEqual(NOTHING);
  });

  it('to read waits for whoever waits to write: readers that keep coming do not starve a writer', () => {
    const grants = [grantOf({ claims: claimsOn('read!src/') })];
    const { ahead } = meet({ grants, waiting: [agedOf()] }, { claims: claimsOn('read!src/a.ts') });
    expect(ahead).toEqual(['ann']);
  });
});

describe('a waiter whose turn it is now', () => {
  it('is not overtaken, however short they have waited', () => {
    const waiting = [waiterOf({ since: NOW })];
    expect(meet({ waiting })).toEqual({ conflicts: [], ahead: ['ann'] });
  });

  it('is overtaken where it is not: their paths are not all free yet', () => {
    const waiting = [waiterOf({ claims: claimsOn('src/', 'docs/') })];
    const grants = [grantOf({ claims: claimsOn('docs/') })];
    expect(meet({ waiting, grants })).toEqual(NOTHING);
  });

  it('has their turn once what was in their way has run out', () => {
    const waiting = [waiterOf({ claims: claimsOn('src/', 'docs/') })];
    const grants = [grantOf({ claims: claimsOn('docs/'), expiresAt: NOW })];
    expect(meet({ waiting, grants }).ahead).toEqual(['ann']);
  });

  it('is overtaken where it is not: another waiter comes before them', () => {
    const first = waiterOf({ holder: 'ann', claims: claimsOn('docs/'), since: NOW - 2 * SECOND });
    const second = waiterOf({ holder: 'carol', claims: claimsOn('docs/', 'src/'), since: NOW });
    expect(meet({ waiting: [first, second] })).toEqual(NOTHING);
  });
});

describe('a waiter whose turn it is not', () => {
  const grants = [grantOf({ claims: claimsOn('docs/') })];
  const claims = claimsOn('src/', 'docs/');

  it.each([
    ['half of five minutes', 5 * MINUTE, 2.5 * MINUTE],
    ['half of a second', SECOND, SECOND / 2],
    ['ten of twenty minutes', 20 * MINUTE, 10 * MINUTE],
    ['ten minutes of an hour', HOUR, 10 * MINUTE],
  ])('is overtaken until they have waited %s, and from then on by nobody', (_, timeout, age) => {
    const overtakes = (waited: number): boolean => {
      const since = NOW - waited;
      const waiting = [waiterOf({ claims, since, until: since + timeout })];
      return meet({ waiting, grants }).ahead.length === 0;
    };
    expect([overtakes(age - 1), overtakes(age)]).toEqual([true, false]);
  });

  it('keeps nobody out of what they do not want, however long they have waited', () => {
    const waiting = [agedOf({ claims })];
    expect(meet({ waiting, grants }, { claims: claimsOn('test/') })).toEqual(NOTHING);
  });

  it('is told beside the grants that are in the way too', () => {
    const obstacles = meet(
      { waiting: [agedOf({ claims })], grants },
      { claims: claimsOn('docs/', 'src/') },
    );
    expect(obstacles).toEqual({ conflicts: ['codex'], ahead: ['ann'] });
  });
});

describe('the queue', () => {
  const first = waiterOf({ holder: 'ann', since: NOW - 2 * SECOND });
  const second = waiterOf({ holder: 'bob', since: NOW - SECOND });
  const waiting = [first, second];

  it('lets a later waiter come behind an earlier one', () => {
    expect(namesOf(placeOf({ waiting }, second))).toEqual({ conflicts: [], ahead: ['ann'] });
  });

  it('never lets an earlier one come behind a later one', () => {
    expect(placeOf({ waiting }, first)).toEqual(NOTHING);
  });

  it('takes a ticket that nobody has seen yet at its own place', () => {
    expect(placeOf({ waiting: [second] }, first)).toEqual(NOTHING);
    expect(namesOf(placeOf({ waiting: [first] }, second)).ahead).toEqual(['ann']);
  });

  it('goes by the tickets’ names where two came at the same instant, so that all see the same', () => {
    const [left, right] = [
      waiterOf({ holder: 'ann', id: 'a' }),
      waiterOf({ holder: 'bob', id: 'b' }),
    ];
    const ledger = { waiting: [left, right] };
    expect(placeOf(ledger, left)).toEqual(NOTHING);
    expect(namesOf(placeOf(ledger, right)).ahead).toEqual(['ann']);
  });

  it('asks of a ticket only for what is not held already', () => {
    const ticket = { ...second, claims: claimsOn('src/a.ts', 'docs/') };
    const entry = { holder: 'bob', claims: claimsOn('docs/') };
    expect(findObstacles(ledgerOf({ waiting: [first, ticket] }), entry, ticket)).toEqual(NOTHING);
  });

  it('puts two tickets of one holder behind nobody of themselves', () => {
    const later = waiterOf({ holder: 'ann', id: 'another', since: NOW });
    expect(placeOf({ waiting: [first, later] }, later)).toEqual(NOTHING);
  });

  it('puts whoever has no ticket behind everybody who has their turn', () => {
    const elsewhere = waiterOf({ holder: 'carol', claims: claimsOn('docs/'), since: NOW });
    const claims = claimsOn('src/a.ts', 'docs/');
    expect(meet({ waiting: [first, elsewhere] }, { holder: 'dan', claims }).ahead).toEqual([
      'ann',
      'carol',
    ]);
  });
});

describe('a wait', () => {
  const at = (seconds: number) => ({ since: NOW + seconds * SECOND, until: NOW + 5 * MINUTE });
  const cycleOf = (ledger: Partial<Ledger>, ticket: Waiter) =>
    findCycle(ledgerOf(ledger), ticket, placeOf(ledger, ticket));
  const annHoldsA = grantOf({ holder: 'ann', claims: claimsOn('a') });
  const bobHoldsB = grantOf({ holder: 'bob', claims: claimsOn('b') });

  it('for one who waits for nobody closes no circle', () => {
    const ticket = waiterOf({ holder: 'bob', claims: claimsOn('a') });
    expect(cycleOf({ grants: [annHoldsA, bobHoldsB] }, ticket)).toBeUndefined();
  });

  it('of two for what the other holds closes a circle, which begins and ends with who asks', () => {
    const ann = waiterOf({ holder: 'ann', claims: claimsOn('b'), ...at(-2) });
    const bob = waiterOf({ holder: 'bob', claims: claimsOn('a'), ...at(-1) });
    expect(cycleOf({ grants: [annHoldsA, bobHoldsB], waiting: [ann] }, bob)).toEqual([
      'bob',
      'ann',
      'bob',
    ]);
  });

  it('of two who read what both want to write closes a circle', () => {
    const grants = ['ann', 'bob'].map((holder) =>
      grantOf({ holder, claims: claimsOn('read!src/') }),
    );
    const ann = waiterOf({ holder: 'ann', ...at(-2) });
    const bob = waiterOf({ holder: 'bob', ...at(-1) });
    expect(cycleOf({ grants, waiting: [ann] }, bob)).toEqual(['bob', 'ann', 'bob']);
  });

  it('is told to the last who came alone: the others of the circle go on waiting', () => {
    const ann = waiterOf({ holder: 'ann', claims: claimsOn('b'), ...at(-2) });
    const bob = waiterOf({ holder: 'bob', claims: claimsOn('a'), ...at(-1) });
    const ledger = { grants: [annHoldsA, bobHoldsB], waiting: [ann, bob] };
    expect([cycleOf(ledger, ann), cycleOf(ledger, bob)]).toEqual([
      undefined,
      ['bob', 'ann', 'bob'],
    ]);
  });

  it('is told to one alone where both came at the same instant', () => {
    const ann = waiterOf({ holder: 'ann', id: '1', claims: claimsOn('b'), ...at(-1) });
    const bob = waiterOf({ holder: 'bob', id: '2', claims: claimsOn('a'), ...at(-1) });
    const ledger = { grants: [annHoldsA, bobHoldsB], waiting: [ann, bob] };
    expect([cycleOf(ledger, ann), cycleOf(ledger, bob)]).toEqual([
      undefined,
      ['bob', 'ann', 'bob'],
    ]);
  });

  it('of three closes a circle of three, each named before the one they wait for', () => {
    const grants = [annHoldsA, bobHoldsB, grantOf({ holder: 'carol', claims: claimsOn('c') })];
    const waiting = [
      waiterOf({ holder: 'ann', claims: claimsOn('b'), ...at(-3) }),
      waiterOf({ holder: 'bob', claims: claimsOn('c'), ...at(-2) }),
    ];
    const carol = waiterOf({ holder: 'carol', claims: claimsOn('a'), ...at(-1) });
    expect(cycleOf({ grants, waiting }, carol)).toEqual(['carol', 'ann', 'bob', 'carol']);
  });

  it('behind a waiter who waits for what one holds oneself closes a circle', () => {
    const ann = agedOf({ holder: 'ann', claims: claimsOn('b', 'src/') });
    const bob = waiterOf({ holder: 'bob', claims: claimsOn('src/a.ts'), ...at(-1) });
    expect(cycleOf({ grants: [bobHoldsB], waiting: [ann] }, bob)).toEqual(['bob', 'ann', 'bob']);
  });

  it('closes a circle through one who stands behind a waiter', () => {
    const carol = agedOf({ holder: 'carol', claims: claimsOn('b', 'src/') });
    const ann = waiterOf({ holder: 'ann', claims: claimsOn('src/'), ...at(-2) });
    const bob = waiterOf({ holder: 'bob', claims: claimsOn('a'), ...at(-1) });
    const ledger = { grants: [annHoldsA, bobHoldsB], waiting: [carol, ann] };
    expect(cycleOf(ledger, bob)).toEqual(['bob', 'ann', 'carol', 'bob']);
  });

  it('closes a circle by any of the tickets of whom it waits for', () => {
    const grants = [annHoldsA, bobHoldsB, grantOf({ holder: 'carol', claims: claimsOn('c') })];
    const waiting = [
      waiterOf({ holder: 'ann', id: '1', claims: claimsOn('b'), ...at(-3) }),
      waiterOf({ holder: 'ann', id: '2', claims: claimsOn('c'), ...at(-2) }),
    ];
    const bob = waiterOf({ holder: 'bob', claims: claimsOn('a'), ...at(-1) });
    expect(cycleOf({ grants, waiting }, bob)).toEqual(['bob', 'ann', 'bob']);
  });

  it('closes a circle by any of those it waits for, not by the first alone', () => {
    const grants = [
      grantOf({ holder: 'carol', claims: claimsOn('src/c.ts') }),
      grantOf({ holder: 'ann', claims: claimsOn('src/a.ts') }),
      bobHoldsB,
    ];
    const ann = waiterOf({ holder: 'ann', claims: claimsOn('b'), ...at(-2) });
    const bob = waiterOf({ holder: 'bob', claims: claimsOn('src/'), ...at(-1) });
    expect(cycleOf({ grants, waiting: [ann] }, bob)).toEqual(['bob', 'ann', 'bob']);
  });

  it('has nothing to do with a circle of others, and comes to an end beside it', () => {
    const carolHoldsC = grantOf({ holder: 'carol', claims: claimsOn('c') });
    const waiting = [
      waiterOf({ holder: 'ann', claims: claimsOn('c'), ...at(-3) }),
      waiterOf({ holder: 'carol', claims: claimsOn('a'), ...at(-2) }),
    ];
    const bob = waiterOf({ holder: 'bob', claims: claimsOn('a'), ...at(-1) });
    expect(cycleOf({ grants: [annHoldsA, carolHoldsC], waiting }, bob)).toBeUndefined();
  });
});

const HOLDERS = ['ann', 'bob', 'carol', 'dan'];

const claims = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'read!a', 'read!b', 'read!c'), {
    minLength: 1,
    maxLength: 2,
  })
  .map((scopes) => claimsOn(...scopes));

const clash = (a: readonly Claim[], b: readonly Claim[]): boolean =>
  a.some((one) => b.some((other) => claimsConflict(one, other)));

const isSafe = (given: readonly StoredGrant[], { holder, claims: wanted }: Entry): boolean =>
  given.every((grant) => grant.holder === holder || !clash(grant.claims, wanted));

/** Grants as they can be: none is given that conflicts with another holder's. */
const grants = fc
  .array(fc.record({ holder: fc.constantFrom(...HOLDERS), claims }), { maxLength: 4 })
  .map((wanted) => {
    const given: StoredGrant[] = [];
    for (const entry of wanted) {
      if (isSafe(given, entry)) given.push(grantOf({ ...entry, id: `g${given.length}` }));
    }
    return given;
  });

/** Of five minutes: some are young, some stand at the boundary, some are aged. */
const waiting = fc
  .array(
    fc.record({
      holder: fc.constantFrom(...HOLDERS),
      claims,
      age: fc.constantFrom(0, MINUTE, 2.5 * MINUTE - 1, 2.5 * MINUTE, 4 * MINUTE),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((list) =>
    [...list]
      .sort((a, b) => b.age - a.age)
      .map(({ holder, claims: wanted, age }, index) =>
        waiterOf({
          id: `t${index}`,
          holder,
          claims: wanted,
          since: NOW - age,
          until: NOW - age + 5 * MINUTE,
        }),
      ),
  );

const ledgers = fc.record({ grants, waiting });

const isFree = ({ conflicts, ahead }: Obstacles): boolean => conflicts.length + ahead.length === 0;

const blockersOf = ({ conflicts, ahead }: Obstacles): string[] => [
  ...conflicts.map(({ grant }) => grant.holder),
  ...ahead.map(({ holder }) => holder),
];

/** Who waits for whom, of these waiters. */
const waitsOf = (ledger: Partial<Ledger>, waiters: readonly Waiter[]): [string, string][] =>
  waiters.flatMap((waiter) =>
    blockersOf(placeOf(ledger, waiter)).map((next): [string, string] => [waiter.holder, next]),
  );

/** Takes away, again and again, whoever waits for nobody who is left; what stays goes round in circles. */
const isCircular = (waits: readonly [string, string][]): boolean => {
  const left = waits.filter(([, to]) => waits.some(([from]) => from === to));
  return left.length === waits.length ? left.length > 0 : isCircular(left);
};

describe('in any queue', () => {
  it('no two who want what does not go together ever have their turn at once', () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const free = ledger.waiting.filter((waiter) => isFree(placeOf(ledger, waiter)));
        const pairs = free.flatMap((one, index) =>
          free
            .slice(index + 1)
            .filter((other) => one.holder !== other.holder && clash(one.claims, other.claims)),
        );
        expect(pairs).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('whoever is ahead came before, wants what one wants, and has their turn or has waited long', () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        ledger.waiting.forEach((waiter, index) => {
          const expected = ledger.waiting
            .slice(0, index)
            .filter(
              (earlier) =>
                earlier.holder !== waiter.holder &&
                clash(earlier.claims, waiter.claims) &&
                (NOW - earlier.since >= 2.5 * MINUTE || isFree(placeOf(ledger, earlier))),
            );
          expect(placeOf(ledger, waiter).ahead).toEqual(expected);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('whoever has no ticket has no better place than with the last one', () => {
    fc.assert(
      fc.property(ledgers, fc.constantFrom(...HOLDERS), claims, (ledger, holder, wanted) => {
        const last = waiterOf({ id: 'z', holder, claims: wanted, since: NOW });
        expect(findObstacles(ledgerOf(ledger), { holder, claims: wanted })).toEqual(
          placeOf(ledger, last),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('a circle that is told is one: each waits for the next, and came before who is told', () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        ledger.waiting.forEach((waiter, index) => {
          const cycle = findCycle(ledgerOf(ledger), waiter, placeOf(ledger, waiter));
          if (!cycle) return;
          const [first, ...rest] = cycle;
          expect([first, rest.at(-1)]).toEqual([waiter.holder, waiter.holder]);
          const earlier = waitsOf(ledger, ledger.waiting.slice(0, index));
          const own = waitsOf(ledger, [waiter]);
          rest.forEach((to, step) => {
            expect(step === 0 ? own : earlier).toContainEqual([cycle[step], to]);
          });
        });
      }),
      { numRuns: 500 },
    );
  });

  it('somebody is told of a circle where there is one, and nobody where there is none', () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const isTold = ledger.waiting.some((waiter) =>
          findCycle(ledgerOf(ledger), waiter, placeOf(ledger, waiter)),
        );
        expect(isTold).toBe(isCircular(waitsOf(ledger, ledger.waiting)));
      }),
      { numRuns: 500 },
    );
  });

  it('there is what these rules are about', () => {
    const found = fc.sample(ledgers, 1000);
    const places = found.flatMap((ledger) =>
      ledger.waiting.map((waiter) => ({ ledger, waiter, place: placeOf(ledger, waiter) })),
    );
    const cycles = places.filter(({ ledger, waiter, place }) =>
      findCycle(ledgerOf(ledger), waiter, place),
    );
    expect(places.filter(({ place }) => place.ahead.length > 0).length).toBeGreaterThan(100);
    expect(cycles.length).toBeGreaterThan(20);
  });
});
