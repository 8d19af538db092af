import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HOOK_NAMES } from '../../src/cli/hooks-place.ts';
import { runHookFile, snapshot, writeHook } from '../hook-managers.ts';
import { addRemote, makeRepo, type Repo, startLeasehold } from '../make-repo.ts';
import { nextOf, pasteNext, runShell } from '../shell.ts';

/** A repository where codex holds README.md, to be refused on. */
const holdReadme = (repo: Repo): void => {
  repo.commitQuietly({ 'README.md': 'read me\n' });
  expect(repo.leasehold(['claim', 'README.md'], { holder: 'codex' }).code).toBe(0);
  repo.write('README.md', 'changed\n');
};

const TELL = '#!/bin/sh\necho "before: $0 [$*] $PWD"\n';

test('runs the hook that was there first, by the same name, in the same place', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', TELL);
  repo.leasehold(['init']);
  repo.write('a', 'a');
  repo.git('add', 'a');

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit.code).toBe(0);
  expect(commit.stderr).toContain(`before: .git/hooks/pre-commit [] ${repo.top}`);
});

test('shows both results where the guard refuses and the hook that was there fails too', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\necho "lint failed" >&2\nexit 7\n');
  repo.leasehold(['init']);
  holdReadme(repo);

  const hook = repo.tryGit(['hook', 'run', 'pre-commit']);
  const commit = repo.tryGit(['commit', '-am', 'mine']);

  expect(hook.code).toBe(7);
  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('lint failed');
  expect(commit.stderr).toContain('codex holds it');
});

test('keeps the exit code of the hook that was there where the guard has nothing to say', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\nexit 7\n');
  repo.leasehold(['init']);
  repo.commitQuietly({ a: 'a' });

  expect(repo.tryGit(['hook', 'run', 'pre-commit']).code).toBe(7);
});

test('judges what the hook that was there has put into the index', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\ngit add README.md\n');
  repo.leasehold(['init']);
  holdReadme(repo);
  repo.write('other', 'x');
  repo.git('add', 'other');

  expect(repo.tryGit(['commit', '-m', 'mine']).stderr).toContain('codex holds it');
});

test('feeds a pre-push hook that was there its arguments and its standard input', () => {
  const repo = makeRepo();
  addRemote(repo);
  writeHook(repo, '.git/hooks/pre-push', '#!/bin/sh\necho "[$*]"; sed "s/^/fed: /"\n');
  repo.leasehold(['init']);
  repo.commitQuietly({ a: 'a' });

  const push = repo.tryGit(['push', 'origin', 'main']);

  expect(push.code).toBe(0);
  expect(push.stderr + push.stdout).toContain(`[origin ${join(repo.root, 'origin.git')}]`);
  expect(push.stderr + push.stdout).toMatch(
    /fed: refs\/heads\/main [0-9a-f]{40} refs\/heads\/main 0{40}/,
  );
});

test('starts a hook that is no shell script by its own last name', () => {
  const repo = makeRepo();
  const script = `#!${process.execPath}\nconsole.log('node: ' + require('path').basename(process.argv[1]))\n`;
  writeHook(repo, '.git/hooks/pre-commit', script);
  repo.leasehold(['init']);
  repo.write('a', 'a');
  repo.git('add', 'a');

  expect(repo.tryGit(['commit', '-m', 'mine']).stderr).toContain('node: pre-commit');
});

test('goes on ignoring a hook that has no exec bit, as git does', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\nexit 7\n', 0o644);
  repo.leasehold(['init']);
  repo.write('a', 'a');
  repo.git('add', 'a');

  expect(repo.tryGit(['commit', '-m', 'mine']).code).toBe(0);
});

test('leaves the target of a link at the hook’s place untouched, and runs it', () => {
  const repo = makeRepo();
  writeHook(repo, 'tools/check', TELL);
  mkdirSync(repo.path('.git/hooks'), { recursive: true });
  symlinkSync('../../tools/check', repo.path('.git/hooks/pre-commit'));
  repo.leasehold(['init']);
  repo.git('add', 'tools');

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(repo.read('tools/check')).toBe(TELL);
  expect(commit.stderr).toContain('before: .git/hooks/pre-commit');
});

test('is safe to run again: nothing is chained twice', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', TELL);
  repo.leasehold(['init']);

  const again = repo.leasehold(['init']);
  repo.write('a', 'a');
  repo.git('add', 'a');

  expect(again.stdout).toContain('pre-commit: unchanged');
  expect(repo.tryGit(['commit', '-m', 'mine']).stderr.match(/before:/g)).toHaveLength(1);
});

