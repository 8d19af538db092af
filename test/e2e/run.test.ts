import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  eventually,
  makeGuardedRepo,
  makeRepo,
  queueDirectory,
  type Repo,
  type Running,
  spawnLeasehold,
  startLeasehold,
  whileWaiting,
} from '../make-repo.ts';
import { nextOf, pasteNext } from '../shell.ts';

const CODEX = { holder: 'codex' };
const CLAUDE = { holder: 'claude' };
const NOBODY = { holder: 'nobody' };
/** For what waits for another process: ended long before on any machine, unless it never ends. */
const PATIENT = { timeout: 60_000 };
const SECOND = 1_000;

/** Says that it is there, and ends when it is told to; by itself only where nobody tells it any more. */
const UNTIL_TOLD = 'touch ready; for i in $(seq 1200); do test -e go && exit 0; sleep 0.05; done';

const shell = (script: string): string[] => ['--', 'sh', '-c', script];

const listGrants = (repo: Repo) => repo.json(['status'], NOBODY).body.grants;

const listEvents = (repo: Repo) => repo.json(['log'], NOBODY).body.events;

const untilReady = (repo: Repo): Promise<void> =>
  eventually(() => expect(existsSync(repo.path('ready'))).toBe(true));

/** codex runs what ends when it is told to, and it has begun. */
const startUntilTold = async (repo: Repo, ...args: string[]): Promise<Running> => {
  const running = spawnLeasehold(repo, ['run', ...args, ...shell(UNTIL_TOLD)], CODEX);
  await untilReady(repo);
  return running;
};

/** Ends codex's grant by force; a renewal that lands just then makes it look again. */
const endByForce = (repo: Repo): Promise<void> =>
  eventually(() => {
    const args = ['release', '--force', '--reason', 'urgent fix', 'src/'];
    const { body } = repo.json(args, { holder: 'dave' });
    expect(body.forced).toMatchObject([{ forced: 'all', holder: 'codex' }]);
  });

test('holds while the command runs, and gives back afterwards', () => {
  const repo = makeGuardedRepo();

  const args = [
    'run',
    'src/',
    '--read',
    'api.ts',
    '--task',
    'Port it',
    '--ttl',
    '30m',
    '--confine',
  ];
  const run = repo.leasehold([...args, '--', 'leasehold', 'status', '--json'], CODEX);

  expect(run.code).toBe(0);
  expect(run.stderr).toMatch(
    /^leasehold: holding src\/ api\.ts until .* as long as the command runs$/m,
  );
  // Standard output is the command's alone.
  const { grants } = JSON.parse(run.stdout);
  expect(grants).toMatchObject([
    {
      agent: 'codex',
      directories: ['src/'],
      read: { files: ['api.ts'] },
      task_description: 'Port it',
    },
  ]);
  expect(Date.parse(grants[0].expires_at) - Date.parse(grants[0].locked_at)).toBe(1_800 * SECOND);
  expect(listGrants(repo)).toEqual([]);
  expect(listEvents(repo).map(({ event }: { event: string }) => event)).toEqual([
    'claimed',
    'released',
  ]);
});

test('keeps others out while the command runs', () => {
  const repo = makeGuardedRepo();

  const claim = repo.leasehold(
    ['run', 'src/', '--', 'leasehold', 'claim', 'src/a.ts', '--as', 'claude'],
    CODEX,
  );

  expect(claim.code).toBe(1);
  expect(claim.stderr).toContain('codex holds src/ until');
});

test('lets the command commit what it holds, and nothing that another holds', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'lib/'], CLAUDE);
  const commit = (path: string) =>
    repo.leasehold(
      ['run', 'src/', ...shell(`echo x >>${path} && git add ${path} && git commit -qm x`)],
      CODEX,
    );
  repo.write('src/a.ts', 'one\n');
  repo.write('lib/a.ts', 'one\n');

  const own = commit('src/a.ts');
  const others = commit('lib/a.ts');

  expect(own.code).toBe(0);
  expect(others.code).toBe(1);
  expect(others.stderr).toContain('claude holds it');
});

