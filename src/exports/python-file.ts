import { type Condition, createReviver } from './condition.ts';
import type { Allowance, Statement } from './model.ts';

/** A statement of one file, which does not know its own path. */
export type Span = Omit<Statement, 'path'>;

/** What stands behind `from` or `import`. `level` is the number of dots before it. */
export type ModulePath = { level: number; segments: readonly string[] };

type Common = {
  name: string;
  span: Span;
  condition: Condition;
  /** It is meant to take another one's place: an overload, or what uses its own predecessor. */
  isReplacing: boolean;
};

/** `temporary` is a name that is there, and that nobody means to export: of a loop, a `with`, a `global`. */
export type PythonDefinition = Common & {
  kind: 'function' | 'class' | 'variable' | 'temporary';
};

export type PythonImport = Common & {
  kind: 'import';
  from: ModulePath;
  /** Undefined of `import a.b`. */
  item: string | undefined;
  /** `as` stands there, be it with the same name. */
  hasAlias: boolean;
  /** Names of one statement have the same number. */
  tree: number;
};

/** What one statement gives one name to. */
export type PythonBinding = PythonDefinition | PythonImport;

/** `from a import *`. */
export type PythonStar = { span: Span; condition: Condition; from: ModulePath };

/** What a list may be made of; `module` is the `__all__` of what those names lead to. */
export type AllItem =
  | { kind: 'name'; name: string; span: Span }
  | { kind: 'module'; names: readonly string[] }
  | { kind: 'self' }
  | { kind: 'unknown' };

/** One statement about `__all__`. */
export type AllStep = {
  op: 'set' | 'add' | 'remove';
  items: readonly AllItem[];
  condition: Condition;
};

/** What the module level of one Python file says about names. */
export type PythonFile = {
  /** In the order of the file. */
  bindings: readonly PythonBinding[];
  stars: readonly PythonStar[];
  /** Empty where there is no `__all__`. */
  all: readonly AllStep[];
  /** Names that a statement takes away at the end of what the file does. */
  deleted: ReadonlySet<string>;
  /** Why more names may come from it than its statements show. */
  openings: readonly string[];
  allowances: readonly Omit<Allowance, 'path'>[];
  fault: { line: number; column: number; reason: string } | undefined;
};

type PlainPython = Omit<PythonFile, 'deleted'> & { deleted: readonly string[] };

/** A file as JSON can have it. */
export const toPlainPython = (file: PythonFile): PlainPython => ({
  ...file,
  deleted: [...file.deleted],
});

/** A file out of plain data, as JSON has it. */
export const revivePython = (plain: PlainPython): PythonFile => {
  const revive = createReviver();
  const reviveAll = <T extends { condition: Condition }>(list: readonly T[]): T[] =>
    list.map((each) => ({ ...each, condition: revive(each.condition) }));
  return {
    ...plain,
    bindings: reviveAll(plain.bindings),
    stars: reviveAll(plain.stars),
    all: reviveAll(plain.all),
    deleted: new Set(plain.deleted),
  };
};