test('keeps both where another tool put its hook over ours after the first init', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\necho first\n');
  repo.leasehold(['init']);
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\necho second\n');
  repo.leasehold(['init']);

  expect(repo.read('.git/hooks/before-leasehold/pre-commit')).toContain('second');
  expect(repo.read('.git/hooks/before-leasehold/pre-commit.1')).toContain('first');
});

test('follows simple-git-hooks: what its config has no more does not run, and nothing is kept twice', () => {
  const repo = makeRepo();
  const place = repo.path('.git/hooks');
  const write = (name: string, command: string) =>
    writeHook(
      repo,
      `.git/hooks/${name}`,
      `#!/bin/sh\n\nif [ "$SKIP_SIMPLE_GIT_HOOKS" = "1" ]; then\n    exit 0\nfi\n\n${command}`,
    );
  write('pre-commit', 'echo first');
  write('pre-push', 'echo pushes');
  repo.leasehold(['init']);
  // It writes what its config has, and removes every other hook.
  for (const name of HOOK_NAMES) rmSync(join(place, name));
  write('pre-commit', 'echo second');
  repo.leasehold(['init', '--quiet']);
  const kept = readdirSync(join(place, 'before-leasehold'));
  repo.leasehold(['init', '--uninstall']);

  expect(kept).toEqual(['pre-commit']);
  expect(HOOK_NAMES.filter((name) => existsSync(join(place, name)))).toEqual(['pre-commit']);
  expect(repo.read('.git/hooks/pre-commit')).toContain('echo second');
});

