import { accessSync, constants, lstatSync, mkdirSync, realpathSync, statfsSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** A file that this user may run; false for whatever keeps it from being one. */
export const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Missing, a directory above that may not be read, a broken link: nothing that could be started.
    return false;
  }
};

/** A directory's own place, whatever links lead to it; undefined where it is none, or cannot be had. */
export const findRealPath = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    // Not there yet, or not ours to see: nothing that a path could be below.
    return undefined;
  }
};

/** As Linux numbers them (statfs(2)). */
const NETWORK_TYPES: Readonly<Record<number, string>> = {
  26985: 'NFS',
  4266872130: 'SMB',
  4283649346: 'CIFS',
  16914839: '9P',
  1397113167: 'AFS',
  12805120: 'Ceph',
};

/** The network file system that a directory is on; undefined for a disk of this machine, and for what is not known. */
export const findNetworkFileSystem = (
  directory: string,
  typeOf: (directory: string) => number = (path) => statfsSync(path).type,
): string | undefined => {
  try {
    return NETWORK_TYPES[typeOf(directory) >>> 0];
  } catch {
    // Not there yet, or not to be asked: whoever reads it says so.
    return undefined;
  }
};

/** Whether a regular file is there, and no link to one; true where nobody can tell, so that a read says why. */
export const isRegularFile = (path: string): boolean => {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return true;
  }
};

/**
 * A directory of this user's, the same for all of their processes on this machine, for what may be lost; made
 * where it is missing. Undefined where there is none: others may write there, or it is somebody else's.
 */
export const findScratch = (parent = tmpdir()): string | undefined => {
  const user = process.getuid?.();
  const path = join(parent, `leasehold-${user ?? userInfo().username}`);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const found = lstatSync(path);
    const isOwn = user === undefined || (found.uid === user && (found.mode & 0o022) === 0);
    return isOwn && found.isDirectory() ? path : undefined;
  } catch {
    return undefined;
  }
};
