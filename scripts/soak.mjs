// The soak: real processes over one real lock directory, at random, for a bounded time; some are killed
// (SIGKILL), some are stopped (SIGSTOP) past the expiry of what they hold and go on. Then a checker goes
// through what each was told, through readings of the directory that were taken meanwhile, and the log.
//
//   node scripts/soak.mjs [--seconds 120] [--processes 16] [--seed N] [--keep]
//   node scripts/soak.mjs --check DIRECTORY     goes through what an earlier run has kept
//
// Prints one line at the end, and one for each violation before it. With violations it exits with 1 and
// keeps its directory. The seed fixes what each process wants, not the order in which they come.
//
// ## What a belief is, and why two that overlap are a violation
//
// A process that is told "granted" may act on it from then until the expiry that it was told. A belief
// begins at a time that was read after the answer was there, so after the record had gone in. It ends at
// the expiry, or before the first call that may end it: at a time that was read before that call began,
// whoever made it (its own process, another one of the same holder, or one that used force), and even if
// whoever made it died within it. So a belief lies wholly inside the time in which the grant must bind
// everybody. Two beliefs of different holders that overlap, on scopes that conflict, are two holders who
// both may act: there is no order of events in which that is right.
//
// And no belief is put down too long. All processes read the clock of one machine. Let B be granted what A
// has held. Where A's grant was ended, the end of A's belief was read before the call that ended it, which
// was before B's look, which was before the beginning of B's belief was read. Where it ran out, B's look
// saw a time at or past A's expiry, and read the beginning later. Either way A ends at or before the
// instant at which B begins, and intervals are half-open: equal milliseconds do not overlap. A process that
// is stopped between its entry and the reading only believes later, or nothing at all. What is left is a
// clock that is set back: the driver watches for that, and says that such a run tells nothing.
//
// Death ends no belief: the grant of a process that was killed binds until it expires.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '..');
const SETTINGS = { version: 1, store: 'file', locks: null, ignoreCase: false };
/** How often the driver reads the directory, in milliseconds. */
const READING_PAUSE = 20;
/** Longer than any call may take: the store's own patience is 90 s. */
const END_PATIENCE = 120_000;
/** Whoever makes the last claim of all. */
const LAST = 'the-last';
const SHOWN = 20;

const BUNDLE = { bundle: true, platform: 'node', target: 'node20', format: 'esm' };

/** The very code of the store: what the driver reads with, and what the checker asks whether scopes overlap. */
const LOCKS = `
  export * from './src/locks/index.ts';
  export { containsClaim } from './src/locks/entry.ts';
  export { parseEvent } from './src/locks/event.ts';
  export { systemFiles } from './src/kit/files.ts';
  export { systemClock } from './src/kit/clock.ts';
`;

const bundle = async (path, options) => {
  await build({ ...BUNDLE, ...options, outfile: path });
};

/** Built into the directory of the run, where stack traces can name it. */
const loadLocks = async ({ locks }) => {
  await bundle(locks, { stdin: { contents: LOCKS, resolveDir: ROOT, loader: 'ts' } });
  return import(pathToFileURL(locks));
};

const placesOf = (directory) => ({
  commonDir: join(directory, 'common'),
  journals: join(directory, 'journals'),
  readings: join(directory, 'readings.jsonl'),
  driver: join(directory, 'driver.jsonl'),
  worker: join(directory, 'worker.mjs'),
  locks: join(directory, 'locks.mjs'),
  violations: join(directory, 'violations.txt'),
});

// ---------------------------------------------------------------------------------------------- the driver

const createRandom = (seed) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
};

/** True once the clock was set back: then times that were read tell no order. */
const createClockWatch = () => {
  let latest = Number.NEGATIVE_INFINITY;
  return () => {
    const before = performance.now();
    const now = Date.now();
    const after = performance.now();
    // Whatever comes between the readings, the difference of both clocks lies between these two.
    const [low, high] = [now - after, now - before];
    const isSetBack = high < latest - 2;
    latest = Math.max(latest, low);
    return isSetBack;
  };
};

