// How fast locks are, as ratios within one run: claim and release against proper-lockfile and against a bare
// start of node, and how claims grow with the grants that are held. Each number of held grants has a process
// of its own (a heap of ten thousand grants slows whoever shares it), and their measurements take turns.
// Exits with 1 where a bound does not hold. --quick takes fewer samples; --json prints one object.
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  assertThat,
  command,
  count,
  createRandom,
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

const SIZES = [100, 1_000, 10_000];
const SCOPES = 5;
/** How many times a claim may take with the most grants held what it takes with the fewest. */
const MAX_GROWTH = 3;
/** Of the check for conflicts. Its scopes grow by 100; "sub-linear" is to mean at most by the square root of that. */
const MAX_CHECK_GROWTH = Math.sqrt((SIZES.at(-1) ?? 0) / (SIZES[0] ?? 1));
const CHECKS_AT_ONCE = 200;
const LONGEST_CHECKS = 20;
const HOUR = 3_600_000;

// ---- What is held. The same at every run: the order comes from a fixed seed.

const PACKAGES = ['auth', 'billing', 'catalog', 'search', 'gateway', 'report', 'ui', 'worker'];
const MODULES = ['session', 'tokens', 'http', 'store', 'events', 'schema', 'jobs', 'cache'];
/** More than the most grants, so that some are free at every size. */
const AREAS = 12_000;

/** Directories as a monorepo has them, in a fixed order that has nothing to do with their names. */
const listAreas = () => {
  const random = createRandom(604);
  const areas = Array.from({ length: AREAS }, (_, at) => {
    const number = Math.floor(at / MODULES.length);
    const name = `${PACKAGES[number % PACKAGES.length]}-${String(number).padStart(4, '0')}`;
    return `packages/${name}/src/${MODULES[at % MODULES.length]}`;
  });
  for (let left = areas.length - 1; left > 0; left -= 1) {
    const other = Math.floor(random() * (left + 1));
    [areas[left], areas[other]] = [areas[other], areas[left]];
  }
  return areas;
};

const areas = listAreas();
/** For the claims that are measured, and for the grants of others that come in meanwhile. */
const freeArea = (turn) => areas[AREAS - 1 - (turn % 1_000)];
const areaOfAnother = (turn) => areas[AREAS - 1_001 - (turn % 900)];

/** Three files, a directory, and a glob or one more file. */
const listScopes = (area, fifth) => [
  `${area}/index.ts`,
  `${area}/client.ts`,
  `${area}/retry-policy.ts`,
  `${area}/collector/`,
  fifth === 'literal' ? `${area}/README.md` : `glob:${area}/**/*.test.ts`,
];

/** A free place, and one file of a grant that is held. */
const listTakenScopes = (turn, size) => [
  ...listScopes(freeArea(turn)).slice(0, SCOPES - 1),
  `${areas[(turn * 37) % size]}/collector/rows.ts`,
];

const CLONE = { version: 1, store: 'file', locks: null, ignoreCase: false };

const compileAll = ({ compileClaim, compilePattern }, scopes) =>
  scopes.map((scope) =>
    compileClaim(scope, 'write', { ignoreCase: false, compile: compilePattern }),
  );

const placesOf = (kit, commonDir) => kit.locateClone(commonDir, CLONE, kit.compilePattern).places;

/** Another's grant as the store writes it, but without an fsync; returns its path. */
const writeGrant = (kit, commonDir, { token, area, fifth }) => {
  const now = Date.now();
  const grant = {
    holder: `codex/task-${token}`,
    id: randomUUID(),
    rev: 1,
    token,
    lockedAt: now,
    expiresAt: now + 24 * HOUR,
    claims: compileAll(kit, listScopes(area, fifth)),
    about: {
      task: `Port the module in ${area}`,
      email: 'codex@example.com',
      worktree: `/home/ben/worktrees/task-${token}`,
      branch: `codex/task-${token}`,
      host: 'build-7',
    },
  };
  const path = join(placesOf(kit, commonDir).locks, kit.lockFileName(grant));
  writeFileSync(path, kit.serialiseGrant(grant));
  return path;
};

/** What a claim of another process leaves: the token that it drew, and its record; returns the record's path. */
const claimAsAnother = (kit, commonDir, area) => {
  const { tokens } = placesOf(kit, commonDir);
  const token = Math.max(0, ...readdirSync(tokens).map(Number)) + 1;
  writeFileSync(join(tokens, String(token)), '');
  return writeGrant(kit, commonDir, { token, area, fifth: 'glob' });
};

