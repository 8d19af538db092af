import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import {
  addRemote,
  type Call,
  type Ended,
  eventually,
  makeGuardedRepo,
  makeRepo,
  type Repo,
  spawnLeasehold,
  startLeasehold,
  whileWaiting,
} from '../make-repo.ts';
import { nextOf, pasteNext, runShell } from '../shell.ts';

const SESSION: Call = { env: { CLAUDE_CODE_SESSION_ID: 's-1' } };

const add = (repo: Repo, args: string[], call: Call = {}): Ended =>
  repo.leasehold(['worktree', 'add', ...args], call);

const remove = (repo: Repo, args: string[], call: Call = {}): Ended =>
  repo.leasehold(['worktree', 'remove', ...args], call);

/** Where `worktree add HOLDER` puts it. */
const placeOf = (repo: Repo, holder: string): string => join(repo.root, `repo-${holder}`);

/** All that `worktree add` makes: branches, worktrees, what lies beside the clone, grants, who waits. */
const look = (repo: Repo) => {
  const { grants, waiting } = repo.json(['status']).body;
  return {
    branches: repo.git('for-each-ref', '--format=%(refname) %(objectname)'),
    worktrees: repo.git('worktree', 'list', '--porcelain'),
    beside: readdirSync(repo.root).sort(),
    grants: grants.map(({ agent, files, directories }: Record<string, unknown>) => ({
      agent,
      files,
      directories,
    })),
    waiting,
  };
};

const commitIn = (repo: Repo, cwd: string, path: string, call: Call = {}): Ended =>
  runShell(
    repo,
    `mkdir -p "$(dirname ${path})" && date +%N >>${path} && git add -- ${path} && git commit -qm mine`,
    { ...call, cwd },
  );

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

test('makes a branch, a worktree and a claim, and whoever goes there is the holder', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });

  const added = add(repo, ['codex', 'src/', '--task', 'Port it']);
  const script = `${lastLine(added.stdout)} && pwd && date >src/a.ts && git commit -qam mine && git branch --show-current`;
  const worked = runShell(repo, script, SESSION);
  const other = commitIn(repo, repo.top, 'src/a.ts');

  expect(added.code).toBe(0);
  expect(added.stderr).toBe('');
  expect(lastLine(added.stdout)).toBe(`cd ${placeOf(repo, 'codex')}`);
  expect(worked).toMatchObject({ code: 0, stdout: `${placeOf(repo, 'codex')}\ncodex\n` });
  expect(other.stderr).toContain('codex holds it');
  expect(repo.json(['status']).body.grants).toMatchObject([
    {
      agent: 'codex',
      directories: ['src/'],
      task_description: 'Port it',
      worktree: placeOf(repo, 'codex'),
      branch: 'codex',
      email: 'ben@example.com',
    },
  ]);
});

test('says the same in JSON', () => {
  const repo = makeGuardedRepo();
  const { code, body } = repo.json(['worktree', 'add', 'codex', 'src/']);

  expect(code).toBe(0);
  expect(body).toMatchObject({
    version: 1,
    granted: true,
    grant: { agent: 'codex', directories: ['src/'] },
    worktree: {
      path: placeOf(repo, 'codex'),
      branch: 'codex',
      base: repo.git('rev-parse', 'HEAD'),
      holder: 'codex',
    },
  });
});

test.each([
  ['codex/task-12', 'repo-codex-task-12', 'codex/task-12'],
  ['ann@example.com', 'repo-ann-example-com', 'ann@example.com'],
  ['../../escape', 'repo-escape', 'escape'],
  ['-rf', 'repo-rf', 'rf'],
  ['$(touch x) `y`', 'repo-touch-x-y', 'touch-x-y'],
  ['Ünï', 'repo-Ünï', 'Ünï'],
  ['..', 'repo-holder', 'holder'],
  ['x'.repeat(200), `repo-${'x'.repeat(60)}`, 'x'.repeat(200)],
])('finds a place and a branch for a holder called %s', (holder, place, branch) => {
  const repo = makeGuardedRepo();
  const { code, stdout } = add(repo, ['--json', '--', holder, 'src/']);
  const { worktree } = JSON.parse(stdout);
  const cwd = join(repo.root, place);

  expect(code).toBe(0);
  expect(worktree).toMatchObject({ path: cwd, branch, holder });
  expect(repo.json(['whoami'], { cwd }).body).toMatchObject({ holder, source: 'worktree' });
});

test('goes where it is told, from the base that it is told, for as long as it is told', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const base = repo.git('rev-parse', 'HEAD');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  const cwd = repo.path('src');
  const options = ['--path', '../../deep/er/wt x', '--branch', 'topic/a', '--base', 'HEAD~1'];

  const added = add(repo, ['codex', 'a.ts', '--ttl', '2h', ...options], { cwd });
  const path = join(repo.root, 'deep', 'er', 'wt x');
  const [grant] = repo.json(['status']).body.grants;

  expect(added.code).toBe(0);
  expect(lastLine(added.stdout)).toBe(`cd '${path}'`);
  expect(repo.tryGit(['log', '-1', '--format=%H %D'], { cwd: path }).stdout).toContain(
    `${base} HEAD -> topic/a`,
  );
  expect(grant.files).toEqual(['src/a.ts']);
  expect(Date.parse(grant.expires_at) - Date.parse(grant.locked_at)).toBe(7_200_000);
});

