import { basename, dirname } from 'node:path';
import type { Clock } from '../../src/kit/clock.ts';
import type { FileContent, Files } from '../../src/kit/files.ts';

/** One call, as a test's hook sees it before it happens. */
export type Call = { name: keyof Files; path: string };

/** Files in memory, and what a test needs to look at them and to get in between two calls. */
export type MemoryFiles = Files & {
  /** Puts a file there; `modifiedAt` is now unless it is given. */
  put: (path: string, text: string, modifiedAt?: number) => void;
  /** Makes a file unreadable without taking it away. */
  refuse: (path: string, reason: string, modifiedAt?: number) => void;
  /** Every file by its path. */
  all: () => Record<string, string>;
  /** What to do before each call; set by a test. */
  before: (call: Call) => void;
  calls: Call[];
};

/** The port of files over a map, with the answers of the real one. */
export const createMemoryFiles = (clock: Clock): MemoryFiles => {
  const contents = new Map<string, Exclude<FileContent, { kind: 'gone' }>>();
  const told = (name: keyof Files, path: string): void => {
    memory.calls.push({ name, path });
    memory.before({ name, path });
  };
  const text = (path: string): string => {
    const content = contents.get(path);
    return content?.kind === 'read' ? content.text : '';
  };
  const memory: MemoryFiles = {
    calls: [],
    before: () => undefined,
    put: (path, content, modifiedAt = clock.now()) =>
      void contents.set(path, { kind: 'read', text: content, modifiedAt }),
    refuse: (path, reason, modifiedAt = clock.now()) =>
      void contents.set(path, { kind: 'refused', reason, modifiedAt }),
    all: () => Object.fromEntries([...contents.keys()].sort().map((path) => [path, text(path)])),
    list: (directory) => {
      told('list', directory);
      return [...contents.keys()]
        .filter((path) => dirname(path) === directory)
        .map((path) => basename(path));
    },
    read: (path) => {
      told('read', path);
      return contents.get(path) ?? { kind: 'gone' };
    },
    readBytes: (path, most) => {
      told('readBytes', path);
      const isThere = contents.get(path)?.kind === 'read';
      return isThere ? Buffer.from(text(path)).subarray(0, most) : undefined;
    },
    create: (path, content) => {
      told('create', path);
      if (contents.has(path)) return false;
      memory.put(path, content);
      return true;
    },
    rename: (from, to) => {
      told('rename', from);
      const content = contents.get(from);
      if (!content) return false;
      contents.delete(from);
      contents.set(to, content);
      return true;
    },
    remove: (path) => {
      told('remove', path);
      return contents.delete(path);
    },
    append: (path, content) => {
      told('append', path);
      memory.put(path, text(path) + content);
      return Buffer.byteLength(text(path));
    },
    touch: (path) => {
      told('touch', path);
      const content = contents.get(path);
      if (content) contents.set(path, { ...content, modifiedAt: clock.now() });
      return content !== undefined;
    },
    makeDirectory: (path) => told('makeDirectory', path),
  };
  return memory;
};
