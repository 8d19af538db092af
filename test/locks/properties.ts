import { dirname } from 'node:path';
import type { Actor, Stored, World } from './simulation.ts';
import { PLACES } from './store.ts';

/** What a process tells its user at its end. */
export type Report = {
  told: string;
  /** The grant that it tells of. */
  id?: string;
  /** What it says is held now, or, where it tells of an end, what was given up. */
  scopes?: readonly string[];
  /** Until when it says that is held. */
  until?: number;
  /** The revision that it made, or that it ended. */
  rev?: number;
  /** The grants that it was denied for, each with its scope that stands in the way. */
  because?: readonly { id: string; scope: string }[];
  /** Grants that a reader saw. */
  saw?: readonly Sighting[];
  /** Claims on their way in that a reader saw, by the ids of their grants. */
  sawPending?: readonly string[];
};

export type Sighting = {
  id: string;
  holder: string;
  writes: readonly string[];
  reads: readonly string[];
};

/** A record as its file has it, read by other code than the one under test. */
export type Entry = Sighting & {
  file: string;
  rev: number;
  token: number;
  expiresAt: number;
};

type Json = {
  agent: string;
  id: string;
  rev: number;
  token: number;
  expires_at: string;
  directories: string[];
  read: { directories: string[] };
};

const parsed = new WeakMap<Stored, Entry>();

const entryOf = (stored: Stored): Entry => {
  const known = parsed.get(stored);
  if (known) return known;
  const json = JSON.parse(stored.text) as Json;
  const entry: Entry = {
    file: stored.path.slice(dirname(stored.path).length + 1),
    holder: json.agent,
    id: json.id,
    rev: json.rev,
    token: json.token,
    expiresAt: Date.parse(json.expires_at),
    writes: json.directories,
    reads: json.read.directories,
  };
  parsed.set(stored, entry);
  return entry;
};

const entriesIn = ({ files }: World, directory: string): Entry[] =>
  files.filter(({ path }) => dirname(path) === directory).map(entryOf);

const scopesOf = ({ writes, reads }: Sighting): string[] => [...writes, ...reads];

/** No scope of a scenario lies in another one, so two meet where they are the same. */
const conflict = (a: Sighting, b: Sighting): boolean =>
  a.writes.some((scope) => scopesOf(b).includes(scope)) ||
  b.writes.some((scope) => a.reads.includes(scope));

/** What is held at one instant: of each grant the record with the highest revision, while it lasts. */
type Held = {
  /** Records that count, expired or not, by the id of their grant. */
  current: ReadonlyMap<string, Entry>;
  active: readonly Entry[];
  /** Ids of grants that are active, and of those that are on their way in or active. */
  activeIds: ReadonlySet<string>;
  presentIds: ReadonlySet<string>;
  fault: string | undefined;
};

const findTwoHolders = (held: readonly Sighting[]): string | undefined => {
  for (const one of held) {
    const other = held.find((grant) => grant.holder !== one.holder && conflict(one, grant));
    if (other) return `two holders at once: ${[one.holder, other.holder].sort().join(', ')}`;
  }
  return undefined;
};

const looks = new WeakMap<World, Held>();

export const lookAt = (world: World): Held => {
  const known = looks.get(world);
  if (known) return known;
  const current = new Map<string, Entry>();
  for (const entry of entriesIn(world, PLACES.locks)) {
    const other = current.get(entry.id);
    if (!other || other.rev < entry.rev) current.set(entry.id, entry);
  }
  const active = [...current.values()].filter(({ expiresAt }) => expiresAt > world.now);
  const activeIds = new Set(active.map(({ id }) => id));
  const pendingIds = entriesIn(world, PLACES.claims).map(({ id }) => id);
  const held: Held = {
    current,
    active,
    activeIds,
    presentIds: new Set([...activeIds, ...pendingIds]),
    fault: findTwoHolders(active),
  };
  looks.set(world, held);
  return held;
};

/** One process of a state, as far as the properties ask. */
export type Witness = { actor: Actor; died: boolean; report: Report | undefined };

const isEnd = ({ told }: Report): boolean => told === 'released' || told === 'ended by force';

const isPart = ({ told }: Report): boolean => told === 'given back in part';

