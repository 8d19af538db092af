import { isGlobstar, isLoneStar, type Segment, type Shape, STAR } from './pattern.ts';
import type { PathTest } from './walk.ts';

const namesOf = (segments: readonly Segment[]): string[] | undefined => {
  const names = segments.map(([piece, ...others]) => (others.length === 0 ? piece : undefined));
  return names.every((name) => typeof name === 'string') ? (names as string[]) : undefined;
};

/** How a name ends that may begin in any way; not with half a character, which a search finds in whole ones. */
const endOf = ([first, last, ...others]: Segment): string | undefined => {
  const isEnd = first === STAR && typeof last === 'string' && others.length === 0;
  return isEnd && !/^[\udc00-\udfff]/.test(last) ? last : undefined;
};

/** Paths that end in a text, and those that have it before a slash. */
const testEnd = (text: string, { self, below }: Shape): PathTest => {
  const inside = `${text}/`;
  return (path) => {
    const rooted = `/${path}`;
    return (self && rooted.endsWith(text)) || (below && rooted.includes(inside));
  };
};

const testStart = (text: string, { self, below }: Shape): PathTest => {
  const inside = `${text}/`;
  return (path) => (self && path === text) || (below && path.startsWith(inside));
};

const testAny =
  ({ self, below }: Shape): PathTest =>
  (path) =>
    self || (below && path.includes('/'));

/**
 * The test of a shape that one native search answers, as those of most rules: a place, a name anywhere, an
 * ending, or everything; null for all others, which have to be walked.
 */
export const createPlainTest = (shape: Shape): PathTest | null => {
  const [first, second, ...others] = shape.segments;
  const start = namesOf(shape.segments);
  if (start) return testStart(start.join('/'), shape);
  if (!first || !second || !isGlobstar(first)) return null;
  const names = namesOf(shape.segments.slice(1));
  if (names) return testEnd(`/${names.join('/')}`, shape);
  if (others.length > 0) return null;
  if (isLoneStar(second)) return isGlobstar(second) ? null : testAny(shape);
  const end = endOf(second);
  return end === undefined ? null : testEnd(end, shape);
};
