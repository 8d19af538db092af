import { join } from 'node:path';
import type { FileReader, Files } from '../kit/files.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { VERSION } from '../kit/version.ts';
import { findOwnersPlace } from '../owners/index.ts';
import type { Policy } from './policy.ts';

/** How many compiled policies are kept: a few branches' worth. */
const KEPT = 16;
const MAX_CACHE = 64 * 1024 * 1024;

/**
 * A policy is known by the blobs that it was made from, so a cache is never out of date: another
 * config or CODEOWNERS has another name.
 */
const cacheName = (blobs: ReadonlyMap<string, string>): string => {
  const has = (path: string): boolean => blobs.has(path);
  // Which of the two is in force is for the config to say.
  const places = (['github', 'gitlab'] as const).map(
    (dialect) => findOwnersPlace(has, dialect)?.path,
  );
  const ids = [CONFIG_FILE, ...places].map((path) => path && blobs.get(path));
  const key = [...ids, ...places].map((part) => part?.replace(/\W/g, '') ?? 'none').join('.');
  return `policy.${VERSION}.${key}.json`;
};

const isPolicy = (json: unknown): json is Policy => {
  const policy = json as Partial<Policy> | null;
  const lists = [policy?.requireLock, policy?.exempt, policy?.owners ? policy.owners.sections : []];
  return (
    lists.every(Array.isArray) &&
    typeof policy?.identities === 'object' &&
    typeof policy.bypass === 'string' &&
    typeof policy.tables?.exact === 'object' &&
    typeof policy.tables.folded === 'object'
  );
};

/** The compiled policy of these blobs, or undefined where it is not cached. */
export const findPolicy = (
  files: FileReader,
  directory: string,
  blobs: ReadonlyMap<string, string>,
): Policy | undefined => {
  const content = files.read(join(directory, cacheName(blobs)), MAX_CACHE);
  if (content.kind !== 'read') return undefined;
  try {
    const json: unknown = JSON.parse(content.text);
    return isPolicy(json) ? json : undefined;
  } catch {
    // A torn cache is no cache.
    return undefined;
  }
};

/** Keeps a compiled policy; older ones than the last few go. */
export const savePolicy = (
  files: Files,
  directory: string,
  blobs: ReadonlyMap<string, string>,
  policy: Policy,
): void => {
  const name = cacheName(blobs);
  const known = files.list(directory);
  if (known.includes(name)) return;
  files.makeDirectory(directory);
  for (const old of known.slice(0, Math.max(0, known.length - KEPT))) {
    files.remove(join(directory, old));
  }
  const fresh = join(directory, `.${name}.${process.pid}`);
  files.create(fresh, JSON.stringify(policy));
  files.rename(fresh, join(directory, name));
};
