import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VERSION } from '../../src/kit/version.ts';
import { copiesOf, makeGuardedRepo, type Repo } from '../make-repo.ts';

const HANDED_OVER = 'handed over to the command';

/**
 * A repository whose policy is compiled already, and whose copy of the command only says that it was asked:
 * what is decided without a word from it, the guard decided by itself.
 */
const makeWarmRepo = copiesOf((files: Record<string, string> = {}): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'free.ts': 'one\n', ...files });
  // A source, so that the export audit has looked, and what it has read is known.
  repo.write('warm.ts', 'up\n');
  repo.git('add', 'warm.ts');
  repo.git('commit', '--quiet', '--message', 'warm up');
  const command = repo.path('.git/leasehold/bin', VERSION, 'leasehold.cjs');
  writeFileSync(command, `console.error('${HANDED_OVER}'); process.exitCode = 9;\n`);
  return repo;
});

const hold = (repo: Repo, ...scopes: string[]): void => {
  expect(repo.leasehold(['claim', ...scopes], { holder: 'codex' }).code).toBe(0);
};

test('loads its words only where it has something to say', () => {
  const repo = makeWarmRepo();
  hold(repo, 'src/');
  const words = repo.path('.git/leasehold/bin', VERSION, 'guard-report.cjs');
  const load = "process.stderr.write('loaded\\n');";
  writeFileSync(words, `${load} exports.renderReport = () => 'and asked';\n`);
  repo.write('free.ts', 'two\n');
  const free = repo.tryGit(['commit', '-am', 'free']);
  repo.write('src/a.ts', 'two\n');
  const held = repo.tryGit(['commit', '-am', 'held']);

  expect(free).toMatchObject({ code: 0, stderr: '' });
  expect(held).toMatchObject({ code: 1, stderr: 'loaded\nand asked\n' });
});

test('judges a thousand paths by itself, and V8 knows the settings that they are judged with', () => {
  const repo = makeWarmRepo();
  hold(repo, 'src/');
  const paths = Array.from({ length: 1000 }, (_, at) => `notes/part-${at % 10}/note-${at}.txt`);
  for (const path of paths) repo.write(path, 'one\n');
  repo.git('add', '--all');
  const free = repo.tryGit(['commit', '-m', 'free']);
  for (const path of [...paths, 'src/a.ts']) repo.write(path, 'two\n');
  const held = repo.tryGit(['commit', '-am', 'held']);

  expect(free).toMatchObject({ code: 0, stderr: '' });
  expect(held).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^leasehold: commit refused/),
  });
  expect(held.stderr).toContain('codex holds it');
});

test('loads what asks CODEOWNERS only where there is one', () => {
  const repo = makeWarmRepo();
  const owned = makeWarmRepo({ CODEOWNERS: '* @ann\n' });
  for (const { path, write } of [repo, owned]) {
    const owners = path('.git/leasehold/bin', VERSION, 'guard-owners.cjs');
    writeFileSync(owners, `process.stderr.write('loaded\\n'); ${readFileSync(owners, 'utf8')}`);
    write('free.ts', 'two\n');
  }

  expect(repo.tryGit(['commit', '-am', 'free'])).toMatchObject({ code: 0, stderr: '' });
  expect(owned.tryGit(['commit', '-am', 'free']).stderr).toMatch(
    /^loaded\n[\s\S]*it belongs to @ann, and the config maps you to no owner/,
  );
});

/** As if git failed at one question of the installed hook: git puts its own directory first on a hook's PATH. */
const failAt = (repo: Repo, subcommand: string): void => {
  const script = '.git/leasehold/hook.sh';
  const text = repo.read(script);
  expect(text).toContain(`git ${subcommand}`);
  repo.write(script, text.replace(`git ${subcommand}`, 'false'));
};

test('refuses and lets through by itself, without the command', () => {
  const repo = makeWarmRepo();
  hold(repo, 'src/');
  repo.write('free.ts', 'two\n');
  const free = repo.tryGit(['commit', '-am', 'free']);
  repo.write('src/a.ts', 'two\n');
  const held = repo.tryGit(['commit', '-am', 'held']);

  expect(free).toMatchObject({ code: 0, stderr: '' });
  expect(held.code).toBe(1);
  expect(held.stderr).toContain('codex holds it');
  expect(held.stderr).not.toContain(HANDED_OVER);
});

test.each(['src/a.ts', 'moved.ts'])(
  'sees both names of a rename, whatever git is told of renames: %s',
  (name) => {
    const repo = makeWarmRepo();
    repo.git('config', 'diff.renames', 'copies');
    hold(repo, name);
    repo.git('mv', 'src/a.ts', 'moved.ts');

    const commit = repo.tryGit(['commit', '-m', 'move']);

    expect(commit.code).toBe(1);
    expect(commit.stderr).toContain(`${name}\n    error codex holds it`);
    expect(commit.stderr).not.toContain(HANDED_OVER);
  },
);

