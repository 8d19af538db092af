import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeRepo, type Repo } from '../make-repo.ts';

/** Another repository of the same user, whose global core.hooksPath leads to the installed hooks. */
const makeNeighbour = (): { repo: Repo; cwd: string; commit: (path: string) => unknown } => {
  const repo = makeRepo();
  const hooks = join(repo.root, 'home', 'hooks');
  repo.git('config', '--global', 'core.hooksPath', hooks);
  const init = repo.leasehold(['init', '--global-hooks']);
  if (init.code !== 0) throw new Error(init.stderr);
  const cwd = join(repo.root, 'neighbour');
  repo.git('init', '--quiet', '-b', 'main', cwd);
  for (const key of ['user.name', 'user.email'])
    repo.git('-C', cwd, 'config', key, 'ann@example.com');
  const commit = (path: string) => {
    mkdirSync(join(cwd, path, '..'), { recursive: true });
    writeFileSync(join(cwd, path), `${path}\n`);
    repo.git('-C', cwd, 'add', '--all');
    return repo.tryGit(['commit', '--quiet', '-m', path], { cwd });
  };
  return { repo, cwd, commit };
};

const SILENT = { code: 0, stdout: '', stderr: '' };

test('leaves a repository alone that never heard of leasehold, though the hooks reach it', () => {
  const { repo, cwd, commit } = makeNeighbour();

  const commits = [commit('a.ts'), commit('b.ts')];
  const amended = repo.tryGit(['commit', '--quiet', '--amend', '-m', 'again'], { cwd });
  repo.git('init', '--quiet', '--bare', join(repo.root, 'remote.git'));
  const pushed = repo.tryGit(['push', '--quiet', join(repo.root, 'remote.git'), 'main'], { cwd });

  for (const ended of [...commits, amended, pushed]) expect(ended).toEqual(SILENT);
});

test('leaves a repository alone that has CODEOWNERS and neither config nor locks', () => {
  const { repo, cwd, commit } = makeNeighbour();

  const commits = [commit('CODEOWNERS'), commit('.github/CODEOWNERS'), commit('a.ts')];
  writeFileSync(join(cwd, '.github/CODEOWNERS'), '* @somebody-else\n');
  repo.git('-C', cwd, 'commit', '--quiet', '-a', '-m', 'owned');

  for (const ended of [...commits, commit('b.ts')]) expect(ended).toEqual(SILENT);
});

test('leaves a repository without config and locks alone where init has run', () => {
  const repo = makeRepo();
  repo.commitQuietly({ CODEOWNERS: '* @somebody-else\n', 'a.ts': 'one\n' });
  repo.leasehold(['init']);
  repo.write('a.ts', 'two\n');
  repo.write('CODEOWNERS', '* @nobody\n');
  repo.git('add', 'a.ts', 'CODEOWNERS');

  const commit = repo.tryGit(['commit', '--quiet', '-m', 'mine']);

  expect(commit).toEqual(SILENT);
});

test('guards one repository by the same hooks that leave its neighbour alone', () => {
  const { repo, commit } = makeNeighbour();
  repo.leasehold(['claim', 'src/'], { holder: 'codex' });
  repo.write('src/a.ts', 'one\n');
  repo.git('add', 'src');

  const guarded = repo.tryGit(['commit', '-m', 'mine']);

  expect(guarded.code).toBe(1);
  expect(guarded.stderr).toContain('codex holds it');
  expect(commit('src/a.ts')).toEqual(SILENT);
});

test('does not take what lies in a neighbour’s tree for being set up', () => {
  const { repo, cwd, commit } = makeNeighbour();
  cpSync(repo.path('.git/leasehold'), join(cwd, 'leasehold'), { recursive: true });

  expect(commit('a.ts')).toEqual(SILENT);
});

test('cannot decide in a neighbour that has locks and was never set up', () => {
  const { repo, cwd, commit } = makeNeighbour();
  repo.leasehold(['claim', 'src/'], { cwd, holder: 'codex' });

  expect(commit('a.ts')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('it is not set up in this clone'),
  });
});

test('says with a claim that nothing enforces it where no hooks are installed', () => {
  const repo = makeRepo();

  const before = repo.leasehold(['claim', 'src/'], { holder: 'codex' });
  repo.leasehold(['init']);
  const after = repo.leasehold(['claim', 'docs/'], { holder: 'codex' });

  expect(before.code).toBe(0);
  expect(before.stderr).toContain('nothing enforces locks; run: leasehold init');
  expect(after).toMatchObject({ code: 0, stderr: '' });
});
