import { describeInstant } from '../kit/clock.ts';
import { printable, quoteForeign, quoteName } from '../kit/quote.ts';
import {
  type ApprovalRequest,
  type Claim,
  findConflicts,
  isOurs,
  type Ledger,
  listActive,
  listExpired,
  precedes,
  type StoredGrant,
  scopesOverlap,
  toRecord,
  type Waiter,
} from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import { type Command, type Context, hasFlag, JSON_OPTION, printJson } from './command.ts';
import { renderRequest, renderWaiter, toRequestJson, toWaiterJson } from './conflict-text.ts';
import { parseTypedScopes } from './typed.ts';
import { openWorkspace } from './workspace.ts';

const touches = (grant: StoredGrant, asked: readonly Claim[]): boolean =>
  asked.length === 0 ||
  asked.some((claim) => grant.claims.some((held) => scopesOverlap(claim.compiled, held.compiled)));

const renderScopes = (grant: StoredGrant, { palette }: Context): string =>
  grant.claims
    .map(
      ({ scope, mode }) =>
        palette.strong(printable(scope)) + (mode === 'write' ? '' : ` (${mode})`),
    )
    .join('  ');

const renderGrant = (grant: StoredGrant, context: Context, now: number): string => {
  const { task, worktree, branch } = grant.about;
  const where = [
    branch === undefined ? '' : `branch ${printable(branch)}`,
    worktree === undefined ? '' : `in ${printable(worktree)}`,
  ].filter((part) => part !== '');
  const kind = isOurs(grant) ? '' : ' (written by hand)';
  return [
    `${context.palette.good(quoteName(grant.holder))} until ${describeInstant(grant.expiresAt, now)}${kind}`,
    `  ${renderScopes(grant, context)}`,
    ...(task === undefined ? [] : [`  task ${quoteForeign(task)}`]),
    context.palette.faint(
      `  grant ${printable(grant.id.slice(0, 8))}${where.length > 0 ? `, ${where.join(', ')}` : ''}`,
    ),
  ].join('\n');
};

/** Of those who want something the ones who want what is asked about. */
const selectWanting = <T extends { claims: readonly Claim[] }>(
  wanting: readonly T[],
  asked: readonly Claim[],
): readonly T[] =>
  wanting.filter(
    ({ claims }) =>
      asked.length === 0 ||
      asked.some((one) => claims.some((wanted) => scopesOverlap(one.compiled, wanted.compiled))),
  );

const listWaiting = (ledger: Ledger, asked: readonly Claim[]): readonly Waiter[] =>
  selectWanting(ledger.waiting, asked);

const listRequests = (ledger: Ledger, asked: readonly Claim[]): readonly ApprovalRequest[] =>
  selectWanting(ledger.requests ?? [], asked);

/** Pairs of active grants that conflict, which only hand-writing can bring about; the first of each binds. */
export const listContradictions = (ledger: Ledger): [StoredGrant, StoredGrant][] =>
  listActive(ledger).flatMap((first) => {
    const conflicts = findConflicts(ledger, first.holder, first.claims);
    return [...new Set(conflicts.map(({ grant }) => grant))]
      .filter((other) => precedes(first, other))
      .sort((a, b) => (a.file < b.file ? -1 : 1))
      .map((other): [StoredGrant, StoredGrant] => [first, other]);
  });

const printText = (context: Context, ledger: Ledger, asked: readonly Claim[]): void => {
  const { now } = ledger;
  const active = listActive(ledger).filter((grant) => touches(grant, asked));
  const expired = listExpired(ledger).filter((grant) => touches(grant, asked));
  if (active.length === 0)
    context.print(asked.length > 0 ? 'Nobody holds that.' : 'Nobody holds anything.');
  for (const grant of active) context.print(renderGrant(grant, context, now));
  if (expired.length > 0) context.print(context.palette.faint('expired (they bind nobody):'));
  for (const grant of expired) context.print(renderGrant(grant, context, now));
  const waiting = listWaiting(ledger, asked);
  if (waiting.length > 0) context.print('waiting:');
  for (const waiter of waiting) context.print(renderWaiter(waiter, now, context.palette));
  const requests = listRequests(ledger, asked);
  if (requests.length > 0) context.print('waiting for approval:');
  for (const request of requests) context.print(renderRequest(request, context.palette));
  for (const [binding, other] of listContradictions(ledger)) {
    context.tell(
      `${context.errorPalette.warn('warning:')} ${printable(binding.file)} and ${printable(other.file)} conflict; the first binds`,
    );
  }
  for (const { file, reason } of ledger.unreadable) {
    context.tell(
      `${context.errorPalette.bad('unreadable:')} ${printable(file)}: ${printable(reason)}; ${context.errorPalette.runnable('run: leasehold doctor --fix')}`,
    );
  }
};

const run: Command['run'] = async (context, words) => {
  const workspace = openWorkspace(context);
  const asked = parseTypedScopes(workspace, words.positionals, 'write');
  const ledger = await workspace.store.read();
  if (hasFlag(words, 'json')) {
    const requests = listRequests(ledger, asked);
    const select = (grants: readonly StoredGrant[]) =>
      grants.filter((grant) => touches(grant, asked)).map(toRecord);
    printJson(context, {
      version: JSON_VERSION,
      grants: select(listActive(ledger)),
      expired: select(listExpired(ledger)),
      unreadable: ledger.unreadable,
      waiting: listWaiting(ledger, asked).map(toWaiterJson),
      ...(requests.length > 0 ? { awaiting: requests.map(toRequestJson) } : {}),
    });
  } else printText(context, ledger, asked);
  return ledger.unreadable.length > 0 ? 2 : 0;
};

export const command: Command = {
  usage: 'leasehold status [PATH…]',
  about:
    'Who holds what, until when and where; expired and unreadable locks apart, and who waits. With PATH, what touches ' +
    'it. Exits with 2 where a lock file cannot be read, for then nobody can tell.',
  options: {
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold status', 'everything that is held'],
    ['leasehold status src/parser/', 'what touches a directory'],
  ],
  run,
};
