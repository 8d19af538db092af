import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { RustItem, RustVisibility } from '../../src/exports/rust-file.ts';
import { scanRust } from '../../src/exports/rust-text.ts';

/**
 * The items of a Rust file as lines, by our scanner and by tree-sitter's grammar, so that they can be compared:
 * `3 pub use a::b as c`, `4 mod m/ 5 pub(crate) fn f`. What stands in a `cfg_if!` only we read, and is left out.
 */

type TreeNode = {
  type: string;
  text: string;
  hasError: boolean;
  startPosition: { row: number };
  endPosition: { row: number };
  namedChildren: (TreeNode | null)[];
  previousNamedSibling: TreeNode | null;
  childForFieldName: (name: string) => TreeNode | null;
};

type Line = { line: number; text: string };

/** What tree-sitter says of a text. */
export type GrammarReading = {
  lines: readonly string[];
  /** It found something that it could not read. */
  hasError: boolean;
  /** First and last line of each `cfg_if!`. */
  skipped: readonly (readonly [number, number])[];
};

const showScope = (visibility: RustVisibility): string => {
  if (visibility === 'public') return 'pub ';
  return visibility.in.join('::') === 'self' ? '' : `pub(${visibility.in.join('::')}) `;
};

const render = (lines: readonly Line[]): string[] =>
  lines.map(({ line, text }) => `${line} ${text}`).sort();

// ---- Ours

const listOurItem = (item: RustItem, prefix: string): Line[] => {
  if (item.kind === 'call') return [];
  const { line } = item.span;
  const scope = showScope(item.visibility);
  if (item.kind === 'use') {
    return [{ line, text: `${prefix}${scope}use ${item.shown} as ${item.name}` }];
  }
  if (item.kind === 'crate') {
    return [{ line, text: `${prefix}${scope}extern crate ${item.crate} as ${item.name}` }];
  }
  if (item.kind === 'module') {
    const own = { line, text: `${prefix}${scope}mod ${item.name}${item.items ? '/' : ''}` };
    const inner = item.items ?? [];
    return [own, ...inner.flatMap((each) => listOurItem(each, `${prefix}${item.name}/ `))];
  }
  if (item.what === 'macro') return [{ line, text: `${prefix}macro ${item.name}` }];
  const more = item.what === 'struct' && item.hasConstructor ? '()' : '';
  return [
    { line, text: `${prefix}${scope}${item.what} ${item.name}${more}` },
    ...item.variants.map(({ name, span }) => ({
      line: span.line,
      text: `${prefix}${item.name}::${name}`,
    })),
  ];
};

/** Our own reading; `fault` where it is no Rust to us. */
export const readByScanner = (
  text: string,
  skipped: GrammarReading['skipped'] = [],
): { lines: readonly string[]; fault: string | undefined } => {
  const { items, fault } = scanRust(text);
  const lines = items
    .flatMap((item) => listOurItem(item, ''))
    .filter(({ line }) => !skipped.some(([from, to]) => line >= from && line <= to));
  return { lines: render(lines), fault: fault && `${fault.line}: ${fault.reason}` };
};

// ---- Theirs

