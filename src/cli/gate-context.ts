import { type Concern, type GateContext, listPossibleHolders } from '../guard/index.ts';
import { comparePath } from '../kit/paths.ts';
import { type Ledger, loadSettings, readGrants } from '../locks/index.ts';
import { findCache } from './places.ts';
import { identify, listSources, type Workspace } from './workspace.ts';

/**
 * Of thousands of grants a verdict reads those near its paths, and its actor's. All of them where a commit is
 * somebody else's, whose grants may carry another name, and where a note tells of a grant that has ended.
 */
const readNearby = async (
  workspace: Workspace,
  as: string | undefined,
  { paths, emails }: Concern,
): Promise<Ledger> => {
  const { context, clone, store } = workspace;
  const { files, clock } = context;
  await workspace.refreshLocks();
  const isOwn = emails.every((email) => email === workspace.email);
  if (!isOwn || files.list(clone.places.ended).length > 0) return store.read();
  const keys = paths.map((path) => comparePath(path, clone.rule));
  return readGrants({ files, clock }, clone, {
    paths: keys,
    ...listPossibleHolders(listSources(workspace, as, undefined)),
  });
};

/** What a gate needs, in this workspace. */
export const gateContext = (workspace: Workspace, as: string | undefined): GateContext => {
  const { context, git, repository } = workspace;
  const settings = loadSettings(context.files, repository.commonDir);
  return {
    git,
    repository,
    files: context.files,
    cache: findCache(context.files, repository.commonDir),
    readLedger: (near) => (near ? readNearby(workspace, as, near) : workspace.store.read()),
    readEvents: workspace.readEvents,
    sight: settings?.server ?? (settings?.store === 'git' ? 'shared' : 'all'),
    identify: (ledger) => identify(workspace, as, ledger),
  };
};
