import { isAlways } from './condition.ts';
import type { Unresolved } from './model.ts';
import { type Import, pathOf } from './rust-import.ts';
import { type Node, rootOf } from './rust-nodes.ts';
import { listOpenings } from './rust-openings.ts';
import type { Resolver } from './rust-resolve.ts';

/** A re-export that leads nowhere, in the module that it stands in. */
export type Loose = Unresolved & { node: Node; isPublic: boolean };

type Settling = {
  resolver: Resolver;
  imports: readonly Import[];
  /** The root of a crate of the repository, by the name that `node`'s crate has for it. */
  findCrate: (node: Node, name: string) => Node | undefined;
};

/** Rounds of giving answers; what is left then is not known. */
const MAX_ROUNDS = 60;

const STANDARD = new Set(['std', 'core', 'alloc', 'proc_macro', 'test']);

const firstOf = ({ use }: Import): string => use.segments[0] ?? '';

const letters = (name: string): string => name.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();

/** A package's library may have another name than the package: `xml` of `xml-rs`, `md5` of `md-5`. */
const isLike = (dependency: string, name: string): boolean => {
  const [own, other] = [letters(dependency), letters(name)];
  return own.includes(other) || other.includes(own);
};

/** Whether the first segment may be a crate's that this repository does not have. */
const isForeign = (from: Import): boolean => {
  const { foreign } = from.node.crate;
  const first = firstOf(from);
  // What a condition guards may never be built, and a manifest need not name it.
  const isGuarded = !isAlways(from.node.availability) || !isAlways(from.use.condition);
  const isCrateItem = from.use.tree < 0;
  if (foreign === undefined || isGuarded || isCrateItem) return true;
  return STANDARD.has(first) || [...foreign].some((name) => isLike(name, first));
};

const looseOf = (from: Import, reason: string): Loose => ({
  node: from.node,
  isPublic: from.scope === 'public',
  statement: from.statement,
  module: from.node.id,
  name: from.use.isGlob ? from.use.shown : from.use.name || (from.use.segments.at(-1) ?? ''),
  reason,
});

/** A `pub use` of what is not public. */
const isTooNarrow = ({ isServed, isWide, use }: Import): boolean =>
  isServed && !isWide && use.name !== '' && use.visibility === 'public';

/** Whether another import that waits may give the name that this one waits for. */
const waitsForImport = (
  { node: own, use, reach }: Import,
  pending: ReadonlyMap<Node, Set<string>>,
): boolean => {
  const wanted = use.segments[reach.at] ?? '';
  return reach.nodes.some((node) => {
    const isItself = node === own && use.name === wanted;
    return !isItself && (pending.get(node)?.has(wanted) ?? false);
  });
};

/**
 * Gives every path that has not arrived its end: a crate, something outside, something that an opening may
 * hide, or nothing. Those that wait for another one's name come after it. Returns the re-exports of what is
 * not there.
 */
export const settle = ({ resolver, imports, findCrate }: Settling): Loose[] => {
  const loose: Loose[] = [];

  const settleCrate = (from: Import): boolean => {
    const first = firstOf(from);
    const crate = findCrate(from.node, first);
    if (crate) {
      from.mayBeCrate = false;
      resolver.walk(from, crate, 1);
      return true;
    }
    if (from.use.tree >= 0 && from.use.segments.length === 1 && from.node.crate.macros.has(first)) {
      from.mayBeCrate = false;
      const isExported = rootOf(from.node)
        .names.get(first)
        ?.some(({ scope }) => scope === 'public');
      if (isExported) resolver.walk(from, rootOf(from.node), 0);
      else resolver.giveUnknown(from, `?${first}`, false);
      return true;
    }
    if (!isForeign(from)) return false;
    resolver.giveUnknown(from, from.use.segments.join('::'), false);
    return true;
  };

  /** What a glob opens while names settle is there in the next round. */
  let openings = new Map<Node, ReturnType<typeof listOpenings>>();
  const openingsOf = (node: Node): ReturnType<typeof listOpenings> => {
    const known = openings.get(node) ?? listOpenings(node);
    openings.set(node, known);
    return known;
  };

  const settleMissing = (from: Import): void => {
    const { reach } = from;
    const wanted = from.use.segments[reach.at] ?? '';
    if (reach.nodes.some((node) => openingsOf(node).some(({ mayYield }) => mayYield(wanted)))) {
      resolver.giveUnknown(from, `?${pathOf(from)}`, false);
      return;
    }
    loose.push(
      looseOf(from, from.isBarred ? `${wanted} is private there` : `there is no ${wanted} there`),
    );
    resolver.giveUnknown(from, from.use.segments.join('::'), true);
  };

  const isAtCrate = (from: Import): boolean =>
    from.mayBeCrate && !from.isBarred && from.reach.at === 0;

  /** Crates first: what they open is known before anything is said to be missing. */
  const settleSome = (pending: readonly Import[]): void => {
    const names = new Map<Node, Set<string>>();
    for (const { node, use } of pending) {
      const known = names.get(node) ?? new Set();
      names.set(node, known.add(use.name));
    }
    const ready = pending.filter((from) => !waitsForImport(from, names));
    // All wait for each other: none of them is there.
    const chosen = ready.length > 0 ? ready : pending;
    const settled = chosen.filter(isAtCrate).filter(settleCrate);
    if (settled.length === 0) for (const from of chosen) settleMissing(from);
  };

  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    resolver.drain();
    // Whoever has stopped following knows of nothing that it is missing.
    if (resolver.isExhausted()) return [];
    openings = new Map();
    const pending = imports.filter(({ isStarted, isServed }) => isStarted && !isServed);
    if (pending.length === 0) break;
    settleSome(pending);
  }
  for (const from of imports.filter(isTooNarrow)) {
    loose.push(looseOf(from, `${from.use.segments.at(-1)} is private there`));
    resolver.giveUnknown(from, from.use.segments.join('::'), true);
  }
  resolver.drain();
  return loose;
};
