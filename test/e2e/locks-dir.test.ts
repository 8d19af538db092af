import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Call, copiesOf, locksDirectory, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { runShell, warmUp } from '../shell.ts';

const CODEX = { holder: 'codex' };
const NOTHING_HERE = { code: 0, stderr: '' };

/** Where the locks of these clones are, outside of every one of them. */
const sharedLocks = (repo: Repo): string => join(repo.root, 'share', 'locks');

/** Codex holds `src/a.ts` in a directory outside the clone; a change of it is staged. */
const makeSharing = copiesOf((): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const init = repo.leasehold(['init', '--locks-dir', '../share/locks']);
  expect(init).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(sharedLocks(repo))).toEqual([]);
  expect(repo.leasehold(['claim', 'src/a.ts'], CODEX).code).toBe(0);
  repo.write('src/a.ts', 'mine\n');
  repo.git('add', '--all');
  warmUp(repo);
  return repo;
});

const expectUndecided = (repo: Repo, args: string[], call: Call = {}): void => {
  const ended = repo.leasehold(args, call);
  expect([args, ended.code]).toEqual([args, 2]);
  const told = ended.stdout + ended.stderr;
  expect(told).toContain(`the lock directory ${sharedLocks(repo)} is gone`);
  expect(told).toContain('next: mount it or put it back');
};

test('cannot decide while the lock directory that init was told is gone, and holds what was held once it is back', () => {
  const repo = makeSharing();
  const held = repo.tryGit(['commit', '-m', 'mine']);
  renameSync(join(repo.root, 'share'), join(repo.root, 'unmounted'));

  const commit = repo.tryGit(['commit', '-m', 'mine']);
  for (const args of [['status'], ['check'], ['why', 'src/a.ts'], ['conflicts', 'src/a.ts']]) {
    expectUndecided(repo, args);
  }
  expectUndecided(repo, ['claim', 'src/a.ts'], { holder: 'claude' });
  expectUndecided(repo, ['release', '--all'], CODEX);
  const again = repo.leasehold(['init']);
  const doctor = repo.leasehold(['doctor']);
  const whileGone = existsSync(join(repo.root, 'share'));
  renameSync(join(repo.root, 'unmounted'), join(repo.root, 'share'));
  const back = repo.tryGit(['commit', '-m', 'mine']);

  expect(held.stderr).toContain('codex holds it');
  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('leasehold could not decide');
  expect(commit.stderr).toContain('is gone, and what is held in it is not known');
  expect(runShell(repo, '.git/hooks/pre-commit').code).toBe(1);
  expect(again.code).toBe(0);
  expect(again.stderr).toContain(`the lock directory ${sharedLocks(repo)} is gone`);
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toContain(`ill  the lock directory ${sharedLocks(repo)} is gone`);
  expect(whileGone).toBe(false);
  expect(back.code).toBe(1);
  expect(back.stderr).toContain('codex holds it');
});

test('takes a link that leads nowhere any more for a lock directory that is gone', () => {
  const repo = makeSharing();
  renameSync(join(repo.root, 'share'), join(repo.root, 'mounted'));
  mkdirSync(join(repo.root, 'share'));
  symlinkSync(join(repo.root, 'mounted', 'locks'), sharedLocks(repo));
  const linked = repo.tryGit(['commit', '-m', 'mine']);
  rmSync(join(repo.root, 'mounted'), { recursive: true });

  expect(linked.stderr).toContain('codex holds it');
  expectUndecided(repo, ['check']);
});

test('judges by a lock directory that doctor made anew, that is empty, or that is in the clone and not made yet', () => {
  const repo = makeSharing();
  rmSync(join(repo.root, 'share'), { recursive: true });

  const fixed = repo.leasehold(['doctor', '--fix']);
  const commit = repo.tryGit(['commit', '-m', 'mine']);
  const plain = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  plain.write('src/a.ts', 'mine\n');

  expect(fixed.code).toBe(0);
  expect(fixed.stderr).toContain(`made ${sharedLocks(repo)} anew, empty`);
  expect(commit).toMatchObject(NOTHING_HERE);
  expect(existsSync(locksDirectory(plain))).toBe(false);
  expect(plain.tryGit(['commit', '-am', 'mine'])).toMatchObject(NOTHING_HERE);
  expect(plain.leasehold(['status']).code).toBe(0);
});

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

/** Claims with a umask that lets nobody else read anything. */
const claimPrivately = (repo: Repo, path: string): void => {
  const claim = runShell(repo, `umask 077 && leasehold claim ${path}`, { holder: 'claude' });
  expect(claim.code).toBe(0);
};

/** The modes of the lock files, and of the directory that they come in by. */
const listModes = (repo: Repo): { locks: string[]; claims: string } => {
  const locks = readdirSync(sharedLocks(repo)).map((name) => modeOf(join(sharedLocks(repo), name)));
  return { locks, claims: modeOf(`${sharedLocks(repo)}.claims`) };
};

test.each([
  { directory: 0o2775, locks: '644', claims: '2775' },
  { directory: 0o2770, locks: '640', claims: '2770' },
  { directory: 0o700, locks: '600', claims: '700' },
])(
  'writes locks that whoever may read their directory ($directory) may read, whatever the umask',
  (mode) => {
    const repo = makeGuardedRepo();
    repo.leasehold(['init', '--locks-dir', sharedLocks(repo)]);
    // Root may give it to any group; whoever else runs this has it in their own.
    if (process.getuid?.() === 0) chownSync(sharedLocks(repo), 0, 65_534);
    chmodSync(sharedLocks(repo), mode.directory);

    claimPrivately(repo, 'src/');

    expect(listModes(repo)).toEqual({ locks: [mode.locks], claims: mode.claims });
    const { gid } = statSync(sharedLocks(repo));
    const [name = ''] = readdirSync(sharedLocks(repo));
    const isPrivate = mode.directory === 0o700;
    if (!isPrivate) expect(statSync(join(sharedLocks(repo), name)).gid).toBe(gid);
  },
);

test('leaves the locks of a clone to the umask of whoever claims', () => {
  const repo = makeGuardedRepo();

  claimPrivately(repo, 'src/');

  const [name = ''] = readdirSync(locksDirectory(repo));
  expect(modeOf(join(locksDirectory(repo), name))).toBe('600');
});
