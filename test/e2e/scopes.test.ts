import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { locksDirectory, makeGuardedRepo, makeRepo, type Repo, writeLock } from '../make-repo.ts';

const CODEX = { holder: 'codex' };

/** Locks by hand on `scope`, then commits `path`: what the installed hook says. */
const commitUnder = (repo: Repo, scope: string, path: string): 'block' | 'allow' | string => {
  writeLock(repo, 'by-hand.lock', { files: [scope] });
  repo.write(path, `${scope}\n`);
  repo.git('add', '--all');
  const commit = repo.tryGit(['commit', '-m', 'mine']);
  repo.git('reset', '--quiet', '--hard');
  if (commit.code === 0 && commit.stderr === '') return 'allow';
  return commit.stderr.includes('codex holds it') ? 'block' : commit.stderr;
};

const ROWS = [
  ['src', 'src/a.ts', 'block'],
  ['src/', 'src/a.ts', 'block'],
  ['./src/', 'src/a.ts', 'block'],
  ['.//src//', 'src/deep/x.ts', 'block'],
  ['src', 'srcs/a.ts', 'allow'],
  ['src/a.ts', 'src/a.tsx', 'allow'],
  ['src/*', 'src/a.ts', 'block'],
  ['src/*', 'src/deep/x.ts', 'allow'],
  ['src/*', 'src/.hidden', 'block'],
  ['*.ts', 'a.ts', 'block'],
  ['*.ts', 'src/a.ts', 'allow'],
  ['**/*.ts', 'a.ts', 'block'],
  ['**/*.ts', 'src/deep/x.ts', 'block'],
  ['src/{a,b}.ts', 'src/b.ts', 'block'],
  ['src/{a,b}.ts', 'src/c.ts', 'allow'],
  ['glob:src/?.ts', 'src/a.ts', 'block'],
  ['regex:^src/[a-c]\\.ts$', 'src/b.ts', 'block'],
  ['regex:src/b', 'src/b.ts', 'allow'],
  ['app/[id]/page.ts', 'app/[id]/page.ts', 'block'],
  ['app/[id]/', 'app/[id]/page.ts', 'block'],
] as const;

test('reads every scope as the page on scopes says', () => {
  const repo = makeGuardedRepo();

  const verdicts = ROWS.map(([scope, path]) => [scope, path, commitUnder(repo, scope, path)]);

  expect(verdicts).toEqual(ROWS);
});

test('reads a typed scope relative to where its holder stands', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'a.ts': 'one\n', 'docs/b.md': 'one\n' });
  repo.leasehold(['claim', './a.ts', '../docs', '*.css'], {
    holder: 'codex',
    cwd: repo.path('src'),
  });

  const { body } = repo.json(['check', '--paths', 'a.ts', 'src/a.ts', 'docs/b.md', 'src/x.css']);

  expect(body.findings.map(({ path }: { path: string }) => path)).toEqual([
    'src/a.ts',
    'docs/b.md',
    'src/x.css',
  ]);
});

test('finds by case-folded names where git ignored case at init, whatever it is set to later', () => {
  const repo = makeRepo();
  repo.git('config', 'core.ignorecase', 'true');
  repo.leasehold(['init']);
  repo.commitQuietly({ 'src/a.ts': 'one\n', 'src/b.ts': 'one\n' });
  repo.leasehold(['claim', 'SRC/A.ts', 'regex:^SRC/B\\.TS$'], { holder: 'codex' });
  repo.write('src/a.ts', 'two\n');
  repo.write('src/b.ts', 'two\n');
  repo.git('config', 'core.ignorecase', 'false');

  const a = repo.tryGit(['commit', '-m', 'mine', 'src/a.ts']);
  const b = repo.tryGit(['commit', '-m', 'mine', 'src/b.ts']);

  expect([a.code, b.code]).toEqual([1, 1]);
  expect(a.stderr).toContain('  src/a.ts\n    error codex holds it');
  expect(b.stderr).toContain('  src/b.ts\n    error codex holds it');
});

test('tells names of different case apart where git does', () => {
  const repo = makeGuardedRepo();

  expect(commitUnder(repo, 'SRC/A.ts', 'src/a.ts')).toBe('allow');
});

test('refuses a commit on documentation that another holder writes, and shows the mode in status', () => {
  const repo = makeGuardedRepo({ 'docs/a.md': 'one\n' });
  repo.leasehold(['claim', '--doc', 'docs/'], { holder: 'codex' });
  repo.write('docs/a.md', 'two\n');

  const commit = repo.tryGit(['commit', '-a', '-m', 'mine']);
  const status = repo.leasehold(['status']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('codex holds it');
  expect(status.stdout).toContain('docs/ (doc-write)');
});

test('refuses a commit on a path that another holder reads, until it is released', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.leasehold(['claim', '--read', 'src/'], { holder: 'codex' });
  repo.write('src/a.ts', 'two\n');

  const refused = repo.tryGit(['commit', '-a', '-m', 'mine']);
  repo.leasehold(['release', '--all'], { holder: 'codex' });
  const allowed = repo.tryGit(['commit', '-a', '-m', 'mine']);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /codex reads it and wants it unchanged until .*\[lock\/read-held\]/,
  );
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});

