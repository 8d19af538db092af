// How fast owners are found, within one run: leasehold's index and its scan against codeowners-utils,
// codeowners and ignore in one process each, by turns; and whole processes over a repository of 100,000
// paths, against those that only list the paths. Peers are asked about samples; how often each agrees is told.
// Two bounds are no ratios, because what was asked for is not: 250,000 paths a second at 5,000 rules (not with
// --quick), and 20 paths within 40 ms of a bare start of node.
// Exits with 1 where a bound does not hold. --quick takes fewer samples; --json prints one object.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  assertThat,
  command,
  count,
  DISCARDED,
  gather,
  number,
  renderTable,
  repeatRounds,
  runBenchmark,
  startWorker,
  summariseAll,
  timeRun,
  times,
  toBound,
} from './bench-kit.mjs';
import { listPaths, makeOwnersFile, PATHS } from './bench-tree.mjs';

const SIZES = [100, 1_000, 5_000];
const MOST = SIZES.at(-1);
/** Of the index with the most rules. */
const LEAST_PATHS_A_SECOND = 250_000;
const LEAST_GAIN = 2_500;
/** How many times a command over the whole tree may take what a process of node takes that lists it. */
const MAX_OVER_LISTER = 2.5;
const ONE_SHOT_PATHS = 20;
const MAX_MS_OVER_NODE = 40;
/** Samples are runs of neighbours, as git lists them: peers remember the directories of a path. */
const NEIGHBOURS = 4;
/** Has no factor in common with the number of runs in the tree, so that a sample is from all over it. */
const STRIDE = 1_237;
/** How far into the order of samples each round begins. */
const ROUND_APART = 10_000;
const OWNERS_PLACE = '.github/CODEOWNERS';

const require = createRequire(import.meta.url);

// ---- Who finds owners: from the text of a file to a function of paths. All answer with the line that decides, or 0.

/** The one place that knows leasehold's own functions. */
const openLeasehold = ({ parseOwners, createOwnersIndex, createOwnersMatcher }, engine, text) => {
  const file = parseOwners(text, 'github');
  assertThat(file.problems.length === 0, 'every line is a rule');
  return engine === 'index' ? createOwnersIndex(file) : createOwnersMatcher(file);
};

const findByLeasehold = (engine) => (kit, text) => {
  const finder = openLeasehold(kit, engine, text);
  return (path) => finder.find(path).rule?.line ?? 0;
};

const ENGINES = {
  index: findByLeasehold('index'),
  scan: findByLeasehold('scan'),

  'codeowners-utils': (_kit, text) => {
    const { parse, matchPattern } = require('codeowners-utils');
    const entries = parse(text);
    return (path) => {
      const at = entries.findIndex(({ pattern }) => matchPattern(path, pattern));
      return at === -1 ? 0 : entries.length - at;
    };
  },

  codeowners: (_kit, _text, directory) => {
    const Codeowners = require('codeowners');
    const file = new Codeowners(directory);
    const { length } = file.ownerEntries;
    // It answers with an entry's own list of owners.
    const lines = new Map(file.ownerEntries.map(({ usernames }, at) => [usernames, length - at]));
    return (path) => lines.get(file.getOwner(path)) ?? 0;
  },

  ignore: (_kit, text) => {
    const ignore = require('ignore');
    const rules = text
      .trimEnd()
      .split('\n')
      .map((line) => ignore().add(line.slice(0, `${line} `.indexOf(' '))));
    return (path) => rules.findLastIndex((rule) => rule.ignores(path)) + 1;
  },
};

const PEERS = ['codeowners-utils', 'codeowners', 'ignore'];

// ---- The measuring processes: jobs that the first process asks them for.

const pathsFile = (root) => join(root, 'paths');
const directoryOf = (root, size) => join(root, `rules-${size}`);
const readPaths = (root) => readFileSync(pathsFile(root), 'utf8').split('\n');
const readRules = (root, size) => readFileSync(join(directoryOf(root, size), OWNERS_PLACE), 'utf8');

/** The place in the tree of the n-th path of a sample. */
const sampleAt = (paths, turn) => {
  const run = Math.floor(turn / NEIGHBOURS) * STRIDE;
  return (run * NEIGHBOURS + (turn % NEIGHBOURS)) % paths.length;
};

const state = { paths: null };

