import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  addRemote,
  copiesOf,
  makeGuardedRepo,
  NO_HOOKS,
  type Repo,
  writeLock,
} from '../make-repo.ts';
import { runShell } from '../shell.ts';

/** A repository whose policy is strict, with `src/` held by codex; made where no hook judges. */
const makeStrict = copiesOf((): Repo => {
  const repo = makeGuardedRepo(
    { 'src/a.ts': 'one\n', 'docs/b.md': 'one\n' },
    { guard: { strict: true } },
  );
  expect(repo.leasehold(['init']).stdout).toContain('reference-transaction: installed');
  expect(repo.leasehold(['claim', 'src/'], { holder: 'codex' }).code).toBe(0);
  return repo;
});

/** A branch with a commit on `path`, made where no hook judges and known to nobody else; its id. */
const makeCommit = (repo: Repo, path: string): string => {
  repo.write(path, 'mine\n');
  repo.git('add', path);
  const tree = repo.git('write-tree');
  const commit = repo.git('commit-tree', '-p', 'HEAD', '-m', 'work', tree);
  repo.git('reset', '--quiet', '--hard');
  return commit;
};

const headOf = (repo: Repo): string => repo.git('rev-parse', 'refs/heads/main');

test('is installed where the policy is strict, and taken out where it is no more', () => {
  const repo = makeStrict();
  const hook = repo.path('.git/hooks/reference-transaction');
  expect(existsSync(hook)).toBe(true);
  repo.commitQuietly({ 'leasehold.config.json': '{}\n' });

  repo.leasehold(['init']);

  expect(existsSync(hook)).toBe(false);
});

test.each<[string, (repo: Repo, commit: string) => string[]]>([
  ['update-ref', (_, commit) => ['update-ref', 'refs/heads/main', commit]],
  ['reset --hard', (_, commit) => ['reset', '--hard', commit]],
  ['branch -f', (_, commit) => ['branch', '-f', 'other', commit]],
  ['merge --ff-only', (_, commit) => ['merge', '--ff-only', commit]],
  ['checkout --detach', (_, commit) => ['checkout', '--detach', commit]],
  ['cherry-pick', (_, commit) => ['cherry-pick', commit]],
])('stops %s on a new commit that touches a held path', (_, words) => {
  const repo = makeStrict();
  const before = headOf(repo);

  const ended = repo.tryGit(words(repo, makeCommit(repo, 'src/a.ts')));

  expect(ended.code).not.toBe(0);
  expect(ended.stderr).toContain('codex holds it');
  expect(headOf(repo)).toBe(before);
});

test.each<[string, (commit: string) => string[]]>([
  ['update-ref', (commit) => ['update-ref', 'refs/heads/main', commit]],
  ['branch -f', (commit) => ['branch', '-f', 'other', commit]],
  ['merge --ff-only', (commit) => ['merge', '--ff-only', commit]],
])('lets %s through on a path that nobody holds', (_, words) => {
  const repo = makeStrict();

  expect(repo.tryGit(words(makeCommit(repo, 'docs/b.md'))).stderr).not.toContain('leasehold');
});

test('stops git am where its own hooks are gone, and git am --abort works then', () => {
  const repo = makeStrict();
  const commit = makeCommit(repo, 'src/a.ts');
  const patch = `${repo.git('format-patch', '--stdout', '-1', commit)}\n`;
  repo.write('../work.patch', patch);
  const before = headOf(repo);

  for (const name of ['pre-applypatch', 'applypatch-msg']) rmSync(repo.path('.git/hooks', name));
  const applied = repo.tryGit(['am', join(repo.root, 'work.patch')]);
  const aborted = repo.tryGit(['am', '--abort']);

  expect(applied.code).not.toBe(0);
  expect(applied.stderr).toContain('codex holds it');
  expect([aborted.code, headOf(repo)]).toEqual([0, before]);
  expect(repo.git('status', '--porcelain')).toBe('');
});

test('stops a rebase at the commit, and git rebase --abort works then', () => {
  const repo = makeStrict();
  repo.git(...NO_HOOKS, 'checkout', '--quiet', '-b', 'topic');
  repo.write('src/a.ts', 'mine\n');
  repo.git(...NO_HOOKS, 'commit', '--quiet', '--all', '--message', 'topic');
  repo.git(...NO_HOOKS, 'checkout', '--quiet', 'main');
  repo.write('docs/b.md', 'two\n');
  repo.git(...NO_HOOKS, 'commit', '--quiet', '--all', '--message', 'main goes on');
  repo.git(...NO_HOOKS, 'checkout', '--quiet', 'topic');
  const before = repo.git('rev-parse', 'HEAD');

  const rebased = repo.tryGit(['rebase', 'main']);
  const aborted = repo.tryGit(['rebase', '--abort']);

  expect(rebased.code).not.toBe(0);
  expect(rebased.stderr).toContain('codex holds it');
  expect(aborted.code).toBe(0);
  expect(repo.git('rev-parse', 'refs/heads/topic')).toBe(before);
  expect(repo.git('symbolic-ref', 'HEAD')).toBe('refs/heads/topic');
});

