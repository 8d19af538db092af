// Published crates of Rust, as Debian packages them, against which the audit is held:
//
// - every file's items by our scanner and by tree-sitter's grammar, line by line (test/exports/rust-grammar.ts);
// - every crate's full scan, for nothing but wildcards and splits should be found in what has been published.
//
//   node scripts/compare-crates.mjs [--directory DIR] [--packages 200] [--json]
//
// The packages are every so-manieth of the sorted list that apt has, fetched by `apt-get download` (Debian and
// its children; nothing is installed) and kept in DIR, or thrown away without one. Ends with 1 where a file
// differs that is not known to, or a finding is none that is known.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = resolve(import.meta.dirname, '..');
const REGISTRY = 'usr/share/cargo/registry';
const QUIET_RULES = new Set(['exports/wildcard', 'exports/split']);

/** Files on which the two differ, and why. Versions are Debian's. */
const KNOWN_FILES = [
  [
    /^js-sys-.*\/src\/(?:Temporal|lib)\.rs$/,
    'to the grammar a method named `with` or `match` is an error',
  ],
  [/^erased-serde-.*\/features_check\/error\.rs$/, 'a file that exists to fail: no Rust to either'],
];

/** Findings that are true. */
const KNOWN_FINDINGS = [
  [/^protobuf-.*\/well_known_types\/mod\.rs .* file_descriptor_proto$/, 'ten wildcards bring it'],
];

const explain = (known, text) => known.find(([pattern]) => pattern.test(text))?.[1];

// ---- Fetching

const listNames = (count) => {
  const listed = execFileSync('apt-cache', ['pkgnames', 'librust-'], { encoding: 'utf8' });
  // A name with a plus is a feature of another package, and empty.
  const names = listed.split('\n').filter((name) => /^librust-[^+]*-dev$/.test(name));
  names.sort();
  return Array.from(
    { length: Math.min(count, names.length) },
    (_, at) => names[Math.floor((at * names.length) / count)],
  );
};

/** One process for many: a package that is not to be had any more is left out. */
const download = (directory, names) => {
  const run = (some) =>
    spawnSync('apt-get', ['download', ...some], { cwd: directory, stdio: 'ignore' }).status === 0;
  if (run(names)) return;
  for (const name of names) run([name]);
};

const fetchCrates = (directory, count) => {
  const [packages, unpacked] = [join(directory, 'packages'), join(directory, 'unpacked')];
  for (const each of [packages, unpacked]) mkdirSync(each, { recursive: true });
  const listPackages = () => readdirSync(packages).filter((name) => name.endsWith('.deb'));
  const have = new Set(listPackages().map((name) => name.slice(0, name.indexOf('_'))));
  const missing = listNames(count).filter((name) => !have.has(name));
  if (missing.length > 0) {
    download(packages, missing);
    for (const name of listPackages()) {
      spawnSync('dpkg-deb', ['-x', join(packages, name), unpacked], { stdio: 'ignore' });
    }
  }
  const registry = join(unpacked, REGISTRY);
  return readdirSync(registry)
    .sort()
    .map((name) => ({ name, directory: join(registry, name) }));
};

// ---- Comparing

const loadKit = async (directory) => {
  const { build } = await import('esbuild');
  const outfile = join(directory, 'kit.mjs');
  const contents = [
    "export { openRustGrammar, readByScanner } from './test/exports/rust-grammar.ts';",
    "export { auditTrees, findEntries } from './src/exports/trees.ts';",
    "export { diskTree } from './test/exports/disk-tree.ts';",
  ].join('\n');
  await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'error',
    outfile,
  });
  return import(pathToFileURL(outfile).href);
};

const compareFile = (kit, readByGrammar, text) => {
  const theirs = readByGrammar(text);
  const ours = kit.readByScanner(text, theirs.skipped);
  const isSame = ours.fault === undefined && ours.lines.join('\n') === theirs.lines.join('\n');
  if (isSame) return undefined;
  const first = (a, b) => a.find((line) => !b.includes(line)) ?? 'nothing more';
  const words = ours.fault
    ? `no Rust to us (${ours.fault}), ${theirs.hasError ? 'nor' : 'but'} to the grammar`
    : `we read ${first(ours.lines, theirs.lines)}; the grammar ${first(theirs.lines, ours.lines)}`;
  return theirs.hasError && !ours.fault ? `${words}, behind an error of its own` : words;
};