const runSoak = async (locks, places, { processes, seconds, seed }) => {
  const random = createRandom(seed);
  const between = (low, high) => low + Math.floor(random() * (high - low));
  const clone = locks.locateClone(places.commonDir, SETTINGS, locks.compilePattern);
  const openStore = () =>
    locks.createFileStore(
      { files: locks.systemFiles, clock: locks.systemClock, random, uniqueName: randomUUID },
      clone,
    );
  const store = openStore();
  const note = (line) => appendFileSync(places.driver, `${JSON.stringify(line)}\n`);
  const noteFailure = (error) => note({ kind: 'failed', at: Date.now(), reason: String(error) });
  const isClockSetBack = createClockWatch();

  const slots = Array.from({ length: processes }, (_, index) => ({
    index,
    generation: 0,
    holder: '',
    child: undefined,
    isStopped: false,
    ended: Promise.resolve(),
  }));
  let isEnding = false;
  let seenActive = 0;
  const done = { started: 0, kills: 0, stops: 0, pastExpiry: 0 };

  const nameOf = ({ index, generation }) => `${index}-${generation}`;
  const journalOf = (slot) => join(places.journals, `${nameOf(slot)}.jsonl`);

  /** Two slots share one holder for good; the others now and then go on under the name of who was killed. */
  const nameHolder = ({ index, generation, holder }) => {
    if (index < 2) return 'pair';
    return holder !== '' && random() < 0.33 ? holder : `w${index}-${generation}`;
  };

  const start = (slot) => {
    slot.generation += 1;
    slot.holder = nameHolder(slot);
    slot.isStopped = false;
    const name = nameOf(slot);
    const task = {
      name,
      holder: slot.holder,
      seed: seed + slot.index * 7919 + slot.generation * 104_729,
      commonDir: places.commonDir,
      settings: SETTINGS,
      journal: journalOf(slot),
    };
    const child = spawn(process.execPath, [places.worker, JSON.stringify(task)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    slot.child = child;
    slot.isKilled = false;
    slot.ended = new Promise((settled) => {
      child.on('close', (code, signal) => {
        note({ kind: 'exit', name, code, signal, wasKilled: slot.isKilled, complaint });
        if (slot.child === child) slot.child = undefined;
        settled();
      });
    });
    done.started += 1;
  };

  const kill = async (slot) => {
    slot.isKilled = true;
    note({ kind: 'kill', name: nameOf(slot), at: Date.now() });
    done.kills += 1;
    slot.child.kill('SIGKILL');
    await slot.ended;
    if (!isEnding) start(slot);
  };

  /** Until when this holder has anything: grants, and claims on their way in. */
  const lastExpiryOf = (ledger, holder) => {
    const pending = ledger.pending.map(({ grant }) => grant).filter(Boolean);
    const own = [...ledger.grants, ...pending].filter((grant) => grant.holder === holder);
    return Math.max(0, ...own.map((grant) => grant.expiresAt));
  };

  const standing = () => slots.filter(({ child, isStopped }) => child && !isStopped);
  const any = (list) => list[between(0, list.length)];

  /** One that holds something, if there is one, for the stops past an expiry. */
  const stopPastExpiry = async () => {
    const ledger = await store.read();
    const isHolding = ({ holder }) => lastExpiryOf(ledger, holder) > Date.now();
    const slot = any(standing().filter(isHolding));
    if (slot) await stop(slot, lastExpiryOf(ledger, slot.holder));
  };

  const stop = async (slot, expiry) => {
    const { child, holder } = slot;
    slot.isStopped = true;
    child.kill('SIGSTOP');
    done.stops += 1;
    // What it holds may have become more until it stood still.
    const until = expiry && Math.max(expiry, lastExpiryOf(await store.read(), holder));
    await pause(Math.max(0, until - Date.now()) + between(2, 200));
    if (until > 0) done.pastExpiry += 1;
    child.kill('SIGCONT');
    // It may have been killed meanwhile, as a process that is stopped can be.
    if (slot.child === child) slot.isStopped = false;
  };

  const wreakHavoc = async () => {
    const under = new Set();
    while (!isEnding) {
      await pause(between(150, 650));
      const roll = random();
      const alive = slots.filter(({ child, isKilled }) => child && !isKilled);
      const isCrowded = standing().length > processes / 2;
      let action = Promise.resolve();
      if (roll < 0.3 && alive.length > 0) action = kill(any(alive));
      else if (roll < 0.65 && isCrowded) action = stopPastExpiry();
      else if (isCrowded) action = stop(any(standing()), 0);
      const running = action.catch(noteFailure).finally(() => under.delete(running));
      under.add(running);
    }
    await Promise.all(under);
  };

  const takeReading = async (source) => {
    const from = Date.now();
    const ledger = await source.read().catch(noteFailure);
    if (!ledger) return;
    const to = Date.now();
    const grants = ledger.grants.map(({ id, holder, rev, expiresAt, claims }) => ({
      grant: id,
      holder,
      rev,
      expiresAt,
      claims: locks.toScopes(claims),
    }));
    const unreadable = ledger.unreadable.map(({ file, reason }) => `${file}: ${reason}`);
    seenActive += locks.listActive(ledger).length;
    const reading = { from, now: ledger.now, to, grants, ...(unreadable[0] ? { unreadable } : {}) };
    appendFileSync(places.readings, `${JSON.stringify(reading)}\n`);
  };

  const watchDirectory = async () => {
    let isLasting = true;
    while (!isEnding) {
      // By turns as a process that has read before, and as one that has just been started.
      await takeReading(isLasting ? store : openStore());
      isLasting = !isLasting;
      if (isClockSetBack()) note({ kind: 'clock' });
      await pause(READING_PAUSE);
    }
  };

  /** A bounded time; on a machine that is slow, until everything has happened at least once. */
  const waitForEnd = async () => {
    const begun = performance.now();
    for (;;) {
      await pause(50);
      const spent = (performance.now() - begun) / 1000;
      const isEnough = done.kills > 0 && done.pastExpiry > 0 && seenActive > 0;
      if (spent >= seconds * 10 || (spent >= seconds && isEnough)) break;
    }
    isEnding = true;
  };

  /** Asked before it listens, a process would die of it. */
  const askToEnd = async (slot) => {
    const journal = journalOf(slot);
    while (slot.child && readLines(journal).length === 0) await pause(10);
    slot.child?.kill('SIGTERM');
  };

  const endAll = async () => {
    const limit = setTimeout(() => {
      for (const slot of slots.filter(({ child }) => child)) {
        note({ kind: 'stuck', name: nameOf(slot) });
        slot.child.kill('SIGKILL');
      }
    }, END_PATIENCE);
    await Promise.all(slots.map(askToEnd));
    await Promise.all(slots.map(({ ended }) => ended));
    clearTimeout(limit);
  };

  /** When nothing that is left can bind anybody any more: grants, claims on their way in, tickets. */
  const findEnd = ({ grants, pending, waiting }) =>
    Math.max(
      0,
      ...grants.map(({ expiresAt }) => expiresAt),
      ...pending.map(({ grant }) => grant?.expiresAt ?? 0),
      ...waiting.map(({ until }) => until),
    );

  /** Once all is over somebody claims everything, and gives it back: nothing may be in the way, or stay behind. */
  const claimAll = async () => {
    await pause(Math.max(0, findEnd(await store.read()) - Date.now()) + 1);
    const last = await store.read();
    const claims = ['glob:**', 'src/', 'lib/', 'docs/'].map((scope) =>
      locks.compileClaim(scope, 'write', clone.rule),
    );
    const request = { holder: LAST, claims, ttl: 60_000, id: randomUUID(), about: {} };
    const { outcome } = await store.change(locks.decideClaim(request));
    await store.change(locks.decideRelease(request.id, LAST));
    const left = await store.read();
    note({
      kind: 'last',
      granted: outcome.granted,
      alive: last.pending.filter(({ alive }) => alive).length,
      pending: left.pending.map(({ file }) => file),
      grants: [...left.grants, ...left.superseded].map(({ file }) => file),
    });
  };

  const killAll = () => {
    isEnding = true;
    for (const { child } of slots) child?.kill('SIGKILL');
  };
  // One that is stopped would not see that its driver is gone.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      killAll();
      process.exit(1);
    });
  }

  for (const slot of slots) start(slot);
  try {
    await Promise.all([waitForEnd(), wreakHavoc(), watchDirectory()]);
    await endAll();
  } finally {
    killAll();
  }
  await claimAll().catch(noteFailure);
  note({ kind: 'done', ...done });
};

