import { describe, expect, it, onTestFinished } from 'vitest';
import { decideAnswered, decideAsk } from '../../src/locks/ask.ts';
import { decideClaim } from '../../src/locks/claim.ts';
import type { LogEvent } from '../../src/locks/event.ts';
import { decideExtend } from '../../src/locks/extend.ts';
import { decideForce } from '../../src/locks/force.ts';
import type { GrantNotes } from '../../src/locks/grant.ts';
import type { Ask, Decide, Ledger, StoredGrant, Waiter } from '../../src/locks/ledger.ts';
import { decideRelease } from '../../src/locks/release.ts';
import { decideRenew } from '../../src/locks/renew.ts';
import type { Store } from '../../src/locks/store.ts';
import { type FakeClock, HOUR, MINUTE, SECOND } from '../kit/fake-clock.ts';
import { claimOn, claimsOn } from './build.ts';
import { createIds } from './store.ts';

/** A fresh place for one test: what a clone is to the file store. */
export type StorePlace = {
  /** The only time that its handles know; it moves when a test moves it. */
  clock: FakeClock;
  /** Another handle on the place, as another process would have one. */
  open: () => Store | Promise<Store>;
  /** The whole event log, oldest first. */
  log: () => LogEvent[] | Promise<LogEvent[]>;
  /** What other handles do not see of a grant's making. */
  hidden?: readonly (keyof GrantNotes)[];
  /** Set where a renewal draws no token: nobody else can have come in between. */
  renewalsKeepTheirToken?: true;
  /** Takes away what the place has left outside of this process. */
  remove?: () => void;
};

type CreatePlace = () => StorePlace | Promise<StorePlace>;
type Place = Awaited<ReturnType<typeof arrange>>;
type Actor = Place['ann'];

/** A holder with a handle of their own. */
const createActor = (store: Store, holder: string, createId: () => string) => ({
  holder,
  store,
  read: () => store.read(),
  claim: (
    scopes: readonly string[],
    { ttl = HOUR, ticket }: { ttl?: number; ticket?: Waiter } = {},
  ) =>
    store.change(
      decideClaim({
        holder,
        claims: claimsOn(...scopes),
        ttl,
        id: createId(),
        about: {},
        ...(ticket ? { ticket } : {}),
      }),
    ),
  renew: (id: string, ttl = HOUR) => store.change(decideRenew(id, holder, ttl)),
  extend: (id: string, scopes: readonly string[]) =>
    store.change(decideExtend({ id, holder, claims: claimsOn(...scopes) })),
  release: (id: string, scopes?: readonly string[]) =>
    store.change(decideRelease(id, holder, scopes && claimsOn(...scopes))),
  force: (seen: StoredGrant, scopes?: readonly string[]) =>
    store.change(
      decideForce({
        seen,
        by: holder,
        reason: 'it is urgent',
        id: createId(),
        ...(scopes ? { scopes: claimsOn(...scopes) } : {}),
      }),
    ),
  /** Claims, and returns the grant's id; a test that is denied here has arranged something else. */
  hold: async (scopes: readonly string[], ttl = HOUR): Promise<string> => {
    const claims = claimsOn(...scopes);
    const request = { holder, claims, ttl, id: createId(), about: {} };
    const { entered } = await store.change(decideClaim(request));
    if (!entered) throw new Error(`${holder} does not get ${scopes.join(', ')}`);
    return entered.id;
  },
});

/** Two holders with a handle each, on a place of their own. */
const arrange = async (createPlace: CreatePlace) => {
  const place = await createPlace();
  onTestFinished(() => place.remove?.());
  const createId = createIds('g');
  const join = async (holder: string) => createActor(await place.open(), holder, createId);
  return { ...place, join, ann: await join('ann'), bob: await join('bob') };
};

/** Everything that a ledger shows but the time, and but earlier records of grants that it shows. */
const contentOf = ({ grants, pending, unreadable, ended, waiting, asks }: Ledger) => ({
  grants,
  pending,
  unreadable,
  ended,
  waiting,
  asks,
});

/** Who holds what, in words: `ann: src/, read!docs/`. */
const tellGrants = ({ grants }: Ledger): string[] =>
  grants
    .map(({ holder, claims }) => {
      const scopes = claims.map(({ scope, mode }) =>
        mode === 'write' ? scope : `${mode}!${scope}`,
      );
      return `${holder}: ${scopes.sort().join(', ')}`;
    })
    .sort();

const tellEvents = (events: readonly LogEvent[]): string[] =>
  events.map(({ event, holder, by }) => `${event} ${holder}${by === undefined ? '' : ` by ${by}`}`);

const findGrant = async ({ store }: Actor, id: string): Promise<StoredGrant> => {
  const grant = (await store.read()).grants.find((held) => held.id === id);
  if (!grant) throw new Error(`there is no grant ${id}`);
  return grant;
};