const seedGrants = (kit, { commonDir, size, fifth }) => {
  const { locks, tokens } = placesOf(kit, commonDir);
  for (const directory of [locks, tokens]) mkdirSync(directory, { recursive: true });
  for (let at = 0; at < size; at += 1) {
    writeGrant(kit, commonDir, { token: at + 1, area: areas[at], fifth });
  }
  if (size > 0) writeFileSync(join(tokens, String(size)), '');
};

// ---- The measuring processes: jobs that the first process asks them for.

/** A store on the real files, and the milliseconds that it has spent in durable writes (an fsync each). */
const openStore = (kit, commonDir) => {
  const spent = { durable: 0 };
  const create = (path, content) => {
    const start = performance.now();
    const created = kit.systemFiles.create(path, content);
    spent.durable += performance.now() - start;
    return created;
  };
  const files = { ...kit.systemFiles, create };
  const outside = { files, clock: kit.systemClock, random: Math.random, uniqueName: randomUUID };
  const clone = kit.locateClone(commonDir, CLONE, kit.compilePattern);
  return { store: kit.createFileStore(outside, clone), spent };
};

const timed = async (act) => {
  const start = performance.now();
  const result = await act();
  return { result, took: performance.now() - start };
};

/** One claim by `probe`: what came of it, how long it took, and how much of that in durable writes. */
const timeClaim = async (kit, { store, spent }, scopes) => {
  const request = {
    holder: 'probe',
    claims: compileAll(kit, scopes),
    ttl: HOUR,
    id: randomUUID(),
    about: { task: 'Measure' },
  };
  const before = spent.durable;
  const { result, took } = await timed(() => store.change(kit.decideClaim(request)));
  return { id: request.id, outcome: result.outcome, took, durable: spent.durable - before };
};

const timeRelease = async (kit, { store }, id) => {
  const { result, took } = await timed(() => store.change(kit.decideRelease(id, 'probe')));
  assertThat(result.outcome.released === 'all', 'a release that releases');
  return took;
};

/** A durable file, made and removed: below this nobody comes who writes one. */
const writeDurably = (path) => {
  const descriptor = openSync(path, 'wx');
  writeSync(descriptor, 'x'.repeat(1_000));
  fsyncSync(descriptor);
  closeSync(descriptor);
  unlinkSync(path);
};

/** A check is too short for the clock: many at once, but not for long where it has become slow. */
const timeChecks = (check) => {
  const start = performance.now();
  let [done, found, took] = [0, 0, 0];
  while (done < CHECKS_AT_ONCE && took < LONGEST_CHECKS) {
    found += check();
    done += 1;
    took = performance.now() - start;
  }
  return { each: took / done, found: found / done };
};

const state = { turn: 0 };

