import { join } from 'node:path';
import type { Files } from '../kit/files.ts';

/** How many files of a kind are kept: a few branches' worth. */
const KEPT = 16;

/** Keeps a file whose name says what it was made from; of those with its prefix older ones than the last few go. */
export const keepFile = (
  files: Files,
  directory: string,
  { prefix, name, text }: { prefix: string; name: string; text: string },
): void => {
  const isKind = (other: string): boolean =>
    other.startsWith(prefix) || other.startsWith(`.${prefix}`);
  const known = files.list(directory).filter((other) => other !== name && isKind(other));
  files.makeDirectory(directory);
  for (const old of known.slice(0, Math.max(0, known.length - KEPT))) {
    files.remove(join(directory, old));
  }
  const fresh = join(directory, `.${name}.${process.pid}`);
  files.create(fresh, text);
  files.rename(fresh, join(directory, name));
};
