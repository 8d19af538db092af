import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { VERSION } from '../../src/kit/version.ts';
import {
  type Call,
  copiesOf,
  type Ended,
  locksDirectory,
  makeGuardedRepo,
  type Repo,
  writeLock,
} from '../make-repo.ts';
import { nextOf, pasteNext, runShell, warmUp } from '../shell.ts';
import { spawnSync } from '../spawn.ts';

const UNDECIDED = 'leasehold could not decide';
const CONFIG = 'leasehold.config.json';

const stateOf = (repo: Repo): string => join(locksDirectory(repo), '..');

/** A change of README.md is staged, another one is not, and a new file is not tracked. */
const makeRepoWithWork = copiesOf((config: object = {}): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' }, config);
  repo.write('README.md', 'staged\n');
  repo.git('add', '--all');
  repo.write('README.md', 'not staged\n');
  repo.write('new.ts', 'not tracked\n');
  return repo;
});

const snapshot = (repo: Repo): unknown => ({
  index: repo.git('ls-files', '--stage'),
  status: repo.git('status', '--porcelain', '--untracked-files=all'),
  tree: ['README.md', 'new.ts', 'src/a.ts'].map(repo.read),
  head: existsSync(repo.path('.git/refs/heads/main'))
    ? readFileSync(repo.path('.git/refs/heads/main'), 'utf8')
    : undefined,
});

/** Commits, and expects a refusal that says why and loses nothing. */
const expectUndecided = (repo: Repo, call: Call = {}): Ended => {
  const before = snapshot(repo);
  const commit = repo.tryGit(['commit', '-m', 'mine'], call);
  expect(commit.stderr).toContain(UNDECIDED);
  expect(commit.code).toBe(1);
  expect(nextOf(commit.stderr)).not.toContain('false #');
  expect(snapshot(repo)).toEqual(before);
  return commit;
};

/** Runs the installed hook as git would, and tells 1 from 2. */
const runHook = (repo: Repo, env: Record<string, string> = {}): Ended =>
  runShell(repo, '.git/hooks/pre-commit', { env });

test('cannot decide where a file lies in the place of the lock directory', () => {
  const repo = makeRepoWithWork();
  const locks = locksDirectory(repo);
  writeFileSync(locks, 'in the way\n');

  const commit = expectUndecided(repo);

  expect(commit.stderr).toContain(`cannot read ${locks} (ENOTDIR)`);
  expect(runHook(repo).code).toBe(2);
  expect(repo.leasehold(['status']).code).toBe(2);
  expect(repo.leasehold(['claim', 'x'], { holder: 'codex' }).code).toBe(2);
});

test('cannot decide where the settings of the clone are spoiled', () => {
  const repo = makeRepoWithWork();
  writeFileSync(join(stateOf(repo), 'clone.json'), '{"version":');

  const commit = expectUndecided(repo);
  const hook = runHook(repo);
  const pasted = pasteNext(repo, commit.stderr);

  expect(commit.stderr).toContain('clone.json');
  expect(hook.code).toBe(2);
  expect(pasted.code, pasted.stderr).toBe(0);
  expect(repo.read('.git/leasehold/clone.json.spoiled')).toBe('{"version":');
  expect(repo.tryGit(['commit', '-m', 'mine']).code).toBe(0);
});

/** Somebody who is not root, for whom file modes mean something. */
const STRANGER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

const commitAsStranger = (repo: Repo): Ended => {
  if (STRANGER.uid) execFileSync('chown', ['-R', '65534:65534', repo.root]);
  const child = spawnSync('git', ['commit', '-m', 'mine'], {
    ...STRANGER,
    cwd: repo.top,
    env: {
      PATH: process.env.PATH,
      HOME: join(repo.root, 'home'),
      LANG: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
    },
    encoding: 'utf8',
  });
  return { code: child.status ?? 128, stdout: child.stdout, stderr: child.stderr };
};

test.each([
  ['the lock directory', (repo: Repo) => locksDirectory(repo)],
  ['a lock file', (repo: Repo) => join(locksDirectory(repo), 'by-hand.lock')],
  ['the directory above', (repo: Repo) => stateOf(repo)],
])('cannot decide where nobody may read %s, and gets on by what it says', (_, placeOf) => {
  const repo = makeRepoWithWork();
  writeLock(repo, 'by-hand.lock', { files: ['src/a.ts'] });
  chmodSync(repo.root, 0o755);
  const place = placeOf(repo);
  chmodSync(place, 0o000);

  const refused = commitAsStranger(repo);
  const next = nextOf(refused.stderr);
  chmodSync(place, 0o755);
  const allowed = commitAsStranger(repo);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/could not decide|by-hand\.lock/);
  expect(next).toMatch(/^(?:chmod -R u\+rwX |.*leasehold(?:\.cjs)? doctor --fix)/);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});