const jobs = {
  seed: seedGrants,

  /** Nothing held: leasehold and the peer by turns, on one path each. */
  pair: async (kit, { commonDir, count }) => {
    const { lock, lockSync } = createRequire(import.meta.url)('proper-lockfile');
    state.opened ??= openStore(kit, commonDir);
    const file = join(commonDir, 'index.ts');
    writeFileSync(file, '');
    const took = { leasehold: [], durable: [], peer: [], peerSync: [], file: [] };
    for (let done = 0; done < count; done += 1) {
      const claim = await timeClaim(kit, state.opened, ['src/index.ts']);
      assertThat(claim.outcome.granted, 'a claim that is granted');
      took.leasehold.push(claim.took + (await timeRelease(kit, state.opened, claim.id)));
      took.durable.push(claim.durable);
      took.peer.push((await timed(async () => (await lock(file))())).took);
      took.peerSync.push((await timed(() => lockSync(file)())).took);
      took.file.push((await timed(() => writeDurably(`${file}.durable`))).took);
    }
    return took;
  },

  /** The first reading of a process that has read nothing yet. */
  read: async (kit, { commonDir, size }) => {
    state.opened = openStore(kit, commonDir);
    const { result, took } = await timed(() => state.opened.store.read());
    assertThat(result.grants.length === size, `${size} grants are read`);
    return took;
  },

  /** Claims and releases in a store that has read already, while other processes claim too. */
  claim: async (kit, { commonDir, size, count }) => {
    const took = { granted: [], beside: [], after: [], denied: [], released: [], listed: [] };
    const { opened } = state;
    const { locks } = placesOf(kit, commonDir);
    for (let done = 0; done < count; done += 1) {
      state.turn += 2;
      const [area, otherArea] = [freeArea(state.turn), areaOfAnother(state.turn)];
      const others = [claimAsAnother(kit, commonDir, otherArea)];
      // One at a time: what a holder has already is compared with each claim, and costs the same at every size.
      const after = await timeClaim(kit, opened, listScopes(freeArea(state.turn + 1)));
      await timeRelease(kit, opened, after.id);
      const claim = await timeClaim(kit, opened, listScopes(area));
      took.released.push(await timeRelease(kit, opened, claim.id));
      const denied = await timeClaim(kit, opened, listTakenScopes(state.turn + 2, size));
      for (const { outcome } of [after, claim]) {
        assertThat(outcome.granted && !outcome.renewed, 'a claim that is granted');
      }
      assertThat(denied.outcome.conflicts?.length === 1, 'a claim that is denied, once');
      took.after.push(after.took);
      took.granted.push(claim.took);
      took.beside.push(claim.took - claim.durable);
      took.denied.push(denied.took);

      // A store that remembers what it has read must still see what another process has done since.
      const lateArea = areaOfAnother(state.turn + 1);
      others.push(claimAsAnother(kit, commonDir, lateArea));
      const late = await timeClaim(kit, opened, listScopes(lateArea));
      assertThat(!late.outcome.granted, "another's grant that has just come in is seen");
      for (const path of others) unlinkSync(path);
      const { grants } = await opened.store.read();
      assertThat(grants.length === size, `${size} grants are held`);
      took.listed.push((await timed(() => readdirSync(locks))).took);
    }
    return took;
  },

  /** The check alone, on one ledger: five scopes that are free, and five of which one is held. */
  check: async (kit, { size, count }) => {
    const ledger = await state.opened.store.read();
    const took = { free: [], taken: [] };
    for (let done = 0; done < count; done += 1) {
      state.turn += 1;
      const kinds = {
        free: compileAll(kit, listScopes(freeArea(state.turn), 'literal')),
        taken: compileAll(kit, listTakenScopes(state.turn, size)),
      };
      for (const [kind, claims] of Object.entries(kinds)) {
        const { each, found } = timeChecks(() => kit.findConflicts(ledger, 'probe', claims).length);
        took[kind].push(each);
        assertThat(found === (kind === 'free' ? 0 : 1), `conflicts where it is ${kind}`);
      }
    }
    return took;
  },
};

// ---- The first process: prepares, asks by turns, and tells.

const commonDirOf = (root, name) => join(root, name, '.git');

const makeRepository = (root, name, env) => {
  const cwd = join(root, name);
  mkdirSync(cwd, { recursive: true });
  const at = { cwd, env };
  timeRun('git', ['init', '--quiet', '-b', 'main'], at);
  timeRun('git', ['config', 'user.name', 'Ben'], at);
  timeRun('git', ['config', 'user.email', 'ben@example.com'], at);
  timeRun(process.execPath, [command, 'init'], at);
  timeRun('git', ['add', '--all'], at);
  timeRun('git', ['commit', '--quiet', '--no-verify', '--message', 'start'], at);
  return at;
};

/**
 * The peer in two processes, as leasehold has it. Its lock goes when its process does, and only its process
 * may unlock: so the first keeps its exit from removing the lock, and the second takes it for its own.
 */
const writePeer = (root) => {
  const peer = createRequire(import.meta.url).resolve('proper-lockfile');
  const [lock, unlock] = [join(root, 'lock.cjs'), join(root, 'unlock.cjs')];
  const file = JSON.stringify(join(root, 'peer.ts'));
  writeFileSync(join(root, 'peer.ts'), '');
  writeFileSync(
    lock,
    `const fs = { ...require('node:fs'), rmdirSync: () => {} };
     require(${JSON.stringify(peer)}).lock(${file}, { fs });`,
  );
  writeFileSync(
    unlock,
    `const { unlock } = require(${JSON.stringify(peer)});
     require(${JSON.stringify(join(peer, '../lib/lockfile.js'))}).getLocks()[${file}] = {};
     unlock(${file});`,
  );
  return { lock, unlock };
};

const measureInProcess = async (settings) => {
  const { root, rounds, each } = settings;
  const worker = startWorker(settings);
  const samples = {};
  const commonDir = commonDirOf(root, 'in-process');
  await worker.ask('seed', { commonDir, size: 0 });
  await worker.ask('pair', { commonDir, count: 2 * each });
  await repeatRounds(rounds, settings, async () =>
    gather(samples, await worker.ask('pair', { commonDir, count: each })),
  );
  worker.stop();
  return summariseAll(samples);
};

