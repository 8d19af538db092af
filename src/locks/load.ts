import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { type FileContent, type FileReader, NOT_A_FILE } from '../kit/files.ts';
import { listBelow } from './below.ts';
import { listChallenged } from './challenge.ts';
import { type Grant, isExpired } from './grant.ts';
import type {
  EndedGrant,
  Ledger,
  PendingClaim,
  StoredAsk,
  StoredGrant,
  UnreadableRecord,
  Waiter,
} from './ledger.ts';
import { isAddressedTo, parseAsk, parseTicket } from './mail.ts';
import { parseNote } from './note.ts';
import { parseGrant } from './record.ts';
import { createRecordMemory, type RecordMemory } from './record-memory.ts';
import type { ScopeRule } from './scope.ts';
import type { TableRule } from './tables.ts';

/** Where one clone keeps what; absolute directories. */
export type LockPlaces = {
  /** Active grants, one file each. */
  locks: string;
  /** Set where `locks` lies outside the git directory: others may come and go there, and so may the directory. */
  isOutside?: boolean;
  /** Grants on their way in; on the file system of `locks`, for they are renamed into it. */
  claims: string;
  tokens: string;
  ended: string;
  /** Tickets of those who wait. */
  queue: string;
  /** What holders are asked, until they have been told. */
  asks: string;
  /** Records that `doctor --fix` took out; on the file system of `locks` too. */
  quarantine: string;
  /** The index of the active grants' records: a file that nothing hangs on. */
  index: string;
  /** What is on its way to replace it. */
  drafts: string;
  /** The event log, a file of JSON lines. */
  log: string;
  /** Earlier parts of the log. */
  oldLogs: string;
};

/** What is fixed per clone, never by the checked-out tree. Without `compile`, patterns are read out of tables. */
export type Clone = { places: LockPlaces; rule: TableRule };

/** The directory of everything that leasehold keeps for a clone. */
export const stateDirectory = (commonDir: string): string => join(commonDir, 'leasehold');

export const MAX_RECORD = 1024 * 1024;
const FRESH = 2000;
const PATIENCE = 300;
const PAUSE = 25;
/** How long a claim on its way in may take, in milliseconds since its file's mtime. */
export const PENDING_LIFE = 60_000;
/** How long a ticket counts after its last heartbeat, in milliseconds. */
const TICKET_LIFE = 10_000;
const MAX_MAIL = 256 * 1024;

export type Reading = { files: FileReader; clock: Clock };
type RecordReading = { grant: Grant } | { refused: string } | { gone: true };

const parseContent = (
  content: FileContent,
  file: string | undefined,
  rule: TableRule,
): RecordReading => {
  if (content.kind === 'gone') return { gone: true };
  if (content.kind === 'refused') return { refused: content.reason };
  return parseGrant(content.text, file, rule);
};

/** Reads one record; one that somebody may still be writing by hand is read again for a moment. */
const readRecord = (
  io: Reading,
  directory: string,
  file: string,
  rule: TableRule,
): RecordReading => {
  const path = join(directory, file);
  const until = io.clock.now() + PATIENCE;
  for (;;) {
    const content = io.files.read(path, MAX_RECORD);
    const reading = parseContent(content, file, rule);
    if (!('refused' in reading) || content.kind === 'gone') return reading;
    const now = io.clock.now();
    if (now - content.modifiedAt > FRESH || now >= until) return reading;
    io.clock.sleep(PAUSE);
  }
};

const isRecordName = (file: string): boolean => file.endsWith('.lock');

/** Whether a lock directory outside the git directory is gone; by its `.`, for a link may lead there. */
export const isLost = (files: FileReader, { locks, isOutside }: LockPlaces): boolean =>
  isOutside === true && files.read(`${locks}/.`, 0).kind === 'gone';

/** The names of all records, in order; `Undecided` where their directory is lost: what is held in it is held still. */
export const listRecords = (files: FileReader, places: LockPlaces): string[] => {
  const names = files.list(places.locks);
  if (names.length > 0 || !isLost(files, places)) return names.filter(isRecordName).sort();
  throw new Undecided(
    'store-unreadable',
    `the lock directory ${places.locks} is gone, and what is held in it is not known`,
    'mount it or put it back; only where it is gone for good, make it anew, empty: leasehold doctor --fix',
  );
};

