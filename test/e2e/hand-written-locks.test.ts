import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copiesOf, locksDirectory, makeGuardedRepo, type Repo, writeLock } from '../make-repo.ts';
import { nextOf, pasteNext, runShell } from '../shell.ts';

const HELD = 'codex holds it';
const HOUR = 3_600_000;

/** The required fields, and nothing else. */
const RECORD = JSON.stringify({
  agent: 'codex',
  locked_at: '2026-01-17T15:30:00Z',
  expires_at: '2099-01-17T16:30:00Z',
  files: ['src/a.ts'],
});

const makeRepoWithChange = copiesOf((): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.write('src/a.ts', 'two\n');
  repo.git('add', '--all');
  return repo;
});

/** `2026-01-17T15:30:00` in UTC, without saying so. */
const withoutZone = (instant: number): string => new Date(instant).toISOString().slice(0, 19);

test('binds by the required fields alone, until the file is removed', () => {
  const repo = makeRepoWithChange();
  const path = join(locksDirectory(repo), 'by-hand.lock');
  mkdirSync(locksDirectory(repo), { recursive: true });
  writeFileSync(path, RECORD);

  const refused = repo.tryGit(['commit', '-m', 'mine']);
  rmSync(path);
  const allowed = repo.tryGit(['commit', '-m', 'mine']);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(HELD);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});

test('reads a time without a zone as UTC, wherever the machine is', () => {
  const repo = makeRepoWithChange();
  const commitAt = (zone: string, expiresAt: number) => {
    writeLock(repo, 'by-hand.lock', { files: ['src/'], expires_at: withoutZone(expiresAt) });
    return repo.tryGit(['commit', '-m', 'mine'], { env: { TZ: zone } }).code;
  };

  const inTokyo = commitAt('Asia/Tokyo', Date.now() + HOUR);
  const inNewYork = commitAt('America/New_York', Date.now() - HOUR);

  expect(inTokyo).toBe(1);
  expect(inNewYork).toBe(0);
});

test('reads globs, directories and regexes in the files of a lock', () => {
  const repo = makeRepoWithChange();
  const verdicts = ['src/*.ts', 'src/', './src', 'regex:^src/.*$', 'glob:**', 'lib/*.ts'].map(
    (scope) => {
      writeLock(repo, 'by-hand.lock', { files: ['other.ts', scope] });
      return repo.leasehold(['check']).code;
    },
  );

  expect(verdicts).toEqual([1, 1, 1, 1, 1, 0]);
});

