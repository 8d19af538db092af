import { parseIdentEmail, parseTree } from '../kit/git.ts';
import { splitDecoded } from './changes.ts';
import { type Drift, readDrift } from './drift.ts';
import { isZero, type PushedRef } from './pushes.ts';
import { type CommitChange, parseRange } from './range.ts';

/** What the installed pre-push hook asked git for, before the guard was up. */
export type PushInput = {
  /** The pusher's own blobs, whose config may name the branch that others start from. */
  own: ReadonlyMap<string, string>;
  /** Remote-tracking branches, and branches of usual names, with what they are at. */
  refs: ReadonlyMap<string, string>;
  /** The side that policy comes from: the remote's blobs by path. */
  trusted: ReadonlyMap<string, string>;
  /** What is pushed, against the commit that an audit was last kept of. */
  drift: Drift | undefined;
  email: string;
  commits: CommitChange[];
};

/** The marks that hooks/hook.sh sets behind each of git's answers; the last one ends what git says of the range. */
const MARKS = {
  own: 'end of own side',
  refs: 'end of refs',
  trusted: 'end of trusted side',
  email: 'end of committer',
  commits: 'end of commits',
};

/** The fields up to a mark, and those behind it; undefined where it is not there: git failed. */
const cut = (
  fields: readonly string[],
  mark: string,
): { before: string[]; after: string[] } | undefined => {
  const at = fields.indexOf(mark);
  return at === -1 ? undefined : { before: fields.slice(0, at), after: fields.slice(at + 1) };
};

const toTree = (entries: readonly string[]): ReadonlyMap<string, string> =>
  parseTree(entries.join('\0'));

/** `<id> <ref>` a line. */
const toRefs = (fields: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    fields
      .join('')
      .split('\n')
      .filter(Boolean)
      .map((line): [string, string] => [
        line.slice(line.indexOf(' ') + 1),
        line.split(' ', 1)[0] ?? '',
      ]),
  );

/** True where nothing that the remote has of the ref is lost: a commit of the range follows on it. */
const isForward = ({ remoteId }: PushedRef, commits: readonly CommitChange[]): boolean =>
  commits.some(({ parents }) => parents.includes(remoteId));

const toRange = (fields: readonly string[]): CommitChange[] | undefined =>
  fields.at(-1) === MARKS.commits ? parseRange(fields.slice(0, -1)) : undefined;

/**
 * git's answers about one pushed ref; undefined where one of them is not there in full, and where it is not the
 * plain case: commits on top of what the remote has, or on a new ref. What has come since an audit may be unknown.
 */
export const parsePushInput = (input: Uint8Array, ref: PushedRef): PushInput | undefined => {
  const own = cut(splitDecoded(input), MARKS.own);
  const refs = own && cut(own.after, MARKS.refs);
  const trusted = refs && cut(refs.after, MARKS.trusted);
  const since = trusted && readDrift(trusted.after, 0);
  const ident = since && cut(trusted.after.slice(since.at), MARKS.email);
  const commits = ident && toRange(ident.after);
  const email = ident && parseIdentEmail(ident.before.join(''));
  if (!commits || commits.length === 0 || email === undefined) return undefined;
  if (!isZero(ref.remoteId) && !isForward(ref, commits)) return undefined;
  const sides = {
    own: toTree(own.before),
    refs: toRefs(refs.before),
    trusted: toTree(trusted.before),
  };
  return { ...sides, drift: since.drift, email, commits };
};