const bare = (name: string): string => name.replace(/^r#/, '');

const childrenOf = ({ namedChildren }: TreeNode): TreeNode[] =>
  namedChildren.filter((child) => child !== null);

const fieldOf = (node: TreeNode, name: string): string =>
  bare(node.childForFieldName(name)?.text ?? '');

const lineOf = ({ startPosition }: TreeNode): number => startPosition.row + 1;

const readVisibility = (node: TreeNode): string => {
  const found = childrenOf(node).find(({ type }) => type === 'visibility_modifier');
  if (!found) return '';
  const path = /\(\s*(?:in\b)?\s*([\s\S]*?)\s*\)$/.exec(found.text)?.[1];
  if (path === undefined) return found.text === 'crate' ? 'pub(crate) ' : 'pub ';
  const segments = path.split('::').map((part) => bare(part.trim()));
  const shown = segments.filter((part) => part !== '').join('::');
  return shown === 'self' ? '' : `pub(${shown}) `;
};

type Leaf = { path: string[]; isGlobal: boolean; alias: string | undefined; line: number };

/** `a::b` as its segments; the line of the last one. */
const readPath = (node: TreeNode): { segments: string[]; isGlobal: boolean; line: number } => {
  const segments: string[] = [];
  let at: TreeNode | null = node;
  let isGlobal = false;
  const last = node.childForFieldName('name') ?? node;
  while (at && at.type === 'scoped_identifier') {
    segments.unshift(fieldOf(at, 'name'));
    const path: TreeNode | null = at.childForFieldName('path');
    isGlobal = path === null;
    at = path;
  }
  if (at) segments.unshift(bare(at.text));
  return { segments, isGlobal, line: lineOf(last) };
};

const listLeaves = (node: TreeNode, before: { path: string[]; isGlobal: boolean }): Leaf[] => {
  const extend = (own: TreeNode | null) => {
    const { segments, isGlobal, line } = own
      ? readPath(own)
      : { segments: [], isGlobal: false, line: lineOf(node) };
    const isFirst = before.path.length === 0;
    return {
      path: [...before.path, ...segments],
      isGlobal: before.isGlobal || (isGlobal && isFirst),
      line,
    };
  };
  if (node.type === 'use_list') return childrenOf(node).flatMap((each) => listLeaves(each, before));
  if (node.type === 'scoped_use_list') {
    const path = node.childForFieldName('path');
    const list = node.childForFieldName('list');
    const isGlobal = before.isGlobal || node.text.startsWith('::');
    return list ? listLeaves(list, { ...extend(path), isGlobal }) : [];
  }
  if (node.type === 'use_wildcard') {
    const [path] = childrenOf(node);
    const isGlobal = before.isGlobal || (before.path.length === 0 && node.text.startsWith('::'));
    const { path: segments } = extend(path ?? null);
    return [{ path: [...segments, '*'], isGlobal, alias: '', line: node.endPosition.row + 1 }];
  }
  if (node.type === 'use_as_clause') {
    const alias = fieldOf(node, 'alias');
    return [{ ...extend(node.childForFieldName('path')), alias: alias === '_' ? '' : alias }];
  }
  if (/comment$/.test(node.type)) return [];
  return [{ ...extend(node), alias: undefined }];
};

const showLeaf = ({ path, isGlobal, alias }: Leaf): string => {
  const isModuleOnly = path.length > 1 && path.at(-1) === 'self';
  const shown = isModuleOnly ? path.slice(0, -1) : path;
  const name = alias ?? shown.at(-1) ?? '';
  return `use ${isGlobal ? '::' : ''}${shown.join('::')} as ${name}`;
};

const DEFINITIONS: Readonly<Record<string, string>> = {
  function_item: 'fn',
  function_signature_item: 'fn',
  struct_item: 'struct',
  enum_item: 'enum',
  union_item: 'union',
  trait_item: 'trait',
  type_item: 'type',
  associated_type: 'type',
  const_item: 'const',
  static_item: 'static',
};

/** The texts of the attributes right above. */
const listAttributes = (node: TreeNode): string[] => {
  const texts: string[] = [];
  for (let at = node.previousNamedSibling; at; at = at.previousNamedSibling) {
    if (at.type === 'attribute_item') texts.push(at.text);
    else if (!/comment$/.test(at.type)) break;
  }
  return texts;
};

/** A function that is a procedural macro has that one's name. */
const findProceduralMacro = (node: TreeNode, name: string): string | undefined => {
  for (const text of listAttributes(node)) {
    const derived = /\bproc_macro_derive\s*\(\s*(\w+)/.exec(text);
    if (derived) return derived[1];
    if (/\bproc_macro(?:_attribute)?\s*[\],)]/.test(text)) return name;
  }
  return undefined;
};

