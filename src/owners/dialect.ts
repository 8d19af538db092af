/**
 * Every reason for which a line, or the whole file, counts for nothing. The list is closed: a kind
 * is part of the JSON output, so it never changes its meaning.
 */
export const OWNERS_PROBLEM_KINDS = [
  'file-too-large',
  'negated-pattern',
  'escaped-hash',
  'character-range',
  'star-run',
  'dangling-escape',
  'bad-owner',
] as const;

export type OwnersProblemKind = (typeof OWNERS_PROBLEM_KINDS)[number];

/** Why a pattern is not valid; `offset` counts UTF-16 units from the start of the pattern. */
export type PatternFault = {
  kind: OwnersProblemKind;
  offset: number;
  message: string;
  /** What the author probably meant; `owners: false` where the meaning is the line without its owners. */
  repair: { pattern: string; owners: boolean } | null;
};

/** What differs between the hosts that read CODEOWNERS, as data and pure functions for the one reader. */
export type OwnersDialect = {
  name: 'github';
  /** A file of this many bytes in UTF-8, or more, is not read by the host at all. */
  maxBytes: number;
  findPatternFault: (pattern: string) => PatternFault | null;
  isOwner: (word: string) => boolean;
  /** The owner that a word which is none was probably meant to be, or null. */
  repairOwner: (word: string) => string | null;
};
