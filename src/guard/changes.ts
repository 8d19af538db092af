import { isUtf8 } from 'node:buffer';
import { decodePath, encodePath } from '../kit/paths.ts';

/** One path that a change touches; a rename is two of them, a deletion and an addition. */
export type Change = {
  path: string;
  kind: 'added' | 'modified' | 'deleted';
  /** The blob that the path has afterwards; undefined where it has none. */
  blob: string | undefined;
  /** Set where the path stands for all that lies below it, too: where it is, or was, a submodule. */
  isTree?: boolean | undefined;
};

/** What a verdict on changes hangs on: their paths, with a slash behind each that stands for what lies below it. */
export const listPlaces = (changes: readonly Change[]): string[] =>
  changes.map(({ path, isTree }) => (isTree ? `${path}/` : path));

/** One commit of a log: the fields of its format, and its changes. */
export type LoggedCommit = { header: string[]; changes: Change[] };

/** NUL-terminated fields. */
export const splitFields = (output: Uint8Array): Uint8Array[] => {
  const fields: Uint8Array[] = [];
  let start = 0;
  for (let end = output.indexOf(0); end !== -1; end = output.indexOf(0, start)) {
    fields.push(output.subarray(start, end));
    start = end + 1;
  }
  return fields;
};

/** The same as text: one decoding for all, where no name has bytes of its own kind. */
export const splitDecoded = (output: Uint8Array): string[] =>
  isUtf8(output)
    ? Buffer.from(output.buffer, output.byteOffset, output.byteLength)
        .toString()
        .split('\0')
        .slice(0, -1)
    : splitFields(output).map(decodePath);

/** One letter, or one for each parent of a merge: where they are not of one mind, it was modified. */
const kindOf = (status: string): Change['kind'] => {
  if (status === 'M') return 'modified';
  if (status === 'A' || /^A+$/.test(status)) return 'added';
  return status === 'D' || /^D+$/.test(status) ? 'deleted' : 'modified';
};

/**
 * `:100644 100644 <old> <new> M`, and with a further `:`, mode and id for each further parent of a merge.
 * An unmerged entry (`U`) counts as modified: it is in nobody's commit before it is resolved.
 */
export const parseEntry = (meta: string, path: string): Change => {
  const end = meta.lastIndexOf(' ');
  const kind = kindOf(meta.slice(end + 1));
  const blob = meta.slice(meta.lastIndexOf(' ', end - 1) + 1, end);
  // One of the modes; no id is as short.
  const isTree = /\b160000 /.test(meta) || undefined;
  return { path, kind, blob: kind === 'deleted' ? undefined : blob, isTree };
};

/** Entries from field `start` on: each begins with a colon, and the field after it is its path, whatever that holds. */
export const parseEntries = (fields: readonly string[], start: number): Change[] => {
  const changes: Change[] = [];
  for (let at = start; at < fields.length; at += 2) {
    const meta = fields[at] ?? '';
    // `git log` sets a line end between a commit's message and its changes.
    if (!meta.startsWith(':') && !meta.startsWith('\n:')) break;
    changes.push(parseEntry(meta, fields[at + 1] ?? ''));
  }
  return changes;
};

/** The changes of one `diff-index` or `diff-tree`. */
export const parseIndexDiff = (output: Uint8Array): Change[] =>
  parseEntries(splitDecoded(output), 0);

/** Text of git's own is no path: what is not UTF-8 in it is shown as such. */
const toText = (field: string): string => String(encodePath(field));

/** An empty field stands behind a merge's message, and behind a commit without changes. */
const skipEmpty = (fields: readonly string[], start: number): number => {
  let at = start;
  while (fields[at] === '') at += 1;
  return at;
};

/**
 * `git log -z --raw` with a format of `length` fields, the first of which is never empty. A header is read
 * by its length, so no text in it passes for a change.
 */
export const parseLog = (fields: readonly string[], length: number): LoggedCommit[] => {
  const commits: LoggedCommit[] = [];
  for (let at = skipEmpty(fields, 0); at < fields.length; at = skipEmpty(fields, at)) {
    const header = fields.slice(at, at + length).map(toText);
    const start = skipEmpty(fields, at + length);
    const changes = parseEntries(fields, start);
    commits.push({ header, changes });
    at = start + 2 * changes.length;
  }
  return commits;
};

/** Changed is not carried: of a commit with several parents, what differs from every one of them. */
export const changedFromEvery = (diffs: readonly (readonly Change[])[]): Change[] => {
  const [first = [], ...others] = diffs;
  const paths = others.map((changes) => new Set(changes.map((change) => change.path)));
  return first.filter((change) => paths.every((set) => set.has(change.path)));
};
