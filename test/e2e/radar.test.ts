import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addRemote, type Call, copiesOf, makeRepo, type Repo, writeLock } from '../make-repo.ts';
import { nextOf, pasteNext } from '../shell.ts';

const LINES = '1\n2\n3\n4\n5\n6\n7\n8\n9\n';
const FILES = { 'src/a.ts': LINES, 'src/b.ts': LINES, 'README.md': 'read me\n' };

/** The nine lines with one of them changed. */
const withLine = (line: number, text: string): string => LINES.replace(`${line}\n`, `${text}\n`);

const makeBusyRepo = copiesOf((files: Record<string, string> = FILES): Repo => {
  const repo = makeRepo();
  repo.commitQuietly(files);
  return repo;
});

/** A worktree on a branch of its own with `files` committed in it. */
const addWork = (repo: Repo, name: string, files: Record<string, string> = {}): Repo => {
  const tree = repo.addWorktree(name);
  if (Object.keys(files).length > 0) tree.commitQuietly(files);
  return tree;
};

type Pair = {
  parties: string[];
  outcome: string;
  since: string;
  paths: { path: string; conflict: string | null }[];
};

const scan = (repo: Repo, args: string[] = [], call: Call = {}) =>
  repo.json(['radar', ...args], call);

/** `a × b: clean|conflict path…`, with git's word for each conflict. */
const pairsOf = (repo: Repo, args: string[] = []): string[] =>
  scan(repo, args).body.pairs.map(
    ({ parties, outcome, paths }: Pair) =>
      `${[...parties].sort().join(' × ')}: ${outcome} ${paths.map(({ path, conflict }) => (conflict === null ? path : `${path} (${conflict})`)).join(' ')}`,
  );

/**
 * Everything of a repository that a report must leave as it is: each file's bytes, mode and time. Of git's objects
 * not the time: git itself makes one new that it would have written again, which keeps it from being pruned.
 */
const snapshot = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => {
      const stat = statSync(path);
      if (!stat.isFile()) return path;
      const time = path.includes('/.git/objects/') ? '' : stat.mtimeMs;
      return `${path} ${stat.mode} ${time} ${readFileSync(path).toString('base64')}`;
    });

test('tells who would conflict with whom, where, and since when, and exits with 1', () => {
  const repo = makeBusyRepo();
  const codex = addWork(repo, 'codex', { 'src/a.ts': withLine(5, 'codex') });
  const claude = addWork(repo, 'claude');
  claude.write('src/a.ts', withLine(5, 'claude'));

  const text = repo.leasehold(['radar']);
  const json = scan(repo);

  expect(text.code).toBe(1);
  expect(text.stdout).toContain('2 lines of work beside main; 1 pair would conflict.');
  expect(text.stdout).toMatch(/^claude × codex, since \d\d:\d\d UTC \(.* ago\)$/m);
  expect(text.stdout).toContain('  src/a.ts  both changed the same lines');
  expect(text.stdout).toContain(`claude: in ${claude.top}, not all committed`);
  expect(text.stdout).toContain(`codex: in ${codex.top}, commits by ben@example.com`);
  expect(json.code).toBe(1);
  expect(json.body).toMatchObject({
    version: 1,
    base: { name: 'main' },
    parties: [
      { name: 'claude', branch: 'claude', worktree: claude.top, uncommitted: 1, committers: [] },
      { name: 'codex', branch: 'codex', worktree: codex.top, committers: ['ben@example.com'] },
    ],
    pairs: [
      {
        parties: ['claude', 'codex'],
        outcome: 'conflict',
        since: expect.stringMatching(/^20/),
        paths: [
          {
            path: 'src/a.ts',
            conflict: 'contents',
            touched: [
              { party: 'claude', uncommitted: true, since: expect.any(String) },
              { party: 'codex', uncommitted: false, since: expect.any(String) },
            ],
          },
        ],
      },
    ],
  });
});

test('says that paths which several touch would merge cleanly, and exits with 0', () => {
  const repo = makeBusyRepo();
  addWork(repo, 'codex', { 'src/a.ts': withLine(1, 'codex') });
  addWork(repo, 'claude', { 'src/a.ts': withLine(9, 'claude') });

  const text = repo.leasehold(['radar']);

  expect(text.code).toBe(0);
  expect(text.stdout).toContain('all of it would merge cleanly');
  expect(text.stdout).toContain('  claude, codex: src/a.ts');
  expect(nextOf(text.stdout)).toBe('leasehold claim -- src/a.ts');
  expect(pairsOf(repo)).toEqual(['claude × codex: clean src/a.ts']);
});

