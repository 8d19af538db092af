import type { DialectName } from './dialect.ts';

/** One line that counts. `owners` is empty where the line takes its paths away from everybody. */
export type OwnersRule = {
  /** As written, escapes included; without the `!` of an exclusion. */
  pattern: string;
  /** Counted from 1. */
  line: number;
  owners: string[];
  /** GitLab: its paths belong to nobody in this section, whatever other line covers them. */
  exclude?: true;
  /** Only some careful readings of the host's rules take the line like this; see `listAskedSections`. */
  open?: true;
};

/** Rules that override one another. GitHub has one section; GitLab asks each of its sections apart. */
export type OwnersSection = {
  /** Null for what stands before the first heading. */
  name: string | null;
  /** The line of its first heading, counted from 1; null without one. */
  line: number | null;
  /** True where the host only suggests its owners. */
  optional: boolean;
  /** How many of its owners the host wants to approve. */
  approvals: number;
  /** The last one that covers a path decides; exclusions stand last. */
  rules: OwnersRule[];
};

/**
 * Every reason for which a line, a part of it or the whole file counts for nothing. The list is closed: a
 * kind is part of the JSON output, so it never changes its meaning.
 */
export const OWNERS_PROBLEM_KINDS = [
  'file-too-large',
  'negated-pattern',
  'escaped-hash',
  'character-range',
  'star-run',
  'dangling-escape',
  'bad-owner',
  'unclosed-class',
  'bad-heading',
  'no-owners',
  'pattern-too-long',
] as const;

export type OwnersProblemKind = (typeof OWNERS_PROBLEM_KINDS)[number];

/** What the host skips of a line, at its first fault; line 1, column 1 where it is the whole file. */
export type OwnersProblem = {
  /** Counted from 1. */
  line: number;
  /** Counted from 1, in UTF-16 units; a byte order mark does not count. */
  column: number;
  kind: OwnersProblemKind;
  message: string;
  /** The whole line to write instead; absent where no valid line is near. */
  suggestion?: string;
};

/** Where careful readings of GitHub's rules differ. */
export const OWNERS_DOUBT_KINDS = [
  'byte-order-mark',
  'non-ascii',
  'star-run',
  'hash-in-pattern',
  'bad-owner',
] as const;

export type OwnersDoubtKind = (typeof OWNERS_DOUBT_KINDS)[number];

/** A line that careful readers take in more than one way. */
export type OwnersDoubt = {
  line: number;
  column: number;
  kind: OwnersDoubtKind;
  message: string;
  /** What others read in it that the file's own rules do not have. */
  readings: OwnersRule[];
};

/** One file, in file order; every line is a rule, a heading, a problem, a comment or empty. */
export type OwnersFile = {
  dialect: DialectName;
  sections: OwnersSection[];
  problems: OwnersProblem[];
  doubts: OwnersDoubt[];
};

/** What answers who owns a path. */
export type OwnersRules = Pick<OwnersFile, 'dialect' | 'sections'>;

/** The one section of a file without headings. */
export const unnamedSection = (rules: OwnersRule[]): OwnersSection => ({
  name: null,
  line: null,
  optional: false,
  approvals: 1,
  rules,
});

/**
 * The sections with every careful reading of each line in them, for whoever must not miss an owner: a
 * doubtful line has a rule a reading, and what it covers is asked of the lines before it too.
 */
export const listAskedSections = ({ sections, doubts }: OwnersFile): OwnersSection[] => {
  // Letters beyond ASCII are doubtful in paths as well, so the matcher asks about them.
  const open = doubts.filter(({ kind }) => kind !== 'non-ascii');
  if (open.length === 0) return sections;
  const lines = new Set(open.map(({ line }) => line));
  const readings = open.flatMap((doubt) => doubt.readings);
  return sections.map((section) => ({
    ...section,
    rules: [...section.rules, ...readings]
      .map((rule): OwnersRule => (lines.has(rule.line) ? { ...rule, open: true } : rule))
      .toSorted((a, b) => a.line - b.line),
  }));
};
