import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** What is at a hook's place: nothing, a hook of ours (and whether git would run it), or somebody else's. */
export type HookState =
  | { kind: 'missing' }
  | { kind: 'ours'; text: string; isExecutable: boolean }
  | { kind: 'other' };

/** What an installation did. `kept` is where the hook that was there before now is. */
export type Installed = { change: 'installed' | 'updated' | 'unchanged'; kept: string | undefined };

const KEPT_DIRECTORY = 'before-leasehold';
const MARK = '# leasehold-hook:';

const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

/** Looks at a hook without following a link: what a link points to is never ours to change. */
export const inspectHook = (directory: string, name: string): HookState => {
  const path = join(directory, name);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return { kind: 'missing' };
  if (!stat.isFile()) return { kind: 'other' };
  const text = readFileSync(path, 'utf8');
  if (!text.split('\n', 3).some((line) => line.startsWith(MARK))) return { kind: 'other' };
  return { kind: 'ours', text, isExecutable: (stat.mode & 0o111) !== 0 };
};

/** Writes a file in one step: a reader, or git, sees the old one or the new one, whole. */
export const replaceFile = (path: string, text: string, mode: number): void => {
  const fresh = `${path}.leasehold-${process.pid}`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { flag: 'wx' });
  chmodSync(fresh, mode);
  const descriptor = openSync(fresh, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(fresh, path);
};

const freeName = (path: string): string => {
  let count = 1;
  while (existsSync(`${path}.${count}`) || isLink(`${path}.${count}`)) count += 1;
  return `${path}.${count}`;
};

/** A relative link is read from where it lies: one directory down, it goes one up first. */
const keepLink = (path: string, kept: string): void => {
  const target = readlinkSync(path);
  symlinkSync(isAbsolute(target) ? target : join('..', target), kept);
};

const keepFile = (path: string, kept: string): void => {
  try {
    linkSync(path, kept);
  } catch {
    // A file system without hard links; the copy carries the mode over.
    copyFileSync(path, kept);
    chmodSync(kept, lstatSync(path).mode & 0o777);
  }
};

/** Keeps what is at `path` under its own name in a directory beside it; an older one that is kept there moves on. */
const keepHook = (directory: string, name: string): string => {
  const kept = join(directory, KEPT_DIRECTORY, name);
  mkdirSync(join(directory, KEPT_DIRECTORY), { recursive: true });
  if (existsSync(kept) || isLink(kept)) renameSync(kept, freeName(kept));
  const path = join(directory, name);
  if (isLink(path)) keepLink(path, kept);
  else keepFile(path, kept);
  return kept;
};

/** Puts our hook in its place. What was there is kept and chained: at no moment is there no hook. */
export const installHook = (directory: string, name: string, text: string): Installed => {
  mkdirSync(directory, { recursive: true });
  const state = inspectHook(directory, name);
  const path = join(directory, name);
  if (state.kind === 'ours' && state.text === text && state.isExecutable) {
    return { change: 'unchanged', kept: undefined };
  }
  const kept = state.kind === 'other' ? keepHook(directory, name) : undefined;
  replaceFile(path, text, 0o755);
  return { change: state.kind === 'ours' ? 'updated' : 'installed', kept };
};

const restoreKept = (kept: string, path: string): void => {
  const target = isLink(kept) ? readlinkSync(kept) : undefined;
  if (target === undefined || isAbsolute(target)) {
    renameSync(kept, path);
    return;
  }
  const fresh = `${path}.leasehold-${process.pid}`;
  symlinkSync(target.replace(/^\.\.\//, ''), fresh);
  renameSync(fresh, path);
  unlinkSync(kept);
};

/** Takes our hook out and puts back what was there before. A hook that is not ours stays. */
export const uninstallHook = (
  directory: string,
  name: string,
): 'removed' | 'restored' | 'not-ours' | 'missing' => {
  const state = inspectHook(directory, name);
  if (state.kind === 'missing') return 'missing';
  if (state.kind === 'other') return 'not-ours';
  const path = join(directory, name);
  const kept = join(directory, KEPT_DIRECTORY, name);
  const hasKept = existsSync(kept) || isLink(kept);
  if (hasKept) restoreKept(kept, path);
  else unlinkSync(path);
  removeIfEmpty(join(directory, KEPT_DIRECTORY));
  return hasKept ? 'restored' : 'removed';
};

const removeIfEmpty = (directory: string): void => {
  if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
};

const BUNDLE = [
  'leasehold.cjs',
  'config.cjs',
  'guard.cjs',
  'guard-owners.cjs',
  'guard-report.cjs',
  join('hooks', 'stub.sh'),
  join('hooks', 'hook.sh'),
];

/** The files of the running bundle, by name. */
export const readBundle = (directory: string): Map<string, string> =>
  new Map(BUNDLE.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));

/** Copies the bundle to where hooks run it from; a file that is the same already is left alone. */
export const copyBundle = (bundle: ReadonlyMap<string, string>, to: string): void => {
  mkdirSync(join(to, 'hooks'), { recursive: true });
  for (const [name, text] of bundle) {
    const path = join(to, name);
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) replaceFile(path, text, 0o644);
  }
};

/** Removes what `init` put into the state directory; locks, log and settings stay. */
export const removeInstallation = (paths: readonly string[]): void => {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
};