test('has nothing to say, and no next, where everybody works on their own', () => {
  const repo = makeBusyRepo();
  addWork(repo, 'codex', { 'src/a.ts': 'codex\n' });
  addWork(repo, 'claude').write('src/b.ts', 'claude\n');

  const text = repo.leasehold(['radar']);

  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toBe('2 lines of work beside main; nothing is touched by two of them.\n');
});

test('sees what is staged, unstaged, untracked and deleted, and nothing that is ignored', () => {
  const repo = makeBusyRepo({ ...FILES, '.gitignore': '*.log\n' });
  const codex = addWork(repo, 'codex');
  codex.write('src/a.ts', withLine(5, 'codex'));
  codex.git('add', '--all');
  codex.write('src/b.ts', withLine(5, 'codex'));
  codex.write('new.ts', 'codex\n');
  codex.write('debug.log', 'codex\n');
  rmSync(codex.path('README.md'));
  const claude = addWork(repo, 'claude');
  for (const path of ['src/a.ts', 'src/b.ts', 'new.ts', 'debug.log', 'README.md']) {
    claude.write(path, 'claude\n');
  }

  expect(pairsOf(repo)).toEqual([
    'claude × codex: conflict README.md (modify/delete) new.ts (contents) src/a.ts (contents) src/b.ts (contents)',
  ]);
});

test('takes the file as it lies there for what is staged and changed again', () => {
  const repo = makeBusyRepo();
  const codex = addWork(repo, 'codex');
  codex.write('src/a.ts', 'staged\n');
  codex.git('add', '--all');
  codex.write('src/a.ts', withLine(1, 'codex'));
  addWork(repo, 'claude', { 'src/a.ts': withLine(9, 'claude') });

  expect(pairsOf(repo)).toEqual(['claude × codex: clean src/a.ts']);
});

test('leaves index, refs, objects and files byte for byte as they were, with their times', () => {
  const repo = makeBusyRepo();
  const codex = addWork(repo, 'codex', { 'src/b.ts': withLine(2, 'codex') });
  codex.write('src/a.ts', withLine(5, 'codex'));
  codex.write('new.ts', 'codex\n');
  codex.git('add', 'new.ts');
  addWork(repo, 'claude', { 'src/a.ts': withLine(5, 'claude') }).write('new.ts', 'claude\n');
  const hook = join(repo.top, '.git/hooks/post-index-change');
  mkdirSync(join(repo.top, '.git/hooks'), { recursive: true });
  writeFileSync(hook, `#!/bin/sh\ntouch ${join(repo.root, 'hook-ran')}\n`);
  chmodSync(hook, 0o755);
  const temporary = join(repo.root, 'tmp');
  mkdirSync(temporary);
  const before = snapshot(repo.root);

  const ended = repo.leasehold(['radar'], { env: { TMPDIR: temporary } });

  expect(ended.code).toBe(1);
  expect(snapshot(repo.root)).toEqual(before);
  expect(readdirSync(temporary)).toEqual([]);
});

test('does not run filters, merge drivers or monitors that the config names, and keeps line ends', () => {
  const repo = makeBusyRepo({
    ...FILES,
    '.gitattributes': '*.bin filter=own merge=own\n*.ts text\n',
    'x.bin': LINES,
  });
  const [codex, claude] = [addWork(repo, 'codex'), addWork(repo, 'claude')];
  codex.write('x.bin', withLine(1, 'codex'));
  codex.write('src/a.ts', withLine(1, 'codex').replaceAll('\n', '\r\n'));
  claude.write('x.bin', withLine(9, 'claude'));
  claude.write('src/a.ts', withLine(9, 'claude'));
  for (const key of ['filter.own.clean', 'merge.own.driver', 'core.fsmonitor']) {
    repo.git('config', key, `touch ${join(repo.root, 'ran')}; false`);
  }
  repo.git('config', 'filter.own.required', 'true');

  expect(pairsOf(repo)).toEqual(['claude × codex: clean src/a.ts x.bin']);
  expect(readdirSync(repo.root)).not.toContain('ran');
});

test('takes merge=union, as a real merge would', () => {
  const repo = makeBusyRepo({ CHANGELOG: 'first\n', '.gitattributes': 'CHANGELOG merge=union\n' });
  addWork(repo, 'codex', { CHANGELOG: 'codex\nfirst\n' });
  addWork(repo, 'claude', { CHANGELOG: 'claude\nfirst\n' });

  expect(pairsOf(repo)).toEqual(['claude × codex: clean CHANGELOG']);
});

