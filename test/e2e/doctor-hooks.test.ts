import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HOOK_NAMES } from '../../src/cli/hooks-place.ts';
import { VERSION } from '../../src/kit/version.ts';
import { findManager, snapshot, writeHook } from '../hook-managers.ts';
import { copiesOf, type Ended, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { pasteNext, runShell } from '../shell.ts';

const SCRIPT = '.git/leasehold/hook.sh';

/** What is ill, and the command that each finding gives. */
const listIll = (repo: Repo): { message: string; remedy: string }[] =>
  repo
    .json(['doctor'])
    .body.checks.filter(({ ok }: { ok: boolean }) => !ok)
    .map(({ message, remedy }: { message: string; remedy: string }) => ({ message, remedy }));

const commitHeld = (repo: Repo): Ended => {
  repo.write('README.md', `${Math.random()}\n`);
  const commit = repo.tryGit(['commit', '-am', 'mine']);
  return commit;
};

type Case = {
  what: string;
  spoil: (repo: Repo) => void;
  says: RegExp;
  remedy: string;
  /** What mends it; `doctor --fix` unless it is not ours to do. */
  isFixable: boolean;
};

const HOOK = '.git/hooks/pre-commit';

const CASES: Case[] = [
  {
    what: 'hooks that were never installed',
    spoil: (repo) => {
      for (const name of HOOK_NAMES) rmSync(repo.path('.git/hooks', name));
      rmSync(repo.path('.git/leasehold'), { recursive: true });
    },
    says: /pre-commit is not there/,
    remedy: 'leasehold init',
    isFixable: true,
  },
  {
    what: 'one hook that is gone',
    spoil: (repo) => rmSync(repo.path(HOOK)),
    says: /pre-commit is not there/,
    remedy: 'leasehold init',
    isFixable: true,
  },
  {
    what: 'a hook that lost its exec bit',
    spoil: (repo) => chmodSync(repo.path(HOOK), 0o644),
    says: /pre-commit is not executable/,
    remedy: 'leasehold init',
    isFixable: true,
  },
  {
    what: 'a hook that another tool put over ours',
    spoil: (repo) => writeHook(repo, HOOK, '#!/bin/sh\nexit 0\n'),
    says: /pre-commit is not leasehold's$/,
    remedy: 'leasehold init',
    isFixable: true,
  },
  {
    what: 'a hook that lefthook put over ours',
    spoil: (repo) => findManager('lefthook').install(repo),
    says: /pre-commit is not leasehold's: lefthook has put its own there/,
    remedy: 'leasehold init',
    isFixable: true,
  },
  {
    what: 'a hook that is older than the command',
    spoil: (repo) => appendFileSync(repo.path(HOOK), '# of an earlier version\n'),
    says: /pre-commit is of another version of leasehold/,
    remedy: 'leasehold init',
    isFixable: true,
  },
  {
    what: 'an installation that is older than the command',
    spoil: (repo) => {
      const text = repo.read(SCRIPT);
      repo.write(SCRIPT, text.replaceAll(`bin/${VERSION}`, 'bin/0.0.9'));
    },
    says: /hooks start leasehold 0\.0\.9, and not as this one/,
    remedy: 'leasehold init',
    isFixable: true,
  },
  {
    what: 'what hooks start, spoiled or gone',
    spoil: (repo) => {
      rmSync(repo.path('.git/leasehold/bin', VERSION, 'guard.cjs'));
      writeFileSync(repo.path('.git/leasehold/bin', VERSION, 'config.cjs'), '');
    },
    says: /what hooks start is gone or changed: config\.cjs, guard\.cjs/,
    remedy: 'leasehold init',
    isFixable: true,
  },
  {
    what: 'a node that is gone, which only a shell’s PATH would replace',
    spoil: (repo) => {
      const text = repo.read(SCRIPT);
      repo.write(
        SCRIPT,
        text.replace(/^leasehold_node=.*$/m, "leasehold_node='/gone/it'\\''s/node'"),
      );
    },
    says: /the node that hooks start is gone \(\/gone\/it's\/node\).* \(a GUI\) may not have/,
    remedy: 'leasehold init',
    isFixable: true,
  },
  {
    what: 'a local core.hooksPath that leads past ours',
    spoil: (repo) => repo.git('config', 'core.hooksPath', join(repo.root, 'elsewhere')),
    says: /core\.hooksPath \(local\) leads git to .*elsewhere, past leasehold's hooks in .*\.git\/hooks/,
    remedy: 'leasehold init',
    isFixable: true,
  },
  {
    what: 'a global core.hooksPath that leads past ours',
    spoil: (repo) => repo.git('config', '--global', 'core.hooksPath', join(repo.root, 'all')),
    says: /core\.hooksPath \(global\) leads git to .*all, past leasehold's hooks/,
    remedy: 'leasehold init --global-hooks',
    isFixable: false,
  },
  {
    what: 'an empty core.hooksPath',
    spoil: (repo) => repo.git('config', 'core.hooksPath', ''),
    says: /core\.hooksPath \(local\) is empty: git runs no hook here/,
    remedy: 'git config --local --unset-all core.hooksPath && leasehold init',
    isFixable: false,
  },
  {
    what: 'husky’s directory missing in this worktree',
    spoil: (repo) => {
      repo.git('config', 'core.hooksPath', '.husky/_');
      repo.leasehold(['init']);
      rmSync(repo.path('.husky'), { recursive: true });
    },
    says: /\.husky\/_, where core\.hooksPath leads, is not there in this worktree, so git runs no hook; husky makes it/,
    remedy: 'leasehold init',
    isFixable: true,
  },
];

/** codex holds README.md. */
const makeHeld = copiesOf(() => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'README.md'], { holder: 'codex' });
  return repo;
});

