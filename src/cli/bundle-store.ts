import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PACKAGE_HOME } from '../exports/index.ts';
import { GUARD_FILES } from './compiled.ts';

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

/** What hooks start, each needed for a verdict: one that is gone is told before anything is judged. */
export const HOOK_FILES: readonly string[] = [
  'leasehold.cjs',
  'daily.cjs',
  'whole.cjs',
  'config.cjs',
  'github.cjs',
  'audit.cjs',
  'start.cjs',
  ...GUARD_FILES,
];

const BUNDLE = [...HOOK_FILES, 'compile.cjs', join('hooks', 'stub.sh'), join('hooks', 'hook.sh')];

/** The files of the running bundle, by name. */
export const readBundle = (directory: string): Map<string, string> =>
  new Map(BUNDLE.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));

/** What this user may not read is written anew. */
const isSame = (path: string, text: string): boolean => {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
};

const isDirectory = (path: string): boolean | undefined =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory();

/**
 * Removes what lies in the place of files of ours in the state directory and is none: a file where the bundle's
 * directories have to be, a directory where a file has to be. All of it can be written anew.
 */
export const makeRoom = (bin: string, script: string): void => {
  for (const directory of [dirname(bin), bin, join(bin, 'hooks')]) {
    if (isDirectory(directory) === false) rmSync(directory);
  }
  for (const file of [script, ...BUNDLE.map((name) => join(bin, name))]) {
    if (isDirectory(file)) rmSync(file, { recursive: true });
  }
};

/** Copies the bundle to where hooks run it from; a file that is the same already is left alone. */
export const copyBundle = (bundle: ReadonlyMap<string, string>, to: string): void => {
  mkdirSync(join(to, 'hooks'), { recursive: true });
  for (const [name, text] of bundle) {
    if (!isSame(join(to, name), text)) replaceFile(join(to, name), text, 0o644);
  }
};

/**
 * Writes down beside a copied bundle where the package is that it came from, for what is not bundled is
 * found there: the parser of TypeScript. A copy hands on what it was told itself.
 */
export const recordPackageHome = (from: string, to: string): void => {
  const told = join(from, PACKAGE_HOME);
  const home = existsSync(told) ? readFileSync(told, 'utf8') : `${from}\n`;
  if (!isSame(join(to, PACKAGE_HOME), home)) replaceFile(join(to, PACKAGE_HOME), home, 0o644);
};

/** The files of the bundle that are not in `directory` as they are in `bundle`. */
export const listSpoiled = (bundle: ReadonlyMap<string, string>, directory: string): string[] =>
  [...bundle].filter(([name, text]) => !isSame(join(directory, name), text)).map(([name]) => name);

/** Removes what `init` put into the state directory; locks, log and settings stay. */
export const removeInstallation = (paths: readonly string[]): void => {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
};
