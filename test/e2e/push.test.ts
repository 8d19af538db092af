import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  addRemote,
  copiesOf,
  makeGuardedRepo,
  makeRepo,
  NO_HOOKS,
  type Repo,
  writeLock,
} from '../make-repo.ts';
import { runShell } from '../shell.ts';
import { traceGit } from '../starts.ts';

const CARL = { GIT_COMMITTER_NAME: 'Carl', GIT_COMMITTER_EMAIL: 'carl@example.com' };

/** A guarded repository whose main is at the remote, with `src/a.ts` in it. */
const makePushed = copiesOf((): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  addRemote(repo);
  repo.git('push', '--quiet', 'origin', 'main');
  repo.git('remote', 'set-head', 'origin', 'main');
  return repo;
});

const hold = (repo: Repo, ...scopes: string[]): void => {
  expect(repo.leasehold(['claim', ...scopes, '--task', 'port'], { holder: 'codex' }).code).toBe(0);
};

test('refuses a push of a commit that skipped the hook on a held path, and names the commit', () => {
  const repo = makePushed();
  hold(repo, 'src/');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  const commit = repo.git('rev-parse', 'HEAD');

  const push = repo.tryGit(['push', 'origin', 'main']);

  expect(push.code).toBe(1);
  expect(push.stderr).toContain('push of refs/heads/main refused');
  expect(push.stderr).toContain(`src/a.ts (in ${commit.slice(0, 10)})`);
  expect(push.stderr).toContain('codex holds it');
});

test('lets a push through on paths that nobody holds', () => {
  const repo = makePushed();
  hold(repo, 'src/');
  repo.commitQuietly({ 'README.md': 'two\n' });

  expect(repo.tryGit(['push', 'origin', 'main']).code).toBe(0);
});

test('lets the holder push', () => {
  const repo = makePushed();
  hold(repo, 'src/');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });

  expect(repo.tryGit(['push', 'origin', 'main'], { holder: 'codex' }).code).toBe(0);
});

test('refuses where a commit of the range touches a held path and a later one takes it back', () => {
  const repo = makePushed();
  hold(repo, 'src/');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  repo.commitQuietly({ 'src/a.ts': 'one\n' });

  expect(repo.tryGit(['push', 'origin', 'main']).stderr).toContain('codex holds it');
});

test('judges a new branch by what no remote has yet', () => {
  const repo = makePushed();
  hold(repo, 'src/');
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'README.md': 'two\n' });
  const free = repo.tryGit(['push', 'origin', 'topic']);
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  const held = repo.tryGit(['push', 'origin', 'topic:other']);

  expect(free.code).toBe(0);
  expect(held.stderr).toContain('codex holds it');
});

test('judges the first push of a repository, root commit and all', () => {
  const repo = makeRepo();
  repo.leasehold(['init']);
  repo.commitQuietly({ 'src/a.ts': 'one\n' });
  addRemote(repo);
  hold(repo, 'src/');

  expect(repo.tryGit(['push', 'origin', 'main']).stderr).toContain('codex holds it');
});

test('judges each of several refs, and lets deletions pass', () => {
  const repo = makePushed();
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main:doomed');
  hold(repo, 'src/');
  repo.git('checkout', '--quiet', '-b', 'good');
  repo.commitQuietly({ 'README.md': 'two\n' });
  repo.git('checkout', '--quiet', '-b', 'bad', 'main');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });

  const both = repo.tryGit(['push', 'origin', 'good', 'bad']);
  const deletion = repo.tryGit(['push', 'origin', ':doomed']);

  expect(both.stderr).toContain('push of refs/heads/bad refused');
  expect(both.stderr).not.toContain('push of refs/heads/good refused');
  expect(deletion.code).toBe(0);
});

test('peels an annotated tag to the commits that it brings', () => {
  const repo = makePushed();
  hold(repo, 'src/');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  repo.git('tag', '--annotate', '--message', 'one', 'v1');

  expect(repo.tryGit(['push', 'origin', 'v1']).stderr).toContain('codex holds it');
});