const describeClaims = (setUp: () => Promise<Place>): void => {
  describe('a claim', () => {
    it('that is free is granted, and every handle sees it', async () => {
      const { ann, bob, join } = await setUp();
      const { outcome, entered } = await ann.claim(['src/']);
      const later = await join('codex');
      expect(outcome).toEqual({ granted: true, renewed: false, takenOver: [] });
      for (const { store } of [ann, bob, later]) {
        const { grants } = await store.read();
        const [{ file, ...read } = { file: '' }] = grants;
        expect([grants.length, read]).toEqual([1, entered]);
      }
    });

    it('comes back as it was made: holder, scopes and modes, times and notes', async () => {
      const { ann, bob, clock, hidden = [] } = await setUp();
      const claims = claimsOn(
        'a.ts',
        'glob:b/**/*.ts',
        'regex:^c/.*$',
        'read!d/',
        'doc-write!é.md',
      );
      const about = { task: 'Say "é"\nand go', worktree: '/w', session: 's', confine: true };
      const holder = 'codex/täsk-12 ';
      await ann.store.change(decideClaim({ holder, claims, ttl: HOUR, id: 'id-1', about }));
      const { grants } = await bob.read();
      expect(grants).toMatchObject([
        { holder, id: 'id-1', rev: 1, lockedAt: clock.now(), expiresAt: clock.now() + HOUR },
      ]);
      const shown = Object.entries(about).filter(([key]) => !hidden.some((name) => name === key));
      expect(grants[0]?.about).toEqual(Object.fromEntries(shown));
      expect(tellGrants({ ...(await bob.read()), grants })).toEqual([
        `${holder}: a.ts, doc-write!é.md, glob:b/**/*.ts, read!d/, regex:^c/.*$`,
      ]);
    });

    it('that conflicts is denied, and nothing changes but the log', async () => {
      const { ann, bob, log } = await setUp();
      await ann.claim(['src/', 'read!docs/']);
      const before = contentOf(await ann.read());
      const { outcome, entered } = await bob.claim(['docs/guide.md']);
      expect(outcome).toMatchObject({
        granted: false,
        conflicts: [{ claim: { scope: 'docs/guide.md' }, grant: { holder: 'ann' } }],
      });
      expect([entered, contentOf(await ann.read())]).toEqual([undefined, before]);
      expect(tellEvents(await log())).toEqual(['claimed ann', 'denied bob by ann']);
    });

    it('is granted whole or not at all', async () => {
      const { ann, bob, join } = await setUp();
      await ann.hold(['src/a.ts']);
      const { outcome } = await bob.claim(['lib/', 'src/', 'test/']);
      const others = await (await join('codex')).claim(['lib/', 'test/']);
      expect([outcome.granted, others.outcome.granted]).toEqual([false, true]);
    });

    it.each([
      ['glob:src/*.ts', 'src/a.ts', false],
      ['glob:src/*.ts', 'src/a.js', true],
      ['regex:^src/[ab]$', 'glob:**/b', false],
      ['regex:^src/[ab]$', 'src/c', true],
      ['read!src/', 'read!src/a', true],
      ['read!src/', 'doc-write!src/a', false],
    ])('beside another handle’s on %s is granted on %s: %s', async (held, asked, granted) => {
      const { ann, bob } = await setUp();
      await ann.hold([held]);
      const { outcome } = await bob.claim([asked]);
      expect(outcome.granted).toBe(granted);
    });

    it('on what its holder has already renews that, through whichever handle it comes', async () => {
      const { ann, join, clock } = await setUp();
      const id = await ann.hold(['src/']);
      clock.advance(MINUTE);
      const { outcome, entered } = await (await join('ann')).claim(['src/a.ts']);
      expect(outcome).toMatchObject({ granted: true, renewed: true });
      expect([entered?.id, (await ann.read()).grants.length]).toEqual([id, 1]);
    });
  });

  describe('a ledger', () => {
    it('that was read stays as it was', async () => {
      const { ann, bob } = await setUp();
      const before = await bob.read();
      const [claim] = claimsOn('src/');
      await ann.hold(['src/']);
      await bob.read();
      expect([before.grants, claim && before.near(claim)]).toEqual([[], []]);
    });

    it('names every grant that a claim might meet', async () => {
      const { ann, bob } = await setUp();
      const scopes = [
        'src/',
        'src/a/b',
        'read!lib',
        'glob:**/b',
        'regex:^src/a/[bc]$',
        'glob:*/a/b',
      ];
      for (const scope of scopes) await ann.hold([scope, `own/${scopes.indexOf(scope)}`]);
      const ledger = await bob.read();
      const [claim] = claimsOn('src/a/b');
      const near = claim ? ledger.near(claim) : [];
      const missing = ledger.grants.filter((grant) => !near.some(({ id }) => id === grant.id));
      expect(ledger.grants).toHaveLength(scopes.length);
      expect(
        tellGrants({ ...ledger, grants: missing }).filter((text) => !/lib/.test(text)),
      ).toEqual([]);
    });
  });
};

const describeTokens = (setUp: () => Promise<Place>): void => {
  describe('a token', () => {
    it('is higher than all before it: of claims, renewals, extensions and parts, on every handle', async () => {
      const { ann, bob, join, renewalsKeepTheirToken } = await setUp();
      const codex = await join('codex');
      const changes = [
        await ann.claim(['a/']),
        await bob.claim(['b/']),
        renewalsKeepTheirToken ? await ann.claim(['e/']) : await ann.renew('g-1'),
        await bob.extend('g-2', ['c/']),
        await codex.claim(['d/']),
        await bob.release('g-2', ['b/']),
        renewalsKeepTheirToken ? await ann.claim(['f/']) : await ann.claim(['a/']),
      ];
      const tokens = changes.map(({ entered }) => entered?.token ?? Number.NaN);
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
      expect(tokens).toHaveLength(7);
      expect(tokens[0]).toBeGreaterThan(0);
    });

    it('is higher than those of grants that were released, ran out or were ended by force', async () => {
      const { ann, bob, clock } = await setUp();
      const tokens: (number | undefined)[] = [];
      const claim = async (actor: Actor) => {
        const { entered } = await actor.claim(['src/']);
        tokens.push(entered?.token);
        return entered?.id ?? '';
      };
      await ann.release(await claim(ann));
      await ann.force(await findGrant(ann, await claim(bob)));
      await claim(ann);
      clock.advance(HOUR);
      await bob.release(await claim(bob));
      await claim(ann);
      expect(
        tokens.every((token, at) => token !== undefined && token > (tokens[at - 1] ?? 0)),
      ).toBe(true);
    });

    it('is that of the record which others read, and of its event', async () => {
      const { ann, bob, log } = await setUp();
      const id = await ann.hold(['src/']);
      const { entered } = await ann.renew(id);
      expect(await findGrant(bob, id)).toMatchObject({ token: entered?.token });
      expect((await log()).at(-1)).toMatchObject({ event: 'renewed', token: entered?.token });
    });
  });
};