test('refuses a reader’s own commit on what it only reads', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.leasehold(['claim', '--read', 'src/'], { holder: 'codex' });
  repo.write('src/a.ts', 'two\n');

  const commit = repo.tryGit(['commit', '-a', '-m', 'mine'], { holder: 'codex' });

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('[lock/outside-grant]');
});

test('lets two holders read the same, and neither of them write it', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', '--read', 'src/'], { holder: 'codex' });

  const read = repo.leasehold(['claim', '--read', 'src/a.ts'], { holder: 'claude' });
  const write = repo.leasehold(['claim', 'src/a.ts'], { holder: 'claude' });

  expect(read.code).toBe(0);
  expect(write.code).toBe(1);
  expect(write.stderr).toContain('codex holds src/ (read)');
});

test('denies a pattern that can meet a held file, and a directory around it', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'app/models/user.py'], { holder: 'codex' });
  const claim = (scope: string) => repo.leasehold(['claim', scope], { holder: 'claude' }).code;

  const denied = ['app/**', 'app', '**/user.py', 'app/*/u*.py', 'regex:^app/.*$'].map(claim);
  const granted = ['app/*.py', 'app/models/user.p', 'app/models/user.pyi'].map(claim);

  expect(denied).toEqual([1, 1, 1, 1, 1]);
  expect(granted).toEqual([0, 0, 0]);
});

test('refuses a claim on everything, however it is spelled, unless it is meant', () => {
  const repo = makeGuardedRepo();
  const spellings = ['**', '.', './', '*/../**', 'regex:.*', '**/*', '{**,x}', repo.top];

  const refused = spellings.map((scope) => repo.leasehold(['claim', scope], { holder: 'codex' }));
  const meant = repo.leasehold(['claim', '--broad', '**'], { holder: 'codex' });
  repo.write('any/thing', 'one\n');
  repo.git('add', '--all');
  const commit = repo.tryGit(['commit', '-m', 'mine']);

  expect(refused.map(({ code }, index) => [spellings[index], code])).toEqual(
    spellings.map((scope) => [scope, 2]),
  );
  expect(refused[0]?.stderr).toContain('--broad');
  expect(meant.code).toBe(0);
  expect(commit.code).toBe(1);
});

test('refuses to claim what no commit can change: what lies in a git directory, at any depth and in any case', () => {
  const repo = makeGuardedRepo();
  symlinkSync('.git/hooks', repo.path('hooks'));
  const own = [
    ...['.git/x', '.git', '.git/', './.GIT/hooks/', repo.path('.git/config'), 'hooks/pre-commit'],
    ...['mods/sub/.git', '.git/**', '**/.Git/*', 'glob:.git'],
  ];
  const named = [
    '.gitignore',
    '.github/',
    '.git*',
    'src/.gitkeep',
    'src/x.git/',
    'regex:^[.]git/x$',
  ];
  const tree = repo.addWorktree('tree');

  const refused = own.map((scope) => repo.leasehold(['claim', 'src/a.ts', scope], CODEX));
  const inTree = tree.leasehold(['claim', '.git'], CODEX);
  const others = ['--read=.git/x', '--doc=.git/'].map((scope) =>
    repo.leasehold(['claim', scope], CODEX),
  );
  const asJson = repo.json(['conflicts', '.git/x'], CODEX);
  const held = repo.json(['status']).body.grants;
  const granted = repo.leasehold(['claim', ...named], CODEX);

  expect(refused.map(({ code }, at) => [own[at], code])).toEqual(own.map((scope) => [scope, 2]));
  expect(refused[0]?.stderr).toContain('".git/x" cannot be claimed: git tracks nothing in .git');
  expect(refused[0]?.stderr).toContain('next: claim paths that commits can change');
  expect([inTree, ...others].map(({ code }) => code)).toEqual([2, 2, 2]);
  expect([asJson.code, asJson.body.error.code]).toEqual([2, 'scope-refused']);
  expect(held).toEqual([]);
  expect(granted.code).toBe(0);
});

