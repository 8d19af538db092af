import { join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import type { FileReader, Files } from '../kit/files.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { VERSION } from '../kit/version.ts';
import { findOwnersPlace } from '../owners/index.ts';
import { keepFile } from './kept-store.ts';
import type { Policy } from './policy.ts';
import { isWholePolicy, parsePolicy, parsePolicyFor, renderPolicy } from './policy-cache.ts';

const PREFIX = 'policy.';
const MAX_CACHE = 64 * 1024 * 1024;
/** So much is read of how a cache begins: nearly all have their first line in it, but not who has mapped thousands. */
const MOST_HEADS = 16_384;

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
  return `${PREFIX}${VERSION}.${key}`;
};

/** The compiled policy of these blobs, or undefined where it is not cached. */
export const findPolicy = (
  files: FileReader,
  directory: string,
  blobs: ReadonlyMap<string, string>,
): Policy | undefined => {
  const content = files.read(join(directory, cacheName(blobs)), MAX_CACHE);
  return content.kind === 'read' ? parsePolicy(content.text) : undefined;
};

/** How a cache begins, with its first line whole; undefined where there is none. All of a cache is ASCII. */
const readBeginning = (files: FileReader, path: string): string | undefined => {
  for (const most of [MOST_HEADS, MAX_CACHE]) {
    const bytes = files.readBytes(path, most);
    const text = bytes && Buffer.from(bytes).toString('latin1');
    if (text === undefined || text.length < most || text.includes('\n')) return text;
  }
  return undefined;
};

/**
 * The same for whoever asks about these paths alone. What CODEOWNERS says of them is read when it is asked for:
 * most of a cache is its rules, and whoever has claimed what they commit asks for none.
 */
export const findPolicyFor = (
  files: FileReader,
  directory: string,
  blobs: ReadonlyMap<string, string>,
  paths: readonly string[],
): Policy | undefined => {
  const path = join(directory, cacheName(blobs));
  const beginning = readBeginning(files, path);
  if (beginning === undefined) return undefined;
  return parsePolicyFor(paths, beginning, () => {
    const content = files.read(path, MAX_CACHE);
    if (content.kind === 'read' && isWholePolicy(content.text, beginning)) return content.text;
    throw new Undecided('internal', 'the compiled CODEOWNERS cannot be read', 'leasehold check');
  });
};

/** Keeps a compiled policy; older ones than the last few go. */
export const savePolicy = (
  files: Files,
  directory: string,
  blobs: ReadonlyMap<string, string>,
  policy: Policy,
): void => {
  const text = renderPolicy(policy);
  keepFile(files, directory, { prefix: PREFIX, name: cacheName(blobs), text });
};