test('lets history pass that a remote of any name has already', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  addRemote(repo, 'upstream');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  repo.git('push', '--quiet', '--no-verify', 'upstream', 'main');
  hold(repo, 'src/');
  repo.commitQuietly({ 'README.md': 'two\n' });

  expect(repo.tryGit(['push', 'upstream', 'main']).code).toBe(0);
});

test('judges only the new commits where the push goes to a URL', () => {
  const repo = makePushed();
  hold(repo, 'src/');
  const url = `file://${join(repo.root, 'origin.git')}`;
  repo.commitQuietly({ 'README.md': 'two\n' });
  const free = repo.tryGit(['push', url, 'main']);
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  const held = repo.tryGit(['push', url, 'main']);

  expect(free.code).toBe(0);
  expect(held.stderr).toContain('codex holds it');
});

test('judges what was edited inside a merge commit, and not what the merge carries', () => {
  const repo = makePushed();
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'docs/a.md': 'topic\n' });
  repo.git('push', '--quiet', '--no-verify', 'origin', 'topic');
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'README.md': 'main\n' });
  hold(repo, 'src/', 'docs/');
  repo.git(...NO_HOOKS, 'merge', '--quiet', '--no-ff', '-m', 'merge', 'topic');
  const carried = repo.tryGit(['push', '--dry-run', 'origin', 'main']);
  repo.write('src/a.ts', 'edited in the merge\n');
  repo.git('add', 'src/a.ts');
  repo.git(...NO_HOOKS, 'commit', '--quiet', '--amend', '--no-edit');
  const edited = repo.tryGit(['push', '--dry-run', 'origin', 'main']);

  expect(carried.code).toBe(0);
  expect(edited.stderr).toContain('codex holds it');
});

test('attributes a commit to its own committer: the holder’s commit, merged here, is the holder’s', () => {
  const repo = makePushed();
  const claim = repo.leasehold(['claim', 'src/'], { holder: 'codex', env: CARL });
  repo.write('src/a.ts', 'two\n');
  repo.tryGit(['commit', '-qam', 'codex works'], { holder: 'codex', env: CARL });

  const push = repo.tryGit(['push', 'origin', 'main']);

  expect(claim.code).toBe(0);
  expect(push.code).toBe(0);
});

test('cannot decide where the remote has something that is not known here', () => {
  const repo = makePushed();
  const other = join(repo.root, 'other');
  repo.git('clone', '--quiet', join(repo.root, 'origin.git'), other);
  const call = { cwd: other };
  repo.tryGit(['config', 'user.email', 'carl@example.com'], call);
  repo.tryGit(['config', 'user.name', 'Carl'], call);
  repo.tryGit(['commit', '-q', '--allow-empty', '-m', 'theirs'], call);
  repo.tryGit(['push', '-q', 'origin', 'main'], call);
  repo.commitQuietly({ 'README.md': 'two\n' });

  const push = repo.tryGit(['push', '--force', 'origin', 'main']);

  expect(push.code).toBe(1);
  expect(push.stderr).toContain('could not decide');
  expect(push.stderr).toContain('next: git fetch');
});

test('takes the policy of a push from what the remote has, never from what is pushed', () => {
  const repo = makePushed();
  hold(repo, 'src/');
  repo.commitQuietly({
    'src/a.ts': 'two\n',
    'leasehold.config.json': '{ "guard": { "mode": "off" } }\n',
  });

  expect(repo.tryGit(['push', 'origin', 'main']).stderr).toContain('codex holds it');
});

