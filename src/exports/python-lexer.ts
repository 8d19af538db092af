import {
  closeText,
  isFormatted,
  isRawText,
  type Opening,
  openText,
  readStretch,
} from './python-strings.ts';

/** One lexeme. `text` of a name is normalised as Python does it, that of a text is as it is written. */
export type Token = {
  kind: 'name' | 'number' | 'text' | 'formatted' | 'mark';
  text: string;
  at: number;
  end: number;
};

/** Statements that stand on one logical line: brackets, texts and a backslash make one of several. */
export type LogicalLine = {
  /** Columns of white space before it; a tab goes on to the next eighth one. */
  indent: number;
  tokens: Token[];
  /** Where the comments right above begin, or the line itself. */
  from: number;
};

/** Why the text is no Python, and where that shows. */
export type LexFault = { at: number; reason: string };

export type Lexer = {
  next: () => LogicalLine | undefined;
  fault: () => LexFault | undefined;
};

type Bracket = {
  open: string;
  at: number;
  /** Of an expression in a text: that text, and whether it stands in another one's format. */
  text?: { quote: string; isRaw: boolean };
  isInSpec?: boolean;
};

const CLOSERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

const NAME = /[\p{ID_Start}_\ufffd][\p{ID_Continue}\ufffd]*/uy;
const NUMBER =
  /0x[\da-f_]+|0b[01_]+|0o[0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?j?/iy;
const MARK =
  /\*\*=|\/\/=|>>=|<<=|\.\.\.|:=|->|\*\*|\/\/|<<|>>|<=|>=|==|!=|<>|[-+*/%@&|^]=|[-+*/%@&|^~<>()[\]{},:;.=]/y;
const BLANKS = /[ \t\f]+/y;
const COMMENT = /#[^\n\r]*/y;
const NEWLINE = /\r\n?|\n/y;
const CONFLICT = /(?:<{7}|>{7}|\|{7})(?: [^\n\r]*)?$|={7}$/my;
const MAX_BRACKETS = 200;

/**
 * Cuts Python into logical lines of lexemes, one at a time, in time linear in the text and without
 * recursion. What cannot be cut is a fault, behind which there is nothing. What stands in the expressions
 * of formatted texts is passed over. `onComment` gets each comment's first and last offset.
 */
export const createLexer = (
  text: string,
  onComment: (start: number, end: number) => void,
): Lexer => {
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let fault: LexFault | undefined;
  const brackets: Bracket[] = [];
  let fields = 0;
  let tokens: Token[] = [];

  const fail = (where: number, reason: string): void => {
    fault ??= { at: where, reason };
    at = text.length;
  };

  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  };

  /** A line that begins here may be a mark that git has left. */
  const checkConflict = (): void => {
    CONFLICT.lastIndex = at;
    if (CONFLICT.test(text)) fail(at, 'the marks of a merge conflict');
  };

  const takeComment = (): boolean => {
    const start = at;
    if (text[at] !== '#') return false;
    take(COMMENT);
    onComment(start, at);
    return true;
  };

  const push = (kind: Token['kind'], start: number): void => {
    if (fields > 0) return;
    const written = text.slice(start, at);
    tokens.push({
      kind,
      text: kind === 'name' ? written.normalize('NFKC') : written,
      at: start,
      end: at,
    });
  };

  const open = (bracket: Bracket): void => {
    if (brackets.push(bracket) > MAX_BRACKETS) fail(bracket.at, 'too many brackets in brackets');
  };

  /** Goes on in a formatted text until it ends, or until an expression begins. */
  const readFormatted = (of: { quote: string; isRaw: boolean }, isSpec: boolean): void => {
    let isInSpec = isSpec;
    for (;;) {
      const stretch = readStretch(text, at, { ...of, isSpec: isInSpec });
      if (stretch.fault !== undefined) {
        fail(stretch.at, stretch.fault);
        return;
      }
      at = stretch.at;
      if (stretch.by === 'quote') return;
      if (stretch.by === 'field') {
        fields += 1;
        open({ open: 'field', at: at - 1, text: of, isInSpec });
        return;
      }
      isInSpec = closeField();
    }
  };

  /** Leaves an expression; whether what it stands in is another one's format. */
  const closeField = (): boolean => {
    fields -= 1;
    return brackets.pop()?.isInSpec ?? false;
  };

  const readText = (opening: Opening): void => {
    const start = at;
    if (isFormatted(opening)) {
      at = opening.at;
      const isOuter = fields === 0;
      if (isOuter) tokens.push({ kind: 'formatted', text: '', at: start, end: start });
      readFormatted({ quote: opening.quote, isRaw: isRawText(opening) }, false);
      return;
    }
    const left = closeText(text, opening);
    if (left.fault !== undefined) {
      fail(left.at - opening.quote.length, left.fault);
      return;
    }
    at = left.at;
    push('text', start);
  };

  /** A mark that means something else in an expression of a text. */
  const readFieldMark = (field: Bracket): boolean => {
    const char = text[at];
    const of = field.text;
    if (!of || !(char === '}' || char === ':' || (char === '!' && text[at + 1] !== '=')))
      return false;
    at += 1;
    if (char === '}') readFormatted(of, closeField());
    if (char === ':') readFormatted(of, true);
    return true;
  };

  const readMark = (): void => {
    const start = at;
    const mark = take(MARK);
    if (mark === '') {
      fail(at, 'a character that means nothing here');
      return;
    }
    if (mark === '(' || mark === '[' || mark === '{') open({ open: mark, at: start });
    const opener = CLOSERS[mark];
    if (opener !== undefined && brackets.pop()?.open !== opener) {
      fail(start, `a ${mark} that closes nothing`);
      return;
    }
    push('mark', start);
  };

  const readToken = (): void => {
    const start = at;
    const opening = openText(text, at);
    if (opening) {
      readText(opening);
      return;
    }
    if (take(NAME) !== '') {
      push('name', start);
      return;
    }
    if (take(NUMBER) !== '') {
      push('number', start);
      return;
    }
    const field = brackets.at(-1);
    if (field?.text && readFieldMark(field)) return;
    readMark();
  };

  /** A backslash joins two lines; whether there was one. */
  const joinLines = (): boolean => {
    if (text[at] !== '\\') return false;
    at += 1;
    if (take(NEWLINE) === '') fail(at - 1, 'a \\ that ends no line');
    else if (at >= text.length) fail(at, 'the text ends behind a \\');
    return true;
  };

  const isAtNewline = (): boolean => text[at] === '\n' || text[at] === '\r';

  /** The rest of a logical line, from its first lexeme on. */
  const readTokens = (): void => {
    while (at < text.length) {
      if (take(BLANKS) !== '' || takeComment() || joinLines()) continue;
      if (!isAtNewline()) {
        readToken();
        continue;
      }
      take(NEWLINE);
      if (brackets.length === 0) return;
      checkConflict();
    }
    const [left] = brackets;
    if (left && !fault) fail(left.at, 'a bracket that is not closed');
  };

  const measure = (): number => {
    let indent = 0;
    for (const char of take(BLANKS)) {
      indent = char === '\f' ? 0 : char === '\t' ? (indent | 7) + 1 : indent + 1;
    }
    return indent;
  };

  const readLine = (indent: number, from: number): LogicalLine | undefined => {
    tokens = [];
    readTokens();
    return fault || tokens.length === 0 ? undefined : { indent, tokens, from };
  };

  /** Passes what is no statement; where the comments right above the next one begin. */
  const skipEmpty = (): { indent: number; from: number } => {
    let from: number | undefined;
    for (;;) {
      const start = at;
      checkConflict();
      const indent = measure();
      const isComment = takeComment();
      if (!isComment && !isAtNewline()) return { indent, from: from ?? start };
      take(NEWLINE);
      from = isComment ? (from ?? start) : undefined;
    }
  };

  const next: Lexer['next'] = () => {
    while (at < text.length) {
      const { indent, from } = skipEmpty();
      const line = readLine(indent, from);
      if (line) return line;
    }
    return undefined;
  };

  if (text.includes('\0')) fail(text.indexOf('\0'), 'a character that no text has');
  return { next, fault: () => fault };
};