test('sees what is staged outside the directory that the user stands in', () => {
  const repo = makeWarmRepo({ 'deep/b.ts': 'one\n' });
  repo.git('config', 'diff.relative', 'true');
  hold(repo, 'src/');
  repo.write('src/a.ts', 'two\n');
  repo.git('add', '--all');

  const commit = repo.tryGit(['commit', '-m', 'mine'], { cwd: repo.path('deep') });

  expect(commit.stderr).toContain('next: leasehold conflicts -- ../src/a.ts');
});

test.each(['diff-index', 'ls-tree'])(
  'does not take a %s that failed for an answer',
  (subcommand) => {
    const repo = makeWarmRepo();
    hold(repo, 'src/');
    repo.write('free.ts', 'two\n');
    repo.git('add', '--all');

    failAt(repo, subcommand);
    const commit = repo.tryGit(['commit', '-m', 'free']);

    expect(commit.code).toBe(1);
    expect(commit.stderr).toContain(HANDED_OVER);
  },
);

test('hands over what is not the plain case', () => {
  const repo = makeWarmRepo();
  repo.write('free.ts', 'two\n');
  const amend = repo.tryGit(['commit', '-a', '--amend', '--no-edit']);
  repo.write('leasehold.config.json', '{"guard":{"mode":"off"}}\n');
  const config = repo.tryGit(['commit', '-m', 'config', 'leasehold.config.json']);
  writeFileSync(repo.path('.git/MERGE_HEAD'), `${repo.git('rev-parse', 'HEAD')}\n`);
  const merge = repo.tryGit(['commit', '-am', 'merge']);

  for (const commit of [amend, config, merge]) {
    expect(commit.code).toBe(1);
    expect(commit.stderr).toContain(HANDED_OVER);
  }
});

test('hands over where a lock directory cannot be read: the command says what is wrong', () => {
  const repo = makeWarmRepo();
  writeFileSync(repo.path('.git/leasehold/locks'), 'no directory\n');
  repo.write('free.ts', 'two\n');

  expect(repo.tryGit(['commit', '-am', 'free']).stderr).toContain(HANDED_OVER);
});

const compiledOf = (repo: Repo, name: string): string =>
  repo.path('.git/leasehold/bin', VERSION, `${name}.compiled`);

const expectJudgedAlone = (repo: Repo): void => {
  const texts = ['free.ts', 'src/a.ts'].map((path) => {
    repo.write(path, `${Math.random()}\n`);
    return repo.tryGit(['commit', '-m', path, '--', path]);
  });
  expect(texts).toMatchObject([{ code: 0, stderr: '' }, { code: 1 }]);
  expect(texts[1]?.stderr).toContain('codex holds it');
  expect(texts[1]?.stderr).not.toContain(HANDED_OVER);
};

test('starts with what init has compiled, and as well without, whatever is wrong with it', () => {
  const repo = makeWarmRepo();
  hold(repo, 'src/');
  const path = compiledOf(repo, 'guard.cjs');
  const good = readFileSync(path);
  expectJudgedAlone(repo);
  const end = good.length;
  // V8 would take such code as it is, and run it.
  const flipped = Buffer.from(good).fill(0, end - 40_000, end - 4_000);
  for (const spoiled of [
    Buffer.alloc(0),
    good.subarray(0, 40),
    good.subarray(0, end - 1_000),
    Buffer.concat([good.subarray(0, good.indexOf(10) + 1), Buffer.alloc(end)]),
    flipped,
    readFileSync(compiledOf(repo, 'guard-locks.cjs')),
  ]) {
    writeFileSync(path, spoiled);
    expectJudgedAlone(repo);
  }
  rmSync(path);
  expectJudgedAlone(repo);
  mkdirSync(path);
  expectJudgedAlone(repo);
});

test('runs the file itself where it is another than what was compiled, though it is as long', () => {
  const repo = makeWarmRepo();
  const guard = repo.path('.git/leasehold/bin', VERSION, 'guard.cjs');
  const text = readFileSync(guard, 'utf8');
  const other = "console.error('another guard');process.exitCode=1;";
  writeFileSync(guard, `${other}//`.padEnd(text.length, '/'));
  repo.write('free.ts', 'two\n');

  expect(repo.tryGit(['commit', '-am', 'free'])).toMatchObject({
    code: 1,
    stderr: 'another guard\n',
  });
});
