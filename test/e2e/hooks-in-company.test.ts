import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addRemote, makeRepo, type Repo } from '../make-repo.ts';

const writeHook = (repo: Repo, path: string, text: string, mode = 0o755): void => {
  repo.write(path, text);
  chmodSync(repo.path(path), mode);
};

/** A repository where codex holds README.md, to be refused on. */
const holdReadme = (repo: Repo): void => {
  repo.commitQuietly({ 'README.md': 'read me\n' });
  expect(repo.leasehold(['claim', 'README.md'], { holder: 'codex' }).code).toBe(0);
  repo.write('README.md', 'changed\n');
};

const TELL = '#!/bin/sh\necho "before: $0 [$*] $PWD"\n';

test('runs the hook that was there first, by the same name, in the same place', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', TELL);
  repo.leasehold(['init']);
  repo.write('a', 'a');
  repo.git('add', 'a');

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit.code).toBe(0);
  expect(commit.stderr).toContain(`before: .git/hooks/pre-commit [] ${repo.top}`);
});

test('shows both results where the guard refuses and the hook that was there fails too', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\necho "lint failed" >&2\nexit 7\n');
  repo.leasehold(['init']);
  holdReadme(repo);

  const hook = repo.tryGit(['hook', 'run', 'pre-commit']);
  const commit = repo.tryGit(['commit', '-am', 'mine']);

  expect(hook.code).toBe(7);
  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('lint failed');
  expect(commit.stderr).toContain('codex holds it');
});

test('keeps the exit code of the hook that was there where the guard has nothing to say', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\nexit 7\n');
  repo.leasehold(['init']);
  repo.commitQuietly({ a: 'a' });

  expect(repo.tryGit(['hook', 'run', 'pre-commit']).code).toBe(7);
});

test('judges what the hook that was there has put into the index', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\ngit add README.md\n');
  repo.leasehold(['init']);
  holdReadme(repo);
  repo.write('other', 'x');
  repo.git('add', 'other');

  expect(repo.tryGit(['commit', '-m', 'mine']).stderr).toContain('codex holds it');
});

test('feeds a pre-push hook that was there its arguments and its standard input', () => {
  const repo = makeRepo();
  addRemote(repo);
  writeHook(repo, '.git/hooks/pre-push', '#!/bin/sh\necho "[$*]"; sed "s/^/fed: /"\n');
  repo.leasehold(['init']);
  repo.commitQuietly({ a: 'a' });

  const push = repo.tryGit(['push', 'origin', 'main']);

  expect(push.code).toBe(0);
  expect(push.stderr + push.stdout).toContain(`[origin ${join(repo.root, 'origin.git')}]`);
  expect(push.stderr + push.stdout).toMatch(
    /fed: refs\/heads\/main [0-9a-f]{40} refs\/heads\/main 0{40}/,
  );
});

test('starts a hook that is no shell script by its own last name', () => {
  const repo = makeRepo();
  const script = `#!${process.execPath}\nconsole.log('node: ' + require('path').basename(process.argv[1]))\n`;
  writeHook(repo, '.git/hooks/pre-commit', script);
  repo.leasehold(['init']);
  repo.write('a', 'a');
  repo.git('add', 'a');

  expect(repo.tryGit(['commit', '-m', 'mine']).stderr).toContain('node: pre-commit');
});

test('goes on ignoring a hook that has no exec bit, as git does', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\nexit 7\n', 0o644);
  repo.leasehold(['init']);
  repo.write('a', 'a');
  repo.git('add', 'a');

  expect(repo.tryGit(['commit', '-m', 'mine']).code).toBe(0);
});

test('leaves the target of a link at the hook’s place untouched, and runs it', () => {
  const repo = makeRepo();
  writeHook(repo, 'tools/check', TELL);
  mkdirSync(repo.path('.git/hooks'), { recursive: true });
  symlinkSync('../../tools/check', repo.path('.git/hooks/pre-commit'));
  repo.leasehold(['init']);
  repo.git('add', 'tools');

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(repo.read('tools/check')).toBe(TELL);
  expect(commit.stderr).toContain('before: .git/hooks/pre-commit');
});

test('is safe to run again: nothing is chained twice', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', TELL);
  repo.leasehold(['init']);

  const again = repo.leasehold(['init']);
  repo.write('a', 'a');
  repo.git('add', 'a');

  expect(again.stdout).toContain('pre-commit: unchanged');
  expect(repo.tryGit(['commit', '-m', 'mine']).stderr.match(/before:/g)).toHaveLength(1);
});

test('keeps both where another tool put its hook over ours after the first init', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\necho first\n');
  repo.leasehold(['init']);
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\necho second\n');
  repo.leasehold(['init']);

  expect(repo.read('.git/hooks/before-leasehold/pre-commit')).toContain('second');
  expect(repo.read('.git/hooks/before-leasehold/pre-commit.1')).toContain('first');
});

test('puts back what was there, byte for byte, when it is taken out', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', TELL, 0o751);
  symlinkSync('../../tools/check', repo.path('.git/hooks/pre-push'));
  repo.leasehold(['init']);

  const ended = repo.leasehold(['init', '--uninstall']);

  expect(ended.code).toBe(0);
  expect(repo.read('.git/hooks/pre-commit')).toBe(TELL);
  expect(statSync(repo.path('.git/hooks/pre-commit')).mode & 0o777).toBe(0o751);
  expect(readlinkSync(repo.path('.git/hooks/pre-push'))).toBe('../../tools/check');
  expect(existsSync(repo.path('.git/hooks/before-leasehold'))).toBe(false);
});

