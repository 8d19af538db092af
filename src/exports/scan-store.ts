import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Files } from '../kit/files.ts';
import { asciiJson } from '../kit/quote.ts';
import { VERSION } from '../kit/version.ts';
import type { Scans } from './scans.ts';

/** Of the scanners' sources, by the build: what another scanner has said is not asked for. */
declare const SCANNERS: string | undefined;

const EDITION = `${VERSION}.${typeof SCANNERS === 'string' ? SCANNERS : 'source'}`;
const PREFIX = 'scans.';
const NAME = `${PREFIX}${EDITION}`;

/** Of bases a file each, in one of so many places by their keys: whoever comes later has it. */
const BASE_PREFIX = 'base.';
const BASES = 8;
const baseName = (key: string): string => `${BASE_PREFIX}${EDITION}.${crc32(key) % BASES}`;

/** Read at once, so no larger than what is quick to read. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Longer ones take longer to read than to find again. */
const MAX_LINE = 4 * 1024 * 1024;

/** What is left of a file that has grown too large. */
const KEPT_BYTES = MAX_BYTES / 2;

/** Other versions' files: somebody may work with two of them in turns. */
const KEPT_OTHERS = 2;

/** A line: its key, a sum, and the result as JSON. A torn one, or one that was spoiled, has another sum. */
const renderLine = (key: string, json: string): string => `${key}\t${sumOf(key, json)}\t${json}`;

const sumOf = (key: string, json: string): string => crc32(`${key}\t${json}`).toString(16);

const parseLine = (line: string): unknown => {
  const [key = '', sum = '', json = ''] = line.split('\t', 3);
  return sumOf(key, json) === sum ? JSON.parse(json) : undefined;
};

/** Where each key's line is; of several the last. */
const indexLines = (text: string): Map<string, { start: number; end: number }> => {
  const lines = new Map<string, { start: number; end: number }>();
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf('\n', start);
    const end = next === -1 ? text.length : next;
    const tab = text.indexOf('\t', start);
    if (tab !== -1 && tab < end) lines.set(text.slice(start, tab), { start, end });
    start = end + 1;
  }
  return lines;
};

/** What cannot be done with a cache is done without. */
const attempt = <T>(act: () => T): T | undefined => {
  try {
    return act();
  } catch {
    return undefined;
  }
};

/** A result as its line; undefined where it is no text, or too long a one. */
const toLine = (key: string, result: unknown): string | undefined => {
  const json = attempt(() => asciiJson(result));
  const line = json === undefined ? undefined : renderLine(key, json);
  return line !== undefined && line.length <= MAX_LINE ? line : undefined;
};

/** As many of the last lines as there is room for, in their order. */
const takeLast = (lines: readonly string[], room: number): string[] => {
  let left = room;
  const first = lines.findLastIndex((line) => {
    left -= line.length + 1;
    return left < 0;
  });
  return lines.slice(first + 1);
};

/**
 * The results that lie in a directory, one file for all of them: lines are appended to it, each in one piece
 * with others, so that processes may write at once, and it is written anew where it has grown too large. It is
 * made only in a clone where leasehold is used, and a directory that cannot be written keeps nothing.
 */
export const openScans = (files: Files, directory: string): Scans => {
  const path = join(directory, NAME);
  const fresh = new Map<string, unknown>();
  const bases = new Map<string, unknown>();
  const used = new Set<string>();

  const load = () => {
    const content = attempt(() => files.read(path, MAX_BYTES));
    const text = content?.kind === 'read' ? content.text : '';
    return { text, lines: indexLines(text) };
  };
  let loaded: ReturnType<typeof load> | undefined;
  const open = (): ReturnType<typeof load> => {
    loaded ??= load();
    return loaded;
  };
  const lineOf = (key: string): string | undefined => {
    const { text, lines } = open();
    const place = lines.get(key);
    return place && text.slice(place.start, place.end);
  };

  const dropOthers = (): void => {
    const names = files.list(directory);
    const others = names.filter((name) => name.startsWith(PREFIX) && name !== NAME);
    const otherBases = names.filter(
      (name) => name.startsWith(BASE_PREFIX) && !name.startsWith(`${BASE_PREFIX}${EDITION}.`),
    );
    for (const name of [...others.sort().slice(0, -KEPT_OTHERS), ...otherBases]) {
      files.remove(join(directory, name));
    }
  };

  const readBase = (key: string): unknown => {
    const content = files.read(join(directory, baseName(key)), MAX_LINE);
    const isOf = content.kind === 'read' && content.text.startsWith(`${key}\t`);
    return isOf ? parseLine(content.text) : undefined;
  };

  /** Another process may write the same one: what is no line of its own any more has another sum. */
  const writeBases = (): void => {
    for (const [key, result] of bases) {
      const line = toLine(key, result);
      if (line === undefined) continue;
      const path = join(directory, baseName(key));
      files.remove(path);
      files.append(path, line);
    }
    bases.clear();
  };

  /** What was asked for last stays longest. */
  const compact = (added: readonly string[]): void => {
    const keys = [...open().lines.keys()].filter((key) => !fresh.has(key));
    const isUsed = (key: string): boolean => used.has(key);
    const ordered = [...keys.filter((key) => !isUsed(key)), ...keys.filter(isUsed)];
    const old = ordered.flatMap((key) => lineOf(key) ?? []);
    const lines = takeLast([...old, ...added], KEPT_BYTES);
    const draft = join(directory, `.${NAME}.${process.pid}`);
    if (files.create(draft, `${lines.join('\n')}\n`)) files.rename(draft, path);
    else files.remove(draft);
  };

  const write = (): void => {
    if (fresh.size + bases.size === 0 || files.list(dirname(directory)).length === 0) return;
    if (open().lines.size === 0) {
      files.makeDirectory(directory);
      dropOthers();
    }
    writeBases();
    if (fresh.size === 0) return;
    const added = [...fresh].flatMap(([key, result]) => toLine(key, result) ?? []);
    // Whatever was torn before ends here.
    const size = files.append(path, `\n${added.join('\n')}\n`);
    if (size > MAX_BYTES) compact(added);
    for (const key of fresh.keys()) used.add(key);
    fresh.clear();
    loaded = undefined;
  };

  return {
    has: (key) => fresh.has(key) || open().lines.has(key),
    find: (key) => {
      if (fresh.has(key)) return fresh.get(key);
      const line = lineOf(key);
      if (line === undefined) return undefined;
      used.add(key);
      return attempt(() => parseLine(line));
    },
    keep: (key, result) => {
      fresh.set(key, result);
    },
    findBase: (key) => attempt(() => readBase(key)),
    keepBase: (key, result) => {
      bases.set(key, result);
    },
    save: () => void attempt(write),
  };
};
