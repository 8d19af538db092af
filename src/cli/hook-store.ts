import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import { replaceFile } from './bundle-store.ts';
import {
  freeName,
  inspect,
  inspectHook,
  isOurs,
  isSame,
  isThere,
  KEPT_DIRECTORY,
  keepAt,
  keptPath,
  managerOf,
  moveAwayCommand,
  moveOver,
  restoreAs,
  statOf,
} from './hook-files-store.ts';
import { findEdit, toScript } from './hook-text.ts';

/**
 * What an installation did. `kept` is where the hook that was there before now is; `edited` where ours is as
 * somebody had edited it, which runs no more.
 */
export type Installed = {
  change: 'installed' | 'updated' | 'unchanged';
  kept: string | undefined;
  edited?: string | undefined;
};

/**
 * What taking our hook out did; `left` is a hook that is still kept, for another stands in its place, and
 * `edited` ours as somebody had edited it. Of one that is reduced there is what somebody had added to it.
 */
export type Uninstalled = {
  change: 'removed' | 'restored' | 'reduced' | 'not-ours' | 'missing';
  left: string | undefined;
  edited?: string | undefined;
};

/**
 * Where managers move what they find in their place: ours too, when they install themselves anew.
 * pre-commit runs what it moved, from there; lefthook does not, and installs nothing while the name is taken.
 */
const ASIDE = [
  { suffix: '.legacy', manager: 'pre-commit', runs: true },
  { suffix: '.old', manager: 'lefthook', runs: false },
] as const;

type Aside = (typeof ASIDE)[number];

/** The hooks in a directory that are ours, whatever list they were installed from. */
export const listOwnHooks = (directory: string): string[] =>
  (statOf(`${directory}/.`)?.isDirectory() ? readdirSync(directory) : [])
    .map((name) => name.replace(/\.(?:legacy|old)$/, ''))
    .filter((name, index, all) => all.indexOf(name) === index)
    .filter((name) => ['', '.legacy', '.old'].some((end) => isOurs(join(directory, name + end))));

/** Why no hook can be put in a place: something lies there that git runs no more than we could keep it. */
export const findObstruction = (path: string): Undecided | undefined => {
  const stat = statOf(path);
  if (!stat || stat.isFile() || stat.isSymbolicLink()) return undefined;
  return new Undecided(
    'hooks-refused',
    `${printable(path)} is no file, and no hook can be put there`,
    moveAwayCommand(path),
  );
};

const assertKeepable = (path: string): void => {
  const obstruction = findObstruction(path);
  if (obstruction) throw obstruction;
};

/**
 * Keeps what is at a hook's place under its own name in a directory beside it. What is kept already gives
 * way to the same hook, and to a newer one of its own manager's; anything else moves on to a free name.
 * Undefined where the place has become ours meanwhile: another `init` was quicker.
 */
const keepHook = (directory: string, name: string): string | undefined => {
  const path = join(directory, name);
  assertKeepable(path);
  const kept = keptPath(directory, name);
  mkdirSync(join(directory, KEPT_DIRECTORY), { recursive: true });
  const fresh = `${kept}.leasehold-${process.pid}`;
  rmSync(fresh, { force: true });
  keepAt(path, fresh);
  if (isOurs(fresh)) {
    unlinkSync(fresh);
    return undefined;
  }
  const manager = managerOf(fresh);
  const isRenewed = manager !== undefined && manager === managerOf(kept);
  if (isThere(kept) && !isRenewed && !isSame(kept, fresh)) renameSync(kept, freeName(kept));
  moveOver(fresh, kept);
  return kept;
};

/** What stands in for our hook where a manager has moved it aside: what it would have found without us. */
const findSpare = (directory: string, name: string, { suffix, manager }: Aside) => {
  const spare = keptPath(directory, name + suffix);
  if (isThere(spare)) return spare;
  const kept = keptPath(directory, name);
  return isThere(kept) && managerOf(kept) !== manager ? kept : undefined;
};

/** A hook of ours that a manager has moved aside leaves, and what would be there without us is kept. */
const takeBack = (directory: string, name: string, aside: Aside): void => {
  const path = join(directory, name + aside.suffix);
  const spare = keptPath(directory, name + aside.suffix);
  const found = findSpare(directory, name, aside);
  if (found !== undefined && found !== spare) renameSync(found, spare);
  if (found === undefined || !aside.runs) unlinkSync(path);
  else restoreAs(spare, path, { keeps: true });
};

/** What a manager had moved aside before us is ours to look after: it would move our hook over it. */
const keepSpare = (directory: string, name: string, aside: Aside): void => {
  const path = join(directory, name + aside.suffix);
  const spare = keptPath(directory, name + aside.suffix);
  const isTheirs = [join(directory, name), keptPath(directory, name)].some(
    (hook) => managerOf(hook) === aside.manager,
  );
  // What runs where it is may be changed there; what does not was moved, and this one is not the first.
  if (!isTheirs || (isThere(spare) && !aside.runs)) return;
  mkdirSync(join(directory, KEPT_DIRECTORY), { recursive: true });
  rmSync(spare, { force: true });
  keepAt(path, spare);
  if (!aside.runs) unlinkSync(path);
};

/** pre-commit was taken out by its own command, and gave our hook its place back: so is what it had moved. */
const followManager = (directory: string, name: string, aside: Aside): void => {
  const kept = keptPath(directory, name);
  const spare = keptPath(directory, name + aside.suffix);
  const isGone = aside.runs && !isThere(join(directory, name + aside.suffix)) && isThere(spare);
  if (!isGone || !isOurs(join(directory, name)) || managerOf(kept) !== aside.manager) return;
  renameSync(spare, kept);
};