/** What has been told to be given up: `<id> <scope>`, or `<id>` for a whole grant. */
const listGivenUp = (witnesses: readonly Witness[]): string[] =>
  witnesses.flatMap(({ report }) => {
    if (!report?.id) return [];
    const { id } = report;
    if (isEnd(report)) return [id, ...(report.scopes ?? []).map((scope) => `${id} ${scope}`)];
    return isPart(report) ? (report.scopes ?? []).map((scope) => `${id} ${scope}`) : [];
  });

/** A record that comes in must carry a higher token than all that were there before it and bind its scopes. */
const findEntryFault = (before: World, after: World): string | undefined => {
  const [added] = after.past.entered.filter((stored) => !before.past.entered.includes(stored));
  if (!added) return undefined;
  const entry = entryOf(added);
  const isOutrun = (other: Entry): boolean =>
    other.token >= entry.token &&
    (other.id === entry.id || (other.holder !== entry.holder && conflict(other, entry)));
  const earlier = before.past.entered.map(entryOf).find(isOutrun);
  if (!earlier) return undefined;
  return `${entry.file} came in with token ${entry.token} after ${earlier.file} with token ${earlier.token}`;
};

/** Of a grant that goes on, no earlier revision may count again. */
const findBackStep = (before: World, after: World): string | undefined => {
  const then = lookAt(before).current;
  const back = [...lookAt(after).current.values()].find(
    ({ id, rev }) => rev < (then.get(id)?.rev ?? 0),
  );
  return back && `${back.id} is back at revision ${back.rev}`;
};

/** What must be so at every instant, whatever has led to it. */
export const findStepFault = (
  before: World,
  after: World,
  witnesses: readonly Witness[],
): string | undefined => {
  const held = lookAt(after);
  if (held.fault) return held.fault;
  const fault =
    before === after ? undefined : (findEntryFault(before, after) ?? findBackStep(before, after));
  if (fault) return fault;
  const back = witnesses.find(
    ({ report }) => report && isEnd(report) && held.activeIds.has(report.id ?? ''),
  );
  return back && `${back.actor.name} has told that ${back.report?.id} is ended, and it is there`;
};

/** What was there all the time that a reader read: `active <id>`, `present <id>`. */
export const listPresent = (world: World): string[] => {
  const { activeIds, presentIds } = lookAt(world);
  return [
    ...[...activeIds].map((id) => `active ${id}`),
    ...[...presentIds].map((id) => `present ${id}`),
  ].sort();
};

/** What is held now, by each grant: `<id> <scope>`. */
export const listHeld = (world: World): string[] =>
  lookAt(world).active.flatMap((entry) => scopesOf(entry).map((scope) => `${entry.id} ${scope}`));

/** One process that has ended, with what it had before it: all the time since it began, and at some time. */
export type Ended = { actor: Actor; watched: readonly string[]; meanwhile: readonly string[] };

const findReadFault = ({ watched }: Ended, { saw = [], sawPending = [] }: Report) => {
  const both = findTwoHolders(saw);
  if (both) return `a reader saw ${both}`;
  const sightings = new Set([
    ...saw.flatMap(({ id }) => [`active ${id}`, `present ${id}`]),
    ...sawPending.map((id) => `present ${id}`),
  ]);
  const missed = watched.find((one) => !sightings.has(one));
  if (!missed) return undefined;
  return `a reader did not see what was there all the time: ${missed}`;
};

const findDenialFault = ({ actor, meanwhile }: Ended, { because = [] }: Report) => {
  if (because.length === 0) return `${actor.name} was denied for nothing`;
  const ghost = because.find(({ id, scope }) => !meanwhile.includes(`${id} ${scope}`));
  if (!ghost) return undefined;
  return `${actor.name} was denied for ${ghost.scope} of ${ghost.id}, held at no time since it asked`;
};

/** What was told to be given back, and is held. */
const findKept = (world: World, report: Report): string | undefined => {
  const entry = isPart(report) ? lookAt(world).current.get(report.id ?? '') : undefined;
  const kept = entry && scopesOf(entry).find((scope) => report.scopes?.includes(scope));
  return kept && `${kept} of ${report.id} was told to be given back, and is held`;
};

