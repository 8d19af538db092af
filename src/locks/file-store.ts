import { join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { findCalm, lookBriefly } from './calm-store.ts';
import { createEvent } from './event.ts';
import { type Grant, isExpired, isOurs } from './grant.ts';
import { keepIndex } from './index-store.ts';
import type { Decide, Ledger, Plan, StoredGrant } from './ledger.ts';
import { type Clone, MAX_RECORD, PENDING_LIFE, readLedger, rememberGrants } from './load.ts';
import { applyMail, sweepState } from './mail-store.ts';
import { findRevision, lockFileName, serialiseGrant } from './record.ts';
import { createRecordMemory } from './record-memory.ts';
import {
  type Announced,
  type FileStoreContext,
  removeAll,
  type StoreContext,
  writeEvents,
  writeNotes,
} from './settle-store.ts';
import type { Changed, Store } from './store.ts';
import { drawToken, highestToken, sweepTokens } from './token-store.ts';
import { watchStore } from './watch-store.ts';

// Longer than a claim of a process that died can stand in the way.
const PATIENCE = PENDING_LIFE * 1.5;
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 400;
/** One entry in so many also clears away what processes that died left behind. */
const SWEEP_EVERY = 64;

/** An attempt: done, or to be started again on a newer ledger. */
type Attempt<T> = Changed<T> | 'again';

const look = (context: StoreContext): Ledger => readLedger(context, context.clone, context.memory);

/** Makes the whole record appear at once in `claims/`; returns its file name there. */
const announce = (context: StoreContext, grant: Grant): string => {
  const { claims, locks, isOutside } = context.clone.places;
  const like = isOutside ? locks : undefined;
  context.files.makeDirectory(claims, like);
  // One that is shared is never made anew by a claim: it would be empty.
  if (!isOutside) context.files.makeDirectory(locks);
  const name = `${context.uniqueName()}.lock`;
  const draft = join(claims, `.${name}.tmp`);
  context.files.create(draft, serialiseGrant(grant), like);
  context.files.rename(draft, join(claims, name));
  return name;
};

const withoutClaim = (ledger: Ledger, name: string): Ledger => ({
  ...ledger,
  pending: ledger.pending.filter((claim) => claim.file !== name),
});

/** Unlinks every record of an expired grant and logs it; a record written by hand stays where it is. */
const takeOver = (context: StoreContext, ledger: Ledger, grant: StoredGrant, by: string): void => {
  writeEvents(context, ledger, [createEvent('taken-over', grant, ledger.now, { by })]);
  if (!isOurs(grant)) return;
  const revisions = ledger.superseded.filter((record) => record.id === grant.id);
  const files = [...revisions, grant].map((record) => record.file);
  removeAll(context, context.clone.places.locks, files);
};

/**
 * After a revision has entered: is the grant still held? Either its predecessor is still there, or a
 * later revision has gone in already (and cleared the predecessor away). Neither: it was ended meanwhile.
 */
const isStillHeld = (context: StoreContext, plan: Plan, entered: Grant): boolean => {
  if (plan.predecessor === undefined) return true;
  const names = context.files.list(context.clone.places.locks);
  if (names.includes(plan.predecessor)) return true;
  return names.some((name) => (findRevision(entered, name) ?? 0) > entered.rev);
};

/**
 * Unlinks every record of these grants, and looks again until a look finds none: a renewal may have entered
 * behind the first. The highest revision goes last: an earlier one must never count again.
 */
const releaseGrants = (context: StoreContext, seen: Ledger, ids: readonly string[]): void => {
  const { locks, claims } = context.clone.places;
  for (let ledger = seen; ; ledger = look(context)) {
    const pending = ledger.pending.filter((claim) => ids.includes(claim.grant?.id ?? ''));
    const records = ids
      .flatMap((id) => context.memory.revisionsOf(id))
      .sort((a, b) => a.rev - b.rev);
    if (ledger !== seen && pending.length + records.length === 0) return;
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

/** What a plan says beside what enters and its events: grants to end, notes, queue and mail. */
const settle = (context: StoreContext, ledger: Ledger, plan: Plan): void => {
  const { ended, locks } = context.clone.places;
  writeNotes(context, ledger, plan, 'forced');
  if (plan.release) releaseGrants(context, ledger, plan.release);
  removeAll(context, locks, plan.remove ?? []);
  removeAll(context, ended, plan.forget ?? []);
  applyMail(context.files, context.clone.places, plan);
};

/** A plan under which nothing enters. Its events come last: what they tell of has happened. */
const carryOut = (context: StoreContext, ledger: Ledger, plan: Plan): void => {
  settle(context, ledger, plan);
  writeEvents(context, ledger, plan.events);
};

/** What cannot be cleared away stays for the next time: it changes nothing of what has entered. */
const tidy = (context: StoreContext, { token = 1 }: Grant): void => {
  try {
    sweepTokens(context.files, context.clone.places);
    if (token % SWEEP_EVERY === 0) sweepState(context, context.clone.places);
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
  }
};

/** Renames the announced claim into `locks/` and settles what the plan left to do; false where it must be started again. */
const enter = (
  context: StoreContext,
  ledger: Ledger,
  plan: Plan,
  { grant, file }: Announced,
): boolean => {
  const { locks, claims } = context.clone.places;
  // Ended before the successor has entered, and ended it stays where that one fails to. The notes come first:
  // a false one makes its holder claim again, a lost one lets stale work through.
  writeNotes(context, ledger, plan, 'taken-over');
  for (const expired of plan.takeOver ?? []) takeOver(context, ledger, expired, grant.holder);
  const record = join(locks, lockFileName(grant));
  if (!context.files.rename(join(claims, file), record)) return false;
  if (!isStillHeld(context, plan, grant)) {
    context.files.remove(record);
    return false;
  }
  try {
    writeEvents(context, ledger, plan.events, grant);
  } catch (error) {
    // No grant without its event: what cannot be told has not happened.
    context.files.remove(record);
    throw error;
  }
  context.memory.enter({ ...grant, file: lockFileName(grant) });
  settle(context, ledger, plan);
  tidy(context, grant);
  return true;
};

/** True where nothing of what the claim was announced by has changed, and its time is not over. */
const isStillDue = (
  context: StoreContext,
  plan: Plan & { add: Grant },
  { grant }: Announced,
): boolean => {
  const isOutrun = highestToken(context.files, context.clone.places) > (grant.token ?? 0);
  const isSameEntry = plan.add.id === grant.id && plan.add.rev === grant.rev;
  // Whoever was parked for its whole time has nothing left to enter with.
  return !isOutrun && isSameEntry && !isExpired(grant, context.clock.now());
};

/** True where what the plan revises is there: a release draws no token, so memory cannot tell. */
const hasPredecessor = ({ files, clone }: StoreContext, { predecessor }: Plan): boolean =>
  predecessor === undefined ||
  files.read(join(clone.places.locks, predecessor), MAX_RECORD).kind !== 'gone';

/** Looks again, decides on what is there now, and enters; 'again' and a refusal leave the claim announced. */
const lookAndEnter = <T>(
  context: StoreContext,
  decide: Decide<T>,
  announced: Announced,
): Attempt<T> => {
  const brief = lookBriefly(context, announced);
  const ledger = withoutClaim(brief ?? look(context), announced.file);
  const calm = findCalm(context, ledger, announced, brief !== undefined);
  context.calm = undefined;
  const decision = decide(ledger);
  if ('again' in decision) return 'again';
  const { plan, outcome } = decision;
  if (!plan?.add) {
    // What memory says against it may be out of date.
    if (brief) return 'again';
    if (plan) carryOut(context, ledger, plan);
    return { outcome, entered: undefined };
  }
  if (brief && !hasPredecessor(context, plan)) return 'again';
  if (!isStillDue(context, { ...plan, add: plan.add }, announced)) return 'again';
  const cleared = removeAll(context, context.clone.places.claims, plan.clear ?? []);
  // A dead claim that was gone already may have become an active grant: look again.
  if (!cleared || !enter(context, ledger, plan, announced)) return 'again';
  context.calm = calm;
  return { outcome, entered: announced.grant };
};

/**
 * The doorway. Both of two overlapping claimants announce before they look, so the later looker sees the
 * other, in `claims/` or in `locks/`; one that was judged dead finds its claim gone and cannot enter.
 * What was announced is what others have judged by, so it is what enters; what does not enter is
 * withdrawn, or it would stand in everybody's way for its whole minute.
 */
const tryEntry = <T>(
  context: StoreContext,
  decide: Decide<T>,
  first: Ledger,
  draft: Grant,
): Attempt<T> => {
  const { files, clone, memory } = context;
  const known = { ledger: first, ofRecords: memory.highestToken() };
  const grant = { ...draft, token: drawToken(files, clone.places, known) };
  const announced = { grant, file: announce(context, grant) };
  try {
    return lookAndEnter(context, decide, announced);
  } finally {
    context.files.remove(join(context.clone.places.claims, announced.file));
  }
};

/**
 * An entry announced by what this process remembers: it spares one look, and is decided anew on the next.
 * Whatever else memory says has to be looked at first.
 */
const tryFromMemory = <T>(context: StoreContext, decide: Decide<T>): Attempt<T> => {
  const { memory, clock, clone, files } = context;
  if (!memory.listed()) return 'again';
  // Where tokens were lost, the next one is drawn from all that there is.
  if (highestToken(files, clone.places) < Math.max(1, memory.highestToken())) return 'again';
  const ledger = rememberGrants(clock, clone, memory);
  const decision = decide(ledger);
  const add = 'again' in decision ? undefined : decision.plan?.add;
  return add ? tryEntry(context, decide, ledger, add) : 'again';
};

const attemptChange = <T>(context: StoreContext, decide: Decide<T>): Attempt<T> => {
  const ledger = look(context);
  const decision = decide(ledger);
  if ('again' in decision) return 'again';
  const { plan, outcome } = decision;
  if (plan?.add) return tryEntry(context, decide, ledger, plan.add);
  if (plan) carryOut(context, ledger, plan);
  return { outcome, entered: undefined };
};

const change = <T>(context: StoreContext, decide: Decide<T>): Changed<T> => {
  const remembered = tryFromMemory(context, decide);
  if (remembered !== 'again') return remembered;
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
  const context: StoreContext = {
    ...outside,
    clone,
    memory: createRecordMemory(),
    calm: undefined,
    indexed: undefined,
  };
  const withIndex = <T>(result: T): T => {
    keepIndex(context);
    return result;
  };
  return {
    read: async () => withIndex(look(context)),
    change: async (decide) => withIndex(change(context, decide)),
    watch: (patience) => watchStore(context, patience),
  };
};