const auditCrate = (kit, tree) => {
  const entries = kit.findEntries(tree, []);
  const start = process.cpuUsage();
  const { findings } = kit.auditTrees({
    head: tree,
    base: null,
    entries,
    settings: { rules: {}, internal: [] },
    trailers: [],
    stage: 'work',
    isWhole: true,
  });
  const { user, system } = process.cpuUsage(start);
  return { entries: entries.length, findings, seconds: (user + system) / 1_000_000 };
};

const createTold = (crates) => ({
  crates,
  entries: 0,
  files: 0,
  agreed: 0,
  differences: [],
  rules: {},
  findings: [],
  slowest: { name: '', seconds: 0 },
});

const compareCrate = ({ kit, readByGrammar, told }, { name, directory }, tree) => {
  for (const path of tree.list().filter((each) => each.endsWith('.rs'))) {
    const difference = compareFile(kit, readByGrammar, readFileSync(join(directory, path), 'utf8'));
    told.files += 1;
    if (difference === undefined) {
      told.agreed += 1;
      continue;
    }
    const place = `${name}/${path}`;
    told.differences.push({ place, difference, known: explain(KNOWN_FILES, place) ?? null });
  }
};

const scanCrate = ({ kit, told }, { name }, tree) => {
  const { entries, findings, seconds } = auditCrate(kit, tree);
  told.entries += entries;
  if (seconds > told.slowest.seconds) told.slowest = { name, seconds };
  for (const { rule, path, line, message, name: exported } of findings) {
    told.rules[rule] = (told.rules[rule] ?? 0) + 1;
    if (QUIET_RULES.has(rule)) continue;
    const known = explain(KNOWN_FINDINGS, `${name}/${path} ${rule} ${exported}`) ?? null;
    told.findings.push({ place: `${name}/${path}:${line}`, rule, message, known });
  }
};

const compareAll = async (scratch, crates) => {
  const kit = await loadKit(scratch);
  const require = createRequire(import.meta.url);
  const home = pathToFileURL(require.resolve('@vscode/tree-sitter-wasm')).href;
  const readByGrammar = await kit.openRustGrammar(home);
  const told = createTold(crates.length);
  for (const crate of crates) {
    const tree = kit.diskTree(crate.directory);
    compareCrate({ kit, readByGrammar, told }, crate, tree);
    scanCrate({ kit, told }, crate, tree);
  }
  return told;
};

const main = async () => {
  const { values } = parseArgs({
    options: {
      directory: { type: 'string' },
      packages: { type: 'string', default: '200' },
      json: { type: 'boolean', default: false },
    },
  });
  const scratch = mkdtempSync(join(tmpdir(), 'leasehold-crates-'));
  try {
    const crates = fetchCrates(resolve(values.directory ?? scratch), Number(values.packages));
    const told = await compareAll(scratch, crates);
    if (values.json) console.log(JSON.stringify({ version: 1, ...told }, null, 2));
    else report(told);
    const isGood = [...told.differences, ...told.findings].every(({ known }) => known !== null);
    process.exitCode = isGood ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

const report = ({ crates, entries, files, agreed, differences, rules, findings, slowest }) => {
  console.log(`${crates} crates, ${entries} entries; ${agreed} of ${files} files agree`);
  for (const { place, difference, known } of differences) {
    console.log(`  ${place}: ${difference} (${known ?? 'NOT KNOWN'})`);
  }
  const counts = Object.entries(rules).map(([rule, count]) => `${count} ${rule}`);
  console.log(`full scan: ${counts.join(', ')}`);
  for (const { place, message, known } of findings) {
    console.log(`  ${place}: ${message} (${known ?? 'NOT KNOWN'})`);
  }
  console.log(`slowest: ${slowest.name}, ${slowest.seconds.toFixed(1)} s of CPU`);
};

await main();
