import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Call, locksDirectory, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { runShell } from '../shell.ts';

const SCOPES = [
  'lib/',
  'src/*.ts',
  '**/x.md',
  'api/{a,b}.ts',
  'regex:^web/[a-c]+\\.css$',
  'app/[id]/',
];
const PATHS = [
  'lib/deep/a.ts',
  'src/a.ts',
  'src/deep/a.ts',
  'docs/x.md',
  'x.md',
  'api/b.ts',
  'api/c.ts',
  'web/abc.css',
  'web/abd.css',
  'app/[id]/p.ts',
  'app/i/p.ts',
  'README.md',
];

const sharedLocks = (repo: Repo): string => join(repo.root, 'shared', 'locks');

/** A second clone that shares its locks with the first, on a machine that has less: returns its call. */
const makeSecondClone = (repo: Repo): Call => {
  const cwd = join(repo.root, 'second');
  repo.git('clone', '--quiet', repo.top, cwd);
  for (const key of ['user.name', 'user.email']) {
    repo.git('-C', cwd, 'config', key, 'ben@example.com');
  }
  repo.leasehold(['init', '--locks-dir', sharedLocks(repo)], { cwd });
  return { cwd };
};

/** Commits each path alone: those that were refused. */
const listRefused = (repo: Repo, call: Call): string[] =>
  PATHS.filter((path) => {
    const script = 'mkdir -p "$(dirname "$P")" && echo mine >>"$P" && git add -- ":(literal)$P"';
    expect(runShell(repo, script, { ...call, env: { P: path } }).code).toBe(0);
    const commit = repo.tryGit(['commit', '-m', 'mine'], call);
    const isHeld = commit.stderr.includes('codex holds it');
    expect([path, commit.code]).toEqual([path, isHeld ? 1 : 0]);
    repo.tryGit(['reset', '--quiet', '--hard'], call);
    return isHeld;
  });

const HELD = [
  'lib/deep/a.ts',
  'src/a.ts',
  'docs/x.md',
  'x.md',
  'api/b.ts',
  'web/abc.css',
  'app/[id]/p.ts',
  'app/i/p.ts',
];

test('comes to the same verdict in two clones that share their locks, whatever each of them has', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['init', '--locks-dir', sharedLocks(repo)]);
  const second = makeSecondClone(repo);
  repo.leasehold(['claim', ...SCOPES], { holder: 'codex' });

  const here = listRefused(repo, {});
  // There: no modules, no policy that was compiled before, and locks whose patterns nobody has compiled.
  rmSync(join(repo.root, 'second', '.git/leasehold/cache'), { recursive: true, force: true });
  for (const name of readdirSync(sharedLocks(repo))) {
    const path = join(sharedLocks(repo), name);
    const { tables, ...record } = JSON.parse(readFileSync(path, 'utf8'));
    expect(Object.keys(tables)).toHaveLength(5);
    writeFileSync(path, JSON.stringify(record));
  }
  const there = listRefused(repo, second);

  expect(here).toEqual(HELD);
  expect(there).toEqual(HELD);
});

/** Patterns that nothing could compile, or that would cost too much. */
const BAD = [
  'glob:../x',
  'glob:/abs/*',
  'regex:(',
  'regex:(?=a)b',
  'regex:(a)\\1',
  `glob:${'{a/b,c/d}'.repeat(20)}`,
];

test('refuses a pattern that nobody can compile when it is claimed, and every commit where it was written by hand', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.write('README.md', 'mine\n');
  repo.git('add', '--all');

  const ended = BAD.map((pattern) => {
    const claimed = repo.leasehold(['claim', pattern], { holder: 'codex' }).code;
    const file = join(locksDirectory(repo), 'bad.lock');
    runShell(repo, `mkdir -p ${locksDirectory(repo)}`);
    const times = { locked_at: '2026-01-01T00:00:00Z', expires_at: '2099-01-01T00:00:00Z' };
    writeFileSync(
      file,
      JSON.stringify({ agent: 'codex', files: [], patterns: [pattern], ...times }),
    );
    const commit = repo.tryGit(['commit', '-m', 'mine']);
    const told = /bad\.lock\n.*\[lock\/unreadable\]/.test(commit.stderr);
    const check = repo.leasehold(['check']).code;
    rmSync(file);
    return { pattern, claimed, commit: commit.code, told, check };
  });

  expect(ended).toEqual(
    BAD.map((pattern) => ({ pattern, claimed: 2, commit: 1, told: true, check: 2 })),
  );
});
