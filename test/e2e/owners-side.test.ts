import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Call, copiesOf, type Ended, makeRepo, type Repo } from '../make-repo.ts';
import { nextOf, pasteNext, runShell } from '../shell.ts';

const OWNERS = 'CODEOWNERS';
const CONFIG = 'leasehold.config.json';

/** HEAD's CODEOWNERS names @head, that of the working tree @tree. */
const makeEditedRepo = copiesOf((): Repo => {
  const repo = makeRepo();
  repo.commitQuietly({ [OWNERS]: '* @head\n', 'a.ts': '1\n' });
  repo.write(OWNERS, '* @tree\n');
  return repo;
});

/** The owners of one path, and the line's file and pattern, as one line. */
const ask = (repo: Repo, args: string[], call?: Call): string => {
  const { code, stdout, stderr } = repo.leasehold(['owners', 'a.ts', ...args], call);
  return code === 0 ? stdout.trimEnd() : `${code}: ${stderr}`;
};

const statsOf = (repo: Repo, args: string[] = [], call?: Call): unknown =>
  repo.json(['owners', '--stats', ...args], call).body;

const expectUndecided = (ended: Ended, message: string): void => {
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain(message);
  expect(nextOf(ended.stderr)).not.toContain('false #');
};

test('answers by HEAD, and not by what is edited or staged', () => {
  const repo = makeEditedRepo();

  const edited = ask(repo, []);
  repo.git('add', '--all');
  const staged = ask(repo, []);
  rmSync(repo.path(OWNERS));
  const gone = ask(repo, []);

  expect([edited, staged, gone]).toEqual(Array(3).fill('a.ts  @head  CODEOWNERS:1 *'));
});

test('answers by the working tree where that is asked for', () => {
  const repo = makeEditedRepo();

  expect(ask(repo, ['--worktree'])).toBe('a.ts  @tree  CODEOWNERS:1 *');
});

test('finds the working tree’s file from a subdirectory', () => {
  const repo = makeEditedRepo();
  mkdirSync(repo.path('src'));
  const cwd = repo.path('src');

  const answer = repo.json(['owners', '../a.ts', '--worktree'], { cwd });
  const stats = statsOf(repo, ['--worktree'], { cwd });

  expect(answer.body.paths).toMatchObject([{ path: 'a.ts', owners: ['@tree'] }]);
  expect(stats).toMatchObject({ files: 2 });
});

test('holds the tree’s lines against the files that git tracks, and a commit’s against its own', () => {
  const repo = makeEditedRepo();
  repo.write('staged.ts', '1\n');
  repo.git('add', 'staged.ts');
  repo.write('untracked.ts', '1\n');

  const head = statsOf(repo);
  const tree = statsOf(repo, ['--worktree']);

  expect(head).toMatchObject({ files: 2, owners: [{ owner: '@head', files: 2 }] });
  expect(tree).toMatchObject({ files: 3, owners: [{ owner: '@tree', files: 3 }] });
});

test('lints the working tree, and a commit where that is asked for', () => {
  const repo = makeRepo();
  repo.commitQuietly({ [OWNERS]: '* @head !bad\n' });
  repo.write(OWNERS, '* @tree\n');

  const byDefault = repo.leasehold(['owners', '--lint']);
  const tree = repo.leasehold(['owners', '--lint', '--worktree']);
  const head = repo.leasehold(['owners', '--lint', '--ref', 'HEAD']);

  expect(byDefault).toMatchObject({ code: 0, stdout: '0 errors, 0 warnings\n' });
  expect(tree).toEqual(byDefault);
  expect(head.code).toBe(1);
  expect(head.stdout).toContain('[owners/invalid]');
});

