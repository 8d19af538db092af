import { ALWAYS, both, type Condition, either, isAlways, isSameCondition } from './condition.ts';
import type { Binding, Unresolved } from './model.ts';
import type { PythonBinding, PythonImport } from './python-file.ts';
import type { Item, Items } from './python-items.ts';
import { findSubmodule, isOwnPackage } from './python-modules.ts';
import type { Listed, Modules, PythonModule, Source } from './python-names.ts';

/** What a module shows. */
export type Shown = {
  bindings: readonly Binding[];
  /** The first of each name. */
  byName: ReadonlyMap<string, Binding>;
  unresolved: readonly Unresolved[];
};

export type Showing = {
  show: (module: PythonModule) => Shown;
  /** Whether a statement gives a name that is meant for others. */
  isApi: (module: PythonModule, binding: PythonBinding) => boolean;
};

const isPrivate = (name: string): boolean => name.startsWith('_');

/** `import a as a` and `from a import b as b` say that the name is meant for others. */
const isMeant = ({ item, name, from, hasAlias }: PythonImport): boolean =>
  hasAlias && name === (item ?? (from.segments.length === 1 ? from.segments[0] : undefined));

const isFacade = ({ place, file }: PythonModule): boolean =>
  place.directory !== undefined ||
  !file?.bindings.some(({ kind }) => kind === 'function' || kind === 'class');