test('makes no session of whoever made it the holder', () => {
  const repo = makeGuardedRepo();
  add(repo, ['one', 'a/'], SESSION);
  add(repo, ['two', 'b/'], SESSION);
  const who = (call: Call) => repo.json(['whoami'], { ...SESSION, ...call }).body.holder;

  expect([who({}), who({ cwd: placeOf(repo, 'one') }), who({ cwd: placeOf(repo, 'two') })]).toEqual(
    ['s-1', 'one', 'two'],
  );
});

test('can be told from a linked worktree, and goes beside the main one', () => {
  const repo = makeGuardedRepo();
  mkdirSync(join(repo.root, 'far'));
  const tree = repo.addWorktree('far/tree');
  tree.commitQuietly({ 'new.ts': 'one\n' });

  const added = add(tree, ['codex', 'src/']);

  expect(added.code).toBe(0);
  expect(existsSync(join(placeOf(repo, 'codex'), 'new.ts'))).toBe(true);
});

test.each<[string, (repo: Repo) => string[], number, string]>([
  [
    'a claim that is denied',
    (repo) => {
      repo.leasehold(['claim', 'src/a.ts'], { holder: 'claude' });
      return ['codex', 'lib/', 'src/'];
    },
    1,
    'claude holds src/a.ts',
  ],
  [
    'a branch that is there',
    (repo) => {
      repo.git('branch', 'codex');
      return ['codex', 'src/'];
    },
    2,
    'there is a branch codex already',
  ],
  [
    'a branch in whose way another is',
    (repo) => {
      repo.git('branch', 'codex');
      return ['codex/7', 'src/', '--branch', 'codex/7'];
    },
    2,
    'there is a branch codex already, and git has no codex/7 beside it',
  ],
  [
    'a directory that is there',
    (repo) => {
      mkdirSync(placeOf(repo, 'codex'));
      return ['codex', 'src/'];
    },
    2,
    'is there already',
  ],
  [
    'a link that leads nowhere',
    (repo) => {
      symlinkSync('nowhere', placeOf(repo, 'codex'));
      return ['codex', 'src/'];
    },
    2,
    'is there already',
  ],
  [
    'a file where a directory would have to be',
    (repo) => ['codex', 'src/', '--path', repo.path('README.md', 'deep', 'x')],
    2,
    'cannot be made',
  ],
  ['a base that git does not know', () => ['codex', 'src/', '--base', 'gone'], 2, 'no commit gone'],
  ['a base that is an option', () => ['codex', 'src/', '--base=--all'], 2, 'no commit --all'],
  ['a branch that is no name', () => ['codex', 'src/', '--branch', 'a..b'], 2, 'no name for a'],
  ['a holder that is no name', () => ['co\ndex', 'src/'], 2, "cannot be a holder's name"],
  ['no scope', () => ['codex'], 2, 'no SCOPE was given'],
  ['no holder', () => [], 2, 'no HOLDER was given'],
  ['a scope outside of the repository', () => ['codex', '../x'], 2, 'cannot be claimed'],
  ['an option of another verb', () => ['codex', 'src/', '--force'], 2, 'takes no --force'],
  [
    'a checkout that fails',
    (repo) => {
      repo.commitQuietly({ '.gitattributes': '*.bin filter=broken\n', 'a.bin': 'x\n' });
      repo.git('config', 'filter.broken.smudge', 'false');
      repo.git('config', 'filter.broken.required', 'true');
      return ['codex', 'src/', '--path', join(repo.root, 'deep', 'er', 'x')];
    },
    2,
    'git checkout ended with 128',
  ],
  [
    'a hook of the user’s that fails at the checkout',
    (repo) => {
      repo.write('.git/hooks/post-checkout', '#!/bin/sh\necho "no luck" >&2\nexit 3\n');
      chmodSync(repo.path('.git/hooks/post-checkout'), 0o755);
      return ['codex', 'src/'];
    },
    2,
    'no luck',
  ],
])('leaves nothing behind after %s', (_, prepare, code, said) => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const args = prepare(repo);
  const before = look(repo);

  const added = add(repo, args);

  expect(added.code).toBe(code);
  expect(added.stderr).toContain(said);
  expect(look(repo)).toEqual(before);
});

test('leaves nothing behind where there is no commit yet', () => {
  const repo = makeRepo();
  const added = add(repo, ['codex', 'src/']);

  expect(added.code).toBe(2);
  expect(added.stderr).toContain('there is no commit yet');
  expect(repo.json(['status']).body.grants).toEqual([]);
});