test('refuses to claim what is no scope, and claims nothing', () => {
  const repo = makeGuardedRepo();
  const scopes = [
    '../outside',
    '/etc/passwd',
    '',
    'regex:(?=a)b',
    'regex:(a)\\1',
    'regex:(',
    'glob:/abs/*',
    'glob:../*',
  ];

  const claims = scopes.map((scope) =>
    repo.leasehold(['claim', 'ok.ts', scope], { holder: 'codex' }),
  );

  expect(claims.map(({ code }, index) => [scopes[index], code])).toEqual(
    scopes.map((scope) => [scope, 2]),
  );
  for (const { stderr } of claims) expect(stderr).toMatch(/next: /);
  const directory = locksDirectory(repo);
  expect(existsSync(directory) ? readdirSync(directory) : []).toEqual([]);
});

test('cannot decide under a hand-written pattern that is none, and names its file', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.write('README.md', 'changed\n');
  const decide = (pattern: string) => {
    writeLock(repo, 'bad.lock', { patterns: [pattern] });
    const check = repo.leasehold(['check', '--paths', 'README.md']);
    return [check.code, check.stdout.includes('bad.lock')];
  };

  const verdicts = ['regex:(?!x)y', 'regex:(x', 'glob:../x'].map(decide);

  expect(verdicts).toEqual([
    [2, true],
    [2, true],
    [2, true],
  ]);
});

test('takes an absolute path for what it names, also where a link leads to the repository', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const link = join(repo.root, 'link');
  symlinkSync(repo.top, link);
  symlinkSync('a.ts', repo.path('src/tracked-link.ts'));
  const typed = ['src/a.ts', 'src/not/yet.ts', 'src/tracked-link.ts', 'lib/'];

  const { body } = repo.json(['claim', ...typed.map((path) => `${link}/${path}`)], {
    holder: 'codex',
    cwd: link,
  });

  expect([body.grant.files, body.grant.directories]).toEqual([typed.slice(0, 3), ['lib/']]);
});

test('checks a directory by the files below it, new ones too, and what is not there by itself', () => {
  const repo = makeGuardedRepo({
    'src/lib/a.ts': 'one\n',
    'src/b.ts': 'one\n',
    '.gitignore': 'out\n',
  });
  repo.leasehold(['claim', 'src/lib/', 'new/'], { holder: 'codex' });
  repo.write('src/lib/new.ts', 'one\n');
  repo.write('src/lib/out', 'one\n');
  const check = (path: string, cwd = repo.top) => {
    const { body } = repo.json(['check', '--paths', path], { cwd });
    const held = body.findings.filter((finding: { rule: string }) => finding.rule === 'lock/held');
    return held.map((finding: { path: string }) => finding.path);
  };
  const held = ['src/lib/a.ts', 'src/lib/new.ts'];

  expect([check('src'), check('src/'), check('./lib', repo.path('src')), check('.')]).toEqual(
    Array(4).fill(held),
  );
  expect([check('src/b.ts'), check('docs/'), check('new/x/y.ts'), check('new')]).toEqual([
    [],
    [],
    ['new/x/y.ts'],
    ['new'],
  ]);
});

test('takes what is typed below a link for the file that it leads to, a glob too, and the link for itself', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'web/b.ts': 'one\n' });
  symlinkSync('../src', repo.path('web/shared'));
  symlinkSync(repo.root, repo.path('web/outside'));
  const typed = ['shared/a.ts', 'shared/*.md', 'shared', 'shared/', './glob:c', 'outside/x'];

  const { body } = repo.json(['claim', ...typed], { holder: 'codex', cwd: repo.path('web') });
  const held = repo.leasehold(['check', '--paths', 'web/shared/a.ts']);
  const free = repo.leasehold(['check', '--paths', 'web/b.ts']);

  const { files, directories, patterns } = body.grant;
  expect(files).toEqual(['src/a.ts', 'web/shared', 'web/glob:c', 'web/outside/x']);
  expect([directories, patterns]).toEqual([['src/'], ['glob:src/*.md']]);
  expect(held.stdout).toContain('  src/a.ts\n');
  expect([held.code, free.code]).toEqual([1, 0]);
});

test('takes the link that leads to the repository for the whole of it, and a path elsewhere for none', () => {
  const repo = makeGuardedRepo();
  const link = join(repo.root, 'link');
  symlinkSync(repo.top, link);

  const whole = repo.leasehold(['claim', link], { holder: 'codex' });
  const elsewhere = repo.leasehold(['claim', join(repo.root, 'not/here')], { holder: 'codex' });

  expect([whole.code, whole.stderr.split('\n')[0]]).toEqual([
    2,
    'leasehold: "." covers the whole repository, and nobody else could work',
  ]);
  expect([elsewhere.code, elsewhere.stderr.split('\n')[0]]).toEqual([
    2,
    expect.stringMatching(/cannot be claimed: it lies outside the repository$/),
  ]);
});