test('says nothing of branches that are merged, squashed or picked into the base', () => {
  const repo = makeBusyRepo();
  addWork(repo, 'open', { 'src/a.ts': withLine(5, 'open') });
  addWork(repo, 'merged', { 'src/a.ts': withLine(1, 'merged') });
  addWork(repo, 'squashed', { 'src/a.ts': withLine(3, 'squashed') }).commitQuietly({
    'src/b.ts': withLine(1, 'squashed'),
  });
  addWork(repo, 'picked', { 'README.md': 'picked\n' });
  repo.git('merge', '--quiet', '--no-edit', 'merged');
  repo.git('merge', '--quiet', '--squash', 'squashed');
  repo.git('commit', '--quiet', '-m', 'squashed');
  repo.git('cherry-pick', 'picked');

  const { code, body } = scan(repo);

  expect(code).toBe(0);
  expect(body.parties.map(({ name }: { name: string }) => name)).toEqual(['open']);
});

test('takes a stack for one: who is on top of another has taken its side', () => {
  const repo = makeBusyRepo();
  const first = addWork(repo, 'first', { 'src/a.ts': withLine(5, 'first') });
  first.git('worktree', 'add', '--quiet', '-b', 'second', join(repo.root, 'second'));
  first.git('-C', join(repo.root, 'second'), 'checkout', '--quiet', '-b', 'third');
  writeFileSync(join(repo.root, 'second', 'src/a.ts'), withLine(5, 'third'));
  first.git('-C', join(repo.root, 'second'), 'commit', '--quiet', '-am', 'third');

  expect(pairsOf(repo)).toEqual([]);
});

test('tells of two that stand on a third only what they changed themselves', () => {
  const repo = makeBusyRepo();
  const stack = addWork(repo, 'stack', { 'src/a.ts': 'stack\n', 'src/b.ts': withLine(1, 'stack') });
  for (const name of ['left', 'right']) {
    stack.git('branch', name);
    stack.git('worktree', 'add', '--quiet', join(repo.root, name), name);
    writeFileSync(join(repo.root, name, 'src/b.ts'), `${name}\n`);
    stack.git('-C', join(repo.root, name), 'commit', '--quiet', '-am', name);
  }

  expect(pairsOf(repo)).toEqual(['left × right: conflict src/b.ts (contents)']);
});

test('takes the same patch on two branches for no collision, also where one goes on from it', () => {
  const repo = makeBusyRepo();
  addWork(repo, 'codex', { 'src/a.ts': withLine(5, 'both') });
  const claude = addWork(repo, 'claude', { 'README.md': 'claude\n' });
  claude.git('cherry-pick', 'codex');
  const equal = pairsOf(repo);
  claude.commitQuietly({ 'src/a.ts': withLine(5, 'further') });

  expect([equal, pairsOf(repo)]).toEqual([[], []]);
});

test('blames a branch that is behind for its conflict with the base, and nobody else', () => {
  const repo = makeBusyRepo();
  addWork(repo, 'old', { 'src/a.ts': withLine(5, 'old') });
  repo.commitQuietly({ 'src/a.ts': withLine(5, 'main') });
  addWork(repo, 'fresh', { 'src/a.ts': withLine(9, 'fresh').replace('5\n', 'main\n') });
  addWork(repo, 'other', { 'src/b.ts': 'other\n' });

  const { code, body } = scan(repo);
  const text = repo.leasehold(['radar']);

  expect(body.base_conflicts).toEqual([
    { party: 'old', paths: [{ path: 'src/a.ts', conflict: 'contents' }] },
  ]);
  expect(text.stdout).toContain('would conflict with main as it is now:\n  old: src/a.ts');
  expect([code, body.pairs.map(({ parties }: Pair) => parties)]).toEqual([1, [['fresh', 'old']]]);
});

test('merges what is behind and what is not as they would land, so that old bases make no conflict', () => {
  const repo = makeBusyRepo();
  addWork(repo, 'old', { 'src/a.ts': withLine(1, 'old') });
  repo.commitQuietly({ 'src/a.ts': withLine(5, 'main') });
  addWork(repo, 'fresh', { 'src/a.ts': withLine(9, 'fresh').replace('5\n', 'main\n') });

  expect(pairsOf(repo)).toEqual(['fresh × old: clean src/a.ts']);
});

