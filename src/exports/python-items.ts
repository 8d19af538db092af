import { isAlways } from './condition.ts';
import type { Place as FilePlace, Tree, Unresolved } from './model.ts';
import type { PythonImport } from './python-file.ts';
import { showModule } from './python-imports.ts';
import {
  findInit,
  findSubmodule,
  isOwnPackage,
  locateModule,
  mayBeBuilt,
  type Place,
} from './python-modules.ts';
import type { Modules, PythonModule, Source } from './python-names.ts';

/** What a name stands for in the end. */
export type Item = {
  state: 'found' | 'outside' | 'missing' | 'unknown';
  origin: string;
  kind: string;
  definedAt: FilePlace | undefined;
  /** The module that it is. */
  module: Place | undefined;
  missing: Unresolved | undefined;
};

/** Answers what a name stands for. */
export type Items = {
  findItem: (module: PythonModule, name: string) => Item;
  findSource: (module: PythonModule, source: Source) => Item;
};

/** Imports of imports; no package comes near. */
const MAX_HOPS = 100;

/** Ways of one module to one name that are told apart. */
const MAX_SOURCES = 8;

const item = (state: Item['state'], origin: string, more: Partial<Item> = {}): Item => ({
  state,
  origin,
  kind: 'name',
  definedAt: undefined,
  module: undefined,
  missing: undefined,
  ...more,
});

const moduleItem = (place: Place): Item =>
  item('found', place.path, {
    kind: 'module',
    definedAt: place.kind === 'file' ? { path: place.path, line: 1, column: 1 } : undefined,
    module: place,
  });

/** Words that say which modules a build makes: what is ignored by git, and what manifests speak of. */
export const createMentions = (tree: Tree): ((name: string) => boolean) => {
  let words: Set<string> | undefined;
  const isAbout = (path: string): boolean =>
    /(?:^|\/)(?:\.gitignore|pyproject\.toml|setup\.py|setup\.cfg|meson\.build|CMakeLists\.txt|Cargo\.toml|MANIFEST\.in)$/.test(
      path,
    );
  return (name) => {
    words ??= new Set(
      tree
        .list()
        .filter(isAbout)
        .flatMap((path) => tree.read(path)?.match(/\w+/g) ?? []),
    );
    return words.has(name);
  };
};

/** Follows imports to what they take. `mentions` tells the names of modules that a build may make. */
export const createItems = (modules: Modules, mentions: (name: string) => boolean): Items => {
  const { layout, read, readModule } = modules;
  const items = new Map<string, Item>();
  const hops = new Set<string>();

  const missingIn = (module: PythonModule, binding: PythonImport, reason: string): Item => {
    const { name, span, item: taken } = binding;
    const { path } = module.place;
    const missing: Unresolved = {
      statement: { path, ...span },
      module: module.id,
      name: taken === undefined ? name : taken,
      reason,
    };
    return item('missing', `${showModule(binding.from)}::${taken ?? name}`, { missing });
  };

  const unknown = (binding: PythonImport): Item =>
    item('unknown', `?${showModule(binding.from)}::${binding.item ?? ''}`);

  const isMissing = ({ condition }: PythonImport, located: { at: string; name: string }): boolean =>
    isAlways(condition) &&
    !mayBeBuilt({ layout, mentions }, located.at, located.name) &&
    !isOpenAt(located.at);

  /** A module that writes its own `__path__`, or that of which more comes than it shows, has submodules elsewhere. */
  const readOpenAt = (at: string): boolean => {
    const file = read(findInit(layout, at) ?? at);
    if (!file) return false;
    return file.openings.length > 0 || file.bindings.some(({ name }) => name === '__path__');
  };

  const openAt = new Map<string, boolean>();
  const isOpenAt = (at: string): boolean => {
    const known = openAt.get(at) ?? readOpenAt(at);
    openAt.set(at, known);
    return known;
  };

  /** Whether a name that no statement shows may be there: another way in, an opening, a module that is built. */
  const mayBeThere = (binding: PythonImport, target: PythonModule, name: string): boolean => {
    const { directory } = target.place;
    if (!isAlways(binding.condition) || /^__.*__$/.test(name)) return true;
    if (target.openings.some(({ mayYield }) => mayYield(name))) return true;
    return directory !== undefined && !isMissing(binding, { at: directory, name });
  };

  /** Another package may lie here in another version, and a stub tells not all of what was compiled. */
  const mayBeElsewhere = (
    { place }: PythonModule,
    { from }: PythonImport,
    target: PythonModule,
  ): boolean => {
    const isCompiled = target.place.path.endsWith('.pyi') && !place.path.endsWith('.pyi');
    return isCompiled || !isOwnPackage(layout, place.path, from);
  };

  const findSub = ({ directory }: Place, name: string): Place | undefined =>
    directory === undefined ? undefined : findSubmodule(layout, directory, name);

  const findTaken = (
    module: PythonModule,
    binding: PythonImport,
    place: Place,
    name: string,
  ): Item => {
    const target = readModule(place);
    const sub = findSub(place, name);
    // `from . import a` of a package itself is no `a` that it has had before.
    if (sub && place.path === module.place.path) return moduleItem(sub);
    const found = target.names.has(name) ? findItem(target, name) : undefined;
    if (found && found.state !== 'missing') return found;
    if (sub) return moduleItem(sub);
    if (found) return found;
    return mayBeElsewhere(module, binding, target) || mayBeThere(binding, target, name)
      ? unknown(binding)
      : missingIn(module, binding, `there is no ${name} in ${place.path}`);
  };

  const findImported = (module: PythonModule, binding: PythonImport): Item => {
    const located = locateModule(layout, module.place.path, binding.from);
    const { item: taken, from } = binding;
    if (located.kind === 'outside') {
      return item('outside', `${showModule(from)}::${taken ?? ''}`, {
        kind: taken === undefined ? 'module' : 'name',
      });
    }
    if (located.kind === 'found') {
      if (taken === undefined) return moduleItem(located.place);
      return findTaken(module, binding, located.place, taken);
    }
    if (!isMissing(binding, located)) return unknown(binding);
    return missingIn(module, binding, `there is no module ${located.name}`);
  };

  const findSource = (module: PythonModule, source: Source): Item => {
    if (source.kind === 'star') return findItem(source.from, source.name);
    const { binding } = source;
    if (binding.kind === 'import') return findImported(module, binding);
    const { path } = module.place;
    const { line, column } = binding.span;
    const kind = binding.kind === 'temporary' ? 'variable' : binding.kind;
    return item('found', `${path}:${binding.name}`, { kind, definedAt: { path, line, column } });
  };

  const buildItem = (module: PythonModule, name: string): Item => {
    const sources = module.names.get(name) ?? [];
    // Of many the last ones: an import that is there a hundred times says nothing new.
    const found = sources.slice(-MAX_SOURCES).map((source) => findSource(module, source));
    const origins = new Set(found.map(({ origin }) => origin));
    const own = found.filter(({ state }) => state !== 'missing');
    const last = own.at(-1) ?? found.at(-1);
    if (!last) return item('unknown', `?${module.id}:${name}`);
    return origins.size === 1 ? last : { ...last, origin: `${module.id}:${name}` };
  };

  const findItem: Items['findItem'] = (module, name) => {
    const key = `${module.id} ${name}`;
    const known = items.get(key);
    if (known) return known;
    if (hops.has(key) || hops.size > MAX_HOPS) return item('unknown', `?${module.id}:${name}`);
    hops.add(key);
    const found = buildItem(module, name);
    hops.delete(key);
    items.set(key, found);
    return found;
  };

  return { findItem, findSource };
};