describe('a hook of ours that somebody has added to', () => {
  const HOOK = '.git/hooks/pre-commit';
  const commitIn = (repo: Repo) => {
    repo.write('a', `${Math.random()}`);
    repo.git('add', 'a');
    // A hook that started itself for ever would go on when the test is over.
    return runShell(repo, 'timeout -k 1 15 git commit -m mine');
  };

  test.each<[string, (ours: string) => string]>([
    ['on top', (ours) => ours.replace('\n', '\n# one\n# two\n# three\necho "mine: $0"\n')],
    ['below', (ours) => `${ours}echo "mine: $0"`],
  ])(
    '%s: it runs first from the next init on, once, and stays when leasehold leaves',
    (_, edit) => {
      const repo = makeRepo();
      repo.leasehold(['init']);
      writeHook(repo, HOOK, edit(repo.read(HOOK)));
      const doctor = repo.leasehold(['doctor']);
      const init = repo.leasehold(['init']);
      // A script that adds its line to a hook that lacks it does so at each installation.
      writeHook(repo, HOOK, edit(repo.read(HOOK)));
      repo.leasehold(['init', '--quiet']);
      const kept = readdirSync(repo.path('.git/hooks/before-leasehold'));
      const commit = commitIn(repo);
      repo.leasehold(['init', '--uninstall']);

      expect(doctor.stdout).toMatch(/pre-commit has been edited .*\n {5}next: leasehold init\n/);
      expect(kept).toEqual(['pre-commit']);
      expect(init.stdout).toContain('updated; what had been added to it runs first, kept as');
      expect(commit.code).toBe(0);
      expect(commit.stderr.match(/mine: \.git\/hooks\/pre-commit/g)).toHaveLength(1);
      expect(repo.read(HOOK)).toMatch(/^#!\/bin\/sh\n(# .*\n)*echo "mine: \$0"\n$/);
    },
  );

  test('is left with what they have added where leasehold leaves without another init', () => {
    const repo = makeRepo();
    repo.leasehold(['init']);
    writeHook(repo, HOOK, `${repo.read(HOOK)}echo mine\n`, 0o751);

    const ended = repo.leasehold(['init', '--uninstall']);

    expect(ended.stdout).toContain('pre-commit: taken out; what had been added to it stays\n');
    expect(snapshot(repo.path(HOOK))).toEqual({ mode: 0o751, text: '#!/bin/sh\necho mine\n' });
  });

  test('beside one that was there first, or inside: it is kept, and named whenever it stops to run', () => {
    const repo = makeRepo();
    writeHook(repo, HOOK, TELL);
    repo.leasehold(['init']);
    writeHook(repo, HOOK, `${repo.read(HOOK)}echo mine\n`);
    writeHook(
      repo,
      '.git/hooks/pre-push',
      repo.read('.git/hooks/pre-push').replace(/^name=/m, 'n='),
    );
    const edited = [repo.read(HOOK), repo.read('.git/hooks/pre-push')];
    const init = repo.leasehold(['init', '--quiet']);
    for (const _ of ['again', 'and again']) {
      writeHook(repo, HOOK, edited[0] ?? '');
      repo.leasehold(['init', '--quiet']);
    }
    writeHook(repo, '.git/hooks/pre-push', edited[1] ?? '');
    const ended = repo.leasehold(['init', '--uninstall']);
    const kept = ['pre-commit.edited', 'pre-push.edited'].map((name) =>
      repo.path('.git/hooks/before-leasehold', name),
    );

    expect(
      init.stdout.match(/it had been edited, and runs no more as it was: .*edited$/gm),
    ).toHaveLength(2);
    for (const path of kept) expect(ended.stdout).toContain(path);
    expect(kept.map((path) => readFileSync(path, 'utf8'))).toEqual(edited);
    expect(repo.read(HOOK)).toBe(TELL);
  });
});

const REPORT = 'echo "$0 [$*] $# $PWD"; cat | od -c; exit 7\n';

/** More deletions than a pipe holds: nothing that a gate would have to judge. */
const MANY = `(delete) ${'0'.repeat(40)} refs/heads/gone ${'1'.repeat(40)}\n`.repeat(2_000);

/** First lines that make a script one of the same shell's, and `sh` where there is none. */
const FIRST_LINES = [
  '#!/bin/sh\n',
  '#!/bin/sh -e\n',
  '#! /bin/sh\n',
  '#!/usr/bin/env sh\n',
  '#!/bin/bash\n',
  '#!/usr/bin/env bash\n',
  '#!/bin/bash -eu\n',
  '#!/usr/bin/env -S bash -e\n',
  '# no first line of a script\n',
];

const ARGS = ['origin', 'two words', '*', "it's"];
const INPUT = 'refs/heads/a 1 refs/heads/a 0\n\nlast line, without an end\n\n';

/** What every hook of ours tells that is run as git does, by its name. */
const runEach = (repo: Repo, args: string[], input: string) =>
  Object.fromEntries(
    HOOK_NAMES.map((name) => [name, runHookFile(repo, `.git/hooks/${name}`, args, input)]),
  );

/** A repository that has all of our hooks already, of somebody else's. */
const makeWithHooks = (text: string, mode?: number): Repo => {
  const repo = makeRepo();
  for (const name of HOOK_NAMES) writeHook(repo, `.git/hooks/${name}`, text, mode);
  return repo;
};

describe('a hook of each name that was there', () => {
  test.each(FIRST_LINES)('has its name, arguments, input, place and exit code (%j)', (line) => {
    const repo = makeWithHooks(line + REPORT);
    const before = runEach(repo, ARGS, INPUT);
    repo.leasehold(['init']);

    const after = runEach(repo, ARGS, INPUT);

    for (const { code, stdout } of Object.values(before)) {
      expect(code).toBe(7);
      expect(stdout).toContain('two words');
    }
    expect(after).toEqual(before);
  });

  test('is fed what has no last newline, nothing, and more than a pipe holds, all as it is', () => {
    const repo = makeWithHooks('#!/bin/sh\ncksum\nexit 3\n');
    const inputs = ['a b c d', '', MANY];
    const before = inputs.map((input) => runEach(repo, ['origin'], input));
    repo.leasehold(['init']);

    const after = inputs.map((input) => runEach(repo, ['origin'], input));

    expect(after).toEqual(before);
  });

  test('is left in peace where it does not read its input', () => {
    const repo = makeWithHooks('#!/bin/sh\nexit 5\n');
    repo.leasehold(['init']);

    const codes = Object.values(runEach(repo, ['origin'], MANY)).map(({ code }) => code);

    expect(codes).toEqual(HOOK_NAMES.map(() => 5));
  });

  test('goes on being ignored without its exec bit', () => {
    const repo = makeWithHooks('#!/bin/sh\nexit 9\n', 0o644);
    repo.commitQuietly({ 'leasehold.config.json': '{"guard":{"mode":"off"}}' });
    repo.leasehold(['init']);

    const codes = Object.values(runEach(repo, [], '')).map(({ code }) => code);

    expect(codes).not.toContain(9);
  });

  test('is started by its name where it is no script', () => {
    const program = `#!${process.execPath}\nconsole.log(require('path').basename(process.argv[1]), process.argv.slice(2)); process.exit(9)\n`;
    const repo = makeWithHooks(program);
    repo.commitQuietly({ 'leasehold.config.json': '{"guard":{"mode":"off"}}' });
    repo.leasehold(['init']);

    const started = runEach(repo, ['two words'], '');

    for (const name of HOOK_NAMES) {
      expect(started[name]).toEqual({ code: 9, stdout: `${name} [ 'two words' ]\n` });
    }
  });
});

test.each([
  ['whose first line ends the options of its shell', '#!/bin/sh -\necho ran\n'],
  [
    'that is a library to whoever reads it',
    '#!/bin/bash\n[[ $BASH_SOURCE == "$0" ]] && echo ran\n',
  ],
])('runs a hook %s', (_, text) => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', text);
  const before = repo.tryGit(['commit', '--allow-empty', '-m', 'before']);
  repo.leasehold(['init']);

  const after = repo.tryGit(['commit', '--allow-empty', '-m', 'after']);

  expect(before).toMatchObject({ code: 0, stderr: 'ran\n' });
  expect(after).toMatchObject({ code: 0, stderr: 'ran\n' });
});

