import type {
  Oxc,
  OxcExport,
  OxcExportEntry,
  OxcImport,
  OxcOptions,
  OxcResult,
} from './oxc-store.ts';
import {
  createDeclared,
  findStatement,
  isAliased,
  isListed,
  isReference,
  isTypeList,
  nameOf,
} from './typescript-declared.ts';
import type { TsExport, TsFile, TsSource, TsStar } from './typescript-model.ts';
import { mayNestDeeply } from './typescript-nesting.ts';
import { createText, type TsSpan, type TsText } from './typescript-text.ts';

/** What a file is read as, by its name. */
export const languageOf = (path: string): OxcOptions => {
  if (/\.d\.(?:[\w-]+\.)?[mc]?ts$/.test(path)) return { lang: 'dts' };
  if (path.endsWith('.tsx')) return { lang: 'tsx' };
  if (path.endsWith('ts')) return { lang: 'ts' };
  return { lang: 'jsx', sourceType: 'unambiguous' };
};

/** Why a file is not read that another process may read. */
const TOO_DEEP = 'nested too deeply';
const PARSER_FAILED = 'parser failed';

/** Whether the parser would say the same of the text at any other time. */
export const isLasting = ({ open }: TsFile): boolean => open !== TOO_DEEP && open !== PARSER_FAILED;

const unread = (open: string, fault: TsFile['fault']): TsFile => ({
  exports: [],
  stars: [],
  fault,
  open,
  allowances: [],
});

/** Characters: with each of its errors the parser shows the line that it is in, and there may be one at each place. */
const MAX_SHOWN = 250_000_000;

/** It writes that down before anybody asks: half a second, at worst, for as much. */
const MAX_WRITTEN = 500_000_000;

const mayShowMore = (content: string, limit: number): boolean => {
  if (content.length ** 2 <= limit) return false;
  const most = Math.floor(limit / content.length);
  // Lines that end within so many characters are no longer than that, each of them.
  for (let start = 0; start + most < content.length; ) {
    const end = content.lastIndexOf('\n', start + most);
    if (end < start) return true;
    start = end + 1;
  }
  return false;
};

/** Whether there is anything in a text beside comments. */
const hasWords = (result: OxcResult, content: string): boolean => {
  let at = 0;
  const parts = result.comments.map(({ start, end }) => {
    const part = content.slice(at, start);
    at = end;
    return part;
  });
  return [...parts, content.slice(at)].some((part) => part.trim() !== '');
};

const isEmpty = ({ program }: OxcResult): boolean => program.body.length === 0;

/**
 * An error that the parser came back from says nothing about names; then there is a tree, which is made where there
 * is an error alone.
 */
const findFault = (result: OxcResult, text: TsText, isTried: boolean): TsFile['fault'] => {
  if (!isTried && mayShowMore(text.text, MAX_SHOWN)) {
    const fault = { line: 1, column: 1, reason: 'there is a syntax error in it' };
    return isEmpty(result) && hasWords(result, text.text) ? fault : undefined;
  }
  const [error] = result.errors;
  if (!error || !isEmpty(result)) return undefined;
  const reason = error.message.split('\n', 1)[0] ?? '';
  return { ...text.place(error.labels[0]?.start ?? 0), reason: reason.replace(/\.$/, '') };
};

type Imported = { specifier: string; imported: string | undefined; isType: boolean };

/** By local name, and by where a name stands in its import. */
type Imports = { byName: Map<string, Imported>; byStart: Map<number, Imported> };

const listImported = (imports: readonly OxcImport[]): Imports => {
  const found: Imports = { byName: new Map(), byStart: new Map() };
  for (const { moduleRequest, entries } of imports) {
    for (const { importName, localName, isType } of entries) {
      const named = importName.kind === 'Default' ? 'default' : (importName.name ?? undefined);
      const imported = importName.kind === 'NamespaceObject' ? undefined : named;
      const each = { specifier: moduleRequest.value, imported, isType };
      found.byName.set(localName.value, each);
      found.byStart.set(importName.start ?? localName.start, each).set(localName.start, each);
    }
  }
  return found;
};

/** A name stands where it is listed; a declaration where its statement does. */
const spanOf = (
  text: TsText,
  statement: OxcExport,
  entry: OxcExportEntry,
): { span: TsSpan; at: number } => {
  const isList = isListed(text, statement);
  const own = isList ? entry.start : (entry.exportName.start ?? entry.start);
  const at = isList || statement.entries.length > 1 ? own : statement.start;
  const isWhole = isList || entry.moduleRequest !== null;
  return { span: text.span(at, statement.start, isWhole ? statement.end : own), at };
};

const sourceOf = (imported: Imported): TsSource =>
  imported.imported === undefined
    ? { from: 'all', specifier: imported.specifier }
    : {
        from: 'name',
        specifier: imported.specifier,
        imported: imported.imported,
        list: undefined,
      };

