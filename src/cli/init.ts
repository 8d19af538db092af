import { isAbsolute, join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { printable } from '../kit/quote.ts';
import {
  type CloneSettings,
  isLost,
  listActive,
  loadSettings,
  saveSettings,
} from '../locks/index.ts';
import { readCiWanted, writeCi, writeProjectFile } from './ci-install.ts';
import {
  type Command,
  type Context,
  hasFlag,
  JSON_OPTION,
  textOption,
  type Words,
} from './command.ts';
import { readTemplate } from './export-template.ts';
import type { HooksPlace } from './hooks-place.ts';
import { printOutcome, printOutcomeJson, printQuietly } from './init-report.ts';
import { choosePlace, installAt } from './install.ts';
import { startsAtInstall, toldInstead } from './prepare.ts';
import { writeProtocol } from './protocol.ts';
import { uninstall } from './uninstall.ts';
import { defaultSettings, openWorkspace, type Workspace } from './workspace.ts';

const FIRST_CONFIG = {
  $schema: './node_modules/leasehold/schema.json',
  locks: { ttl: '1h' },
  guard: { mode: 'enforce', requireLock: [] },
  owners: { identities: {} },
};

/**
 * The config for a repository that has none; false where one is there already, valid or not. It appears whole:
 * another process that finds it empty could not decide by it.
 */
const writeFirstConfig = ({ context, repository }: Workspace): boolean => {
  const { files, createId } = context;
  const path = join(repository.top, CONFIG_FILE);
  if (repository.top === '' || files.read(path, 0).kind !== 'gone') return false;
  const draft = `${path}.${createId()}`;
  files.create(draft, `${JSON.stringify(FIRST_CONFIG, null, 2)}\n`);
  return files.rename(draft, path);
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

/** Where the locks of a clone are, as far as `init` says so. */
const placeOf = ({ store, locks, ledger, issues }: CloneSettings): string =>
  JSON.stringify([
    store,
    locks,
    ledger?.ref,
    ledger?.remote,
    issues?.repository,
    issues?.label,
    issues?.api,
  ]);

/**
 * The settings that this run asks for. A script that runs by itself, on whatever is checked out, moves no
 * locks: it takes the config for a new clone alone.
 */
const findWanted = (
  workspace: Workspace,
  known: CloneSettings | undefined,
  { locksDir, isQuiet }: { locksDir: string | undefined; isQuiet: boolean },
): CloneSettings => {
  const { context } = workspace;
  const usual = known && isQuiet ? known : defaultSettings(workspace);
  const settings = { ...usual, ignoreCase: known?.ignoreCase ?? usual.ignoreCase };
  if (locksDir === undefined) {
    return settings.store === 'file' ? { ...settings, locks: known?.locks ?? null } : settings;
  }
  if (settings.store === 'file') {
    return { ...settings, locks: resolveLocksDir(context, locksDir) };
  }
  throw new Undecided(
    'usage',
    `--locks-dir is for locks in files, and ${CONFIG_FILE} keeps them in a ref`,
    'leasehold init',
  );
};

/** Fixes store and place of the locks for this clone; moving them while somebody holds one would lose it. */
const settleClone = async (
  workspace: Workspace,
  asked: { locksDir: string | undefined; isQuiet: boolean },
  server: Pick<CloneSettings, 'server'>,
): Promise<void> => {
  const { context, repository, store } = workspace;
  const known = loadSettings(context.files, repository.commonDir);
  const wanted = { ...findWanted(workspace, known, asked), ...server };
  const moves = known === undefined || placeOf(known) !== placeOf(wanted);
  if (known && moves && listActive(await store.read()).length > 0) {
    throw new Undecided(
      'usage',
      'the locks cannot move while somebody holds one',
      'leasehold status',
    );
  }
  // Made once: later on one that is gone was taken away, and what is held in it is not.
  if (moves && wanted.locks !== null) context.files.makeDirectory(wanted.locks);
  saveSettings(context.files, repository.commonDir, wanted);
};

const resolveLocksDir = (context: Context, directory: string): string =>
  isAbsolute(directory) ? directory : join(context.cwd, directory);

const tellLost = ({ context }: Workspace, lost: string | undefined): void => {
  if (lost === undefined) return;
  context.tell(
    `core.hooksPath (${printable(lost)}) is not there in this worktree; it gets hooks of its own in the git directory`,
  );
};

const warnRelative = ({ context }: Workspace, place: HooksPlace): void => {
  if (!place.isRelative) return;
  context.tell(
    `${context.errorPalette.warn('warning:')} core.hooksPath is relative: a linked worktree without that directory runs no hooks; run there once: ${context.errorPalette.runnable('leasehold init')}`,
  );
};

const warnLost = ({ context, clone }: Workspace): void => {
  if (!isLost(context.files, clone.places)) return;
  context.tell(
    `${context.errorPalette.warn('warning:')} the lock directory ${printable(clone.places.locks)} is gone, and nothing can be decided without it: leasehold doctor`,
  );
};

const install = async (workspace: Workspace, words: Words): Promise<number> => {
  const { context } = workspace;
  const isQuiet = hasFlag(words, 'quiet') || startsAtInstall(context.env);
  const server = readServer(workspace, words);
  const wanted = readCiWanted(words);
  const file = readTemplate(words, wanted?.host);
  const { place, lost } = choosePlace(workspace, {
    isShareAllowed: hasFlag(words, 'global-hooks'),
  });
  await settleClone(workspace, { locksDir: textOption(words, 'locks-dir'), isQuiet }, server);
  const hooks = installAt(workspace, place);
  tellLost(workspace, lost);
  // A script that runs by itself brings no new file into anybody's working tree.
  const hasNewConfig = !isQuiet && writeFirstConfig(workspace);
  const ci = wanted ? writeCi(workspace, wanted) : [];
  const template = file && writeProjectFile(workspace, file);
  const protocol = hasFlag(words, 'protocol') ? writeProtocol(workspace) : [];
  if (!isQuiet) warnRelative(workspace, place);
  warnLost(workspace);
  const { prefix } = workspace.repository;
  const outcome = { place, hooks, hasNewConfig, ci, template, protocol, prefix };
  if (hasFlag(words, 'json')) printOutcomeJson(context, outcome);
  else if (isQuiet) printQuietly(context, outcome);
  else printOutcome(context, outcome);
  return 0;
};

const run: Command['run'] = async (context, words) => {
  if (hasFlag(words, 'uninstall')) return uninstall(openWorkspace(context), words);
  const told = toldInstead(context);
  if (told === undefined) return install(openWorkspace(context), words);
  context.tell(told);
  return 0;
};

export const command: Command = {
  usage:
    'leasehold init [--locks-dir DIR] [--ci HOST [--settings]] [--template exports] [--protocol] [--global-hooks] [--quiet] | --uninstall',
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
    ci: {
      type: 'string',
      shown: '--ci HOST',
      help: 'write what the CI of github or gitlab needs; what is there is kept',
    },
    settings: {
      type: 'boolean',
      shown: '--settings',
      help: 'with --ci github: branch protection too, in .github/settings.yml',
    },
    template: {
      type: 'string',
      shown: '--template exports',
      help: 'write the template of pull requests that change exports; what it ticks is checked',
    },
    protocol: {
      type: 'boolean',
      shown: '--protocol',
      help: 'write who locks what, and when, into CONTRIBUTING.md; and the form for lock issues',
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
    quiet: {
      type: 'boolean',
      shown: '--quiet',
      help: 'the hooks alone, and a word only where they have changed; so it runs as a prepare script',
    },
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold init', 'once a clone'],
    ['leasehold init --ci github --settings', 'with a workflow, and required checks and reviews'],
    ['leasehold init --server --owners-only', 'where others push to'],
    ['"prepare": "leasehold init || exit 0"', 'in package.json: every fresh clone, by npm install'],
    ['leasehold init --quiet', 'the same in a Makefile, or whatever sets a clone up'],
  ],
  attends: false,
  run,
};
