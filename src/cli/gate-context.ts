import {
  type Concern,
  type GateContext,
  type Judgement,
  listPossibleHolders,
} from '../guard/index.ts';
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

/** Several refs of one push are judged at one instant: what is said of them is said in the same words. */
const atOneInstant = (read: GateContext['readLedger']): GateContext['readLedger'] => {
  let now: number | undefined;
  return async (near) => {
    const ledger = await read(near);
    now ??= ledger.now;
    return { ...ledger, now };
  };
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
    readLedger: atOneInstant((near) =>
      near ? readNearby(workspace, as, near) : workspace.store.read(),
    ),
    readEvents: workspace.readEvents,
    sight: settings?.server ?? (settings?.store === 'git' ? 'shared' : 'all'),
    identify: (ledger) => identify(workspace, as, ledger),
  };
};

/** The same in a hook of git's: those run at the top, and what they advise is read where git was started. */
export const hookContext = (workspace: Workspace): GateContext => {
  const gate = gateContext(workspace, undefined);
  const { GIT_PREFIX: prefix = gate.repository.prefix } = workspace.context.env;
  return { ...gate, repository: { ...gate.repository, prefix } };
};

const isRefusedByLocks = ({ verdict, findings }: Judgement): boolean =>
  verdict === 'block' &&
  findings.some(({ severity, rule }) => severity === 'error' && rule.startsWith('lock/'));

/**
 * The judgement of a commit in progress. Shared locks that it is accepted by may be as old as `locks.maxStale`;
 * before it is refused by them they are looked at once more, for they may have been released since.
 */
export const judgeByShared = async <T extends Judgement | undefined>(
  workspace: Workspace,
  judge: () => Promise<T>,
): Promise<T> => {
  const judged = await judge();
  if (!judged || !isRefusedByLocks(judged) || !workspace.isShared) return judged;
  workspace.demandLocks('prompt');
  return judge();
};
