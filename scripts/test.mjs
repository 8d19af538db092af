// Everything that must hold before a change lands: lint, types, generated files, build, tests (an install of
// the packed package is one of them). The last line counts checks and tests.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'leasehold-results-'));
const results = join(scratch, 'vitest.json');

const run = (name, ...words) => {
  const start = Date.now();
  console.log(`\n# ${name}`);
  const [program, ...args] = words;
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  console.log(
    `# ${name}: ${status === 0 ? 'ok' : 'FAILED'} in ${((Date.now() - start) / 1000).toFixed(1)} s`,
  );
  return status === 0;
};

const checks = [
  run('lint', 'npx', '--no-install', 'biome', 'check', '--error-on-warnings', '.'),
  run('types', 'npx', '--no-install', 'tsc'),
  run('generated files', process.execPath, 'scripts/generate.mjs', '--check'),
  run('build', process.execPath, 'scripts/build.mjs'),
];

const ran = run(
  'tests',
  'npx',
  '--no-install',
  'vitest',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${results}`,
);

// Tests that never ran are no pass: without a result file the run itself counts as failed.
const readCounts = () => {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(results, 'utf8'));
    return { passed: numPassedTests, failed: Math.max(numFailedTests, ran ? 0 : 1) };
  } catch {
    return { passed: 0, failed: 1 };
  }
};

const tests = readCounts();
rmSync(scratch, { recursive: true, force: true });

const passed = tests.passed + checks.filter(Boolean).length;
const failed = tests.failed + checks.filter((ok) => !ok).length;
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && tests.passed > 0 ? 0 : 1;
