import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copiesOf, type Ended, makeRepo, type Repo } from '../make-repo.ts';
import { claim, publish } from '../past.ts';
import { runShell } from '../shell.ts';

/** Makes a repository in `top` in this way; the test's own shell stands in it. */
const KINDS: [string, string][] = [
  ['a git directory elsewhere', 'git init -q -b main --separate-git-dir ../kept-elsewhere.git'],
  [
    'a .git that is a link',
    'git init -q -b main && mv .git ../linked.git && ln -s ../linked.git .git',
  ],
  ['ids of 64 digits', 'git init -q -b main --object-format=sha256'],
  ['files that are not there', 'git init -q -b main && git sparse-checkout set --cone lib'],
  [
    'an untracked cache and a split index',
    'git init -q -b main && git config core.splitIndex true && git config core.untrackedCache true',
  ],
  [
    'config of its own for each worktree',
    'git init -q -b main && git config extensions.worktreeConfig true',
  ],
];

const inTop = (repo: Repo, script: string, holder?: string): Ended => {
  const cwd = join(repo.root, 'odd');
  return runShell(repo, script, { cwd, ...(holder === undefined ? {} : { holder }) });
};

const expectDone = (ended: Ended): void => expect(ended.code, ended.stderr).toBe(0);

test.each(KINDS)('guards commits, amends, merges and pushes in a repository with %s', (_, init) => {
  const repo = makeRepo();
  runShell(repo, 'mkdir ../odd');
  const identity =
    'git config user.name Ben && git config user.email ben@example.com && git config advice.updateSparsePath false';
  expectDone(inTop(repo, `${init} && ${identity} && leasehold init`));
  const files = 'mkdir -p src lib && seq 40 >src/a.ts && echo one >lib/b.ts && git add --sparse -A';
  expectDone(inTop(repo, `${files} && git commit -qnm first && git checkout -q -b topic`));
  const change = (sed: string) => `git show :src/a.ts >../a && sed -i ${sed} ../a &&
    git update-index --add --cacheinfo 100644,$(git hash-object -w ../a),src/a.ts`;
  expectDone(
    inTop(repo, `${change('1s/1/one/')} && git commit -qnm topic && git checkout -q -f main`),
  );
  expectDone(
    inTop(repo, `${change('40s/40/last/')} && git commit -qnm main && git checkout -q -f`),
  );
  const remote =
    'git init -q --bare --object-format=$(git rev-parse --show-object-format) ../odd.git';
  expectDone(inTop(repo, `${remote} && git push -q --no-verify ../odd.git main~1:refs/heads/main`));
  expectDone(inTop(repo, 'leasehold claim src/', 'codex'));

  const refused = [
    `${change('2s/2/two/')} && git commit -m mine`,
    'git reset -q && git checkout -q -f && git commit --amend -m again',
    'git merge --no-edit topic',
    'git merge --abort; git cherry-pick topic',
    'git cherry-pick --abort; git push ../odd.git main',
  ].map((script) => inTop(repo, script));
  const free = inTop(repo, 'git reset -q --hard && echo two >lib/b.ts && git commit -qam free');

  for (const { code, stderr } of refused) {
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/src\/a\.ts.*\n.*codex holds it/);
  }
  expect(free).toMatchObject({ code: 0, stderr: '' });
});

/** A guarded repository in which codex holds `src/`, and `lib/b.ts` is staged. */
const makeHeld = copiesOf(() => {
  const repo = makeRepo();
  repo.leasehold(['init']);
  repo.commitQuietly({ 'src/a.ts': 'one\n', 'lib/b.ts': 'one\n' });
  claim(repo, 'codex', 'src/');
  repo.write('lib/b.ts', 'two\n');
  repo.git('add', 'lib');
  return repo;
});

