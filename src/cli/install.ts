import { join, sep } from 'node:path';
import { POLICY_PATHS } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { printable, shellQuote } from '../kit/quote.ts';
import { VERSION } from '../kit/version.ts';
import { stateDirectory } from '../locks/index.ts';
import {
  copyBundle,
  type Installed,
  installHook,
  readBundle,
  replaceFile,
  uninstallHook,
} from './hook-store.ts';
import { ALL_HOOK_NAMES } from './hooks-place.ts';
import { binDirectory, HOOK_SCRIPT } from './places.ts';

const STUB = join('hooks', 'stub.sh');
const SCRIPT = join('hooks', HOOK_SCRIPT);

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
    .replaceAll('@POLICY_PATHS@', () => POLICY_PATHS.map(shellQuote).join(' '));

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
}): { name: string; installed: Installed }[] => {
  assertStartable(at.commonDir);
  const bundle = readBundle(at.bundle);
  const bin = binDirectory(at.commonDir, VERSION);
  copyBundle(bundle, bin);
  const script = fillHookScript(bundle.get(SCRIPT) ?? '', { node: process.execPath, bin });
  replaceFile(join(stateDirectory(at.commonDir), HOOK_SCRIPT), script, 0o644);
  const stub = bundle.get(STUB) ?? '';
  for (const name of ALL_HOOK_NAMES.filter((one) => !at.names.includes(one))) {
    uninstallHook(at.hooks, name);
  }
  return at.names.map((name) => ({ name, installed: installHook(at.hooks, name, stub) }));
};
