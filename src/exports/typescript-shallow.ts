/**
 * Most texts are nested no deeper than people write, and to see that by a search from one mark to the next takes
 * a third of what it takes to go through all that they say. Nothing here counts less than `typescript-nesting.ts`
 * does, so that a text which is shallow here is not deep there.
 */
import { MAX_NESTING, MAX_RUN } from './typescript-depth.ts';
import {
  countOpeners,
  endOf,
  endOfComment,
  MAX_HIDDEN,
  REGEX,
  STRINGS,
  TEMPLATE,
} from './typescript-lexemes.ts';

/** Where something may begin, end or follow itself; each is known by its last character. */
const MARK = /[()[\]{}?:=<;,"'`/]|[!>]=|\b(?:if|else|while|for|with|do|keyof|yield)\b/g;

/** What a mark does, by its last character; what is left are the letters that words end with. */
const KINDS: readonly string[] = ['', '([{`', ')]}', ';,', '?:', '=', '<', '/', '"\''];
const KIND_OF = new Uint8Array(128);
for (const [kind, marks] of KINDS.entries()) {
  for (const mark of marks) KIND_OF[mark.charCodeAt(0)] = kind;
}

/** The code of what each closing bracket closes. */
const OPENER_OF = new Uint8Array(128);
for (const [opener = '', closer = ''] of ['()', '[]', '{}']) {
  OPENER_OF[closer.charCodeAt(0)] = opener.charCodeAt(0);
}

const BACKTICK = 96;
const BRACE = 123;
const SLASH = 47;

/** Behind one of these a slash does not divide. */
const BEFORE_REGEX = '([{,;=:?!&|+-*%<>~^/"\'';

/** It cannot be told what follows. */
const LOST = -1;

/** What is open: where it began, and what has come since, as `createDepth` has it, but by places in the text. */
type Level = { opener: number; start: number; chain: number; before: number; since: number };

const startLevel = (opener: number, start: number): Level => ({
  opener,
  start,
  chain: 0,
  before: 0,
  since: start,
});

/** Takes a text from mark to mark. */
const createTaker = (text: string) => {
  const below: Level[] = [];
  let top = startLevel(0, 0);
  /** How much deeper it may go. */
  let room = MAX_NESTING - 1;
  let isUnsure = false;
  let hidden = 0;
  /** The mark that was taken last, comments aside; before the first one a slash does not divide. */
  let last = ';'.charCodeAt(0);

  const goDeeper = (next: number): number => {
    room -= 1;
    return room < 0 ? LOST : next;
  };

  const chain = (start: number): number => {
    top.chain += 1;
    return goDeeper(start + 1);
  };

  const enter = (start: number, _: number, opener: number): number => {
    if (start - top.since > MAX_RUN) return LOST;
    below.push(top);
    top = startLevel(opener, start);
    return goDeeper(start + 1);
  };

  const close = (start: number): number => {
    const next = below.pop();
    if (!next || start - top.since > MAX_RUN) return LOST;
    room += top.chain + 1;
    next.since += start - top.start;
    top = next;
    return start + 1;
  };

  const leave = (start: number, _: number, closer: number): number =>
    top.opener === OPENER_OF[closer] ? close(start) : LOST;

  const end = (start: number): number => {
    if (start - top.since > MAX_RUN) return LOST;
    room += top.chain;
    top.before = top.chain;
    top.chain = 0;
    top.since = start;
    return start + 1;
  };

  /** What begins with `=` or `<`. */
  const takeOperator = (start: number): number => {
    const next = text[start + 1];
    if (next === '=') return text[start + 2] === '=' ? start + 3 : start + 2;
    if (next === '>' && text[start] === '=') return chain(start + 1);
    return next === '/' && text[start] === '<' ? start + 2 : chain(start);
  };

  /** What is before it is a part of it, unless it was taken: `!=`, `>=`. */
  const takeEquals = (start: number, from: number): number => {
    const before = start > from ? text[start - 1] : '';
    if (before !== '!' && before !== '>') return takeOperator(start);
    return text[start + 1] === '=' ? start + 2 : start + 1;
  };

  const hide = (start: number, behind: number): number => {
    hidden += countOpeners(text, start, behind);
    return hidden > MAX_HIDDEN ? LOST : behind;
  };

  /** It is one step, however long; but where quotes are in doubt, it may be code. */
  const takePiece = (start: number, behind: number): number => {
    top.since += behind - start;
    return isUnsure ? hide(start, behind) : behind;
  };

  /** What comes last before `start`, blanks and comments aside. */
  const findLast = (start: number, from: number): number => {
    const between = text.slice(from, start).trimEnd();
    return between === '' ? last : between.charCodeAt(between.length - 1);
  };

  /** What may be a division may open what it does not close, and a quote in it may begin a string. */
  const takeRegex = (start: number, from: number, behind: number): number => {
    const token = text.slice(start, behind);
    const before = String.fromCharCode(findLast(start, from));
    if (!BEFORE_REGEX.includes(before) && /[([{]/.test(token)) return LOST;
    isUnsure ||= /["'`]/.test(token);
    return hide(start, behind);
  };

  const takeSlash = (start: number, from: number): number => {
    const comment = endOfComment(text, start);
    if (comment !== -1) {
      last = findLast(start, from);
      return takePiece(start, comment);
    }
    const regex = endOf(REGEX, text, start);
    const behind = text[start + 1] === '>' ? start + 2 : start + 1;
    const end = regex === -1 ? behind : takeRegex(start, from, regex);
    last = SLASH;
    return end;
  };

  const takeString = (start: number): number => {
    const string = STRINGS[text[start] ?? ''];
    return string ? takePiece(start, endOf(string, text, start)) : LOST;
  };

  /** `if (a) b; else …` goes on behind its semicolon. */
  const takeWord = (end: number): number => {
    if (text[end - 1] !== 's') return chain(end);
    top.chain += top.before;
    room -= top.before;
    return chain(end);
  };

  const takers = [
    takeWord,
    enter,
    leave,
    end,
    chain,
    takeEquals,
    takeOperator,
    takeSlash,
    takeString,
  ];

  /** Of a template, up to its next hole or its end. */
  const takeText = (at: number): number => {
    const behind = Math.max(at + 1, endOf(TEMPLATE, text, at));
    const token = text.slice(at, Math.min(behind, at + 2));
    if (takePiece(at, behind) === LOST) return LOST;
    if (token === '`') return close(at);
    return token === '${' ? enter(at + 1, at, BRACE) : behind;
  };

  const take = (at: number): number => {
    if (top.opener === BACKTICK) return takeText(at);
    MARK.lastIndex = at;
    if (!MARK.test(text)) return text.length;
    const start = MARK.lastIndex - 1;
    const code = text.charCodeAt(start);
    const next = takers[KIND_OF[code] ?? 0]?.(start, at, code) ?? LOST;
    if (code !== SLASH) last = code;
    return next;
  };

  return { take, runsOn: () => text.length - top.since > MAX_RUN };
};

/**
 * Whether nothing in a text without elements comes near to what is too deep. Says "no" where it cannot tell: where
 * brackets do not fit, or something goes on for long without an end.
 */
export const isPlainlyShallow = (text: string): boolean => {
  if (/<!--|-->/.test(text)) return false;
  const { take, runsOn } = createTaker(text);
  let at = 0;
  while (at !== LOST && at < text.length) at = take(at);
  return at !== LOST && !runsOn();
};
