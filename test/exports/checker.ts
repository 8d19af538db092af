import { join } from 'node:path';
import ts from 'typescript-6';

/** What the checker says of a name: as what it is there. */
export type Exported = { isValue: boolean; isType: boolean };

const OPTIONS: ts.CompilerOptions = {
  noEmit: true,
  allowJs: true,
  checkJs: false,
  skipLibCheck: true,
  noLib: true,
  types: [],
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  jsx: ts.JsxEmit.Preserve,
};

/** Whether a name is a type alone, for some statement on its way says `type`; the checker tells nobody. */
type Knowing = { getTypeOnlyAliasDeclaration: (symbol: ts.Symbol) => ts.Declaration | undefined };

const isTypeOnly = (checker: ts.TypeChecker, symbol: ts.Symbol): boolean =>
  (checker as unknown as Knowing).getTypeOnlyAliasDeclaration(symbol) !== undefined;

const describe = (checker: ts.TypeChecker, symbol: ts.Symbol): Exported | undefined => {
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  // What does not resolve, for it is not installed here.
  if (target.escapedName === 'unknown' && target.flags & ts.SymbolFlags.Property) return undefined;
  const isType = (target.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Namespace)) !== 0;
  if (isAlias && isTypeOnly(checker, symbol)) return { isValue: false, isType: true };
  return { isValue: (target.flags & ts.SymbolFlags.Value) !== 0, isType };
};

/** The names of each module, by TypeScript's own checker; of what is no module nothing. */
export const readChecked = (
  directory: string,
  paths: readonly string[],
  compilerOptions: ts.CompilerOptions = {},
): Map<string, Map<string, Exported | undefined>> => {
  const program = ts.createProgram(
    paths.map((path) => join(directory, path)),
    { ...OPTIONS, ...compilerOptions },
  );
  const checker = program.getTypeChecker();
  const read = new Map<string, Map<string, Exported | undefined>>();
  for (const path of paths) {
    const file = program.getSourceFile(join(directory, path));
    const symbol = file && checker.getSymbolAtLocation(file);
    if (!symbol) continue;
    const names = checker
      .getExportsOfModule(symbol)
      .map(
        (each) =>
          [ts.unescapeLeadingUnderscores(each.escapedName), describe(checker, each)] as const,
      );
    read.set(path, new Map(names));
  }
  return read;
};