test('lets nobody be bound by a lock that has expired', () => {
  const repo = makeRepoWithChange();
  writeLock(repo, 'by-hand.lock', {
    files: ['src/a.ts'],
    expires_at: new Date(Date.now() - 1000).toISOString(),
  });

  const commit = repo.tryGit(['commit', '-m', 'mine']);
  const status = repo.json(['status']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
  expect(status.body).toMatchObject({ grants: [], expired: [{ agent: 'codex' }] });
});

test('binds by a record of a later version as far as it can be read, and never rewrites it', () => {
  const repo = makeRepoWithChange();
  writeLock(repo, 'by-hand.lock', { files: ['src/a.ts'], version: 9, hue: 'blue' });
  const before = lstatSync(join(locksDirectory(repo), 'by-hand.lock'));

  const commit = repo.tryGit(['commit', '-m', 'mine']);
  const renewed = repo.leasehold(['renew', '--all'], { holder: 'codex' });

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(HELD);
  expect(renewed.code).toBe(1);
  expect(lstatSync(join(locksDirectory(repo), 'by-hand.lock')).mtimeMs).toBe(before.mtimeMs);
});

test('lets a holder commit under a lock that was written by hand for it', () => {
  const repo = makeRepoWithChange();
  writeLock(repo, 'by-hand.lock', { files: ['src/a.ts'] });

  const commit = repo.tryGit(['commit', '-m', 'mine'], { holder: 'codex' });

  expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test('holders compare exactly, and a near miss is named', () => {
  const repo = makeRepoWithChange();
  writeLock(repo, 'by-hand.lock', { files: ['src/a.ts'] });

  const commit = repo.tryGit(['commit', '-m', 'mine'], { holder: 'Codex' });

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('you are Codex: holders compare exactly');
});

test('denies a claim that a lock written by hand stands against', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'by-hand.lock', { files: ['src/a.ts'] });

  const claim = repo.leasehold(['claim', 'src/'], { holder: 'claude' });

  expect(claim.code).toBe(1);
  expect(claim.stderr).toContain('codex holds src/a.ts');
});

test('names both of two locks that conflict, and lets the first one’s holder through', () => {
  const repo = makeRepoWithChange();
  writeLock(repo, 'later.lock', {
    agent: 'claude',
    files: ['src/'],
    locked_at: '2026-02-01T00:00:00Z',
  });
  writeLock(repo, 'earlier.lock', { files: ['src/a.ts'] });

  const status = repo.leasehold(['status']);
  const doctor = repo.leasehold(['doctor']);
  const later = repo.leasehold(['check'], { holder: 'claude' });
  const earlier = repo.leasehold(['check'], { holder: 'codex' });

  for (const text of [status.stderr, doctor.stdout]) {
    expect(text).toContain('earlier.lock and later.lock conflict; the first binds');
  }
  expect(doctor.code).toBe(1);
  expect(later.code).toBe(1);
  expect(earlier.code).toBe(0);
});

test('puts a claim of the command before a lock that was written by hand over it', () => {
  const repo = makeRepoWithChange();
  repo.leasehold(['claim', 'src/'], { holder: 'claude' });
  writeLock(repo, 'by-hand.lock', { files: ['src/a.ts'], locked_at: '2001-01-01T00:00:00Z' });

  const ours = repo.tryGit(['commit', '-m', 'mine'], { holder: 'claude' });

  expect(ours).toMatchObject({ code: 0, stderr: '' });
});

/** Things with a lock's name that are none. */
const SPOILED: Record<string, (path: string) => void> = {
  'a directory': (path) => mkdirSync(path),
  'a symbolic link': (path) => symlinkSync('/etc/hostname', path),
  'a dangling link': (path) => symlinkSync('nowhere', path),
  'a FIFO': (path) => void execFileSync('mkfifo', [path]),
  'an empty file': (path) => writeFileSync(path, ''),
  'half a record': (path) => writeFileSync(path, '{"agent":"codex","files":["src/a.ts"'),
  'a JSON list': (path) => writeFileSync(path, '[]'),
  'a record without its agent': (path) => writeFileSync(path, '{"files":[]}'),
  'a record without a time': (path) =>
    writeFileSync(path, '{"agent":"codex","files":[],"locked_at":"now","expires_at":"later"}'),
  'two megabytes': (path) => writeFileSync(path, RECORD + ' '.repeat(2 * 1024 * 1024)),
};

/** Puts one of each among the locks, as if it had lain there for long; returns their names. */
const spoilAll = (repo: Repo): string[] => {
  const locks = locksDirectory(repo);
  mkdirSync(locks, { recursive: true });
  const long = new Date('2026-01-01T00:00:00Z');
  for (const [name, spoil] of Object.entries(SPOILED)) {
    spoil(join(locks, `${name}.lock`));
    lutimesSync(join(locks, `${name}.lock`), long, long);
  }
  return Object.keys(SPOILED)
    .map((name) => `${name}.lock`)
    .sort();
};

test('cannot decide while any of these lies among the locks, and names each', () => {
  const repo = makeRepoWithChange();
  const names = spoilAll(repo);

  const commit = runShell(repo, 'exec git commit -m mine');
  const { code, body } = repo.json(['check']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('could not decide on the commit');
  expect(code).toBe(2);
  expect(body.findings).toEqual(
    names.map((path) => expect.objectContaining({ rule: 'lock/unreadable', path })),
  );
});

test('takes each of them out of the way by doctor --fix, and deletes nothing', () => {
  const repo = makeRepoWithChange();
  const names = spoilAll(repo);

  const refused = runShell(repo, 'exec git commit -m mine');
  const mended = pasteNext(repo, refused.stderr);
  const allowed = repo.tryGit(['commit', '-m', 'mine']);

  expect(nextOf(refused.stderr)).toBe('leasehold doctor --fix');
  for (const name of names) expect(mended.stderr).toContain(`moved ${name} to`);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
  const kept = readdirSync(join(locksDirectory(repo), '..', 'quarantine'));
  expect(kept.map((name) => name.replace(/^.*?Z\./, ''))).toEqual(names);
});

test('goes on binding by every other lock while one is spoiled', () => {
  const repo = makeRepoWithChange();
  writeLock(repo, 'by-hand.lock', { files: ['src/a.ts'] });
  writeLock(repo, 'spoiled.lock', { files: 'src' });

  const { code, body } = repo.json(['check']);

  expect(code).toBe(2);
  expect(body.verdict).toBe('undecided');
  expect(body.findings).toMatchObject([
    { rule: 'lock/unreadable', path: 'spoiled.lock' },
    { rule: 'lock/held', path: 'src/a.ts', holder: 'codex' },
  ]);
});

test('grants nothing while a lock is spoiled, for nobody knows what it holds', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'spoiled.lock', { files: 'src' });

  const claim = repo.leasehold(['claim', 'free/'], { holder: 'claude' });

  expect(claim.code).toBe(2);
  expect(claim.stderr).toContain('spoiled.lock');
  expect(nextOf(claim.stderr)).toBe('leasehold doctor --fix');
});

test('lets its holder release a lock that was written by hand, whole', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'by-hand.lock', { files: ['a.ts', 'b.ts'] });

  const part = repo.leasehold(['release', 'a.ts'], { holder: 'codex' });
  const whole = repo.leasehold(['release', '--grant', 'by-hand.lock'], { holder: 'codex' });

  expect([part.code, whole.code]).toEqual([1, 0]);
  expect(readdirSync(locksDirectory(repo))).toEqual([]);
});

test('binds by the locks of the directory that init was told, in every worktree', () => {
  const repo = makeRepoWithChange();
  const elsewhere = join(repo.root, 'output', 'locks');
  repo.leasehold(['init', '--locks-dir', '../output/locks']);
  const tree = repo.addWorktree('tree');
  const claim = tree.leasehold(['claim', 'docs/'], { holder: 'claude' });
  writeFileSync(join(elsewhere, 'by-hand.lock'), RECORD);

  const commit = repo.tryGit(['commit', '-m', 'mine']);
  const moved = repo.leasehold(['init', '--locks-dir', '../other']);

  expect(claim.code).toBe(0);
  expect(readdirSync(elsewhere)).toHaveLength(2);
  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(HELD);
  expect(moved.code).toBe(2);
});

test('takes no notice of files in the lock directory that are not named as locks', () => {
  const repo = makeRepoWithChange();
  writeLock(repo, 'README.md', { files: ['src/a.ts'] });
  writeLock(repo, 'draft.lock.tmp', { files: ['src/a.ts'] });

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
});
