import { describe, expect, it } from 'vitest';
import { decideClaim } from '../../src/locks/claim.ts';
import type { GitStoreContext } from '../../src/locks/git-store.ts';
import { listDueForRenewal } from '../../src/locks/notice.ts';
import { decideRelease } from '../../src/locks/release.ts';
import { decideRenew } from '../../src/locks/renew.ts';
import type { Store } from '../../src/locks/store.ts';
import { createFakeClock, HOUR, MINUTE, SECOND } from '../kit/fake-clock.ts';
import { claimsOn } from './build.ts';
import { ALWAYS, createMemoryClone, MARGIN, openCompaction } from './ledger-place.ts';
import { createMemoryLedger } from './memory-ledger.ts';
import { PLACES } from './store.ts';

const claim = (store: Store, holder: string, scope: string, about: object = {}) =>
  store.change(
    decideClaim({ holder, claims: claimsOn(scope), ttl: HOUR, id: `g-${holder}`, about }),
  );

const holdersOf = async (store: Store): Promise<string[]> =>
  (await store.read()).grants.map(({ holder }) => holder);

/** Two clones with clocks of their own; bob's is ahead by as much as `skew`. */
const setUp = ({ skew = 0, context = {} }: { skew?: number; context?: object } = {}) => {
  const ledger = createMemoryLedger();
  const clock = createFakeClock();
  const bobsClock = createFakeClock(clock.now() + skew);
  const settings: Partial<GitStoreContext> = context;
  const annsClone = createMemoryClone(ledger, 'a', { clock, context: settings });
  const bobsClone = createMemoryClone(ledger, 'b', { clock: bobsClock, context: settings });
  return {
    ...{ ledger, clock, bobsClock, annsClone, bobsClone },
    ann: annsClone.open(),
    bob: bobsClone.open(),
  };
};

describe('a take-over', () => {
  it('is a challenge first, and waits out the margin on the steady clock', async () => {
    const told: string[] = [];
    const tellChallenge: GitStoreContext['tellChallenge'] = (grants, rest) =>
      told.push(`${grants.map(({ holder }) => holder)} for ${rest}`);
    const { ann, bob, bobsClock } = setUp({ context: { tellChallenge } });
    await claim(ann, 'ann', 'src/');
    bobsClock.advance(HOUR);
    const start = bobsClock.steady();
    const { outcome } = await claim(bob, 'bob', 'src/a.ts');
    expect(outcome).toMatchObject({ granted: true, takenOver: [{ holder: 'ann' }] });
    expect(bobsClock.steady() - start).toBeGreaterThanOrEqual(MARGIN);
    expect(told).toEqual([`ann for ${MARGIN}`]);
  });

  it('does not come to be where the holder, whose clock is behind, renews in time', async () => {
    const { ann, bob, clock, bobsClock } = setUp({ skew: 2 * HOUR });
    await claim(ann, 'ann', 'src/');
    // While bob waits, ann commits: her next command finds the challenge, and renews by it.
    bobsClock.meanwhile = async () => {
      clock.advance(5 * SECOND);
      const ledger = await ann.read();
      for (const grant of listDueForRenewal(ledger, () => true)) {
        await ann.change(decideRenew(grant.id, 'ann', HOUR));
      }
    };
    const { outcome } = await claim(bob, 'bob', 'src/a.ts');
    expect(outcome).toMatchObject({ granted: false, conflicts: [{ grant: { holder: 'ann' } }] });
    // By bob's clock too she has an hour, so that he does not challenge her again at once.
    const [grant] = (await bob.read()).grants;
    expect((grant?.expiresAt ?? 0) - bobsClock.now()).toBeGreaterThan(HOUR - 2 * MINUTE);
    expect((await bob.read()).challenged).toEqual(new Set());
  });

  it('ends as "could not decide" where clocks differ by days and the holder renews each time', async () => {
    const { ann, bob, bobsClock } = setUp({ skew: 72 * HOUR });
    await claim(ann, 'ann', 'src/');
    bobsClock.meanwhile = async () => {
      for (const grant of listDueForRenewal(await ann.read(), () => true)) {
        await ann.change(decideRenew(grant.id, 'ann', HOUR));
      }
    };
    await expect(claim(bob, 'bob', 'src/a.ts')).rejects.toMatchObject({
      code: 'store-busy',
      message: expect.stringContaining('the clocks of two machines differ'),
    });
    expect(await holdersOf(ann)).toEqual(['ann']);
  });

  it('that somebody else has begun is waited out by everybody for themselves, who are told', async () => {
    const told: string[] = [];
    const tellChallenge: GitStoreContext['tellChallenge'] = (grants, rest) =>
      told.push(`${grants.map(({ holder }) => holder)} for ${rest}`);
    const { ann, bob, clock, bobsClock, ledger } = setUp({ context: { tellChallenge } });
    await claim(ann, 'ann', 'src/');
    clock.advance(HOUR);
    bobsClock.advance(HOUR);
    const eve = createMemoryClone(ledger, 'e', { clock }).open();
    const waiting = claim(eve, 'eve', 'src/');
    const start = bobsClock.steady();
    await Promise.all([waiting, claim(bob, 'bob', 'src/')]);
    expect(bobsClock.steady() - start).toBeGreaterThanOrEqual(MARGIN);
    expect(await holdersOf(ann)).toHaveLength(1);
    // She made it, and never said so; he found it there.
    expect(told).toEqual([`ann for ${MARGIN}`]);
  });

  it('leaves whoever waits in the queue there until the margin is over', async () => {
    const { ann, bob, bobsClock } = setUp();
    await claim(ann, 'ann', 'src/');
    bobsClock.advance(HOUR);
    const since = bobsClock.now();
    const ticket = { id: 't', holder: 'bob', claims: claimsOn('src/'), since, until: since + HOUR };
    const ask = () =>
      bob.change(decideClaim({ ...ticket, ttl: HOUR, id: 'g-bob', about: {}, ticket }));
    const first = await ask();
    expect(first.outcome).toMatchObject({
      granted: false,
      waiting: true,
      conflicts: [{ grant: { holder: 'ann', expiresAt: bobsClock.now() + MARGIN } }],
    });
    bobsClock.advance(MARGIN - SECOND);
    expect((await ask()).outcome.granted).toBe(false);
    bobsClock.advance(SECOND);
    expect((await ask()).outcome.granted).toBe(true);
  });
});

