import type { DialectName } from './dialect.ts';

/** How much of a pattern is searched for plain text, in UTF-16 units. */
const LOOK_AHEAD = 1024;

/** What is no plain text: wildcards, an escaped character, and all from the first class on. */
const SPECIAL = /\\[\s\S]?|[*?]|\[[\s\S]*/;

/** The same text without slashes at its ends: they may stand for an end of the path, or for nothing. */
const trimSlashes = (piece: string): string => {
  let start = 0;
  let end = piece.length;
  while (start < end && piece[start] === '/') start += 1;
  while (start < end && piece[end - 1] === '/') end -= 1;
  return piece.slice(start, end);
};

/** The first run of plain characters and the longest one; not read beyond `LOOK_AHEAD` characters. */
const findPieces = (pattern: string): { first: string; longest: string } => {
  const pieces = pattern.slice(0, LOOK_AHEAD).split(SPECIAL).map(trimSlashes);
  const longest = pieces.reduce((best, piece) => (piece.length > best.length ? piece : best), '');
  return { first: pieces[0] ?? '', longest };
};

const isAnchored = (pattern: string, dialect: DialectName): boolean => {
  const slash = pattern.indexOf('/');
  return dialect === 'gitlab' ? slash === 0 : slash !== -1 && slash < pattern.length - 1;
};

/** True where the pattern surely takes more than `limit` characters; stops reading as soon as it knows. */
const takesMoreThan = (pattern: string, limit: number): boolean => {
  let taken = 0;
  for (let at = 0; at < pattern.length && taken <= limit; at += pattern[at] === '\\' ? 2 : 1) {
    if (pattern[at] === '[') return false;
    if (pattern[at] !== '*' && pattern[at] !== '/') taken += 1;
  }
  return taken > limit;
};

/**
 * A cheap test that only ever errs by saying yes: false means that the pattern does not cover the
 * path. It reads the pattern's text alone, so that of thousands of rules only the few that are near
 * a path are compiled, and one that is longer than any path never is.
 */
export const createPrefilter = (
  pattern: string,
  dialect: DialectName,
): ((path: string) => boolean) => {
  const { first, longest } = findPieces(pattern);
  // A pattern that starts with plain text and is anchored: the path starts with the same text.
  if (first !== '' && isAnchored(pattern, dialect)) {
    return (path) => path.startsWith(first) && !takesMoreThan(pattern, path.length);
  }
  return (path) => path.includes(longest) && !takesMoreThan(pattern, path.length);
};
