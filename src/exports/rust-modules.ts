import { directoryOf, joinPath } from '../kit/paths.ts';
import { ALWAYS, both, type Condition, isAlways } from './condition.ts';
import type { Allowance, Fault, ModuleConflict, Statement, Tree } from './model.ts';
import type { RustFile, RustItem, RustModule, Span } from './rust-file.ts';

/** A module of a crate: a file, or a part of one. */
export type CrateModule = {
  /** `crate::a::b`; one of several of a name, which conditions tell apart, has a number behind it. */
  id: string;
  /** The statement that has it; undefined of a crate's root. */
  declared: RustModule | undefined;
  parent: CrateModule | undefined;
  path: string;
  items: readonly RustItem[];
  /** When it is there. */
  availability: Condition;
  isHidden: boolean;
  /** Why its names are not known. */
  unknown: string | undefined;
  children: CrateModule[];
};

/** What was found on the way through the files of a crate. */
export type Report = {
  conflicts: ModuleConflict[];
  faults: Fault[];
  allowances: Allowance[];
  files: Set<string>;
  /** `mod x;` without a file. */
  missing: { statement: Statement; module: string; name: string; reason: string }[];
};

/** Reads a file of Rust; undefined where there is none. */
export type ReadRust = (path: string) => RustFile | undefined;

/** More modules than any crate has; what lies behind is not known. */
const MAX_MODULES = 20_000;

const inDirectory = (directory: string, name: string): string =>
  directory === '' ? name : `${directory}/${name}`;

/** Where the modules of a file are looked for: beside it, or in a directory of its own. */
type Base = {
  /** For `mod x;`. */
  directory: string;
  /** For `#[path]`, which in a file `a.rs` counts from beside it. */
  attributes: string;
};

const baseOf = (path: string, ownsDirectory: boolean): Base => {
  const beside = directoryOf(path);
  const name = path.slice(beside === '' ? 0 : beside.length + 1).replace(/\.rs$/, '');
  return { directory: ownsDirectory ? beside : inDirectory(beside, name), attributes: beside };
};

type Todo = {
  module: CrateModule;
  base: Base;
  file: RustFile | undefined;
  above: readonly string[];
};

type Loading = {
  read: ReadRust;
  has: (path: string) => boolean;
  report: Report;
  ids: Map<string, number>;
  todo: Todo[];
  count: number;
};

export const placeIn = (path: string, span: Span): Statement => ({ path, ...span });

const uniqueId = ({ ids }: Loading, parent: CrateModule, name: string): string => {
  const id = `${parent.id.replace(/~\d+$/, '')}::${name}`;
  const count = (ids.get(id) ?? 0) + 1;
  ids.set(id, count);
  return count === 1 ? id : `${id}~${count}`;
};

const addModule = (
  loading: Loading,
  parent: CrateModule,
  declared: RustModule,
  more: { path: string; when: Condition; unknown: string | undefined; file: RustFile | undefined },
): CrateModule => {
  const { path, when, unknown, file } = more;
  const own = both(both(declared.condition, when), file?.condition ?? ALWAYS);
  const module: CrateModule = {
    id: uniqueId(loading, parent, declared.name),
    declared,
    parent,
    path,
    items: file?.items ?? declared.items ?? [],
    availability: both(parent.availability, own),
    isHidden: parent.isHidden || declared.isHidden || (file?.isHidden ?? false),
    unknown,
    children: [],
  };
  parent.children.push(module);
  loading.count += 1;
  return module;
};

const noteFile = ({ report }: Loading, path: string, file: RustFile): void => {
  if (report.files.has(path)) return;
  report.files.add(path);
  for (const allowance of file.allowances) report.allowances.push({ path, ...allowance });
  if (file.fault) report.faults.push({ path, ...file.fault });
};

type Candidate = { path: string; when: Condition; ownsDirectory: boolean };

/** The files that `mod x;` may mean; a path of an attribute may lead anywhere in the tree. */
const listCandidates = (declared: RustModule, base: Base): Candidate[] => {
  const named = declared.paths.flatMap(({ path, condition }) => {
    const target = joinPath(base.attributes, path.replaceAll('\\', '/'));
    return target === undefined ? [] : [{ path: target, when: condition, ownsDirectory: true }];
  });
  if (named.some(({ when }) => when === ALWAYS)) return named;
  const { directory } = base;
  return [
    ...named,
    { path: inDirectory(directory, `${declared.name}.rs`), when: ALWAYS, ownsDirectory: false },
    { path: inDirectory(directory, `${declared.name}/mod.rs`), when: ALWAYS, ownsDirectory: true },
  ];
};

