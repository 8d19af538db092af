import { dirname, join } from 'node:path';
import type { FileReader, Files } from '../kit/files.ts';
import { type LogEvent, parseEvent } from './event.ts';
import type { LockPlaces } from './load.ts';

const MAX_FILE = 4 * 1024 * 1024;

/** What happened here while the remote could not be had: a file an event, until the ledger has it. */
const outboxDirectory = ({ log }: LockPlaces): string => join(dirname(log), 'outbox');

type OutboxSite = { files: Files; clone: { places: LockPlaces }; uniqueName: () => string };

/** Durable before it returns: a commit hangs on it. */
export const keepEvent = (
  { files, clone: { places }, uniqueName }: OutboxSite,
  event: LogEvent,
): void => {
  const name = uniqueName();
  files.makeDirectory(places.drafts);
  files.makeDirectory(outboxDirectory(places));
  const draft = join(places.drafts, name);
  files.create(draft, `${JSON.stringify(event)}\n`);
  files.rename(draft, join(outboxDirectory(places), `${name}.json`));
};

/** An event that is kept, and its file. */
export type Kept = { path: string; event: LogEvent };

/** The same event has the same key, wherever it was read: nothing else of it is unique. */
export const keyOf = (event: LogEvent): string => JSON.stringify(event);

/** The events that are kept, the oldest first. */
export const listKept = (files: FileReader, places: LockPlaces): Kept[] =>
  files
    .list(outboxDirectory(places))
    .flatMap((name) => {
      const path = join(outboxDirectory(places), name);
      const content = files.read(path, MAX_FILE);
      const event = content.kind === 'read' ? parseEvent(content.text.trimEnd()) : undefined;
      return event ? [{ path, event }] : [];
    })
    .sort((one, other) => (one.event.time < other.event.time ? -1 : 1));

/** Those of them that a history does not have. */
export const listUnpublished = (kept: readonly Kept[], history: readonly LogEvent[]): Kept[] => {
  if (kept.length === 0) return [];
  const known = new Set(history.map(keyOf));
  return kept.filter(({ event }) => !known.has(keyOf(event)));
};
