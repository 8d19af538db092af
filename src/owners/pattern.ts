import type { DialectName } from './dialect.ts';

/** A step that takes any one character but a slash (`?`). */
export const ANY = -1;
/** No step: any characters but a slash (`*`). */
export const STAR = -2;
/** The code point of `/`. */
export const SLASH = 0x2f;

/** One character out of these ranges of code points or, where negated, any other; never a slash. */
export type CharClass = { negated: boolean; ranges: readonly (readonly [number, number])[] };

/** What takes one character: a code point, `ANY` or a class. */
export type Step = number | CharClass;

/** A run of plain text, `STAR`, or what takes one character. */
export type Piece = string | Step;

/** One name of a path; a name without wildcards is its only piece. */
export type Segment = readonly Piece[];

/** A pattern as the names of a path that it takes, one after the other; none of them is empty. */
export type Shape = {
  /** A `**` that stands for any number of directories is `GLOBSTAR`. */
  segments: readonly Segment[];
  /** True where the matched path itself is covered. */
  self: boolean;
  /** True where everything below the matched path is covered. */
  below: boolean;
};

/**
 * A pattern as a row of steps. State n is "n steps are taken"; state 0 is the root of the repository,
 * and the state after the last step is the match.
 */
export type Pattern = {
  /** Never empty. */
  steps: Step[];
  /** The states that may take further characters of the same segment: where a `*` stands. */
  stars: number[];
  /** The states that, once reached, may start again after every later slash: where a `**` stands. */
  globstars: number[];
  /** True where the matched path itself is covered. */
  self: boolean;
  /** True where everything below the matched path is covered. */
  below: boolean;
};

const GLOBSTAR: Segment = [STAR, STAR];
const LONE_STAR: Segment = [STAR];

/** True for `*`, and for any run of stars that is no globstar where it stands. */
export const isLoneStar = (segment: Segment): boolean =>
  segment.length > 0 && segment.every((piece) => piece === STAR);

export const isGlobstar = (segment: Segment | undefined): boolean =>
  segment?.length === 2 && isLoneStar(segment);

/** `**` twice in a row says no more than once. */
const addSegment = (segments: Segment[], segment: Segment): void => {
  if (!isGlobstar(segment) || !isGlobstar(segments.at(-1))) segments.push(segment);
};

/** In UTF-16 units, all classes of a pattern: each character of a path is looked up in each of them. */
const MAX_CLASSES = 256;

/** A class, closed by the first `]` that is not escaped; a `/` in it is a character like others. */
const CLASS = /^\[([!^]?)((?:\\[\s\S]|[^\\\]])*)\]/;

