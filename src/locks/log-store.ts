import { dirname, join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import type { FileReader, Files } from '../kit/files.ts';
import { shellQuote } from '../kit/quote.ts';
import { type LogEvent, parseEvent } from './event.ts';

/** Where the log is: the file that is written, and the directory of its earlier parts. */
export type LogPlaces = { log: string; oldLogs: string };

const MEGABYTE = 1024 * 1024;
/** Once the log is longer than this it goes among the earlier parts. */
const MAX_PART = 4 * MEGABYTE;
const MAX_READ = 256 * MEGABYTE;
/** How long a part is kept after its last event, in milliseconds. */
const RETENTION = 90 * 86_400_000;

/** A part's name says when it was closed, so that names are in the order of time. */
const nameOf = (now: number, unique: string): string =>
  `${String(now).padStart(15, '0')}.${unique}`;

const isOutdated = (name: string, now: number): boolean => {
  const closedAt = Number(name.split('.')[0]);
  return closedAt > 0 && now - closedAt > RETENTION;
};

/** A writer that is about to append still finds its file, under the new name or under the old. */
const closePart = (
  files: Files,
  { log, oldLogs }: LogPlaces,
  now: number,
  unique: string,
): void => {
  files.makeDirectory(oldLogs);
  files.rename(log, join(oldLogs, nameOf(now, unique)));
  for (const name of files.list(oldLogs)) {
    if (isOutdated(name, now)) files.remove(join(oldLogs, name));
  }
};

/** The event stands in the log already: what keeps the log from being put away is nothing to whoever wrote it. */
const tryClosePart: typeof closePart = (files, places, now, unique) => {
  try {
    closePart(files, places, now, unique);
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
  }
};

/** Appends events, each in one write, so that those of several processes never mix. */
export const appendEvents = (
  files: Files,
  places: LogPlaces,
  events: readonly LogEvent[],
  at: { now: number; uniqueName: () => string },
): void => {
  for (const event of events) {
    const size = files.append(places.log, `${JSON.stringify(event)}\n`);
    if (size > MAX_PART) tryClosePart(files, places, at.now, at.uniqueName());
  }
};

const readPart = (files: FileReader, path: string): string => {
  const content = files.read(path, MAX_READ);
  if (content.kind === 'gone') return '';
  if (content.kind === 'read') return content.text;
  throw new Undecided(
    'store-unreadable',
    `cannot read the log ${path}: ${content.reason}`,
    `ls -la ${shellQuote(dirname(path))}`,
  );
};

/** The event log, oldest first; a torn line is passed over. */
export const readLog = (files: FileReader, { log, oldLogs }: LogPlaces): LogEvent[] => {
  for (;;) {
    const parts = files.list(oldLogs).sort();
    const texts = [...parts.map((name) => join(oldLogs, name)), log].map((path) =>
      readPart(files, path),
    );
    // A part that was closed meanwhile would be missed, or read twice.
    if (files.list(oldLogs).length !== parts.length) continue;
    return texts
      .flatMap((text) => text.split('\n'))
      .map(parseEvent)
      .filter((event) => event !== undefined);
  }
};
