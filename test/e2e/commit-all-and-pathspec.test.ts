import { expect, test } from 'vitest';
import { copiesOf, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { commitTwice, nextOf, pasteNext, warmUp } from '../shell.ts';

const HELD = 'codex holds it';

/** codex holds `src/a.ts`; `src/b.ts` and `README.md` are free. */
const makeHeldRepo = copiesOf((): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'src/b.ts': 'one\n' });
  repo.leasehold(['claim', 'src/a.ts'], { holder: 'codex' });
  return repo;
});

const changeAll = (repo: Repo): void => {
  for (const path of ['src/a.ts', 'src/b.ts', 'README.md']) repo.write(path, 'two\n');
};

test('refuses commit -a on a held file that was never staged by hand', () => {
  const repo = makeHeldRepo();
  repo.write('src/a.ts', 'two\n');

  const commit = commitTwice(repo, ['-a', '-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain(HELD);
});

test('lets a commit through while a held file is changed but not part of it, then refuses commit -a', () => {
  const repo = makeHeldRepo();
  changeAll(repo);
  repo.git('add', 'README.md');

  const plain = repo.tryGit(['commit', '-m', 'mine']);
  const all = repo.tryGit(['commit', '-a', '-m', 'all of it']);

  expect(plain).toMatchObject({ code: 0, stderr: '' });
  expect(all.code).toBe(1);
  expect(all.stderr).toContain(HELD);
  expect(repo.git('log', '-1', '--format=%s')).toBe('mine');
});

test("judges with commit <path> that path alone, and leaves another's staged file staged", () => {
  const repo = makeHeldRepo();
  changeAll(repo);
  repo.git('add', 'src/a.ts');
  warmUp(repo);

  const commit = repo.tryGit(['commit', '-m', 'mine', 'README.md']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
  expect(repo.git('diff', '--cached', '--name-only')).toBe('src/a.ts');
});

test('refuses commit <path> and commit --include <path> where a held file comes with it', () => {
  const repo = makeHeldRepo();
  changeAll(repo);
  repo.git('add', 'README.md');

  const only = commitTwice(repo, ['-m', 'mine', 'src/a.ts']);
  const directory = repo.tryGit(['commit', '-m', 'mine', 'src']);
  const included = repo.tryGit(['commit', '-m', 'mine', '--include', 'src/a.ts']);

  for (const commit of [only, directory, included]) {
    expect(commit.code).toBe(1);
    expect(commit.stderr).toContain(HELD);
  }
});

test('tells who stands in a subdirectory how to commit the rest, in words that work there', () => {
  const repo = makeHeldRepo();
  changeAll(repo);
  repo.git('add', '--all');
  const cwd = repo.path('src');

  const refused = commitTwice(repo, ['-m', 'mine'], { cwd });
  const pasted = pasteNext(repo, refused.stderr, { cwd });

  expect(refused.code).toBe(1);
  expect(nextOf(refused.stderr)).toBe('git commit -- ../README.md b.ts');
  expect(pasted.code).toBe(0);
  expect(repo.git('show', '--format=', '--name-only')).toBe('README.md\nsrc/b.ts');
  expect(repo.git('diff', '--cached', '--name-only')).toBe('src/a.ts');
});

test('names the held file to who stands in a subdirectory as they would type it', () => {
  const repo = makeHeldRepo();
  repo.write('src/a.ts', 'two\n');
  const cwd = repo.path('src');

  const refused = commitTwice(repo, ['-a', '-m', 'mine'], { cwd });
  const pasted = pasteNext(repo, refused.stderr, { cwd });

  expect(nextOf(refused.stderr)).toBe('leasehold conflicts -- a.ts');
  expect(pasted.code).toBe(1);
  expect(pasted.stdout).toContain('codex holds src/a.ts');
});

test('gives check in a subdirectory the same verdict, path and next command as the commit there', () => {
  const repo = makeHeldRepo();
  changeAll(repo);
  repo.git('add', '--all');
  const cwd = repo.path('src');

  const commit = repo.tryGit(['commit', '-m', 'mine'], { cwd });
  const check = repo.leasehold(['check'], { cwd });

  expect(check.code).toBe(1);
  const withoutSpan = (text: string) => text.replace(/\(in [^)]*\)/g, '');
  expect(withoutSpan(check.stdout)).toBe(withoutSpan(commit.stderr));
});

test('tells an agent that left its grant to claim the path, in words that work where it stands', () => {
  const repo = makeHeldRepo();
  repo.write('src/b.ts', 'two\n');
  const call = { cwd: repo.path('src'), holder: 'codex' };

  const refused = commitTwice(repo, ['-a', '-m', 'mine'], call);
  const pasted = pasteNext(repo, refused.stderr, call);
  const again = repo.tryGit(['commit', '-a', '-m', 'mine'], call);

  expect(refused.code).toBe(1);
  expect(nextOf(refused.stderr)).toBe('leasehold claim -- b.ts');
  expect(pasted.code).toBe(0);
  expect(again).toMatchObject({ code: 0, stderr: '' });
});

test('judges the repository, tree and index that git is told to work on', () => {
  const repo = makeHeldRepo();
  repo.write('src/a.ts', 'two\n');
  const index = { GIT_INDEX_FILE: repo.path('.git', 'another-index') };
  repo.tryGit(['read-tree', 'HEAD'], { env: index });
  repo.tryGit(['add', 'src/a.ts'], { env: index });
  warmUp(repo);
  const where = ['--git-dir', 'repo/.git', '--work-tree', 'repo'];
  const env = { GIT_DIR: repo.path('.git'), GIT_WORK_TREE: repo.top };

  const commits = [
    repo.tryGit(['commit', '-m', 'mine'], { env: index }),
    repo.tryGit([...where, 'commit', '-a', '-m', 'mine'], { cwd: repo.root }),
    repo.tryGit(['commit', '-a', '-m', 'mine'], { cwd: repo.root, env }),
  ];

  for (const commit of commits) {
    expect(commit.code).toBe(1);
    expect(commit.stderr).toContain(HELD);
  }
});

test('gives the same verdict however git is told to read pathspecs', () => {
  const repo = makeHeldRepo();
  changeAll(repo);
  warmUp(repo);
  const readings = ['glob', 'noglob', 'icase', 'literal'];

  const held = readings.map((reading) =>
    repo.tryGit([`--${reading}-pathspecs`, 'commit', '-m', 'mine', '--', 'src/a.ts']),
  );
  const free = readings.map((reading, index) => {
    repo.write('src/b.ts', `${index}\n`);
    return repo.tryGit([`--${reading}-pathspecs`, 'commit', '-m', 'mine', '--', 'src/b.ts']);
  });

  expect(held.map(({ stderr }) => stderr.includes(HELD))).toEqual([true, true, true, true]);
  expect(free.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
});

test('lets an empty commit through', () => {
  const repo = makeHeldRepo();

  const commit = repo.tryGit(['commit', '--allow-empty', '-m', 'nothing']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test('sees every changed path, whatever the user has set for diffs and wherever they stand', () => {
  const repo = makeGuardedRepo({ 'Grüße/ä.ts': 'one\n', 'src/b.ts': 'one\n' });
  repo.leasehold(['claim', 'Grüße/'], { holder: 'codex' });
  repo.write('Grüße/ä.ts', 'two\n');
  repo.git('add', '--all');
  const settings = [
    ['diff.relative', 'true'],
    ['diff.noprefix', 'true'],
    ['diff.mnemonicPrefix', 'true'],
    ['diff.renames', 'copies'],
    ['diff.external', 'true'],
    ['diff.ignoreSubmodules', 'all'],
    ['color.ui', 'always'],
    ['log.showSignature', 'true'],
    ['core.pager', 'false'],
    ['status.relativePaths', 'true'],
  ] as const;
  for (const [key, value] of settings) repo.git('config', key, value);
  warmUp(repo);

  const commits = ['true', 'false'].map((quotePath) =>
    repo.tryGit(['-c', `core.quotePath=${quotePath}`, 'commit', '-m', 'mine'], {
      cwd: repo.path('src'),
    }),
  );

  for (const commit of commits) {
    expect(commit.code).toBe(1);
    expect(commit.stderr).toContain("  'Grüße/ä.ts'\n");
    expect(commit.stderr).toContain(HELD);
  }
});
