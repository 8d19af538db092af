import { describeInstant } from '../kit/clock.ts';
import { quoteName } from '../kit/quote.ts';
import type { Conflict } from './conflict.ts';
import type { Obstacles } from './queue.ts';

const describeWait = (
  conflicts: readonly Conflict[],
  now: number,
  cycle: readonly string[] | undefined,
): string => {
  // Whoever waits in a circle waits for what the one before them waits for.
  const waiting = cycle?.at(-2);
  if (waiting !== undefined) {
    return `release what ${quoteName(waiting)} waits for, then claim with --wait`;
  }
  if (conflicts.length === 0) return 'wait for your turn: claim with --wait';
  const last = Math.max(...conflicts.map(({ grant }) => grant.expiresAt));
  return `wait: claim with --wait; the last of these grants ends at ${describeInstant(last, now)}, or when it is released`;
};

const MAX_NAMES = 5;

const listNames = (names: readonly string[]): string => {
  const rest = names.length - MAX_NAMES;
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
};

/** The ways out of a conflict, one sentence each, for people and for agents. */
export const listWaysOut = ({ conflicts, ahead, cycle }: Obstacles, now: number): string[] => {
  if (conflicts.length + ahead.length === 0) return [];
  const blockers = [
    ...conflicts.map(({ grant }) => grant.holder),
    ...ahead.map((one) => one.holder),
  ];
  const holders = listNames([...new Set(blockers)].map(quoteName));
  return [
    describeWait(conflicts, now, cycle),
    'take another task, on paths that nobody holds',
    `ask ${holders} to release the path, or to take over your part of the work: leasehold ask PATH -m TEXT`,
    'split the directory: claim only the files that you need',
    'merge the tasks: let one holder do both',
  ];
};
