import { join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import {
  decideAnswered,
  decideRenew,
  isExpired,
  type Ledger,
  lifeOf,
  listDueForRenewal,
  listNotices,
  stateDirectory,
} from '../locks/index.ts';
import { renderNotices } from '../report/index.ts';
import { NOBODY_MARK } from './places.ts';
import { NAME_YOURSELF, type Workspace } from './workspace.ts';

/** Use renews: each of the holder's grants that is past half of its time gets all of it again. */
const renewByUse = async (
  { store }: Workspace,
  holder: string,
  ledger: Ledger,
): Promise<Ledger> => {
  const due = listDueForRenewal(ledger, (grant) => grant.holder === holder);
  for (const grant of due) await store.change(decideRenew(grant.id, holder, lifeOf(grant)));
  return due.length > 0 ? store.read() : ledger;
};

const tellNotices = async (
  { context, store }: Workspace,
  { holder, prefix }: { holder: string; prefix: string },
  ledger: Ledger,
): Promise<void> => {
  const notices = listNotices(ledger, holder);
  if (notices.length === 0) return;
  const at = { now: ledger.now, prefix };
  context.tell(renderNotices(notices, at, context.errorPalette));
  const asked = notices.flatMap((notice) => (notice.kind === 'asked' ? [notice.ask.file] : []));
  if (asked.length > 0) await store.change(decideAnswered(asked));
};

/**
 * A person, or a GUI, of whom nothing tells who they are: their commits pass where nobody holds a path of them,
 * and they are told once in a clone, while somebody holds anything, how to be somebody.
 */
const tellNobody = ({ context, repository }: Workspace, { grants, now }: Ledger): void => {
  if (grants.every((grant) => isExpired(grant, now))) return;
  const mark = join(stateDirectory(repository.commonDir), NOBODY_MARK);
  if (!context.files.create(mark, '')) return;
  context.tell(`note: nothing says who you are, so no lock can be yours; ${NAME_YOURSELF}`);
};

/** Nobody holds anything where nothing of ours is; who acts there needs no finding out. */
const hasState = ({ context, repository }: Workspace): boolean =>
  context.files.list(stateDirectory(repository.commonDir)).length > 0;

const hasAnythingToTell = ({ grants, ended, asks }: Ledger): boolean =>
  grants.length + ended.length + asks.length > 0;

/**
 * What every command and gate does for the holder who comes by: renews what they use, and tells what has
 * happened to it. It never changes what the command itself came to. `prefix` is where the reader stands, where that
 * is not where this runs.
 */
export const attend = async (
  workspace: Workspace,
  findHolder: (ledger: Ledger) => string | undefined,
  {
    renews,
    prefix = workspace.repository.prefix,
  }: { renews: boolean; prefix?: string | undefined },
): Promise<void> => {
  const { context } = workspace;
  try {
    if (!hasState(workspace)) return;
    workspace.demandLocks('recent');
    const ledger = await workspace.store.read();
    if (!hasAnythingToTell(ledger)) return;
    const holder = findHolder(ledger);
    if (holder === undefined) {
      tellNobody(workspace, ledger);
      return;
    }
    await tellNotices(
      workspace,
      { holder, prefix },
      renews ? await renewByUse(workspace, holder, ledger) : ledger,
    );
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    context.tell(
      `${context.errorPalette.warn('warning:')} your locks could not be looked after: ${printable(error.message)}`,
    );
  }
};
