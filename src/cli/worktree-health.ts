import { Undecided } from '../kit/errors.ts';
import { printable, quoteName } from '../kit/quote.ts';
import { type Ledger, listActive, loadBinding, type StoredGrant } from '../locks/index.ts';
import type { Workspace } from './workspace.ts';
import {
  findBoundHolder,
  findMainTop,
  listGitDirs,
  listLinkedWorktrees,
  readBranch,
  readLockReason,
} from './worktree-list.ts';
import { isTaken } from './worktree-store.ts';
import { removeCommand } from './worktree-target.ts';

type Problem = { message: string; remedy: string };

/** Worktrees of which nobody can tell whose they are: no command of theirs decides. */
export const listSpoiledBindings = (workspace: Workspace): Problem[] =>
  listGitDirs(workspace.context, workspace.repository).flatMap((gitDir) => {
    try {
      loadBinding(workspace.context.files, gitDir);
      return [];
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      return [{ message: error.message, remedy: error.remedy }];
    }
  });

/** The branches that worktrees have which are there, the main one too. */
const listBranches = (workspace: Workspace): Set<string | undefined> => {
  const { context, repository } = workspace;
  const linked = listLinkedWorktrees(context, repository).filter(({ top }) => isTaken(top));
  const main = findMainTop(workspace) === undefined ? [] : [{ gitDir: repository.commonDir }];
  return new Set([...linked, ...main].map((worktree) => readBranch(context, worktree)));
};

/**
 * Worktrees of holders that are not where git has them: deleted, or moved, by other means than git's. One that
 * is locked may be on a disk that is away.
 */
export const listLostWorktrees = ({ context, repository }: Workspace): Problem[] =>
  listLinkedWorktrees(context, repository)
    .filter((tree) => !isTaken(tree.top) && readLockReason(context, tree) === undefined)
    .flatMap(({ gitDir, top }) => {
      const holder = findBoundHolder(context, gitDir);
      if (holder === undefined) return [];
      const message = `the worktree of ${quoteName(holder)}, ${printable(top)}, is not there (if it was moved: git worktree repair PATH)`;
      return [{ message, remedy: removeCommand(top) }];
    });

/**
 * Grants whose worktree is gone: removed by other means, or never finished. A worktree that was moved, with the
 * whole clone maybe, is known by its holder, or by the branch that the grant was made on: what is still at work
 * keeps its grant.
 */
export const listStrandedGrants = (workspace: Workspace, ledger: Ledger): Problem[] => {
  const { context } = workspace;
  const bound = new Set(
    listGitDirs(workspace.context, workspace.repository).map((dir) =>
      findBoundHolder(context, dir),
    ),
  );
  const branches = listBranches(workspace);
  const isMoved = ({ holder, about: { branch } }: StoredGrant): boolean =>
    bound.has(holder) || (branch !== undefined && branches.has(branch));
  const isStranded = (grant: StoredGrant): boolean => {
    const { worktree, host } = grant.about;
    return worktree !== undefined && host === context.host && !isTaken(worktree) && !isMoved(grant);
  };
  return listActive(ledger)
    .filter(isStranded)
    .map(({ holder, about: { worktree = '' } }) => ({
      message: `${quoteName(holder)} holds a grant for ${printable(worktree)}, which is gone`,
      remedy: removeCommand(worktree),
    }));
};
