import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  copiesOf,
  eventually,
  listWaiting,
  locksDirectory,
  makeGuardedRepo,
  queueDirectory,
  type Repo,
  spawnLeasehold,
  startLeasehold,
  whileWaiting,
  writeLock,
} from '../make-repo.ts';
import { nextOf, pasteNext, runShell } from '../shell.ts';

const CODEX = { holder: 'codex' };
const CLAUDE = { holder: 'claude' };
const CURSOR = { holder: 'cursor' };
const NOBODY = { holder: 'nobody' };
/** For what waits for another process: ended long before on any machine, unless it never ends. */
const PATIENT = { timeout: 60_000 };
const MINUTE = 60_000;

/** codex holds `src/`. */
const makeHeldRepo = copiesOf((): Repo => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/', '--task', 'Port it'], CODEX);
  return repo;
});

const release = (repo: Repo, holder: string): void => {
  repo.leasehold(['release', '--all'], { holder });
};

const listHolders = (repo: Repo): string[] =>
  repo
    .json(['status'], NOBODY)
    .body.grants.map(({ agent }: { agent: string }) => agent)
    .sort();

const listEvents = (repo: Repo, kind: string) =>
  repo.json(['log'], NOBODY).body.events.filter(({ event }: { event: string }) => event === kind);

const listTickets = (repo: Repo): string[] => readdirSync(queueDirectory(repo));

const beatAt = (repo: Repo, tickets: readonly string[], instant: number): void => {
  for (const ticket of tickets) {
    utimesSync(join(queueDirectory(repo), ticket), instant / 1000, instant / 1000);
  }
};

/** Lets the hearts of these waiters beat, who cannot do so themselves, until it is told to stop. */
const keepBeating = (repo: Repo, tickets: readonly string[]): (() => void) => {
  // From the future, for this process may be busy itself.
  const beat = () => beatAt(repo, tickets, Date.now() + 5_000);
  beat();
  const timer = setInterval(beat, 1_000);
  const stop = () => clearInterval(timer);
  onTestFinished(stop);
  return stop;
};

/** Resolves once this waiter's heart has beaten: it has looked, and it waits. */
const untilBeat = (repo: Repo, ticket = ''): Promise<void> => {
  const readBeat = () => statSync(join(queueDirectory(repo), ticket)).mtimeMs;
  const before = readBeat();
  return eventually(() => expect(readBeat()).not.toBe(before));
};

test('grants a claim that waits once the other has released', PATIENT, async () => {
  const repo = makeHeldRepo();
  const waiter = spawnLeasehold(repo, ['claim', 'src/a.ts', '--wait'], CLAUDE);
  await whileWaiting(repo, 'claude');

  release(repo, 'codex');
  const claim = await waiter.ended;

  expect(claim.code).toBe(0);
  expect(claim.stdout).toMatch(/^Granted to claude until /);
  expect(claim.stderr.match(/Waiting for:/g)).toHaveLength(1);
  expect(claim.stderr).toMatch(/codex holds src\/ until [^,]*, task "Port it"/);
  expect(listHolders(repo)).toEqual(['claude']);
  expect(listTickets(repo)).toEqual([]);
  expect(listEvents(repo, 'denied')).toEqual([]);
});

test('shows who waits, for what, since when and until when', PATIENT, async () => {
  const repo = makeHeldRepo();
  const args = ['claim', 'src/a.ts', '--read', 'src/b.ts', '--task', 'Mend it', '--wait'];
  spawnLeasehold(repo, args, CLAUDE);
  await whileWaiting(repo, 'claude');

  const text = repo.leasehold(['status'], NOBODY);
  const [waiting] = repo.json(['status'], NOBODY).body.waiting;
  const elsewhere = repo.json(['status', 'docs/'], NOBODY).body.waiting;

  expect(text.stdout).toMatch(
    /^waiting:\n {2}claude has waited \d+ s for src\/a\.ts {2}src\/b\.ts, task "Mend it"$/m,
  );
  expect(waiting).toEqual({
    holder: 'claude',
    scopes: [
      { scope: 'src/a.ts', mode: 'write' },
      { scope: 'src/b.ts', mode: 'read' },
    ],
    waiting_since: expect.any(String),
    waiting_until: expect.any(String),
    task_description: 'Mend it',
  });
  expect(Date.parse(waiting.waiting_until) - Date.parse(waiting.waiting_since)).toBe(5 * MINUTE);
  expect(elsewhere).toEqual([]);
});

