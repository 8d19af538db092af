import { canMeet, showCondition } from './condition.ts';
import { listRepeated } from './groups.ts';
import type { Binding, Module, Statement, Surface } from './model.ts';
import type { Remark } from './rules.ts';
import type { Excused } from './suppress.ts';

const placeOf = ({ path, line, column }: Statement): string => `${path}:${line}:${column}`;

const isLater = (a: Binding, b: Binding): number =>
  a.statement.line - b.statement.line || a.statement.column - b.statement.column;

const isOneStatement = ({ statement: a }: Binding, { statement: b }: Binding): boolean =>
  a.line === b.line && a.column === b.column && a.path === b.path;

/** Both are there in one build, and both say that they are there in the same ones. */
const clash = (a: Binding, b: Binding): boolean =>
  !isOneStatement(a, b) && canMeet(a.availability, b.availability);

type Pair = { later: Binding; earlier: Binding; kind: 'twice' | 'wildcards' | 'hidden' };

/**
 * Two statements that each give the name. Of names from outside only the very same one is known to be the
 * same; what differs in its conditions is never compared.
 */
const pairExplicit = (bindings: readonly Binding[]): Pair[] => {
  const first = new Map<string, Binding>();
  return bindings.flatMap((later): Pair[] => {
    const isForeign = later.namespace === 'unknown';
    const key = `${showCondition(later.condition)}|${isForeign ? later.origin : ''}`;
    const earlier = first.get(key);
    if (!earlier) {
      first.set(key, later);
      return [];
    }
    const isRepeated = later.mayRepeat && later.origin === earlier.origin;
    return !isRepeated && clash(earlier, later) ? [{ later, earlier, kind: 'twice' }] : [];
  });
};

/** Two wildcards that bring different items. */
const pairWildcards = (bindings: readonly Binding[]): Pair[] => {
  const first = new Map<string, Binding>();
  return bindings.flatMap((later): Pair[] => {
    const key = showCondition(later.condition);
    const earlier = first.get(key);
    if (!earlier) {
      first.set(key, later);
      return [];
    }
    const isOther = earlier.origin !== later.origin && clash(earlier, later);
    return isOther ? [{ later, earlier, kind: 'wildcards' }] : [];
  });
};

/** An explicit name in the place of a wildcard's other item; told at the wildcard. */
const pairHidden = (hidden: readonly Binding[], explicit: readonly Binding[]): Pair[] => {
  const origins = new Set(explicit.map(({ origin }) => origin));
  const byCondition = new Map(explicit.map((each) => [showCondition(each.condition), each]));
  return hidden.flatMap((later): Pair[] => {
    const earlier = byCondition.get(showCondition(later.condition));
    const isOther = earlier && !origins.has(later.origin) && clash(earlier, later);
    return isOther ? [{ later, earlier, kind: 'hidden' }] : [];
  });
};

const pairNamesakes = (namesakes: readonly Binding[]): Pair[] => {
  const known = namesakes.filter(({ isMissing }) => !isMissing).sort(isLater);
  const explicit = known.filter(({ form }) => form === 'explicit');
  const wildcards = known.filter(
    ({ form, namespace }) => form === 'wildcard' && namespace !== 'unknown',
  );
  return [
    ...pairExplicit(explicit),
    ...pairWildcards(wildcards.filter(({ isShadowed }) => !isShadowed)),
    ...pairHidden(
      wildcards.filter(({ isShadowed }) => isShadowed),
      explicit,
    ),
  ];
};

const isKnown = ({ isMissing, namespace }: Binding): boolean =>
  !isMissing && namespace !== 'unknown';

/** TypeScript's own names hide those of stars wholly: a type a value, and a value a type. */
const pairAcross = (namesakes: readonly Binding[]): Pair[] => {
  const known = namesakes.filter(isKnown);
  const explicit = known.filter(({ form }) => form === 'explicit');
  const own = new Set(explicit.map(({ namespace }) => namespace));
  const hidden = known.filter(({ isShadowed, namespace }) => isShadowed && !own.has(namespace));
  return pairHidden(hidden, explicit);
};

const originsOf = (bindings: readonly Binding[]): Set<string> =>
  new Set(bindings.map(({ origin }) => origin));

/** Statements that each hand on whatever a name stands for, a type or a value: of wildcards those of another item. */
const pairAliases = (aliases: readonly Binding[]): Pair[] => {
  const known = aliases.filter(({ isMissing, isShadowed }) => !isMissing && !isShadowed);
  const pairForm = (form: Binding['form'], kind: Pair['kind']): Pair[] => {
    const own = known.filter((each) => each.form === form).sort(isLater);
    const [first] = own;
    if (!first) return [];
    const origins = originsOf(own.filter((each) => isOneStatement(each, first)));
    return own
      .filter(({ origin }) => form === 'explicit' || !origins.has(origin))
      .flatMap((later) => (clash(first, later) ? [{ later, earlier: first, kind }] : []));
  };
  return [...pairForm('explicit', 'twice'), ...pairForm('wildcard', 'wildcards')];
};

