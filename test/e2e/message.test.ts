import { expect, test } from 'vitest';
import { addRemote, makeGuardedRepo, NO_HOOKS, type Repo, writeLock } from '../make-repo.ts';
import { commitTwice, nextOf, pasteNext, runShell, warmUp } from '../shell.ts';

const GEM = { holder: 'gem' };

const claim = (repo: Repo, holder: string, scope: string, task: string): void => {
  const { code, stderr } = repo.leasehold(['claim', scope, '--task', task], { holder });
  expect(stderr).toBe('');
  expect(code).toBe(0);
};

/** The report with every `until` at the same time, and no word of git's. */
const plain = (stderr: string): string[] =>
  stderr
    .replace(
      /until (?:\d{4}-\d\d-\d\d )?\d\d:\d\d UTC \(in [^)]+\)/g,
      'until 15:42 UTC (in 54 min)',
    )
    .replace(/^error: failed to push[\s\S]*/m, '')
    .trimEnd()
    .split('\n');

const writeAll = (repo: Repo, paths: readonly string[]): void => {
  for (const path of paths) repo.write(path, 'two\n');
  repo.git('add', '--all');
};

/** 500 files in four directories, each held by somebody else. */
const makeCrowdedRepo = (): Repo => {
  const repo = makeGuardedRepo();
  for (const holder of ['ann', 'bob', 'codex', 'dora']) {
    claim(repo, holder, `${holder}/`, `The work of ${holder}`);
    writeAll(
      repo,
      Array.from({ length: 125 }, (_, at) => `${holder}/${String(at).padStart(3, '0')}.ts`),
    );
  }
  return repo;
};

test('one path held by one holder: what, who, for what, until when, the ways out, and what to run', () => {
  const repo = makeGuardedRepo();
  claim(repo, 'codex', 'src/', 'Port the tokenizer');
  writeAll(repo, ['src/a.ts']);

  const commit = commitTwice(repo, ['-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(plain(commit.stderr)).toEqual([
    "leasehold: commit refused. You are ben@example.com (git's e-mail).",
    '  src/a.ts',
    '    error codex holds it until 15:42 UTC (in 54 min), task "Port the tokenizer" [lock/held]',
    'ways out: wait for codex: leasehold claim --wait -- src/a.ts',
    '          ask codex: leasehold ask -m TEXT -- src/a.ts',
    '          or take another task, split the directory, merge the tasks',
    'next: leasehold conflicts -- src/a.ts',
  ]);
});

test('three paths of two holders and one of an owner, in twelve lines', () => {
  const repo = makeGuardedRepo(
    { CODEOWNERS: '/docs/ @ann\n' },
    { owners: { identities: { gem: ['@gem'] } } },
  );
  claim(repo, 'codex', 'src/', 'Port the tokenizer');
  claim(repo, 'claude', 'web/', 'New start page');
  writeAll(repo, ['src/a.ts', 'src/b.ts', 'web/c.ts', 'docs/d.md']);

  const commit = commitTwice(repo, ['-m', 'mine'], GEM);

  expect(plain(commit.stderr)).toEqual([
    'leasehold: commit refused. You are gem (LEASEHOLD_HOLDER).',
    '  docs/d.md',
    '    error it belongs to @ann (CODEOWNERS:1) [owners/not-owner]',
    '  src/a.ts',
    '  src/b.ts',
    '    error codex holds it until 15:42 UTC (in 54 min), task "Port the tokenizer" [lock/held]',
    '  web/c.ts',
    '    error claude holds it until 15:42 UTC (in 54 min), task "New start page" [lock/held]',
    'ways out: wait for codex and claude: leasehold claim --wait -- src/a.ts src/b.ts web/c.ts',
    '          ask codex: leasehold ask -m TEXT -- src/a.ts',
    '          or take another task, split the directory, merge the tasks',
    'next: leasehold claim -- docs/d.md',
  ]);
});

