import { parseIdentEmail, parseTree } from '../kit/git.ts';
import { type Change, parseEntries, splitDecoded } from './changes.ts';
import { type Drift, readDrift } from './drift.ts';

/** What the installed pre-commit hook asked git for, before the guard was up. */
export type HookInput = {
  changes: Change[];
  /** The trusted side's blobs by path. */
  trusted: ReadonlyMap<string, string>;
  email: string | undefined;
  /** What HEAD changes of the commit that an audit was last kept of. */
  drift: Drift | undefined;
};

/** The marks that hooks/hook.sh sets behind each of git's answers. */
const MARKS = {
  changes: 'end of changes',
  trusted: 'end of trusted side',
  email: 'end of committer',
};

/**
 * git's answers, or undefined where one of them is not there in full: git failed, or there is no HEAD yet.
 * What has come since an audit may be unknown.
 */
export const parseHookInput = (input: Uint8Array): HookInput | undefined => {
  const fields = splitDecoded(input);
  const changes = parseEntries(fields, 0);
  const at = 2 * changes.length;
  if (fields[at] !== MARKS.changes) return undefined;
  const trustedEnd = fields.indexOf(MARKS.trusted, at + 1);
  if (trustedEnd === -1) return undefined;
  const trusted = parseTree(fields.slice(at + 1, trustedEnd).join('\0'));
  const since = readDrift(fields, trustedEnd + 1);
  const [ident = '', mark] = fields.slice(since.at);
  if (mark !== MARKS.email) return undefined;
  return { changes, trusted, email: parseIdentEmail(ident), drift: since.drift };
};
