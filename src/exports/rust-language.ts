import {
  crateName,
  findPackage,
  joinPath,
  libraryRoot,
  listPackages,
  MANIFEST,
  type Package,
} from './cargo.ts';
import type { FoundEntry, Language } from './language.ts';
import type { Tree } from './model.ts';
import { readRustSurface } from './rust.ts';
import type { RustFile } from './rust-file.ts';
import { scanRust } from './rust-text.ts';

const isSource: Language['isSource'] = (path) => path.endsWith('.rs');

const entryOf = (path: string, own: Package | undefined, isProgram: boolean): FoundEntry => ({
  path,
  isConfigured: false,
  isPublishable: own?.manifest.isPublishable ?? false,
  isProgram,
  key: own ? `${crateName(own)} ${isProgram ? 'program' : 'library'}` : path,
});

/** `lib.rs` and `main.rs` of each package. */
const findEntries: Language['findEntries'] = (tree) => {
  const paths = new Set(tree.list());
  return [...listPackages(tree).values()]
    .filter(({ manifest }) => manifest.name !== undefined)
    .flatMap((own) => {
      const program = joinPath(own.directory, 'src/main.rs') ?? '';
      const entries = [entryOf(libraryRoot(own), own, false), entryOf(program, own, true)];
      return entries.filter(({ path }) => paths.has(path));
    });
};

const describeEntry = (tree: Tree, path: string): FoundEntry =>
  entryOf(path, findPackage(listPackages(tree), path), path.endsWith('main.rs'));

/** Files of the same text are scanned once: those of the base are mostly those of the head. */
const createReader: Language['createReader'] = () => {
  const scanned = new Map<string, RustFile>();
  const scan = (text: string): RustFile => {
    const known = scanned.get(text) ?? scanRust(text);
    scanned.set(text, known);
    return known;
  };
  return (tree, entry) => {
    const read = (path: string): RustFile | undefined => {
      const text = tree.read(path);
      return text === undefined ? undefined : scan(text);
    };
    return readRustSurface(tree, entry, read);
  };
};

/** Rust, by its own scanner: it needs no compiler, and no crate that builds. */
export const RUST: Language = {
  isSource,
  isManifest: (path) => path === MANIFEST || path.endsWith(`/${MANIFEST}`),
  guessFiles: (tree, { path }) => {
    const directory = path.slice(0, path.lastIndexOf('/') + 1);
    return tree.list().filter((each) => each.startsWith(directory) && isSource(each));
  },
  findEntries,
  describeEntry,
  createReader,
};