test('says the denial in JSON as claim does', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], { holder: 'claude' });

  const { code, body } = repo.json(['worktree', 'add', 'codex', 'src/a.ts']);

  expect(code).toBe(1);
  expect(body).toMatchObject({
    version: 1,
    granted: false,
    conflicts: [{ scope: 'src/a.ts', held_by: { holder: 'claude' } }],
  });
});

test('shows how to go on with a branch that is there', () => {
  const repo = makeGuardedRepo();
  repo.git('branch', 'codex');
  const added = add(repo, ['codex', 'src/']);
  const script = `git worktree add -q ${placeOf(repo, 'codex')} codex && cd ${placeOf(repo, 'codex')} && leasehold claim --bind --as codex src/`;

  expect(nextOf(added.stderr)).toContain(`git worktree add ${placeOf(repo, 'codex')} codex`);
  expect(runShell(repo, script).code).toBe(0);
  expect(repo.json(['whoami'], { cwd: placeOf(repo, 'codex') }).body.holder).toBe('codex');
});

test('makes a branch for a work item beside the one of its holder, and says where it cannot', () => {
  const repo = makeGuardedRepo();
  add(repo, ['codex', 'a/']);

  const item = add(repo, ['codex/task-12', 'b/']);
  const typed = add(repo, ['other', 'c/', '--branch', 'codex/task-12']);
  repo.git('branch', 'claude/task-1');
  const above = add(repo, ['claude', 'd/']);
  const named = add(repo, ['claude', 'd/', '--branch', 'claude-work']);

  expect(item.code).toBe(0);
  expect(item.stdout).toContain('on the new branch codex-task-12,');
  expect([typed.code, above.code, named.code]).toEqual([2, 2, 0]);
  expect(typed.stderr).toContain('there is a branch codex already');
  expect(above.stderr).toContain('there is a branch claude/task-1 already');
  for (const { stderr } of [typed, above]) expect(nextOf(stderr)).toContain('--branch NAME');
});

test('says so where a shell stands in a worktree that is gone', () => {
  const repo = makeGuardedRepo();
  const gone = 'mkdir ../gone && cd ../gone && rmdir ../gone';

  for (const verb of ['status', 'worktree remove codex']) {
    const ended = runShell(repo, `${gone} && leasehold ${verb}`);
    expect([ended.code, ended.stderr]).toEqual([
      2,
      'leasehold could not decide: the directory that you stand in is gone\nnext: cd\n',
    ]);
  }
});

test('waits for its claim, and makes nothing until it has it', async () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], { holder: 'claude' });
  const waiting = startLeasehold(repo, ['worktree', 'add', 'codex', 'src/', '--wait']);
  await whileWaiting(repo, 'codex');
  const meanwhile = existsSync(placeOf(repo, 'codex'));
  repo.leasehold(['release', '--all'], { holder: 'claude' });

  const added = await waiting;

  expect(meanwhile).toBe(false);
  expect(added.code).toBe(0);
  expect(repo.json(['whoami'], { cwd: placeOf(repo, 'codex') }).body.holder).toBe('codex');
});

test('gives one of two who ask for the same, and takes nothing from it for the other', async () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });

  const ended = await Promise.all(
    ['a/', 'b/', 'c/'].map((scope) => startLeasehold(repo, ['worktree', 'add', 'codex', scope])),
  );

  const { grants } = repo.json(['status']).body;
  const [won] = ended.filter(({ code }) => code === 0);
  expect(ended.map(({ code }) => code).sort()).toEqual([0, 2, 2]);
  expect(grants).toHaveLength(1);
  expect(won?.stdout).toContain(grants[0].directories[0]);
  expect(commitIn(repo, placeOf(repo, 'codex'), `${grants[0].directories[0]}x`).code).toBe(0);
});

/** A hook of the user's that runs in the middle of the checkout, when the files are there. */
const hookCheckout = (repo: Repo, script: string): void => {
  repo.write('.git/hooks/post-checkout', `#!/bin/sh\n${script}\n`);
  chmodSync(repo.path('.git/hooks/post-checkout'), 0o755);
};

