/**
 * A parser that goes down a level at a time runs out of stack on a text that is nested deeply enough, and
 * takes the process with it. This tells, without a stack and in one pass, which texts may be. It may say
 * "yes" of one that is not, and then the parser tries it in a process of its own.
 */

/** The parser has come back from 4,000 levels of anything, on a stack of 8 MB. */
const MAX_NESTING = 500;

/** Fewer marks than this cannot nest deeply, whatever they are. */
const MAX_MARKS = 1_500;

/** What only leans to one side (`a + b + c`, `a.b.c`, `!!a`) takes less: it has come back from 30,000. */
const MAX_RUN = 10_000;

/** Marks in what may be no string where this reader and the parser are of two minds. */
const MAX_HIDDEN = 1_000;

const MARK = /[([{<?=:]|\b(?:if|else|while|for|with|do|keyof|yield)\b/g;
const ELEMENT = /<[\w>]/g;
const OPENER = /[([{<?]/g;

const hasMoreThan = (text: string, pattern: RegExp, limit: number): boolean => {
  let count = 0;
  for (const _ of text.matchAll(pattern)) {
    count += 1;
    if (count > limit) return true;
  }
  return false;
};

/** From where a string begins to its end, or to that of its line. */
const STRINGS: Readonly<Record<string, RegExp>> = {
  '"': /"(?:[^"\\\n]|\\[\s\S])*"?/y,
  "'": /'(?:[^'\\\n]|\\[\s\S])*'?/y,
};

/** What looks like a regular expression. */
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,99}\]){1,499}\//y;

/** Marks of several characters. */
const LONG_MARK = /=>|[=!<>]==?|<\/|\/>/y;

const TEMPLATE = /`|\$\{|(?:[^`$\\]|\\[\s\S]|\$(?!\{))+|\\/y;

const CHAINS = new Set([
  '?',
  '=',
  '=>',
  ':',
  '<',
  'if',
  'while',
  'for',
  'with',
  'do',
  'keyof',
  'yield',
]);
const ENDS = new Set([';', ',', 'const', 'export', 'return', 'throw', 'var']);
const CLOSERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Behind one of these a word that would end something does not: `a.export`, `\\export`, `<const T>`, `as const`. */
const BINDS = new Set(['.', '\\', '#', '<', 'as', 'in', 'out', 'const']);

/** No word that matters is shorter or longer. */
const isKeywordLength = (length: number): boolean => length >= 2 && length <= 6;

/** `run` is how much has come since anything ended. */
type Level = { opener: string; chain: number; before: number; run: number };

const createDepth = () => {
  const levels: Level[] = [{ opener: '', chain: 0, before: 0, run: 0 }];
  let sum = 0;
  const top = (): Level => levels.at(-1) as Level;
  const add = (count: number): void => {
    top().chain += count;
    sum += count;
  };
  const end = (level: Level): void => {
    sum -= level.chain;
    Object.assign(level, { before: level.chain, chain: 0, run: 0 });
  };
  const enter = (opener: string): void => {
    levels.push({ opener, chain: 0, before: 0, run: 0 });
  };
  const leave = (opener: string | undefined): void => {
    if (levels.length < 2 || top().opener !== opener) return;
    sum -= top().chain;
    levels.pop();
  };
  const take = (token: string): void => {
    top().run += 1;
    if (token === '(' || token === '[' || token === '{') enter(token);
    else if (token === ')' || token === ']' || token === '}') leave(CLOSERS[token]);
    else if (ENDS.has(token)) end(top());
    // `if (a) b; else …` goes on behind its semicolon.
    else if (token === 'else') add(top().before + 1);
    else if (CHAINS.has(token)) add(1);
  };
  return {
    take,
    /** Something that neither opens, ends nor chains. */
    pass: (): void => {
      top().run += 1;
    },
    enter,
    leave,
    /** Whether what comes next is the text of a template. */
    isInTemplate: () => top().opener === '`',
    isDeep: () => sum + levels.length > MAX_NESTING || top().run > MAX_RUN,
  };
};

type Depth = ReturnType<typeof createDepth>;

/** The text of a template up to its next hole or its end. */
const takeTemplate = (depth: Depth, token: string): void => {
  if (token === '`') depth.leave('`');
  else if (token === '${') depth.enter('{');
};

const countOpeners = (text: string, start: number, end: number): number =>
  text.slice(start, end).match(OPENER)?.length ?? 0;

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

const endOf = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
};

const orEnd = (text: string, found: number, length: number): number =>
  found === -1 ? text.length : found + length;

/** The end of a comment that begins here; -1 where none does. */
const endOfComment = (text: string, at: number): number => {
  const next = text[at + 1];
  if (next === '/') return orEnd(text, text.indexOf('\n', at), 0);
  return next === '*' ? orEnd(text, text.indexOf('*/', at + 2), 2) : -1;
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
    let end = start + 1;
    while (isWordCode(text.charCodeAt(end))) end += 1;
    mayDivide = true;
    const word = isKeywordLength(end - start) ? text.slice(start, end) : '';
    if (word === '' || (isBound && ENDS.has(word))) depth.pass();
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
    if (code <= 32) return at + 1;
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
const isDeep = (text: string, hasElements: boolean): boolean => {
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
  if (text.length < MAX_RUN && !hasMoreThan(text, MARK, MAX_MARKS)) return false;
  const hasElements = mayHaveElements && /<\/|\/>/.test(text);
  if (hasElements && hasMoreThan(text, ELEMENT, MAX_MARKS)) return true;
  return isDeep(text, hasElements);
};
