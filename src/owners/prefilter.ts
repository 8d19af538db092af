import type { DialectName } from './dialect.ts';

/** How much of a pattern is searched for plain text, in UTF-16 units. */
const LOOK_AHEAD = 1024;

const isSpecial = (char: string | undefined): boolean =>
  char === '*' || char === '?' || char === '\\' || char === '[';

type Piece = { start: number; end: number };

const isSlash = (char: string | undefined): boolean => char === '/';

/** The same piece without slashes at its ends: they may stand for an end of the path, or for nothing. */
const trimPiece = (pattern: string, piece: Piece): Piece => {
  let { start, end } = piece;
  while (start < end && isSlash(pattern[start])) start += 1;
  while (start < end && isSlash(pattern[end - 1])) end -= 1;
  return { start, end };
};

/**
 * The first run of plain characters and the longest one; not read beyond `LOOK_AHEAD` characters, nor into
 * a class.
 */
const findPieces = (pattern: string): { first: Piece; longest: Piece } => {
  const length = Math.min(pattern.length, LOOK_AHEAD);
  let first: Piece | null = null;
  let longest: Piece = { start: 0, end: 0 };
  for (let start = 0; start <= length; ) {
    let end = start;
    while (end < length && !isSpecial(pattern[end])) end += 1;
    const piece = trimPiece(pattern, { start, end });
    first ??= piece;
    if (piece.end - piece.start > longest.end - longest.start) longest = piece;
    if (pattern[end] === '[') break;
    start = end + (pattern[end] === '\\' ? 2 : 1);
  }
  return { first: first ?? longest, longest };
};

const isAnchored = (pattern: string, dialect: DialectName): boolean => {
  if (dialect === 'gitlab') return isSlash(pattern[0]);
  const slash = pattern.indexOf('/');
  return slash !== -1 && slash < pattern.length - 1;
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
  if (first.end > first.start && isAnchored(pattern, dialect)) {
    const text = pattern.slice(first.start, first.end);
    return (path) => path.startsWith(text) && !takesMoreThan(pattern, path.length);
  }
  const text = pattern.slice(longest.start, longest.end);
  return (path) => path.includes(text) && !takesMoreThan(pattern, path.length);
};
