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
