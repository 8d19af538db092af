import { chooseBaseRef } from '../guard/index.ts';

/** The branches that others start from where nothing says which one it is. */
const USUAL_BRANCHES: readonly string[] = [
  'refs/remotes/origin/main',
  'refs/remotes/origin/master',
  'refs/heads/main',
  'refs/heads/master',
];

/** Every ref that the default branch may be found among, as patterns of `git for-each-ref`. */
export const BASE_REFS: readonly string[] = [
  'refs/remotes/',
  ...USUAL_BRANCHES.filter((ref) => !ref.startsWith('refs/remotes/')),
];

/** What the first of the usual branches is at; undefined where there is none of them. */
const pickUsual = (refs: ReadonlyMap<string, string>): string | undefined =>
  USUAL_BRANCHES.map((ref) => refs.get(ref)).find((id) => id !== undefined);

/**
 * What the branch that work here started from is at, among refs with their ids: `configured`, else what stands
 * for the remote, else a usual name.
 */
export const pickDefaultBranch = (
  refs: ReadonlyMap<string, string>,
  remote: string,
  configured: string | undefined,
): string | undefined => {
  const named = configured === undefined ? undefined : refs.get(`refs/remotes/${configured}`);
  if (named !== undefined) return named;
  const tracking = [...refs.keys()].filter((ref) => ref.startsWith('refs/remotes/'));
  const base = chooseBaseRef(tracking, remote);
  return base.kind === 'ref' ? refs.get(base.ref) : pickUsual(refs);
};
