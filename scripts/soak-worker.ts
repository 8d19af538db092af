// One process of the soak (scripts/soak.mjs): claims, renews, extends, gives back and takes by force at
// random, through the store's own code over the real file system and the real clock. It may be killed or
// stopped at any instruction. All that it asks and all that it is told goes to its journal, one line in
// one write: what a process was told is what it may act on, and what the checker holds against the others.
//
// A call's line is written before the call begins, with a time read before that; an answer's time is read
// as soon as the answer is there. So a call began no earlier than its line says, and was answered no later.
import { randomUUID } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { systemClock } from '../src/kit/clock.ts';
import { systemFiles } from '../src/kit/files.ts';
import {
  type Changed,
  type Claim,
  type ClaimOutcome,
  type CloneSettings,
  compileClaim,
  compilePattern,
  createFileStore,
  decideClaim,
  decideExtend,
  decideForce,
  decideRelease,
  decideRenew,
  type ExtendOutcome,
  type ForceOutcome,
  type Grant,
  locateClone,
  type Mode,
  type ReleaseOutcome,
  type RenewOutcome,
  type StoredGrant,
  toScopes,
  waitForAnswer,
} from '../src/locks/index.ts';

/** What the driver hands over: the last argument, as JSON. */
type Task = {
  name: string;
  holder: string;
  seed: number;
  commonDir: string;
  settings: CloneSettings;
  journal: string;
};

type Scopes = ReturnType<typeof toScopes>;
type Operation = 'claim' | 'renew' | 'extend' | 'part' | 'release' | 'force';

/** What is asked: `grant` is the one that it is about; of a claim the one that may come of it. */
type Call = { op: Operation; grant: string; rev?: number; claims?: Scopes };

/** What came back. `entered` is the record that went in, `given` what was given back or taken away. */
type Answer = {
  told: 'granted' | 'renewed' | 'denied' | 'part' | 'all' | 'none' | 'held' | 'stopped' | 'error';
  reason?: string;
  entered?: Pick<Grant, 'holder' | 'rev' | 'token' | 'expiresAt'> & {
    grant: string;
    claims: Scopes;
  };
  given?: Scopes;
  by?: [grant: string, expiresAt: number][];
};

const task: Task = JSON.parse(process.argv.at(-1) ?? '');
const parent = process.ppid;

/** Places that lie in each other, and patterns across them: many claims meet somebody's, and most go in. */
const AREAS = ['src/a', 'src/b', 'lib', 'lib/deep', 'docs', 'docs/api', 'test', 'tools'];
const FILES = AREAS.flatMap((area) =>
  ['one.ts', 'two.ts', 'three.md', 'four.md', 'five'].map((name) => `${area}/${name}`),
);
const DIRECTORIES = [...AREAS.map((area) => `${area}/`), 'src/'];
const PATTERNS = [
  'glob:src/**/*.ts',
  'glob:*/one.ts',
  'glob:docs/**/*.md',
  'glob:lib/**',
  'regex:^t[^/]*/(one|two)\\.ts$',
];
const MODES: readonly Mode[] = ['read', 'read', 'write', 'write', 'doc-write'];

const createRandom = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const random = createRandom(task.seed);
const between = (low: number, high: number): number => low + Math.floor(random() * (high - low));
const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
const randomTtl = (): number => between(300, 1500);

const clone = locateClone(task.commonDir, task.settings, compilePattern);
const rule = { ignoreCase: task.settings.ignoreCase, compile: compilePattern };
const clock = systemClock;
const store = createFileStore(
  { files: systemFiles, clock, random: Math.random, uniqueName: randomUUID },
  clone,
);

const journal = openSync(task.journal, 'a');
const write = (line: object): void => {
  writeSync(journal, `${JSON.stringify(line)}\n`);
};

let isStopping = false;
process.on('SIGTERM', () => {
  isStopping = true;
});
// Without its driver nobody would ever end it.
const isOver = (): boolean => isStopping || process.ppid !== parent;

/** What this process believes to hold, and may act on until it expires. */
const held = new Map<string, Grant>();

const toEntered = (grant: Grant): NonNullable<Answer['entered']> => {
  const { holder, id, rev, token, expiresAt, claims } = grant;
  return { holder, grant: id, rev, token, expiresAt, claims: toScopes(claims) };
};

let count = 0;

/** Asks, and puts question and answer down. */
const ask = async <T>(
  call: Call,
  change: () => Promise<T>,
  toAnswer: (changed: T) => Answer,
): Promise<Answer> => {
  count += 1;
  write({ kind: 'call', n: count, at: clock.now(), ...call });
  try {
    const changed = await change();
    const at = clock.now();
    const answer = toAnswer(changed);
    write({ kind: 'answer', n: count, at, ...answer });
    return answer;
  } catch (error) {
    const answer: Answer = { told: 'error', reason: String(error) };
    write({ kind: 'answer', n: count, at: clock.now(), ...answer });
    return answer;
  }
};

const withEntered = <T>({ entered }: Changed<T>): Pick<Answer, 'entered'> =>
  entered ? { entered: toEntered(entered) } : {};

const keep = <T>({ entered }: Changed<T>): void => {
  if (entered) held.set(entered.id, entered);
};

const randomClaims = (most: number): Claim[] => {
  const scopes = new Set<string>();
  for (let left = between(1, most + 1); left > 0; left -= 1) {
    const roll = random();
    const kind = roll < 0.75 ? FILES : roll < 0.9 ? DIRECTORIES : PATTERNS;
    scopes.add(pick(kind) ?? 'src/');
  }
  return [...scopes].map((scope) => {
    const claim = compileClaim(scope, pick(MODES) ?? 'write', rule);
    if ('refused' in claim) throw new Error(`${scope}: ${claim.refused}`);
    return claim;
  });
};

