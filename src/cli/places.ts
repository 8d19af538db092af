import { join } from 'node:path';
import { stateDirectory } from '../locks/index.ts';

/** Where compiled policies are kept. */
export const cacheDirectory = (commonDir: string): string =>
  join(stateDirectory(commonDir), 'cache');

/** Where the bundles that hooks run are copied to, a directory a version. */
export const binDirectory = (commonDir: string, version: string): string =>
  join(stateDirectory(commonDir), 'bin', version);

/** The hooks of worktrees that lack the relative directory of `core.hooksPath`. */
export const ownHooksDirectory = (commonDir: string): string =>
  join(stateDirectory(commonDir), 'hooks');

/** What the installed hooks read, in the state directory. */
export const HOOK_SCRIPT = 'hook.sh';

/** There once somebody whom nothing names has been told how to be somebody. */
export const NOBODY_MARK = 'nobody-told';
