import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import type { Files } from '../kit/files.ts';
import type { LogEvent } from './event.ts';
import type { Grant } from './grant.ts';
import type { Ending, Ledger, Plan } from './ledger.ts';
import type { Clone } from './load.ts';
import { appendEvents } from './log-store.ts';
import { noteName, serialiseNote } from './note.ts';
import type { RecordMemory } from './record-memory.ts';

/** What the store needs of the world. `random` is in [0, 1); `uniqueName` is a fresh file name at each call. */
export type FileStoreContext = {
  files: Files;
  clock: Clock;
  random: () => number;
  uniqueName: () => string;
};

/** The same for one clone, with what this process has read of it. */
export type StoreContext = FileStoreContext & {
  clone: Clone;
  memory: RecordMemory;
  /** Set while this process knows that nobody has entered since its own last entry, unless a token says so. */
  calm: Calm | undefined;
  /** At which version of the memory the index was in step with it, as far as this process knows. */
  indexed: number | undefined;
};

/** An announced claim: its record, and its file's name in `claims/`. */
export type Announced = { grant: Grant; file: string };

/** The token of a process's last entry, and until when (milliseconds since 1970) it may go by what it remembers. */
export type Calm = { token: number; until: number };

/** Written after the change itself: an event must never tell of what did not happen. */
export const writeEvents = (
  { files, uniqueName, clone }: StoreContext,
  { now }: Ledger,
  events: readonly LogEvent[],
  entered?: Grant,
): void => {
  const told = events.map((event) =>
    entered?.token !== undefined && event.grant === entered.id
      ? { ...event, token: entered.token }
      : event,
  );
  if (told.length > 0) appendEvents(files, clone.places, told, { now, uniqueName });
};

/** Removes files of one directory; true where all of them were still there. */
export const removeAll = (
  { files }: StoreContext,
  directory: string,
  names: readonly string[],
): boolean => names.map((name) => files.remove(join(directory, name))).every((removed) => removed);

/** Tells the holders of grants that ended so who came after them, and with what. */
export const writeNotes = (
  { files, clone }: StoreContext,
  { now }: Ledger,
  { notify }: Plan,
  how: Ending['how'],
): void => {
  const { ended } = clone.places;
  const { id = '', endings = [] } = notify ?? {};
  for (const ending of endings.filter((one) => one.how === how)) {
    files.makeDirectory(ended);
    files.create(join(ended, noteName(ending.grant, id)), serialiseNote(ending, now));
  }
};