const signalIfThere = (pid: number): void => {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

test('leaves nothing behind where a signal ends git in the middle', async () => {
  const repo = makeGuardedRepo();
  const pids = join(repo.root, 'home', 'pids');
  hookCheckout(repo, `echo "$$ $PPID" >'${pids}'; exec sleep 30`);
  const before = look(repo);
  const running = spawnLeasehold(repo, ['worktree', 'add', 'codex', 'src/']);
  const heard = await eventually(() => {
    const text = readFileSync(pids, 'utf8');
    expect(text).toMatch(/\n$/);
    return text.trim().split(' ').map(Number);
  });
  // As a terminal does it: to all of them. Who was told by the first one may have ended by then.
  running.send('SIGINT');
  for (const pid of heard) signalIfThere(pid);

  const ended = await running.ended;

  expect(ended.code).toBe(2);
  expect(look(repo)).toEqual(before);
});

/** A git on the user's PATH that runs a script at one of its commands; `$git` there is git itself. */
const interposeGit = (repo: Repo, words: string, script: string): void => {
  const git = runShell(repo, 'command -v git').stdout.trim();
  const text = `#!/bin/sh\ngit=${git}\ncase " $* " in *" ${words} "*) ${script};; esac\nexec $git "$@"\n`;
  writeFileSync(join(repo.root, 'bin', 'git'), text);
  chmodSync(join(repo.root, 'bin', 'git'), 0o755);
};

/** Kills whoever started git. */
const killAt = (repo: Repo, words: string, when: 'before' | 'after'): void =>
  interposeGit(repo, words, `${when === 'after' ? '$git "$@"' : ':'}; kill -9 $PPID; exit`);

test('takes nothing from whoever has made that directory meanwhile', () => {
  const repo = makeGuardedRepo();
  const theirs = placeOf(repo, 'codex');
  // The last question before anything is made.
  interposeGit(
    repo,
    'show-ref',
    `mkdir ${theirs} && git init -q ${theirs} && touch ${theirs}/work`,
  );

  const added = add(repo, ['codex', 'src/']);

  expect(added.code).toBe(2);
  expect(added.stderr).toContain('is there already');
  expect(readdirSync(theirs).sort()).toEqual(['.git', 'work']);
  expect(repo.json(['status']).body.grants).toEqual([]);
});

test.each<[string, 'before' | 'after', string[]]>([
  ['worktree add', 'before', ['codex']],
  ['worktree add', 'before', ['../repo-codex']],
  ['worktree add', 'after', ['../repo-codex']],
  ['checkout --quiet', 'before', ['codex']],
  ['checkout --quiet', 'after', ['codex']],
  ['checkout --quiet', 'after', ['../repo-codex']],
])('cleans up after a process that was killed at git %s (%s)', (words, when, which) => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const before = look(repo);
  killAt(repo, words, when);
  const killed = add(repo, ['codex', 'src/']);
  rmSync(join(repo.root, 'bin', 'git'));

  const cleaned = remove(repo, which);

  expect(killed.code).toBe(128);
  expect(before.grants).toEqual([]);
  expect(cleaned.code).toBe(0);
  expect(look(repo)).toEqual(before);
});

/** A commit in the worktree of codex that no hook of ours looks at. */
const workIn = (repo: Repo, holder = 'codex'): void => {
  expect(commitIn(repo, placeOf(repo, holder), 'src/new.ts')).toMatchObject({ code: 0 });
};

test('gives everything back once the work is merged', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const before = look(repo);
  add(repo, ['codex', 'src/', 'lib/']);
  workIn(repo);
  repo.git('merge', '--quiet', '--ff-only', 'codex');

  const removed = remove(repo, ['codex']);

  expect(removed).toMatchObject({ code: 0, stderr: '' });
  expect(removed.stdout).toBe(
    [
      `Removed ${placeOf(repo, 'codex')}, which was codex's`,
      'Released',
      '  src/',
      '  lib/',
      'Branch codex is deleted: all of it is merged',
      '',
    ].join('\n'),
  );
  const after = look(repo);
  expect({ ...after, branches: 1, worktrees: 1 }).toEqual({ ...before, branches: 1, worktrees: 1 });
  expect(after.branches).toMatch(/^refs\/heads\/main \w+$/);
  expect(readdirSync(repo.path('.git')).includes('worktrees')).toBe(false);
});

test('keeps a branch that is pushed and not merged', () => {
  const repo = makeGuardedRepo();
  addRemote(repo);
  repo.git('push', '--quiet', '--set-upstream', 'origin', 'main');
  add(repo, ['codex', 'src/']);
  workIn(repo);
  runShell(repo, 'git push --quiet origin codex', { cwd: placeOf(repo, 'codex') });

  const { code, body } = repo.json(['worktree', 'remove', 'codex']);

  expect(code).toBe(0);
  expect(body).toMatchObject({
    version: 1,
    removed: true,
    path: placeOf(repo, 'codex'),
    holder: 'codex',
    released: [{ scopes: [{ scope: 'src/', mode: 'write' }] }],
    branch: 'codex',
    branch_deleted: false,
  });
  expect(repo.git('branch', '--list', 'codex')).toBe('  codex');
});

test('deletes a branch that the base branch has, whatever the main worktree is at', () => {
  const repo = makeGuardedRepo();
  addRemote(repo);
  repo.git('push', '--quiet', '--set-upstream', 'origin', 'main');
  repo.git('remote', 'set-head', 'origin', 'main');
  add(repo, ['codex', 'src/']);
  workIn(repo);
  runShell(repo, 'git push --quiet origin codex:main', { cwd: placeOf(repo, 'codex') });

  expect(remove(repo, ['codex']).stdout).toContain('Branch codex is deleted');
});

