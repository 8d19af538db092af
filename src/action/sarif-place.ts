import { dirname, join, relative, resolve } from 'node:path';
import type { Context } from '../cli/index.ts';
import { Undecided } from '../kit/errors.ts';
import { isWithin } from '../kit/paths.ts';
import { printable } from '../kit/quote.ts';
import type { Inputs } from './inputs.ts';

const refuse = (path: string, why: string): Undecided =>
  new Undecided(
    'usage',
    `sarif-file is not written: ${printable(path)} ${why}`,
    'leave sarif-file out, for a place in RUNNER_TEMP, or name one in the workspace that no link leads to',
  );

/** The next directory above that is there; what lies below it is still to be made. */
const findExisting = ({ findRealPath }: Context, directory: string): string => {
  for (let above = directory; ; above = dirname(above)) {
    if (findRealPath(above) !== undefined || above === dirname(above)) return above;
  }
};

/**
 * Where the SARIF log goes: beside the workspace, or where the workflow has it. The tree there is the head's, and
 * must not lead it anywhere else: below the workspace, or RUNNER_TEMP, it is reached by directories alone. Makes
 * those that are missing, and takes away what lies there; throws `Undecided` where it cannot be had so.
 */
export const prepareSarifPlace = (context: Context, { sarif }: Inputs): string => {
  const { env, cwd, files, findRealPath } = context;
  const [workspace, temp] = [env.GITHUB_WORKSPACE ?? cwd, env.RUNNER_TEMP ?? cwd];
  const path = sarif === '' ? resolve(temp, 'leasehold.sarif') : resolve(workspace, sarif);
  const root = [temp, workspace].find((one) => path !== one && isWithin(path, one));
  if (root === undefined) throw refuse(sarif, 'is not below the workspace');
  const isPlain = (directory: string): boolean =>
    findRealPath(directory) === join(findRealPath(root) ?? root, relative(root, directory));
  const directory = dirname(path);
  // Not even an empty directory is made where a link leads to.
  if (!isPlain(findExisting(context, directory))) throw refuse(sarif, 'leads through a link');
  files.makeDirectory(directory);
  if (!isPlain(directory)) throw refuse(sarif, 'leads through a link');
  files.remove(path);
  return path;
};
