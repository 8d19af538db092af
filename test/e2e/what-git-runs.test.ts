import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { addRemote, makeGuardedRepo, NO_HOOKS, type Repo, writeLock } from '../make-repo.ts';
import { claim } from '../past.ts';
import { runShell } from '../shell.ts';
import { countStarts, traceGit } from '../starts.ts';

/** `topic` and `main` have each changed `src/a.ts`, each at its own end; `next` is ahead of main by a commit. */
const makeBranches = (): Repo => {
  const lines = (first: string, last: string) => `${first}\n${'line\n'.repeat(30)}${last}\n`;
  const repo = makeGuardedRepo({ 'src/a.ts': lines('one', 'one') }, { guard: { strict: true } });
  repo.leasehold(['init']);
  repo.git(...NO_HOOKS, 'checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'src/a.ts': lines('topic', 'one') });
  repo.git(...NO_HOOKS, 'checkout', '--quiet', 'main');
  repo.commitQuietly({ 'src/a.ts': lines('one', 'main') });
  return repo;
};

const COMMIT_OF_TOPIC = '$(git commit-tree -p main -m m topic^{tree})';
const MESSAGE = 'prepare-commit-msg';
const REF = 'reference-transaction';

/** What git does, and the gates of ours that it passes on its way. */
const OPERATIONS: [string, string, string[]][] = [
  [
    'commit',
    'echo mine >>src/a.ts; git commit -qam mine',
    ['pre-commit', MESSAGE, 'commit-msg', REF],
  ],
  ['commit --no-verify', 'echo mine >>src/a.ts; git commit -nqam mine', [MESSAGE, REF]],
  ['a clean merge', 'git merge -q --no-edit topic', ['pre-merge-commit', MESSAGE, REF]],
  ['a fast-forward', `git merge -q --ff-only ${COMMIT_OF_TOPIC}`, [REF]],
  ['cherry-pick', 'git cherry-pick topic', [MESSAGE, REF]],
  ['revert', 'git revert --no-edit HEAD', [MESSAGE, REF]],
  ['rebase', 'git rebase -q main topic', [REF, MESSAGE]],
  [
    'am',
    'git format-patch -qo ../patches main..topic; git am -q --3way ../patches/*',
    ['applypatch-msg', 'pre-applypatch', REF],
  ],
  ['update-ref', `git update-ref refs/heads/main ${COMMIT_OF_TOPIC}`, [REF]],
];

test.each(OPERATIONS)('git passes gates of ours at %s', (_, script, gates) => {
  const repo = makeBranches();
  const trace = traceGit(repo);

  const ended = runShell(repo, script, { env: trace.env });

  expect(ended.code, ended.stderr).toBe(0);
  expect(trace.listHooks()).toEqual(expect.arrayContaining(gates));
});

test.each(OPERATIONS)(
  'the last gate stops by itself what the others would have let by: %s',
  (_, script) => {
    const repo = makeBranches();
    claim(repo, 'codex', 'src/', '--task', 'port');
    for (const name of [
      'pre-commit',
      'pre-merge-commit',
      MESSAGE,
      'commit-msg',
      'applypatch-msg',
      'pre-applypatch',
    ]) {
      rmSync(repo.path('.git/hooks', name));
    }
    const tips = repo.git('for-each-ref', 'refs/heads');

    const ended = runShell(repo, script);

    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain('codex holds it');
    expect(repo.git('for-each-ref', 'refs/heads')).toBe(tips);
  },
);

test('starts node for no ref of a fetch, however many there are, and stops none, whatever is held or cannot be read', () => {
  const repo = makeBranches();
  claim(repo, 'codex', 'src/');
  writeLock(repo, 'broken.lock', { files: 7 });
  const remote = addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'topic');
  const theirs = ['-C', remote, '-c', 'user.name=Ann', '-c', 'user.email=ann@example.com'];
  const fresh = repo.git(...theirs, 'commit-tree', '-p', 'topic', '-m', 'theirs', 'topic^{tree}');
  const updates = Array.from({ length: 300 }, (_, at) => `create refs/heads/b${at} ${fresh}\n`);
  const made = repo.tryGit(['-C', remote, 'update-ref', '--stdin'], { input: updates.join('') });
  expect(made.code).toBe(0);
  const list = countStarts(repo);

  const fetched = repo.tryGit(['fetch', '--quiet', 'origin']);

  expect(fetched).toMatchObject({ code: 0, stderr: '' });
  expect(repo.git('for-each-ref', 'refs/remotes').split('\n').length).toBeGreaterThan(300);
  expect(list()).toEqual([]);
});