test('removes what a host has squashed into the base branch, and keeps the branch', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  addRemote(repo);
  repo.git('push', '--quiet', '--set-upstream', 'origin', 'main');
  repo.git('remote', 'set-head', 'origin', 'main');
  add(repo, ['codex', 'src/']);
  const cwd = placeOf(repo, 'codex');
  const edit = (text: string) => `echo ${text} >src/a.ts && git commit -qam ${text}`;
  runShell(repo, `${edit('two')} && ${edit('three')} && git push -q origin codex`, { cwd });
  const squash = 'git checkout -q -b host && git merge -q --squash codex && git commit -qm squash';
  const more = 'echo more >README.md && git add . && git commit -qm more';
  const push = 'git push -q origin host:main :codex && git checkout -q main && git branch -qD host';
  const noHooks = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.hooksPath',
    GIT_CONFIG_VALUE_0: '/',
  };
  expect(runShell(repo, `${squash} && ${more} && ${push}`, { env: noHooks }).code).toBe(0);
  const tip = repo.git('rev-parse', 'codex');

  const removed = remove(repo, ['codex']);
  const kept = repo.git('rev-parse', 'codex');
  const [, deletes = 'false'] = /commits are not; (.*)/.exec(removed.stdout) ?? [];

  expect(removed.code).toBe(0);
  expect(removed.stdout).toContain('Branch codex stays: its changes are merged');
  expect([existsSync(cwd), kept]).toEqual([false, tip]);
  expect(runShell(repo, deletes).code).toBe(0);
});

test.each<[string, string, string]>([
  ['a change', 'echo two >src/a.ts', '1 change is in no commit'],
  ['what is staged', 'echo two >src/a.ts && git add .', '1 change is in no commit'],
  ['a new file', 'echo >notes && echo >more', '2 changes are in no commit'],
  [
    'a new file that the user’s status does not show',
    'git config status.showUntrackedFiles no && echo >notes',
    '1 change is in no commit',
  ],
  [
    'work that is neither merged nor pushed',
    'echo two >src/a.ts && git commit -qam mine',
    '1 commit is on branch codex alone, neither merged nor pushed',
  ],
  [
    'a commit without a change that is neither merged nor pushed',
    'git commit -q --allow-empty -m mine',
    '1 commit is on branch codex alone, neither merged nor pushed',
  ],
  [
    'a commit on no branch',
    'git checkout -q --detach && git commit -q --allow-empty -m mine',
    '1 commit is on no branch',
  ],
  ['its lock', 'git worktree lock --reason "on a stick" .', 'git worktree lock, "on a stick"'],
])('refuses to lose %s', (_, script, said) => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  add(repo, ['codex', 'src/']);
  expect(runShell(repo, script, { cwd: placeOf(repo, 'codex') }).code).toBe(0);
  const before = look(repo);

  const refused = remove(repo, ['codex']);
  const { code, body } = repo.json(['worktree', 'remove', 'codex']);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(said);
  expect(refused.stderr).toContain(`worktree remove`);
  expect(code).toBe(1);
  expect(body).toMatchObject({ version: 1, removed: false, path: placeOf(repo, 'codex') });
  expect(look(repo)).toEqual(before);
});

test('throws uncommitted work away by force, and never a commit', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  add(repo, ['codex', 'src/']);
  workIn(repo);
  const cwd = placeOf(repo, 'codex');
  const tip = runShell(repo, 'echo >notes && git rev-parse HEAD', { cwd }).stdout.trim();

  const removed = remove(repo, ['codex', '--force']);

  expect(removed.code).toBe(0);
  expect(removed.stdout).toContain('Branch codex stays\n');
  expect(existsSync(cwd)).toBe(false);
  expect(repo.git('rev-parse', 'codex')).toBe(tip);
  expect(repo.json(['status']).body.grants).toEqual([]);
});

test('names the commits that are on no branch where it is forced', () => {
  const repo = makeGuardedRepo();
  add(repo, ['codex', 'src/']);
  const cwd = placeOf(repo, 'codex');
  const script =
    'git checkout -q --detach && git commit -q --allow-empty -m x && git rev-parse HEAD';
  const tip = runShell(repo, script, { cwd }).stdout.trim();

  const removed = remove(repo, [cwd, '--force']);

  expect(removed.stdout).toContain(`keep them: git branch NAME ${tip.slice(0, 10)}`);
});

test('is not forced past a lock, and says how it is opened', () => {
  const repo = makeGuardedRepo();
  add(repo, ['codex', 'src/']);
  repo.git('worktree', 'lock', placeOf(repo, 'codex'));

  const refused = remove(repo, ['codex', '--force']);
  const pasted = pasteNext(repo, refused.stderr);

  expect(refused.code).toBe(1);
  expect(pasted.code).toBe(0);
  expect(repo.git('worktree', 'list').split('\n')).toHaveLength(1);
});

