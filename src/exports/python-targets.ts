import type { Token } from './python-lexer.ts';
import {
  closingOf,
  findToken,
  isClose,
  isMark,
  isName,
  isOpen,
  isWord,
  splitTokens,
} from './python-tokens.ts';

/** The names that are given something: those of `a, (b, *c)`, none of `a.b` and `a[b]`. */
const listTargets = (tokens: readonly Token[]): Token[] => {
  const names: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const [before, token, next] = [tokens[at - 1], tokens[at], tokens[at + 1]];
    const isIndex = isOpen(token) && (isName(before) || isClose(before));
    if (isIndex) at = closingOf(tokens, at);
    else if (isName(token) && !isMark(before, '.') && !isPart(next)) names.push(token);
  }
  return names;
};

const isPart = (next: Token | undefined): boolean =>
  isMark(next, '.') || isMark(next, '[') || isMark(next, '(');

/** `a = b = 1`, `a: int = 1`: its names, and where its value begins; undefined where it is no assignment. */
export type Assignment = { targets: Token[]; value: readonly Token[]; isPlain: boolean };

const isColon = (token: Token): boolean => isMark(token, ':');

export const readAssignment = (tokens: readonly Token[]): Assignment | undefined => {
  const colon = findToken(tokens, isColon);
  const parts = splitTokens(tokens, (token) => isMark(token, '='));
  const isAnnotated =
    colon > 0 &&
    !tokens.slice(0, colon).some((token) => isWord(token, 'lambda') || isMark(token, '='));
  if (isAnnotated) {
    const targets = listTargets(tokens.slice(0, colon));
    return { targets, value: parts.length > 1 ? (parts[1] ?? []) : [], isPlain: parts.length < 3 };
  }
  if (parts.length < 2) return undefined;
  const value = parts.at(-1) ?? [];
  return { targets: parts.slice(0, -1).flatMap(listTargets), value, isPlain: parts.length === 2 };
};

/** `for a, b in …`. */
const listLoopNames = (tokens: readonly Token[]): Token[] => {
  const from = tokens.findIndex((token) => isWord(token, 'for'));
  const to = findToken(tokens, (token) => isWord(token, 'in'), from);
  return listTargets(tokens.slice(from + 1, to === -1 ? tokens.length : to));
};

/** `with … as a, … as (b, c)`. */
const listAsNames = (tokens: readonly Token[]): Token[] =>
  tokens.flatMap((token, at) => {
    if (!isWord(token, 'as')) return [];
    const isGroup = isOpen(tokens[at + 1]);
    return listTargets(tokens.slice(at + 1, isGroup ? closingOf(tokens, at + 1) : at + 2));
  });

/** The names that a pattern takes, and some that it only mentions. */
const listPatternNames = (tokens: readonly Token[]): Token[] =>
  tokens.slice(1).filter((token, at) => isName(token) && !isMark(tokens[at + 2], '('));

/** Names that the head of a compound statement gives. */
export const listHeaderNames = (keyword: string, tokens: readonly Token[]): Token[] => {
  if (keyword === 'for') return listLoopNames(tokens);
  if (keyword === 'with') return listAsNames(tokens);
  return keyword === 'case' ? listPatternNames(tokens) : [];
};

/** `(a := 1)`, wherever it stands. */
export const listWalrusNames = (tokens: readonly Token[]): Token[] =>
  tokens.filter((token, at) => isName(token) && isMark(tokens[at + 1], ':='));
