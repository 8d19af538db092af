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

/** Strings, comments, what looks like a regular expression, words and marks. */
const CODE =
  /"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?|\/\/[^\n]*|\/\*(?:[\s\S]*?\*\/|[\s\S]*)|\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,99}\]){1,499}\/|[\w$]+|=>|[=!<>]==?|<\/|\/>|[^\s\w$]/g;

const TEMPLATE = /`|\$\{|(?:[^`$\\]|\\[\s\S]|\$(?!\{))+|\\/g;

const CHAINS = /^(?:\?|=|=>|:|<|if|while|for|with|do|keyof|yield)$/;
const ENDS = /^(?:[;,]|const|export|return|throw|var)$/;
const CLOSERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** A slash behind one of these may divide, and what follows need be no regular expression. */
const DIVISIBLE = /^(?:[\w$]+|[)\]}])$/;

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
    else if (token in CLOSERS) leave(CLOSERS[token]);
    else if (ENDS.test(token)) end(top());
    // `if (a) b; else …` goes on behind its semicolon.
    else if (token === 'else') add(top().before + 1);
    else if (CHAINS.test(token)) add(1);
  };
  return {
    take,
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

const kindOf = (token: string): 'comment' | 'string' | 'regex' | 'mark' => {
  if (/^\/[/*]/.test(token)) return 'comment';
  if (/^["']/.test(token)) return 'string';
  return token.length > 2 && token.startsWith('/') ? 'regex' : 'mark';
};

const countOpeners = (token: string): number => token.match(OPENER)?.length ?? 0;

const enterAll = (depth: Depth, token: string): void => {
  for (const [opener] of token.matchAll(/[([{]/g)) depth.enter(opener);
};

/**
 * Takes a text, a token at a time; returns how many marks it did not count as such, where what it takes for
 * a string, a comment or a template may be none: an element's text has no such things.
 */
const createTaker = (depth: Depth, mayDiffer: boolean) => {
  let last = '';
  let isUnsure = mayDiffer;
  const hide = (token: string): number => (isUnsure ? countOpeners(token) : 0);
  const takeMark = (token: string): number => {
    if (token === '`') depth.enter(token);
    else depth.take(token);
    return 0;
  };
  const takeRegex = (token: string, before: string): number => {
    // A quote in what was a division begins a string.
    if (/["'`]/.test(token)) isUnsure = true;
    if (DIVISIBLE.test(before)) enterAll(depth, token);
    return countOpeners(token);
  };
  const takeCode = (token: string): number => {
    const kind = kindOf(token);
    if (kind === 'comment') return hide(token);
    const before = last;
    last = token;
    if (kind === 'mark') return takeMark(token);
    return kind === 'regex' ? takeRegex(token, before) : hide(token);
  };
  const takeText = (token: string): number => {
    takeTemplate(depth, token);
    return hide(token);
  };
  return { takeCode, takeText };
};

/** How deep a text goes: brackets, and what can follow itself without any (`a ? b : c ? d : …`). */
const isDeep = (text: string, hasElements: boolean): boolean => {
  const depth = createDepth();
  const taker = createTaker(depth, hasElements || /<!--|-->/.test(text));
  let hidden = 0;
  for (let at = 0; at < text.length; ) {
    const isText = depth.isInTemplate();
    const pattern = isText ? TEMPLATE : CODE;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) break;
    hidden += isText ? taker.takeText(match[0]) : taker.takeCode(match[0]);
    if (hidden > MAX_HIDDEN || depth.isDeep()) return true;
    at = pattern.lastIndex;
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
