import { join } from 'node:path';
import type { FileReader } from '../kit/files.ts';

const MAX_STAMP = 4_096;

/** The file whose time says when the remote last answered. */
export const stampOf = (mirror: string): string => join(mirror, 'fetched');
/** How old the mirror is, in milliseconds; infinite where there is none, or its time is not to be trusted. */
export const findMirrorAge = (files: FileReader, stamp: string, now: number): number => {
  const content = files.read(stamp, MAX_STAMP);
  const age = content.kind === 'read' ? now - content.modifiedAt : Number.POSITIVE_INFINITY;
  // A second: file systems and clocks round.
  return age < -1_000 ? Number.POSITIVE_INFINITY : Math.max(0, age);
};
