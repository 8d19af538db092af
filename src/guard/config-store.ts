import { join } from 'node:path';
import type { Config } from '../kit/config.ts';
import type { Files } from '../kit/files.ts';
import type { Git } from '../kit/git.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { asciiJson } from '../kit/quote.ts';
import { VERSION } from '../kit/version.ts';
import { keepFile } from './kept-store.ts';
import { loadConfig, type TrustedBlobs } from './load.ts';

const PREFIX = 'config.';

/** No config is as large; whatever is larger is read by its schema. */
const MAX_KEPT = 4 * 1024 * 1024;

/** Known by the blob that it was read from, so what is kept is never out of date. */
const nameOf = (blobs: TrustedBlobs): string =>
  `${PREFIX}${VERSION}.${blobs?.get(CONFIG_FILE)?.replace(/\W/g, '') ?? 'none'}`;

/** Another build of this version may know of others. */
const SECTIONS = ['locks', 'guard', 'owners', 'exports'] as const;

const isConfig = (json: unknown): json is Config => {
  const config = json as Partial<Config> | null;
  return SECTIONS.every((name) => typeof config?.[name] === 'object' && config[name] !== null);
};

const parseKept = (text: string): Config | undefined => {
  try {
    const json: unknown = JSON.parse(text);
    return isConfig(json) ? json : undefined;
  } catch {
    // Torn or spoiled: it is read anew.
    return undefined;
  }
};

/**
 * The same as `loadConfig`, and kept: to set up the schema takes longer than most of what is asked of a config.
 * `cache` is undefined where leasehold keeps nothing for this repository.
 */
export const loadKeptConfig = (
  { git, files, cache }: { git: Git; files: Files; cache: string | undefined },
  blobs: TrustedBlobs,
): Config => {
  if (cache === undefined) return loadConfig(git, blobs);
  const name = nameOf(blobs);
  const content = files.read(join(cache, name), MAX_KEPT);
  const known = content.kind === 'read' ? parseKept(content.text) : undefined;
  if (known) return known;
  const config = loadConfig(git, blobs);
  try {
    keepFile(files, cache, { prefix: PREFIX, name, text: asciiJson(config) });
  } catch {
    // A saving of time; where it cannot be written, the config is the same.
  }
  return config;
};
