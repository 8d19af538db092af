import { directoryOf, trimSlashes } from '../kit/paths.ts';
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

const depthOf = (scope: string): number => trimSlashes(scope).split('/').length;

/** Of however many: `Math.max` takes them as arguments. */
const maximumOf = (numbers: readonly number[]): number =>
  numbers.reduce((most, number) => Math.max(most, number), 0);

/** `src/a.ts` → `src/*`, which leaves what lies deeper to others, → `src/`, and so on up. */
const widen = (scope: string): string => {
  if (scope.endsWith('/*')) return scope.slice(0, -1);
  if (scope.endsWith('/')) return `${directoryOf(trimSlashes(scope))}/`;
  const directory = directoryOf(scope);
  // A directory whose name reads like a pattern would be one.
  return /[*?[{]/.test(directory) ? `${directory}/` : `${directory}/*`;
};

/** Whether a directory among the scopes, with its slash, has this one below it. */
const isBelow = (scope: string, scopes: ReadonlySet<string>): boolean => {
  for (let above = directoryOf(trimSlashes(scope)); above !== ''; above = directoryOf(above)) {
    if (scopes.has(`${above}/`)) return true;
  }
  return false;
};

/**
 * The next wider scope of those scopes that have most in common with others, or, where none has, of the deepest;
 * none where only the tree is wider.
 */
const chooseWider = (scopes: readonly string[]): Map<string, string> => {
  const below = scopes.filter((scope) => depthOf(scope) > 1);
  const sizes = new Map<string, number>();
  for (const wider of below.map(widen)) sizes.set(wider, (sizes.get(wider) ?? 0) + 1);
  const largest = maximumOf([...sizes.values()]);
  const deepest = maximumOf(below.map(depthOf));
  const isChosen = (scope: string): boolean =>
    largest > 1 ? sizes.get(widen(scope)) === largest : depthOf(scope) === deepest;
  return new Map(below.filter(isChosen).map((scope) => [scope, widen(scope)]));
};

/** Few enough scopes to paste that cover many paths; a part of them where it would take the whole tree. */
const coverPaths = (paths: readonly string[]): string[] => {
  let scopes = [...new Set(paths)];
  while (scopes.length > MAX_PATHS) {
    const wider = chooseWider(scopes);
    if (wider.size === 0) return scopes.slice(0, MAX_PATHS);
    const all = new Set(scopes.map((scope) => wider.get(scope) ?? scope));
    scopes = [...all].filter((scope) => !isBelow(scope, all));
  }
  return scopes;
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