/** An escaped character, a run of stars, one other special character, or plain text. */
const TOKENS: Record<DialectName, RegExp> = {
  github: /\\[\s\S]?|\*+|[?/]|[^\\*?/]+/g,
  // A class that is never closed is all the rest, so that nothing is searched for its end twice.
  gitlab: /\\[\s\S]?|\*+|[?/]|\[(?:\\[\s\S]|[^\\\]])*\]|\[[\s\S]*|[^\\*?/[]+/g,
};

const readClass = (token: string): CharClass[] | null => {
  const [, negation, members] = CLASS.exec(token) ?? [];
  if (members === undefined) return null;
  const ranges = Array.from(
    members.matchAll(/\\?([\s\S])(?:-\\?([\s\S]))?/gu),
    ([, low = '', high = low]): [number, number] => [
      low.codePointAt(0) ?? 0,
      high.codePointAt(0) ?? 0,
    ],
  );
  return [{ negated: negation !== '', ranges }];
};

/** What a token other than a slash stands for; null where a backslash escapes nothing, or a class is never closed. */
const readToken = (token: string, dialect: DialectName): readonly Piece[] | null => {
  // Of a run of stars only three are kept: one, two and more than two differ, and a run may be endless.
  if (token.startsWith('*')) return [STAR, STAR, STAR].slice(0, token.length);
  if (token === '?') return [ANY];
  if (dialect === 'gitlab' && token.startsWith('[')) return readClass(token);
  if (token === '\\') return null;
  return [token.startsWith('\\') ? token.slice(1) : token];
};

const addPieces = (segment: Piece[], pieces: readonly Piece[]): void => {
  const last = segment.at(-1);
  const [first] = pieces;
  if (typeof last === 'string' && typeof first === 'string') {
    segment[segment.length - 1] = last + first;
  } else segment.push(...pieces);
};

/**
 * In UTF-16 units, runs of wildcards taken for one. No path that git can check out has more than 4,096
 * bytes, and four units of a pattern without classes take a byte at least.
 */
export const MAX_PATTERN = 16_384;

/** The same pattern without the wildcards that say nothing more: they may be endless. */
export const shortenPattern = (text: string): string =>
  /\*{4}|\*\/\*\*\//.test(text) && !/[\\[]/.test(text)
    ? text.replace(/\*{4,}/g, '***').replace(/(?<![^/])(?:\*\*\/){2,}/g, '**/')
    : text;

/** How much of a pattern stands in classes, in UTF-16 units. */
const measureClasses = (text: string): number =>
  (text.match(TOKENS.gitlab) ?? [])
    .filter((token) => token.startsWith('['))
    .reduce((length, token) => length + token.length, 0);

/** True for a pattern that is not read: longer than any path, or more of it in classes than each path is held against. */
export const isTooLong = (text: string, dialect: DialectName): boolean => {
  if (text.length <= MAX_CLASSES) return false;
  if (shortenPattern(text).length > MAX_PATTERN) return true;
  return dialect === 'gitlab' && measureClasses(text) > MAX_CLASSES;
};

/** The segments of a pattern; null where no path can be like it. */
const splitSegments = (text: string, dialect: DialectName): Segment[] | null => {
  if (text.length > MAX_PATTERN) return null;
  if (!/[\\*?[]/.test(text)) return text.split('/').map((name) => (name === '' ? [] : [name]));
  const segments: Segment[] = [];
  let segment: Piece[] = [];
  let classes = 0;
  for (const token of text.match(TOKENS[dialect]) ?? []) {
    // No file name holds a slash, so an escaped one separates as well.
    if (token === '/' || token === '\\/') {
      addSegment(segments, segment);
      segment = [];
      continue;
    }
    if (token.startsWith('[')) classes += token.length;
    const pieces = classes > MAX_CLASSES ? null : readToken(token, dialect);
    if (pieces === null) return null;
    addPieces(segment, pieces);
  }
  segments.push(segment);
  return segments;
};

/** A segment's steps and stars. A star that is alone takes at least one character, as no name is empty. */
const layOutName = (segment: Segment): Step[] =>
  isLoneStar(segment)
    ? [ANY, STAR]
    : segment.flatMap((piece) =>
        typeof piece === 'string'
          ? Array.from(piece, (char) => char.codePointAt(0) ?? ANY)
          : [piece],
      );

/** Turns segments into steps. */
export const layOut = (
  segments: readonly Segment[],
): Pick<Pattern, 'steps' | 'stars' | 'globstars'> => {
  const steps: Step[] = [];
  const stars: number[] = [];
  const globstars: number[] = [];
  for (const [index, segment] of segments.entries()) {
    // A globstar stands behind the slash before it, and the segment behind it starts right there.
    if (index > 0 && !isGlobstar(segments[index - 1])) steps.push(SLASH);
    if (isGlobstar(segment)) {
      globstars.push(steps.length);
      continue;
    }
    for (const step of layOutName(segment)) {
      if (step === STAR) stars.push(steps.length);
      else steps.push(step);
    }
  }
  return { steps, stars, globstars };
};

/** In any directory; two globstars in a row would say no more than one. */
const floatSegments = (segments: Segment[]): void => {
  if (!isGlobstar(segments[0])) segments.unshift(GLOBSTAR);
};

/** `a/` is a directory; without another slash a pattern floats; `a/*` has children alone; `a/**` has all below. */
const readGithub = (segments: Segment[]): Shape => {
  const directory = segments.at(-1)?.length === 0;
  if (directory) segments.pop();
  const anchored = segments.length > 1;
  if (anchored && segments[0]?.length === 0) segments.shift();
  const last = segments.at(-1) ?? [];
  const globstar = isGlobstar(last);
  // `a/**` needs something below `a`: one segment, whatever its name.
  if (globstar) {
    if (isGlobstar(segments.at(-2))) segments.pop();
    segments.push(LONE_STAR);
  }
  if (!anchored) floatSegments(segments);
  const childrenOnly = anchored && !directory && !globstar && isLoneStar(last);
  return { segments, self: !directory, below: !childrenOnly };
};

/** `/` at the start anchors; `a/` is all below `a`; a pattern without it is that one path; a last `**` is `*`. */
const readGitlab = (segments: Segment[]): Shape => {
  const anchored = segments.length > 1 && segments[0]?.length === 0;
  const directory = segments.at(-1)?.length === 0;
  if (directory) segments.pop();
  else if (isGlobstar(segments.at(-1))) segments.splice(-1, 1, LONE_STAR);
  if (anchored) segments.shift();
  else floatSegments(segments);
  // Behind a directory stand all paths below it, so a `**` there says nothing.
  while (directory && isGlobstar(segments.at(-1))) segments.pop();
  if (segments.length > 0) return { segments, self: !directory, below: directory };
  // All below the top is everything.
  return { segments: [GLOBSTAR, LONE_STAR], self: true, below: false };
};

/**
 * Reads one pattern, in time linear in its length. Null where it can match no path: an empty segment
 * (`a//b`), a backslash that escapes nothing, a class that is never closed; `/` for GitHub.
 */
export const readShape = (text: string, dialect: DialectName): Shape | null => {
  const segments = splitSegments(shortenPattern(text), dialect);
  if (segments === null) return null;
  const shape = dialect === 'gitlab' ? readGitlab(segments) : readGithub(segments);
  const isPath =
    shape.segments.every(({ length }) => length > 0) &&
    shape.segments.some((segment) => !isGlobstar(segment));
  return isPath ? shape : null;
};

/** A shape as steps. */
export const compileShape = ({ segments, self, below }: Shape): Pattern => ({
  ...layOut(segments),
  self,
  below,
});

/** The same of a pattern's text; null where it can match no path. */
export const compilePattern = (text: string, dialect: DialectName): Pattern | null => {
  const shape = readShape(text, dialect);
  return shape && compileShape(shape);
};
