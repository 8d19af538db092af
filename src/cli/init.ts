import { isAbsolute, join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { printable, shellQuote } from '../kit/quote.ts';
import {
  type CloneSettings,
  listActive,
  loadSettings,
  saveSettings,
  stateDirectory,
} from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import {
  type Command,
  type Context,
  hasFlag,
  JSON_OPTION,
  printJson,
  textOption,
  type Words,
} from './command.ts';
import { type Installed, removeInstallation, uninstallHook } from './hook-store.ts';
import {
  ALL_HOOK_NAMES,
  assertOwnPlace,
  findHooksPlace,
  type HooksPlace,
  listHookNames,
  settleHooksPlace,
} from './hooks-place.ts';
import { installHooks } from './install.ts';
import { HOOK_SCRIPT } from './places.ts';
import { defaultSettings, openWorkspace, readHookNeeds, type Workspace } from './workspace.ts';

const FIRST_CONFIG = {
  $schema: './node_modules/leasehold/schema.json',
  locks: { ttl: '1h' },
  guard: { mode: 'enforce', requireLock: [] },
  owners: { identities: {} },
};

/** The config for a repository that has none; false where one is there already, valid or not. */
const writeFirstConfig = ({ context, repository }: Workspace): boolean => {
  if (repository.top === '') return false;
  const text = `${JSON.stringify(FIRST_CONFIG, null, 2)}\n`;
  return context.files.create(join(repository.top, CONFIG_FILE), text);
};

/** What a repository that others push to sees of locks: those in a directory that it shares, or none. */
const readServer = ({ repository }: Workspace, words: Words): Pick<CloneSettings, 'server'> => {
  if (!hasFlag(words, 'server')) return {};
  if (repository.top !== '') {
    throw new Undecided('usage', '--server is for a bare repository', 'leasehold init');
  }
  if (hasFlag(words, 'owners-only')) return { server: 'owners' };
  if (textOption(words, 'locks-dir') !== undefined) return { server: 'locks' };
  throw new Undecided(
    'usage',
    'a server sees no locks that clones keep to themselves; --locks-dir names a directory that they share, --owners-only judges owners alone',
    'leasehold init --server --owners-only',
  );
};

/** Fixes store and place of the locks for this clone; moving them while somebody holds one would lose it. */
const settleClone = async (
  workspace: Workspace,
  locksDir: string | undefined,
  server: Pick<CloneSettings, 'server'>,
): Promise<void> => {
  const { context, git, repository, store } = workspace;
  const known = loadSettings(context.files, repository.commonDir);
  const wanted = locksDir === undefined ? undefined : resolveLocksDir(context, locksDir);
  const isSettled = known && (wanted === undefined || wanted === known.locks);
  if (isSettled && known.server === server.server) return;
  if (known && !isSettled && listActive(await store.read()).length > 0) {
    throw new Undecided(
      'usage',
      'the locks cannot move while somebody holds one',
      'leasehold status',
    );
  }
  const settings = known ?? defaultSettings(git);
  saveSettings(context.files, repository.commonDir, {
    ...settings,
    locks: wanted ?? settings.locks,
    ...server,
  });
};

const resolveLocksDir = (context: Context, directory: string): string =>
  isAbsolute(directory) ? directory : join(context.cwd, directory);

const describeInstalled = (name: string, { change, kept }: Installed): string => {
  const before =
    kept === undefined ? '' : `; the hook that was there runs first, kept as ${printable(kept)}`;
  return `${name}: ${change}${before}`;
};

const settlePlace = ({ context, git, repository }: Workspace): HooksPlace => {
  const { place, lost } = settleHooksPlace(git, repository, context.files);
  if (lost !== undefined) {
    context.tell(
      `core.hooksPath (${printable(lost)}) is not there in this worktree; it gets the hooks of the git directory`,
    );
  }
  return place;
};

const warnRelative = ({ context }: Workspace, place: HooksPlace): void => {
  if (!place.isRelative) return;
  context.tell(
    `${context.errorPalette.warn('warning:')} core.hooksPath is relative: a linked worktree without that directory runs no hooks; run leasehold init there once`,
  );
};

const install = async (workspace: Workspace, words: Words): Promise<number> => {
  const { context, repository } = workspace;
  const place = settlePlace(workspace);
  assertOwnPlace(place, repository, hasFlag(words, 'global-hooks'));
  const server = readServer(workspace, words);
  await settleClone(workspace, textOption(words, 'locks-dir'), server);
  const hooks = installHooks({
    commonDir: repository.commonDir,
    hooks: place.directory,
    bundle: context.bundle,
    names: listHookNames(readHookNeeds(workspace)),
  });
  const hasNewConfig = writeFirstConfig(workspace);
  warnRelative(workspace, place);
  if (hasFlag(words, 'json')) {
    printJson(context, {
      version: JSON_VERSION,
      hooks: hooks.map(({ name, installed }) => ({
        name,
        ...installed,
        kept: installed.kept ?? null,
      })),
      directory: place.directory,
      config: hasNewConfig ? 'written' : 'kept',
    });
    return 0;
  }
  context.print(`${context.palette.good('Hooks')} in ${printable(place.directory)}`);
  for (const { name, installed } of hooks) context.print(`  ${describeInstalled(name, installed)}`);
  if (hasNewConfig) {
    context.print(
      `${context.palette.good('Config')} written: ${CONFIG_FILE}; it counts from the commit that adds it`,
    );
    context.print(
      `next: git add -- ${CONFIG_FILE} && git commit -m ${shellQuote('chore: guard this repository')}`,
    );
  } else context.print(context.palette.runnable('next: leasehold claim SCOPE…'));
  return 0;
};

const UNINSTALLED = {
  removed: 'taken out',
  restored: 'restored as it was',
  'not-ours': 'left: it is not ours',
  missing: 'not there',
};

const uninstall = ({ context, git, repository, clone }: Workspace, words: Words): number => {
  const place = findHooksPlace(git, repository);
  const hooks = ALL_HOOK_NAMES.map((name) => ({
    name,
    change: uninstallHook(place.directory, name),
  }));
  const state = stateDirectory(repository.commonDir);
  removeInstallation([join(state, HOOK_SCRIPT), join(state, 'bin'), join(state, 'cache')]);
  if (hasFlag(words, 'json')) {
    printJson(context, { version: JSON_VERSION, hooks, directory: place.directory });
    return 0;
  }
  for (const { name, change } of hooks) context.print(`${name}: ${UNINSTALLED[change]}`);
  context.print(
    `${CONFIG_FILE} and the locks in ${printable(clone.places.locks)} stay; remove them yourself if you want them gone.`,
  );
  return 0;
};

const run: Command['run'] = async (context, words) => {
  const workspace = openWorkspace(context);
  return hasFlag(words, 'uninstall') ? uninstall(workspace, words) : install(workspace, words);
};

export const command: Command = {
  usage: 'leasehold init [--locks-dir DIR] [--global-hooks] | --uninstall',
  about:
    'Sets this clone up: hooks in the place where git looks for them, a first config where there is ' +
    'none. What is there is kept and runs first. Safe to run again; every worktree of the clone is covered.',
  options: {
    uninstall: {
      type: 'boolean',
      shown: '--uninstall',
      help: 'take the hooks out, and put back what was there',
    },
    'locks-dir': {
      type: 'string',
      shown: '--locks-dir DIR',
      help: 'keep the lock files there instead of in the git directory',
    },
    'global-hooks': {
      type: 'boolean',
      shown: '--global-hooks',
      help: 'install even where core.hooksPath is set for all your repositories',
    },
    server: {
      type: 'boolean',
      shown: '--server',
      help: 'in a bare repository that others push to: judge what it is to take',
    },
    'owners-only': {
      type: 'boolean',
      shown: '--owners-only',
      help: 'with --server: judge owners alone, for it sees no locks',
    },
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold init', 'once a clone'],
    ['leasehold init --server --owners-only', 'where others push to'],
  ],
  attends: false,
  run,
};
