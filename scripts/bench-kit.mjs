// What the benchmarks share: rounds by turns, processes of their own, bounds and tables.
import { fork, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/** Rounds of whole processes that only warm the machine up. */
export const DISCARDED = 2;

const repository = resolve(import.meta.dirname, '..');
export const command = join(repository, 'dist/leasehold.cjs');

const percentile = (samples, part) => {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
};

const summarise = (samples) => ({
  median: percentile(samples, 0.5),
  p90: percentile(samples, 0.9),
  samples: samples.length,
});

export const summariseAll = (samples) =>
  Object.fromEntries(Object.entries(samples).map(([name, list]) => [name, summarise(list)]));

/** Joins what several asks have brought, name by name. */
export const gather = (all, samples) => {
  for (const [name, list] of Object.entries(samples)) all[name] = [...(all[name] ?? []), ...list];
};

export const assertThat = (holds, what) => {
  if (!holds) throw new Error(`the benchmark did not measure what it is for: ${what}`);
};

/** mulberry32 */
export const createRandom = (seed) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

// ---- Processes

/** What slows every start of node, or changes it, stays out; git and leasehold see nothing of this machine. */
const cleanEnv = (root) => ({
  PATH: process.env.PATH,
  HOME: join(root, 'home'),
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  LEASEHOLD_HOLDER: 'probe',
});

/** Below the system's temporary directory where that is on the repository's file system. */
const makeRoot = () => {
  const isNear = statSync(tmpdir()).dev === statSync(repository).dev;
  const parent = isNear ? tmpdir() : join(repository, 'node_modules/.cache');
  mkdirSync(parent, { recursive: true });
  const root = realpathSync(mkdtempSync(join(parent, 'leasehold-bench-')));
  mkdirSync(join(root, 'home'));
  return root;
};

const bundleOf = (root) => join(root, 'bundle.mjs');

/** Bundles sources, given as lines of `export`, for the processes that measure them. */
const bundleSources = async (root, contents) => {
  const { build } = await import('esbuild');
  await build({
    stdin: { contents, resolveDir: repository, loader: 'ts' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
    outfile: bundleOf(root),
  });
};

/** A process of its own that runs the same script, for the jobs that it offers. */
export const startWorker = ({ root, env, script }) => {
  const child = fork(script, [], { env: { ...env, BENCH_BUNDLE: bundleOf(root) }, execArgv: [] });
  const ask = (job, details) =>
    new Promise((done, failed) => {
      const onExit = (code) => failed(new Error(`${job} ended with ${code}`));
      child.once('exit', onExit);
      child.once('message', ({ result, error }) => {
        child.off('exit', onExit);
        if (error === undefined) done(result);
        else failed(new Error(error));
      });
      child.send([job, details]);
    });
  return { ask, stop: () => child.disconnect() };
};

const serve = async (jobs) => {
  const kit = await import(pathToFileURL(process.env.BENCH_BUNDLE).href);
  process.on('message', async ([job, details]) => {
    try {
      process.send({ result: await jobs[job](kit, details) });
    } catch (error) {
      process.send({ error: error.stack });
    }
  });
};

/** Runs a program to its end, which must be a good one (0 unless told); the milliseconds that it took. */
export const timeRun = (program, args, { cwd, env, good = [0] }) => {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const took = performance.now() - start;
  if (!good.includes(status)) throw new Error(`${program} ${args.join(' ')}: ${status} ${stderr}`);
  return took;
};

/** So many rounds, or as many as there is time for on a busy machine; never fewer than three. */
export const repeatRounds = async (rounds, { seconds }, act) => {
  const until = performance.now() + seconds * 1000;
  for (let round = 0; round < rounds; round += 1) {
    if (round > DISCARDED && performance.now() > until) return;
    await act(round);
  }
};

// ---- Bounds and tables

export const toBound = (text, value, bound) => ({ text, value, bound, ok: value <= bound });

const digits = (value) => (value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 4);
export const number = (value) => value.toFixed(digits(value));
export const times = (value) => `${value >= 10 ? value.toFixed(0) : value.toFixed(2)}×`;
export const count = (value) => value.toLocaleString('en-US');

export const renderTable = (title, heads, rows) => {
  const lines = [['', ...heads], ...rows];
  const widths = lines[0].map((_, at) => Math.max(...lines.map((line) => line[at].length)));
  const render = (line) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[at])))
      .join('  ');
  return [title, ...lines.map((line) => `  ${render(line)}`.trimEnd()), ''].join('\n');
};

// ---- A whole run

const measureAll = async ({ script, sources, sizes, measure, report }) => {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, quick: { type: 'boolean' } },
  });
  const quick = values.quick === true;
  const start = performance.now();
  if (!existsSync(command)) {
    timeRun(process.execPath, ['scripts/build.mjs'], { cwd: repository, env: process.env });
  }
  const root = makeRoot();
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  await bundleSources(root, sources);
  const settings = { script, root, env: cleanEnv(root), quick, ...sizes[quick ? 'quick' : 'full'] };
  const figures = await measure(settings);
  const seconds = (performance.now() - start) / 1000;
  const whole = { version: 1, node: process.version, quick, seconds, ...figures };
  console.log(values.json ? JSON.stringify(whole, null, 2) : report(whole));
  process.exitCode = figures.bounds.every(({ ok }) => ok) ? 0 : 1;
};

/** Measures and reports, or serves the jobs where it is the first process that has started this one. */
export const runBenchmark = async (benchmark) => {
  if (process.env.BENCH_BUNDLE) await serve(benchmark.jobs);
  else await measureAll(benchmark);
};
