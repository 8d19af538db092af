import { expect, test } from 'vitest';
import { addRemote, copiesWith, makeGuardedRepo } from '../make-repo.ts';

const CODEX = { holder: 'codex' };

/** A repository whose main is on its remote, which has a HEAD here, and codex at work on `src/`. */
const makeRepoAtWork = copiesWith(() => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'docs/b.md': 'one\n' });
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', '-u', 'origin', 'main');
  repo.git('remote', 'set-head', 'origin', 'main');
  repo.leasehold(['claim', 'src/'], CODEX);
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  const touching = repo.git('rev-parse', 'HEAD');
  repo.commitQuietly({ 'docs/b.md': 'two\n' });
  return { repo, touching };
});

test('names the commits under what is given back that the base branch does not have yet', () => {
  const { repo, touching } = makeRepoAtWork();

  const { code, stdout } = repo.leasehold(['release', '--all'], CODEX);

  expect([code, stdout.split('\n')]).toEqual([
    0,
    [
      'Released',
      '  src/',
      `not in the base branch yet: ${touching.slice(0, 10)}; whoever claims this now builds on what is there without them`,
      '',
    ],
  ]);
});

test('has them in its JSON', () => {
  const { repo, touching } = makeRepoAtWork();

  const { body } = repo.json(['release', 'src/'], CODEX);

  expect(body.released).toMatchObject([{ released: 'all', unmerged: [touching] }]);
});

test('names none that the base branch has', () => {
  const { repo } = makeRepoAtWork();
  repo.git('push', '--quiet', '--no-verify');

  expect(repo.leasehold(['release', '--all'], CODEX).stdout).toBe('Released\n  src/\n');
});

test('names none from before the grant', () => {
  const { repo } = makeRepoAtWork();
  repo.leasehold(['release', '--all'], CODEX);
  repo.git('reset', '--quiet', '--hard', 'origin/main');
  const env = { GIT_COMMITTER_DATE: '2020-01-01T00:00:00Z' };
  repo.write('src/a.ts', 'old\n');
  repo.tryGit(['commit', '--quiet', '--no-verify', '-am', 'old'], { env });
  repo.leasehold(['claim', 'src/'], CODEX);

  expect(repo.leasehold(['release', '--all'], CODEX).stdout).toBe('Released\n  src/\n');
});

test('says nothing of it where no base branch is known', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.leasehold(['claim', 'src/'], CODEX);
  repo.commitQuietly({ 'src/a.ts': 'two\n' });

  const { code, stdout } = repo.leasehold(['release', '--all'], CODEX);

  expect([code, stdout]).toEqual([0, 'Released\n  src/\n']);
});
