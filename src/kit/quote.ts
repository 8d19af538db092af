// zsh expands a leading `=`; a runner of GitHub Actions takes a line for a command that begins with `::`, or that
// has this in it, wherever.
const COMMAND_MARK = '##[';
const PLAIN = /^(?!\s*::)[ -~]*$/;
const SAFE_WORD = /^(?!=|::)[A-Za-z0-9_./:@%+=,-]+$/;
// Control characters, lone surrogates (bytes that are not UTF-8), and what a terminal hides or reorders by; a
// variation selector only picks an emoji's picture. To make it takes half a millisecond, of each start if it
// were made at once.
const unprintable = (): RegExp =>
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}/gu;

/**
 * One word for a POSIX shell, safe to copy out of a terminal: plain where it can be, in single
 * quotes where it must be, and as `$'…'` in octal where it holds control characters, bytes that are
 * not UTF-8 (lone surrogates, see `decodePath`) or what a runner's log takes for a command; every interactive
 * POSIX.1-2024 shell reads that.
 */
export const shellQuote = (word: string): string => {
  if (SAFE_WORD.test(word)) return word;
  const isPlain = word.search(unprintable()) === -1 && !word.includes(COMMAND_MARK);
  return isPlain ? `'${word.replaceAll("'", "'\\''")}'` : `$'${octal(word)}'`;
};

const octal = (word: string): string =>
  Array.from(encodeBytes(word), (byte) =>
    byte >= 0x20 && byte < 0x7f && !"'\\".includes(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, '0')}`,
  )
    .join('')
    .replaceAll(COMMAND_MARK, '##\\133');

/** The bytes of a text in which lone surrogates stand for bytes that are not UTF-8. */
export const encodeBytes = (word: string): number[] =>
  Array.from(word).flatMap((char) => {
    const code = char.charCodeAt(0);
    const isRawByte = code >= 0xdc80 && code <= 0xdcff;
    return isRawByte ? [code - 0xdc00] : [...Buffer.from(char)];
  });

/** A shell command that takes paths: `git restore --staged -- 'a b'`. */
export const shellCommand = (command: string, paths: readonly string[] = []): string =>
  paths.length === 0 ? command : `${command} -- ${paths.map(shellQuote).join(' ')}`;

/** Text for a terminal or a log, on one line: what could move the cursor, hide or command a runner is written as an escape. */
export const printable = (text: string): string =>
  // Nearly all text is plain, and whole trees of names pass here.
  PLAIN.test(text) && !text.includes(COMMAND_MARK)
    ? text
    : visible(text).replace(/(?<=##)\[|(?<=^\s*):(?=:)/g, escapeChar);

/** The same, but for what a runner's commands begin with: for a name in one of them. */
export const visible = (text: string): string => text.replace(unprintable(), escapeChar);

const escapeChar = (char: string): string => {
  const code = char.codePointAt(0) ?? 0;
  if (char === '\n') return '\\n';
  if (char === '\t') return '\\t';
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

const FOREIGN_LENGTH = 80;

/**
 * Somebody's free text (a task, a branch), which an agent may read: one line, in quotes, at most 80
 * characters, no control characters. The caller labels whose it is.
 */
export const quoteForeign = (text: string): string => {
  const line = printable(text.replace(/\s+/g, ' ').trim());
  const chars = Array.from(line);
  const short =
    chars.length > FOREIGN_LENGTH ? `${chars.slice(0, FOREIGN_LENGTH - 1).join('')}…` : line;
  return `"${short.replaceAll('"', "'")}"`;
};

/** Somebody's name: as it is where it is plain, else quoted like any other text of theirs. */
export const quoteName = (name: string): string =>
  /^(?!::)[A-Za-z0-9@._/+:-]{1,80}$/.test(name) ? name : quoteForeign(name);

/** JSON with one character a byte: places in such a text are quick to find, and reading it decodes nothing. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
