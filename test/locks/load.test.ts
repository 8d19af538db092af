import { describe, expect, it } from 'vitest';
import { Undecided } from '../../src/kit/errors.ts';
import { PENDING_LIFE, readLedger } from '../../src/locks/load.ts';
import { readLog } from '../../src/locks/log-store.ts';
import { noteName } from '../../src/locks/note.ts';
import { toRecord } from '../../src/locks/record.ts';
import { createFakeClock, HOUR, MINUTE, NOW, SECOND } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';
import { grantOf, handWritten } from './build.ts';
import { CLONE, PLACES } from './store.ts';

const setUp = () => {
  const clock = createFakeClock();
  const files = createMemoryFiles(clock);
  const inLocks = (name: string) => `${PLACES.locks}/${name}`;
  return {
    clock,
    files,
    inLocks,
    put: (grant: ReturnType<typeof grantOf>, directory = PLACES.locks) =>
      files.put(`${directory}/${grant.file}`, JSON.stringify(toRecord(grant))),
    read: () => readLedger({ files, clock }, CLONE),
  };
};

describe('a reading of the ledger', () => {
  it('is empty where nothing is there yet', () => {
    expect(setUp().read()).toMatchObject({
      now: NOW,
      rule: CLONE.rule,
      grants: [],
      superseded: [],
      pending: [],
      unreadable: [],
      ended: [],
      waiting: [],
      asks: [],
    });
  });

  it('has every record, under its name', () => {
    const { put, read } = setUp();
    const [codex, bob] = [grantOf(), grantOf({ holder: 'bob' })];
    put(codex);
    put(bob);
    expect(read().grants).toEqual([bob, codex]);
  });

  it('reads claims on their way in before the locks that they move to', () => {
    const { files, read } = setUp();
    read();
    const listed = files.calls.filter((call) => call.name === 'list').map((call) => call.path);
    expect(listed.slice(0, 2)).toEqual([PLACES.claims, PLACES.locks]);
  });

  it('sees a grant that moves in while it reads', () => {
    const { files, put, read } = setUp();
    const grant = grantOf();
    put(grant, PLACES.claims);
    let isMoved = false;
    files.before = ({ name, path }) => {
      if (isMoved || name !== 'list' || path !== PLACES.locks) return;
      isMoved = true;
      files.rename(`${PLACES.claims}/${grant.file}`, `${PLACES.locks}/${grant.file}`);
    };
    const { pending, grants } = read();
    expect([pending.length, grants.length]).toEqual([1, 1]);
  });

  it('passes over what is no lock file', () => {
    const { files, inLocks, read } = setUp();
    for (const name of ['README', '.a.lock.tmp', 'a.lock.bak', 'a.lock~'])
      files.put(inLocks(name), 'x');
    expect(read()).toMatchObject({ grants: [], unreadable: [] });
  });

  it('takes the highest revision of a grant, and the others as superseded', () => {
    const { put, read } = setUp();
    for (const rev of [9, 10, 2]) put(grantOf({ id: 'g1', rev }));
    const { grants, superseded } = read();
    expect([grants.map(({ rev }) => rev), superseded.map(({ rev }) => rev).sort()]).toEqual([
      [10],
      [2, 9],
    ]);
  });

  it('takes two records written by hand with one id for two grants', () => {
    const { files, inLocks, read } = setUp();
    const text = JSON.stringify(toRecord(handWritten({ id: 'same' })));
    files.put(inLocks('a.lock'), text);
    files.put(inLocks('b.lock'), text);
    expect(read().grants.map(({ id }) => id)).toEqual(['a.lock', 'b.lock']);
  });

  it('passes over a record that goes away while it reads', () => {
    const { files, put, inLocks, read } = setUp();
    put(grantOf());
    files.before = ({ name, path }) => {
      if (name === 'read') files.remove(path === inLocks(grantOf().file) ? path : '');
    };
    expect(read()).toMatchObject({ grants: [], unreadable: [] });
  });
});

describe('a record that cannot be read', () => {
  it('spoils itself alone', () => {
    const { files, put, inLocks, read } = setUp();
    put(grantOf());
    files.put(inLocks('torn.lock'), '{"agent":', NOW - MINUTE);
    const { grants, unreadable } = read();
    expect([grants.length, unreadable]).toEqual([
      1,
      [{ file: 'torn.lock', reason: 'it is not valid JSON' }],
    ]);
  });

  it('is told with what the file system said', () => {
    const { files, inLocks, read } = setUp();
    files.refuse(inLocks('a.lock'), 'permission denied', NOW - MINUTE);
    expect(read().unreadable).toEqual([{ file: 'a.lock', reason: 'permission denied' }]);
  });

  it('is not waited for where it is older than two seconds', () => {
    const { clock, files, inLocks, read } = setUp();
    files.put(inLocks('torn.lock'), '{', NOW - 2 * SECOND - 1);
    read();
    expect(clock.slept).toEqual([]);
  });

  it('is read again while it is fresh, and is a grant once it is whole', () => {
    const { clock, files, inLocks, read } = setUp();
    files.put(inLocks('a.lock'), '{"agent":', NOW - SECOND);
    files.before = ({ name }) => {
      if (name === 'read' && clock.slept.length === 3) {
        files.put(inLocks('a.lock'), JSON.stringify(toRecord(handWritten())));
      }
    };
    expect(read()).toMatchObject({ grants: [{ id: 'a.lock' }], unreadable: [] });
  });

  it('is given up after 300 ms, however fresh it is', () => {
    const { clock, files, inLocks, read } = setUp();
    files.put(inLocks('a.lock'), '{', NOW + HOUR);
    const { unreadable } = read();
    expect([unreadable.length, clock.now() - NOW]).toEqual([1, 300]);
  });
});

