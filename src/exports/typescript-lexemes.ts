/** What the readers of a text's depth take as one piece: strings, templates, regular expressions, comments. */

/** From where a string begins to its end, or to that of its line. */
export const STRINGS: Readonly<Record<string, RegExp>> = {
  '"': /"(?:[^"\\\n]|\\[\s\S])*"?/y,
  "'": /'(?:[^'\\\n]|\\[\s\S])*'?/y,
};

/** What looks like a regular expression. */
export const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,99}\]){1,499}\//y;

/** Of the text of a template, up to its next hole or its end. */
export const TEMPLATE = /`|\$\{|(?:[^`$\\]|\\[\s\S]|\$(?!\{))+|\\/y;

/** Where a match that begins at `at` ends; -1 where none does. `pattern` is sticky. */
export const endOf = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
};

const orEnd = (text: string, found: number, length: number): number =>
  found === -1 ? text.length : found + length;

/** The end of a comment that begins here; -1 where none does. */
export const endOfComment = (text: string, at: number): number => {
  const next = text[at + 1];
  if (next === '/') return orEnd(text, text.indexOf('\n', at), 0);
  return next === '*' ? orEnd(text, text.indexOf('*/', at + 2), 2) : -1;
};

/** Marks in what may be no string where this reader and the parser are of two minds. */
export const MAX_HIDDEN = 1_000;

const OPENER = /[([{<?]/g;

/** How many openers are in a piece of a text. */
export const countOpeners = (text: string, start: number, end: number): number =>
  text.slice(start, end).match(OPENER)?.length ?? 0;
