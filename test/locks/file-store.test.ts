import { describe, expect, it } from 'vitest';
import { decideClaim } from '../../src/locks/claim.ts';
import { toRecord } from '../../src/locks/record.ts';
import { decideRelease } from '../../src/locks/release.ts';
import { decideRenew } from '../../src/locks/renew.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND } from '../kit/fake-clock.ts';
import type { Call } from '../kit/memory-files.ts';
import { claimsOn, grantOf, handWritten } from './build.ts';
import { createIds, createTestStore, PLACES } from './store.ts';

const setUp = () => {
  const test = createTestStore();
  const createId = createIds('g');
  const claim = (holder: string, scopes: readonly string[], ttl = HOUR) =>
    test.store.change(
      decideClaim({ holder, claims: claimsOn(...scopes), ttl, id: createId(), about: {} }),
    );
  const put = (grant: ReturnType<typeof grantOf>, directory = PLACES.locks, modifiedAt?: number) =>
    test.files.put(`${directory}/${grant.file}`, JSON.stringify(toRecord(grant)), modifiedAt);
  /** Runs `action` once, before the first call that `matches`. */
  const once = (matches: (call: Call) => boolean, action: () => void): void => {
    let isDone = false;
    test.files.before = (call) => {
      if (isDone || !matches(call)) return;
      isDone = true;
      action();
    };
  };
  return { ...test, claim, put, once };
};

const isEntry = ({ name, path }: Call): boolean =>
  name === 'rename' && path.startsWith(PLACES.claims) && path.endsWith('.lock');
const isAnnouncement = ({ name, path }: Call): boolean =>
  name === 'rename' && path.endsWith('.tmp');

describe('a claim that is granted', () => {
  it('is one lock file, and leaves no claim on its way in', async () => {
    const { claim, namesIn } = setUp();
    await claim('codex', ['src/']);
    expect([namesIn(PLACES.locks), namesIn(PLACES.claims)]).toEqual([['codex.g-1.1.lock'], []]);
  });

  it('is told with the record that others read', async () => {
    const { claim, store } = setUp();
    const { entered } = await claim('codex', ['src/']);
    const [{ file, ...read } = grantOf()] = (await store.read()).grants;
    expect(read).toEqual(entered);
  });

  it('appears at once: its file is written whole under another name first', async () => {
    const { claim, files } = setUp();
    await claim('codex', ['src/']);
    const writes = files.calls.filter(({ name }) => ['create', 'rename'].includes(name));
    expect(writes.map(({ name, path }) => `${name} ${path}`)).toEqual([
      `create ${PLACES.tokens}/1`,
      `create ${PLACES.claims}/.u-1.lock.tmp`,
      `rename ${PLACES.claims}/.u-1.lock.tmp`,
      `rename ${PLACES.claims}/u-1.lock`,
    ]);
  });

  it('can be read back, however long it is to last', async () => {
    const { claim, store } = setUp();
    await claim('codex', ['src/'], 9_000_000 * DAY);
    expect(await store.read()).toMatchObject({ grants: [{ holder: 'codex' }], unreadable: [] });
  });

  it('is told in the log once it is so, with its token', async () => {
    const { claim, log } = setUp();
    await claim('codex', ['src/', 'read!docs/']);
    expect(log()).toEqual([
      {
        time: '2026-01-17T15:30:00.000Z',
        event: 'claimed',
        holder: 'codex',
        grant: 'g-1',
        token: 1,
        scopes: [
          { scope: 'src/', mode: 'write' },
          { scope: 'docs/', mode: 'read' },
        ],
      },
    ]);
  });
});

describe('a claim that is denied', () => {
  it('leaves everything as it was, but for a line in the log', async () => {
    const { claim, files, log } = setUp();
    await claim('codex', ['src/']);
    const { [PLACES.log]: _, ...before } = files.all();
    const { outcome } = await claim('bob', ['docs/', 'src/a.ts']);
    const { [PLACES.log]: __, ...after } = files.all();
    expect(outcome).toMatchObject({ granted: false });
    expect(after).toEqual(before);
    expect(log().at(-1)).toMatchObject({ event: 'denied', holder: 'bob', by: 'codex' });
  });

  it('that was announced before it met the other is withdrawn', async () => {
    const { claim, put, once, namesIn } = setUp();
    once(isAnnouncement, () => put(grantOf({ id: 'first' })));
    const { outcome } = await claim('bob', ['src/a.ts']);
    expect(outcome).toMatchObject({ granted: false });
    expect([namesIn(PLACES.claims), namesIn(PLACES.locks)]).toEqual([[], ['codex.first.1.lock']]);
  });
});

