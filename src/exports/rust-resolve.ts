import { isAlways, isSameCondition } from './condition.ts';
import type { Binding } from './model.ts';
import { createDormant } from './rust-dormant.ts';
import { findStart, type Import, isRelative, pathOf, rebind } from './rust-import.ts';
import { canTake, type Name, type Node, narrower, rootOf } from './rust-nodes.ts';
import { addOpenings, openOutside } from './rust-openings.ts';

/** An import, and the name that its path waits for in a module. */
type Waiting = { from: Import; node: Node; at: number };

/** Whether `explicit` stands wherever a glob would give `binding`. */
const takesPlace = (explicit: Binding, binding: Binding): boolean =>
  (explicit.isMissing || explicit.namespace === binding.namespace) &&
  (isAlways(explicit.condition) || isSameCondition(explicit.condition, binding.condition));

/** Whether one of the names that a module has takes the place of one that a glob gives it. */
export const hasStandIn = (namesakes: readonly Name[] | undefined, binding: Binding): boolean =>
  namesakes?.some(({ binding: own }) => own.form === 'explicit' && takesPlace(own, binding)) ??
  false;

/** Whether it is known from before that an explicit name of the module takes the place of a glob's. */
export type IsShadowed = (node: Node, binding: Binding) => boolean;

export type Resolver = {
  add: (node: Node, name: Name) => void;
  /** Sends an import on its way, once somebody can see it. */
  start: (from: Import) => void;
  /** Goes on from a module with the path's segment `at`. */
  walk: (from: Import, node: Node, at: number) => void;
  /** Gives something of which nothing is known but its path, or nothing at all where it is missing. */
  giveUnknown: (from: Import, outside: string, isMissing: boolean) => void;
  /** Follows everything as far as it goes. */
  drain: () => void;
  /** There were more names than anybody follows. */
  isExhausted: () => boolean;
};

/** Names of one name in one module; no real crate comes near. */
const MAX_NAMESAKES = 64;

/**
 * Steps in all: some to begin with, and more for each name that a statement gives. Of the crates that are
 * published libc takes most, five a name; what goes far beyond that are wildcards in a long row.
 */
const LEAST_STEPS = 30_000;
const STEPS_A_NAME = 6;

/** Those that are there now; others may join while they are looked at, and are told by themselves. */
const each = <T>(items: readonly T[] | undefined, look: (item: T) => void): void => {
  const count = items?.length ?? 0;
  for (let at = 0; at < count; at += 1) look(items?.[at] as T);
};

const isSameItem = (a: Name, b: Name): boolean =>
  a.node === b.node &&
  a.binding.origin === b.binding.origin &&
  a.binding.namespace === b.binding.namespace;

/** A glob has given that item already. */
const isFromGlob = (known: Name, name: Name): boolean =>
  known.binding.form === 'wildcard' && isSameItem(known, name);

const isSameName = (a: Name, b: Name): boolean => {
  if (a.scope !== b.scope || a.binding.form !== b.binding.form || !isSameItem(a, b)) return false;
  const [own, other] = [a.binding.statement, b.binding.statement];
  if (a.binding.form === 'wildcard') return true;
  return own.line === other.line && own.column === other.column && own.path === other.path;
};

/**
 * Follows all paths at once: an import waits where its path has come to, and goes on with each name that
 * comes in there, so that no order matters and no cycle has an end to be missed. What nothing answers in
 * the end comes from another crate, may come from an opening, or is missing.
 */
