import { directoryOf } from '../kit/paths.ts';
import { showCondition } from './condition.ts';
import type {
  Binding,
  Candidate,
  Entry,
  ListedReexport,
  Module,
  ModuleConflict,
  Surface,
  Tree,
  Wildcard,
} from './model.ts';
import { createShowing, type Showing, type Shown } from './python-bindings.ts';
import type { PythonFile, PythonImport } from './python-file.ts';
import { showModule } from './python-imports.ts';
import { createItems, createMentions } from './python-items.ts';
import {
  findSubmodule,
  layoutOf,
  locateModule,
  type Place,
  placeOfFile,
} from './python-modules.ts';
import { createModules, type Modules, type PythonModule } from './python-names.ts';

/** What was learned of one tree. */
export type PythonWorld = {
  tree: Tree;
  modules: Modules;
  showing: Showing;
  files: Map<string, PythonFile>;
};

/** A tree, read by and by. `scan` reads a file of it, and is asked for each once. */
export const createWorld = (
  tree: Tree,
  scan: (path: string) => PythonFile | undefined,
): PythonWorld => {
  const files = new Map<string, PythonFile>();
  const read = (path: string): PythonFile | undefined => {
    const known = files.get(path);
    if (known) return known;
    const file = scan(path);
    if (file) files.set(path, file);
    return file;
  };
  const modules = createModules(layoutOf(tree), read);
  const showing = createShowing(modules, createItems(modules, createMentions(tree)));
  return { tree, modules, showing, files };
};

/** A module that is reached from outside. */
type Reached = { module: PythonModule; shown: Shown };

/** The modules that public names stand for, and those whose names stars hand on. */
const listReached = ({ modules, showing }: PythonWorld, root: PythonModule): Reached[] => {
  const reached = new Map<string, Reached>();
  const open = [root];
  for (const module of open) {
    if (reached.has(module.id)) continue;
    const shown = showing.show(module);
    reached.set(module.id, { module, shown });
    for (const { target } of module.stars) if (target) open.push(target);
    for (const { module: path, isHidden } of shown.bindings) {
      if (path !== undefined && !isHidden && path.endsWith('.py'))
        open.push(modules.readModule(placeOfFile(path)));
    }
  }
  return [...reached.values()];
};

const listWildcards = ({ module }: Reached): Wildcard[] =>
  module.stars.map(({ star, target, shown }) => ({
    statement: { path: module.place.path, ...star.span },
    module: module.id,
    name: shown,
    target: target?.id ?? shown,
  }));

const isShownModule = ({ kind, module, form, isHidden }: Binding): boolean =>
  kind === 'module' && module !== undefined && form === 'explicit' && !isHidden;

/** Told at the import; at the list only where there is none. */
const listCandidates = ({ module, shown }: Reached): Candidate[] => {
  const found = shown.bindings.filter(isShownModule);
  const isListed = ({ origin }: Binding): boolean => origin.startsWith('__all__ ');
  const imported = new Set(found.filter((each) => !isListed(each)).map(({ name }) => name));
  return found
    .filter((each) => !isListed(each) || !imported.has(each.name))
    .map(({ name, statement }) => ({ statement, module: module.id, name, segments: [name] }));
};

const isFromImport = (binding: PythonFile['bindings'][number]): binding is PythonImport =>
  binding.kind === 'import' && binding.item !== undefined;

/** Sorters write imports with `as` by themselves, and some write one name a line: those are not split by anybody. */
const listReexports = (
  { modules, showing }: PythonWorld,
  { module }: Reached,
): ListedReexport[] => {
  const imports = module.file?.bindings.filter(isFromImport) ?? [];
  const trees = imports.map(({ tree }) => tree);
  if (new Set(trees).size === trees.length) return [];
  const { path } = module.place;
  return imports
    .filter(
      (each) => !each.hasAlias && each.from.segments.length > 0 && showing.isApi(module, each),
    )
    .flatMap((each) => {
      const located = locateModule(modules.layout, path, each.from);
      if (located.kind !== 'found') return [];
      const target = `${located.place.path}|${showCondition(each.condition)}`;
      const statement = { path, ...each.span };
      return [
        { statement, module: module.id, name: showModule(each.from), target, tree: each.tree },
      ];
    });
};

/** `a/__init__.py` takes the place of `a.py`, which nobody can import then. */
const listConflicts = ({ modules }: PythonWorld, { module }: Reached): ModuleConflict[] => {
  const { place, id } = module;
  const directory = place.kind === 'file' ? place.directory : undefined;
  const other = `${directory}.py`;
  if (!directory || !place.path.endsWith('.py') || !modules.layout.has(other)) return [];
  const statement = { path: other, line: 1, column: 1, from: 1, to: 1 };
  const name = directory.slice(directory.lastIndexOf('/') + 1);
  return [{ statement, module: id, name, paths: [place.path, other] }];
};

const toModule = ({ module, shown }: Reached): [string, Module] => [
  module.id,
  { id: module.id, path: module.place.path, bindings: shown.bindings, openings: module.openings },
];

/** An entry that has become a file, or a directory without `__init__`, is there still. */
const findEntryPlace = (
  { modules: { layout } }: PythonWorld,
  { path }: Entry,
): Place | undefined => {
  if (layout.has(path)) return placeOfFile(path);
  const { directory } = placeOfFile(path);
  if (!directory) return undefined;
  const name = directory.slice(directory.lastIndexOf('/') + 1);
  return findSubmodule(layout, directoryOf(directory), name);
};

/**
 * What a Python module shows to the outside: what its `__all__` lists, else its own public names and those
 * that it imports from its own package, every star followed. No interpreter is needed, and nothing is run.
 */
export const readPythonSurface = (world: PythonWorld, entry: Entry): Surface => {
  const place = findEntryPlace(world, entry);
  const before = world.files.size;
  const reached = listReached(world, world.modules.readModule(place ?? placeOfFile(entry.path)));
  const paths = reached.map(({ module }) => module.place.path);
  // What other entries have read is told with them.
  const fresh = [...world.files.keys()].slice(before);
  const own = place ? [entry.path] : [];
  return {
    entry,
    root: place?.path ?? entry.path,
    modules: new Map(reached.map(toModule)),
    wildcards: reached.flatMap(listWildcards),
    candidates: reached.flatMap(listCandidates),
    unresolved: reached.flatMap(({ shown }) => shown.unresolved),
    reexports: reached.flatMap((each) => listReexports(world, each)),
    conflicts: reached.flatMap((each) => listConflicts(world, each)),
    faults: fresh.flatMap((path) => {
      const fault = world.files.get(path)?.fault;
      return fault ? [{ path, ...fault }] : [];
    }),
    allowances: paths.flatMap((path) =>
      (world.files.get(path)?.allowances ?? []).map((each) => ({ path, ...each })),
    ),
    files: [...new Set([...own, ...paths.filter((path) => world.files.has(path)), ...fresh])],
  };
};