test('answers by the commit that a ref names, with its files and its config', () => {
  const repo = makeRepo();
  repo.commitQuietly({ [OWNERS]: '* @old\n', 'a.ts': '1\n', 'b.ts': '1\n' });
  repo.git('tag', 'light');
  repo.git('tag', '-m', 'with a message', 'annotated');
  repo.commitQuietly({
    [OWNERS]: '[Section] @section\n* @new\n',
    [CONFIG]: '{"owners":{"dialect":"gitlab"}}',
  });
  repo.git('rm', '--quiet', 'b.ts');
  repo.commitQuietly({});
  const old = repo.git('rev-parse', 'light');

  const answers = ['HEAD~2', old, old.slice(0, 12), 'light', 'annotated', 'main~2'].map((ref) =>
    ask(repo, ['--ref', ref]),
  );

  expect(new Set(answers)).toEqual(new Set(['a.ts  @old  CODEOWNERS:1 *']));
  expect(ask(repo, [])).toBe('a.ts  @new  CODEOWNERS:2 * [Section]');
  expect(statsOf(repo, ['--ref', 'light'])).toMatchObject({ files: 3 });
  expect(statsOf(repo)).toMatchObject({ files: 3, owners: [{ owner: '@new', files: 3 }] });
});

test.each(['nonsense', '', 'HEAD:a.ts', 'HEAD^{tree}', '-', '--all', '..', 'HEAD\u001b[2J'])(
  'knows no commit %j',
  (ref) => {
    const repo = makeEditedRepo();

    const ended = repo.leasehold(['owners', 'a.ts', `--ref=${ref}`]);

    expectUndecided(ended, 'git knows no commit');
    expect(ended.stderr).not.toContain('\u001b');
  },
);

test.each(['--upload-pack=touch ran', '--output=ran', '$(touch ran)', '`touch ran`', ';touch ran'])(
  'runs nothing of a ref that reads %j',
  (ref) => {
    const repo = makeEditedRepo();

    const ended = repo.leasehold(['owners', 'a.ts', `--ref=${ref}`]);

    expectUndecided(ended, 'git knows no commit');
    expect(existsSync(repo.path('ran'))).toBe(false);
  },
);

test('does not take an option behind --ref for its value', () => {
  const repo = makeEditedRepo();

  const ended = repo.leasehold(['owners', 'a.ts', '--ref', '--upload-pack=x']);

  expectUndecided(ended, '--ref');
});

test('says that a branch without commits has no CODEOWNERS, and reads the working tree there', () => {
  const repo = makeRepo();
  repo.write(OWNERS, '* @tree\n');
  repo.git('add', '--all');

  const head = repo.leasehold(['owners', 'a.ts']);
  const ref = repo.leasehold(['owners', 'a.ts', '--ref', 'HEAD']);
  const lint = repo.leasehold(['owners', '--lint']);

  expectUndecided(head, 'a branch without commits has no CODEOWNERS');
  expectUndecided(ref, 'git knows no commit HEAD');
  expect(lint).toMatchObject({ code: 0, stdout: '0 errors, 0 warnings\n' });
  expect(ask(repo, ['--worktree'])).toBe('a.ts  @tree  CODEOWNERS:1 *');
});

test('answers by a linked worktree’s own HEAD, and its own files', () => {
  const repo = makeEditedRepo();
  const linked = repo.addWorktree('linked');
  linked.commitQuietly({ [OWNERS]: '* @linked\n', 'only-here.ts': '1\n' });
  linked.write(OWNERS, '* @edited-there\n');

  expect(ask(repo, [])).toBe('a.ts  @head  CODEOWNERS:1 *');
  expect(ask(linked, [])).toBe('a.ts  @linked  CODEOWNERS:1 *');
  expect(ask(linked, ['--worktree'])).toBe('a.ts  @edited-there  CODEOWNERS:1 *');
  expect(ask(repo, ['--ref', 'linked'])).toBe('a.ts  @linked  CODEOWNERS:1 *');
  expect([statsOf(repo), statsOf(linked)]).toMatchObject([{ files: 2 }, { files: 3 }]);
});

test('answers by a submodule’s own CODEOWNERS inside it, and by its link outside', () => {
  const repo = makeEditedRepo();
  const source = makeRepo();
  source.commitQuietly({ [OWNERS]: '* @sub\n', 'a.ts': '1\n', 'src/b.ts': '1\n' });
  repo.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', source.top, 'sub');
  repo.git('commit', '--quiet', '--message', 'sub', '--', '.gitmodules', 'sub');
  const cwd = repo.path('sub');

  const inside = statsOf(repo, [], { cwd });
  const lint = repo.leasehold(['owners', '--lint'], { cwd });
  const outside = repo.json(['owners', '--owner', '@head']);

  expect(ask(repo, [], { cwd })).toBe('a.ts  @sub  CODEOWNERS:1 *');
  expect(inside).toMatchObject({ files: 3, owners: [{ owner: '@sub', files: 3 }] });
  expect(lint.code).toBe(0);
  expect(outside.body.paths.map(({ path }: { path: string }) => path)).toEqual([
    '.gitmodules',
    OWNERS,
    'a.ts',
    'sub',
  ]);
});