// --------------------------------------------------------------------------------------------- the checker

const parseLine = (line) => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const readLines = (path) =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];

/** One process: what it asked, each with what it was told, if it lived to be told. */
const readProcess = (path) => {
  const lines = readLines(path).map(parseLine);
  const start = lines[0];
  const calls = lines.filter((line) => line?.kind === 'call');
  const answers = new Map(
    lines.filter((line) => line?.kind === 'answer').map((line) => [line.n, line]),
  );
  return {
    holder: start?.holder,
    isTorn: lines.some((line) => line === undefined),
    hasEnded: lines.at(-1)?.kind === 'end',
    calls: calls.map((call) => ({
      ...call,
      by: start?.name,
      holder: start?.holder,
      answer: answers.get(call.n),
    })),
  };
};

const readLogParts = (locks, places) => {
  const { log, oldLogs } = locks.locateClone(places.commonDir, SETTINGS).places;
  const parts = existsSync(oldLogs) ? readdirSync(oldLogs).map((name) => join(oldLogs, name)) : [];
  const lines = [...parts, log].flatMap(readLines);
  return {
    torn: lines.filter((line) => parseLine(line) === undefined).length,
    events: lines.map((line) => locks.parseEvent(line)).filter(Boolean),
  };
};

const readRun = (locks, places) => ({
  processes: new Map(
    (existsSync(places.journals) ? readdirSync(places.journals) : []).map((file) => [
      file.replace('.jsonl', ''),
      readProcess(join(places.journals, file)),
    ]),
  ),
  readings: readLines(places.readings).map((line) => JSON.parse(line)),
  driver: readLines(places.driver).map((line) => JSON.parse(line)),
  log: readLogParts(locks, places),
});

