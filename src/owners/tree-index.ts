import type { DialectName } from './dialect.ts';
import type { OwnersRule, OwnersRules, OwnersSection } from './file.ts';
import { concludeOwnership, type Decision, type Ownership, type OwnersMatcher } from './match.ts';
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
};

const createNode = (isDeep: boolean): Node => ({
  children: null,
  deep: null,
  isDeep,
  self: NONE,
  below: NONE,
  reach: NONE,
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

/** Rules in file order, so that a later one takes the places of an earlier one. */
const buildNodes = (rules: readonly OwnersRule[], dialect: DialectName): Node => {
  const root = createNode(false);
  for (const [rule, { pattern }] of rules.entries()) {
    const shape = readShape(pattern, dialect);
    if (shape !== null) addShape(root, shape, rule);
  }
  return root;
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

const addNode = (nodes: Node[], node: Node | null, best: number): void => {
  if (node !== null && node.reach > best && !nodes.includes(node)) nodes.push(node);
};

const enterDirectory = (above: Directory, path: string, name: string): Directory => {
  const { nodes, best: outer } = above;
  const reached: Node[] = [];
  for (const { children } of nodes) {
    if (children) collectTargets(children, name, outer, reached);
  }
  const best = reached.reduce((last, { below }) => Math.max(last, below), outer);
  const inside: Node[] = [];
  for (const node of nodes) if (node.isDeep) addNode(inside, node, best);
  for (const node of reached) {
    addNode(inside, node, best);
    addNode(inside, node.deep, best);
  }
  return { path, above, nodes: inside, best };
};

/** The directory of this path, if it is `from` or above it: a listing goes down, and up again. */
const findAbove = (from: Directory, path: string): Directory | null => {
  let directory: Directory | null = from;
  while (directory && directory.path.length > path.length) directory = directory.above;
  return directory?.path === path ? directory : null;
};

/** The last rule of a section that covers a path, or `NONE`. */
type FindRule = (directory: string, name: string) => number;

const createFinder = ({ rules }: OwnersSection, dialect: DialectName): FindRule => {
  const root = buildNodes(rules, dialect);
  const top: Directory = { path: '', above: null, nodes: [], best: NONE };
  addNode(top.nodes, root, NONE);
  addNode(top.nodes, root.deep, NONE);
  const known = new Map([['', top]]);
  const findDirectory = (path: string): Directory => {
    const found = known.get(path);
    if (found) return found;
    const slash = path.lastIndexOf('/');
    const above = findDirectory(slash === -1 ? '' : path.slice(0, slash));
    const directory = enterDirectory(above, path, path.slice(slash + 1));
    known.set(path, directory);
    return directory;
  };
  const reached: Node[] = [];
  let last = top;
  return (path, name) => {
    last = findAbove(last, path) ?? findDirectory(path);
    const { nodes, best } = last;
    reached.length = 0;
    for (const { children } of nodes) if (children) collectTargets(children, name, best, reached);
    let decided = best;
    for (const { self } of reached) if (self > decided) decided = self;
    return decided;
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
  const decide = (directory: string, name: string): Decision[] =>
    finders.flatMap(({ section, find }) => {
      const rule = section.rules[find(directory, name)];
      return rule ? [{ section: section.name, rule }] : [];
    });
  return {
    find(path) {
      const slash = path.lastIndexOf('/');
      const directory = slash === -1 ? '' : path.slice(0, slash);
      const name = path.slice(slash + 1);
      if (!only) return UNMATCHED;
      if (others.length > 0) return concludeOwnership(decide(directory, name));
      return answers[only.find(directory, name)] ?? UNMATCHED;
    },
  };
};
