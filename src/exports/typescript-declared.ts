import type { OxcExport, OxcExportEntry, OxcResult } from './oxc-store.ts';
import {
  canMerge,
  type Meaning,
  meaningsOfWord,
  readDeclarations,
  type TsDeclarations,
} from './typescript-declarations.ts';
import type { TsExport } from './typescript-model.ts';
import type { TsText } from './typescript-text.ts';

const ALIASED = /export\s+import\b/y;

const LIST = /export\s*(type\s*)?\{/y;

/** The words that begin a declaration, where nothing but blanks stands between them. */
const HEAD =
  /export\s+(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(const\s+enum|const(?!\s*\/)|let|var|function|class|interface|type|enum)\b/y;

const matchAt = (pattern: RegExp, { text }: TsText, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

/** The words that a statement begins its declaration with. */
const headOf = (text: TsText, at: number): string | undefined =>
  matchAt(HEAD, text, at)?.[1]?.replace(/\s+/, ' ');

/** `export import a = …` hands on whatever that is, as a list does. */
export const isAliased = (text: TsText, { start }: OxcExport): boolean =>
  matchAt(ALIASED, text, start) !== null;

/** Of a name that was imported the parser has the import in the place of the statement that lists it. */
export const findStatement = ({ text }: TsText, statement: OxcExport, entry: OxcExportEntry) => {
  if (entry.start >= statement.start && entry.start < statement.end) return statement;
  let start = text.lastIndexOf('export', entry.start);
  LIST.lastIndex = start;
  while (start > 0 && !LIST.test(text)) {
    start = text.lastIndexOf('export', start - 1);
    LIST.lastIndex = start;
  }
  const end = text.indexOf('}', entry.end) + 1;
  return { ...statement, start: Math.max(0, start), end: Math.max(entry.end, end) };
};

/** `export { … }` */
export const isListed = (text: TsText, { start }: OxcExport): boolean =>
  matchAt(LIST, text, start) !== null;

/** `export type { … }` */
export const isTypeList = (text: TsText, { start }: OxcExport): boolean =>
  matchAt(LIST, text, start)?.[1] !== undefined;

/** Whether a name of a statement is declared elsewhere in the file, or imported. */
export const isReference = (text: TsText, statement: OxcExport, entry: OxcExportEntry): boolean =>
  entry.localName.kind === 'Default' || isListed(text, statement);

/** The name under which others have it. */
export const nameOf = ({ exportName }: OxcExportEntry): string =>
  exportName.kind === 'Default' ? 'default' : (exportName.name ?? '');

const sort = (kind: string, ...namespaces: Meaning['namespace'][]): Meaning[] =>
  namespaces.map((namespace) => ({ namespace, kind, merge: 'alone' }));

const BY_HEAD: Readonly<Record<string, readonly Meaning[]>> = {
  const: sort('const', 'value'),
  let: sort('let', 'value'),
  var: sort('var', 'value'),
  function: sort('function', 'value'),
  class: sort('class', 'value', 'type'),
  enum: sort('enum', 'value', 'type'),
  'const enum': sort('enum', 'value', 'type'),
  interface: sort('interface', 'type'),
  type: sort('type', 'type'),
};

/** Declarations at the beginning of a line, where nothing odd stands in their heads. */
const LINES =
  /^(?:export (?:default )?)?(?:declare )?(?:abstract |async )?(const enum|const|let|var|function\*?|class|interface|type|enum|namespace|module) +([\p{ID_Start}$_][\p{ID_Continue}$]*)(?=[\s<(:={;!])/gmu;

/** The kinds of a name's declarations with where they begin; `namespace` is not enough to know what is in one. */
const listLines = (text: string): Map<string, { kind: string; start: number }[]> => {
  const found = new Map<string, { kind: string; start: number }[]>();
  for (const { 1: words = '', 2: name = '', index: start } of text.matchAll(LINES)) {
    const kind = words.replace('*', '').replace('const enum', 'enum');
    const group = found.get(name) ?? [];
    if (group.push({ kind, start }) === 1) found.set(name, group);
  }
  return found;
};

const countWords = (text: string): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const [word] of text.matchAll(/[\p{ID_Continue}$]+/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
};

/** One of each namespace: of several declarations that are one thing the first. */
const unite = (meanings: readonly Meaning[]): Meaning[] => {
  const first = new Map<string, Meaning>();
  for (const meaning of meanings) {
    if (!first.has(meaning.namespace)) first.set(meaning.namespace, meaning);
  }
  return [...first.values()];
};

const asValue = (meaning: Meaning): Meaning =>
  meaning.merge === 'alias' ? { ...meaning, namespace: 'value' } : meaning;

type Own = Pick<TsExport, 'source' | 'isType' | 'isHidden'>;

/** The names that a file exports of its own. The syntax tree is only made where their kinds need it. */
export const createDeclared = (
  result: OxcResult,
  text: TsText,
  parse: (text: string) => OxcResult,
) => {
  let declarations: TsDeclarations | undefined;
  const declared = (): TsDeclarations => {
    declarations ??= readDeclarations(result.program.body);
    return declarations;
  };
  const counts = new Map<string, number>();
  for (const statement of result.module.staticExports) {
    for (const entry of statement.entries) {
      if (entry.moduleRequest || isReference(text, statement, entry)) continue;
      counts.set(nameOf(entry), (counts.get(nameOf(entry)) ?? 0) + 1);
    }
  }

  const here = (local: string, meanings: readonly Meaning[], isGone = false): Own => ({
    source: { from: 'here', local, meanings: unite(meanings), isGone },
    isType: false,
    isHidden: false,
  });

  let words: Map<string, number> | undefined;
  /** Whether a name stands anywhere but in its list. */
  const isElsewhere = (name: string): boolean => {
    words ??= countWords(text.text);
    return (words.get(name) ?? 0) > 1;
  };

  let lines: ReturnType<typeof listLines> | undefined;
  /** Without a syntax tree: what declares a name in a line of its own, if that is all. */
  const readLines = (name: string): Own | undefined => {
    lines ??= listLines(text.text);
    const group = lines.get(name) ?? [];
    const meanings = group.map(({ kind }) => BY_HEAD[kind]);
    if (group.length === 0 || meanings.includes(undefined)) return undefined;
    const isHidden = group.some(({ start }) => text.isInternal(start));
    return {
      ...here(
        name,
        meanings.flatMap((each) => each ?? []),
      ),
      isHidden,
    };
  };

  /** `export { a }`, `export default a` */
  const readReference = ({ localName, isType }: OxcExportEntry): Own => {
    const name = localName.name ?? '';
    const own = readLines(name);
    if (own) return { ...own, isType };
    const group = declared().byName.get(name) ?? [];
    const meanings = group.flatMap((each) => each.meanings);
    if (group.length === 0) return here(name, sort('name', 'unknown'), !isElsewhere(name));
    const isHidden = group.some(({ start }) => text.isInternal(start));
    return { ...here(name, meanings), isType, isHidden };
  };

  /** Only a function needs more than its first words, and one that ends with a semicolon has no body. */
  const readWord = ({ start, end }: OxcExport): readonly Meaning[] | undefined => {
    const word = headOf(text, start);
    if (word === undefined || (word === 'function' && text.text[end - 1] !== ';')) return undefined;
    return meaningsOfWord(word);
  };

  /** One statement by itself: its tree is small. Of a default the syntax tree may have no name. */
  const readOne = (statement: OxcExport, entry: OxcExportEntry): readonly Meaning[] | undefined => {
    const known = entry.exportName.kind === 'Name' ? readWord(statement) : undefined;
    if (known) return known;
    const { body } = parse(text.text.slice(statement.start, statement.end)).program;
    return readDeclarations(body).byName.get(entry.localName.name ?? 'default')?.[0]?.meanings;
  };

  const isAlone = (name: string): boolean => (counts.get(name) ?? 0) < 2;

  const exportedBefore = new Map<string, Meaning[]>();

  /** Of several declarations of a name those parts that are no part of an earlier one. */
  const readRepeated = (statement: OxcExport, entry: OxcExportEntry): Own[] => {
    const local = entry.localName.name ?? 'default';
    const name = nameOf(entry);
    const own = readOne(statement, entry) ?? readHead(statement);
    // Beside a value an alias is refused, whatever it stands for.
    const meanings = isAlone(name) ? own : own.map(asValue);
    const earlier = exportedBefore.get(name) ?? [];
    const fresh = meanings.filter((meaning) => {
      const others = earlier.filter(({ namespace }) => namespace === meaning.namespace);
      return others.length === 0 || !others.every((other) => canMerge(other, meaning));
    });
    // Of those that merge alike one says it all.
    const isOther = (own: Meaning): boolean =>
      !earlier.some(({ namespace, merge }) => namespace === own.namespace && merge === own.merge);
    exportedBefore.set(name, [...earlier, ...meanings.filter(isOther)]);
    return fresh.length === 0 ? [] : [here(local, fresh)];
  };

  const readHead = (statement: OxcExport): readonly Meaning[] => {
    return BY_HEAD[headOf(text, statement.start) ?? ''] ?? sort('default', 'value');
  };

  const read = (statement: OxcExport, entry: OxcExportEntry): Own[] => {
    if (isReference(text, statement, entry)) return [readReference(entry)];
    const isPlain = matchAt(HEAD, text, statement.start) || entry.localName.kind === 'None';
    if (!isPlain || !isAlone(nameOf(entry))) return readRepeated(statement, entry);
    return [here(entry.localName.name ?? 'default', readHead(statement))];
  };

  /** In a `.d.ts` without any list all that is declared is exported. */
  const listImplied = (isAmbient: boolean): TsExport[] => {
    if (!isAmbient || !result.module.hasModuleSyntax || declared().hasList) return [];
    return [...declared().byName].flatMap(([name, group]): TsExport[] => {
      const implied = group.filter(({ isExported }) => !isExported);
      const [first] = implied;
      const known = group
        .filter(({ isExported }) => isExported)
        .flatMap(({ meanings }) => meanings);
      const meanings = implied
        .flatMap((each) => each.meanings)
        .filter(({ namespace }) => known.every((other) => other.namespace !== namespace));
      if (!first || meanings.length === 0) return [];
      const span = text.span(first.start, first.start, first.start);
      const isHidden = text.isInternal(first.start);
      return [{ name, span, tree: -1, isAlias: false, ...here(name, meanings), isHidden }];
    });
  };

  return { read, listImplied };
};
