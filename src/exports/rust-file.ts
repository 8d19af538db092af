import { type Condition, createReviver } from './condition.ts';
import type { Allowance, Statement } from './model.ts';

/** A statement of one file, which does not know its own path. */
export type Span = Omit<Statement, 'path'>;

/** `in` is relative to the module that it stands in: `crate`, `self`, `super`, or a path of `pub(in …)`. */
export type RustVisibility = 'public' | { in: readonly string[] };

type Common = {
  span: Span;
  visibility: RustVisibility;
  condition: Condition;
  isHidden: boolean;
};

/** One leaf of a use tree. */
export type RustUse = Common & {
  kind: 'use';
  /** From the start of the path; of a glob without its `*`. */
  segments: readonly string[];
  /** The path begins with `::`. */
  isGlobal: boolean;
  isGlob: boolean;
  /** `a::{self}` takes the module alone. */
  isModuleOnly: boolean;
  /** The name that it gives; empty for `as _` and globs. */
  name: string;
  /** The leaf's path as it is written, with its `*`. */
  shown: string;
  /** The offset of the statement: leaves of one tree have the same. */
  tree: number;
  /** Its attributes, as they are written. */
  attributes: string;
};

export type RustDefinition = Common & {
  kind: 'definition';
  what: 'fn' | 'struct' | 'enum' | 'union' | 'trait' | 'type' | 'const' | 'static' | 'macro';
  name: string;
  /** A tuple struct or a unit struct, which is a value too. */
  hasConstructor: boolean;
  /** A tuple struct with a private field: nobody outside of its module has the value. */
  isSealed?: boolean;
  /** Of an enum. */
  variants: readonly { name: string; span: Span }[];
  /** Attributes and derives that may write more names beside it. */
  makers: string;
  /** Of a macro. */
  body: string;
  /** `#[macro_export]`: it lies at the crate's root. */
  isExported: boolean;
};

export type RustModule = Common & {
  kind: 'module';
  name: string;
  /** Undefined where it lies in a file of its own. */
  items: readonly RustItem[] | undefined;
  /** `#[path = "…"]`, and when it counts. */
  paths: readonly { path: string; condition: Condition }[];
  makers: string;
};

/** `extern crate name as alias;` */
export type RustCrate = Common & { kind: 'crate'; crate: string; name: string };

/** A macro that is called where items stand, and may write any. */
export type RustCall = { kind: 'call'; name: string; text: string };

export type RustItem = RustUse | RustDefinition | RustModule | RustCrate | RustCall;

/** What one file says, in the order in which it says it. */
export type RustFile = {
  items: readonly RustItem[];
  /** Of the whole file, by its inner attributes. */
  condition: Condition;
  isHidden: boolean;
  allowances: readonly Omit<Allowance, 'path'>[];
  /** Where it is no Rust; then nothing that it says counts. */
  fault: { line: number; column: number; reason: string } | undefined;
};

type Revive = ReturnType<typeof createReviver>;

const reviveItem = (item: RustItem, revive: Revive): RustItem => {
  if (item.kind === 'call') return item;
  const condition = revive(item.condition);
  if (item.kind !== 'module') return { ...item, condition };
  return {
    ...item,
    condition,
    items: item.items?.map((each) => reviveItem(each, revive)),
    paths: item.paths.map((each) => ({ ...each, condition: revive(each.condition) })),
  };
};

/** A file out of plain data, as JSON has it. */
export const reviveRust = (plain: RustFile): RustFile => {
  const revive = createReviver();
  return {
    ...plain,
    items: plain.items.map((item) => reviveItem(item, revive)),
    condition: revive(plain.condition),
  };
};

/** No module nests deeper than that, nor a brace in a use tree, nor has a path more segments. */
export const MAX_NESTING = 64;
