import { encodeBytes } from '../kit/quote.ts';
import type { DialectName } from './dialect.ts';
import type { OwnersRule, OwnersRules, OwnersSection } from './file.ts';
import { createNearTest, type Mark, readMark } from './near.ts';
import { compileShape, readShape, shortenPattern } from './pattern.ts';
import { createPlainTest } from './plain.ts';
import { createPathTest, type PathTest } from './walk.ts';

/** What one section says about a path: the rule that decides there. */
export type Decision = { section: string | null; rule: OwnersRule };

/**
 * Who owns a path. `unowned`: rules took it, and none of them names an owner; `unmatched`: no rule covers
 * it. `owners` are those of all sections, each once; `rule` is the first of `decisions` that names one, else
 * the first; `decisions` has one for each section with a rule that covers the path.
 */
export type Ownership =
  | { state: 'owned' | 'unowned'; owners: string[]; rule: OwnersRule; decisions: Decision[] }
  | { state: 'unmatched'; owners: string[]; rule: null; decisions: Decision[] };

/** Answers for one file. Paths are repo-relative and `/`-separated. */
export type OwnersMatcher = {
  find(path: string): Ownership;
};

/** The same, and why. */
export type OwnersScan = OwnersMatcher & {
  /** Every rule that covers the path, in file order; the last one of a section decides there. */
  findAll(path: string): Decision[];
};

const UNMATCHED: Ownership = { state: 'unmatched', owners: [], rule: null, decisions: [] };

const conclude = (decisions: Decision[]): Ownership => {
  const first = decisions.find(({ rule }) => rule.owners.length > 0) ?? decisions[0];
  if (first === undefined) return UNMATCHED;
  const owners = [...new Set(decisions.flatMap(({ rule }) => rule.owners))];
  return { state: owners.length > 0 ? 'owned' : 'unowned', owners, rule: first.rule, decisions };
};

/** What a rule comes to that decides alone: it does so for thousands of paths. */
const alone = new WeakMap<OwnersRule, Ownership>();

/** What the sections' decisions come to. */
export const concludeOwnership = (decisions: Decision[]): Ownership => {
  const [first] = decisions;
  if (first === undefined || decisions.length > 1) return conclude(decisions);
  const known = alone.get(first.rule) ?? conclude(decisions);
  alone.set(first.rule, known);
  return known;
};

const coversNothing: PathTest = () => false;

const compileTest = (text: string, dialect: DialectName): PathTest => {
  const shape = readShape(text, dialect);
  if (shape === null) return coversNothing;
  return createPlainTest(shape) ?? createPathTest(compileShape(shape));
};

/** The test of one pattern, compiled for the first path that comes near it. */
export const createPatternTest = (pattern: string, dialect: DialectName): PathTest => {
  const isNear = createNearTest(pattern);
  let test: PathTest | null = null;
  return (path) => {
    if (!isNear(path)) return false;
    test ??= compileTest(pattern, dialect);
    return test(path);
  };
};

/** A rule's place among those of its section. `isSure`: it covers the path that was asked for, with no test. */
type Place = { at: number; isSure: boolean };

/** One section's rules, each with its mark, and the test that it got for the first path that has the mark. */
type Lane = {
  name: string | null;
  rules: OwnersRule[];
  /** The places of the rules that may cover a path, the last one first. */
  near: (path: string) => readonly Place[];
  /** `path` with a slash before it. */
  covers: (at: number, path: string) => boolean;
};

const hasMark = ({ text, isStart }: Mark, path: string): boolean =>
  isStart ? path.startsWith(text) : path.includes(text);

/** False for a mark that nothing in this directory starts with. */
const mayStartIn = ({ text, isStart }: Mark, directory: string): boolean =>
  !isStart || directory.startsWith(text) || text.startsWith(directory);

/** True for a pattern that stands for a directory: it covers all files of another one, or none of them. */
const isOfDirectory = (pattern: string): boolean =>
  pattern.endsWith('/') && !pattern.endsWith('\\/');

/**
 * Places that are asked for one path after the other. Whoever asks about a second path of a directory is
 * likely to ask about many: from then on only what may cover something in the directory is gone through.
 */