type Denied = Extract<ClaimOutcome | ExtendOutcome, { conflicts: unknown }>;

const toDenial = ({ conflicts, cycle }: Denied): Answer => {
  const inTheWay = new Map(conflicts.map(({ grant }) => [grant.id, grant.expiresAt]));
  return { told: 'denied', by: [...inTheWay], ...(cycle ? { reason: 'cycle' } : {}) };
};

const claim = async (): Promise<void> => {
  const claims = randomClaims(3);
  const { holder } = task;
  const request = { holder, claims, ttl: randomTtl(), id: randomUUID(), about: {} };
  const toAnswer = (changed: Changed<ClaimOutcome> | undefined): Answer => {
    if (!changed) return { told: 'stopped' };
    const { outcome } = changed;
    if (!outcome.granted) return toDenial(outcome);
    keep(changed);
    return { told: outcome.renewed ? 'renewed' : 'granted', ...withEntered(changed) };
  };
  const since = clock.now();
  const ticket = { id: randomUUID(), holder, claims, since, until: since + between(50, 800) };
  const isPatient = random() < 0.2;
  const waiting = { store, clock, isStopped: isOver, tell: () => undefined };
  await ask(
    { op: 'claim', grant: request.id, claims: toScopes(claims) },
    isPatient
      ? () => waitForAnswer(waiting, decideClaim({ ...request, ticket }), ticket)
      : () => store.change(decideClaim(request)),
    toAnswer,
  );
};

const renew = async ({ id }: Grant): Promise<void> => {
  const toAnswer = (changed: Changed<RenewOutcome>): Answer => {
    const { outcome } = changed;
    if (!outcome.renewed) return { told: 'none', reason: outcome.reason };
    keep(changed);
    return { told: 'renewed', ...withEntered(changed) };
  };
  const decide = decideRenew(id, task.holder, randomTtl());
  const { told } = await ask({ op: 'renew', grant: id }, () => store.change(decide), toAnswer);
  if (told !== 'renewed') held.delete(id);
};

const extend = async ({ id }: Grant): Promise<void> => {
  const claims = randomClaims(2);
  const toAnswer = (changed: Changed<ExtendOutcome>): Answer => {
    const { outcome } = changed;
    if (outcome.granted) {
      keep(changed);
      return { told: changed.entered ? 'granted' : 'held', ...withEntered(changed) };
    }
    return 'conflicts' in outcome ? toDenial(outcome) : { told: 'none', reason: outcome.reason };
  };
  const { told } = await ask(
    { op: 'extend', grant: id, claims: toScopes(claims) },
    () => store.change(decideExtend({ id, holder: task.holder, claims })),
    toAnswer,
  );
  if (told === 'none' || told === 'error') held.delete(id);
};

/** Gives one claim back, or the whole grant. */
const release = async ({ id }: Grant, scopes?: readonly Claim[]): Promise<void> => {
  const toAnswer = (changed: Changed<ReleaseOutcome>): Answer => {
    const { outcome } = changed;
    if (outcome.released === 'none') return { told: 'none', reason: outcome.reason };
    keep(changed);
    return { told: outcome.released, given: toScopes(outcome.claims), ...withEntered(changed) };
  };
  const { told } = await ask(
    { op: scopes ? 'part' : 'release', grant: id, ...(scopes ? { claims: toScopes(scopes) } : {}) },
    () => store.change(decideRelease(id, task.holder, scopes)),
    toAnswer,
  );
  if (told !== 'part') held.delete(id);
};

const releasePart = async (grant: Grant): Promise<void> => {
  const one = pick(grant.claims);
  if (one && grant.claims.length > 1) await release(grant, [one]);
};

const force = async (): Promise<void> => {
  const { grants } = await store.read();
  const seen: StoredGrant | undefined = pick(grants.filter(({ holder }) => holder !== task.holder));
  if (!seen) return;
  const scopes = random() < 0.5 ? { scopes: seen.claims.slice(0, 1) } : {};
  const request = { seen, by: task.holder, reason: 'soak', id: randomUUID(), ...scopes };
  const toAnswer = (changed: Changed<ForceOutcome>): Answer => {
    const { outcome } = changed;
    if (outcome.forced === 'none') return { told: 'none', reason: outcome.reason };
    return { told: outcome.forced, given: toScopes(outcome.claims), ...withEntered(changed) };
  };
  await ask(
    { op: 'force', grant: seen.id, rev: seen.rev },
    () => store.change(decideForce(request)),
    toAnswer,
  );
};

/** Leaves a grant as somebody does who has forgotten it: it expires, and is taken over. */
const forget = async ({ id }: Grant): Promise<void> => {
  held.delete(id);
};

/** By weight; what needs a grant of its own is passed over where there is none. */
const act = async (): Promise<void> => {
  const own = pick([...held.values()]);
  const roll = random();
  if (roll < 0.04) return force();
  if (!own || (held.size < 4 && roll < 0.3)) return claim();
  if (roll < 0.55) return renew(own);
  if (roll < 0.67) return extend(own);
  if (roll < 0.77) return releasePart(own);
  if (roll < 0.83) return forget(own);
  return release(own);
};

write({ kind: 'start', at: clock.now(), name: task.name, holder: task.holder, pid: process.pid });
while (!isOver()) {
  await act();
  // Mostly in each other's way; now and then away for so long that something runs out.
  await clock.pause(random() < 0.05 ? between(300, 1800) : between(0, 40));
}
for (const grant of [...held.values()]) await release(grant);
write({ kind: 'end', at: clock.now() });
