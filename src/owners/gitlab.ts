import type {
  OwnersFile,
  OwnersProblem,
  OwnersProblemKind,
  OwnersRule,
  OwnersSection,
} from './file.ts';
import { unnamedSection } from './file.ts';
import { isEmail, splitEntry, splitWords, type Word } from './line.ts';
import { isTooLong, readShape } from './pattern.ts';

/** `@@maintainer` and its like: whoever has the role in the project. */
const ROLE = /^@@(?:developer|maintainer|owner)s?$/i;
/** `@user`, `@group`, `@group/nested/deeper`, and labels of the same shape for holders that are no account. */
const HANDLE = /^@[A-Za-z0-9_][\w.:-]*(?:\/[\w.:-]+)*$/;

const isOwner = (word: string): boolean => ROLE.test(word) || HANDLE.test(word) || isEmail(word);

/** `^[Name][2] @default`: optional, name, approvals, and the rest of the line. */
const HEADING =
  /^[ \t]*(?<optional>\^)?\[(?<name>[^\]]*)\](?:\[(?<approvals>[^\]]*)\])?(?<rest>.*)$/s;

type Fault = { at: number; kind: OwnersProblemKind; message: string };
type Owners = { owners: string[]; faults: Fault[] };

/** The owners among words. What is none is ignored alone; a comment behind an entry is no comment. */
const readOwners = (words: readonly Word[]): Owners => {
  const comment = words.findIndex(({ text }) => text.startsWith('#'));
  const strangers = words
    .slice(0, comment === -1 ? undefined : comment)
    .filter(({ text }) => !isOwner(text))
    .map(({ at }): Fault => {
      const message =
        'an owner is @user, @group, @@role or an e-mail address; GitLab ignores this word';
      return { at, kind: 'bad-owner', message };
    });
  const named = words
    .slice(comment === -1 ? words.length : comment)
    .find(({ text }) => isOwner(text));
  if (named) {
    const message = 'GitLab has no comments behind an entry: this is an owner';
    strangers.push({ at: named.at, kind: 'bad-owner', message });
  }
  return { owners: words.map(({ text }) => text).filter(isOwner), faults: strangers };
};

type Heading = { section: OwnersSection; defaults: string[]; faults: Fault[] };

const findHeadingFaults = (name: string, approvals: string | undefined, at: number): Fault[] => {
  if (name.trim() === '') {
    return [{ at, kind: 'bad-heading', message: 'a section needs a name' }];
  }
  if (approvals === undefined || /^0*[1-9]\d*$/.test(approvals)) return [];
  const message = 'the number of approvals is a whole number, at least 1; GitLab takes 1';
  return [{ at, kind: 'bad-heading', message }];
};

/** A heading, or null where the line is none. */
const readHeading = (content: string, line: number): Heading | null => {
  const groups = HEADING.exec(content)?.groups;
  if (!groups) return null;
  const { optional, name = '', approvals, rest = '' } = groups;
  const at = content.search(/[^ \t]/);
  const { owners, faults } = readOwners(splitWords(content, content.length - rest.length));
  const count = Number.parseInt(approvals ?? '1', 10);
  return {
    section: {
      name: name.trim(),
      line,
      optional: optional !== undefined,
      approvals: Number.isSafeInteger(count) && count > 0 ? count : 1,
      rules: [],
    },
    defaults: owners,
    faults: [...findHeadingFaults(name, approvals, at), ...faults],
  };
};

/** A rule of a section that names `defaults`; null where the line is empty or a comment. */
const readRule = (
  content: string,
  line: number,
  defaults: string[],
): { rule: OwnersRule; faults: Fault[] } | null => {
  const entry = splitEntry(content);
  if (entry === null) return null;
  const { text, at } = entry.pattern;
  const exclude = text.startsWith('!');
  const pattern = exclude ? text.slice(1) : text;
  const faults = findPatternFaults(pattern, at);
  if (exclude && pattern === '') {
    const message = 'the exclusion has no pattern, so it takes every path out of its section';
    faults.push({ at, kind: 'negated-pattern', message });
  }
  if (exclude) return { rule: { pattern, line, owners: [], exclude: true }, faults };
  const named = readOwners(entry.words);
  // All rules of a section share its default owners: copies would cost their product.
  const owners = entry.words.length > 0 ? named.owners : defaults;
  for (const fault of named.faults) faults.push(fault);
  if (owners.length === 0) {
    const message = 'the entry names no owner, so nobody is asked about its paths in this section';
    faults.push({ at, kind: 'no-owners', message });
  }
  return { rule: { pattern, line, owners }, faults };
};

const findPatternFaults = (pattern: string, at: number): Fault[] => {
  if (readShape(pattern, 'gitlab') !== null) return [];
  if (/^\^?\[[^\]]*$/.test(pattern)) {
    const message =
      'the heading is never closed, so GitLab takes it for an entry that matches nothing';
    return [{ at, kind: 'bad-heading', message }];
  }
  if (isTooLong(pattern, 'gitlab')) {
    const message =
      'the pattern is longer than any path, or its classes are; it is not read, and matches none';
    return [{ at, kind: 'pattern-too-long', message }];
  }
  const kind = pattern.includes('[') ? 'unclosed-class' : 'dangling-escape';
  return [{ at, kind, message: 'the pattern can match no path' }];
};

const toProblem = ({ at, kind, message }: Fault, line: number): OwnersProblem => ({
  line,
  column: at + 1,
  kind,
  message,
});

/** Exclusions decide over all other lines of their section. */
const putExclusionsLast = (section: OwnersSection): OwnersSection => ({
  ...section,
  rules: [
    ...section.rules.filter(({ exclude }) => exclude === undefined),
    ...section.rules.filter(({ exclude }) => exclude !== undefined),
  ],
});

/**
 * Reads the lines of a file as GitLab does: sections, their names compared without case and merged, default
 * owners, exclusions; words that are no owners are ignored one by one. From its page "Syntax of CODEOWNERS
 * file"; patterns are those of Ruby's `File.fnmatch` with FNM_PATHNAME and FNM_DOTMATCH.
 */
export const parseGitlab = (lines: readonly string[]): OwnersFile => {
  const unnamed = unnamedSection([]);
  const sections = new Map<string | null, OwnersSection>([[null, unnamed]]);
  const problems: OwnersProblem[] = [];
  let section = unnamed;
  let defaults: string[] = [];
  for (const [index, content] of lines.entries()) {
    const line = index + 1;
    const heading = readHeading(content, line);
    if (heading) {
      const key = heading.section.name?.toLowerCase() ?? null;
      section = sections.get(key) ?? heading.section;
      sections.set(key, section);
      defaults = heading.defaults;
      for (const fault of heading.faults) problems.push(toProblem(fault, line));
      continue;
    }
    const read = readRule(content, line, defaults);
    if (read === null) continue;
    section.rules.push(read.rule);
    // One by one: a line may have more of them than a call takes arguments.
    for (const fault of read.faults) problems.push(toProblem(fault, line));
  }
  const inOrder = [...sections.values()].map(putExclusionsLast);
  return { dialect: 'gitlab', sections: inOrder, problems, doubts: [] };
};
