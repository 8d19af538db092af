import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { copiesOf, makeRepo, type Repo } from '../make-repo.ts';

const project = resolve(import.meta.dirname, '../..');

const PACKAGE = {
  'package.json': JSON.stringify({ name: 'demo', main: './dist/index.js' }),
  'src/index.ts': "export { a, b } from './a.js';\n",
  'src/a.ts': 'export const a = 1;\nexport const b = 1;\n',
};

/** A package on main, and a branch that has only begun. */
const makePackage = copiesOf((files: Record<string, string> = {}): Repo => {
  const repo = makeRepo();
  repo.commitQuietly({ ...PACKAGE, ...files });
  repo.git('switch', '--quiet', '-c', 'topic');
  return repo;
});

const toldOf = (stdout: string): string[] =>
  JSON.parse(stdout).findings.map(
    ({ rule, path, line, name }: { rule: string; path: string; line: number; name: string }) =>
      `${path}:${line} ${rule} ${name}`,
  );

/** The bundle where no package lies around it, as `init` copies it. */
const runCopy = (repo: Repo, bundle: string) => {
  const copy = join(bundle, 'leasehold.cjs');
  const env = { ...process.env, HOME: repo.root, GIT_CONFIG_NOSYSTEM: '1' };
  return spawnSync(process.execPath, [copy, 'audit', '--json'], {
    cwd: repo.path('.'),
    encoding: 'utf8',
    env,
  });
};

const copyBundle = (repo: Repo): string => {
  const bundle = join(repo.root, 'copy');
  cpSync(join(project, 'dist'), bundle, { recursive: true });
  return bundle;
};

test('says of TypeScript what a change does to what others import, through what is built', () => {
  const repo = makePackage();
  repo.write('src/index.ts', "export * from './a.js';\nexport { c } from './a.js';\n");
  repo.write('src/a.ts', 'export const a = 1;\n');

  const ended = repo.leasehold(['audit', '--json']);

  expect(ended).toMatchObject({ code: 1, stderr: '' });
  expect(toldOf(ended.stdout)).toEqual([
    'src/index.ts:1 exports/wildcard ./a.js',
    'src/index.ts:1 exports/removed b',
    'src/index.ts:2 exports/unresolved c',
  ]);
});

test('lets through what adds a name, in the index and in commits too', () => {
  const repo = makePackage();
  repo.write('src/index.ts', "export { a, b, c } from './a.js';\n");
  repo.write('src/a.ts', 'export const a = 1;\nexport const b = 1;\nexport const c = 1;\n');
  repo.git('add', '--all');

  const staged = repo.leasehold(['audit', '--staged']);
  repo.git('commit', '--quiet', '--no-verify', '--message', 'more');
  const range = repo.leasehold(['audit', '--range', 'main..HEAD']);

  expect([staged.code, range.code]).toEqual([0, 0]);
});

test('in a range refuses what a package that is published has lost', () => {
  const repo = makePackage();
  repo.write('src/index.ts', "export { a } from './a.js';\n");
  repo.git('commit', '--quiet', '--no-verify', '--all', '--message', 'less');

  const ended = repo.leasehold(['audit', '--range', 'main..HEAD', '--json']);

  expect(ended.code).toBe(1);
  expect(toldOf(ended.stdout)).toEqual(['src/index.ts:1 exports/removed b']);
});

test('cannot decide where a file cannot be parsed', () => {
  const repo = makePackage();
  repo.write('src/a.ts', 'export const a = ;\n');

  const ended = repo.leasehold(['audit', '--json']);

  expect(ended.code).toBe(2);
  expect(toldOf(ended.stdout)).toEqual(['src/a.ts:1 exports/unparsable ']);
});

test('cannot decide without its parser, says how to get it, and still reads Rust', () => {
  const repo = makePackage({
    'Cargo.toml': '[package]\nname = "demo"\nedition = "2021"\n',
    'src/lib.rs': 'pub fn f() {}\n',
  });
  repo.write('src/lib.rs', 'mod a;\npub use a::*;\n');
  repo.write('src/a.rs', 'pub fn g() {}\n');

  const ended = runCopy(repo, copyBundle(repo));

  expect(ended.status).toBe(2);
  expect(toldOf(ended.stdout)).toContain('src/lib.rs:2 exports/wildcard a::*');
  expect(ended.stdout).toContain('npm install --save-dev leasehold');
});

