import type { Entry, IsKnown, Surface, Tree } from './model.ts';
import type { Scans } from './scans.ts';

/** An entry that was found, with what tells it from others wherever it lies. */
export type FoundEntry = Entry & { key: string };

/** Why a language cannot be read here, where what reads it is not installed. */
export const UNAVAILABLE =
  'oxc-parser, which reads it, is not installed here; npm install --save-dev leasehold brings it';

/** One family of languages. `rust-language.ts` is the first; its siblings are listed in `surfaces.ts`. */
export type Language = {
  /** Whether a file of this name is one of its sources. */
  isSource: (path: string) => boolean;
  /** Whether a file of this name says what belongs to a package. */
  isManifest: (path: string) => boolean;
  /** The files that an entry is likely to reach, so that they can be read at once. */
  guessFiles: (tree: Tree, entry: Entry) => readonly string[];
  /** The files that a package of this language can be entered by. */
  findEntries: (tree: Tree) => FoundEntry[];
  /** What an entry that the config names is a part of; undefined where nothing says. */
  describeEntry: (tree: Tree, path: string) => FoundEntry | undefined;
  /** A reader that knows again what it has read, whichever tree it was in, and what others have kept. */
  createReader: (scans: Scans | undefined) => SurfaceReader;
};

/** Reads what an entry of a tree shows. */
export type SurfaceReader = {
  /** What reads files, where that is not ours; undefined where what it says now counts for now alone. */
  findStamp: () => string | undefined;
  read: (tree: Tree, entry: Entry) => Surface;
  isKnown: IsKnown;
};