describe('a push that nobody answers', () => {
  it('that has come to be is told as done, once', async () => {
    const { ann, bob, ledger, annsClone } = setUp();
    ledger.faults.push('cut');
    const { outcome, entered } = await claim(ann, 'ann', 'src/');
    expect([outcome.granted, entered?.holder]).toEqual([true, 'ann']);
    expect(await holdersOf(bob)).toEqual(['ann']);
    expect(annsClone.events().map(({ event }) => event)).toEqual(['claimed']);
  });

  it('that has not come to be is made again', async () => {
    const { ann, bob, ledger } = setUp();
    ledger.faults.push({ failed: 'cut' }, { failed: 'cut' });
    expect((await claim(ann, 'ann', 'src/')).outcome.granted).toBe(true);
    expect(await holdersOf(bob)).toEqual(['ann']);
  });

  it('is told as unknown where the remote stays silent, and never as done', async () => {
    const { ann, ledger } = setUp();
    ledger.isDown = true;
    await expect(claim(ann, 'ann', 'src/')).rejects.toMatchObject({
      code: 'remote-unreachable',
      message: expect.stringContaining('whether the change was made is not known'),
    });
  });

  it('has changed nothing where nothing was sent, and is unknown still where something was before', async () => {
    const unsent = { unsent: 'Connection refused', isDenied: false };
    const { ann, ledger } = setUp();
    ledger.faults.push(unsent, unsent);
    expect((await claim(ann, 'ann', 'src/')).outcome.granted).toBe(true);
    ledger.faults.push(unsent, unsent, unsent, unsent);
    await expect(claim(ann, 'bob', 'lib/')).rejects.toMatchObject({
      code: 'remote-unreachable',
      message: expect.stringContaining('Connection refused; nothing was changed'),
    });
    ledger.faults.push({ failed: 'cut' }, unsent, unsent, unsent);
    await expect(claim(ann, 'bob', 'lib/')).rejects.toMatchObject({
      message: expect.stringContaining('cut; whether the change was made is not known'),
    });
  });

  it('of which somebody answers, and would not have it, is refused where the ledger can be read', async () => {
    const denied = { unsent: 'error: 403', isDenied: true };
    const { ann, ledger } = setUp();
    ledger.faults.push(denied);
    await expect(claim(ann, 'ann', 'src/')).rejects.toMatchObject({ code: 'remote-refused' });
    ledger.faults.push(denied);
    ledger.isDown = true;
    await expect(claim(ann, 'ann', 'src/')).rejects.toMatchObject({
      code: 'remote-unreachable',
      message: expect.stringContaining('nothing was changed'),
    });
  });

  it('is no release where another has taken the grant over meanwhile', async () => {
    const { ann, bob, bobsClock, ledger } = setUp();
    await claim(ann, 'ann', 'src/');
    bobsClock.advance(HOUR);
    await claim(bob, 'bob', 'src/');
    ledger.faults.push({ failed: 'cut' });
    const { outcome } = await ann.change(decideRelease('g-ann', 'ann'));
    expect(outcome).toEqual({ released: 'none', reason: 'gone' });
  });
});