const CROWD = [
  "leasehold: commit refused: 500 errors. You are ben@example.com (git's e-mail).",
  '  ann/000.ts ann/001.ts ann/002.ts ann/003.ts ann/004.ts ann/005.ts ann/006.ts ann/007.ts ann/008.ts and 116 more',
  '    error ann holds it until 15:42 UTC (in 54 min), task "The work of ann" [lock/held]',
  '  bob/000.ts bob/001.ts bob/002.ts bob/003.ts bob/004.ts bob/005.ts bob/006.ts bob/007.ts bob/008.ts and 116 more',
  '    error bob holds it until 15:42 UTC (in 54 min), task "The work of bob" [lock/held]',
  '  codex/000.ts codex/001.ts codex/002.ts codex/003.ts codex/004.ts codex/005.ts codex/006.ts and 118 more',
  '    error codex holds it until 15:42 UTC (in 54 min), task "The work of codex" [lock/held]',
  '  dora/000.ts dora/001.ts dora/002.ts dora/003.ts dora/004.ts dora/005.ts dora/006.ts dora/007.ts and 117 more',
  '    error dora holds it until 15:42 UTC (in 54 min), task "The work of dora" [lock/held]',
  'ways out: wait (leasehold claim --wait -- PATH), ask (leasehold ask -m TEXT -- PATH), or take another task, split the directory, merge the tasks',
  'all of it: leasehold check --verbose',
  'next: leasehold conflicts -- ann/000.ts',
];

test('500 paths of four holders, in twelve lines, and how to see all of them', () => {
  const repo = makeCrowdedRepo();

  const commit = commitTwice(repo, ['-m', 'mine']);
  const all = repo.leasehold(['check', '--verbose']);

  expect(plain(commit.stderr)).toEqual(CROWD);
  expect(all.code).toBe(1);
  expect(all.stdout.match(/^ {2}\w+\/\d{3}\.ts$/gm)).toHaveLength(500);
  expect(nextOf(all.stdout)).toBe(nextOf(commit.stderr));
});

test('names the environment where `leasehold check` would look at another index', () => {
  const repo = makeCrowdedRepo();
  repo.git(...NO_HOOKS, 'commit', '--quiet', '-m', 'theirs');
  for (const holder of ['ann', 'bob']) {
    for (let at = 0; at < 20; at += 1) {
      repo.write(`${holder}/${String(at).padStart(3, '0')}.ts`, 'three\n');
    }
  }
  warmUp(repo);

  const whole = repo.tryGit(['commit', '-a', '-m', 'mine']);
  const verbose = repo.tryGit(['commit', '-a', '-m', 'mine'], { env: { LEASEHOLD_VERBOSE: '1' } });

  expect(plain(whole.stderr).at(-2)).toBe(
    'all of it: set LEASEHOLD_VERBOSE=1 and run the same git command again',
  );
  expect(whole.stderr).toContain('commit refused: 40 errors.');
  expect(verbose.stderr.match(/^ {2}\w+\/\d{3}\.ts$/gm)).toHaveLength(40);
});

test('a push of three refs with findings in several commits is one report', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  addRemote(repo);
  repo.git('push', '--quiet', 'origin', 'main');
  repo.git('remote', 'set-head', 'origin', 'main');
  const commits = ['one', 'two', 'three'].map((branch, at) => {
    repo.git('checkout', '--quiet', '-b', branch, 'main');
    repo.commitQuietly({ [`src/${at}.ts`]: 'two\n' });
    return repo.git('rev-parse', 'HEAD').slice(0, 10);
  });
  claim(repo, 'codex', 'src/', 'Port the tokenizer');

  const push = repo.tryGit(['push', 'origin', 'main', 'one', 'two', 'three']);

  expect(push.code).toBe(1);
  expect(plain(push.stderr)).toEqual([
    "leasehold: push of refs/heads/one, refs/heads/two and refs/heads/three refused. You are ben@example.com (git's e-mail).",
    `  src/0.ts (in ${commits[0]})`,
    `  src/1.ts (in ${commits[1]})`,
    `  src/2.ts (in ${commits[2]})`,
    '    error codex holds it until 15:42 UTC (in 54 min), task "Port the tokenizer" [lock/held]',
    'ways out: wait for codex: leasehold claim --wait -- src/0.ts src/1.ts src/2.ts',
    '          ask codex: leasehold ask -m TEXT -- src/0.ts',
    '          or take another task, split the directory, merge the tasks',
    'next: leasehold conflicts -- src/0.ts',
  ]);
});

