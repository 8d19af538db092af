import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeGuardedRepo, makeRepo, type Repo } from '../make-repo.ts';

/** The questions that a command asks git, by subcommand: each is a process. */
const listQuestions = (repo: Repo, args: string[]): string[] => {
  const trace = join(repo.root, 'trace');
  rmSync(trace, { force: true });
  const { code } = repo.leasehold(args, { holder: 'codex', env: { GIT_TRACE: trace } });
  expect(code).toBe(0);
  return [...readFileSync(trace, 'utf8').matchAll(/trace: built-in: git (\S+)/g)].map(
    (match) => match[1] ?? '',
  );
};

test('asks git nothing for the locks of a repository that has none', () => {
  const repo = makeRepo();
  repo.commitQuietly({ CODEOWNERS: '* @ann\n' });

  const questions = listQuestions(repo, ['owners', 'a']);

  expect(questions).toContain('cat-file');
  expect(questions.filter((name) => name === 'config' || name === 'var')).toEqual([]);
});

test('asks git who acts only where there is something to look after', () => {
  const repo = makeGuardedRepo({ CODEOWNERS: '* @ann\n' });

  const before = listQuestions(repo, ['owners', 'a']);
  repo.leasehold(['claim', 'a'], { holder: 'codex' });
  const after = listQuestions(repo, ['owners', 'a']);

  expect(before).not.toContain('var');
  expect(after).toContain('var');
});

test('starts with settings of V8 that this node knows: of others V8 would tell at each start', () => {
  const repo = makeRepo();

  const { code, stderr } = repo.leasehold(['--version']);

  expect([code, stderr]).toEqual([0, '']);
});

const CRATE = {
  'Cargo.toml': '[package]\nname = "demo"\nedition = "2021"\n',
  'src/lib.rs': 'mod a;\npub use a::f;\n',
  'src/a.rs': 'pub fn f() {}\n',
};

test('an audit of what is staged asks git each thing once', () => {
  const repo = makeGuardedRepo(CRATE);
  repo.write('src/a.rs', 'pub fn f() {}\npub fn g() {}\n');
  repo.git('add', '--all');

  const audited = [1, 2].map(() => listQuestions(repo, ['audit', '--staged']));
  const checked = [1, 2].map(() => listQuestions(repo, ['check']).sort());

  // Of the commit that both are held against everything is known.
  expect(audited[1]).toEqual(['rev-parse', 'ls-files', 'ls-tree', 'for-each-ref']);
  expect(checked[1]).toEqual(
    ['rev-parse', 'log', 'diff-index', 'var', 'ls-files', 'ls-tree', 'for-each-ref'].sort(),
  );
});

/** What V8 made of the command: the file's name, and which writing of it this is. */
const listCompiled = (repo: Repo): [string, number][] => {
  const cache = join(repo.top, '.git/leasehold/cache');
  const names = readdirSync(cache).filter((name) => name.startsWith('compiled.'));
  return names.sort().map((name) => [name, statSync(join(cache, name)).ino]);
};

test('an audit leaves what V8 has made of it, and the next one takes that while it is whole', () => {
  const repo = makeGuardedRepo(CRATE);
  const cache = join(repo.top, '.git/leasehold/cache');
  const audit = (...args: string[]) => {
    const { code, stdout, stderr } = repo.leasehold(['audit', ...args]);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };
  repo.leasehold(['status']);
  expect(listCompiled(repo)).toEqual([]);

  const first = audit();
  const made = listCompiled(repo);
  expect(made.map(([name]) => name.replace(/^compiled\.[\d.]+v[\d.]+/, ''))).toEqual([
    expect.stringMatching(/audit\.audit\.cjs$/),
    expect.stringMatching(/audit\.daily\.cjs$/),
  ]);
  expect(audit()).toBe(first);
  repo.git('worktree', 'add', '-q', '../other');
  expect(repo.leasehold(['audit'], { cwd: join(repo.top, '../other') }).code).toBe(0);
  expect(listCompiled(repo)).toEqual(made);

  for (const [name] of made) {
    const bytes = readFileSync(join(cache, name));
    bytes.fill(7, bytes.length - 90, bytes.length - 80);
    writeFileSync(join(cache, name), bytes);
  }
  expect(audit()).toBe(first);
  const again = listCompiled(repo);
  expect(again.map(([name]) => name)).toEqual(made.map(([name]) => name));
  expect(again).not.toEqual(made);
  // Of another version one stays.
  for (const version of ['0.0.1', '0.0.2'])
    writeFileSync(join(cache, `compiled.${version}.v20.0.0.9.audit.daily.cjs`), '');
  writeFileSync(join(cache, again[1]?.[0] ?? ''), 'torn');
  expect(audit()).toBe(first);
  expect(listCompiled(repo).map(([name]) => name)).toEqual([
    'compiled.0.0.2.v20.0.0.9.audit.daily.cjs',
    ...made.map(([name]) => name),
  ]);
});

test('an audit leaves nothing where leasehold is not used', () => {
  const repo = makeRepo();
  repo.commitQuietly(CRATE);
  expect(repo.leasehold(['audit']).code).toBe(0);
  expect(readdirSync(join(repo.top, '.git'))).not.toContain('leasehold');
});
