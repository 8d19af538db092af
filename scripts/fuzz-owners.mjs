// Fuzzing of the CODEOWNERS parser and matchers: random files, patterns that are known to hurt matchers, and
// paths that nearly match them, for a bounded time. The cases and what must hold of each: test/owners/fuzzer.ts.
//
//   node scripts/fuzz-owners.mjs [--seconds 600] [--seed N] [--family NAME] [--turn N] [--most UNITS]
//
// `--turn` tries one case alone: a failure names its seed, family and turn, and these repeat it. Ends with 1 at
// the first throw, hang or disagreement. Patterns that cost more than 5 ms of processor time on a path, in the
// best of five runs on the same input, are gathered, and told at the end. The cases run in a worker, so that one
// that never comes to an end, or takes all memory, is seen too.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const ROOT = resolve(import.meta.dirname, '..');
/** Without any sign of life, in milliseconds: what hangs for less is timed by the worker itself. */
const PATIENCE = 60_000;
/** Code that has not run often is slow: nothing is measured at first. */
const WARM_UP = 2_000;
const WORST = 3;
const SHOWN = 20;

const tellCost = ({ way, ms, limit, path, fuzzCase, turn }, fuzzer) =>
  `${ms.toFixed(2)} ms of ${limit.toFixed(1)}, ${way}, turn ${turn}: ${fuzzer.tellCase({ ...fuzzCase, paths: [path] })}`;

// ---- The worker

/** How much of its time it took: three readings may take as long as three patterns. */
const shareOf = (cost) => (cost ? cost.ms / cost.limit : 0);
const byShare = (a, b) => shareOf(b) - shareOf(a);

/** The slowest pairs, one for each family and, where too dear, way of asking; told at the end alone. */
const createCosts = () => {
  const worst = new Map();
  const over = new Map();
  const keep = (costs, key, cost) => {
    if (shareOf(cost) > shareOf(costs.get(key))) costs.set(key, cost);
  };
  return {
    add(cost) {
      const key = `${cost.fuzzCase.family} ${cost.way}`;
      keep(worst, cost.fuzzCase.family, cost);
      if (cost.ms <= cost.limit) return;
      const count = (over.get(key)?.count ?? 0) + 1;
      keep(over, key, cost);
      over.get(key).count = count;
    },
    tell: (fuzzer) => ({
      worst: [...worst.values()]
        .toSorted(byShare)
        .slice(0, WORST)
        .map((cost) => tellCost(cost, fuzzer)),
      over: [...over.values()]
        .toSorted(byShare)
        .map((cost) => `${cost.count} times, at worst ${tellCost(cost, fuzzer)}`),
    }),
  };
};

/** Processor time of this process, in milliseconds: its other thread only waits, and what else runs does not matter. */
const spent = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const runCases = async ({ bundle, seed, seconds, families, turn: only, most, beat }) => {
  const fuzzer = await import(bundle);
  const now = () => performance.now();
  const begun = now();
  const costs = createCosts();
  const done = { cases: 0, asked: 0, covered: 0, slowest: 0 };
  const isOver = () => (only === undefined ? now() - begun > seconds * 1000 : done.cases > 0);
  for (let at = 0; !isOver(); at += 1) {
    const family = families[at % families.length];
    const turn = only ?? Math.floor(at / families.length);
    Atomics.store(beat, 0, turn);
    Atomics.store(beat, 1, at % families.length);
    const fuzzCase = fuzzer.makeCase(family, seed, turn, most);
    const start = spent();
    const verdict = fuzzer.checkCase(fuzzCase, spent);
    Atomics.add(beat, 2, 1);
    done.cases += 1;
    done.asked += verdict.asked;
    done.covered += verdict.covered;
    done.slowest = Math.max(done.slowest, spent() - start);
    if (verdict.failure) {
      Atomics.add(beat, 2, 1);
      const small = fuzzer.shrinkCase(fuzzCase, spent);
      const told = fuzzer.tellCase(small);
      parentPort.postMessage({ done, failure: { ...verdict.failure, family, turn, told } });
      return;
    }
    if (only === undefined && now() - begun < WARM_UP) continue;
    for (const cost of verdict.costs) costs.add({ ...cost, fuzzCase, turn });
  }
  parentPort.postMessage({ done, costs: costs.tell(fuzzer) });
};