/** All pairs of one name. */
const pairName = (bindings: readonly Binding[]): Pair[] => {
  const pairs = listRepeated(bindings, ({ namespace }) => namespace).flatMap(pairNamesakes);
  if (bindings.some(({ isShadowed }) => isShadowed)) pairs.push(...pairAcross(bindings));
  const aliases = bindings.filter(({ isAlias }) => isAlias);
  return aliases.length < 2 ? pairs : [...pairs, ...pairAliases(aliases)];
};

const MESSAGES: Readonly<Record<Pair['kind'], (name: string, where: string) => string>> = {
  twice: (name, where) => `${name} is exported twice: ${where} has it already`,
  wildcards: (name, where) => `${name} comes from two wildcards: ${where} brings another one`,
  hidden: (name, where) =>
    `this wildcard’s ${name} is hidden by another one, which ${where} exports`,
};

const REMEDIES: Readonly<Record<Pair['kind'], (name: string) => string>> = {
  twice: (name) => `keep one export of ${name}, or give one of them another name`,
  wildcards: (name) => `export by name what is meant, and ${name} once`,
  hidden: (name) =>
    `export by name what is meant in the place of the wildcard, or rename one ${name}`,
};

const showWhere = ({ path, line }: { path: string; line: number }, from: Statement): string =>
  path === from.path ? `line ${line}` : `${path}:${line}`;

const toRemark = ({ later, earlier, kind }: Pair, module: Module, surface: Surface): Remark => {
  const { name, statement } = later;
  const { path, line, column } = earlier.statement;
  return {
    rule: 'exports/duplicate',
    statement,
    name,
    message: MESSAGES[kind](name, showWhere(earlier.statement, statement)),
    remedy: REMEDIES[kind](name),
    related: { path, line, column, message: `the other ${name}` },
    module: module.id,
    kind,
    target: '',
    entry: surface.entry,
    ...(kind === 'hidden' ? { atMost: 'warn' as const } : {}),
  };
};

const paired = new WeakMap<readonly Binding[], Pair[]>();

/** All pairs of a module; what several entries lead to is looked at once. */
const pairModule = ({ bindings }: Module): Pair[] => {
  const known = paired.get(bindings);
  if (known) return known;
  const pairs = listRepeated(bindings, ({ name }) => name).flatMap(pairName);
  paired.set(bindings, pairs);
  return pairs;
};

/** One name that two statements of one module export. A name in two namespaces is told once. */
export const findDuplicates = (surface: Surface): Remark[] =>
  [...surface.modules.values()].flatMap((module) => {
    const pairs = pairModule(module);
    if (pairs.length === 0) return [];
    const told = new Set<string>();
    return pairs.flatMap((pair) => {
      const key = `${placeOf(pair.later.statement)} ${pair.later.name}`;
      if (told.has(key)) return [];
      told.add(key);
      return [toRemark(pair, module, surface)];
    });
  });

/** More wildcards than these are counted. */
const MAX_NAMED = 5;

const tellOthers = (others: readonly Remark[], from: Statement): string => {
  const places = others.map(({ statement }) => showWhere(statement, from));
  const rest = places.length - MAX_NAMED;
  return [...places.slice(0, MAX_NAMED), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
};

/**
 * One name that many wildcards of a module bring is one finding, at the first of those that are told: each of them
 * is as much at fault as the next. What is let through stays by itself.
 */
export const gatherWildcards = (told: readonly Excused[]): Excused[] => {
  const groups = new Map<string, Remark[]>();
  const keyOf = ({ remark, reason }: Excused): string | undefined => {
    const { rule, kind, module, name } = remark;
    const isOne = rule === 'exports/duplicate' && kind === 'wildcards' && reason === undefined;
    return isOne ? JSON.stringify([module, name]) : undefined;
  };
  const firsts = told.filter((each) => {
    const key = keyOf(each);
    const group = key === undefined ? undefined : groups.get(key);
    if (key !== undefined && !group) groups.set(key, []);
    group?.push(each.remark);
    return !group;
  });
  return firsts.map((each) => {
    const others = groups.get(keyOf(each) ?? '') ?? [];
    const { related, statement, name } = each.remark;
    if (others.length === 0 || !related) return each;
    const count = others.length + 2;
    const where = `${showWhere(related, statement)} brings another one`;
    const message = `${name} comes from ${count} wildcards: ${where}, and so do ${tellOthers(others, statement)}`;
    return { ...each, remark: { ...each.remark, message } };
  });
};
