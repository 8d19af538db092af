import { parseIdentEmail, parseTree } from '../kit/git.ts';
import { type Change, parseEntry, splitDecoded } from './changes.ts';

/** What the installed pre-commit hook asked git for, before the guard was up. */
export type HookInput = {
  changes: Change[];
  /** The trusted side's blobs by path. */
  trusted: ReadonlyMap<string, string>;
  email: string | undefined;
  drift: Drift | undefined;
};

/** What HEAD changes of the commit that an audit was last kept of. */
export type Drift = { from: string; changes: Change[] };

/** The marks that hooks/hook.sh sets behind each of git's answers. */
const MARKS = {
  changes: 'end of changes',
  trusted: 'end of trusted side',
  drift: 'end of drift ',
  email: 'end of committer',
};

/** The changes that stand at a place of the fields, and the place behind them. */
const readChanges = (
  fields: readonly string[],
  start: number,
): { changes: Change[]; at: number } => {
  const changes: Change[] = [];
  let at = start;
  // Each entry is a field that starts with a colon and a path, which may be anything.
  for (; fields[at]?.startsWith(':'); at += 2) {
    changes.push(parseEntry(fields[at] ?? '', fields[at + 1] ?? ''));
  }
  return { changes, at };
};

/** What stands behind a mark; undefined where a field does not begin with it. */
const cutMark = (field: string | undefined, mark: string): string | undefined =>
  field?.startsWith(mark) ? field.slice(mark.length) : undefined;

/**
 * git's answers, or undefined where one of them is not there in full: git failed, or there is no HEAD yet.
 * What has come since an audit may be unknown.
 */
export const parseHookInput = (input: Uint8Array): HookInput | undefined => {
  const fields = splitDecoded(input);
  const { changes, at } = readChanges(fields, 0);
  if (fields[at] !== MARKS.changes) return undefined;
  const trustedEnd = fields.indexOf(MARKS.trusted, at + 1);
  if (trustedEnd === -1) return undefined;
  const trusted = parseTree(fields.slice(at + 1, trustedEnd).join('\0'));
  const since = readChanges(fields, trustedEnd + 1);
  const from = cutMark(fields[since.at], MARKS.drift);
  const [ident = '', mark] = fields.slice(from === undefined ? since.at : since.at + 1);
  if (mark !== MARKS.email) return undefined;
  const drift = from === undefined ? undefined : { from, changes: since.changes };
  return { changes, trusted, email: parseIdentEmail(ident), drift };
};
