import { expect, test } from 'vitest';
import { makeGuardedRepo, writeLock } from '../make-repo.ts';

test('refuses a commit on a path that another holder has claimed, and says who, until when and what next', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.leasehold(['claim', 'src/', '--task', 'Port the tokenizer'], { holder: 'codex' });
  repo.write('src/a.ts', 'two\n');
  repo.git('add', 'src/a.ts');

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('src/a.ts');
  expect(commit.stderr).toMatch(
    /codex holds it until [^,]* UTC \(in .*\), task "Port the tokenizer"/,
  );
  expect(commit.stderr).toContain('next: leasehold conflicts -- src/a.ts');
  expect(repo.git('log', '--format=%s')).toBe('work');
});

test('lets a commit through on paths that nobody holds', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.leasehold(['claim', 'src/'], { holder: 'codex' });
  repo.write('README.md', 'changed\n');
  repo.git('add', 'README.md');

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test('cannot decide while a lock file cannot be read, and names the file', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  writeLock(repo, 'half.lock', { files: 'not a list' });
  repo.write('README.md', 'changed\n');
  repo.git('add', 'README.md');

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('half.lock');
  expect(commit.stderr).toContain('next: leasehold doctor --fix');
  expect(repo.leasehold(['check']).code).toBe(2);
});
