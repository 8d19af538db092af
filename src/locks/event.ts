import { formatInstant } from '../kit/clock.ts';
import type { Claim, Grant, Mode } from './grant.ts';

/** What can happen to a grant. */
export type EventKind = 'claimed' | 'denied' | 'renewed' | 'released' | 'expired' | 'taken-over';

/** One line of the log, as it is written and as `leasehold log --json` prints it. */
export type LogEvent = {
  time: string;
  event: EventKind;
  holder: string;
  grant: string;
  token?: number;
  scopes: { scope: string; mode: Mode }[];
  /** Who did it, where it was not the holder. */
  by?: string;
};

/** A claim without its compiled form, for JSON. */
export const toScopes = (claims: readonly Claim[]): LogEvent['scopes'] =>
  claims.map(({ scope, mode }) => ({ scope, mode }));

/** The event that `kind` happened to `grant` at `now`. */
export const createEvent = (kind: EventKind, grant: Grant, now: number, by?: string): LogEvent => ({
  time: formatInstant(now),
  event: kind,
  holder: grant.holder,
  grant: grant.id,
  ...(grant.token === undefined ? {} : { token: grant.token }),
  scopes: toScopes(grant.claims),
  ...(by === undefined ? {} : { by }),
});

/** A line of the log → an event; undefined for a torn or foreign line. */
export const parseEvent = (line: string): LogEvent | undefined => {
  try {
    const json: unknown = JSON.parse(line);
    return isEvent(json) ? json : undefined;
  } catch {
    return undefined;
  }
};

const isEvent = (json: unknown): json is LogEvent => {
  const event = json as Partial<Record<keyof LogEvent, unknown>> | null;
  if (typeof event !== 'object' || event === null) return false;
  const texts = [event.time, event.event, event.holder, event.grant, event.by ?? ''];
  return (
    texts.every((text) => typeof text === 'string') &&
    typeof (event.token ?? 0) === 'number' &&
    Array.isArray(event.scopes) &&
    event.scopes.every(isScope)
  );
};

const isScope = (json: unknown): boolean => {
  const scope = json as { scope?: unknown; mode?: unknown } | null;
  return typeof scope?.scope === 'string' && typeof scope.mode === 'string';
};
