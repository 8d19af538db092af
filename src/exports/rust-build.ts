import { both } from './condition.ts';
import type { Binding } from './model.ts';
import type { RustCrate, RustDefinition, RustModule, RustUse } from './rust-file.ts';
import type { Import } from './rust-import.ts';
import { type CrateModule, placeIn } from './rust-modules.ts';
import {
  bindDefinition,
  bindItem,
  bindVariant,
  type Crate,
  createNode,
  type Name,
  type Node,
  rootOf,
  scopeOf,
} from './rust-nodes.ts';
import { addOpenings, openCall, openMakers, openUnknown } from './rust-openings.ts';
import type { Resolver } from './rust-resolve.ts';

/** A crate by the path of its root file: what it may name, and its modules. */
type DescribeCrate = (path: string, label: string) => { crate: Crate; module: CrateModule };

type Pair = { node: Node; module: CrateModule };

/** Builds nodes out of the module trees, and sends every import of theirs on its way. */
export const createBuilder = (describe: DescribeCrate, resolver: Resolver) => {
  const nodes: Node[] = [];
  const imports: Import[] = [];
  const roots = new Map<string, Node>();
  const children = new Map<Node, Map<string, Node>>();

  const addNode = (
    crate: Crate,
    module: Parameters<typeof createNode>[1],
    place: { parent: Node | undefined; isEnum: boolean },
  ): Node => {
    const node = createNode(crate, module, { index: nodes.length, ...place });
    nodes.push(node);
    return node;
  };

  const findChild = (node: Node, name: string): Node | undefined => children.get(node)?.get(name);

  const place = (
    node: Node,
    binding: Binding,
    scope: Name['scope'],
    target: Node | undefined,
  ): void => {
    resolver.add(node, { binding, scope, node: target, outside: undefined });
  };

  const addEnum = (node: Node, item: RustDefinition): Node => {
    const { crate, path, availability, isHidden } = node;
    const own = { id: `${node.id}::${item.name}`, path, availability, isHidden, items: [] };
    const enumeration = addNode(crate, own, { parent: node, isEnum: true });
    for (const variant of item.variants) {
      for (const binding of bindVariant(enumeration, variant, item)) {
        place(enumeration, binding, scopeOf(item.visibility, node, findChild), undefined);
      }
    }
    return enumeration;
  };

  const define = (node: Node, item: RustDefinition): void => {
    const enumeration = item.what === 'enum' ? addEnum(node, item) : undefined;
    const home = item.isExported ? rootOf(node) : node;
    const scope = scopeOf(item.visibility, home, findChild);
    for (const binding of bindDefinition(node, item, enumeration)) {
      const isSealed = item.isSealed === true && binding.kind === 'constructor';
      const more = isSealed ? { sealed: node } : {};
      resolver.add(home, { binding, scope, node: enumeration, outside: undefined, ...more });
    }
    addOpenings(node, openMakers(item));
  };

  const addImport = (node: Node, use: RustUse): Import => {
    const scope = scopeOf(use.visibility, node, findChild);
    const from: Import = {
      use,
      node,
      scope,
      statement: placeIn(node.path, use.span),
      availability: both(node.availability, use.condition),
      isHidden: node.isHidden || use.isHidden,
      mayBeCrate: false,
      seen: undefined,
      reach: { nodes: [], at: 0 },
      isStarted: false,
      isServed: false,
      isWide: false,
      isBarred: false,
    };
    imports.push(from);
    return from;
  };

  const startCrate = (node: Node, { crate, name, ...common }: RustCrate): void => {
    const isSelf = crate === 'self';
    const path = { segments: [isSelf ? 'crate' : crate], isGlobal: !isSelf, shown: crate };
    const use = { ...common, ...path, isGlob: false, isModuleOnly: false, name };
    resolver.start(addImport(node, { ...use, kind: 'use', tree: -1, attributes: '' }));
  };

  const addItems = (node: Node): void => {
    for (const item of node.items) {
      if (item.kind === 'definition') define(node, item);
      else if (item.kind === 'use') resolver.start(addImport(node, item));
      else if (item.kind === 'call') addOpenings(node, [openCall(item, node.crate)]);
      else if (item.kind === 'module') addOpenings(node, openMakers(item));
      else startCrate(node, item);
    }
  };

  const nameModule = (parent: Node, declared: RustModule, node: Node): void => {
    const about = { name: declared.name, namespace: 'type', kind: 'module' } as const;
    const { availability, isHidden } = node;
    const binding = { ...bindItem(parent, about, declared, node), availability, isHidden };
    place(parent, binding, scopeOf(declared.visibility, parent, findChild), node);
  };

  const noteMacros = (crate: Crate, { items }: CrateModule): void => {
    for (const item of items) {
      const isMacro = item.kind === 'definition' && item.what === 'macro';
      if (isMacro) crate.macros.set(item.name, item.body);
    }
  };

  const addChildren = (parent: Node, modules: readonly CrateModule[]): Pair[] => {
    const named = new Map<string, Node>();
    children.set(parent, named);
    return modules.map((module) => {
      const node = addNode(parent.crate, module, { parent, isEnum: false });
      const name = module.declared?.name ?? '';
      if (!named.has(name)) named.set(name, node);
      return { node, module };
    });
  };

  const addModules = (root: Pair): Pair[] => {
    const pairs = [root];
    for (const { node, module } of pairs) {
      for (const pair of addChildren(node, module.children)) pairs.push(pair);
    }
    return pairs;
  };

  const describeModule = ({ node, module }: Pair): void => {
    noteMacros(node.crate, module);
    if (module.unknown !== undefined) addOpenings(node, [openUnknown(module.unknown)]);
    if (module.declared && node.parent) nameModule(node.parent, module.declared, node);
  };

  /** All modules first, for `pub(in …)` and `crate::…` may name any; then their names; then what they use. */
  const build = (crate: Crate, module: CrateModule): Node => {
    const root = addNode(crate, module, { parent: undefined, isEnum: false });
    const pairs = addModules({ node: root, module });
    for (const pair of pairs) describeModule(pair);
    for (const { node } of pairs) addItems(node);
    return root;
  };

  const openCrate = (path: string, label: string): Node => {
    const known = roots.get(path);
    if (known) return known;
    const namesakes = [...roots.values()].filter((root) =>
      root.crate.label.startsWith(label),
    ).length;
    const { crate, module } = describe(path, namesakes === 0 ? label : `${label}~${namesakes + 1}`);
    const root = build(crate, module);
    roots.set(path, root);
    return root;
  };

  const findCrate = (node: Node, name: string): Node | undefined => {
    const path = node.crate.dependencies.get(name);
    return path === undefined ? undefined : openCrate(path, name);
  };

  return { openCrate, findCrate, nodes, imports };
};
