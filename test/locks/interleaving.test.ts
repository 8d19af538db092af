import { describe, expect, it } from 'vitest';
import * as locks from '../../src/locks/index.ts';
import { type Exploration, explore, type Scenario } from './explorer.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Engine } from './simulation.ts';
import { loadWeakened } from './weaken.ts';
import { WEAKNESSES } from './weaknesses.ts';

/** A short run by default; `npm run explore` goes on until all is gone through, and says how much that was. */
const ASKED = process.env.EXPLORE_STATES;
const BUDGET = Number(ASKED ?? 1_500);
/** Most of what can go wrong needs few preemptions: the short run goes through those first. */
const SHORT = { scenario: 2, weakness: 3 };
/** No weakness is found later than this in a short run. */
const BUDGET_OF_WEAKNESS = Math.max(BUDGET, 20_000);

const bound = (scenario: Scenario, preemptions: number): Scenario => {
  if (ASKED) return scenario;
  return { ...scenario, preemptions: Math.min(preemptions, scenario.preemptions ?? preemptions) };
};

const describeRun = (name: string, found: Exploration): string => {
  const { states, steps, ends, complete, violations } = found;
  const counts = `${name}: ${states} states, ${steps} steps, ${ends} ends`;
  if (violations.length > 0) return `${counts}, stopped: ${violations.join('; ')}`;
  return `${counts}, ${complete ? 'all of it' : 'cut off'}: no violation`;
};

type RunOptions = { engine: Engine; preemptions: number; budget: number };

const run = async (
  name: string,
  { engine = locks, preemptions = SHORT.scenario, budget = BUDGET }: Partial<RunOptions> = {},
): Promise<Exploration> => {
  const scenario = SCENARIOS[name];
  if (!scenario) throw new Error(name);
  const found = await explore(engine, bound(scenario, preemptions), budget);
  if (ASKED) console.log(describeRun(name, found));
  return found;
};

describe('the doorway, in every order of its calls', () => {
  it.each(Object.keys(SCENARIOS))(
    'lets no two holders in, loses nothing and tells nothing false: %s',
    async (name) => {
      const { violations, trace, states } = await run(name);
      expect(violations, trace.join('\n')).toEqual([]);
      expect(states).toBeGreaterThan(20);
    },
  );
});

describe('the explorer', () => {
  it.each(Object.keys(WEAKNESSES))('finds what is wrong with %s', async (name) => {
    const { scenario, pieces } = WEAKNESSES[name] ?? { scenario: '', pieces: [] };
    const engine = await loadWeakened(pieces);
    const options = { engine, preemptions: SHORT.weakness, budget: BUDGET_OF_WEAKNESS };
    const { violations, trace } = await run(scenario, options);
    if (ASKED) console.log(`${name}:\n  ${trace.join('\n  ')}`);
    expect(violations).not.toEqual([]);
  });
});
