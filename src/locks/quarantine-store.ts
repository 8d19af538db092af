import { join } from 'node:path';
import { formatInstant } from '../kit/clock.ts';
import type { Files } from '../kit/files.ts';
import type { LockPlaces } from './load.ts';

const MAX_NAME = 255;

/** A name that is too long with a stamp before it loses its beginning; a number keeps such names apart. */
const keptName = (stamp: string, at: number, name: string): string => {
  const whole = `${stamp}.${name}`;
  if (Buffer.byteLength(whole) <= MAX_NAME) return whole;
  let tail = name;
  while (Buffer.byteLength(`${stamp}.${at}.${tail}`) > MAX_NAME) tail = tail.slice(1);
  return `${stamp}.${at}.${tail}`;
};

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
  return names.filter((name, at) =>
    files.rename(join(places.locks, name), join(places.quarantine, keptName(stamp, at, name))),
  );
};