const describeRevisions = (setUp: () => Promise<Place>): void => {
  describe('a renewal', () => {
    it('moves the expiry, and keeps the id and all else', async () => {
      const { ann, bob, clock } = await setUp();
      const id = await ann.hold(['src/', 'read!docs/']);
      const { file, ...before } = await findGrant(bob, id);
      clock.advance(MINUTE);
      const { outcome, entered } = await ann.renew(id);
      const { file: _, ...after } = await findGrant(bob, id);
      expect([outcome.renewed, (await bob.read()).grants.length]).toEqual([true, 1]);
      expect(after).toEqual({
        ...before,
        rev: before.rev + 1,
        token: entered?.token,
        renewedAt: clock.now(),
        expiresAt: clock.now() + HOUR,
      });
    });

    it('holds the grant beyond its first expiry', async () => {
      const { ann, bob, clock } = await setUp();
      const id = await ann.hold(['src/']);
      clock.advance(HOUR - SECOND);
      await ann.renew(id);
      clock.advance(HOUR - SECOND);
      expect((await bob.claim(['src/'])).outcome.granted).toBe(false);
    });

    it('is refused of a grant that ran out at this instant, and leaves no trace', async () => {
      const { ann, clock, log } = await setUp();
      const id = await ann.hold(['src/']);
      const before = contentOf(await ann.read());
      clock.advance(HOUR);
      const { outcome, entered } = await ann.renew(id);
      expect([outcome, entered]).toEqual([{ renewed: false, reason: 'expired' }, undefined]);
      expect([contentOf(await ann.read()), tellEvents(await log())]).toEqual([
        before,
        ['claimed ann'],
      ]);
    });

    it.each<[string, (actors: { ann: Actor; bob: Actor }, id: string) => Promise<unknown>]>([
      ['was released', ({ ann }, id) => ann.release(id)],
      ['was ended by force', async ({ bob }, id) => bob.force(await findGrant(bob, id))],
    ])('is refused of a grant that %s', async (_, end) => {
      const place = await setUp();
      const id = await place.ann.hold(['src/']);
      await end(place, id);
      const { outcome } = await place.ann.renew(id);
      expect(outcome).toEqual({ renewed: false, reason: 'gone' });
      expect((await place.bob.read()).grants).toEqual([]);
    });

    it('is refused of a grant that was taken over, and of somebody else’s', async () => {
      const { ann, bob, clock } = await setUp();
      const id = await ann.hold(['src/']);
      const others = await bob.renew(id);
      clock.advance(HOUR);
      await bob.hold(['src/']);
      const own = await ann.renew(id);
      expect([others.outcome, own.outcome]).toEqual([
        { renewed: false, reason: 'gone' },
        { renewed: false, reason: 'gone' },
      ]);
    });
  });

  describe('an extension', () => {
    it('adds to the grant, under its id and until its expiry', async () => {
      const { ann, bob, clock } = await setUp();
      const id = await ann.hold(['src/']);
      const { expiresAt } = await findGrant(ann, id);
      clock.advance(MINUTE);
      const { outcome } = await ann.extend(id, ['docs/', 'read!lib/']);
      expect(outcome.granted).toBe(true);
      expect(tellGrants(await bob.read())).toEqual(['ann: docs/, read!lib/, src/']);
      expect(await findGrant(bob, id)).toMatchObject({ id, expiresAt });
      expect((await bob.claim(['docs/'])).outcome.granted).toBe(false);
    });

    it('adds all or nothing, and what it has stays', async () => {
      const { ann, bob } = await setUp();
      const id = await ann.hold(['src/']);
      await bob.hold(['docs/']);
      const before = contentOf(await bob.read());
      const { outcome } = await ann.extend(id, ['lib/', 'docs/guide.md']);
      expect(outcome).toMatchObject({ granted: false, conflicts: [{ grant: { holder: 'bob' } }] });
      expect(contentOf(await bob.read())).toEqual(before);
    });

    it('makes a write of a read where nobody else reads', async () => {
      const { ann, bob } = await setUp();
      const id = await ann.hold(['read!src/']);
      const other = await bob.hold(['read!src/a.ts']);
      const first = await ann.extend(id, ['src/']);
      await bob.release(other);
      const second = await ann.extend(id, ['src/']);
      expect([first.outcome.granted, second.outcome.granted]).toEqual([false, true]);
      expect(tellGrants(await bob.read())).toEqual(['ann: src/']);
      expect((await bob.claim(['read!src/a.ts'])).outcome.granted).toBe(false);
    });

    it('is refused of a grant that ran out', async () => {
      const { ann, bob, clock } = await setUp();
      const id = await ann.hold(['src/']);
      clock.advance(HOUR);
      const { outcome } = await ann.extend(id, ['docs/']);
      expect(outcome).toEqual({ granted: false, waiting: false, reason: 'expired' });
      expect((await bob.claim(['docs/'])).outcome.granted).toBe(true);
    });
  });
};

