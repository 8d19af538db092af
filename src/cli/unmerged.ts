import { findBase, readConfiguredBase, scanRange } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { comparePath } from '../kit/paths.ts';
import { type Claim, type Grant, scopeCovers } from '../locks/index.ts';
import { gateContext } from './gate-context.ts';
import type { Workspace } from './workspace.ts';

/** The remote that a base branch is looked for on, as git itself names it. */
const REMOTE = 'origin';

const listSince = (workspace: Workspace, grant: Grant, claims: readonly Claim[]): string[] => {
  const { git, clone } = workspace;
  const base = findBase(git, REMOTE, readConfiguredBase(gateContext(workspace, undefined)));
  if (base === undefined) return [];
  const isCovered = ({ path }: { path: string }) => {
    const key = comparePath(path, clone.rule);
    return claims.some((claim) => scopeCovers(claim.compiled, key));
  };
  return scanRange(git, ['HEAD', `^${base}`, `--max-age=${Math.floor(grant.lockedAt / 1000)}`])
    .filter(({ changes }) => changes.some(isCovered))
    .map(({ commit }) => commit);
};

/**
 * The commits here that were made while a grant was held, touch what of it is given up, and are not in the
 * base branch yet; oldest first. None where no base branch is known: a release never fails for advice.
 */
export const listUnmerged = (
  workspace: Workspace,
  grant: Grant,
  claims: readonly Claim[],
): string[] => {
  try {
    return listSince(workspace, grant, claims);
  } catch (error) {
    if (error instanceof Undecided) return [];
    throw error;
  }
};
