import { ALWAYS, both, negate } from './condition.ts';
import {
  type Attributes,
  joinAttributes,
  NO_ATTRIBUTES,
  parseAttribute,
  parseCondition,
} from './rust-attributes.ts';
import {
  type Body,
  expectName,
  guardItem,
  type Head,
  KEYWORDS,
  PRIVATE,
  type Reading,
  readMacroGroup,
  readMacroRules,
} from './rust-definitions.ts';
import { MAX_NESTING, type RustItem, type RustVisibility } from './rust-file.ts';
import { readGroup } from './rust-headers.ts';
import type { Lexer, Token } from './rust-lexer.ts';

/** `if #[cfg(…)] {…} else if … else {…}`: the items of each branch, when they count. */
const readBranches = (reading: Reading, head: Head): RustItem[] => {
  const { lexer, blocks } = reading;
  const items: RustItem[] = [];
  let rest = head.condition;
  for (let token = lexer.next(); token.text !== '}'; token = lexer.next()) {
    if (token.text === 'else') continue;
    const isIf = token.text === 'if' && lexer.next().text === '#';
    const condition = isIf ? parseCondition(readGroup(lexer, lexer.next())) : ALWAYS;
    const open = isIf ? lexer.next() : token;
    if (open.text !== '{') {
      lexer.fail(open.start, 'a cfg_if! that cannot be read');
      return items;
    }
    blocks.endCode(open.end);
    const branch = reading.readBody(open, head.depth + 1);
    for (const item of branch.items) items.push(guardItem(item, both(rest, condition), false));
    rest = both(rest, negate(condition));
  }
  return items;
};

/** `path::name! {…}`, from behind its first name. */
const readCall = (reading: Reading, head: Head, first: Token): RustItem[] => {
  const { lexer } = reading;
  let name = first.text;
  while (lexer.peek().text === '::') {
    lexer.next();
    name += `::${expectName(reading).text}`;
  }
  const bang = lexer.next();
  if (bang.text !== '!') {
    lexer.fail(first.start, 'no item begins like this');
    return [];
  }
  if (/^(?:cfg_if::)?cfg_if$/.test(name) && lexer.peek().text === '{') {
    lexer.next();
    return readBranches(reading, head);
  }
  // `name! ident {…}` is how macros that define something are called.
  const named = lexer.peek().kind === 'word' ? lexer.next().text : '';
  return [{ kind: 'call', name, text: `${named} ${readMacroGroup(reading).body}` }];
};

/** Words that may stand in front of an item's keyword. */
const QUALIFIERS = new Set(['unsafe', 'async', 'default', 'auto', 'safe', 'gen', 'final']);

const BEHIND_CONST = new Set(['fn', 'unsafe', 'async', 'extern', 'trait', 'impl', 'gen', 'auto']);

const isQualifier = (token: Token, next: Token): boolean => {
  if (token.isRaw || token.kind !== 'word' || next.isRaw) return false;
  if (token.text === 'const') return next.kind === 'word' && BEHIND_CONST.has(next.text);
  if (token.text === 'extern') return next.kind === 'word' && next.text !== 'crate';
  return QUALIFIERS.has(token.text) && next.kind === 'word';
};

/** They are a list, and no depth. */
const skipQualifiers = (lexer: Lexer, first: Token): Token => {
  let token = first;
  for (;;) {
    if (token.text === 'extern' && !token.isRaw && lexer.peek().kind === 'literal') lexer.next();
    if (!isQualifier(token, lexer.peek())) return token;
    token = lexer.next();
  }
};

const readKeyword = (reading: Reading, head: Head, first: Token): RustItem[] => {
  const { lexer } = reading;
  const token = skipQualifiers(lexer, first);
  if (token.text === '::') return readCall(reading, head, expectName(reading));
  if (token.kind !== 'word') {
    lexer.fail(token.start, 'no item begins like this');
    return [];
  }
  const isCall = lexer.peek().text === '!' || lexer.peek().text === '::';
  if (token.text === 'macro_rules' && isCall) {
    lexer.next();
    return readMacroRules(reading, head);
  }
  const read = Object.hasOwn(KEYWORDS, token.text) ? KEYWORDS[token.text] : undefined;
  // `impl !Send for X` and `use ::a::B` are no calls.
  const isKeyword = !token.isRaw && (!isCall || token.text === 'impl' || token.text === 'use');
  return read && isKeyword ? read(reading, head) : readCall(reading, head, token);
};

/** `pub`, `pub(crate)`, `pub(in a::b)`, from behind `pub`. */
const readRestriction = ({ lexer }: Reading): RustVisibility => {
  if (lexer.peek().text !== '(') return 'public';
  const path = readGroup(lexer, lexer.next())
    .filter(({ kind, text }) => kind === 'word' && text !== 'in')
    .map(({ text }) => text);
  return { in: path.length > 0 ? path : ['self'] };
};

/** All attributes up to the next item, inner ones apart. */
const readAttributes = ({ lexer, blocks }: Reading): { outer: Attributes; inner: Attributes } => {
  let [outer, inner] = [NO_ATTRIBUTES, NO_ATTRIBUTES];
  while (lexer.peek().text === '#') {
    const { start } = lexer.next();
    const isInner = lexer.peek().text === '!' && lexer.next().text === '!';
    const open = lexer.next();
    if (open.text !== '[') {
      lexer.fail(open.start, 'an attribute without brackets');
      break;
    }
    const tokens = readGroup(lexer, open);
    blocks.attribute(start, (tokens.at(-1)?.end ?? open.end) + 1);
    if (isInner) inner = joinAttributes(inner, parseAttribute(tokens));
    else outer = joinAttributes(outer, parseAttribute(tokens));
  }
  return { outer, inner };
};

const readItem = (
  reading: Reading,
  first: Token,
  attributes: Attributes,
  depth: number,
): RustItem[] => {
  const { from, isInternal } = reading.blocks.above(first.start);
  const isPub = first.text === 'pub' && !first.isRaw;
  const head: Head = {
    start: first.start,
    from,
    attributes,
    isHidden: attributes.isHidden || isInternal,
    condition: attributes.condition,
    visibility: isPub ? readRestriction(reading) : PRIVATE,
    depth,
  };
  return readKeyword(reading, head, isPub ? reading.lexer.next() : first);
};

/** Whether the items end before `token`: with the text, or with the bracket that closes `open`. */
const isLast = ({ lexer }: Reading, token: Token, open: Token | undefined): boolean => {
  if (token.kind === 'end') {
    if (open) lexer.fail(open.start, 'a bracket that is never closed');
    return true;
  }
  if (token.kind !== 'close') return false;
  if (token.text !== '}' || !open)
    lexer.fail(token.start, 'a bracket that closes none that is open');
  return true;
};

/** Items up to the end of the text, or to behind the bracket that closes `open`. */
export const readItems = (reading: Reading, open: Token | undefined, depth: number): Body => {
  const { lexer, blocks } = reading;
  const items: RustItem[] = [];
  let inner = NO_ATTRIBUTES;
  if (depth > MAX_NESTING) lexer.fail(open?.start ?? 0, 'modules that nest too deep');
  for (;;) {
    const attributes = readAttributes(reading);
    inner = joinAttributes(inner, attributes.inner);
    const first = lexer.next();
    if (isLast(reading, first, open)) return { items, inner };
    if (first.text !== ';') {
      for (const item of readItem(reading, first, attributes.outer, depth)) items.push(item);
    }
    blocks.endCode(lexer.position());
  }
};
