import type { Binding, Opening } from './model.ts';
import type { TsExport, TsFile, TsStar } from './typescript-model.ts';
import type { Target } from './typescript-resolver.ts';

/** An `export *`, with the module that it leads to. */
export type StarEdge = { star: TsStar; from: TsNode; to: TsNode | undefined };

/** The hand-out of one name, on its way to what that name is. */
export type Handout = {
  node: TsNode;
  item: TsExport;
  /** The module that it takes its name from. */
  to: TsNode | undefined;
  isServed: boolean;
};

/** A module while its names are resolved. Only what somebody asks for is followed. */
export type TsNode = {
  path: string;
  file: TsFile;
  exports: ReadonlyMap<string, readonly TsExport[]>;
  names: Map<string, Binding[]>;
  openings: Opening[];
  stars: StarEdge[] | undefined;
  /** The modules that it was followed to. */
  opened: Set<TsNode>;
  /** The stars that lead here. */
  starred: StarEdge[];
  /** Who waits for a name of this module. */
  waiting: Map<string, Handout[]>;
  asked: Set<string>;
  isAskedWhole: boolean;
};

const groupByName = (exports: readonly TsExport[]): Map<string, TsExport[]> => {
  const groups = new Map<string, TsExport[]>();
  for (const item of exports) {
    const group = groups.get(item.name) ?? [];
    if (group.push(item) === 1) groups.set(item.name, group);
  }
  return groups;
};

/** What a file that could not be read whole may have more. */
const openFile = (path: string, { open }: TsFile): Opening[] =>
  open === undefined ? [] : [{ key: `${path}: ${open}`, mayYield: () => true }];

/** A module with nothing followed yet. */
export const createTsNode = (path: string, file: TsFile): TsNode => ({
  path,
  file,
  exports: groupByName(file.exports),
  names: new Map(),
  openings: openFile(path, file),
  stars: undefined,
  opened: new Set(),
  starred: [],
  waiting: new Map(),
  asked: new Set(),
  isAskedWhole: false,
});

/** What is not read: something outside, or a file whose names nobody knows. */
export const openTarget = (target: Target): Opening | undefined => {
  if (target.kind === 'outside') {
    return { key: `outside ${target.name}`, mayYield: (name) => name !== 'default' };
  }
  if (target.kind !== 'asset') return undefined;
  return { key: `asset ${target.path}`, mayYield: () => true };
};

/** A module and all that was read for it. */
export const listOpened = (node: TsNode): ReadonlySet<TsNode> => {
  const seen = new Set([node]);
  for (const each of seen) for (const next of each.opened) seen.add(next);
  return seen;
};

/** A module and all that its stars reach. */
export const listStarred = (node: TsNode): ReadonlySet<TsNode> => {
  const seen = new Set([node]);
  for (const each of seen) for (const { to } of each.stars ?? []) if (to) seen.add(to);
  return seen;
};

/** The openings of a module and of all that its stars reach. */
export const listTsOpenings = (node: TsNode): Opening[] =>
  [...listStarred(node)].flatMap(({ openings }) => openings);

/** A module and all that its stars reach. */
export type Starred = (node: TsNode) => ReadonlySet<TsNode>;

/** What a module's stars reach, for as long as no other module is followed. */
export const createStarred = (): Starred => {
  const known = new Map<TsNode, ReadonlySet<TsNode>>();
  return (node) => {
    const own = known.get(node) ?? listStarred(node);
    known.set(node, own);
    return own;
  };
};

/** The modules that wait for their own names, by those. */
export const groupPending = (handouts: readonly Handout[]): Map<string, Set<TsNode>> => {
  const groups = new Map<string, Set<TsNode>>();
  for (const { node, item } of handouts) {
    const group = groups.get(item.name) ?? new Set();
    groups.set(item.name, group.add(node));
  }
  return groups;
};