/** Claims by number, whether two of them conflict (asked once for each pair of texts), and whether one holds another. */
const createScopes = ({ compileClaim, claimsConflict, containsClaim, compilePattern }) => {
  const rule = { ignoreCase: false, compile: compilePattern };
  const numbers = new Map();
  const claims = [];
  const answers = [];
  return {
    claims,
    numberOf: ({ scope, mode }) => {
      const key = `${mode} ${scope}`;
      if (!numbers.has(key)) {
        numbers.set(key, claims.length);
        claims.push(compileClaim(scope, mode, rule));
        answers.push([]);
      }
      return numbers.get(key);
    },
    conflict: (a, b) => {
      answers[a][b] ??= claimsConflict(claims[a], claims[b]);
      return answers[a][b];
    },
    contains: (outer, inner) => containsClaim(claims[outer], claims[inner]),
    show: (number) => `${claims[number].mode} ${claims[number].scope}`,
  };
};

const groupBy = (list, keyOf) => {
  const groups = new Map();
  for (const item of list) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return groups;
};

/** Records that went in, as whoever put them in was told. What force leaves of a grant is not its maker's. */
const listEntered = (calls) =>
  calls
    .filter(({ answer }) => answer?.entered)
    .map(({ op, by, holder, answer }) => ({ op, by, holder, at: answer.at, ...answer.entered }));

const isEnder = ({ op }) => op === 'release' || op === 'part' || op === 'force';

/** What a call may have ended: revisions up to `upTo`, and of them all, or what was `given` and is not `left`. */
const toCut = ({ op, grant, at, rev, answer }) => {
  const part =
    answer?.told === 'part' ? { given: answer.given, left: answer.entered.claims } : undefined;
  // Force ends exactly what it saw. Whatever has a later revision was made after it failed, or goes on after it.
  if (op === 'force') return { grant, at, upTo: rev, part };
  return { grant, at, upTo: part ? answer.entered.rev - 1 : Number.POSITIVE_INFINITY, part };
};

/** Calls that may have ended something: also those whose maker died, or was told of an error. */
const listCuts = (calls) =>
  calls
    .filter((call) => isEnder(call) && !(call.op === 'force' && call.answer?.told === 'none'))
    .map(toCut);

/**
 * True where the end of a part ends this claim of an earlier revision: a read that an extension has made a
 * write, or taken into a wider scope, ends with that.
 */
const endsClaim = ({ given, left }, claim, scopes) =>
  !left.some((kept) => scopes.numberOf(kept) === claim) &&
  given.some((gone) => scopes.contains(scopes.numberOf(gone), claim));

/** What every process may have acted on: see above. `parts` are its claims, each with its own end. */
const listBeliefs = (run, scopes) => {
  const cuts = groupBy(run.cuts, ({ grant }) => grant);
  const own = run.entered.filter(({ op }) => op !== 'force');
  return own.map((entered) => {
    const { grant, rev, holder, by, token, at: from, expiresAt } = entered;
    const reaching = (cuts.get(grant) ?? []).filter(({ upTo }) => rev <= upTo);
    const endBy = (isMeant) => Math.min(expiresAt, ...reaching.filter(isMeant).map(({ at }) => at));
    const parts = entered.claims.map(scopes.numberOf).map((claim) => ({
      claim,
      until: endBy(({ part }) => !part || endsClaim(part, claim, scopes)),
    }));
    // Cuts of single claims leave the grant itself where it is.
    return { grant, rev, holder, by, token, from, until: endBy(({ part }) => !part), parts };
  });
};

const showGrant = ({ holder, grant, rev }) => `${holder}'s ${grant.slice(0, 8)} rev ${rev}`;

