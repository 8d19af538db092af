import {
  countLines,
  endOfTable,
  findNumbers,
  hashKey,
  hashPlaces,
  type KeyTable,
  renderKeyTable,
} from '../kit/key-table.ts';
import type { PathRule } from '../kit/paths.ts';
import { anchorOf } from './anchor.ts';
import { isOurs } from './grant.ts';
import type { StoredGrant } from './ledger.ts';

/**
 * Which records are worth reading for a few paths: a line of numbers, a table of keys, and the records' names
 * in order, one a line; the table says where a name begins. It is never trusted over the truth. Only records of ours are in it, which never change
 * under their name; a name that is not there any more counts for nothing, one that is not in it yet is read,
 * and so is every record that it points to.
 */
export type RecordIndex = { table: KeyTable; names: string };

/** What a verdict hangs on: the changed paths in their comparable form, and who may be acting. */
export type Near = {
  paths: readonly string[];
  holders: readonly string[];
  session: string | undefined;
};

const HEAD = /^leasehold index 1 ([01]) (\d+) (\d+)\n/;

/** What the keys of places begin with. */
const PLACE = 'in';
const holderKey = (holder: string): string => `holder ${holder}`;
const sessionKey = (session: string): string => `session ${session}`;
const hashHolder = (holder: string): number => hashKey(holderKey(holder));

const listGrantKeys = ({ claims, holder, about }: StoredGrant): string[] => [
  ...claims.map(({ compiled }) => `${PLACE} ${anchorOf(compiled).join('/')}`),
  holderKey(holder),
  ...(about.session === undefined ? [] : [sessionKey(about.session)]),
];

/**
 * The index of all these records, for a clone whose paths compare so. All of it stands there twice: one look
 * at both tells whether anything is torn or spoiled, where a sum would be made byte by byte.
 */
export const renderIndex = (records: readonly StoredGrant[], rule: PathRule): string => {
  const entries: { key: string; number: number }[] = [];
  let names = '';
  for (const grant of records.filter(isOurs).toSorted((a, b) => (a.file < b.file ? -1 : 1))) {
    for (const key of listGrantKeys(grant)) entries.push({ key, number: names.length });
    names += `${grant.file}\n`;
  }
  const table = renderKeyTable(entries);
  const head = [Number(rule.ignoreCase), countLines(table), names.length];
  return `leasehold index 1 ${head.join(' ')}\n${table}${names}${table}${names}`;
};

/** Longer than any first line. */
const MOST_HEAD = 64;

const toText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** Reads an index; undefined where it is none, is spoiled, or is of a clone whose paths compare otherwise. */
export const parseIndex = (bytes: Uint8Array, rule: PathRule): RecordIndex | undefined => {
  const [head, ignoreCase, lines, length] = HEAD.exec(toText(bytes.subarray(0, MOST_HEAD))) ?? [];
  if (head === undefined || ignoreCase !== String(Number(rule.ignoreCase))) return undefined;
  const names = endOfTable({ text: '', start: head.length, lines: Number(lines) });
  const end = names + Number(length);
  // Held against each other as bytes, of which half become a text.
  if (Buffer.compare(bytes.subarray(head.length, end), bytes.subarray(end)) !== 0) return undefined;
  const text = toText(bytes.subarray(0, end));
  return {
    table: { text, start: head.length, lines: Number(lines) },
    names: text.slice(names, end),
  };
};

const listNames = ({ names }: RecordIndex): string[] => names.split('\n').slice(0, -1);

/** Which of `listed`, in order, are not in the index. */
const listUnknown = (listed: readonly string[], index: RecordIndex): string[] => {
  if (index.names === `${listed.join('\n')}\n`) return [];
  const known = listNames(index);
  let at = 0;
  return listed.filter((file) => {
    while (at < known.length && (known[at] ?? '') < file) at += 1;
    return known[at] !== file;
  });
};

/** How many of the listed names are not in the index, and how many of its own are gone. */
export const countOutOfStep = (listed: readonly string[], index: RecordIndex): number => {
  const unknown = listUnknown(listed, index).length;
  return unknown + listNames(index).length - (listed.length - unknown);
};

/** A record's name without its revision and extension. */
const stemOf = (file: string): string => file.replace(/\.\d+\.lock$/, '.');

/** The place of a name in a list that is in order; where it is not there, of the first one behind it. */
const findPlace = (listed: readonly string[], file: string): number => {
  let [from, to] = [0, listed.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((listed[middle] ?? '') < file) from = middle + 1;
    else to = middle;
  }
  return from;
};

/** All revisions of a record that are there: which one counts, the others tell. They stand side by side. */
const listRevisions = (listed: readonly string[], file: string): string[] => {
  const stem = stemOf(file);
  const revisions: string[] = [];
  for (let at = findPlace(listed, stem); listed[at]?.startsWith(stem); at += 1) {
    revisions.push(listed[at] ?? '');
  }
  return revisions;
};

/** The records that stand under these keys; some of them may be gone. */
const listUnder = ({ table, names }: RecordIndex, keys: readonly number[]): string[] =>
  [...findNumbers(table, new Set(keys))].map((place) =>
    names.slice(place, names.indexOf('\n', place)),
  );

/**
 * The records that a verdict may hang on: those that may cover one of the paths or are of one of the holders,
 * and all that the index does not know. `listed` are the names of all records, in order; `read` reads one.
 */
export const readNear = (
  listed: readonly string[],
  index: RecordIndex,
  { paths, holders, session }: Near,
  read: (file: string) => StoredGrant | undefined,
): StoredGrant[] => {
  const found = new Map<string, StoredGrant | undefined>();
  const readAll = (files: readonly string[]): void => {
    for (const file of files.flatMap((name) => listRevisions(listed, name))) {
      if (!found.has(file)) found.set(file, read(file));
    }
  };
  const keys = [...hashPlaces(PLACE, paths).values(), ...holders.map(hashHolder)];
  if (session !== undefined) keys.push(hashKey(sessionKey(session)));
  readAll(listUnknown(listed, index));
  readAll(listUnder(index, keys));
  // Whoever a session has claimed as may hold more than it has claimed.
  const claimedAs = [...found.values()].filter(
    (grant) => session !== undefined && grant?.about.session === session,
  );
  readAll(
    listUnder(
      index,
      claimedAs.map((grant) => hashHolder(grant?.holder ?? '')),
    ),
  );
  // A ledger without any grant is one that nobody uses.
  if (found.size === 0) readAll(listed.slice(0, 1));
  return [...found.values()]
    .filter((grant) => grant !== undefined)
    .sort((a, b) => (a.file < b.file ? -1 : 1));
};