test('does not take away the directory that its user stands in', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  add(repo, ['codex', 'src/']);
  const cwd = join(placeOf(repo, 'codex'), 'src');

  const refused = remove(repo, ['..'], { cwd });
  const pasted = pasteNext(repo, refused.stderr, { cwd });

  expect(refused.code).toBe(2);
  expect(nextOf(refused.stderr)).toBe(
    `cd ${repo.top} && leasehold worktree remove -- ${placeOf(repo, 'codex')}`,
  );
  expect(pasted.code).toBe(0);
});

test.each<[string, string, string]>([
  ['the main worktree', '.', 'is the main worktree'],
  ['what is no worktree', 'nowhere', 'is neither a worktree of this repository nor a holder'],
  ['a worktree of nobody', '../plain', 'is dedicated to nobody'],
  ['nothing', '', 'takes one PATH or HOLDER'],
])('does not remove %s', (_, which, said) => {
  const repo = makeGuardedRepo();
  repo.addWorktree('plain');
  const before = look(repo);

  const refused = remove(repo, [which]);

  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(said);
  expect(look(repo)).toEqual(before);
});

test('keeps a branch that it has not made, and the holder’s grants elsewhere', () => {
  const repo = makeGuardedRepo();
  const tree = repo.addWorktree('develop');
  tree.leasehold(['claim', 'a/', '--bind', '--as', 'codex']);
  repo.leasehold(['claim', 'b/'], { holder: 'codex' });
  add(repo, ['codex', 'c/', '--branch', 'topic']);

  const unclear = remove(repo, ['codex']);
  const removed = remove(repo, [tree.top]);

  expect(unclear.code).toBe(2);
  expect(unclear.stderr).toContain('codex has 2 worktrees');
  expect(removed.code).toBe(0);
  expect(removed.stdout).toContain('Branch develop stays');
  expect(
    repo
      .json(['status'])
      .body.grants.map((g: { directories: string[] }) => g.directories[0])
      .sort(),
  ).toEqual(['b/', 'c/']);
});

test('releases all that the holder has claimed there, after a move too', () => {
  const repo = makeGuardedRepo();
  add(repo, ['codex', 'a/']);
  repo.leasehold(['claim', 'b/'], { cwd: placeOf(repo, 'codex') });
  repo.leasehold(['claim', 'c/'], { holder: 'claude' });
  repo.git('worktree', 'move', placeOf(repo, 'codex'), join(repo.root, 'moved'));

  const well = repo.leasehold(['doctor']);
  const removed = remove(repo, ['codex']);

  expect(well.stdout).not.toContain('which is gone');
  expect(removed.code).toBe(0);
  expect(repo.json(['status']).body.grants).toMatchObject([{ agent: 'claude' }]);
});

test('has nothing to say of a worktree that somebody works in and git has moved', () => {
  const repo = makeGuardedRepo();
  const tree = repo.addWorktree('topic');
  tree.leasehold(['claim', 'a/'], { holder: 'codex' });
  const moved = join(repo.root, 'moved');
  repo.git('worktree', 'move', tree.top, moved);

  const well = repo.leasehold(['doctor']);
  repo.git('worktree', 'remove', moved);
  const ill = repo.leasehold(['doctor']);

  expect(well.stdout).not.toContain('which is gone');
  expect(ill.stdout).toContain(`codex holds a grant for ${tree.top}, which is gone`);
});

test.each<[string, (repo: Repo) => void]>([
  ['git has removed', (repo) => void repo.git('worktree', 'remove', placeOf(repo, 'codex'))],
  ['somebody has deleted', (repo) => rmSync(placeOf(repo, 'codex'), { recursive: true })],
  [
    'somebody has deleted, and git has forgotten',
    (repo) => {
      rmSync(placeOf(repo, 'codex'), { recursive: true });
      repo.git('worktree', 'prune');
    },
  ],
])('gives back what is left of a worktree that %s', (_, take) => {
  const repo = makeGuardedRepo();
  const before = look(repo);
  add(repo, ['codex', 'src/']);
  take(repo);

  const removed = remove(repo, ['../repo-codex']);

  expect(removed.code).toBe(0);
  expect(removed.stdout).toContain('  src/\n');
  expect({ ...look(repo), branches: 1 }).toEqual({ ...before, branches: 1 });
});

test('has doctor say what is left of a worktree that is gone, and how to give it back', () => {
  const repo = makeGuardedRepo();
  add(repo, ['codex', 'src/']);
  const before = repo.leasehold(['doctor']);
  repo.git('worktree', 'remove', placeOf(repo, 'codex'));

  const ill = repo.leasehold(['doctor']);
  const remedy = /next: (leasehold worktree remove .*)/.exec(ill.stdout)?.[1] ?? 'false';
  const pasted = runShell(repo, remedy);

  expect(before.stdout).not.toContain('which is gone');
  expect(ill.code).toBe(1);
  expect(ill.stdout).toContain(`codex holds a grant for ${placeOf(repo, 'codex')}, which is gone`);
  expect(pasted.code).toBe(0);
  expect(repo.leasehold(['doctor']).stdout).not.toContain('which is gone');
});

