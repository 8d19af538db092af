import { basename, dirname } from 'node:path';

/** An object as git keeps it. */
export type GitObject = { id: string; type: string; content: Buffer };

const LINE_FEED = 0x0a;

/** What `cat-file --batch` prints, an object a name; undefined for a name that it knows nothing of. */
export const parseBatch = (output: Buffer): (GitObject | undefined)[] => {
  const objects: (GitObject | undefined)[] = [];
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(LINE_FEED, at);
    if (end === -1) break;
    const header = output.toString('latin1', at, end);
    const [, id, type, size] = /^([0-9a-f]+) (\w+) (\d+)$/.exec(header) ?? [];
    if (id === undefined || type === undefined) {
      objects.push(undefined);
      at = end + 1;
      continue;
    }
    const stop = end + 1 + Number(size);
    objects.push({ id, type, content: output.subarray(end + 1, stop) });
    at = stop + 1;
  }
  return objects;
};

/** One name of a tree: a file is neither a link nor a directory nor a submodule. */
type TreeEntry = { id: string; kind: 'file' | 'tree' | 'other' };

const kindOf = (mode: string): TreeEntry['kind'] => {
  if (mode.startsWith('100')) return 'file';
  return /^0?40000$/.test(mode) ? 'tree' : 'other';
};

/** A tree's entry of this name: `<mode> <name>\0<id>`, one behind the other; undefined where it has none. */
const findEntry = ({ id, content }: GitObject, name: string): TreeEntry | undefined => {
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(0, at);
    if (end === -1) return undefined;
    const next = end + 1 + id.length / 2;
    const [, mode = '', found] = /^(\d+) (.*)$/s.exec(content.toString('utf8', at, end)) ?? [];
    if (found === name) return { id: content.toString('hex', end + 1, next), kind: kindOf(mode) };
    at = next;
  }
  return undefined;
};

/** What git has at some paths of a tree; at '' the tree itself. */
type Objects = ReadonlyMap<string, GitObject | undefined>;

/** A directory at the top of the tree, or the top (`.`): null where there is none, undefined where this clone lacks it. */
const findTree = (objects: Objects, directory: string): GitObject | null | undefined => {
  const top = objects.get('');
  if (top?.type !== 'tree') return undefined;
  if (directory === '.') return top;
  const entry = findEntry(top, directory);
  if (entry?.kind !== 'tree') return null;
  const tree = objects.get(directory);
  return tree?.id === entry.id ? tree : undefined;
};

/** Files by path: their blobs' ids, and by id the texts of those that this clone has. */
export type TreeFiles = { blobs: Map<string, string>; texts: Map<string, string> };

/**
 * Those of `paths` that are files. `objects` has what git has there and at their directories, which lie at
 * the top. Undefined where this clone lacks one of these trees.
 */
export const pickFiles = (objects: Objects, paths: readonly string[]): TreeFiles | undefined => {
  const files: TreeFiles = { blobs: new Map(), texts: new Map() };
  for (const path of paths) {
    const tree = findTree(objects, dirname(path));
    if (tree === undefined) return undefined;
    const entry = tree && findEntry(tree, basename(path));
    if (entry?.kind !== 'file') continue;
    files.blobs.set(path, entry.id);
    const blob = objects.get(path);
    if (blob?.id === entry.id) files.texts.set(entry.id, blob.content.toString('utf8'));
  }
  return files;
};
