import { Undecided } from '../kit/errors.ts';
import { type Git, readHeadId, readLine } from '../kit/git.ts';
import { type CommitChange, scanRange } from './range.ts';

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

/** A ref that is about to move, as reference-transaction and pre-receive are told of it; zeros for none. */
export type UpdatedRef = { oldId: string; newId: string; ref: string };

/** `<old id> <new id> <ref>` a line. */
export const parseUpdatedRefs = (input: string): UpdatedRef[] =>
  input
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [oldId = '', newId = '', ...rest] = line.split(' ');
      return { oldId, newId, ref: rest.join(' ') };
    });

/** What a pushed ref brings: its new commits, and the side that policy comes from. */
export type PushScan = { trusted: string | undefined; commits: CommitChange[] };

export const isZero = (id: string): boolean => /^0+$/.test(id);

const isKnownObject = (git: Git, id: string): boolean => git.run(['cat-file', '-e', id]).code === 0;

const peelToCommit = (git: Git, id: string): string | undefined =>
  readLine(git, ['rev-parse', '--verify', '--quiet', `${id}^{commit}`]);

/**
 * The commit that a ref is to be at, or that its tag leads to; undefined for what is none, a tag of a blob. A git
 * that fails has not said that there is none.
 */
const findTip = (git: Git, id: string): string | undefined => {
  const commit = peelToCommit(git, id);
  if (commit !== undefined || git.read(['cat-file', '-t', `${id}^{}`]).toString() !== 'commit\n') {
    return commit;
  }
  throw new Undecided('git-failed', `git could not tell which commit ${id} is`, 'git status');
};

const listTrackingRefs = (git: Git, below: string): string[] =>
  git.read(['for-each-ref', '--format=%(refname)', below]).toString().split('\n').filter(Boolean);

/** A push by URL gives the hook the URL instead of a name. */
const isRemoteName = (remote: string): boolean =>
  /^[A-Za-z0-9._][A-Za-z0-9._/-]*$/.test(remote) && !remote.includes('//');

/** What is known of the remote; of all remotes where nothing is known of it, or it is a URL. */
const listKnownRefs = (all: readonly string[], remote: string): readonly string[] => {
  const own = isRemoteName(remote)
    ? all.filter((ref) => ref.startsWith(`refs/remotes/${remote}/`))
    : [];
  return own.length > 0 ? own : all;
};

/** The remote-tracking ref that stands for a remote; none is known, or nothing says which of several it is. */
export type BaseRef =
  | { kind: 'ref'; ref: string }
  | { kind: 'none' }
  | { kind: 'several'; hasHead: boolean };