test.each([0, 1, 2, 7, 125])('returns the exit code of the command: %i', (code) => {
  const repo = makeGuardedRepo();

  const run = repo.leasehold(['run', 'src/', ...shell(`exit ${code}`)], CODEX);

  expect(run).toMatchObject({ code, stdout: '' });
  expect(listGrants(repo)).toEqual([]);
});

test.each([
  ['SIGTERM', 143],
  ['SIGKILL', 137],
  ['SIGINT', 130],
])('returns 128 and the number of the signal that ended the command: %s', (signal, code) => {
  const repo = makeGuardedRepo();

  const run = repo.leasehold(['run', 'src/', ...shell(`kill -${signal.slice(3)} $$`)], CODEX);

  expect(run.code).toBe(code);
  expect(listGrants(repo)).toEqual([]);
});

test('returns 127 where there is no such command, 126 where it cannot be run', () => {
  const repo = makeGuardedRepo({ 'notes.txt': 'no program\n' });
  const start = (program: string) => repo.leasehold(['run', 'src/', '--', program, '-x'], CODEX);

  const missing = start('no-such-command');
  const spoiled = [start('./notes.txt'), start(repo.top), start('./notes.txt/below')];
  const empty = start('');

  expect([missing.code, empty.code]).toEqual([127, 127]);
  expect(missing.stderr).toContain('no-such-command');
  expect(spoiled.map(({ code }) => code)).toEqual([126, 126, 126]);
  expect(spoiled[0]?.stderr).toContain('./notes.txt');
  expect(listGrants(repo)).toEqual([]);
});

test('returns 125 and runs nothing where another is in the way, and says who', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/', '--task', 'Port it'], CLAUDE);

  const run = repo.leasehold(['run', 'docs/', 'src/a.ts', ...shell('touch ran')], CODEX);

  expect(run).toMatchObject({ code: 125, stdout: '' });
  expect(run.stderr).toContain('Denied: nothing was claimed.');
  expect(run.stderr).toMatch(/claude holds src\/ until [^,]*, task "Port it"/);
  expect(run.stderr).toContain('ways out:');
  expect(existsSync(repo.path('ran'))).toBe(false);
  expect(listGrants(repo)).toMatchObject([{ agent: 'claude' }]);
});

test('returns 125 and runs nothing outside a repository, or where a lock cannot be read', () => {
  const repo = makeGuardedRepo();
  const outside = repo.leasehold(['run', 'src/', ...shell('touch ran')], { cwd: repo.root });
  repo.write('.git/leasehold/locks/spoiled.lock', '{');

  const spoiled = repo.leasehold(['run', 'src/', ...shell('touch ran')], CODEX);
  const pasted = pasteNext(repo, spoiled.stderr, CODEX);
  const mended = repo.leasehold(['run', 'src/', ...shell('exit 0')], CODEX);

  expect([outside.code, spoiled.code]).toEqual([125, 125]);
  expect(outside.stderr).toContain('this is not a git repository');
  expect(spoiled.stderr).toContain('spoiled.lock');
  expect(existsSync(repo.path('ran'))).toBe(false);
  expect([pasted.code, mended.code]).toEqual([0, 0]);
});

test.each([
  ['no scope', ['run', '--', 'touch', 'ran'], 'no SCOPE was given'],
  ['no command', ['run', 'src/'], 'no command was given'],
  ['no command behind --', ['run', 'src/', '--'], 'no command was given'],
  ['a command without --', ['run', 'src/', 'touch', 'ran'], 'no command was given'],
  ['an unknown option', ['run', '--nope', 'src/', '--', 'touch', 'ran'], "Unknown option '--nope'"],
])('returns 125 for %s, with what is missing and what to do next', (_, args, message) => {
  const repo = makeGuardedRepo();

  const misused = repo.leasehold(args, CODEX);

  expect(misused).toMatchObject({ code: 125, stdout: '' });
  expect(misused.stderr).toMatch(/^leasehold: /m);
  expect(misused.stderr).toContain(message);
  expect(nextOf(misused.stderr)).toBe('leasehold run --help');
  expect(pasteNext(repo, misused.stderr, CODEX)).toMatchObject({ code: 0, stderr: '' });
  expect(existsSync(repo.path('ran'))).toBe(false);
  expect(listGrants(repo)).toEqual([]);
});

