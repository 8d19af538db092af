// What CI takes: `leasehold ci` and the action as whole processes, on a repository of 100,000 files with 5,000
// rules of CODEOWNERS and a pull request of 50 commits that change 20 files each, against the `git log` that
// reads the same commits. Seconds by the clock, and of processor time with all that they start.
// --quick takes fewer samples; --json prints one object.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  assertThat,
  command,
  count,
  DISCARDED,
  number,
  renderTable,
  repeatRounds,
  runBenchmark,
  summariseAll,
  toBound,
} from './bench-kit.mjs';
import { listPaths, makeOwnersFile, PATHS } from './bench-tree.mjs';

const COMMITS = 50;
const CHANGED = 20;
const RULES = 5_000;
const ACTION = resolve(import.meta.dirname, '../action/main.cjs');

const CONFIG = {
  guard: { rules: { 'owners/not-owner': 'warn' } },
  owners: { identities: { 'ben@example.com': ['@ben'] } },
};

/** A package shows its `index.ts`, where it has one. */
const contentOf = (path, paths, word) => {
  if (!path.endsWith('/package.json')) return `export const value = '${word}';\n`;
  const home = dirname(path);
  const entry = paths.has(`${home}/index.ts`) ? { exports: './index.ts' } : {};
  return `${JSON.stringify({ name: home.replaceAll('/', '-'), version: '1.0.0', ...entry })}\n`;
};

const toData = (text) => `data ${Buffer.byteLength(text)}\n${text}\n`;
const WHO = 'committer Ben <ben@example.com> 1700000000 +0000\n';

const toFile = ([path, text]) => `M 644 inline ${path}\n${toData(text)}`;

/** main with all files, and `topic` with the commits, as `git fast-import` reads it. */
const makeHistory = () => {
  const paths = listPaths();
  const known = new Set(paths);
  const files = [
    ...paths.map((path) => [path, contentOf(path, known, 'one')]),
    ['.github/CODEOWNERS', makeOwnersFile(paths, RULES).text],
    ['leasehold.config.json', JSON.stringify(CONFIG)],
  ];
  const sources = paths.filter((path) => !path.endsWith('package.json'));
  const step = Math.floor(sources.length / (COMMITS * CHANGED));
  const commits = Array.from({ length: COMMITS }, (_, at) => {
    const changed = Array.from(
      { length: CHANGED },
      (__, by) => sources[(at * CHANGED + by) * step],
    );
    const texts = changed.map((path) => toFile([path, contentOf(path, known, `two ${at}`)]));
    return `commit refs/heads/topic\n${WHO}${toData(`work ${at}`)}${at === 0 ? 'from refs/heads/main\n' : ''}${texts.join('')}\n`;
  });
  return `commit refs/heads/main\n${WHO}${toData('main')}${files.map(toFile).join('')}\n${commits.join('')}`;
};

const run = (root, env, ...args) => {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, env, encoding: 'utf8' });
  assertThat(status === 0, `git ${args[0]}: ${stderr}`);
  return stdout.trim();
};

const makeClone = ({ root, env }) => {
  const remote = join(root, 'remote.git');
  run(root, env, 'init', '--quiet', '--bare', '-b', 'main', remote);
  const { status } = spawnSync('git', ['fast-import', '--quiet'], {
    cwd: remote,
    env,
    input: makeHistory(),
  });
  assertThat(status === 0, 'the history was imported');
  const clone = join(root, 'clone');
  run(root, env, 'clone', '--quiet', '--branch', 'topic', remote, clone);
  return clone;
};

/** Seconds by the clock, and of processor time, of a process with all that it starts. */
const measureRun = (words, { cwd, env }) => {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>&1';
  const { stderr, status } = spawnSync('bash', ['-c', script, 'bash', ...words], {
    cwd,
    env,
    encoding: 'utf8',
  });
  assertThat(status === 0, `${words.slice(0, 4).join(' ')} ended with ${status}`);
  const [clock, user, system] = stderr.trim().split(' ').map(Number);
  return { clock, cpu: user + system };
};

const actionEnv = ({ root, env }, clone) => {
  const place = (name, text) => {
    mkdirSync(join(root, 'runner'), { recursive: true });
    writeFileSync(join(root, 'runner', name), text);
    return join(root, 'runner', name);
  };
  const side = (ref) => ({ ref, sha: run(clone, env, 'rev-parse', `origin/${ref}`) });
  const pull_request = { number: 1, head: side('topic'), base: side('main') };
  return {
    ...env,
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: clone,
    GITHUB_EVENT_NAME: 'pull_request',
    GITHUB_EVENT_PATH: place('event.json', JSON.stringify({ pull_request })),
    GITHUB_STEP_SUMMARY: place('summary.md', ''),
    GITHUB_OUTPUT: place('output', ''),
    RUNNER_TEMP: join(root, 'runner'),
  };
};

const NAMES = {
  log: 'git log of the commits',
  locks: 'leasehold ci --check locks',
  exports: 'leasehold ci --check exports',
  all: 'leasehold ci',
  action: 'the action, both checks',
};

const measure = async (settings) => {
  const clone = makeClone(settings);
  const ci = (...words) => [process.execPath, command, 'ci', '--base', 'origin/main', ...words];
  const here = { cwd: clone, env: settings.env };
  const runs = {
    log: [['git', 'log', '-c', '--raw', '--no-renames', 'topic', '^origin/main'], here],
    locks: [ci('--check', 'locks'), here],
    exports: [ci('--check', 'exports'), here],
    all: [ci(), here],
    action: [[process.execPath, ACTION], { cwd: clone, env: actionEnv(settings, clone) }],
  };
  const samples = {};
  await repeatRounds(settings.rounds + DISCARDED, settings, (round) => {
    for (const [name, [words, how]] of Object.entries(runs)) {
      const { clock, cpu } = measureRun(words, how);
      if (round < DISCARDED) continue;
      samples[`${name}.clock`] = [...(samples[`${name}.clock`] ?? []), clock];
      samples[`${name}.cpu`] = [...(samples[`${name}.cpu`] ?? []), cpu];
    }
  });
  const summary = readFileSync(join(settings.root, 'runner', 'summary.md'), 'utf8');
  assertThat(summary.includes(`${COMMITS} commits into main`), 'the action judged all commits');
  const figures = summariseAll(samples);
  const bounds = [
    toBound('processor seconds of the action', figures['action.cpu'].median, 20),
    toBound('seconds of the action by the clock', figures['action.clock'].median, 30),
  ];
  return { figures, bounds };
};

const report = ({ figures, bounds, node, seconds }) =>
  [
    renderTable(
      `CI by leasehold on node ${node}: ${count(PATHS)} files, ${count(RULES)} rules, ${COMMITS} commits of ${CHANGED} files\n`,
      ['seconds', 'p90', 'CPU s'],
      Object.entries(NAMES).map(([name, text]) => [
        text,
        number(figures[`${name}.clock`].median),
        number(figures[`${name}.clock`].p90),
        number(figures[`${name}.cpu`].median),
      ]),
    ),
    ...bounds.map(
      ({ text, value, bound, ok }) =>
        `${text} = ${number(value)} (at most ${count(bound)}): ${ok ? 'ok' : 'FAILED'}`,
    ),
    `${seconds.toFixed(0)} s`,
  ].join('\n');

await runBenchmark({
  script: fileURLToPath(import.meta.url),
  sources: 'export {};',
  sizes: { full: { rounds: 7, seconds: 240 }, quick: { rounds: 2, seconds: 60 } },
  measure,
  report,
});