/** (1) No two holders may act on conflicting claims at one time. */
const findOverlaps = ({ beliefs, scopes }) => {
  const pieces = beliefs
    .flatMap((belief) => belief.parts.map((part) => ({ ...belief, ...part })))
    .filter(({ from, until }) => from < until)
    .sort((a, b) => a.from - b.from);
  const found = [];
  let open = [];
  for (const piece of pieces) {
    open = open.filter(({ until }) => until > piece.from);
    for (const other of open) {
      if (other.holder === piece.holder || !scopes.conflict(other.claim, piece.claim)) continue;
      const show = (one) =>
        `${showGrant(one)} (process ${one.by}) ${scopes.show(one.claim)} [${one.from}, ${one.until})`;
      found.push(`two holders may act at once: ${show(other)} and ${show(piece)}`);
    }
    open.push(piece);
  }
  return found;
};

/** (2) No reading shows two active grants of different holders that conflict, or anything unreadable. */
const findConflictsInReadings = ({ readings, scopes }) =>
  readings.flatMap(({ now, grants, unreadable = [] }) => {
    const active = grants
      .filter(({ expiresAt }) => now < expiresAt)
      .map((grant) => ({ ...grant, numbers: grant.claims.map(scopes.numberOf) }));
    const pairs = active.flatMap((a, at) => active.slice(at + 1).map((b) => [a, b]));
    const conflicting = pairs.filter(
      ([a, b]) =>
        a.holder !== b.holder &&
        a.numbers.some((one) => b.numbers.some((other) => scopes.conflict(one, other))),
    );
    return [
      ...conflicting.map(
        ([a, b]) => `a reading at ${now} shows ${showGrant(a)} beside ${showGrant(b)}`,
      ),
      ...unreadable.map((record) => `a reading at ${now} shows an unreadable record: ${record}`),
    ];
  });

/** (2) A grant that binds during a whole reading is in it, at least as new as its process was told. */
const findMissing = ({ readings, beliefs }) => {
  const queue = beliefs.filter(({ from, until }) => from < until).sort((a, b) => a.from - b.from);
  let [at, open] = [0, []];
  return readings.flatMap((reading) => {
    while (at < queue.length && queue[at].from < reading.from) open.push(queue[at++]);
    open = open.filter(({ until }) => until > reading.from);
    const revisions = new Map(reading.grants.map(({ grant, rev }) => [grant, rev]));
    return open
      .filter(({ until, grant, rev }) => until > reading.to && (revisions.get(grant) ?? -1) < rev)
      .map((belief) => `a reading of [${reading.from}, ${reading.to}] misses ${showGrant(belief)}`);
  });
};

/** Holders under whose name only one process ever ran: what is said of their grants, that process has heard. */
const listSingle = (processes) => {
  const users = groupBy([...processes.values()], ({ holder }) => holder);
  return new Set([...users].filter(([, all]) => all.length === 1).map(([holder]) => holder));
};

/** True where two calls may have been at the end of one grant at once. */
const isRival = (call, other) => {
  const isIdle = other.op === 'force' && other.answer?.told === 'none';
  return other !== call && !isIdle && (call.op === 'force' || other.op === 'force');
};

/**
 * Grants that are gone for good, with the time from which everybody must see that. Only where nobody else can
 * have been at the same grant: a revision that loses against its release may show for an instant before
 * it is withdrawn.
 */
const listGone = ({ calls, processes }) => {
  const single = listSingle(processes);
  const enders = groupBy(calls.filter(isEnder), ({ grant }) => grant);
  const isAlone = (call) =>
    (call.op === 'force' || single.has(call.holder)) &&
    !enders.get(call.grant).some((other) => isRival(call, other));
  return new Map(
    calls
      .filter((call) => call.answer?.told === 'all' && isEnder(call) && isAlone(call))
      .map(({ grant, answer }) => [grant, answer.at]),
  );
};

/** (3) What was told to be ended is seen by nobody who looks afterwards. */
const findRevenants = (run) => {
  const gone = listGone(run);
  const since = (grant) => gone.get(grant) ?? Number.POSITIVE_INFINITY;
  const inReadings = run.readings.flatMap(({ from, grants }) =>
    grants
      .filter(({ grant }) => since(grant) < from)
      .map((grant) => `a reading at ${from} shows ${showGrant(grant)}, which was ended before`),
  );
  const inDenials = run.calls.flatMap(({ by, n, at, answer }) =>
    (answer?.by ?? [])
      .filter(([grant, expiresAt]) => since(grant) < at || expiresAt <= at)
      .map(
        ([grant]) => `process ${by} was denied (call ${n}) because of ${grant}, which had ended`,
      ),
  );
  return [...inReadings, ...inDenials];
};

