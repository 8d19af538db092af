import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import {
  findGitArguments,
  type Git,
  parseIdentEmail,
  type Repository,
  readHeadId,
  readLine,
} from '../kit/git.ts';
import { type AmendSign, detectAmend } from './amend.ts';
import { type Change, changedFromEvery, parseIndexDiff, parseRawDiff } from './changes.ts';

/**
 * Names, modes and submodules as they are, whatever the user's configuration of diffs says: `-M` would
 * hide a rename's old name, `diff.relative` other directories, `ignore=all` a submodule's move.
 */
const DIFF_FLAGS = ['--raw', '-z', '--no-renames', '--ignore-submodules=none', '--no-ext-diff'];

/** What is about to be committed. */
export type CommitScan = {
  /** The side that policy comes from; undefined at a first commit. */
  trusted: string | undefined;
  changes: Change[];
  /** Whether git would commit a part of it: not when it amends, nor in the middle of a merge. */
  canSplit: boolean;
  /** HEAD's own changes, where it cannot be told whether this commit replaces HEAD. */
  doubtful: Change[];
};

const emptyTree = (git: Git): string =>
  git.read(['hash-object', '-t', 'tree', '--stdin'], '').toString().trim();

const diffIndex = (git: Git, tree: string): Change[] =>
  parseIndexDiff(git.read(['diff-index', '--cached', ...DIFF_FLAGS, tree, '--']));

/** What the index changes against every one of `parents`; against nothing where there are none. */
const diffIndexFromEvery = (git: Git, parents: readonly string[]): Change[] => {
  const trees = parents.length > 0 ? parents : [emptyTree(git)];
  return changedFromEvery(trees.map((tree) => diffIndex(git, tree)));
};

type Head = { parents: string[]; authorDate: number };

/** HEAD's parents and author date; undefined on an unborn branch. */
const readHead = (git: Git): Head | undefined => {
  const id = readHeadId(git);
  if (id === undefined) return undefined;
  const line = git.read(['log', '-1', '--no-show-signature', '--format=%at %P', id]).toString();
  const [date, ...parents] = line.trim().split(' ');
  return { parents, authorDate: Number(date) };
};

const readMergeHeads = (repository: Repository): string[] => {
  const path = join(repository.gitDir, 'MERGE_HEAD');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
};

/** git makes no partial commit during a merge or a cherry-pick. */
const isInProgress = ({ gitDir }: Repository): boolean =>
  ['MERGE_HEAD', 'CHERRY_PICK_HEAD'].some((name) => existsSync(join(gitDir, name)));

const scanAmend = (git: Git, head: Head): CommitScan => ({
  trusted: head.parents[0],
  changes: diffIndexFromEvery(git, head.parents),
  canSplit: false,
  doubtful: [],
});

const scanHeadItself = (git: Git, head: Head): Change[] => {
  const [parent = emptyTree(git)] = head.parents;
  return parseIndexDiff(git.read(['diff-tree', '-r', ...DIFF_FLAGS, parent, 'HEAD']));
};

const scanNext = (git: Git, repository: Repository, head: Head, sign: AmendSign): CommitScan => ({
  trusted: 'HEAD',
  changes: diffIndexFromEvery(git, ['HEAD', ...readMergeHeads(repository)]),
  canSplit: sign === 'plain' && !isInProgress(repository),
  doubtful: sign === 'doubt' ? scanHeadItself(git, head) : [],
});

/**
 * What the commit in progress changes: against HEAD, against HEAD's parents when it amends, against
 * every parent when it finishes a merge, and against nothing when it is the first. `hook` is where the
 * hook runs; outside a hook nothing is in progress and nothing is amended.
 */
export const scanCommit = (
  git: Git,
  repository: Repository,
  hook: { parentPid: number; env: NodeJS.ProcessEnv } | undefined,
): CommitScan => {
  const head = readHead(git);
  if (!head) {
    const changes = diffIndexFromEvery(git, []);
    return { trusted: undefined, changes, canSplit: true, doubtful: [] };
  }
  const sign = hook
    ? detectAmend({
        gitArguments: findGitArguments(hook.parentPid),
        authorDate: hook.env.GIT_AUTHOR_DATE,
        headAuthorDate: head.authorDate,
      })
    : 'plain';
  return sign === 'amend' ? scanAmend(git, head) : scanNext(git, repository, head, sign);
};

/** One commit of a range: its committer and what differs from every one of its parents. */
export type CommitChange = { commit: string; email: string | undefined; changes: Change[] };

const readCommitters = (git: Git, commits: readonly string[]): Map<string, string | undefined> => {
  const format = [
    'log',
    '--no-walk=unsorted',
    '--stdin',
    '--no-show-signature',
    '--format=%H <%ce>',
  ];
  const lines = git
    .read(format, `${commits.join('\n')}\n`)
    .toString()
    .split('\n');
  return new Map(
    lines.filter(Boolean).map((line) => {
      const at = line.indexOf(' ');
      return [line.slice(0, at), parseIdentEmail(line.slice(at))];
    }),
  );
};