test('says how it is used, in words that can be pasted', () => {
  const repo = makeRepo();
  const misused = repo.leasehold(['run', '--nope', 'src/', '--', 'true'], CODEX);

  const pasted = pasteNext(repo, misused.stderr, CODEX);

  expect(nextOf(misused.stderr)).toBe('leasehold run --help');
  expect(pasted).toMatchObject({ code: 0, stderr: '' });
  expect(pasted.stdout).toContain('leasehold run SCOPE… -- COMMAND');
});

test('leaves alone what stands behind --, options and another -- too', () => {
  const repo = makeGuardedRepo();
  const theirs = ['--json', '--as', 'claude', '--help', '-x', '--', 'a b', '', '$HOME', '--wait'];
  const print = 'console.log(JSON.stringify(process.argv.slice(1)))';

  const run = repo.leasehold(
    ['run', 'src/', '--', process.execPath, '-e', print, '--', ...theirs],
    CODEX,
  );

  expect(run.code).toBe(0);
  expect(JSON.parse(run.stdout)).toEqual(theirs);
});

test('does not take the --json of the command for its own', () => {
  const repo = makeGuardedRepo();

  const misused = repo.leasehold(['run', '--nope', 'src/', '--', 'tool', '--json'], CODEX);

  expect(misused).toMatchObject({ code: 125, stdout: '' });
  expect(misused.stderr).toContain("Unknown option '--nope'");
});

test('passes standard input to the command, and its outputs on', () => {
  const repo = makeGuardedRepo();

  const run = repo.leasehold(['run', 'src/', ...shell('cat; echo oops >&2')], {
    ...CODEX,
    input: 'one\ntwo\n',
  });

  expect(run).toMatchObject({ code: 0, stdout: 'one\ntwo\n' });
  expect(run.stderr).toContain('oops\n');
});

test('runs the command where it was started, with scopes as seen from there', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });

  const args = ['run', 'a.ts', ...shell('pwd; leasehold status')];
  const run = repo.leasehold(args, { ...CODEX, cwd: repo.path('src') });

  expect(run.stdout).toContain(`${repo.path('src')}\n`);
  expect(run.stdout).toContain('  src/a.ts\n');
});

test('lets the command act as the holder, whoever the name comes from', () => {
  const repo = makeGuardedRepo();
  const whoami = ['--', 'leasehold', 'whoami', '--json'];
  const askWho = (args: string[], call = {}) =>
    JSON.parse(repo.leasehold(['run', 'src/', ...args, ...whoami], call).stdout);

  const byName = askWho([], CODEX);
  const byFlag = askWho(['--as', 'claude'], CODEX);
  const bySession = askWho([], { env: { CLAUDE_CODE_SESSION_ID: 'session-1' } });
  const byEmail = askWho([]);

  expect(byName).toMatchObject({ holder: 'codex', source: 'environment' });
  expect(byFlag).toMatchObject({ holder: 'claude', source: 'environment' });
  expect(bySession).toMatchObject({ holder: 'session-1' });
  expect(byEmail).toMatchObject({ holder: 'ben@example.com' });
});

test('sets LEASEHOLD_HOLDER for the command', () => {
  const repo = makeGuardedRepo();

  const args = ['run', 'src/', '--as', 'claude', ...shell('echo "$LEASEHOLD_HOLDER"')];
  const run = repo.leasehold(args, CODEX);

  expect(run.stdout).toBe('claude\n');
});