describe('a remote', () => {
  it('that does not take the ledger is told with its words', async () => {
    const { ann, ledger } = setUp();
    ledger.faults.push({ refused: '[remote rejected] (deny updating a hidden ref)' });
    await expect(claim(ann, 'ann', 'src/')).rejects.toMatchObject({
      code: 'remote-refused',
      message: expect.stringContaining('hidden ref'),
    });
  });

  it('whose ledger is older than what was seen of it is not followed', async () => {
    const { ann, bob, ledger } = setUp();
    await claim(ann, 'ann', 'src/');
    const before = ledger.tip();
    await claim(bob, 'bob', 'docs/');
    for (const older of [before, undefined]) {
      ledger.rewind(older);
      await expect(bob.read()).rejects.toMatchObject({ code: 'ledger-rewound' });
      await expect(claim(bob, 'bob', 'lib/')).rejects.toMatchObject({ code: 'ledger-rewound' });
    }
  });
});

describe('a remote whose ledger was set back', () => {
  it('and overtaken since is not followed, and with it no grant that it has lost', async () => {
    const { ann, bob, ledger } = setUp();
    await claim(bob, 'bob', 'docs/');
    await ann.read();
    const before = ledger.tip();
    await claim(ann, 'ann', 'src/');
    ledger.rewind(before);
    await claim(bob, 'bob', 'src/');
    await claim(bob, 'bob', 'lib/');
    await expect(ann.read()).rejects.toMatchObject({ code: 'ledger-rewound' });
    await expect(claim(ann, 'ann', 'free.ts')).rejects.toMatchObject({ code: 'ledger-rewound' });
  });
});

describe('how new a reading is', () => {
  const soft = {
    ...ALWAYS,
    attempts: 1,
    need: 'none',
    isFresh: ({ clone }: { clone: number }) => clone < MINUTE,
  };

  const setUpReader = async () => {
    const told: string[] = [];
    let asked = 0;
    const place = setUp({
      context: { freshness: () => soft, tell: (text: string) => told.push(text) },
    });
    await claim(place.ann, 'ann', 'src/');
    const { repository } = place.bobsClone;
    const fetchTip = repository.fetchTip;
    repository.fetchTip = (limit) => {
      asked += 1;
      return fetchTip(limit);
    };
    return { ...place, told, asked: () => asked };
  };

  it('is as old as it may be, and no older', async () => {
    const { bob, bobsClone, bobsClock, asked } = await setUpReader();
    await bob.read();
    bobsClock.advance(MINUTE - 1);
    await bobsClone.open().read();
    const early = asked();
    bobsClock.advance(1);
    await bobsClone.open().read();
    expect([early, asked()]).toEqual([1, 2]);
  });

  it('is told where the remote does not answer: how old, and once in a process', async () => {
    const { bob, bobsClock, ledger, told } = await setUpReader();
    await bob.read();
    ledger.isDown = true;
    bobsClock.advance(3 * MINUTE);
    const { grants } = await bob.read();
    await bob.read();
    expect(grants).toHaveLength(1);
    expect(told).toEqual([expect.stringContaining('the locks are as they were 3 min ago')]);
  });

  it('does not keep the next commit waiting for a remote that has just not answered', async () => {
    const { bobsClone, bobsClock, ledger, told, asked } = await setUpReader();
    ledger.isDown = true;
    await bobsClone.open().read();
    bobsClock.advance(SECOND);
    await bobsClone.open().read();
    expect([asked(), told.length]).toEqual([1, 2]);
    expect(told[0]).toContain('the locks have never been read here');
    await expect(claim(bobsClone.open(), 'bob', 'docs/')).rejects.toMatchObject({
      code: 'remote-unreachable',
    });
    expect(asked()).toBe(1);
  });
});