test('follows a rename: an edit of the old name merges, and two new names do not', () => {
  const repo = makeBusyRepo();
  const codex = addWork(repo, 'codex');
  codex.git('mv', 'src/a.ts', 'src/moved.ts');
  addWork(repo, 'claude', { 'src/a.ts': withLine(5, 'claude') });
  const clean = pairsOf(repo);
  const gem = addWork(repo, 'gem');
  renameSync(gem.path('src/a.ts'), gem.path('src/other.ts'));

  expect(clean).toEqual(['claude × codex: clean src/a.ts']);
  expect(pairsOf(repo)).toEqual([
    'codex × gem: conflict src/moved.ts (rename/rename) src/other.ts (rename/rename)',
    'claude × codex: clean src/a.ts',
    'claude × gem: clean src/a.ts',
  ]);
});

test('sees conflicts without a shared path: a file for a directory, and a directory that was renamed', () => {
  const repo = makeBusyRepo({
    'lib/a.ts': LINES,
    'lib/b.ts': withLine(2, 'b'),
    'README.md': 'x\n',
  });
  addWork(repo, 'codex', { tools: 'a file\n' }).git('mv', 'lib', 'kit');
  addWork(repo, 'claude').write('tools/run.sh', 'a file\n');
  const gem = addWork(repo, 'gem');
  gem.write('lib/new.ts', 'gem\n');

  expect(pairsOf(repo).sort()).toEqual(
    [
      'claude × codex: conflict tools (file/directory)',
      'codex × gem: conflict kit/new.ts (directory rename suggested)',
    ].map((line) => expect.stringContaining(line.slice(0, 24))),
  );
});

test('lets both delete, and tells of binary files', () => {
  const repo = makeBusyRepo({ ...FILES, 'logo.bin': 'a\0b', 'gone.ts': LINES });
  const codex = addWork(repo, 'codex');
  const claude = addWork(repo, 'claude');
  for (const tree of [codex, claude]) tree.git('rm', '--quiet', 'gone.ts');
  codex.write('logo.bin', 'a\0c');
  claude.write('logo.bin', 'a\0d');

  // git 2.39 has no word of its own for it, later ones have.
  expect(pairsOf(repo)).toEqual([
    expect.stringMatching(/^claude × codex: conflict logo\.bin \((?:binary|contents)\)$/),
  ]);
});

test('takes two worktrees of one named holder for one, and two of one e-mail for two', () => {
  const repo = makeBusyRepo();
  const [one, two] = ['one', 'two'].map((name) =>
    addWork(repo, name, { 'src/a.ts': withLine(5, name) }),
  ) as [Repo, Repo];
  const byEmail = scan(repo);
  for (const [index, tree] of [one, two].entries()) {
    tree.leasehold(['claim', `notes/${index}`], { holder: 'codex' });
  }

  const byName = scan(repo);

  expect(byEmail.code).toBe(1);
  expect(byName).toMatchObject({ code: 0, body: { pairs: [] } });
  expect(byName.body.parties).toMatchObject([{ holders: ['codex'] }, { holders: ['codex'] }]);
});

test('knows whose a worktree is that was made for a holder, also when nothing is held', () => {
  const repo = makeBusyRepo();
  for (const [name, scope] of [
    ['codex', 'src/a.ts'],
    ['claude', 'src/b.ts'],
  ] as const) {
    const { body } = repo.json(['worktree', 'add', name, scope]);
    const path: string = body.grant.worktree;
    repo.leasehold(['release', '--all'], { cwd: path });
    writeFileSync(join(path, 'README.md'), `${name}\n`);
  }

  const { body } = scan(repo);

  expect(repo.json(['status']).body.grants).toEqual([]);
  expect(body.parties).toMatchObject([{ holders: ['claude'] }, { holders: ['codex'] }]);
  expect(repo.leasehold(['radar']).stdout).toMatch(/^claude × codex, since/m);
});

test('names the holder of a worktree by its grant, and tells of locks on what others touch', () => {
  const repo = makeBusyRepo();
  const codex = addWork(repo, 'work-1', { 'src/a.ts': withLine(5, 'codex') });
  addWork(repo, 'work-2', { 'src/a.ts': withLine(5, 'claude') });
  codex.leasehold(['claim', 'src/a.ts', '--task', 'the lexer'], { holder: 'codex' });

  const text = repo.leasehold(['radar']);
  const { body } = scan(repo);

  expect(text.stdout).toContain('codex × work-2');
  expect(text.stdout).toContain('  work-2 touches src/a.ts: codex holds src/a.ts until');
  expect(text.stdout).toContain('task "the lexer"');
  expect(body.held).toMatchObject([
    {
      path: 'src/a.ts',
      party: 'work-2',
      held_by: { holder: 'codex', scope: 'src/a.ts', mode: 'write', task_description: 'the lexer' },
    },
  ]);
});

