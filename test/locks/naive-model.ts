import type { Mode } from '../../src/locks/grant.ts';

/**
 * The ledger as a child would keep it: a list of who has what until when, and every question answered by
 * going through all paths that there are. It knows nothing of automata, records, revisions on their way in
 * or plans. Each of its functions changes the model and tells what the answer has to be.
 */
export type Model = {
  now: number;
  held: Held[];
  tickets: Ticket[];
  /** Every grant that there ever was: its id, and whose it was. */
  known: { id: string; holder: string }[];
  /** The revision in which somebody last saw a grant. */
  seen: Map<string, number>;
  ticketCount: number;
};

export type Wanted = { scope: string; mode: Mode };
export type Held = { id: string; holder: string; claims: Wanted[]; until: number; rev: number };
export type Ticket = {
  id: string;
  holder: string;
  claims: Wanted[];
  since: number;
  until: number;
  beatAt: number;
};

/** Small enough to go through, and large enough to tell any two of the scopes apart. */
export const UNIVERSE = [
  ...['a', 'b', 'z', 'a/x', 'a/y', 'a/z', 'b/x', 'b/z', 'a/x/z', 'a/y/z', 'b/x/z', 'z/x'],
  ...['[ab]/x', '[ab]/x/z'],
];
export const SCOPES = [
  ...['.', 'a/', 'a/x', 'a/y', 'b', 'glob:a/*', 'glob:*/x', 'glob:**/z', 'glob:[ab]/x'],
];

const SECOND = 1_000;
const TICKET_LIFE = 10 * SECOND;
const LONGEST_OVERTAKING = 600 * SECOND;

const isBelow = (path: string, top: string): boolean =>
  top === '.' || path === top || path.startsWith(`${top}/`);

const segmentMatches = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name);

const globMatches = ([first, ...rest]: string[], names: string[]): boolean => {
  if (first === undefined) return names.length === 0;
  if (first === '**') {
    return Array.from({ length: names.length + 1 }).some((_, at) =>
      globMatches(rest, names.slice(at)),
    );
  }
  const [name, ...others] = names;
  return name !== undefined && segmentMatches(first, name) && globMatches(rest, others);
};

/** A glob without a star may also be the name of a folder. */
const covers = (scope: string, path: string): boolean => {
  const body = scope.replace(/^glob:/, '').replace(/\/$/, '');
  if (!scope.startsWith('glob:')) return isBelow(path, body);
  const isName = !body.includes('*') && isBelow(path, body);
  return isName || globMatches(body.split('/'), path.split('/'));
};

const COVERED = new Map(
  SCOPES.map((scope) => [scope, UNIVERSE.filter((path) => covers(scope, path))]),
);

/** All paths that a scope covers. */
export const pathsOf = (scope: string): string[] => COVERED.get(scope) ?? [];

export const meets = (a: string, b: string): boolean =>
  pathsOf(a).some((path) => pathsOf(b).includes(path));

export const isInside = (inner: string, outer: string): boolean =>
  pathsOf(inner).every((path) => pathsOf(outer).includes(path));

const isGivenBy = (wanted: Wanted, { scope, mode }: Wanted): boolean =>
  (mode !== 'read' || wanted.mode === 'read') && isInside(wanted.scope, scope);

const isGivenByAny = (wanted: Wanted, claims: readonly Wanted[]): boolean =>
  claims.some((claim) => isGivenBy(wanted, claim));

const clash = (a: readonly Wanted[], b: readonly Wanted[]): boolean =>
  a.some((x) => b.some((y) => (x.mode !== 'read' || y.mode !== 'read') && meets(x.scope, y.scope)));

export const createModel = (now: number): Model => ({
  now,
  held: [],
  tickets: [],
  known: [],
  seen: new Map(),
  ticketCount: 0,
});

const isActive = (model: Model, { until }: Held): boolean => model.now < until;

const listOwn = (model: Model, holder: string): Held[] =>
  model.held.filter((grant) => grant.holder === holder && isActive(model, grant));

/** What of this no single grant of the holder gives already. */
const listFresh = (model: Model, holder: string, claims: readonly Wanted[]): Wanted[] => {
  const own = listOwn(model, holder);
  return claims.filter((one) => !own.some((grant) => isGivenByAny(one, grant.claims)));
};

