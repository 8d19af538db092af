import type { ModulePath } from './python-file.ts';
import type { Token } from './python-lexer.ts';
import { isMark, isName, isWord, splitTokens } from './python-tokens.ts';

/** One name of an import: where its words stand, what it takes, and the name that it gives. */
export type Imported = {
  first: Token;
  from: ModulePath;
  item: string | undefined;
  name: string;
  hasAlias: boolean;
};

/** What an import statement says; `star` is that of `from a import *`. */
export type ImportStatement = { names: Imported[]; star: ModulePath | undefined };

/** `..a.b` → its dots and its names; undefined where that is no path. */
const readPath = (tokens: readonly Token[]): ModulePath | undefined => {
  const at = tokens.findIndex(({ kind }) => kind === 'name');
  const dots = tokens.slice(0, at === -1 ? tokens.length : at);
  const level = dots.reduce((sum, { text }) => sum + text.length, 0);
  if (dots.some(({ text }) => text !== '.' && text !== '...')) return undefined;
  const words = at === -1 ? [] : tokens.slice(at);
  const isPath = words.every((token, index) =>
    index % 2 === 0 ? isName(token) : isMark(token, '.'),
  );
  if (!isPath || (words.length === 0 ? level === 0 : words.length % 2 === 0)) return undefined;
  return { level, segments: words.filter((_, index) => index % 2 === 0).map(({ text }) => text) };
};

type Renamed = { words: readonly Token[]; alias: string | undefined };

/** `words as alias`; undefined where it is neither that nor `words`. */
const readAlias = (tokens: readonly Token[]): Renamed | undefined => {
  const at = tokens.findIndex((token) => isWord(token, 'as'));
  if (at === -1) return { words: tokens, alias: undefined };
  const alias = tokens[at + 1];
  if (!isName(alias) || tokens.length !== at + 2) return undefined;
  return { words: tokens.slice(0, at), alias: alias.text };
};

const isComma = (token: Token): boolean => isMark(token, ',');

const readModuleName = (tokens: readonly Token[]): Imported | undefined => {
  const renamed = readAlias(tokens);
  const from = renamed && readPath(renamed.words);
  const [first] = tokens;
  if (!from || !first || from.level > 0) return undefined;
  // `import a.b` gives `a`; `import a.b as c` gives `b`.
  const [top = ''] = from.segments;
  const hasAlias = renamed.alias !== undefined;
  const path = hasAlias ? from : { level: 0, segments: [top] };
  return { first, from: path, item: undefined, name: renamed.alias ?? top, hasAlias };
};

const readItem = (tokens: readonly Token[], from: ModulePath): Imported | undefined => {
  const renamed = readAlias(tokens);
  const [first] = tokens;
  const word = renamed?.words[0];
  if (!renamed || !first || renamed.words.length !== 1 || !isName(word)) return undefined;
  const { alias } = renamed;
  return { first, from, item: word.text, name: alias ?? word.text, hasAlias: alias !== undefined };
};

const readAll = (
  parts: readonly Token[][],
  read: (part: readonly Token[]) => Imported | undefined,
): ImportStatement | undefined => {
  const names = parts.map(read).filter((each) => each !== undefined);
  return names.length === parts.length ? { names, star: undefined } : undefined;
};

const readFrom = (tokens: readonly Token[]): ImportStatement | undefined => {
  const at = tokens.findIndex((token) => isWord(token, 'import'));
  const from = at === -1 ? undefined : readPath(tokens.slice(1, at));
  if (!from) return undefined;
  const rest = tokens.slice(at + 1);
  if (rest.length === 1 && isMark(rest[0], '*')) return { names: [], star: from };
  const isBracketed = isMark(rest[0], '(') && isMark(rest.at(-1), ')');
  const parts = splitTokens(isBracketed ? rest.slice(1, -1) : rest, isComma);
  if (isBracketed && parts.length > 1 && parts.at(-1)?.length === 0) parts.pop();
  return readAll(parts, (part) => readItem(part, from));
};

/** What an import gives; undefined where it is none that Python takes. */
export const readImport = (tokens: readonly Token[]): ImportStatement | undefined =>
  isWord(tokens[0], 'from')
    ? readFrom(tokens)
    : readAll(splitTokens(tokens.slice(1), isComma), readModuleName);

/** A module as an import writes it. */
export const showModule = ({ level, segments }: ModulePath): string =>
  '.'.repeat(Math.min(level, 20)) + segments.join('.');
