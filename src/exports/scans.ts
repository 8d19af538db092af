import type { Tree } from './model.ts';

/**
 * What scanners said of files, kept from one process to the next. A result is known by what was scanned (its
 * kind and the blob's id), so it is never out of date; whoever keeps it may lose it at any time.
 */
export type Scans = {
  has: (key: string) => boolean;
  /** Plain data as `keep` was given it; undefined where it is not there any more. */
  find: (key: string) => unknown;
  keep: (key: string, result: unknown) => void;
  /** The same of what a base shows: it is large, and there is another one at each commit, so that few are kept. */
  findBase: (key: string) => unknown;
  keepBase: (key: string, result: unknown) => void;
  /** Writes down what is new. Never throws: to be without is only slower. */
  save: () => void;
};

/** One scanner: text → what the file says. */
export type Scanner<File> = {
  /** What tells its results from others': the scanner, and all of a path that matters to it. No tab in it. */
  kindOf: (path: string) => string;
  scan: (path: string, text: string) => File;
  /** Plain data out of a result, and back. */
  toPlain: (file: File) => unknown;
  fromPlain: (plain: unknown) => File;
  /** Whether the same text has the same result at any other time. */
  isLasting: (file: File) => boolean;
};

/** Reads files of one language, whichever tree they are in. */
export type FileReader<File> = {
  /** Undefined where there is no such file. */
  read: (tree: Tree, path: string) => File | undefined;
  /** Whether a blob's text is not needed any more. */
  isKnown: (path: string, id: string) => boolean;
};

/** Files of the same text are scanned once: those of the base are mostly those of the head, and of yesterday. */
export const createFileReader = <File>(
  scanner: Scanner<File>,
  scans: Scans | undefined,
): FileReader<File> => {
  const known = new Map<string, File>();

  const remember = (key: string, file: File): File => {
    known.set(key, file);
    return file;
  };

  const recall = (key: string): File | undefined => {
    const plain = scans?.find(key);
    return plain === undefined ? undefined : remember(key, scanner.fromPlain(plain));
  };

  const scan = (path: string, text: string, key: string): File =>
    remember(key, scanner.scan(path, text));

  /** Of trees that do not know their texts by ids: each file is read once. */
  const plain = new WeakMap<Tree, Map<string, File | undefined>>();

  const readPlain = (tree: Tree, path: string): File | undefined => {
    const files = plain.get(tree) ?? new Map<string, File | undefined>();
    plain.set(tree, files);
    if (files.has(path)) return files.get(path);
    const text = tree.read(path);
    const file = text === undefined ? undefined : scanner.scan(path, text);
    files.set(path, file);
    return file;
  };

  const read = (tree: Tree, path: string): File | undefined => {
    if (!tree.id) return readPlain(tree, path);
    const id = tree.id(path);
    if (id === undefined) return undefined;
    const key = `${scanner.kindOf(path)} ${id}`;
    const file = known.get(key) ?? recall(key);
    if (file) return file;
    const text = tree.read(path);
    if (text === undefined) return undefined;
    const fresh = scan(path, text, key);
    if (scanner.isLasting(fresh)) scans?.keep(key, scanner.toPlain(fresh));
    return fresh;
  };

  return {
    read,
    isKnown: (path, id) => {
      const key = `${scanner.kindOf(path)} ${id}`;
      return known.has(key) || (scans?.has(key) ?? false);
    },
  };
};