test('lets a hook that is a link find what lies beside the file that it leads to', () => {
  const repo = makeRepo();
  writeHook(repo, 'tools/hook', '#!/bin/sh\n. "$(dirname "$(readlink -f "$0")")/words"\n');
  repo.write('tools/words', 'echo ran\n');
  symlinkSync('../../tools/hook', repo.path('.git/hooks/pre-commit'));
  repo.leasehold(['init']);

  const commit = repo.tryGit(['commit', '--allow-empty', '-m', 'mine']);

  expect(commit).toMatchObject({ code: 0, stderr: 'ran\n' });
});

test('cannot decide a push whose refs it cannot read, and has a word for it', () => {
  const repo = makeRepo();
  addRemote(repo);
  repo.leasehold(['init']);
  repo.commitQuietly({ a: 'a' });
  const git = runShell(repo, 'command -v git').stdout.trim();

  const refs = 'HEAD HEAD:refs/heads/other';
  const push = runShell(repo, `PATH=/nonexistent ${git} push --quiet origin ${refs}`);
  const one = runShell(repo, `PATH=/nonexistent ${git} push --quiet --dry-run origin HEAD`);
  const whole = repo.tryGit(['push', '--quiet', 'origin', ...refs.split(' ')]);

  expect(push.code).toBe(1);
  expect(push.stderr).toContain('could not decide: what git says of the refs could not be read');
  // A line by itself needs no other program.
  expect(one).toMatchObject({ code: 0, stderr: '' });
  expect(whole.code).toBe(0);
});

test('guards a repository that was moved', () => {
  const repo = makeRepo();
  repo.leasehold(['init']);
  holdReadme(repo);
  const moved = `${repo.top}-moved`;
  renameSync(repo.top, moved);

  const commit = repo.tryGit(['commit', '-am', 'mine'], { cwd: moved });

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('codex holds it');
});

test('changes nothing that the user exports before a hook that was there has seen it', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\nenv | sort | grep -v "^_="\nexit 1\n');
  const names =
    'name file input line first second shell before common git_dir code words undecided';
  const script = `for n in ${names}; do export $n=theirs; done; export NODE_OPTIONS=--no-warnings; git hook run pre-commit`;
  const before = runShell(repo, script);
  repo.leasehold(['init']);

  expect(runShell(repo, script).stderr).toBe(before.stderr);
});

test('puts back every hook, byte for byte, with its mode and its time, and every link', () => {
  const repo = makeRepo();
  const modes = [0o755, 0o751, 0o644, 0o700];
  for (const [index, name] of HOOK_NAMES.entries()) {
    if (index % 3 === 2) symlinkSync(`./../../tools//${name}`, repo.path('.git/hooks', name));
    else writeHook(repo, `.git/hooks/${name}`, `#!/bin/sh\n${name}\n\0`, modes[index % 4]);
  }
  writeHook(repo, '.git/hooks/post-commit', TELL);
  const times = () => HOOK_NAMES.map((name) => lstatSync(repo.path('.git/hooks', name)).mtimeMs);
  const before = { hooks: snapshot(repo.path('.git')), times: times().filter((_, i) => i % 3 < 2) };
  repo.leasehold(['init']);
  repo.leasehold(['init']);
  repo.leasehold(['init', '--uninstall']);

  const after = snapshot(repo.path('.git')) as Record<string, unknown>;

  expect(Object.keys(after.leasehold as object)).toEqual(['clone.json']);
  expect({ ...after, leasehold: undefined }).toEqual({ ...(before.hooks as object) });
  expect(times().filter((_, i) => i % 3 < 2)).toEqual(before.times);
});

