import type {
  OwnersDoubt,
  OwnersFile,
  OwnersProblem,
  OwnersProblemKind,
  OwnersRule,
} from './file.ts';
import { unnamedSection } from './file.ts';
import { type Entry, isEmail, splitEntry, type Word } from './line.ts';
import { createNearLines } from './narrow.ts';
import { isTooLong } from './pattern.ts';

/** Why a pattern is not valid; `offset` counts UTF-16 units from the start of the pattern. */
type PatternFault = {
  kind: OwnersProblemKind;
  offset: number;
  message: string;
  /** What the author probably meant; `owners: false` where the meaning is the line without its owners. */
  repair: { pattern: string; owners: boolean } | null;
};

/** `@user`, `@org/team`, and labels of the same shape for holders that are no GitHub account: `@org/owner:name`. */
const HANDLE = /^@[A-Za-z0-9_][\w.:-]*(?:\/[\w.:-]+)?$/;

const isOwner = (word: string): boolean => HANDLE.test(word) || isEmail(word);

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
  if (!pattern.includes('[')) return null;
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
  if (!pattern.includes('***')) return null;
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
  if (!pattern.endsWith('\\')) return null;
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

const findExcess = (pattern: string): PatternFault | null => {
  if (!isTooLong(pattern, 'github')) return null;
  const message = 'the pattern is longer than any path, so it can match none';
  return { kind: 'pattern-too-long', offset: 0, message, repair: null };
};

const findPatternFault = (pattern: string): PatternFault | null =>
  findExcess(pattern) ??
  findNegation(pattern) ??
  findEscapedHash(pattern) ??
  findRange(pattern) ??
  findStarRun(pattern) ??
  findDanglingEscape(pattern);

/**
 * Lines that need no closer look: a pattern that nothing can be wrong with or doubtful about, and owners, a
 * blank between; comments; empty ones. Narrower than what is valid: long patterns are left out, too.
 */
