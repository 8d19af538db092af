import { describe, expect, it } from 'vitest';
import { type ClaimOutcome, type Denial, decideClaim } from '../../src/locks/claim.ts';
import type { Decide, Ledger, Plan, StoredGrant, Waiter } from '../../src/locks/ledger.ts';
import { decideRelease } from '../../src/locks/release.ts';
import type { Store } from '../../src/locks/store.ts';
import { waitForAnswer } from '../../src/locks/wait.ts';
import { createFakeClock, HOUR, NOW, SECOND } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, ledgerOf, waiterOf } from './build.ts';
import { createTestStore, PLACES } from './store.ts';

const TICKET = waiterOf({ holder: 'bob', since: NOW, until: NOW + 300 * SECOND });

/** bob's claim on `src/`, with a ticket. */
const claimOf = (ticket: Waiter = TICKET): Decide<ClaimOutcome> =>
  decideClaim({
    holder: 'bob',
    claims: claimsOn('src/'),
    ttl: HOUR,
    id: 'new',
    about: {},
    ticket,
  });

type World = Partial<Pick<Ledger, 'grants' | 'waiting'>>;

/**
 * A store of what a test says, whose watch lasts as long as it may; `meanwhile` is what others do during
 * a watch, and is told how many there have been.
 */
const createFakeStore = (
  world: World,
  meanwhile: (watched: number, world: World) => void = () => undefined,
) => {
  const clock = createFakeClock(NOW);
  const [patiences, plans, calls]: [number[], (Plan | undefined)[], string[]] = [[], [], []];
  const read = (): Ledger => ledgerOf({ now: clock.now(), ...world });
  const store: Store = {
    read: async () => read(),
    change: async (decide) => {
      calls.push('change');
      const decision = decide(read());
      if ('again' in decision) throw new Error('nobody is on their way in here');
      plans.push(decision.plan);
      return { outcome: decision.outcome, entered: undefined };
    },
    watch: async (patience) => {
      calls.push('watch');
      patiences.push(patience);
      clock.advance(patience);
      meanwhile(patiences.length, world);
    },
  };
  return { store, clock, patiences, plans, calls };
};

type FakeStore = ReturnType<typeof createFakeStore>;

const wait = async (
  { store, clock }: Pick<FakeStore, 'store' | 'clock'>,
  { ticket = TICKET, isStopped = () => false }: { ticket?: Waiter; isStopped?: () => boolean } = {},
) => {
  const told: Denial[] = [];
  const context = { store, clock, isStopped, tell: (denial: Denial) => void told.push(denial) };
  const changed = await waitForAnswer(context, claimOf(ticket), ticket);
  return { changed, told };
};

const eventsOf = ({ plans }: FakeStore) =>
  plans.flatMap((plan) => plan?.events ?? []).map(({ event }) => event);

const forAges = grantOf({ expiresAt: NOW + HOUR });

describe('whoever waits', () => {
  it('is answered at once where nobody is in the way, and told of no wait', async () => {
    const fake = createFakeStore({});
    const { changed, told } = await wait(fake);
    expect(changed?.outcome).toMatchObject({ granted: true });
    expect([told, fake.calls]).toEqual([[], ['change']]);
  });

  it('asks again after each watch, until it is granted', async () => {
    const fake = createFakeStore({ grants: [forAges] }, (watched, world) => {
      if (watched === 3) world.grants = [];
    });
    const { changed } = await wait(fake);
    expect(changed?.outcome).toMatchObject({ granted: true });
    expect(fake.calls).toEqual(['change', 'watch', 'change', 'watch', 'change', 'watch', 'change']);
  });

  it('is told once what it waits for, however often it asks', async () => {
    const fake = createFakeStore({ grants: [forAges] }, (watched, world) => {
      if (watched === 3) world.grants = [];
    });
    const { told } = await wait(fake);
    expect(told).toMatchObject([{ waiting: true, conflicts: [{ grant: { holder: 'codex' } }] }]);
  });

  it('shows at each turn that it is there, and leaves the queue at the last', async () => {
    const fake = createFakeStore({ grants: [forAges] }, (watched, world) => {
      if (watched === 2) world.grants = [];
    });
    await wait(fake);
    expect(fake.plans.map((plan) => [plan?.wait?.id, plan?.leave])).toEqual([
      [TICKET.id, undefined],
      [TICKET.id, undefined],
      [undefined, TICKET.id],
    ]);
  });

  it('is denied once its time is over, with one event, and none while it waited', async () => {
    const fake = createFakeStore({ grants: [forAges] });
    const { changed } = await wait(fake);
    expect(changed?.outcome).toMatchObject({ granted: false, waiting: false });
    expect(fake.clock.now()).toBe(TICKET.until);
    expect(eventsOf(fake)).toEqual(['denied']);
    expect(fake.plans.at(-1)?.leave).toBe(TICKET.id);
  });

  it('is not made to wait where that would never end', async () => {
    const own = grantOf({ holder: 'bob', claims: claimsOn('docs/') });
    const codex = waiterOf({ holder: 'codex', claims: claimsOn('docs/') });
    const fake = createFakeStore({ grants: [forAges, own], waiting: [codex] });
    const { changed, told } = await wait(fake);
    expect(changed?.outcome).toMatchObject({ cycle: ['bob', 'codex', 'bob'] });
    expect([told, fake.calls, eventsOf(fake)]).toEqual([[], ['change'], ['denied']]);
  });
});

