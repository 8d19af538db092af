import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import { type CloneSettings, type Freshness, loadSettings, type Mirrored } from '../locks/index.ts';
import { openIssueMirror } from './issue-place.ts';
import type { Workspace } from './workspace.ts';

/** For how long a command may be kept by a host that is slow, and a diagnosis. */
const HASTY: Freshness = { isFresh: () => false, limit: 5_000, attempts: 1, need: 'none' };
const PATIENT: Freshness = { ...HASTY, limit: 20_000, attempts: 3 };

/** Where this clone's locks are shown beside its store; undefined where they are not. */
const findMirror = ({
  context,
  repository,
}: Workspace): Required<Pick<CloneSettings, 'mirror' | 'store'>> | undefined => {
  const settings = loadSettings(context.files, repository.commonDir);
  return settings?.mirror && { mirror: settings.mirror, store: settings.store };
};

/**
 * Shows what is held here as issues, where the clone is set to. Undefined where it is not; a failure is told in
 * the answer, and never thrown.
 */
export const showAsIssues = async (
  workspace: Workspace,
  freshness: Freshness = HASTY,
): Promise<Mirrored | undefined> => {
  try {
    const found = findMirror(workspace);
    if (!found || found.store === 'github') return undefined;
    const { context, git, clone, store } = workspace;
    const site = { git, clone, settings: found.mirror, freshness: () => freshness };
    const readLedger = () => store.read();
    return await openIssueMirror(context, site, { store: found.store, readLedger })();
  } catch (failure) {
    if (!(failure instanceof Undecided)) throw failure;
    return { shown: 0, left: 1, failure, isNews: true };
  }
};

/** The same with a diagnosis's patience. */
export const diagnoseMirror = (workspace: Workspace): Promise<Mirrored | undefined> =>
  showAsIssues(workspace, PATIENT);

/** What a command leaves behind: its verdict stands whatever comes of this, and one line says what did not. */
export const mirrorAfterwards = async (workspace: Workspace): Promise<void> => {
  const { context } = workspace;
  const mirrored = await showAsIssues(workspace);
  if (!mirrored?.failure || !mirrored.isNews) return;
  const { message, remedy } = mirrored.failure;
  const { warn, runnable } = context.errorPalette;
  const next = remedy === 'leasehold doctor' ? remedy : `${remedy}; then: leasehold doctor`;
  context.tell(
    `${warn('warning:')} lock issues do not show yet what is held: ${printable(message)}; next: ${runnable(printable(next))}`,
  );
};
