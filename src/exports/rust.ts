import { ALWAYS, type Condition, needs, showCondition } from './condition.ts';
import { groupBy } from './groups.ts';
import {
  type Binding,
  type Candidate,
  type Entry,
  LIMIT,
  type ListedReexport,
  type Module,
  type Opening,
  type Surface,
  type Tree,
  type Unresolved,
  type Wildcard,
} from './model.ts';
import { createCrateSource, type Resolved, resolveCrates } from './rust-crates.ts';
import { bindingOf, type Import, targetsOf } from './rust-import.ts';
import type { ReadRust, Report } from './rust-modules.ts';
import type { Name, Node } from './rust-nodes.ts';
import { listOpenings, openUnknown } from './rust-openings.ts';

type IsTestOnly = (condition: Condition) => boolean;

/** What is there only under test is nobody's API. */
const createTestOnly = (): IsTestOnly => {
  const known = new Map<Condition, boolean>([[ALWAYS, false]]);
  return (condition) => {
    const answer = known.get(condition) ?? needs(condition, 'test');
    known.set(condition, answer);
    return answer;
  };
};

/** Names of a module for the outside, and those of them that lead to a module. */
type Shown = { bindings: Binding[]; places: Binding[] };

type Judge = { isTestOnly: IsTestOnly; isShown: (name: Name) => boolean };

/** In one pass: a crate may have hundreds of thousands of names. */
const listPublic = (node: Node, { isTestOnly, isShown }: Judge): Shown => {
  const shown: Shown = { bindings: [], places: [] };
  for (const namesakes of node.names.values()) {
    for (const name of namesakes) {
      if (name.scope !== 'public' || !isShown(name)) continue;
      const binding = bindingOf(name);
      const own = isTestOnly(binding.availability) ? { ...binding, isHidden: true } : binding;
      shown.bindings.push(own);
      if (own.module !== undefined) shown.places.push(own);
    }
  }
  return shown;
};

/** A module that is reached from outside, with what it shows and what it re-exports. */
type Reached = Shown & { node: Node; exports: Import[] };

/** The modules that paths of public names lead to, and those whose names public globs hand on. */
const listReached = ({ root, nodes, imports, isExhausted }: Resolved): Reached[] => {
  const isTestOnly = createTestOnly();
  // What wildcards had brought when somebody stopped counting is half an answer.
  const isShown = ({ via }: Name): boolean => !isExhausted || !via;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const byNode = groupBy(imports, ({ node }) => node);
  const isExport = ({ scope, use }: Import): boolean =>
    scope === 'public' && !isTestOnly(use.condition);
  const listNext = ({ places, exports }: Reached): Node[] => [
    ...places.flatMap(({ module }) => byId.get(module ?? '') ?? []).filter((node) => !node.isEnum),
    ...exports.filter(({ use }) => use.isGlob).flatMap(targetsOf),
  ];
  const reached = new Map<Node, Reached>();
  const open = [root];
  for (const node of open) {
    if (reached.has(node)) continue;
    const exports = (byNode.get(node) ?? []).filter(isExport);
    const each = { node, ...listPublic(node, { isTestOnly, isShown }), exports };
    reached.set(node, each);
    for (const next of listNext(each)) open.push(next);
  }
  return [...reached.values()];
};

const showTargets = (from: Import): string =>
  targetsOf(from)
    .map(({ id }) => id)
    .join(' ');

const listWildcards = ({ node, exports }: Reached): Wildcard[] =>
  exports
    .filter(({ use }) => use.isGlob)
    .map((from) => ({
      statement: from.statement,
      module: node.id,
      name: from.use.shown,
      target: showTargets(from) || from.use.shown,
    }));

const listCandidates = ({ node, places }: Reached): Candidate[] =>
  places
    .filter(({ kind, form, isHidden }) => kind === 'module' && form === 'explicit' && !isHidden)
    .map(({ name, statement }) => ({ statement, module: node.id, name, segments: [name] }));

const listReexports = ({ node, exports }: Reached): ListedReexport[] =>
  exports
    .filter(({ use }) => !use.isGlob && use.segments.length > 1 && use.tree >= 0)
    .map((from) => {
      const { use } = from;
      const name = use.segments.slice(0, -1).join('::');
      const target = [
        showTargets(from) || name,
        showCondition(use.condition),
        use.isHidden,
        use.attributes,
      ].join('|');
      return {
        statement: from.statement,
        module: node.id,
        name,
        target,
        tree: use.tree,
      };
    });

/** All statements that missing names come through, in modules too that nobody sees; what such a name comes from is missing too. */
const listChains = (reached: readonly Reached[]): Set<string> => {
  const chain = new Set(
    reached.flatMap(({ bindings }) => bindings.filter(({ isMissing }) => isMissing)),
  );
  for (const { source } of chain) if (source) chain.add(source);
  return new Set([...chain].map(showPlace));
};

const showPlace = ({ statement }: Pick<Binding, 'statement'>): string =>
  `${statement.path}:${statement.line}:${statement.column}`;

/** Of what leads nowhere that which the outside would miss. */
const listUnresolved = ({ loose }: Resolved, reached: readonly Reached[]): Unresolved[] => {
  if (loose.length === 0) return [];
  const nodes = new Set(reached.map(({ node }) => node));
  const chains = listChains(reached);
  return loose
    .filter((each) => each.isPublic && (nodes.has(each.node) || chains.has(showPlace(each))))
    .map(({ statement, module, name, reason }) => ({ statement, module, name, reason }));
};

/** Openings are listed when a name is missed: through globs they are many, and mostly nobody asks. */
const toModule = ({ node, bindings }: Reached, more: readonly Opening[]): [string, Module] => [
  node.id,
  {
    id: node.id,
    path: node.path,
    bindings,
    get openings() {
      return [...listOpenings(node), ...more];
    },
  },
];

/**
 * What a Rust crate shows to the outside, from its root file on: the module tree, every `use` followed. It
 * needs no compiler, and no crate that builds; a file that is no Rust costs its own names alone. `read` is
 * asked for the same file once a tree, so it may remember.
 */
export const readRustSurface = (tree: Tree, entry: Entry, read: ReadRust): Surface => {
  const report: Report = {
    conflicts: [],
    faults: [],
    allowances: [],
    files: new Set(),
    missing: [],
  };
  const resolved = resolveCrates(createCrateSource(tree, read, report), entry.path);
  const reached = listReached(resolved);
  const limits = resolved.isExhausted ? [openUnknown(LIMIT)] : [];
  const start = { path: entry.path, line: 1, column: 1 };
  return {
    entry,
    root: resolved.root.id,
    modules: new Map(reached.map((each) => toModule(each, limits))),
    wildcards: reached.flatMap(listWildcards),
    candidates: reached.flatMap(listCandidates),
    unresolved: [...listUnresolved(resolved, reached), ...report.missing],
    reexports: reached.flatMap(listReexports),
    conflicts: report.conflicts,
    faults: [...report.faults, ...limits.map(({ key }) => ({ ...start, reason: key }))],
    allowances: report.allowances,
    files: [...report.files],
  };
};
