import { both, type Condition } from './condition.ts';
import type { Attributes } from './rust-attributes.ts';
import type { Blocks } from './rust-blocks.ts';
import type { RustDefinition, RustItem, RustModule, RustVisibility, Span } from './rust-file.ts';
import { readStructHeader, readVariants, skipHeader, skipToSemicolon } from './rust-headers.ts';
import type { Lexer, Token } from './rust-lexer.ts';
import { readUse } from './rust-use.ts';

/** One text while it is read. */
export type Reading = {
  /** Items to behind the bracket that closes `open`. */
  readBody: (open: Token, depth: number) => Body;
  text: string;
  lexer: Lexer;
  blocks: Blocks;
  place: (offset: number) => { line: number; column: number };
};

/** The start of one item: what stands in front of its keyword. */
export type Head = {
  start: number;
  from: number;
  attributes: Attributes;
  isHidden: boolean;
  condition: Condition;
  visibility: RustVisibility;
  depth: number;
};

export type Body = { items: RustItem[]; inner: Attributes };

export const PRIVATE: RustVisibility = { in: ['self'] };

const spanOf = ({ place }: Reading, head: Head, offset: number, end: number): Span => ({
  ...place(offset),
  from: head.from,
  to: place(Math.max(offset, end - 1)).line,
});

const commonOf = ({ visibility, condition, isHidden }: Head) => ({
  visibility,
  condition,
  isHidden,
});

export const expectName = ({ lexer }: Reading): Token => {
  const token = lexer.next();
  if (token.kind !== 'word') lexer.fail(token.start, 'an item without a name');
  return token;
};

const definition = (
  reading: Reading,
  head: Head,
  { what, name, end }: { what: RustDefinition['what']; name: string; end: number },
  more: Partial<RustDefinition> = {},
): RustDefinition => ({
  kind: 'definition',
  what,
  name,
  span: spanOf(reading, head, head.start, end),
  ...commonOf(head),
  hasConstructor: false,
  variants: [],
  makers: head.attributes.makers,
  body: '',
  isExported: false,
  ...more,
});

/** `struct`, `union`, `trait`, `fn`, `impl`: a head, and a body that is skipped. */
const readBodied = (reading: Reading) => {
  const { lexer, text } = reading;
  const header = skipHeader(lexer, text);
  if (header.hasBody) lexer.skipGroup(header.end);
  return header;
};

type Read = (reading: Reading, head: Head) => RustItem[];

const readStruct: Read = (reading, head) => {
  const name = expectName(reading).text;
  const { lexer, text } = reading;
  const { end, hasBody, isSealed } = readStructHeader(lexer, text);
  if (hasBody) lexer.skipGroup(end);
  const own = { hasConstructor: !hasBody, ...(isSealed ? { isSealed } : {}) };
  return [definition(reading, head, { what: 'struct', name, end: end.end }, own)];
};

const readNamed =
  (what: 'union' | 'trait'): Read =>
  (reading, head) => {
    const name = expectName(reading).text;
    const { end } = readBodied(reading);
    return [definition(reading, head, { what, name, end: end.end })];
  };

const readEnum: Read = (reading, head) => {
  const { lexer, text, place } = reading;
  const name = expectName(reading).text;
  const { end, hasBody } = skipHeader(lexer, text);
  const variants = hasBody ? readVariants(lexer) : [];
  const toVariant = (variant: { name: string; offset: number }) => {
    const at = place(variant.offset);
    return { name: variant.name, span: { ...at, from: at.line, to: at.line } };
  };
  return [
    definition(
      reading,
      head,
      { what: 'enum', name, end: end.end },
      { variants: variants.map(toVariant) },
    ),
  ];
};

/** A procedural macro's function is the macro. */
const readFunction: Read = (reading, head) => {
  const name = expectName(reading).text;
  const { end } = readBodied(reading);
  const macro = head.attributes.proceduralMacro;
  if (!macro) return [definition(reading, head, { what: 'fn', name, end: end.end })];
  const own = macro === 'itself' ? name : macro.derive;
  return [definition(reading, head, { what: 'macro', name: own, end: end.end })];
};

const readAssigned =
  (what: 'type' | 'const' | 'static'): Read =>
  (reading, head) => {
    const { lexer } = reading;
    if (lexer.peek().text === 'mut') lexer.next();
    const { text: name } = expectName(reading);
    const { end } = skipToSemicolon(lexer);
    return name === '_' ? [] : [definition(reading, head, { what, name, end })];
  };

const readUses: Read = (reading, head) => {
  const { leaves, end } = readUse(reading.lexer);
  return leaves.map(({ offset, ...leaf }) => ({
    kind: 'use',
    ...leaf,
    ...commonOf(head),
    span: spanOf(reading, head, offset, end),
    tree: head.start,
    attributes: head.attributes.text,
  }));
};