describe('the doorway', () => {
  it('starts again where the claim was taken for dead and is gone, and enters once', async () => {
    const { claim, files, once, namesIn } = setUp();
    once(isEntry, () => files.remove(`${PLACES.claims}/u-1.lock`));
    const { outcome, entered } = await claim('codex', ['src/']);
    expect([outcome, entered?.token]).toEqual([
      { granted: true, renewed: false, takenOver: [] },
      2,
    ]);
    expect(namesIn(PLACES.locks)).toEqual(['codex.g-1.1.lock']);
  });

  it('denies after a new start what somebody else has entered with meanwhile', async () => {
    const { claim, files, put, once, namesIn } = setUp();
    once(isEntry, () => {
      files.remove(`${PLACES.claims}/u-1.lock`);
      put(grantOf({ id: 'first' }));
    });
    const { outcome } = await claim('bob', ['src/a.ts']);
    expect(outcome).toMatchObject({ granted: false });
    expect(namesIn(PLACES.locks)).toEqual(['codex.first.1.lock']);
  });

  it('lets nobody past a claim that lives, and backs off', async () => {
    const { claim, clock, files, put, once } = setUp();
    const theirs = grantOf({ id: 'first', file: 'theirs.lock' });
    put(theirs, PLACES.claims);
    once(
      ({ name }) => name === 'list' && clock.slept.length === 2,
      () => files.remove(`${PLACES.claims}/theirs.lock`),
    );
    const { outcome } = await claim('bob', ['src/a.ts']);
    expect([outcome.granted, clock.slept.length]).toEqual([true, 2]);
  });

  it('clears a dead claim away', async () => {
    const { claim, put, namesIn } = setUp();
    put(grantOf({ file: 'dead.lock' }), PLACES.claims, NOW - 2 * MINUTE);
    const { outcome } = await claim('bob', ['src/a.ts']);
    expect([outcome.granted, namesIn(PLACES.claims)]).toEqual([true, []]);
  });

  it('looks again where a dead claim was gone before it could be cleared away', async () => {
    const { claim, files, put, once } = setUp();
    const dead = grantOf({ id: 'slow' });
    put(dead, PLACES.claims, NOW - 2 * MINUTE);
    const path = `${PLACES.claims}/${dead.file}`;
    once(
      (call) => call.name === 'remove' && call.path === path,
      () => files.rename(path, `${PLACES.locks}/${dead.file}`),
    );
    const { outcome } = await claim('bob', ['src/a.ts']);
    expect(outcome).toMatchObject({ granted: false, conflicts: [{ grant: { id: 'slow' } }] });
  });

  it('draws again where a higher token was drawn meanwhile', async () => {
    const { claim, files, once } = setUp();
    once(isAnnouncement, () => files.put(`${PLACES.tokens}/5`, ''));
    const { entered } = await claim('codex', ['src/']);
    expect(entered?.token).toBe(6);
  });

  it('is shut for a claim on which the second look decides otherwise', async () => {
    const { claim, put, once, namesIn } = setUp();
    once(isAnnouncement, () => put(grantOf({ id: 'first' })));
    const { outcome, entered } = await claim('codex', ['src/a.ts']);
    expect([outcome, entered?.id]).toEqual([
      { granted: true, renewed: true, takenOver: [] },
      'first',
    ]);
    expect(namesIn(PLACES.locks)).toEqual(['codex.first.1.lock', 'codex.first.2.lock']);
  });

  it('is shut for a claim that was parked for longer than it was to last', async () => {
    const { claim, clock, once, store } = setUp();
    once(isAnnouncement, () => clock.advance(HOUR));
    await claim('codex', ['src/'], HOUR).catch(() => undefined);
    const { grants } = await store.read();
    expect(grants.filter(({ expiresAt }) => expiresAt <= NOW + HOUR)).toEqual([]);
  });

  it('is open again for a claim that was parked: nobody else was in its way', async () => {
    const { claim, clock, once } = setUp();
    once(isAnnouncement, () => clock.advance(HOUR));
    const { outcome } = await claim('codex', ['src/'], HOUR);
    expect(outcome.granted).toBe(true);
  });

  it('gives up where others keep claiming, and says so', async () => {
    const { claim, files, put } = setUp();
    const theirs = grantOf({ file: 'theirs.lock' });
    files.before = ({ name }) => {
      if (name === 'list') put(theirs, PLACES.claims);
    };
    await expect(claim('bob', ['src/a.ts'])).rejects.toMatchObject({ code: 'store-busy' });
  });

  it('leaves no claim behind where it gives up', async () => {
    const { claim, files, put, namesIn } = setUp();
    files.before = ({ name }) => {
      if (name === 'list') put(grantOf({ file: 'theirs.lock' }), PLACES.claims);
    };
    await claim('bob', ['src/a.ts']).catch(() => undefined);
    files.before = () => undefined;
    expect(namesIn(PLACES.claims)).toEqual(['theirs.lock']);
  });

  it('is not opened while a lock file cannot be read', async () => {
    const { claim, files } = setUp();
    files.put(`${PLACES.locks}/torn.lock`, '{', NOW - MINUTE);
    await expect(claim('codex', ['src/'])).rejects.toMatchObject({ code: 'lock-unreadable' });
  });
});