/** The commits that `revisions` select, oldest first: `rev-list`'s words, ids alone and never a user's text. */
export const scanRange = (git: Git, revisions: readonly string[]): CommitChange[] => {
  const listed = git.read(['rev-list', '--reverse', ...revisions, '--']);
  const commits = listed.toString().split('\n').filter(Boolean);
  if (commits.length === 0) return [];
  const emails = readCommitters(git, commits);
  const words = ['diff-tree', '--stdin', '-r', '-c', '--root', ...DIFF_FLAGS];
  const changes = new Map(
    parseRawDiff(git.read(words, `${commits.join('\n')}\n`)).map((group) => [
      group.commit,
      group.changes,
    ]),
  );
  return commits.map((commit) => ({
    commit,
    email: emails.get(commit),
    changes: changes.get(commit) ?? [],
  }));
};

/** One line of pre-push's standard input. */
export type PushedRef = { localRef: string; localId: string; remoteRef: string; remoteId: string };

/** `<local ref> <local id> <remote ref> <remote id>` a line, as git feeds pre-push. */
export const parsePushedRefs = (input: string): PushedRef[] =>
  input
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [localRef = '', localId = '', remoteRef = '', remoteId = ''] = line.split(' ');
      return { localRef, localId, remoteRef, remoteId };
    });

/** What a pushed ref brings: its new commits, and the side that policy comes from. */
export type PushScan = { trusted: string | undefined; commits: CommitChange[] };

const isZero = (id: string): boolean => /^0+$/.test(id);

const isKnownObject = (git: Git, id: string): boolean => git.run(['cat-file', '-e', id]).code === 0;

const peelToCommit = (git: Git, id: string): string | undefined =>
  readLine(git, ['rev-parse', '--verify', '--quiet', `${id}^{commit}`]);

const listTrackingRefs = (git: Git, below: string): string[] =>
  git.read(['for-each-ref', '--format=%(refname)', below]).toString().split('\n').filter(Boolean);

/** A push by URL gives the hook the URL instead of a name. */
const isRemoteName = (remote: string): boolean =>
  /^[A-Za-z0-9._][A-Za-z0-9._/-]*$/.test(remote) && !remote.includes('//');

/** What is known of the remote; of all remotes where nothing is known of it, or it is a URL. */
const listKnownRefs = (git: Git, remote: string): string[] => {
  const own = isRemoteName(remote) ? listTrackingRefs(git, `refs/remotes/${remote}/`) : [];
  return own.length > 0 ? own : listTrackingRefs(git, 'refs/remotes/');
};

/**
 * The trusted side of a ref that the remote does not have yet: `guard.base`, else the remote's HEAD,
 * else its only branch. Where no remote is known at all there is no side to trust. `guard.base` counts
 * as a remote-tracking branch alone: it comes from the pusher's own tree, which must not name itself.
 */
export const findBase = (
  git: Git,
  remote: string,
  configured: string | undefined,
): string | undefined => {
  if (configured !== undefined) {
    const commit = peelToCommit(git, `refs/remotes/${configured}`);
    if (commit) return commit;
  }
  const known = listKnownRefs(git, remote);
  const heads = known.filter((ref) => ref.endsWith('/HEAD'));
  const [only, ...others] = heads.length > 0 ? heads : known;
  if (only === undefined) return undefined;
  if (others.length === 0) return peelToCommit(git, only);
  throw new Undecided(
    'base-unknown',
    'several branches of remotes are known, and nothing says which one policy comes from',
    heads.length === 0 && isRemoteName(remote)
      ? `git remote set-head ${remote} --auto`
      : 'set guard.base in leasehold.config.json to a remote-tracking branch, such as "origin/main"',
  );
};

const scanKnownRef = (git: Git, tip: string, remoteId: string): PushScan => {
  if (!isKnownObject(git, remoteId)) {
    throw new Undecided(
      'base-unknown',
      `the remote's ${remoteId.slice(0, 12)} is not known here, so what is new cannot be told`,
      'git fetch',
    );
  }
  return {
    trusted: remoteId,
    commits: scanRange(git, [tip, `^${remoteId}`, '--not', '--remotes']),
  };
};

/** What one pushed ref brings; undefined where it brings no commits (a deletion, a tag of a blob). */
export const scanPushedRef = (
  git: Git,
  ref: PushedRef,
  remote: { name: string; base: string | undefined },
): PushScan | undefined => {
  if (isZero(ref.localId)) return undefined;
  const tip = peelToCommit(git, ref.localId);
  if (tip === undefined) return undefined;
  if (!isZero(ref.remoteId)) return scanKnownRef(git, tip, ref.remoteId);
  const trusted = findBase(git, remote.name, remote.base);
  return { trusted, commits: scanRange(git, [tip, '--not', '--remotes']) };
};