const describeReleases = (setUp: () => Promise<Place>): void => {
  describe('a release', () => {
    it('frees all of the grant, however often it was renewed, and nothing else', async () => {
      const { ann, bob } = await setUp();
      const id = await ann.hold(['src/', 'docs/']);
      await ann.hold(['lib/']);
      await ann.renew(id);
      await ann.extend(id, ['test/']);
      const { outcome } = await ann.release(id);
      expect(outcome).toMatchObject({ released: 'all' });
      expect(tellGrants(await bob.read())).toEqual(['ann: lib/']);
      expect((await bob.claim(['src/', 'docs/', 'test/'])).outcome.granted).toBe(true);
    });

    it('is idempotent, and told once', async () => {
      const { ann, log } = await setUp();
      const id = await ann.hold(['src/']);
      await ann.release(id);
      const { outcome } = await ann.release(id);
      expect(outcome).toEqual({ released: 'none', reason: 'gone' });
      expect(tellEvents(await log())).toEqual(['claimed ann', 'released ann']);
    });

    it('of somebody else’s grant does nothing', async () => {
      const { ann, bob } = await setUp();
      const id = await ann.hold(['src/']);
      const { outcome } = await bob.release(id);
      expect(outcome).toEqual({ released: 'none', reason: 'gone' });
      expect(tellGrants(await bob.read())).toEqual(['ann: src/']);
    });

    it('of a part frees that part and only it', async () => {
      const { ann, bob } = await setUp();
      const id = await ann.hold(['src/', 'docs/a', 'docs/b', 'lib/']);
      const { outcome } = await ann.release(id, ['docs/']);
      expect(outcome).toMatchObject({ released: 'part' });
      expect(tellGrants(await bob.read())).toEqual(['ann: lib/, src/']);
      expect((await bob.claim(['docs/'])).outcome.granted).toBe(true);
      expect((await bob.claim(['src/'])).outcome.granted).toBe(false);
      expect(await findGrant(bob, id)).toMatchObject({ id });
    });

    it('of every part, one after the other, ends the grant', async () => {
      const { ann, bob } = await setUp();
      const id = await ann.hold(['src/', 'docs/']);
      await ann.release(id, ['src/']);
      await ann.release(id, ['docs/']);
      expect((await bob.read()).grants).toEqual([]);
    });
  });
};

const describeTakeOvers = (setUp: () => Promise<Place>): void => {
  describe('a take-over', () => {
    it('is not possible to the last millisecond, and possible at the expiry', async () => {
      const { ann, bob, clock } = await setUp();
      await ann.hold(['src/']);
      clock.advance(HOUR - 1);
      const early = await bob.claim(['src/a.ts']);
      clock.advance(1);
      const late = await bob.claim(['src/a.ts']);
      expect([early.outcome.granted, late.outcome.granted]).toEqual([false, true]);
      expect(late.outcome).toMatchObject({ takenOver: [{ holder: 'ann' }] });
      expect(tellGrants(await ann.read())).toEqual(['bob: src/a.ts']);
    });

    it('takes every record of the grant, however often it was renewed', async () => {
      const { ann, bob, clock } = await setUp();
      const id = await ann.hold(['src/']);
      for (let round = 0; round < 3; round += 1) await ann.renew(id);
      clock.advance(HOUR);
      await bob.hold(['src/']);
      const { grants, superseded } = await ann.read();
      expect([...grants, ...superseded].map(({ holder }) => holder)).toEqual(['bob']);
    });

    it('leaves its holder a note: which grant, who came, and what they took', async () => {
      const { ann, bob, clock } = await setUp();
      const id = await ann.hold(['src/']);
      clock.advance(2 * HOUR);
      await bob.hold(['src/a.ts', 'read!src/b.ts']);
      expect((await ann.read()).ended).toMatchObject([
        {
          grant: { holder: 'ann', id, claims: [{ scope: 'src/' }] },
          how: 'taken-over',
          by: 'bob',
          endedAt: clock.now(),
          taken: [{ scope: 'src/a.ts' }],
        },
      ]);
    });

    it('stays told when the other has released, until the holder claims that again', async () => {
      const { ann, bob, clock } = await setUp();
      await ann.hold(['src/']);
      clock.advance(HOUR);
      await bob.release(await bob.hold(['src/a.ts']));
      const listTaken = async () =>
        (await bob.read()).ended.map(({ taken }) => taken.map(({ scope }) => scope));
      const told = await listTaken();
      await ann.claim(['src/a.ts']);
      // Nothing is taken any more; the rest of the grant has ended all the same.
      const kept = await listTaken();
      await ann.claim(['src/']);
      expect([told, kept, await listTaken()]).toEqual([[['src/a.ts']], [[]], []]);
    });

    it('is told in the log before the claim that made it', async () => {
      const { ann, bob, clock, log } = await setUp();
      const id = await ann.hold(['src/']);
      clock.advance(HOUR);
      await bob.hold(['src/']);
      const events = await log();
      expect(tellEvents(events)).toEqual(['claimed ann', 'taken-over ann by bob', 'claimed bob']);
      expect(events[1]).toMatchObject({ grant: id, scopes: [{ scope: 'src/', mode: 'write' }] });
    });

    it('tells of every part that goes, in one grant after the other or in the same', async () => {
      const { ann, bob, clock } = await setUp();
      await ann.hold(['src/']);
      clock.advance(HOUR);
      const id = await bob.hold(['src/a.ts']);
      await bob.extend(id, ['src/b.ts']);
      await bob.hold(['src/c.ts']);
      const taken = (await ann.read()).ended.flatMap((note) => note.taken);
      expect(taken.map(({ scope }) => scope).sort()).toEqual(['src/a.ts', 'src/b.ts', 'src/c.ts']);
    });

    it('takes the rest of a grant of which a part was taken by force', async () => {
      const { ann, bob, clock, log } = await setUp();
      const id = await ann.hold(['src/', 'docs/']);
      await bob.force(await findGrant(bob, id), ['docs/']);
      clock.advance(HOUR);
      await bob.hold(['src/']);
      expect(tellGrants(await ann.read())).toEqual(['bob: src/']);
      expect(tellEvents(await log()).slice(2)).toEqual(['taken-over ann by bob', 'claimed bob']);
    });

    it('passes by expired grants that are not in the way', async () => {
      const { ann, bob, clock } = await setUp();
      await ann.hold(['src/']);
      clock.advance(HOUR);
      await bob.hold(['docs/']);
      expect(tellGrants(await bob.read())).toEqual(['ann: src/', 'bob: docs/']);
    });
  });
};

