import {
  type Binding,
  type Candidate,
  type Entry,
  LIMIT,
  type ListedReexport,
  type Module,
  type Opening,
  type Surface,
  type Unresolved,
  type Wildcard,
} from './model.ts';
import { createFollower, type Follower, type TsLoose } from './typescript-follow.ts';
import { createTsNode, listOpened, listTsOpenings, type TsNode } from './typescript-graph.ts';
import type { TsFile } from './typescript-model.ts';
import type { TsResolver } from './typescript-resolver.ts';

/** Reads a file by its path; undefined where there is none. */
export type ReadTs = (path: string) => TsFile | undefined;

/** The modules that can be had from outside: the entry, what it hands on whole, and what has a name in it. */
const listReached = (root: TsNode, nodes: ReadonlyMap<string, TsNode>): TsNode[] => {
  const reached = new Set([root]);
  for (const node of reached) {
    for (const { to } of node.stars ?? []) if (to) reached.add(to);
    for (const { module } of [...node.names.values()].flat()) {
      const next = module === undefined ? undefined : nodes.get(module);
      if (next) reached.add(next);
    }
  }
  return [...reached];
};

const toModule = (node: TsNode): Module => ({
  id: node.path,
  path: node.path,
  bindings: [...node.names.values()].flat(),
  openings: listTsOpenings(node),
});

const listWildcards = (node: TsNode): Wildcard[] =>
  (node.stars ?? []).map(({ star, to }) => ({
    statement: { path: node.path, ...star.span },
    module: node.path,
    name: star.specifier,
    target: to?.path ?? star.specifier,
  }));

