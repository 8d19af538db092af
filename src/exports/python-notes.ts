import type { Condition } from './condition.ts';
import { type Listing, readAllAssignment, readAllStatement } from './python-all.ts';
import type { Block } from './python-blocks.ts';
import type {
  AllStep,
  PythonBinding,
  PythonDefinition,
  PythonFile,
  PythonImport,
  PythonStar,
  Span,
} from './python-file.ts';
import { readImport } from './python-imports.ts';
import type { Token } from './python-lexer.ts';
import { listWalrusNames, readAssignment } from './python-targets.ts';
import { isMark, isName, isWord, showTokens } from './python-tokens.ts';

/** Where a statement stands. */
export type Context = { block: Block; spanOf: (token: Token) => Span };

/** What is found on the way through a file, to be told with conditions once all of it is known. */
export type Notes = {
  /** A simple statement; why it is none, or undefined. */
  simple: (tokens: readonly Token[], context: Context) => string | undefined;
  /** The head of a compound statement. */
  head: (
    keyword: string,
    tokens: readonly Token[],
    context: Context & { isOverload: boolean },
  ) => void;
  temporary: (names: readonly Token[], context: Context) => void;
  /** Names that are read, as far as the module does that itself. */
  uses: (tokens: readonly Token[], block: Block) => void;
  finish: (when: (block: Block) => Condition) => Omit<PythonFile, 'allowances' | 'fault'>;
};

type Late<Of> = Of extends { condition: Condition }
  ? Omit<Of, 'condition'> & { block: Block }
  : never;

/** Calls that may write names which no statement shows. */
const WRITERS = new Set(['globals', 'exec']);
const INNER_WRITERS = new Set(['locals', 'vars']);

const isCall = (tokens: readonly Token[], at: number): boolean => isMark(tokens[at + 1], '(');

/** `sys.modules[__name__]`, and what puts modules or finders of modules in their place. */
const isOwnEntry = (tokens: readonly Token[], at: number): boolean => {
  if (isWord(tokens[at], 'meta_path')) return true;
  if (!isWord(tokens[at], 'modules') || !isMark(tokens[at + 1], '[')) return false;
  return isWord(tokens[at + 2], '__name__') || tokens.some((token) => isMark(token, '='));
};

const isWriter = (tokens: readonly Token[], at: number, isOpaque: boolean): boolean => {
  const word = tokens[at]?.text ?? '';
  if (isOwnEntry(tokens, at)) return true;
  const isOne = WRITERS.has(word) || (!isOpaque && INNER_WRITERS.has(word));
  return isOne && isCall(tokens, at);
};

/** A call that is given the module's own name, and whose answer nobody keeps: it may do what it likes to it. */
const isTakeover = (tokens: readonly Token[]): boolean =>
  isName(tokens[0]) && tokens.some((token) => isWord(token, '__name__'));

const KINDS: Readonly<Record<string, 'function' | 'class'>> = { def: 'function', class: 'class' };

