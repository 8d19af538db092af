/**
 * A parser that goes down a level at a time runs out of stack on a text that is nested deeply enough, and
 * takes the process with it. This tells, without a stack and in one pass, which texts may be. It may say
 * "yes" of one that is not, and then the parser tries it in a process of its own.
 */
import { CHAINS, createDepth, type Depth, ENDS, MAX_RUN } from './typescript-depth.ts';
import {
  countOpeners,
  endOf,
  endOfComment,
  MAX_HIDDEN,
  REGEX,
  STRINGS,
  TEMPLATE,
} from './typescript-lexemes.ts';
import { isPlainlyShallow } from './typescript-shallow.ts';

/** Fewer marks than this cannot nest deeply, whatever they are. */
const MAX_MARKS = 1_500;

const MARK = /[([{<=?:]|\b(?:if|else|while|for|with|do|keyof|yield)\b/g;

const ELEMENT = /<[\w>]/g;

const hasMoreThan = (text: string, pattern: RegExp, limit: number): boolean => {
  if (text.length <= limit) return false;
  pattern.lastIndex = 0;
  for (let count = 0; pattern.test(text); count += 1) if (count === limit) return true;
  return false;
};

/** Marks of several characters. */
const LONG_MARK = /=>|[=!<>]==?|<\/|\/>/y;

/** Behind one of these a word that would end something does not: `a.export`, `\\export`, `<const T>`, `as const`. */
const BINDS = new Set(['.', '\\', '#', '<', 'as', 'in', 'out', 'const']);

/** How long the words that matter are, a bit a length, by their first letters: most words are none of them. */
const LENGTHS = new Uint8Array(128);
for (const word of [...CHAINS, ...ENDS, ...BINDS, 'else']) {
  const first = word.charCodeAt(0);
  LENGTHS[first] = (LENGTHS[first] ?? 0) | (1 << word.length);
}

const mayMatter = (first: number, length: number): boolean =>
  length < 8 && (((LENGTHS[first] ?? 0) >> length) & 1) === 1;

/** The text of a template up to its next hole or its end. */
const takeTemplate = (depth: Depth, token: string): void => {
  if (token === '`') depth.leave('`');
  else if (token === '${') depth.enter('{');
};

const enterAll = (depth: Depth, token: string): void => {
  for (const [opener] of token.matchAll(/[([{]/g)) depth.enter(opener);
};

const SLASH = 47;
const isWordCode = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 95 ||
  code === 36;

const endOfWord = (text: string, at: number): number => {
  let end = at + 1;
  while (isWordCode(text.charCodeAt(end))) end += 1;
  return end;
};

/** Whether a text has more marks than could nest, in strings and comments too. */
const hasManyMarks = (text: string): boolean => (text.match(MARK)?.length ?? 0) > MAX_MARKS;

/** Past a blank, and all that follow it: a fourth of a source. */
const endOfBlanks = (text: string, at: number): number => {
  let end = at + 1;
  while (text.charCodeAt(end) <= 32) end += 1;
  return end;
};

/**
 * Takes a text, a token at a time: each call returns where the next one begins. `hidden` is how many marks it
 * did not count as such, where what it takes for a string, a comment or a template may be none: an element's
 * text has no such things.
 */
const createTaker = (text: string, depth: Depth, mayDiffer: boolean) => {
  let isUnsure = mayDiffer;
  let hidden = 0;
  /** A slash that comes now may divide, and what follows need be no regular expression. */
  let mayDivide = false;
  let isBound = false;

  const hide = (start: number, end: number): number => {
    if (isUnsure) hidden += countOpeners(text, start, end);
    return end;
  };

  const takeWord = (start: number): number => {
    const end = endOfWord(text, start);
    mayDivide = true;
    if (!mayMatter(text.charCodeAt(start), end - start)) {
      depth.pass();
      isBound = false;
      return end;
    }
    const word = text.slice(start, end);
    if (isBound && ENDS.has(word)) depth.pass();
    else depth.take(word);
    isBound = BINDS.has(word);
    return end;
  };

  const takeMark = (token: string, end: number): number => {
    mayDivide = token === ')' || token === ']' || token === '}';
    isBound = BINDS.has(token);
    if (token === '`') depth.enter(token);
    else depth.take(token);
    return end;
  };

  const takeRegex = (start: number, end: number): number => {
    const token = text.slice(start, end);
    // A quote in what was a division begins a string.
    if (/["'`]/.test(token)) isUnsure = true;
    if (mayDivide) enterAll(depth, token);
    mayDivide = false;
    hidden += countOpeners(text, start, end);
    return end;
  };

  const takeSlash = (at: number): number => {
    const comment = endOfComment(text, at);
    if (comment !== -1) return hide(at, comment);
    const regex = endOf(REGEX, text, at);
    if (regex !== -1) return takeRegex(at, regex);
    return text[at + 1] === '>' ? takeMark('/>', at + 2) : takeMark('/', at + 1);
  };

  const takeOther = (at: number): number => {
    const char = text[at] ?? '';
    const string = STRINGS[char];
    if (string) {
      mayDivide = false;
      return hide(at, endOf(string, text, at));
    }
    const long = '=!<>'.includes(char) ? endOf(LONG_MARK, text, at) : -1;
    return long === -1 ? takeMark(char, at + 1) : takeMark(text.slice(at, long), long);
  };

  const takeCode = (at: number): number => {
    const code = text.charCodeAt(at);
    if (code <= 32) return endOfBlanks(text, at);
    if (isWordCode(code)) return takeWord(at);
    return code === SLASH ? takeSlash(at) : takeOther(at);
  };

  /** Of a template, up to its next hole or its end. */
  const takeText = (at: number): number => {
    const end = Math.max(at + 1, endOf(TEMPLATE, text, at));
    takeTemplate(depth, text.slice(at, Math.min(end, at + 2)));
    return hide(at, end);
  };

  return { takeCode, takeText, hidden: () => hidden };
};

/** How deep a text goes: brackets, and what can follow itself without any (`a ? b : c ? d : …`). */
export const isDeep = (text: string, hasElements: boolean): boolean => {
  const depth = createDepth();
  const taker = createTaker(text, depth, hasElements || /<!--|-->/.test(text));
  for (let at = 0; at < text.length; ) {
    at = depth.isInTemplate() ? taker.takeText(at) : taker.takeCode(at);
    if (taker.hidden() > MAX_HIDDEN || depth.isDeep()) return true;
  }
  return false;
};

/** Whether a text may be nested more deeply than is safe to parse. Says "yes" where it cannot tell. */
export const mayNestDeeply = (text: string, mayHaveElements: boolean): boolean => {
  if (text.length <= MAX_MARKS || (text.length < MAX_RUN && !hasManyMarks(text))) return false;
  const hasElements = mayHaveElements && /<\/|\/>/.test(text);
  if (!hasElements && isPlainlyShallow(text)) return false;
  if (hasElements && hasMoreThan(text, ELEMENT, MAX_MARKS)) return true;
  return isDeep(text, hasElements);
};
