import type { DialectName } from './dialect.ts';
import { MAX_PATTERN, shortenPattern } from './pattern.ts';

/** What is no plain text: wildcards, an escaped character, and all from the first class on. */
const SPECIAL = /\\[\s\S]?|[*?]|\[[\s\S]*/;

/** Text that is in every path which a pattern covers, a slash put before the path; empty where there is none. */
export type Mark = {
  text: string;
  /** True where the path starts with it. */
  isStart: boolean;
};

const isAnchored = (pattern: string, dialect: DialectName): boolean => {
  const slash = pattern.indexOf('/');
  return dialect === 'gitlab' ? slash === 0 : slash !== -1 && slash < pattern.length - 1;
};

/** The first run of plain text of a pattern: one look at it tells of nearly all rules that they are far from a path. */
export const readMark = (pattern: string, dialect: DialectName): Mark => {
  const [, wildcards, run = ''] = /^([*?]*)([^\\*?[]*)/.exec(pattern) ?? [];
  // The slash at its end may stand for the end of the path, or for nothing.
  const text = run.replace(/\/$/, '');
  const isFirst = !wildcards && text !== '';
  return {
    text: isFirst && !text.startsWith('/') ? `/${text}` : text,
    isStart: isFirst && isAnchored(pattern, dialect),
  };
};

/**
 * A second look: whether all runs of plain text are in the path, one behind the other. False means that
 * the pattern does not cover it, so that only the few rules that are near a path are compiled, and one
 * that is longer than any path never is.
 */
export const createNearTest = (text: string): ((path: string) => boolean) => {
  const pattern = shortenPattern(text);
  if (pattern.length > MAX_PATTERN) return () => false;
  const pieces = pattern.split(SPECIAL).map((piece) => piece.replace(/^\/+|\/$/g, ''));
  return (path) => {
    let from = 0;
    return pieces.every((piece) => {
      const at = path.indexOf(piece, from);
      from = at + piece.length;
      return at !== -1;
    });
  };
};
