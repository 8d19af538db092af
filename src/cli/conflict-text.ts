import { describeInstant, formatInstant } from '../kit/clock.ts';
import { printable, quoteForeign, quoteName } from '../kit/quote.ts';
import { type Conflict, listWaysOut } from '../locks/index.ts';
import type { Palette } from '../report/index.ts';

/** One conflict as `claim --json` and `conflicts --json` print it. */
export const toConflictJson = ({ claim, grant, heldClaim }: Conflict) => ({
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

/** Each conflict, then the ways out. */
export const renderConflicts = (
  conflicts: readonly Conflict[],
  now: number,
  palette: Palette,
): string =>
  [
    ...conflicts.map((conflict) => renderConflict(conflict, now, palette)),
    'ways out:',
    ...listWaysOut(conflicts, now).map((way) => `  - ${way}`),
  ].join('\n');
