import {
  APOSTROPHE,
  apostropheEnd,
  CLOSE,
  CONFLICT,
  classOf,
  commentEnd,
  DIGIT,
  ENDLESS,
  isConflictMark,
  OPEN,
  prefixedEnd,
  QUOTE,
  quotedEnd,
  SLASH,
  SPACE,
  WORD,
  wordEnd,
} from './rust-literals.ts';

/** One lexeme at the level of items. `text` of a raw identifier is without its `r#`. */
export type Token = {
  kind: 'word' | 'literal' | 'lifetime' | 'open' | 'close' | 'mark' | 'end';
  text: string;
  isRaw: boolean;
  start: number;
  end: number;
};

/** Why the text is no Rust, and where that shows. */
type LexFault = { offset: number; reason: string };

/** Called with each comment: from its first character to behind its last. */
type CommentSink = (start: number, end: number) => void;

export type Lexer = {
  /** The next lexeme, left where it is. */
  peek: () => Token;
  next: () => Token;
  /** Skips to behind the bracket that closes the one that was read last; the offset of that bracket. */
  skipGroup: (open: Token) => number;
  /** Ends the text here: what comes behind is not read. The first fault counts. */
  fail: (offset: number, reason: string) => void;
  fault: () => LexFault | undefined;
  /** Behind what was read last. */
  position: () => number;
};

const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

const ENDLESS_REASONS: Readonly<Record<number, string>> = {
  [WORD]: 'a text that does not end',
  [QUOTE]: 'a text that does not end',
  [APOSTROPHE]: 'a character that does not end',
  [SLASH]: 'a comment that does not end',
};

/**
 * Cuts Rust into lexemes, in time linear in the text and without recursion. What cannot be cut (a text or
 * a comment that does not end, a bracket that closes another one, the marks of a merge conflict) is a
 * fault, after which there are only ends.
 */
export const createLexer = (text: string, onComment: CommentSink, from: number): Lexer => {
  const size = text.length;
  let at = from;
  let behind = from;
  let ahead: Token | undefined;
  let fault: LexFault | undefined;

  const fail: Lexer['fail'] = (offset, reason) => {
    fault ??= { offset, reason };
    at = size;
    ahead = undefined;
  };

  /** The end of what begins at `start`, or that of the text, with a fault. */
  const ended = (start: number, kind: number, end: number): number => {
    if (end !== ENDLESS) return end;
    fail(start, ENDLESS_REASONS[kind] ?? 'something that does not end');
    return size;
  };

  /** Behind the comment at `start`; `start` itself where it is a division. */
  const passComment = (start: number): number => {
    const end = ended(start, SLASH, commentEnd(text, start));
    if (end > start && !fault) onComment(start, end);
    return end;
  };

  const passConflict = (start: number): number => {
    if (isConflictMark(text, start)) fail(start, 'the marks of a merge conflict');
    return start + 1;
  };

  const skipBlanks = (): void => {
    while (at < size) {
      const kind = classOf(text.charCodeAt(at));
      const end = kind === SPACE ? at + 1 : kind === SLASH ? passComment(at) : at;
      if (end === at) return;
      at = end;
    }
  };

  const token = (kind: Token['kind'], start: number, end: number): Token => {
    at = Math.max(end, at);
    return { kind, text: text.slice(start, end), isRaw: false, start, end };
  };

  const readWord = (start: number): Token => {
    const end = wordEnd(text, start);
    const whole = ended(start, WORD, prefixedEnd(text, start, end));
    if (whole > end) return token('literal', start, whole);
    const isRaw = end - start === 1 && text.startsWith('r#', start);
    const rawEnd = isRaw ? wordEnd(text, end + 1) : end;
    if (rawEnd <= end + 1) return token('word', start, end);
    return { ...token('word', end + 1, rawEnd), isRaw: true, start };
  };

  const readApostrophe = (start: number): Token => {
    const { end, kind } = apostropheEnd(text, start);
    return token(kind, start, ended(start, APOSTROPHE, end));
  };

  const readMark = (start: number): Token =>
    token('mark', start, text.startsWith('::', start) ? start + 2 : start + 1);

  const READERS: Readonly<Record<number, (start: number) => Token>> = {
    [WORD]: readWord,
    [DIGIT]: (start) => token('literal', start, wordEnd(text, start)),
    [QUOTE]: (start) => token('literal', start, ended(start, QUOTE, quotedEnd(text, start))),
    [APOSTROPHE]: readApostrophe,
    [OPEN]: (start) => token('open', start, start + 1),
    [CLOSE]: (start) => token('close', start, start + 1),
    [CONFLICT]: (start) => {
      passConflict(start);
      return fault ? end() : readMark(start);
    },
  };

  const end = (): Token => ({ kind: 'end', text: '', isRaw: false, start: size, end: size });

  const read = (): Token => {
    skipBlanks();
    if (at >= size) return end();
    const reader = READERS[classOf(text.charCodeAt(at))] ?? readMark;
    return reader(at);
  };

  /** Behind what begins at `start` inside a group; brackets are looked at by the caller. */
  const stepInGroup = (start: number, kind: number): number => {
    if (kind === WORD) {
      return ended(start, WORD, prefixedEnd(text, start, wordEnd(text, start)));
    }
    if (kind === DIGIT) return wordEnd(text, start);
    if (kind === QUOTE) return ended(start, QUOTE, quotedEnd(text, start));
    if (kind === APOSTROPHE) return ended(start, APOSTROPHE, apostropheEnd(text, start).end);
    if (kind === SLASH) return Math.max(passComment(start), start + 1);
    return kind === CONFLICT ? passConflict(start) : start + 1;
  };

  /** The offset of the bracket that closes all of `closers`; the end of the text where there is none. */
  const findClosing = (start: number, closers: string[]): number => {
    for (let place = start; place < size && !fault; ) {
      const kind = classOf(text.charCodeAt(place));
      if (kind === OPEN) closers.push(CLOSERS[text[place] ?? ''] ?? '');
      if (kind === CLOSE && closers.pop() !== text[place]) {
        fail(place, 'a bracket that closes none that is open');
      }
      if (closers.length === 0) return place;
      place = stepInGroup(place, kind);
    }
    return size;
  };

  const skipGroup: Lexer['skipGroup'] = (open) => {
    ahead = undefined;
    const closing = findClosing(open.end, [CLOSERS[open.text] ?? '']);
    if (closing >= size) fail(open.start, 'a bracket that is never closed');
    at = Math.min(size, closing + 1);
    behind = at;
    return closing;
  };

  const peek = (): Token => {
    ahead ??= read();
    return ahead;
  };

  const next = (): Token => {
    const found = peek();
    ahead = undefined;
    behind = found.end;
    return found;
  };

  return { peek, next, skipGroup, fail, fault: () => fault, position: () => behind };
};
