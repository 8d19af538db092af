import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
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
/** For what waits for another process: ended long before on any machine, unless it never ends. */
const PATIENT = { timeout: 60_000 };
const AT_ONCE = ['--timeout', '0s'];

const claim = (repo: Repo, holder: string, ...args: string[]) =>
  repo.json(['claim', ...args], { holder }).body.grant;

/** What `holder` has now, as `status` shows it. */
const grantsOf = (repo: Repo, holder: string) =>
  repo
    .json(['status'], { holder: 'nobody' })
    .body.grants.filter(({ agent }: { agent: string }) => agent === holder);

const eventsOf = (repo: Repo, kind: string) =>
  repo
    .json(['log'], { holder: 'nobody' })
    .body.events.filter(({ event }: { event: string }) => event === kind);

/** Lets every lock of `holder` have run out a minute ago. */
const expireLocks = (repo: Repo, holder: string): void => {
  for (const name of readdirSync(locksDirectory(repo))) {
    const path = join(locksDirectory(repo), name);
    const record = JSON.parse(readFileSync(path, 'utf8'));
    if (record.agent !== holder) continue;
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    writeFileSync(path, JSON.stringify({ ...record, locked_at: ago(61), expires_at: ago(1) }));
  }
};

test('adds scopes to a grant, which keeps its id and its expiry and gets a later token', () => {
  const repo = makeGuardedRepo();
  const first = claim(repo, 'codex', 'src/');
  const other = claim(repo, 'claude', 'other/');

  const args = ['extend', 'lib/', 'test/*.ts', '--read', 'api.ts', '--doc', 'docs/'];
  const { code, body } = repo.json(args, CODEX);

  expect(code).toBe(0);
  expect(body).toMatchObject({
    version: 1,
    granted: true,
    grant: {
      id: first.id,
      rev: 2,
      locked_at: first.locked_at,
      expires_at: first.expires_at,
      directories: ['src/', 'lib/'],
      patterns: ['glob:test/*.ts'],
      read: { files: ['api.ts'] },
      doc: { directories: ['docs/'] },
    },
    added: [
      { scope: 'lib/', mode: 'write' },
      { scope: 'glob:test/*.ts', mode: 'write' },
      { scope: 'api.ts', mode: 'read' },
      { scope: 'docs/', mode: 'doc-write' },
    ],
  });
  expect(body.grant.token).toBeGreaterThan(other.token);
  expect(grantsOf(repo, 'codex')).toEqual([body.grant]);
});

test('logs what was added, and nothing of what was there', () => {
  const repo = makeGuardedRepo();
  const { id } = claim(repo, 'codex', 'src/');

  const { grant } = repo.json(['extend', 'lib/'], CODEX).body;

  expect(eventsOf(repo, 'extended')).toMatchObject([
    { holder: 'codex', grant: id, token: grant.token, scopes: [{ scope: 'lib/', mode: 'write' }] },
  ]);
});

test('lets its holder commit under what was added, and nobody else', () => {
  const repo = makeGuardedRepo();
  claim(repo, 'codex', 'src/');
  repo.leasehold(['extend', 'test/*.ts'], CODEX);
  repo.write('test/a.ts', 'one\n');
  repo.git('add', '--all');

  const refused = repo.tryGit(['commit', '-m', 'theirs'], CLAUDE);
  const allowed = repo.tryGit(['commit', '-m', 'mine'], CODEX);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('codex holds it');
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});

test('says what is granted now, and how to give it back in words that work', () => {
  const repo = makeGuardedRepo();
  claim(repo, 'codex', 'src/');

  const extended = repo.leasehold(['extend', 'lib/', '--read', 'api.ts'], CODEX);
  const pasted = runShell(repo, extended.stdout.split('give it back: ')[1] ?? 'false', CODEX);

  expect(extended).toMatchObject({ code: 0, stderr: '' });
  expect(extended.stdout).toMatch(/^Extended for codex until /);
  expect(extended.stdout).toContain('  src/\n');
  expect(extended.stdout).toContain('  lib/\n');
  expect(extended.stdout).toContain('  api.ts (read)\n');
  expect(pasted.code).toBe(0);
  expect(grantsOf(repo, 'codex')).toEqual([]);
});