test.each([
  ['is only meant to be added', 'echo new >src/new.ts; git add -N src/new.ts'],
  [
    'is marked as not to be looked at',
    'git update-index --skip-worktree src/a.ts; echo x >>src/a.ts',
  ],
  ['is marked as unchanged', 'git update-index --assume-unchanged src/a.ts; echo x >>src/a.ts'],
  ['is new and not tracked', 'echo new >src/new.ts'],
  ['has another time alone', 'touch -t 200001010000 src/a.ts'],
  ['was staged and taken back', 'echo x >>src/a.ts; git add src; git reset -q -- src'],
  ['is gone from the working tree alone', 'rm src/a.ts'],
])('is not alarmed by a held file that %s', (_, script) => {
  const repo = makeHeld();
  runShell(repo, script);

  const commit = repo.tryGit(['commit', '--quiet', '-m', 'mine']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test.each([
  ['by hunks', 'printf "y\\n" | git commit -qpm mine', 'echo x >>src/a.ts'],
  [
    'by its name out of a list',
    'echo src/a.ts | git commit -qm mine --pathspec-from-file=-',
    'echo x >>src/a.ts',
  ],
  [
    'by an alias of the shell',
    'git -c alias.ci="!git commit" ci -qm mine',
    'echo x >>src/a.ts; git add src',
  ],
  ['as a fixup', 'git commit -q --fixup HEAD', 'echo x >>src/a.ts; git add src'],
  [
    'as an edit of its mode in the index alone',
    'git commit -qm mine',
    'git update-index --chmod=+x src/a.ts',
  ],
  [
    'as one that is gone, and only meant to be added again',
    'git commit -qm mine',
    'git rm -q --cached src/a.ts; git add -N src/a.ts',
  ],
  [
    'as a file that stands where a directory was',
    'git commit -qm mine',
    'rm -r src; echo x >src; git add -A',
  ],
  [
    'as a submodule',
    'git commit -qm mine',
    'git rm -rq src; git init -q src; git -C src -c user.name=a -c user.email=a commit -qm a --allow-empty; git add src 2>/dev/null',
  ],
])('refuses a held file that is committed %s', (_, script, prepare) => {
  const repo = makeHeld();
  runShell(repo, prepare);
  const before = repo.git('rev-parse', 'HEAD');

  const commit = runShell(repo, script);

  expect(commit.code).not.toBe(0);
  expect(commit.stderr).toContain('codex holds it');
  expect(repo.git('rev-parse', 'HEAD')).toBe(before);
});

/** A commit on `src/`, which codex has claimed since, and a tag of it are not at the remote yet. */
const makeUnpushed = copiesOf(() => {
  const repo = makeRepo();
  repo.leasehold(['init']);
  repo.commitQuietly({ 'src/a.ts': 'one\n', 'leasehold.config.json': '{}\n' });
  publish(repo);
  repo.git('branch', '--set-upstream-to=origin/main');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  repo.git('tag', '-a', '-m', 'one', 'v1');
  claim(repo, 'codex', 'src/');
  return repo;
});

test.each([
  ['HEAD', 'origin HEAD'],
  ['an id', 'origin $(git rev-parse HEAD):refs/heads/by-id'],
  ['a plus', 'origin +main'],
  ['all branches', '--all origin'],
  ['a mirror', '--mirror ../origin.git'],
  ['tags', '--tags origin'],
  ['tags that follow', '--follow-tags origin main'],
  ['a place for review', 'origin HEAD:refs/for/main'],
  ['one step or none', '--atomic origin main main:other'],
  ['a lease', '--force-with-lease origin main'],
  ['the upstream', ''],
])('judges a push however it says what is pushed: %s', (_, words) => {
  const repo = makeUnpushed();
  const refs = () => repo.git('-C', join(repo.root, 'origin.git'), 'for-each-ref');
  const before = refs();

  const push = runShell(repo, `git push ${words}`);

  expect(push.code).not.toBe(0);
  expect(push.stderr).toContain('codex holds it');
  expect(refs()).toBe(before);
});

test('goes on guarding a repository that is moved, and one that is reached by a link', () => {
  const repo = makeHeld();
  repo.write('src/a.ts', 'two\n');
  const moved = join(repo.root, 'moved');
  const link = join(repo.root, 'link');
  renameSync(repo.top, moved);
  symlinkSync(moved, link);

  const commits = [moved, link, join(link, 'lib')].map((cwd) =>
    repo.tryGit(['commit', '-am', 'mine'], { cwd }),
  );

  for (const { code, stderr } of commits) {
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/could not decide|codex holds it/);
  }
});
