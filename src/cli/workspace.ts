import { join } from 'node:path';
import {
  type Actor,
  type IdentitySources,
  listHeadBlobs,
  loadPolicy,
  type Policy,
  readConfig,
  resolveActor,
} from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import {
  createGit,
  findRepository,
  type Git,
  type Repository,
  readCommitterEmail,
  readLine,
} from '../kit/git.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { shellCommand } from '../kit/quote.ts';
import {
  type Clone,
  type CloneSettings,
  type Ledger,
  type LogEvent,
  listActive,
  loadBinding,
  loadSettings,
  type Store,
  saveSettings,
} from '../locks/index.ts';
import { createHandNeeds, openTrustedSide } from './approval-needs.ts';
import type { Context } from './command.ts';
import type { HookNeeds } from './hooks-place.ts';
import { warnWithoutHooks } from './hooks-warning.ts';
import { type Demand, type LockPlace, openLockPlace, toSettings } from './lock-place.ts';
import { loadSideConfig } from './side-config.ts';

/** A repository as a command works in it. What reaches the locks is opened when it is asked for. */
export type Workspace = {
  context: Context;
  git: Git;
  repository: Repository;
  readonly clone: Clone;
  readonly store: Store;
  /** What happened to the locks, oldest first, as far as this clone has seen it. */
  readEvents: () => LogEvent[];
  /** These three as `LockPlace` says. */
  readonly compact: LockPlace['compact'];
  readonly outbox: LockPlace['outbox'];
  readonly isShared: boolean;
  /** Brings lock files up to what is demanded, for whoever reads them without the store. */
  refreshLocks: () => Promise<void>;
  /** How new shared locks are to be from here on; `now` unless said otherwise. */
  demandLocks: (demand: Demand) => void;
  /**
   * Where the locks are, in a clone that `init` has not set up: by this config rather than HEAD's. It counts
   * until the locks are opened.
   */
  locateLocks: (locks: Config['locks']) => void;
  /** Whose policy says which locks need an approval: this commit's rather than HEAD's, which may be what is judged. */
  trustSide: (commit: string) => void;
  /** The committer's e-mail; undefined where git has none. */
  readonly email: string | undefined;
};

const readIgnoreCase = (git: Git): boolean =>
  readLine(git, ['config', '--type=bool', 'core.ignorecase']) === 'true';

/** The settings that a config asks for, of a clone that has none yet. */
const settingsBy = (git: Git, locks: Config['locks']): CloneSettings =>
  toSettings(locks, readIgnoreCase(git));

/** The settings of a clone where `init` has not run. A config that is broken says nothing of locks. */
export const defaultSettings = (workspace: Workspace): CloneSettings => {
  try {
    return settingsBy(workspace.git, loadWorkspaceConfig(workspace).locks);
  } catch (error) {
    if (!(error instanceof Undecided) || error.code !== 'config-invalid') throw error;
    const ignoreCase = readIgnoreCase(workspace.git);
    return { version: 1, store: 'file', locks: null, ignoreCase };
  }
};

/** One a command: whoever opens it again finds what has been read already. */
const opened = new WeakMap<Context, Workspace>();

/** Finds the repository of the current directory; changes nothing. */
export const openWorkspace = (context: Context): Workspace => {
  const workspace = opened.get(context) ?? findWorkspace(context);
  opened.set(context, workspace);
  return workspace;
};

const findWorkspace = (context: Context): Workspace => {
  const git = createGit(context.cwd, context.env);
  const repository = findRepository(git);
  // Settings that are spoiled stop every command; only the default ones ask git, and wait for who needs them.
  const settings = loadSettings(context.files, repository.commonDir);
  let located = settings;
  let trusted: string | undefined;
  let demand: Demand = 'now';
  let locks: LockPlace | undefined;
  let committer: Pick<Workspace, 'email'> | undefined;
  const readHeadConfig = () => loadWorkspaceConfig(workspace);
  const openLocks = (): LockPlace => {
    const opening = located ?? defaultSettings(workspace);
    locks ??= openLockPlace(context, { git, repository }, opening, {
      demandOf: () => demand,
      needsOf: createHandNeeds(() => openTrustedSide(workspace, trusted, readHeadConfig)),
    });
    return locks;
  };
  const workspace: Workspace = {
    context,
    git,
    repository,
    get clone() {
      return openLocks().clone;
    },
    get store() {
      return openLocks().store;
    },
    get compact() {
      return openLocks().compact;
    },
    get outbox() {
      return openLocks().outbox;
    },
    get isShared() {
      return openLocks().isShared;
    },
    readEvents: () => openLocks().readEvents(),
    refreshLocks: () => openLocks().refresh(),
    demandLocks: (wanted) => {
      demand = wanted;
    },
    locateLocks: (config) => {
      located ??= settingsBy(git, config);
    },
    trustSide: (commit) => {
      trusted = commit;
    },
    get email() {
      committer ??= { email: readCommitterEmail(git) };
      return committer.email;
    },
  };
  return workspace;
};

