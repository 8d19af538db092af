import { isAscii } from 'node:buffer';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, Undecided } from './errors.ts';
import { decodePath, encodePath } from './paths.ts';
import { makeLike, shareFile } from './places.ts';
import { shellQuote } from './quote.ts';

/** What a regular file holds, or why it cannot be had. */
export type FileContent =
  | { kind: 'read'; text: string; modifiedAt: number }
  | { kind: 'gone' }
  | { kind: 'refused'; reason: string; modifiedAt: number };

/** The calls that only read; all that a hook's guard needs. */
export type FileReader = {
  /** Names in a directory, without `.` and `..`; none where it does not exist. */
  list(directory: string): string[];
  /** A regular file of at most `limit` bytes; never follows a link, never waits for a FIFO. */
  read(path: string, limit: number): FileContent;
  /** At most so many bytes of how a regular file begins; undefined for whatever cannot be read. */
  readBytes(path: string, most: number): Uint8Array | undefined;
};

/**
 * The file-system calls of the store, one atomic call each, so that a test can stop between any two.
 * What a protocol must expect (it is gone, it exists) is an answer; everything else throws `Undecided`.
 */
export type Files = FileReader & {
  /**
   * A new file with this content, durable before it returns; false where the name is taken. With `like` it can be
   * read by whoever that directory is for.
   */
  create(path: string, content: string, like?: string): boolean;
  /** False where `from` is gone. */
  rename(from: string, to: string): boolean;
  /** False where it was gone already. */
  remove(path: string): boolean;
  /** Appends in one write, and says how many bytes the file has then; it is created where it is missing. */
  append(path: string, content: string): number;
  /** Makes the file's time now; false where it is gone. */
  touch(path: string): boolean;
  /** With and above it what is missing. With `like` one that is made is for whoever that directory is for. */
  makeDirectory(path: string, like?: string): void;
};

/** Why a directory, a FIFO, a socket or a device is not read. */
export const NOT_A_FILE = 'it is not a regular file';

/** Why a file is not read that is well, and only not open to this user. */
export const DENIED = 'permission denied';

const remedyFor = (code: string, path: string): string => {
  const command = code === 'EACCES' || code === 'EPERM' ? 'chmod -R u+rwX' : 'ls -la';
  return `${command} ${shellQuote(dirname(path))}`;
};

const writeRemedyFor = (code: string, path: string): string => {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'free some disk space';
  return code === 'EROFS' ? 'make the file system writable' : remedyFor(code, path);
};

const unreadable = (path: string, error: unknown): Undecided =>
  new Undecided(
    'store-unreadable',
    `cannot read ${path} (${codeOf(error)})`,
    remedyFor(codeOf(error), path),
    error,
  );

const unwritable = (path: string, error: unknown): Undecided =>
  new Undecided(
    'store-unwritable',
    `cannot write ${path} (${codeOf(error)})`,
    writeRemedyFor(codeOf(error), path),
    error,
  );

/** Runs `call`; an error with one of `codes` becomes `expected`, any other goes through `wrap`. */
const attempt = <T>(
  call: () => T,
  expected: { codes: readonly string[]; value: T },
  wrap: (error: unknown) => Error,
): T => {
  try {
    return call();
  } catch (error) {
    if (expected.codes.includes(codeOf(error))) return expected.value;
    throw wrap(error);
  }
};

/** Never by a link, and never waiting for whoever is at the other end of a FIFO. */
const ALONE = constants.O_NOFOLLOW | constants.O_NONBLOCK;

const openRegular = (path: string): number =>
  openSync(encodePath(path), constants.O_RDONLY | ALONE);