const settleAside = (directory: string, name: string, aside: Aside): void => {
  if (isOurs(join(directory, name + aside.suffix))) takeBack(directory, name, aside);
  else if (isThere(join(directory, name + aside.suffix))) keepSpare(directory, name, aside);
  else followManager(directory, name, aside);
};

const modeOf = (path: string): number => (statOf(path)?.mode ?? 0o755) & 0o777;

/** What is still kept in a directory of hooks: what was there before what was there before, and edited ones. */
export const listKept = (directory: string): string[] => {
  const kept = join(directory, KEPT_DIRECTORY);
  return statOf(kept)?.isDirectory() ? readdirSync(kept).map((name) => join(kept, name)) : [];
};

/** Keeps a hook of ours as somebody has edited it, where it does not run; once, whoever edits it again and again. */
const keepEdited = (directory: string, name: string): string | undefined => {
  mkdirSync(join(directory, KEPT_DIRECTORY), { recursive: true });
  const path = join(directory, name);
  const kept = keptPath(directory, `${name}.edited`);
  const known = listKept(directory).find((other) => other.startsWith(kept) && isSame(other, path));
  if (known !== undefined) return known;
  const free = isThere(kept) ? freeName(kept) : kept;
  keepAt(path, free);
  const state = inspect(free);
  if (state.kind !== 'ours' || findEdit(state.text)) return free;
  // Another `init` was quicker.
  unlinkSync(free);
  return undefined;
};

/** Whether a hook that is kept is just what somebody has added once more. */
const isKeptAlready = (kept: string, added: string): boolean => {
  const state = inspect(kept);
  return state.kind === 'other' && state.text === toScript(added);
};

/** What somebody has added to a hook of ours runs first, as if it had been there; any other edit is kept aside. */
const keepOwn = (directory: string, name: string, text: string): Omit<Installed, 'change'> => {
  const edit = findEdit(text);
  const kept = keptPath(directory, name);
  if (!edit) return { kept: undefined };
  if (edit.added === undefined || (isThere(kept) && !isKeptAlready(kept, edit.added))) {
    return { kept: undefined, edited: keepEdited(directory, name) };
  }
  mkdirSync(join(directory, KEPT_DIRECTORY), { recursive: true });
  replaceFile(kept, toScript(edit.added), modeOf(join(directory, name)));
  return { kept };
};

/** Puts our hook in its place. What was there is kept and chained: at no moment is there no hook. */
export const installHook = (directory: string, name: string, text: string): Installed => {
  mkdirSync(directory, { recursive: true });
  for (const aside of ASIDE) settleAside(directory, name, aside);
  const state = inspectHook(directory, name);
  if (state.kind === 'ours' && state.text === text && state.isExecutable) {
    return { change: 'unchanged', kept: undefined };
  }
  const before =
    state.kind === 'ours'
      ? keepOwn(directory, name, state.text)
      : { kept: state.kind === 'other' ? keepHook(directory, name) : undefined };
  replaceFile(join(directory, name), text, 0o755);
  return { change: state.kind === 'ours' ? 'updated' : 'installed', ...before };
};

const restoreAside = (directory: string, name: string, aside: Aside): void => {
  const path = join(directory, name + aside.suffix);
  const spare = keptPath(directory, name + aside.suffix);
  if (isOurs(path)) {
    const found = findSpare(directory, name, aside);
    if (found === undefined) unlinkSync(path);
    else restoreAs(found, path);
  } else if (isThere(spare) && !isThere(path)) restoreAs(spare, path);
  else if (isThere(spare) && isSame(spare, path)) unlinkSync(spare);
};

/** Another hook stands in our place: what is kept goes where that one would have taken its place anyway. */
const dropOverwritten = (path: string, kept: string): string | undefined => {
  if (!isThere(kept)) return undefined;
  const manager = managerOf(path);
  const isOutrun = isSame(path, kept) || (manager !== undefined && manager === managerOf(kept));
  if (!isOutrun) return kept;
  unlinkSync(kept);
  return undefined;
};

const restoreHook = (directory: string, name: string): Uninstalled => {
  const path = join(directory, name);
  const kept = keptPath(directory, name);
  const state = inspect(path);
  if (state.kind === 'other') return { change: 'not-ours', left: dropOverwritten(path, kept) };
  const edit = state.kind === 'ours' ? findEdit(state.text) : undefined;
  if (edit?.added !== undefined && !isThere(kept)) {
    replaceFile(path, toScript(edit.added), modeOf(path));
    return { change: 'reduced', left: undefined };
  }
  const edited = edit && keepEdited(directory, name);
  if (isThere(kept)) {
    restoreAs(kept, path);
    return { change: 'restored', left: undefined, edited };
  }
  if (state.kind === 'ours') unlinkSync(path);
  return { change: state.kind === 'ours' ? 'removed' : 'missing', left: undefined, edited };
};

/**
 * simple-git-hooks removes whatever its config has no more, ours too; where it has written hooks over ours, what
 * was kept of its others is gone for good.
 */
export const followRemovals = (directory: string, names: readonly string[]): void => {
  const isIts = (path: string): boolean => managerOf(path) === 'simple-git-hooks';
  if (!names.some((name) => isIts(join(directory, name)))) return;
  const removed = names.filter((name) => !isThere(join(directory, name)));
  for (const kept of removed.map((name) => keptPath(directory, name))) {
    if (isIts(kept)) unlinkSync(kept);
  }
};

/** Takes our hook out and puts back what was there before. A hook that is not ours stays. */
export const uninstallHook = (directory: string, name: string): Uninstalled => {
  for (const aside of ASIDE) restoreAside(directory, name, aside);
  const uninstalled = restoreHook(directory, name);
  removeIfEmpty(join(directory, KEPT_DIRECTORY));
  return uninstalled;
};

const removeIfEmpty = (directory: string): void => {
  if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
};
