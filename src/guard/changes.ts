import { decodePath } from '../kit/paths.ts';

/** One path that a change touches; a rename is two of them, a deletion and an addition. */
export type Change = {
  path: string;
  kind: 'added' | 'modified' | 'deleted';
  /** The blob that the path has afterwards; undefined where it has none. */
  blob: string | undefined;
};

/** The changes of one commit; `commit` is undefined for what git printed before the first id. */
export type CommitChanges = { commit: string | undefined; changes: Change[] };

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

const kindOf = (status: string): Change['kind'] => {
  if (/^A+$/.test(status)) return 'added';
  return /^D+$/.test(status) ? 'deleted' : 'modified';
};

/**
 * `:100644 100644 <old> <new> M`, and with a further `:`, mode and id for each further parent of a merge.
 * An unmerged entry (`U`) counts as modified: it is in nobody's commit before it is resolved.
 */
const parseEntry = (meta: string, path: Uint8Array): Change => {
  const words = meta.split(' ');
  const kind = kindOf(words.at(-1) ?? '');
  const blob = words.at(-2);
  return { path: decodePath(path), kind, blob: kind === 'deleted' ? undefined : blob };
};

const COLON = 0x3a;

/**
 * The output of `diff-index -z --raw`, or of `diff-tree --stdin -z --raw -c`, which puts a commit's id
 * before its entries. A path is always the field after an entry, so no name can pass for anything else.
 */
export const parseRawDiff = (output: Uint8Array): CommitChanges[] => {
  const groups: CommitChanges[] = [{ commit: undefined, changes: [] }];
  const fields = splitFields(output);
  for (let index = 0; index < fields.length; index += 1) {
    const text = Buffer.from(fields[index] ?? []).toString('latin1');
    if (fields[index]?.[0] !== COLON) {
      groups.push({ commit: text.trim(), changes: [] });
      continue;
    }
    index += 1;
    groups.at(-1)?.changes.push(parseEntry(text, fields[index] ?? new Uint8Array()));
  }
  return groups;
};

/** The changes of one `diff-index`. */
export const parseIndexDiff = (output: Uint8Array): Change[] =>
  parseRawDiff(output).flatMap((group) => group.changes);

/** Changed is not carried: of a commit with several parents, what differs from every one of them. */
export const changedFromEvery = (diffs: readonly (readonly Change[])[]): Change[] => {
  const [first = [], ...others] = diffs;
  const paths = others.map((changes) => new Set(changes.map((change) => change.path)));
  return first.filter((change) => paths.every((set) => set.has(change.path)));
};