test('puts back what was there, byte for byte, when it is taken out', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', TELL, 0o751);
  symlinkSync('../../tools/check', repo.path('.git/hooks/pre-push'));
  repo.leasehold(['init']);

  const ended = repo.leasehold(['init', '--uninstall']);

  expect(ended.code).toBe(0);
  expect(repo.read('.git/hooks/pre-commit')).toBe(TELL);
  expect(statSync(repo.path('.git/hooks/pre-commit')).mode & 0o777).toBe(0o751);
  expect(readlinkSync(repo.path('.git/hooks/pre-push'))).toBe('../../tools/check');
  expect(existsSync(repo.path('.git/hooks/before-leasehold'))).toBe(false);
});

test('takes nothing out that is not ours', () => {
  const repo = makeRepo();
  repo.leasehold(['init']);
  writeHook(repo, '.git/hooks/pre-commit', TELL);

  expect(repo.leasehold(['init', '--uninstall']).stdout).toContain(
    'pre-commit: left: it is not ours',
  );
  expect(repo.read('.git/hooks/pre-commit')).toBe(TELL);
});

test.each(['hooks', 'absolute'])('installs where a local core.hooksPath says (%s)', (kind) => {
  const repo = makeRepo();
  const directory = kind === 'absolute' ? join(repo.root, 'my hooks') : 'hooks';
  repo.git('config', 'core.hooksPath', directory);
  repo.leasehold(['init']);
  holdReadme(repo);

  expect(repo.tryGit(['commit', '-am', 'mine']).stderr).toContain('codex holds it');
  expect(existsSync(repo.path('.git/hooks/pre-commit'))).toBe(false);
});

test('refuses to change the hooks of all repositories unless told to', () => {
  const repo = makeRepo();
  const shared = join(repo.root, 'shared hooks');
  repo.git('config', '--global', 'core.hooksPath', shared);

  const refused = repo.leasehold(['init']);
  const allowed = repo.leasehold(['init', '--global-hooks']);

  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('core.hooksPath is set for all your repositories');
  expect(nextOf(refused.stderr)).toBe('leasehold init --global-hooks');
  expect(allowed.code).toBe(0);
  expect(lstatSync(join(shared, 'pre-commit')).isFile()).toBe(true);
});