describe('whoever is stopped', () => {
  it('gives its ticket back, and has no answer', async () => {
    const fake = createFakeStore({ grants: [forAges] });
    const isStopped = () => fake.patiences.length === 2;
    const { changed } = await wait(fake, { isStopped });
    expect(changed).toBeUndefined();
    expect(fake.plans.at(-1)).toEqual({ leave: TICKET.id, events: [] });
    expect(fake.calls).toEqual(['change', 'watch', 'change', 'watch', 'change']);
  });

  it('is granted nothing any more, though it is free now', async () => {
    const fake = createFakeStore({ grants: [forAges] }, (_, world) => {
      world.grants = [];
    });
    await wait(fake, { isStopped: () => fake.patiences.length === 1 });
    expect(fake.plans.map((plan) => plan?.add)).toEqual([undefined, undefined]);
  });

  it('writes no event', async () => {
    const fake = createFakeStore({ grants: [forAges] });
    await wait(fake, { isStopped: () => fake.patiences.length === 1 });
    expect(eventsOf(fake)).toEqual([]);
  });
});

describe('a watch lasts', () => {
  const patienceOf = async (grants: readonly StoredGrant[], ticket = TICKET): Promise<number> => {
    const fake = createFakeStore({ grants });
    await wait(fake, { ticket, isStopped: () => true });
    return fake.patiences[0] ?? 0;
  };

  it('half a second, after which a waiter shows that it is there', async () => {
    expect(await patienceOf([forAges])).toBe(SECOND / 2);
  });

  it('until the first of the grants in the way runs out', async () => {
    const grants = [
      grantOf({ expiresAt: NOW + 400, claims: claimsOn('src/a.ts') }),
      grantOf({ holder: 'ann', expiresAt: NOW + 200, claims: claimsOn('src/b.ts') }),
    ];
    expect(await patienceOf(grants)).toBe(200);
  });

  it('until the time of who waits is over', async () => {
    expect(await patienceOf([forAges], { ...TICKET, until: NOW + 300 })).toBe(300);
  });

  it('until the grant runs out, then until the end of the wait: then it is decided', async () => {
    const later = grantOf({ holder: 'ann', expiresAt: NOW + HOUR, claims: claimsOn('src/b.ts') });
    const first = grantOf({ expiresAt: NOW + 700, claims: claimsOn('src/a.ts') });
    const fake = createFakeStore({ grants: [first, later] });
    await wait(fake, { ticket: { ...TICKET, until: NOW + 1_000 } });
    expect(fake.patiences).toEqual([500, 200, 300]);
  });

  it('at least a moment, where a grant ran out between the decision and the look at the clock', async () => {
    const fake = createFakeStore({ grants: [grantOf({ expiresAt: NOW + 10 })] });
    const late = { ...fake.clock, now: () => fake.clock.now() + HOUR };
    await wait({ store: fake.store, clock: late }, { isStopped: () => true });
    expect(fake.patiences).toEqual([1]);
  });
});

describe('in the embedded store', () => {
  const setUp = async () => {
    const test = createTestStore();
    const claims = claimsOn('src/');
    const request = { holder: 'codex', claims, ttl: HOUR, id: 'g1', about: {} };
    await test.store.change(decideClaim(request));
    return test;
  };

  it('whoever waits is granted what another releases, and no ticket is left', async () => {
    const { store, clock, namesIn, log } = await setUp();
    clock.meanwhile = async () => {
      if (clock.now() >= NOW + 5 * SECOND) await store.change(decideRelease('g1', 'codex'));
    };
    const { changed } = await wait({ store, clock });
    expect(changed).toMatchObject({ outcome: { granted: true }, entered: { holder: 'bob' } });
    expect(namesIn(PLACES.queue)).toEqual([]);
    expect(log().map(({ event }) => event)).toEqual(['claimed', 'released', 'claimed']);
  });

  it('whoever waits for ever so long is still seen waiting', async () => {
    const { store, clock } = await setUp();
    const ticket = { ...TICKET, until: NOW + 60 * SECOND };
    const seen = new Set<number>();
    clock.meanwhile = async () => {
      if (clock.now() < ticket.until) seen.add((await store.read()).waiting.length);
    };
    await wait({ store, clock }, { ticket });
    expect([...seen]).toEqual([1]);
  });

  it('whoever is stopped leaves no ticket', async () => {
    const { store, clock, namesIn } = await setUp();
    const isStopped = () => clock.now() > NOW + 3 * SECOND;
    const { changed } = await wait({ store, clock }, { isStopped });
    expect([changed, namesIn(PLACES.queue)]).toEqual([undefined, []]);
  });

  it('whoever died while waiting keeps nobody out for longer than ten seconds', async () => {
    const { store, clock } = await setUp();
    await store.change(claimOf());
    await store.change(decideRelease('g1', 'codex'));
    const claim = async () => {
      const request = { holder: 'ann', claims: claimsOn('src/'), ttl: HOUR, id: 'g2', about: {} };
      return (await store.change(decideClaim(request))).outcome.granted;
    };
    clock.advance(10 * SECOND - 1);
    const before = await claim();
    clock.advance(1);
    expect([before, await claim()]).toEqual([false, true]);
  });
});
