import { describeInstant, formatInstant, formatSpan } from '../kit/clock.ts';
import { printable, quoteForeign, quoteName } from '../kit/quote.ts';
import {
  type ApprovalRequest,
  type Conflict,
  type Denial,
  listWaysOut,
  type Obstacles,
  renderApproval,
  toScopes,
  type Waiter,
} from '../locks/index.ts';
import { fitNames, type Palette, quoteScope } from '../report/index.ts';

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

/** Scopes that one claim of somebody's is in the way of: five hundred files of one grant are one remark. */
const groupConflicts = (conflicts: readonly Conflict[]): [Conflict, ...Conflict[]][] => {
  const groups = new Map<string, [Conflict, ...Conflict[]]>();
  for (const conflict of conflicts) {
    const { grant, heldClaim } = conflict;
    const key = JSON.stringify([grant.file, heldClaim.scope, heldClaim.mode]);
    const group = groups.get(key);
    if (group) group.push(conflict);
    else groups.set(key, [conflict]);
  }
  return [...groups.values()];
};

const renderGroup = (
  group: readonly [Conflict, ...Conflict[]],
  now: number,
  palette: Palette,
): string => {
  const [{ grant, heldClaim }] = group;
  const { shown, rest } = fitNames(group.map(({ claim }) => printable(claim.scope)));
  const more = rest > 0 ? ` and ${rest} more` : '';
  const { task, worktree } = grant.about;
  const what = task === undefined ? '' : `, task ${quoteForeign(task)}`;
  const where = worktree === undefined ? '' : `, in ${quoteName(worktree)}`;
  const mode = heldClaim.mode === 'write' ? '' : ` (${heldClaim.mode})`;
  return [
    `  ${palette.strong(shown)}${more}`,
    `    ${quoteName(grant.holder)} holds ${quoteScope(heldClaim.scope)}${mode} until ${describeInstant(grant.expiresAt, now)}${what}${where}`,
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

/** More than these make a refusal that nobody reads; `leasehold conflicts` tells of each. */
const MAX_SHOWN = 2;

/** Each thing that is in the way, a few lines each; of many the first `max`, and how many others. */
export const renderObstacles = (
  { conflicts, ahead }: Obstacles,
  now: number,
  palette: Palette,
  max = MAX_SHOWN,
): string => {
  const lines = [
    ...groupConflicts(conflicts).map((group) => renderGroup(group, now, palette)),
    ...ahead.map((waiter) => `${renderWaiter(waiter, now, palette)}: it is their turn first`),
  ];
  const shown = lines.slice(0, max);
  const rest = lines.length - shown.length;
  const more = rest > 0 ? [`  and ${rest} more in the way: leasehold conflicts tells of each`] : [];
  return [...shown, ...more].join('\n');
};

const renderWaysOut = (obstacles: Obstacles, now: number, palette: Palette): string[] => [
  'ways out:',
  ...listWaysOut(obstacles, now).map((way) => `  - ${palette.runnable(way)}`),
];

/** Everything in the way, then the ways out. */
export const renderConflicts = (obstacles: Obstacles, now: number, palette: Palette): string =>
  [
    renderObstacles(obstacles, now, palette, Number.POSITIVE_INFINITY),
    ...renderWaysOut(obstacles, now, palette),
  ].join('\n');

/** A circle of holders, each of whom waits for the next. */
const renderCycle = (cycle: readonly string[]): string =>
  `A wait would never end: ${cycle.map(quoteName).join(' waits for ')}.`;

/** Why nothing was claimed, for people. */
export const renderDenial = (denial: Denial, now: number, palette: Palette): string =>
  [
    palette.bad('Denied: nothing was claimed.'),
    ...(denial.cycle ? [renderCycle(denial.cycle)] : []),
    // A circle takes a line of its own.
    renderObstacles(denial, now, palette, denial.cycle ? MAX_SHOWN - 1 : MAX_SHOWN),
    ...renderWaysOut(denial, now, palette),
  ].join('\n');

/** The same for `--json`. */
export const toDenialJson = (denial: Denial, now: number) => ({
  granted: false,
  ...toObstaclesJson(denial, now),
  ...(denial.cycle ? { cycle: denial.cycle } : {}),
});

/** What waits for an approval, of whomever; what nobody owns nobody can approve of. */
export const renderRequest = (request: ApprovalRequest, palette: Palette): string => {
  const { holder, claims, owners, url } = request;
  const scopes = claims.map(({ scope }) => palette.strong(printable(scope))).join('  ');
  if (owners.length === 0) {
    return `  ${quoteName(holder)}: ${scopes}, which nobody owns in CODEOWNERS: ${printable(url)}`;
  }
  return [
    `  ${quoteName(holder)}: ${scopes}, by ${owners.map(printable).join(', ')}: a comment on ${printable(url)} that says`,
    ...renderApproval(request)
      .split('\n')
      .map((line) => `    ${printable(line)}`),
  ].join('\n');
};

/** The same for `--json`. */
export const toRequestJson = (request: ApprovalRequest) => ({
  holder: request.holder,
  scopes: toScopes(request.claims),
  owners: request.owners,
  url: request.url,
  approval: renderApproval(request),
});

/** Whose approval a claim waits for, where they give it, and by which words. */
export const renderAwaiting = (
  awaiting: { owners: readonly string[]; url: string | null | undefined; approval: string },
  palette: Palette,
): string => {
  const { owners, url, approval } = awaiting;
  const where = url === null || url === undefined ? '' : ` on ${printable(url)}`;
  return [
    `${palette.warn('Waiting for approval')} by ${owners.map(printable).join(', ')}: a comment${where} that says`,
    ...approval.split('\n').map((line) => `  ${printable(line)}`),
    'once it is there: the same claim again; or wait for it with --wait',
  ].join('\n');
};
