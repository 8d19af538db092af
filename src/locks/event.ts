import { formatInstant } from '../kit/clock.ts';
import type { Claim, Grant, Mode } from './grant.ts';

/** What can happen to a grant. */
export type EventKind =
  | 'claimed'
  | 'denied'
  | 'renewed'
  | 'extended'
  | 'released'
  | 'expired'
  | 'taken-over'
  | 'forced'
  | 'asked'
  | 'bypassed';

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
  /** Why, in the words of whoever did it. */
  reason?: string;
  /** The holder's e-mail, where a grant begins: a commit made under it is told by it long after. */
  email?: string;
};

/** A claim without its compiled form, for JSON. */
export const toScopes = (claims: readonly Claim[]): LogEvent['scopes'] =>
  claims.map(({ scope, mode }) => ({ scope, mode }));

/** What an event is of: a grant, or what of it the event is about. */
type Affected = Pick<Grant, 'holder' | 'id' | 'token' | 'claims'> & Partial<Pick<Grant, 'about'>>;

const tellEmail = (kind: EventKind, { about }: Affected): Pick<LogEvent, 'email'> =>
  about?.email !== undefined && (kind === 'claimed' || kind === 'extended')
    ? { email: about.email }
    : {};

/** The event that `kind` happened to `grant` at `now`. */
export const createEvent = (
  kind: EventKind,
  grant: Affected,
  now: number,
  { by, reason }: { by?: string; reason?: string } = {},
): LogEvent => ({
  time: formatInstant(now),
  event: kind,
  holder: grant.holder,
  grant: grant.id,
  ...(grant.token === undefined ? {} : { token: grant.token }),
  scopes: toScopes(grant.claims),
  ...(by === undefined ? {} : { by }),
  ...(reason === undefined ? {} : { reason }),
  ...tellEmail(kind, grant),
});

/** What is ours of a line: what somebody added may be of any size and depth. */
const pickEvent = (line: LogEvent): LogEvent => {
  const { time, event, holder, grant, token, scopes, by, reason, email } = line;
  return {
    time,
    event,
    holder,
    grant,
    ...(token === undefined ? {} : { token }),
    scopes: scopes.map(({ scope, mode }) => ({ scope, mode })),
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
    ...(email === undefined ? {} : { email }),
  };
};

const parseWhole = (line: string): LogEvent | undefined => {
  try {
    const json: unknown = JSON.parse(line);
    return isEvent(json) ? pickEvent(json) : undefined;
  } catch {
    return undefined;
  }
};

/** How every line begins; inside a text its quotes would be escaped. */
const START = '{"time":';

/**
 * A line of the log → an event; undefined for a torn or foreign line. Behind a line that was torn, by a
 * crash or a full disk, the next one stands in the same line: it begins where the last event begins.
 */
export const parseEvent = (line: string): LogEvent | undefined =>
  parseWhole(line) ?? parseWhole(line.slice(Math.max(0, line.lastIndexOf(START))));

const isEvent = (json: unknown): json is LogEvent => {
  const event = json as Partial<Record<keyof LogEvent, unknown>> | null;
  if (typeof event !== 'object' || event === null) return false;
  const texts = [
    event.time,
    event.event,
    event.holder,
    event.grant,
    event.by ?? '',
    event.reason ?? '',
    event.email ?? '',
  ];
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