describe('tokens', () => {
  it('grow with every grant', async () => {
    const { claim } = setUp();
    const first = await claim('codex', ['src/']);
    const second = await claim('bob', ['docs/']);
    expect([first.entered?.token, second.entered?.token]).toEqual([1, 2]);
  });

  it('grow with a renewal too', async () => {
    const { claim, store } = setUp();
    await claim('codex', ['src/']);
    const { entered } = await store.change(decideRenew('g-1', 'codex', HOUR));
    expect(entered?.token).toBe(2);
  });

  it('below the highest are swept away', async () => {
    const { claim, namesIn } = setUp();
    await claim('codex', ['src/']);
    await claim('bob', ['docs/']);
    expect(namesIn(PLACES.tokens)).toEqual(['2']);
  });

  it('go on from the grants where their directory is lost', async () => {
    const { claim, files } = setUp();
    await claim('codex', ['src/']);
    files.remove(`${PLACES.tokens}/1`);
    files.remove(PLACES.log);
    expect((await claim('bob', ['docs/'])).entered?.token).toBe(2);
  });

  it('go on from the log where their directory is lost and nobody holds anything', async () => {
    const { claim, files, store } = setUp();
    for (const name of ['a', 'b', 'c']) await claim('codex', [name]);
    for (const { id } of (await store.read()).grants)
      await store.change(decideRelease(id, 'codex'));
    files.remove(`${PLACES.tokens}/3`);
    expect((await claim('bob', ['docs/'])).entered?.token).toBe(4);
  });

  it('go on from the notes of ended grants where all else is lost', async () => {
    const { claim, clock, files, store, open } = setUp();
    await claim('codex', ['src/']);
    clock.advance(HOUR);
    await claim('bob', ['src/']);
    await store.change(decideRelease('g-2', 'bob'));
    files.remove(`${PLACES.tokens}/2`);
    files.remove(PLACES.log);
    const request = { holder: 'ann', claims: claimsOn('docs/'), ttl: HOUR, id: 'g-3', about: {} };
    expect((await open().change(decideClaim(request))).entered?.token).toBe(2);
  });

  it('pass over what is no number in their directory', async () => {
    const { claim, files } = setUp();
    for (const name of ['x', '1e9', '-7', '99999999999999999', '4']) {
      files.put(`${PLACES.tokens}/${name}`, '');
    }
    expect((await claim('codex', ['src/'])).entered?.token).toBe(5);
  });
});

