import { directoryOf } from '../kit/paths.ts';
import type { FoundEntry } from './language.ts';
import type { Tree } from './model.ts';
import { PYTHON_MANIFEST } from './names.ts';
import { findInit, findRoot, type Layout, layoutOf } from './python-modules.ts';

/** Whether a file of this name says what belongs to a package. */
export const isPythonManifest = (path: string): boolean => PYTHON_MANIFEST.test(path);

const PRIVATE = /Private\s*::|^\s*package(?:-mode)?\s*=\s*false/m;

/** Whether what a manifest says is enough to build something that others install. */
const isBuilt = (path: string, text: string): boolean => {
  if (PRIVATE.test(text)) return false;
  if (path.endsWith('setup.py')) return /\bsetup\s*\(/.test(text);
  if (path.endsWith('setup.cfg')) return /^\[metadata\]/m.test(text);
  return /^\[build-system\]/m.test(text) && /^\[(?:project|tool\.poetry)\]/m.test(text);
};

/** By the manifests of the nearest directory that has any. */
const isPublishable = (tree: Tree, layout: Layout, path: string): boolean => {
  for (let directory = directoryOf(path); ; directory = directoryOf(directory)) {
    const own = layout.listDirectory(directory).filter(isPythonManifest);
    if (own.length > 0) {
      const texts = own.map((each) => ({ path: each, text: tree.read(each) ?? '' }));
      const isClosed = texts.some(({ text }) => PRIVATE.test(text));
      return !isClosed && texts.some((each) => isBuilt(each.path, each.text));
    }
    if (directory === '') return false;
  }
};

/** `src/a/b/__init__.py` → `a.b`. */
const nameOf = (layout: Layout, path: string): string => {
  const root = findRoot(layout, path);
  const own = root === '' ? path : path.slice(root.length + 1);
  return own.replace(/(?:\/__init__)?\.pyi?$/, '').replaceAll('/', '.');
};

/** A file as an entry. */
export const describePython = (tree: Tree, path: string): FoundEntry => {
  const layout = layoutOf(tree);
  return {
    path,
    isConfigured: false,
    isPublishable: isPublishable(tree, layout, path),
    isProgram: false,
    key: `python ${nameOf(layout, path)}`,
  };
};

/** Directories whose packages nobody outside imports. */
const OTHERS = new Set([
  'test',
  'tests',
  'docs',
  'doc',
  'examples',
  'site-packages',
  'node_modules',
]);

const isOthers = (path: string): boolean =>
  directoryOf(path)
    .split('/')
    .some((segment) => OTHERS.has(segment) || /^[._]./.test(segment));

/** Every package that is not private by its name or that of one above. */
export const findPythonEntries = (tree: Tree): FoundEntry[] => {
  const layout = layoutOf(tree);
  return tree
    .list()
    .filter((path) => /(?:^|\/)__init__\.pyi?$/.test(path) && !isOthers(path))
    .filter((path) => findInit(layout, directoryOf(path)) === path)
    .map((path) => describePython(tree, path));
};

/** What an entry is likely to reach: of a top package all files below, of others those beside it. */
export const guessPythonFiles = (tree: Tree, path: string): readonly string[] => {
  const layout = layoutOf(tree);
  const directory = directoryOf(path);
  const isTop = findRoot(layout, path) === directoryOf(directory);
  const isPython = (each: string): boolean => /\.pyi?$/.test(each);
  if (!isTop) return layout.listDirectory(directory).filter(isPython);
  return tree.list().filter((each) => each.startsWith(`${directory}/`) && isPython(each));
};