test('has doctor name a worktree that somebody has deleted, and add say what gives it back', () => {
  const repo = makeGuardedRepo();
  add(repo, ['codex', 'src/']);
  const place = placeOf(repo, 'codex');
  rmSync(place, { recursive: true });

  const ill = repo.leasehold(['doctor']);
  const again = add(repo, ['codex', 'src/']);
  repo.git('worktree', 'lock', place);
  const away = repo.leasehold(['doctor']);
  repo.git('worktree', 'unlock', place);
  const pasted = pasteNext(repo, again.stderr);

  const remedy = `next: leasehold worktree remove -- ${place}`;
  expect(ill.stdout).toMatch(/ill {2}the worktree of codex, .*repo-codex, is not there/);
  for (const said of [ill.stdout, again.stderr]) expect(said).toContain(remedy);
  expect(away.stdout).not.toContain('is not there');
  expect(pasted.code).toBe(0);
  expect(repo.leasehold(['doctor']).code).toBe(0);
  expect(add(repo, ['codex', 'src/']).code).toBe(0);
});

test('has nothing to say of who works in the main worktree of a clone that was moved', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'a/'], { holder: 'codex' });
  const moved = `${repo.top}-moved`;
  renameSync(repo.top, moved);

  const doctor = repo.leasehold(['doctor'], { cwd: moved });
  repo.leasehold(['init'], { cwd: moved });

  expect(doctor.stdout).not.toContain('which is gone');
  expect(repo.leasehold(['doctor'], { cwd: moved }).code).toBe(0);
});

test('cannot decide whose a worktree is whose binding is spoiled, and removes nothing', () => {
  const repo = makeGuardedRepo();
  add(repo, ['codex', 'src/']);
  writeFileSync(
    repo.path('.git/worktrees', basename(placeOf(repo, 'codex')), 'leasehold/holder'),
    '',
  );
  const before = look(repo);

  const refused = remove(repo, ['../repo-codex', '--force']);
  const mended = pasteNext(repo, refused.stderr);
  const removed = remove(repo, ['../repo-codex']);

  expect(refused.code).toBe(2);
  expect(before.grants).toHaveLength(1);
  expect(mended.code).toBe(0);
  expect(removed.code).toBe(0);
});

test.each(['', 'list', '__proto__'])('says what it takes where it is asked for %j', (verb) => {
  const repo = makeGuardedRepo();
  const ended = repo.leasehold(['worktree', verb]);

  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('worktree takes add, remove, unbind');
});

/** Another's commit in the worktree is refused: the hooks that fire there are ours, and see the locks. */
const expectGuarded = (repo: Repo, cwd: string): void => {
  const refused = commitIn(repo, cwd, 'held/x.ts');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('claude holds it');
  runShell(repo, 'git reset -q --hard', { cwd });
  expect(commitIn(repo, cwd, 'src/x.ts')).toMatchObject({ code: 0, stderr: '' });
};

test('is guarded where husky’s relative directory is in no new worktree', () => {
  const repo = makeGuardedRepo({ '.gitignore': '.husky/_\n', 'package.json': '{}\n' });
  repo.git('config', 'core.hooksPath', '.husky/_');
  mkdirSync(repo.path('.husky/_'), { recursive: true });
  repo.leasehold(['init']);
  repo.leasehold(['claim', 'held/'], { holder: 'claude' });

  add(repo, ['codex', 'src/']);

  expectGuarded(repo, placeOf(repo, 'codex'));
  expect(repo.git('config', 'core.hooksPath')).toBe('.husky/_');
  expect(readdirSync(placeOf(repo, 'codex'))).not.toContain('.husky');
});

test('is guarded where the hooks are a directory of the checkout, which has none of ours yet', () => {
  const repo = makeGuardedRepo({ 'hooks/commit-msg': '#!/bin/sh\nexit 0\n' });
  repo.git('config', 'core.hooksPath', 'hooks');
  repo.git('config', 'advice.ignoredHook', 'false');
  repo.leasehold(['init']);
  repo.leasehold(['claim', 'held/'], { holder: 'claude' });

  add(repo, ['codex', 'src/']);

  expectGuarded(repo, placeOf(repo, 'codex'));
});

