import type { Tree } from '../../src/exports/model.ts';

/** A tree that lies in memory. */
export const memoryTree = (files: Readonly<Record<string, string>>): Tree => ({
  read: (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
  list: () => Object.keys(files),
  ahead: () => undefined,
});
