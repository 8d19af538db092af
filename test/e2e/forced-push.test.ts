import { expect, test } from 'vitest';
import { type Call, copiesOf, type Ended, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { claim, commitAs, publish } from '../past.ts';
import { nextOf, runShell } from '../shell.ts';

const CODEX = { holder: 'codex' };
const ANN = { holder: 'ann' };
const CARL = { GIT_COMMITTER_NAME: 'Carl', GIT_COMMITTER_EMAIL: 'carl@example.com' };

/** `topic` is at the remote, with a commit of ann's under her grant, which she has given back since. */
const makeShared = copiesOf((): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'src/b.ts': 'one\n', 'free.ts': 'one\n' });
  publish(repo);
  repo.git('checkout', '--quiet', '-b', 'topic');
  commitAs(repo, undefined, 'free.ts', 'base\n');
  repo.git('push', '--quiet', '--no-verify', 'origin', 'topic');
  claim(repo, 'ann', 'src/');
  commitAs(repo, 'ann', 'src/a.ts', 'of ann\n');
  expect(push(repo, ANN)).toMatchObject({ code: 0 });
  expect(repo.leasehold(['release', '--all'], ANN).code).toBe(0);
  return repo;
});

const push = (repo: Repo, call: Call, ...words: string[]): Ended =>
  repo.tryGit(['push', '--quiet', 'origin', 'topic', ...words], call);

test('refuses a forced push that drops another’s commit, and says whose, and how to keep it', () => {
  const repo = makeShared();
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  commitAs(repo, 'codex', 'free.ts', 'of codex\n');

  const forced = push(repo, CODEX, '--force');
  const leased = push(repo, CODEX, '--force-with-lease');
  const plus = repo.tryGit(['push', '--quiet', 'origin', '+topic'], CODEX);
  const kept = runShell(repo, nextOf(forced.stderr), CODEX);

  for (const ended of [forced, leased, plus]) {
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('[lock/dropped]');
    expect(ended.stderr).toContain('src/a.ts (in ');
    expect(ended.stderr).toContain('the push drops this commit of ann');
  }
  expect(kept.code, kept.stderr).toBe(0);
  expect(push(repo, CODEX)).toMatchObject({ code: 0 });
  expect(repo.git('log', '--format=%s', 'origin/topic')).toContain('change src/a.ts');
});

test('lets a forced push through that has the same change in another commit', () => {
  const repo = makeShared();
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'README.md': 'on\n' });
  repo.git('rebase', '--quiet', 'main', 'topic');

  expect(push(repo, CODEX, '--force')).toMatchObject({ code: 0 });
});

test('refuses one that has another’s change only in part', () => {
  const repo = makeShared();
  claim(repo, 'ann', 'src/');
  repo.write('src/b.ts', 'of ann\n');
  commitAs(repo, 'ann', 'src/a.ts', 'more of ann\n');
  push(repo, ANN);
  repo.leasehold(['release', '--all'], ANN);
  repo.git('reset', '--quiet', '--hard', 'HEAD~2');
  claim(repo, 'codex', 'src/a.ts');
  commitAs(repo, 'codex', 'src/a.ts', 'of ann\n');

  const forced = push(repo, CODEX, '--force');

  expect(forced.stderr).toContain('[lock/dropped]');
});

test('lets whoever made them drop their own commits', () => {
  const repo = makeShared();
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  expect(push(repo, ANN, '--force')).toMatchObject({ code: 0 });
  claim(repo, 'codex', 'src/');
  commitAs(repo, 'codex', 'src/a.ts', 'of codex\n');
  push(repo, CODEX);
  commitAs(repo, 'codex', 'src/a.ts', 'better\n');
  repo.tryGit(['commit', '--quiet', '--amend', '-m', 'other words'], CODEX);
  push(repo, CODEX);
  repo.git('reset', '--quiet', '--hard', 'HEAD~2');

  expect(push(repo, CODEX, '--force')).toMatchObject({ code: 0 });
});

test('drops nothing that another branch of the remote keeps', () => {
  const repo = makeShared();
  repo.git('push', '--quiet', '--no-verify', 'origin', 'topic:kept');
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  const kept = push(repo, CODEX, '--force', '--dry-run');
  repo.git('push', '--quiet', '--no-verify', 'origin', ':kept');
  const lost = push(repo, CODEX, '--force');

  expect(kept).toMatchObject({ code: 0 });
  expect(lost.stderr).toContain('[lock/dropped]');
});

