import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stateDirectory } from '../locks/index.ts';
import { replaceFile } from './bundle-store.ts';

/** In the state directory: where hooks of ours are. */
export const HOOK_PLACES = 'hook-places.json';

/** A directory that `init` has put hooks into, and whether it made it. */
type KnownPlace = { directory: string; made: boolean };

const pathOf = (commonDir: string): string => join(stateDirectory(commonDir), HOOK_PLACES);

const isPlace = (value: unknown): value is KnownPlace =>
  typeof (value as Partial<KnownPlace> | null)?.directory === 'string';

/**
 * The directories that `init` has put hooks into. A hint about where to look: what is there says whose it
 * is, and a list that is lost or spoiled is none.
 */
const readPlaces = (commonDir: string): KnownPlace[] => {
  try {
    const json: unknown = JSON.parse(readFileSync(pathOf(commonDir), 'utf8'));
    return Array.isArray(json) ? json.filter(isPlace) : [];
  } catch {
    return [];
  }
};

export const readHookPlaces = (commonDir: string): string[] =>
  readPlaces(commonDir).map(({ directory }) => directory);

/** Remembers one more directory, before anything is put there. */
export const rememberHookPlace = (commonDir: string, directory: string): void => {
  const known = readPlaces(commonDir);
  if (known.some((place) => place.directory === directory)) return;
  const made = statSync(directory, { throwIfNoEntry: false }) === undefined;
  const path = pathOf(commonDir);
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, `${JSON.stringify([...known, { directory, made }], null, 2)}\n`, 0o644);
};

/** Removes the directories that were made for our hooks, where nothing else has come to lie in them. */
export const removeMadePlaces = (commonDir: string): void => {
  for (const { directory, made } of readPlaces(commonDir)) {
    const isThere = statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (made === true && isThere && readdirSync(directory).length === 0) rmdirSync(directory);
  }
};