test('leaves a person a person while their command runs', () => {
  const repo = makeGuardedRepo({ 'a.ts': 'one\n', 'b.ts': 'one\n' });

  // Outside of their grant a person is warned, and a named holder refused.
  const script = 'echo two >a.ts; echo two >b.ts; git commit -qam both';
  const person = repo.leasehold(['run', 'a.ts', ...shell(script)]);
  const named = repo.leasehold(['run', 'a.ts', ...shell(script.replaceAll('two', '3'))], CODEX);

  expect(person.code).toBe(0);
  expect(person.stderr).toContain('lock/outside-grant');
  expect(named.code).toBe(1);
});

test('gives back its own grant alone, and nothing that the holder had before', () => {
  const repo = makeGuardedRepo();
  const { grant } = repo.json(['claim', 'src/'], CODEX).body;

  const run = repo.leasehold(['run', 'src/a.ts', 'lib/', ...shell('exit 0')], CODEX);
  const inside = repo.leasehold(['run', 'src/a.ts', ...shell('exit 0')], CODEX);

  expect([run.code, inside.code]).toEqual([0, 0]);
  expect(listGrants(repo)).toEqual([grant]);
});

test(
  'holds what each of two commands of one holder needs until it has ended itself',
  PATIENT,
  async () => {
    const repo = makeGuardedRepo();
    const first = await startUntilTold(repo, 'src/');

    const second = repo.leasehold(['run', 'src/', ...shell('exit 0')], CODEX);
    const claim = repo.leasehold(['claim', 'src/'], CLAUDE);
    repo.write('go', '');
    const ended = await first.ended;

    expect(second.code).toBe(0);
    expect(claim.code).toBe(1);
    expect(ended.code).toBe(0);
    expect(ended.stderr).not.toContain('lost');
    expect(listGrants(repo)).toEqual([]);
  },
);

