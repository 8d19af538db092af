import { Undecided } from '../kit/errors.ts';
import type { Context } from './command.ts';
import { isInCi } from './in-ci.ts';
import { openWorkspace } from './workspace.ts';

/** What a package manager runs when it has installed a package's dependencies. */
const AT_INSTALL = ['prepare', 'postinstall'];

/** Whether a package manager started this by itself, and nobody is waiting for what it says. */
export const startsAtInstall = (env: NodeJS.ProcessEnv): boolean =>
  AT_INSTALL.includes(env.npm_lifecycle_event ?? '');

const explainNoRepository = (context: Context): string | undefined => {
  try {
    openWorkspace(context);
    return undefined;
  } catch (error) {
    const isMissing =
      error instanceof Undecided &&
      (error.code === 'not-a-repository' || error.code === 'git-failed');
    if (isMissing) return error.message;
    throw error;
  }
};

/**
 * What an installation is told instead of getting hooks: CI makes no commits of anybody's work, and an
 * unpacked archive or an image without git has nothing to put hooks into. Undefined where it gets them.
 */
export const toldInstead = (context: Context): string | undefined => {
  if (!startsAtInstall(context.env)) return undefined;
  if (isInCi(context.env)) return 'leasehold: no hooks are installed in CI';
  const reason = explainNoRepository(context);
  return reason === undefined ? undefined : `leasehold: no hooks are installed: ${reason}`;
};
