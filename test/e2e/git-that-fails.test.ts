import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copiesOf, type Ended, makeGuardedRepo, NO_HOOKS, type Repo } from '../make-repo.ts';
import { claim, publish } from '../past.ts';
import { runShell } from '../shell.ts';

type Tried = Ended & { asked: string[] };

/** The git that fails in another's place, and where it has its own programs. */
const findGit = (repo: Repo): string[] =>
  runShell(repo, 'command -v git && git --exec-path').stdout.trim().split('\n');

/**
 * Runs git with hooks whose own git fails the `n`th time that it is started: git puts its directory first
 * on their PATH. Says also what was asked.
 */
const failAt = (repo: Repo, [real, core]: string[], n: number, script: string): Tried => {
  const bin = join(repo.root, 'broken-bin');
  mkdirSync(bin, { recursive: true });
  const count = join(bin, 'count');
  writeFileSync(count, '');
  // By the shell alone: it stands before a thousand gits.
  const text = `#!/bin/sh
end='
'
printf '%s\\n' "\${*%%"$end"*}" >>${count}
asked=0
while read -r _; do asked=$((asked + 1)); done <${count}
[ $asked -ne ${n} ] || exit 128
GIT_EXEC_PATH=${core} exec ${real} "$@"
`;
  writeFileSync(join(bin, 'git'), text, { mode: 0o755 });
  const ended = runShell(repo, script, { env: { GIT_EXEC_PATH: bin } });
  return { ...ended, asked: readFileSync(count, 'utf8').split('\n').filter(Boolean) };
};

/** Somebody's change of what codex holds is staged, in a repository whose policy is strict. */
const makeUnseen = copiesOf((guard: object = {}): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' }, { guard: { strict: true, ...guard } });
  // The first commit is judged by nothing, an amend of it too.
  repo.commitQuietly({ 'README.md': 'two\n' });
  publish(repo);
  repo.leasehold(['init']);
  claim(repo, 'codex', 'src/');
  repo.write('src/a.ts', 'two\n');
  repo.git('add', '--all');
  return repo;
});

/** The same where nobody holds anything, and the path may be changed only under a lock. */
const makeUnclaimed = copiesOf((): Repo => {
  const repo = makeUnseen({ requireLock: ['src/'] });
  repo.leasehold(['release', '--all'], { holder: 'codex' });
  return repo;
});

/** As long as there is a git to fail, none of the runs may come to an end as if nothing were held. */
const expectNoWayThrough = (repo: Repo, script: string): void => {
  const passed: string[] = [];
  const git = findGit(repo);
  for (let n = 1; n < 40; n += 1) {
    const { code, stderr, asked } = failAt(repo, git, n, script);
    if (asked.length < n) break;
    // git may well know no committer: whoever commits is unknown then, and others judge the same.
    if (asked[n - 1] === 'var GIT_COMMITTER_IDENT') continue;
    const isTold = /leasehold could not decide|codex holds it|lock\/required/.test(stderr);
    if (code === 0 || !isTold) passed.push(`${n}: ${asked[n - 1]}: ${stderr}`);
  }
  expect(passed).toEqual([]);
};

const ALL_IN_TIME = { timeout: 120_000 };

const MAKERS = [
  ['a path that is held', makeUnseen],
  ['a path that wants a lock', makeUnclaimed],
] as const;

const PUSHES = [
  ['a branch that the remote has', makeUnseen, 'git push -q ../origin.git main'],
  ['a branch by the name of its remote', makeUnseen, 'git push -q --dry-run origin main'],
  ['a new branch', makeUnseen, 'git push -q ../origin.git main:fresh'],
  ['a new branch with what wants a lock', makeUnclaimed, 'git push -q ../origin.git main:fresh'],
] as const;

test.each(PUSHES)(
  'lets no push through while a git inside its hook fails, whichever: %s',
  ALL_IN_TIME,
  (_, make, script) => {
    const repo = make();
    repo.git(...NO_HOOKS, 'commit', '--quiet', '-m', 'unseen');

    expectNoWayThrough(repo, script);
  },
);

test.each(MAKERS)(
  'lets no branch be moved while a git inside the hook fails, whichever: %s',
  ALL_IN_TIME,
  (_, make) => {
    const repo = make();
    const commit = repo.git('commit-tree', '-p', 'main', '-m', 'unseen', repo.git('write-tree'));

    expectNoWayThrough(repo, `git update-ref refs/heads/main ${commit}`);
  },
);

test.each(MAKERS)(
  'lets no commit through while a git inside its hooks fails, whichever: %s',
  ALL_IN_TIME,
  (_, make) => {
    const repo = make();
    const before = repo.git('rev-parse', 'main');

    expectNoWayThrough(repo, 'git commit -qm mine');
    expectNoWayThrough(repo, 'git commit -nqm mine');
    expectNoWayThrough(repo, 'git commit -q --amend -m mine');

    expect(repo.git('rev-parse', 'main')).toBe(before);
  },
);