const noteConflict = (
  { report }: Loading,
  parent: CrateModule,
  declared: RustModule,
  found: readonly Candidate[],
): void => {
  const rivals = found.filter(({ when }) => when === ALWAYS);
  if (rivals.length < 2) return;
  report.conflicts.push({
    statement: placeIn(parent.path, declared.span),
    module: parent.id,
    name: declared.name,
    paths: rivals.map(({ path }) => path),
  });
};

const noteMissing = ({ report }: Loading, parent: CrateModule, declared: RustModule): void => {
  if (declared.visibility !== 'public' || !isAlways(declared.condition)) return;
  report.missing.push({
    statement: placeIn(parent.path, declared.span),
    module: parent.id,
    name: declared.name,
    reason: 'there is no file for it',
  });
};

const loadFile = (
  loading: Loading,
  { module: parent, above }: Todo,
  declared: RustModule,
  { path, when, ownsDirectory }: Candidate,
): void => {
  // A file that is its own ancestor never ends.
  const isCircular = above.includes(path);
  const file = isCircular || loading.count > MAX_MODULES ? undefined : loading.read(path);
  if (file) noteFile(loading, path, file);
  const unknown = file && !file.fault ? undefined : `file ${path}`;
  const module = addModule(loading, parent, declared, { path, when, unknown, file });
  const base = baseOf(path, ownsDirectory);
  if (file) loading.todo.push({ module, base, file, above: [...above, path] });
};

const loadOutlined = (loading: Loading, todo: Todo, declared: RustModule): void => {
  const candidates = listCandidates(declared, todo.base);
  const found = candidates.filter(({ path }) => loading.has(path));
  noteConflict(loading, todo.module, declared, found);
  if (found.length > 0) {
    // Of two rivals only one is read: which of them is meant, nobody can tell.
    const [first] = found.filter(({ when }) => when === ALWAYS);
    const chosen = found.filter((each) => each.when !== ALWAYS || each === first);
    for (const candidate of chosen) loadFile(loading, todo, declared, candidate);
    return;
  }
  noteMissing(loading, todo.module, declared);
  const path = candidates[0]?.path ?? todo.module.path;
  const unknown = `file ${path}`;
  addModule(loading, todo.module, declared, { path, when: ALWAYS, unknown, file: undefined });
};

const loadInline = (loading: Loading, todo: Todo, declared: RustModule): void => {
  const { path } = todo.module;
  const more = { path, when: ALWAYS, unknown: undefined, file: undefined };
  const module = addModule(loading, todo.module, declared, more);
  const named = declared.paths[0] && joinPath(todo.base.attributes, declared.paths[0].path);
  const directory = named ?? inDirectory(todo.base.directory, declared.name);
  loading.todo.push({ ...todo, module, base: { directory, attributes: directory } });
};

const loadChildren = (loading: Loading, todo: Todo): void => {
  for (const item of todo.module.items) {
    if (item.kind !== 'module') continue;
    if (item.items) loadInline(loading, todo, item);
    else loadOutlined(loading, todo, item);
  }
};

/** The whole module tree below a crate's root file, private modules included, without recursion. */
export const loadCrate = (
  root: { path: string; label: string },
  read: ReadRust,
  tree: { has: (path: string) => boolean },
  report: Report,
): CrateModule => {
  const file = read(root.path);
  const module: CrateModule = {
    id: root.label,
    declared: undefined,
    parent: undefined,
    path: root.path,
    items: file?.items ?? [],
    availability: file?.condition ?? ALWAYS,
    isHidden: false,
    unknown: file && !file.fault ? undefined : `file ${root.path}`,
    children: [],
  };
  const loading: Loading = { read, has: tree.has, report, ids: new Map(), todo: [], count: 0 };
  if (!file) return module;
  noteFile(loading, root.path, file);
  loading.todo.push({ module, base: baseOf(root.path, true), file, above: [root.path] });
  for (let next = loading.todo.pop(); next; next = loading.todo.pop()) loadChildren(loading, next);
  return module;
};

/** A tree whose listing is looked up once. */
export const indexTree = (tree: Tree): { has: (path: string) => boolean } => {
  const paths = new Set(tree.list());
  // A file that git ignores may be there all the same, where a build has written it.
  return { has: (path) => paths.has(path) || tree.read(path) !== undefined };
};
