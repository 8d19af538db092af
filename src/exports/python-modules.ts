import { directoryOf } from '../kit/paths.ts';
import type { Tree } from './model.ts';
import type { ModulePath } from './python-file.ts';

/** A module: a file, or a directory without `__init__` (its path ends in `/`). */
export type Place =
  | { kind: 'file'; path: string; directory: string | undefined }
  | { kind: 'namespace'; path: string; directory: string };

/** Where a path of an import leads. `missing` is in the repository's own package and not there. */
export type Located =
  | { kind: 'found'; place: Place }
  | { kind: 'missing'; at: string; name: string }
  | { kind: 'outside' };

/** Files by their names, asked for many times. */
export type Layout = {
  has: (path: string) => boolean;
  /** Whether files lie in or under it. */
  hasDirectory: (path: string) => boolean;
  /** Files and directories of one directory; the latter end in `/`. */
  listDirectory: (path: string) => readonly string[];
};

const join = (directory: string, name: string): string =>
  directory === '' ? name : `${directory}/${name}`;

const layouts = new WeakMap<Tree, Layout>();

/** The files of a tree as Python looks for them. */
export const layoutOf = (tree: Tree): Layout => {
  const layout = layouts.get(tree) ?? createLayout(tree);
  layouts.set(tree, layout);
  return layout;
};

const createLayout = (tree: Tree): Layout => {
  const files = new Set(tree.list());
  const directories = new Map<string, string[]>();
  const add = (path: string, directory: string): boolean => {
    const own = directories.get(directory) ?? [];
    if (own.push(path) > 1) return false;
    directories.set(directory, own);
    return true;
  };
  for (const path of files) {
    let [own, directory] = [path, directoryOf(path)];
    while (add(own, directory) && directory !== '') {
      [own, directory] = [`${directory}/`, directoryOf(directory)];
    }
  }
  return {
    has: (path) => files.has(path),
    hasDirectory: (path) => directories.has(path),
    listDirectory: (path) => directories.get(path) ?? [],
  };
};

const INIT = ['__init__.py', '__init__.pyi'];

/** The file that makes a directory a package. */
export const findInit = ({ has }: Layout, directory: string): string | undefined =>
  INIT.map((name) => join(directory, name)).find(has);

/** The module of a name in a directory: a package before a file, a directory without `__init__` last. */
export const findSubmodule = (
  layout: Layout,
  directory: string,
  name: string,
): Place | undefined => {
  const own = join(directory, name);
  const init = findInit(layout, own);
  if (init !== undefined) return { kind: 'file', path: init, directory: own };
  const path = [`${own}.py`, `${own}.pyi`].find(layout.has);
  if (path !== undefined) return { kind: 'file', path, directory: undefined };
  return layout.hasDirectory(own)
    ? { kind: 'namespace', path: `${own}/`, directory: own }
    : undefined;
};

/** The directory from which a file's package is imported: the first one above without `__init__`. */
export const findRoot = (layout: Layout, path: string): string => {
  let directory = directoryOf(path);
  while (directory !== '' && findInit(layout, directory) !== undefined)
    directory = directoryOf(directory);
  return directory;
};

/** The module's place by its file. */
export const placeOfFile = (path: string): Place => ({
  kind: 'file',
  path,
  directory: /(?:^|\/)__init__\.pyi?$/.test(path) ? directoryOf(path) : undefined,
});

const walk = (layout: Layout, start: string, segments: readonly string[]): Located => {
  let at: Place = { kind: 'namespace', path: `${start}/`, directory: start };
  const init = findInit(layout, start);
  if (init !== undefined) at = { kind: 'file', path: init, directory: start };
  for (const name of segments) {
    if (at.directory === undefined) return { kind: 'missing', at: at.path, name };
    const next = findSubmodule(layout, at.directory, name);
    if (!next) return { kind: 'missing', at: at.directory, name };
    at = next;
  }
  return { kind: 'found', place: at };
};

const locateRelative = (layout: Layout, from: string, { level, segments }: ModulePath): Located => {
  let directory = directoryOf(from);
  for (let up = 1; up < level; up += 1) {
    if (directory === '') return { kind: 'outside' };
    directory = directoryOf(directory);
  }
  return walk(layout, directory, segments);
};

/**
 * Where an import of one file leads. A path without dots is looked for beside the file's own top package,
 * then in the directories above, where the file lies in a package without `__init__`.
 */
export const locateModule = (layout: Layout, from: string, path: ModulePath): Located => {
  const { level, segments } = path;
  if (level > 0) return locateRelative(layout, from, path);
  const [first] = segments;
  if (first === undefined) return { kind: 'outside' };
  for (let root = findRoot(layout, from); ; root = directoryOf(root)) {
    const top = join(root, first);
    const isOwn = from.startsWith(`${top}/`) || from === `${top}.py`;
    const isPackage = findInit(layout, top) !== undefined;
    if (isOwn) return walk(layout, root, segments);
    if (isPackage) {
      const located = walk(layout, root, segments);
      return located.kind === 'found' ? located : { kind: 'outside' };
    }
    if (root === '') return { kind: 'outside' };
  }
};

/** Whether an import stays in the package of its file. */
export const isOwnPackage = (
  layout: Layout,
  from: string,
  { level, segments }: ModulePath,
): boolean => {
  const [first] = segments;
  if (level > 0 || first === undefined) return level > 0;
  for (let root = findRoot(layout, from); ; root = directoryOf(root)) {
    if (from.startsWith(`${join(root, first)}/`)) return true;
    if (root === '') return false;
  }
};

const GENERATED = /(?:^_|version|about|_pb2|_pb2_grpc|generated|build)/i;

/**
 * Whether a module that no file of Python is there for may be there in a build: compiled, generated, or
 * ignored by git.
 */
export const mayBeBuilt = (
  { layout, mentions }: { layout: Layout; mentions: (name: string) => boolean },
  directory: string,
  name: string,
): boolean => {
  if (GENERATED.test(name)) return true;
  const isLike = (path: string): boolean => {
    const file = path.slice(path.lastIndexOf('/') + 1);
    return (
      !/\.pyi?$/.test(file) && (file.startsWith(`${name}.`) || file.startsWith(`${name}module.`))
    );
  };
  return layout.listDirectory(directory).some(isLike) || mentions(name);
};
