import { ALWAYS, type Condition, either, is, negate } from './condition.ts';
import type { Token } from './python-lexer.ts';
import {
  findToken,
  isMark,
  isWord,
  showTokens,
  splitTokens,
  stripBrackets,
} from './python-tokens.ts';

/** The opposite of a comparison, by which both are told as one thing. */
const OPPOSITES: Readonly<Record<string, string>> = { '<': '>=', '<=': '>', '!=': '==' };

const isComparison = ({ kind, text }: Token): boolean =>
  kind === 'mark' && /^(?:[<>]=?|[=!]=)$/.test(text);

/** `a < b` is said as "not `a >= b`". */
const readComparison = (tokens: readonly Token[]): Condition | undefined => {
  const at = findToken(tokens, isComparison);
  const mark = tokens[at]?.text ?? '';
  if (at === -1 || findToken(tokens, isComparison, at + 1) !== -1) return undefined;
  const opposite = OPPOSITES[mark];
  const [left, right] = [showTokens(tokens.slice(0, at)), showTokens(tokens.slice(at + 1))];
  const atom = is(`${left} ${opposite ?? mark} ${right}`);
  return opposite === undefined ? atom : negate(atom);
};

const TRUE = new Set(['True', '1']);

const readAtom = (tokens: readonly Token[]): Condition => {
  const own = stripBrackets(tokens);
  if (findToken(own, (each) => isWord(each, 'and') || isWord(each, 'or')) !== -1) {
    return is(showTokens(own));
  }
  if (isWord(own[0], 'not')) return negate(is(showAtom(own.slice(1))));
  const [first] = own;
  if (own.length === 1 && first && TRUE.has(first.text)) return ALWAYS;
  return readComparison(own) ?? is(showAtom(own));
};

/** `typing.TYPE_CHECKING` is the same by any name. */
const showAtom = (tokens: readonly Token[]): string => {
  const own = stripBrackets(tokens);
  const isTyping = own.length === 3 && isMark(own[1], '.') && isWord(own[2], 'TYPE_CHECKING');
  return showTokens(isTyping ? own.slice(2) : own);
};

const MAX_PARTS = 20;

/** What an `if` asks, as far as it is made of `and`, `or`, `not` and comparisons without brackets. */
export const readTest = (tokens: readonly Token[]): Condition => {
  const own = stripBrackets(tokens);
  const isOther = findToken(own, (each) => isWord(each, 'if') || isWord(each, 'lambda')) !== -1;
  if (isOther || own.length > 200) return is(showTokens(own));
  const parts = splitTokens(own, (each) => isWord(each, 'or')).map((part) => {
    const all = splitTokens(part, (each) => isWord(each, 'and')).map(readAtom);
    return all.length === 1 ? (all[0] ?? ALWAYS) : ({ op: 'all', of: all } as const);
  });
  return parts.length > MAX_PARTS ? is(showTokens(own)) : either(parts);
};

/** `if __name__ == '__main__'`: nobody imports what is there. */
export const isProgramTest = (tokens: readonly Token[]): boolean => {
  const own = stripBrackets(tokens);
  return own.length === 3 && isWord(own[0], '__name__') && isMark(own[1], '==');
};
