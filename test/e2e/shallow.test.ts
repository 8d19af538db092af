import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addRemote, type Call, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { pasteNext, runShell } from '../shell.ts';

/** A clone that has the last commit alone, of two that changed `free.ts`; codex holds `src/` in it. */
const makeShallow = (): { repo: Repo; call: Call } => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'free.ts': 'one\n' });
  repo.commitQuietly({ 'free.ts': 'two\n' }, 'head');
  const remote = addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  const cwd = join(repo.root, 'shallow');
  repo.git('clone', '--quiet', '--depth', '1', `file://${remote}`, cwd);
  const call = { cwd };
  for (const key of ['user.name', 'user.email']) {
    repo.git('-C', cwd, 'config', key, 'ben@example.com');
  }
  repo.leasehold(['init'], call);
  repo.leasehold(['claim', 'src/'], { cwd, holder: 'codex' });
  return { repo, call };
};

test('cannot decide on an amend of the commit with which a shallow clone begins, until it has the one before', () => {
  const { repo, call } = makeShallow();
  const amend = () => repo.tryGit(['commit', '--quiet', '--amend', '-m', 'again'], call);

  const cut = amend();
  const pasted = pasteNext(repo, cut.stderr, call);
  const whole = amend();

  expect(cut.code).toBe(1);
  expect(cut.stderr).toContain('leasehold could not decide: this clone is shallow');
  expect(cut.stderr).not.toContain('codex holds it');
  expect(pasted.code).toBe(0);
  expect(whole).toMatchObject({ code: 0, stderr: '' });
});

test('judges the next commit in a shallow clone, an amend of that one, and the push of both', () => {
  const { repo, call } = makeShallow();
  const run = (script: string) => runShell(repo, script, call);

  const free = [
    run('echo mine >free.ts && git commit -qam mine && git commit -q --amend -m again'),
    run('git push -q origin HEAD:topic'),
  ];
  const held = [
    run('echo mine >src/a.ts && git commit -qam mine'),
    run('git commit -q --amend -am more'),
    run('git -c core.hooksPath=/dev/null commit -qam mine && git push -q origin HEAD:topic'),
  ];

  for (const ended of free) expect(ended).toMatchObject({ code: 0, stderr: '' });
  for (const { code, stderr } of held) {
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/src\/a\.ts.*\n.*codex holds it/);
  }
});