// ---- The first thread: starts, watches, and tells

const bundleFuzzer = async (directory) => {
  const { build } = await import('esbuild');
  const outfile = join(directory, 'fuzzer.mjs');
  await build({
    entryPoints: [join(ROOT, 'test/owners/fuzzer.ts')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    outfile,
  });
  return pathToFileURL(outfile).href;
};

/** What the worker has found, or the case over which it stood still or died. */
const watch = (task) =>
  new Promise((settle) => {
    const beat = new Int32Array(new SharedArrayBuffer(12));
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { ...task, beat } });
    const at = () => ({
      family: task.families[Atomics.load(beat, 1)],
      turn: Atomics.load(beat, 0),
    });
    let [seen, since] = [-1, performance.now()];
    const timer = setInterval(() => {
      const count = Atomics.load(beat, 2);
      if (count !== seen) [seen, since] = [count, performance.now()];
      if (performance.now() - since > PATIENCE) {
        end({ failure: { kind: 'hang', message: `nothing for ${PATIENCE / 1000} s`, ...at() } });
      }
    }, 500);
    const end = (found) => {
      clearInterval(timer);
      worker.terminate();
      settle({ done: { cases: Atomics.load(beat, 2) }, ...found });
    };
    worker.on('message', end);
    worker.on('error', (error) =>
      end({ failure: { kind: 'throw', message: String(error), ...at() } }),
    );
  });

const count = (number) => (number ?? 0).toLocaleString('en');

const report = ({ done, failure, costs }, { seed, most }, fuzzer) => {
  const { over = [], worst = [] } = costs ?? {};
  if (failure) {
    const { kind, message, family, turn } = failure;
    console.error(`${kind}: ${message}`);
    // What stood still was never made smaller: the case as it was.
    console.error(failure.told ?? fuzzer.tellCase(fuzzer.makeCase(family, seed, turn, most)));
    console.error(
      `repeat it with --seed ${seed} --family '${family}' --turn ${turn} --most ${most}`,
    );
  }
  for (const cost of over.slice(0, SHOWN)) console.error(`too dear, ${cost}`);
  for (const cost of worst) console.log(`worst: ${cost}`);
  const counts = [
    `${count(done.cases)} cases`,
    `${count(done.asked)} paths asked`,
    `${count(done.covered)} covered`,
    `slowest case ${((done.slowest ?? 0) / 1000).toFixed(1)} s`,
    failure ? `a ${failure.kind}` : 'no throw, hang or disagreement',
    `${over.length} kinds of pattern too dear`,
  ];
  console.log(`fuzz ${seed}: ${counts.join('; ')}`);
  return failure === undefined && over.length === 0;
};

const main = async () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '600' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      family: { type: 'string' },
      turn: { type: 'string' },
      most: { type: 'string', default: '3500000' },
    },
  });
  const [seed, seconds, most] = [values.seed, values.seconds, values.most].map(Number);
  const directory = mkdtempSync(join(tmpdir(), 'leasehold-fuzz-'));
  try {
    const bundle = await bundleFuzzer(directory);
    const fuzzer = await import(bundle);
    const families = values.family === undefined ? fuzzer.FUZZ_FAMILIES : [values.family];
    const turn = values.turn === undefined ? undefined : Number(values.turn);
    console.log(`fuzz ${seed}: ${families.length} families for ${seconds} s`);
    const found = await watch({ bundle, seed, seconds, families, turn, most });
    process.exitCode = report(found, { seed, most }, fuzzer) ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

await (isMainThread ? main() : runCases(workerData));