const listDefinition = (node: TreeNode, what: string, prefix: string): Line[] => {
  const name = fieldOf(node, 'name');
  if (name === '_') return [];
  const line = lineOf(node);
  const macro = what === 'fn' ? findProceduralMacro(node, name) : undefined;
  if (macro !== undefined) return [{ line, text: `${prefix}macro ${macro}` }];
  const body = node.childForFieldName('body');
  const hasConstructor = what === 'struct' && body?.type !== 'field_declaration_list';
  const variants = what === 'enum' && body ? childrenOf(body) : [];
  return [
    {
      line,
      text: `${prefix}${readVisibility(node)}${what} ${name}${hasConstructor ? '()' : ''}`,
    },
    ...variants
      .filter(({ type }) => type === 'enum_variant')
      .map((each) => ({
        // Its visibility is no part of its name.
        line: lineOf(each.childForFieldName('name') ?? each),
        text: `${prefix}${name}::${fieldOf(each, 'name')}`,
      })),
  ];
};

type Walk = { skipped: [number, number][] };

type Reader = (node: TreeNode, prefix: string, walk: Walk) => Line[];

const listUse: Reader = (node, prefix) => {
  const argument = node.childForFieldName('argument');
  const scope = readVisibility(node);
  const leaves = argument ? listLeaves(argument, { path: [], isGlobal: false }) : [];
  return leaves.map((leaf) => ({ line: leaf.line, text: `${prefix}${scope}${showLeaf(leaf)}` }));
};

const listCrate: Reader = (node, prefix) => {
  const name = fieldOf(node, 'name');
  const alias = node.childForFieldName('alias') ? fieldOf(node, 'alias') : name;
  const shown = alias === '_' ? '' : alias;
  const text = `${prefix}${readVisibility(node)}extern crate ${name} as ${shown}`;
  return [{ line: lineOf(node), text }];
};

const listModule: Reader = (node, prefix, walk) => {
  const [name, body] = [fieldOf(node, 'name'), node.childForFieldName('body')];
  const text = `${prefix}${readVisibility(node)}mod ${name}${body ? '/' : ''}`;
  const inner = body ? listTheirs(body, `${prefix}${name}/ `, walk) : [];
  return [{ line: lineOf(node), text }, ...inner];
};

/** A block's macro makes methods of its functions: to us they are names that may be there. */
const listBlock: Reader = (node, prefix, walk) => {
  const body = node.childForFieldName('body');
  const lines = body ? listTheirs(body, prefix, walk) : [];
  const isMacros = listAttributes(node).some((text) => /^#\[\s*wasm_bindgen\b/.test(text));
  return isMacros ? lines.filter(({ text }) => !/(?:^| )fn /.test(text)) : lines;
};

const skipBranches: Reader = (node, _, walk) => {
  if (/^(?:cfg_if::)?cfg_if$/.test(fieldOf(node, 'macro')))
    walk.skipped.push([lineOf(node), node.endPosition.row + 1]);
  return [];
};

const READERS: Readonly<Record<string, Reader>> = {
  use_declaration: listUse,
  extern_crate_declaration: listCrate,
  mod_item: listModule,
  foreign_mod_item: listBlock,
  macro_definition: (node, prefix) => [
    { line: lineOf(node), text: `${prefix}macro ${fieldOf(node, 'name')}` },
  ],
  expression_statement: (node, prefix, walk) => listTheirs(node, prefix, walk),
  macro_invocation: skipBranches,
};

const listTheirItem: Reader = (node, prefix, walk) => {
  const what = DEFINITIONS[node.type];
  if (what !== undefined) return listDefinition(node, what, prefix);
  return READERS[node.type]?.(node, prefix, walk) ?? [];
};

const listTheirs = (node: TreeNode, prefix: string, walk: Walk): Line[] =>
  childrenOf(node).flatMap((child) => listTheirItem(child, prefix, walk));

/** tree-sitter with its grammar of Rust, as the package ships both. */
export const openRustGrammar = async (
  home = import.meta.url,
): Promise<(text: string) => GrammarReading> => {
  const require = createRequire(home);
  const main = require.resolve('@vscode/tree-sitter-wasm');
  const { Parser, Language } = require(main);
  const directory = dirname(main);
  await Parser.init({ locateFile: (name: string) => join(directory, name) });
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(join(directory, 'tree-sitter-rust.wasm'))));
  return (text) => {
    const tree = parser.parse(text);
    const walk: Walk = { skipped: [] };
    const lines = render(listTheirs(tree.rootNode, '', walk));
    const { hasError } = tree.rootNode;
    tree.delete();
    return { lines, hasError, skipped: walk.skipped };
  };
};