const measureWholeProcess = async (settings) => {
  const { root, env, processRounds } = settings;
  const at = makeRepository(root, 'held-0', env);
  const { lock, unlock } = writePeer(root);
  const node = (...args) => timeRun(process.execPath, args, at);
  // Or the pair would be of two processes that do nothing to each other.
  const isLocked = () => existsSync(join(root, 'peer.ts.lock'));
  const lockByPeer = () => {
    const took = node(lock);
    assertThat(isLocked(), "the peer's lock outlives its process");
    return took;
  };
  const unlockByPeer = () => {
    const took = node(unlock);
    assertThat(!isLocked(), "the peer's second process unlocks");
    return took;
  };
  const kinds = {
    leasehold: () => node(command, 'claim', 'src/index.ts') + node(command, 'release', '--all'),
    peer: () => lockByPeer() + unlockByPeer(),
    node: () => node('-e', '0') + node('-e', '0'),
  };
  const samples = { leasehold: [], peer: [], node: [] };
  await repeatRounds(DISCARDED + processRounds, settings, (round) => {
    for (const [name, run] of Object.entries(kinds)) {
      const took = run();
      if (round >= DISCARDED) samples[name].push(took);
    }
  });
  return summariseAll(samples);
};

/** One process a size, each with as many grants held, asked by turns; the first reading is of fresh processes. */
const measureSizes = async (settings, { name, fifth, job }) => {
  const { root, rounds, each, reads } = settings;
  const held = new Map();
  for (const size of SIZES) {
    const commonDir = commonDirOf(root, `${name}-${size}`);
    const seeder = startWorker(settings);
    await seeder.ask('seed', { commonDir, size, fifth });
    seeder.stop();
    const first = [];
    for (let read = 1; read < reads; read += 1) {
      const reader = startWorker(settings);
      first.push(await reader.ask('read', { commonDir, size }));
      reader.stop();
    }
    const worker = startWorker(settings);
    first.push(await worker.ask('read', { commonDir, size }));
    await worker.ask(job, { commonDir, size, count: 2 * each });
    held.set(size, { commonDir, worker, samples: { first } });
  }
  await repeatRounds(rounds, settings, async () => {
    for (const [size, { commonDir, worker, samples }] of held) {
      gather(samples, await worker.ask(job, { commonDir, size, count: each }));
    }
  });
  return [...held].map(([size, { worker, samples }]) => {
    worker.stop();
    return { size, ...summariseAll(samples) };
  });
};

/** The command with so many grants held, in the repositories where they lie already. */
const measureHeldWhole = async (settings) => {
  const { root, env, heldRounds } = settings;
  const samples = new Map(SIZES.map((size) => [size, { claim: [], release: [] }]));
  const places = new Map(SIZES.map((size) => [size, makeRepository(root, `held-${size}`, env)]));
  const scopes = listScopes(freeArea(0));
  await repeatRounds(heldRounds, settings, () => {
    for (const [size, at] of places) {
      const { claim, release } = samples.get(size);
      claim.push(timeRun(process.execPath, [command, 'claim', ...scopes], at));
      release.push(timeRun(process.execPath, [command, 'release', '--all'], at));
    }
  });
  return SIZES.map((size) => ({ size, ...summariseAll(samples.get(size)) }));
};

const growthOf = (rows, name) => rows.at(-1)[name].median / rows[0][name].median;

// ---- Tables

const againstRows = (figures, rows, [first, second]) =>
  rows.map(([label, name]) => [
    label,
    number(figures[name].median),
    number(figures[name].p90),
    times(figures[name].median / figures[first].median),
    times(figures[name].median / figures[second].median),
  ]);

const sizeRows = (rows, kinds) =>
  kinds.flatMap(([label, name]) =>
    rows.map((row) => [
      `${label}, ${count(row.size)} held`,
      number(row[name].median),
      number(row[name].p90),
      times(row[name].median / rows[0][name].median),
    ]),
  );

const checkRows = (rows, kinds) =>
  kinds.flatMap(([label, name]) =>
    rows.map((row) => [
      `${label}, ${count(row.size * SCOPES)} literal scopes held`,
      number(row[name].median * 1000),
      number(row[name].p90 * 1000),
      times(row[name].median / rows[0][name].median),
      times(row.size / rows[0].size),
    ]),
  );