/** The parser makes one of `import` and `export` of a name, and then has the local name of a default. */
const readForeign = (
  text: TsText,
  statement: OxcExport,
  { moduleRequest, importName }: OxcExportEntry,
  { byStart }: Imports,
): TsSource | undefined => {
  if (!moduleRequest) return undefined;
  const { value: specifier, start: at } = moduleRequest;
  if (importName.kind === 'All') return { from: 'all', specifier };
  const isDirect = at >= statement.start && at < statement.end;
  const known = isDirect ? undefined : byStart.get(importName.start ?? -1);
  if (known) return sourceOf(known);
  const list = isTypeList(text, statement) ? 'type' : 'plain';
  const imported = importName.name ?? 'default';
  return { from: 'name', specifier, imported, list: isDirect ? list : undefined };
};

const readStatements = (
  result: OxcResult,
  text: TsText,
  { isAmbient, parse }: { isAmbient: boolean; parse: (text: string) => OxcResult },
): Pick<TsFile, 'exports' | 'stars'> => {
  const { staticExports, staticImports } = result.module;
  const imported = listImported(staticImports);
  const declared = createDeclared(result, text, parse);
  const exports: TsExport[] = [];
  const stars: TsStar[] = [];

  const findImported = (statement: OxcExport, entry: OxcExportEntry): Imported | undefined =>
    isReference(text, statement, entry)
      ? imported.byName.get(entry.localName.name ?? '')
      : undefined;

  const readName = (
    statement: OxcExport,
    entry: OxcExportEntry,
    common: Pick<TsExport, 'span' | 'isHidden' | 'isAlias' | 'tree'>,
  ): TsExport[] => {
    const name = nameOf(entry);
    const known = entry.moduleRequest ? undefined : findImported(statement, entry);
    const source = readForeign(text, statement, entry, imported) ?? (known && sourceOf(known));
    const isType = entry.isType || (known?.isType ?? false);
    if (source) return [{ name, source, isType, ...common }];
    return declared.read(statement, entry).map((own) => ({
      name,
      ...common,
      ...own,
      isHidden: common.isHidden || own.isHidden,
    }));
  };

  const read = (given: OxcExport, entry: OxcExportEntry): void => {
    const statement = findStatement(text, given, entry);
    const { span, at } = spanOf(text, statement, entry);
    const isHidden = text.isInternal(statement.start) || text.isInternal(at);
    if (entry.moduleRequest && entry.importName.kind === 'AllButDefault') {
      const { value: specifier } = entry.moduleRequest;
      stars.push({ specifier, span, isType: entry.isType, isHidden });
      return;
    }
    const isAlias =
      entry.moduleRequest !== null || isListed(text, statement) || isAliased(text, statement);
    const common = { span, isHidden, isAlias, tree: statement.start };
    exports.push(...readName(statement, entry, common));
  };

  for (const statement of staticExports) {
    for (const entry of statement.entries) read(statement, entry);
  }
  exports.push(...declared.listImplied(isAmbient));
  return { exports, stars };
};

const openOf = (result: OxcResult, text: string): string | undefined => {
  const assigned = /\bexport\s*=\s*([^;\n]{0,80})/.exec(text);
  if (assigned) return `export = ${assigned[1]}`;
  return result.module.hasModuleSyntax ? undefined : 'no module syntax';
};

const readText = (path: string, content: string, oxc: Oxc): TsFile => {
  const options = languageOf(path);
  const hasElements = options.lang === 'tsx' || options.lang === 'jsx';
  const isRisky = mayNestDeeply(content, hasElements) || mayShowMore(content, MAX_WRITTEN);
  if (isRisky && !oxc.survives(content, options)) {
    return unread(TOO_DEEP, {
      line: 1,
      column: 1,
      reason: 'it is nested too deeply for the parser, or has too many errors',
    });
  }
  const result = oxc.parse(content, options);
  const text = createText(content, () => result.comments);
  const fault = findFault(result, text, isRisky);
  if (fault) {
    const isFlow = options.lang === 'jsx' && content.slice(0, 5_000).includes('@flow');
    return unread('syntax error', isFlow ? undefined : fault);
  }
  const { exports, stars } = readStatements(result, text, {
    isAmbient: options.lang === 'dts',
    parse: (part) => oxc.parse(part, options),
  });
  return { exports, stars, fault, open: openOf(result, content), allowances: text.allowances };
};

/** Reads a file of TypeScript or JavaScript: what it exports, by the parser's list of that where it does. */
export const readTsFile = (path: string, content: string, oxc: Oxc): TsFile => {
  try {
    return readText(path, content, oxc);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n', 1)[0] ?? '') : 'unknown';
    return unread(PARSER_FAILED, { line: 1, column: 1, reason: `the parser failed: ${reason}` });
  }
};
