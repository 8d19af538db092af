import { both, type Condition } from './condition.ts';
import type { Binding, Statement } from './model.ts';
import type { RustUse } from './rust-file.ts';
import { type Glob, type Name, type Node, narrower, rootOf, type Scope } from './rust-nodes.ts';

/** One leaf of a use tree on its way. */
export type Import = {
  use: RustUse;
  node: Node;
  scope: Scope;
  statement: Statement;
  /** When the statement is there, with its module. */
  availability: Condition;
  isHidden: boolean;
  /** The first segment may name a crate. */
  mayBeCrate: boolean;
  /** Every place that its path has been at, as `noteReach` counts them. */
  seen: Set<number> | undefined;
  /** Where its path waits, as far as it has come: of several modules of a name in all of them. */
  reach: { nodes: Node[]; at: number };
  /** It is on its way: a private one waits until somebody asks for its name. */
  isStarted: boolean;
  /** It gives a name, or takes the names of a module. */
  isServed: boolean;
  /** What it gives can be seen as far as it says. */
  isWide: boolean;
  /** Something of the name is there, and cannot be seen from here. */
  isBarred: boolean;
};

/** The path of an import without its `*`. */
export const pathOf = ({ use }: Import): string => use.segments.join('::');

/** Whether a path says itself where it begins. */
export const isRelative = ({ segments: [first], isGlobal }: RustUse): boolean =>
  !isGlobal && (first === 'crate' || first === 'self' || first === 'super');

/** Where a path begins that says so; undefined for others, and for a `super` that leaves the crate. */
export const findStart = ({ use, node }: Import): { node: Node; at: number } | undefined => {
  if (!isRelative(use)) return undefined;
  let at = use.segments[0] === 'super' ? 0 : 1;
  let begin: Node | undefined = use.segments[0] === 'crate' ? rootOf(node) : node;
  for (; use.segments[at] === 'super'; at += 1) begin = begin?.parent;
  return begin && { node: begin, at };
};

/** More modules and enums than a tree has. */
const MAX_NODES = 2 ** 24;

/** Notes that a path looks for its segment `at` in a module; false where it has been there before. */
export const noteReach = (from: Import, node: Node, at: number): boolean => {
  from.seen ??= new Set();
  const { reach, seen } = from;
  const point = at * MAX_NODES + node.index;
  if (seen.has(point)) return false;
  seen.add(point);
  if (at === reach.at) reach.nodes.push(node);
  else if (at > reach.at) from.reach = { nodes: [node], at };
  return true;
};

/** What a glob takes all names of, or the modules that the last name is looked for in. */
export const targetsOf = ({ reach, use }: Import): readonly Node[] =>
  reach.at === use.segments.length - (use.isGlob ? 0 : 1) ? reach.nodes : [];

/** What a glob hands on of a name: its binding is made when somebody asks, for mostly nobody does. */
export const handOn = (from: Import, source: Name, scope: Scope): Name => ({
  binding: source.binding,
  scope,
  node: source.node,
  outside: source.outside,
  sealed: source.sealed,
  via: from,
  source,
  own: undefined,
  isShadowed: false,
});

const bindHanded = (via: Glob, source: Name, isShadowed: boolean): Binding => {
  const binding = source.own ?? source.binding;
  const { use, statement, availability, isHidden } = via;
  // Field by field: no crate has anything so often, and a spread takes three times as long.
  return {
    name: binding.name,
    namespace: binding.namespace,
    kind: binding.kind,
    origin: binding.origin,
    definedAt: binding.definedAt,
    statement,
    form: 'wildcard',
    condition: both(use.condition, binding.condition),
    availability: both(availability, binding.availability),
    isHidden: binding.isHidden || isHidden,
    module: binding.module,
    source: binding,
    isMissing: binding.isMissing,
    mayRepeat: binding.mayRepeat,
    isShadowed,
    isAlias: binding.isAlias,
  };
};

/** What a module has by a name. Globs may hand on what globs hand on, as often as there are modules. */
export const bindingOf = (name: Name): Binding => {
  if (!name.via || name.own) return name.own ?? name.binding;
  const open: Name[] = [];
  for (let at: Name | undefined = name; at?.via && !at.own; at = at.source) open.push(at);
  for (let next = open.pop(); next?.via && next.source; next = open.pop()) {
    next.own = bindHanded(next.via, next.source, next.isShadowed === true);
  }
  return name.own ?? name.binding;
};

/** A name as an import gives it to the module that it stands in. */
export const rebind = (from: Import, name: Name): Name => {
  const { use, statement, availability, isHidden } = from;
  const binding = bindingOf(name);
  return {
    node: name.node,
    scope: narrower(from.scope, name.scope),
    outside: name.outside,
    sealed: name.sealed,
    binding: {
      name: use.name,
      namespace: binding.namespace,
      kind: binding.kind,
      origin: binding.origin,
      definedAt: binding.definedAt,
      statement,
      form: 'explicit',
      condition: use.condition,
      availability: both(availability, binding.availability),
      isHidden: binding.isHidden || isHidden,
      module: binding.module,
      source: binding,
      isMissing: binding.isMissing,
      mayRepeat: binding.mayRepeat,
      isShadowed: false,
      isAlias: binding.isAlias,
    },
  };
};