/** True where this call may have ended the grant for whoever else was at it. */
const mayHaveEnded = (call, other) => {
  const told = other.answer?.told;
  if (other === call || !isEnder(other) || other.at > call.answer.at) return false;
  if (other.op === 'force') return told !== 'none';
  return other.op === 'release' || told !== 'part' || (call.op === 'part' && other.by !== call.by);
};

/** The expiry that the process of a call knew of its grant when it made the call. */
const listKnownExpiries = (calls) => {
  const known = new Map();
  return new Map(
    calls.map((call) => {
      const expiresAt = known.get(call.grant);
      const { op, answer } = call;
      if (answer?.entered && op !== 'force') {
        known.set(answer.entered.grant, answer.entered.expiresAt);
      }
      return [call, expiresAt];
    }),
  );
};

/** (3) Nobody is told that a grant is gone that nobody has ended and that has not expired. */
const findLost = ({ calls, processes }) => {
  const byGrant = groupBy(calls, ({ grant }) => grant);
  const isEnded = (call) => byGrant.get(call.grant).some((other) => mayHaveEnded(call, other));
  return [...processes.values()].flatMap((one) => {
    const expiries = listKnownExpiries(one.calls);
    return one.calls
      .filter(({ op, answer }) => op !== 'force' && answer?.told === 'none')
      .filter((call) => call.answer.at < (expiries.get(call) ?? 0))
      .filter((call) => call.answer.reason === 'expired' || !isEnded(call))
      .map(
        ({ by, n, grant, answer }) =>
          `process ${by} was told that ${grant} is ${answer.reason} (call ${n}): it is not`,
      );
  });
};

/** (3) Nothing that had expired before the call is renewed, extended or given back in part. */
const findLate = ({ processes }) => {
  const single = listSingle(processes);
  return [...processes.values()]
    .filter(({ holder }) => single.has(holder))
    .flatMap(({ calls }) => {
      const expiries = listKnownExpiries(calls);
      return calls
        .filter(
          ({ op, answer }) =>
            answer?.entered && (op === 'renew' || op === 'extend' || op === 'part'),
        )
        .filter((call) => call.at >= (expiries.get(call) ?? Number.POSITIVE_INFINITY))
        .map(
          ({ by, n, op, grant }) =>
            `process ${by} had a ${op} of ${grant}, which had expired (call ${n})`,
        );
    });
};

/** (3) Tokens: drawn once; and of two grants that conflict the later one has the larger. */
const findTokenFaults = ({ beliefs, scopes, entered, log }) => {
  const drawn = [
    ...entered.map(({ grant, rev, token, by }) => ({ token, what: `${grant} rev ${rev}`, by })),
  ];
  const drawnTwice = [...groupBy(drawn, ({ token }) => token)]
    .filter(([, uses]) => uses.length > 1)
    .map(([token, uses]) => `token ${token} went in ${uses.length} times: ${uses[0].what}, …`);
  const sameRevision = [...groupBy(drawn, ({ what }) => what)]
    .filter(([, uses]) => uses.length > 1)
    .map(([what]) => `two processes were told that they made ${what}`);
  const logged = log.events.filter(({ event }) => ENTRIES.includes(event));
  const loggedTwice = [...groupBy(logged, ({ token }) => token)]
    .filter(([, events]) => events.length > 1)
    .map(([token, events]) => `the log has token ${token} in ${events.length} entries`);
  return [...drawnTwice, ...sameRevision, ...loggedTwice, ...findTokenOrder({ beliefs, scopes })];
};

const ENTRIES = ['claimed', 'renewed', 'extended'];

/** Goes through beliefs in the order in which they began; those of one millisecond have no order. */
const findTokenOrder = ({ beliefs, scopes }) => {
  const pieces = beliefs
    .flatMap((belief) => belief.parts.map((part) => ({ ...belief, ...part })))
    .filter(({ from, until }) => from < until);
  const instants = [...groupBy(pieces, ({ from }) => from)].sort(([a], [b]) => a - b);
  // For each claim the largest token so far, and the largest of another holder than that one's.
  const highest = [];
  const found = [];
  const check = (piece) => {
    for (const [claim, tops] of highest.entries()) {
      const top = tops?.find(({ holder }) => holder !== piece.holder);
      if (!top || top.token < piece.token || !scopes.conflict(claim, piece.claim)) continue;
      found.push(
        `${showGrant(piece)} came after ${showGrant(top)} and has token ${piece.token}, not above ${top.token}`,
      );
    }
  };
  const learn = (piece) => {
    const others = (highest[piece.claim] ?? []).filter(({ holder }) => holder !== piece.holder);
    const own = (highest[piece.claim] ?? []).filter(({ holder }) => holder === piece.holder);
    const best = [piece, ...own].sort((a, b) => b.token - a.token)[0];
    highest[piece.claim] = [best, ...others].sort((a, b) => b.token - a.token).slice(0, 2);
  };
  for (const [, together] of instants) {
    together.forEach(check);
    together.forEach(learn);
  }
  return found;
};

