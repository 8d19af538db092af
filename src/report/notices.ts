import { scopeCommand } from '../guard/index.ts';
import { describeInstant, formatSpan } from '../kit/clock.ts';
import { printable, quoteForeign, quoteName } from '../kit/quote.ts';
import { type Claim, isOurs, type Notice } from '../locks/index.ts';
import type { Palette } from './palette.ts';
import { quoteScope } from './wording.ts';

type Told = { message: string; remedy: string };

/** More scopes than this make no line that anybody would read. */
const MAX_SCOPES = 5;

const showScopes = (claims: readonly Claim[]): string => {
  const shown = claims.slice(0, MAX_SCOPES).map(({ scope }) => printable(scope));
  const rest = claims.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join(' ');
};

const scopesOf = (claims: readonly Claim[]): string[] => claims.map(({ scope }) => scope);

const tellEnded = ({ note }: Notice & { kind: 'ended' }, now: number, prefix: string): Told => {
  const { grant, by, how, reason, taken } = note;
  const remedy = scopeCommand('claim', scopesOf(taken.length > 0 ? taken : grant.claims), prefix);
  if (how === 'forced') {
    const why = reason === undefined ? '' : `, reason ${quoteForeign(reason)}`;
    const what = showScopes(taken.length > 0 ? taken : grant.claims);
    return { message: `${quoteName(by)} ended your grant on ${what} by force${why}`, remedy };
  }
  return {
    message: `your grant on ${showScopes(grant.claims)} ran out at ${describeInstant(grant.expiresAt, now)}, and ${quoteName(by)} has taken ${showScopes(taken)} over`,
    remedy,
  };
};

/** One notice as a sentence and the command that answers it. */
const tellNotice = (notice: Notice, now: number, prefix: string): Told => {
  switch (notice.kind) {
    case 'ended':
      return tellEnded(notice, now, prefix);
    case 'expired': {
      const { claims, expiresAt, forced } = notice.grant;
      const how = forced
        ? `was ended by force by ${quoteName(forced.by)}, reason ${quoteForeign(forced.reason)}`
        : `ran out at ${describeInstant(expiresAt, now)}; nobody has taken it`;
      return {
        message: `your grant on ${showScopes(claims)} ${how}`,
        remedy: scopeCommand('claim', scopesOf(claims), prefix),
      };
    }
    case 'expiring':
      return {
        message: `your grant on ${showScopes(notice.grant.claims)} ends at ${describeInstant(notice.grant.expiresAt, now)}`,
        // One that was written by hand is named by its file, which may be anything; and it has no renewal.
        remedy: isOurs(notice.grant)
          ? `leasehold renew --grant ${notice.grant.id.slice(0, 8)}`
          : scopeCommand('claim', scopesOf(notice.grant.claims), prefix),
      };
    case 'asked':
      return {
        message: `${quoteName(notice.ask.from)} asks you for ${quoteScope(notice.ask.claim.scope)}: ${quoteForeign(notice.ask.message)}`,
        remedy: notice.claim
          ? scopeCommand('release', [notice.claim.scope], prefix)
          : 'you hold it no longer',
      };
    case 'waited-for':
      return {
        message: `${quoteName(notice.waiter.holder)} has waited ${formatSpan(now - notice.waiter.since)} for ${printable(notice.claim.scope)}, which you hold`,
        remedy: scopeCommand('release', [notice.claim.scope], prefix),
      };
  }
};

/** What a holder is to be told, one notice a line and its remedy below. */
export const renderNotices = (
  notices: readonly Notice[],
  at: { now: number; prefix: string },
  palette: Palette,
): string =>
  notices
    .map((notice) => tellNotice(notice, at.now, at.prefix))
    .map(
      ({ message, remedy }) =>
        `${palette.warn('note:')} ${message}\n  ${palette.faint(palette.runnable(printable(remedy)))}`,
    )
    .join('\n');
