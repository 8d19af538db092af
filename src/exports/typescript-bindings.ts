import { ALWAYS, is } from './condition.ts';
import type { Binding, Namespace } from './model.ts';
import type { Handout, StarEdge, TsNode } from './typescript-graph.ts';
import type { TsExport } from './typescript-model.ts';

/** What is there for types alone, of something that nobody knows to be one. */
const TYPE_ONLY = is('`export type`');

const createBinding = (
  node: TsNode,
  { name, span, isHidden, isAlias }: TsExport,
  about: Pick<Binding, 'namespace' | 'kind' | 'origin' | 'definedAt'> & Partial<Binding>,
): Binding => ({
  name,
  statement: { path: node.path, ...span },
  form: 'explicit',
  condition: ALWAYS,
  availability: ALWAYS,
  isHidden,
  module: undefined,
  source: undefined,
  isMissing: false,
  mayRepeat: false,
  isShadowed: false,
  isAlias,
  ...about,
});

/** `export type { a }` has of a class its type, and of a value the type of that. */
const narrow = (namespace: Namespace, isType: boolean): Namespace =>
  isType && namespace === 'value' ? 'type' : namespace;

/** One of each namespace. */
const unite = (bindings: readonly Binding[]): Binding[] => [
  ...new Map([...bindings].reverse().map((each) => [each.namespace, each])).values(),
];

/** What a file's own declaration gives. */
export const bindOwn = (node: TsNode, item: TsExport): Binding[] => {
  const { source, isType } = item;
  if (source.from !== 'here') return [];
  const { line, column } = item.span;
  return unite(
    source.meanings.map(({ namespace, kind }) =>
      createBinding(node, item, {
        namespace: narrow(namespace, isType),
        kind,
        origin: `${node.path}::${source.local}`,
        definedAt: { path: node.path, line, column },
        isMissing: source.isGone,
      }),
    ),
  );
};

/** The name of a name of another module. */
export const bindServed = ({ node, item }: Handout, found: Binding): Binding => {
  const { kind, origin, definedAt, module, isMissing, availability } = found;
  // Field by field, as below: no tree has anything so often, and a spread takes three times as long.
  return {
    name: item.name,
    namespace: narrow(found.namespace, item.isType),
    kind,
    origin,
    definedAt,
    statement: { path: node.path, ...item.span },
    form: 'explicit',
    condition: ALWAYS,
    availability: item.isType && found.namespace === 'unknown' ? TYPE_ONLY : availability,
    isHidden: item.isHidden || found.isHidden,
    module,
    source: found,
    isMissing,
    mayRepeat: false,
    isShadowed: false,
    isAlias: item.isAlias,
  };
};

/** A whole module under one name. */
export const bindModule = ({ node, item, to }: Handout, shown: string): Binding[] =>
  unite(
    (['value', 'type'] as const).map((namespace) =>
      createBinding(node, item, {
        namespace: narrow(namespace, item.isType),
        kind: 'module',
        origin: `${to?.path ?? shown}::*`,
        definedAt: to && { path: to.path, line: 1, column: 1 },
        module: to?.path,
      }),
    ),
  );

/** A name of something that is not read, or that is not there. */
export const bindUnknown = ({ node, item }: Handout, origin: string, isMissing: boolean): Binding =>
  createBinding(node, item, {
    namespace: 'unknown',
    kind: 'name',
    origin,
    definedAt: undefined,
    isMissing,
    availability: item.isType ? TYPE_ONLY : ALWAYS,
  });

/** What a star hands on. */
export const bindStarred = (
  { star, from }: StarEdge,
  found: Binding,
  isShadowed: boolean,
): Binding => ({
  name: found.name,
  namespace: narrow(found.namespace, star.isType),
  kind: found.kind,
  origin: found.origin,
  definedAt: found.definedAt,
  statement: { path: from.path, ...star.span },
  form: 'wildcard',
  condition: found.condition,
  availability: found.availability,
  isHidden: found.isHidden || star.isHidden,
  module: found.module,
  source: found,
  isMissing: found.isMissing,
  mayRepeat: found.mayRepeat,
  isShadowed,
  isAlias: true,
});