const describeForce = (setUp: () => Promise<Place>): void => {
  describe('force', () => {
    it('ends exactly the grant that was seen, and frees what it held', async () => {
      const { ann, bob } = await setUp();
      const id = await ann.hold(['src/']);
      await ann.hold(['docs/']);
      const { outcome } = await bob.force(await findGrant(bob, id));
      expect(outcome).toMatchObject({ forced: 'all' });
      expect(tellGrants(await ann.read())).toEqual(['ann: docs/']);
      expect((await bob.claim(['src/'])).outcome.granted).toBe(true);
    });

    it('leaves the holder a note with who and why, and an event', async () => {
      const { ann, bob, clock, log } = await setUp();
      const id = await ann.hold(['src/']);
      await bob.force(await findGrant(bob, id));
      const told = { by: 'bob', reason: 'it is urgent' };
      expect((await ann.read()).ended).toMatchObject([
        { grant: { holder: 'ann', id }, how: 'forced', endedAt: clock.now(), ...told },
      ]);
      expect((await log()).slice(1)).toMatchObject([
        { event: 'forced', holder: 'ann', grant: id, ...told },
      ]);
    });

    it('leaves a grant that was renewed since as it is, tells nobody, and says so', async () => {
      const { ann, bob, log } = await setUp();
      const id = await ann.hold(['src/']);
      const seen = await findGrant(bob, id);
      await ann.renew(id);
      const before = contentOf(await bob.read());
      const { outcome } = await bob.force(seen);
      expect(outcome).toEqual({ forced: 'none', reason: 'changed' });
      expect(contentOf(await bob.read())).toEqual(before);
      expect(tellEvents(await log())).toEqual(['claimed ann', 'renewed ann']);
    });

    it('finds a grant that was released since gone, and tells nobody', async () => {
      const { ann, bob, log } = await setUp();
      const id = await ann.hold(['src/']);
      const seen = await findGrant(bob, id);
      await ann.release(id);
      const { outcome } = await bob.force(seen);
      expect(outcome).toEqual({ forced: 'none', reason: 'gone' });
      expect((await ann.read()).ended).toEqual([]);
      expect(tellEvents(await log())).toEqual(['claimed ann', 'released ann']);
    });

    it('on a part takes that part, and the holder keeps the rest', async () => {
      const { ann, bob } = await setUp();
      const id = await ann.hold(['src/', 'docs/']);
      const { outcome } = await bob.force(await findGrant(bob, id), ['src/a.ts']);
      expect(outcome).toMatchObject({ forced: 'part' });
      expect((await ann.read()).ended).toMatchObject([
        { how: 'forced', taken: [{ scope: 'src/' }] },
      ]);
      expect((await ann.renew(id)).outcome.renewed).toBe(true);
      expect(tellGrants(await bob.read())).toEqual(['ann: docs/']);
    });

    it('ends a grant that ran out as well', async () => {
      const { ann, bob, clock } = await setUp();
      const id = await ann.hold(['src/']);
      clock.advance(HOUR);
      await bob.force(await findGrant(bob, id));
      const { grants, ended } = await ann.read();
      expect([grants, ended.map(({ how }) => how)]).toEqual([[], ['forced']]);
    });
  });
};

