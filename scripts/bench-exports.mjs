// How long the export audit takes, and how much memory, as whole processes within one run and by turns:
//
// - on the sources of rxjs and zod (583 files of TypeScript, 79 entries), a full scan with and without what
//   scanners have said before, against knip and against oxlint's rules of imports and exports; and the same
//   where a config names the entries;
// - before a commit in a crate of 117 files, the base's tree included, against a process of node that does nothing.
//
// Exits with 1 where a bound does not hold. --quick takes fewer rounds; --json prints one object. Peaks of
// memory are told by GNU time, and left out where that is not there.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  assertThat,
  command,
  DISCARDED,
  number,
  renderTable,
  repeatRounds,
  runBenchmark,
  summariseAll,
  timeRun,
  times,
  toBound,
} from './bench-kit.mjs';

const MODULES = resolve(import.meta.dirname, '../node_modules');
const TIME = '/usr/bin/time';

/** What the contract asks for. */
const MAX_OF_KNIP = 0.35;
const MAX_OF_OXLINT = 3;
const MAX_MS_OVER_NODE = 150;
const MAX_MEGABYTES = 150;

const CRATE_FILES = 117;
const FUNCTIONS_A_FILE = 14;

// ---- Trees

const runGit = ({ env }, cwd, ...args) => {
  const { status, stderr } = spawnSync('git', args, {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  assertThat(status === 0, `git ${args.join(' ')}: ${stderr}`);
};

const writeTree = (directory, files) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
};

const commitAll = (settings, directory) => {
  runGit(settings, directory, 'init', '-q', '-b', 'main');
  runGit(settings, directory, 'config', 'user.name', 'bench');
  runGit(settings, directory, 'config', 'user.email', 'bench@example.com');
  runGit(settings, directory, 'add', '-A');
  runGit(settings, directory, 'commit', '-q', '-m', 'tree');
};

/** The state of a clone that uses leasehold: only there is anything kept. */
const stateOf = (directory) => join(directory, '.git/leasehold');

const enrol = (directory) => writeTree(stateOf(directory), { 'cache/README': '' });

const forget = (directory) => rmSync(stateOf(directory), { recursive: true, force: true });

const makePackages = (settings) => {
  const directory = join(settings.root, 'packages');
  for (const name of ['rxjs', 'zod']) {
    for (const part of ['src', 'package.json'])
      cpSync(join(MODULES, name, part), join(directory, 'packages', name, part), {
        recursive: true,
      });
  }
  writeTree(directory, {
    'package.json': '{ "name": "tree", "private": true, "workspaces": ["packages/*"] }',
  });
  commitAll(settings, directory);
  return directory;
};

/** The same tree with a config that names what is found without one. */
const makeConfigured = (settings, packages) => {
  const directory = join(settings.root, 'configured');
  cpSync(packages, directory, { recursive: true });
  const { stdout } = spawnSync(process.execPath, [command, 'audit', '--all', '--json'], {
    cwd: directory,
    env: settings.env,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { entries } = JSON.parse(stdout);
  assertThat(entries.length > 50, 'the packages have their entries');
  writeTree(directory, { 'leasehold.config.json': JSON.stringify({ exports: { entries } }) });
  runGit(settings, directory, 'add', '-A');
  runGit(settings, directory, 'commit', '-q', '-m', 'config');
  return directory;
};

const writeFunction = (file, number) => `/// Tells what ${file} says of ${number}.
pub fn make_${file}_${number}<'a, T: Into<u64> + Copy>(given: &'a [T], limit: usize) -> Result<Vec<u64>, String> {
    let mut found = Vec::with_capacity(limit);
    for (at, each) in given.iter().enumerate() {
        if at > limit { return Err(format!("{} is beyond {}", at, limit)); }
        match (*each).into() { 0 => continue, n if n % ${number + 2} == 0 => found.push(n), n => found.push(n + 1) }
    }
    Ok(found)
}
`;

const writeModule = (file) => {
  const functions = Array.from({ length: FUNCTIONS_A_FILE }, (_, at) => writeFunction(file, at));
  const above =
    file % 9 === 0 ? '' : `use super::m${file - (file % 9)}::Shared${file - (file % 9)};\n`;
  const shared =
    file % 9 === 0 ? `#[derive(Debug, Clone)] pub struct Shared${file} { pub at: u64 }\n` : '';
  return `//! Module ${file}.\n${above}${shared}#[cfg(feature = "extra")] pub mod extra { pub const LEVEL: u8 = ${file % 250}; }
pub enum Kind${file} { First, Second(u8), Third { at: u64 } }
${functions.join('\n')}
#[cfg(test)] mod tests { use super::*; #[test] fn works() { assert!(make_${file}_0(&[1u64], 3).is_ok()); } }
`;
};

/** A root, and modules of which every third is private and re-exported, some of them by a wildcard. */
const makeCrate = (settings) => {
  const directory = join(settings.root, 'crate');
  const modules = Array.from({ length: CRATE_FILES - 1 }, (_, file) => file);
  const declare = (file) => {
    if (file % 3 > 0) return `pub mod m${file};`;
    const own = file % 2 === 0 ? `{Kind${file}, make_${file}_0 as first_${file}}` : '*';
    return `mod m${file};\npub use m${file}::${own};`;
  };
  writeTree(directory, {
    'Cargo.toml': '[package]\nname = "crate-of-many"\nversion = "1.0.0"\nedition = "2021"\n',
    'src/lib.rs': `#![warn(missing_docs)]\n//! Many modules.\n${modules.map(declare).join('\n')}\n`,
    ...Object.fromEntries(modules.map((file) => [`src/m${file}.rs`, writeModule(file)])),
  });
  commitAll(settings, directory);
  const changed = join(directory, 'src/m1.rs');
  writeFileSync(changed, `${readFileSync(changed, 'utf8')}\npub fn added() {}\n`);
  runGit(settings, directory, 'add', '-A');
  return directory;
};

// ---- What is run

const node = (...args) => [process.execPath, ...args];
const audit = (...flags) => node(command, 'audit', ...flags);

const OXLINT_RULES = ['export', 'namespace', 'default', 'named', 'no-cycle'];

const listRuns = ({ packages, configured, crate }) => [
  { name: 'node -e 0', cwd: crate, args: node('-e', '0') },
  { name: 'audit, cold', cwd: packages, args: audit('--all'), before: forget },
  { name: 'audit, warm', cwd: packages, args: audit('--all'), before: enrol },
  { name: 'audit, cold, with a config', cwd: configured, args: audit('--all'), before: forget },
  {
    name: 'knip',
    cwd: packages,
    args: node(
      join(MODULES, 'knip/bin/knip.js'),
      '--no-progress',
      '--include',
      'exports,types,duplicates,unresolved',
    ),
  },
  {
    name: 'oxlint',
    cwd: packages,
    args: node(
      join(MODULES, 'oxlint/bin/oxlint'),
      '--import-plugin',
      '-A',
      'all',
      ...OXLINT_RULES.flatMap((rule) => ['-D', `import/${rule}`]),
      '.',
    ),
  },
  { name: 'crate staged, cold', cwd: crate, args: audit('--staged'), before: forget },
  { name: 'crate staged, warm', cwd: crate, args: audit('--staged'), before: enrol },
];

/** Findings are what is looked for: they end with 1. */
const GOOD = [0, 1];

/** Whatever a run needs to have been run before: a warm one has been run once. */
const prepare = (settings, { cwd, args: [program, ...args], before, name }) => {
  before?.(cwd);
  if (name.endsWith('warm')) timeRun(program, args, { cwd, env: settings.env, good: GOOD });
};

const runOnce = (settings, run) => {
  const {
    cwd,
    args: [program, ...args],
  } = run;
  prepare(settings, run);
  return timeRun(program, args, { cwd, env: settings.env, good: GOOD });
};

const peakOf = (settings, run) => {
  const { cwd, args } = run;
  prepare(settings, run);
  const peak = join(settings.root, 'peak');
  timeRun(TIME, ['-f', '%M', '-o', peak, ...args], { cwd, env: settings.env, good: GOOD });
  // Above the figure stands an exit code that is not 0.
  return Number(readFileSync(peak, 'utf8').trim().split('\n').at(-1)) / 1024;
};

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

const measurePeaks = (settings, runs) =>
  existsSync(TIME)
    ? Object.fromEntries(
        runs.map((run) => [run.name, median([0, 1, 2].map(() => peakOf(settings, run)))]),
      )
    : {};

const boundAll = (milliseconds, megabytes) => {
  const took = (name) => milliseconds[name].median;
  const overNode = took('crate staged, warm') - took('node -e 0');
  return [
    ...['cold', 'warm'].flatMap((state) => [
      toBound(`audit, ${state} : knip`, took(`audit, ${state}`) / took('knip'), MAX_OF_KNIP),
      toBound(`audit, ${state} : oxlint`, took(`audit, ${state}`) / took('oxlint'), MAX_OF_OXLINT),
    ]),
    toBound('crate staged, warm, ms over node -e 0', overNode, MAX_MS_OVER_NODE),
    ...Object.entries(megabytes)
      .filter(([name]) => /audit|crate/.test(name))
      .map(([name, peak]) => toBound(`megabytes, ${name}`, peak, MAX_MEGABYTES)),
  ];
};

const countFiles = (directory, extension) =>
  readdirSync(directory, { recursive: true }).filter((path) => path.endsWith(extension)).length;

const measure = async (settings) => {
  const [packages, crate] = [makePackages(settings), makeCrate(settings)];
  assertThat(countFiles(join(crate, 'src'), '.rs') === CRATE_FILES, 'the crate has its files');
  const configured = makeConfigured(settings, packages);
  const runs = listRuns({ packages, configured, crate });
  const samples = Object.fromEntries(runs.map(({ name }) => [name, []]));
  await repeatRounds(settings.rounds + DISCARDED, settings, (round) => {
    for (const run of runs) {
      const took = runOnce(settings, run);
      if (round >= DISCARDED) samples[run.name].push(took);
    }
  });
  const milliseconds = summariseAll(samples);
  const megabytes = measurePeaks(settings, runs);
  const files = { packages: countFiles(packages, '.ts'), crate: CRATE_FILES };
  return { files, milliseconds, megabytes, bounds: boundAll(milliseconds, megabytes) };
};

const report = ({ files, milliseconds, megabytes, bounds, seconds, node: version }) => {
  const rows = Object.entries(milliseconds).map(([name, { median: ms, p90 }]) => [
    name,
    number(ms),
    number(p90),
    name in megabytes ? number(megabytes[name]) : '',
  ]);
  const title = `Whole processes over ${files.packages} files of TypeScript, and a crate of ${files.crate}`;
  const marks = bounds.map(({ text, value, bound, ok }) => {
    const isRatio = text.includes(' : ');
    const [own, most] = [value, bound].map(isRatio ? times : number);
    return `  ${ok ? 'held  ' : 'MISSED'}  ${text}: ${own} (at most ${most})`;
  });
  return [
    renderTable(title, ['ms', 'p90', 'MB'], rows),
    ...marks,
    `\nnode ${version}, ${seconds.toFixed(0)} s`,
  ].join('\n');
};

await runBenchmark({
  script: fileURLToPath(import.meta.url),
  sources: "export { parseTrailers } from './src/exports/index.ts';",
  jobs: {},
  sizes: { full: { rounds: 15, seconds: 150 }, quick: { rounds: 5, seconds: 45 } },
  measure,
  report,
});
