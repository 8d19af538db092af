import { join } from 'node:path';
import { formatInstant } from '../kit/clock.ts';
import type { Files } from '../kit/files.ts';
import type { LockPlaces } from './load.ts';

/**
 * Moves records out of the lock directory without deleting anything; returns the names that were moved.
 * `now` in milliseconds keeps a second record of the same name apart from the first.
 */
export const quarantineRecords = (
  files: Files,
  places: LockPlaces,
  names: readonly string[],
  now: number,
): string[] => {
  if (names.length === 0) return [];
  files.makeDirectory(places.quarantine);
  const stamp = formatInstant(now).replaceAll(':', '-');
  return names.filter((name) =>
    files.rename(join(places.locks, name), join(places.quarantine, `${stamp}.${name}`)),
  );
};
