import type { Actor } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { printable, quoteName } from '../kit/quote.ts';
import { type Ledger, listActive, loadBinding, saveBinding } from '../locks/index.ts';
import type { Option } from './command.ts';
import type { Workspace } from './workspace.ts';

/** What a claim takes that dedicates the worktree too. */
export const BIND_OPTION = {
  bind: {
    type: 'boolean',
    shown: '--bind',
    help: 'dedicate this worktree to the holder: whoever works in it is them',
  },
} as const satisfies Record<string, Option>;

const refused = (message: string, remedy: string): Undecided =>
  new Undecided('usage', message, remedy);

/**
 * Refuses what would let one pass as another: a worktree of a session's or a person's own name, where the
 * next to come would be them; and one that another holder still works from.
 */
export const assertBindable = (
  { context, repository }: Workspace,
  { holder, source }: Actor,
  ledger: Ledger,
): void => {
  if (repository.top === '') {
    throw refused('there is no worktree here to dedicate', 'leasehold worktree add HOLDER SCOPE');
  }
  if (source === 'session' || source === 'email') {
    throw refused(
      'a worktree is dedicated to a name of its own: whoever came next would pass as you',
      'leasehold claim --bind --as NAME SCOPE',
    );
  }
  const bound = loadBinding(context.files, repository.gitDir)?.holder;
  if (bound === undefined || bound === holder) return;
  if (!listActive(ledger).some((grant) => grant.holder === bound)) return;
  throw refused(
    `this worktree is dedicated to ${quoteName(bound)}, who holds grants and would pass as ${quoteName(holder ?? '')}`,
    `ask ${quoteName(bound)} to release them, or where nobody works as them any more: leasehold worktree unbind`,
  );
};

/** Dedicates this worktree, and says so. The branch that was made for it stays known as such. */
export const bindWorktree = ({ context, repository }: Workspace, holder: string): void => {
  const { files, palette } = context;
  const known = loadBinding(files, repository.gitDir);
  saveBinding(files, repository.gitDir, { ...known, holder });
  context.tell(
    palette.faint(
      `${printable(repository.top)} is ${quoteName(holder)}'s: whoever works there without a name is ${quoteName(holder)}`,
    ),
  );
};
