import { directoryOf } from '../kit/paths.ts';
import { both, type Condition, either, isAlways, showCondition } from './condition.ts';
import type {
  AllItem,
  AllStep,
  PythonBinding,
  PythonFile,
  PythonStar,
  Span,
} from './python-file.ts';
import { showModule } from './python-imports.ts';
import { findInit, type Layout, locateModule, type Place } from './python-modules.ts';

/** One way in which a module has a name. */
export type Source =
  | { kind: 'own'; binding: PythonBinding }
  | { kind: 'star'; star: PythonStar; from: PythonModule; name: string; condition: Condition };

/** A name of a static `__all__`. */
export type Listed = { name: string; span: Span; condition: Condition; path: string };

/** Something that may give a module names which no statement shows. */
export type PythonOpening = { key: string; mayYield: (name: string) => boolean };

/** A module with all the names that it has. */
export type PythonModule = {
  id: string;
  place: Place;
  file: PythonFile | undefined;
  names: ReadonlyMap<string, readonly Source[]>;
  /** Undefined where there is no `__all__`, or none that can be told. */
  listed: readonly Listed[] | undefined;
  openings: readonly PythonOpening[];
  stars: readonly { star: PythonStar; target: PythonModule | undefined; shown: string }[];
};

/** Modules of one tree. */
export type Modules = {
  layout: Layout;
  /** Undefined where there is no such file. */
  read: (path: string) => PythonFile | undefined;
  readModule: (place: Place) => PythonModule;
};

/** Stars behind stars; no package comes near. */
const MAX_HOPS = 100;

/** Statements that give one name; no module comes near. */
const MAX_NAMESAKES = 32;

/** More names than this in one module are not followed. */
const MAX_NAMES = 100_000;

const isPrivate = (name: string): boolean => name.startsWith('_');

const open = (key: string, mayYield: (name: string) => boolean = () => true): PythonOpening => ({
  key,
  mayYield,
});

const narrow = ({ key, mayYield }: PythonOpening): PythonOpening =>
  open(key, (name) => !isPrivate(name) && mayYield(name));

/** One opening by many ways is one. */
const unique = (openings: readonly PythonOpening[]): PythonOpening[] => [
  ...new Map(openings.map((each) => [each.key, each])).values(),
];

type Draft = {
  names: Map<string, Source[]>;
  openings: PythonOpening[];
  stars: { star: PythonStar; target: PythonModule | undefined; shown: string }[];
  /** The stars by what they take. */
  taken: Set<string>;
};

const addSource = ({ names }: Draft, name: string, source: Source): void => {
  if (names.size > MAX_NAMES) return;
  const sources = names.get(name) ?? [];
  if (sources.length >= MAX_NAMESAKES) return;
  if (sources.push(source) === 1) names.set(name, sources);
};

const conditionOf = (source: Source): Condition =>
  source.kind === 'own' ? source.binding.condition : source.condition;

/** The names that a star takes of a module, with when they are there. */
const listHanded = (module: PythonModule): [string, Condition][] => {
  if (module.listed) return module.listed.map(({ name, condition }) => [name, condition]);
  return [...module.names]
    .filter(([name]) => !isPrivate(name))
    .map(([name, sources]) => [name, either(sources.map(conditionOf))]);
};

/** Of the names that other modules list each once: lists of lists of lists would have no end. */
const dropRepeated = (listed: readonly Listed[], path: string): Listed[] => {
  const seen = new Set<string>();
  return listed.filter((each) => {
    const isKnown = each.path !== path && seen.has(each.name);
    seen.add(each.name);
    return !isKnown;
  });
};

const openList = (items: readonly AllItem[]): PythonOpening =>
  open(`__all__ of ${JSON.stringify(items)}`);

/** The list behind a statement about it; the one before it may be made longer. */
const takeStep = (listed: Listed[], step: AllStep, names: readonly Listed[]): Listed[] => {
  const { op, items, condition } = step;
  if (op === 'remove') {
    const gone = new Set(names.map(({ name }) => name));
    return listed.filter(({ name }) => !gone.has(name));
  }
  const isNew = op === 'set' && isAlways(condition) && !items.some(({ kind }) => kind === 'self');
  const all = isNew ? [] : listed;
  for (const name of names) all.push(name);
  return all;
};

