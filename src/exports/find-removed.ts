import { either, isCovered, showCondition } from './condition.ts';
import { groupBy } from './groups.ts';
import {
  type Binding,
  LIMIT,
  type Module,
  type Opening,
  type Statement,
  type Surface,
} from './model.ts';
import type { Remark } from './rules.ts';

/** A module of the base, and those that the same public path leads to now. */
type Pair = { base: Module; heads: readonly Module[]; path: string };

const isApi = ({ isHidden, isMissing, isShadowed, kind }: Binding): boolean =>
  !isHidden && !isMissing && !isShadowed && kind !== 'constructor';

const fits = (binding: Binding, other: Binding): boolean =>
  binding.namespace === other.namespace ||
  binding.namespace === 'unknown' ||
  other.namespace === 'unknown';

/** The names of some modules, looked up at once. */
const indexNames = (
  modules: readonly Module[],
  isAsked: (binding: Binding) => boolean,
): ((name: string) => readonly Binding[]) => {
  const bindings = modules.flatMap((module) => module.bindings.filter(isAsked));
  const names = groupBy(bindings, ({ name }) => name);
  return (name) => names.get(name) ?? [];
};

type IsHidden = (binding: Binding) => boolean;

/** Whether a name may still be there, behind something that hides names and did not in the base. */
const createIsHidden = ({ base, heads }: Pair): IsHidden => {
  let openings: { opening: Opening; isNew: boolean }[] | undefined;
  const list = (): { opening: Opening; isNew: boolean }[] => {
    const known = new Set(base.openings.map(({ key }) => key));
    return heads
      .flatMap((head) => head.openings)
      .map((opening) => ({ opening, isNew: opening.key === LIMIT || !known.has(opening.key) }));
  };
  return ({ name, origin, definedAt }) => {
    openings ??= list();
    const crate = definedAt === undefined ? origin.split('::')[0] : undefined;
    return openings.some(({ opening: { key, mayYield }, isNew }) => {
      const isItsOwn = crate !== undefined && key.startsWith(`outside ${crate}`);
      return (isNew || isItsOwn) && mayYield(name);
    });
  };
};

const placeOf = ({ path, line, column }: Statement): string => `${path}:${line}:${column}`;

/**
 * Where the text went away: the first wildcard on the way that the head no longer has, else the statement
 * that gave the name.
 */
const createLoss = (base: Surface, head: Surface): ((binding: Binding) => Statement) => {
  const kept = new Set(head.wildcards.map(({ module, target }) => `${module} ${target}`));
  const gone = new Set(
    base.wildcards
      .filter(({ module, target }) => !kept.has(`${module} ${target}`))
      .map(({ statement }) => placeOf(statement)),
  );
  return (binding) => {
    let at = binding;
    while (at.source && at.form === 'wildcard' && !gone.has(placeOf(at.statement))) at = at.source;
    return at.statement;
  };
};

const toRemark = (
  rule: 'exports/removed' | 'exports/narrowed',
  { pair, binding, statement }: { pair: Pair; binding: Binding; statement: Statement },
  about: Pick<Remark, 'message' | 'remedy'> & { entry: Remark['entry'] },
): Remark => ({
  rule,
  statement,
  name: binding.name,
  related: undefined,
  module: pair.base.id,
  kind: binding.kind,
  target: '',
  ...about,
});

/** As the language writes a name in a module. */
const show = ({ path, base }: Pair, name: string): string => {
  const mark = base.path.endsWith('.rs') ? '::' : '.';
  return path === '' ? name : `${path}${mark}${name}`;
};

type Comparing = { head: Surface; lose: (binding: Binding) => Statement };

const tellRemoved = (pair: Pair, binding: Binding, { head, lose }: Comparing): Remark => {
  const { name, kind } = binding;
  const allow = `leasehold: allow(exports/removed: ${name}) -- reason`;
  return toRemark(
    'exports/removed',
    { pair, binding, statement: lose(binding) },
    {
      message: `${kind} ${show(pair, name)} was public and is gone`,
      remedy: `bring it back, or say why in the file: ${allow}`,
      entry: head.entry,
    },
  );
};

/** The builds in which a name is there. */
const whenThere = (bindings: readonly Binding[]) =>
  either(bindings.map(({ availability }) => availability));

const tellNarrowed = (
  pair: Pair,
  { bases, heads }: { bases: readonly Binding[]; heads: readonly Binding[] },
  { head }: Comparing,
): Remark[] => {
  const [binding] = bases;
  const [first] = heads;
  const [before, now] = [whenThere(bases), whenThere(heads)];
  if (!binding || !first || showCondition(before) === showCondition(now)) return [];
  if (isCovered(before, now)) return [];
  return [
    toRemark(
      'exports/narrowed',
      { pair, binding: first, statement: first.statement },
      {
        message: `${show(pair, first.name)} is there only under ${showCondition(now)}`,
        remedy: 'take the condition away, or say in the change log who loses it',
        entry: head.entry,
      },
    ),
  ];
};

/** What became of the names of one public module. */
const comparePair = (pair: Pair, comparing: Comparing): Remark[] => {
  const find = indexNames(pair.heads, ({ isShadowed }) => !isShadowed);
  const isHidden = createIsHidden(pair);
  return [...groupBy(pair.base.bindings.filter(isApi), ({ name }) => name)].flatMap(
    ([name, bases]) => {
      const found = find(name);
      const gone = bases.find((base) => !found.some((each) => fits(base, each)));
      if (gone) return isHidden(gone) ? [] : [tellRemoved(pair, gone, comparing)];
      const isKnown = found.every(({ isMissing }) => !isMissing);
      return isKnown ? tellNarrowed(pair, { bases, heads: found }, comparing) : [];
    },
  );
};

/** Whether it stands for a module whose names are compared. */
const isPlace = ({ module, isShadowed }: Binding): boolean => module !== undefined && !isShadowed;

/** The public modules of the base that are modules still: what is gone is told by its own name. */
const listPairs = (base: Surface, head: Surface): Pair[] => {
  const pairs: Pair[] = [];
  const seen = new Set<string>();
  const add = (id: string | undefined, heads: readonly Module[], path: string): void => {
    const module = id === undefined ? undefined : base.modules.get(id);
    if (!module || seen.has(module.id) || heads.length === 0) return;
    seen.add(module.id);
    pairs.push({ base: module, heads, path });
  };
  const start = head.modules.get(head.root);
  add(base.root, start ? [start] : [], '');
  for (const pair of pairs) {
    const find = indexNames(pair.heads, isPlace);
    for (const { name, module } of pair.base.bindings.filter(isPlace).filter(isApi)) {
      const ids = [...new Set(find(name).map((each) => each.module))];
      const heads = ids
        .map((id) => head.modules.get(id ?? ''))
        .filter((each) => each !== undefined);
      add(module, heads, show(pair, name));
    }
  }
  return pairs;
};

/** Public names of the base that are gone, and those that fewer builds have. */
export const findRemoved = (base: Surface, head: Surface): Remark[] => {
  const comparing = { head, lose: createLoss(base, head) };
  return listPairs(base, head).flatMap((pair) => comparePair(pair, comparing));
};