/** What a process tells at its end must be so. */
export const findReportFault = (world: World, ended: Ended, report: Report): string | undefined => {
  if (report.told === 'read') return findReadFault(ended, report);
  if (report.told === 'denied') return findDenialFault(ended, report);
  const isThere = entriesIn(world, PLACES.locks).some(({ id }) => id === report.id);
  if (!isEnd(report)) return findKept(world, report);
  return isThere
    ? `${ended.actor.name} has told that ${report.id} is ended, and it is there`
    : undefined;
};

/** It has ended a grant, or may have: it died over it. */
const isEnder = ({ died, report }: Witness): boolean =>
  died || report?.told === 'deleted' || (report !== undefined && isEnd(report));

type Promised = { id: string; scopes: readonly string[]; until: number };

const listPromised = (start: World, witnesses: readonly Witness[]): Promised[] => [
  ...lookAt(start).active.map((entry) => ({
    id: entry.id,
    scopes: scopesOf(entry),
    until: entry.expiresAt,
  })),
  ...witnesses.flatMap(({ report }) =>
    report?.id && report.until
      ? [{ id: report.id, scopes: report.scopes ?? [], until: report.until }]
      : [],
  ),
];

/** What was held or promised, has not run out, and was given up by nobody, must be there. */
const findLoss = (
  world: World,
  { id, scopes, until }: Promised,
  givenUp: readonly string[],
): string | undefined => {
  if (until <= world.now || givenUp.includes(id)) return undefined;
  const entry = lookAt(world).current.get(id);
  if (!entry) return `${id} is gone, and nobody has told of it`;
  const kept = scopes.filter((scope) => !givenUp.includes(`${id} ${scope}`));
  const lost = kept.find((scope) => !scopesOf(entry).includes(scope));
  if (lost) return `${id} has lost ${lost}, and nobody has told of it`;
  return entry.expiresAt < until ? `${id} ends earlier than was told` : undefined;
};

/** Whoever was told that a grant is gone, or has changed, was told so because of somebody. */
const findFalseExcuse = (
  start: World,
  world: World,
  { actor, report }: Witness,
  others: readonly Witness[],
): string | undefined => {
  const id = report?.id ?? '';
  const first = lookAt(start).current.get(id);
  const isOver = !first || first.expiresAt <= world.now;
  const isEnded = others.some((other) => other.actor.ends === id && isEnder(other));
  const isChanged = world.past.entered
    .map(entryOf)
    .some((entry) => entry.id === id && entry.rev > (first?.rev ?? 0));
  const isSo: Record<string, boolean> = {
    gone: isEnded || isOver,
    forced: isEnded,
    expired: isOver,
    changed: isChanged,
  };
  const { told = '' } = report ?? {};
  return isSo[told] === false
    ? `${actor.name} has told that ${id} is ${told}, and it is not so`
    : undefined;
};

/** A force ends a grant as it was seen: not one that has been renewed since. */
const findBlindForce = (witnesses: readonly Witness[]): string | undefined => {
  const forced = witnesses.find(({ report }) => report?.told === 'ended by force')?.report;
  const { id, rev = 0 } = forced ?? {};
  const later = witnesses.find(
    ({ report }) => forced && report?.until && report.id === id && (report.rev ?? 0) > rev,
  );
  if (!later) return undefined;
  const { actor, report } = later;
  return `${id} was ended as revision ${rev}, and ${actor.name} has told of revision ${report?.rev}`;
};

/** What must be so when all have ended. */
export const findEndFault = (
  start: World,
  world: World,
  witnesses: readonly Witness[],
): string | undefined => {
  const ended = witnesses.filter(isEnder).flatMap(({ actor }) => actor.ends ?? []);
  const givenUp = [...listGivenUp(witnesses), ...ended];
  for (const promised of listPromised(start, witnesses)) {
    const loss = findLoss(world, promised, givenUp);
    if (loss) return loss;
  }
  const back = world.past.ended.find((id) => lookAt(world).activeIds.has(id));
  const isUndone = witnesses.every(({ died }) => !died);
  if (back && isUndone) return `${back} had ended, and is there again`;
  for (const witness of witnesses) {
    const others = witnesses.filter((other) => other !== witness);
    const kept = witness.report && findKept(world, witness.report);
    const fault = kept ?? findFalseExcuse(start, world, witness, others);
    if (fault) return fault;
  }
  return findBlindForce(witnesses);
};
