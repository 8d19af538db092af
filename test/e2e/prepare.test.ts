import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { snapshot } from '../hook-managers.ts';
import { addRemote, makeGuardedRepo, makeRepo, type Repo } from '../make-repo.ts';
import { runShell } from '../shell.ts';

/** The documented line. */
const PREPARE = 'leasehold init || exit 0';

const packageWith = (prepare: string): string =>
  JSON.stringify({ name: 'x', version: '1.0.0', private: true, scripts: { prepare } });

/** A clone, as whoever joins has it, of a guarded repository with this prepare line. */
const makeClone = (prepare: string): Repo => {
  const repo = makeGuardedRepo({ 'package.json': packageWith(prepare) });
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  const cloned = runShell(repo, 'git clone --quiet origin.git clone', { cwd: repo.root });
  expect(cloned.code).toBe(0);
  return repo;
};

const inClone = (repo: Repo, script: string, env: Record<string, string> = {}) =>
  runShell(repo, script, { cwd: join(repo.root, 'clone'), env });

const INSTALL = 'npm install --offline --no-audit --no-fund --foreground-scripts';

test('a fresh clone is guarded by npm install, which says one line the first time and none the second', () => {
  const repo = makeClone(PREPARE);

  const first = inClone(repo, INSTALL);
  const second = inClone(repo, INSTALL);
  const refused = inClone(
    repo,
    'LEASEHOLD_HOLDER=codex leasehold claim README.md && echo 2 >README.md && git -c user.name=A -c user.email=a@example.com commit -am mine',
  );

  expect(first.code).toBe(0);
  expect(first.stdout.match(/^leasehold: hooks in .*$/gm)).toHaveLength(1);
  expect(first.stdout + first.stderr).not.toContain('next:');
  expect(second.code).toBe(0);
  expect(second.stdout).not.toContain('leasehold: ');
  expect(refused.stderr).toContain('codex holds it');
});

test('npm install goes on where leasehold is not installed, as with --omit=dev', () => {
  const repo = makeClone(PREPARE);
  rmSync(join(repo.root, 'bin/leasehold'));
  const path = (process.env.PATH ?? '').split(':').filter((at) => !at.includes('node_modules'));
  const script = `rm -f '${join(repo.root, 'bin/leasehold')}'; ${INSTALL}`;

  const ended = inClone(repo, script, { PATH: path.join(':') });

  expect(ended.code).toBe(0);
  expect(existsSync(join(repo.root, 'clone/.git/hooks/pre-commit'))).toBe(false);
});

test('installs nothing in CI, and says so', () => {
  const repo = makeClone('leasehold init');
  const before = snapshot(join(repo.root, 'clone/.git/hooks'));

  const ended = inClone(repo, INSTALL, { CI: 'true' });

  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain('leasehold: no hooks are installed in CI\n');
  expect(snapshot(join(repo.root, 'clone/.git/hooks'))).toEqual(before);
  expect(existsSync(join(repo.root, 'clone/.git/leasehold'))).toBe(false);
});

test('installs hooks in CI where somebody asks for them by hand', () => {
  const repo = makeRepo();

  expect(repo.leasehold(['init'], { env: { CI: 'true' } }).code).toBe(0);
  expect(existsSync(repo.path('.git/hooks/pre-commit'))).toBe(true);
});

test('lets an archive without .git, and an image without git, be installed', () => {
  const repo = makeRepo();
  const script = `mkdir ../archive && cd ../archive && echo '${packageWith('leasehold init')}' >package.json && ${INSTALL}`;

  const archive = runShell(repo, script);
  const image = repo.leasehold(['init'], {
    env: { npm_lifecycle_event: 'prepare', PATH: join(repo.root, 'nothing') },
  });
  const byHand = repo.leasehold(['init'], { cwd: join(repo.root, 'archive') });

  expect(archive.code).toBe(0);
  expect(archive.stderr).toContain(
    'leasehold: no hooks are installed: this is not a git repository',
  );
  expect(image.code).toBe(0);
  expect(image.stderr).toContain('leasehold: no hooks are installed: git could not be run');
  expect(byHand.code).toBe(2);
});

test('brings no config into a working tree that has none', () => {
  const repo = makeRepo();
  repo.leasehold(['init'], { env: { npm_lifecycle_event: 'prepare' } });
  const quiet = repo.leasehold(['init', '--quiet']);

  expect(repo.git('status', '--porcelain')).toBe('');
  expect(quiet).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('refuses in npm install too what it refuses by hand; the documented line lets it go on', () => {
  const repo = makeClone('leasehold init');
  repo.git('config', '--global', 'core.hooksPath', join(repo.root, 'all'));

  const plain = inClone(repo, INSTALL);
  const documented = inClone(repo, `npm pkg set scripts.prepare='${PREPARE}' && ${INSTALL}`);

  expect(plain.code).not.toBe(0);
  expect(documented.code).toBe(0);
  for (const ended of [plain, documented]) {
    expect(ended.stderr).toContain('core.hooksPath is set for all your repositories');
  }
});