test('drops nothing that another branch of the same push keeps; neither a tag of it nor its other end does', () => {
  const repo = makeShared();
  const anns = repo.git('rev-parse', 'HEAD');
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  commitAs(repo, 'codex', 'free.ts', 'of codex\n');

  const byTag = push(repo, CODEX, '--force', `${anns}:refs/tags/kept`);
  const byAnother = push(repo, CODEX, '--force', 'HEAD:refs/heads/other');
  const byBranch = push(repo, CODEX, '--force', `${anns}:refs/heads/kept`);

  for (const { code, stderr } of [byTag, byAnother]) {
    expect(code).toBe(1);
    expect(stderr).toContain('the push drops this commit of ann');
  }
  expect(byBranch).toMatchObject({ code: 0 });
});

test('does not take the pushed branch’s own HEAD for another branch that keeps it', () => {
  const repo = makeShared();
  repo.git('remote', 'set-head', 'origin', 'topic');
  repo.git('reset', '--quiet', '--hard', 'HEAD^');

  expect(push(repo, CODEX, '--force').stderr).toContain('[lock/dropped]');
});

test('finds what is dropped where the push goes to a URL', () => {
  const repo = makeShared();
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  const url = repo.git('remote', 'get-url', 'origin');

  const forced = repo.tryGit(['push', '--quiet', '--force', url, 'topic'], CODEX);

  expect(forced.stderr).toContain('[lock/dropped]');
});

test('finds what is dropped of a branch by another name, and with several refs', () => {
  const repo = makeShared();
  repo.git('branch', 'fresh', 'main');

  const forced = repo.tryGit(
    ['push', '--quiet', '--force', 'origin', 'main', 'fresh:refs/heads/topic'],
    CODEX,
  );

  expect(forced.code).toBe(1);
  expect(forced.stderr).toContain('[lock/dropped]');
});

test('lets branches be deleted, and tags be moved', () => {
  const repo = makeShared();
  repo.git('tag', 'v1', 'topic');
  repo.git('push', '--quiet', '--no-verify', 'origin', 'v1');
  repo.git('tag', '--force', 'v1', 'main');

  const tag = repo.tryGit(['push', '--quiet', '--force', 'origin', 'v1'], CODEX);
  const deletion = repo.tryGit(['push', '--quiet', 'origin', ':topic'], CODEX);

  expect(tag).toMatchObject({ code: 0 });
  expect(deletion).toMatchObject({ code: 0 });
});

test('warns a person who drops what an e-mail alone says is another’s, and stops an agent', () => {
  const repo = makeShared();
  repo.write('README.md', 'of carl\n');
  expect(repo.tryGit(['commit', '--quiet', '-am', 'carl'], { env: CARL }).code).toBe(0);
  push(repo, { env: CARL });
  repo.git('reset', '--quiet', '--hard', 'HEAD^');

  const agent = push(repo, CODEX, '--force', '--dry-run');
  const person = push(repo, {}, '--force');

  expect(agent.code).toBe(1);
  expect(agent.stderr).toContain('this commit of carl@example.com');
  expect(person.code).toBe(0);
  expect(person.stderr).toMatch(/warning the push drops this commit of carl@example\.com/);
});

test('says nothing of a dropped merge that only carried', () => {
  const repo = makeShared();
  repo.git('push', '--quiet', '--no-verify', 'origin', 'topic:kept');
  repo.git('checkout', '--quiet', '-b', 'side', 'main');
  commitAs(repo, undefined, 'README.md', 'side\n');
  repo.git('push', '--quiet', '--no-verify', 'origin', 'side');
  repo.git('checkout', '--quiet', 'topic');
  repo.tryGit(['merge', '--quiet', '--no-edit', 'side'], { env: CARL });
  push(repo, { env: CARL });
  repo.git('reset', '--quiet', '--hard', 'HEAD^');

  expect(push(repo, CODEX, '--force')).toMatchObject({ code: 0, stderr: '' });
});

test.each(['off', 'warn'])('obeys lock/dropped: %s', (severity) => {
  const repo = makeShared();
  const config = { guard: { rules: { 'lock/dropped': severity } } };
  repo.commitQuietly({ 'leasehold.config.json': JSON.stringify(config) });
  repo.git('push', '--quiet', '--no-verify', 'origin', 'topic');
  repo.git('reset', '--quiet', '--hard', 'HEAD~2');

  const forced = push(repo, CODEX, '--force');

  expect(forced.code).toBe(0);
  expect(forced.stderr.includes('lock/dropped')).toBe(severity === 'warn');
});

test('cannot decide what is dropped where the remote has what is not known here', () => {
  const repo = makeShared();
  runShell(
    repo,
    `git clone -q -b topic ../origin.git ../other && cd ../other && git config user.name Carl && git config user.email carl@example.com && git commit -q --allow-empty -m theirs && git push -q`,
  );
  repo.git('reset', '--quiet', '--hard', 'HEAD^');

  const forced = push(repo, CODEX, '--force');

  expect(forced.code).toBe(1);
  expect(forced.stderr).toContain('could not decide');
  expect(nextOf(forced.stderr)).toBe('git fetch');
});