/**
 * The same for a command that writes locks: fixes the clone's settings at the first write, so that every
 * later one compares paths in the same way.
 */
export const openForWriting = (context: Context): Workspace => {
  const workspace = openWorkspace(context);
  fixSettings(workspace);
  warnWithoutHooks(workspace, { writes: true });
  return workspace;
};

const fixSettings = (workspace: Workspace): void => {
  const { context, repository } = workspace;
  if (loadSettings(context.files, repository.commonDir)) return;
  saveSettings(context.files, repository.commonDir, defaultSettings(workspace));
};

/** All that says who acts in this workspace. */
export const listSources = (
  { context, repository, email }: Workspace,
  as: string | undefined,
  ledger: Ledger | undefined,
): IdentitySources => ({
  as,
  env: context.env,
  email,
  grants: ledger ? listActive(ledger) : [],
  findBound: () => loadBinding(context.files, repository.gitDir)?.holder,
});

/** Who acts in this workspace. */
export const identify = (workspace: Workspace, as: string | undefined, ledger: Ledger): Actor =>
  resolveActor(listSources(workspace, as, ledger));

/** What somebody does of whom nothing tells who they are. */
export const NAME_YOURSELF = 'export LEASEHOLD_HOLDER=NAME, or: git config user.email ADDRESS';

/** The actor's name; throws `Undecided` where nothing gives one. */
export const requireHolder = (actor: Actor): string => {
  if (actor.holder !== undefined) return actor.holder;
  throw new Undecided(
    'no-holder',
    'nothing says who you are: no --as, no LEASEHOLD_HOLDER, no dedicated worktree, no agent session, no e-mail in git',
    NAME_YOURSELF,
  );
};

/**
 * What this clone's hooks are for, by its settings and HEAD's policy. A config that is broken asks for no
 * strictness; whoever judges by it says what is wrong with it.
 */
export const readHookNeeds = (workspace: Workspace): HookNeeds => {
  const { context, repository } = workspace;
  const server = loadSettings(context.files, repository.commonDir)?.server !== undefined;
  try {
    return { server, strict: loadWorkspaceConfig(workspace).guard.strict };
  } catch (error) {
    if (!(error instanceof Undecided) || error.code !== 'config-invalid') throw error;
    return { server, strict: false };
  }
};

const MAX_CONFIG = 4 * 1024 * 1024;

/** The policy that a commit made now would be judged by. */
export const loadHeadPolicy = ({ git }: Workspace): Policy => loadPolicy(git, listHeadBlobs(git));

/**
 * The config that commands go by: HEAD's, and the working tree's only where HEAD has none yet. Never the
 * tree's over HEAD's, or whoever is bound by the config could loosen it by editing.
 */
export const loadWorkspaceConfig = (workspace: Workspace): Config => {
  const { context, git, repository } = workspace;
  const blobs = listHeadBlobs(git);
  if (blobs?.has(CONFIG_FILE)) return loadSideConfig(workspace, blobs);
  const content = context.files.read(join(repository.top, CONFIG_FILE), MAX_CONFIG);
  if (content.kind === 'gone') return loadSideConfig(workspace, undefined);
  if (content.kind === 'read')
    return readConfig(content.text, `${CONFIG_FILE} in the working tree`);
  throw new Undecided(
    'config-invalid',
    `${CONFIG_FILE} in the working tree cannot be read: ${content.reason}`,
    shellCommand('ls -la', [CONFIG_FILE]),
  );
};
