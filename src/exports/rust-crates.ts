import { findPackage, libraryRoot, listCrates, listPackages, type Package } from './cargo.ts';
import { isAlways, isSameCondition } from './condition.ts';
import type { Binding, Tree } from './model.ts';
import { createBuilder } from './rust-build.ts';
import type { Import } from './rust-import.ts';
import {
  type CrateModule,
  indexTree,
  loadCrate,
  type ReadRust,
  type Report,
} from './rust-modules.ts';
import type { Crate, Name, Node } from './rust-nodes.ts';
import { createResolver, type IsShadowed } from './rust-resolve.ts';
import { type Loose, settle } from './rust-settle.ts';

/** All crates that an entry reaches, with every path followed. */
export type Resolved = {
  root: Node;
  nodes: readonly Node[];
  imports: readonly Import[];
  /** Re-exports of what is not there, or cannot be seen as far as they say. */
  loose: readonly Loose[];
  /** There were more names than anybody follows, and some are not known. */
  isExhausted: boolean;
};

/** What is read of a tree once, however often its names are resolved. */
export type CrateSource = {
  load: (path: string, label: string) => CrateModule;
  packages: ReadonlyMap<string, Package>;
};

/** The crates of one tree. */
export const createCrateSource = (tree: Tree, read: ReadRust, report: Report): CrateSource => {
  const index = indexTree(tree);
  const loaded = new Map<string, CrateModule>();
  const load = (path: string, label: string): CrateModule => {
    const known = loaded.get(path) ?? loadCrate({ path, label }, read, index, report);
    loaded.set(path, known);
    return known;
  };
  return { load, packages: listPackages(tree) };
};

const describeCrate = (path: string, label: string, { packages }: CrateSource): Crate => {
  const own = findPackage(packages, path);
  const base = { label, macros: new Map<string, string>() };
  if (!own) return { ...base, isOldEdition: false, dependencies: new Map(), foreign: undefined };
  const crates = listCrates(packages, own);
  const { isOldEdition, dependencies } = own.manifest;
  return {
    ...base,
    isOldEdition,
    dependencies: new Map([...crates].map(([name, target]) => [name, libraryRoot(target)])),
    foreign: new Set([...dependencies.keys()].map((name) => name.replaceAll('-', '_'))),
  };
};

const resolveOnce = (source: CrateSource, path: string, isShadowed: IsShadowed): Resolved => {
  const resolver = createResolver(isShadowed);
  const describe = (root: string, label: string) => ({
    crate: describeCrate(root, label, source),
    module: source.load(root, label),
  });
  const { nodes, imports, openCrate, findCrate } = createBuilder(describe, resolver);
  const root = openCrate(path, 'crate');
  const loose = settle({ resolver, imports, findCrate }, nodes);
  return { root, nodes, imports, loose, isExhausted: resolver.isExhausted() };
};

const keyOf = ({ path, id }: Node): string => `${path} ${id}`;

/** Whether `explicit` stands wherever a glob would give `binding`. */
const takesPlace = (explicit: Binding, binding: Binding): boolean =>
  (explicit.isMissing || explicit.namespace === binding.namespace) &&
  (isAlways(explicit.condition) || isSameCondition(explicit.condition, binding.condition));

const isShadowedIn = (namesakes: readonly Name[] | undefined, binding: Binding): boolean =>
  namesakes?.some(({ binding: own }) => own.form === 'explicit' && takesPlace(own, binding)) ??
  false;

/** Most crates have no name of a glob that an explicit one takes the place of. */
const hasShadows = ({ nodes }: Resolved): boolean =>
  nodes.some(({ names }) => {
    for (const namesakes of names.values()) {
      if (namesakes.length < 2) continue;
      const globbed = namesakes.filter(({ binding }) => binding.form === 'wildcard');
      if (globbed.some(({ binding }) => isShadowedIn(namesakes, binding))) return true;
    }
    return false;
  });

/** Which names of globs explicit ones take the place of, by a first look at all names. */
const findShadows = ({ nodes }: Resolved): IsShadowed => {
  const byKey = new Map(nodes.map((node) => [keyOf(node), node]));
  return (node, binding) => isShadowedIn(byKey.get(keyOf(node))?.names.get(binding.name), binding);
};

/**
 * Resolves the crate whose root file is `path`, and those of the repository that its paths lead to. Twice where
 * names stand back behind others: in which namespaces an explicit name lies is known only once it is resolved,
 * and until then no glob's name can stand back behind it.
 */
export const resolveCrates = (source: CrateSource, path: string): Resolved => {
  const first = resolveOnce(source, path, () => false);
  return hasShadows(first) ? resolveOnce(source, path, findShadows(first)) : first;
};