const readPending = (io: Reading, clone: Clone, file: string): PendingClaim | undefined => {
  const content = io.files.read(join(clone.places.claims, file), MAX_RECORD);
  const reading = parseContent(content, undefined, clone.rule);
  if (content.kind === 'gone' || 'gone' in reading) return undefined;
  // Nothing of ours ever comes in as a directory or a FIFO; a directory could not even be unlinked.
  if (content.kind === 'refused' && content.reason === NOT_A_FILE) return undefined;
  const now = io.clock.now();
  const isRecent = Math.abs(now - content.modifiedAt) < PENDING_LIFE;
  if ('refused' in reading) return { file, grant: undefined, alive: isRecent };
  return { file, grant: reading.grant, alive: isRecent && !isExpired(reading.grant, now) };
};

/** A note is written once under its name, so each is read once. */
const readEnded = (io: Reading, clone: Clone, { notes }: RecordMemory): EndedGrant[] => {
  const files = io.files.list(clone.places.ended);
  const listed = new Set(files);
  for (const file of notes.keys()) if (!listed.has(file)) notes.delete(file);
  return files.flatMap((file) => {
    const known = notes.get(file);
    if (known) return [known];
    const content = io.files.read(join(clone.places.ended, file), MAX_RECORD);
    const note = content.kind === 'read' ? parseNote(content.text, file, clone.rule) : undefined;
    if (note) notes.set(file, note);
    return note ? [note] : [];
  });
};

/** Reads records one by one, and keeps what is wrong with some, and whether one was gone already. */
const createRecordReader = (io: Reading, clone: Clone) => {
  const found = { unreadable: [] as UnreadableRecord[], missed: false };
  const read = (file: string): StoredGrant | undefined => {
    const reading = readRecord(io, clone.places.locks, file, clone.rule);
    if ('refused' in reading) found.unreadable.push({ file, reason: reading.refused });
    if ('gone' in reading) found.missed = true;
    return 'grant' in reading ? { ...reading.grant, file } : undefined;
  };
  return { read, found };
};

/** So often at most: somebody who empties the directory would keep each listing from being whole. */
const MAX_LISTINGS = 8;

/**
 * One reading of `locks/`. A record that was listed and is gone may have been renewed twice meanwhile, and
 * its grant be there under a name that was not listed: so it is listed again.
 */
export const readRecords = (
  io: Reading,
  clone: Clone,
  take: (files: readonly string[], read: (file: string) => StoredGrant | undefined) => void,
): UnreadableRecord[] => {
  for (let listings = 1; ; listings += 1) {
    const { read, found } = createRecordReader(io, clone);
    take(listRecords(io.files, clone.places), read);
    if (!found.missed || listings === MAX_LISTINGS) return found.unreadable;
  }
};

/** Of several records of one grant the one with the highest revision counts. */
export const splitRevisions = (
  records: readonly StoredGrant[],
): { grants: StoredGrant[]; superseded: StoredGrant[] } => {
  const highest = new Map<string, StoredGrant>();
  for (const record of records) {
    const known = highest.get(record.id);
    if (!known || record.rev > known.rev) highest.set(record.id, record);
  }
  const grants = [...highest.values()];
  return { grants, superseded: records.filter((record) => highest.get(record.id) !== record) };
};

/** What is not read where only what binds now is asked for. */
export const NOTHING_ELSE = { pending: [], unreadable: [], ended: [], waiting: [], asks: [] };

/**
 * The grants as they were last read. The memory moves on with each reading: a ledger that is older than it
 * goes through all that it has itself.
 */
export const rememberGrants = (clock: Clock, clone: Clone, memory: RecordMemory): Ledger => {
  const [version, grants] = [memory.version(), memory.grants()];
  const isCurrent = () => memory.version() === version;
  return {
    ...NOTHING_ELSE,
    now: clock.now(),
    rule: clone.rule,
    grants,
    near: (claim) => (isCurrent() ? memory.near(claim) : grants),
    below: (path, wanted) => listBelow(grants, path, wanted),
    above: (path) => (isCurrent() ? memory.above(path) : grants),
    heldBy: (holder) =>
      isCurrent() ? memory.heldBy(holder) : grants.filter((grant) => grant.holder === holder),
    superseded: memory.superseded(),
  };
};

