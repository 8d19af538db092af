import { both, type Condition } from './condition.ts';
import type { Binding, Namespace, Opening, Statement } from './model.ts';
import type { RustDefinition, RustItem, RustUse, RustVisibility } from './rust-file.ts';
import { type CrateModule, placeIn } from './rust-modules.ts';

/** Where a name may be used: everywhere, or in a module and what lies in it. */
export type Scope = 'public' | Node;

/** The glob that hands names on. */
export type Glob = {
  use: Pick<RustUse, 'condition'>;
  statement: Statement;
  availability: Condition;
  isHidden: boolean;
};

/** One name of a module while it is resolved. */
export type Name = {
  /** As the statement says that gives it; a glob hands on what that says, and `bindingOf` what becomes of it. */
  binding: Binding;
  scope: Scope;
  /** What a path goes on from: a module, or an enum. */
  node: Node | undefined;
  /** The path of something outside of the repository. */
  outside: string | undefined;
  /** The module that alone can take it, whatever its scope: of a constructor with a private field. */
  sealed?: Node | undefined;
  /** Of one that a glob hands on: that, the other module's name, and its own binding once somebody has asked. */
  via?: Glob;
  source?: Name;
  own?: Binding | undefined;
  /** An explicit name takes its place. */
  isShadowed?: boolean;
};

/** A module, or an enum with its variants, as a bag of names. */
export type Node = {
  index: number;
  id: string;
  crate: Crate;
  parent: Node | undefined;
  depth: number;
  isEnum: boolean;
  path: string;
  availability: Condition;
  isHidden: boolean;
  items: readonly RustItem[];
  names: Map<string, Name[]>;
  /** By their keys; most modules have none. */
  openings: Map<string, NodeOpening> | undefined;
  /** Modules that a glob takes all names of. */
  globs: Set<Node> | undefined;
};

/** An opening, with the crate that its names come from where that is outside. */
export type NodeOpening = Opening & { outside: string | undefined };

/** One crate of the repository. */
export type Crate = {
  label: string;
  isOldEdition: boolean;
  /** The crates of the repository that it may name, and the paths of their root files. */
  dependencies: ReadonlyMap<string, string>;
  /** Names of crates from outside; undefined where there is no manifest to say. */
  foreign: ReadonlySet<string> | undefined;
  /** The bodies of its macros. */
  macros: Map<string, string>;
};

/** The root module of a node's crate. */
export const rootOf = (node: Node): Node => {
  let at = node;
  while (at.parent) at = at.parent;
  return at;
};

/** Whether what has `scope` can be used in `node`. */
export const isVisible = (scope: Scope, node: Node): boolean => {
  if (scope === 'public') return true;
  let at: Node | undefined = node;
  while (at && at.depth > scope.depth) at = at.parent;
  return at === scope;
};

/** Whether an import in `node` gets a name. */
export const canTake = ({ scope, sealed }: Name, node: Node): boolean =>
  isVisible(scope, node) && (sealed === undefined || isVisible(sealed, node));

/** Of two scopes around one module the smaller one. */
export const narrower = (a: Scope, b: Scope): Scope => {
  if (a === 'public') return b;
  return b === 'public' || a.depth >= b.depth ? a : b;
};

/** `pub(super)`, `pub(in a::b)`: the module that it names, as seen from `node`. */
export const scopeOf = (visibility: RustVisibility, node: Node, find: FindChild): Scope => {
  if (visibility === 'public') return 'public';
  const [first, ...rest] = visibility.in;
  let at = node;
  if (first === 'super') at = node.parent ?? node;
  else if (first !== 'self') at = rootOf(node);
  const names = first === 'crate' || first === 'super' || first === 'self' ? rest : visibility.in;
  for (const name of names) at = (name === 'super' ? at.parent : find(at, name)) ?? at;
  return at;
};

/** The module of a name that lies in another one. */
export type FindChild = (node: Node, name: string) => Node | undefined;

/** What a definition is called in a finding, and in which namespaces its name lies. */
const NAMESPACES: Readonly<Record<RustDefinition['what'], Namespace>> = {
  fn: 'value',
  const: 'value',
  static: 'value',
  struct: 'type',
  enum: 'type',
  union: 'type',
  trait: 'type',
  type: 'type',
  macro: 'macro',
};

type Declared = Pick<RustDefinition, 'span' | 'condition' | 'isHidden'>;

/** A name that an item of a module gives it. */
export const bindItem = (
  node: Node,
  { name, namespace, kind }: Pick<Binding, 'name' | 'namespace' | 'kind'>,
  item: Declared,
  module: Node | undefined,
): Binding => ({
  name,
  namespace,
  kind,
  origin: `${node.id}::${name} ${namespace}`,
  definedAt: { path: node.path, line: item.span.line, column: item.span.column },
  statement: placeIn(node.path, item.span),
  form: 'explicit',
  condition: item.condition,
  availability: both(node.availability, item.condition),
  isHidden: node.isHidden || item.isHidden,
  module: module?.id,
  source: undefined,
  isMissing: false,
  mayRepeat: false,
  isShadowed: false,
  isAlias: false,
});

/** The names of one definition: a tuple struct has two. */
export const bindDefinition = (
  node: Node,
  item: RustDefinition,
  enumeration: Node | undefined,
): Binding[] => {
  const { name, what, hasConstructor } = item;
  const bound = bindItem(
    node,
    { name, namespace: NAMESPACES[what], kind: what },
    item,
    enumeration,
  );
  // It lies at the crate's root, and its own module's conditions tell it from another one there.
  const own = item.isExported ? { ...bound, condition: bound.availability } : bound;
  if (!hasConstructor) return [own];
  return [own, bindItem(node, { name, namespace: 'value', kind: 'constructor' }, item, undefined)];
};

/** The names of a variant: as a type and as a value. */
export const bindVariant = (
  node: Node,
  { name, span }: RustDefinition['variants'][number],
  { condition, isHidden }: RustDefinition,
): Binding[] => {
  const own = { span, condition, isHidden };
  const type = bindItem(node, { name, namespace: 'type', kind: 'variant' }, own, undefined);
  const origin = `${node.id}::${name} value`;
  return [type, { ...type, namespace: 'value', kind: 'constructor', origin }];
};

/** A module of the tree, or an enum, as a node; its names come later. */
export const createNode = (
  crate: Crate,
  module: Pick<CrateModule, 'id' | 'path' | 'availability' | 'isHidden' | 'items'>,
  place: { index: number; parent: Node | undefined; isEnum: boolean },
): Node => ({
  id: module.id,
  path: module.path,
  availability: module.availability,
  isHidden: module.isHidden,
  items: module.items,
  ...place,
  crate,
  depth: (place.parent?.depth ?? -1) + 1,
  names: new Map(),
  openings: undefined,
  globs: undefined,
});
