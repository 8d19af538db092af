import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addRemote, makeGuardedRepo, makeRepo, type Repo } from '../make-repo.ts';

const writeHook = (repo: Repo, path: string, text: string, mode = 0o755): void => {
  repo.write(path, text);
  chmodSync(repo.path(path), mode);
};

/** The hook that `git lfs install` writes, with a line that says how it was started. */
const LFS_HOOK = `#!/bin/sh
{ printf '%s\\n' "$0" "$PWD" "$#" "$@"; [ -x "$0" ] && echo executable; } >>"$SEEN"
command -v git-lfs >/dev/null 2>&1 || { echo >&2 "git-lfs was not found on your path"; exit 2; }
git lfs pre-push "$@"
`;

/** Stands in for git-lfs, which is no package of npm: takes down what it is given, and fails where it is told to. */
const LFS = `#!/bin/sh
{ printf '%s\\n' "$#" "$@"; cat; echo end; } >>"$SEEN"
exit "$LFS_CODE"
`;

const makeRepoWithLfs = (): Repo => {
  const repo = makeRepo();
  addRemote(repo);
  writeFileSync(join(repo.root, 'bin', 'git-lfs'), LFS, { mode: 0o755 });
  writeHook(repo, '.git/hooks/pre-push', LFS_HOOK);
  repo.commitQuietly({ 'README.md': 'read me\n' });
  repo.git('branch', 'other');
  return repo;
};

/** Pushes without doing so, and returns what git-lfs and its hook were given, and what git came to. */
const pushTwoRefs = (repo: Repo, code: number) => {
  const seen = join(repo.root, 'seen');
  rmSync(seen, { force: true });
  const env = { SEEN: seen, LFS_CODE: String(code) };
  const push = repo.tryGit(['push', '--dry-run', 'origin', 'main', 'other'], { env });
  return { code: push.code, seen: readFileSync(seen, 'utf8') };
};

test('gives git-lfs at a push what it would have without us: arguments, input, name, place, exit code', () => {
  const repo = makeRepoWithLfs();
  const before = [pushTwoRefs(repo, 0), pushTwoRefs(repo, 3)];
  repo.leasehold(['init']);

  const after = [pushTwoRefs(repo, 0), pushTwoRefs(repo, 3)];

  expect(before[0]?.seen).toMatch(
    /^\.git\/hooks\/pre-push\n[\s\S]*executable\n3\npre-push\norigin\n/,
  );
  expect(before[0]?.seen).toMatch(
    /refs\/heads\/other [0-9a-f]{40} refs\/heads\/other 0{40}\nend\n$/,
  );
  expect(before.map(({ code }) => code)).toEqual([0, 1]);
  expect(after).toEqual(before);
});

test('leaves a hook without its exec bit ignored, as git has it, and without it when it leaves', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\necho ran >&2\nexit 7\n', 0o644);
  const commit = () => repo.tryGit(['commit', '--allow-empty', '-m', 'mine']);
  const without = commit();
  repo.leasehold(['init']);

  const withUs = commit();
  repo.leasehold(['init', '--uninstall']);

  for (const { code, stderr } of [without, withUs]) {
    expect(code).toBe(0);
    expect(stderr).not.toContain('ran\n');
  }
  expect(statSync(repo.path('.git/hooks/pre-commit')).mode & 0o111).toBe(0);
});

test('refuses by the hooks of messages where pre-commit has lost its exec bit, and doctor says that it has', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'README.md'], { holder: 'codex' });
  chmodSync(repo.path('.git/hooks/pre-commit'), 0o644);
  repo.write('README.md', 'mine\n');

  const commit = repo.tryGit(['commit', '-am', 'mine']);
  const doctor = repo.leasehold(['doctor']);
  const fixed = repo.leasehold(['doctor', '--fix']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('codex holds it');
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toContain('pre-commit is not executable');
  expect(fixed.code).toBe(0);
  expect(statSync(repo.path('.git/hooks/pre-commit')).mode & 0o111).toBe(0o111);
});

test('leaves standing what others have beside our hooks when it is taken out', () => {
  const repo = makeRepo();
  const others: Record<string, string> = {
    'pre-commit.orig': '#!/bin/sh\nexit 1\n',
    'pre-commit.old': 'of lefthook\n',
    'pre-commit.legacy': 'of pre-commit\n',
    'pre-commit.d/10-lint': '#!/bin/sh\nexit 0\n',
    'commit-msg.sample': 'of git\n',
    'post-checkout': '#!/bin/sh\nexit 0\n',
    'post-merge': '#!/bin/sh\nexit 0\n',
    h: 'of husky\n',
  };
  const write = (name: string) => writeHook(repo, `.git/hooks/${name}`, others[name] ?? '', 0o755);
  const names = Object.keys(others);
  names.slice(0, 4).forEach(write);
  repo.leasehold(['init']);
  names.slice(4).forEach(write);

  repo.leasehold(['init', '--uninstall']);

  for (const [name, text] of Object.entries(others)) {
    expect([name, repo.read(`.git/hooks/${name}`)]).toEqual([name, text]);
  }
  for (const name of ['pre-commit', 'pre-push', 'commit-msg', 'before-leasehold']) {
    expect([name, existsSync(repo.path('.git/hooks', name))]).toEqual([name, false]);
  }
});

test('doctor tells of hooks that core.hooksPath has led git away from since, and --fix leads back', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'README.md'], { holder: 'codex' });
  repo.git('config', 'core.hooksPath', join(repo.root, 'elsewhere'));
  repo.write('README.md', 'mine\n');

  const doctor = repo.leasehold(['doctor']);
  const fixed = repo.leasehold(['doctor', '--fix']);
  const commit = repo.tryGit(['commit', '-am', 'mine']);

  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toMatch(/^ill .*elsewhere/m);
  expect(doctor.stdout).toContain('next: leasehold init');
  expect(fixed.code).toBe(0);
  expect(commit.stderr).toContain('codex holds it');
});
