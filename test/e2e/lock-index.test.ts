import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { VERSION } from '../../src/kit/version.ts';
import { lockFileName, serialiseGrant } from '../../src/locks/record.ts';
import { claimsOn, grantOf } from '../locks/build.ts';
import { COMMAND, copiesOf, makeGuardedRepo, type Repo } from '../make-repo.ts';

const HOUR = 3_600_000;
const CROWD = 60;
const INDEX = '.git/leasehold/locks.index';
const LOCKS = '.git/leasehold/locks';
const HANDED_OVER = 'handed over to the command';

/** A lock file as the store writes it. */
const hold = (repo: Repo, name: string, token: number, ...scopes: string[]): string => {
  const now = Date.now();
  const grant = grantOf({
    holder: name,
    id: `id-${name}`,
    token,
    lockedAt: now,
    expiresAt: now + HOUR,
    claims: claimsOn(...scopes),
  });
  const path = repo.path(LOCKS, lockFileName(grant));
  writeFileSync(path, serialiseGrant(grant));
  return path;
};

/** Many hold something, codex `src/`, and the index knows it; the guard has to judge alone. */
const makeCrowdedRepo = copiesOf((): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'free.ts': 'one\n', 'docs/b.md': 'one\n' });
  mkdirSync(repo.path(LOCKS), { recursive: true });
  for (let at = 1; at < CROWD; at += 1)
    hold(repo, `other-${at}`, at, `far/${at}/in/`, `glob:far/${at}/in/**/*.ts`);
  hold(repo, 'zoe', CROWD, 'src/');
  expect(repo.leasehold(['status']).code).toBe(0);
  expect(existsSync(repo.path(INDEX))).toBe(true);
  // A source, so that the export audit has looked, and what it has read is known.
  repo.write('warm.ts', 'up\n');
  repo.git('add', 'warm.ts');
  repo.git('commit', '--quiet', '--message', 'warm up');
  const command = repo.path('.git/leasehold/bin', VERSION, 'leasehold.cjs');
  writeFileSync(command, `console.error('${HANDED_OVER}'); process.exitCode = 9;\n`);
  return repo;
});

const commit = (repo: Repo, path: string) => {
  repo.write(path, `${Math.random()}\n`);
  repo.git('reset', '--quiet');
  repo.git('add', path);
  return repo.tryGit(['commit', '-m', 'work']);
};

const expectJudgedAlone = (repo: Repo): void => {
  const held = commit(repo, 'src/a.ts');
  const free = commit(repo, 'free.ts');
  expect(held).toMatchObject({ code: 1, stderr: expect.stringContaining('zoe') });
  expect(held.stderr).not.toContain(HANDED_OVER);
  expect(free).toMatchObject({ code: 0, stderr: '' });
};

test('refuses and lets through by the index', () => {
  expectJudgedAlone(makeCrowdedRepo());
});

test('reads all locks where a submodule moves: the index tells nothing of what lies below a path', () => {
  const repo = makeCrowdedRepo();
  const move = (path: string) => {
    const head = repo.git('rev-parse', 'HEAD');
    repo.git('reset', '--quiet');
    repo.git('update-index', '--add', '--cacheinfo', `160000,${head},${path}`);
    return repo.tryGit(['commit', '-m', 'move it']);
  };

  const held = move('far/7');
  const free = move('mods/sub');

  expect(held.code).toBe(1);
  expect(held.stderr).toContain('other-7 holds what lies in it');
  expect(held.stderr).not.toContain(HANDED_OVER);
  expect(free).toMatchObject({ code: 0, stderr: '' });
});

const replaceIndex = (repo: Repo, put: (path: string) => void): void => {
  rmSync(repo.path(INDEX));
  put(repo.path(INDEX));
};

test.each<[string, (path: string, text: string) => void]>([
  ['is gone', () => undefined],
  ['is empty', (path) => writeFileSync(path, '')],
  ['is torn', (path, text) => writeFileSync(path, text.slice(0, text.length / 2))],
  [
    'has a hole of zeros',
    (path, text) =>
      writeFileSync(path, `${text.slice(0, 900)}${'\0'.repeat(200)}${text.slice(1_100)}`),
  ],
  ['is no text', (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00, 0x80]))],
  ['is of nobody', (path) => writeFileSync(path, 'leasehold index 1 0 0 0 00000000\n')],
  [
    'is of a later version',
    (path, text) => writeFileSync(path, text.replace('index 1', 'index 2')),
  ],
  ['is a directory', (path) => mkdirSync(path)],
  [
    'is a link to a good one',
    (path, text) => {
      writeFileSync(`${path}.real`, text);
      symlinkSync(`${path}.real`, path);
    },
  ],
  ['is a link to what never ends', (path) => symlinkSync('/dev/zero', path)],
  [
    'is huge',
    (path) => {
      writeFileSync(path, '');
      truncateSync(path, 3_000_000_000);
    },
  ],
])('says the same where the index %s', (_, put) => {
  const repo = makeCrowdedRepo();
  const text = repo.read(INDEX);
  replaceIndex(repo, (path) => put(path, text));
  expectJudgedAlone(repo);
});

test('sees what has come, changed and gone since the index was written', () => {
  const repo = makeCrowdedRepo();
  const byHand = repo.path(LOCKS, 'by-hand.lock');
  const write = (file: string) =>
    writeFileSync(
      byHand,
      JSON.stringify({
        agent: 'yan',
        locked_at: new Date().toISOString(),
        expires_at: new Date(Date.now() + HOUR).toISOString(),
        files: [file],
      }),
    );
  write('free.ts');
  const come = commit(repo, 'free.ts');
  write('docs/b.md');
  const changed = [commit(repo, 'free.ts'), commit(repo, 'docs/b.md')];
  rmSync(byHand);
  const gone = commit(repo, 'docs/b.md');
  const fresh = hold(repo, 'late', CROWD + 1, 'regex:^docs/.*$');
  const late = commit(repo, 'docs/b.md');
  rmSync(fresh);

  expect(come.stderr).toContain('yan');
  expect(changed.map(({ code }) => code)).toEqual([0, 1]);
  expect(gone.code).toBe(0);
  expect(late.stderr).toContain('late');
  expectJudgedAlone(repo);
});

const startStatus = (repo: Repo) =>
  spawn(process.execPath, [COMMAND, 'status'], { cwd: repo.top, stdio: 'ignore' });

test('survives writers that are killed, and several at once', async () => {
  const repo = makeCrowdedRepo();
  for (let delay = 40; delay < 160; delay += 10) {
    rmSync(repo.path(INDEX), { force: true });
    const writers = [startStatus(repo), startStatus(repo)];
    await new Promise((done) => setTimeout(done, delay));
    for (const writer of writers) writer.kill('SIGKILL');
    await Promise.all(writers.map((writer) => writer.exitCode ?? once(writer, 'exit')));
    expect(commit(repo, 'src/a.ts').code).toBe(1);
  }
  rmSync(repo.path(INDEX), { force: true });
  const writers = Array.from({ length: 6 }, () => startStatus(repo));
  await Promise.all(writers.map((writer) => once(writer, 'exit')));

  expectJudgedAlone(repo);
  const names = new Set(readFileSync(repo.path(INDEX), 'utf8').match(/^.*\.lock$/gm));
  expect([...names]).toEqual(readdirSync(join(repo.top, LOCKS)).sort());
});
