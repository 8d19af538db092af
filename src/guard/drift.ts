import { type Change, parseEntry } from './changes.ts';

/** What a tree changes of the commit `from`, which an audit was last kept of. */
export type Drift = { from: string; changes: Change[] };

/** The mark that hooks/hook.sh sets behind it, with the commit. */
const MARK = 'end of drift ';

type Fields = readonly (Uint8Array | string)[];

const textAt = (fields: Fields, at: number): string => {
  const field = fields[at];
  return typeof field === 'object' ? Buffer.from(field).toString() : (field ?? '');
};

/** git's raw changes that stand at a place of NUL-separated fields, and the place behind them. */
export const readChanges = (fields: Fields, start: number): { changes: Change[]; at: number } => {
  const changes: Change[] = [];
  let at = start;
  // Each entry is a field that starts with a colon and a path, which may be anything.
  for (; textAt(fields, at).startsWith(':'); at += 2) {
    changes.push(parseEntry(textAt(fields, at), textAt(fields, at + 1)));
  }
  return { changes, at };
};

/** The drift that stands at a place of the fields, and the place behind it; none where git was not asked, or failed. */
export const readDrift = (
  fields: Fields,
  start: number,
): { drift: Drift | undefined; at: number } => {
  const { changes, at } = readChanges(fields, start);
  const mark = textAt(fields, at);
  if (!mark.startsWith(MARK)) return { drift: undefined, at };
  return { drift: { from: mark.slice(MARK.length), changes }, at: at + 1 };
};
