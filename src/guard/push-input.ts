import { parseIdentEmail, parseTree } from '../kit/git.ts';
import { splitDecoded } from './changes.ts';
import { type Drift, readDrift } from './drift.ts';
import { isZero, type PushedRef } from './pushes.ts';
import { type CommitChange, parseRange } from './range.ts';

/** What the installed pre-push hook asked git for, before the guard was up. */
export type PushInput = {
  /**
   * The pusher's own blobs, whose config may name the branch that others start from; undefined where HEAD is what
   * is pushed, on top of what the remote has.
   */
  own: ReadonlyMap<string, string> | undefined;
  /** Remote-tracking branches, and branches of usual names, with what they are at. */
  refs: ReadonlyMap<string, string>;
  /** The side that policy comes from: the remote's blobs by path. */
  trusted: ReadonlyMap<string, string>;
  /** What is pushed, against the commit that an audit was last kept of. */
  drift: Drift | undefined;
  email: string;
  commits: CommitChange[];
};

/** The marks that hooks/hook.sh sets around git's answers. */
const MARKS = {
  begin: 'begin of commits',
  end: 'range ended with 0',
  trusted: 'end of trusted side',
  ownIsPushed: 'own is pushed',
  own: 'end of own side',
  refs: 'end of refs',
};

/** The lines up to a mark, and those behind it; undefined where it is not there: git failed. */
const cut = (
  lines: readonly string[],
  mark: string,
): { before: string[]; after: string[] } | undefined => {
  const at = lines.indexOf(mark);
  return at === -1 ? undefined : { before: lines.slice(0, at), after: lines.slice(at + 1) };
};

const toTree = (entries: readonly string[]): ReadonlyMap<string, string> =>
  parseTree(entries.join('\0'));

/** `<id> <ref>` a line. */
const toRefs = (lines: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    lines.map((line): [string, string] => [
      line.slice(line.indexOf(' ') + 1),
      line.split(' ', 1)[0] ?? '',
    ]),
  );

/** Both sides, the refs and the committer, a line each entry, behind one that says how the range ended. */
const parseLines = ([end, ...lines]: readonly string[]):
  | Omit<PushInput, 'drift' | 'commits'>
  | undefined => {
  const trusted = end === MARKS.end ? cut(lines, MARKS.trusted) : undefined;
  const isPushed = trusted?.after[0] === MARKS.ownIsPushed;
  const own = trusted && cut(trusted.after, isPushed ? MARKS.ownIsPushed : MARKS.own);
  const refs = own && cut(own.after, MARKS.refs);
  if (!refs) return undefined;
  const email = parseIdentEmail(refs.after.join(''));
  if (email === undefined) return undefined;
  return {
    own: isPushed ? undefined : toTree(own.before),
    refs: toRefs(refs.before),
    trusted: toTree(trusted.before),
    email,
  };
};

/** True where nothing that the remote has of the ref is lost: a commit of the range follows on it. */
const isForward = ({ remoteId }: PushedRef, commits: readonly CommitChange[]): boolean =>
  commits.some(({ parents }) => parents.includes(remoteId));

/**
 * git's answers about one pushed ref; undefined where one of them is not there in full, and where it is not the
 * plain case: commits on top of what the remote has, or on a new ref. What has come since an audit may be unknown.
 */
export const parsePushInput = (input: Uint8Array, ref: PushedRef): PushInput | undefined => {
  const fields = splitDecoded(input);
  const { drift, at } = readDrift(fields, 0);
  // Found by their places alone: a message, or a path, may be a mark as well.
  const known =
    fields[at] === MARKS.begin ? parseLines(fields.pop()?.split('\n') ?? []) : undefined;
  if (!known) return undefined;
  const commits = parseRange(fields.slice(at + 1));
  if (commits.length === 0 || !(isZero(ref.remoteId) || isForward(ref, commits))) return undefined;
  return { ...known, drift, commits };
};
