// How fast the store git is: claim and release over HTTP on this machine, with 100 and 1,000 grants held, by one
// clone, by eight at once, and by eight that know nothing of each other, as on machines of their own. Each clone has a process of its own with the store's code in it; what a user pays
// for, the command as whole processes, is measured by one clone. Nothing may be lost: at the end the ledger holds
// what it held, its log tells of each claim and each release once, and no two tokens are the same. Exits with 1
// where a bound does not hold. --quick takes fewer samples; --json prints one object.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  assertThat,
  command,
  count,
  number,
  renderTable,
  runBenchmark,
  startWorker,
  timeRun,
  toBound,
} from './bench-kit.mjs';

const SIZES = [100, 1_000];
/** Clones on one machine stand in one line; those on machines of their own meet at the remote. */
const CROWDS = [
  { clones: 1, machines: 1 },
  { clones: 8, machines: 1 },
  { clones: 8, machines: 8 },
];
const REF = 'refs/leasehold/ledger';
const HOUR = 3_600_000;
const LEDGER = { ref: REF, remote: 'origin', maxStale: 60_000 };
const SETTINGS = { version: 1, store: 'git', locks: null, ignoreCase: false, ledger: LEDGER };
/** One grant is all that a fleet of one waits for. In seconds; what is told is far below. */
const MAX_SECONDS = 10;

const part = (samples, share) => {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

const claimsOn = (kit, scope) => [
  kit.compileClaim(scope, 'write', { ignoreCase: false, compile: kit.compilePattern }),
];

const chance = { random: Math.random, uniqueName: randomUUID };

const openClone = (kit, { cwd, scratch }) => {
  const commonDir = join(cwd, '.git');
  const { systemFiles: files, systemClock: clock } = kit;
  const clone = kit.locateClone(commonDir, SETTINGS, kit.compilePattern);
  const repository = kit.createLedgerRepository(
    {
      git: kit.createGit(cwd, process.env),
      top: cwd,
      commonDir,
      env: process.env,
      uniqueName: randomUUID,
      directory: kit.ledgerDirectory(kit.stateDirectory(commonDir)),
      files,
    },
    LEDGER,
  );
  const freshness = () => ({
    isFresh: () => false,
    limit: 20_000,
    attempts: 4,
    need: 'newest',
  });
  const { store } = kit.createGitStore({
    ...{ files, clock, clone, repository, freshness, ...chance },
    turns: kit.createTurns({ files, clock, ...chance }, () => ({
      directory: scratch,
      name: repository.line,
    })),
    knowsEmail: () => true,
    margin: 65_000,
    tell: String,
    tellChallenge: String,
  });
  return { store, repository };
};

const state = {};

const jobs = {
  /** So many grants of others in the ledger, in one push. */
  seed: async (kit, { size, ...place }) => {
    const { repository } = openClone(kit, place);
    const now = Date.now();
    const edits = new Map([['state.json', JSON.stringify({ version: 1, seq: 1, token: size })]]);
    for (let at = 0; at < size; at += 1) {
      const grant = {
        holder: `codex/task-${at}`,
        id: randomUUID(),
        rev: 1,
        token: at + 1,
        lockedAt: now,
        expiresAt: now + 24 * HOUR,
        claims: claimsOn(kit, `packages/p-${at}/`),
        about: { task: `Port package ${at}`, branch: `task-${at}` },
      };
      edits.set(`locks/${kit.lockFileName(grant)}`, kit.serialiseGrant(grant));
    }
    const base = repository.load(undefined);
    const commit = repository.write(base, edits, { message: 'held', now });
    const pushed = await repository.push(commit, undefined, 60_000);
    assertThat(pushed === 'taken', 'a ledger that is held');
  },

  open: async (kit, { size, ...place }) => {
    state.opened = openClone(kit, place);
    const { grants } = await state.opened.store.read();
    assertThat(grants.length === size, `${size} grants are held`);
  },

  /** Claims and releases a path of its own, again and again; milliseconds a pair. */
  pairs: async (kit, { name, rounds }) => {
    const { store } = state.opened;
    const took = [];
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now();
      const request = {
        holder: name,
        claims: claimsOn(kit, `own/${name}/`),
        ttl: HOUR,
        id: randomUUID(),
        about: {},
      };
      const { outcome } = await store.change(kit.decideClaim(request));
      assertThat(outcome.granted, 'a claim that is granted');
      const released = await store.change(kit.decideRelease(request.id, name));
      assertThat(released.outcome.released === 'all', 'a release that releases');
      took.push(performance.now() - start);
    }
    return took;
  },

  events: async (_kit, { size }) => {
    const { store, repository } = state.opened;
    const { grants } = await store.read();
    assertThat(grants.length === size, 'nothing is left behind, and nothing is gone');
    return repository.events().map(({ event, token, holder }) => ({ event, token, holder }));
  },
};

