import { parseIdentEmail, parseTree } from '../kit/git.ts';
import { type Change, parseEntry, splitDecoded } from './changes.ts';

/** What the installed pre-commit hook asked git for, before the guard was up. */
export type HookInput = {
  changes: Change[];
  /** The trusted side's blobs by path. */
  trusted: ReadonlyMap<string, string>;
  email: string | undefined;
};

/** The marks that hooks/hook.sh sets behind each of git's answers. */
const MARKS = {
  changes: 'end of changes',
  trusted: 'end of trusted side',
  email: 'end of committer',
};

/** git's answers, or undefined where one of them is not there in full: git failed, or there is no HEAD yet. */
export const parseHookInput = (input: Uint8Array): HookInput | undefined => {
  const fields = splitDecoded(input);
  const changes: Change[] = [];
  let at = 0;
  // Each entry is a field that starts with a colon and a path, which may be anything.
  for (; fields[at]?.startsWith(':'); at += 2) {
    changes.push(parseEntry(fields[at] ?? '', fields[at + 1] ?? ''));
  }
  if (fields[at] !== MARKS.changes) return undefined;
  const trustedEnd = fields.indexOf(MARKS.trusted, at + 1);
  const [ident = '', mark] = fields.slice(trustedEnd + 1);
  if (trustedEnd === -1 || mark !== MARKS.email) return undefined;
  const trusted = parseTree(fields.slice(at + 1, trustedEnd).join('\0'));
  return { changes, trusted, email: parseIdentEmail(ident) };
};