describe('what others see', () => {
  it('has no worktree, host and session, and an e-mail that the history shows alone', async () => {
    const knowsEmail = (email: string) => email === 'ann@known';
    const { ann, bob, bobsClone } = setUp({ context: { knowsEmail } });
    const about = { task: 't', worktree: '/w', host: 'h', session: 's', branch: 'b' };
    await claim(ann, 'ann', 'src/', { ...about, email: 'ann@known' });
    await claim(ann, 'eve', 'docs/', { ...about, email: 'eve@new' });
    const seen = (await bob.read()).grants.map(({ holder, about: open }) => [holder, open]);
    expect(Object.fromEntries(seen)).toEqual({
      ann: { task: 't', branch: 'b', email: 'ann@known' },
      eve: { task: 't', branch: 'b' },
    });
    expect(bobsClone.events().map(({ email }) => email)).toEqual(['ann@known', undefined]);
    const own = (await ann.read()).grants.map((grant) => grant.about);
    expect(own).toEqual([
      { ...about, email: 'ann@known' },
      { ...about, email: 'eve@new' },
    ]);
  });
});

describe('the mirror', () => {
  it('is what the last commit says, whatever was put there', async () => {
    const { ann, bob, bobsClone } = setUp();
    await claim(ann, 'ann', 'src/');
    await bob.read();
    bobsClone.files.create(`${PLACES.locks}/stray.lock`, '{}');
    expect((await bob.read()).unreadable).toEqual([]);
    expect(bobsClone.files.list(PLACES.locks)).toHaveLength(1);
  });
});

describe('a compaction', () => {
  const setUpHistory = async () => {
    const place = setUp();
    const { ann, clock, bobsClock } = place;
    await claim(ann, 'ann', 'src/');
    for (const time of [clock, bobsClock]) time.advance(HOUR - MINUTE);
    await ann.change(decideRenew('g-ann', 'ann', HOUR));
    return place;
  };

  it('loses no event that is younger, and nothing that is held', async () => {
    const { ann, bob, annsClone, bobsClone, clock, ledger } = await setUpHistory();
    await bob.read();
    const token = (await ann.read()).grants[0]?.token;
    const compact = openCompaction(annsClone.repository, annsClone.files, clock);
    expect(await compact(clock.now() - MINUTE)).toEqual({ kept: 1, dropped: 1 });
    expect(annsClone.repository.listCommits(ledger.tip() ?? '')).toHaveLength(1);
    // The other clone goes on where it was, and the next token is higher still.
    const { entered } = await claim(bob, 'bob', 'docs/');
    expect(entered?.token).toBeGreaterThan(token ?? 0);
    expect(bobsClone.events().map(({ event }) => event)).toEqual(['renewed', 'claimed']);
    expect(await holdersOf(bob)).toEqual(expect.arrayContaining(['ann', 'bob']));
    // A second one carries on what the first has kept.
    expect(await compact(clock.now() - MINUTE)).toEqual({ kept: 2, dropped: 0 });
    expect(annsClone.events().map(({ event }) => event)).toEqual(['renewed', 'claimed']);
  });

  it('hides no push that nobody has answered yet', async () => {
    const { ann, bob, annsClone, bobsClone, clock, ledger } = await setUpHistory();
    const { repository } = bobsClone;
    const { push } = repository;
    repository.push = async (commit, expected, limit) => {
      repository.push = push;
      await push(commit, expected, limit);
      await openCompaction(annsClone.repository, annsClone.files, clock)(clock.now() - MINUTE);
      return { failed: 'cut' };
    };
    expect((await claim(bob, 'bob', 'docs/')).outcome.granted).toBe(true);
    expect(await holdersOf(ann)).toHaveLength(2);
    expect(annsClone.events().map(({ event }) => event)).toEqual(['renewed', 'claimed']);
    expect(ledger.tip()).toBeDefined();
  });

  it('is told as impossible where the ref must not be forced', async () => {
    const { annsClone, clock, ledger } = await setUpHistory();
    ledger.faults.push({ refused: '[remote rejected] (protected branch hook declined)' });
    const compact = openCompaction(annsClone.repository, annsClone.files, clock);
    await expect(compact(clock.now())).rejects.toMatchObject({
      code: 'remote-refused',
      message: expect.stringContaining('replaces the history'),
    });
  });
});