/** Of all remote-tracking refs the remote's HEAD, else its only branch. */
export const chooseBaseRef = (all: readonly string[], remote: string): BaseRef => {
  const known = listKnownRefs(all, remote);
  const heads = known.filter((ref) => ref.endsWith('/HEAD'));
  const [only, ...others] = heads.length > 0 ? heads : known;
  if (only === undefined) return { kind: 'none' };
  if (others.length > 0) return { kind: 'several', hasHead: heads.length > 0 };
  return { kind: 'ref', ref: only };
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
  const base = chooseBaseRef(listTrackingRefs(git, 'refs/remotes/'), remote);
  if (base.kind === 'none') return undefined;
  if (base.kind === 'ref') return findTip(git, base.ref);
  throw new Undecided(
    'base-unknown',
    'several branches of remotes are known, and nothing says which one policy comes from',
    !base.hasHead && isRemoteName(remote)
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

/**
 * Where a ref is pushed to, `^` what the same push has brought there before, and where its other branches end: what
 * they keep is not lost.
 */
export type PushedTo = {
  name: string;
  base: string | undefined;
  brought?: readonly string[];
  kept?: readonly string[];
};

/** What one pushed ref brings; undefined where it brings no commits (a deletion, a tag of a blob). */
export const scanPushedRef = (git: Git, ref: PushedRef, remote: PushedTo): PushScan | undefined => {
  if (isZero(ref.localId)) return undefined;
  const tip = findTip(git, ref.localId);
  if (tip === undefined) return undefined;
  if (!isZero(ref.remoteId)) return scanKnownRef(git, tip, ref.remoteId);
  const trusted = findBase(git, remote.name, remote.base);
  const { brought = [] } = remote;
  return { trusted, commits: scanRange(git, [tip, ...brought, '--not', '--remotes']) };
};

/** A new ref of a commit, not of nothing. */
const isCreated = ({ localId, remoteId }: PushedRef): boolean =>
  isZero(remoteId) && !isZero(localId);

/** The commit that each of these ids leads to, where it leads to one; undefined where git cannot tell. */
const peelAll = (git: Git, ids: readonly string[]): (string | undefined)[] | undefined => {
  const words = ['cat-file', '--batch-check=%(objectname) %(objecttype)'];
  const { code, stdout } = git.run(words, ids.map((id) => `${id}^{commit}\n`).join(''));
  const lines = stdout.toString().split('\n').slice(0, -1);
  if (code !== 0 || lines.length !== ids.length) return undefined;
  return lines.map((line) => /^([0-9a-f]+) commit$/.exec(line)?.[1]);
};

/** The commits that these lead to and no remote has, with their parents; undefined where git cannot tell. */
const listNew = (git: Git, tips: Iterable<string>): string[][] | undefined => {
  const words = ['rev-list', '--parents', '--stdin', '--not', '--remotes'];
  const { code, stdout } = git.run(words, [...tips].join('\n'));
  if (code !== 0) return undefined;
  const lines = stdout.toString().split('\n');
  return lines.map((line) => line.split(' '));
};

const isTag = ({ remoteRef }: PushedRef): boolean => remoteRef.startsWith('refs/tags/');

/**
 * The refs that are worth a look each. A push of all tags, or of a whole repository, creates thousands that bring
 * nothing: two questions tell them from the others. So does a tag that another new ref of the push has below it, or
 * on the same commit; a branch is looked at for itself, for whoever works on from there meets what it ends in.
 */
export const listTelling = (git: Git, refs: readonly PushedRef[]): readonly PushedRef[] => {
  const created = refs.filter(isCreated);
  if (created.length < 2) return refs;
  const commits = peelAll(
    git,
    created.map(({ localId }) => localId),
  );
  const fresh = commits && listNew(git, new Set(commits.filter((commit) => commit !== undefined)));
  if (!fresh) return refs;
  const ids = new Set(fresh.map(([id]) => id));
  const taken = new Set(fresh.flatMap(([, ...parents]) => parents));
  for (const [at, ref] of created.entries()) if (!isTag(ref)) taken.add(commits[at] ?? '');
  const dropped = new Set(
    created.filter((ref, at) => {
      const commit = commits[at];
      if (commit === undefined) return false;
      if (!ids.has(commit)) return true;
      return isTag(ref) && (taken.has(commit) || !taken.add(commit));
    }),
  );
  return refs.filter((ref) => !dropped.has(ref));
};

/** More than this many make a command line too long. */
const MAX_KNOWN = 1000;

/** What the refs before a new tag of the same push have brought: commits that are judged already. */
export const listBrought = (refs: readonly PushedRef[], ref: PushedRef): string[] =>
  isCreated(ref) && isTag(ref)
    ? refs
        .slice(0, refs.indexOf(ref))
        .filter(isCreated)
        .map(({ localId }) => `^${localId}`)
        .slice(0, MAX_KNOWN)
    : [];

/** Where the other branches of a push end, of all that it moves; `ref` is the one that is asked about. */
export const listKept = (ends: readonly { ref: string; id: string }[], ref: string): string[] =>
  ends
    .filter((end) => end.ref !== ref && end.ref.startsWith('refs/heads/') && !isZero(end.id))
    .map(({ id }) => id)
    .slice(0, MAX_KNOWN);

/** The branch of the remote that a pushed ref moves; undefined for a tag. */
const branchOf = ({ remoteRef }: PushedRef): string | undefined =>
  remoteRef.startsWith('refs/heads/') ? remoteRef.slice('refs/heads/'.length) : undefined;

/** The commits that a server has not had before, of a ref that it is to take; undefined where there are none. */
export const scanReceivedRef = (git: Git, { oldId, newId }: UpdatedRef): PushScan | undefined => {
  const tip = isZero(newId) ? undefined : findTip(git, newId);
  if (tip === undefined) return undefined;
  const trusted = isZero(oldId) ? readHeadId(git) : oldId;
  return { trusted, commits: scanRange(git, [tip, '--not', '--all']) };
};

/** A branch, or HEAD where it is detached; in a worktree HEAD is told beside its branch. */
const isBranch = (ref: string): boolean => ref === 'HEAD' || ref.startsWith('refs/heads/');

const MAX_FORMER = 1_000;

/** Where HEAD has been in this worktree, as far as git remembers. */
const listFormerHeads = (git: Git): string[] =>
  git
    .run(['rev-list', '--walk-reflogs', `--max-count=${MAX_FORMER}`, 'HEAD', '--'])
    .stdout.toString()
    .split('\n')
    .filter(Boolean);

/**
 * The new commits that are about to be on a branch, or under a detached HEAD; undefined where nothing is new:
 * a deletion, or commits that a branch, a remote or HEAD has, or had. What HEAD has was judged when it came
 * there, so that the last step of a rebase, an abort, and the way back from a reset are never stopped.
 */
export const scanUpdatedRef = (git: Git, { newId, ref }: UpdatedRef): PushScan | undefined => {
  if (!isBranch(ref) || isZero(newId)) return undefined;
  const head = readHeadId(git);
  const former = head === undefined ? [] : [head, '--ignore-missing', ...listFormerHeads(git)];
  const known = ['--not', '--branches', '--remotes', ...former];
  const commits = scanRange(git, [newId, ...known]);
  return commits.length > 0 ? { trusted: head, commits } : undefined;
};

/**
 * What a forced push drops: commits of the remote's branch that the pushed one has neither themselves nor
 * as an equal patch, and that no other branch of the remote keeps, or gets by the same push.
 */
export const scanDropped = (
  git: Git,
  ref: PushedRef,
  { name: remote, kept = [] }: Pick<PushedTo, 'name' | 'kept'>,
): CommitChange[] => {
  const branch = branchOf(ref);
  if (branch === undefined || isZero(ref.localId) || isZero(ref.remoteId)) return [];
  if (isForward(git, ref.remoteId, ref.localId)) return [];
  const others = [`--exclude=${remote}/${branch}`, '--exclude=*/HEAD', '--remotes'];
  const known = isRemoteName(remote) ? others : [];
  return scanLost(git, ref.remoteId, ref.localId, [...kept, ...known]);
};

/** The same of a ref that a server is to move. */
export const scanLostByServer = (
  git: Git,
  { oldId, newId, ref }: UpdatedRef,
  kept: readonly string[],
): CommitChange[] => {
  if (!ref.startsWith('refs/heads/') || isZero(oldId) || isZero(newId)) return [];
  if (isForward(git, oldId, newId)) return [];
  return scanLost(git, oldId, newId, [
    ...kept,
    `--exclude=${ref.slice('refs/heads/'.length)}`,
    '--branches',
  ]);
};

const isForward = (git: Git, from: string, to: string): boolean =>
  git.run(['merge-base', '--is-ancestor', from, to]).code === 0;

const scanLost = (git: Git, from: string, to: string, kept: readonly string[]): CommitChange[] =>
  scanRange(git, ['--cherry-pick', '--right-only', `${to}...${from}`, '--not', ...kept]);
