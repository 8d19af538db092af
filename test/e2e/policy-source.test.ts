import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addRemote, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { commitTwice } from '../shell.ts';

/** What other tools, and hopeful users, switch a guard off with. */
const makeHopes = (repo: Repo): Record<string, string> => {
  const config = join(repo.root, 'mine.json');
  writeFileSync(config, '{"guard":{"mode":"off"}}');
  return {
    LEASEHOLD: '0',
    LEASEHOLD_MODE: 'off',
    LEASEHOLD_GUARD_MODE: 'off',
    LEASEHOLD_CONFIG: config,
    LEASEHOLD_DISABLE: '1',
    LEASEHOLD_SKIP: '1',
    LEASEHOLD_LOCKS_DIR: join(repo.root, 'nowhere'),
    LEASEHOLD_DIR: join(repo.root, 'nowhere'),
    LEASEHOLD_NODE: '/bin/true',
    leasehold_node: '/bin/true',
    leasehold_bin: join(repo.root, 'nowhere'),
    leasehold_state: 'checked',
    guard_code: '0',
    SKIP: 'leasehold',
    HUSKY: '0',
    LEFTHOOK: '0',
    PRE_COMMIT_ALLOW_NO_CONFIG: '1',
    CI: 'true',
    NODE_PATH: repo.root,
  };
};

const makeStrictlyHeld = (): Repo => {
  const repo = makeGuardedRepo(
    { 'src/a.ts': 'one\n', 'lib/b.ts': 'one\n' },
    { guard: { requireLock: ['lib/'] } },
  );
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  repo.leasehold(['claim', 'src/'], { holder: 'codex' });
  repo.write('src/a.ts', 'two\n');
  repo.write('lib/b.ts', 'two\n');
  repo.git('add', '--all');
  return repo;
};

const FINDINGS = [/src\/a\.ts.*\n.*codex holds it/, /\[lock\/required\]/];

test('judges by the config of the repository where the environment says nothing of leasehold', () => {
  const repo = makeStrictlyHeld();

  const commit = commitTwice(repo, ['-m', 'mine']);

  expect(commit.code).toBe(1);
  for (const finding of FINDINGS) expect(commit.stderr).toMatch(finding);
});

test('is switched off, softened or led elsewhere by nothing in the environment', () => {
  const repo = makeStrictlyHeld();
  const env = makeHopes(repo);

  const ended = [
    commitTwice(repo, ['-m', 'mine'], { env }),
    repo.tryGit(['commit', '--no-verify', '-m', 'mine'], { env }),
  ];
  repo.commitQuietly({});
  ended.push(repo.tryGit(['push', 'origin', 'main'], { env }));

  for (const { code, stderr } of ended) {
    expect(code).toBe(1);
    for (const finding of FINDINGS) expect(stderr).toMatch(finding);
  }
});
