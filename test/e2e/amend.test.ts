import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  copiesOf,
  locksDirectory,
  makeGuardedRepo,
  makeRepo,
  type Repo,
  writeLock,
} from '../make-repo.ts';
import { nextOf, pasteNext, runShell } from '../shell.ts';

const HELD = 'codex holds it';

/** HEAD changes `src/a.ts`, and after that codex claims it. */
const makeRepoWithHeldHead = copiesOf((files: Record<string, string> = {}): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'src/b.ts': 'one\n' });
  repo.commitQuietly({ 'src/a.ts': 'two\n', ...files }, 'head');
  writeLock(repo, 'by-hand.lock', { files: ['src/a.ts'] });
  return repo;
});

test('refuses to amend a commit that touches a held path, however the amend is spelled', () => {
  const repo = makeRepoWithHeldHead();
  repo.git('config', 'alias.ca', 'commit --amend');
  const spellings = [
    ['commit', '--amend', '-m', 'reworded'],
    ['commit', '--amend', '--no-edit'],
    ['commit', '--am', '-m', 'reworded'],
    ['commit', '-m', 'reworded', '--amend'],
    ['commit', '-qam', 'reworded', '--amend'],
    ['commit', '--reuse-message', 'HEAD', '--amend'],
    ['commit', '--amend', '--no-edit', '--reset-author'],
    ['commit', '--amend', '--no-edit', '--date', '2020-01-01T00:00:00Z'],
    ['-c', 'core.abbrev=12', '--no-pager', 'commit', '--amend', '--no-edit'],
    ['-C', repo.path('src'), 'commit', '--amend', '--no-edit'],
    ['ca', '--no-edit'],
    ['ca', '-m', 'reworded', '--reset-author'],
  ];

  const commits = spellings.map((args) => ({ said: args.join(' '), ...repo.tryGit(args) }));

  for (const { said, code, stderr } of commits) {
    expect(code, said).toBe(1);
    expect(stderr, said).toContain(HELD);
  }
  expect(repo.git('log', '-1', '--format=%s')).toBe('head');
});

test('does not overlook an amend behind the key that it is signed with', () => {
  const repo = makeRepoWithHeldHead();

  const commit = repo.tryGit(['commit', '-Sadam', '--amend', '--no-edit']);

  expect(commit.stderr).toContain(HELD);
});

test('refuses an amend by a git that is called by the name of its subcommand', () => {
  const repo = makeRepoWithHeldHead();

  const script = 'ln -s "$(command -v git)" ../git-commit && ../git-commit --amend --no-edit';
  const commit = runShell(repo, script);

  expect(commit.stderr).toContain(`error ${HELD}`);
  expect(commit.code).toBe(1);
});

