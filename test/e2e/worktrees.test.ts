import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMAND, makeGuardedRepo, makeRepo, type Repo } from '../make-repo.ts';
import { nextOf, pasteNext, runShell } from '../shell.ts';

const HELD = 'codex holds it';

const commitChange = (tree: Repo, path: string, holder?: string) => {
  tree.write(path, 'changed\n');
  tree.git('add', '--', path);
  return tree.tryGit(['commit', '-m', 'mine'], holder === undefined ? {} : { holder });
};

test('guards the main tree and every worktree where init runs in a linked one', () => {
  const repo = makeRepo();
  repo.commitQuietly({ 'src/a.ts': 'one\n' });
  const first = repo.addWorktree('first');
  const second = repo.addWorktree('second');
  first.leasehold(['init']);
  first.leasehold(['claim', 'src/'], { holder: 'codex' });

  const commits = [repo, first, second].map((tree) => commitChange(tree, 'src/a.ts'));

  for (const commit of commits) {
    expect(commit.code).toBe(1);
    expect(commit.stderr).toContain(HELD);
  }
});

test('guards a worktree that was added after the claim, which has nothing installed in it', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'package.json': '{"type":"module"}\n' });
  repo.leasehold(['claim', 'src/'], { holder: 'codex' });
  const tree = repo.addWorktree('fresh');

  const refused = commitChange(tree, 'src/a.ts');
  tree.git('reset', '--quiet', '--hard');
  const allowed = commitChange(tree, 'README.md');

  expect(readdirSync(tree.top).sort()).not.toContain('node_modules');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(HELD);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});

test('shows a claim of one worktree in all others, and where it was made', () => {
  const repo = makeGuardedRepo();
  const [first, second] = [repo.addWorktree('first'), repo.addWorktree('second')];
  first.leasehold(['claim', 'src/'], { holder: 'codex' });

  const inMain = repo.leasehold(['status']);
  const inSecond = second.json(['status']);

  expect(inMain.stdout).toContain(`branch first, in ${first.top}`);
  expect(inSecond.body.grants).toMatchObject([{ agent: 'codex', directories: ['src/'] }]);
});

test('lets holders commit what they hold, each in a worktree of their own', () => {
  const repo = makeGuardedRepo();
  const [first, second] = [repo.addWorktree('first'), repo.addWorktree('second')];
  first.leasehold(['claim', 'a/'], { holder: 'codex' });
  second.leasehold(['claim', 'b/'], { holder: 'claude' });

  const own = [commitChange(first, 'a/x.ts', 'codex'), commitChange(second, 'b/x.ts', 'claude')];
  const crossed = commitChange(first, 'b/y.ts', 'codex');

  for (const commit of own) expect(commit).toMatchObject({ code: 0, stderr: '' });
  expect(crossed.code).toBe(1);
  expect(crossed.stderr).toContain('claude holds it');
});

test('speaks to who stands in a subdirectory of a linked worktree in words that work there', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'src/b.ts': 'one\n' });
  repo.leasehold(['claim', 'src/a.ts'], { holder: 'codex' });
  const tree = repo.addWorktree('tree');
  tree.write('src/a.ts', 'two\n');
  tree.write('src/b.ts', 'two\n');
  const cwd = tree.path('src');

  const refused = tree.tryGit(['commit', '-a', '-m', 'mine'], { cwd });
  const pasted = pasteNext(tree, refused.stderr, { cwd });

  expect(nextOf(refused.stderr)).toBe('git commit -- b.ts');
  expect(pasted.code).toBe(0);
  expect(tree.git('show', '--format=', '--name-only')).toBe('src/b.ts');
});

test('goes on guarding a worktree that was moved', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const tree = repo.addWorktree('tree');
  tree.leasehold(['claim', 'src/'], { holder: 'codex' });
  const moved = join(repo.root, 'elsewhere', 'moved');
  repo.git('worktree', 'add', '--quiet', '--detach', join(repo.root, 'elsewhere', 'other'));
  repo.git('worktree', 'move', tree.top, moved);

  const script = 'echo two >src/a.ts && git commit -a -m mine';
  const refused = runShell(repo, script, { cwd: moved });
  const allowed = runShell(repo, script, { cwd: moved, holder: 'codex' });

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(HELD);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});

test('goes on guarding when what init was run from is gone', () => {
  const repo = makeRepo();
  const tool = join(repo.root, 'npx-cache');
  cpSync(dirname(COMMAND), tool, { recursive: true });
  runShell(repo, `node ${join(tool, 'leasehold.cjs')} init`);
  repo.commitQuietly({ 'src/a.ts': 'one\n' });
  repo.leasehold(['claim', 'src/'], { holder: 'codex' });
  rmSync(tool, { recursive: true });

  const refused = commitChange(repo, 'src/a.ts');
  const allowed = repo.tryGit(['commit', '-m', 'mine'], { holder: 'codex' });

  expect(existsSync(tool)).toBe(false);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(HELD);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});