test('prints one JSON object once it is granted, and nothing before', PATIENT, async () => {
  const repo = makeHeldRepo();
  const waiter = spawnLeasehold(repo, ['claim', 'src/', '--timeout', '10m', '--json'], CLAUDE);
  await whileWaiting(repo, 'claude');
  const [waiting] = repo.json(['status'], NOBODY).body.waiting;

  release(repo, 'codex');
  const { code, stdout } = await waiter.ended;

  expect(Date.parse(waiting.waiting_until) - Date.parse(waiting.waiting_since)).toBe(10 * MINUTE);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    granted: true,
    grant: { agent: 'claude' },
  });
});

test(
  'gives up after --timeout: exit 1, one denied event, and no ticket left',
  PATIENT,
  async () => {
    const repo = makeHeldRepo();

    const claim = await startLeasehold(
      repo,
      ['claim', 'src/a.ts', '--wait', '--timeout', '1s'],
      CLAUDE,
    );

    expect(claim).toMatchObject({ code: 1, stdout: '' });
    expect(claim.stderr).toMatch(/^Waiting for:\n.*\nDenied: nothing was claimed\.\n/s);
    expect(claim.stderr).toContain('ways out:');
    expect(listEvents(repo, 'denied')).toMatchObject([
      { holder: 'claude', by: 'codex', scopes: [{ scope: 'src/a.ts', mode: 'write' }] },
    ]);
    expect(listTickets(repo)).toEqual([]);
    expect(listHolders(repo)).toEqual(['codex']);
  },
);

test('does not wait where --timeout is 0s, or where nothing is in the way', () => {
  const repo = makeHeldRepo();

  const denied = repo.leasehold(['claim', 'src/', '--wait', '--timeout', '0s'], CLAUDE);
  const granted = repo.leasehold(['claim', 'docs/', '--wait'], CLAUDE);

  for (const { stderr } of [denied, granted]) expect(stderr).not.toContain('Waiting');
  expect([denied.code, granted.code]).toEqual([1, 0]);
  expect(listWaiting(repo)).toEqual([]);
});

test('serves the first who came first', PATIENT, async () => {
  const repo = makeHeldRepo();
  const first = spawnLeasehold(repo, ['claim', 'src/', '--wait'], CLAUDE);
  await whileWaiting(repo, 'claude');
  const firsts = listTickets(repo);
  const second = spawnLeasehold(repo, ['claim', 'src/a.ts', '--wait'], CURSOR);
  await whileWaiting(repo, 'claude', 'cursor');
  const [seconds] = listTickets(repo).filter((ticket) => !firsts.includes(ticket));
  // However slow the first is, as long as it lives.
  first.send('SIGSTOP');
  const stopBeating = keepBeating(repo, firsts);

  release(repo, 'codex');
  // The second has looked before this beat, perhaps before the release; and once more before the next.
  await untilBeat(repo, seconds);
  await untilBeat(repo, seconds);
  const meanwhile = [listHolders(repo), listWaiting(repo)];
  stopBeating();
  first.send('SIGCONT');
  const claims = [await first.ended];
  const between = [listHolders(repo), listWaiting(repo)];
  release(repo, 'claude');
  claims.push(await second.ended);

  expect(meanwhile).toEqual([[], ['claude', 'cursor']]);
  expect(claims.map(({ code }) => code)).toEqual([0, 0]);
  expect(between).toEqual([['claude'], ['cursor']]);
  expect(listHolders(repo)).toEqual(['cursor']);
});

test('lets all who wait to read in at once', PATIENT, async () => {
  const repo = makeHeldRepo();
  const first = spawnLeasehold(repo, ['claim', '--read', 'src/', '--wait'], CLAUDE);
  await whileWaiting(repo, 'claude');
  const second = spawnLeasehold(repo, ['claim', '--read', 'src/a.ts', '--wait'], CURSOR);
  await whileWaiting(repo, 'claude', 'cursor');

  release(repo, 'codex');
  const claims = await Promise.all([first.ended, second.ended]);

  expect(claims.map(({ code }) => code)).toEqual([0, 0]);
  expect(listHolders(repo)).toEqual(['claude', 'cursor']);
});

