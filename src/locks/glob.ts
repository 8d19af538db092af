import { buildAutomaton, type Compiled } from './automaton.ts';
import {
  charsOf,
  concat,
  invertRanges,
  literalOf,
  NOT_SLASH,
  type Range,
  repeat,
  type Term,
  union,
} from './term.ts';

const MAX_DEPTH = 30;
const MAX_ALTERNATIVES = 256;
const MAX_RANGE = 1_000;

type Token = { kind: '*' | '/' | '{' | ',' | '}' | 'atom'; raw: string; term: Term };
/** What a glob is made of: terms that never match `/`, stars, slashes, and groups of alternatives. */
type Flat = Term | '*' | '/';
type Piece = Flat | Piece[][];
type Glob = {
  tokens: Token[];
  /** From the index of a `{` to that of its `}`. */
  closing: Map<number, number>;
  ignoreCase: boolean;
  refused: string | undefined;
};

/** The index of the `]` of the class that opens at `open`, or -1. A `]` that comes first is a member. */
const classEnd = (chars: readonly string[], open: number): number => {
  let at = open + 1;
  if (chars[at] === '!' || chars[at] === '^') at += 1;
  if (chars[at] === ']') at += 1;
  while (at < chars.length && chars[at] !== ']') at += chars[at] === '\\' ? 2 : 1;
  return at < chars.length ? at : -1;
};

const pointOf = (char: string | undefined): number => char?.codePointAt(0) ?? 0;

type Member = { point: number; isDash: boolean };

const classMembers = (body: readonly string[]): Member[] => {
  const members: Member[] = [];
  for (let at = 0; at < body.length; at += 1) {
    const escaped = body[at] === '\\';
    if (escaped) at += 1;
    members.push({ point: pointOf(body[at]), isDash: body[at] === '-' && !escaped });
  }
  return members;
};

/** A range that runs backwards is its three characters, so that `[user-id]` is no mistake. */
const classRanges = (members: readonly Member[]): Range[] => {
  const ranges: Range[] = [];
  for (let at = 0; at < members.length; at += 1) {
    const low = members[at]?.point ?? 0;
    const high = members[at + 1]?.isDash ? (members[at + 2]?.point ?? -1) : -1;
    ranges.push([low, Math.max(low, high)]);
    if (high >= low) at += 2;
  }
  return ranges;
};

const SLASH: Range = [47, 47];

/** A class, or the very text of it: `app/[id]/**` holds the folder that is named `[id]`. */
const classTerm = (raw: readonly string[], ignoreCase: boolean): Term => {
  const negated = raw[1] === '!' || raw[1] === '^';
  const ranges = classRanges(classMembers(raw.slice(negated ? 2 : 1, -1)));
  const outside = [...invertRanges(ranges), SLASH];
  const members = negated
    ? charsOf([...ranges, SLASH], ignoreCase, true)
    : charsOf(invertRanges(outside), ignoreCase);
  return raw.includes('/') ? members : union([members, literalOf(raw.join(''), ignoreCase)]);
};

const SPECIAL = ['*', '/', '{', ',', '}'] as const;

const tokenise = (text: string, ignoreCase: boolean): Token[] => {
  const chars = Array.from(text);
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? '';
    const close = char === '[' ? classEnd(chars, at) : -1;
    const escaped = char === '\\' ? chars[at + 1] : undefined;
    const term = (): Term => {
      if (close > 0) return classTerm(chars.slice(at, close + 1), ignoreCase);
      if (char === '?') return charsOf([SLASH], ignoreCase, true);
      return literalOf(escaped ?? char, ignoreCase);
    };
    const kind = escaped === '/' ? '/' : (SPECIAL.find((special) => special === char) ?? 'atom');
    tokens.push({ kind, raw: escaped === undefined ? char : `\\${escaped}`, term: term() });
    if (close > 0) at = close;
    else if (escaped !== undefined) at += 1;
  }
  return tokens;
};

const matchBraces = (glob: Glob): void => {
  const open: number[] = [];
  glob.tokens.forEach(({ kind }, at) => {
    if (kind === '{') open.push(at);
    const from = kind === '}' ? open.pop() : undefined;
    if (from !== undefined) glob.closing.set(from, at);
    if (open.length > MAX_DEPTH) glob.refused = `braces are nested more than ${MAX_DEPTH} deep`;
  });
};

const numberRange = (low: string, high: string): string[] => {
  const [from, to] = [Number(low), Number(high)].sort((a, b) => a - b) as [number, number];
  const isPadded = /^-?0\d/.test(low) || /^-?0\d/.test(high);
  const width = isPadded ? Math.max(low.length, high.length) : 0;
  return Array.from({ length: Math.min(to - from, MAX_RANGE) + 1 }, (_, index) => {
    const value = from + index;
    return value < 0 ? `-${`${-value}`.padStart(width - 1, '0')}` : `${value}`.padStart(width, '0');
  });
};

/** `{1..3}` and `{a..c}`: the alternatives of a group without a comma, if it is a range. */
const rangeTerm = (glob: Glob, inner: string): Term | undefined => {
  const numbers = /^(-?\d{1,9})\.\.(-?\d{1,9})$/.exec(inner);
  if (numbers !== null) {
    const texts = numberRange(numbers[1] ?? '', numbers[2] ?? '');
    if (texts.length > MAX_RANGE) glob.refused = `{${inner}} is more than ${MAX_RANGE} numbers`;
    return union(texts.map((text) => literalOf(text, glob.ignoreCase)));
  }
  const letters = /^([a-z])\.\.([a-z])$/i.exec(inner);
  if (letters === null) return undefined;
  const [low, high] = [pointOf(letters[1]), pointOf(letters[2])];
  return charsOf([[Math.min(low, high), Math.max(low, high)]], glob.ignoreCase);
};

