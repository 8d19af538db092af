import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import { parseInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import type { FileContent, Files } from '../kit/files.ts';
import { type LogEvent, parseEvent } from './event.ts';
import { type Claim, compileClaim, type Grant, isExpired } from './grant.ts';
import type { EndedGrant, Ledger, PendingClaim, StoredGrant, UnreadableRecord } from './ledger.ts';
import { type LockRecord, parseGrant } from './record.ts';
import type { ScopeRule } from './scope.ts';
import { type TableRule, type Tables, withTables } from './tables.ts';

/** Where one clone keeps what; absolute directories. */
export type LockPlaces = {
  /** Active grants, one file each. */
  locks: string;
  /** Grants on their way in; on the file system of `locks`, for they are renamed into it. */
  claims: string;
  tokens: string;
  ended: string;
  /** Records that `doctor --fix` took out; on the file system of `locks` too. */
  quarantine: string;
  /** The event log, a file of JSON lines. */
  log: string;
};

/** What is fixed per clone, never by the checked-out tree. */
export type Clone = { places: LockPlaces; rule: TableRule };

/** The directory of everything that leasehold keeps for a clone. */
export const stateDirectory = (commonDir: string): string => join(commonDir, 'leasehold');

const MAX_RECORD = 1024 * 1024;
const FRESH = 2000;
const PATIENCE = 300;
const PAUSE = 25;
/** How long a claim on its way in may take, in milliseconds since its file's mtime. */
export const PENDING_LIFE = 60_000;

type Reading = { files: Files; clock: Clock };
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

const readPending = (io: Reading, clone: Clone, file: string): PendingClaim | undefined => {
  const content = io.files.read(join(clone.places.claims, file), MAX_RECORD);
  const reading = parseContent(content, undefined, clone.rule);
  if (content.kind === 'gone' || 'gone' in reading) return undefined;
  const now = io.clock.now();
  const isRecent = Math.abs(now - content.modifiedAt) < PENDING_LIFE;
  if ('refused' in reading) return { file, grant: undefined, alive: isRecent };
  return { file, grant: reading.grant, alive: isRecent && !isExpired(reading.grant, now) };
};

const splitRevisions = (
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

/** A note as its file has it; `file` names the record that it tells of, `taken` are scopes. */
export type NoteFile = {
  version: 1;
  ended_at: string;
  by: string;
  taken: string[];
  file: string;
  record: LockRecord;
  /** Of the patterns in `record` and in `taken`. */
  tables?: Tables;
};

const parseTaken = (taken: unknown, rule: ScopeRule): Claim[] =>
  (Array.isArray(taken) ? taken : [])
    .map((scope) => compileClaim(String(scope), 'write', rule))
    .filter((claim): claim is Claim => !('refused' in claim));

const parseNote = (text: string, note: string, rule: TableRule): EndedGrant | undefined => {
  try {
    const json = JSON.parse(text) as Partial<Record<keyof NoteFile, unknown>>;
    const endedAt = parseInstant(String(json.ended_at));
    const file = String(json.file);
    const scopes = withTables(rule, json.tables);
    const parsed = parseGrant(JSON.stringify(json.record), file, scopes);
    if (endedAt === undefined || 'refused' in parsed) return undefined;
    const grant = { ...parsed.grant, file };
    return {
      file: note,
      grant,
      endedAt,
      by: String(json.by),
      taken: parseTaken(json.taken, scopes),
    };
  } catch (error) {
    // Without tables only the command can read it.
    if (error instanceof Undecided) throw error;
    // A note is a courtesy to its holder; a torn one must not stop anybody's work.
    return undefined;
  }
};

/** A note is named for the record that it tells of and the grant that came after it. */
export const noteName = (recordFile: string, successor: string): string =>
  `${recordFile}.${successor}.json`;

const readEnded = (io: Reading, clone: Clone): EndedGrant[] =>
  io.files.list(clone.places.ended).flatMap((file) => {
    const content = io.files.read(join(clone.places.ended, file), MAX_RECORD);
    const note = content.kind === 'read' ? parseNote(content.text, file, clone.rule) : undefined;
    return note ? [note] : [];
  });

/**
 * One reading of the whole ledger. `claims/` is read before `locks/`: a grant moves from the first to
 * the second, and a reader that goes against the stream can miss it in both.
 */
export const readLedger = (io: Reading, clone: Clone): Ledger => {
  const pending = io.files
    .list(clone.places.claims)
    .filter(isRecordName)
    .map((file) => readPending(io, clone, file))
    .filter((claim) => claim !== undefined);
  const records: StoredGrant[] = [];
  const unreadable: UnreadableRecord[] = [];
  for (const file of io.files.list(clone.places.locks).filter(isRecordName).sort()) {
    const reading = readRecord(io, clone.places.locks, file, clone.rule);
    if ('refused' in reading) unreadable.push({ file, reason: reading.refused });
    else if ('grant' in reading) records.push({ ...reading.grant, file });
  }
  return {
    now: io.clock.now(),
    rule: clone.rule,
    ...splitRevisions(records),
    pending,
    unreadable,
    ended: readEnded(io, clone),
  };
};

const MAX_LOG = 256 * 1024 * 1024;

/** The event log, oldest first; a torn line is passed over. */
export const readLog = (files: Files, places: LockPlaces): LogEvent[] => {
  const content = files.read(places.log, MAX_LOG);
  if (content.kind === 'gone') return [];
  if (content.kind === 'refused') {
    throw new Undecided(
      'store-unreadable',
      `cannot read the log ${places.log}: ${content.reason}`,
      'leasehold doctor',
    );
  }
  return content.text
    .split('\n')
    .map(parseEvent)
    .filter((event) => event !== undefined);
};