/** The event that tells of an entry. */
const eventOf = ({ op, answer }) => {
  if (op === 'claim') return answer.told === 'renewed' ? 'renewed' : 'claimed';
  return { renew: 'renewed', extend: 'extended', part: 'released', force: 'forced' }[op];
};

const findUntold = ({ calls, log }) => {
  const byEntry = groupBy(log.events, ({ event, grant, token }) => `${event} ${grant} ${token}`);
  const byGrant = groupBy(log.events, ({ event, grant }) => `${event} ${grant}`);
  const expect = (call) => {
    const { op, grant, answer } = call;
    if (answer?.entered) {
      const { grant: id, token } = answer.entered;
      const kind = eventOf(call);
      const count = byEntry.get(`${kind} ${id} ${token}`)?.length ?? 0;
      // The end of a whole grant is told under the token of its last record.
      const isRight = ENTRIES.includes(kind) ? count === 1 : count > 0;
      return isRight ? [] : [`${count} events "${kind}"`];
    }
    const kind = { denied: 'denied', all: op === 'force' ? 'forced' : 'released' }[answer?.told];
    return !kind || byGrant.has(`${kind} ${grant}`) ? [] : [`no event "${kind}"`];
  };
  return calls.flatMap((call) =>
    expect(call).map(
      (fault) => `the log has ${fault} of call ${call.n} of process ${call.by} (${call.grant})`,
    ),
  );
};

/** (3) A grant that went in was asked for, and whoever asked and lived was told. */
const findUnasked = ({ calls, log }) => {
  const claims = new Map(
    calls.filter(({ op }) => op === 'claim').map((call) => [call.grant, call]),
  );
  return log.events
    .filter(({ event, holder }) => event === 'claimed' && holder !== LAST)
    .flatMap(({ grant, token }) => {
      const call = claims.get(grant);
      if (!call) return [`the log has a grant ${grant} that nobody asked for`];
      const { answer } = call;
      const isTold = !answer || answer.entered?.token === token || answer.told === 'error';
      return isTold ? [] : [`${grant} went in, and process ${call.by} was told "${answer.told}"`];
    });
};

/** (3) Nothing is ended as expired before the expiry that its holder was told. */
const findEarlyEnds = ({ log, entered }) => {
  const byGrant = groupBy(entered, ({ grant }) => grant);
  return log.events
    .filter(({ event }) => event === 'taken-over' || event === 'expired')
    .flatMap(({ event, grant, time }) =>
      (byGrant.get(grant) ?? [])
        .filter(({ op, expiresAt }) => op !== 'force' && Date.parse(time) < expiresAt)
        .map((one) => `${showGrant(one)} was ${event} at ${time}, before its expiry`),
    );
};

/** (3) A grant that was ended by force as it was seen has no later revision. */
const findRevived = ({ calls, entered }) => {
  const byGrant = groupBy(entered, ({ grant }) => grant);
  return calls
    .filter(({ op, answer }) => op === 'force' && answer?.told === 'all')
    .flatMap((call) =>
      (byGrant.get(call.grant) ?? [])
        .filter(({ rev, by, op }) => rev > call.rev && !(by === call.by && op === 'force'))
        .map((one) => `${showGrant(one)} went in, and was ended by force at rev ${call.rev}`),
    );
};

/** (3) Only a process that is killed may leave half a line behind; only such a one leaves no answer. */
const findTorn = ({ log, processes, driver, calls }) => {
  const killed = new Set(driver.filter(({ kind }) => kind === 'kill').map(({ name }) => name));
  const torn = log.torn > killed.size ? [`the log has ${log.torn} torn lines`] : [];
  const unfinished = [...processes]
    .filter(([name, { isTorn, hasEnded }]) => !killed.has(name) && (isTorn || !hasEnded))
    .map(([name]) => `process ${name} did not come to its end`);
  const errors = calls
    .filter(({ answer }) => answer?.told === 'error')
    .map(
      ({ by, n, op, answer }) => `process ${by} failed at a ${op} (call ${n}): ${answer.reason}`,
    );
  return [...torn, ...unfinished, ...errors];
};

