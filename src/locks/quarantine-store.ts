import { chmodSync, lstatSync } from 'node:fs';
import { basename, join } from 'node:path';
import { formatInstant } from '../kit/clock.ts';
import { DENIED, type Files } from '../kit/files.ts';
import { encodePath } from '../kit/paths.ts';
import type { UnreadableRecord } from './ledger.ts';
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

const allowReading = (path: string | Buffer): boolean => {
  try {
    const { mode } = lstatSync(path);
    chmodSync(path, mode | 0o600);
    return true;
  } catch {
    // It is another user's.
    return false;
  }
};

/**
 * Lets this user read records again that only their mode keeps from them: whoever holds something by one of
 * these goes on holding it. Returns the names of those that were mended.
 */
export const reopenRecords = (
  places: LockPlaces,
  unreadable: readonly UnreadableRecord[],
): string[] =>
  unreadable
    .filter(({ reason }) => reason === DENIED)
    .map(({ file }) => file)
    .filter((file) => allowReading(encodePath(join(places.locks, file))));

/**
 * Moves files to the quarantine without deleting anything; returns those that were moved. `now` in milliseconds
 * keeps a second file of the same name apart from the first.
 */
export const quarantineFiles = (
  files: Files,
  { quarantine, locks, isOutside }: LockPlaces,
  paths: readonly string[],
  now: number,
): string[] => {
  if (paths.length === 0) return [];
  files.makeDirectory(quarantine, isOutside ? locks : undefined);
  const stamp = formatInstant(now).replaceAll(':', '-');
  return paths.filter((path, at) =>
    files.rename(path, join(quarantine, keptName(stamp, at, basename(path)))),
  );
};

/** The same of records in the lock directory, by name. */
export const quarantineRecords = (
  files: Files,
  places: LockPlaces,
  names: readonly string[],
  now: number,
): string[] => {
  const paths = names.map((name) => join(places.locks, name));
  return quarantineFiles(files, places, paths, now).map((path) => basename(path));
};
