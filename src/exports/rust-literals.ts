/** What a character can begin. */
export const OTHER = 0;
export const WORD = 1;
export const SPACE = 2;
export const QUOTE = 3;
export const APOSTROPHE = 4;
export const SLASH = 5;
export const OPEN = 6;
export const CLOSE = 7;
export const DIGIT = 8;
export const CONFLICT = 9;

const CLASSES = new Uint8Array(128);
const classify = (chars: string, kind: number): void => {
  for (const char of chars) CLASSES[char.charCodeAt(0)] = kind;
};
classify('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_', WORD);
classify('0123456789', DIGIT);
classify(' \t\n\r\f\v', SPACE);
classify('"', QUOTE);
classify("'", APOSTROPHE);
classify('/', SLASH);
classify('([{', OPEN);
classify(')]}', CLOSE);
classify('<=>|', CONFLICT);

/** White space beyond ASCII, as Rust counts it, and the byte order mark. */
const WIDE_SPACES = new Set([0x85, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff]);

/** What the character of this code can begin. */
export const classOf = (code: number): number => {
  if (code < 128) return CLASSES[code] ?? OTHER;
  return WIDE_SPACES.has(code) ? SPACE : WORD;
};

const DOUBLE_QUOTE = 34;
const HASH = 35;
const SINGLE_QUOTE = 39;
const STAR = 42;
const SLASH_CODE = 47;
const BACKSLASH = 92;

/** The functions below return this where what begins does not end. */
export const ENDLESS = -1;

/** Behind the word or number that goes on at `from`. */
export const wordEnd = (text: string, from: number): number => {
  let end = from;
  for (; end < text.length; end += 1) {
    const kind = classOf(text.charCodeAt(end));
    if (kind !== WORD && kind !== DIGIT) break;
  }
  return end;
};

/** Behind the text whose `"` is at `from`. */
export const quotedEnd = (text: string, from: number): number => {
  for (let end = from + 1; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (code === BACKSLASH) end += 1;
    else if (code === DOUBLE_QUOTE) return end + 1;
  }
  return ENDLESS;
};

/** Behind the raw text whose first `#` or `"` is at `from`. */
const rawEnd = (text: string, from: number): number => {
  let hashes = 0;
  while (text.charCodeAt(from + hashes) === HASH) hashes += 1;
  const end = text.indexOf(`"${'#'.repeat(hashes)}`, from + hashes + 1);
  return end === -1 ? ENDLESS : end + 1 + hashes;
};

const blockEnd = (text: string, from: number): number => {
  let depth = 1;
  for (let end = from + 2; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    const next = text.charCodeAt(end + 1);
    if (code === SLASH_CODE && next === STAR) depth += 1;
    else if (code === STAR && next === SLASH_CODE) depth -= 1;
    else continue;
    end += 1;
    if (depth === 0) return end + 1;
  }
  return ENDLESS;
};

/** Behind the comment that begins at `from`; `from` itself where none does. */
export const commentEnd = (text: string, from: number): number => {
  const next = text.charCodeAt(from + 1);
  if (next === STAR) return blockEnd(text, from);
  if (next !== SLASH_CODE) return from;
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
};

/** The longest is '\u{10ffff}', with underscores; one that does not end is no reason to read on. */
const MAX_CHARACTER = 40;

/** `'a` is a lifetime, `'a'` a character. */
export const apostropheEnd = (
  text: string,
  from: number,
): { end: number; kind: 'literal' | 'lifetime' } => {
  const code = text.codePointAt(from + 1) ?? 0;
  if (code === BACKSLASH) {
    const end = text.slice(from, from + MAX_CHARACTER).indexOf("'", 3);
    return { end: end === -1 ? ENDLESS : from + end + 1, kind: 'literal' };
  }
  const behind = from + 1 + (code > 0xffff ? 2 : 1);
  if (text.charCodeAt(behind) === SINGLE_QUOTE) return { end: behind + 1, kind: 'literal' };
  return { end: wordEnd(text, from + 1), kind: 'lifetime' };
};

const RAW_PREFIX = /^(?:br|cr|r)$/;
const TEXT_PREFIX = /^[bc]$/;

/** Behind the text whose prefix is the word from `from` to `end`; `end` where that is only a word. */
export const prefixedEnd = (text: string, from: number, end: number): number => {
  if (end - from > 2) return end;
  const word = text.slice(from, end);
  const behind = text.charCodeAt(end);
  if (RAW_PREFIX.test(word)) {
    const isRaw = behind === DOUBLE_QUOTE || /^#+"/.test(text.slice(end, end + 300));
    return isRaw ? rawEnd(text, end) : end;
  }
  if (behind === DOUBLE_QUOTE && TEXT_PREFIX.test(word)) return quotedEnd(text, end);
  return behind === SINGLE_QUOTE && word === 'b' ? apostropheEnd(text, end).end : end;
};

/** Whether the marks of a merge conflict begin at `from`: seven of them at the start of a line. */
export const isConflictMark = (text: string, from: number): boolean => {
  if (from > 0 && text[from - 1] !== '\n') return false;
  if (text.slice(from, from + 7) !== (text[from] ?? '').repeat(7)) return false;
  const behind = text[from + 7];
  return behind === undefined || /\s/.test(behind);
};
