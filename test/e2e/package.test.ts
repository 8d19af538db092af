import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { makeRepo } from '../make-repo.ts';

const project = resolve(import.meta.dirname, '../..');

/** The parser, its types and its binding for this machine, as they are installed here. */
const listInstalled = (): string[] => {
  const modules = join(project, 'node_modules');
  const own = createRequire(join(modules, 'oxc-parser', 'package.json'));
  const types = own.resolve('@oxc-project/types/package.json');
  const bindings = readdirSync(join(modules, '@oxc-parser'));
  return [
    join(modules, 'oxc-parser'),
    dirname(types),
    ...bindings.map((name) => join(modules, '@oxc-parser', name)),
  ];
};

test('installs from its own package into a fresh directory, with its parser alone, and guards there', () => {
  const repo = makeRepo();
  const npm = (args: string[], cwd: string) => {
    const env = { ...process.env, npm_config_cache: join(repo.root, 'npm') };
    const ended = spawnSync('npm', args, { cwd, encoding: 'utf8', env });
    expect(ended.status, ended.stderr).toBe(0);
    return ended.stdout;
  };
  const target = join(repo.root, 'fresh');
  mkdirSync(target);
  // The bundles are built already; building again here would pull them from under the other tests.
  const pack = (what: string) =>
    JSON.parse(
      npm(['pack', what, '--json', '--ignore-scripts', '--pack-destination', repo.root], project),
    )[0];
  const packed = pack('.');
  // The registry is not asked: what a package of ours needs lies beside it.
  const needed = listInstalled().map((directory) => pack(directory).filename);
  npm(['init', '--yes'], target);
  npm(
    [
      'install',
      '--offline',
      '--no-audit',
      '--no-fund',
      ...[packed.filename, ...needed].map((filename) => join(repo.root, filename)),
    ],
    target,
  );
  const bin = join(target, 'node_modules', '.bin');
  const env = { PATH: `${bin}:${process.env.PATH}` };

  const version = repo.tryGit(['leasehold', '--version'], { env });
  repo.tryGit(['leasehold', 'init'], { env });
  repo.commitQuietly({ a: 'a' });
  repo.tryGit(['leasehold', 'claim', 'a'], { env, holder: 'codex' });
  repo.write('a', 'b');
  const commit = repo.tryGit(['commit', '-am', 'mine']);

  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const installed = JSON.parse(npm(['ls', '--all', '--json'], target)).dependencies.leasehold;
  expect(Object.keys(installed.dependencies)).toEqual(['oxc-parser']);
  const names = packed.files.map(({ path }: { path: string }) => path).sort();
  // What it was built from, where no file was edited since.
  expect(names.filter((name: string) => name !== 'dist/commit')).toEqual([
    'LICENSE',
    'README.md',
    'dist/THIRD_PARTY_LICENSES.txt',
    'dist/audit.cjs',
    'dist/compile.cjs',
    'dist/config.cjs',
    'dist/daily.cjs',
    'dist/github.cjs',
    'dist/guard-locks.cjs',
    'dist/guard-owners.cjs',
    'dist/guard-push.cjs',
    'dist/guard-report.cjs',
    'dist/guard.cjs',
    'dist/hooks/hook.sh',
    'dist/hooks/stub.sh',
    'dist/leasehold.cjs',
    'dist/start.cjs',
    'dist/whole.cjs',
    'package.json',
    'schema.json',
  ]);
  expect(commit.stderr).toContain('codex holds it');
});
