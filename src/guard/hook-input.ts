import { parseIdentEmail, parseTree } from '../kit/git.ts';
import { type Change, parseIndexDiff, splitFields } from './changes.ts';

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

const COLON = 0x3a;
const textOf = (field: Uint8Array | undefined): string => Buffer.from(field ?? []).toString();

/** Where the entries end: each is a field that starts with a colon and a path, which may be anything. */
const findEndOfChanges = (fields: readonly Uint8Array[]): number => {
  let index = 0;
  while (fields[index]?.[0] === COLON) index += 2;
  return index;
};

/** git's answers, or undefined where one of them is not there in full: git failed, or there is no HEAD yet. */
export const parseHookInput = (input: Uint8Array): HookInput | undefined => {
  const fields = splitFields(input);
  const changesEnd = findEndOfChanges(fields);
  if (textOf(fields[changesEnd]) !== MARKS.changes) return undefined;
  const rest = fields.slice(changesEnd + 1).map(textOf);
  const trustedEnd = rest.indexOf(MARKS.trusted);
  const [ident = '', mark] = rest.slice(trustedEnd + 1);
  if (trustedEnd === -1 || mark !== MARKS.email) return undefined;
  const changesLength = fields
    .slice(0, changesEnd)
    .reduce((length, field) => length + field.length + 1, 0);
  return {
    changes: parseIndexDiff(input.subarray(0, changesLength)),
    trusted: parseTree(rest.slice(0, trustedEnd).join('\0')),
    email: parseIdentEmail(ident),
  };
};
