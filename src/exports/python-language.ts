import type { Language, SurfaceReader } from './language.ts';
import type { Tree } from './model.ts';
import { PYTHON_SOURCE } from './names.ts';
import { createWorld, type PythonWorld, readPythonSurface } from './python.ts';
import { type PythonFile, revivePython, toPlainPython } from './python-file.ts';
import {
  describePython,
  findPythonEntries,
  guessPythonFiles,
  isPythonManifest,
} from './python-packages.ts';
import { scanPython } from './python-scan.ts';
import { createFileReader, type Scanner } from './scans.ts';

const SCANNER: Scanner<PythonFile> = {
  kindOf: () => 'python',
  scan: (_, text) => scanPython(text),
  toPlain: toPlainPython,
  fromPlain: (plain) => revivePython(plain as Parameters<typeof revivePython>[0]),
  isLasting: () => true,
};

/** Modules of one tree are read once for all entries. */
const createReader: Language['createReader'] = (scans) => {
  const files = createFileReader(SCANNER, scans);
  const worlds = new WeakMap<Tree, PythonWorld>();
  const read: SurfaceReader['read'] = (tree, entry) => {
    const world = worlds.get(tree) ?? createWorld(tree, (path) => files.read(tree, path));
    worlds.set(tree, world);
    return readPythonSurface(world, entry);
  };
  return { findStamp: () => 'python', read, isKnown: files.isKnown };
};

/** Python, by a scanner of module levels: nothing is imported, and no interpreter is needed. */
export const PYTHON: Language = {
  isSource: (path) => PYTHON_SOURCE.test(path),
  isManifest: isPythonManifest,
  guessFiles: (tree, { path }) => guessPythonFiles(tree, path),
  findEntries: findPythonEntries,
  describeEntry: describePython,
  createReader,
};
