import { chmodSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { copiesOf, makeGuardedRepo, NO_HOOKS, type Repo, writeLock } from '../make-repo.ts';
import { publish } from '../past.ts';
import { commitTwice, warmUp } from '../shell.ts';

const HELD = 'codex holds it';

/** `old.ts` and `src/b.ts` are committed; codex holds `scope`. */
const makeRepoHolding = copiesOf((scope: string): Repo => {
  const repo = makeGuardedRepo({ 'old.ts': 'one\n', 'src/b.ts': 'one\n' });
  writeLock(repo, 'by-hand.lock', { files: [scope] });
  return repo;
});

test('refuses a rename away from a held name, and names that name', () => {
  const repo = makeRepoHolding('old.ts');
  repo.git('mv', 'old.ts', 'new.ts');

  const commit = commitTwice(repo, ['-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(`  old.ts\n    error ${HELD}`);
});

test('refuses a rename to a held name, and names that name', () => {
  const repo = makeRepoHolding('new.ts');
  repo.git('mv', 'old.ts', 'new.ts');

  const commit = commitTwice(repo, ['-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(`  new.ts\n    error ${HELD}`);
});

test('refuses a rename out of, and into, a held directory', () => {
  const repo = makeRepoHolding('src/');
  const refuse = (from: string, to: string) => {
    repo.git('mv', from, to);
    const commit = commitTwice(repo, ['-m', 'mine']);
    repo.git('reset', '--quiet', '--hard');
    return { code: commit.code, isHeld: commit.stderr.includes(HELD) };
  };

  expect(refuse('src/b.ts', 'b.ts')).toEqual({ code: 1, isHeld: true });
  expect(refuse('old.ts', 'src/old.ts')).toEqual({ code: 1, isHeld: true });
});

test('refuses the deletion of a held file', () => {
  const repo = makeRepoHolding('old.ts');
  repo.git('rm', '--quiet', 'old.ts');

  const commit = commitTwice(repo, ['-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(HELD);
});

test('refuses a held file that leaves the index and stays on disk', () => {
  const repo = makeRepoHolding('old.ts');
  repo.git('rm', '--quiet', '--cached', 'old.ts');

  const commit = commitTwice(repo, ['-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(HELD);
});

test('refuses a held file whose mode alone changes', () => {
  const repo = makeRepoHolding('old.ts');
  chmodSync(repo.path('old.ts'), 0o755);

  const commit = commitTwice(repo, ['-a', '-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(HELD);
});

test('refuses a held file that becomes a symbolic link', () => {
  const repo = makeRepoHolding('old.ts');
  rmSync(repo.path('old.ts'));
  symlinkSync('README.md', repo.path('old.ts'));

  const commit = commitTwice(repo, ['-a', '-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(HELD);
});

test('refuses a file that takes the place of the directory of a held file', () => {
  const repo = makeRepoHolding('src/b.ts');
  rmSync(repo.path('src'), { recursive: true });
  repo.write('src', 'a file now\n');
  repo.git('add', '--all');

  const commit = commitTwice(repo, ['-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(`  src/b.ts\n    error ${HELD}`);
});

test('lets a rename through that has nothing to do with what is held', () => {
  const repo = makeRepoHolding('src/');
  repo.git('mv', 'old.ts', 'new.ts');
  warmUp(repo);

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
});

/** A submodule at `mods/sub` whose checked-out commit has moved on; its move is staged. */
const makeRepoWithMovedSubmodule = copiesOf((): Repo => {
  const repo = makeGuardedRepo();
  const source = `${repo.root}/source`;
  repo.git('init', '--quiet', '-b', 'main', source);
  const inside = (directory: string, ...args: string[]) =>
    repo.git('-C', directory, '-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...args);
  inside(source, 'commit', '--quiet', '--allow-empty', '-m', 'one');
  const allow = ['-c', 'protocol.file.allow=always'];
  repo.git(...allow, 'submodule', '--quiet', 'add', source, 'mods/sub');
  repo.git('config', '--file', '.gitmodules', 'submodule.mods/sub.ignore', 'all');
  repo.commitQuietly({});
  inside(repo.path('mods/sub'), 'commit', '--quiet', '--allow-empty', '-m', 'two');
  repo.git('add', 'mods/sub');
  return repo;
});

test('refuses a submodule that moves over what somebody holds below it, at a commit, a check and a push', () => {
  const repo = makeRepoWithMovedSubmodule();
  publish(repo);
  const mine = { holder: 'claude' };
  expect(repo.leasehold(['claim', 'mods/sub/docs/'], mine).code).toBe(0);
  expect(repo.leasehold(['claim', 'mods/sub/src/a.ts'], { holder: 'codex' }).code).toBe(0);

  const commit = commitTwice(repo, ['-m', 'move it'], mine);
  const check = repo.json(['check'], mine);
  const paths = ['mods/sub', 'mods/'].map((path) => repo.json(['check', '--paths', path], mine));
  repo.git(...NO_HOOKS, 'commit', '--quiet', '-m', 'move it');
  const push = repo.tryGit(['push', 'origin', 'main'], mine);
  expect(repo.leasehold(['release', '--all'], { holder: 'codex' }).code).toBe(0);
  const partly = repo.leasehold(['check', '--range', 'origin/main..HEAD'], mine);
  expect(repo.leasehold(['claim', 'mods/sub'], mine).code).toBe(0);
  const free = repo.tryGit(['push', 'origin', 'main'], mine);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('  mods/sub\n    error codex holds what lies in it');
  for (const { body } of [check, ...paths]) {
    expect(body.findings).toMatchObject([{ rule: 'lock/held', path: 'mods/sub' }]);
  }
  expect(push.code).toBe(1);
  expect(push.stderr).toContain('error codex holds what lies in it');
  expect([partly.code, partly.stdout]).toEqual([1, expect.stringContaining('lock/outside-grant')]);
  expect(free.code).toBe(0);
});

test('refuses a directory that a file or a link replaces, for what is held in it', () => {
  const repo = makeGuardedRepo({ 'src/b.ts': 'one\n', 'src/c.ts': 'one\n' });
  writeLock(repo, 'by-hand.lock', { files: ['src/b.ts'] });
  const replace = (put: () => void) => {
    rmSync(repo.path('src'), { recursive: true });
    put();
    repo.git('add', '--all');
    const commit = commitTwice(repo, ['-m', 'mine']);
    repo.git('reset', '--quiet', '--hard');
    return commit;
  };

  const byFile = replace(() => repo.write('src', 'a file\n'));
  const byLink = replace(() => symlinkSync('elsewhere', repo.path('src')));

  for (const { code, stderr } of [byFile, byLink]) {
    expect(code).toBe(1);
    expect(stderr).toContain(`  src/b.ts\n    error ${HELD}`);
  }
});

test('refuses a submodule that moves under a held pattern, even where git is told to ignore it', () => {
  const repo = makeRepoWithMovedSubmodule();
  repo.leasehold(['claim', 'mods/sub/**'], { holder: 'codex' });

  const commit = commitTwice(repo, ['-m', 'move it']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(`  mods/sub\n    error ${HELD}`);
});

test('lets a submodule move that nobody holds', () => {
  const repo = makeRepoWithMovedSubmodule();
  repo.leasehold(['claim', 'mods/other/**'], { holder: 'codex' });
  warmUp(repo);

  const commit = repo.tryGit(['commit', '-m', 'move it']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
});