/** What is written of a path, without dots and its extension. */
const segmentsOf = (specifier: string): string[] =>
  specifier
    .replace(/(?:\.d)?\.[mc]?[jt]sx?$/, '')
    .split('/')
    .filter((segment) => !/^(?:\.{0,2}|[@~#$])$/.test(segment));

const listStarCandidates = (node: TsNode): Candidate[] =>
  (node.stars ?? [])
    .filter(({ star, to }) => to && !star.isHidden)
    .map(({ star }) => ({
      statement: { path: node.path, ...star.span },
      module: node.path,
      name: star.specifier,
      segments: segmentsOf(star.specifier),
    }));

const listCandidates = (node: TsNode): Candidate[] =>
  node.file.exports.flatMap((item): Candidate[] => {
    const { name, span, source } = item;
    const own = (node.names.get(name) ?? []).filter(
      ({ form, statement }) =>
        form === 'explicit' && statement.line === span.line && statement.column === span.column,
    );
    const isKnown = own.some(({ definedAt }) => definedAt !== undefined);
    if (!isKnown || own.some(({ isHidden }) => isHidden)) return [];
    const isNamespace = own.some(({ kind }) => kind === 'module' || kind === 'namespace');
    const path = source.from === 'here' ? [] : segmentsOf(source.specifier);
    const segments = [...path, ...(isNamespace ? [name] : [])];
    if (segments.length === 0) return [];
    return [{ statement: { path: node.path, ...span }, module: node.path, name, segments }];
  });

/** `import` and `export` of one name make no statement of their own. */
const listReexports = (node: TsNode, resolver: TsResolver): ListedReexport[] =>
  node.file.exports.flatMap(({ span, source, tree, isHidden }): ListedReexport[] => {
    if (source.from !== 'name' || source.list === undefined) return [];
    const { specifier } = source;
    const target = resolver.resolve(node.path, specifier);
    const from = target.kind === 'file' ? target.path : specifier;
    return [
      {
        statement: { path: node.path, ...span },
        module: node.path,
        name: specifier,
        target: [from, source.list, isHidden].join('|'),
        tree,
      },
    ];
  });

const placeOf = ({ path, line, column }: Binding['statement']): string =>
  `${path}:${line}:${column}`;

/** All statements that missing names come through, in modules too that nobody sees; what such a name comes from is missing too. */
const listChains = (reached: readonly TsNode[]): Set<string> => {
  const chain = new Set<Binding>();
  for (const { names } of reached) {
    for (const namesakes of names.values()) {
      for (const binding of namesakes) if (binding.isMissing) chain.add(binding);
    }
  }
  for (const { source } of chain) if (source) chain.add(source);
  return new Set([...chain].map(({ statement }) => placeOf(statement)));
};

const listUnresolved = (loose: readonly TsLoose[], reached: readonly TsNode[]): Unresolved[] => {
  if (loose.length === 0) return [];
  const paths = new Set(reached.map(({ path }) => path));
  const chains = listChains(reached);
  return loose
    .filter(({ path, statement }) => paths.has(path) || chains.has(placeOf(statement)))
    .map(({ statement, module, name, reason }) => ({ statement, module, name, reason }));
};

const EMPTY: TsFile = { exports: [], stars: [], fault: undefined, open: undefined, allowances: [] };

/** What is asked of a tree, and of its files. */
export type TsSources = {
  resolver: TsResolver;
  read: ReadTs;
  /** These are asked for next; undefined where nobody need know. */
  ahead: ((paths: readonly string[]) => void) | undefined;
};

/** What a module that was followed to its end says by itself. */
type Facts = Pick<Surface, 'wildcards' | 'candidates' | 'reexports'> & { module: Module };

const describeNode = (node: TsNode, resolver: TsResolver): Facts => ({
  module: toModule(node),
  wildcards: listWildcards(node),
  candidates: [...listStarCandidates(node), ...listCandidates(node)],
  reexports: listReexports(node, resolver),
});

/** A module that has a name is asked for whole, and may name others. */
const followWhole = (follower: Follower, root: TsNode, nodes: ReadonlyMap<string, TsNode>) => {
  for (;;) {
    const result = follower.follow();
    const reached = listReached(root, nodes);
    const rest = reached.filter(({ isAskedWhole }) => !isAskedWhole);
    if (rest.length === 0) return { ...result, reached };
    for (const node of rest) follower.ask(node, undefined);
  }
};

/** The modules of a tree, as far as somebody has asked for them. */
const createGraph = ({ resolver, read, ahead }: TsSources) => {
  const nodes = new Map<string, TsNode>();
  const open = (path: string): TsNode | undefined => {
    const known = nodes.get(path);
    if (known) return known;
    const file = read(path);
    if (!file) return undefined;
    const node = createTsNode(path, file);
    nodes.set(path, node);
    return node;
  };
  const follower = createFollower({ resolve: resolver.resolve, open, ahead });
  const facts = new Map<TsNode, Facts>();
  const factsOf = (node: TsNode): Facts => {
    const known = facts.get(node) ?? describeNode(node, resolver);
    facts.set(node, known);
    return known;
  };
  return { nodes, open, follower, factsOf };
};

/**
 * What packages of TypeScript or JavaScript show to the outside, from their entries on: every re-export that a
 * public name needs is followed, once for all entries of a tree, and no file is read that none needs.
 */
export const createTsReader = (sources: TsSources) => {
  let graph = createGraph(sources);
  return (entry: Entry): Surface => {
    const { nodes, open, follower, factsOf } = graph;
    const root = open(entry.path) ?? createTsNode(entry.path, EMPTY);
    follower.ask(root, undefined);
    const { loose, isExhausted, reached } = followWhole(follower, root, nodes);
    // What one entry has too much of is not missing to the next one.
    if (isExhausted) graph = createGraph(sources);
    const limits: Opening[] = isExhausted ? [{ key: LIMIT, mayYield: () => true }] : [];
    const start = { path: entry.path, line: 1, column: 1 };
    const facts = reached.map(factsOf);
    const files = [...listOpened(root)].filter(({ path }) => nodes.has(path));
    return {
      entry,
      root: root.path,
      modules: new Map(
        facts.map(({ module }) => [
          module.id,
          isExhausted ? { ...module, openings: [...module.openings, ...limits] } : module,
        ]),
      ),
      wildcards: facts.flatMap(({ wildcards }) => wildcards),
      candidates: facts.flatMap(({ candidates }) => candidates),
      unresolved: listUnresolved(loose, reached),
      reexports: facts.flatMap(({ reexports }) => reexports),
      conflicts: [],
      faults: [
        ...files.flatMap(({ path, file }) => (file.fault ? [{ path, ...file.fault }] : [])),
        ...limits.map(({ key }) => ({ ...start, reason: key })),
      ],
      allowances: files.flatMap(({ path, file }) =>
        file.allowances.map((each) => ({ ...each, path })),
      ),
      files: files.map(({ path }) => path),
    };
  };
};