test('holds nothing of what it waits for until it can have it all', PATIENT, async () => {
  const repo = makeHeldRepo();
  repo.leasehold(['claim', 'lib/'], CURSOR);
  const waiter = spawnLeasehold(repo, ['claim', 'src/', 'lib/', '--wait'], CLAUDE);
  await whileWaiting(repo, 'claude');

  release(repo, 'codex');
  // Another may have meanwhile what is free and does the waiter no good yet.
  const another = repo.leasehold(['claim', 'src/'], { holder: 'dave' });
  const between = [listHolders(repo), listWaiting(repo)];
  release(repo, 'dave');
  release(repo, 'cursor');
  const claim = await waiter.ended;

  expect(another.code).toBe(0);
  expect(between).toEqual([['cursor', 'dave'], ['claude']]);
  expect(claim.code).toBe(0);
  expect(listHolders(repo)).toEqual(['claude']);
});

test('refuses a claim that would overtake a waiter whose turn it is', PATIENT, async () => {
  const repo = makeHeldRepo();
  const waiter = spawnLeasehold(repo, ['claim', 'src/', '--wait', '--task', 'Mend it'], CLAUDE);
  await whileWaiting(repo, 'claude');
  // A waiter that is awake takes its turn at once; this one is slow, and alive.
  waiter.send('SIGSTOP');
  const stopBeating = keepBeating(repo, listTickets(repo));
  release(repo, 'codex');

  const text = await startLeasehold(repo, ['claim', 'src/a.ts'], CURSOR);
  const json = await startLeasehold(repo, ['claim', 'src/a.ts', '--json'], CURSOR);
  const conflicts = await startLeasehold(repo, ['conflicts', 'src/a.ts', '--json'], CURSOR);
  stopBeating();
  waiter.send('SIGCONT');
  const claim = await waiter.ended;

  const ahead = [
    {
      holder: 'claude',
      scopes: [{ scope: 'src/', mode: 'write' }],
      waiting_since: expect.any(String),
      waiting_until: expect.any(String),
      task_description: 'Mend it',
    },
  ];
  expect(text.code).toBe(1);
  expect(text.stderr).toMatch(
    /claude has waited \d+ s for src\/, task "Mend it": it is their turn first/,
  );
  expect(text.stderr).toContain('wait for your turn: claim with --wait');
  expect([json.code, conflicts.code]).toEqual([1, 1]);
  expect(JSON.parse(json.stdout)).toMatchObject({ granted: false, conflicts: [], ahead });
  expect(JSON.parse(conflicts.stdout)).toMatchObject({ conflicts: [], ahead });
  expect(claim.code).toBe(0);
  expect(listHolders(repo)).toEqual(['claude']);
});

test(
  'lets nobody be blocked by a waiter that was killed, once its heart has stopped',
  PATIENT,
  async () => {
    const repo = makeHeldRepo();
    const waiter = spawnLeasehold(repo, ['claim', 'src/', '--timeout', '10m'], CLAUDE);
    await whileWaiting(repo, 'claude');
    waiter.send('SIGKILL');
    await waiter.ended;
    release(repo, 'codex');
    beatAt(repo, listTickets(repo), Date.now() - MINUTE);

    const waiting = listWaiting(repo);
    const claim = repo.leasehold(['claim', 'src/'], CURSOR);

    expect(waiting).toEqual([]);
    expect(claim).toMatchObject({ code: 0, stderr: '' });
  },
);

