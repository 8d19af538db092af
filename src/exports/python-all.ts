import type { AllItem, AllStep, Span } from './python-file.ts';
import type { Token } from './python-lexer.ts';
import { textValue } from './python-strings.ts';
import type { Assignment } from './python-targets.ts';
import { closingOf, isMark, isName, isWord, splitTokens, stripBrackets } from './python-tokens.ts';

/** A statement about `__all__`, without when it is done. */
export type Listing = Omit<AllStep, 'condition'>;

/** Where a lexeme stands. */
type SpanOf = (token: Token) => Span;

/** `depth` counts the brackets around. */
type Reading = { spanOf: SpanOf; depth: number };

const UNKNOWN: AllItem = { kind: 'unknown' };

/** `"a" "b"` is one text. */
const readText = (tokens: readonly Token[]): string | undefined => {
  const values = tokens.map((token) => (token.kind === 'text' ? textValue(token.text) : undefined));
  return values.length > 0 && values.every((value) => value !== undefined)
    ? values.join('')
    : undefined;
};

/** `a.b.__all__` → a, b; a name alone is one that may have been imported. */
const readReference = (tokens: readonly Token[]): AllItem => {
  const isPath = tokens.every((token, at) => (at % 2 === 0 ? isName(token) : isMark(token, '.')));
  if (!isPath || tokens.length % 2 === 0) return UNKNOWN;
  const names = tokens.filter((_, at) => at % 2 === 0).map(({ text }) => text);
  if (names.length === 1 && names[0] === '__all__') return { kind: 'self' };
  return { kind: 'module', names };
};

const readElement = (tokens: readonly Token[], reading: Reading): AllItem[] => {
  const [first] = tokens;
  if (isMark(first, '*')) return readSum(tokens.slice(1), reading);
  const name = readText(stripBrackets(tokens));
  return first && name !== undefined
    ? [{ kind: 'name', name, span: reading.spanOf(first) }]
    : [UNKNOWN];
};

const isComma = (token: Token): boolean => isMark(token, ',');

const readElements = (tokens: readonly Token[], reading: Reading): AllItem[] =>
  splitTokens(tokens, isComma)
    .filter(({ length }) => length > 0)
    .flatMap((part) => readElement(part, reading));

const WRAPPERS = new Set(['sorted', 'list', 'tuple', 'set']);

/** `"a b".split()`. */
const readSplit = (tokens: readonly Token[], reading: Reading): AllItem[] | undefined => {
  const [first] = tokens;
  const text = readText(tokens.slice(0, -4));
  const isSplit =
    isMark(tokens.at(-4), '.') && isWord(tokens.at(-3), 'split') && isMark(tokens.at(-1), ')');
  if (!isSplit || text === undefined || !first) return undefined;
  const names = text.split(/\s+/).filter((name) => name !== '');
  return names.map((name) => ({ kind: 'name', name, span: reading.spanOf(first) }));
};

const isGenerator = (tokens: readonly Token[]): boolean =>
  splitTokens(tokens, (token) => isWord(token, 'for')).length > 1;

/** How many brackets in brackets are followed. */
const MAX_DEPTH = 20;

/** One operand of a sum: a display, a call that keeps what it gets, or another module's list. */
const readOperand = (tokens: readonly Token[], reading: Reading): AllItem[] => {
  const [first, second] = tokens;
  const inner = tokens.slice(1, -1);
  const isDisplay = isMark(first, '[') || isMark(first, '{') || isMark(first, '(');
  const isWhole = closingOf(tokens, 0) === tokens.length - 1;
  if (isDisplay && isWhole) {
    if (isGenerator(inner)) return [UNKNOWN];
    // Brackets without a comma hold a sum.
    const isGroup =
      isMark(first, '(') && splitTokens(inner, isComma).length === 1 && inner.length > 0;
    return isGroup ? readSum(inner, reading) : readElements(inner, reading);
  }
  if (first && WRAPPERS.has(first.text) && isMark(second, '(') && isMark(tokens.at(-1), ')')) {
    return readSum(tokens.slice(2, -1), reading);
  }
  return readSplit(tokens, reading) ?? [readReference(tokens)];
};

/** `[…] + a.__all__ + (…)`; without brackets `"a", "b"` is a tuple too. */
const readSum = (tokens: readonly Token[], reading: Reading): AllItem[] => {
  if (reading.depth >= MAX_DEPTH || tokens.length === 0) return [UNKNOWN];
  const inner = { ...reading, depth: reading.depth + 1 };
  if (splitTokens(tokens, isComma).length > 1) return readElements(tokens, inner);
  const parts = splitTokens(tokens, (token) => isMark(token, '+'));
  return parts.flatMap((part) => readOperand(part, inner));
};

const isAll = (token: Token | undefined): boolean => isWord(token, '__all__');

/** `__all__ = …`. */
export const readAllAssignment = (
  { targets, value, isPlain }: Assignment,
  spanOf: SpanOf,
): Listing | undefined => {
  if (!targets.some(isAll) || value.length === 0) return undefined;
  return { op: 'set', items: isPlain ? readSum(value, { spanOf, depth: 0 }) : [UNKNOWN] };
};

const METHODS: Readonly<Record<string, AllStep['op']>> = {
  append: 'add',
  extend: 'add',
  remove: 'remove',
};

/** `__all__ += …`, `__all__.extend(…)`; what else is done to it is not known. */
export const readAllStatement = (tokens: readonly Token[], spanOf: SpanOf): Listing | undefined => {
  const [first, second, method] = tokens;
  const reading = { spanOf, depth: 0 };
  if (!isAll(first)) return undefined;
  if (isMark(second, '+=')) return { op: 'add', items: readSum(tokens.slice(2), reading) };
  const op = METHODS[method?.text ?? ''];
  const isCall = isMark(second, '.') && isMark(tokens[3], '(') && isMark(tokens.at(-1), ')');
  if (!isCall || op === undefined) {
    return isMark(second, '.') || isMark(second, '[') ? { op: 'add', items: [UNKNOWN] } : undefined;
  }
  const inner = tokens.slice(4, -1);
  return {
    op,
    items: method?.text === 'extend' ? readSum(inner, reading) : readElement(inner, reading),
  };
};