test('holds for a command within a command', () => {
  const repo = makeGuardedRepo();

  const inner = ['--', 'leasehold', 'run', 'lib/', '--', 'leasehold', 'status', '--json'];
  const run = repo.leasehold(['run', 'src/', ...inner], CODEX);

  expect(run.code).toBe(0);
  const held = JSON.parse(run.stdout).grants.map(
    ({ directories }: { directories: string[] }) => directories,
  );
  expect(held.sort()).toEqual([['lib/'], ['src/']]);
  expect(listGrants(repo)).toEqual([]);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'sends %s on to the command, and gives back when that has ended',
  PATIENT,
  async (signal) => {
    const repo = makeGuardedRepo();
    // The command goes on after it has heard, to put things in order: nobody may come in yet.
    const trap = `trap 'touch heard; while ! test -e go; do sleep 0.05; done; exit 9' ${signal.slice(3)}`;
    const run = spawnLeasehold(repo, ['run', 'src/', ...shell(`${trap}; ${UNTIL_TOLD}`)], CODEX);
    await untilReady(repo);

    run.send(signal);
    await eventually(() => expect(existsSync(repo.path('heard'))).toBe(true));
    const meanwhile = listGrants(repo);
    repo.write('go', '');
    const { code } = await run.ended;

    expect(meanwhile).toMatchObject([{ agent: 'codex' }]);
    expect(code).toBe(9);
    expect(listGrants(repo)).toEqual([]);
  },
);

test('ends with the command that a signal ends, and gives back', PATIENT, async () => {
  const repo = makeGuardedRepo();
  const run = await startUntilTold(repo, 'src/');

  run.send('SIGTERM');
  const { code } = await run.ended;

  expect(code).toBe(143);
  expect(listGrants(repo)).toEqual([]);
});

test('renews for as long as the command lives, however short the grant', PATIENT, async () => {
  const repo = makeGuardedRepo();
  const ttl = 2 * SECOND;
  const run = await startUntilTold(repo, 'src/', '--ttl', '2s');

  // One grant that has been there for longer than it was granted for, and has as much again.
  const grant = await eventually(() => {
    const [held] = listGrants(repo);
    expect(Date.parse(held?.expires_at) - Date.parse(held?.locked_at)).toBeGreaterThan(2 * ttl);
    return held;
  });
  repo.write('go', '');
  const { code } = await run.ended;

  expect(grant).toMatchObject({ agent: 'codex', directories: ['src/'] });
  expect(grant.rev).toBeGreaterThan(2);
  expect(code).toBe(0);
  expect(listGrants(repo)).toEqual([]);
});

test('claims again what was ended by force and is free, and says so', PATIENT, async () => {
  const repo = makeGuardedRepo();
  const run = await startUntilTold(repo, 'src/', '--ttl', '4s');
  const [{ id }] = listGrants(repo);

  await endByForce(repo);
  const again = await eventually(() => {
    const [held] = listGrants(repo);
    expect(held?.agent).toBe('codex');
    return held;
  });
  repo.write('go', '');
  const { code, stderr } = await run.ended;

  expect(again).toMatchObject({ directories: ['src/'], rev: 1 });
  expect(again.id).not.toBe(id);
  expect(code).toBe(0);
  expect(stderr).toMatch(/the grant was lost.* claimed again/);
  // The note of it is settled by claiming again: it is told here or never.
  expect(stderr).toContain('dave ended it by force, reason "urgent fix"');
  expect(listGrants(repo)).toEqual([]);
});

test('stops the command where another has taken what was lost, and says who', PATIENT, async () => {
  const repo = makeGuardedRepo();
  const trap = "trap 'touch heard; exit 3' TERM";
  const args = ['run', 'src/', '--ttl', '12s', ...shell(`${trap}; ${UNTIL_TOLD}`)];
  const run = spawnLeasehold(repo, args, CODEX);
  await untilReady(repo);
  // Whoever waits comes first once the grant is gone, whether or not they have come in yet.
  const waiter = spawnLeasehold(repo, ['claim', 'src/a.ts', '--wait', '--json'], CLAUDE);
  await whileWaiting(repo, 'claude');

  await endByForce(repo);
  const [{ code, stderr }, claim] = await Promise.all([run.ended, waiter.ended]);

  expect(existsSync(repo.path('heard'))).toBe(true);
  expect(code).toBe(3);
  expect(stderr).toContain('the grant was lost');
  expect(stderr).toContain('stopping the command');
  expect(stderr).toMatch(/claude (holds|has waited)/);
  expect(claim.code).toBe(0);
  expect(listGrants(repo)).toMatchObject([{ agent: 'claude', files: ['src/a.ts'] }]);
});

test('waits with --wait, and then runs the command', PATIENT, async () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], CLAUDE);
  const run = spawnLeasehold(repo, ['run', 'src/a.ts', '--wait', ...shell('echo ran')], CODEX);
  await whileWaiting(repo, 'codex');

  repo.leasehold(['release', '--all'], CLAUDE);
  const { code, stdout } = await run.ended;

  expect({ code, stdout }).toEqual({ code: 0, stdout: 'ran\n' });
  expect(readdirSync(queueDirectory(repo))).toEqual([]);
  expect(listGrants(repo)).toEqual([]);
});

test('runs nothing where a signal ends the wait, or its time is over', PATIENT, async () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], CLAUDE);
  const run = spawnLeasehold(repo, ['run', 'src/', '--wait', ...shell('touch ran')], CODEX);
  await whileWaiting(repo, 'codex');

  run.send('SIGTERM');
  const stopped = await run.ended;
  const args = ['run', 'src/', '--timeout', '1s', ...shell('touch ran')];
  const late = await startLeasehold(repo, args, CODEX);

  expect([stopped.code, late.code]).toEqual([143, 125]);
  expect(existsSync(repo.path('ran'))).toBe(false);
  expect(readdirSync(queueDirectory(repo))).toEqual([]);
});
