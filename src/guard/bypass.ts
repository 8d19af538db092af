import type { Severity } from '../kit/config.ts';
import { printable, quoteForeign } from '../kit/quote.ts';
import { createEvent, type LogEvent } from '../locks/index.ts';
import type { Actor } from './actor.ts';
import type { Change } from './changes.ts';
import type { Finding } from './finding.ts';
import type { Policy } from './policy.ts';
import { RULES } from './rules.ts';

/** Where a person says why a commit is to pass. */
export const BYPASS_VARIABLE = 'LEASEHOLD_BYPASS';

const MAX_REASON = 200;

/** What people set a switch to: that it is on is no reason. */
const SWITCH = /^(?:\d*|true|yes|on|y)$/i;

/** The reason in one line; undefined where none was given. */
export const readReason = (given: string | undefined): string | undefined => {
  const line = printable((given ?? '').replace(/\s+/g, ' ').trim());
  return SWITCH.test(line) ? undefined : Array.from(line).slice(0, MAX_REASON).join('');
};

/** Whether a policy lets this actor through on their own word. */
export const mayBypass = (policy: Policy['bypass'] | undefined, actor: Actor): boolean =>
  policy === 'all' || (policy === 'people' && !actor.named);

/** Nobody's name: the record of a bypass is worth having all the same. */
const NOBODY = 'unknown';

type Bypassed = { actor: Actor; changes: readonly Change[]; reason: string; now: number };

/** The event of a bypass: who, why, and the paths that it was for. */
export const createBypassEvent = ({ actor, changes, reason, now }: Bypassed): LogEvent => ({
  ...createEvent(
    'bypassed',
    { holder: actor.holder ?? NOBODY, id: '', token: undefined, claims: [] },
    now,
    { reason },
  ),
  scopes: changes.map(({ path }) => ({ scope: path, mode: 'write' })),
  ...(actor.email === undefined ? {} : { email: actor.email }),
});

/** What a commit's word for itself is held against. */
export type Claimed = { bypass: string | undefined; email: string | undefined };

/**
 * The event behind a commit's `Lock-Bypass`: the same reason, the same person, and every path of the commit
 * among those that it was for. Without one the trailer is no bypass.
 */
export const findBypass = (
  { bypass, email }: Claimed,
  changes: readonly Change[],
  events: readonly LogEvent[],
): LogEvent | undefined => {
  if (bypass === undefined) return undefined;
  return events.findLast((event) => {
    if (event.event !== 'bypassed' || event.reason !== bypass || event.email !== email)
      return false;
    const paths = new Set(event.scopes.map(({ scope }) => scope));
    return changes.every(({ path }) => paths.has(path));
  });
};

const RULE = 'guard/bypassed';

/** What a bypass weighs where its commit is judged again: where it is made, whoever may is let through. */
export const weighBypass = ({ rules, mode }: Pick<Policy, 'rules' | 'mode'>): Severity => {
  const severity = rules[RULE] ?? RULES[RULE].person;
  return severity === 'error' && mode === 'warn' ? 'warn' : severity;
};

/** What stands against it, as warnings, behind the word that somebody let it through. */
export const soften = (
  findings: readonly Finding[],
  { reason = '' }: LogEvent,
  { path, severity }: { path: string; severity: Severity },
): Finding[] => {
  const softened = findings.map((finding): Finding => ({ ...finding, severity: 'warn' }));
  if (severity === 'off') return softened;
  const message = `let through by hand, reason ${quoteForeign(reason)}`;
  return [{ rule: RULE, severity, path, message, remedy: 'leasehold log' }, ...softened];
};
