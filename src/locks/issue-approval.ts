import { formatDuration, parseDuration } from '../kit/clock.ts';
import { containsAll } from './entry.ts';
import type { Claim } from './grant.ts';
import { readScopes, renderScopes } from './issue-scopes.ts';
import type { Approval } from './ledger.ts';
import type { TableRule } from './tables.ts';

const APPROVAL = /^\/approve[ \t]+(\S.*)$/;

/** What an owner says who approves of these claims, for so many milliseconds at a time. */
export const renderApproval = (claims: readonly Claim[], ttl: number): string =>
  `/approve ${formatDuration(ttl)}\n${renderScopes(claims)}`;

/**
 * What a comment approves of: how long stands on the line of `/approve`, and the paths on the lines below it, up
 * to the first empty one. Undefined where it does not say what: nobody can tell then what its author has seen.
 */
export const parseApproval = (
  text: string,
  rule: TableRule,
): Omit<Approval, 'login'> | undefined => {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const start = lines.findIndex((line) => APPROVAL.test(line));
  if (start === -1) return undefined;
  const ttl = parseDuration((APPROVAL.exec(lines[start] ?? '')?.[1] ?? '').replace(/\s+/g, ''));
  const below = lines.slice(start + 1);
  const length = below.indexOf('');
  const scopes = readScopes(length === -1 ? below : below.slice(0, length), rule);
  return ttl === undefined || 'refused' in scopes ? undefined : { ...scopes, ttl };
};

/** True for a comment that approves, and does not say of what: what stands right below would be that. */
export const isBareApproval = (text: string): boolean => {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.some((line, at) => line === '/approve' && (lines[at + 1] ?? '') === '');
};

/** True where an approval is of all these claims, in no weaker mode, and for no less time. */
export const isApprovalOf = (
  approval: Omit<Approval, 'login'>,
  claims: readonly Claim[],
  ttl: number,
): boolean => ttl <= approval.ttl && containsAll(approval.claims, claims);
