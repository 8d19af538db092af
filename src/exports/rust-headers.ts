import type { Lexer, Token } from './rust-lexer.ts';

/** What cannot stand inside a header or an expression: where it does, the item before has no end. */
const BEGINNINGS = new Set(['pub', 'mod', 'struct', 'enum']);

const isBeginning = (token: Token): boolean =>
  token.kind === 'word' && !token.isRaw && BEGINNINGS.has(token.text);

/** Ends the text where `token` cannot go on with the item; true where it did. */
const failed = (lexer: Lexer, token: Token): boolean => {
  if (token.kind !== 'end' && token.kind !== 'close' && !isBeginning(token)) return false;
  lexer.fail(token.start, 'an item that does not end');
  return true;
};

/** `->` and `=>` close no angle bracket. */
const isArrow = (text: string, token: Token): boolean =>
  token.text === '>' && /[-=]/.test(text[token.start - 1] ?? '');

/** How an item's head ends. */
type Header = { end: Token; hasBody: boolean };

/**
 * Skips the head of an item, to behind the `{` of its body or its `;`. A `{` inside angle brackets is an
 * argument.
 */
export const skipHeader = (lexer: Lexer, text: string): Header => {
  let angles = 0;
  const isOver = (token: Token): boolean =>
    token.text === ';' || (token.text === '{' && angles === 0) || failed(lexer, token);
  let token = lexer.next();
  for (; !isOver(token); token = lexer.next()) {
    if (token.kind === 'open') lexer.skipGroup(token);
    else if (token.text === '<') angles += 1;
    else if (token.text === '>' && !isArrow(text, token)) angles = Math.max(0, angles - 1);
  }
  return { end: token, hasBody: token.text === '{' };
};

/** Skips a type or an expression, to behind its `;`. */
export const skipToSemicolon = (lexer: Lexer): Token => {
  for (;;) {
    const token = lexer.next();
    if (token.text === ';' || failed(lexer, token)) return token;
    if (token.kind === 'open') lexer.skipGroup(token);
  }
};

/** The lexemes of a group, to behind its end: for small ones. */
export const readGroup = (lexer: Lexer, open: Token): Token[] => {
  const tokens: Token[] = [];
  let depth = 1;
  for (;;) {
    const token = lexer.next();
    if (token.kind === 'end') {
      lexer.fail(open.start, 'a bracket that is never closed');
      return tokens;
    }
    if (token.kind === 'open') depth += 1;
    if (token.kind === 'close') depth -= 1;
    if (depth === 0) return tokens;
    tokens.push(token);
  }
};

/** Behind its attributes. */
const isPrivateField = (tokens: readonly Token[]): boolean => {
  let at = 0;
  while (tokens[at]?.text === '#') {
    let depth = 0;
    do {
      at += 1;
      if (tokens[at]?.kind === 'open') depth += 1;
      if (tokens[at]?.kind === 'close') depth -= 1;
    } while (depth > 0 && at < tokens.length);
    at += 1;
  }
  return tokens[at]?.text !== 'pub';
};

/** The parts between commas that stand in no bracket, angle brackets too. */
const splitFields = (tokens: readonly Token[], text: string): Token[][] => {
  const fields: Token[][] = [[]];
  let [depth, angles] = [0, 0];
  for (const token of tokens) {
    if (token.kind === 'open') depth += 1;
    else if (token.kind === 'close') depth -= 1;
    else if (depth === 0 && token.text === '<') angles += 1;
    else if (depth === 0 && token.text === '>' && !isArrow(text, token)) angles -= 1;
    if (depth === 0 && angles <= 0 && token.text === ',') fields.push([]);
    else fields.at(-1)?.push(token);
  }
  return fields.filter(({ length }) => length > 0);
};

/** Reads a struct's head, to behind the `{` of its body or its `;`, and whether a field of a tuple is private. */
export const readStructHeader = (lexer: Lexer, text: string): Header & { isSealed: boolean } => {
  let angles = 0;
  const isOver = (token: Token): boolean =>
    token.text === ';' ||
    token.kind === 'close' ||
    token.kind === 'end' ||
    isBeginning(token) ||
    (angles === 0 && /^(?:where|[{(])$/.test(token.text));
  while (!isOver(lexer.peek())) {
    const token = lexer.next();
    if (token.kind === 'open') lexer.skipGroup(token);
    else if (token.text === '<') angles += 1;
    else if (token.text === '>' && !isArrow(text, token)) angles = Math.max(0, angles - 1);
  }
  const isTuple = lexer.peek().text === '(';
  const tokens = isTuple ? readGroup(lexer, lexer.next()) : [];
  const isSealed = splitFields(tokens, text).some(isPrivateField);
  return { ...skipHeader(lexer, text), isSealed };
};

/** Skips what follows a variant's name, to behind its comma; false where the enum ends. */
const skipVariant = (lexer: Lexer): boolean => {
  for (;;) {
    const token = lexer.next();
    if (token.text === ',') return true;
    if (token.text === '}' || failed(lexer, token)) return false;
    if (token.kind === 'open') lexer.skipGroup(token);
  }
};

/** The variants of an enum, from behind its `{` to behind its `}`. */
export const readVariants = (lexer: Lexer): { name: string; offset: number }[] => {
  const variants: { name: string; offset: number }[] = [];
  let token = lexer.next();
  for (; token.text !== '}' && token.kind !== 'end'; token = lexer.next()) {
    if (token.kind === 'open') lexer.skipGroup(token);
    else if (token.kind === 'word' && token.text !== 'pub') {
      variants.push({ name: token.text, offset: token.start });
      if (!skipVariant(lexer)) return variants;
    }
  }
  if (token.kind === 'end') lexer.fail(token.start, 'an enum that does not end');
  return variants;
};