test('takes nothing out that is not ours', () => {
  const repo = makeRepo();
  repo.leasehold(['init']);
  writeHook(repo, '.git/hooks/pre-commit', TELL);

  expect(repo.leasehold(['init', '--uninstall']).stdout).toContain(
    'pre-commit: left: it is not ours',
  );
  expect(repo.read('.git/hooks/pre-commit')).toBe(TELL);
});

test.each(['hooks', 'absolute'])('installs where a local core.hooksPath says (%s)', (kind) => {
  const repo = makeRepo();
  const directory = kind === 'absolute' ? join(repo.root, 'my hooks') : 'hooks';
  repo.git('config', 'core.hooksPath', directory);
  repo.leasehold(['init']);
  holdReadme(repo);

  expect(repo.tryGit(['commit', '-am', 'mine']).stderr).toContain('codex holds it');
  expect(existsSync(repo.path('.git/hooks/pre-commit'))).toBe(false);
});

test('refuses to change the hooks of all repositories unless told to', () => {
  const repo = makeRepo();
  const shared = join(repo.root, 'shared hooks');
  repo.git('config', '--global', 'core.hooksPath', shared);

  const refused = repo.leasehold(['init']);
  const allowed = repo.leasehold(['init', '--global-hooks']);

  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('core.hooksPath is set for all your repositories');
  expect(refused.stderr).toContain('next: ');
  expect(allowed.code).toBe(0);
  expect(lstatSync(join(shared, 'pre-commit')).isFile()).toBe(true);
});

test('runs husky’s own scripts, which find their neighbours by their name', () => {
  const repo = makeRepo();
  repo.git('config', 'core.hooksPath', '.husky/_');
  // The shape of husky 9: a shared script that finds the user's hook by the name of the one that reads it.
  const shared =
    'n=$(basename "$0")\ns=$(dirname "$(dirname "$0")")/$n\n[ -f "$s" ] || exit 0\nsh -e "$s" "$@"\nexit $?\n';
  repo.write('.husky/_/h', shared);
  writeHook(repo, '.husky/_/pre-commit', '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n');
  repo.write('.husky/pre-commit', 'echo "husky ran"\n');
  repo.leasehold(['init']);
  holdReadme(repo);

  const commit = repo.tryGit(['commit', '-am', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('husky ran');
  expect(commit.stderr).toContain('codex holds it');
});

test('guards a linked worktree that lacks a relative hooks directory, and leaves the shared setting alone', () => {
  const repo = makeRepo();
  repo.git('config', 'core.hooksPath', '.husky/_');
  repo.write('.gitignore', '_\n');
  writeHook(repo, '.husky/_/pre-commit', TELL);
  repo.leasehold(['init']);
  holdReadme(repo);
  const tree = repo.addWorktree('tree');

  const warned = tree.leasehold(['claim', 'x']);
  const doctor = tree.leasehold(['doctor']);
  tree.leasehold(['init']);
  tree.write('README.md', 'changed\n');
  const commit = tree.tryGit(['commit', '-am', 'mine']);

  expect(warned.stderr).toContain('nothing enforces locks; run: leasehold init');
  expect(doctor.stdout).toMatch(/pre-commit is not there\n {5}next: leasehold init/);
  expect(commit.stderr).toContain('codex holds it');
  expect(tree.git('status', '--porcelain')).toBe(' M README.md');
  expect(repo.git('config', 'core.hooksPath')).toBe('.husky/_');
  expect(tree.leasehold(['doctor']).code).toBe(0);
});

test('doctor --fix guards such a worktree as init does, and leaves nothing lying in it', () => {
  const repo = makeRepo();
  repo.git('config', 'core.hooksPath', 'lost-hooks');
  repo.leasehold(['init']);
  holdReadme(repo);
  repo.git('rm', '-rq', '--cached', 'lost-hooks');
  repo.git('commit', '-qnm', 'hooks are not committed');
  const tree = repo.addWorktree('tree');

  const fixed = tree.leasehold(['doctor', '--fix']);
  tree.write('README.md', 'changed\n');
  const commit = tree.tryGit(['commit', '-am', 'mine']);

  expect(fixed.code).toBe(0);
  expect(commit.stderr).toContain('codex holds it');
  expect(existsSync(tree.path('lost-hooks'))).toBe(false);
});

test('doctor finds a hook that is missing, not ours, or not executable, and --fix mends it', () => {
  const repo = makeRepo();
  repo.leasehold(['init']);
  chmodSync(repo.path('.git/hooks/pre-commit'), 0o644);
  writeHook(repo, '.git/hooks/pre-push', TELL);

  const ill = repo.leasehold(['doctor']);
  const mended = repo.leasehold(['doctor', '--fix']);

  expect(ill.code).toBe(1);
  expect(ill.stdout).toMatch(/pre-commit is not executable\n {5}next: leasehold init/);
  expect(ill.stdout).toMatch(/pre-push is not leasehold's/);
  expect(mended.code).toBe(0);
  expect(readFileSync(repo.path('.git/hooks/before-leasehold/pre-push'), 'utf8')).toBe(TELL);
});

test('refuses a place that node could start nothing from, and installs no hook there', () => {
  const repo = makeRepo();
  const top = join(repo.root, 'back\\slash');
  repo.git('init', '--quiet', top);

  const ended = repo.leasehold(['init'], { cwd: top });

  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('there is a backslash in the path');
  expect(existsSync(join(top, '.git/hooks/pre-commit'))).toBe(false);
});
