import type { Scope } from './scope.ts';

/** `./src//a/./b` → `src/a/b`; a trailing slash stays, `..` stays (and is refused later). */
const tidy = (path: string): string =>
  path
    .replace(/\/{2,}/g, '/')
    .replace(/(^|\/)(?:\.\/)+/g, '$1')
    .replace(/(^|\/)\.$/, '$1');

/** A file that is called `glob:a` keeps its `./`, or it would be read as a pattern; `.` is the whole repository. */
const tidyLiteral = (text: string): string => {
  const path = tidy(text);
  if (path === '') return '.';
  return /^(?:glob|regex):/.test(path) ? `./${path}` : path;
};

/** The one spelling of a scope that is repo-relative already: `./src//a` is `src/a`. A regex is left as it is. */
export const normaliseScope = (scope: Scope): Scope => {
  if (scope.kind === 'regex') return scope;
  if (scope.kind === 'glob') {
    return { kind: 'glob', text: `glob:${tidy(scope.text.slice('glob:'.length))}` };
  }
  if (scope.text === '') return scope;
  return { kind: 'literal', text: tidyLiteral(scope.text) };
};

/** Where a user stands: the repository's top and the current directory in it, without and with a trailing slash. */
export type Standpoint = { top: string; prefix: string };

const resolveDots = (path: string): string | undefined => {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part !== '..') kept.push(part);
    else if (kept.pop() === undefined) return undefined;
  }
  return kept.join('/');
};

/**
 * What a user typed as a path or glob, relative to where they stand, as a scope's text relative to the
 * repository's top. `glob:` and `regex:` texts are as in a lock file, relative to the top already.
 * Refused where it lies outside the repository.
 */
export const toRepoScope = (
  typed: string,
  at: Standpoint,
): { text: string } | { refused: string } => {
  if (/^(?:glob|regex):/.test(typed)) return { text: typed };
  if (typed === '') return { refused: 'it is empty' };
  const inside = typed.startsWith('/') ? stripTop(typed, at.top) : at.prefix + typed;
  const resolved = inside === undefined ? undefined : resolveDots(tidy(inside));
  if (resolved === undefined) return { refused: 'it lies outside the repository' };
  return { text: tidyLiteral(resolved === '/' ? '' : resolved) };
};

const stripTop = (path: string, top: string): string | undefined => {
  const tidied = tidy(path);
  if (tidied === top) return '';
  return top !== '' && tidied.startsWith(`${top}/`) ? tidied.slice(top.length + 1) : undefined;
};
