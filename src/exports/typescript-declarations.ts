import type { OxcNode } from './oxc-store.ts';

/** What a declaration gives its name: as a type, as a value, or both. */
export type Meaning = {
  namespace: 'type' | 'value' | 'unknown';
  kind: string;
  /** Two of one name are one thing where both are of one sort that merges. */
  merge: Merge;
};

type Merge =
  | 'overload'
  | 'body'
  | 'interface'
  | 'class'
  | 'enum'
  | 'const enum'
  | 'namespace'
  | 'alias'
  | 'alone';

/** One name that a file declares at its top. */
export type TsDeclaration = {
  name: string;
  start: number;
  meanings: readonly Meaning[];
  /** Its own statement says so. */
  isExported: boolean;
};

const isNode = (value: unknown): value is OxcNode =>
  typeof value === 'object' && value !== null && 'type' in value;

const nodeOf = (node: OxcNode, key: string): OxcNode | undefined => {
  const value = node[key];
  return isNode(value) ? value : undefined;
};

const nodesOf = (node: OxcNode, key: string): OxcNode[] => {
  const value = node[key];
  return Array.isArray(value) ? value.filter(isNode) : [];
};

const textOf = (node: OxcNode | undefined): string =>
  typeof node?.name === 'string' ? node.name : '';

/** The names of a pattern: `a`, `{ a, b: [c], ...d }`. */
const listBound = (pattern: OxcNode): OxcNode[] => {
  const names: OxcNode[] = [];
  const open = [pattern];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.type === 'Identifier') names.push(next);
    const parts = [
      ...nodesOf(next, 'properties'),
      ...nodesOf(next, 'elements'),
      ...(next.type === 'Property' ? [nodeOf(next, 'value')] : []),
      ...(next.type === 'RestElement' ? [nodeOf(next, 'argument')] : []),
      ...(next.type === 'AssignmentPattern' ? [nodeOf(next, 'left')] : []),
    ];
    open.push(...parts.filter((part) => part !== undefined).reverse());
  }
  return names;
};

const both = (kind: string, merge: Merge): Meaning[] => [
  { namespace: 'value', kind, merge },
  { namespace: 'type', kind, merge },
];

const TYPES_ALONE = new Set([
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  // `export {}`, and names of what is in there anyway.
  'ExportNamedDeclaration',
]);

/** A namespace of types alone is nothing at run time. */
const isOnlyTypes = (node: OxcNode): boolean => {
  const body = nodeOf(node, 'body');
  if (!body) return false;
  if (body.type === 'TSModuleDeclaration') return isOnlyTypes(body);
  return nodesOf(body, 'body').every((statement) => {
    const inner = nodeOf(statement, 'declaration') ?? statement;
    if (inner.type === 'TSModuleDeclaration') return isOnlyTypes(inner);
    return TYPES_ALONE.has(inner.type);
  });
};

const value = (kind: string, merge: Merge): Meaning[] => [{ namespace: 'value', kind, merge }];
const type = (kind: string, merge: Merge): Meaning[] => [{ namespace: 'type', kind, merge }];

/** Those that a declaration's own words say all about; of a function, where it has no body. */
const BY_WORD: Readonly<Record<string, readonly Meaning[]>> = {
  function: value('function', 'overload'),
  const: value('const', 'alone'),
  let: value('let', 'alone'),
  var: value('var', 'alone'),
  class: both('class', 'class'),
  enum: both('enum', 'enum'),
  'const enum': both('enum', 'const enum'),
  interface: type('interface', 'interface'),
  type: type('type', 'alone'),
};

/** What a declaration is that begins with this word, without its syntax tree; a function is one without a body. */
export const meaningsOfWord = (word: string): readonly Meaning[] | undefined => BY_WORD[word];

const readNamespace = (node: OxcNode): Meaning[] =>
  isOnlyTypes(node)
    ? [{ namespace: 'type', kind: 'namespace', merge: 'namespace' }]
    : both('namespace', 'namespace');

const readVariable = ({ kind }: OxcNode): readonly Meaning[] =>
  BY_WORD[String(kind)] ?? value(String(kind), 'alone');