test('answers in a bare repository, where the working tree is nowhere', () => {
  const repo = makeRepo();
  repo.commitQuietly({ [OWNERS]: '* @head !bad\nsrc/ @ben\n', 'src/a.ts': '1\n', 'a.ts': '1\n' });
  const cwd = join(repo.root, 'bare.git');
  repo.git('clone', '--quiet', '--bare', repo.top, cwd);
  const call = { cwd };

  const paths = repo.json(['owners', 'src/a.ts', './a.ts'], call);
  const piped = repo.json(['owners', '-z'], { cwd, input: 'src/a.ts\0' });
  const lint = repo.leasehold(['owners', '--lint'], call);
  const tree = repo.leasehold(['owners', 'a.ts', '--worktree'], call);
  const lintTree = repo.leasehold(['owners', '--lint', '--worktree'], call);
  const absolute = repo.leasehold(['owners', join(cwd, 'a.ts')], call);

  expect(paths.body.paths).toMatchObject([
    { path: 'src/a.ts', owners: ['@ben'] },
    { path: 'a.ts', state: 'unmatched' },
  ]);
  expect(piped.body.paths).toMatchObject([{ path: 'src/a.ts', owners: ['@ben'] }]);
  expect(statsOf(repo, [], call)).toMatchObject({ files: 3, owned: 1, unmatched: 2 });
  expect(lint.code).toBe(1);
  expect(lint.stdout).toContain('[owners/invalid]');
  expectUndecided(tree, 'a bare repository has no working tree');
  expectUndecided(lintTree, 'a bare repository has no working tree');
  expectUndecided(absolute, 'is no path of this repository');
});

test('does not follow a CODEOWNERS that is a link', () => {
  const repo = makeRepo();
  repo.write('real', '* @real\n');
  symlinkSync('real', repo.path(OWNERS));
  repo.commitQuietly({});

  const head = repo.leasehold(['owners', 'a.ts']);
  const tree = repo.leasehold(['owners', 'a.ts', '--worktree']);
  const lint = repo.leasehold(['owners', '--lint']);

  expectUndecided(head, 'HEAD has no CODEOWNERS');
  for (const ended of [tree, lint]) expectUndecided(ended, 'CODEOWNERS');
});

test('does not follow a link out of the repository', () => {
  const repo = makeRepo();
  symlinkSync('/etc/passwd', repo.path(OWNERS));

  const lint = repo.leasehold(['owners', '--lint']);

  expectUndecided(lint, 'CODEOWNERS');
  expect(lint.stderr).not.toContain('root:');
});

test('looks in the next place where the first one is a link or a directory in the commit', () => {
  const link = makeRepo();
  symlinkSync('docs/CODEOWNERS', link.path(OWNERS));
  link.commitQuietly({ 'docs/CODEOWNERS': '* @docs\n' });
  const directory = makeRepo();
  directory.commitQuietly({ 'CODEOWNERS/a': '* @wrong\n', 'docs/CODEOWNERS': '* @docs\n' });

  for (const repo of [link, directory])
    expect(ask(repo, [])).toBe('a.ts  @docs  docs/CODEOWNERS:1 *');
});

test('looks where the host looks, in its order', () => {
  const repo = makeRepo();
  const places = ['.gitlab/CODEOWNERS', 'docs/CODEOWNERS', OWNERS, '.github/CODEOWNERS'];

  const answers = places.map((place) => {
    repo.commitQuietly({ [place]: `* @${place.split('/').at(0)?.replace('.', '')}\n` });
    return [ask(repo, []), ask(repo, ['--worktree'])];
  });

  const expected = [
    'a.ts  @gitlab  .gitlab/CODEOWNERS:1 *',
    'a.ts  @docs  docs/CODEOWNERS:1 *',
    'a.ts  @CODEOWNERS  CODEOWNERS:1 *',
    'a.ts  @github  .github/CODEOWNERS:1 *',
  ];
  expect(answers).toEqual(expected.map((answer) => [answer, answer]));
});