test('does not tell who stands on a holder’s commits that they touch what it holds', () => {
  const repo = makeBusyRepo();
  const codex = addWork(repo, 'codex', { 'src/a.ts': withLine(5, 'codex') });
  codex.leasehold(['claim', 'src/a.ts'], { holder: 'codex' });
  repo.git('worktree', 'add', '--quiet', '-b', 'top', join(repo.root, 'top'), 'codex');
  writeFileSync(join(repo.root, 'top', 'src/b.ts'), 'top\n');

  expect(scan(repo).body.held).toEqual([]);
});

test('finds the base: what is typed, guard.base, a remote’s default branch, main', () => {
  const repo = makeBusyRepo();
  const baseOf = (...args: string[]) => scan(repo, args).body.base.name;
  const names = [baseOf()];
  addRemote(repo);
  repo.git('branch', 'develop');
  repo.git('push', '--quiet', 'origin', 'develop', 'main');
  repo.git('remote', 'set-head', 'origin', 'develop');
  repo.git('branch', '-D', 'develop');
  names.push(baseOf());
  repo.commitQuietly({ 'leasehold.config.json': '{ "guard": { "base": "origin/main" } }' });
  names.push(baseOf());
  names.push(baseOf('--base', 'origin/develop'));

  expect(names).toEqual(['main', 'origin/develop', 'main', 'origin/develop']);
});

test('cannot decide where nothing says what the base is, or the typed one is unknown', () => {
  const repo = makeBusyRepo();
  repo.git('branch', '-m', 'one');
  repo.git('checkout', '--quiet', '--detach');
  repo.git('branch', 'two');

  const [none, unknown] = [scan(repo), scan(repo, ['--base', 'nowhere'])];
  const pasted = scan(repo, ['--base', 'one']);

  expect(none).toMatchObject({ code: 2, body: { error: { code: 'base-unknown' } } });
  expect(unknown).toMatchObject({ code: 2, body: { error: { code: 'base-unknown' } } });
  expect(pasted.code).toBe(0);
});

test('has no commit to speak of in a new repository', () => {
  const text = makeRepo().leasehold(['radar']);

  expect(text.code).toBe(0);
  expect(text.stdout).toContain('There is no commit yet.');
});

test('looks at detached, locked, missing and unborn worktrees, each as far as it can', () => {
  const repo = makeBusyRepo();
  addWork(repo, 'codex', { 'src/a.ts': withLine(5, 'codex') });
  const detached = join(repo.root, 'detached');
  repo.git('worktree', 'add', '--quiet', '--detach', detached);
  writeFileSync(join(detached, 'src/a.ts'), withLine(5, 'detached'));
  const lost = addWork(repo, 'lost', { 'src/a.ts': withLine(5, 'lost') });
  repo.git('worktree', 'lock', lost.top);
  rmSync(lost.top, { recursive: true });
  addWork(repo, 'unborn').git('checkout', '--quiet', '--orphan', 'newborn');
  addWork(repo, 'gone');
  rmSync(join(repo.root, 'gone'), { recursive: true });

  const { code, body } = scan(repo);

  expect(code).toBe(1);
  expect(body.pairs.map(({ parties }: Pair) => [...parties].sort())).toEqual(
    expect.arrayContaining([
      [detached, 'codex'].sort(),
      [detached, 'lost'].sort(),
      ['codex', 'lost'],
    ]),
  );
  expect(body.skipped).toEqual(
    expect.arrayContaining([
      { name: lost.top, reason: 'it is locked, and its directory is not there' },
      { name: join(repo.root, 'gone'), reason: 'its directory is not there' },
      { name: 'newborn', reason: 'it has no commit yet' },
    ]),
  );
});

test('takes a branch that is being rebased for what it had before, and its halves for nobody’s', () => {
  const repo = makeBusyRepo();
  const codex = addWork(repo, 'codex', { 'src/a.ts': withLine(5, 'codex') });
  codex.commitQuietly({ 'src/b.ts': withLine(5, 'codex') });
  repo.commitQuietly({ 'src/a.ts': withLine(5, 'main') });
  addWork(repo, 'claude', { 'src/b.ts': withLine(5, 'claude') });
  const rebase = codex.tryGit(['rebase', 'main']);

  const text = repo.leasehold(['radar']);

  expect(rebase.code).not.toBe(0);
  expect(pairsOf(repo)).toEqual(['claude × codex: conflict src/b.ts (contents)']);
  expect(text.stdout).toContain('as it was before the rebase that goes on there');
  expect(scan(repo).body.parties).toMatchObject([
    { name: 'claude' },
    { name: 'codex', uncommitted: 0 },
  ]);
});