const MEANINGS: Readonly<Record<string, (node: OxcNode) => readonly Meaning[] | undefined>> = {
  FunctionDeclaration: () => value('function', 'body'),
  TSDeclareFunction: () => BY_WORD.function,
  VariableDeclaration: readVariable,
  ClassDeclaration: () => BY_WORD.class,
  TSEnumDeclaration: (node) => BY_WORD[node.const === true ? 'const enum' : 'enum'],
  TSInterfaceDeclaration: () => BY_WORD.interface,
  TSTypeAliasDeclaration: () => BY_WORD.type,
  TSModuleDeclaration: readNamespace,
  TSImportEqualsDeclaration: () => [{ namespace: 'unknown', kind: 'alias', merge: 'alias' }],
};

const listIdentifiers = (node: OxcNode): OxcNode[] => {
  if (node.type === 'VariableDeclaration') {
    return nodesOf(node, 'declarations').flatMap((each) => {
      const id = nodeOf(each, 'id');
      return id ? listBound(id) : [];
    });
  }
  let id = nodeOf(node, 'id');
  // `namespace a.b {}` declares `a`.
  while (id?.type === 'TSQualifiedName') id = nodeOf(id, 'left');
  return id?.type === 'Identifier' && node.kind !== 'global' ? [id] : [];
};

/** What a statement declares, with or without `export`. */
const listOf = (statement: OxcNode): TsDeclaration[] => {
  const isExport = /^Export(?:Named|Default)Declaration$/.test(statement.type);
  const node = isExport ? nodeOf(statement, 'declaration') : statement;
  const meanings = node && MEANINGS[node.type]?.(node);
  if (!meanings) return [];
  return listIdentifiers(node).map((id) => ({
    name: textOf(id),
    start: node.type === 'VariableDeclaration' ? id.start : statement.start,
    meanings,
    isExported: isExport,
  }));
};

/** What a file declares, and which of its statements say that not all of that is exported. */
export type TsDeclarations = {
  byName: ReadonlyMap<string, readonly TsDeclaration[]>;
  /** What `export =` names or is; undefined where there is none. */
  assigned: OxcNode | undefined;
  /** `export { … }`, `export *`, `export =` or `export default …`: in a `.d.ts` all is exported without one. */
  hasList: boolean;
};

const isList = (statement: OxcNode): boolean => {
  if (statement.type === 'ExportNamedDeclaration') return !nodeOf(statement, 'declaration');
  if (statement.type === 'ExportDefaultDeclaration') {
    return !(nodeOf(statement, 'declaration')?.type ?? '').endsWith('Declaration');
  }
  return statement.type === 'ExportAllDeclaration' || statement.type === 'TSExportAssignment';
};

/** Reads the top of a syntax tree. */
export const readDeclarations = (body: readonly OxcNode[]): TsDeclarations => {
  const byName = new Map<string, TsDeclaration[]>();
  for (const declaration of body.flatMap(listOf)) {
    const group = byName.get(declaration.name) ?? [];
    if (group.push(declaration) === 1) byName.set(declaration.name, group);
  }
  return {
    byName,
    assigned: body.find(({ type }) => type === 'TSExportAssignment'),
    hasList: body.some(isList),
  };
};

const MERGED: Readonly<Partial<Record<Merge, readonly Merge[]>>> = {
  overload: ['overload', 'body'],
  body: ['overload'],
  interface: ['interface', 'class'],
  class: ['interface'],
  enum: ['enum'],
  'const enum': ['const enum'],
};

/** No value of these is more than it is by itself. */
const CLOSED = new Set<Merge>(['alone', 'const enum']);

/**
 * A namespace is added to whatever has members of its own: to no variable, but to every type, and to an alias, of
 * which nobody knows whether it is a value.
 */
const takesNamespace = (a: Meaning, b: Meaning): boolean =>
  a.merge === 'namespace' && (!CLOSED.has(b.merge) || b.namespace !== 'value');

/** Whether two declarations of a name, in one namespace, are one thing: overloads, merging. */
export const canMerge = (a: Meaning, b: Meaning): boolean =>
  takesNamespace(a, b) || takesNamespace(b, a) || (MERGED[a.merge]?.includes(b.merge) ?? false);