test('runs husky’s own scripts, which find their neighbours by their name', () => {
  const repo = makeRepo();
  repo.git('config', 'core.hooksPath', '.husky/_');
  // The shape of husky 9: a shared script that finds the user's hook by the name of the one that reads it.
  const shared =
    'n=$(basename "$0")\ns=$(dirname "$(dirname "$0")")/$n\n[ -f "$s" ] || exit 0\nsh -e "$s" "$@"\nexit $?\n';
  repo.write('.husky/_/h', shared);
  writeHook(repo, '.husky/_/pre-commit', '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n');
  repo.write('.husky/pre-commit', 'echo "husky ran"\n');
  repo.leasehold(['init']);
  holdReadme(repo);

  const commit = repo.tryGit(['commit', '-am', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('husky ran');
  expect(commit.stderr).toContain('codex holds it');
});

test('guards a linked worktree that lacks a relative hooks directory, and leaves the shared setting alone', () => {
  const repo = makeRepo();
  repo.git('config', 'core.hooksPath', '.husky/_');
  repo.write('.gitignore', '_\n');
  writeHook(repo, '.husky/_/pre-commit', TELL);
  repo.leasehold(['init']);
  holdReadme(repo);
  const tree = repo.addWorktree('tree');

  const warned = tree.leasehold(['claim', 'x']);
  const doctor = tree.leasehold(['doctor']);
  tree.leasehold(['init']);
  tree.write('README.md', 'changed\n');
  const commit = tree.tryGit(['commit', '-am', 'mine']);

  expect(warned.stderr).toContain('nothing enforces locks; run: leasehold init');
  expect(doctor.stdout).toMatch(
    /\.husky\/_, where core\.hooksPath leads, is not there in this worktree.*\n {5}next: leasehold init\n/,
  );
  expect(commit.stderr).toContain('codex holds it');
  expect(tree.git('status', '--porcelain')).toBe(' M README.md');
  expect(repo.git('config', 'core.hooksPath')).toBe('.husky/_');
  expect(tree.leasehold(['doctor']).code).toBe(0);
});

test('guards a linked worktree where core.hooksPath leads below .git, which is a file there, and leaves it', () => {
  const repo = makeRepo();
  repo.git('config', 'core.hooksPath', '.git/hooks');
  writeHook(repo, '.git/hooks/pre-commit', TELL);
  const before = [snapshot(repo.path('.git/hooks')), snapshot(repo.path('.git/config'))];
  repo.leasehold(['init']);
  holdReadme(repo);
  const tree = repo.addWorktree('tree');

  const doctor = tree.leasehold(['doctor']);
  const pasted = runShell(repo, 'leasehold init --quiet', { cwd: tree.top });
  const added = tree.leasehold(['worktree', 'add', 'agent', 'src/']);
  const commits = [tree.top, `${repo.top}-agent`].map((cwd) =>
    runShell(repo, 'echo 2 >README.md && git commit -am mine', { cwd }),
  );
  const taken = repo.leasehold(['init', '--uninstall']);

  expect(doctor.stdout).toMatch(/is not there in this worktree.*\n {5}next: leasehold init\n/);
  expect([pasted.code, added.code, taken.code]).toEqual([0, 0, 0]);
  for (const { stderr } of commits) expect(stderr).toContain('codex holds it');
  expect([snapshot(repo.path('.git/hooks')), snapshot(repo.path('.git/config'))]).toEqual(before);
});

test('leaves worktrees of a bare repository worktrees where one of them gets hooks of its own', () => {
  const repo = makeRepo();
  repo.commitQuietly({ 'README.md': 'read me\n' });
  const bare = join(repo.root, 'bare.git');
  repo.git('clone', '--quiet', '--bare', repo.top, bare);
  repo.git('-C', bare, 'config', 'core.hooksPath', '.husky/_');
  const listConfig = () => repo.git('-C', bare, 'config', '--local', '--list').split('\n').sort();
  const config = listConfig();
  const script = 'git worktree add --quiet -b a ../a && git worktree add --quiet -b b ../b';
  runShell(repo, script, { cwd: bare });
  const at = { cwd: join(repo.root, 'a') };
  const commit =
    'echo 2 >README.md && git -c user.name=A -c user.email=a@example.com commit -am mine';

  const set = runShell(repo, 'leasehold init && leasehold claim README.md', {
    ...at,
    holder: 'codex',
  });
  const refused = runShell(repo, commit, at);
  const other = runShell(repo, 'git status --porcelain && git -C ../bare.git log -1 --format=%s', {
    cwd: join(repo.root, 'b'),
  });
  runShell(repo, 'leasehold init --uninstall', { cwd: join(repo.root, 'b') });
  const free = runShell(repo, commit, at);

  expect(set.code).toBe(0);
  expect(refused.stderr).toContain('codex holds it');
  expect(other).toMatchObject({ code: 0, stdout: 'work\n', stderr: '' });
  expect(free.code).toBe(0);
  expect(listConfig()).toEqual(config);
  expect(existsSync(join(bare, 'config.worktree'))).toBe(false);
});

test('goes back to the hooks of all where the relative setting is gone', () => {
  const repo = makeRepo();
  repo.git('config', 'core.hooksPath', '.husky/_');
  holdReadme(repo);
  const tree = repo.addWorktree('tree');
  tree.leasehold(['init']);
  repo.git('config', '--unset', 'core.hooksPath');
  writeHook(repo, '.git/hooks/pre-commit', '#!/bin/sh\necho "shared by all"\n');

  tree.leasehold(['init']);
  tree.write('README.md', 'changed\n');
  const commit = tree.tryGit(['commit', '-am', 'mine']);

  expect(commit.stderr).toContain('shared by all');
  expect(commit.stderr).toContain('codex holds it');
  expect(tree.tryGit(['config', 'core.hooksPath']).code).toBe(1);
});

test('takes everything out of every worktree, and every setting that it made', () => {
  const repo = makeRepo();
  repo.git('config', 'core.hooksPath', '.husky/_');
  writeHook(repo, '.husky/_/pre-commit', TELL);
  repo.write('.husky/_/.gitignore', '*\n');
  holdReadme(repo);
  const before = [snapshot(repo.path('.git/config')), snapshot(repo.path('.husky'))];
  const [first, second] = [repo.addWorktree('first'), repo.addWorktree('second')];
  for (const tree of [repo, first]) tree.leasehold(['init']);
  // A worktree that had the directory before, and one that has been moved since.
  writeHook(second, '.husky/_/pre-commit', TELL);
  second.leasehold(['init']);
  repo.git('worktree', 'move', second.top, join(repo.root, 'moved'));

  for (const tree of [repo, first]) {
    tree.write('mine', 'mine');
    tree.git('add', 'mine');
    tree.git('commit', '--quiet', '--message', 'mine', 'mine');
  }
  const left = () => ['', 'worktrees/first'].flatMap((at) => readdirSync(repo.path('.git', at)));
  const stamps = left().filter((name) => name === 'leasehold-stamp');

  const ended = first.leasehold(['init', '--uninstall']);

  expect(ended.code).toBe(0);
  expect(stamps).toHaveLength(2);
  expect(left().filter((name) => name.startsWith('leasehold'))).toEqual(['leasehold']);
  expect([snapshot(repo.path('.git/config')), snapshot(repo.path('.husky'))]).toEqual(before);
  expect(snapshot(join(repo.root, 'moved/.husky'))).toEqual({
    _: { 'pre-commit': { mode: 0o755, text: TELL } },
  });
  expect(existsSync(repo.path('.git/worktrees/first/config.worktree'))).toBe(false);
});

test('takes hooks out of where core.hooksPath led before', () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', TELL);
  const before = snapshot(repo.path('.git/hooks'));
  repo.leasehold(['init']);
  const [old, now] = ['old hooks', 'hooks now'].map((name) => join(repo.root, name));
  for (const path of [old, now]) {
    repo.git('config', 'core.hooksPath', path ?? '');
    repo.leasehold(['init']);
  }

  repo.leasehold(['init', '--uninstall']);

  expect(snapshot(repo.path('.git/hooks'))).toEqual(before);
  expect([old, now].map((path) => existsSync(path ?? ''))).toEqual([false, false]);
});

test('leaves the hooks of all repositories in place unless told to take them out there too', () => {
  const repo = makeRepo();
  repo.git('config', '--global', 'core.hooksPath', join(repo.root, 'shared'));
  repo.leasehold(['init', '--global-hooks']);

  const refused = repo.leasehold(['init', '--uninstall']);
  const stays = existsSync(join(repo.root, 'shared/pre-commit'));
  const taken = pasteNext(repo, refused.stderr);

  expect(refused.code).toBe(2);
  expect(stays).toBe(true);
  expect(taken.code).toBe(0);
  expect(existsSync(join(repo.root, 'shared'))).toBe(false);
});

test('takes a relative path for this repository’s own, wherever it is set', () => {
  const repo = makeRepo();
  repo.git('config', '--global', 'core.hooksPath', '.githooks');

  const ended = repo.leasehold(['init']);

  expect(ended.code).toBe(0);
  expect(existsSync(repo.path('.githooks/pre-commit'))).toBe(true);
});

test.each([
  ['', 'core.hooksPath (local) is empty'],
  ['/dev/null', 'core.hooksPath (local) is /dev/null, which is no directory'],
  ['file', '/file, which is no directory'],
])('refuses where git can run no hook at all (%j), and gets on by what it says', (path, reason) => {
  const repo = makeRepo();
  writeFileSync(join(repo.root, 'file'), '');
  repo.git('config', 'core.hooksPath', path === 'file' ? join(repo.root, 'file') : path);

  const refused = repo.leasehold(['init']);
  const pasted = pasteNext(repo, refused.stderr);
  holdReadme(repo);

  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(reason);
  expect(pasted.code).toBe(0);
  expect(repo.tryGit(['commit', '-am', 'mine']).stderr).toContain('codex holds it');
});

test('refuses where a directory lies in a hook’s place, or a file in a directory’s, and gets on by what it says', () => {
  const repo = makeRepo();
  mkdirSync(repo.path('.git/hooks/pre-commit'), { recursive: true });
  const directory = repo.leasehold(['init']);
  const first = pasteNext(repo, directory.stderr);
  repo.git('config', 'core.hooksPath', 'hooks');
  writeHook(repo, 'hooks/pre-commit', TELL);
  repo.write('hooks/before-leasehold', 'mine');
  const unwritable = repo.leasehold(['init']);
  const second = pasteNext(repo, unwritable.stderr);

  for (const refused of [directory, unwritable]) {
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /leasehold could not decide: .*(?:is no file|hooks\/before-leasehold \(ENOTDIR\))/,
    );
  }
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(repo.read('hooks/before-leasehold.1')).toBe('mine');
  expect(repo.read('hooks/before-leasehold/pre-commit')).toBe(TELL);
});