test('asks which branch policy comes from where the remote has several and no HEAD is known', () => {
  const repo = makePushed();
  repo.git('remote', 'set-head', 'origin', '--delete');
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main:release');
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'README.md': 'two\n' });

  const unknown = repo.tryGit(['push', 'origin', 'topic']);
  repo.git('remote', 'set-head', 'origin', '--auto');
  const known = repo.tryGit(['push', 'origin', 'topic']);

  expect(unknown.stderr).toContain('next: git remote set-head origin --auto');
  expect(known.code).toBe(0);
});

test('does not let a push choose its own judge by guard.base', () => {
  const repo = makePushed();
  repo.commitQuietly({ 'leasehold.config.json': '{ "guard": { "requireLock": ["src/"] } }\n' });
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({
    'src/a.ts': 'two\n',
    'leasehold.config.json': '{ "guard": { "base": "HEAD" } }\n',
  });

  expect(repo.tryGit(['push', 'origin', 'topic']).stderr).toContain('lock/required');
});

test('takes policy from another remote where the push goes to a URL', () => {
  const repo = makePushed();
  repo.commitQuietly({ 'leasehold.config.json': '{ "guard": { "requireLock": ["src/"] } }\n' });
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  const url = join(repo.root, 'elsewhere.git');
  repo.git('init', '--quiet', '--bare', url);
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });

  expect(repo.tryGit(['push', url, 'topic']).stderr).toContain('lock/required');
});

test('does not hide the refusal of one commit behind the warning about an earlier one', () => {
  const identities = { codex: ['@codex'], 'carl@example.com': ['@carl'] };
  const repo = makeGuardedRepo({ CODEOWNERS: 'src/ @ann\n' }, { owners: { identities } });
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  const commitQuietlyAs = (text: string, env: Record<string, string>): void => {
    repo.write('src/a.ts', text);
    repo.git('add', '--all');
    expect(repo.tryGit(['commit', '-qnm', text], { env }).code).toBe(0);
  };
  commitQuietlyAs('by a person, who is warned', CARL);
  commitQuietlyAs('by an agent, who is refused', {});

  const push = repo.tryGit(['push', 'origin', 'main'], { holder: 'codex' });

  expect(push.code).toBe(1);
  expect(push.stderr).toMatch(/error it belongs to @ann.*\[owners\/not-owner\]/);
});

test('lets a branch be pushed while HEAD is on one that has no commit yet', () => {
  const repo = makePushed();
  repo.commitQuietly({ 'README.md': 'two\n' });
  repo.git('checkout', '--quiet', '--orphan', 'fresh');

  expect(repo.tryGit(['push', 'origin', 'main']).code).toBe(0);
});

test('asks once about all the new refs of a push that bring nothing new', () => {
  const repo = makePushed();
  const before = repo.git('rev-parse', 'HEAD');
  for (let at = 0; at < 300; at += 1) repo.git('update-ref', `refs/tags/v${at}`, before);
  hold(repo, 'src/');
  const trace = traceGit(repo);

  const push = repo.tryGit(['push', '--quiet', '--tags', 'origin'], {
    env: trace.env,
  });

  expect([push.code, push.stderr]).toEqual([0, '']);
  // The push's own, the server's, and ours.
  expect(trace.listGits().length).toBeLessThan(40);
});

test('finds the one of many new refs that brings a commit on a held path', () => {
  const repo = makePushed();
  const known = repo.git('rev-parse', 'HEAD');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  for (let at = 0; at < 20; at += 1) repo.git('tag', `v${at}`, at === 13 ? 'HEAD' : known);
  hold(repo, 'src/');

  const push = repo.tryGit(['push', '--tags', 'origin']);

  expect(push.code).toBe(1);
  expect(push.stderr).toContain('push of refs/tags/v13 refused');
});