const report = ({ inProcess, wholeProcess, held, check, heldWhole, bounds, node, seconds }) => {
  const growth = ['median', 'p90', `: ${SIZES[0]}`];
  const tables = [
    `leasehold's locks on node ${node}: milliseconds, and ratios of medians\n`,
    renderTable(
      '1. In one process, nothing held: claim and release of one path',
      ['median', 'p90', ': peer', ': one durable file'],
      againstRows(
        inProcess,
        [
          ['leasehold (record and token fsynced)', 'leasehold'],
          ['  of which in its durable writes', 'durable'],
          ['proper-lockfile lock, unlock (a mkdir; nothing durable)', 'peer'],
          ['proper-lockfile lockSync, unlockSync', 'peerSync'],
          ['one durable file of 1,000 bytes, made and removed', 'file'],
        ],
        ['peer', 'file'],
      ),
    ),
    renderTable(
      '2. Whole processes, nothing held: one that claims, one that releases',
      ['median', 'p90', ': peer', ': node'],
      againstRows(
        wholeProcess,
        [
          ['leasehold claim, leasehold release', 'leasehold'],
          ['proper-lockfile lock, unlock', 'peer'],
          ['node -e 0, twice', 'node'],
        ],
        ['peer', 'node'],
      ),
    ),
    renderTable(
      `3. In a process that has read already, grants of ${SCOPES} scopes held`,
      growth,
      sizeRows(held, [
        ['claim, granted, following on its own', 'granted'],
        ['  without its durable writes', 'beside'],
        ["claim, granted, following on another's", 'after'],
        ['claim, denied', 'denied'],
        ['release', 'released'],
        ['for comparison, one listing of the directory', 'listed'],
      ]),
    ),
    renderTable(
      '   The first reading of a process, apart (a fresh process each; the files are in memory)',
      growth,
      sizeRows(held, [['read', 'first']]),
    ),
    renderTable(
      `4. The check for conflicts alone, ${SCOPES} scopes: microseconds`,
      ['median', 'p90', `: ${SIZES[0] * SCOPES}`, 'scopes'],
      checkRows(check, [
        ['free', 'free'],
        ['one of them taken', 'taken'],
      ]),
    ),
    renderTable(
      '5. Whole processes with grants held, for information',
      growth,
      sizeRows(heldWhole, [
        ['leasehold claim', 'claim'],
        ['leasehold release --all', 'release'],
      ]),
    ),
    ...bounds.map(
      ({ text, value, bound, ok }) =>
        `${text} = ${times(value)} (bound ${times(bound).replace('.00', '')}): ${ok ? 'ok' : 'FAILED'}`,
    ),
    `for information: a claim that follows on another's, which has to list what is held, ${times(growthOf(held, 'after'))}`,
    `${seconds.toFixed(0)} s`,
  ];
  return tables.join('\n');
};

const measure = async (settings) => {
  const inProcess = await measureInProcess(settings);
  const wholeProcess = await measureWholeProcess(settings);
  const held = await measureSizes(settings, { name: 'held', fifth: 'glob', job: 'claim' });
  const check = await measureSizes(
    { ...settings, reads: 1 },
    { name: 'literal', fifth: 'literal', job: 'check' },
  );
  const heldWhole = await measureHeldWhole(settings);
  const [few, many] = [SIZES[0], SIZES.at(-1)].map(count);
  const scopes = [SIZES[0], SIZES.at(-1)].map((size) => count(size * SCOPES));
  const bounds = [
    toBound(`claim ${many} : ${few}`, growthOf(held, 'granted'), MAX_GROWTH),
    toBound(
      `check ${scopes[1]} : ${scopes[0]} scopes`,
      Math.max(growthOf(check, 'free'), growthOf(check, 'taken')),
      MAX_CHECK_GROWTH,
    ),
  ];
  return { inProcess, wholeProcess, held, check, heldWhole, bounds };
};

/** `seconds` is the most that one of the five parts measures, beside what it prepares. */
const FULL = { rounds: 10, each: 8, processRounds: 15, heldRounds: 3, reads: 3, seconds: 20 };
const QUICK = { rounds: 3, each: 5, processRounds: 5, heldRounds: 1, reads: 1, seconds: 5 };

await runBenchmark({
  script: fileURLToPath(import.meta.url),
  sources: `
    export * from './src/locks/index.ts';
    export { lockFileName, serialiseGrant } from './src/locks/record.ts';
    export { systemFiles } from './src/kit/files.ts';
    export { systemClock } from './src/kit/clock.ts';
  `,
  jobs,
  sizes: { full: FULL, quick: QUICK },
  measure,
  report,
});