const isBeating = (modifiedAt: number, now: number): boolean =>
  Math.abs(now - modifiedAt) < TICKET_LIFE;

/** True where somebody waits, or there is a note or an ask for this holder: the guard leaves that to the command. */
export const hasMail = (
  { files, clock }: Reading,
  { queue, asks, ended }: LockPlaces,
  holder: string,
): boolean => {
  const isTicket = (file: string): boolean => {
    const content = files.read(join(queue, file), MAX_MAIL);
    return content.kind === 'read' && isBeating(content.modifiedAt, clock.now());
  };
  return (
    [asks, ended].some((place) => files.list(place).some((file) => isAddressedTo(file, holder))) ||
    files.list(queue).some(isTicket)
  );
};

const MAIL = '.json';

const readMail = <T>(
  io: Reading,
  directory: string,
  parse: (text: string, file: string, modifiedAt: number) => T | undefined,
): T[] =>
  io.files
    .list(directory)
    .filter((file) => file.endsWith(MAIL))
    .flatMap((file) => {
      const content = io.files.read(join(directory, file), MAX_MAIL);
      if (content.kind !== 'read') return [];
      const parsed = parse(content.text, file, content.modifiedAt);
      return parsed === undefined ? [] : [parsed];
    });

const readWaiting = (io: Reading, clone: Clone, rule: ScopeRule, now: number): Waiter[] => {
  const waiters = readMail(io, clone.places.queue, (text, file, modifiedAt) =>
    isBeating(modifiedAt, now) ? parseTicket(text, file, rule) : undefined,
  );
  const inOrder = (a: Waiter, b: Waiter) => a.since - b.since || (a.id < b.id ? -1 : 1);
  return waiters.filter((waiter) => now < waiter.until).sort(inOrder);
};

const readAsks = (io: Reading, clone: Clone, rule: ScopeRule): StoredAsk[] =>
  readMail(io, clone.places.asks, (text, file) => parseAsk(text, file, rule)).sort(
    (a, b) => a.at - b.at,
  );

const readAllPending = (io: Reading, clone: Clone): PendingClaim[] =>
  io.files
    .list(clone.places.claims)
    .filter(isRecordName)
    .map((file) => readPending(io, clone, file))
    .filter((claim) => claim !== undefined);

/** Notes, queue and mail, beside the grants of `ledger`. */
const withMail = (io: Reading, clone: Clone, memory: RecordMemory, ledger: Ledger): Ledger => {
  const { compile } = clone.rule;
  const rule = compile && { ...clone.rule, compile };
  return {
    ...ledger,
    ended: readEnded(io, clone, memory),
    waiting: rule ? readWaiting(io, clone, rule, ledger.now) : [],
    asks: rule ? readAsks(io, clone, rule) : [],
    challenged: listChallenged(io.files.list(clone.places.asks)),
  };
};

/**
 * One reading of the whole ledger, for whoever can compile patterns. `claims/` is read before `locks/`: a
 * grant moves from the first to the second, and a reader that goes against the stream can miss it in both.
 */
export const readLedger = (
  io: Reading,
  clone: Clone,
  memory: RecordMemory = createRecordMemory(),
): Ledger => {
  const pending = readAllPending(io, clone);
  const unreadable = readRecords(io, clone, memory.refresh);
  const ledger = rememberGrants(io.clock, clone, memory);
  return withMail(io, clone, memory, { ...ledger, pending, unreadable });
};

/** The same with the grants as they are remembered: `locks/`, where a listing may be long, is not looked at. */
export const readAroundGrants = (io: Reading, clone: Clone, memory: RecordMemory): Ledger => {
  const pending = readAllPending(io, clone);
  return withMail(io, clone, memory, { ...rememberGrants(io.clock, clone, memory), pending });
};