const describeQueue = (setUp: () => Promise<Place>): void => {
  describe('a ticket', () => {
    /** A place in which ann holds `src/`, and somebody can wait for it. */
    const setUpQueue = async () => {
      const place = await setUp();
      const held = await place.ann.hold(['src/']);
      const createTicket = createIds('t');
      const take = ({ holder }: Actor, scopes: readonly string[], timeout = HOUR): Waiter => {
        const since = place.clock.now();
        return {
          id: createTicket(),
          holder,
          claims: claimsOn(...scopes),
          since,
          until: since + timeout,
        };
      };
      const wait = (actor: Actor, ticket: Waiter) =>
        actor.claim(
          ticket.claims.map(({ scope }) => scope),
          { ticket },
        );
      const listWaiting = async () => (await place.ann.read()).waiting.map(({ id }) => id);
      return { ...place, held, take, wait, listWaiting, codex: await place.join('codex') };
    };

    it('is visible to others, with all that they need to tell of it', async () => {
      const { ann, bob, take, wait } = await setUpQueue();
      const ticket = { ...take(bob, ['src/a.ts', 'glob:lib/*']), task: 'Port it' };
      const { outcome } = await wait(bob, ticket);
      expect(outcome).toMatchObject({ granted: false, waiting: true });
      expect((await ann.read()).waiting).toEqual([ticket]);
    });

    it('comes first that came first, whoever wrote first', async () => {
      const { bob, codex, clock, take, wait, listWaiting } = await setUpQueue();
      const early = take(bob, ['src/']);
      clock.advance(SECOND);
      const late = take(codex, ['src/']);
      await wait(codex, late);
      await wait(bob, early);
      expect(await listWaiting()).toEqual([early.id, late.id]);
    });

    it('has its turn when what it waits for is free, and whoever is behind it has not', async () => {
      const { ann, bob, codex, clock, held, take, wait, listWaiting } = await setUpQueue();
      const first = take(bob, ['src/']);
      await wait(bob, first);
      clock.advance(SECOND);
      const second = take(codex, ['src/']);
      await wait(codex, second);
      await ann.release(held);
      const early = await wait(codex, second);
      const due = await wait(bob, first);
      expect(early.outcome).toMatchObject({ granted: false, ahead: [{ holder: 'bob' }] });
      expect([due.outcome.granted, await listWaiting()]).toEqual([true, [second.id]]);
    });

    it('that does not beat is not listed after ten seconds, and keeps nobody out', async () => {
      const { ann, bob, codex, clock, held, take, wait, listWaiting } = await setUpQueue();
      const ticket = take(bob, ['src/']);
      await wait(bob, ticket);
      clock.advance(9 * SECOND);
      const alive = await listWaiting();
      clock.advance(SECOND);
      await ann.release(held);
      expect([alive, await listWaiting()]).toEqual([[ticket.id], []]);
      expect((await codex.claim(['src/'])).outcome.granted).toBe(true);
    });

    it('is kept by beating, at the place that it had', async () => {
      const { bob, codex, clock, take, wait, listWaiting } = await setUpQueue();
      const [first, second] = [take(bob, ['src/']), take(codex, ['src/'])];
      for (let round = 0; round < 5; round += 1) {
        await wait(codex, second);
        await wait(bob, first);
        clock.advance(8 * SECOND);
      }
      expect(await listWaiting()).toEqual([first.id, second.id]);
    });

    it('is not listed once its time is over', async () => {
      const { bob, clock, take, wait, listWaiting } = await setUpQueue();
      const ticket = take(bob, ['src/'], 5 * SECOND);
      await wait(bob, ticket);
      clock.advance(5 * SECOND);
      expect(await listWaiting()).toEqual([]);
    });

    it('goes when its holder leaves, and no other goes with it', async () => {
      const { bob, codex, take, wait, listWaiting } = await setUpQueue();
      const [first, second] = [take(bob, ['src/']), take(codex, ['src/'])];
      await wait(bob, first);
      await wait(codex, second);
      await bob.store.change(() => ({ outcome: 0, plan: { leave: first.id, events: [] } }));
      expect(await listWaiting()).toEqual([second.id]);
    });
  });
};

const describeAsks = (setUp: () => Promise<Place>): void => {
  describe('an ask', () => {
    const createAsk = (clock: FakeClock, fields: Partial<Ask> = {}): Ask => ({
      id: 'ask-1',
      from: 'bob',
      to: 'ann',
      claim: claimOn('glob:src/*.ts'),
      message: 'Are you done?\n"é"',
      at: clock.now(),
      ...fields,
    });

    it('is delivered as it was sent, and told in the log', async () => {
      const { ann, bob, clock, log } = await setUp();
      const id = await ann.hold(['src/']);
      const ask = createAsk(clock);
      await bob.store.change(decideAsk(ask, id));
      expect((await ann.read()).asks).toMatchObject([ask]);
      expect((await log()).at(-1)).toMatchObject({
        event: 'asked',
        holder: 'ann',
        grant: id,
        scopes: [{ scope: 'glob:src/*.ts' }],
        by: 'bob',
        reason: ask.message,
      });
    });

    it('is taken away once its holder was told, and no other with it', async () => {
      const { ann, bob, clock } = await setUp();
      const later = createAsk(clock, { id: 'ask-2', message: 'And now?', at: clock.now() + 1 });
      for (const ask of [createAsk(clock), later]) await bob.store.change(decideAsk(ask, 'g-1'));
      const [first] = (await ann.read()).asks;
      await ann.store.change(decideAnswered([first?.file ?? '']));
      expect((await bob.read()).asks).toMatchObject([later]);
    });
  });
};

