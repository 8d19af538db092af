import { parseAllowances } from './allow.ts';
import { createPlaces } from './places.ts';
import {
  type Block,
  type Chain,
  createRoot,
  createWhen,
  isUnfinished,
  keywordOf,
  openBlock,
} from './python-blocks.ts';
import type { PythonFile, Span } from './python-file.ts';
import { createLexer, type LogicalLine, type Token } from './python-lexer.ts';
import { createNotes, type Notes } from './python-notes.ts';
import { listHeaderNames } from './python-targets.ts';
import { findStray, findToken, isMark, isWord, showTokens, splitTokens } from './python-tokens.ts';

/** Longer than any file that people write; what is, is not read. */
const MAX_LENGTH = 16 * 1024 * 1024;

/** As deep as Python goes. */
const MAX_LEVELS = 100;

const UNREAD: Omit<PythonFile, 'fault'> = {
  bindings: [],
  stars: [],
  all: [],
  deleted: new Set(),
  openings: [],
  allowances: [],
};

/** An indented stretch: the block of its statements, and what an `else` would go on with. */
type Level = { indent: number; block: Block; chain: Chain | undefined };

/** Where a statement's comments and decorators begin. */
type Lead = { from: number; isOverload: boolean };

type Scanning = {
  notes: Notes;
  levels: Level[];
  pending: Block | undefined;
  lead: Lead | undefined;
  fail: (at: number, reason: string) => void;
  lineOf: (offset: number) => number;
  place: (offset: number) => { line: number; column: number };
};

const isColon = (token: Token): boolean => isMark(token, ':');

/** The colon that ends the head of a compound statement; that of a `lambda` is another one. */
const findColon = (tokens: readonly Token[]): number => {
  let lambdas = 0;
  const isHead = (token: Token): boolean => {
    if (isWord(token, 'lambda')) lambdas += 1;
    if (!isColon(token)) return false;
    lambdas -= 1;
    return lambdas < 0;
  };
  return findToken(tokens, isHead);
};

const enter = (scanning: Scanning, { indent, tokens }: LogicalLine): boolean => {
  const { levels, pending, fail } = scanning;
  const at = tokens[0]?.at ?? 0;
  const top = levels.at(-1);
  if (pending) {
    if (!top || indent <= top.indent) fail(at, 'a block that has no statement');
    if (levels.length >= MAX_LEVELS) fail(at, 'too many blocks in blocks');
    scanning.pending = undefined;
    levels.push({ indent, block: pending, chain: undefined });
    return true;
  }
  if (top && indent > top.indent) fail(at, 'an indent that no statement asks for');
  while (levels.length > 1 && (levels.at(-1)?.indent ?? 0) > indent) leave(scanning, at);
  if (levels.at(-1)?.indent !== indent) fail(at, 'an indent that fits no block');
  return true;
};

const leave = ({ levels, fail }: Scanning, at: number): void => {
  if (isUnfinished(levels.pop()?.chain)) fail(at, 'a try that nothing follows');
};

const CONTINUING = new Set(['elif', 'else', 'except', 'finally', 'case']);

const spansOf = (scanning: Scanning, tokens: readonly Token[], from: number) => {
  const { place, lineOf } = scanning;
  const [first, last] = [tokens[0], tokens.at(-1)];
  const lines = {
    from: lineOf(scanning.lead?.from ?? from),
    to: lineOf(Math.max((last?.end ?? 1) - 1, first?.at ?? 0)),
  };
  return (token: Token): Span => ({ ...place(token.at), ...lines });
};

const readSimple = (
  scanning: Scanning,
  tokens: readonly Token[],
  block: Block,
  from: number,
): void => {
  const parts = splitTokens(tokens, (token) => isMark(token, ';'));
  if (parts.length > 1 && parts.at(-1)?.length === 0) parts.pop();
  for (const part of parts) {
    const [first] = part;
    if (!first) {
      scanning.fail(tokens[0]?.at ?? 0, 'a ; without a statement');
      return;
    }
    if (block.begin === '') block.begin = showTokens(part);
    if (isWord(first, 'raise')) block.raises = true;
    const spanOf = spansOf(scanning, tokens, from);
    const fault = scanning.notes.simple(part, { block, spanOf });
    if (fault !== undefined) {
      scanning.fail(first.at, fault);
      return;
    }
  }
};