describe.each(CASES)('doctor finds $what', ({ spoil, says, remedy, isFixable }) => {
  const spoilt = (): Repo => {
    const repo = makeHeld();
    spoil(repo);
    return repo;
  };

  test('and says the one command, which mends it', () => {
    const repo = spoilt();

    const doctor = repo.leasehold(['doctor']);
    const ill = listIll(repo);
    const pasted = runShell(repo, remedy);
    const commit = commitHeld(repo);

    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain(`next: ${remedy}\n`);
    expect(ill).toContainEqual({ message: expect.stringMatching(says), remedy });
    expect(new Set(ill.map((finding) => finding.remedy))).toEqual(new Set([remedy]));
    expect(pasted.code).toBe(0);
    expect(listIll(repo)).toEqual([]);
    // The case without any lock left has nothing that could be held.
    if (existsSync(repo.path('.git/leasehold/locks'))) {
      expect(commit.stderr).toContain('codex holds it');
    }
  });

  test(`and --fix ${isFixable ? 'does it' : 'leaves it, and says so'}`, () => {
    const repo = spoilt();

    const fixed = repo.leasehold(['doctor', '--fix']);

    expect(fixed.code).toBe(isFixable ? 0 : 1);
    if (!isFixable) expect(fixed.stderr).toMatch(/not mended: core\.hooksPath/);
    expect(listIll(repo).length === 0).toBe(isFixable);
  });
});

test('--fix touches nothing of others: neither what a link leads to, nor a hook, nor a shared directory', () => {
  const repo = makeGuardedRepo();
  const theirs = '#!/bin/sh\nexit 0\n';
  writeHook(repo, 'tools/check', theirs, 0o644);
  mkdirSync(join(repo.root, 'all'));
  rmSync(repo.path(HOOK));
  symlinkSync('../../tools/check', repo.path(HOOK));
  writeHook(repo, '.git/hooks/pre-push', theirs);
  writeHook(repo, '.git/hooks/post-commit', theirs, 0o644);
  const untouched = () => [
    snapshot(repo.path('tools')),
    snapshot(repo.path('.git/hooks/post-commit')),
    snapshot(join(repo.root, 'all')),
  ];
  const before = untouched();
  repo.leasehold(['doctor', '--fix']);
  repo.git('config', '--global', 'core.hooksPath', join(repo.root, 'all'));
  repo.leasehold(['doctor', '--fix']);
  repo.git('config', '--global', '--unset', 'core.hooksPath');

  expect(untouched()).toEqual(before);
  expect(repo.read('.git/hooks/before-leasehold/pre-push')).toBe(theirs);
  expect(snapshot(repo.path('.git/hooks/before-leasehold/pre-commit'))).toBe(
    '-> ../../../tools/check',
  );
});

