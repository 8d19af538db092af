import type { DialectName } from './dialect.ts';
import { isGlobstar, readShape, type Segment } from './pattern.ts';

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
 * in it, or how one of its names ends. Undefined where it covers nothing.
 */
export const findRuleKey = (pattern: string, dialect: DialectName): string | undefined => {
  const shape = readShape(pattern, dialect);
  if (shape === null) return undefined;
  if (!isAscii(pattern)) return ANYWHERE;
  const start = listPlainStart(shape.segments);
  if (start.length > 0) return `in ${start.join('/')}`;
  const segments = shape.segments.filter((segment) => !isGlobstar(segment));
  const name = segments.map(plainName).find((plain) => plain !== undefined);
  if (name !== undefined) return `name ${name}`;
  const end = segments.map(endOf).find((extension) => extension !== undefined);
  return end === undefined ? ANYWHERE : `end ${end}`;
};

/** All keys of these paths; undefined where rules have to be looked at one by one. */
export const listPathKeys = (paths: readonly string[]): Set<string> | undefined => {
  if (!paths.every(isAscii)) return undefined;
  const keys = new Set([ANYWHERE]);
  for (const path of paths) {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const start = path.slice(0, end);
      // Whoever shares a directory shares all above it.
      if (keys.has(`in ${start}`)) break;
      const name = start.slice(start.lastIndexOf('/') + 1);
      keys.add(`in ${start}`).add(`name ${name}`);
      const extension = extensionOf(name);
      if (extension !== undefined) keys.add(`end ${extension}`);
    }
  }
  return keys;
};
