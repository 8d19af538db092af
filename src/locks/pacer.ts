import type { Clock } from '../kit/clock.ts';

/** How often a change is tried while others come first. */
export const MAX_ATTEMPTS = 60;
/** In milliseconds, as all that follows. */
const LEAST_PAUSE = 50;
const LONGEST_PAUSE = 3_000;
/** A pause grows with the attempts, up to so many times the double of what one takes. */
const MAX_FACTOR = 4;

/**
 * Spreads the attempts of those who come at once. Pauses are measured by what an attempt takes: on a slow line,
 * or a machine that has much to do, to come again at once would only slow down whoever is about to get in.
 */
export const createPacer = ({ clock, random }: { clock: Clock; random: () => number }) => {
  let [attempts, begun] = [0, clock.steady()];
  return {
    isOver: () => attempts >= MAX_ATTEMPTS,
    begin: (): void => {
      begun = clock.steady();
    },
    wait: async (): Promise<void> => {
      attempts += 1;
      const took = clock.steady() - begun;
      const span = 2 * took * Math.min(attempts, MAX_FACTOR);
      const longest = Math.min(LONGEST_PAUSE, Math.max(LEAST_PAUSE, span));
      await clock.pause(1 + random() * longest);
    },
  };
};