test('a push of many refs that bring one commit is one report, and tells of it once', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  addRemote(repo);
  repo.git('push', '--quiet', 'origin', 'main');
  repo.git('remote', 'set-head', 'origin', 'main');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  claim(repo, 'codex', 'src/', 'Port the tokenizer');
  const lines = Array.from(
    { length: 12 },
    (_, at) =>
      `refs/heads/b${at} ${repo.git('rev-parse', 'HEAD')} refs/heads/b${at} ${'0'.repeat(40)}\n`,
  );

  const push = repo.leasehold(['hook', 'pre-push', 'origin', 'x'], { input: lines.join('') });

  expect(push.code).toBe(1);
  expect(plain(push.stderr)).toHaveLength(7);
  expect(push.stderr).toContain('push of refs/heads/b0, refs/heads/b1, refs/heads/b2 and 9 more');
});

test('warnings alone: accepted, and what each of them wants', () => {
  const repo = makeGuardedRepo({ CODEOWNERS: '/docs/ @ann\n' });
  writeAll(repo, ['docs/a.md']);

  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(commit.code).toBe(0);
  expect(plain(commit.stderr)).toEqual([
    'leasehold: commit accepted, with warnings',
    '  docs/a.md',
    '    warning it belongs to @ann, and the config maps you to no owner [owners/unknown-actor]',
    '    hint: add yourself to owners.identities in leasehold.config.json',
  ]);
});

test('a lock file that cannot be read: undecided, the file by its name, and the command that clears it', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'broken.lock', { files: 'src' });
  writeAll(repo, ['src/a.ts']);

  const commit = commitTwice(repo, ['-m', 'mine']);
  const cleared = pasteNext(repo, commit.stderr);
  const after = repo.tryGit(['commit', '-m', 'mine']);

  expect(plain(commit.stderr)).toEqual([
    "leasehold: could not decide on the commit. You are ben@example.com (git's e-mail).",
    '  broken.lock',
    '    error this lock file cannot be read: files is missing [lock/unreadable]',
    'next: leasehold doctor --fix',
  ]);
  expect([commit.code, cleared.code, after.code]).toEqual([1, 0, 0]);
});

test('a claim of many files that is denied: whose grant is in the way of how many, and the ways out', () => {
  const repo = makeGuardedRepo();
  claim(repo, 'codex', 'src/', 'Port the tokenizer');
  const files = Array.from({ length: 100 }, (_, at) => `src/${String(at).padStart(3, '0')}.ts`);

  const denied = repo.leasehold(['claim', ...files], GEM);

  expect(denied.code).toBe(1);
  expect(plain(denied.stderr.replaceAll(repo.root, ''))).toEqual([
    'Denied: nothing was claimed.',
    '  src/000.ts src/001.ts src/002.ts src/003.ts src/004.ts src/005.ts src/006.ts src/007.ts src/008.ts and 91 more',
    expect.stringMatching(
      /^ {4}codex holds src\/ until 15:42 UTC \(in 54 min\), task "Port the tokenizer", in /,
    ),
    'ways out:',
    expect.stringMatching(/^ {2}- wait: claim with --wait; the last of these grants ends at /),
    '  - take another task, on paths that nobody holds',
    '  - ask codex to release the path, or to take over your part of the work: leasehold ask PATH -m TEXT',
    '  - split the directory: claim only the files that you need',
    '  - merge the tasks: let one holder do both',
  ]);
});

test('each way out is a command that can be pasted', () => {
  const repo = makeGuardedRepo();
  claim(repo, 'codex', 'src/', 'Port the tokenizer');
  writeAll(repo, ["src/it's -n.ts"]);
  const { stderr } = repo.tryGit(['commit', '-m', 'mine']);
  const ask = /ask codex: (.*)/.exec(stderr)?.[1] ?? 'false';
  const wait = /wait for codex: (.*)/.exec(stderr)?.[1] ?? 'false';

  const asked = runShell(repo, ask.replace('TEXT', 'please'));
  repo.leasehold(['release', '--all'], { holder: 'codex' });
  const waited = runShell(repo, wait);

  expect(asked.code).toBe(0);
  expect(waited.stdout).toContain("src/it's -n.ts");
  expect(repo.tryGit(['commit', '-m', 'mine']).code).toBe(0);
});
