import { findPackage, libraryRoot, listCrates, listPackages, type Package } from './cargo.ts';
import type { Tree } from './model.ts';
import { createBuilder } from './rust-build.ts';
import type { Import } from './rust-import.ts';
import {
  type CrateModule,
  indexTree,
  loadCrate,
  type ReadRust,
  type Report,
} from './rust-modules.ts';
import { hasStandIn } from './rust-namesakes.ts';
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
  const loose = settle({ resolver, imports, findCrate });
  return { root, nodes, imports, loose, isExhausted: resolver.isExhausted() };
};

const keyOf = ({ path, id }: Node): string => `${path} ${id}`;

const isGlobs = ({ via, isShadowed }: Name): boolean => via !== undefined && !isShadowed;

/** Whether an explicit name was known too late to keep one of a glob from being handed on. */
const hasLateShadows = ({ nodes }: Resolved): boolean =>
  nodes.some(({ names }) => {
    for (const namesakes of names.values()) {
      if (namesakes.length < 2) continue;
      if (namesakes.some((name) => isGlobs(name) && hasStandIn(namesakes, name))) {
        return true;
      }
    }
    return false;
  });

/** Which names of globs explicit ones take the place of, by a first look at all names. */
const findShadows = ({ nodes }: Resolved): IsShadowed => {
  const byKey = new Map(nodes.map((node) => [keyOf(node), node]));
  return (node, name) => hasStandIn(byKey.get(keyOf(node))?.names.get(name.binding.name), name);
};

/**
 * Resolves the crate whose root file is `path`, and those of the repository that its paths lead to. Mostly once:
 * in which namespaces an import's name lies is known only when it is resolved, and where that takes the place of
 * a glob's name which was handed on before, all is resolved again, with that known.
 */
export const resolveCrates = (source: CrateSource, path: string): Resolved => {
  const first = resolveOnce(source, path, () => false);
  if (first.isExhausted || !hasLateShadows(first)) return first;
  return resolveOnce(source, path, findShadows(first));
};