const readModule: Read = (reading, head) => {
  const { lexer, blocks } = reading;
  const { text: name } = expectName(reading);
  const open = lexer.next();
  const { paths, makers } = head.attributes;
  const span = spanOf(reading, head, head.start, open.end);
  const module: RustModule = {
    kind: 'module',
    name,
    span,
    ...commonOf(head),
    items: undefined,
    paths,
    makers,
  };
  if (open.text === ';') return [module];
  if (open.text !== '{') {
    lexer.fail(open.start, 'a module without a body');
    return [];
  }
  blocks.endCode(open.end);
  const { items, inner } = reading.readBody(open, head.depth + 1);
  return [
    {
      ...module,
      items,
      condition: both(module.condition, inner.condition),
      isHidden: module.isHidden || inner.isHidden,
    },
  ];
};

/** An item of a block that has attributes of its own. */
export const guardItem = (item: RustItem, when: Condition, isHidden: boolean): RustItem =>
  item.kind === 'call'
    ? item
    : { ...item, condition: both(when, item.condition), isHidden: isHidden || item.isHidden };

const isFunction = (item: RustItem): item is RustDefinition =>
  item.kind === 'definition' && item.what === 'fn';

/**
 * Under an attribute that is a macro's (`#[wasm_bindgen]`) a function of the block may become a method, and is a
 * name that may be there.
 */
const readExternBlock = (reading: Reading, head: Head, open: Token): RustItem[] => {
  reading.blocks.endCode(open.end);
  const { items } = reading.readBody(open, head.depth + 1);
  const own = items.map((item) => guardItem(item, head.condition, head.isHidden));
  if (head.attributes.makers === '') return own;
  const text = own
    .filter(isFunction)
    .map(({ name }) => name)
    .join(' ');
  return [...own.filter((item) => !isFunction(item)), { kind: 'call', name: 'extern', text }];
};

const readCrate: Read = (reading, head) => {
  const { lexer } = reading;
  lexer.next();
  const { text: crate } = expectName(reading);
  const hasAlias = lexer.peek().text === 'as' && lexer.next().text === 'as';
  const name = hasAlias ? expectName(reading).text : crate;
  const { end } = skipToSemicolon(lexer);
  const span = spanOf(reading, head, head.start, end);
  return [{ kind: 'crate', crate, name: name === '_' ? '' : name, span, ...commonOf(head) }];
};

const readExtern: Read = (reading, head) => {
  const { lexer } = reading;
  if (lexer.peek().text === 'crate') return readCrate(reading, head);
  const open = lexer.next();
  if (open.text === '{') return readExternBlock(reading, head, open);
  lexer.fail(open.start, 'an extern that cannot be read');
  return [];
};

/** The group of a macro, with its text; a `;` behind it belongs to it. */
export const readMacroGroup = ({
  lexer,
  text,
}: Reading): { open: Token; body: string; end: number } => {
  const open = lexer.next();
  if (open.kind !== 'open') {
    lexer.fail(open.start, 'a macro without brackets');
    return { open, body: '', end: open.end };
  }
  const end = lexer.skipGroup(open);
  if (open.text !== '{' && lexer.peek().text === ';') lexer.next();
  return { open, body: text.slice(open.end, end), end };
};

export const readMacroRules: Read = (reading, head) => {
  const { text: name } = expectName(reading);
  const { open, body } = readMacroGroup(reading);
  const isExported = head.attributes.isMacroExport;
  const visibility: RustVisibility = isExported ? 'public' : { in: ['crate'] };
  return [
    definition(
      reading,
      { ...head, visibility },
      { what: 'macro', name, end: open.end },
      { isExported, body },
    ),
  ];
};

/** `macro name(…) {…}`. */
const readMacro: Read = (reading, head) => {
  const { lexer } = reading;
  const { text: name } = expectName(reading);
  if (lexer.peek().text === '(') lexer.skipGroup(lexer.next());
  const { open, body } = readMacroGroup(reading);
  return [definition(reading, head, { what: 'macro', name, end: open.end }, { body })];
};

/** The items that begin with a word of their own. */
export const KEYWORDS: Readonly<Record<string, Read>> = {
  use: readUses,
  mod: readModule,
  struct: readStruct,
  enum: readEnum,
  trait: readNamed('trait'),
  union: readNamed('union'),
  fn: readFunction,
  type: readAssigned('type'),
  static: readAssigned('static'),
  const: readAssigned('const'),
  extern: readExtern,
  macro: readMacro,
  impl: (reading) => {
    readBodied(reading);
    return [];
  },
};
