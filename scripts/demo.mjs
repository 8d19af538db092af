// The main job, for real: a repository made of a published package's tree, two worktrees, a claim in one,
// a refused commit in the other, the release, and the same commit accepted. Exits with 1 where any of it
// does not go as it should.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'leasehold-demo-')));
const bin = join(root, 'bin');
const main = join(root, 'rxjs');
const tree = resolve(createRequire(import.meta.url).resolve('rxjs/package.json'), '..');

const env = {
  PATH: `${bin}:${process.env.PATH}`,
  HOME: root,
  GIT_CONFIG_NOSYSTEM: '1',
  ...(process.env.NO_COLOR ? { NO_COLOR: process.env.NO_COLOR } : {}),
};

const run = (command, { cwd = main, as, quiet = false, expect = 0 } = {}) => {
  if (!quiet)
    console.log(
      `\n${cwd.slice(root.length + 1)}$ ${as ? `LEASEHOLD_HOLDER=${as} ` : ''}${command}`,
    );
  const holder = as ? { LEASEHOLD_HOLDER: as } : {};
  const stdio = quiet ? 'pipe' : ['ignore', 'inherit', 'inherit'];
  const { status, stderr } = spawnSync('sh', ['-c', command], {
    cwd,
    env: { ...env, ...holder },
    stdio,
  });
  if (status === expect) return;
  console.error(
    `demo: expected exit code ${expect} and got ${status}${stderr ? `: ${stderr}` : ''}`,
  );
  process.exit(1);
};

const countFiles = (directory) =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .length;

mkdirSync(bin);
symlinkSync(resolve('dist/leasehold.cjs'), join(bin, 'leasehold'));
cpSync(tree, main, { recursive: true });
console.log(`A repository of ${countFiles(main)} files: the published package rxjs.`);
run('git init -q -b main && git config user.name Ben && git config user.email ben@example.com', {
  quiet: true,
});
run('git add -A && git commit -qm "rxjs as published"', { quiet: true });

run('leasehold init');
run('git add -- leasehold.config.json && git commit -qm "chore: guard this repository"');
run('git worktree add -q ../codex && git worktree add -q ../ben');

const [codex, ben] = [join(root, 'codex'), join(root, 'ben')];
run('leasehold claim src/internal/operators/ --task "Rewrite the operators"', {
  cwd: codex,
  as: 'codex',
});

writeFileSync(join(ben, 'src/internal/operators/map.ts'), '// faster\n', { flag: 'a' });
run('git commit -qam "perf: a faster map"', { cwd: ben, expect: 1 });
run('leasehold conflicts -- src/internal/operators/map.ts', { cwd: ben, expect: 1 });

run('leasehold release --all', { cwd: codex, as: 'codex' });
run('git commit -qam "perf: a faster map"', { cwd: ben });
run('git log --oneline -1', { cwd: ben });
run('leasehold log', { cwd: ben });
console.log(`\nThe repository stays in ${root}: try it there.`);