const isTerm = (piece: Piece): piece is Term => typeof piece !== 'string' && !Array.isArray(piece);

/** The indexes of the commas that part the alternatives between two braces. */
const commasOf = (glob: Glob, open: number, close: number): number[] => {
  const commas: number[] = [];
  for (let at = open + 1; at < close; at += 1) {
    if (glob.tokens[at]?.kind === ',') commas.push(at);
    at = glob.closing.get(at) ?? at;
  }
  return commas;
};

const groupPieces = (glob: Glob, open: number, close: number): Piece[] => {
  const commas = commasOf(glob, open, close);
  if (commas.length === 0) {
    const inner = glob.tokens.slice(open + 1, close).map((token) => token.raw);
    const range = rangeTerm(glob, inner.join(''));
    if (range !== undefined) return [range];
    const brace = (char: string) => literalOf(char, glob.ignoreCase);
    return [brace('{'), ...piecesOf(glob, open + 1, close), brace('}')];
  }
  const bounds = [open, ...commas, close];
  const alternatives = commas
    .concat(close)
    .map((end, index) => piecesOf(glob, (bounds[index] ?? 0) + 1, end));
  // Without slashes, stars and empty alternatives a group is one term, whatever stands around it.
  const terms = alternatives.map((pieces) => pieces.filter(isTerm));
  const isPlain = terms.every(
    (list, index) => list.length > 0 && list.length === alternatives[index]?.length,
  );
  return isPlain ? [union(terms.map(concat))] : [alternatives];
};

const piecesOf = (glob: Glob, from: number, to: number): Piece[] => {
  const pieces: Piece[] = [];
  for (let at = from; at < to; at += 1) {
    const token = glob.tokens[at];
    const close = glob.closing.get(at);
    if (token === undefined) break;
    if (close !== undefined) {
      pieces.push(...groupPieces(glob, at, close));
      at = close;
    } else if (token.kind === '*' || token.kind === '/') pieces.push(token.kind);
    else pieces.push(token.term);
  }
  return pieces;
};

/**
 * Every line that the groups stand for, as a shell expands them: whether `**` is a whole segment is
 * only known there (`{src,test/x}/**`, `a{/**,}`).
 */
const expand = (glob: Glob, pieces: readonly Piece[]): Flat[][] => {
  let lines: Flat[][] = [[]];
  for (const piece of pieces) {
    if (!Array.isArray(piece)) {
      for (const line of lines) line.push(piece);
      continue;
    }
    const options = piece.flatMap((alternative) => (glob.refused ? [] : expand(glob, alternative)));
    if (lines.length * options.length > MAX_ALTERNATIVES) {
      glob.refused = `its braces stand for more than ${MAX_ALTERNATIVES} paths`;
      return [];
    }
    lines = lines.flatMap((line) => options.map((option) => [...line, ...option]));
  }
  return lines;
};

const STARS = repeat(NOT_SLASH);
const NAME = repeat(NOT_SLASH, 1);
const SEPARATOR = literalOf('/', false);
const BELOW = repeat(concat([SEPARATOR, NAME]));
const ABOVE = repeat(concat([NAME, SEPARATOR]));

/** A segment's term; undefined for `**`, any number of segments. */
const segmentTerm = (segment: readonly Flat[]): Term | undefined => {
  if (segment.some(isTerm)) {
    const single = segment.filter((flat, at) => flat !== '*' || segment[at - 1] !== '*');
    return concat(single.map((flat) => (isTerm(flat) ? flat : STARS)));
  }
  return segment.length === 1 ? NAME : undefined;
};

const splitSegments = (line: readonly Flat[]): Flat[][] => {
  const segments: Flat[][] = [[]];
  for (const flat of line) {
    if (flat === '/') segments.push([]);
    else segments.at(-1)?.push(flat);
  }
  const names = segments.filter((segment) => segment.length > 0);
  // A slash at the end means the folder, so everything in it, as it does in a literal.
  if (names.length > 0 && line.at(-1) === '/') names.push(['*', '*']);
  return names;
};

const lineTerm = (line: readonly Flat[]): Term[] => {
  const all = splitSegments(line).map(segmentTerm);
  const names = all.filter(
    (name, at) => at === 0 || name !== undefined || all[at - 1] !== undefined,
  );
  if (names.length === 0) return [];
  if (names.length === 1 && names[0] === undefined) return [concat([NAME, BELOW])];
  const parts = names.map((name, at) => {
    if (name === undefined) return at === 0 ? ABOVE : BELOW;
    return at === 0 || (at === 1 && names[0] === undefined) ? name : concat([SEPARATOR, name]);
  });
  return [concat(parts)];
};

/**
 * Compiles a glob, anchored at the root of the repository and matched against whole paths. `*` and
 * `?` match dots and never `/`; `**` as a segment is any number of segments, so `a/**` is also `a`.
 * With `ignoreCase` the automaton is for lower-cased paths.
 */
export const compileGlob = (text: string, ignoreCase = false): Compiled => {
  const tokens = tokenise(text, ignoreCase);
  const glob: Glob = { tokens, closing: new Map(), ignoreCase, refused: undefined };
  matchBraces(glob);
  if (glob.refused !== undefined) return { refused: glob.refused };
  const lines = expand(glob, piecesOf(glob, 0, tokens.length));
  if (glob.refused !== undefined) return { refused: glob.refused };
  const terms = lines.flatMap(lineTerm);
  return terms.length === 0 ? { refused: 'it names no path' } : buildAutomaton(union(terms));
};
