import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choosePause, createPacer } from '../../src/locks/pacer.ts';
import { createFakeClock, SECOND } from '../kit/fake-clock.ts';

const chance = fc.double({ min: 0, max: 1, noNaN: true });
const took = fc.double({ min: 0, max: 60 * SECOND, noNaN: true });
const lost = fc.integer({ min: 1, max: 200 });

describe('the pause of whoever has lost an attempt', () => {
  it('is there, and never longer than three seconds', () => {
    fc.assert(
      fc.property(fc.record({ lost, took, chance }), (given) => {
        const pause = choosePause(given);
        expect(pause).toBeGreaterThanOrEqual(1);
        expect(pause).toBeLessThanOrEqual(3 * SECOND + 1);
      }),
    );
  });

  it('is no longer for having lost once more, and no shorter where an attempt takes longer', () => {
    fc.assert(
      fc.property(fc.record({ lost, took, chance }), took, (given, more) => {
        const pause = choosePause(given);
        expect(choosePause({ ...given, lost: given.lost + 1 })).toBeLessThanOrEqual(pause);
        expect(choosePause({ ...given, took: given.took + more })).toBeGreaterThanOrEqual(pause);
      }),
    );
  });

  it.each([50, 120, 400])(
    'lets whoever has lost four times go before whoever has lost once, four times of five: %d ms',
    (each) => {
      const chances = Array.from({ length: 100 }, (_, at) => (at + 0.5) / 100);
      const draws = chances.flatMap((mine) =>
        chances.map(
          (theirs) =>
            choosePause({ lost: 4, took: each, chance: mine }) <
            choosePause({ lost: 1, took: each, chance: theirs }),
        ),
      );
      expect(draws.filter(Boolean).length / draws.length).toBeGreaterThan(0.8);
    },
  );
});

/** In milliseconds: what an attempt takes, what it takes to fetch before it, and what each does between its changes. */
const [ATTEMPT, FETCH, BETWEEN] = [100, 45, 250];
const CHANGES = 20;

/** The same numbers for the same seed, from 0 to 1 (mulberry32). */
const createRandom = (seed: number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/**
 * Eight machines change one ref again and again, each by processes of its own. An attempt is made on what was there
 * when it began, and comes to be where that is so at its end. What the longest wait was, of the whole time.
 */
const race = (seed: number): number => {
  const random = createRandom(seed);
  const vary = (span: number) => span * (0.8 + 0.4 * random());
  const machines = Array.from({ length: 8 }, () => ({
    ...{ at: vary(ATTEMPT), since: 0, base: 0, lost: 0, left: CHANGES, isTrying: true },
  }));
  let [tip, now, longest] = [0, 0, 0];
  for (;;) {
    const [next] = machines.filter(({ left }) => left > 0).sort((one, two) => one.at - two.at);
    if (!next) return longest / now;
    now = next.at;
    if (!next.isTrying) {
      Object.assign(next, { isTrying: true, base: tip, at: now + vary(FETCH + ATTEMPT) });
    } else if (next.base !== tip) {
      next.lost += 1;
      const { lost } = next;
      const pause = choosePause({ lost, took: FETCH + ATTEMPT, chance: random() });
      Object.assign(next, { isTrying: false, at: now + pause });
    } else {
      tip += 1;
      longest = Math.max(longest, now - next.since);
      const since = now + vary(BETWEEN);
      const left = next.left - 1;
      Object.assign(next, { base: tip, lost: 0, left, since, at: since + vary(ATTEMPT) });
    }
  }
};

it('leaves nobody behind of eight that change one ref again and again', () => {
  const longest = Array.from({ length: 41 }, (_, seed) => race(seed)).sort((a, b) => a - b);
  // Where pauses get longer instead the median is a quarter of the whole time, and the longest near a half.
  expect(longest[20]).toBeLessThan(0.18);
  expect(longest.at(-1)).toBeLessThan(0.32);
});

it('gives up only after half a minute, and sixty attempts', async () => {
  const clock = createFakeClock();
  const pacer = createPacer({ clock, random: () => 0.5 });
  for (let attempt = 0; attempt < 60; attempt += 1) {
    expect(pacer.isOver()).toBe(false);
    pacer.begin();
    clock.advance(400);
    await pacer.wait();
  }
  expect([pacer.isOver(), pacer.lost()]).toEqual([true, 60]);
});