test('cannot decide by a config of HEAD that is not valid, until a commit mends it', () => {
  const repo = makeRepoWithWork();
  repo.git('stash', '--quiet', '--include-untracked');
  repo.commitQuietly({ [CONFIG]: '{"guard":{"mode":"enforced"}}' });
  repo.git('stash', 'pop', '--quiet', '--index');

  const commit = expectUndecided(repo);
  repo.write(CONFIG, '{}');
  repo.git('add', CONFIG);
  const withOthers = repo.tryGit(['commit', '-m', 'mend it, and more']);
  repo.write('deep/er.ts', 'not tracked\n');
  const [, paste = ''] = nextOf(withOthers.stderr).split(', then: ');
  const alone = runShell(repo, paste, { cwd: repo.path('deep') });
  const after = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit.stderr).toContain('guard.mode: expected one of "enforce", "warn", "off"');
  expect(withOthers.code).toBe(1);
  expect(alone.code, alone.stderr).toBe(0);
  expect(after).toMatchObject({ code: 0, stderr: '' });
});

test('does not let a commit out of a broken config that leaves it broken, or takes it away', () => {
  const repo = makeGuardedRepo({ [CONFIG]: '{' }, undefined);
  repo.commitQuietly({ [CONFIG]: '{' });
  repo.write(CONFIG, '{"guard":');
  const broken = repo.tryGit(['commit', '-a', '-m', 'still broken']);
  repo.git('rm', '--quiet', '--force', CONFIG);
  const gone = repo.tryGit(['commit', '-m', 'gone']);

  expect(broken.code).toBe(1);
  expect(gone.code).toBe(1);
  expect(gone.stderr).toContain(UNDECIDED);
});

test('cannot decide on a staged config with a typo, and names the nearest key', () => {
  const repo = makeRepoWithWork();
  repo.write(CONFIG, '{"gaurd":{"mode":"off"}}');
  repo.git('add', CONFIG);

  const commit = expectUndecided(repo);

  expect(commit.stderr).toContain('gaurd: unknown key; did you mean "guard"?');
  expect(repo.leasehold(['check']).code).toBe(2);
});

test('says what a staged config should have, as the bundle has the words', () => {
  const repo = makeRepoWithWork();
  repo.write(CONFIG, '{"locks":[]}');
  repo.git('add', CONFIG);

  const commit = expectUndecided(repo);

  expect(commit.stderr).toContain('locks: expected object, received array');
});

test('stops where the repository asks for a later version, and says how to get it', () => {
  const repo = makeRepoWithWork({ minVersion: '99.0.0' });

  const commit = expectUndecided(repo);

  expect(commit.stderr).toContain('asks for leasehold 99.0.0');
  expect(nextOf(commit.stderr)).toContain('npm install --save-dev leasehold@^99.0.0');
  expect(repo.leasehold(['check']).code).toBe(2);
});

/** A `git` that fails at one subcommand, where git itself looks for the git that its hooks run. */
const putGitThatFailsAt = (repo: Repo, subcommand: string): Record<string, string> => {
  const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const bin = join(repo.root, 'broken-bin');
  mkdirSync(bin, { recursive: true });
  const script = `#!/bin/sh\n[ "$1" = ${subcommand} ] && exit 1\nexec ${git} "$@"\n`;
  writeFileSync(join(bin, 'git'), script, { mode: 0o755 });
  return { GIT_EXEC_PATH: bin };
};

test('cannot decide where git fails inside the hook, at whichever question', () => {
  const repo = makeRepoWithWork();
  const failAt = (subcommand: string): Ended =>
    expectUndecided(repo, { env: putGitThatFailsAt(repo, subcommand) });

  const byCommand = ['diff-index', 'ls-tree', 'rev-parse'].map(failAt);
  warmUp(repo);
  const byGuard = ['diff-index', 'ls-tree'].map(failAt);

  for (const commit of [...byCommand, ...byGuard]) {
    expect(commit.stderr).toMatch(/could not decide: .*git/);
  }
  const env = putGitThatFailsAt(repo, 'diff-index');
  expect(runHook(repo, { ...env, PATH: `${env.GIT_EXEC_PATH}:${process.env.PATH}` }).code).toBe(2);
});

