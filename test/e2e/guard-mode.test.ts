import { rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  addRemote,
  type Ended,
  locksDirectory,
  makeGuardedRepo,
  NO_HOOKS,
  type Repo,
} from '../make-repo.ts';
import { claim } from '../past.ts';
import { runShell } from '../shell.ts';

/** `topic` and `main` have each changed `src/a.ts`, each at its own end; main is at the remote. */
const makeBranches = (guard: object): Repo => {
  const lines = (first: string, last: string) => `${first}\n${'line\n'.repeat(30)}${last}\n`;
  const repo = makeGuardedRepo({ 'src/a.ts': lines('one', 'one') }, { guard });
  repo.leasehold(['init']);
  addRemote(repo);
  repo.git(...NO_HOOKS, 'checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'src/a.ts': lines('topic', 'one') });
  repo.git(...NO_HOOKS, 'checkout', '--quiet', 'main');
  repo.commitQuietly({ 'src/a.ts': lines('one', 'main') });
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  return repo;
};

/** Whatever makes a commit or carries one on, by its gate. */
const ACTS: [string, string][] = [
  ['pre-commit', 'echo mine >>src/a.ts && git commit -qam mine'],
  ['an amend', 'git commit -q --amend -m mine'],
  ['the hooks of messages', 'echo mine >>src/a.ts && git commit -nqam mine'],
  ['pre-merge-commit', 'git merge -q --no-edit topic'],
  ['a cherry-pick', 'git cherry-pick topic'],
  ['am', 'git format-patch -qo ../patches main..topic && git am -q --3way ../patches/*'],
  [
    'pre-push',
    'echo mine >>src/a.ts && git -c core.hooksPath=/dev/null commit -qam mine && git push -q origin main',
  ],
];

const STRICT: [string, string][] = [
  ['update-ref', 'git update-ref refs/heads/main $(git commit-tree -p main -m m topic^{tree})'],
];

const act = (repo: Repo, script: string): Ended => runShell(repo, script);

test.each([...ACTS, ...STRICT])(
  'lets what is held pass with a warning where it is to warn: %s',
  (_, script) => {
    const repo = makeBranches({ mode: 'warn', strict: true });
    claim(repo, 'codex', 'src/');

    const ended = act(repo, script);

    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain('warning codex holds it');
  },
);

test.each([...ACTS, ...STRICT])(
  'lets pass with a warning what it cannot decide where it is to warn: %s',
  (_, script) => {
    const repo = makeBranches({ mode: 'warn', strict: true });
    rmSync(locksDirectory(repo), { recursive: true, force: true });
    writeFileSync(locksDirectory(repo), 'in the way\n');

    const ended = act(repo, script);

    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain('leasehold could not decide');
  },
);

test.each([...ACTS, ...STRICT])('is silent where it is off: %s', (_, script) => {
  const repo = makeBranches({ mode: 'off', strict: true });
  claim(repo, 'codex', 'src/');

  const ended = act(repo, script);

  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stderr).not.toContain('leasehold');
});

test.each([
  ['off', 'guard.mode is off: nothing is enforced'],
  ['warn', 'guard.mode is warn: what would be refused is let through'],
])('says that it is %s to whoever asks: nobody is to take that for a yes', (mode, said) => {
  const repo = makeGuardedRepo({}, { guard: { mode } });
  claim(repo, 'codex', 'README.md');
  const ask = (...words: string[]) => repo.leasehold(['check', '--paths', 'README.md', ...words]);

  const [text, github] = [ask(), ask('--format', 'github')];

  expect([text.code, github.code]).toEqual([0, 0]);
  expect(text.stdout.trimEnd().split('\n').at(-1)).toBe(said);
  expect(github.stdout).toContain(`::notice title=leasehold::${said}\n`);
});