test('lets the holder commit, pick and rebase', () => {
  const repo = makeStrict();
  repo.write('src/a.ts', 'by codex\n');
  const commit = repo.tryGit(['commit', '--quiet', '--all', '-m', 'mine'], { holder: 'codex' });
  repo.git(...NO_HOOKS, 'checkout', '--quiet', '-b', 'topic', 'HEAD~1');
  const pick = repo.tryGit(['cherry-pick', 'main'], { holder: 'codex' });

  expect([commit.stderr, commit.code]).toEqual(['', 0]);
  expect(pick.code).toBe(0);
});

test('never stops abort, reset, stash, gc, fetch, a deletion, or what a branch has already', () => {
  const repo = makeStrict();
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  // A branch with somebody's work on what codex holds, as it comes from the remote.
  repo.git(...NO_HOOKS, 'checkout', '--quiet', '-b', 'theirs');
  repo.write('src/a.ts', 'theirs\n');
  repo.git(...NO_HOOKS, 'commit', '--quiet', '--all', '--message', 'theirs');
  repo.git('push', '--quiet', '--no-verify', 'origin', 'theirs');
  repo.git(...NO_HOOKS, 'checkout', '--quiet', 'main');
  repo.git(...NO_HOOKS, 'branch', '-D', 'theirs');
  repo.git(...NO_HOOKS, 'update-ref', '-d', 'refs/remotes/origin/theirs');

  const run = (...words: string[]) => {
    const { code, stderr } = repo.tryGit(words);
    return [words.join(' '), code, stderr.includes('leasehold')];
  };
  const ran = [
    run('fetch', '--quiet', 'origin'),
    run('branch', 'theirs', 'origin/theirs'),
    run('merge', '--quiet', '--ff-only', 'theirs'),
    run('reset', '--quiet', '--hard', 'HEAD~1'),
    run('branch', '-D', 'theirs'),
    run('gc', '--quiet', '--prune=now'),
    run('tag', 'v1'),
    run('checkout', '--quiet', '--detach', 'HEAD'),
    run('checkout', '--quiet', 'main'),
  ];
  repo.write('docs/b.md', 'dirty\n');
  ran.push(run('stash', 'push', '--quiet'), run('stash', 'pop', '--quiet'));

  expect(ran.filter(([, code, told]) => code !== 0 || told)).toEqual([]);
});

test('never stops what writes refs and makes no commit of a branch, nor a branch of what is known', () => {
  const repo = makeStrict();
  repo.commitQuietly({ 'docs/b.md': 'two\n' });
  repo.commitQuietly({ 'docs/b.md': 'three\n' });
  const first = repo.git('rev-list', '--max-parents=0', 'HEAD');
  const script = (words: string) => {
    const { code, stderr } = runShell(repo, words);
    return [words, code, stderr.includes('leasehold')];
  };

  const ran = [
    'git notes add -m note HEAD',
    'git tag -a -m one v1',
    'git branch -m main trunk && git branch -c trunk copy',
    `git bisect start HEAD ${first} && git bisect good; git bisect reset`,
    'git worktree add -q -b tree ../tree HEAD~1 && git -C ../tree checkout -q --detach HEAD~1',
    'git checkout -q --orphan fresh && git checkout -q trunk',
    'git switch -q -c topic HEAD~1 && git switch -q -',
    'git remote add elsewhere ../elsewhere && git remote rename elsewhere there && git remote remove there',
    'git pack-refs --all && git reflog expire --expire=now --all && git maintenance run --quiet',
    'git symbolic-ref HEAD refs/heads/copy && git symbolic-ref HEAD refs/heads/trunk',
    `git replace ${first} HEAD && git replace -d ${first}`,
    'git update-ref refs/somewhere/else HEAD && git update-ref -d refs/somewhere/else',
    'git clone -q . ../clone && git fetch -q ../clone trunk:fetched',
  ].map(script);

  expect(ran.filter(([, code, told]) => code !== 0 || told)).toEqual([]);
});

test('could not decide where a lock file is broken: the branch stays where it is', () => {
  const repo = makeStrict();
  const before = headOf(repo);
  const commit = makeCommit(repo, 'docs/b.md');
  writeLock(repo, 'broken.lock', { files: 7 });

  const ended = repo.tryGit(['update-ref', 'refs/heads/main', commit]);

  expect(ended.code).not.toBe(0);
  expect(ended.stderr).toContain('next: leasehold doctor --fix');
  expect(headOf(repo)).toBe(before);
});

test('judges nothing where the policy is not strict, though the hook is there', () => {
  const repo = makeStrict();
  repo.git(...NO_HOOKS, 'rm', '--quiet', '--cached', 'leasehold.config.json');
  repo.git(...NO_HOOKS, 'commit', '--quiet', '--message', 'no config');

  const ended = repo.tryGit(['update-ref', 'refs/heads/main', makeCommit(repo, 'src/a.ts')]);

  expect(ended.code).toBe(0);
});