test.each([true, false])('is guarded in a bare repository (husky there: %s)', (isHusky) => {
  const repo = makeRepo();
  repo.commitQuietly({ 'src/a.ts': 'one\n', 'leasehold.config.json': '{}\n' });
  const cwd = join(repo.root, 'app.git');
  repo.git('clone', '--quiet', '--bare', repo.top, cwd);
  repo.tryGit(['config', 'user.name', 'Ann'], { cwd });
  repo.tryGit(['config', 'user.email', 'ann@example.com'], { cwd });
  repo.leasehold(['init'], { cwd });
  if (isHusky) repo.tryGit(['config', 'core.hooksPath', '.husky/_'], { cwd });
  repo.leasehold(['claim', 'held/'], { cwd, holder: 'claude' });

  const added = add(repo, ['codex', 'src/'], { cwd });
  const tree = join(repo.root, 'app-codex');

  expect(added.code).toBe(0);
  expectGuarded(repo, tree);
  expect(repo.tryGit(['worktree', 'list'], { cwd }).stdout).toContain('(bare)');
  expect(repo.tryGit(['status', '--short'], { cwd: tree })).toMatchObject({ code: 0, stdout: '' });
  expect(remove(repo, ['codex', '--force'], { cwd }).code).toBe(0);
  expect(existsSync(tree)).toBe(false);
});

test('goes beside the worktrees of a bare repository that lies hidden among them', () => {
  const repo = makeRepo();
  repo.commitQuietly({ 'src/a.ts': 'one\n' });
  const cwd = join(repo.root, 'project', '.bare');
  repo.git('clone', '--quiet', '--bare', repo.top, cwd);

  const added = add(repo, ['codex', 'src/'], { cwd });

  expect(lastLine(added.stdout)).toBe(`cd ${join(repo.root, 'project', 'codex')}`);
});

test.each([true, false])('is guarded in a submodule (husky there: %s)', (isHusky) => {
  const repo = makeGuardedRepo();
  const source = makeRepo();
  source.commitQuietly({ 'src/a.ts': 'one\n' });
  repo.git(
    '-c',
    'protocol.file.allow=always',
    'submodule',
    '--quiet',
    'add',
    source.top,
    'lib/sub',
  );
  repo.git('commit', '--quiet', '--no-verify', '-m', 'sub');
  const cwd = repo.path('lib/sub');
  repo.tryGit(['config', 'user.name', 'Ann'], { cwd });
  repo.tryGit(['config', 'user.email', 'ann@example.com'], { cwd });
  repo.leasehold(['init'], { cwd });
  rmSync(join(cwd, 'leasehold.config.json'));
  if (isHusky) repo.tryGit(['config', 'core.hooksPath', '.husky/_'], { cwd });
  repo.leasehold(['claim', 'held/'], { cwd, holder: 'claude' });

  const added = add(repo, ['codex', 'src/'], { cwd });
  const tree = join(repo.root, 'repo-sub-codex');

  expect(lastLine(added.stdout)).toBe(`cd ${tree}`);
  expectGuarded(repo, tree);
  expect(repo.tryGit(['rev-parse', '--show-toplevel'], { cwd: tree }).stdout).toBe(`${tree}\n`);
  expect(repo.tryGit(['rev-parse', '--show-toplevel'], { cwd }).stdout).toBe(`${cwd}\n`);
  expect(repo.git('status', '--porcelain')).toBe('');
  expect(remove(repo, ['codex', '--force'], { cwd }).code).toBe(0);
});

test('says that nothing enforces locks where nobody has run init', () => {
  const repo = makeRepo();
  repo.commitQuietly({ 'src/a.ts': 'one\n' });

  const added = add(repo, ['codex', 'src/']);

  expect(added.code).toBe(0);
  expect(added.stderr).toContain('run: leasehold init');
});

test('makes it in its own repository where a hook of another has started it', () => {
  const repo = makeGuardedRepo();
  const other = makeRepo();
  other.commitQuietly({ a: 'one\n' });
  const tree = repo.addWorktree('tree');
  // As git sets them for a hook in a linked worktree.
  const env = {
    GIT_DIR: tree.git('rev-parse', '--absolute-git-dir'),
    GIT_INDEX_FILE: join(tree.git('rev-parse', '--absolute-git-dir'), 'index'),
    GIT_PREFIX: '',
  };

  tree.write('staged.ts', 'one\n');
  tree.git('add', 'staged.ts');

  const added = add(tree, ['codex', 'src/'], { env });

  expect(added.code).toBe(0);
  expect(tree.git('status', '--porcelain')).toBe('A  staged.ts');
  expect(repo.git('-C', placeOf(repo, 'codex'), 'status', '--porcelain')).toBe('');
  expect(repo.json(['whoami'], { cwd: placeOf(repo, 'codex') }).body.holder).toBe('codex');
});

test('goes on with a branch that is there by what is advised', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.git('branch', 'codex');

  const refused = add(repo, ['codex', 'src/']);
  const [, paste = ''] = nextOf(refused.stderr).split('or go on with it: ');
  const pasted = runShell(repo, paste.replace(/SCOPE$/, 'src/'));

  expect(pasted.code, pasted.stderr).toBe(0);
  expect(repo.leasehold(['whoami'], { cwd: placeOf(repo, 'codex') }).stdout).toMatch(/^codex \(/);
});