/** Collects what statements say. */
export const createNotes = (): Notes => {
  const bindings: Late<PythonBinding>[] = [];
  const stars: Late<PythonStar>[] = [];
  const all: Late<AllStep>[] = [];
  const deleted = new Set<string>();
  const openings = new Set<string>();
  /** Where each name was read last, and bound last. */
  const used = new Map<string, number>();
  const bound = new Map<string, number>();
  let count = 0;

  const isReplacing = (name: string): boolean => {
    const before = bound.get(name);
    bound.set(name, count);
    return before !== undefined && (used.get(name) ?? -1) > before;
  };

  const add = (binding: Late<PythonBinding>): void => {
    if (binding.block.isOpaque) return;
    if (binding.name === '__getattr__') openings.add('__getattr__');
    deleted.delete(binding.name);
    bindings.push(binding);
  };

  const define = (
    token: Token,
    kind: PythonDefinition['kind'],
    { block, spanOf }: Context,
    isOverload = false,
  ): void => {
    if (block.isOpaque) return;
    const name = token.text;
    const replaces = isReplacing(name) || isOverload;
    add({ kind, name, span: spanOf(token), block, isReplacing: replaces });
  };

  const addImport = (tokens: readonly Token[], { block, spanOf }: Context): string | undefined => {
    const statement = readImport(tokens);
    if (!statement) return 'an import that is none';
    const [first] = tokens;
    if (block.isOpaque || !first) return undefined;
    if (statement.star) stars.push({ span: spanOf(first), block, from: statement.star });
    for (const { first: token, from, item, name, hasAlias } of statement.names) {
      const own: Late<PythonImport> = {
        kind: 'import',
        name,
        // A finding about one of several names stands at that one.
        span: spanOf(item === undefined || token.at === first.at ? first : token),
        block,
        from,
        item,
        hasAlias,
        isReplacing: isReplacing(name),
        tree: first.at,
      };
      add(own);
    }
    return undefined;
  };

  const addListing = (listing: Listing, { block }: Context): void => {
    if (!block.isOpaque) all.push({ ...listing, block });
  };

  const addDelete = (tokens: readonly Token[], { block }: Context): void => {
    if (block.isOpaque || block.parent) return;
    for (const [at, token] of tokens.entries()) {
      const isWhole =
        at > 0 &&
        isName(token) &&
        !isMark(tokens[at + 1], '.') &&
        !isMark(tokens[at + 1], '[') &&
        !isMark(tokens[at - 1], '.');
      if (isWhole) deleted.add(token.text);
    }
  };

  /** What a function declares as the module's is there once it was called. */
  const addGlobals = (tokens: readonly Token[], context: Context): void => {
    const root = { ...context.block, isOpaque: false, parent: undefined };
    for (const token of tokens.slice(1).filter(isName)) {
      bindings.push({
        kind: 'temporary',
        name: token.text,
        span: context.spanOf(token),
        block: root,
        isReplacing: true,
      });
    }
  };

  const addOther = (tokens: readonly Token[], context: Context): void => {
    const { spanOf } = context;
    const listing = readAllStatement(tokens, spanOf);
    if (listing) {
      addListing(listing, context);
      return;
    }
    const assignment = readAssignment(tokens);
    if (!assignment) {
      if (!context.block.isOpaque && isTakeover(tokens)) openings.add(showTokens(tokens));
      return;
    }
    const list = readAllAssignment(assignment, spanOf);
    if (list) addListing(list, context);
    for (const token of assignment.targets) define(token, 'variable', context);
  };

  const simple: Notes['simple'] = (tokens, context) => {
    const [first, second] = tokens;
    if (isWord(first, 'import') || isWord(first, 'from')) return addImport(tokens, context);
    if (isWord(first, 'global')) addGlobals(tokens, context);
    if (context.block.isOpaque) return undefined;
    if (isWord(first, 'del')) addDelete(tokens, context);
    else if (isWord(first, 'type') && isName(second)) define(second, 'variable', context);
    else addOther(tokens, context);
    return undefined;
  };

  const head: Notes['head'] = (keyword, tokens, { isOverload, ...context }) => {
    const kind = KINDS[keyword];
    const name = tokens[isWord(tokens[0], 'async') ? 2 : 1];
    if (kind && isName(name)) define(name, kind, context, isOverload);
  };

  const temporary: Notes['temporary'] = (names, context) => {
    for (const name of names) define(name, 'temporary', context);
  };

  const listReads = (tokens: readonly Token[]): readonly Token[] => {
    if (isWord(tokens[0], 'import') || isWord(tokens[0], 'from')) return [];
    const at = tokens.findIndex((token) => isWord(token, 'def') || isWord(token, 'class'));
    return at === -1 ? tokens : tokens.slice(at + 2);
  };

  const uses: Notes['uses'] = (tokens, block) => {
    count += 1;
    for (const [at] of tokens.entries()) {
      if (isWriter(tokens, at, block.isOpaque)) openings.add(showTokens(tokens));
    }
    if (block.isOpaque) return;
    // It gives a class's members to the module.
    if (isMark(tokens[0], '@') && tokens.some((token) => isWord(token, 'global_enum'))) {
      openings.add(showTokens(tokens));
    }
    for (const token of listReads(tokens)) if (isName(token)) used.set(token.text, count);
    temporary(listWalrusNames(tokens), {
      block,
      spanOf: () => ({ line: 1, column: 1, from: 1, to: 1 }),
    });
  };

  const finish: Notes['finish'] = (when) => {
    const settle = <Of extends { block: Block }>({ block, ...rest }: Of) => ({
      ...rest,
      condition: when(block),
    });
    return {
      bindings: bindings
        .filter(({ name }) => !deleted.has(name))
        .map((each) => settle(each) as PythonBinding),
      stars: stars.map((each) => settle(each)),
      all: all.map((each) => settle(each)),
      deleted,
      openings: [...openings],
    };
  };

  return { simple, head, temporary, uses, finish };
};