describe('a claim on its way in', () => {
  const readPending = (text: string, age: number) => {
    const { files, read } = setUp();
    files.put(`${PLACES.claims}/p.lock`, text, NOW - age);
    return read().pending;
  };
  const text = (expiresAt = NOW + HOUR) => JSON.stringify(toRecord(grantOf({ expiresAt })));

  it.each([
    ['that was just announced lives', text(), 0, true],
    ['lives for a minute', text(), PENDING_LIFE - 1, true],
    ['is dead after a minute', text(), PENDING_LIFE, false],
    ['from the far future is dead', text(), -PENDING_LIFE, false],
    ['is dead where its grant has expired', text(NOW), 0, false],
    ['that cannot be read lives for a minute too', '{', PENDING_LIFE - 1, true],
    ['that cannot be read is dead after a minute', '{', PENDING_LIFE, false],
  ])('%s', (_, content, age, alive) => {
    expect(readPending(content, age)).toMatchObject([{ file: 'p.lock', alive }]);
  });

  it('says which grant it is a revision of, whatever its own file is called', () => {
    const revision = grantOf({ id: 'g1', rev: 2, token: 9 });
    const [pending] = readPending(JSON.stringify(toRecord(revision)), 0);
    expect(pending?.grant).toMatchObject({ id: 'g1', rev: 2, token: 9 });
  });

  it('is not waited for', () => {
    const { clock, files, read } = setUp();
    files.put(`${PLACES.claims}/p.lock`, '{');
    read();
    expect(clock.slept).toEqual([]);
  });

  it('is none while it is a draft', () => {
    const { files, read } = setUp();
    files.put(`${PLACES.claims}/.p.lock.tmp`, '{');
    expect(read().pending).toEqual([]);
  });
});

describe('a record that is gone between the listing and the reading', () => {
  it('is no grant that goes unseen: its later revision is found by listing again', () => {
    const { files, put, read } = setUp();
    const [first, third] = [grantOf(), grantOf({ rev: 3 })];
    put(first);
    files.before = ({ name, path }) => {
      if (name !== 'read' || !path.endsWith(first.file)) return;
      files.before = () => undefined;
      files.remove(`${PLACES.locks}/${first.file}`);
      put(third);
    };
    expect(read().grants).toMatchObject([{ id: first.id, rev: 3 }]);
  });

  it('ends the reading all the same where that goes on for ever', () => {
    const { files, put, read } = setUp();
    let rev = 1;
    put(grantOf({ rev }));
    files.before = ({ name, path }) => {
      if (name !== 'read' || !path.startsWith(PLACES.locks)) return;
      files.remove(path);
      rev += 1;
      put(grantOf({ rev }));
    };
    read();
    expect(rev).toBeLessThan(20);
  });
});

describe('the note of an ended grant', () => {
  const putNote = (note: unknown, name: string) => {
    const { files, read } = setUp();
    files.put(`${PLACES.ended}/${name}`, typeof note === 'string' ? note : JSON.stringify(note));
    return read().ended;
  };
  const grant = grantOf();
  const { file } = grant;
  const note = {
    version: 1,
    ended_at: '2026-01-17T15:00:00Z',
    by: 'bob',
    taken: ['src/a.ts'],
    file,
    record: toRecord(grant),
  };
  const name = noteName(grant, 'successor');

  it('tells whose grant it was, when it ended, by whom, and what that one took', () => {
    expect(putNote(note, name)).toMatchObject([
      { file: name, grant, endedAt: NOW - HOUR / 2, by: 'bob', taken: [{ scope: 'src/a.ts' }] },
    ]);
  });

  it('of a record written by hand goes by the name of that', () => {
    const record = { ...toRecord(grant), token: undefined };
    expect(putNote({ ...note, file: 'by-hand.lock', record }, name)).toMatchObject([
      { grant: { id: 'by-hand.lock', token: undefined } },
    ]);
  });

  it('takes nothing for taken that is no scope', () => {
    expect(putNote({ ...note, taken: ['../x', 7, 'src/b.ts'] }, name)).toMatchObject([
      { taken: [{ scope: '7' }, { scope: 'src/b.ts' }] },
    ]);
  });

  it.each(['', '{', 'null', '{}', { ...note, ended_at: 'then' }, { ...note, record: {} }])(
    'that is torn stops nobody: %j',
    (torn) => {
      expect(putNote(torn, name)).toEqual([]);
    },
  );
});

describe('the log', () => {
  const line = (holder: string) =>
    JSON.stringify({ time: 't', event: 'claimed', holder, grant: 'g', scopes: [] });

  it('is empty where there is none', () => {
    expect(readLog(setUp().files, PLACES)).toEqual([]);
  });

  it('is read oldest first, without the lines that a crash tore', () => {
    const { files } = setUp();
    files.put(PLACES.log, `${line('a')}\n{"time":"t","ev\n${line('b')}\n`);
    expect(readLog(files, PLACES).map(({ holder }) => holder)).toEqual(['a', 'b']);
  });

  it('that cannot be read cannot be decided on', () => {
    const { files } = setUp();
    files.refuse(PLACES.log, 'permission denied');
    expect(() => readLog(files, PLACES)).toThrow(Undecided);
  });
});
