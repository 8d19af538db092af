import { type Condition, createReviver } from './condition.ts';
import type { Binding, Entry, Module, Opening, Place, Statement, Surface } from './model.ts';

/**
 * What a tree showed, as plain data: a commit never changes, so what the base's entries show need be found once,
 * and not at every commit of a branch. Texts, statements, conditions and modules stand in tables, for thousands
 * of names share them.
 */
export type KeptSurfaces = {
  texts: string[];
  conditions: Condition[];
  /** A number for each of `COLUMNS` a binding: most are places in `texts`. */
  rows: number[];
  /** Of each list of openings their keys; that one is there is all that anybody asks of a base. */
  openings: number[][];
  modules: { id: number; path: number; bindings: number[]; openings: number }[];
  surfaces: (Omit<Surface, 'entry' | 'modules' | 'faults'> & { modules: number[] })[];
};

const COLUMNS = [
  ...(['name', 'namespace', 'kind', 'origin'] as const),
  ...(['definedIn', 'definedLine', 'definedColumn'] as const),
  ...(['path', 'line', 'column', 'from', 'to'] as const),
  ...(['flags', 'condition', 'availability', 'module', 'source'] as const),
] as const;
type Column = (typeof COLUMNS)[number];

/** Where in a row a column stands. */
const AT = Object.fromEntries(COLUMNS.map((column, at) => [column, at])) as Record<Column, number>;

/** More than this is followed again in less time than it takes to read. */
const MAX_BINDINGS = 30_000;

/** Modules times wildcards: through each of these a module may have the openings of others. */
const MAX_WAYS = 500_000;

const FORMS = ['explicit', 'wildcard'] as const;
const NAMESPACES = ['type', 'value', 'macro', 'unknown'] as const;
const FLAGS = ['isHidden', 'isMissing', 'mayRepeat', 'isShadowed', 'isAlias'] as const;

const NOWHERE = -1;
/** Most items are defined by the statement that gives their name. */
const HERE = -2;

/** Each thing once, by its place in a list. */
const createTable = <T>() => {
  const items: T[] = [];
  const places = new Map<unknown, number>();
  const placeOf = (item: T, key: unknown = item): number => {
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, items.length);
    return items.push(item) - 1;
  };
  return { items, placeOf };
};

/** All bindings of some modules, with those that they come from. */
const listBindings = (modules: readonly Module[]): Map<Binding, number> => {
  const places = new Map<Binding, number>();
  const open = modules.flatMap(({ bindings }) => bindings);
  for (const binding of open) {
    if (places.has(binding)) continue;
    places.set(binding, places.size);
    if (binding.source) open.push(binding.source);
  }
  return places;
};

const isHere = (place: Place, { path, line, column }: Statement): boolean =>
  place.path === path && place.line === line && place.column === column;

/** Surfaces of one tree as plain data; undefined where a file could not be read, or where they are very many. */
export const keepSurfaces = (surfaces: readonly Surface[]): KeptSurfaces | undefined => {
  if (surfaces.some(({ faults }) => faults.length > 0)) return undefined;
  const modules = [...new Set(surfaces.flatMap((surface) => [...surface.modules.values()]))];
  const bindings = listBindings(modules);
  const wildcards = new Set(surfaces.flatMap((surface) => surface.wildcards)).size;
  if (bindings.size > MAX_BINDINGS || modules.length * wildcards > MAX_WAYS) return undefined;
  const texts = createTable<string>();
  const conditions = createTable<Condition>();
  const openings = createTable<number[]>();
  const placeOf = ({ definedAt, statement }: Binding): number[] => {
    if (!definedAt) return [NOWHERE, 0, 0];
    if (isHere(definedAt, statement)) return [HERE, 0, 0];
    return [texts.placeOf(definedAt.path), definedAt.line, definedAt.column];
  };
  const toRow = (binding: Binding): number[] => {
    const { name, namespace, kind, origin, statement, form, module, source } = binding;
    const { path, line, column, from, to } = statement;
    const flags = FLAGS.reduce((bits, flag, at) => bits + (binding[flag] ? 1 << at : 0), 0);
    return [
      texts.placeOf(name),
      NAMESPACES.indexOf(namespace),
      texts.placeOf(kind),
      texts.placeOf(origin),
      ...placeOf(binding),
      ...[texts.placeOf(path), line, column, from, to],
      flags * FORMS.length + FORMS.indexOf(form),
      conditions.placeOf(binding.condition),
      conditions.placeOf(binding.availability),
      module === undefined ? NOWHERE : texts.placeOf(module),
      source ? (bindings.get(source) ?? NOWHERE) : NOWHERE,
    ];
  };
  const toKeys = (list: readonly Opening[]): number => {
    const keys = [...new Set(list.map(({ key }) => texts.placeOf(key)))];
    return openings.placeOf(keys, keys.join());
  };
  const places = new Map(modules.map((module, at) => [module, at]));
  return {
    rows: [...bindings.keys()].flatMap(toRow),
    modules: modules.map((module) => ({
      id: texts.placeOf(module.id),
      path: texts.placeOf(module.path),
      bindings: module.bindings.map((binding) => bindings.get(binding) ?? NOWHERE),
      openings: toKeys(module.openings),
    })),
    surfaces: surfaces.map(({ entry: _, faults: __, ...surface }) => ({
      ...surface,
      modules: [...surface.modules.values()].map((module) => places.get(module) ?? NOWHERE),
    })),
    texts: texts.items,
    conditions: conditions.items,
    openings: openings.items,
  };
};

