import { formatInstant, parseInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { type Claim, compileClaim, isOurs } from './grant.ts';
import type { EndedGrant, Ending, StoredGrant } from './ledger.ts';
import { encodeHolder, type LockRecord, parseGrant, toRecord } from './record.ts';
import type { ScopeRule } from './scope.ts';
import { type TableRule, type Tables, toTables, withTables } from './tables.ts';

/** A note as its file has it; `file` names the record that it tells of, `taken` are scopes. */
type NoteFile = {
  version: 1;
  ended_at: string;
  how: Ending['how'];
  by: string;
  reason?: string;
  taken: string[];
  file: string;
  record: LockRecord;
  /** Of the patterns in `record` and in `taken`. */
  tables?: Tables;
};

/**
 * A note is named for its holder, the record that it tells of, and what came after it. Our own records
 * begin with their holder; the name of one that was written by hand may be anything, and of any length.
 */
export const noteName = (grant: StoredGrant, successor: string): string => {
  const { file, holder } = grant;
  const record = isOurs(grant) ? file : `${encodeHolder(holder)}.${encodeHolder(file)}`;
  return `${record}.${successor}.json`;
};

/** The text of a note that `ending` happened at `now`. */
export const serialiseNote = ({ grant, how, by, taken, reason }: Ending, now: number): string => {
  const { file, ...ended } = grant;
  const tables = toTables([...grant.claims, ...taken]);
  const note: NoteFile = {
    version: 1,
    ended_at: formatInstant(now),
    how,
    by,
    ...(reason === undefined ? {} : { reason }),
    taken: taken.map((claim) => claim.scope),
    file,
    record: toRecord(ended),
    ...(tables ? { tables } : {}),
  };
  return `${JSON.stringify(note)}\n`;
};

const parseTaken = (taken: unknown, rule: ScopeRule): Claim[] =>
  (Array.isArray(taken) ? taken : [])
    .map((scope) => compileClaim(String(scope), 'write', rule))
    .filter((claim): claim is Claim => !('refused' in claim));

/** A note's text → what ended, and how; undefined where it is none. */
export const parseNote = (text: string, note: string, rule: TableRule): EndedGrant | undefined => {
  try {
    const json = JSON.parse(text) as Partial<Record<keyof NoteFile, unknown>>;
    const endedAt = parseInstant(String(json.ended_at));
    const file = String(json.file);
    const scopes = withTables(rule, json.tables);
    const parsed = parseGrant(JSON.stringify(json.record), file, scopes);
    if (endedAt === undefined || 'refused' in parsed) return undefined;
    return {
      file: note,
      grant: { ...parsed.grant, file },
      endedAt,
      how: json.how === 'forced' ? 'forced' : 'taken-over',
      by: String(json.by),
      taken: parseTaken(json.taken, scopes),
      ...(typeof json.reason === 'string' ? { reason: json.reason } : {}),
    };
  } catch (error) {
    // Without tables only the command can read it.
    if (error instanceof Undecided) throw error;
    // A note is a courtesy to its holder; a torn one must not stop anybody's work.
    return undefined;
  }
};