describe('a take-over', () => {
  it('leaves a note for the holder, and takes every record of the grant', async () => {
    const { claim, clock, store } = setUp();
    await claim('codex', ['src/']);
    await store.change(decideRenew('g-1', 'codex', HOUR));
    clock.advance(HOUR);
    await claim('bob', ['src/a.ts']);
    const { grants, superseded, ended } = await store.read();
    expect([grants.map(({ holder }) => holder), superseded]).toEqual([['bob'], []]);
    expect(ended).toMatchObject([
      { grant: { holder: 'codex', id: 'g-1' }, by: 'bob', endedAt: NOW + HOUR },
    ]);
  });

  it('leaves a record that was written by hand where it is, and a note for each part that is taken', async () => {
    const { claim, put, log, namesIn } = setUp();
    put(handWritten({ expiresAt: NOW, file: 'by-hand.lock' }));
    await claim('bob', ['src/a.ts']);
    await claim('bob', ['src/b.ts']);
    expect([namesIn(PLACES.locks).length, namesIn(PLACES.ended)]).toEqual([
      3,
      ['codex.by-hand%2elock.g-1.json', 'codex.by-hand%2elock.g-2.json'],
    ]);
    expect(log().filter(({ event }) => event === 'taken-over')).toHaveLength(1);
  });

  it('is told in the log before the claim that made it', async () => {
    const { claim, clock, log } = setUp();
    await claim('codex', ['src/']);
    clock.advance(HOUR);
    await claim('bob', ['src/']);
    expect(log().map(({ event, holder, by }) => [event, holder, by])).toEqual([
      ['claimed', 'codex', undefined],
      ['taken-over', 'codex', 'bob'],
      ['claimed', 'bob', undefined],
    ]);
  });

  it('is settled where the holder claims again', async () => {
    const { claim, clock, namesIn } = setUp();
    await claim('codex', ['src/']);
    clock.advance(HOUR);
    await claim('bob', ['src/'], MINUTE);
    clock.advance(MINUTE);
    await claim('codex', ['src/']);
    expect(namesIn(PLACES.ended)).toEqual(['bob.g-2.1.lock.g-3.json']);
  });
});

describe('a renewal', () => {
  it('leaves its predecessor for readers, and takes the one before', async () => {
    const { claim, namesIn, store } = setUp();
    await claim('codex', ['src/']);
    await store.change(decideRenew('g-1', 'codex', HOUR));
    await store.change(decideRenew('g-1', 'codex', HOUR));
    expect(namesIn(PLACES.locks)).toEqual(['codex.g-1.2.lock', 'codex.g-1.3.lock']);
  });

  it('is refused at the expiry, and leaves everything as it was', async () => {
    const { claim, clock, files, store } = setUp();
    await claim('codex', ['src/']);
    const before = files.all();
    clock.advance(HOUR);
    const { outcome } = await store.change(decideRenew('g-1', 'codex', HOUR));
    expect(outcome).toEqual({ renewed: false, reason: 'expired' });
    expect(files.all()).toEqual(before);
  });

  it('is refused where somebody has had the path since', async () => {
    const { claim, clock, store } = setUp();
    await claim('codex', ['src/']);
    clock.advance(HOUR);
    await claim('bob', ['src/']);
    const { outcome } = await store.change(decideRenew('g-1', 'codex', HOUR));
    expect(outcome).toEqual({ renewed: false, reason: 'gone' });
  });

  it('is not reported where the grant was released while it entered', async () => {
    const { claim, files, once, namesIn, store, log } = setUp();
    await claim('codex', ['src/']);
    once(isEntry, () => files.remove(`${PLACES.locks}/codex.g-1.1.lock`));
    const { outcome, entered } = await store.change(decideRenew('g-1', 'codex', HOUR));
    expect([outcome, entered]).toEqual([{ renewed: false, reason: 'gone' }, undefined]);
    expect(namesIn(PLACES.locks)).toEqual([]);
    expect(log().map(({ event }) => event)).toEqual(['claimed']);
  });

  it('is still held where a later renewal has cleared its predecessor away', async () => {
    const { claim, files, once, put, store } = setUp();
    const { entered: held } = await claim('codex', ['src/']);
    once(isEntry, () => {
      files.remove(`${PLACES.locks}/codex.g-1.1.lock`);
      put({ ...grantOf(held), file: 'codex.g-1.3.lock', rev: 3 });
    });
    const { outcome } = await store.change(decideRenew('g-1', 'codex', 2 * HOUR));
    expect(outcome).toMatchObject({ renewed: true });
  });

  it('never enters over another revision of the same grant', async () => {
    const { claim, once, store } = setUp();
    await claim('codex', ['src/']);
    const renew = () => store.change(decideRenew('g-1', 'codex', 2 * HOUR));
    let between = Promise.resolve<Awaited<ReturnType<typeof renew>> | undefined>(undefined);
    once(isEntry, () => {
      between = renew();
    });
    const last = await renew();
    const [first, { grants }] = [await between, await store.read()];
    expect(last.entered?.token).toBeGreaterThan(first?.entered?.token ?? Number.NaN);
    expect(grants).toMatchObject([{ rev: last.entered?.rev, token: last.entered?.token }]);
  });

  it('is told in the log under its own token', async () => {
    const { claim, log, store } = setUp();
    await claim('codex', ['src/']);
    await store.change(decideRenew('g-1', 'codex', HOUR));
    expect(log().at(-1)).toMatchObject({ event: 'renewed', grant: 'g-1', token: 2 });
  });
});