test('adds all scopes or none of them', () => {
  const repo = makeGuardedRepo();
  const before = claim(repo, 'codex', 'src/');
  claim(repo, 'claude', 'b.ts');

  const extended = repo.leasehold(['extend', 'a.ts', 'b.ts', 'c.ts', ...AT_ONCE], CODEX);

  expect(extended.code).toBe(1);
  expect(grantsOf(repo, 'codex')).toEqual([before]);
  expect(repo.leasehold(['claim', 'a.ts', 'c.ts'], CLAUDE).code).toBe(0);
});

test('says who has what is asked for, until when, what for, and every way out', () => {
  const repo = makeGuardedRepo();
  claim(repo, 'codex', 'src/');
  const held = claim(repo, 'claude', 'lib/', '--task', 'Port it');

  const text = repo.leasehold(['extend', 'lib/a.ts', ...AT_ONCE], CODEX);
  const json = repo.json(['extend', 'lib/a.ts', ...AT_ONCE], CODEX);

  expect(text).toMatchObject({ code: 1, stdout: '' });
  expect(text.stderr).toContain('Denied');
  expect(text.stderr).toMatch(/claude holds lib\/ until [^,]*UTC \(in [^,]*\), task "Port it"/);
  expect(json).toMatchObject({
    code: 1,
    body: {
      version: 1,
      granted: false,
      conflicts: [
        {
          scope: 'lib/a.ts',
          mode: 'write',
          held_by: {
            holder: 'claude',
            grant: held.id,
            scope: 'lib/',
            mode: 'write',
            expires_at: held.expires_at,
            task_description: 'Port it',
          },
        },
      ],
    },
  });
  expect(json.body.ways_out).toHaveLength(5);
});

test('gives up after --timeout: one denied event, and no ticket left', PATIENT, async () => {
  const repo = makeGuardedRepo();
  claim(repo, 'codex', 'src/');
  claim(repo, 'claude', 'lib/');

  const extended = await startLeasehold(repo, ['extend', 'lib/', '--timeout', '1s'], CODEX);

  expect(extended.code).toBe(1);
  expect(extended.stderr).toMatch(/^Waiting for:\n.*claude holds lib\/.*\nDenied: /s);
  expect(eventsOf(repo, 'denied')).toMatchObject([
    { holder: 'codex', by: 'claude', scopes: [{ scope: 'lib/', mode: 'write' }] },
  ]);
  expect(readdirSync(queueDirectory(repo))).toEqual([]);
});

test(
  'waits half a minute unless told otherwise, and goes on when it is free',
  PATIENT,
  async () => {
    const repo = makeGuardedRepo();
    const { id } = claim(repo, 'codex', 'src/', '--task', 'Port it');
    claim(repo, 'claude', 'lib/');
    const { ended } = spawnLeasehold(repo, ['extend', 'lib/', '--json'], CODEX);
    await whileWaiting(repo, 'codex');
    const [waiting] = repo.json(['status'], CLAUDE).body.waiting;

    repo.leasehold(['release', '--all'], CLAUDE);
    const extended = await ended;

    expect(Date.parse(waiting.waiting_until) - Date.parse(waiting.waiting_since)).toBe(30_000);
    expect(waiting).toMatchObject({
      scopes: [{ scope: 'lib/', mode: 'write' }],
      task_description: 'Port it',
    });
    expect(extended.code).toBe(0);
    expect(JSON.parse(extended.stdout)).toMatchObject({ granted: true, grant: { id, rev: 2 } });
    expect(readdirSync(queueDirectory(repo))).toEqual([]);
    expect(eventsOf(repo, 'denied')).toEqual([]);
  },
);