test('takes what a merge carries into a worktree for no work of its own', () => {
  const repo = makeBusyRepo();
  const codex = addWork(repo, 'codex', { 'src/b.ts': withLine(1, 'codex') });
  addWork(repo, 'claude', { 'src/a.ts': withLine(5, 'claude') });
  repo.commitQuietly({ 'src/a.ts': withLine(1, 'main'), 'README.md': 'main\n' });
  codex.git('merge', '--quiet', '--no-commit', '--no-ff', 'main');

  const { body } = scan(repo);

  expect(codex.git('status', '--short')).toContain('README.md');
  expect(body.pairs).toEqual([]);
  expect(body.parties).toMatchObject([
    { name: 'claude', paths: 1 },
    { name: 'codex', paths: 1 },
  ]);
});

test('makes a tree of a worktree with conflicts in it that nobody else has to do with', () => {
  const repo = makeBusyRepo();
  const codex = addWork(repo, 'codex', { 'README.md': 'codex\n' });
  repo.commitQuietly({ 'README.md': 'main\n' });
  const pick = codex.tryGit(['cherry-pick', 'main']);
  codex.write('src/a.ts', withLine(5, 'codex'));
  addWork(repo, 'claude', { 'src/a.ts': withLine(5, 'claude') });

  expect(pick.code).not.toBe(0);
  expect(scan(repo).body.failed).toEqual([]);
  expect(pairsOf(repo)).toEqual(['claude × codex: conflict src/a.ts (contents)']);
});

test('works in a bare repository with worktrees, from there and from each of them', () => {
  const repo = makeBusyRepo();
  const bare = join(repo.root, 'bare.git');
  repo.git('clone', '--quiet', '--bare', repo.top, bare);
  for (const name of ['a', 'b']) {
    repo.git('-C', bare, 'worktree', 'add', '--quiet', '-b', name, join(repo.root, name));
    writeFileSync(join(repo.root, name, 'src/a.ts'), withLine(5, name));
  }

  const answers = [bare, join(repo.root, 'b')].map((cwd) => scan(repo, [], { cwd }));

  for (const { code, body } of answers) {
    expect(code).toBe(1);
    expect(body.pairs).toMatchObject([{ parties: ['a', 'b'], outcome: 'conflict' }]);
  }
});

test('tells of a submodule that two moved, and looks at worktrees of a submodule by itself', () => {
  const repo = makeBusyRepo();
  const source = makeBusyRepo();
  repo.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', source.top, 'sub');
  repo.git('commit', '--quiet', '-m', 'sub');
  const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com'];
  for (const name of ['codex', 'claude']) {
    const tree = addWork(repo, name);
    tree.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'update', '--init');
    tree.git('-C', tree.path('sub'), ...identity, 'commit', '--quiet', '--allow-empty', '-m', name);
  }
  const sub = repo.path('sub');
  repo.git('-C', sub, 'worktree', 'add', '--quiet', '-b', 'side', join(repo.root, 'side'));
  writeFileSync(join(sub, 'src/a.ts'), withLine(5, 'main'));
  writeFileSync(join(repo.root, 'side', 'src/a.ts'), withLine(5, 'side'));

  const inside = [sub, join(repo.root, 'side')].map((cwd) => scan(repo, [], { cwd }).body);

  expect(pairsOf(repo)).toEqual([
    expect.stringMatching(/^claude × codex: conflict sub \(submodule/),
  ]);
  for (const { pairs } of inside) {
    expect(pairs).toMatchObject([{ parties: ['main', 'side'], outcome: 'conflict' }]);
  }
});

test('leaves a branch with another root out, and says so', () => {
  const repo = makeBusyRepo();
  addWork(repo, 'codex', { 'src/a.ts': 'codex\n' });
  repo.git('checkout', '--quiet', '--orphan', 'gh-pages');
  repo.git('commit', '--quiet', '-m', 'pages');
  repo.git('checkout', '--quiet', 'main');

  const { code, body } = scan(repo);
  const text = repo.leasehold(['radar']);

  expect({ code, failed: body.failed, pairs: body.pairs }).toEqual({
    code: 0,
    failed: [],
    pairs: [],
  });
  expect(text.stdout).toContain('  gh-pages: it has no history in common with main');
});

