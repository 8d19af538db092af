import { resolve } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { printable, quoteName, shellCommand } from '../kit/quote.ts';
import { type Binding, type Ledger, loadBinding, type StoredGrant } from '../locks/index.ts';
import { findOwnPlace } from './typed.ts';
import type { Workspace } from './workspace.ts';
import {
  findBoundHolder,
  findMainTop,
  type LinkedWorktree,
  listLinkedWorktrees,
} from './worktree-list.ts';

/** What `worktree remove` gives back. `tree` is missing where only grants are left of it. */
export type Target = {
  path: string;
  tree: LinkedWorktree | undefined;
  binding: Binding | undefined;
  grants: readonly StoredGrant[];
};

const usage = (message: string, remedy: string): Undecided =>
  new Undecided('usage', message, remedy);

/** The command that gives this worktree back. */
export const removeCommand = (path: string, options = ''): string =>
  shellCommand(`leasehold worktree remove${options}`, [path]);

/** A worktree by its directory, or by the one holder to whom it is dedicated. */
const findTree = (
  { context }: Workspace,
  trees: readonly LinkedWorktree[],
  { typed, path }: { typed: string; path: string },
): LinkedWorktree | undefined => {
  const byPath = trees.find(({ top }) => top === path || top === context.findRealPath(path));
  if (byPath) return byPath;
  const [only, ...more] = trees.filter(({ gitDir }) => findBoundHolder(context, gitDir) === typed);
  if (only === undefined || more.length === 0) return only;
  const paths = [only, ...more].map(({ top }) => printable(top)).join(', ');
  throw usage(
    `${quoteName(typed)} has ${more.length + 1} worktrees: ${paths}`,
    removeCommand(only.top),
  );
};

/** What is left of a worktree that is none: of a removal by other means, of a process that was killed. */
const findRemains = (
  ledger: Ledger,
  worktrees: readonly (string | undefined)[],
  { typed, path }: { typed: string; path: string },
): Target | undefined => {
  const grants = ledger.grants.filter(
    ({ holder, about: { worktree } }) =>
      worktree !== undefined &&
      (worktree === path || (holder === typed && !worktrees.includes(worktree))),
  );
  const [first] = grants;
  return (
    first && { path: first.about.worktree ?? path, tree: undefined, binding: undefined, grants }
  );
};

/**
 * What belongs to a worktree: all that its holder has, but for what was made in another worktree that is
 * there still. Of one that is dedicated to nobody, what was claimed in it.
 */
const describeTree = (
  workspace: Workspace,
  ledger: Ledger,
  { tree, elsewhere }: { tree: LinkedWorktree; elsewhere: readonly (string | undefined)[] },
): Target => {
  const binding = loadBinding(workspace.context.files, tree.gitDir);
  const grants = ledger.grants.filter(({ holder, about: { worktree } }) =>
    binding
      ? holder === binding.holder && (worktree === undefined || !elsewhere.includes(worktree))
      : worktree === tree.top,
  );
  if (binding || grants.length > 0) return { path: tree.top, tree, binding, grants };
  throw usage(
    `${printable(tree.top)} is dedicated to nobody, and nobody has claimed anything in it`,
    shellCommand('git worktree remove', [tree.top]),
  );
};

/** The worktree that a user means by its directory or its holder; throws `Undecided` where there is none. */
export const findTarget = (workspace: Workspace, ledger: Ledger, typed: string): Target => {
  const { context, repository } = workspace;
  const path = findOwnPlace(context, resolve(context.cwd, typed));
  const main = findMainTop(workspace);
  if (path === main) {
    throw usage(
      `${printable(path)} is the main worktree, which goes with the clone`,
      'leasehold release --all',
    );
  }
  const trees = listLinkedWorktrees(context, repository);
  const tree = findTree(workspace, trees, { typed, path });
  const elsewhere = [main, ...trees.filter((other) => other !== tree).map(({ top }) => top)];
  if (tree) return describeTree(workspace, ledger, { tree, elsewhere });
  const remains = findRemains(ledger, elsewhere, { typed, path });
  if (remains) return remains;
  throw usage(
    `${printable(typed)} is neither a worktree of this repository nor a holder who has one`,
    'git worktree list',
  );
};
