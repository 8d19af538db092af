import type { Language } from './language.ts';
import type { Tree } from './model.ts';
import { createWorld, type PythonWorld, readPythonSurface } from './python.ts';
import type { PythonFile } from './python-file.ts';
import {
  describePython,
  findPythonEntries,
  guessPythonFiles,
  isPythonManifest,
} from './python-packages.ts';
import { scanPython } from './python-scan.ts';

/** Files of the same text are scanned once, and modules of one tree are read once for all entries. */
const createReader: Language['createReader'] = () => {
  const scanned = new Map<string, PythonFile>();
  const worlds = new WeakMap<Tree, PythonWorld>();
  const scan = (text: string): PythonFile => {
    const known = scanned.get(text) ?? scanPython(text);
    scanned.set(text, known);
    return known;
  };
  return (tree, entry) => {
    const world = worlds.get(tree) ?? createWorld(tree, scan);
    worlds.set(tree, world);
    return readPythonSurface(world, entry);
  };
};

/** Python, by a scanner of module levels: nothing is imported, and no interpreter is needed. */
export const PYTHON: Language = {
  isSource: (path) => /\.pyi?$/.test(path),
  isManifest: isPythonManifest,
  guessFiles: (tree, { path }) => guessPythonFiles(tree, path),
  findEntries: findPythonEntries,
  describeEntry: describePython,
  createReader,
};
