import { expect, test } from 'vitest';
import { copiesOf, makeGuardedRepo, type Repo, writeLock } from '../make-repo.ts';
import { nextOf, pasteNext, warmUp } from '../shell.ts';

const HELD = 'codex holds it';

const commitBothSides = (repo: Repo, ours: string): void => {
  repo.git('checkout', '--quiet', '-b', 'theirs', ours);
  repo.commitQuietly({ 'conflict.ts': 'theirs\n', 'carried.ts': 'theirs\n' });
  repo.git('checkout', '--quiet', ours);
  repo.commitQuietly({ 'conflict.ts': 'ours\n', 'mine.ts': 'ours\n' });
};

/** A merge in progress: `conflict.ts` has a conflict, `carried.ts` comes from the other branch. */
const makeRepoInMerge = copiesOf((): Repo => {
  const repo = makeGuardedRepo({
    'conflict.ts': 'base\n',
    'carried.ts': 'base\n',
    'mine.ts': 'base\n',
    'third.ts': 'base\n',
  });
  commitBothSides(repo, 'main');
  warmUp(repo);
  repo.tryGit(['merge', 'theirs']);
  return repo;
});

const resolve = (repo: Repo, text: string): void => {
  repo.write('conflict.ts', text);
  repo.git('add', 'conflict.ts');
};

const isMerge = (repo: Repo): boolean =>
  repo.git('log', '-1', '--format=%P').split(' ').length === 2;

test('does not blame who finishes a merge for held files that either branch brought', () => {
  const repo = makeRepoInMerge();
  writeLock(repo, 'by-hand.lock', { files: ['carried.ts', 'mine.ts'] });
  resolve(repo, 'both\n');

  const commit = repo.tryGit(['commit', '--no-edit']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
  expect(isMerge(repo)).toBe(true);
});

test('refuses a resolution that differs from both branches on a held file', () => {
  const repo = makeRepoInMerge();
  writeLock(repo, 'by-hand.lock', { files: ['conflict.ts', 'carried.ts'] });
  resolve(repo, 'both\n');

  const commit = repo.tryGit(['commit', '--no-edit']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(`  conflict.ts\n    error ${HELD}`);
  expect(commit.stderr).not.toContain('carried.ts');
});

test('lets a resolution through that takes one branch’s version of a held file', () => {
  const repo = makeRepoInMerge();
  writeLock(repo, 'by-hand.lock', { files: ['conflict.ts'] });
  resolve(repo, 'theirs\n');

  const commit = repo.tryGit(['commit', '--no-edit']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test('refuses a held file that is edited in the merge commit alone', () => {
  const repo = makeRepoInMerge();
  writeLock(repo, 'by-hand.lock', { files: ['third.ts'] });
  resolve(repo, 'theirs\n');
  repo.write('third.ts', 'smuggled\n');
  repo.git('add', 'third.ts');

  const commit = repo.tryGit(['commit', '--no-edit']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(`  third.ts\n    error ${HELD}`);
});

test('gives check during a merge the verdict that the commit will have', () => {
  const repo = makeRepoInMerge();
  writeLock(repo, 'by-hand.lock', { files: ['conflict.ts', 'carried.ts'] });
  resolve(repo, 'both\n');

  const { code, body } = repo.json(['check']);

  expect(code).toBe(1);
  expect(body.findings).toMatchObject([{ rule: 'lock/held', path: 'conflict.ts' }]);
});

test('says during a merge what git will do: no commit of a part of it', () => {
  const repo = makeRepoInMerge();
  writeLock(repo, 'by-hand.lock', { files: ['third.ts'] });
  resolve(repo, 'both\n');
  repo.write('third.ts', 'smuggled\n');
  repo.git('add', 'third.ts');

  const refused = repo.tryGit(['commit', '--no-edit']);
  const pasted = pasteNext(repo, refused.stderr);

  expect(refused.code).toBe(1);
  expect(nextOf(refused.stderr)).toBe('leasehold conflicts -- third.ts');
  expect(pasted.stdout).toContain('codex holds third.ts');
});

test('judges a merge that is finished in a linked worktree in the same way', () => {
  const repo = makeGuardedRepo({ 'conflict.ts': 'base\n', 'carried.ts': 'base\n' });
  const tree = repo.addWorktree('tree');
  commitBothSides(tree, 'tree');
  tree.tryGit(['merge', 'theirs']);
  resolve(tree, 'both\n');
  writeLock(repo, 'by-hand.lock', { files: ['carried.ts'] });

  const allowed = tree.tryGit(['commit', '--no-edit'], { env: { GIT_EDITOR: 'false' } });
  const merged = isMerge(tree);
  tree.git('reset', '--quiet', '--hard', 'HEAD^');
  tree.tryGit(['merge', 'theirs']);
  resolve(tree, 'both\n');
  writeLock(repo, 'by-hand.lock', { files: ['conflict.ts'] });
  const refused = tree.tryGit(['commit', '--no-edit']);

  expect(allowed).toMatchObject({ code: 0, stderr: '' });
  expect(merged).toBe(true);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(HELD);
});

test('takes a squash for a change of whoever commits it', () => {
  const repo = makeGuardedRepo({ 'conflict.ts': 'base\n', 'carried.ts': 'base\n' });
  repo.git('checkout', '--quiet', '-b', 'theirs');
  repo.commitQuietly({ 'carried.ts': 'theirs\n' });
  repo.git('checkout', '--quiet', 'main');
  writeLock(repo, 'by-hand.lock', { files: ['carried.ts'] });
  repo.git('merge', '--quiet', '--squash', 'theirs');

  const commit = repo.tryGit(['commit', '-m', 'squashed']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(HELD);
});

test('judges a cherry-pick that is finished by hand as a commit', () => {
  const repo = makeGuardedRepo({ 'conflict.ts': 'base\n', 'carried.ts': 'base\n' });
  commitBothSides(repo, 'main');
  writeLock(repo, 'by-hand.lock', { files: ['carried.ts'] });
  repo.tryGit(['cherry-pick', 'theirs']);
  resolve(repo, 'both\n');

  const commit = repo.tryGit(['commit', '--no-edit']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(`  carried.ts\n    error ${HELD}`);
});

/** A merge of main with two branches, which git leaves to be finished: each has brought a file of its own. */
const makeRepoInOctopus = (): Repo => {
  const repo = makeGuardedRepo({ 'ours.ts': 'base\n', 'one.ts': 'base\n', 'two.ts': 'base\n' });
  for (const name of ['one', 'two']) {
    repo.git('checkout', '--quiet', '-b', name, 'main');
    repo.commitQuietly({ [`${name}.ts`]: `${name}\n` });
  }
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'ours.ts': 'ours\n' });
  warmUp(repo);
  repo.git('merge', '--quiet', '--no-commit', 'one', 'two');
  return repo;
};

test('judges a merge of three that is finished by hand against every one of them', () => {
  const repo = makeRepoInOctopus();
  writeLock(repo, 'by-hand.lock', { files: ['ours.ts', 'one.ts', 'two.ts'] });
  repo.write('two.ts', 'smuggled\n');
  repo.git('add', 'two.ts');
  const refused = repo.tryGit(['commit', '--no-edit']);
  repo.write('two.ts', 'two\n');
  repo.git('add', 'two.ts');

  const allowed = repo.tryGit(['commit', '--no-edit']);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(`  two.ts\n    error ${HELD}`);
  expect(refused.stderr).not.toMatch(/one\.ts|ours\.ts/);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
  expect(repo.git('log', '-1', '--format=%P').split(' ')).toHaveLength(3);
});