test('says the same of a whole tree where nothing is kept, where all is new, and where all is known', () => {
  const twice =
    "export { a } from './a.js';\nexport { a } from './b.js';\nexport * from './gone.js';\n";
  const repo = makePackage({
    'src/index.ts': twice,
    'src/b.ts': 'export const a = 1;\n',
    // Of one text, but for each its own entry.
    'other/package.json': JSON.stringify({ name: 'other', main: './index.ts' }),
    'other/index.ts': twice,
    'other/a.ts': 'export const z = "é";\n',
    'Cargo.toml': '[package]\nname = "demo"\nedition = "2021"\n',
    'src/lib.rs': 'mod c;\npub use c::*;\n',
    'src/c.rs': 'pub fn f() {}\n',
  });
  const scan = () => repo.leasehold(['audit', '--all', '--json']);
  const cache = repo.path('.git/leasehold/cache');

  const alone = scan();
  const isKept = existsSync(cache);
  mkdirSync(cache, { recursive: true });
  const [first, second] = [scan(), scan()];

  expect(toldOf(alone.stdout)).toEqual([
    'other/index.ts:1 exports/unresolved a',
    'other/index.ts:2 exports/unresolved a',
    'other/index.ts:3 exports/unresolved ./gone.js',
    'other/index.ts:3 exports/wildcard ./gone.js',
    'src/index.ts:2 exports/duplicate a',
    'src/index.ts:3 exports/unresolved ./gone.js',
    'src/index.ts:3 exports/wildcard ./gone.js',
    'src/lib.rs:2 exports/wildcard c::*',
  ]);
  expect([first, second]).toEqual([alone, alone]);
  expect([isKept, readdirSync(cache).some((name) => name.startsWith('scans.'))]).toEqual([
    false,
    true,
  ]);
});

test('finds its parser where `init` was run from, and in the worktree’s own packages', () => {
  const repo = makePackage();
  repo.write('src/a.ts', 'export const a = 1;\n');
  repo.leasehold(['init']);
  const installed = join(repo.git('rev-parse', '--absolute-git-dir'), 'leasehold/bin');
  const version = repo.leasehold(['--version']).stdout.trim();

  const fromInit = runCopy(repo, join(installed, version));
  const copy = copyBundle(repo);
  mkdirSync(repo.path('node_modules'));
  symlinkSync(join(project, 'node_modules/oxc-parser'), repo.path('node_modules/oxc-parser'));
  const fromWorktree = runCopy(repo, copy);
  rmSync(repo.path('node_modules'), { recursive: true });
  const fromNowhere = runCopy(repo, copy);

  expect([fromInit.status, fromWorktree.status, fromNowhere.status]).toEqual([1, 1, 2]);
  expect(toldOf(fromInit.stdout)).toEqual(['src/index.ts:1 exports/unresolved b']);
});

test('asks its parser for a binding that lies at no usual place', () => {
  const repo = makePackage();
  repo.write('src/a.ts', 'export const a = 1;\n');
  const own = repo.path('node_modules/oxc-parser');
  for (const part of ['package.json', 'src-js']) {
    cpSync(join(project, 'node_modules/oxc-parser', part), join(own, part), { recursive: true });
  }
  const bindings = join(project, 'node_modules/@oxc-parser');
  const copy = copyBundle(repo);

  const without = runCopy(repo, copy);
  for (const name of readdirSync(bindings)) {
    const file = name.replace('binding-', 'parser.').concat('.node');
    symlinkSync(join(bindings, name, file), join(own, 'src-js', file));
  }
  const beside = runCopy(repo, copy);

  expect([without.status, beside.status]).toEqual([2, 1]);
  expect(toldOf(beside.stdout)).toEqual(['src/index.ts:1 exports/unresolved b']);
});
