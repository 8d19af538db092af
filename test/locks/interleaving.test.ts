import { describe, expect, it } from 'vitest';
import * as locks from '../../src/locks/index.ts';
import { HOUR, MINUTE } from '../kit/fake-clock.ts';
import { claimOn } from './build.ts';
import { type Engine, type Exploration, explore, type Scenario, type Script } from './explorer.ts';
import { loadWeakened, type Weakness } from './weaken.ts';

const CLAIM = claimOn('src/');

/** `holder` claims `src/` under the grant id `g-<holder>`. */
const claim =
  (holder: string): Script =>
  async (engine, store) => {
    const id = `g-${holder}`;
    const request = { holder, claims: [CLAIM], ttl: HOUR, id, about: {} };
    const { outcome } = await store.change(engine.decideClaim(request));
    return { told: outcome.granted ? 'granted' : 'denied', id };
  };

/** `holder` renews its grant. */
const renew =
  (holder: string): Script =>
  async (engine, store) => {
    const { outcome } = await store.change(engine.decideRenew(`g-${holder}`, holder, HOUR));
    return { told: outcome.renewed ? 'renewed' : outcome.reason, id: `g-${holder}` };
  };

/** `holder` gives its grant back. */
const release =
  (holder: string): Script =>
  async (engine, store) => {
    const { outcome } = await store.change(engine.decideRelease(`g-${holder}`, holder));
    return { told: outcome.released === 'all' ? 'released' : 'gone', id: `g-${holder}` };
  };

const ANN_CLAIMS = { name: 'a', run: claim('ann') };
const BOB_CLAIMS = { name: 'b', run: claim('bob') };
const CYD_CLAIMS = { name: 'c', run: claim('cyd') };
const ANN_RENEWS = { name: 'r', run: renew('ann') };
const ANN_RENEWS_TOO = { name: 's', run: renew('ann') };
const ANN_RELEASES = { name: 'e', run: release('ann') };

/** Longer than a claim may be on its way in, and shorter than any grant lasts. */
const PAST_PENDING = 2 * MINUTE;
/** Longer than any grant lasts. */
const PAST_EXPIRY = 2 * HOUR;

const SCENARIOS: Record<string, Scenario> = {
  'two claims': { actors: [ANN_CLAIMS, BOB_CLAIMS], attempts: 1, jumps: 0, jump: 0, crashes: 0 },
  'two claims, one of which may be parked until it is taken for dead': {
    actors: [ANN_CLAIMS, BOB_CLAIMS],
    attempts: 1,
    jumps: 1,
    jump: PAST_PENDING,
    crashes: 0,
  },
  'two claims, one of which may die, over an expiry': {
    actors: [ANN_CLAIMS, BOB_CLAIMS],
    attempts: 1,
    jumps: 1,
    jump: PAST_EXPIRY,
    crashes: 1,
  },
  'a renewal and a claim, over an expiry': {
    prepare: claim('ann'),
    actors: [ANN_RENEWS, BOB_CLAIMS],
    attempts: 1,
    jumps: 1,
    jump: PAST_EXPIRY,
    crashes: 0,
  },
  'a renewal and a release': {
    prepare: claim('ann'),
    actors: [ANN_RENEWS, ANN_RELEASES],
    attempts: 1,
    jumps: 0,
    jump: 0,
    crashes: 0,
  },
  'two renewals of one grant': {
    prepare: claim('ann'),
    actors: [ANN_RENEWS, ANN_RENEWS_TOO],
    attempts: 1,
    jumps: 0,
    jump: 0,
    crashes: 0,
  },
  'three claims, with two preemptions': {
    actors: [ANN_CLAIMS, BOB_CLAIMS, CYD_CLAIMS],
    attempts: 1,
    jumps: 0,
    jump: 0,
    crashes: 0,
    preemptions: 2,
  },
};

/** A short run by default; `npm run explore` goes on until all is gone through, and says how much that was. */
const ASKED = process.env.EXPLORE_STATES;
const BUDGET = Number(ASKED ?? 9_000);

const describeRun = (name: string, found: Exploration): string => {
  const { states, steps, ends, complete, violations } = found;
  const extent = complete ? 'all of it' : 'cut off';
  const verdict = violations.join('; ') || 'no violation';
  return `${name}: ${states} states, ${steps} steps, ${ends} ends, ${extent}: ${verdict}`;
};

const run = async (name: string, engine: Engine = locks): Promise<Exploration> => {
  const scenario = SCENARIOS[name];
  if (!scenario) throw new Error(name);
  const found = await explore(engine, scenario, BUDGET);
  if (ASKED) console.log(describeRun(name, found));
  return found;
};

describe('the doorway, in every order of its calls', () => {
  it.each(Object.keys(SCENARIOS))(
    'lets no two holders in and tells nothing false: %s',
    async (name) => {
      const { violations, states } = await run(name);
      expect(violations).toEqual([]);
      expect(states).toBeGreaterThan(100);
    },
  );
});

const WEAKNESSES: Record<string, [scenario: string, ...Weakness[]]> = {
  'reading locks/ before claims/': [
    'two claims',
    {
      file: 'load.ts',
      from: 'const pending = io.files',
      to: 'const readAllPending = () => io.files',
    },
    {
      file: 'load.ts',
      from: '    pending,\n    unreadable',
      to: '    pending: readAllPending(),\n    unreadable',
    },
  ],
  'going past a claim that is on its way in': [
    'two claims',
    {
      file: 'claim.ts',
      from: 'if (listPendingInTheWay(ledger, request).some((pending) => pending.alive))',
      to: 'if (false)',
    },
    {
      file: 'entry.ts',
      from: 'clear: listPendingInTheWay(ledger, entry).map((pending) => pending.file),',
      to: 'clear: [],',
    },
  ],
  'ignoring a dead claim instead of unlinking it': [
    'two claims, one of which may be parked until it is taken for dead',
    {
      file: 'entry.ts',
      from: 'clear: listPendingInTheWay(ledger, entry).map((pending) => pending.file),',
      to: 'clear: [],',
    },
  ],
  'not looking again where a dead claim was gone already': [
    'two claims, one of which may be parked until it is taken for dead',
    { file: 'file-store.ts', from: 'if (!cleared || !enter(', to: 'if (!enter(' },
  ],
  'a release of one pass': [
    'a renewal and a release',
    {
      file: 'file-store.ts',
      from: 'if (ledger !== seen && pending.length + records.length === 0) return;',
      to: '',
    },
    {
      file: 'file-store.ts',
      from: '      records.map((record) => record.file),\n    );\n  }',
      to: '      records.map((record) => record.file),\n    );\n    return;\n  }',
    },
  ],
};

describe('the explorer', () => {
  it.each(Object.keys(WEAKNESSES))('finds what is wrong with %s', async (name) => {
    const [scenario = '', ...weaknesses] = WEAKNESSES[name] ?? [''];
    const { violations } = await run(scenario, await loadWeakened(weaknesses));
    expect(violations).not.toEqual([]);
  });
});