test('cannot decide on a branch whose beginnings a shallow clone lacks', () => {
  const repo = makeBusyRepo();
  repo.git('checkout', '--quiet', '-b', 'side');
  repo.commitQuietly({ 'src/a.ts': 'side\n' });
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'src/b.ts': 'main\n' });
  const clone = join(repo.root, 'clone');
  repo.git('clone', '--quiet', '--depth=1', '--no-single-branch', `file://${repo.top}`, clone);
  repo.git('-C', clone, 'branch', 'side', 'origin/side');

  const shallow = scan(repo, [], { cwd: clone });
  repo.git('-C', clone, 'fetch', '--quiet', '--unshallow');
  const whole = scan(repo, [], { cwd: clone });

  expect(shallow).toMatchObject({
    code: 2,
    body: { failed: [{ name: 'side', reason: expect.stringContaining('git fetch --unshallow') }] },
  });
  expect(whole).toMatchObject({ code: 0, body: { failed: [], parties: [{ name: 'side' }] } });
});

/** A git in front of the real one that ends as one does which does not know an option. */
const addOldGit = (repo: Repo, pattern: string): void => {
  const git = spawnSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).stdout.trim();
  const path = join(repo.root, 'bin', 'git');
  writeFileSync(path, `#!/bin/sh\ncase "$*" in ${pattern}) exit 129;; esac\nexec ${git} "$@"\n`);
  chmodSync(path, 0o755);
};

const makeConflict = (): Repo => {
  const repo = makeBusyRepo();
  addWork(repo, 'codex', { 'src/a.ts': withLine(5, 'codex') });
  addWork(repo, 'claude').write('src/a.ts', withLine(5, 'claude'));
  return repo;
};

test('says the same with a git that merges one pair at a time', () => {
  const repo = makeConflict();
  const expected = pairsOf(repo);
  addOldGit(repo, '*merge-tree*--stdin*');

  expect(pairsOf(repo)).toEqual(expected);
  expect(expected).toEqual(['claude × codex: conflict src/a.ts (contents)']);
});

test('cannot decide with a git that cannot merge, and says so; the paths are told all the same', () => {
  const repo = makeConflict();
  addOldGit(repo, '*merge-tree*|*worktree*-z*');

  const text = repo.leasehold(['radar']);
  const json = scan(repo);

  expect(text.code).toBe(2);
  expect(text.stdout).toContain('this git cannot tell what would conflict; git 2.38 and newer can');
  expect(nextOf(text.stdout)).toBe('update git to 2.38 or newer');
  expect(json).toMatchObject({
    code: 2,
    body: {
      conflicts_known: false,
      pairs: [{ outcome: 'unknown', paths: [{ path: 'src/a.ts' }] }],
    },
  });
});

test('cannot decide on a worktree that cannot be read, and tells of all others', () => {
  const repo = makeConflict();
  const broken = addWork(repo, 'broken');
  writeFileSync(join(repo.top, '.git/worktrees/broken/index'), 'no index');

  const unlinked = addWork(repo, 'unlinked');
  rmSync(unlinked.path('.git'));
  symlinkSync('.git', unlinked.path('.git'));

  const { code, body } = scan(repo);

  expect(broken.tryGit(['status']).code).not.toBe(0);
  expect(code).toBe(2);
  expect(body.failed).toMatchObject([
    { name: unlinked.top, reason: expect.stringContaining('cannot be read') },
    { name: 'broken', reason: expect.stringContaining('cannot be read') },
  ]);
  expect(body.pairs).toHaveLength(1);
});

test('cannot decide who is who where a lock file cannot be read', () => {
  const repo = makeBusyRepo();
  writeLock(repo, 'spoiled.lock', { files: 'src' });

  const text = repo.leasehold(['radar']);
  const json = scan(repo);

  expect(text.code).toBe(2);
  expect(text.stderr).toContain('spoiled.lock');
  expect(json).toMatchObject({ code: 2, body: { unreadable: [{ file: 'spoiled.lock' }] } });
});

test('prints names of others on one line each, and advises what can be pasted', () => {
  const repo = makeBusyRepo({ "src/it's\n\u001b[31ma.ts": LINES });
  const path = "src/it's\n\u001b[31ma.ts";
  repo.git('branch', "x;$(touch$IFS''hacked)'y");
  for (const name of ['one', 'two']) addWork(repo, name).write(path, withLine(5, name));
  repo.git('-C', join(repo.root, 'one'), 'checkout', '--quiet', "x;$(touch$IFS''hacked)'y");
  repo.git('-C', join(repo.root, 'one'), 'commit', '--quiet', '-am', 'one');

  const text = repo.leasehold(['radar']);
  const pasted = pasteNext(repo, text.stdout);

  expect(text.code).toBe(1);
  expect(text.stdout).toContain("src/it's\\n\\x1b[31ma.ts");
  expect(text.stdout).not.toContain('\u001b');
  expect(pasted.stdout).toContain('two');
  expect(readdirSync(repo.top)).not.toContain('hacked');
});