/** A file's first `size` bytes, or as many as there are. `buffer` has room for them. */
const fill = (
  descriptor: number,
  size: number,
  buffer: Buffer = Buffer.allocUnsafeSlow(size),
): Buffer => {
  let filled = 0;
  while (filled < size) {
    const count = readSync(descriptor, buffer, filled, size - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
};

/** What we write is ASCII where it is large: to copy it takes a tenth of the time that decoding does. */
const decode = (bytes: Buffer): string => bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');

/** Most files are smaller: what is decoded at once needs no memory of its own. */
const COMMON_SIZE = 65_536;
let scratch: Buffer | undefined;

const readText = (descriptor: number, size: number): string => {
  if (size > COMMON_SIZE) return decode(fill(descriptor, size));
  scratch ??= Buffer.allocUnsafeSlow(COMMON_SIZE);
  return decode(fill(descriptor, size, scratch));
};

const readOpened = (descriptor: number, limit: number): FileContent => {
  const stat = fstatSync(descriptor);
  const refused = (reason: string): FileContent => ({
    kind: 'refused',
    reason,
    modifiedAt: stat.mtimeMs,
  });
  if (!stat.isFile()) return refused(NOT_A_FILE);
  if (stat.size > limit) return refused(`it is larger than ${limit} bytes`);
  return { kind: 'read', text: readText(descriptor, stat.size), modifiedAt: stat.mtimeMs };
};

/** Why a file that is there could not be opened; its time tells a fresh one from an old one. */
const explainUnopened = (path: string, error: unknown): FileContent => {
  const code = codeOf(error);
  if (code === 'ENOENT') return { kind: 'gone' };
  const reasons: Record<string, string> = {
    ELOOP: 'it is a symbolic link',
    EMLINK: 'it is a symbolic link',
    EACCES: DENIED,
    EPERM: DENIED,
    ENXIO: NOT_A_FILE,
  };
  const reason = reasons[code];
  if (!reason) throw unreadable(path, error);
  const modifiedAt = attempt(
    () => lstatSync(encodePath(path)).mtimeMs,
    { codes: ['ENOENT'], value: 0 },
    (cause) => unreadable(path, cause),
  );
  return { kind: 'refused', reason, modifiedAt };
};

const read: Files['read'] = (path, limit) => {
  let descriptor: number;
  try {
    descriptor = openRegular(path);
  } catch (error) {
    return explainUnopened(path, error);
  }
  try {
    return readOpened(descriptor, limit);
  } finally {
    closeSync(descriptor);
  }
};

const readBytes: Files['readBytes'] = (path, most) => {
  let descriptor: number | undefined;
  try {
    descriptor = openRegular(path);
    const stat = fstatSync(descriptor);
    return stat.isFile() ? fill(descriptor, Math.min(stat.size, most)) : undefined;
  } catch {
    // Whoever needs to know why reads all of it.
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
};

const writeNew = (path: string, content: string, like: string | undefined): void => {
  const descriptor = openSync(path, 'wx', 0o644);
  try {
    if (like !== undefined) shareFile(descriptor, like);
    const bytes = Buffer.from(content);
    let written = 0;
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

const APPENDING = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | ALONE;

const appendWhole = (path: string, content: string): number => {
  const descriptor = openSync(path, APPENDING, 0o644);
  try {
    if (!fstatSync(descriptor).isFile()) throw Object.assign(new Error(path), { code: 'ENXIO' });
    writeSync(descriptor, content);
    return fstatSync(descriptor).size;
  } finally {
    closeSync(descriptor);
  }
};

const present = (call: () => void): boolean => {
  call();
  return true;
};

/** A name that is no UTF-8 would come back as one that is not there. */
const readNames = (directory: string): string[] => {
  const names = readdirSync(directory);
  return names.some((name) => name.includes('\ufffd'))
    ? readdirSync(directory, 'buffer').map(decodePath)
    : names;
};

const list: Files['list'] = (directory) =>
  attempt(
    () => readNames(directory),
    { codes: ['ENOENT'], value: [] },
    (error) => unreadable(directory, error),
  );

/** The real file system, to be read: all that the guard's bundle takes along. */
export const systemReader: FileReader = { list, read, readBytes };

/** The real file system. */
export const systemFiles: Files = {
  list,
  read,
  readBytes,
  create: (path, content, like) =>
    attempt(
      () => present(() => writeNew(path, content, like)),
      { codes: ['EEXIST'], value: false },
      (error) => unwritable(path, error),
    ),
  rename: (from, to) =>
    attempt(
      () => present(() => renameSync(encodePath(from), encodePath(to))),
      { codes: ['ENOENT'], value: false },
      (error) => unwritable(to, error),
    ),
  remove: (path) =>
    attempt(
      () => present(() => unlinkSync(encodePath(path))),
      { codes: ['ENOENT'], value: false },
      (error) => unwritable(path, error),
    ),
  append: (path, content) =>
    attempt(
      () => appendWhole(path, content),
      { codes: [], value: 0 },
      (error) => unwritable(path, error),
    ),
  touch: (path) =>
    attempt(
      () => present(() => utimesSync(path, new Date(), new Date())),
      { codes: ['ENOENT'], value: false },
      (error) => unwritable(path, error),
    ),
  makeDirectory: (path, like) =>
    attempt(
      () => (like === undefined ? void mkdirSync(path, { recursive: true }) : makeLike(path, like)),
      { codes: [], value: undefined },
      (error) => unwritable(path, error),
    ),
};