test('blocks a held path although git cannot tell the committer', () => {
  const repo = makeRepoWithWork();
  repo.leasehold(['claim', 'README.md'], { holder: 'codex' });
  warmUp(repo);

  const commit = repo.tryGit(['commit', '-m', 'mine'], { env: putGitThatFailsAt(repo, 'var') });

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('codex holds it');
});

test('cannot decide where the tree of HEAD is lost', () => {
  const repo = makeRepoWithWork();
  const tree = repo.git('rev-parse', 'HEAD^{tree}');
  rmSync(repo.path('.git/objects', tree.slice(0, 2), tree.slice(2)));

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(UNDECIDED);
  expect(repo.git('ls-files', '--stage', 'README.md')).toMatch(/ 0\tREADME\.md$/);
});

/** A PATH with git and a shell on it, and no node. */
const pathWithoutNode = (repo: Repo): Record<string, string> => {
  const bin = join(repo.root, 'small-bin');
  mkdirSync(bin);
  for (const name of ['git', 'sh', 'bash', 'cat', 'chmod']) {
    const path = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    symlinkSync(path, join(bin, name));
  }
  return { PATH: bin };
};

test('cannot decide where node is gone, and says so without it', () => {
  const repo = makeRepoWithWork();
  const script = join(stateOf(repo), 'hook.sh');
  const text = readFileSync(script, 'utf8');
  writeFileSync(script, text.replace(/^leasehold_node=.*$/m, 'leasehold_node=/gone/bin/node'));

  const commit = expectUndecided(repo, { env: pathWithoutNode(repo) });
  const withNode = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit.stderr).toContain('node is not where init found it');
  expect(nextOf(commit.stderr)).toBe('npx leasehold init');
  expect(withNode).toMatchObject({ code: 0, stderr: '' });
});

test.each([
  'leasehold.cjs',
  'daily.cjs',
  'whole.cjs',
  'config.cjs',
  'github.cjs',
  'audit.cjs',
  'start.cjs',
  'guard.cjs',
  'guard-push.cjs',
  'guard-locks.cjs',
  'guard-owners.cjs',
  'guard-report.cjs',
  '.',
])('cannot decide where %s of the installed bundle is gone, until init puts it back', (name) => {
  const repo = makeRepoWithWork();
  rmSync(join(stateOf(repo), 'bin', VERSION, name), { recursive: true });

  const commit = expectUndecided(repo);
  const hook = runHook(repo);
  repo.leasehold(['init']);
  const allowed = repo.tryGit(['commit', '-m', 'mine']);

  expect(nextOf(commit.stderr)).toBe('npx leasehold init');
  expect(hook.code).toBe(2);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});

test('cannot decide where what hooks start is empty, for node would call that a success', () => {
  const repo = makeRepoWithWork();
  for (const name of ['leasehold.cjs', 'guard.cjs']) {
    writeFileSync(join(stateOf(repo), 'bin', VERSION, name), '');
  }

  const commit = expectUndecided(repo);

  expect(nextOf(commit.stderr)).toBe('npx leasehold init');
});

test.each([
  ['throws', 'throw new Error("spoiled");'],
  ['is torn', 'exports.renderReport = ('],
  ['is another file', 'exports.somethingElse = 1;'],
])('refuses by the command where what the guard says it with %s', (_, code) => {
  const repo = makeRepoWithWork();
  repo.leasehold(['claim', 'README.md'], { holder: 'codex' });
  warmUp(repo);
  const whole = repo.tryGit(['commit', '-m', 'mine']);
  writeFileSync(join(stateOf(repo), 'bin', VERSION, 'guard-report.cjs'), code);

  const spoiled = repo.tryGit(['commit', '-m', 'mine']);

  expect(spoiled.code).toBe(1);
  expect(spoiled.stderr).toMatch(
    /^leasehold: commit refused\..*\n {2}README\.md\n.*codex holds it/,
  );
  expect(nextOf(spoiled.stderr)).toBe(nextOf(whole.stderr));
});

