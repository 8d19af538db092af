import { isWithin } from '../kit/paths.ts';
import { type Automaton, buildAutomaton } from './automaton.ts';
import { automatonContains } from './automaton-overlap.ts';
import { type CompiledScope, scopeCovers } from './scope.ts';
import { charsOf, concat, literalOf, NOTHING, repeat } from './term.ts';

const ANY_TEXT = repeat(charsOf([], false, true));

const languagesOf = ({ literal, below, automaton }: CompiledScope): Automaton[] => {
  if (literal === undefined) return automaton ? [automaton] : [];
  const rest = below ? repeat(concat([literalOf('/', false), ANY_TEXT]), 0, 1) : NOTHING;
  const spelled = literal === '' ? ANY_TEXT : concat([literalOf(literal, false), rest]);
  const tree = buildAutomaton(spelled);
  if ('refused' in tree) return [];
  return automaton ? [automaton, tree.automaton] : [tree.automaton];
};

/** True where `outer` covers all that `inner` covers; false where the patterns are too large to tell. */
export const containsScope = (outer: CompiledScope, inner: CompiledScope): boolean => {
  if (outer.scope.kind === inner.scope.kind && outer.scope.text === inner.scope.text) return true;
  if (inner.automaton === undefined && outer.automaton === undefined) {
    return isWithin(inner.literal ?? '', outer.literal ?? '');
  }
  // What is spelled out is covered as well, and one look at it tells nearly all that are not contained.
  if (inner.literal !== undefined && !scopeCovers(outer, inner.literal)) return false;
  const [wide, narrow] = [languagesOf(outer), languagesOf(inner)];
  return (
    narrow.length > 0 && narrow.every((one) => wide.some((other) => automatonContains(other, one)))
  );
};

/** Paths with nothing in common: whoever covers them all claims the repository. */
const PROBES = ['a', '.b', '0-1/2_3', 'x/y/.z/~', 'é é/q.w.e'];

/** True where a scope is as good as everything, which takes more than a plain claim. */
export const coversEverything = (compiled: CompiledScope): boolean =>
  PROBES.every((path) => scopeCovers(compiled, path));
