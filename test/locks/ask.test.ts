import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant } from '../../src/kit/clock.ts';
import { decideAnswered, decideAsk } from '../../src/locks/ask.ts';
import type { Ask } from '../../src/locks/ledger.ts';
import { askName, isAddressedTo } from '../../src/locks/mail.ts';
import { NOW } from '../kit/fake-clock.ts';
import { askOf, claimOn, grantOf, ledgerOf } from './build.ts';
import { createTestStore } from './store.ts';

const { file: _, ...ask } = askOf();

const decide = (asked: Ask = ask) => {
  const decision = decideAsk(asked, 'g1')(ledgerOf({ grants: [grantOf({ id: 'g1' })] }));
  if ('again' in decision) throw new Error('nothing was decided');
  return decision;
};

describe('an ask', () => {
  it('is left for its holder, as it was asked', () => {
    const { outcome, plan } = decide();
    expect({ outcome, left: plan?.ask }).toEqual({ outcome: ask, left: ask });
  });

  it('is told in the log of the grant that is meant, with who asks, for what and why', () => {
    expect(decide().plan?.events).toEqual([
      {
        time: formatInstant(NOW),
        event: 'asked',
        holder: 'codex',
        grant: 'g1',
        scopes: [{ scope: 'src/a.ts', mode: 'write' }],
        by: 'bob',
        reason: 'Could I have it for ten minutes?',
      },
    ]);
  });

  it('takes nothing from anybody, and gives nothing', () => {
    expect(Object.keys(decide().plan ?? {}).sort()).toEqual(['ask', 'events']);
  });
});

describe('an answer', () => {
  it('takes away the asks that were told, and tells nobody', () => {
    expect(decideAnswered(['one.json', 'two.json'])(ledgerOf())).toEqual({
      outcome: undefined,
      plan: { answered: ['one.json', 'two.json'], events: [] },
    });
  });
});

describe('in the embedded store', () => {
  it('an ask is there until it is answered, and others stay', async () => {
    const { store } = createTestStore();
    await store.change(decideAsk(ask, 'g1'));
    await store.change(decideAsk({ ...ask, id: 'ask-2', to: 'ann' }, 'g2'));
    const before = (await store.read()).asks;
    await store.change(decideAnswered([askName(ask)]));
    expect(before.map(({ to }) => to).sort()).toEqual(['ann', 'codex']);
    expect((await store.read()).asks.map(({ to }) => to)).toEqual(['ann']);
  });

  it('asks are told in the order in which they came', async () => {
    const { store } = createTestStore();
    for (const [id, at] of [
      ['a', NOW],
      ['b', NOW - 2],
      ['c', NOW - 1],
    ] as const) {
      await store.change(decideAsk({ ...ask, id, at }, 'g1'));
    }
    expect((await store.read()).asks.map(({ id }) => id)).toEqual(['b', 'c', 'a']);
  });

  it('whatever is asked, by whom and of whom, arrives as it was', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    const asks = fc.record({
      from: text,
      to: text,
      message: text,
      claim: fc.constantFrom('src/a.ts', 'docs/', 'glob:src/*.ts', '.').map((s) => claimOn(s)),
    });
    await fc.assert(
      fc.asyncProperty(asks, async (fields) => {
        const { store } = createTestStore();
        const asked = { ...ask, ...fields };
        await store.change(decideAsk(asked, 'g1'));
        expect((await store.read()).asks).toEqual([{ file: askName(asked), ...asked }]);
        expect(isAddressedTo(askName(asked), asked.to)).toBe(true);
      }),
    );
  });

  it('an ask for one holder is not addressed to another whose name begins alike', () => {
    const name = askName({ ...ask, to: 'codex/task-12' });
    expect(['codex', 'codex/task-1', 'codex/task-12'].map((to) => isAddressedTo(name, to))).toEqual(
      [false, false, true],
    );
  });
});