/** The server, in a process of its own; its address. */
const startServer = (root, env) =>
  new Promise((done, failed) => {
    const script = resolve(import.meta.dirname, '../test/git-server.mjs');
    const child = spawn(process.execPath, [script, root], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    process.once('exit', () => child.kill());
    child.on('error', failed);
    child.stdout.once('data', (line) => done({ address: String(line).trim(), child }));
  });

const makeClone = (root, address, name, env) => {
  const cwd = join(root, name);
  mkdirSync(cwd, { recursive: true });
  const at = { cwd, env };
  timeRun('git', ['init', '--quiet', '-b', 'main'], at);
  timeRun('git', ['remote', 'add', 'origin', address], at);
  timeRun('git', ['config', 'user.email', `${name}@example.com`], at);
  timeRun('git', ['config', 'user.name', name], at);
  mkdirSync(join(cwd, '.git/leasehold'));
  writeFileSync(join(cwd, '.git/leasehold/clone.json'), JSON.stringify(SETTINGS));
  return at;
};

/** The log tells of each claim and each release, and each claim has a token of its own. */
const assertNothingLost = (events, expected) => {
  const claimed = events.filter(({ event }) => event === 'claimed');
  const released = events.filter(({ event }) => event === 'released');
  assertThat(claimed.length === expected && released.length === expected, 'no lost grant');
  assertThat(new Set(claimed.map(({ token }) => token)).size === expected, 'a token each');
};

const measureHeld = async (settings, { size, clones, machines }) => {
  const { root, env, rounds } = settings;
  const name = `held-${size}-${clones}-${machines}`;
  timeRun('git', ['init', '--quiet', '--bare', join(root, `${name}.git`)], { cwd: root, env });
  const address = `${settings.address}/${name}.git`;
  const workers = Array.from({ length: clones }, (_, at) => {
    const clone = makeClone(root, address, `${name}-${at}`, env);
    const scratch = join(root, `scratch-${at % machines}`);
    return { ...clone, scratch, name: `agent-${at}`, worker: startWorker(settings) };
  });
  const [{ worker: first, cwd: firstPlace, scratch: firstScratch }] = workers;
  await first.ask('seed', { cwd: firstPlace, scratch: firstScratch, size });
  for (const { cwd, scratch, worker } of workers) await worker.ask('open', { cwd, scratch, size });
  await workers[0].worker.ask('pairs', { name: 'warm-up', rounds: 2 });
  const start = performance.now();
  const each = await Promise.all(
    workers.map(({ worker, name: holder }) => worker.ask('pairs', { name: holder, rounds })),
  );
  const seconds = (performance.now() - start) / 1000;
  const took = each.flat();
  const commands = [];
  for (let round = 0; clones === 1 && round < rounds; round += 1) {
    const at = { cwd: workers[0].cwd, env };
    commands.push(
      timeRun(process.execPath, [command, 'claim', 'own/command/'], at) +
        timeRun(process.execPath, [command, 'release', '--all'], at),
    );
  }
  const events = await workers[0].worker.ask('events', { size });
  assertNothingLost(events, took.length + commands.length + 2);
  for (const { worker } of workers) worker.stop();
  return {
    ...{ size, clones, machines, pairs: took.length, perSecond: took.length / seconds },
    ...{ p50: part(took, 0.5), p95: part(took, 0.95), lost: 0 },
    ...(commands.length > 0
      ? { command: { p50: part(commands, 0.5), p95: part(commands, 0.95) } }
      : {}),
  };
};

const measure = async (settings) => {
  const { root, env } = settings;
  const { address, child } = await startServer(root, env);
  const held = [];
  for (const size of SIZES) {
    for (const crowd of CROWDS) {
      held.push(await measureHeld({ ...settings, address }, { size, ...crowd }));
    }
  }
  child.kill();
  // Eight machines of which each has a fourth of a core say nothing of eight machines: told, and not bound.
  const bound = held.filter(({ machines }) => machines === 1);
  const worst = Math.max(...bound.map(({ p95 }) => p95)) / 1000;
  return { held, bounds: [toBound('seconds a claim and release take at p95', worst, MAX_SECONDS)] };
};

const report = ({ held, bounds, node, seconds }) =>
  [
    renderTable(
      'Claim and release over HTTP, in milliseconds',
      ['pairs', 'pairs/s', 'p50', 'p95', 'lost', 'command p50', 'p95'],
      held.map(({ size, clones, machines, pairs, perSecond, p50, p95, lost, command: whole }) => [
        `${count(size)} held, ${clones} ${clones === 1 ? 'clone' : 'clones'}${machines > 1 ? ', a machine each' : ''}`,
        count(pairs),
        number(perSecond),
        number(p50),
        number(p95),
        String(lost),
        whole ? number(whole.p50) : '',
        whole ? number(whole.p95) : '',
      ]),
    ),
    ...bounds.map(
      ({ text, value, bound, ok }) =>
        `${ok ? 'holds' : 'FAILS'}: ${number(value)} ${text} (at most ${bound})`,
    ),
    `node ${node}, ${seconds.toFixed(0)} s`,
  ].join('\n');

await runBenchmark({
  script: fileURLToPath(import.meta.url),
  sources: `
    export { systemClock } from './src/kit/clock.ts';
    export { systemFiles } from './src/kit/files.ts';
    export { createGit } from './src/kit/git.ts';
    export * from './src/locks/index.ts';
    export { lockFileName, serialiseGrant } from './src/locks/record.ts';
  `,
  sizes: { full: { rounds: 25 }, quick: { rounds: 3 } },
  jobs,
  measure,
  report,
});
