import { expect, test } from 'vitest';
import { copiesOf, makeRepo, type Repo } from '../make-repo.ts';
import { nextOf, pasteNext } from '../shell.ts';

/** An unborn branch with the hooks in place; codex holds `src/`, which is not there yet. */
const makeUnbornRepo = copiesOf((): Repo => {
  const repo = makeRepo();
  repo.leasehold(['init']);
  repo.leasehold(['claim', 'src/'], { holder: 'codex' });
  return repo;
});

test('refuses a first commit that adds a held path, and lets the rest of it through', () => {
  const repo = makeUnbornRepo();
  repo.write('src/a.ts', 'one\n');
  repo.write('README.md', 'one\n');
  repo.git('add', 'src', 'README.md');

  const refused = repo.tryGit(['commit', '-m', 'first']);
  const rest = repo.tryGit(['commit', '-m', 'first', 'README.md']);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('codex holds it');
  expect(nextOf(refused.stderr)).toBe('leasehold conflicts -- src/a.ts');
  expect(rest).toMatchObject({ code: 0, stderr: '' });
  expect(repo.git('ls-tree', '-r', '--name-only', 'HEAD')).toBe('README.md');
});

test('lets a first commit of free paths through without a word', () => {
  const repo = makeUnbornRepo();
  repo.write('README.md', 'one\n');
  repo.git('add', 'README.md');

  const commit = repo.tryGit(['commit', '-m', 'first']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test("lets the holder's own first commit through", () => {
  const repo = makeUnbornRepo();
  repo.write('src/a.ts', 'one\n');
  repo.git('add', 'src');

  const commit = repo.tryGit(['commit', '-m', 'first'], { holder: 'codex' });

  expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test('takes the config that init wrote in the first commit without a warning', () => {
  const repo = makeUnbornRepo();
  repo.git('add', '--all');

  const commit = repo.tryGit(['commit', '-m', 'first']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
  expect(repo.git('ls-tree', '-r', '--name-only', 'HEAD')).toBe('leasehold.config.json');
});

test('cannot decide on a first config that is not valid, and names everything wrong with it', () => {
  const repo = makeUnbornRepo();
  const config = {
    lokcs: {},
    locks: { ttl: 'soon' },
    guard: { mode: 'strict', requirelock: [], exempt: ['../outside'] },
    owners: { identities: { codex: '@codex' } },
  };
  repo.write('leasehold.config.json', JSON.stringify(config));
  repo.git('add', '--all');

  const commit = repo.tryGit(['commit', '-m', 'first']);

  expect(repo.leasehold(['check']).code).toBe(2);
  expect(commit.code).toBe(1);
  for (const problem of [
    'lokcs: unknown key; did you mean "locks"?',
    'locks.ttl: expected a duration',
    'guard.mode: expected one of "enforce", "warn", "off"',
    'guard.requirelock: unknown key; did you mean "requireLock"?',
    'owners.identities.codex: expected array',
  ]) {
    expect(commit.stderr).toContain(problem);
  }
  expect(commit.stderr).toContain('next: mend leasehold.config.json');
});

test('cannot decide on a first config whose scopes are none', () => {
  const repo = makeUnbornRepo();
  repo.write(
    'leasehold.config.json',
    JSON.stringify({ guard: { requireLock: ['../x', 'regex:('] } }),
  );
  repo.git('add', '--all');

  const check = repo.leasehold(['check']);

  expect(check.code).toBe(2);
  expect(check.stdout).toContain('guard.requireLock.0');
  expect(check.stdout).toContain('guard.requireLock.1');
});

test('is advised by init so that it can be pasted in a subdirectory, quotes and all', () => {
  const repo = makeRepo();
  const call = { cwd: repo.path("it's deep") };
  repo.write("it's deep/a.ts", 'one\n');

  const init = repo.leasehold(['init', '--ci', 'github'], call);
  const pasted = pasteNext(repo, init.stdout, call);

  expect(pasted.code, pasted.stderr).toBe(0);
  expect(repo.git('ls-files')).toBe('.github/workflows/leasehold.yml\nleasehold.config.json');
});
