import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addRemote, makeGuardedRepo, NO_HOOKS, type Repo } from '../make-repo.ts';

const CARL = { GIT_COMMITTER_NAME: 'Carl', GIT_COMMITTER_EMAIL: 'carl@example.com' };

/** A clone whose main is at a bare repository, which judges what it is to take. */
const makeServed = (config: object, ...init: string[]): { repo: Repo; server: string } => {
  const repo = makeGuardedRepo(
    { 'src/a.ts': 'one\n', '.github/CODEOWNERS': '/src/ @ann\n' },
    {
      owners: { identities: { 'ben@example.com': ['@ben'], 'ann@example.com': ['@ann'] } },
      ...config,
    },
  );
  const server = addRemote(repo);
  repo.git(...NO_HOOKS, 'push', '--quiet', 'origin', 'main');
  const ended = repo.leasehold(['init', '--server', ...init], { cwd: server });
  expect(ended.code, ended.stderr).toBe(0);
  return { repo, server };
};

/** Somebody's push that their own hooks have not judged. */
const push = (repo: Repo, ...words: string[]) =>
  repo.tryGit(['push', '--no-verify', 'origin', ...words]);

const commit = (repo: Repo, path: string, env: Record<string, string> = {}): void => {
  repo.write(path, `${Math.random()}\n`);
  repo.git('add', path);
  repo.tryGit([...NO_HOOKS, 'commit', '--quiet', '--message', 'work'], { env });
};

const ERRORS = { guard: { rules: { 'owners/not-owner': 'error' } } };

test('installs one hook, and no config, in a bare repository', () => {
  const { server } = makeServed({}, '--owners-only');
  const hooks = ['pre-receive', 'pre-commit', 'pre-push'];

  expect(hooks.map((name) => existsSync(join(server, 'hooks', name)))).toEqual([
    true,
    false,
    false,
  ]);
  expect(existsSync(join(server, 'leasehold.config.json'))).toBe(false);
});

test('refuses what is not its owner’s, and says that it judges no locks', () => {
  const { repo, server } = makeServed(ERRORS, '--owners-only');
  const before = repo.git('-C', server, 'rev-parse', 'main');
  commit(repo, 'src/a.ts');

  const pushed = push(repo, 'main');

  expect(pushed.code).toBe(1);
  expect(pushed.stderr).toContain('it belongs to @ann');
  // No claim would be seen, and who the server runs as is nobody's business.
  expect(pushed.stderr).toMatch(/^remote: next: ask @ann to make this change *$/m);
  expect(pushed.stderr).not.toContain('You are');
  expect(pushed.stderr.split('not judged: lock/*')).toHaveLength(2);
  expect(repo.git('-C', server, 'rev-parse', 'main')).toBe(before);
});

test('tells of each commit once, and of all, where refs of one push have commits of each other', () => {
  const { repo } = makeServed(ERRORS, '--owners-only');
  for (const path of ['src/one.ts', 'src/two.ts', 'src/three.ts']) commit(repo, path);
  const ids = ['HEAD~2', 'HEAD~1', 'HEAD'].map((rev) => repo.git('rev-parse', rev).slice(0, 10));
  const refs = ['main', 'main~1:refs/heads/low', 'main~2:refs/heads/lower', 'main:refs/tags/v1'];

  const pushed = push(repo, ...refs);
  const partly = push(repo, ...refs.slice(1, 3));

  const told = (stderr: string) => [...stderr.matchAll(/ (src\/\S+) \(in (\w+)\)/g)];
  expect([pushed.code, partly.code]).toEqual([1, 1]);
  expect(told(pushed.stderr).map(([, path, id]) => [path, id])).toEqual([
    ['src/one.ts', ids[0]],
    ['src/two.ts', ids[1]],
    ['src/three.ts', ids[2]],
  ]);
  expect(
    told(partly.stderr)
      .map(([, path]) => path)
      .sort(),
  ).toEqual(['src/one.ts', 'src/two.ts']);
});

test('takes what is its owner’s, a new branch, a tag and a deletion', () => {
  const { repo } = makeServed(ERRORS, '--owners-only');
  commit(repo, 'src/a.ts', { GIT_COMMITTER_NAME: 'Ann', GIT_COMMITTER_EMAIL: 'ann@example.com' });

  expect(push(repo, 'main').stderr).not.toContain('refused');
  expect(push(repo, 'main:topic').code).toBe(0);
  repo.git('tag', 'v1');
  expect(push(repo, 'v1').code).toBe(0);
  expect(push(repo, ':topic').code).toBe(0);
});

test('judges by the config that it has, not by the one that is pushed', () => {
  const { repo } = makeServed(ERRORS, '--owners-only');
  repo.write('leasehold.config.json', '{"guard": {"mode": "off"}}\n');
  commit(repo, 'src/a.ts');
  repo.git(...NO_HOOKS, 'commit', '--quiet', '--all', '--message', 'switch it off');

  expect(push(repo, 'main').code).toBe(1);
});

test('refuses a forced push that drops somebody else’s commit', () => {
  const { repo } = makeServed(
    { guard: { rules: { 'lock/dropped': 'error' } } },
    '--locks-dir',
    '/tmp',
  );
  commit(repo, 'README.md', CARL);
  push(repo, 'main');
  repo.git(...NO_HOOKS, 'reset', '--quiet', '--hard', 'HEAD~1');
  commit(repo, 'README.md');

  const forced = push(repo, '--force', 'main');
  const kept = push(repo, '--force', 'main', 'origin/main:refs/heads/kept');

  expect(forced.code).toBe(1);
  expect(forced.stderr).toContain('drops this commit of carl@example.com');
  expect(kept.code).toBe(0);
});

test('judges locks where clones share a directory with it', () => {
  const shared = makeGuardedRepo().root;
  const { repo } = makeServed({}, '--locks-dir', join(shared, 'locks'));
  repo.leasehold(['init', '--locks-dir', join(shared, 'locks')]);
  repo.leasehold(['claim', 'src/'], { holder: 'codex', env: CARL });
  commit(repo, 'src/a.ts');
  const refused = push(repo, 'main');
  repo.leasehold(['release', '--all'], { holder: 'codex', env: CARL });
  const taken = push(repo, 'main');

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('codex holds it');
  expect(taken.code).toBe(0);
});

test('could not decide where its config is broken', () => {
  const { repo, server } = makeServed({}, '--owners-only');
  repo.git('-C', server, 'config', 'receive.denyNonFastForwards', 'false');
  repo.write('leasehold.config.json', '{"guard": 7}\n');
  repo.git(...NO_HOOKS, 'commit', '--quiet', '--all', '--message', 'break it');

  const pushed = push(repo, 'main');

  expect(pushed.code).toBe(1);
  expect(pushed.stderr).toContain('leasehold could not decide');
});

test('wants to be told what it sees, and only in a bare repository', () => {
  const repo = makeGuardedRepo();
  const server = addRemote(repo);

  const blind = repo.leasehold(['init', '--server'], { cwd: server });
  const inTree = repo.leasehold(['init', '--server', '--owners-only']);

  expect([blind.code, inTree.code]).toEqual([2, 2]);
  expect(blind.stderr).toContain('next: leasehold init --server --owners-only');
  expect(existsSync(join(server, 'hooks', 'pre-receive'))).toBe(false);
});
