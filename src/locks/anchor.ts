import type { Automaton } from './automaton.ts';
import type { CompiledScope } from './scope.ts';

/** The text that everything begins with that an automaton matches. */
const commonStart = ({ enter, next, final }: Automaton): string => {
  let text = '';
  // Where no second way leads on and nothing may end, each state is another one than those before.
  for (let state = 0, steps = 0; !final[state] && steps < next.length; steps += 1) {
    const [target, ...others] = next[state] ?? [];
    const [chars, ...more] = enter[target ?? -1] ?? [];
    if (target === undefined || others.length > 0 || !chars || more.length > 0) break;
    if (chars[0] !== chars[1]) break;
    text += String.fromCodePoint(chars[0]);
    state = target;
  }
  return text;
};

const splitPath = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

/** The whole segments of what paths begin with. */
const splitStart = (start: string): string[] =>
  splitPath(start.slice(0, start.lastIndexOf('/') + 1));

/**
 * Where a scope begins in the tree of paths: the segments that every path which it covers begins with. A
 * literal's own, a pattern's up to the first one that is no plain text.
 */
export const anchorOf = ({ scope, literal, automaton }: CompiledScope): string[] => {
  if (literal === undefined) return automaton ? splitStart(commonStart(automaton)) : [];
  const segments = splitPath(literal);
  if (scope.kind === 'literal') return segments;
  const special = segments.findIndex((segment) => /[*?[{\\]/.test(segment));
  return special === -1 ? segments : segments.slice(0, special);
};