type Entrant = Omit<Ticket, 'beatAt'>;

const comesBefore = (a: Entrant, b: Entrant): boolean =>
  a.since < b.since || (a.since === b.since && a.id < b.id);

/** Those who wait and are there, first come first. */
export const listPresent = ({ tickets, now }: Model): Ticket[] =>
  tickets
    .filter(({ beatAt, until }) => now - beatAt < TICKET_LIFE && now < until)
    .sort((a, b) => (comesBefore(a, b) ? -1 : 1));

const isOvertaken = (model: Model, { since, until }: Entrant): boolean =>
  model.now - since < Math.min(LONGEST_OVERTAKING, (until - since) / 2);

/** Who is in somebody's way: those who hold it, and those before whom they may not have it. */
const listBlockers = (model: Model, self: Entrant, before: readonly Ticket[]): string[] => {
  const holders = model.held
    .filter((grant) => grant.holder !== self.holder && isActive(model, grant))
    .filter((grant) => clash(grant.claims, self.claims));
  const ahead = before
    .filter((other) => other.holder !== self.holder && clash(other.claims, self.claims))
    .filter(
      (other) =>
        !isOvertaken(model, other) ||
        listBlockers(model, other, listBefore(model, other)).length === 0,
    );
  return [...holders, ...ahead].map(({ holder }) => holder);
};

const listBefore = (model: Model, self: Entrant): Ticket[] =>
  listPresent(model).filter((other) => comesBefore(other, self));

/** Whom does whoever is in the way wait for, and so on: does it come back to who asks? */
const isCircle = (model: Model, self: Entrant, blockers: readonly string[]): boolean => {
  const reached = new Set(blockers);
  for (const holder of reached) {
    for (const other of listBefore(model, self).filter((ticket) => ticket.holder === holder)) {
      for (const next of listBlockers(model, other, listBefore(model, other))) reached.add(next);
    }
  }
  return reached.has(self.holder);
};

type Entry = { holder: string; claims: Wanted[]; ticket: Ticket | undefined };

const answerEntry = (model: Model, entry: Entry): 'granted' | 'waiting' | 'denied' => {
  const { holder, claims, ticket } = entry;
  const self = ticket
    ? { ...ticket, claims }
    : { id: '', holder, claims, since: model.now, until: model.now };
  const before = ticket ? listBefore(model, self) : listPresent(model);
  const blockers = listBlockers(model, self, before);
  if (blockers.length === 0) return 'granted';
  const waits = ticket && model.now < ticket.until && !isCircle(model, self, blockers);
  return waits ? 'waiting' : 'denied';
};

/** What ran out goes where another holder comes in; returns what went. */
const takeOver = (model: Model, holder: string, claims: readonly Wanted[]): string[] => {
  const isTaken = (grant: Held) =>
    grant.holder !== holder && !isActive(model, grant) && clash(grant.claims, claims);
  const taken = model.held.filter(isTaken).map(({ id }) => id);
  model.held = model.held.filter((grant) => !isTaken(grant));
  return taken;
};

const settleTicket = (model: Model, ticket: Ticket | undefined, isWaiting: boolean): void => {
  if (!ticket) return;
  model.tickets = model.tickets.filter(({ id }) => id !== ticket.id);
  if (isWaiting) model.tickets.push({ ...ticket, beatAt: model.now });
};

export type Claiming = Omit<Entry, 'ticket'> & {
  ttl: number;
  id: string;
  /** Wants a grant of its own, whatever the holder has. */
  separate: boolean;
  ticket?: Ticket;
};

