import { Undecided } from '../kit/errors.ts';
import { printable, quoteName } from '../kit/quote.ts';
import { type Ledger, listActive, loadBinding, type StoredGrant } from '../locks/index.ts';
import type { Workspace } from './workspace.ts';
import { findBoundHolder, listLinkedWorktrees } from './worktree-list.ts';
import { isTaken } from './worktree-store.ts';
import { removeCommand } from './worktree-target.ts';

type Problem = { message: string; remedy: string };

const listGitDirs = ({ context, repository }: Workspace): string[] => [
  repository.commonDir,
  ...listLinkedWorktrees(context, repository).map(({ gitDir }) => gitDir),
];

/** Worktrees of which nobody can tell whose they are: no command of theirs decides. */
export const listSpoiledBindings = (workspace: Workspace): Problem[] =>
  listGitDirs(workspace).flatMap((gitDir) => {
    try {
      loadBinding(workspace.context.files, gitDir);
      return [];
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      return [{ message: error.message, remedy: error.remedy }];
    }
  });

/**
 * Grants whose worktree is gone: removed by other means, or never finished. A worktree that was moved is
 * known by its holder.
 */
export const listStrandedGrants = (workspace: Workspace, ledger: Ledger): Problem[] => {
  const { context } = workspace;
  const bound = new Set(listGitDirs(workspace).map((dir) => findBoundHolder(context, dir)));
  const isStranded = ({ holder, about: { worktree, host } }: StoredGrant): boolean =>
    worktree !== undefined && host === context.host && !bound.has(holder) && !isTaken(worktree);
  return listActive(ledger)
    .filter(isStranded)
    .map(({ holder, about: { worktree = '' } }) => ({
      message: `${quoteName(holder)} holds a grant for ${printable(worktree)}, which is gone`,
      remedy: removeCommand(worktree),
    }));
};
