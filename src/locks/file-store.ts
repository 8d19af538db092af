import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import { formatInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import type { Files } from '../kit/files.ts';
import { createEvent, type LogEvent } from './event.ts';
import { type Grant, isExpired, isOurs, listWrites } from './grant.ts';
import type { Decide, Ledger, Plan, StoredGrant } from './ledger.ts';
import { type Clone, type NoteFile, noteName, PENDING_LIFE, readLedger, readLog } from './load.ts';
import { findRevision, lockFileName, serialiseGrant, toRecord } from './record.ts';
import type { Changed, Store } from './store.ts';
import { toTables } from './tables.ts';

/** What the store needs of the world. `random` is in [0, 1); `uniqueName` is a fresh file name at each call. */
export type FileStoreContext = {
  files: Files;
  clock: Clock;
  random: () => number;
  uniqueName: () => string;
};

type Context = FileStoreContext & { clone: Clone };

// Longer than a claim of a process that died can stand in the way.
const PATIENCE = PENDING_LIFE * 1.5;
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 400;

/** An attempt: done, or to be started again on a newer ledger. */
type Attempt<T> = Changed<T> | 'again';

const numberOf = (name: string): number => (/^\d{1,15}$/.test(name) ? Number(name) : 0);

const highestToken = (context: Context): number =>
  Math.max(0, ...context.files.list(context.clone.places.tokens).map(numberOf));

const tokensOf = (ledger: Ledger): number[] =>
  [
    ...ledger.grants,
    ...ledger.superseded,
    ...ledger.pending.map((claim) => claim.grant),
    ...ledger.ended.map((note) => note.grant),
  ].map((grant) => grant?.token ?? 0);

/** The log is read for tokens only where the directory that keeps them is empty or lost. */
const highestKnown = (context: Context, ledger: Ledger): number => {
  const kept = highestToken(context);
  const logged =
    kept > 0 ? [] : readLog(context.files, context.clone.places).map((event) => event.token ?? 0);
  return logged.reduce((a, b) => Math.max(a, b), Math.max(kept, ...tokensOf(ledger)));
};

/** Draws the next token: creating its file is the draw, so no two processes draw the same. */
const drawToken = (context: Context, ledger: Ledger): number => {
  const { tokens } = context.clone.places;
  context.files.makeDirectory(tokens);
  let token = highestKnown(context, ledger) + 1;
  while (!context.files.create(join(tokens, String(token)), '')) token += 1;
  return token;
};

/** Only tokens below the highest go: the highest is what the next draw counts from. */
const sweepTokens = (context: Context, below: number): void => {
  const { tokens } = context.clone.places;
  for (const name of context.files.list(tokens)) {
    if (numberOf(name) < below) context.files.remove(join(tokens, name));
  }
};

/** Makes the whole record appear at once in `claims/`; returns its file name there. */
const announce = (context: Context, grant: Grant): string => {
  const { claims, locks } = context.clone.places;
  context.files.makeDirectory(claims);
  context.files.makeDirectory(locks);
  const name = `${context.uniqueName()}.lock`;
  const draft = join(claims, `.${name}.tmp`);
  context.files.create(draft, serialiseGrant(grant));
  context.files.rename(draft, join(claims, name));
  return name;
};

const withoutClaim = (ledger: Ledger, name: string): Ledger => ({
  ...ledger,
  pending: ledger.pending.filter((claim) => claim.file !== name),
});

/**
 * Appends events, each in one write. It happens after the change itself: an event must never tell of
 * what did not happen.
 */
const writeEvents = (context: Context, events: readonly LogEvent[], entered?: Grant): void => {
  for (const event of events) {
    const isEntered = entered !== undefined && event.grant === entered.id;
    const told =
      isEntered && entered.token !== undefined ? { ...event, token: entered.token } : event;
    context.files.append(context.clone.places.log, `${JSON.stringify(told)}\n`);
  }
};

const removeAll = (context: Context, directory: string, names: readonly string[]): boolean =>
  names.map((name) => context.files.remove(join(directory, name))).every((removed) => removed);

/** Tells the holder of an ended grant who came after it, and with what. */
const writeNote = (
  context: Context,
  ledger: Ledger,
  ended: StoredGrant,
  successor: Grant,
): void => {
  const { file, ...grant } = ended;
  const taken = listWrites(successor.claims);
  const tables = toTables([...grant.claims, ...taken]);
  const note: NoteFile = {
    version: 1,
    ended_at: formatInstant(ledger.now),
    by: successor.holder,
    taken: taken.map((claim) => claim.scope),
    file,
    record: toRecord(grant),
    ...(tables ? { tables } : {}),
  };
  const path = join(context.clone.places.ended, noteName(file, successor.id));
  context.files.makeDirectory(context.clone.places.ended);
  context.files.create(path, `${JSON.stringify(note, null, 2)}\n`);
};

/** Unlinks every record of an expired grant and logs it; a record written by hand stays where it is. */
const takeOver = (context: Context, ledger: Ledger, grant: StoredGrant, by: string): void => {
  writeEvents(context, [createEvent('taken-over', grant, ledger.now, by)]);
  if (!isOurs(grant)) return;
  const revisions = ledger.superseded.filter((record) => record.id === grant.id);
  const files = [...revisions, grant].map((record) => record.file);
  removeAll(context, context.clone.places.locks, files);
};

/**
 * After a revision has entered: is the grant still held? Either its predecessor is still there, or a
 * later revision has gone in already (and cleared the predecessor away). Neither: it was ended meanwhile.
 */
const isStillHeld = (context: Context, plan: Plan, entered: Grant): boolean => {
  if (plan.predecessor === undefined) return true;
  const names = context.files.list(context.clone.places.locks);
  if (names.includes(plan.predecessor)) return true;
  return names.some((name) => (findRevision(entered, name) ?? 0) > entered.rev);
};

/** Renames the announced claim into `locks/` and settles what the plan left to do; false where it must be started again. */
const enter = (
  context: Context,
  ledger: Ledger,
  plan: Plan,
  { grant, file }: Announced,
): boolean => {
  const { locks, claims, ended } = context.clone.places;
  // Ended before the successor has entered, and ended it stays where that one fails to. The notes come first:
  // a false one makes its holder claim again, a lost one lets stale work through.
  for (const told of plan.notify ?? []) writeNote(context, ledger, told, grant);
  for (const expired of plan.takeOver ?? []) takeOver(context, ledger, expired, grant.holder);
  const record = join(locks, lockFileName(grant));
  if (!context.files.rename(join(claims, file), record)) return false;
  if (!isStillHeld(context, plan, grant)) {
    context.files.remove(record);
    return false;
  }
  try {
    writeEvents(context, plan.events, grant);
  } catch (error) {
    // No grant without its event: what cannot be told has not happened.
    context.files.remove(record);
    throw error;
  }
  removeAll(context, locks, plan.remove ?? []);
  removeAll(context, ended, plan.forget ?? []);
  sweepTokens(context, highestToken(context));
  return true;
};

const isSameEntry = (a: Grant, b: Grant): boolean => a.id === b.id && a.rev === b.rev;

/** An announced claim: its record, and its file's name in `claims/`. */
type Announced = { grant: Grant; file: string };

/** True where nothing of what the claim was announced by has changed, and its time is not over. */
const isStillDue = (
  context: Context,
  plan: Plan & { add: Grant },
  { grant }: Announced,
): boolean => {
  const isOutrun = highestToken(context) > (grant.token ?? 0);
  // Whoever was parked for its whole time has nothing left to enter with.
  return !isOutrun && isSameEntry(plan.add, grant) && !isExpired(grant, context.clock.now());
};

/** Looks again, decides on what is there now, and enters; 'again' and a refusal leave the claim announced. */
const lookAndEnter = <T>(context: Context, decide: Decide<T>, announced: Announced): Attempt<T> => {
  const ledger = withoutClaim(readLedger(context, context.clone), announced.file);
  const decision = decide(ledger);
  if ('again' in decision) return 'again';
  const { plan, outcome } = decision;
  if (!plan?.add) {
    writeEvents(context, plan?.events ?? []);
    return { outcome, entered: undefined };
  }
  if (!isStillDue(context, { ...plan, add: plan.add }, announced)) return 'again';
  const cleared = removeAll(context, context.clone.places.claims, plan.clear ?? []);
  // A dead claim that was gone already may have become an active grant: look again.
  if (!cleared || !enter(context, ledger, plan, announced)) return 'again';
  return { outcome, entered: announced.grant };
};

/**
 * The doorway. Both of two overlapping claimants announce before they look, so the later looker sees the
 * other, in `claims/` or in `locks/`; one that was judged dead finds its claim gone and cannot enter.
 * What was announced is what others have judged by, so it is what enters; what does not enter is
 * withdrawn, or it would stand in everybody's way for its whole minute.
 */
const tryEntry = <T>(
  context: Context,
  decide: Decide<T>,
  first: Ledger,
  draft: Grant,
): Attempt<T> => {
  const grant = { ...draft, token: drawToken(context, first) };
  const announced = { grant, file: announce(context, grant) };
  try {
    return lookAndEnter(context, decide, announced);
  } finally {
    context.files.remove(join(context.clone.places.claims, announced.file));
  }
};

/** Unlinks every record of these grants, and looks again until a look finds none: a renewal may have entered behind the first. */
const releaseGrants = (context: Context, ids: readonly string[]): void => {
  const { locks, claims } = context.clone.places;
  for (;;) {
    const ledger = readLedger(context, context.clone);
    const pending = ledger.pending.filter((claim) => ids.includes(claim.grant?.id ?? ''));
    const records = [...ledger.superseded, ...ledger.grants].filter(({ id }) => ids.includes(id));
    if (pending.length + records.length === 0) return;
    removeAll(
      context,
      claims,
      pending.map((claim) => claim.file),
    );
    removeAll(
      context,
      locks,
      records.map((record) => record.file),
    );
  }
};

const attemptChange = <T>(context: Context, decide: Decide<T>): Attempt<T> => {
  const ledger = readLedger(context, context.clone);
  const decision = decide(ledger);
  if ('again' in decision) return 'again';
  const { plan, outcome } = decision;
  if (plan?.add) return tryEntry(context, decide, ledger, plan.add);
  if (plan?.release) releaseGrants(context, plan.release);
  if (plan) writeEvents(context, plan.events);
  return { outcome, entered: undefined };
};

const change = <T>(context: Context, decide: Decide<T>): Changed<T> => {
  let pause = FIRST_PAUSE;
  // What counts is how long it waited, not what the clock says: a machine that slept has waited for nobody.
  for (let waited = 0; waited < PATIENCE; ) {
    const attempt = attemptChange(context, decide);
    if (attempt !== 'again') return attempt;
    // Two that back off for the same time see each other again: random, and longer each time.
    const length = 1 + context.random() * pause;
    context.clock.sleep(length);
    waited += length;
    pause = Math.min(LONGEST_PAUSE, pause * 1.5);
  }
  throw new Undecided(
    'store-busy',
    `other processes kept claiming for ${PATIENCE / 1000} s`,
    'leasehold status',
  );
};

/**
 * The embedded store: lock files that every worktree of a clone shares, changed without a mutex. A
 * record is immutable and its name is unique; it is added only through the doorway, and removed only
 * by unlinking its own name.
 */
export const createFileStore = (outside: FileStoreContext, clone: Clone): Store => {
  const context: Context = { ...outside, clone };
  return {
    read: async () => readLedger(context, clone),
    change: async (decide) => change(context, decide),
  };
};
