import type { DialectName } from './dialect.ts';
import { MAX_PATTERN, shortenPattern } from './pattern.ts';

/** What is no plain text: wildcards, an escaped character, and all from the first class on. */
const SPECIAL = /\\[\s\S]?|[*?]|\[[\s\S]*/;

const isAnchored = (pattern: string, dialect: DialectName): boolean => {
  const slash = pattern.indexOf('/');
  return dialect === 'gitlab' ? slash === 0 : slash !== -1 && slash < pattern.length - 1;
};

/**
 * What a look at a pattern's text tells of a path: whether it covers it, or undefined where only a walk
 * can tell: its runs of plain text are all there, one behind the other. So names are never compiled, of
 * thousands of other rules only the few that are near a path are, and one that is longer than any path
 * never is.
 */
export const createQuickTest = (
  text: string,
  dialect: DialectName,
): ((path: string) => boolean | undefined) => {
  const pattern = shortenPattern(text);
  // No name is empty; in a class two slashes are two characters.
  const isEmpty = pattern.includes('//') && !pattern.includes('[');
  if (isEmpty || pattern.length > MAX_PATTERN) return () => false;
  const anchored = isAnchored(pattern, dialect);
  // Without slashes at their ends, which may stand for an end of the path, or for nothing.
  const pieces = pattern.split(SPECIAL).map((piece) => piece.replace(/^\/|\/$/g, ''));
  const [body] = pieces;
  if (body && !SPECIAL.test(pattern)) {
    const self = !pattern.endsWith('/');
    const below = dialect === 'github' || !self;
    if (anchored) {
      return (path) => (self && path === body) || (below && path.startsWith(`${body}/`));
    }
    return (path) =>
      (self && `/${path}`.endsWith(`/${body}`)) || (below && `/${path}`.includes(`/${body}/`));
  }
  const isNear = (path: string): boolean => {
    let from = 0;
    return pieces.every((piece, index) => {
      const at = path.indexOf(piece, from);
      from = at + piece.length;
      return index === 0 && anchored ? at === 0 : at !== -1;
    });
  };
  return (path) => (isNear(path) ? undefined : false);
};
