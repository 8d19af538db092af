import { join } from 'node:path';
import type { FileReader } from '../kit/files.ts';
import { stateDirectory } from '../locks/index.ts';

/** Where compiled policies, configs and scans are kept. */
export const cacheDirectory = (commonDir: string): string =>
  join(stateDirectory(commonDir), 'cache');

/** The same; undefined where leasehold keeps nothing for a repository. */
export const findCache = (files: FileReader, commonDir: string): string | undefined =>
  files.list(stateDirectory(commonDir)).length > 0 ? cacheDirectory(commonDir) : undefined;

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