test('judges once what many new tags bring, and branches on one commit together', () => {
  const repo = makePushed();
  hold(repo, 'src/');
  const list: string[] = [];
  for (let at = 0; at < 12; at += 1) {
    repo.commitQuietly({ 'README.md': `${at}\n` });
    list.push(...[1, 2, 3, 4].map((n) => `v${at}.${n}`));
    for (const tag of list.slice(-4)) repo.git('tag', '-a', '-m', 'x', tag);
  }
  repo.git('tag', 'blob', repo.git('rev-parse', 'HEAD:README.md'));
  repo.git('branch', 'side', 'HEAD~6');
  const trace = traceGit(repo);
  const push = (env = {}) =>
    repo.tryGit(['push', '--quiet', '--all', '--dry-run', 'origin'], { env });

  const free = repo.tryGit(['push', '--quiet', '--tags', '--dry-run', 'origin'], {
    env: trace.env,
  });
  repo.git('checkout', '--quiet', 'side');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  const held = push();
  repo.git('checkout', '--quiet', '-b', 'third', 'HEAD~1');
  repo.git('branch', 'second', 'side');
  const both = push();

  expect(free).toMatchObject({ code: 0, stderr: '' });
  expect(trace.listGits().length).toBeLessThan(50);
  expect([held.code, both.code]).toEqual([1, 1]);
  expect(held.stderr).toContain('push of refs/heads/side refused');
  expect(both.stderr).toContain('push of refs/heads/second and refs/heads/side refused');
  expect(both.stderr.match(/src\/a\.ts/g)).toEqual(held.stderr.match(/src\/a\.ts/g));
});

test('refuses what its committer did on paths that were taken from them by force', () => {
  const repo = makePushed();
  hold(repo, 'src/');
  repo.leasehold(['release', '--force', '--reason', 'gone', 'src/'], { holder: 'claude' });
  repo.commitQuietly({ 'src/a.ts': 'two\n' });

  const push = repo.tryGit(['push', 'origin', 'main'], { holder: 'codex' });

  expect(push.code).toBe(1);
  expect(push.stderr).toContain('claude ended your grant on it by force');
});

test('reads the grants of another committer, however many there are of others', () => {
  const repo = makePushed();
  const claim = ['claim', 'docs/', '--confine'];
  expect(repo.leasehold(claim, { holder: 'codex', env: CARL }).code).toBe(0);
  for (let at = 0; at < 40; at += 1) {
    const id = `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
    const grant = { version: 1, id, rev: 1, token: at + 1, agent: `a${at}`, files: [`x/${at}`] };
    writeLock(repo, `a${at}.${id}.1.lock`, grant);
  }
  // Whoever has read all of them writes the index, from which a push knows which ones to read.
  repo.leasehold(['status']);
  expect(existsSync(repo.path('.git/leasehold/locks.index'))).toBe(true);
  repo.write('src/b.ts', 'by carl\n');
  repo.git('add', 'src/b.ts');
  repo.tryGit([...NO_HOOKS, 'commit', '--quiet', '--message', 'outside'], { env: CARL });

  const push = repo.tryGit(['push', 'origin', 'main']);

  expect(push.code).toBe(1);
  expect(push.stderr).toContain('lock/outside-grant');
});

test('says how to learn what the remote has, where a bare clone does not know and judges all of its history', () => {
  const repo = makePushed();
  const { bare, tree } = { bare: join(repo.root, 'app/.bare'), tree: join(repo.root, 'app/topic') };
  repo.git('clone', '--quiet', '--bare', repo.path('../origin.git'), bare);
  repo.git('-C', bare, 'worktree', 'add', '--quiet', '-b', 'topic', tree);
  repo.leasehold(['init'], { cwd: tree });
  repo.leasehold(['claim', 'src/'], { cwd: tree, holder: 'codex' });
  const push = () => repo.tryGit(['push', 'origin', 'topic'], { cwd: tree });

  const refused = push();
  const fetch = /^ {2}(git fetch .*)$/m.exec(refused.stderr)?.[1] ?? 'false';
  const pasted = runShell(repo, fetch, { cwd: tree });
  const pushed = push();

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('note: what origin has is not known here');
  expect([pasted.code, pushed.code]).toEqual([0, 0]);
});
