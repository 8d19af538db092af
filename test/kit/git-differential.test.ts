import { simpleGit } from 'simple-git';
import { expect, test } from 'vitest';
import { parseIndexDiff } from '../../src/guard/changes.ts';
import { createGit } from '../../src/kit/git.ts';
import { makeRepo } from '../make-repo.ts';

const ASK = ['diff-index', '--cached', '--raw', '-z', '--no-renames', 'HEAD', '--'];

/** A repository whose next commit has another index than the usual one, as under `git commit -a`. */
const makeWithOtherIndex = () => {
  const repo = makeRepo();
  repo.commitQuietly({ 'a.ts': 'one\n' });
  repo.write('a.ts', 'two\n');
  const index = repo.path('.git', 'next-index');
  repo.tryGit(['read-tree', 'HEAD'], { env: { GIT_INDEX_FILE: index } });
  repo.tryGit(['add', 'a.ts'], { env: { GIT_INDEX_FILE: index } });
  return { repo, env: { PATH: process.env.PATH ?? '', GIT_INDEX_FILE: index } };
};

test('sees the index that the commit in progress will have', () => {
  const { repo, env } = makeWithOtherIndex();

  const changes = parseIndexDiff(createGit(repo.top, env).read(ASK));

  expect(changes.map(({ path }) => path)).toEqual(['a.ts']);
});

test('simple-git, which a guard cannot rest on here, sees that index only where it is told to', async () => {
  const { repo, env } = makeWithOtherIndex();
  const before = process.env.GIT_INDEX_FILE;
  process.env.GIT_INDEX_FILE = env.GIT_INDEX_FILE;
  try {
    const plain = await simpleGit(repo.top).raw(ASK);
    const told = await simpleGit(repo.top, { allowEnvironment: ['GIT_INDEX_FILE'] }).raw(ASK);

    expect(plain).toBe('');
    expect(told).toContain('a.ts');
  } finally {
    if (before === undefined) delete process.env.GIT_INDEX_FILE;
    else process.env.GIT_INDEX_FILE = before;
  }
});
