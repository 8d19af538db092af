import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  addRemote,
  cloneRepo,
  copiesOf,
  locksDirectory,
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
  ['a fetch from here', (_, commit) => ['fetch', '.', `${commit}:refs/heads/other`]],
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

/** The last gate alone, `topic` and `main` apart, and a lock file that nobody can read. */
const makeUndecided = (): Repo => {
  const repo = makeStrict();
  const lines = (first: string, last: string) => `${first}\n${'line\n'.repeat(30)}${last}\n`;
  repo.commitQuietly({ 'docs/b.md': lines('one', 'one') });
  repo.git(...NO_HOOKS, 'checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'docs/b.md': lines('topic', 'one') });
  repo.git(...NO_HOOKS, 'checkout', '--quiet', 'main');
  repo.commitQuietly({ 'docs/b.md': lines('one', 'main') });
  for (const name of readdirSync(repo.path('.git/hooks'))) {
    if (name !== 'reference-transaction')
      rmSync(repo.path('.git/hooks', name), { recursive: true });
  }
  writeLock(repo, 'broken.lock', { files: 7 });
  return repo;
};

const FRESH = '$(git commit-tree -p main -m m topic^{tree})';

test('stops on every way to a commit what it cannot decide, and leaves each way back open', () => {
  const repo = makeUndecided();
  const stateOf = () => [
    repo.git('for-each-ref', 'refs/heads'),
    repo.git('symbolic-ref', 'HEAD'),
    repo.git('status', '--porcelain'),
  ];
  const before = stateOf();
  for (const [way, back] of [
    ['echo mine >>docs/b.md; git commit -nqam mine', 'git reset -q --hard'],
    ['git commit -q --amend -m mine', 'true'],
    [`git update-ref refs/heads/main ${FRESH}`, 'true'],
    [`git branch -f other ${FRESH}`, 'true'],
    // git has checked out by then, as with any hook that says no there.
    [`git merge -q --ff-only ${FRESH}`, 'git reset -q --hard'],
    [`git checkout -q --detach ${FRESH}`, 'git reset -q --hard'],
    [`git fetch -q . ${FRESH}:other`, 'true'],
    ['git merge -q --no-edit topic', 'git merge --abort'],
    ['git cherry-pick topic', 'git cherry-pick --abort'],
    // Of one commit git notes nothing that could be aborted.
    ['git revert --no-edit HEAD', 'git reset -q --merge'],
    ['git rebase -q main topic', 'git rebase --abort; git checkout -q main'],
    [
      'git format-patch -qo ../patches main..topic; git am -q --3way ../patches/*',
      'git am --abort',
    ],
  ] as const) {
    const stopped = runShell(repo, way);
    expect([way, stopped.code === 0, stopped.stderr]).toEqual([
      way,
      false,
      expect.stringMatching(
        /could not decide.*\n.*broken\.lock[\s\S]*\nnext: leasehold doctor --fix\n/,
      ),
    ]);
    expect(runShell(repo, back), way).toMatchObject({ code: 0 });
    expect([way, ...stateOf()]).toEqual([way, ...before]);
  }
  for (const way of [
    'echo dirty >>docs/b.md; git stash push -q && git stash pop -q && git reset -q --hard',
    'git reset -q --hard HEAD~1 && git reset -q --hard ORIG_HEAD',
    'git checkout -q topic && git checkout -q main && git branch copy topic && git branch -D copy',
    'git gc -q --prune=now',
  ]) {
    expect(runShell(repo, way), way).toMatchObject({ code: 0 });
  }
  expect(stateOf()).toEqual(before);
});

test('says no by exit code 1, cannot tell by 2, and is asked before anything is so, never after', () => {
  const repo = makeStrict();
  const ask = (state: string, commit: string) => {
    const line = `${'0'.repeat(40)} ${commit} refs/heads/main`;
    const words = `.git/hooks/reference-transaction ${state}`;
    const byHook = runShell(repo, `echo ${line} | ${words}`).code;
    const call = { input: `${line}\n` };
    const byCommand = repo.leasehold(['hook', 'reference-transaction', state], call).code;
    return [byHook, byCommand];
  };
  const [held, free] = [makeCommit(repo, 'src/a.ts'), makeCommit(repo, 'docs/b.md')];
  expect([ask('prepared', held), ask('prepared', free)]).toEqual([
    [1, 1],
    [0, 0],
  ]);
  expect([ask('committed', held), ask('aborted', held)]).toEqual([
    [0, 0],
    [0, 0],
  ]);
  writeLock(repo, 'broken.lock', { files: 7 });
  expect([ask('prepared', free), ask('committed', free)]).toEqual([
    [2, 2],
    [0, 0],
  ]);
});

test('lets a fetch bring into a branch what others have made, whatever is held or cannot be read', () => {
  const repo = makeStrict();
  const ann = cloneRepo(repo, repo.top, 'ann');
  ann.commitQuietly({ 'src/a.ts': 'by ann\n' });
  const fetch = (branch: string) =>
    repo.tryGit(['fetch', '--quiet', ann.top, `HEAD:refs/heads/${branch}`]);

  expect(fetch('review')).toMatchObject({ code: 0, stderr: '' });
  repo.git(...NO_HOOKS, 'branch', '-D', 'review');
  writeLock(repo, 'broken.lock', { files: 7 });
  expect(fetch('review')).toMatchObject({ code: 0, stderr: '' });

  // Put upon one's own work, and not by a fetch, it is judged as anybody's.
  repo.git(...NO_HOOKS, 'branch', '-D', 'review');
  rmSync(join(locksDirectory(repo), 'broken.lock'));
  const merged = repo.tryGit(['pull', '--quiet', '--ff-only', ann.top, 'HEAD']);
  expect([merged.code === 0, merged.stderr]).toEqual([false, expect.stringContaining('refused')]);
});

test('lets go back to where HEAD has been, though somebody has claimed it since; not to what was put aside', () => {
  const repo = makeStrict();
  repo.commitQuietly({ 'docs/b.md': 'two\n' });
  expect(repo.leasehold(['claim', 'docs/'], { holder: 'codex' }).code).toBe(0);
  const before = headOf(repo);

  for (const way of [
    'git reset -q --hard HEAD~1 && git reset -q --hard ORIG_HEAD',
    'git reset -q --hard HEAD~1 && git branch -f rescued HEAD@{1} && git reset -q --hard rescued && git branch -D rescued',
    'git checkout -q --detach && git branch -D main && git branch main && git checkout -q main',
  ]) {
    const { code, stderr } = runShell(repo, way);
    expect([code, stderr, headOf(repo)]).toEqual([0, '', before]);
  }

  repo.write('docs/b.md', 'put aside\n');
  expect(runShell(repo, 'git stash push -q').code).toBe(0);
  expect(runShell(repo, 'git branch -f rescued stash@{0}')).toMatchObject({ code: 128 });
});

test('judges nothing where the policy is not strict, though the hook is there', () => {
  const repo = makeStrict();
  repo.git(...NO_HOOKS, 'rm', '--quiet', '--cached', 'leasehold.config.json');
  repo.git(...NO_HOOKS, 'commit', '--quiet', '--message', 'no config');

  const ended = repo.tryGit(['update-ref', 'refs/heads/main', makeCommit(repo, 'src/a.ts')]);

  expect(ended.code).toBe(0);
});
