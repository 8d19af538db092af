import { join, sep } from 'node:path';
import { DIFF_FLAGS, POLICY_PATHS, RANGE_WORDS } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { printable, shellQuote } from '../kit/quote.ts';
import { VERSION } from '../kit/version.ts';
import { stateDirectory } from '../locks/index.ts';
import {
  copyBundle,
  HOOK_FILES,
  makeRoom,
  readBundle,
  recordPackageHome,
  replaceFile,
} from './bundle-store.ts';
import { GUARD_FILES, GUARD_OPTIONS } from './compiled.ts';
import { keepCompiled } from './compiled-store.ts';
import { BASE_REFS } from './default-branch.ts';
import { installForwards } from './forward-store.ts';
import { toRefusal } from './hook-files-store.ts';
import { rememberHookPlace } from './hook-places-store.ts';
import { followRemovals, type Installed, installHook, uninstallHook } from './hook-store.ts';
import { sealHook } from './hook-text.ts';
import {
  ALL_HOOK_NAMES,
  assertOwnPlace,
  findDeadEnd,
  type HooksPlace,
  listHookNames,
  settleHooksPlace,
} from './hooks-place.ts';
import { binDirectory, HOOK_SCRIPT } from './places.ts';
import { readHookNeeds, type Workspace } from './workspace.ts';

const STUB = join('hooks', 'stub.sh');
const SCRIPT = join('hooks', HOOK_SCRIPT);

/** What was installed, hook by hook. */
export type InstalledHooks = { name: string; installed: Installed }[];

/** node starts no module from a path with a backslash in it: a hook there could only end in a stack trace. */
const assertStartable = (commonDir: string): void => {
  if (sep === '\\' || !commonDir.includes('\\')) return;
  throw new Undecided(
    'hooks-refused',
    `node cannot start what hooks would run from ${printable(commonDir)}: there is a backslash in the path`,
    'move the repository to a path without a backslash',
  );
};

/** Fills in the script that the hooks read; every value is quoted for the shell. */
export const fillHookScript = (template: string, values: { node: string; bin: string }): string =>
  template
    .replaceAll('@NODE@', () => shellQuote(values.node))
    .replaceAll('@BIN@', () => shellQuote(values.bin))
    .replaceAll('@NODE_OPTIONS@', () => GUARD_OPTIONS.join(' '))
    .replaceAll('@FILES@', () => HOOK_FILES.join(' '))
    .replaceAll('@DIFF_FLAGS@', () => DIFF_FLAGS.join(' '))
    .replaceAll('@BASE_REFS@', () => BASE_REFS.join(' '))
    .replaceAll('@RANGE_WORDS@', () => RANGE_WORDS.map(shellQuote).join(' '))
    .replaceAll('@POLICY_PATHS@', () => POLICY_PATHS.map(shellQuote).join(' '));

/** The node that a script starts; undefined where it says none. */
export const readHookNode = (script: string): string | undefined => {
  const word = /^leasehold_node=(.*)$/m.exec(script)?.[1];
  return word?.startsWith("'") ? word.slice(1, -1).replaceAll("'\\''", "'") : word;
};

/** What this version would have written to start this node, and the text of its hooks. */
export const expectInstallation = (
  bundle: ReadonlyMap<string, string>,
  commonDir: string,
  node: string,
): { script: string; stub: string } => ({
  script: fillHookScript(bundle.get(SCRIPT) ?? '', { node, bin: binDirectory(commonDir, VERSION) }),
  stub: sealHook(bundle.get(STUB) ?? ''),
});

/**
 * Copies the running bundle into the common dir, writes the script that hooks read, and puts the hooks
 * in their place, in that order: a hook never starts what is not there yet. One of ours that is needed no
 * more leaves.
 */
export const installHooks = (at: {
  commonDir: string;
  hooks: string;
  bundle: string;
  /** The hooks to put there. */
  names: readonly string[];
  /** Where the hooks of this place lead on to, from a worktree's top. */
  standsFor?: string | undefined;
}): InstalledHooks => {
  assertStartable(at.commonDir);
  const bundle = readBundle(at.bundle);
  const { script, stub } = expectInstallation(bundle, at.commonDir, process.execPath);
  try {
    const bin = binDirectory(at.commonDir, VERSION);
    makeRoom(bin, join(stateDirectory(at.commonDir), HOOK_SCRIPT));
    copyBundle(bundle, bin);
    keepCompiled(bin, GUARD_FILES);
    recordPackageHome(at.bundle, bin);
    replaceFile(join(stateDirectory(at.commonDir), HOOK_SCRIPT), script, 0o644);
    rememberHookPlace(at.commonDir, at.hooks);
    followRemovals(at.hooks, at.names);
    for (const name of ALL_HOOK_NAMES.filter((one) => !at.names.includes(one))) {
      uninstallHook(at.hooks, name);
    }
    if (at.standsFor !== undefined) installForwards(at.hooks, at.standsFor, at.names);
    return at.names.map((name) => ({ name, installed: installHook(at.hooks, name, stub) }));
  } catch (error) {
    throw toRefusal(error);
  }
};

/** The place where git looks for hooks in this worktree; throws `Undecided` where none of ours may be put there. */
export const choosePlace = (
  { context, git, repository }: Workspace,
  { isShareAllowed }: { isShareAllowed: boolean },
): { place: HooksPlace; lost: string | undefined } => {
  const { place, lost } = settleHooksPlace(git, repository, context.files);
  const deadEnd = findDeadEnd(place, repository, context.isFile);
  if (deadEnd) throw deadEnd;
  assertOwnPlace(place, isShareAllowed);
  return { place, lost };
};

/** Puts the hooks that this clone needs into a place. */
export const installAt = (workspace: Workspace, place: HooksPlace): InstalledHooks =>
  installHooks({
    commonDir: workspace.repository.commonDir,
    hooks: place.directory,
    bundle: workspace.context.bundle,
    names: listHookNames(readHookNeeds(workspace)),
    standsFor: place.standsFor,
  });