const PLAIN_LINES =
  /^(?:(?!\S*\*{3})["$-Z^-~]{1,1024}(?: (?:@\w[\w.:-]*(?:\/[\w.:-]+)?|[\w.+-]+@[\w-]+(?:\.[\w-]+)+))*|#.*|)$/gm;

/** The rule of a plain line; null where it is a comment, or empty. */
const readPlainLine = (content: string, line: number): OwnersRule | null => {
  if (content === '' || content.startsWith('#')) return null;
  const end = content.indexOf(' ');
  if (end === -1) return { pattern: content, line, owners: [] };
  return { pattern: content.slice(0, end), line, owners: content.slice(end + 1).split(' ') };
};

/** A line's owners, and the comment behind them. */
type Fields = { pattern: Word; owners: Word[]; comment: string };

const splitFields = (line: string, { pattern, words }: Entry): Fields => {
  const end = words.findIndex(({ text }) => text.startsWith('#'));
  if (end === -1) return { pattern, owners: words, comment: '' };
  return { pattern, owners: words.slice(0, end), comment: line.slice(words[end]?.at) };
};

type Fault = Pick<OwnersProblem, 'column' | 'kind' | 'message'>;

const findFault = ({ pattern, owners }: Fields): Fault | null => {
  const fault = findPatternFault(pattern.text);
  if (fault !== null) {
    return { column: pattern.at + fault.offset + 1, kind: fault.kind, message: fault.message };
  }
  const stranger = owners.find(({ text }) => !isOwner(text));
  if (stranger === undefined) return null;
  const message = 'an owner is @user, @org/team or an e-mail address';
  return { column: stranger.at + 1, kind: 'bad-owner', message };
};

/** The same line with every fault mended, or null where that leaves no valid line. */
const suggestLine = ({ pattern, owners, comment }: Fields): string | null => {
  const fault = findPatternFault(pattern.text);
  const repair = fault === null ? { pattern: pattern.text, owners: true } : fault.repair;
  if (repair === null) return null;
  const kept = repair.owners ? owners : [];
  const words = kept.map(({ text }) => (isOwner(text) ? text : (repairOwner(text) ?? text)));
  const line = [repair.pattern, ...words, comment].filter((word) => word !== '').join(' ');
  const entry = splitEntry(line);
  return entry === null || findFault(splitFields(line, entry)) !== null ? null : line;
};

/** A place inside a line where readers part. */
type Parting = Omit<OwnersDoubt, 'line' | 'column'> & { at: number };

/** Where careful readers part over a pattern that counts. */
const findPatternDoubts = ({ text, at }: Word): Parting[] => {
  const doubts: Parting[] = [];
  const hash = text.includes('#') ? findUnescaped(text, (index) => text[index] === '#') : -1;
  if (hash !== -1) {
    const message =
      'some readers begin a comment at a # inside a pattern; a backslash before it keeps it';
    doubts.push({ at: at + hash, kind: 'hash-in-pattern', message, readings: [] });
  }
  const letter = text.search(/[^\0-\x7f]/);
  if (letter !== -1) {
    const message =
      'readers differ in how letters beyond ASCII compare: as typed, composed, or byte by byte';
    doubts.push({ at: at + letter, kind: 'non-ascii', message, readings: [] });
  }
  return doubts;
};

/** Where careful readers part over a line that does not count. */
const findFaultDoubts = ({ pattern, owners }: Fields, line: number): Parting[] => {
  const known = owners.map(({ text }) => text).filter(isOwner);
  const fault = findPatternFault(pattern.text);
  const takeAs = (text: string): OwnersRule => ({ pattern: text, line, owners: known });
  if (fault === null) {
    const stranger = owners.find(({ text }) => !isOwner(text));
    if (stranger === undefined || known.length === 0) return [];
    const message = 'some readers skip this word alone and keep the other owners';
    return [{ at: stranger.at, kind: 'bad-owner', message, readings: [takeAs(pattern.text)] }];
  }
  if (fault.kind !== 'star-run' || fault.repair === null) return [];
  const message = 'some readers take such a segment for *, others for **';
  const readings = [takeAs(pattern.text), takeAs(fault.repair.pattern)];
  return [{ at: pattern.at + fault.offset, kind: 'star-run', message, readings }];
};

const toDoubts = (partings: readonly Parting[], line: number): OwnersDoubt[] =>
  partings.map(({ at, ...doubt }) => ({ line, column: at + 1, ...doubt }));

/** What one line comes to. */
type Reading = { rule?: OwnersRule; problem?: OwnersProblem; doubts: OwnersDoubt[] };

/** Reads one line with care. */
const readLine = (content: string, line: number): Reading => {
  const entry = splitEntry(content);
  if (entry === null) return { doubts: [] };
  const fields = splitFields(content, entry);
  const fault = findFault(fields);
  if (fault === null) {
    const owners = fields.owners.map((word) => word.text);
    const rule = { pattern: fields.pattern.text, line, owners };
    return { rule, doubts: toDoubts(findPatternDoubts(fields.pattern), line) };
  }
  const suggestion = suggestLine(fields);
  const problem = { line, ...fault, ...(suggestion === null ? {} : { suggestion }) };
  return { problem, doubts: toDoubts(findFaultDoubts(fields, line), line) };
};

/**
 * Reads a file as GitHub does: gitignore's patterns without `!`, `[ ]` and a leading `\#`; a line with a
 * fault is skipped whole. From its page "About code owners"; that `***` is invalid, from the example of its
 * "List CODEOWNERS errors" endpoint. Plain lines are told from others by one search over the whole text: a
 * process that answers one question does not run long enough for code of ours to be quick. With `paths`,
 * rules that cover none of them may be left out.
 */
export const parseGithub = (text: string, paths: readonly string[] | undefined): OwnersFile => {
  const rules: OwnersRule[] = [];
  const problems: OwnersProblem[] = [];
  const doubts: OwnersDoubt[] = [];
  const lines = text.split('\n');
  const unusual = text.replace(PLAIN_LINES, '').split('\n');
  const isNear = paths ? createNearLines(text, paths) : () => true;
  for (let index = 0; index < lines.length; index += 1) {
    const content = lines[index] ?? '';
    const line = index + 1;
    if (unusual[index] === '') {
      const rule = isNear(index) ? readPlainLine(content, line) : null;
      if (rule) rules.push(rule);
      continue;
    }
    const { rule, problem, doubts: parted } = readLine(content, line);
    if (rule) rules.push(rule);
    if (problem) problems.push(problem);
    doubts.push(...parted);
  }
  return { dialect: 'github', sections: [unnamedSection(rules)], problems, doubts };
};
