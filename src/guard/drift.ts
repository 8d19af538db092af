import { type Change, parseEntries } from './changes.ts';

/** What a tree changes of the commit `from`, which an audit was last kept of. */
export type Drift = { from: string; changes: Change[] };

/** The mark that hooks/hook.sh sets behind it, with the commit. */
const MARK = 'end of drift ';

/** The drift that stands at a place of the fields, and the place behind it; none where git was not asked, or failed. */
export const readDrift = (
  fields: readonly string[],
  start: number,
): { drift: Drift | undefined; at: number } => {
  const changes = parseEntries(fields, start);
  const at = start + 2 * changes.length;
  const mark = fields[at] ?? '';
  if (!mark.startsWith(MARK)) return { drift: undefined, at };
  return { drift: { from: mark.slice(MARK.length), changes }, at: at + 1 };
};
