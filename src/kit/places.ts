import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { codeOf } from './errors.ts';

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

const makePrivately = (path: string): void => {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Whatever has its name already is looked at like one that was just made.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
};

/** A directory itself, this user's, and nobody else's to write in. */
const isOwnDirectory = (path: string, user: number | undefined): boolean => {
  const found = lstatSync(path);
  const isOwn = user === undefined || (found.uid === user && (found.mode & 0o022) === 0);
  return isOwn && found.isDirectory();
};

/**
 * A directory of this user's, the same for all of their processes on this machine, for what may be lost; made
 * where it is missing. Undefined where there is none: others may write there, it is somebody else's, or a link
 * leads away from it. Nothing is made or written behind what is not theirs.
 */
export const findScratch = (
  name: string,
  { parent = tmpdir(), user = process.getuid?.() }: { parent?: string; user?: number } = {},
): string | undefined => {
  const own = join(parent, `leasehold-${user ?? userInfo().username}`);
  const isOurs = (path: string): boolean => {
    makePrivately(path);
    return isOwnDirectory(path, user);
  };
  try {
    return isOurs(own) && isOurs(join(own, name)) ? join(own, name) : undefined;
  } catch {
    return undefined;
  }
};

/** Answers where somebody asks for what is not theirs to ask for, or what a file system has no notion of. */
const REFUSALS = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL'];

const isAllowed = (call: () => void): boolean => {
  try {
    call();
    return true;
  } catch (error) {
    if (REFUSALS.includes(codeOf(error))) return false;
    throw error;
  }
};

/**
 * Lets whoever may read a directory read a file that is laid into it, whatever this user's umask says, as far as the
 * file system has it. Bits of a group are for that directory's own: another one may have anybody in it. Throws as
 * node does.
 */
export const shareFile = (descriptor: number, directory: string): void => {
  const like = statSync(directory);
  const { mode, uid, gid } = fstatSync(descriptor);
  const isForGroup = (like.mode & 0o040) !== 0;
  const take = () => fchownSync(descriptor, uid, like.gid);
  const takesGroup = isForGroup && (gid === like.gid || isAllowed(take));
  const wanted = mode | (like.mode & (takesGroup ? 0o044 : 0o004));
  if (wanted !== mode) isAllowed(() => fchmodSync(descriptor, wanted & 0o777));
};

/** Makes a directory, and what is missing above it; one that is made is for whoever another is for. Throws as node does. */
export const makeLike = (path: string, directory: string): void => {
  const like = statSync(directory);
  if (mkdirSync(path, { recursive: true }) === undefined) return;
  const { mode, uid, gid } = lstatSync(path);
  const takesGroup = gid === like.gid || isAllowed(() => chownSync(path, uid, like.gid));
  const wanted = takesGroup ? like.mode & 0o7777 : (mode & 0o700) | (like.mode & 0o1007);
  isAllowed(() => chmodSync(path, wanted));
};
