import { hashKey, hashPlaces } from '../kit/key-table.ts';
import type { DialectName } from './dialect.ts';
import { isGlobstar, readShape, type Segment } from './pattern.ts';

/** What the key of a place begins with. */
const PLACE = 'in';

/** The key of rules that any path may be covered by. */
const ANYWHERE = '';

/** Letters beyond ASCII are compared in more than one way. */
const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);

/** The name that a segment without wildcards takes. */
const plainName = ([piece, ...others]: Segment): string | undefined =>
  typeof piece === 'string' && others.length === 0 ? piece : undefined;

/** From the last dot on. */
const extensionOf = (name: string): string | undefined =>
  name.includes('.') ? name.slice(name.lastIndexOf('.')) : undefined;

const listPlainStart = (segments: readonly Segment[]): string[] => {
  const names = segments.map(plainName);
  const end = names.indexOf(undefined);
  return names.slice(0, end === -1 ? names.length : end).filter((name) => name !== undefined);
};

/** How each name ends that a segment takes. */
const endOf = (segment: Segment): string | undefined => {
  const last = segment.at(-1);
  return typeof last === 'string' ? extensionOf(last) : undefined;
};

/**
 * The key of a pattern, such that each path which it covers has it among its own: where it begins, a name
 * in it, or how one of its names ends. Undefined where it covers nothing. Of several the one that fewer paths
 * have: the top directory alone is shared by too many, and the last name is more often a file's.
 */
export const findRuleKey = (pattern: string, dialect: DialectName): string | undefined => {
  const shape = readShape(pattern, dialect);
  if (shape === null) return undefined;
  if (!isAscii(pattern)) return ANYWHERE;
  const start = listPlainStart(shape.segments);
  const segments = shape.segments.filter((segment) => !isGlobstar(segment));
  const names = segments.map(plainName).filter((plain) => plain !== undefined);
  const isFarDown = start.length > 1 || start.length === names.length;
  if (start.length > 0 && isFarDown) return `${PLACE} ${start.join('/')}`;
  const name = names.at(-1);
  if (name !== undefined) return `name ${name}`;
  const end = segments.map(endOf).find((extension) => extension !== undefined);
  return end === undefined ? ANYWHERE : `end ${end}`;
};

const nameOf = (place: string): string => place.slice(place.lastIndexOf('/') + 1);

/** The hashes of all keys of these paths; undefined where rules have to be looked at one by one. */
export const hashPathKeys = (paths: readonly string[]): ReadonlySet<number> | undefined => {
  if (!paths.every(isAscii)) return undefined;
  const places = hashPlaces(PLACE, paths);
  const others = new Set([ANYWHERE]);
  for (const place of places.keys()) {
    const name = nameOf(place);
    // Of a name without an extension it is a key that no rule has.
    others.add(`name ${name}`).add(`end ${extensionOf(name)}`);
  }
  return new Set([...places.values(), ...[...others].map(hashKey)]);
};