test.each([
  ['both committed', true, true],
  ['one committed', true, false],
  ['the other committed', false, true],
  ['neither committed', false, false],
])('advises a command that shows both versions: %s', (_, first, second) => {
  const repo = makeBusyRepo();
  for (const [name, isCommitted] of [
    ['one', first],
    ['two', second],
  ] as const) {
    const tree = addWork(repo, name);
    tree.write('src/a.ts', withLine(5, name));
    if (isCommitted) tree.git('commit', '--quiet', '-am', name);
  }

  const { stdout } = repo.leasehold(['radar'], { cwd: repo.path('src') });
  const pasted = pasteNext(repo, stdout, { cwd: repo.path('src') });

  expect(pasted.stdout).toMatch(/^[-+]one$/m);
  expect(pasted.stdout).toMatch(/^[-+]two$/m);
});

test('stays readable with 500 paths, and shows all of them when asked', () => {
  const repo = makeBusyRepo();
  const files = (text: string) =>
    Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`src/f${index}.ts`, text]));
  addWork(repo, 'codex', files('codex\n'));
  addWork(repo, 'claude', files('claude\n'));

  const short = repo.leasehold(['radar']).stdout.split('\n');
  const whole = repo.leasehold(['radar', '--verbose']).stdout.split('\n');

  expect(short.length).toBeLessThanOrEqual(13);
  expect(short).toContain('  and 495 more');
  expect(short).toContain('everything: leasehold radar --verbose');
  expect(whole.filter((line) => line.includes('both changed the same lines'))).toHaveLength(500);
});

/** Runs the radar with a git that counts how often it is started. */
const countProcesses = (repo: Repo): number => {
  const log = join(repo.root, 'count');
  const git = spawnSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).stdout.trim();
  const path = join(repo.root, 'bin', 'git');
  writeFileSync(path, `#!/bin/sh\necho >>${log}\nexec ${git} "$@"\n`);
  chmodSync(path, 0o755);
  const ended = repo.leasehold(['radar']);
  rmSync(path);
  expect(ended.code).toBe(1);
  return readFileSync(log, 'utf8').length;
};

/** Branches on `main`, two of them at each file, made by one git. */
const addBranches = (repo: Repo, count: number): void => {
  const stream = Array.from({ length: count }, (_, index) =>
    [
      `commit refs/heads/b${index}`,
      'committer Ben <ben@example.com> 1700000000 +0000',
      'data 0',
      'from refs/heads/main',
      `M 100644 inline src/f${index >> 1}.ts`,
      `data ${String(index).length}`,
      `${index}`,
      '',
    ].join('\n'),
  ).join('');
  const ended = repo.tryGit(['fast-import', '--quiet', '--force'], { input: stream });
  expect(ended).toMatchObject({ code: 0 });
};

test('starts no more gits for a hundred branches than for two', () => {
  const repo = makeBusyRepo();
  addBranches(repo, 2);
  const few = countProcesses(repo);
  rmSync(join(repo.root, 'count'));
  addBranches(repo, 100);

  const many = countProcesses(repo);

  expect(scan(repo).body.pairs).toHaveLength(50);
  expect(many).toBe(few);
  expect(few).toBeLessThanOrEqual(22);
});

test('starts four gits more for each worktree that has to be compared as it lies there, two for others', () => {
  const repo = makeBusyRepo();
  for (const name of ['one', 'two']) addWork(repo, name).write('src/a.ts', withLine(5, name));
  const before = countProcesses(repo);
  rmSync(join(repo.root, 'count'));
  addWork(repo, 'three').write('src/a.ts', withLine(5, 'three'));
  const dirty = countProcesses(repo);
  rmSync(join(repo.root, 'count'));
  addWork(repo, 'four').write('elsewhere.ts', 'four\n');

  expect([dirty - before, countProcesses(repo) - dirty]).toEqual([4, 2]);
});

test('takes no path, and says so', () => {
  expect(scan(makeBusyRepo(), ['src'])).toMatchObject({
    code: 2,
    body: { error: { code: 'usage' } },
  });
});
