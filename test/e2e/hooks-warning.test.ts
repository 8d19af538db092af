import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { addRemote, makeGuardedRepo, makeRepo, type Repo } from '../make-repo.ts';
import { runShell } from '../shell.ts';

const WARNING = /^warning: leasehold's hooks are not in .*; run: leasehold init$/gm;

const countWarnings = (text: string): number => text.match(WARNING)?.length ?? 0;

/** Every command that reads or writes locks, with words that it can do something with. */
const COMMANDS = [
  ['status'],
  ['claim', 'a'],
  ['extend', 'b'],
  ['renew', '--all'],
  ['conflicts', 'a'],
  ['ask', 'a', '-m', 'soon?'],
  ['check'],
  ['why', 'a'],
  ['whoami'],
  ['log'],
  ['run', 'c', '--', 'true'],
  ['release', '--all'],
];

const runAll = (repo: Repo, env: Record<string, string> = {}): [string, number][] =>
  COMMANDS.map((words) => [
    words[0] ?? '',
    countWarnings(repo.leasehold(words, { holder: 'codex', env }).stderr),
  ]);

test('every command says once, in one line, that a worktree has no hooks', () => {
  const repo = makeGuardedRepo();
  repo.git('config', 'core.hooksPath', '.husky/_');
  const tree = repo.addWorktree('tree');

  expect(runAll(tree)).toEqual(COMMANDS.map(([name]) => [name, 1]));
});

test('no command says so where the hooks are', () => {
  const repo = makeGuardedRepo();

  expect(runAll(repo.addWorktree('tree'))).toEqual(COMMANDS.map(([name]) => [name, 0]));
});

test('a fresh clone says so until it is set up, by the config that it has', () => {
  const repo = makeGuardedRepo();
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  const script = 'git clone --quiet origin.git clone && cd clone && leasehold status';

  const fresh = runShell(repo, script, { cwd: repo.root });
  const after = runShell(repo, 'cd clone && leasehold init && leasehold status', {
    cwd: repo.root,
  });

  expect(countWarnings(fresh.stderr)).toBe(1);
  expect(countWarnings(after.stderr)).toBe(0);
});

test('a repository that is not meant to be guarded hears nothing, until something is claimed', () => {
  const repo = makeRepo();
  repo.commitQuietly({ a: 'a' });

  const status = repo.leasehold(['status']);
  const claim = repo.leasehold(['claim', 'a'], { holder: 'codex' });

  expect(countWarnings(status.stderr)).toBe(0);
  expect(countWarnings(claim.stderr)).toBe(1);
});

test('CI hears nothing from a command that only reads; a claim that nothing enforces is told there too', () => {
  const repo = makeGuardedRepo();
  rmSync(repo.path('.git/hooks/pre-commit'));
  const told = Object.fromEntries(runAll(repo, { CI: 'true' }));

  expect(told).toMatchObject({ status: 0, check: 0, whoami: 0, log: 0, claim: 1 });
  expect(Object.fromEntries(runAll(repo, { CI: 'false' }))).toMatchObject({ status: 1 });
});

test('costs no process of git', () => {
  const repo = makeGuardedRepo();
  const countGit = (): number => {
    const trace = repo.path('.git/trace');
    rmSync(trace, { force: true });
    repo.leasehold(['status'], { env: { GIT_TRACE2_EVENT: trace } });
    return repo.read('.git/trace').match(/"event":"start"/g)?.length ?? 0;
  };
  const guarded = countGit();
  rmSync(repo.path('.git/hooks/pre-commit'));

  expect(guarded).toBeGreaterThan(0);
  expect(countGit()).toBe(guarded);
});