test('cannot answer by a config of HEAD that is broken, and says how to mend it', () => {
  const repo = makeEditedRepo();
  repo.commitQuietly({ [CONFIG]: '{"owners":{"dialekt":"gitlab"}}' });

  const ended = [
    repo.leasehold(['owners', 'a.ts']),
    repo.leasehold(['owners', '--stats']),
    repo.leasehold(['owners', '--lint']),
  ];
  const json = repo.json(['owners', 'a.ts']);
  repo.commitQuietly({ [CONFIG]: '{}' });

  for (const one of ended) {
    expectUndecided(one, 'owners.dialekt: unknown key; did you mean "dialect"?');
    expect(nextOf(one.stderr)).toContain(`mend ${CONFIG}`);
  }
  expect(json).toMatchObject({ code: 2, body: { version: 1, error: { code: 'config-invalid' } } });
  expect(ask(repo, [])).toBe('a.ts  @tree  CODEOWNERS:1 *');
});

test('does not let the working tree’s config say how HEAD’s CODEOWNERS is read', () => {
  const repo = makeEditedRepo();
  repo.write(CONFIG, '{"owners":{"dialect":');

  expect(ask(repo, [])).toBe('a.ts  @head  CODEOWNERS:1 *');
});

/** As large as GitHub does not read it any more, or one byte smaller. */
const padTo = (size: number, text: string): string => {
  const rest = size - Buffer.byteLength(text) - 3;
  return `# ${'x'.repeat(rest)}\n${text}`;
};

const LIMIT = 3 * 1024 * 1024;

test('reads no CODEOWNERS that GitHub does not read for its size, and lint says so', () => {
  const repo = makeRepo();
  repo.commitQuietly({ [OWNERS]: padTo(LIMIT, '* @head\n'), 'a.ts': '1\n' });

  const answer = repo.leasehold(['owners', 'a.ts']);
  const lint = repo.json(['owners', '--lint']);
  const committed = repo.json(['owners', '--lint', '--ref', 'HEAD']);
  repo.commitQuietly({ [OWNERS]: padTo(LIMIT - 1, '* @head\n') });

  expect(answer).toMatchObject({ code: 0, stdout: 'a.ts  nobody  no rule covers it\n' });
  expect(answer.stderr).toContain('the host does not read a file of 3145728 bytes or more');
  expect(lint.code).toBe(1);
  expect(lint.body.findings).toContainEqual(
    expect.objectContaining({ rule: 'owners/invalid', severity: 'error', line: 1, column: 1 }),
  );
  expect(committed).toEqual(lint);
  expect(ask(repo, [])).toBe('a.ts  @head  CODEOWNERS:2 *');
});

test('reads a file of that size by GitLab’s rules', () => {
  const repo = makeRepo();
  repo.commitQuietly({ '.gitlab/CODEOWNERS': padTo(LIMIT, '* @head\n') });

  expect(ask(repo, [])).toBe('a.ts  @head  .gitlab/CODEOWNERS:2 *');
});

test('cannot answer where a partial clone lacks the file, until it is fetched', () => {
  const source = makeRepo();
  source.commitQuietly({ [OWNERS]: '* @head\n', 'a.ts': '1\n' });
  source.git('config', 'uploadpack.allowFilter', 'true');
  const cwd = join(source.root, 'partial');
  const url = `file://${source.top}`;
  source.git('clone', '--quiet', '--filter=blob:none', '--no-checkout', url, cwd);

  const ended = [['a.ts'], ['--stats'], ['--lint', '--ref', 'HEAD']].map((args) =>
    source.leasehold(['owners', ...args], { cwd }),
  );
  const missing = runShell(source, 'git rev-list --objects --all --missing=print | grep -c "^?"', {
    cwd,
  });
  const pasted = pasteNext(source, ended[0]?.stderr ?? '', { cwd });

  for (const one of ended) {
    expectUndecided(one, 'git does not have the blob');
    expect(nextOf(one.stderr)).toBe('git fetch --refetch --no-filter');
  }
  // Nothing was fetched behind the user's back.
  expect(missing.stdout).toBe('2\n');
  expect(pasted.code).toBe(0);
  expect(ask(source, [], { cwd })).toBe('a.ts  @head  CODEOWNERS:1 *');
});