/** Reads modules when they are asked for, each once, with the names that stars give them. */
export const createModules = (layout: Layout, read: Modules['read']): Modules => {
  const modules = new Map<string, PythonModule>();
  const inProgress = new Set<string>();

  const emptyModule = (place: Place, openings: PythonOpening[]): PythonModule => ({
    id: place.path,
    place,
    file: undefined,
    names: new Map(),
    listed: undefined,
    openings,
    stars: [],
  });

  /** `a.py` with an `a.pyi` beside it: what the second promises the first may do in a way that cannot be seen. */
  const openStub = (path: string): PythonOpening[] => {
    const stub = path.endsWith('.py') && layout.has(`${path}i`) ? read(`${path}i`) : undefined;
    if (!stub) return [];
    const names = new Set(stub.bindings.map(({ name }) => name));
    return [
      open(`stub ${[...names].join(' ')}`, (name) => names.has(name) || stub.fault !== undefined),
    ];
  };

  const addStar = (draft: Draft, path: string, star: PythonStar): void => {
    const located = locateModule(layout, path, star.from);
    const shown = showModule(star.from);
    if (located.kind !== 'found') {
      draft.openings.push(open(`outside ${shown}`, (name) => !isPrivate(name)));
      draft.stars.push({ star, target: undefined, shown });
      return;
    }
    const target = readModule(located.place);
    draft.stars.push({ star, target, shown });
    const key = `${target.id}\n${showCondition(star.condition)}`;
    // The same names again.
    if (draft.taken.has(key)) return;
    draft.taken.add(key);
    draft.openings.push(...target.openings.map(narrow));
    for (const [name, condition] of listHanded(target)) {
      const when = both(star.condition, condition);
      addSource(draft, name, { kind: 'star', star, from: target, name, condition: when });
    }
  };

  /** The module that a dotted name in an `__all__` leads to. */
  const followNames = (draft: Draft, path: string, names: readonly string[]): Place | undefined => {
    const [first = '', ...rest] = names;
    const own = draft.names.get(first)?.find(({ kind }) => kind === 'own');
    const binding = own?.kind === 'own' ? own.binding : undefined;
    if (binding?.kind !== 'import') return followSubmodule(path, first, rest);
    const { from, item: taken } = binding;
    const isList = taken === '__all__' && rest.length === 0;
    const segments = [...from.segments, ...(taken === undefined || isList ? [] : [taken])];
    const located = locateModule(layout, path, {
      ...from,
      segments: [...segments, ...dropAll(rest)],
    });
    const isModule = isList || rest.at(-1) === '__all__';
    return located.kind === 'found' && isModule ? located.place : undefined;
  };

  const dropAll = (names: readonly string[]): readonly string[] =>
    names.at(-1) === '__all__' ? names.slice(0, -1) : names;

  /** A submodule is its package's attribute once anybody imports it. */
  const followSubmodule = (
    path: string,
    first: string,
    rest: readonly string[],
  ): Place | undefined => {
    if (findInit(layout, directoryOf(path)) !== path || rest.at(-1) !== '__all__') return undefined;
    const located = locateModule(layout, path, { level: 1, segments: [first, ...dropAll(rest)] });
    return located.kind === 'found' ? located.place : undefined;
  };

  const listItem = (
    draft: Draft,
    path: string,
    each: AllItem,
    condition: Condition,
  ): Listed[] | undefined => {
    if (each.kind === 'name') return [{ name: each.name, span: each.span, condition, path }];
    if (each.kind !== 'module') return undefined;
    const place = followNames(draft, path, each.names);
    const listed = place && readModule(place).listed;
    return listed?.map((name) => ({ ...name, condition: both(condition, name.condition) }));
  };

  /** What `__all__` lists in the end; what cannot be told is an opening. */
  const readListed = (draft: Draft, path: string, file: PythonFile): Listed[] | undefined => {
    if (file.all.length === 0) return undefined;
    let listed: Listed[] = [];
    let isKnown = false;
    for (const step of file.all) {
      const known = step.items.filter(({ kind }) => kind !== 'self');
      const lists = known.map((each) => listItem(draft, path, each, step.condition));
      if (lists.includes(undefined)) draft.openings.push(openList(known));
      const names = lists.flatMap((list) => list ?? []);
      isKnown ||= known.length === 0 || lists.some((list) => list !== undefined);
      listed = takeStep(listed, step, names);
    }
    return isKnown ? dropRepeated(listed, path) : undefined;
  };

  /** Names that are there, and not listed: taking one off a list that was there is a loss, making a list is none. */
  const openUnlisted = (
    { names }: Draft,
    listed: readonly Listed[] | undefined,
  ): PythonOpening[] => {
    const told = new Set(listed?.map(({ name }) => name));
    return listed ? [open('__all__', (name) => names.has(name) && !told.has(name))] : [];
  };

  const buildModule = (place: Place): PythonModule => {
    if (place.kind === 'namespace') return emptyModule(place, []);
    const file = read(place.path);
    if (!file || file.fault) return emptyModule(place, [open(`unparsable ${place.path}`)]);
    const draft: Draft = {
      names: new Map(),
      openings: [...file.openings.map((key) => open(key)), ...openStub(place.path)],
      stars: [],
      taken: new Set(),
    };
    for (const binding of file.bindings) addSource(draft, binding.name, { kind: 'own', binding });
    for (const star of file.stars) addStar(draft, place.path, star);
    for (const name of file.deleted) draft.names.delete(name);
    const listed = readListed(draft, place.path, file);
    const openings = unique([...draft.openings, ...openUnlisted(draft, listed)]);
    return {
      id: place.path,
      place,
      file,
      names: draft.names,
      listed,
      openings,
      stars: draft.stars,
    };
  };

  const readModule: Modules['readModule'] = (place) => {
    const known = modules.get(place.path);
    if (known) return known;
    // Of modules that take each other's names the inner one is not told all of them.
    if (inProgress.has(place.path) || inProgress.size > MAX_HOPS) {
      return emptyModule(place, [open(`circle ${place.path}`)]);
    }
    inProgress.add(place.path);
    const module = buildModule(place);
    inProgress.delete(place.path);
    modules.set(place.path, module);
    return module;
  };

  return { layout, read, readModule };
};
