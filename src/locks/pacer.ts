import type { Clock } from '../kit/clock.ts';

/** Whoever has lost so often, and tried for so long, gives up. */
const MAX_LOST = 60;
/** In milliseconds, as all that follows. */
const PATIENCE = 30_000;
const LEAST_PAUSE = 50;
const LONGEST_PAUSE = 3_000;
/** How many times as long as an attempt the first pause is at most, each later one half of that, and the last ones. */
const FIRST = 6;
const LAST = 2;

/**
 * How long whoever has lost so many attempts pauses, in milliseconds. Pauses are measured by what an attempt takes:
 * on a slow line, or a machine that has much to do, to come again at once would only slow down whoever is about
 * to get in. And they get shorter, so that of all who have lost whoever has lost the most is the first to come
 * again. `chance` is from 0 to 1, and spreads those who have lost together.
 */
export const choosePause = ({
  lost,
  took,
  chance,
}: {
  lost: number;
  took: number;
  chance: number;
}): number => {
  const span = took * Math.max(LAST, FIRST / 2 ** (lost - 1));
  return 1 + chance * Math.min(LONGEST_PAUSE, Math.max(LEAST_PAUSE, span));
};

/** Spreads the attempts of those who come at once. */
export const createPacer = ({ clock, random }: { clock: Clock; random: () => number }) => {
  const start = clock.steady();
  let [lost, begun] = [0, start];
  return {
    isOver: () => lost >= MAX_LOST && clock.steady() - start >= PATIENCE,
    lost: () => lost,
    begin: (): void => {
      begun = clock.steady();
    },
    wait: async (): Promise<void> => {
      lost += 1;
      await clock.pause(choosePause({ lost, took: clock.steady() - begun, chance: random() }));
    },
  };
};
