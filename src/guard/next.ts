import { directoryOf } from '../kit/paths.ts';
import { shellCommand } from '../kit/quote.ts';
import type { Change } from './changes.ts';
import { type Finding, isUnknown } from './finding.ts';
import { claimCommand, MAX_PATHS, typedPath } from './remedy.ts';

/** What was judged, and where the reader stands. */
export type Judged = { changes: readonly Change[]; canSplit: boolean; prefix: string };

const listPaths = (paths: readonly string[], prefix: string): string[] | undefined => {
  const unique = [...new Set(paths)];
  const isShort = unique.length > 0 && unique.length <= MAX_PATHS;
  return isShort ? unique.map((path) => typedPath(path, prefix)) : undefined;
};

/** `src/lib/a.ts` → `src/lib/*`, which leaves what lies deeper to others; a name that reads like a pattern would be one. */
const besideIt = (path: string): string => {
  const directory = directoryOf(path);
  return directory === '' || /[*?[{]/.test(directory) ? directory || path : `${directory}/*`;
};

/** Few enough scopes to paste that cover many paths: what several have in common, and of the others themselves. */
const coverPaths = (paths: readonly string[]): string[] => {
  let scopes = [...new Set(paths)];
  for (const widen of [besideIt, (path: string) => path.replace(/\/.*/s, '')]) {
    if (scopes.length <= MAX_PATHS) return scopes;
    const seen = new Set<string>();
    const shared = new Set(scopes.map(widen).filter((wide) => seen.size === seen.add(wide).size));
    scopes = [...new Set(scopes.map((path) => (shared.has(widen(path)) ? widen(path) : path)))];
  }
  return scopes.slice(0, MAX_PATHS);
};

/** Where a claim would settle each of them, the claim of them all. */
const claimAll = (errors: readonly Finding[], prefix: string): string | undefined => {
  const isSettled = ({ path, remedy }: Finding) => remedy === claimCommand([path], prefix);
  if (!errors.every(isSettled)) return undefined;
  return claimCommand(coverPaths(errors.map((finding) => finding.path)), prefix);
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
  const rest = listPaths(
    judged.changes.map((change) => change.path).filter((path) => !blocked.has(path)),
    judged.prefix,
  );
  return rest && shellCommand('git commit', rest);
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
  return claimAll(errors, judged.prefix) ?? commitTheRest(errors, judged) ?? errors[0]?.remedy;
};
