import { type FoundEntry, type Language, type SurfaceReader, UNAVAILABLE } from './language.ts';
import type { Entry, Surface, Tree } from './model.ts';
import { isInstalled, TS_MANIFEST, TS_SOURCE } from './names.ts';
import { loadOxc, type Oxc } from './oxc-store.ts';
import { createFileReader, type Scanner, type Scans } from './scans.ts';
import { createTsReader } from './typescript.ts';
import { listTsEntries } from './typescript-entries.ts';
import { isLasting, languageOf, readTsFile } from './typescript-file.ts';
import type { TsFile } from './typescript-model.ts';
import { PACKAGE } from './typescript-packages.ts';
import { createTsResolver, type TsResolver } from './typescript-resolver.ts';

const isSource: Language['isSource'] = (path) => TS_SOURCE.test(path) && !isInstalled(path);

const isManifest: Language['isManifest'] = (path) => TS_MANIFEST.test(path) && !isInstalled(path);

/** One of a tree: entries are found and read by the same. */
const resolvers = new WeakMap<Tree, TsResolver>();

const resolverOf = (tree: Tree): TsResolver => {
  const resolver = resolvers.get(tree) ?? createTsResolver(tree);
  resolvers.set(tree, resolver);
  return resolver;
};

const describeEntry = (tree: Tree, path: string): FoundEntry => {
  const own = resolverOf(tree).findOwn(path);
  return {
    path,
    isConfigured: false,
    isPublishable: own?.name !== undefined && own.manifest.private !== true,
    isProgram: false,
    key: `${own?.directory ?? ''} ${path}`,
  };
};

/** Larger trees are read as far as they are reached. */
const MAX_GUESSED = 2_000;

const guessFiles: Language['guessFiles'] = (tree, { path }) => {
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  const files = tree.list().filter((each) => each.startsWith(directory) && isSource(each));
  return files.length > MAX_GUESSED ? [] : files;
};

/** Nobody can say anything then: told once, and of no tree that it is a fault of its own. */
const createBlindReader = () => {
  let isTold = false;
  return (entry: Entry): Surface => {
    const faults = isTold ? [] : [{ path: entry.path, line: 1, column: 1, reason: UNAVAILABLE }];
    isTold = true;
    const openings = [{ key: UNAVAILABLE, mayYield: () => true }];
    const root = { id: entry.path, path: entry.path, bindings: [], openings };
    return {
      entry,
      root: entry.path,
      modules: new Map([[entry.path, root]]),
      wildcards: [],
      candidates: [],
      unresolved: [],
      reexports: [],
      conflicts: [],
      faults,
      allowances: [],
      files: [entry.path],
    };
  };
};

const createScanner = (oxc: Oxc): Scanner<TsFile> => ({
  kindOf: (path) => `${languageOf(path).lang} ${oxc.version}`,
  scan: (path, text) => readTsFile(path, text, oxc),
  toPlain: (file) => file,
  fromPlain: (plain) => plain as TsFile,
  isLasting: (file) => oxc.version !== undefined && isLasting(file),
});

/** The modules of one tree are followed once for all entries. */
const createReading = (oxc: Oxc, scans: Scans | undefined): SurfaceReader => {
  const files = createFileReader(createScanner(oxc), scans);
  const readers = new WeakMap<Tree, ReturnType<typeof createTsReader>>();
  const openTree = (tree: Tree): ReturnType<typeof createTsReader> =>
    createTsReader({
      resolver: resolverOf(tree),
      read: (path) => files.read(tree, path),
      ahead: tree.ahead && ((paths) => tree.ahead?.(paths, files.isKnown)),
    });
  const read: SurfaceReader['read'] = (tree, entry) => {
    const reader = readers.get(tree) ?? openTree(tree);
    readers.set(tree, reader);
    return reader(entry);
  };
  const findStamp = () => oxc.version && `oxc ${oxc.version}`;
  return { findStamp, read, isKnown: files.isKnown };
};

const createReader: Language['createReader'] = (scans) => {
  const readBlindly = createBlindReader();
  let opened: SurfaceReader | undefined;
  /** Trees without an entry of this language need no parser. */
  const open = (): SurfaceReader => {
    const oxc = loadOxc();
    opened ??= oxc
      ? createReading(oxc, scans)
      : {
          findStamp: () => undefined,
          read: (_, entry) => readBlindly(entry),
          isKnown: () => true,
        };
    return opened;
  };
  return {
    findStamp: () => open().findStamp(),
    read: (tree, entry) => open().read(tree, entry),
    isKnown: (path, id) => open().isKnown(path, id),
  };
};

/** TypeScript and JavaScript, by oxc-parser's list of a file's exports and our own resolver. */
export const TYPESCRIPT: Language = {
  isSource,
  isManifest,
  guessFiles,
  findEntries: (tree) =>
    tree.list().some((path) => path.endsWith(PACKAGE)) ? listTsEntries(tree, resolverOf(tree)) : [],
  describeEntry,
  createReader,
};