test('names whatever is of the wrong kind by a command that mends it, pasted as it is', () => {
  const repo = makeHeld();
  const turn = (path: string, kind: 'directory' | 'file') => {
    rmSync(repo.path(path), { recursive: true });
    if (kind === 'file') repo.write(path, '');
    else mkdirSync(repo.path(path));
  };
  const turns = [
    ['.git/hooks/pre-push', 'directory'],
    ['.git/hooks', 'file'],
    [SCRIPT, 'directory'],
    ['.git/leasehold/bin', 'file'],
    [`.git/leasehold/bin/${VERSION}/guard.cjs`, 'directory'],
  ] as const;

  for (const [path, kind] of turns) {
    turn(path, kind);
    const [found] = listIll(repo);
    expect(runShell(repo, found?.remedy ?? 'false').code, path).toBe(0);
    expect(listIll(repo), path).toEqual([]);
  }
  writeFileSync(repo.path('.git/leasehold/clone.json'), '{');
  const settings = repo.leasehold(['doctor']);

  expect(settings.code).toBe(2);
  expect(pasteNext(repo, settings.stderr).code).toBe(0);
  expect(commitHeld(repo).stderr).toContain('codex holds it');
});

test('--fix goes on to the locks where the hooks are not its to mend', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'x'], { holder: 'codex' });
  writeFileSync(repo.path('.git/leasehold/locks/spoiled.lock'), '{');
  repo.git('config', '--global', 'core.hooksPath', join(repo.root, 'all'));

  const fixed = repo.leasehold(['doctor', '--fix']);

  expect(fixed.stderr).toContain('moved spoiled.lock to');
  expect(fixed.code).toBe(1);
});

test('takes a hook of the user’s, of husky’s or of lefthook’s that calls leasehold for one', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['init', '--uninstall']);
  const call = (name: string) => `npx leasehold hook ${name} "$@"`;
  const list = HOOK_NAMES.map((name) => `${name}:\n  jobs:\n    - run: ${call(name)}\n`);
  const write = {
    'lefthook.yml': () => repo.write('lefthook.yml', list.join('')),
    '.husky': () => {
      rmSync(repo.path('lefthook.yml'));
      findManager('husky').install(repo);
      for (const name of HOOK_NAMES) repo.write(`.husky/${name}`, `${call(name)}\n`);
    },
  };
  for (const [file, set] of Object.entries(write)) {
    set();
    const doctor = repo.leasehold(['doctor']);
    const status = repo.leasehold(['status']);

    expect(doctor.stdout).toMatch(new RegExp(`ok {3}pre-commit is called by .*${file}`));
    expect(doctor.code).toBe(0);
    expect(status.stderr).toBe('');
  }
});

test('cannot decide where its own files are gone, and says so', () => {
  const repo = makeGuardedRepo();
  const copy = join(repo.root, 'copy');
  runShell(repo, `cp -R "$(dirname "$(readlink -f "$(command -v leasehold)")")" '${copy}'`);
  rmSync(join(copy, 'hooks'), { recursive: true });

  const doctor = runShell(repo, `node '${join(copy, 'leasehold.cjs')}' doctor`);

  expect(doctor.code).toBe(2);
  expect(readFileSync(repo.path(HOOK), 'utf8')).toContain('leasehold-hook');
});