const describeLog = (setUp: () => Promise<Place>): void => {
  describe('the log', () => {
    it('tells of every change, in order, and of nothing else', async () => {
      const { ann, bob, clock, log } = await setUp();
      const first = await ann.hold(['src/', 'docs/']);
      await bob.claim(['src/a.ts']);
      await ann.renew(first);
      await ann.extend(first, ['lib/']);
      await ann.extend(first, ['lib/']);
      await ann.release(first, ['docs/']);
      await bob.renew(first);
      await bob.force(await findGrant(bob, first), ['lib/']);
      await bob.force(await findGrant(bob, first));
      await ann.release(first);
      await ann.hold(['src/'], MINUTE);
      clock.advance(MINUTE);
      await ann.hold(['src/'], MINUTE);
      clock.advance(MINUTE);
      const last = await bob.hold(['src/']);
      await bob.release(last);
      const scopesOf = ({ scopes }: LogEvent) => scopes.map(({ scope }) => scope).sort();
      const events = await log();
      expect(
        tellEvents(events).map((text, at) => `${text}: ${events.slice(at, at + 1).map(scopesOf)}`),
      ).toEqual([
        'claimed ann: docs/,src/',
        'denied bob by ann: src/a.ts',
        'renewed ann: docs/,src/',
        'extended ann: lib/',
        'released ann: docs/',
        'forced ann by bob: lib/',
        'forced ann by bob: src/',
        'claimed ann: src/',
        'expired ann: src/',
        'claimed ann: src/',
        'taken-over ann by bob: src/',
        'claimed bob: src/',
        'released bob: src/',
      ]);
    });

    it('says when, of which grant, and under which token', async () => {
      const { ann, clock, log } = await setUp();
      const { entered } = await ann.claim(['read!src/']);
      expect(await log()).toEqual([
        {
          time: new Date(clock.now()).toISOString(),
          event: 'claimed',
          holder: 'ann',
          grant: entered?.id,
          token: entered?.token,
          scopes: [{ scope: 'src/', mode: 'read' }],
        },
      ]);
    });
  });
};

const describeWatch = (setUp: () => Promise<Place>): void => {
  describe('a watch', () => {
    /** Does it once, while somebody watches. */
    const doMeanwhile = (clock: FakeClock, action: () => Promise<unknown>): void => {
      clock.meanwhile = async () => {
        clock.meanwhile = () => undefined;
        await action();
      };
    };

    it('ends when another handle releases', async () => {
      const { ann, bob, clock } = await setUp();
      const id = await ann.hold(['src/']);
      await bob.read();
      const start = clock.now();
      doMeanwhile(clock, () => ann.release(id));
      await bob.store.watch(MINUTE);
      expect(clock.now() - start).toBeLessThan(MINUTE);
      expect((await bob.claim(['src/'])).outcome.granted).toBe(true);
    });

    it('ends when another handle’s waiter leaves', async () => {
      const { ann, bob, clock } = await setUp();
      await ann.hold(['src/']);
      const since = clock.now();
      const ticket = {
        id: 't',
        holder: 'bob',
        claims: claimsOn('src/'),
        since,
        until: since + HOUR,
      };
      await bob.claim(['src/'], { ticket });
      await ann.read();
      doMeanwhile(clock, () =>
        bob.store.change(() => ({ outcome: 0, plan: { leave: 't', events: [] } })),
      );
      await ann.store.watch(MINUTE);
      expect(clock.now() - since).toBeLessThan(MINUTE);
    });

    it('ends at once where what was read is out of date already', async () => {
      const { ann, bob, clock } = await setUp();
      await bob.read();
      await ann.hold(['src/']);
      const start = clock.now();
      await bob.store.watch(MINUTE);
      expect(clock.now()).toBe(start);
    });

    it('ends after its patience where nothing happens, and not before', async () => {
      const { ann, bob, clock } = await setUp();
      await ann.hold(['src/']);
      await bob.read();
      const start = clock.now();
      await bob.store.watch(MINUTE);
      expect(clock.now() - start).toBe(MINUTE);
    });
  });
};

const describeDecisions = (setUp: () => Promise<Place>): void => {
  describe('a decision', () => {
    const busy: Decide<never> = () => {
      throw new Error('it cannot be decided');
    };

    it('that only looks changes nothing', async () => {
      const { ann, bob, log } = await setUp();
      await ann.hold(['src/']);
      const before = contentOf(await bob.read());
      const { outcome, entered } = await bob.store.change(({ grants }) => ({
        outcome: grants.length,
      }));
      expect([outcome, entered, contentOf(await ann.read())]).toEqual([1, undefined, before]);
      expect(tellEvents(await log())).toEqual(['claimed ann']);
    });

    it('that throws leaves nothing behind', async () => {
      const { ann, bob, log } = await setUp();
      await ann.hold(['src/']);
      const before = contentOf(await bob.read());
      await expect(bob.store.change(busy)).rejects.toThrow('it cannot be decided');
      expect([contentOf(await ann.read()), tellEvents(await log())]).toEqual([
        before,
        ['claimed ann'],
      ]);
    });

    it('that throws when it is asked a second time leaves nothing behind either', async () => {
      const { ann, bob, clock } = await setUp();
      const request = { holder: 'bob', claims: claimsOn('src/'), ttl: HOUR, id: 'g', about: {} };
      let asked = 0;
      const decide: ReturnType<typeof decideClaim> = (ledger) => {
        asked += 1;
        return asked === 2 ? busy(ledger) : decideClaim(request)(ledger);
      };
      const entered = await bob.store.change(decide).then(
        () => ['bob: src/'],
        () => [],
      );
      const { pending } = await ann.read();
      expect([tellGrants(await ann.read()), pending]).toEqual([entered, []]);
      // Nor does whatever it had begun keep anybody waiting.
      await ann.claim(['src/']);
      expect(clock.slept).toEqual([]);
    });

    it('that cannot tell yet is asked again, on what is there by then', async () => {
      const { ann, bob } = await setUp();
      const id = await ann.hold(['src/']);
      let asked = 0;
      let released: Promise<unknown> | undefined;
      const { outcome } = await bob.store.change(({ grants }) => {
        asked += 1;
        if (grants.length === 0) return { outcome: 'free' };
        if (asked === 3) released = ann.release(id);
        return { again: true };
      });
      await released;
      expect(outcome).toBe('free');
      // Until the release is done, for a store that does it in several turns.
      expect(asked).toBeGreaterThan(3);
    });

    it('that never can tell ends as "could not decide"', async () => {
      const { ann } = await setUp();
      const never = ann.store.change(() => ({ again: true }));
      await expect(never).rejects.toMatchObject({ code: 'store-busy' });
    });
  });
};

