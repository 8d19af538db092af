import { ALWAYS, both, type Condition, is, negate } from './condition.ts';
import { isProgramTest, readTest } from './python-conditions.ts';
import type { Token } from './python-lexer.ts';
import { isName, isWord, showTokens } from './python-tokens.ts';

/** The statements that are done together, or not at all. */
export type Block = {
  parent: Block | undefined;
  /** Its names are not the module's: it is the body of a function or a class, or a program's. */
  isOpaque: boolean;
  /** It ends in an exception, so nobody sees its names. */
  raises: boolean;
  /** Its first statement. */
  begin: string;
  /** Why `case` may stand in it. */
  subject: string | undefined;
  /** When it is done, once its parent is; asked for when the whole file is known. */
  when: () => Condition;
};

/** A statement of several blocks: `if … elif … else`, `try … except … finally`. */
export type Chain = {
  kind: 'if' | 'try' | 'loop' | 'cases' | 'single';
  branches: { block: Block; test: Condition; before: Condition }[];
  /** None of the branches so far is done. */
  rest: Condition;
  hasElse: boolean;
  hasFinally: boolean;
  body: Block | undefined;
  reachable: readonly Block[] | undefined;
};

const block = (parent: Block | undefined, more: Partial<Block> = {}): Block => ({
  parent,
  isOpaque: parent?.isOpaque ?? false,
  raises: false,
  begin: '',
  subject: undefined,
  when: () => ALWAYS,
  ...more,
});

export const createRoot = (): Block => block(undefined);

const chain = (kind: Chain['kind']): Chain => ({
  kind,
  branches: [],
  rest: ALWAYS,
  hasElse: false,
  hasFinally: false,
  body: undefined,
  reachable: undefined,
});

const reachableOf = (of: Chain): readonly Block[] => {
  of.reachable ??= of.branches.map((each) => each.block).filter(({ raises }) => !raises);
  return of.reachable;
};

/** Of branches of which one has to be done it is the only one that does not raise. */
const isOnlyWay = (of: Chain, own: Block): boolean => {
  const reachable = reachableOf(of);
  return of.hasElse && reachable.length === 1 && reachable[0] === own;
};

/** Of more branches each is told by what it asks alone. */
const MAX_BRANCHES = 64;

const addTo = (of: Chain, own: Block, test: Condition): void => {
  of.branches.push({ block: own, test, before: of.rest });
  if (of.branches.length < MAX_BRANCHES) of.rest = both(of.rest, negate(test));
};

const addBranch = (of: Chain, parent: Block, test: Condition, isOpaque = false): Block => {
  const before = of.branches.length < MAX_BRANCHES ? of.rest : ALWAYS;
  const own = block(parent, isOpaque ? { isOpaque } : {});
  own.when = () => (isOnlyWay(of, own) ? ALWAYS : both(before, test));
  addTo(of, own, test);
  return own;
};

const tryAtom = ({ body }: Chain): Condition => is(`try: ${body?.begin ?? ''}`);

/** What is tried counts as done where every handler raises. */
const isTried = (of: Chain): Condition => (reachableOf(of).length === 0 ? ALWAYS : tryAtom(of));

const addHandler = (of: Chain, parent: Block, test: Condition): Block => {
  const before = of.rest;
  const own = block(parent);
  // The last one that is left has all that the others leave.
  own.when = () => {
    const failed = both(negate(tryAtom(of)), before);
    return reachableOf(of).at(-1) === own ? failed : both(failed, test);
  };
  addTo(of, own, test);
  return own;
};

/** A block that a header opens, with the chain that it begins or goes on with. */
export type Opened = { block: Block; chain: Chain };

type Header = { tokens: readonly Token[]; parent: Block; last: Chain | undefined };

const single = (own: Block): Opened => ({ block: own, chain: { ...chain('single'), body: own } });

const openScope = ({ parent }: Header): Opened => single(block(parent, { isOpaque: true }));

const openIf = ({ tokens, parent }: Header): Opened => {
  const own = chain('if');
  const test = readTest(tokens.slice(1));
  return {
    block: addBranch(own, parent, test, isProgramTest(tokens.slice(1)) || parent.isOpaque),
    chain: own,
  };
};