type MutableBinding = { -readonly [Key in keyof Binding]: Binding[Key] };

type Tables = { text: (at: number) => string; formula: (at: number) => Condition };

const createTables = ({ texts, conditions }: KeptSurfaces): Tables => {
  const formulas = conditions.map(createReviver());
  return {
    text: (at) => texts[at] ?? '',
    formula: (at) => formulas[at] ?? { op: 'all', of: [] },
  };
};

const reviveDefinition = (
  number: (column: Column) => number,
  { text }: Tables,
  statement: Statement,
): Place | undefined => {
  const file = number('definedIn');
  if (file === NOWHERE) return undefined;
  const { path, line, column } = statement;
  if (file === HERE) return { path, line, column };
  return { path: text(file), line: number('definedLine'), column: number('definedColumn') };
};

/** A row as a binding, but for the one that it comes from, which may stand in a later row. */
const reviveBinding = (number: (column: Column) => number, tables: Tables): MutableBinding => {
  const { text, formula } = tables;
  const statement: Statement = {
    path: text(number('path')),
    line: number('line'),
    column: number('column'),
    from: number('from'),
    to: number('to'),
  };
  const bits = number('flags');
  const form = bits % FORMS.length;
  const has = (flag: (typeof FLAGS)[number]): boolean =>
    (((bits - form) / FORMS.length) & (1 << FLAGS.indexOf(flag))) > 0;
  return {
    name: text(number('name')),
    namespace: NAMESPACES[number('namespace')] ?? 'unknown',
    kind: text(number('kind')),
    origin: text(number('origin')),
    definedAt: reviveDefinition(number, tables, statement),
    statement,
    form: FORMS[form] ?? 'explicit',
    condition: formula(number('condition')),
    availability: formula(number('availability')),
    isHidden: has('isHidden'),
    isMissing: has('isMissing'),
    mayRepeat: has('mayRepeat'),
    isShadowed: has('isShadowed'),
    isAlias: has('isAlias'),
    module: number('module') === NOWHERE ? undefined : text(number('module')),
    source: undefined,
  };
};

const reviveBindings = (kept: KeptSurfaces): Binding[] => {
  const { rows } = kept;
  const tables = createTables(kept);
  const starts = Array.from(
    { length: rows.length / COLUMNS.length },
    (_, at) => at * COLUMNS.length,
  );
  const bindings = starts.map((start) =>
    reviveBinding((column) => rows[start + AT[column]] ?? 0, tables),
  );
  for (const [at, binding] of bindings.entries()) {
    binding.source = bindings[rows[(starts[at] ?? 0) + AT.source] ?? NOWHERE];
  }
  return bindings;
};

/** What was kept of the surfaces of these entries. What lay behind an opening nobody knows any more. */
export const reviveSurfaces = (kept: KeptSurfaces, entries: readonly Entry[]): Surface[] => {
  const bindings = reviveBindings(kept);
  const text = (at: number): string => kept.texts[at] ?? '';
  const openings = kept.openings.map((keys) =>
    keys.map((key): Opening => ({ key: text(key), mayYield: () => true })),
  );
  const modules = kept.modules.map(
    (module): Module => ({
      id: text(module.id),
      path: text(module.path),
      bindings: module.bindings.flatMap((at) => bindings[at] ?? []),
      openings: openings[module.openings] ?? [],
    }),
  );
  return kept.surfaces.flatMap((surface, at): Surface[] => {
    const entry = entries[at];
    if (!entry) return [];
    const own = surface.modules.flatMap((place) => modules[place] ?? []);
    return [
      { ...surface, entry, modules: new Map(own.map((each) => [each.id, each])), faults: [] },
    ];
  });
};