test('adds nothing to a grant that is released while it waits, and says so', PATIENT, async () => {
  const repo = makeGuardedRepo();
  claim(repo, 'codex', 'src/');
  claim(repo, 'claude', 'lib/');
  const text = spawnLeasehold(repo, ['extend', 'lib/', '--timeout', '5m'], CODEX);
  const json = spawnLeasehold(repo, ['extend', 'lib/x', '--timeout', '5m', '--json'], CODEX);
  await whileWaiting(repo, 'codex', 'codex');

  repo.leasehold(['release', '--all'], CODEX);
  const [told, printed] = await Promise.all([text.ended, json.ended]);

  expect(told.code).toBe(1);
  expect(told.stderr).toContain('Not extended: it has been released or taken over meanwhile.');
  expect(printed.code).toBe(1);
  expect(JSON.parse(printed.stdout)).toEqual({ version: 1, granted: false, reason: 'gone' });
  expect(readdirSync(queueDirectory(repo))).toEqual([]);
  expect(grantsOf(repo, 'codex')).toEqual([]);
});

test('writes nothing where the grant has it all already', () => {
  const repo = makeGuardedRepo();
  const before = claim(repo, 'codex', 'src/', '--read', 'docs/');

  const text = repo.leasehold(['extend', 'src/deep/a.ts', '--read', 'docs/a.md'], CODEX);
  const json = repo.json(['extend', 'src/'], CODEX);

  expect(text.code).toBe(0);
  expect(text.stdout).toMatch(/^Granted already to codex until /);
  expect(json).toEqual({
    code: 0,
    body: { version: 1, granted: true, grant: before, added: [] },
  });
  expect(grantsOf(repo, 'codex')).toEqual([before]);
});

test('makes a read a write where nobody else reads', () => {
  const repo = makeGuardedRepo();
  claim(repo, 'codex', 'src/', '--read', 'api.ts');

  const { code, body } = repo.json(['extend', 'api.ts', ...AT_ONCE], CODEX);
  const reader = repo.leasehold(['claim', '--read', 'api.ts'], CLAUDE);

  expect(code).toBe(0);
  expect(body.grant).toMatchObject({ files: ['api.ts'], directories: ['src/'] });
  expect(body.grant.read?.files ?? []).toEqual([]);
  expect(reader.code).toBe(1);
});

test('refuses to make a read a write while another reads, and keeps the read', () => {
  const repo = makeGuardedRepo();
  const before = claim(repo, 'codex', '--read', 'api.ts');
  claim(repo, 'claude', '--read', 'api.ts');

  const extended = repo.leasehold(['extend', 'api.ts', ...AT_ONCE], CODEX);
  const writer = repo.leasehold(['claim', 'api.ts'], { holder: 'cursor' });

  expect(extended.code).toBe(1);
  expect(extended.stderr).toContain('claude holds api.ts (read) until');
  expect(grantsOf(repo, 'codex')).toEqual([before]);
  expect(writer.code).toBe(1);
  expect(writer.stderr).toContain('codex holds api.ts (read) until');
});

test('of two readers who both want to write, refuses the later at once', PATIENT, async () => {
  const repo = makeGuardedRepo();
  const { id } = claim(repo, 'codex', '--read', 'api.ts');
  claim(repo, 'claude', '--read', 'api.ts');
  const first = spawnLeasehold(repo, ['extend', 'api.ts', '--timeout', '5m', '--json'], CODEX);
  await whileWaiting(repo, 'codex');

  // Nobody releases before it is answered: were it to wait, it would be denied without a circle.
  const second = repo.leasehold(['extend', 'api.ts', '--timeout', '20s'], CLAUDE);
  repo.leasehold(['release', '--all'], CLAUDE);
  const extended = await first.ended;

  expect(second.code).toBe(1);
  expect(second.stderr).toContain('claude waits for codex waits for claude');
  expect(extended.code).toBe(0);
  expect(JSON.parse(extended.stdout).grant).toMatchObject({ id, files: ['api.ts'] });
});