test(
  'lets a waiter pass one that was killed before it, once its heart has stopped',
  PATIENT,
  async () => {
    const repo = makeHeldRepo();
    const first = spawnLeasehold(repo, ['claim', 'src/', '--timeout', '10m'], CLAUDE);
    await whileWaiting(repo, 'claude');
    const tickets = listTickets(repo);
    const second = spawnLeasehold(repo, ['claim', 'src/', '--timeout', '10m'], CURSOR);
    await whileWaiting(repo, 'claude', 'cursor');
    first.send('SIGKILL');
    await first.ended;

    release(repo, 'codex');
    beatAt(repo, tickets, Date.now() - MINUTE);
    const claim = await second.ended;

    expect(claim.code).toBe(0);
    expect(listHolders(repo)).toEqual(['cursor']);
  },
);

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('leaves the queue at %s and says %i', PATIENT, async (signal, code) => {
  const repo = makeHeldRepo();
  const waiter = spawnLeasehold(repo, ['claim', 'src/', '--wait'], CLAUDE);
  await whileWaiting(repo, 'claude');

  waiter.send(signal);
  const claim = await waiter.ended;

  expect(claim).toMatchObject({ code, stdout: '' });
  expect(listTickets(repo)).toEqual([]);
  expect(listHolders(repo)).toEqual(['codex']);
});

test(
  'refuses a wait that would close a circle at once, and names everybody in it',
  PATIENT,
  async () => {
    const repo = makeHeldRepo();
    repo.leasehold(['claim', 'lib/'], CLAUDE);
    const waiter = spawnLeasehold(repo, ['claim', 'lib/', '--wait'], CODEX);
    await whileWaiting(repo, 'codex');

    // Nobody releases before they are answered: were one to wait, it would be denied without a circle.
    const text = repo.leasehold(['claim', 'src/a.ts', '--timeout', '20s'], CLAUDE);
    const json = repo.json(['claim', 'src/a.ts', '--timeout', '20s'], CLAUDE);
    const between = listWaiting(repo);
    release(repo, 'claude');
    const claim = await waiter.ended;

    expect(text).toMatchObject({ code: 1, stdout: '' });
    expect(text.stderr).toContain(
      'A wait would never end: claude waits for codex waits for claude.',
    );
    expect(text.stderr).toContain('codex holds src/ until');
    expect(json).toMatchObject({
      code: 1,
      body: {
        granted: false,
        cycle: ['claude', 'codex', 'claude'],
        conflicts: [{ scope: 'src/a.ts', held_by: { holder: 'codex' } }],
      },
    });
    expect(between).toEqual(['codex']);
    expect(claim.code).toBe(0);
  },
);

test('refuses a circle of three, each of whom waits for the next', PATIENT, async () => {
  const repo = makeHeldRepo();
  repo.leasehold(['claim', 'lib/'], CLAUDE);
  repo.leasehold(['claim', 'docs/'], CURSOR);
  spawnLeasehold(repo, ['claim', 'lib/', '--wait'], CODEX);
  await whileWaiting(repo, 'codex');
  spawnLeasehold(repo, ['claim', 'docs/', '--wait'], CLAUDE);
  await whileWaiting(repo, 'codex', 'claude');

  const { code, body } = repo.json(['claim', 'src/', '--timeout', '20s'], CURSOR);

  expect(code).toBe(1);
  expect(body.cycle).toEqual(['cursor', 'codex', 'claude', 'cursor']);
  expect(listWaiting(repo)).toEqual(['codex', 'claude']);
});

test('takes over a grant that runs out while it is waited for', PATIENT, async () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/', '--ttl', '2s'], CODEX);

  const claim = await startLeasehold(repo, ['claim', 'src/a.ts', '--wait'], CLAUDE);

  expect(claim.code).toBe(0);
  expect(claim.stderr).toContain('Overwriting expired lock for codex\n');
  expect(listHolders(repo)).toEqual(['claude']);
  expect(listEvents(repo, 'taken-over')).toMatchObject([{ holder: 'codex', by: 'claude' }]);
});

test('gets through when a lock that was written by hand is removed', PATIENT, async () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'by-hand.lock', { files: ['src/'] });
  const waiter = spawnLeasehold(repo, ['claim', 'src/a.ts', '--wait'], CLAUDE);
  await whileWaiting(repo, 'claude');

  rmSync(join(locksDirectory(repo), 'by-hand.lock'));
  const claim = await waiter.ended;

  expect(claim.code).toBe(0);
});

