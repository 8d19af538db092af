/** Where a text is left, and why it is no text: undefined where it is one. */
export type Left = { at: number; fault?: string };

/** What may stand before a quote, in lower case. */
const PREFIXES = new Set(['', 'r', 'b', 'u', 'f', 't', 'br', 'rb', 'fr', 'rf', 'tr', 'rt']);

const START = /([a-z]{0,2})('''|"""|'|")/iy;

/** How a text begins. */
export type Opening = { prefix: string; quote: string; at: number };

/** The beginning of a text at `at`; `at` of the answer is behind the quotes. */
export const openText = (text: string, at: number): Opening | undefined => {
  START.lastIndex = at;
  const match = START.exec(text);
  const prefix = match?.[1]?.toLowerCase() ?? '';
  if (!match || !PREFIXES.has(prefix)) return undefined;
  return { prefix, quote: match[2] ?? '', at: START.lastIndex };
};

/** Whether expressions may stand in it. */
export const isFormatted = ({ prefix }: Opening): boolean => /[ft]/.test(prefix);

export const isRawText = ({ prefix }: Opening): boolean => prefix.includes('r');

const ENDLESS = 'a text that does not end';

const isNewline = (char: string | undefined): boolean => char === '\n' || char === '\r';

/** Behind a backslash and what it stands before; a line may end in two characters. */
const skipEscape = (text: string, at: number): number =>
  text.startsWith('\r\n', at + 1) ? at + 3 : at + 2;

/** Behind the quotes that end a text without expressions, from behind those that begin it. */
export const closeText = (text: string, { quote, at: start }: Opening): Left => {
  const mark = quote[0];
  let at = start;
  while (at < text.length) {
    const char = text[at];
    if (char === '\\') at = skipEscape(text, at);
    else if (char === mark && text.startsWith(quote, at)) return { at: at + quote.length };
    else if (quote.length === 1 && isNewline(char)) break;
    else at += 1;
  }
  return { at: start, fault: ENDLESS };
};

/** What ends a stretch of a formatted text: its quotes, an expression's start, or that of what holds it. */
export type Stretch = Left & { by: 'quote' | 'field' | 'close' };

type Reading = { quote: string; isRaw: boolean; isSpec: boolean };

/** Behind a backslash, which takes no brace with it but that of `\N{…}`. */
const skipFormattedEscape = (text: string, at: number, isRaw: boolean): number => {
  const next = text[at + 1];
  if (next === '{' || next === '}') return at + 1;
  if (isRaw || next !== 'N' || text[at + 2] !== '{') return skipEscape(text, at);
  const end = text.indexOf('}', at);
  return end === -1 || end - at > 100 ? at + 2 : end + 1;
};

const isBrace = (char: string | undefined): boolean => char === '{' || char === '}';

/** What ends a stretch at `at`; undefined where it goes on. */
const endStretch = (text: string, at: number, { quote, isSpec }: Reading): Stretch | undefined => {
  const char = text[at];
  if (char === quote[0] && text.startsWith(quote, at)) {
    const fault = isSpec ? { fault: 'a text that ends in an expression' } : {};
    return { at: at + quote.length, by: 'quote', ...fault };
  }
  if (!isBrace(char) || (!isSpec && text[at + 1] === char)) return undefined;
  if (char === '{') return { at: at + 1, by: 'field' };
  return isSpec
    ? { at: at + 1, by: 'close' }
    : { at, by: 'close', fault: 'a } that closes nothing' };
};

/**
 * Reads what stands between expressions: of the text itself, or of the format behind an expression's colon
 * (`isSpec`), in which no brace is doubled.
 */
export const readStretch = (text: string, start: number, reading: Reading): Stretch => {
  const { quote, isRaw, isSpec } = reading;
  let at = start;
  while (at < text.length) {
    const char = text[at];
    if (quote.length === 1 && isNewline(char)) break;
    const end = endStretch(text, at, reading);
    if (end) return end;
    if (char === '\\') at = skipFormattedEscape(text, at, isRaw);
    else at += !isSpec && isBrace(char) ? 2 : 1;
  }
  return { at: start, by: 'quote', fault: ENDLESS };
};

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

const BODY = /^[a-z]*('''|"""|'|")([\s\S]*)\1$/i;

/** The value of a text without expressions, as far as names need it; undefined for bytes and others. */
export const textValue = (literal: string): string | undefined => {
  const prefix = /^[a-z]*/i.exec(literal)?.[0].toLowerCase() ?? '';
  const body = BODY.exec(literal)?.[2];
  if (body === undefined || /[bft]/.test(prefix)) return undefined;
  if (prefix.includes('r')) return body;
  return body.replace(/\\(?:\r\n|([\s\S]))/g, (_, char?: string) =>
    char === undefined || char === '\n' || char === '\r' ? '' : (ESCAPES[char] ?? char),
  );
};