test('takes over an expired grant in its way, and says so', () => {
  const repo = makeGuardedRepo();
  claim(repo, 'claude', 'lib/');
  expireLocks(repo, 'claude');
  claim(repo, 'codex', 'src/');

  const extended = repo.leasehold(['extend', 'lib/a.ts', ...AT_ONCE], CODEX);

  expect(extended).toMatchObject({ code: 0, stderr: 'Overwriting expired lock for claude\n' });
  expect(grantsOf(repo, 'codex')).toMatchObject([{ directories: ['src/'], files: ['lib/a.ts'] }]);
  expect(eventsOf(repo, 'taken-over')).toMatchObject([{ holder: 'claude', by: 'codex' }]);
});

test('asks a holder of several grants which one is meant', () => {
  const repo = makeGuardedRepo();
  const [first, second] = [claim(repo, 'codex', 'a/'), claim(repo, 'codex', 'b/')];

  const unclear = repo.leasehold(['extend', 'c/'], CODEX);
  const byId = repo.json(['extend', 'c/', '--grant', second.id], CODEX);
  const byStart = repo.json(['extend', 'd/', '--grant', first.id.slice(0, 8)], CODEX);

  expect(unclear).toMatchObject({ code: 2, stdout: '' });
  expect(unclear.stderr).toContain('codex holds 2 grants (');
  for (const { id } of [first, second]) expect(unclear.stderr).toContain(id.slice(0, 8));
  expect(byId.body.grant).toMatchObject({ id: second.id, directories: ['b/', 'c/'] });
  expect(byStart.body.grant).toMatchObject({ id: first.id, directories: ['a/', 'd/'] });
});

test('asks which grant is meant in words that can be pasted, options and odd names too', () => {
  const repo = makeGuardedRepo();
  const ids = ['a/', 'b/'].map((scope) => claim(repo, 'codex', scope).id);

  const unclear = repo.leasehold(['extend', "it's/", '--read', 'x y.ts', '--doc=docs/'], CODEX);
  const pasted = pasteNext(repo, unclear.stderr, CODEX);

  expect(pasted.code).toBe(0);
  const extended = grantsOf(repo, 'codex').find(({ rev }: { rev: number }) => rev === 2);
  expect(ids).toContain(extended.id);
  expect(extended).toMatchObject({
    directories: expect.arrayContaining(["it's/"]),
    read: { files: ['x y.ts'] },
    doc: { directories: ['docs/'] },
  });
});

test('says to claim what cannot be added to nothing, in words that can be pasted', () => {
  const repo = makeGuardedRepo();

  const refused = repo.leasehold(['extend', 'lib/', '--read', 'api.ts'], CODEX);
  const pasted = pasteNext(repo, refused.stderr, CODEX);

  expect(pasted.code).toBe(0);
  expect(grantsOf(repo, 'codex')).toMatchObject([
    { directories: ['lib/'], read: { files: ['api.ts'] } },
  ]);
});

test('cannot extend where nothing is held, though others hold something', () => {
  const repo = makeGuardedRepo();
  const others = claim(repo, 'claude', 'src/');

  const text = repo.leasehold(['extend', 'lib/'], CODEX);
  const json = repo.json(['extend', 'lib/'], CODEX);
  const byId = repo.leasehold(['extend', 'lib/', '--grant', others.id], CODEX);
  const pasted = pasteNext(repo, byId.stderr, CODEX);

  expect(text.code).toBe(2);
  expect(text.stderr).toContain('codex holds no grant to extend');
  expect(nextOf(text.stderr)).toMatch(/^leasehold claim /);
  expect(json).toMatchObject({ code: 2, body: { version: 1, error: { code: 'usage' } } });
  expect(byId.code).toBe(2);
  expect(byId.stderr).toContain('codex has no active grant');
  expect(pasted.code).toBe(0);
  expect(pasted.stdout).toContain('claude');
  expect(grantsOf(repo, 'claude')).toEqual([others]);
});