/** What the driver has put down that may be a violation, by its kind. */
const COMPLAINTS = {
  clock: () => ['the clock was set back: this run tells nothing'],
  failed: ({ at, reason }) => [`the driver failed at ${at}: ${reason}`],
  stuck: ({ name }) => [`process ${name} did not end`],
  exit: ({ name, wasKilled, code, signal, complaint }) =>
    wasKilled || code === 0 ? [] : [`process ${name} broke down (${code ?? signal}): ${complaint}`],
  last: ({ granted, alive, pending, grants }) => [
    ...(granted ? [] : ['the last claim of all was denied']),
    ...(alive > 0 ? [`${alive} claims were on their way in for ever`] : []),
    ...pending.map((file) => `a claim on its way in was left: ${file}`),
    ...grants.map((file) => `a record was left: ${file}`),
  ],
};

/** (4, 5) Nothing is stuck, nobody broke down, and the driver could trust its clock. */
const findStuck = ({ driver }) =>
  driver.flatMap(({ kind, ...line }) => COMPLAINTS[kind]?.(line) ?? []);

const CHECKS = [
  findOverlaps,
  findConflictsInReadings,
  findMissing,
  findRevenants,
  findLost,
  findLate,
  findTokenFaults,
  findUntold,
  findUnasked,
  findEarlyEnds,
  findRevived,
  findTorn,
  findStuck,
];

const prepareRun = (locks, places) => {
  const files = readRun(locks, places);
  const calls = [...files.processes.values()].flatMap((one) => one.calls);
  const run = { ...files, calls, cuts: listCuts(calls), entered: listEntered(calls) };
  const scopes = createScopes(locks);
  return { ...run, scopes, beliefs: listBeliefs(run, scopes) };
};

const findViolations = (run) => CHECKS.flatMap((check) => check(run));

// ---------------------------------------------------------------------------------------------- the report

const describe = ({ calls, log, readings, processes, driver }, { slots, seed }) => {
  const count = (...tellings) =>
    calls.filter(({ op, answer }) => tellings.includes(`${op} ${answer?.told}`)).length;
  const done = driver.findLast(({ kind }) => kind === 'done') ?? {};
  const takenOver = log.events.filter(({ event }) => event === 'taken-over').length;
  const operations = [
    `${count('claim granted')} granted`,
    `${count('claim denied', 'extend denied')} denied`,
    `${count('claim renewed', 'renew renewed')} renewed`,
    `${count('extend granted')} extended`,
    `${count('part part')} given back in part`,
    `${count('release all', 'part all')} released`,
    `${count('force all', 'force part')} forced`,
    `${takenOver} taken over`,
  ];
  const stops = `${done.stops ?? 0} stops (${done.pastExpiry ?? 0} past an expiry)`;
  return [
    `soak ${seed}: ${slots} processes (${processes.size} started)`,
    operations.join(', '),
    `${done.kills ?? 0} kills, ${stops}`,
    `${readings.length} readings`,
  ].join('; ');
};

const report = (run, places, options) => {
  const violations = findViolations(run);
  for (const violation of violations.slice(0, SHOWN)) console.error(violation);
  if (violations.length > SHOWN) console.error(`… and ${violations.length - SHOWN} more`);
  if (violations.length > 0) writeFileSync(places.violations, `${violations.join('\n')}\n`);
  console.log(`${describe(run, options)}; ${violations.length} violations`);
  return violations.length;
};

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    processes: { type: 'string', default: '16' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keep: { type: 'boolean', default: false },
    check: { type: 'string' },
  },
});

if (values.check !== undefined) {
  const places = placesOf(resolve(values.check));
  const locks = await loadLocks(places);
  const violations = report(prepareRun(locks, places), places, { slots: '?', seed: '-' });
  process.exitCode = violations > 0 ? 1 : 0;
} else {
  const [processes, seconds, seed] = [values.processes, values.seconds, values.seed].map(Number);
  const directory = mkdtempSync(join(tmpdir(), 'leasehold-soak-'));
  const places = placesOf(directory);
  for (const path of [places.commonDir, places.journals]) mkdirSync(path);
  await bundle(places.worker, { entryPoints: [join(ROOT, 'scripts/soak-worker.ts')] });
  const locks = await loadLocks(places);
  console.log(`soak ${seed}: ${processes} processes for ${seconds} s in ${directory}`);
  await runSoak(locks, places, { processes, seconds, seed });
  const violations = report(prepareRun(locks, places), places, { slots: processes, seed });
  process.exitCode = violations > 0 ? 1 : 0;
  if (violations > 0) console.error(`what happened is in ${directory}`);
  else if (!values.keep) rmSync(directory, { recursive: true, force: true });
}