const jobs = {
  /**
   * Reads the rules and asks about all paths in order, or (`from`) about as many of a sample as there is time
   * for. The first path counts as building, as most compile patterns only then.
   */
  find: async (kit, { root, engine, size, from, ms }) => {
    state.paths ??= readPaths(root);
    const { paths } = state;
    const [text, directory] = [readRules(root, size), directoryOf(root, size)];
    const isSample = from !== undefined;
    const placeOf = isSample ? (turn) => sampleAt(paths, from + turn) : (turn) => turn;
    const lines = [];
    const start = performance.now();
    const find = ENGINES[engine](kit, text, directory);
    lines.push(find(paths[placeOf(0)]));
    const built = performance.now();
    let now = built;
    while (lines.length < paths.length && (!isSample || now - built < ms)) {
      lines.push(find(paths[placeOf(lines.length)]));
      if (isSample) now = performance.now();
    }
    const each = (performance.now() - built) / (lines.length - 1);
    const build = built - start;
    return {
      build,
      whole: build + each * (paths.length - 1),
      places: lines.map((_, turn) => placeOf(turn)),
      lines,
    };
  },

  /** All that leasehold says of each path; of each `step`-th one, by both its ways, which must not differ. */
  compare: async (kit, { root, size, step }) => {
    const text = readRules(root, size);
    const [index, scan] = ['index', 'scan'].map((engine) => openLeasehold(kit, engine, text));
    const render = ({ state: kind, owners, rule }) =>
      `${kind} ${owners.join(' ')} ${rule?.line} ${rule?.pattern}`;
    const answers = readPaths(root).map((path, at) => {
      const answer = index.find(path);
      if (at % step === 0) {
        const [one, other] = [answer, scan.find(path)].map(render);
        assertThat(one === other, `index and scan agree on ${path}: ${one}, ${other}`);
      }
      return { line: answer.rule?.line ?? 0, owned: answer.owners.length > 0 };
    });
    return { lines: answers.map(({ line }) => line), owned: answers.map(({ owned }) => owned) };
  },
};

// ---- The first process: prepares, asks by turns, and tells.

const writeFiles = (root) => {
  const paths = listPaths();
  writeFileSync(pathsFile(root), paths.join('\n'));
  return SIZES.map((size) => {
    const { text, kinds } = makeOwnersFile(paths, size);
    mkdirSync(join(directoryOf(root, size), '.github'), { recursive: true });
    writeFileSync(join(directoryOf(root, size), OWNERS_PLACE), text);
    return { size, kinds };
  });
};

/** What holds for each path by leasehold, and that the rules are fit for measuring. */
const compareAll = async (settings, files) => {
  const { root, step } = settings;
  const worker = startWorker(settings);
  const truth = new Map();
  for (const { size, kinds } of files) {
    const answers = await worker.ask('compare', { root, size, step });
    const deciding = new Set(answers.lines.map((line) => kinds[line - 1]));
    const idle = kinds.filter((kind) => size === MOST && !deciding.has(kind));
    assertThat(idle.length === 0, `rules of every kind decide, but not ${idle[0]}`);
    truth.set(size, answers);
  }
  worker.stop();
  return truth;
};

/** One engine's turn on rules of one size: what it took, and on how many paths it says what leasehold does. */
const takeTurn = async ({ root, ms }, { engine, worker }, { size, round, truth }) => {
  const isWhole = engine === 'index';
  const sample = isWhole ? {} : { from: round * ROUND_APART, ms };
  const { build, whole, places, lines } = await worker.ask('find', {
    root,
    engine,
    size,
    ...sample,
  });
  assertThat(!isWhole || lines.length === truth.lines.length, 'the index is asked about all paths');
  const agreed = lines.filter((line, turn) => line === truth.lines[places[turn]]).length;
  const isOwn = !PEERS.includes(engine);
  assertThat(!isOwn || agreed === lines.length, `the ${engine} says the same at every run`);
  return { build, whole, agreed, asked: lines.length };
};

const measureInProcess = async (settings, truths) => {
  const found = Object.keys(ENGINES).flatMap((engine) => {
    const worker = startWorker(settings);
    return SIZES.map((size) => ({ engine, size, worker, took: {}, agreed: 0, asked: 0 }));
  });
  await repeatRounds(1 + settings.rounds, settings, async (round) => {
    for (const row of found) {
      const truth = truths.get(row.size);
      const turn = await takeTurn(settings, row, { size: row.size, round, truth });
      if (round === 0) continue;
      gather(row.took, { build: [turn.build], whole: [turn.whole] });
      row.agreed += turn.agreed;
      row.asked += turn.asked;
    }
  });
  for (const worker of new Set(found.map((row) => row.worker))) worker.stop();
  return found.map(({ engine, size, took, agreed, asked }) => ({
    engine,
    size,
    ...summariseAll(took),
    pathsPerSecond: (PATHS / summariseAll(took).whole.median) * 1000,
    agreed,
    asked,
  }));
};

