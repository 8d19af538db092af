import type { Binding } from './model.ts';
import { createDormant } from './rust-dormant.ts';
import {
  findStart,
  handOn,
  type Import,
  isRelative,
  noteReach,
  pathOf,
  rebind,
} from './rust-import.ts';
import { hasStandIn, isHanded, isKnown } from './rust-namesakes.ts';
import { canTake, type Name, type Node, narrower, rootOf } from './rust-nodes.ts';
import { addOpenings, openOutside } from './rust-openings.ts';

/** An import, and the name that its path waits for in a module. */
type Waiting = { from: Import; node: Node; at: number };

/** Whether it is known from before that an explicit name of the module takes the place of a glob's. */
export type IsShadowed = (node: Node, name: Name) => boolean;

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

/**
 * Steps in all: some to begin with, and more for each name that a statement gives. Of the crates that are
 * published libc takes most, five a name; what goes far beyond that are wildcards in a long row.
 */
const LEAST_STEPS = 30_000;
const STEPS_A_NAME = 6;

const NONE: readonly never[] = [];

/**
 * Follows all paths at once: an import waits where its path has come to, and goes on with each name that
 * comes in there, so that no order matters and no cycle has an end to be missed. What nothing answers in
 * the end comes from another crate, may come from an opening, or is missing.
 */
export const createResolver = (isShadowed: IsShadowed): Resolver => {
  const dormant = createDormant((from) => begin(from));
  // Of each module by its index: nothing is asked so often.
  const waiting: (Map<string, Waiting[]> | undefined)[] = [];
  const takers: (Import[] | undefined)[] = [];
  /** Names that have come in, each with its module at the same place. */
  const queue: { names: Name[]; nodes: Node[] } = { names: [], nodes: [] };
  let steps = 0;
  let maxSteps = LEAST_STEPS;
  let isExhausted = false;

  const append = (node: Node, name: Name, namesakes: Name[] | undefined): void => {
    if (namesakes) namesakes.push(name);
    else node.names.set(name.binding.name, [name]);
    if (name.isShadowed) return;
    queue.names.push(name);
    queue.nodes.push(node);
  };

  const add: Resolver['add'] = (node, name) => {
    const namesakes = node.names.get(name.binding.name);
    if (namesakes && isKnown(namesakes, name)) return;
    // An import has its steps already, however many names it gives.
    if (!name.binding.source) maxSteps += STEPS_A_NAME;
    append(node, name, namesakes);
  };

  const give = (from: Import, name: Name): void => {
    from.isServed = true;
    const own = rebind(from, name);
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
    // Whatever is in it, a crate's name is one of a module.
    const isCrate = use.tree < 0;
    const binding: Binding = {
      name: use.name,
      namespace: isCrate ? 'type' : 'unknown',
      kind: isCrate ? 'crate' : 'name',
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
    const { node } = taker;
    const text = name.binding.name;
    // A private explicit name takes the place of a glob's as well.
    dormant.rouseName(node, text);
    const namesakes = node.names.get(text);
    // Most names come by several ways, and are the same.
    const scope = narrower(taker.scope, name.scope);
    if (namesakes && isHanded(namesakes, name, scope)) return;
    const own = handOn(taker, name, scope);
    // It may stand back behind an explicit one.
    own.isShadowed = hasStandIn(namesakes, own) || isShadowed(node, own);
    append(node, own, namesakes);
  };

  // Loops by number look at what is there now: others may join meanwhile, and are told by themselves. They
  // make nothing, which a closure a name would.
  const handAll = (from: Import, namesakes: readonly Name[]): void => {
    for (let at = 0, end = namesakes.length; at < end; at += 1) {
      const name = namesakes[at];
      if (name && !name.isShadowed) hand(from, name);
    }
  };

  const take = (from: Import, node: Node): void => {
    from.isServed = true;
    from.isWide = true;
    const known = takers[node.index];
    if (known) known.push(from);
    else takers[node.index] = [from];
    from.node.globs ??= new Set();
    from.node.globs.add(node);
    dormant.rouseVisible(node, from.node);
    let left = node.names.size;
    for (const namesakes of node.names.values()) {
      // Those that join meanwhile are behind these.
      if (left === 0 || isOver()) return;
      left -= 1;
      handAll(from, namesakes);
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
    const here = waiting[entry.node.index] ?? new Map<string, Waiting[]>();
    waiting[entry.node.index] = here;
    const others = here.get(segment);
    if (others) others.push(entry);
    else here.set(segment, [entry]);
    dormant.rouseName(entry.node, segment);
    if (!entry.node.names.has(segment)) dormant.rouseGlobs(entry.node);
    const known = entry.node.names.get(segment) ?? NONE;
    for (let at = 0, end = known.length; at < end; at += 1) {
      const name = known[at];
      if (name && !name.isShadowed) receive(entry, name);
    }
  };

  const walk = (from: Import, node: Node, at: number): void => {
    const { use } = from;
    if (!noteReach(from, node, at)) return;
    const segment = use.segments[at];
    if (segment !== undefined) wait({ from, node, at }, segment);
    else if (use.isGlob) take(from, node);
    else give(from, moduleName(node));
  };

  const tell = (node: Node, name: Name): void => {
    const entries = waiting[node.index]?.get(name.binding.name) ?? NONE;
    for (let at = 0, end = entries.length; at < end; at += 1) {
      const entry = entries[at];
      if (entry) receive(entry, name);
    }
    const globs = takers[node.index] ?? NONE;
    for (let at = 0, end = globs.length; at < end; at += 1) {
      const taker = globs[at];
      if (taker) hand(taker, name);
    }
  };

  const drain = (): void => {
    for (;;) {
      const name = queue.names.pop();
      const node = queue.nodes.pop();
      if (!name || !node || isOver()) return;
      tell(node, name);
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
    const asked = waiting[node.index];
    const isAsked = asked?.has(use.name) || (use.isGlob && asked !== undefined);
    if (scope === 'public' || isAsked || takers[node.index]) begin(from);
    else dormant.add(from);
  };

  return { add, start, walk, giveUnknown, drain, isExhausted: () => isExhausted };
};
