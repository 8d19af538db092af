import { dirname, join } from 'node:path';
import type { Files } from '../kit/files.ts';
import { shellQuote } from '../kit/quote.ts';
import { type LogEvent, parseEvent } from './event.ts';
import type { LedgerRepository } from './ledger-repository.ts';
import type { LockPlaces } from './load.ts';

/** A bypass names each path of its commit, and that may be all of a large tree. */
const MAX_FILE = 64 * 1024 * 1024;

/** What happened here while the remote could not be had: a file an event, until the ledger has it. */
const outboxDirectory = ({ log }: LockPlaces): string => join(dirname(log), 'outbox');

type OutboxSite = {
  files: Files;
  clone: { places: LockPlaces };
  uniqueName: () => string;
  repository: Pick<LedgerRepository, 'events'>;
  tell: (message: string) => void;
};

/** An event that is kept, and its file. */
export type Kept = { path: string; event: LogEvent };

/** A file of the outbox that cannot be read, and why. */
export type Spoiled = { path: string; reason: string };

/** What happened while the remote could not be had, and is published as soon as it can. */
export type Outbox = {
  /** Durable before it returns: a commit hangs on it. */
  keep: (event: LogEvent) => void;
  /** All that is kept, the oldest first. What cannot be read is told, once a process, and stays where it is. */
  read: () => Kept[];
  /** What the ledger does not have yet, the oldest first. */
  list: () => LogEvent[];
  listSpoiled: () => Spoiled[];
};

/** The same event has the same key, wherever it was read: nothing else of it is unique. */
export const keyOf = (event: LogEvent): string => JSON.stringify(event);

/** Those of them that a history does not have. */
export const listUnpublished = (kept: readonly Kept[], history: readonly LogEvent[]): Kept[] => {
  if (kept.length === 0) return [];
  const known = new Set(history.map(keyOf));
  return kept.filter(({ event }) => !known.has(keyOf(event)));
};

/** Undefined where somebody has published it meanwhile. */
const readKept = ({ files }: OutboxSite, path: string): Kept | Spoiled | undefined => {
  const content = files.read(path, MAX_FILE);
  if (content.kind === 'gone') return undefined;
  if (content.kind === 'refused') return { path, reason: content.reason };
  const event = parseEvent(content.text.trimEnd());
  return event ? { path, event } : { path, reason: 'it is no event' };
};

const isKept = (entry: Kept | Spoiled): entry is Kept => 'event' in entry;

const isSpoiled = (entry: Kept | Spoiled): entry is Spoiled => !isKept(entry);

const readAll = (site: OutboxSite): (Kept | Spoiled)[] => {
  const directory = outboxDirectory(site.clone.places);
  return site.files
    .list(directory)
    .map((name) => readKept(site, join(directory, name)))
    .filter((entry) => entry !== undefined);
};

const keepEvent = ({ files, clone: { places }, uniqueName }: OutboxSite, event: LogEvent): void => {
  const name = uniqueName();
  files.makeDirectory(places.drafts);
  files.makeDirectory(outboxDirectory(places));
  const draft = join(places.drafts, name);
  files.create(draft, `${JSON.stringify(event)}\n`);
  files.rename(draft, join(outboxDirectory(places), `${name}.json`));
};

/** The outbox of one clone, as one process sees it. */
export const createOutbox = (site: OutboxSite): Outbox => {
  const told = new Set<string>();
  const tellOnce = ({ path, reason }: Spoiled): void => {
    if (told.has(path)) return;
    told.add(path);
    site.tell(
      `${shellQuote(path)} keeps what happened offline, cannot be read (${reason}) and is not published; next: leasehold doctor`,
    );
  };
  const listSpoiled = () => readAll(site).filter(isSpoiled);
  const read = (): Kept[] => {
    const entries = readAll(site);
    entries.filter(isSpoiled).forEach(tellOnce);
    return entries
      .filter(isKept)
      .sort((one, other) => (one.event.time < other.event.time ? -1 : 1));
  };
  const list = () => listUnpublished(read(), site.repository.events()).map(({ event }) => event);
  return { keep: (event) => keepEvent(site, event), read, list, listSpoiled };
};
