import { type Git, parseIdentEmail } from '../kit/git.ts';
import { type Change, parseLog, splitDecoded } from './changes.ts';
import { DIFF_FLAGS } from './scan.ts';
import { readTrailers, type Trailers } from './trailers.ts';

/** One commit of a range: its committer, what it says of its making, and what differs from every one of its parents. */
export type CommitChange = {
  commit: string;
  email: string | undefined;
  /** The committer's name. */
  name: string;
  parents: readonly string[];
  isRoot: boolean;
  isMerge: boolean;
  trailers: Trailers;
  changes: Change[];
};

/** Fields behind the commit's id; the message comes last, and ends as git's own line does. */
const LOG_FORMAT = '--format=%H%x00%P%x00%cn <%ce>%x00%B';
const LOG_FIELDS = 4;

const LOG_FLAGS = [
  '--reverse',
  '-c',
  '--no-abbrev',
  '--no-show-signature',
  '--no-notes',
  '--no-relative',
  '--no-color',
  '--encoding=UTF-8',
  LOG_FORMAT,
];

/** What git is asked for a range; the revisions follow, then `--`. */
export const RANGE_WORDS: readonly string[] = [
  '-c',
  'log.showRoot=true',
  'log',
  ...LOG_FLAGS,
  ...DIFF_FLAGS,
];

const parseCommit = (header: readonly string[], changes: Change[]): CommitChange => {
  const [commit = '', parents = '', ident = '', message = ''] = header;
  return {
    commit,
    email: parseIdentEmail(ident),
    name: ident.slice(0, ident.lastIndexOf(' <')),
    parents: parents === '' ? [] : parents.split(' '),
    isRoot: parents === '',
    isMerge: parents.includes(' '),
    trailers: readTrailers(message),
    changes,
  };
};

/** A range as `git log` tells it by `RANGE_WORDS`. */
export const parseRange = (fields: readonly string[]): CommitChange[] =>
  parseLog(fields, LOG_FIELDS).map(({ header, changes }) => parseCommit(header, changes));

/**
 * The commits that `revisions` select, oldest first, out of one `git log`: ids and `rev-list`'s words
 * alone, never a user's text.
 */
export const scanRange = (git: Git, revisions: readonly string[]): CommitChange[] =>
  parseRange(splitDecoded(git.read([...RANGE_WORDS, ...revisions, '--'])));

/** More grants than this are not looked for by name: every commit is read. */
const MAX_NAMES = 100;

/** The commits of a branch that name one of these grants. */
export const scanNaming = (git: Git, tip: string, grants: readonly string[]): CommitChange[] => {
  const isFew = grants.length <= MAX_NAMES;
  const names = isFew ? grants.map((id) => `--grep=${id}`) : [];
  return scanRange(git, ['--fixed-strings', ...names, tip]);
};