const openElif = ({ tokens, parent, last }: Header): Opened | undefined => {
  if (last?.kind !== 'if' || last.hasElse) return undefined;
  return { block: addBranch(last, parent, readTest(tokens.slice(1))), chain: last };
};

const openElse = ({ parent, last }: Header): Opened | undefined => {
  if (!last || last.hasElse || last.hasFinally) return undefined;
  if (last.kind === 'single' || last.kind === 'cases') return undefined;
  if (last.kind === 'try' && last.branches.length === 0) return undefined;
  last.hasElse = true;
  if (last.kind === 'if') return { block: addBranch(last, parent, ALWAYS), chain: last };
  const own = block(parent);
  if (last.kind === 'try') own.when = () => isTried(last);
  return { block: own, chain: last };
};

const openTry = ({ parent }: Header): Opened => {
  const own = chain('try');
  own.body = block(parent);
  own.body.when = () => isTried(own);
  return { block: own.body, chain: own };
};

const openExcept = ({ tokens, parent, last }: Header): Opened | undefined => {
  if (last?.kind !== 'try' || last.hasElse || last.hasFinally) return undefined;
  return { block: addHandler(last, parent, is(showTokens(tokens))), chain: last };
};

const openFinally = ({ parent, last }: Header): Opened | undefined => {
  if (last?.kind !== 'try' || last.hasFinally) return undefined;
  last.hasFinally = true;
  return { block: block(parent), chain: last };
};

const openLoop = ({ tokens, parent }: Header): Opened => {
  const test = isWord(tokens[0], 'while') ? readTest(tokens.slice(1)) : ALWAYS;
  const own = block(parent, { when: () => test });
  return { block: own, chain: chain('loop') };
};

const openWith = ({ tokens, parent }: Header): Opened => {
  const own = block(parent);
  const isTolerant = tokens.some((token) => isWord(token, 'suppress'));
  if (isTolerant) own.when = () => is(`with ${showTokens(tokens)}: ${own.begin}`);
  return single(own);
};

const openMatch = ({ tokens, parent }: Header): Opened =>
  single(block(parent, { subject: showTokens(tokens) }));

/** `case _` has what the others leave. */
const openCase = ({ tokens, parent, last }: Header): Opened | undefined => {
  if (parent.subject === undefined) return undefined;
  const own = last?.kind === 'cases' ? last : chain('cases');
  const isRest = tokens.length === 2 && isWord(tokens[1], '_');
  if (isRest) own.hasElse = true;
  const test = isRest ? ALWAYS : is(`${parent.subject} ${showTokens(tokens)}`);
  return { block: addBranch(own, parent, test), chain: own };
};

const OPENERS: Readonly<Record<string, (header: Header) => Opened | undefined>> = {
  def: openScope,
  class: openScope,
  if: openIf,
  elif: openElif,
  else: openElse,
  try: openTry,
  except: openExcept,
  finally: openFinally,
  for: openLoop,
  while: openLoop,
  with: openWith,
  match: openMatch,
  case: openCase,
};

/** The keyword of a compound statement, whatever `async` stands before it; undefined for simple ones. */
export const keywordOf = (tokens: readonly Token[]): string | undefined => {
  const [first, second] = tokens;
  const word = isWord(first, 'async') ? second?.text : first?.text;
  if (first?.kind !== 'name' || word === undefined || !Object.hasOwn(OPENERS, word))
    return undefined;
  if (isName(first) && tokens.at(-1)?.text !== ':' && first.text === 'match') return undefined;
  return word;
};

/** The block that a header opens; undefined where it cannot stand. */
export const openBlock = (keyword: string, header: Header): Opened | undefined =>
  OPENERS[keyword]?.(header);

/** A `try` that nothing follows is none. */
export const isUnfinished = (of: Chain | undefined): boolean =>
  of?.kind === 'try' && of.branches.length === 0 && !of.hasFinally;

/** When the statements of a block are done. */
export const createWhen = (): ((of: Block) => Condition) => {
  const known = new Map<Block, Condition>();
  const find = (of: Block): Condition => {
    const found = known.get(of) ?? (of.parent ? both(find(of.parent), of.when()) : ALWAYS);
    known.set(of, found);
    return found;
  };
  return find;
};
