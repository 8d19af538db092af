import { dirname, isAbsolute, join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { isWithin } from '../kit/paths.ts';
import { printable } from '../kit/quote.ts';
import {
  type Claim,
  compileClaim,
  compilePattern,
  type Mode,
  toRepoScope,
} from '../locks/index.ts';
import type { Context } from './command.ts';
import type { Workspace } from './workspace.ts';

const scopeRefused = (typed: string, reason: string): Undecided =>
  new Undecided(
    'scope-refused',
    `${JSON.stringify(typed)} cannot be claimed: ${reason}`,
    'leasehold claim --help',
  );

/**
 * A path as git would name its place: whoever types or stands below a link means what it leads to, and git
 * tracks nothing below one. What is not there yet lies below what is; what lies elsewhere is left as typed.
 */
const followLinks = (
  { context, repository: { top, prefix } }: Workspace,
  typed: string,
): string => {
  if (top === '' || typed === '' || /^(?:glob|regex):/.test(typed)) return typed;
  if (isAbsolute(typed) && context.findRealPath(typed) === top) return top;
  const path = isAbsolute(typed) ? typed : join(top, prefix, typed);
  const place = findOwnPlace(context, path);
  return place !== path && isWithin(place, top) ? place : typed;
};

/**
 * An absolute path, there or not, with the links above it followed; its last name is left as it is, unless a
 * slash says that a directory is meant.
 */
export const findOwnPlace = ({ findRealPath }: Context, path: string): string => {
  // A link that git tracks is a path of its own.
  const first = path.endsWith('/') ? path.slice(0, -1) : dirname(path);
  for (let above = first; ; above = dirname(above)) {
    const real = findRealPath(above);
    if (real !== undefined) return join(real, path.slice(above.length));
    if (above === dirname(above)) return path;
  }
};

/** What the user typed as scopes, relative to where they stand, in one mode each. */
export const parseTypedScopes = (
  workspace: Workspace,
  typed: readonly string[],
  mode: Mode,
): Claim[] => {
  const { repository, clone } = workspace;
  return typed.map((text) => {
    const scope = toRepoScope(followLinks(workspace, text), repository);
    if ('refused' in scope) throw scopeRefused(text, scope.refused);
    const claim = compileClaim(scope.text, mode, { ...clone.rule, compile: compilePattern });
    if ('refused' in claim) throw scopeRefused(text, claim.refused);
    return claim;
  });
};

/** A path that the user typed, relative to the repository's top. */
export const parseTypedPath = (workspace: Workspace, typed: string): string => {
  // A file may be called `glob:a`, and a path is never a pattern.
  const plain = /^(?:glob|regex):/.test(typed) ? `./${typed}` : typed;
  const path = toRepoScope(followLinks(workspace, plain), workspace.repository);
  // A scope keeps its `./` before a name that reads like a pattern; a path needs none.
  if (!('refused' in path)) return path.text.replace(/^\.\//, '');
  throw new Undecided(
    'usage',
    `${printable(typed)} is no path of this repository: ${path.refused}`,
    'give a path inside the repository',
  );
};
