import type { DialectName } from './dialect.ts';
import type { OwnersRule, OwnersRules, OwnersSection } from './file.ts';
import {
  concludeOwnership,
  createPatternTest,
  type Decision,
  type Ownership,
  type OwnersMatcher,
} from './match.ts';
import { isGlobstar, readShape, type Shape } from './pattern.ts';
import {
  collectTargets,
  createSegmentTable,
  enterSegment,
  type SegmentTable,
} from './segment-table.ts';

/** No rule, where rules are their places in the section, counted from 0. */
const NONE = -1;

/** A place in the tree of all patterns of a section: what the segments so far lead to. */
type Node = {
  children: SegmentTable<Node> | null;
  /** Where a `**` leads. */
  deep: Node | null;
  /** True for what a `**` leads to: it is there in every directory below as well. */
  isDeep: boolean;
  /** The last rule that covers a path that ends here. */
  self: number;
  /** The last rule that covers everything below. */
  below: number;
  /** The last rule that ends here or further on. */
  reach: number;
  /** The directory that it was last added to. */
  addedTo: Directory | null;
};

const createNode = (isDeep: boolean): Node => ({
  children: null,
  deep: null,
  isDeep,
  self: NONE,
  below: NONE,
  reach: NONE,
  addedTo: null,
});

const addShape = (root: Node, { segments, self, below }: Shape, rule: number): void => {
  let node = root;
  for (const segment of segments) {
    node.reach = rule;
    if (isGlobstar(segment)) {
      node.deep ??= createNode(true);
      node = node.deep;
    } else {
      node.children ??= createSegmentTable();
      node = enterSegment(node.children, segment, () => createNode(false));
    }
  }
  node.reach = rule;
  if (self) node.self = rule;
  if (below) node.below = rule;
};

/** From here on a pattern is walked instead: in a deep directory it could stand at as many places at once. */
const MAX_SEGMENTS_BEHIND_GLOBSTAR = 8;
/** More names than any tree that is worked in has directories, one below the other. */
const MAX_SEGMENTS = 64;

const isForNodes = ({ segments }: Shape): boolean => {
  const globstar = segments.findIndex(isGlobstar);
  const behind = globstar === -1 ? 0 : segments.length - globstar - 1;
  return behind <= MAX_SEGMENTS_BEHIND_GLOBSTAR && segments.length <= MAX_SEGMENTS;
};

/** The patterns of a section: nearly all as one tree, and those that are walked one by one, the last first. */
type Patterns = { root: Node; walked: { rule: number; covers: (path: string) => boolean }[] };

/** Rules in file order, so that a later one takes the places of an earlier one. */
const buildPatterns = (rules: readonly OwnersRule[], dialect: DialectName): Patterns => {
  const patterns: Patterns = { root: createNode(false), walked: [] };
  for (const [rule, { pattern }] of rules.entries()) {
    const shape = readShape(pattern, dialect);
    if (shape === null) continue;
    if (isForNodes(shape)) addShape(patterns.root, shape, rule);
    else patterns.walked.push({ rule, covers: createPatternTest(pattern, dialect) });
  }
  patterns.walked.reverse();
  return patterns;
};

/** What is known of a directory before any of its names is read. */
type Directory = {
  path: string;
  above: Directory | null;
  /** Where patterns stand that may still cover more than `best` does. */
  nodes: Node[];
  /** The last rule that covers everything in it. */
  best: number;
};

const addNode = (directory: Directory, node: Node | null): void => {
  if (node === null || node.reach <= directory.best || node.addedTo === directory) return;
  node.addedTo = directory;
  directory.nodes.push(node);
};

const enterDirectory = (above: Directory, path: string, name: string): Directory => {
  const { nodes, best: outer } = above;
  const reached: Node[] = [];
  for (const { children } of nodes) {
    if (children) collectTargets(children, name, outer, reached);
  }
  const best = reached.reduce((last, { below }) => Math.max(last, below), outer);
  const directory: Directory = { path, above, nodes: [], best };
  for (const node of nodes) if (node.isDeep) addNode(directory, node);
  for (const node of reached) {
    addNode(directory, node);
    addNode(directory, node.deep);
  }
  return directory;
};

