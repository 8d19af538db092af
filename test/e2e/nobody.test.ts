import { expect, test } from 'vitest';
import { copiesOf, type Ended, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { claim } from '../past.ts';
import { warmUp } from '../shell.ts';

const HINT =
  'note: nothing says who you are, so no lock can be yours; export LEASEHOLD_HOLDER=NAME, or: git config user.email ADDRESS\n';

/** A repository where git commits and has no e-mail, as a GUI may well have it. */
const makeAnonymous = copiesOf((): Repo => {
  const repo = makeGuardedRepo({ 'x/a.ts': 'one\n' });
  repo.git('config', 'user.email', '');
  warmUp(repo);
  return repo;
});

const commit = (repo: Repo, path: string, env: Record<string, string> = {}): Ended => {
  repo.write(path, `${Math.random()}\n`);
  repo.git('add', '--all');
  const ended = repo.tryGit(['commit', '--quiet', '-m', 'mine'], { env });
  repo.git('reset', '--quiet', '--hard');
  return ended;
};

test('lets whoever is nobody commit what nobody holds, and hints once how to be somebody', () => {
  const repo = makeAnonymous();
  const tree = repo.addWorktree('tree');
  const before = commit(repo, 'README.md');
  claim(repo, 'codex', 'x/**');

  const first = commit(repo, 'README.md');
  const later = [commit(repo, 'README.md'), commit(tree, 'README.md'), repo.leasehold(['status'])];

  expect(before).toMatchObject({ code: 0, stderr: '' });
  expect(first).toMatchObject({ code: 0, stderr: HINT });
  for (const ended of later) expect(ended).toMatchObject({ code: 0, stderr: '' });
});

test('refuses whoever is nobody what somebody holds, each time', () => {
  const repo = makeAnonymous();
  claim(repo, 'codex', 'x/**');

  const commits = [commit(repo, 'x/a.ts'), commit(repo, 'x/a.ts')];

  for (const { code, stderr } of commits) {
    expect(code).toBe(1);
    expect(stderr).toContain('You are unknown (no holder is set, and git has no e-mail)');
    expect(stderr).toContain('codex holds it');
  }
});

test('lets whoever is nobody by with a reason, which is on record', () => {
  const repo = makeAnonymous();
  claim(repo, 'codex', 'x/**');

  const ended = commit(repo, 'x/a.ts', { LEASEHOLD_BYPASS: 'the build is red' });

  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stderr).toContain('the build is red');
  const { events } = repo.json(['log']).body;
  expect(events.at(-1)).toMatchObject({ event: 'bypassed', reason: 'the build is red' });
});

test('says nothing to whoever is nobody where nobody holds anything, and to nobody who is somebody', () => {
  const repo = makeAnonymous();
  claim(repo, 'codex', 'x/**');
  repo.leasehold(['release', '--all'], { holder: 'codex' });

  const free = commit(repo, 'README.md');
  claim(repo, 'codex', 'x/**');
  const named = commit(repo, 'README.md', { LEASEHOLD_HOLDER: 'gem' });
  const mailed = commit(repo, 'README.md', {
    GIT_COMMITTER_EMAIL: 'ann@example.com',
    GIT_AUTHOR_EMAIL: 'ann@example.com',
  });

  for (const ended of [free, named, mailed]) expect(ended).toMatchObject({ code: 0, stderr: '' });
});
