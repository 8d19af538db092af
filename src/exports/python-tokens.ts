import type { Token } from './python-lexer.ts';

const KEYWORDS = new Set(
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);

const OPEN = new Set(['(', '[', '{']);
const CLOSE = new Set([')', ']', '}']);

export const isMark = (token: Token | undefined, text: string): boolean =>
  token?.kind === 'mark' && token.text === text;

export const isWord = (token: Token | undefined, text: string): boolean =>
  token?.kind === 'name' && token.text === text;

/** A name that is no keyword. */
export const isName = (token: Token | undefined): token is Token =>
  token?.kind === 'name' && !KEYWORDS.has(token.text);

export const isOpen = (token: Token | undefined): boolean =>
  token?.kind === 'mark' && OPEN.has(token.text);

export const isClose = (token: Token | undefined): boolean =>
  token?.kind === 'mark' && CLOSE.has(token.text);

/** The depth after a token, from that before it. */
export const nextDepth = (depth: number, token: Token): number => {
  if (isOpen(token)) return depth + 1;
  return isClose(token) ? depth - 1 : depth;
};

/** The parts between tokens that stand in no bracket and are such that `isCut`. */
export const splitTokens = (
  tokens: readonly Token[],
  isCut: (token: Token) => boolean,
): Token[][] => {
  let part: Token[] = [];
  const parts = [part];
  let depth = 0;
  for (const token of tokens) {
    depth = nextDepth(depth, token);
    if (depth === 0 && isCut(token)) {
      part = [];
      parts.push(part);
    } else part.push(token);
  }
  return parts;
};

/** Where a token stands that is in no bracket, from `start` on; -1 where there is none. */
export const findToken = (
  tokens: readonly Token[],
  is: (token: Token) => boolean,
  start = 0,
): number => {
  let depth = 0;
  for (let at = start; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (!token) return -1;
    depth = nextDepth(depth, token);
    if (depth === 0 && is(token)) return at;
  }
  return -1;
};

/** Where the bracket that opens at `start` closes. */
export const closingOf = (tokens: readonly Token[], start: number): number => {
  const at = findToken(tokens, isClose, start);
  return at === -1 ? tokens.length : at;
};

/** Tokens without brackets around all of them. */
export const stripBrackets = (tokens: readonly Token[]): readonly Token[] => {
  let [from, to] = [0, tokens.length];
  const pairs = new Map<number, number>();
  const opened: number[] = [];
  tokens.forEach((token, at) => {
    if (isOpen(token)) opened.push(at);
    else if (isClose(token)) pairs.set(opened.pop() ?? -1, at);
  });
  while (isMark(tokens[from], '(') && pairs.get(from) === to - 1) [from, to] = [from + 1, to - 1];
  return tokens.slice(from, to);
};

const MAX_SHOWN = 60;

/** Tokens as one text, however they were laid out; cut where there are many. */
export const showTokens = (tokens: readonly Token[]): string =>
  tokens
    .slice(0, MAX_SHOWN)
    .map(({ text }) => text.slice(0, 200))
    .join(' ');

const isOperand = (token: Token): boolean =>
  token.kind === 'name' ? isName(token) : token.kind !== 'mark';

const SOFT = new Set(['match', 'case', 'type']);

/** Marks that something has to follow; `/`, `*` and `:` may stand alone between parameters and in slices. */
const BINARY = new Set(
  '+ - // % @ & | ^ << >> < > <= >= == != = += -= *= /= //= %= @= &= |= ^= >>= <<= **= := ->'.split(
    ' ',
  ),
);
const PREFIX = new Set(['+', '-']);

const isText = ({ kind }: Token): boolean => kind === 'text' || kind === 'formatted';

const begins = (tokens: readonly Token[], at: number): boolean => {
  const before = tokens[at - 1];
  return at === 0 || isMark(before, ';') || isMark(before, ':');
};

const isStray = (tokens: readonly Token[], at: number): boolean => {
  const [before, token] = [tokens[at - 1], tokens[at]];
  if (!before || !token || !isOperand(token)) return false;
  if (!isOperand(before) && !isClose(before)) return false;
  const isSoft = before.kind === 'name' && SOFT.has(before.text) && begins(tokens, at - 1);
  return !isSoft && !(isText(before) && isText(token));
};

const isDangling = (tokens: readonly Token[], at: number): boolean => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token?.kind !== 'mark' || !BINARY.has(token.text)) return false;
  if (!next || isClose(next) || isMark(next, ',') || isMark(next, ';')) return true;
  return next.kind === 'mark' && BINARY.has(next.text) && !PREFIX.has(next.text);
};

/** The first token that cannot stand where it stands: two values side by side, a mark that lacks one. */
export const findStray = (tokens: readonly Token[]): Token | undefined =>
  tokens.find((token, at) => isStray(tokens, at) || isDangling(tokens, at) || isMark(token, '<>'));