test('cannot extend what has run out', () => {
  const repo = makeGuardedRepo();
  const { id } = claim(repo, 'codex', 'src/');
  expireLocks(repo, 'codex');

  const codes = [
    ['extend', 'lib/'],
    ['extend', 'lib/', '--grant', id],
  ].map((args) => repo.leasehold(args, CODEX).code);

  expect(codes).toEqual([2, 2]);
  expect(grantsOf(repo, 'codex')).toEqual([]);
});

test('leaves a lock that was written by hand as it is', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'by-hand.lock', { agent: 'codex', files: ['src/'] });
  const before = readFileSync(join(locksDirectory(repo), 'by-hand.lock'), 'utf8');

  const extended = [
    ['extend', 'lib/'],
    ['extend', 'lib/', '--grant', 'by-hand.lock'],
  ].map((args) => repo.leasehold(args, CODEX));

  for (const { code, stdout } of extended) {
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
  }
  expect(readdirSync(locksDirectory(repo))).toEqual(['by-hand.lock']);
  expect(readFileSync(join(locksDirectory(repo), 'by-hand.lock'), 'utf8')).toBe(before);
});

test('extends the one grant of ours beside a lock that was written by hand', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'by-hand.lock', { agent: 'codex', files: ['hand/'] });
  const { id } = claim(repo, 'codex', 'src/');

  const { code, body } = repo.json(['extend', 'lib/'], CODEX);

  expect(code).toBe(0);
  expect(body.grant).toMatchObject({ id, directories: ['src/', 'lib/'] });
});

test('asks for --broad where the grant would cover everything, or too many scopes', () => {
  const repo = makeGuardedRepo({}, { locks: { maxScopes: 2 } });
  claim(repo, 'codex', 'a/', 'b/');

  const many = repo.leasehold(['extend', 'c/'], CODEX);
  const everything = repo.leasehold(['extend', '**'], CODEX);
  const meant = repo.leasehold(['extend', 'c/', '--broad'], CODEX);

  for (const refused of [many, everything]) {
    expect(refused.code).toBe(2);
    expect(nextOf(refused.stderr)).toContain('--broad');
  }
  expect(many.stderr).toContain('3 scopes are more than locks.maxScopes allows in one grant (2)');
  expect(meant.code).toBe(0);
});

test.each([
  ['no scope', ['extend'], 'no SCOPE was given'],
  ['an unknown option', ['extend', 'lib/', '--nope'], "Unknown option '--nope'"],
])('refuses %s with a remedy that can be pasted', (_, args, message) => {
  const repo = makeGuardedRepo();
  claim(repo, 'codex', 'src/');

  const misused = repo.leasehold(args, CODEX);
  const pasted = pasteNext(repo, misused.stderr, CODEX);

  expect(misused).toMatchObject({ code: 2, stdout: '' });
  expect(misused.stderr).toContain(message);
  expect(nextOf(misused.stderr)).toBe('leasehold extend --help');
  expect(pasted).toMatchObject({ code: 0, stderr: '' });
});

test('refuses a --timeout that is no duration, and says how to write one', () => {
  const repo = makeGuardedRepo();
  claim(repo, 'codex', 'src/');

  const misused = repo.leasehold(['extend', 'lib/', '--timeout', 'soon'], CODEX);

  expect(misused.code).toBe(2);
  expect(misused.stderr).toContain('--timeout soon is no duration');
  expect(nextOf(misused.stderr)).toContain('30s, 5m or 1h');
  expect(grantsOf(repo, 'codex')).toMatchObject([{ directories: ['src/'], rev: 1 }]);
});
