import type { Automaton } from './automaton.ts';
import { holds } from './term.ts';

/** The states after one more code point. `seen` has the step at which a state was last tried. */
export const advance = (
  { enter, next }: Automaton,
  states: readonly number[],
  point: number,
  seen: Int32Array,
  step: number,
): number[] => {
  const reached: number[] = [];
  for (const state of states) {
    for (const target of next[state] ?? []) {
      if (seen[target] === step) continue;
      seen[target] = step;
      if (holds(enter[target] ?? [], point)) reached.push(target);
    }
  }
  return reached;
};

/** The states after a whole text. Each is tried once a code point, so nothing ever backtracks. */
const run = (automaton: Automaton, text: string): number[] => {
  const seen = new Int32Array(automaton.next.length);
  let states = [0];
  let step = 0;
  for (const char of text) {
    step += 1;
    states = advance(automaton, states, char.codePointAt(0) ?? 0, seen, step);
    if (states.length === 0) break;
  }
  return states;
};

/** True where the automaton matches the text from its first to its last code point. */
export const matchesWhole = (automaton: Automaton, text: string): boolean =>
  run(automaton, text).some((state) => automaton.final[state]);

/** True where the automaton can match the path or anything below it; `''` is the root of the repository. */
export const matchesBelow = (automaton: Automaton, path: string): boolean => {
  const leadsOn = (state: number) => automaton.next[state]?.length !== 0;
  if (path === '') return leadsOn(0);
  return matchesWhole(automaton, path) || run(automaton, `${path}/`).some(leadsOn);
};