/** `entered` is the grant that the store says it was, for a holder may have what they claim in several. */
export const claim = (
  model: Model,
  request: Claiming,
  entered: string | undefined,
): { answer: string; takenOver: string[] } => {
  const { holder, claims, ttl, id, separate, ticket } = request;
  const own = listOwn(model, holder);
  const until = model.now + ttl;
  const enough = separate
    ? []
    : own.filter((grant) => claims.every((one) => isGivenByAny(one, grant.claims)));
  const renewed = enough.find((grant) => grant.id === entered) ?? enough[0];
  if (renewed) {
    Object.assign(renewed, { until: Math.max(renewed.until, until), rev: renewed.rev + 1 });
    settleTicket(model, ticket, false);
    return { answer: 'renewed', takenOver: [] };
  }
  const fresh = listFresh(model, holder, claims);
  const answer = answerEntry(model, { holder, claims: fresh, ticket });
  settleTicket(model, ticket, answer === 'waiting');
  if (answer !== 'granted') return { answer, takenOver: [] };
  const takenOver = takeOver(model, holder, claims);
  const isReplaced = (grant: Held) =>
    grant.holder === holder &&
    !isActive(model, grant) &&
    grant.claims.every((one) => isGivenByAny(one, claims));
  model.held = model.held.filter((grant) => !isReplaced(grant));
  model.held.push({ id, holder, claims, until, rev: 1 });
  model.known.push({ id, holder });
  return { answer, takenOver };
};

const find = (model: Model, id: string, holder: string): Held | undefined =>
  model.held.find((grant) => grant.id === id && grant.holder === holder);

/** The holder's grant where it binds, else why there is nothing to be done with it. */
const findUsable = (model: Model, id: string, holder: string): Held | 'gone' | 'expired' => {
  const grant = find(model, id, holder);
  if (!grant) return 'gone';
  return isActive(model, grant) ? grant : 'expired';
};

export const renew = (model: Model, id: string, holder: string, ttl: number): string => {
  const grant = findUsable(model, id, holder);
  if (typeof grant === 'string') return grant;
  Object.assign(grant, { until: Math.max(grant.until, model.now + ttl), rev: grant.rev + 1 });
  return 'renewed';
};

export const extend = (
  model: Model,
  id: string,
  holder: string,
  claims: readonly Wanted[],
): { answer: string; takenOver: string[] } => {
  const grant = findUsable(model, id, holder);
  if (typeof grant === 'string') return { answer: grant, takenOver: [] };
  const added = claims.filter((one) => !isGivenByAny(one, grant.claims));
  if (added.length === 0) return { answer: 'granted', takenOver: [] };
  const fresh = listFresh(model, holder, added);
  const answer = answerEntry(model, { holder, claims: fresh, ticket: undefined });
  if (answer !== 'granted') return { answer, takenOver: [] };
  const kept = grant.claims.filter((one) => !isGivenByAny(one, added));
  Object.assign(grant, { claims: [...kept, ...added], rev: grant.rev + 1 });
  return { answer, takenOver: takeOver(model, holder, added) };
};

const end = (model: Model, { id }: Held): void => {
  model.held = model.held.filter((grant) => grant.id !== id);
};

const endPart = (grant: Held, given: readonly Wanted[]): void => {
  const claims = grant.claims.filter((one) => !given.includes(one));
  Object.assign(grant, { claims, rev: grant.rev + 1 });
};

export const release = (
  model: Model,
  id: string,
  holder: string,
  scope: string | undefined,
): string => {
  const grant = find(model, id, holder);
  if (!grant) return 'none';
  const given = grant.claims.filter((one) => scope === undefined || isInside(one.scope, scope));
  if (given.length === grant.claims.length) {
    end(model, grant);
    return 'all';
  }
  if (given.length === 0 || !isActive(model, grant)) return 'none';
  endPart(grant, given);
  return 'part';
};

/** Ends the grant as it was seen, or what of it meets the scope. */
export const force = (model: Model, id: string, scope: string | undefined): string => {
  const grant = model.held.find((held) => held.id === id);
  if (!grant) return 'gone';
  if (grant.rev !== model.seen.get(id)) return 'changed';
  const taken = grant.claims.filter((one) => scope === undefined || meets(one.scope, scope));
  if (taken.length === 0) return 'gone';
  if (taken.length === grant.claims.length || !isActive(model, grant)) {
    end(model, grant);
    return 'all';
  }
  endPart(grant, taken);
  return 'part';
};

/** Who may do what where, and until when: a line for each path of each claim. */
export const listRights = (model: Model): string[] =>
  model.held
    .filter((grant) => isActive(model, grant))
    .flatMap(({ holder, claims, until }) =>
      claims.flatMap(({ scope, mode }) =>
        pathsOf(scope).map((path) => `${path} ${mode} ${holder} ${until}`),
      ),
    );