/**
 * What several handles begin at once. Where a store changes within one turn of the event loop they come one
 * after the other; the race of eight real processes is in `test/e2e/claims.test.ts`, and every order of the
 * file store's calls in `interleaving.test.ts`.
 */
const describeRaces = (setUp: () => Promise<Place>): void => {
  describe('of changes that begin at once', () => {
    // Each of them covers `src/a.ts`.
    const OVERLAPPING = [
      'src/',
      'src/a.ts',
      'glob:src/*.ts',
      'glob:**/a.ts',
      'regex:^src/[ab]\\.ts$',
    ];
    const COUNT = 20;

    const joinMany = ({ join }: Place): Promise<Actor[]> =>
      Promise.all(Array.from({ length: COUNT }, (_, at) => join(`agent-${at}`)));
    const raceForSource = (actors: readonly Actor[]) =>
      Promise.all(
        actors.map((actor, at) => actor.claim([OVERLAPPING[at % OVERLAPPING.length] ?? ''])),
      );
    const winnersOf = (
      actors: readonly Actor[],
      changes: readonly { outcome: { granted: boolean } }[],
    ): (string | undefined)[] =>
      actors.filter((_, at) => changes[at]?.outcome.granted).map(({ holder }) => holder);

    it('exactly one of twenty claims that overlap is granted', async () => {
      const place = await setUp();
      const actors = await joinMany(place);
      const changes = await raceForSource(actors);
      const { grants, pending } = await place.ann.read();
      expect(winnersOf(actors, changes)).toHaveLength(1);
      expect(grants.map(({ holder }) => holder)).toEqual(winnersOf(actors, changes));
      expect(pending).toEqual([]);
    });

    it('exactly one takes an expired grant over, and its holder is told once', async () => {
      const place = await setUp();
      await place.ann.hold(['src/']);
      place.clock.advance(HOUR);
      const actors = await joinMany(place);
      const changes = await raceForSource(actors);
      const { ended } = await place.ann.read();
      const told = tellEvents(await place.log()).filter((text) => text.startsWith('taken-over'));
      expect(winnersOf(actors, changes)).toHaveLength(1);
      expect(ended.map(({ by }) => by)).toEqual(winnersOf(actors, changes));
      expect(told).toHaveLength(1);
    });

    it('all claims of scopes of their own are granted, each with its own token', async () => {
      const place = await setUp();
      const actors = await joinMany(place);
      const changes = await Promise.all(actors.map((actor, at) => actor.claim([`part-${at}/`])));
      const tokens = changes.map(({ entered }) => entered?.token);
      expect(winnersOf(actors, changes)).toHaveLength(COUNT);
      expect(new Set(tokens).size).toBe(COUNT);
      expect((await place.ann.read()).grants.map(({ token }) => token).sort()).toEqual(
        tokens.sort(),
      );
    });

    it('exactly one of many who end the same grant by force does', async () => {
      const place = await setUp();
      const seen = await findGrant(place.bob, await place.ann.hold(['src/']));
      const actors = await joinMany(place);
      const changes = await Promise.all(actors.map((actor) => actor.force(seen)));
      const { grants, ended } = await place.ann.read();
      expect(changes.filter(({ outcome }) => outcome.forced === 'all')).toHaveLength(1);
      expect([grants.length, ended.length]).toEqual([0, 1]);
    });

    it('renewals of one grant make one grant, and its release leaves nothing of it', async () => {
      const place = await setUp();
      const id = await place.ann.hold(['src/']);
      const handles = await Promise.all(Array.from({ length: COUNT }, () => place.join('ann')));
      await Promise.all(handles.map((handle) => handle.renew(id, 2 * HOUR)));
      const between = (await place.bob.read()).grants.map((grant) => grant.id);
      await Promise.all(
        handles.map((handle, at) => (at === 7 ? handle.release(id) : handle.renew(id, 2 * HOUR))),
      );
      const { grants, superseded } = await place.bob.read();
      expect([between, grants, superseded]).toEqual([[id], [], []]);
    });
  });
};

/** What every store owes to whoever uses the port, whatever it keeps its records in. */
export const describeStore = (name: string, createPlace: CreatePlace): void => {
  const setUp = () => arrange(createPlace);
  describe(name, () => {
    describeClaims(setUp);
    describeTokens(setUp);
    describeRevisions(setUp);
    describeReleases(setUp);
    describeTakeOvers(setUp);
    describeForce(setUp);
    describeQueue(setUp);
    describeAsks(setUp);
    describeLog(setUp);
    describeWatch(setUp);
    describeDecisions(setUp);
    describeRaces(setUp);
  });
};
