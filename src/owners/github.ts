import type { OwnersDialect, PatternFault } from './dialect.ts';

/** Where GitHub looks for the file, repo-relative; the first one that exists is the only one read. */
export const OWNERS_PLACES: readonly string[] = [
  '.github/CODEOWNERS',
  'CODEOWNERS',
  'docs/CODEOWNERS',
];

/** `@user`, `@org/team`, and labels of the same shape for holders that are no GitHub account: `@org/owner:name`. */
const HANDLE = /^@[A-Za-z0-9_][\w.:-]*(?:\/[\w.:-]+)?$/;
const EMAIL = /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/;

const isOwner = (word: string): boolean => HANDLE.test(word) || EMAIL.test(word);

const repairOwner = (word: string): string | null => {
  // Lists copied from elsewhere separate owners by commas.
  const bare = /[,;]$/.test(word) ? word.slice(0, -1) : word;
  return [bare, `@${bare}`].find(isOwner) ?? null;
};

/**
 * Without character ranges: brackets that fill a segment are a name (`[id]`) and get backslashes, others
 * were meant as a range, and `?` is the nearest wildcard.
 */
const replaceRanges = (pattern: string): string =>
  pattern.replace(/\\.|\[[^[\]/]*\]|[[\]]/gs, (found, at: number) => {
    if (found.startsWith('\\')) return found;
    if (found.length === 1) return `\\${found}`;
    const isName = isEdge(pattern[at - 1]) && isEdge(pattern[at + found.length]);
    return isName ? `\\${found.slice(0, -1)}\\]` : '?';
  });

const isEdge = (char: string | undefined): boolean => char === undefined || char === '/';

/** The first place where `wanted` holds for a character that no backslash precedes, or -1. */
const findUnescaped = (pattern: string, wanted: (at: number) => boolean): number => {
  for (let at = 0; at < pattern.length; at += pattern[at] === '\\' ? 2 : 1) {
    if (wanted(at)) return at;
  }
  return -1;
};

const findNegation = (pattern: string): PatternFault | null => {
  if (!pattern.startsWith('!')) return null;
  const rest = pattern.slice(1);
  return {
    kind: 'negated-pattern',
    offset: 0,
    message: 'GitHub has no negation; a later line without owners takes a path out',
    repair: rest === '' ? null : { pattern: rest, owners: false },
  };
};

const findEscapedHash = (pattern: string): PatternFault | null => {
  if (!pattern.startsWith('\\#')) return null;
  const slash = pattern.indexOf('/');
  const anchor = slash === -1 || slash === pattern.length - 1 ? '**/' : '/';
  return {
    kind: 'escaped-hash',
    offset: 0,
    message: 'GitHub does not take a pattern that starts with an escaped #',
    // The same paths, without the # in the first place.
    repair: { pattern: `${anchor}${pattern}`, owners: true },
  };
};

const findRange = (pattern: string): PatternFault | null => {
  const offset = findUnescaped(pattern, (at) => pattern[at] === '[');
  if (offset === -1) return null;
  return {
    kind: 'character-range',
    offset,
    message: 'GitHub has no character ranges; a bracket that stands for itself needs a backslash',
    repair: { pattern: replaceRanges(pattern), owners: true },
  };
};

const findStarRun = (pattern: string): PatternFault | null => {
  const run = /(?<![^/])\*{3,}(?![^/])/.exec(pattern);
  if (run === null) return null;
  return {
    kind: 'star-run',
    offset: run.index,
    message: 'a segment of three stars or more is not a wildcard; ** stands for any directories',
    repair: { pattern: pattern.replace(/(?<![^/])\*{3,}(?![^/])/g, '**'), owners: true },
  };
};

const findDanglingEscape = (pattern: string): PatternFault | null => {
  let backslashes = 0;
  while (pattern[pattern.length - 1 - backslashes] === '\\') backslashes += 1;
  if (backslashes % 2 === 0) return null;
  return {
    kind: 'dangling-escape',
    offset: pattern.length - 1,
    message: 'the backslash at the end of the pattern escapes nothing',
    repair: pattern.length === 1 ? null : { pattern: pattern.slice(0, -1), owners: true },
  };
};

const findPatternFault = (pattern: string): PatternFault | null =>
  findNegation(pattern) ??
  findEscapedHash(pattern) ??
  findRange(pattern) ??
  findStarRun(pattern) ??
  findDanglingEscape(pattern);

/**
 * GitHub's dialect: gitignore's patterns without `!`, `[ ]` and a leading `\#`. From its page "About
 * code owners"; that `***` is invalid, from the example of its "List CODEOWNERS errors" endpoint.
 */
export const GITHUB: OwnersDialect = {
  name: 'github',
  maxBytes: 3 * 1024 * 1024,
  findPatternFault,
  isOwner,
  repairOwner,
};
