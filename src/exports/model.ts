import type { Condition } from './condition.ts';

/**
 * What a language has to fill, and all that the rules know of it.
 *
 * A language is one function, `(tree, entry) → Surface`: it reads what the entry reaches, and says for
 * each module that can be reached from outside what names it has. Rules compare surfaces; none of them
 * knows a language. A file that cannot be parsed is a `Fault`, and leaves an `Opening` wherever names
 * could have come from it: a name that may be behind an opening is neither gone nor missing.
 */

/** A tree of files, whether of a commit, of the index or of the disk. Paths are relative to its top. */
export type Tree = {
  /** The id of a commit, or of something else that never changes; undefined for what may. */
  version?: string | undefined;
  /** Undefined where there is no such file. */
  read: (path: string) => string | undefined;
  list: () => readonly string[];
  /** The id of the file's blob, by which equal texts are known; undefined where there is no such file. */
  id?: (path: string) => string | undefined;
  /**
   * These will be asked for, but for those that somebody knows by their ids: whoever reads one by one at a
   * price can have them at once. Undefined where there is no such price.
   */
  ahead?: (paths: readonly string[], isKnown?: IsKnown) => void;
};

/** Whether the text of a blob at a path is not needed any more. */
export type IsKnown = (path: string, id: string) => boolean;

/** Where the audit starts. */
export type Entry = {
  path: string;
  /** Named by the config, rather than found. */
  isConfigured: boolean;
  /** Its package goes to a registry, so that others build on its names. */
  isPublishable: boolean;
  /** Nobody can import from it: a program. */
  isProgram: boolean;
};

/** Lines and columns count from 1; columns are UTF-16 code units. */
export type Place = { path: string; line: number; column: number };

/** A place in a statement, with the lines on which a comment speaks of the whole of it. */
export type Statement = Place & {
  /** The first line of the statement, or of the comments and attributes right above. */
  from: number;
  /** The last line; of something with a body, that of its head. */
  to: number;
};

/** Two names of different namespaces never meet. A name from outside the repository is of an unknown one. */
export type Namespace = 'type' | 'value' | 'macro' | 'unknown';

/** One name that one statement gives to one module. A module may have several of a name. */
export type Binding = {
  name: string;
  namespace: Namespace;
  /** `fn`, `struct`, `module`…, for the words of a finding; `constructor` of what is told as a type already. */
  kind: string;
  /** The same text for the same item, by whatever route it is reached. */
  origin: string;
  /** Where the item is defined; undefined where that is outside. */
  definedAt: Place | undefined;
  statement: Statement;
  form: 'explicit' | 'wildcard';
  /** What the statements on the way from the wildcard say. */
  condition: Condition;
  /** That and what all modules on the way say: when the name is there. */
  availability: Condition;
  /** Not API: `#[doc(hidden)]`, `@internal`, or only there under test. */
  isHidden: boolean;
  /** The module that the name stands for, so that a path may go on from it. */
  module: string | undefined;
  /** Of a wildcard's name: the binding that it was found by in the other module. */
  source: Binding | undefined;
  /** The re-export of something that is not there; told by `unresolved`. */
  isMissing: boolean;
  /** A second statement may bind the same item again, as Python's imports may. */
  mayRepeat: boolean;
  /** An explicit name or a nearer one takes its place: it is no name of the module's. */
  isShadowed: boolean;
  /** It hands on whatever the name stands for, so that another such statement takes part in no other namespace. */
  isAlias: boolean;
};

/** Something that may give a module names which no statement shows. */
export type Opening = {
  /** The same text for the same thing in another version. */
  key: string;
  mayYield: (name: string) => boolean;
};

/** The key of an opening that is there because somebody stopped counting: it may yield what it likes. */
export const LIMIT = 'more names than can be followed';

/** The names of one module that can be had from outside, or are handed on by a wildcard. */
export type Module = {
  id: string;
  /** The file that it stands in. */
  path: string;
  /** In the order of the file. */
  bindings: readonly Binding[];
  openings: readonly Opening[];
};

/** A statement that hands on all names of another module. */
export type Wildcard = { statement: Statement; module: string; name: string; target: string };

/** A public module, or one whose name is in the path of a re-export, which may look internal. */
export type Candidate = {
  statement: Statement;
  module: string;
  name: string;
  /** Segments that are held against the patterns. */
  segments: readonly string[];
};

/** A re-export of something in the repository that is not there. */
export type Unresolved = { statement: Statement; module: string; name: string; reason: string };

/** A re-export of names of one module: two of them in one place should be one. */
export type ListedReexport = {
  statement: Statement;
  module: string;
  /** What it re-exports from, as it is written. */
  name: string;
  /** The same text for two that could be one. */
  target: string;
  /** The same number for two that are one statement. */
  tree: number;
};

/** Two files that both claim to be one module. */
export type ModuleConflict = {
  statement: Statement;
  module: string;
  name: string;
  paths: readonly string[];
};

/** Why a file cannot be read, at the first place where that shows. */
export type Fault = Place & { reason: string };

/** A comment that lets findings through: `leasehold: allow(RULE, …) -- reason`. */
export type Allowance = {
  path: string;
  line: number;
  column: number;
  rules: readonly string[];
  /** Undefined where none is given: then it lets nothing through. */
  reason: string | undefined;
};

/** All that one entry shows to the outside. */
export type Surface = {
  entry: Entry;
  /** The id of the entry's own module. */
  root: string;
  modules: ReadonlyMap<string, Module>;
  wildcards: readonly Wildcard[];
  candidates: readonly Candidate[];
  unresolved: readonly Unresolved[];
  reexports: readonly ListedReexport[];
  conflicts: readonly ModuleConflict[];
  faults: readonly Fault[];
  allowances: readonly Allowance[];
  /** Every file that was read. */
  files: readonly string[];
};