test('says what keeps it from taking its hooks out, and takes them out once that is mended', () => {
  const repo = makeRepo();
  repo.leasehold(['init']);
  mkdirSync(repo.path('.git/hooks/before-leasehold/pre-commit'), { recursive: true });

  const refused = repo.leasehold(['init', '--uninstall']);
  rmSync(repo.path('.git/hooks/before-leasehold'), { recursive: true });

  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/could not decide: the hooks cannot be written: .*pre-commit/);
  expect(runShell(repo, nextOf(refused.stderr)).code).toBe(0);
  expect(repo.leasehold(['init', '--uninstall']).code).toBe(0);
});

test('keeps the hook that was there once where eight installations race', async () => {
  const repo = makeRepo();
  writeHook(repo, '.git/hooks/pre-commit', TELL);

  const ended = await Promise.all(
    [1, 2, 3, 4, 5, 6, 7, 8].map(() => startLeasehold(repo, ['init'])),
  );
  repo.write('a', 'a');
  repo.git('add', 'a');
  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(ended.filter(({ code }) => code !== 0)).toEqual([]);
  expect(commit.stderr.match(/before:/g)).toHaveLength(1);
  expect(Object.keys(snapshot(repo.path('.git/hooks/before-leasehold')) as object)).toEqual([
    'pre-commit',
  ]);
  repo.leasehold(['init', '--uninstall']);
  expect(repo.read('.git/hooks/pre-commit')).toBe(TELL);
});

