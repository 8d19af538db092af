import type { EventKind, LogEvent } from './event.ts';
import { type Claim, compileClaim, isOurs, type Mode } from './grant.ts';
import type { Ledger, StoredGrant } from './ledger.ts';
import { type TableRule, withTables } from './tables.ts';

/** A grant as it stood under one of its tokens, whether or not it is still there. */
export type PastGrant = StoredGrant & { token: number };

/** Every grant that the ledger and its log know of, by what a commit can say of it. */
export type History = {
  /** What the grant held when it had this token; undefined where it never had it. */
  find(id: string, token: number): PastGrant | undefined;
  /** Grants with a later token than this one. */
  listLater(token: number): PastGrant[];
  /** True for the name or the e-mail of whoever has had a grant here. */
  knows(who: string | undefined): boolean;
};

/** Events that tell what a grant holds from then on, and those that give it a new token and nothing more to hold. */
const MORE: readonly EventKind[] = ['claimed', 'extended'];
const NO_MORE: readonly EventKind[] = ['renewed', 'released', 'forced'];

const isOneOf =
  (kinds: readonly EventKind[]) =>
  ({ event, token }: LogEvent): boolean =>
    token !== undefined && kinds.includes(event);

const MODES: readonly string[] = ['read', 'write', 'doc-write'] satisfies Mode[];

const readClaims = (scopes: LogEvent['scopes'], rule: TableRule): Claim[] =>
  scopes
    .filter(({ mode }) => MODES.includes(mode))
    .map(({ scope, mode }) => compileClaim(scope, mode, withTables(rule, undefined)))
    .filter((claim): claim is Claim => !('refused' in claim));

const fromEvent = (event: LogEvent, rule: TableRule): PastGrant => {
  const at = Date.parse(event.time);
  return {
    holder: event.holder,
    id: event.grant,
    rev: 0,
    token: event.token ?? 0,
    lockedAt: at,
    // The log does not say until when; what has ended is asked only for what it was.
    expiresAt: at,
    claims: MORE.includes(event.event) ? readClaims(event.scopes, rule) : [],
    about: event.email === undefined ? {} : { email: event.email },
    file: '',
  };
};

/** One grant under one token: what the log says it began with, and what is on disk. */
const merge = (known: PastGrant | undefined, more: PastGrant): PastGrant => {
  if (!known) return more;
  const claims = [...known.claims, ...more.claims];
  const about = { ...known.about, ...more.about };
  return { ...known, ...more, claims, about, lockedAt: known.lockedAt };
};

/**
 * The history of a clone's grants: the records that are on disk, and what the log tells of those that are
 * not. Tokens grow over all grants; a grant draws a new one with each of its records, and keeps what it had.
 */
export const createHistory = (ledger: Ledger, events: readonly LogEvent[]): History => {
  const byId = new Map<string, Map<number, PastGrant>>();
  const add = (grant: PastGrant): void => {
    const tokens = byId.get(grant.id) ?? new Map<number, PastGrant>();
    tokens.set(grant.token, merge(tokens.get(grant.token), grant));
    byId.set(grant.id, tokens);
  };
  for (const event of events.filter(isOneOf(MORE))) add(fromEvent(event, ledger.rule));
  const records = [
    ...ledger.ended.map(({ grant }) => grant),
    ...ledger.superseded,
    ...ledger.grants,
  ];
  for (const grant of records.filter(isOurs)) add({ ...grant, token: grant.token ?? 0 });
  for (const event of events.filter(isOneOf(NO_MORE))) {
    const known = byId.get(event.grant);
    // Of a grant whose beginning is lost nobody can say what it held.
    if (known && !known.has(event.token ?? 0)) add(fromEvent(event, ledger.rule));
  }
  const find: History['find'] = (id, token) => {
    const tokens = byId.get(id);
    const named = tokens?.get(token);
    if (!tokens || !named) return undefined;
    const all = [...tokens.values()];
    const before = all.filter((grant) => grant.token < token);
    // What others may read has the e-mail once the repository's history has it, under a later token perhaps.
    const email = all.map(({ about }) => about.email).find((known) => known !== undefined);
    const about = email === undefined ? named.about : { email, ...named.about };
    const claims = [...before.flatMap((grant) => grant.claims), ...named.claims];
    return { ...named, about, claims };
  };
  const listLater: History['listLater'] = (token) =>
    [...byId.values()].flatMap((tokens) =>
      [...tokens.values()].filter((grant) => grant.token > token),
    );
  const all = [...byId.values()].flatMap((tokens) => [...tokens.values()]);
  const known = new Set(all.flatMap(({ holder, about }) => [holder, about.email]));
  return { find, listLater, knows: (who) => who !== undefined && known.has(who) };
};
