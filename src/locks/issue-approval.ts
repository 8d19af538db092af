import { formatDuration, parseDuration } from '../kit/clock.ts';
import { printable } from '../kit/quote.ts';
import { containsAll } from './entry.ts';
import { readScopes, renderScopes } from './issue-scopes.ts';
import type { Approved } from './ledger.ts';
import type { TableRule } from './tables.ts';

const APPROVAL = /^\/approve[ \t]+(\S+)[ \t]+for[ \t]+(\S.*)$/;

/** What an owner says who approves of these claims. */
export const renderApproval = ({ holder, claims, ttl }: Approved): string =>
  `/approve ${formatDuration(ttl)} for ${printable(holder)}\n${renderScopes(claims)}`;

/**
 * What a comment approves of: how long, and for which holder, stands on the line of `/approve`, and the paths on
 * the lines below it, up to the first empty one. Undefined where it does not say what: nobody can tell then what
 * its author has seen.
 */
export const parseApproval = (text: string, rule: TableRule): Approved | undefined => {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const start = lines.findIndex((line) => APPROVAL.test(line));
  const [, duration = '', holder] = APPROVAL.exec(lines[start] ?? '') ?? [];
  const ttl = parseDuration(duration);
  if (holder === undefined || ttl === undefined) return undefined;
  const below = lines.slice(start + 1);
  const length = below.indexOf('');
  const scopes = readScopes(length === -1 ? below : below.slice(0, length), rule);
  return 'refused' in scopes ? undefined : { ...scopes, holder, ttl };
};

/** True for a comment that approves, and does not say of what: what stands right below would be that. */
export const isBareApproval = (text: string): boolean => {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.some((line, at) => line === '/approve' && (lines[at + 1] ?? '') === '');
};

/** True where an approval is of all these claims of just this holder, in no weaker mode, and for no less time. */
export const isApprovalOf = (approval: Approved, { holder, claims, ttl }: Approved): boolean =>
  holder === approval.holder && ttl <= approval.ttl && containsAll(approval.claims, claims);
