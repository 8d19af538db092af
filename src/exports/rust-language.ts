import { joinPath } from '../kit/paths.ts';
import { crateName, findPackage, libraryRoot, listPackages, type Package } from './cargo.ts';
import type { FoundEntry, Language, SurfaceReader } from './language.ts';
import type { Tree } from './model.ts';
import { CARGO_MANIFEST, RUST_SOURCE } from './names.ts';
import { readRustSurface } from './rust.ts';
import { type RustFile, reviveRust } from './rust-file.ts';
import { scanRust } from './rust-text.ts';
import { createFileReader, type Scanner } from './scans.ts';

const isSource: Language['isSource'] = (path) => RUST_SOURCE.test(path);

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

const SCANNER: Scanner<RustFile> = {
  kindOf: () => 'rust',
  scan: (_, text) => scanRust(text),
  toPlain: (file) => file,
  fromPlain: (plain) => reviveRust(plain as RustFile),
  isLasting: () => true,
};

const createReader: Language['createReader'] = (scans) => {
  const files = createFileReader(SCANNER, scans);
  const read: SurfaceReader['read'] = (tree, entry) =>
    readRustSurface(tree, entry, (path) => files.read(tree, path));
  return { findStamp: () => 'rust', read, isKnown: files.isKnown };
};

/** Rust, by its own scanner: it needs no compiler, and no crate that builds. */
export const RUST: Language = {
  isSource,
  isManifest: (path) => CARGO_MANIFEST.test(path),
  guessFiles: (tree, { path }) => {
    const directory = path.slice(0, path.lastIndexOf('/') + 1);
    return tree.list().filter((each) => each.startsWith(directory) && isSource(each));
  },
  findEntries,
  describeEntry,
  createReader,
};