/** The directory of this path, if it is `from` or above it: a listing goes down, and up again. */
const findAbove = (from: Directory, path: string): Directory | null => {
  let directory: Directory | null = from;
  while (directory && directory.path.length > path.length) directory = directory.above;
  return directory?.path === path ? directory : null;
};

/** Directories with longer paths are not kept: a path of two thousand of them would cost as many long keys. */
const MAX_KEPT_PATH = 512;

const createDirectories = (root: Node): ((path: string) => Directory) => {
  const top: Directory = { path: '', above: null, nodes: [], best: NONE };
  addNode(top, root);
  addNode(top, root.deep);
  const known = new Map([['', top]]);
  let last = top;
  /** The nearest directory at or above `path` that is known. */
  const findKnown = (path: string): Directory => {
    const isShort = path.length <= MAX_KEPT_PATH;
    let end = isShort ? path.length : path.lastIndexOf('/', MAX_KEPT_PATH);
    for (; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const found = known.get(path.slice(0, end));
      if (found) return found;
    }
    return top;
  };
  const enterFrom = (above: Directory, path: string): Directory => {
    let directory = above;
    while (directory.path.length < path.length) {
      const start = directory.path === '' ? 0 : directory.path.length + 1;
      const slash = path.indexOf('/', start);
      const end = slash === -1 ? path.length : slash;
      directory = enterDirectory(directory, path.slice(0, end), path.slice(start, end));
      if (end <= MAX_KEPT_PATH) known.set(directory.path, directory);
    }
    return directory;
  };
  return (path) => {
    // A listing names the files of a directory one after the other, goes down, and up again.
    last = findAbove(last, path) ?? enterFrom(findKnown(path), path);
    return last;
  };
};

/** The last rule of a section that covers a path, or `NONE`. */
type FindRule = (directory: string, name: string, path: string) => number;

const createFinder = ({ rules }: OwnersSection, dialect: DialectName): FindRule => {
  const { root, walked } = buildPatterns(rules, dialect);
  const findDirectory = createDirectories(root);
  const reached: Node[] = [];
  const findInNodes = ({ nodes, best }: Directory, name: string): number => {
    reached.length = 0;
    for (const { children } of nodes) if (children) collectTargets(children, name, best, reached);
    let decided = best;
    for (const { self } of reached) if (self > decided) decided = self;
    return decided;
  };
  return (directory, name, path) => {
    const decided = findInNodes(findDirectory(directory), name);
    if (walked.length === 0) return decided;
    return walked.find(({ rule, covers }) => rule > decided && covers(path))?.rule ?? decided;
  };
};

const createAnswers = ({ name, rules }: OwnersSection): Ownership[] =>
  rules.map((rule) => concludeOwnership([{ section: name, rule }]));

const UNMATCHED = concludeOwnership([]);

/**
 * Answers for a whole tree: the patterns are one tree of segments, and what is known of a directory is
 * kept, so that each path costs one look at its last name. The same answers as `createOwnersMatcher`, to
 * whom open rules are left.
 */
export const createOwnersIndex = ({ dialect, sections }: OwnersRules): OwnersMatcher => {
  const finders = sections.map((section) => ({ section, find: createFinder(section, dialect) }));
  const [only, ...others] = finders;
  const answers = only && others.length === 0 ? createAnswers(only.section) : [];
  const decide = (directory: string, name: string, path: string): Decision[] =>
    finders.flatMap(({ section, find }) => {
      const rule = section.rules[find(directory, name, path)];
      return rule ? [{ section: section.name, rule }] : [];
    });
  return {
    find(path) {
      const slash = path.lastIndexOf('/');
      const directory = slash === -1 ? '' : path.slice(0, slash);
      const name = path.slice(slash + 1);
      if (!only) return UNMATCHED;
      if (others.length > 0) return concludeOwnership(decide(directory, name, path));
      return answers[only.find(directory, name, path)] ?? UNMATCHED;
    },
  };
};
