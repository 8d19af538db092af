import { describeInstant, formatInstant, formatSpan } from '../kit/clock.ts';
import { printable, quoteForeign, quoteName } from '../kit/quote.ts';
import {
  type Conflict,
  type Denial,
  listWaysOut,
  type Obstacles,
  toScopes,
  type Waiter,
} from '../locks/index.ts';
import type { Palette } from '../report/index.ts';

/** One conflict as `claim --json` and `conflicts --json` print it. */
const toConflictJson = ({ claim, grant, heldClaim }: Conflict) => ({
  scope: claim.scope,
  mode: claim.mode,
  held_by: {
    holder: grant.holder,
    grant: grant.id,
    scope: heldClaim.scope,
    mode: heldClaim.mode,
    expires_at: formatInstant(grant.expiresAt),
    task_description: grant.about.task ?? null,
  },
});

/** A waiter as every `--json` prints one. */
export const toWaiterJson = ({ holder, claims, since, until, task }: Waiter) => ({
  holder,
  scopes: toScopes(claims),
  waiting_since: formatInstant(since),
  waiting_until: formatInstant(until),
  task_description: task ?? null,
});

/** What is in the way, and the ways out. */
export const toObstaclesJson = (obstacles: Obstacles, now: number) => ({
  conflicts: obstacles.conflicts.map(toConflictJson),
  ...(obstacles.ahead.length > 0 ? { ahead: obstacles.ahead.map(toWaiterJson) } : {}),
  ways_out: listWaysOut(obstacles, now),
});

const renderConflict = (
  { claim, grant, heldClaim }: Conflict,
  now: number,
  palette: Palette,
): string => {
  const task = grant.about.task === undefined ? '' : `, task ${quoteForeign(grant.about.task)}`;
  const where = grant.about.worktree === undefined ? '' : `, in ${printable(grant.about.worktree)}`;
  const mode = heldClaim.mode === 'write' ? '' : ` (${heldClaim.mode})`;
  return [
    `  ${palette.strong(printable(claim.scope))}`,
    `    ${quoteName(grant.holder)} holds ${printable(heldClaim.scope)}${mode} until ${describeInstant(grant.expiresAt, now)}${task}${where}`,
  ].join('\n');
};

/** Whoever waits, for what and since when. */
export const renderWaiter = (
  { holder, claims, since, task }: Waiter,
  now: number,
  palette: Palette,
): string => {
  const scopes = claims.map(({ scope }) => palette.strong(printable(scope))).join('  ');
  const what = task === undefined ? '' : `, task ${quoteForeign(task)}`;
  return `  ${quoteName(holder)} has waited ${formatSpan(now - since)} for ${scopes}${what}`;
};

/** Each thing that is in the way, a few lines each. */
export const renderObstacles = (
  { conflicts, ahead }: Obstacles,
  now: number,
  palette: Palette,
): string =>
  [
    ...conflicts.map((conflict) => renderConflict(conflict, now, palette)),
    ...ahead.map((waiter) => `${renderWaiter(waiter, now, palette)}: it is their turn first`),
  ].join('\n');

/** Everything in the way, then the ways out. */
export const renderConflicts = (obstacles: Obstacles, now: number, palette: Palette): string =>
  [
    renderObstacles(obstacles, now, palette),
    'ways out:',
    ...listWaysOut(obstacles, now).map((way) => `  - ${palette.runnable(way)}`),
  ].join('\n');

/** A circle of holders, each of whom waits for the next. */
const renderCycle = (cycle: readonly string[]): string =>
  `A wait would never end: ${cycle.map(quoteName).join(' waits for ')}.`;

/** Why nothing was claimed, for people. */
export const renderDenial = (denial: Denial, now: number, palette: Palette): string =>
  [
    palette.bad('Denied: nothing was claimed.'),
    ...(denial.cycle ? [renderCycle(denial.cycle)] : []),
    renderConflicts(denial, now, palette),
  ].join('\n');

/** The same for `--json`. */
export const toDenialJson = (denial: Denial, now: number) => ({
  granted: false,
  ...toObstaclesJson(denial, now),
  ...(denial.cycle ? { cycle: denial.cycle } : {}),
});
