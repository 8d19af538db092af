import type { Clock } from '../../src/kit/clock.ts';

/** The instant at which tests begin: a Saturday afternoon, UTC. */
export const NOW = Date.parse('2026-01-17T15:30:00Z');

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A clock that only moves when it is told to, or when somebody sleeps on it. */
export type FakeClock = Clock & {
  advance: (milliseconds: number) => void;
  /** How long each sleep was. */
  slept: number[];
  /** What others do while somebody pauses; set by a test. */
  meanwhile: () => void | Promise<void>;
};

export const createFakeClock = (start = NOW): FakeClock => {
  let now = start;
  const slept: number[] = [];
  const clock: FakeClock = {
    meanwhile: () => undefined,
    now: () => now,
    steady: () => now,
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      now += milliseconds;
    },
    pause: async (milliseconds) => {
      slept.push(milliseconds);
      now += milliseconds;
      await clock.meanwhile();
    },
    advance: (milliseconds) => {
      now += milliseconds;
    },
    slept,
  };
  return clock;
};