test('does not take a message, a file name or an author for an amend', () => {
  const repo = makeRepoWithHeldHead();
  repo.write('--amend', 'the message\n');
  const commits = [
    ['-m', '--amend'],
    ['-qm', '--amend'],
    ['--message', '--amend'],
    ['--message=--amend'],
    ['-F', '--amend'],
    ['-m', 'x', '--author', 'Ann <ann@example.com>'],
  ].map((args) => repo.tryGit(['commit', '--quiet', '--allow-empty', ...args]));

  for (const commit of commits) expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test('does not take an amend that is taken back for one', () => {
  const repo = makeRepoWithHeldHead();

  const commit = repo.tryGit(['commit', '--amend', '--no-amend', '--allow-empty', '-m', 'next']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test('does not take a pathspec for an amend', () => {
  const repo = makeRepoWithHeldHead();
  repo.write('--amend', 'a file\n');
  repo.git('add', '--', '--amend');

  const commit = repo.tryGit(['commit', '-m', 'mine', '--', '--amend']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
  expect(repo.git('log', '-1', '--format=%s')).toBe('mine');
});

test('lets an amend through that takes the change on the held path out again', () => {
  const repo = makeRepoWithHeldHead({ 'src/b.ts': 'two\n' });
  repo.git('checkout', '--quiet', 'HEAD^', '--', 'src/a.ts');

  const commit = repo.tryGit(['commit', '--amend', '--no-edit']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
  expect(repo.git('show', '--format=', '--name-only')).toBe('src/b.ts');
});

test('refuses an amend that adds a held path to a commit without any', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.commitQuietly({ 'src/b.ts': 'two\n' });
  writeLock(repo, 'by-hand.lock', { files: ['src/a.ts'] });
  repo.write('src/a.ts', 'two\n');

  const commit = repo.tryGit(['commit', '-a', '--amend', '--no-edit']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(HELD);
});

test("judges an amend by the policy before the amended commit, not by that commit's own", () => {
  const repo = makeRepoWithHeldHead({
    'leasehold.config.json': JSON.stringify({ guard: { mode: 'off' } }),
  });

  const commit = repo.tryGit(['commit', '--amend', '--no-edit']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(HELD);
});

test('says after a refused amend what can be run, and not to commit what is committed already', () => {
  const repo = makeRepoWithHeldHead({ 'src/b.ts': 'two\n' });

  const refused = repo.tryGit(['commit', '--amend', '-m', 'reworded']);
  const pasted = pasteNext(repo, refused.stderr);

  expect(refused.code).toBe(1);
  expect(nextOf(refused.stderr)).toBe('leasehold conflicts -- src/a.ts');
  expect(pasted.stdout).toContain('codex holds src/a.ts');
});

test('judges an amended root commit against nothing', () => {
  const repo = makeRepo();
  repo.leasehold(['init']);
  repo.commitQuietly({ 'src/a.ts': 'one\n' }, 'root');
  writeLock(repo, 'by-hand.lock', { files: ['src/'] });

  const refused = repo.tryGit(['commit', '--amend', '-m', 'reworded']);
  rmSync(locksDirectory(repo), { recursive: true });
  const allowed = repo.tryGit(['commit', '--amend', '-m', 'reworded']);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(HELD);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});

test('judges an amend in a linked worktree by the HEAD of that worktree', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const tree = repo.addWorktree('tree');
  tree.commitQuietly({ 'src/a.ts': 'two\n' });
  writeLock(repo, 'by-hand.lock', { files: ['src/a.ts'] });

  const inTree = tree.tryGit(['commit', '--amend', '--no-edit']);
  const inMain = repo.tryGit(['commit', '--allow-empty', '-m', 'mine']);

  expect(inTree.code).toBe(1);
  expect(inTree.stderr).toContain(HELD);
  expect(inMain).toMatchObject({ code: 0, stderr: '' });
});

/** HEAD merges a branch that changed `carried.ts` into one that changed `mine.ts`. */
const makeRepoWithMergeAtHead = (): Repo => {
  const repo = makeGuardedRepo({ 'carried.ts': 'one\n', 'mine.ts': 'one\n', 'third.ts': 'one\n' });
  repo.git('checkout', '--quiet', '-b', 'other');
  repo.commitQuietly({ 'carried.ts': 'two\n' });
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'mine.ts': 'two\n' });
  repo.git('merge', '--quiet', '--no-ff', '--no-verify', '--no-edit', 'other');
  return repo;
};

test('does not blame who amends a merge for what either side brought', () => {
  const repo = makeRepoWithMergeAtHead();
  writeLock(repo, 'by-hand.lock', { files: ['carried.ts', 'mine.ts'] });

  const commit = repo.tryGit(['commit', '--amend', '-m', 'reworded']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
  expect(repo.git('log', '-1', '--format=%P').split(' ')).toHaveLength(2);
});

test('refuses to amend an edit of a held path into a merge', () => {
  const repo = makeRepoWithMergeAtHead();
  writeLock(repo, 'by-hand.lock', { files: ['third.ts'] });
  repo.write('third.ts', 'two\n');

  const commit = repo.tryGit(['commit', '-a', '--amend', '--no-edit']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('third.ts');
  expect(commit.stderr).toContain(HELD);
});