/** The names of modules as the rules see them. */
export const createShowing = (modules: Modules, { findItem, findSource }: Items): Showing => {
  const { layout } = modules;
  const known = new Map<PythonModule, Shown>();

  /** Without `__all__`: its own definitions and what it imports from its own package, but no `_name`. */
  const isHanded: Showing['isApi'] = (module, binding) => {
    if (isPrivate(binding.name) || binding.kind === 'temporary') return false;
    if (binding.kind !== 'import' || isMeant(binding)) return true;
    const isFrom = binding.item !== undefined;
    return isFrom && isOwnPackage(layout, module.place.path, binding.from);
  };

  /** A module that defines functions or classes imports others for itself. */
  const isApi: Showing['isApi'] = (module, binding) => {
    if (module.listed) return show(module).byName.has(binding.name);
    const isForOthers = binding.kind !== 'import' || isMeant(binding) || isFacade(module);
    return isForOthers && isHanded(module, binding);
  };

  /** Whether a star takes it on purpose. */
  const isTaken = (module: PythonModule, name: string, other: Binding | undefined): boolean => {
    if (isPrivate(name) || other === undefined) return other !== undefined;
    const sources = module.names.get(name) ?? [];
    return (
      !other.isHidden ||
      sources.some((source) => source.kind === 'own' && isHanded(module, source.binding))
    );
  };

  /** What may come from elsewhere too is there whatever a condition says. */
  const availabilityOf = ({ openings }: PythonModule, name: string, when: Condition): Condition => {
    const isOpen = openings.some(({ key, mayYield }) => key !== '__all__' && mayYield(name));
    return isOpen && !isAlways(when) ? ALWAYS : when;
  };

  const toBinding = (module: PythonModule, name: string, found: Item): Binding => ({
    name,
    namespace: 'unknown',
    kind: found.kind,
    origin: found.origin,
    definedAt: found.definedAt,
    statement: { path: module.place.path, line: 1, column: 1, from: 1, to: 1 },
    form: 'explicit',
    condition: ALWAYS,
    availability: ALWAYS,
    isHidden: false,
    module: found.module?.path,
    source: undefined,
    isMissing: found.state === 'missing',
    mayRepeat: true,
    isShadowed: false,
    isAlias: false,
  });

  /** Variables are given values again and again; only statements that define or import are held to one. */
  const showOwn = (
    module: PythonModule,
    binding: PythonBinding,
    found: Item,
    isPublic: boolean,
  ): Binding => {
    const { kind, name, span, condition, isReplacing } = binding;
    const isOnce = kind === 'import' || kind === 'function' || kind === 'class';
    const isKnown = found.state === 'found' || found.state === 'missing';
    const isHeld = isOnce && isKnown && isPublic && !isReplacing;
    return {
      ...toBinding(module, name, found),
      namespace: isHeld ? 'value' : 'unknown',
      statement: { path: module.place.path, ...span },
      condition,
      availability: availabilityOf(module, name, condition),
      isHidden: !isPublic,
      mayRepeat: !isHeld || kind === 'import',
    };
  };

  const isHiding = (sources: readonly Source[], condition: Condition): boolean =>
    sources.some(
      (other) =>
        other.kind === 'own' &&
        other.binding.kind !== 'temporary' &&
        (isAlways(other.binding.condition) || isSameCondition(other.binding.condition, condition)),
    );

  const showStar = (
    module: PythonModule,
    source: Source & { kind: 'star' },
    found: Item,
    sources: readonly Source[],
  ): Binding => {
    const { star, from, name, condition } = source;
    const other = show(from).byName.get(name);
    return {
      ...toBinding(module, name, found),
      namespace: found.state === 'found' ? 'value' : 'unknown',
      statement: { path: module.place.path, ...star.span },
      form: 'wildcard',
      condition,
      availability: availabilityOf(module, name, condition),
      isHidden: !isTaken(from, name, other),
      source: other,
      isMissing: false,
      isShadowed: isHiding(sources, condition),
    };
  };

  const conditionOf = (source: Source): Condition =>
    source.kind === 'own' ? source.binding.condition : source.condition;

  const findSub = ({ place: { directory } }: PythonModule, name: string) =>
    directory === undefined ? undefined : findSubmodule(layout, directory, name);

  /** A name that `__all__` lists: told of a list twice, it is a duplicate by itself. */
  const showListed = (
    module: PythonModule,
    listed: Listed,
  ): { binding: Binding; missing: Unresolved | undefined } => {
    const { name, span, condition, path } = listed;
    const { place } = module;
    const statement = { path, ...span };
    const sources = module.names.get(name);
    const sub = sources ? undefined : findSub(module, name);
    const isElsewhere = path !== place.path || name.startsWith('__');
    const isThere =
      sources ?? sub ?? (isElsewhere || module.openings.some(({ mayYield }) => mayYield(name)));
    const found = sources ? findItem(module, name) : undefined;
    const when = both(condition, either((sources ?? []).map(conditionOf)));
    const binding: Binding = {
      ...toBinding(module, name, found ?? NOTHING),
      ...(sub ? { kind: 'module', module: sub.path } : {}),
      origin: `__all__ ${name}`,
      statement,
      condition,
      availability: availabilityOf(module, name, sources ? when : condition),
      isMissing: !isThere,
      mayRepeat: isElsewhere,
    };
    const missing = {
      statement,
      module: module.id,
      name,
      reason: 'nothing of that name is in this module',
    };
    return { binding, missing: isThere ? undefined : missing };
  };

  const showName = (module: PythonModule, name: string, unresolved: Unresolved[]): Binding[] => {
    const sources = module.names.get(name) ?? [];
    return sources.map((source) => {
      const found = findSource(module, source);
      if (source.kind === 'star') return showStar(module, source, found, sources);
      const isPublic = module.listed !== undefined || isApi(module, source.binding);
      if (found.missing && (isPublic || isFacade(module))) unresolved.push(found.missing);
      return showOwn(module, source.binding, found, isPublic);
    });
  };

  /** They can be had of their package, and nobody says that they are meant. */
  const listSubmodules = (module: PythonModule): Binding[] => {
    const { directory } = module.place;
    const paths = directory === undefined ? [] : layout.listDirectory(directory);
    return paths.flatMap((path) => {
      const name = /([^/.]+)(?:\.pyi?|\/)$/.exec(path)?.[1];
      if (name === undefined || name === '__init__' || module.names.has(name)) return [];
      return [{ ...toBinding(module, name, NOTHING), kind: 'module', isHidden: true }];
    });
  };

  const build = (module: PythonModule): Shown => {
    const unresolved: Unresolved[] = [];
    const listed = module.listed?.map((each) => showListed(module, each));
    for (const { missing } of listed ?? []) if (missing) unresolved.push(missing);
    const told = listed?.map(({ binding }) => binding.name);
    const names = new Set(told ?? module.names.keys());
    const entries = listed?.map(({ binding }) => binding) ?? [];
    // An import that fails takes the whole package with it, whether the list has its name or not.
    const unlisted = [...module.names.keys()].filter((name) => listed && !names.has(name));
    for (const name of unlisted) showName(module, name, unresolved);
    const bindings = [
      ...entries,
      ...[...names].flatMap((name) => showName(module, name, unresolved)),
      ...(listed ? [] : listSubmodules(module)),
    ];
    const byName = new Map([...bindings].reverse().map((binding) => [binding.name, binding]));
    return { bindings, byName, unresolved };
  };

  /** Stars go no deeper than modules were read. */
  const show: Showing['show'] = (module) => {
    const shown = known.get(module) ?? build(module);
    known.set(module, shown);
    return shown;
  };

  return { show, isApi };
};

const NOTHING: Item = {
  state: 'unknown',
  origin: '',
  kind: 'name',
  definedAt: undefined,
  module: undefined,
  missing: undefined,
};