test('waits from any worktree in one queue', PATIENT, async () => {
  const repo = makeHeldRepo();
  const tree = repo.addWorktree('tree');
  const waiter = spawnLeasehold(tree, ['claim', 'src/', '--wait'], CLAUDE);
  await whileWaiting(repo, 'claude');

  release(repo, 'codex');
  const claim = await waiter.ended;

  expect(claim.code).toBe(0);
  expect(repo.json(['status'], NOBODY).body.grants).toMatchObject([{ worktree: tree.top }]);
});

test('tells the holder who waits, and with what command they let them in', PATIENT, async () => {
  const repo = makeHeldRepo();
  const waiter = spawnLeasehold(repo, ['claim', 'src/a.ts', '--wait'], CLAUDE);
  await whileWaiting(repo, 'claude');

  const { stderr } = repo.leasehold(['status'], CODEX);
  const remedy = stderr.split('\n').find((line) => line.startsWith('  leasehold ')) ?? 'false';
  const pasted = runShell(repo, remedy, CODEX);
  const claim = await waiter.ended;

  expect(stderr).toMatch(/^note: claude has waited \d+ s for src\/, which you hold$/m);
  expect(remedy.trim()).toBe('leasehold release -- src');
  expect(pasted.code).toBe(0);
  expect(claim.code).toBe(0);
});

test('lets the holder commit while others wait, and tells of them', PATIENT, async () => {
  const repo = makeHeldRepo();
  spawnLeasehold(repo, ['claim', 'src/', '--wait'], CLAUDE);
  await whileWaiting(repo, 'claude');
  repo.write('src/a.ts', 'one\n');
  repo.git('add', '--all');

  const waiters = repo.tryGit(['commit', '-m', 'theirs'], CLAUDE);
  const holders = repo.tryGit(['commit', '-m', 'mine'], CODEX);

  expect(waiters.code).toBe(1);
  expect(waiters.stderr).toContain('codex holds it');
  expect(holders.code).toBe(0);
  expect(holders.stderr).toContain('claude has waited');
});

test('lets nobody be blocked by a ticket that cannot be read', PATIENT, async () => {
  const repo = makeHeldRepo();
  spawnLeasehold(repo, ['claim', 'src/', '--wait'], CLAUDE);
  await whileWaiting(repo, 'claude');
  for (const [name, text] of [
    ['half.json', '{"version":1,"holder":"x","since":"2026-'],
    ['foreign.json', '{"holder":"x","scopes":"everything"}'],
    ['pattern.json', '{"holder":"x","since":"2026-01-01","until":"2099-01-01","scopes":[{}]}'],
  ] as const) {
    writeFileSync(join(queueDirectory(repo), name), text);
  }

  const waiting = listWaiting(repo);
  const claim = repo.leasehold(['claim', 'docs/'], CURSOR);

  expect(waiting).toEqual(['claude']);
  expect(claim).toMatchObject({ code: 0, stderr: '' });
});

test('refuses a --timeout that is no duration, and says how to write one', () => {
  const repo = makeHeldRepo();

  const misused = ['soon', '-5s', '30'].map((timeout) =>
    repo.leasehold(['claim', 'docs/', `--timeout=${timeout}`], CLAUDE),
  );

  for (const { code, stderr } of misused) {
    expect(code).toBe(2);
    expect(stderr).toContain('is no duration');
    expect(nextOf(stderr)).toContain('30s, 5m or 1h');
  }
  expect(listHolders(repo)).toEqual(['codex']);
});

test(
  'grants nothing to a waiter while a lock is spoiled, and leaves the queue',
  PATIENT,
  async () => {
    const repo = makeHeldRepo();
    const waiter = spawnLeasehold(repo, ['claim', 'src/', '--wait'], CLAUDE);
    await whileWaiting(repo, 'claude');

    writeLock(repo, 'spoiled.lock', { files: 'src' });
    const claim = await waiter.ended;

    expect(claim.code).toBe(2);
    expect(claim.stderr).toContain('spoiled.lock');
    expect(nextOf(claim.stderr)).toBe('leasehold doctor --fix');
    expect(listTickets(repo)).toEqual([]);
    expect(pasteNext(repo, claim.stderr, CLAUDE).code).toBe(0);
  },
);
