import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tree } from '../../src/exports/model.ts';

/** A directory as it lies on the disk, without what is installed in it. */
export const diskTree = (directory: string): Tree => {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter((path) => !path.includes('node_modules/'));
  const known = new Set(paths);
  return {
    read: (path) => (known.has(path) ? readFileSync(join(directory, path), 'utf8') : undefined),
    list: () => paths,
    ahead: () => undefined,
  };
};