/** Runs git with something to read; what it prints. */
const git = (args, { cwd, env }, input = '') => {
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd,
    env,
    input,
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${status} ${stderr}`);
  return stdout.trimEnd();
};

/** All paths tracked, packed as a clone has them; of the working tree there is the CODEOWNERS file alone. */
const makeRepository = ({ root, env }) => {
  const cwd = directoryOf(root, MOST);
  const at = { cwd, env };
  git(['init', '--quiet', '-b', 'main'], at);
  git(['config', 'user.name', 'Ben'], at);
  git(['config', 'user.email', 'ben@example.com'], at);
  git(['config', 'gc.auto', '0'], at);
  const blob = git(['hash-object', '-w', '--stdin'], at, 'A line.\n');
  const paths = readPaths(root);
  const entries = paths.map((path) => `100644 ${blob}\t${path}\n`);
  git(['update-index', '--index-info'], at, entries.join(''));
  git(['add', OWNERS_PLACE], at);
  git(['commit', '--quiet', '--no-verify', '--message', 'start'], at);
  git(['repack', '-a', '-d', '--quiet'], at);
  const tracked = git(['ls-tree', '-r', '--name-only', 'HEAD'], at).split('\n');
  const isSame =
    tracked.length === paths.length + 1 && paths.every((path, n) => path === tracked[n + 1]);
  assertThat(isSame, 'git lists the same paths in the same order');
  return at;
};

/** What nobody who answers for a whole tree from node comes below: lists the paths, and prints them. */
const writeLister = (root) => {
  const lister = join(root, 'list.cjs');
  writeFileSync(
    lister,
    `const { spawnSync } = require('node:child_process');
     const args = ['ls-tree', '-r', '-z', '--name-only', 'HEAD'];
     const { stdout } = spawnSync('git', args, { encoding: 'utf8', maxBuffer: Infinity });
     const paths = stdout.split('\\0').filter((path) => path !== '');
     process.stdout.write(paths.join('\\n') + '\\n');`,
  );
  return lister;
};

const PIPED = 'git ls-tree -r -z --name-only HEAD | "$0" "$1" owners -z --format csv';

/** Every process that is measured, as program and arguments; the first three are over the whole tree. */
const listRuns = (root, paths) => {
  const own = (...args) => [process.execPath, [command, 'owners', ...args]];
  return {
    unowned: own('--unowned'),
    stats: own('--stats'),
    piped: ['sh', ['-c', PIPED, process.execPath, command]],
    lister: [process.execPath, [writeLister(root)]],
    git: ['git', ['ls-tree', '-r', '--name-only', 'HEAD']],
    oneShot: own(...paths),
    node: [process.execPath, ['-e', '0']],
  };
};

const WHOLE_TREE = ['unowned', 'stats', 'piped'];
/** How a process may end that does not always end with 0: that there are such paths may be told so. */
const GOOD = { unowned: [0, 1] };

/** What each prints, once, or it might be quick because it says nothing. A path stands first on its line. */
const checkRuns = (runs, at, { paths, truth, shown }) => {
  const print = (name) => {
    const [program, args] = runs[name];
    const { status, stdout, stderr } = spawnSync(program, args, {
      ...at,
      encoding: 'utf8',
      maxBuffer: Number.POSITIVE_INFINITY,
    });
    assertThat(
      (GOOD[name] ?? [0]).includes(status),
      `${name} ends well, not with ${status}: ${stderr}`,
    );
    return stdout;
  };
  const lines = (text) => text.split('\n').filter((line) => line !== '');
  const startsOf = (text) => new Set(lines(text).map((line) => /^[^\s,]*/.exec(line)[0]));
  assertThat(lines(print('lister')).length === paths.length + 1, 'the lister lists all paths');
  const unowned = startsOf(print('unowned'));
  const isRight = paths.every((path, n) => unowned.has(path) !== truth.owned[n]);
  assertThat(isRight, 'exactly the paths without owners are told');
  const piped = startsOf(print('piped'));
  assertThat(
    paths.every((path) => piped.has(path)),
    'a line of CSV for each path',
  );
  assertThat(lines(print('stats')).length > 1, 'statistics are told');
  const one = print('oneShot');
  assertThat(
    shown.every((path) => one.includes(path)),
    'an answer for each of the few paths',
  );
};

const measureProcesses = async (settings, truths) => {
  const { root, env, processRounds } = settings;
  const at = makeRepository({ root, env });
  const paths = readPaths(root);
  const shown = Array.from(
    { length: ONE_SHOT_PATHS },
    (_, n) => paths[(n * STRIDE) % paths.length],
  );
  const runs = listRuns(root, shown);
  checkRuns(runs, at, { paths, truth: truths.get(MOST), shown });
  const samples = {};
  await repeatRounds(DISCARDED + processRounds, settings, (round) => {
    for (const [name, [program, args]] of Object.entries(runs)) {
      const took = timeRun(program, args, { ...at, good: GOOD[name] });
      if (round >= DISCARDED) gather(samples, { [name]: [took] });
    }
  });
  return summariseAll(samples);
};

// ---- Bounds and tables

const rateOf = (rows, engine, size) =>
  rows.find((row) => row.engine === engine && row.size === size).pathsPerSecond;

const toLeast = (text, value, bound) => ({ text, value, bound, least: true, ok: value >= bound });

const boundAll = ({ inProcess, processes, quick }) => {
  const index = rateOf(inProcess, 'index', MOST);
  const rules = `at ${count(MOST)} rules`;
  const { lister, oneShot, node } = processes;
  const overLister = WHOLE_TREE.map((name) =>
    toBound(`${NAMES[name]} : the lister`, processes[name].median / lister.median, MAX_OVER_LISTER),
  );
  const overNode = oneShot.median - node.median;
  return [
    ...(quick ? [] : [toLeast(`index ${rules}, paths/s`, index, LEAST_PATHS_A_SECOND)]),
    toLeast(
      `index : codeowners-utils ${rules}`,
      index / rateOf(inProcess, 'codeowners-utils', MOST),
      LEAST_GAIN,
    ),
    ...overLister,
    toBound(`owners of ${ONE_SHOT_PATHS} paths, ms above node`, overNode, MAX_MS_OVER_NODE),
  ];
};

const NAMES = {
  unowned: 'owners --unowned',
  stats: 'owners --stats',
  piped: 'git ls-tree -z | owners -z --format csv',
  lister: 'the lister: node that runs git ls-tree, splits and prints',
  git: 'git ls-tree -r --name-only HEAD',
  oneShot: `owners of ${ONE_SHOT_PATHS} paths`,
  node: 'node -e 0',
};

const LABELS = {
  index: "leasehold's index, all paths",
  scan: "leasehold's scan",
};

const engineRows = (rows, size) =>
  rows
    .filter((row) => row.size === size)
    .map(({ engine, pathsPerSecond, build, agreed, asked }) => [
      LABELS[engine] ?? engine,
      count(Math.round(pathsPerSecond)),
      number(build.median),
      times(pathsPerSecond / rateOf(rows, 'codeowners-utils', size)),
      `${count(agreed)} of ${count(asked)}`,
    ]);

const processRows = (processes, names, against) =>
  names.map((name) => [
    NAMES[name],
    number(processes[name].median),
    number(processes[name].p90),
    ...against.map((other) => times(processes[name].median / processes[other].median)),
  ]);

const renderBound = ({ text, value, bound, least, ok }) =>
  `${text} = ${count(Number(number(value)))} (${least ? 'at least' : 'at most'} ${count(bound)}): ${ok ? 'ok' : 'FAILED'}`;

const report = ({ inProcess, processes, bounds, node, seconds }) => {
  const tables = [
    `owners by leasehold on node ${node}, of ${count(PATHS)} paths\n`,
    ...SIZES.map((size, at) =>
      renderTable(
        `${at + 1}. In one process, ${count(size)} rules, from the text of the file on`,
        ['paths/s', 'building, ms', ': codeowners-utils', 'agreed'],
        engineRows(inProcess, size),
      ),
    ),
    renderTable(
      `${SIZES.length + 1}. Whole processes, ${count(MOST)} rules, all of HEAD: milliseconds`,
      ['median', 'p90', ': lister', ': git'],
      processRows(processes, [...WHOLE_TREE, 'lister', 'git'], ['lister', 'git']),
    ),
    renderTable(
      `${SIZES.length + 2}. Whole processes, ${count(MOST)} rules, a few paths: milliseconds`,
      ['median', 'p90', ': node'],
      processRows(processes, ['oneShot', 'node'], ['node']),
    ),
    ...bounds.map(renderBound),
    `${seconds.toFixed(0)} s`,
  ];
  return tables.join('\n');
};

const measure = async (settings) => {
  const truths = await compareAll(settings, writeFiles(settings.root));
  const inProcess = await measureInProcess(settings, truths);
  const processes = await measureProcesses(settings, truths);
  const bounds = boundAll({ inProcess, processes, quick: settings.quick });
  return { inProcess, processes, bounds };
};

/** Index and scan are compared on each `step`-th path; `ms` is the most that a sample takes in one round; `seconds` the most that either part measures. */
const FULL = { step: 1, rounds: 5, ms: 1_000, processRounds: 11, seconds: 90 };
const QUICK = { step: 10, rounds: 2, ms: 150, processRounds: 3, seconds: 15 };

await runBenchmark({
  script: fileURLToPath(import.meta.url),
  sources: "export * from './src/owners/index.ts';",
  jobs,
  sizes: { full: FULL, quick: QUICK },
  measure,
  report,
});