const readCompound = (
  scanning: Scanning,
  { tokens, from }: LogicalLine,
  { level, keyword }: { level: Level; keyword: string },
): void => {
  const [first] = tokens;
  const colon = findColon(tokens);
  const start = first?.at ?? 0;
  if (colon === -1) {
    scanning.fail(start, `a ${keyword} without its colon`);
    return;
  }
  const head = tokens.slice(0, colon);
  const last = CONTINUING.has(keyword) ? level.chain : undefined;
  const opened = openBlock(keyword, { tokens: head, parent: level.block, last });
  if (!opened) {
    scanning.fail(start, `${keyword} stands alone here`);
    return;
  }
  level.chain = opened.chain;
  const spanOf = spansOf(scanning, head, from);
  const isOverload = scanning.lead?.isOverload ?? false;
  scanning.notes.head(keyword, head, { block: level.block, spanOf, isOverload });
  if (level.block.begin === '') level.block.begin = showTokens(head);
  const names = listHeaderNames(keyword, head);
  scanning.notes.temporary(names, { block: level.block, spanOf });
  const rest = tokens.slice(colon + 1);
  if (rest.length > 0) readSimple(scanning, rest, opened.block, from);
  else scanning.pending = opened.block;
};

const keywordAt = (tokens: readonly Token[], { block }: Level): string | undefined => {
  const keyword = keywordOf(tokens);
  return keyword === 'case' && block.subject === undefined ? undefined : keyword;
};

const isOverloaded = (tokens: readonly Token[]): boolean =>
  tokens.some((token) => isWord(token, 'overload'));

const readLine = (scanning: Scanning, line: LogicalLine): void => {
  const { tokens, from } = line;
  const [first] = tokens;
  const stray = findStray(tokens);
  if (stray) {
    scanning.fail(stray.at, 'two things side by side, or one that is missing');
    return;
  }
  enter(scanning, line);
  const level = scanning.levels.at(-1);
  if (!level || !first) return;
  const keyword = keywordAt(tokens, level);
  scanning.notes.uses(tokens, level.block);
  if (keyword === undefined || !CONTINUING.has(keyword)) {
    if (isUnfinished(level.chain)) {
      scanning.fail(first.at, 'a try that nothing follows');
      return;
    }
    level.chain = undefined;
  }
  if (isMark(first, '@')) {
    const isOverload = isOverloaded(tokens) || (scanning.lead?.isOverload ?? false);
    scanning.lead = { from: scanning.lead?.from ?? from, isOverload };
    return;
  }
  if (keyword === undefined) readSimple(scanning, tokens, level.block, from);
  else readCompound(scanning, line, { level, keyword });
  scanning.lead = undefined;
};

type Comment = PythonFile['allowances'][number];

/** A cookie for a coding that is no superset of ASCII in what it means by a backslash, or none at all. */
const FOREIGN =
  /^[^\n]*(?:\n[^\n]*)?coding[:=][ \t]*(?:utf[-_]?(?:7|16|32)|shift|sjis|cp932|big5|gbk?|johab|rot|hex)/i;

/**
 * What the module level of a Python file says about names: imports, definitions, `__all__`, each with when
 * it is done. Linear in the text; no text makes it throw. Text that is no Python is a fault.
 */
export const scanPython = (text: string): PythonFile => {
  if (text.length > MAX_LENGTH) {
    return {
      ...UNREAD,
      fault: { line: 1, column: 1, reason: `it is longer than ${MAX_LENGTH} characters` },
    };
  }
  const place = createPlaces(text);
  if (FOREIGN.test(text.slice(0, 400)))
    return { ...UNREAD, openings: [`a coding ${text}`], fault: undefined };
  const allowances: Comment[] = [];
  const lexer = createLexer(text, (start, end) => {
    const comment = text.slice(start + 1, end);
    if (!comment.includes('leasehold:')) return;
    for (const { path: _, ...each } of parseAllowances(comment, { path: '', ...place(start) }))
      allowances.push(each);
  });
  let fault: { at: number; reason: string } | undefined;
  const notes = createNotes();
  const scanning: Scanning = {
    notes,
    levels: [{ indent: 0, block: createRoot(), chain: undefined }],
    pending: undefined,
    lead: undefined,
    fail: (at, reason) => {
      fault ??= { at, reason };
    },
    lineOf: (offset) => place(offset).line,
    place,
  };
  for (let line = lexer.next(); line && !fault; line = lexer.next()) readLine(scanning, line);
  fault ??= lexer.fault();
  const end = text.length;
  if (scanning.pending) scanning.fail(end, 'a block that has no statement');
  if (scanning.lead) scanning.fail(scanning.lead.from, 'a decorator of nothing');
  while (scanning.levels.length > 0) leave(scanning, end);
  if (fault) return { ...UNREAD, allowances, fault: { ...place(fault.at), reason: fault.reason } };
  const read = notes.finish(createWhen());
  return {
    ...read,
    openings: read.openings.length > 0 ? [`${read.openings[0]} in ${text}`] : [],
    allowances,
    fault: undefined,
  };
};
