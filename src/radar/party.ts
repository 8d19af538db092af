import { type Ref, shortName } from './refs.ts';

/** A worktree as `git worktree list` tells it. */
export type ListedWorktree = {
  path: string;
  /** Undefined on an unborn branch. */
  head: string | undefined;
  /** Undefined on a detached HEAD. */
  branch: string | undefined;
  isBare: boolean;
  isLocked: boolean;
};

/** A worktree that is there. */
export type Worktree = {
  path: string;
  gitDir: string;
  /** Where it stands; during a rebase where its branch stood before. */
  head: string | undefined;
  branch: string | undefined;
  /** Its files are halves of commits then, and what it works on is what its branch had. */
  isRebasing: boolean;
  /** The other sides of a merge that is not finished. */
  mergeHeads: readonly string[];
};

/** One line of work: a branch with its worktree if it has one, or a worktree on no branch. */
export type Party = {
  /** The branch's name, or the worktree's path where it is on none; no two are the same. */
  name: string;
  branch: string | undefined;
  worktree: Worktree | undefined;
  /** What it is on top of: the tip, and the other sides of a merge that is not finished. */
  heads: readonly [string, ...string[]];
};

/** What was not looked at, and why, in one clause. */
export type Skipped = { name: string; reason: string };

/**
 * `git worktree list --porcelain`; attributes end with a NUL each where it was asked with `-z`, else with a
 * newline, and a worktree with an empty one.
 */
export const parseWorktrees = (output: string, end: '\0' | '\n'): ListedWorktree[] =>
  output
    .split(end + end)
    .filter((record) => record !== '')
    .map((record) => {
      const words = new Map(
        record.split(end).map((line) => {
          const [key = '', ...value] = line.split(' ');
          return [key, value.join(' ')] as const;
        }),
      );
      const head = words.get('HEAD') ?? '';
      const branch = words.get('branch');
      return {
        path: words.get('worktree') ?? '',
        head: /^0*$/.test(head) ? undefined : head,
        branch: branch === undefined ? undefined : shortName(branch),
        isBare: words.has('bare'),
        isLocked: words.has('locked'),
      };
    });

/** Every line of work: worktrees first. What has no commit yet cannot be compared. */
export const listParties = (
  branches: readonly Ref[],
  worktrees: readonly Worktree[],
): { parties: Party[]; skipped: Skipped[] } => {
  const parties: Party[] = [];
  const skipped: Skipped[] = [];
  const taken = new Set<string>();
  for (const worktree of worktrees) {
    const { path, branch, head, mergeHeads } = worktree;
    // `git worktree add --force` lets two of them stand on one branch.
    const name = branch === undefined || taken.has(branch) ? path : branch;
    taken.add(name);
    if (head === undefined) skipped.push({ name, reason: 'it has no commit yet' });
    else parties.push({ name, branch, worktree, heads: [head, ...mergeHeads] });
  }
  for (const { name: ref, id } of branches) {
    const name = shortName(ref);
    if (taken.has(name)) continue;
    parties.push({ name, branch: name, worktree: undefined, heads: [id] });
  }
  return { parties, skipped };
};