export const createResolver = (isShadowed: IsShadowed): Resolver => {
  const dormant = createDormant((from) => begin(from));
  const waiting = new Map<Node, Map<string, Waiting[]>>();
  const takers = new Map<Node, Import[]>();
  const queue: { node: Node; name: Name }[] = [];
  let steps = 0;
  let maxSteps = LEAST_STEPS;
  let isExhausted = false;

  /** The name as the module has it: one of a glob may stand back behind an explicit one. */
  const settleName = (node: Node, name: Name, namesakes: readonly Name[]): Name => {
    const { binding } = name;
    if (binding.form === 'explicit') return name;
    const isBehind = hasStandIn(namesakes, binding) || isShadowed(node, binding);
    return isBehind ? { ...name, binding: { ...binding, isShadowed: true } } : name;
  };

  const add: Resolver['add'] = (node, name) => {
    const { form, name: text } = name.binding;
    // A private explicit name takes the place of a glob's as well.
    if (form === 'wildcard') dormant.rouseName(node, text);
    const namesakes = node.names.get(text) ?? [];
    if (namesakes.length >= MAX_NAMESAKES || namesakes.some((each) => isSameName(each, name)))
      return;
    // An import has its steps already, however many names it gives.
    if (form === 'explicit' && !name.binding.source) maxSteps += STEPS_A_NAME;
    const own = settleName(node, name, namesakes);
    if (namesakes.push(own) === 1) node.names.set(text, namesakes);
    if (!own.binding.isShadowed) queue.push({ node, name: own });
  };

  const give = (from: Import, name: Name): void => {
    from.isServed = true;
    const own = rebind(from, name, 'explicit');
    from.isWide ||= own.scope === from.scope || name.outside !== undefined;
    if (from.use.name !== '') add(from.node, own);
  };

  /** Something of which nothing is known but its path. */
  const giveUnknown = (from: Import, outside: string, isMissing: boolean): void => {
    const { use, node, statement, availability, isHidden } = from;
    from.isServed = true;
    from.isWide = true;
    if (use.isGlob) {
      if (!isMissing) addOpenings(node, [openOutside(outside)]);
      return;
    }
    const binding: Binding = {
      name: use.name,
      namespace: 'unknown',
      kind: 'name',
      origin: outside,
      definedAt: undefined,
      statement,
      form: 'explicit',
      condition: use.condition,
      availability,
      isHidden,
      module: undefined,
      source: undefined,
      isMissing,
      mayRepeat: false,
      isShadowed: false,
      isAlias: false,
    };
    const own = { binding, scope: from.scope, node: undefined, outside };
    if (use.name !== '') add(node, own);
  };

  /** Whether there is no step left. */
  const isOver = (): boolean => {
    isExhausted ||= steps >= maxSteps;
    return isExhausted;
  };

  const hand = (taker: Import, name: Name): void => {
    steps += 1;
    if (isOver() || !canTake(name, taker.node)) return;
    const scope = narrower(taker.scope, name.scope);
    const namesakes = taker.node.names.get(name.binding.name);
    // Most names come by several ways, and are the same.
    if (namesakes?.some((each) => each.scope === scope && isFromGlob(each, name))) return;
    add(taker.node, rebind(taker, name, 'wildcard'));
  };

  const take = (from: Import, node: Node): void => {
    from.isServed = true;
    from.isWide = true;
    const known = takers.get(node) ?? [];
    if (known.push(from) === 1) takers.set(node, known);
    from.node.globs.add(node);
    dormant.rouseVisible(node, from.node);
    for (const namesakes of [...node.names.values()]) {
      if (isOver()) return;
      each(namesakes, (name) => {
        if (!name.binding.isShadowed) hand(from, name);
      });
    }
  };

  const moduleName = (node: Node): Name => ({
    node,
    scope: 'public',
    outside: undefined,
    binding: {
      name: node.id,
      namespace: 'type',
      kind: 'module',
      origin: `${node.id} module`,
      definedAt: undefined,
      statement: { path: node.path, line: 1, column: 1, from: 1, to: 1 },
      form: 'explicit',
      condition: node.availability,
      availability: node.availability,
      isHidden: node.isHidden,
      module: node.id,
      source: undefined,
      isMissing: false,
      mayRepeat: false,
      isShadowed: false,
      isAlias: false,
    },
  });

  /** A name inside a path: the path goes on from it. */
  const follow = (from: Import, name: Name, at: number): void => {
    const rest = from.use.segments.slice(at + 1).join('::');
    if (name.node) walk(from, name.node, at + 1);
    else if (name.outside !== undefined) {
      giveUnknown(from, `${name.outside}::${rest}`, name.binding.isMissing);
    } else if (name.binding.namespace === 'type') giveUnknown(from, `?${pathOf(from)}`, false);
  };

  const receive = ({ from, at }: Waiting, name: Name): void => {
    const { use, node } = from;
    steps += 1;
    if (isOver()) return;
    const isLast = at === use.segments.length - 1 && !use.isGlob;
    const isModule = ['type', 'unknown'].includes(name.binding.namespace);
    if (!canTake(name, node)) from.isBarred = true;
    else if (!isLast) follow(from, name, at);
    else if (!use.isModuleOnly || isModule) give(from, name);
  };

  const wait = (entry: Waiting, segment: string): void => {
    const here = waiting.get(entry.node) ?? new Map<string, Waiting[]>();
    waiting.set(entry.node, here);
    const others = here.get(segment) ?? [];
    if (others.push(entry) === 1) here.set(segment, others);
    dormant.rouseName(entry.node, segment);
    if (!entry.node.names.has(segment)) dormant.rouseGlobs(entry.node);
    each(entry.node.names.get(segment), (name) => {
      if (!name.binding.isShadowed) receive(entry, name);
    });
  };

  const walk = (from: Import, node: Node, at: number): void => {
    const { use } = from;
    const key = `${node.index} ${at}`;
    if (from.seen.has(key)) return;
    from.seen.add(key);
    if (at === use.segments.length - (use.isGlob ? 0 : 1)) from.targets.push(node);
    const segment = use.segments[at];
    if (segment !== undefined) wait({ from, node, at }, segment);
    else if (use.isGlob) take(from, node);
    else give(from, moduleName(node));
  };

  const drain = (): void => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      if (isOver()) return;
      const { node, name } = next;
      each(waiting.get(node)?.get(name.binding.name), (entry) => receive(entry, name));
      each(takers.get(node), (taker) => hand(taker, name));
    }
  };

  const begin = (from: Import): void => {
    const { use, node } = from;
    from.isStarted = true;
    maxSteps += STEPS_A_NAME;
    const place = findStart(from);
    if (place) walk(from, place.node, place.at);
    if (place || isRelative(use)) return;
    from.mayBeCrate = true;
    // `extern crate` names no module, whatever lies beside it.
    if (use.tree < 0) return;
    const { isOldEdition } = node.crate;
    if (isOldEdition) walk(from, rootOf(node), 0);
    else if (!use.isGlobal) walk(from, node, 0);
  };

  const start = (from: Import): void => {
    const { node, scope, use } = from;
    const asked = waiting.get(node);
    const isAsked = asked?.has(use.name) || (use.isGlob && asked !== undefined);
    if (scope === 'public' || isAsked || takers.has(node)) begin(from);
    else dormant.add(from);
  };

  return { add, start, walk, giveUnknown, drain, isExhausted: () => isExhausted };
};
