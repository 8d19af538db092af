import { type Git, listDifferent, readLine } from '../kit/git.ts';
import { type Merge, withMergeResult, withPickResult } from '../radar/index.ts';
import type { Range } from './range.ts';
import type { Workspace } from './workspace.ts';

type Commit = Range['commits'][number];

type Paths = ReadonlySet<string>;

/** A pull request's own commits, oldest first, the last of which is its head, and those that it came in by. */
export type Landing = { head: string; own: readonly Commit[]; covered: readonly Commit[] };

const blobsOf = ({ changes }: Commit): ReadonlyMap<string, string | undefined> =>
  new Map(changes.map(({ path, blob }) => [path, blob]));

/** What one of the pull request's own commits has left just so, in its mode too. */
const leaveOutOwn = (
  git: Git,
  { commit, changes }: Commit,
  own: readonly Commit[],
  paths: Paths,
): Paths => {
  const left = new Set(paths);
  const made = new Map(changes.map(({ path, blob }) => [path, blob]));
  for (const one of own.toReversed()) {
    const blobs = blobsOf(one);
    const alike = [...left].filter((path) => blobs.has(path) && blobs.get(path) === made.get(path));
    if (alike.length === 0) continue;
    const different = listDifferent(git, one.commit, commit);
    for (const path of alike) if (!different.has(path)) left.delete(path);
  }
  return left;
};

/** What is otherwise in a commit than git makes it by itself; all of it where git cannot tell. */
const leaveOutMade =
  (commit: string, paths: Paths) =>
  (merge: Merge | undefined, scratch: Git): Paths => {
    if (merge === undefined || merge.kind === 'failed') return paths;
    const different = listDifferent(scratch, merge.tree, commit);
    const isUnmerged = (path: string): boolean =>
      merge.kind === 'conflict' && merge.conflicts.has(path);
    return new Set([...paths].filter((path) => different.has(path) || isUnmerged(path)));
  };

/** What is neither of merging the pull request into what was there before, nor of picking `origin` onto that. */
const leaveOutMerged = async (
  { git, context, repository }: Workspace,
  commit: string,
  { head, origin }: { head: string; origin: string | undefined },
  paths: Paths,
): Promise<Paths> => {
  const before = readLine(git, ['rev-parse', '--verify', '--quiet', `${commit}^1^{commit}`]);
  if (paths.size === 0 || before === undefined) return paths;
  const at = { env: context.env, repository };
  const left = await withMergeResult(at, [before, head], leaveOutMade(commit, paths));
  if (left.size === 0 || origin === undefined) return left;
  const picked = { onto: before, picked: origin };
  return withPickResult(at, picked, leaveOutMade(commit, left));
};

/**
 * What commits have beyond the pull request that they came of. They bring what its own commits bring, and those
 * are judged; so a path is left out where it is byte for byte what one of those has made of it, or what git
 * makes of merging them. All else was done by whoever made the commit: a conflict that was settled by hand, or
 * an edit on the way.
 */
export const listBeyond = async (workspace: Workspace, landing: Landing): Promise<Commit[]> => {
  const { head, own, covered } = landing;
  const touched = new Set(own.flatMap(({ changes }) => changes.map(({ path }) => path)));
  const beyond: Commit[] = [];
  for (const [at, commit] of covered.entries()) {
    const paths = commit.changes.map(({ path }) => path).filter((path) => touched.has(path));
    // Of a rebase each commit is one of the pull request's.
    const origin = covered.length === own.length ? own[at]?.commit : undefined;
    const unlike = leaveOutOwn(workspace.git, commit, own, new Set(paths));
    const left = await leaveOutMerged(workspace, commit.commit, { head, origin }, unlike);
    const changes = commit.changes.filter(({ path }) => !touched.has(path) || left.has(path));
    if (changes.length > 0) beyond.push({ ...commit, changes });
  }
  return beyond;
};