const createNear = (
  count: number,
  findClose: (all: readonly Place[], directory: string, path: string) => readonly Place[],
): Lane['near'] => {
  const all = Array.from({ length: count }, (_, at) => ({ at: count - 1 - at, isSure: false }));
  let directory: string | undefined;
  let close: readonly Place[] | undefined;
  return (path) => {
    const asked = path.slice(0, path.lastIndexOf('/') + 1);
    if (asked !== directory) {
      directory = asked;
      close = undefined;
      return all;
    }
    close ??= findClose(all, asked, path);
    return close;
  };
};

const createLane = ({ name, rules }: OwnersSection, dialect: DialectName): Lane => {
  const marks: Mark[] = [];
  const tests: PathTest[] = [];
  const markAt = (at: number): Mark => {
    const mark = marks[at] ?? readMark(rules[at]?.pattern ?? '', dialect);
    marks[at] = mark;
    return mark;
  };
  const covers: Lane['covers'] = (at, path) => {
    const rule = rules[at];
    if (!rule || !hasMark(markAt(at), path)) return false;
    const test = tests[at] ?? createPatternTest(rule.pattern, dialect);
    tests[at] = test;
    return test(path.slice(1));
  };
  const near = createNear(rules.length, (all, directory, path) =>
    all.flatMap((place) => {
      const { at } = place;
      if (!mayStartIn(markAt(at), directory)) return [];
      if (!isOfDirectory(rules[at]?.pattern ?? '')) return [place];
      return covers(at, path) ? [{ at, isSure: true }] : [];
    }),
  );
  return { name, rules, near, covers };
};

/** The rule that decides; before it, the open ones, which decide for some readers alone. */
const decide = ({ name, rules, near, covers }: Lane, path: string): Decision[] => {
  const decisions: Decision[] = [];
  for (const { at, isSure } of near(path)) {
    const rule = rules[at];
    if (rule === undefined || !(isSure || covers(at, path))) continue;
    decisions.push({ section: name, rule });
    if (!rule.open) break;
  }
  return decisions;
};

const createLanes = ({ dialect, sections }: OwnersRules): Lane[] =>
  sections.map((section) => createLane(section, dialect));

const findIn = (lanes: readonly Lane[], path: string): Ownership =>
  concludeOwnership(lanes.flatMap((lane) => decide(lane, `/${path}`)));

/**
 * Answers by trying rules from the last one on: for the few paths of a commit. Paths and patterns are
 * compared exactly: case counts, and no Unicode form is changed.
 */
export const createOwnersMatcher = (rules: OwnersRules): OwnersMatcher => {
  const lanes = createLanes(rules);
  return { find: (path) => findIn(lanes, path) };
};

const listCovering = ({ name, rules, covers }: Lane, path: string): Decision[] =>
  rules.filter((_, at) => covers(at, path)).map((rule) => ({ section: name, rule }));

/** The same, for whoever also asks why. */
export const createOwnersScan = (rules: OwnersRules): OwnersScan => {
  const lanes = createLanes(rules);
  return {
    find: (path) => findIn(lanes, path),
    findAll: (path) =>
      lanes
        .flatMap((lane) => listCovering(lane, `/${path}`))
        .toSorted((a, b) => a.rule.line - b.rule.line),
  };
};

/** How names compare for some readers of GitHub's rules: composed, or byte by byte. */
const RECODINGS: ((text: string) => string)[] = [
  (text) => text.normalize('NFC'),
  // A pattern may have more bytes than a call takes arguments.
  (text) => Buffer.from(encodeBytes(text)).toString('latin1'),
];

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);

const recode = ({ dialect, sections }: OwnersRules, by: (text: string) => string): OwnersRules => ({
  dialect,
  sections: sections.map((section) => ({
    ...section,
    rules: section.rules.map((rule) => ({ ...rule, pattern: by(shortenPattern(rule.pattern)) })),
  })),
});

/**
 * Answers for whoever must not miss an owner: where careful readings of GitHub's rules differ over letters
 * beyond ASCII, the owners of all of them. `rules` are those of `listAskedSections`.
 */
export const createAskingMatcher = (rules: OwnersRules): OwnersMatcher => {
  const plain = createOwnersMatcher(rules);
  let others: ((path: string) => Ownership)[] | undefined;
  return {
    find(path) {
      if (rules.dialect === 'gitlab' || isAscii(path)) return plain.find(path);
      others ??= RECODINGS.map((by) => {
        const matcher = createOwnersMatcher(recode(rules, by));
        return (name) => matcher.find(by(name));
      });
      const found = [plain.find(path), ...others.map((find) => find(path))];
      return concludeOwnership(found.flatMap(({ decisions }) => decisions));
    },
  };
};
