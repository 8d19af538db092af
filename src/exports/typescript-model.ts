import type { Allowance } from './model.ts';
import type { Meaning } from './typescript-declarations.ts';
import type { TsSpan } from './typescript-text.ts';

/** Where a name of a module comes from. */
export type TsSource =
  /** This file. `isGone`: it lists what it neither declares nor imports. */
  | { from: 'here'; local: string; meanings: readonly Meaning[]; isGone: boolean }
  /** A name of another module. `list`: the kind of statement, where there is no `import` before it. */
  | { from: 'name'; specifier: string; imported: string; list: 'plain' | 'type' | undefined }
  /** All of another module under one name. */
  | { from: 'all'; specifier: string };

/** A statement's hand-out of one name. */
export type TsExport = {
  name: string;
  span: TsSpan;
  source: TsSource;
  isType: boolean;
  isHidden: boolean;
  /** `export { … }` and `export * as`: no second one may give the name, whether of a type or a value. */
  isAlias: boolean;
  /** The same number for the names of one statement. */
  tree: number;
};

/** `export * from '…'` */
export type TsStar = { specifier: string; span: TsSpan; isType: boolean; isHidden: boolean };

/** What one file says about exports; nothing in it depends on where it lies. */
export type TsFile = {
  exports: readonly TsExport[];
  stars: readonly TsStar[];
  fault: { line: number; column: number; reason: string } | undefined;
  /** Why it may have names that no statement shows. */
  open: string | undefined;
  allowances: readonly Omit<Allowance, 'path'>[];
};