test('guards the worktrees of a bare repository', () => {
  const repo = makeRepo();
  repo.commitQuietly({ 'src/a.ts': 'one\n' });
  const bare = join(repo.root, 'bare.git');
  repo.git('clone', '--quiet', '--bare', repo.top, bare);
  const identity = '-c user.name=Ann -c user.email=ann@example.com';
  runShell(repo, 'git worktree add --quiet -b a ../a && git worktree add --quiet -b b ../b', {
    cwd: bare,
  });
  runShell(repo, 'leasehold init && leasehold claim src/', {
    cwd: join(repo.root, 'a'),
    holder: 'codex',
  });

  const refused = runShell(repo, `echo two >src/a.ts && git ${identity} commit -a -m mine`, {
    cwd: join(repo.root, 'b'),
  });

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(HELD);
});

test('guards a submodule that was set up by itself', () => {
  const repo = makeGuardedRepo();
  const source = makeRepo();
  source.commitQuietly({ 'src/a.ts': 'one\n' });
  repo.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', source.top, 'sub');
  const sub = { cwd: repo.path('sub') };
  repo.leasehold(['init'], sub);
  repo.leasehold(['claim', 'src/'], { ...sub, holder: 'codex' });
  repo.write('sub/src/a.ts', 'two\n');

  const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com'];
  const commit = repo.tryGit([...identity, 'commit', '-a', '-m', 'mine'], sub);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(HELD);
  expect(repo.json(['status']).body.grants).toEqual([]);
});

test('advises what can be run in a worktree where nothing is installed', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const tree = repo.addWorktree('tree');
  repo.leasehold(['claim', 'src/'], { holder: 'codex' });
  rmSync(join(repo.root, 'bin'), { recursive: true });
  tree.write('src/a.ts', 'two\n');

  const refused = tree.tryGit(['commit', '-am', 'mine']);
  const next = /next: (.*)/.exec(refused.stderr)?.[1] ?? '';
  const pasted = spawnSync('sh', ['-c', next], { cwd: tree.top, encoding: 'utf8' });

  expect(next).toMatch(/^node .*leasehold\.cjs conflicts -- src\/a\.ts$/);
  expect(pasted.stdout).toContain('codex holds src/');
});

test('gives worktrees of a bare repository hooks of their own, and they stay worktrees', () => {
  const repo = makeRepo();
  repo.commitQuietly({ 'src/a.ts': 'one\n' });
  const bare = join(repo.root, 'bare.git');
  repo.git('clone', '--quiet', '--bare', repo.top, bare);
  const setUp = 'git config core.hooksPath .husky/_ && git worktree add -q -b a ../a';
  runShell(repo, `${setUp} && git worktree add -q -b b ../b`, { cwd: bare });
  const inside = { cwd: join(repo.root, 'a') };

  const first = repo.leasehold(['init'], inside);
  const again = repo.leasehold(['init'], inside);
  const tops = ['a', 'b'].map(
    (name) => repo.tryGit(['rev-parse', '--show-toplevel'], { cwd: join(repo.root, name) }).stdout,
  );

  expect([first.code, again.code]).toEqual([0, 0]);
  expect(tops).toEqual([`${join(repo.root, 'a')}\n`, `${join(repo.root, 'b')}\n`]);
  expect(repo.tryGit(['rev-parse', '--is-bare-repository'], { cwd: bare }).stdout).toBe('true\n');
});

test('gives a worktree of a submodule hooks of its own, and both stay where they are', () => {
  const repo = makeGuardedRepo();
  const source = makeRepo();
  source.commitQuietly({ 'src/a.ts': 'one\n' });
  const sub = repo.path('sub');
  const tree = join(repo.root, 'tree');
  repo.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', source.top, 'sub');
  runShell(repo, `git config core.hooksPath .husky/_ && git worktree add -q -b a ${tree}`, {
    cwd: sub,
  });

  const init = repo.leasehold(['init'], { cwd: tree });
  const tops = [sub, tree].map(
    (cwd) => repo.tryGit(['rev-parse', '--show-toplevel'], { cwd }).stdout,
  );
  const updated = repo.tryGit(['submodule', 'update', '--init', '--force']);

  expect(init.code).toBe(0);
  expect(tops).toEqual([`${sub}\n`, `${tree}\n`]);
  expect(updated.code).toBe(0);
  expect(repo.tryGit(['status', '--short'], { cwd: sub })).toMatchObject({ code: 0, stdout: '' });
});