describe('a release', () => {
  it('takes every record of the grant, and no other', async () => {
    const { claim, namesIn, store } = setUp();
    await claim('codex', ['src/']);
    await claim('codex', ['docs/']);
    await store.change(decideRenew('g-1', 'codex', HOUR));
    await store.change(decideRelease('g-1', 'codex'));
    expect(namesIn(PLACES.locks)).toEqual(['codex.g-2.1.lock']);
  });

  it('is idempotent', async () => {
    const { claim, log, store } = setUp();
    await claim('codex', ['src/']);
    await store.change(decideRelease('g-1', 'codex'));
    const { outcome } = await store.change(decideRelease('g-1', 'codex'));
    expect(outcome).toEqual({ released: 'none', reason: 'gone' });
    expect(log().map(({ event }) => event)).toEqual(['claimed', 'released']);
  });

  it('takes a renewal too that enters behind its first look', async () => {
    const { claim, once, put, namesIn, store } = setUp();
    const { entered: held } = await claim('codex', ['src/']);
    once(
      ({ name }) => name === 'remove',
      () => put({ ...grantOf(held), file: 'codex.g-1.2.lock', rev: 2 }),
    );
    await store.change(decideRelease('g-1', 'codex'));
    expect(namesIn(PLACES.locks)).toEqual([]);
  });

  it('takes a renewal too that is still on its way in', async () => {
    const { claim, put, namesIn, store } = setUp();
    const { entered: held } = await claim('codex', ['src/']);
    const renewal = { ...grantOf(held), rev: 2 };
    put({ ...renewal, file: 'codex.g-1.2.lock' }, PLACES.claims);
    await store.change(decideRelease('g-1', 'codex'));
    expect([namesIn(PLACES.locks), namesIn(PLACES.claims)]).toEqual([[], []]);
  });

  it('takes a renewal too that has just announced itself, so that it cannot enter', async () => {
    const { claim, once, namesIn, store } = setUp();
    await claim('codex', ['src/']);
    let left: string[] = ['never looked'];
    once(isEntry, () => {
      void store.change(decideRelease('g-1', 'codex'));
      left = namesIn(PLACES.claims);
    });
    const { outcome } = await store.change(decideRenew('g-1', 'codex', HOUR));
    expect([left, outcome]).toEqual([[], { renewed: false, reason: 'gone' }]);
  });

  it('of a part frees it at once, and goes on with the rest', async () => {
    const { claim, store } = setUp();
    await claim('codex', ['src/', 'docs/']);
    await store.change(decideRelease('g-1', 'codex', claimsOn('docs/')));
    const docs = await claim('bob', ['docs/']);
    const src = await claim('bob', ['src/']);
    expect([docs.outcome.granted, src.outcome.granted]).toEqual([true, false]);
  });

  it('of a record written by hand takes that file', async () => {
    const { put, namesIn, store } = setUp();
    put(handWritten({ file: 'by-hand.lock' }));
    await store.change(decideRelease('by-hand.lock', 'codex'));
    expect(namesIn(PLACES.locks)).toEqual([]);
  });
});

describe('a decision that only looks', () => {
  it('changes nothing', async () => {
    const { claim, files, store } = setUp();
    await claim('codex', ['src/']);
    const before = files.all();
    const { outcome, entered } = await store.change(({ grants }) => ({ outcome: grants.length }));
    expect([outcome, entered, files.all()]).toEqual([1, undefined, before]);
  });

  it('is asked again, after a pause, where it cannot tell yet', async () => {
    const { clock, store } = setUp();
    let asked = 0;
    await store.change(() => {
      asked += 1;
      return asked < 3 ? { again: true } : { outcome: asked };
    });
    expect([asked, clock.slept.length, clock.now() - NOW < SECOND]).toEqual([3, 2, true]);
  });
});
