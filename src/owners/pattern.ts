/** A step that takes any one character but a slash (`?`). */
export const ANY = -1;
const STAR = -2;
/** The code point of `/`. */
export const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const ASTERISK = 0x2a;
const QUESTION_MARK = 0x3f;

/**
 * A pattern as a row of steps. State n is "n steps are taken"; state 0 is the root of the repository,
 * and the state after the last step is the match.
 */
export type Pattern = {
  /** What each step takes: a code point, or `ANY`. Never empty. */
  steps: number[];
  /** The states that may take further characters of the same segment: where a `*` stands. */
  stars: number[];
  /** The states that, once reached, may start again after every later slash: where a `**` stands. */
  globstars: number[];
  /** True where the matched path itself is covered. */
  self: boolean;
  /** True where everything below the matched path is covered. */
  below: boolean;
};

/** The segments of a pattern, each a row of code points, `ANY` and `STAR`; null where a backslash escapes nothing. */
const splitSegments = (pattern: string): number[][] | null => {
  let segment: number[] = [];
  const segments = [segment];
  let escaped = false;
  for (const char of pattern) {
    const point = char.codePointAt(0) ?? 0;
    if (point === BACKSLASH && !escaped) {
      escaped = true;
      continue;
    }
    // No file name holds a slash, so an escaped one separates as well.
    if (point === SLASH) {
      dropRepeatedGlobstar(segments);
      segment = [];
      segments.push(segment);
    } else {
      addAtom(segment, escaped ? point : readWildcard(point));
    }
    escaped = false;
  }
  return escaped ? null : segments;
};

const readWildcard = (point: number): number => {
  if (point === ASTERISK) return STAR;
  return point === QUESTION_MARK ? ANY : point;
};

/** Of a run of stars only three are kept: one, two and more than two differ, and a run may be endless. */
const addAtom = (segment: number[], atom: number): void => {
  const full = atom === STAR && [1, 2, 3].every((back) => segment[segment.length - back] === STAR);
  if (!full) segment.push(atom);
};

/** `**` twice in a row says no more than once. */
const dropRepeatedGlobstar = (segments: number[][]): void => {
  if (isGlobstar(segments.at(-1)) && isGlobstar(segments.at(-2))) segments.pop();
};

const GLOBSTAR = [STAR, STAR];
/** A lone `*` takes at least one character; this way no path with an empty segment is needed to tell. */
const LONE_STAR = [ANY, STAR];

const isGlobstar = (segment: number[] | undefined): boolean =>
  segment?.length === 2 && isLoneStar(segment);
const isLoneStar = (segment: number[]): boolean => segment.every((atom) => atom === STAR);

/** Turns segments, none of them empty, into steps. */
const layOut = (segments: number[][]): Pick<Pattern, 'steps' | 'stars' | 'globstars'> => {
  const steps: number[] = [];
  const stars: number[] = [];
  const globstars: number[] = [];
  for (const [index, segment] of segments.entries()) {
    // A globstar stands behind the slash before it, and the segment behind it starts right there.
    if (index > 0 && !isGlobstar(segments[index - 1])) steps.push(SLASH);
    if (isGlobstar(segment)) {
      globstars.push(steps.length);
      continue;
    }
    for (const atom of isLoneStar(segment) ? LONE_STAR : segment) {
      if (atom === STAR) stars.push(steps.length);
      else steps.push(atom);
    }
  }
  return { steps, stars, globstars };
};

/**
 * Reads one pattern of GitHub's dialect, in time linear in its length. Null where it can match no
 * path: `/`, an empty segment (`a//b`), a backslash that escapes nothing.
 */
export const compilePattern = (pattern: string): Pattern | null => {
  const segments = splitSegments(pattern);
  if (segments === null) return null;
  const directory = segments.at(-1)?.length === 0;
  if (directory) segments.pop();
  const anchored = segments.length > 1;
  if (anchored && segments[0]?.length === 0) segments.shift();
  const last = segments.at(-1);
  if (last === undefined || segments.some((segment) => segment.length === 0)) return null;

  const globstar = isGlobstar(last);
  // `a/**` needs something below `a`: one segment, whatever its name.
  if (globstar) segments.push([STAR]);
  if (!anchored) segments.unshift(GLOBSTAR);
  const childrenOnly = anchored && !directory && !globstar && isLoneStar(last);
  return { ...layOut(segments), self: !directory, below: !childrenOnly };
};
