import { shellCommand } from '../kit/quote.ts';
import type { Change } from './changes.ts';
import { type Finding, isUnknown } from './finding.ts';
import { claimCommand, MAX_PATHS, typedPath } from './remedy.ts';

/** What was judged, and where the reader stands. */
export type Judged = { changes: readonly Change[]; canSplit: boolean; prefix: string };

/** `src/lib/a.ts` → `src/lib/*`, which leaves what lies deeper to others; a name that reads like a pattern would be one. */
const besideIt = (path: string): string => {
  const directory = path.replace(/\/?[^/]*$/, '');
  return /[*?[{]/.test(directory) ? directory : directory && `${directory}/*`;
};

/** Few scopes that cover many paths: their directories, or those at the top. */
const coverPaths = (paths: readonly string[]): readonly string[] => {
  let scopes = paths;
  for (const widen of [besideIt, (path: string) => path.replace(/\/.*/s, '')]) {
    if (scopes.length > MAX_PATHS) scopes = [...new Set(scopes.map((path) => widen(path) || path))];
  }
  return scopes;
};

/**
 * The claim of what claims alone would settle: where that is all, by what it has in common; else as it is, for
 * what lies between may be held.
 */
const chooseClaim = (errors: readonly Finding[], prefix: string) => {
  const isSettled = ({ path, remedy }: Finding) => remedy === claimCommand([path], prefix);
  const others = new Set(errors.filter((error) => !isSettled(error)).map(({ path }) => path));
  const paths = [...new Set(errors.map(({ path }) => path))].filter((path) => !others.has(path));
  const isAll = others.size < 1;
  const scopes = (isAll ? coverPaths(paths) : paths).slice(0, MAX_PATHS);
  return { isAll, claim: scopes[0] && claimCommand(scopes, prefix) };
};

/**
 * Another's files sit in a shared index: what is left of the commit without them. Not where one of them
 * is new or gone, for that may be one half of a rename, and the rest the other.
 */
const commitTheRest = (errors: readonly Finding[], judged: Judged): string | undefined => {
  // A name is exported by several files together: none of them can be left out.
  if (!judged.canSplit || errors.some(({ rule }) => rule.startsWith('exports/'))) return undefined;
  const blocked = new Set(errors.map((finding) => finding.path));
  const isEdited = ({ path, kind }: Change) => !blocked.has(path) || kind === 'modified';
  if (!judged.changes.every(isEdited)) return undefined;
  const rest = judged.changes.map(({ path }) => path).filter((path) => !blocked.has(path));
  if (rest.length === 0 || rest.length > MAX_PATHS) return undefined;
  return shellCommand(
    'git commit',
    rest.map((path) => typedPath(path, judged.prefix)),
  );
};

/**
 * The one command to run next after a verdict with errors: clear what nobody can judge by, claim what can
 * be claimed, commit what nobody holds, else what the first error says.
 */
export const chooseNext = (findings: readonly Finding[], judged: Judged): string | undefined => {
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (errors.length === 0) return undefined;
  const unknown = errors.find(isUnknown);
  if (unknown) return unknown.remedy;
  const { isAll, claim } = chooseClaim(errors, judged.prefix);
  if (isAll) return claim;
  return commitTheRest(errors, judged) ?? claim ?? errors[0]?.remedy;
};