test('does not go on for ever where a copy of ours comes to be kept', () => {
  const repo = makeRepo();
  repo.leasehold(['init']);
  writeHook(repo, '.git/hooks/before-leasehold/pre-commit', repo.read('.git/hooks/pre-commit'));
  holdReadme(repo);

  const commit = repo.tryGit(['commit', '-am', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr.match(/codex holds it/g)).toHaveLength(1);
});

test('doctor --fix guards such a worktree as init does, and leaves nothing lying in it', () => {
  const repo = makeRepo();
  repo.git('config', 'core.hooksPath', 'lost-hooks');
  repo.leasehold(['init']);
  holdReadme(repo);
  repo.git('rm', '-rq', '--cached', 'lost-hooks');
  repo.git('commit', '-qnm', 'hooks are not committed');
  const tree = repo.addWorktree('tree');

  const fixed = tree.leasehold(['doctor', '--fix']);
  tree.write('README.md', 'changed\n');
  const commit = tree.tryGit(['commit', '-am', 'mine']);

  expect(fixed.code).toBe(0);
  expect(commit.stderr).toContain('codex holds it');
  expect(existsSync(tree.path('lost-hooks'))).toBe(false);
});

test('doctor finds a hook that is missing, not ours, or not executable, and --fix mends it', () => {
  const repo = makeRepo();
  repo.leasehold(['init']);
  chmodSync(repo.path('.git/hooks/pre-commit'), 0o644);
  writeHook(repo, '.git/hooks/pre-push', TELL);

  const ill = repo.leasehold(['doctor']);
  const mended = repo.leasehold(['doctor', '--fix']);

  expect(ill.code).toBe(1);
  expect(ill.stdout).toMatch(/pre-commit is not executable\n {5}next: leasehold init/);
  expect(ill.stdout).toMatch(/pre-push is not leasehold's/);
  expect(mended.code).toBe(0);
  expect(readFileSync(repo.path('.git/hooks/before-leasehold/pre-push'), 'utf8')).toBe(TELL);
});

test('refuses a place that node could start nothing from, and installs no hook there', () => {
  const repo = makeRepo();
  const top = join(repo.root, 'back\\slash');
  repo.git('init', '--quiet', top);

  const ended = repo.leasehold(['init'], { cwd: top });

  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('there is a backslash in the path');
  expect(existsSync(join(top, '.git/hooks/pre-commit'))).toBe(false);
});