test.each([
  ['throws', 'throw new Error("spoiled");'],
  ['is torn', 'exports.createAskingMatcher = ('],
  ['is another file', 'exports.somethingElse = 1;'],
])('refuses by the command where what asks CODEOWNERS %s', (_, code) => {
  const repo = makeGuardedRepo(
    { CODEOWNERS: '* @ann\n', warm: 'up\n' },
    { guard: { rules: { 'owners/unknown-actor': 'error' } } },
  );
  repo.write('README.md', 'mine\n');
  repo.git('add', '--all');
  warmUp(repo);
  const whole = repo.tryGit(['commit', '-m', 'mine']);
  writeFileSync(join(stateOf(repo), 'bin', VERSION, 'guard-owners.cjs'), code);

  const spoiled = repo.tryGit(['commit', '-m', 'mine']);

  expect(spoiled.code).toBe(1);
  expect(spoiled.stderr).toBe(whole.stderr);
});

test('lets nothing that the environment says be loaded into the guard', () => {
  const repo = makeRepoWithWork();
  repo.leasehold(['claim', 'README.md'], { holder: 'codex' });
  writeFileSync(join(repo.root, 'evil.cjs'), 'process.exit(0)');

  const env = { NODE_OPTIONS: `--require ${join(repo.root, 'evil.cjs')}` };
  const commit = repo.tryGit(['commit', '-m', 'mine'], { env });

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('codex holds it');
});

test('cannot decide in a clone where a config is checked out and init has never run', () => {
  const repo = makeRepoWithWork();
  rmSync(stateOf(repo), { recursive: true });

  const commit = expectUndecided(repo);

  expect(commit.stderr).toContain('it is not set up in this clone');
  expect(nextOf(commit.stderr)).toBe('npx leasehold init');
});

test('gets on by the remedy of a spoiled place', () => {
  const repo = makeRepoWithWork();
  const locks = locksDirectory(repo);
  writeFileSync(locks, 'in the way\n');

  const refused = repo.tryGit(['commit', '-m', 'mine']);
  const pasted = pasteNext(repo, refused.stderr);

  expect(pasted.code).toBe(0);
  expect(pasted.stdout).toContain('locks');
});

test('lets pass with a warning what it cannot decide, where guard.mode is warn', () => {
  const repo = makeRepoWithWork({ guard: { mode: 'warn' } });
  writeFileSync(locksDirectory(repo), 'in the way\n');

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit.code).toBe(0);
  expect(commit.stderr).toContain(UNDECIDED);
  expect(commit.stderr).toContain('guard.mode lets this pass.');
});

test('lets pass with a warning what is held or cannot be read, where guard.mode is warn', () => {
  const repo = makeRepoWithWork({ guard: { mode: 'warn' } });
  writeLock(repo, 'by-hand.lock', { files: ['README.md'] });
  writeLock(repo, 'spoiled.lock', { files: 'src' });

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit.code).toBe(0);
  expect(commit.stderr).toContain('leasehold: commit accepted, with warnings');
  expect(commit.stderr).toContain('warning codex holds it');
  expect(commit.stderr).toContain('warning this lock file cannot be read');
});

test('is silent where guard.mode is off, whatever is wrong', () => {
  const repo = makeRepoWithWork({ guard: { mode: 'off' } });
  writeLock(repo, 'by-hand.lock', { files: ['README.md'] });
  writeLock(repo, 'spoiled.lock', { files: 'src' });

  const held = repo.tryGit(['commit', '-m', 'mine']);
  rmSync(locksDirectory(repo), { recursive: true });
  writeFileSync(locksDirectory(repo), 'in the way\n');
  const spoiled = repo.tryGit(['commit', '-a', '-m', 'mine']);

  expect(held).toMatchObject({ code: 0, stderr: '' });
  expect(spoiled).toMatchObject({ code: 0, stderr: '' });
});

test('is not softened by a config that is only staged, or only in the working tree', () => {
  const repo = makeRepoWithWork();
  writeLock(repo, 'by-hand.lock', { files: ['README.md'] });
  repo.write(CONFIG, '{"guard":{"mode":"off"}}');

  const inTree = repo.tryGit(['commit', '-m', 'mine']);
  repo.git('add', CONFIG);
  const staged = repo.tryGit(['commit', '-m', 'mine']);

  expect([inTree.code, staged.code]).toEqual([1, 1]);
  expect(staged.stderr).toContain('codex holds it');
});
