import { fstatSync, readFileSync, readSync, writeSync } from 'node:fs';
import { systemClock } from './clock.ts';
import { codeOf } from './errors.ts';

/** How long a look at a stream that is not ready is put off, in milliseconds. */
const PAUSE = 5;
const CHUNK = 65_536;

/** Whoever started us may have made its pipe non-blocking; then the other end is waited for here. */
const waitFor = <T>(attempt: () => T): T => {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      systemClock.sleep(PAUSE);
    }
  }
};

const readChunk = (descriptor: number, chunk: Buffer): number => {
  try {
    return waitFor(() => readSync(descriptor, chunk));
  } catch (error) {
    // So ends a pipe on Windows.
    if (codeOf(error) === 'EOF') return 0;
    throw error;
  }
};

/**
 * A stream to its end, or until there are so many bytes of it. Not through `process.stdin`, which would make
 * a pipe of others non-blocking.
 */
export const readStream = (descriptor: number, enough = Number.POSITIVE_INFINITY): Buffer => {
  const chunks: Buffer[] = [];
  const chunk = Buffer.alloc(CHUNK);
  for (let length = 0; length < enough; ) {
    const count = readChunk(descriptor, chunk);
    if (count === 0) break;
    chunks.push(Buffer.from(chunk.subarray(0, count)));
    length += count;
  }
  return Buffer.concat(chunks);
};

const O_NONBLOCK = 0o4000;

/** True where another program can read a pipe for us to its end: one that waits, as far as Linux tells. */
export const isWaitingPipe = (descriptor: number): boolean => {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(
      readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'),
    );
    const isWaiting = flags !== null && (Number.parseInt(flags[1] ?? '', 8) & O_NONBLOCK) === 0;
    return isWaiting && fstatSync(descriptor).isFIFO();
  } catch {
    return false;
  }
};

/**
 * Writes all of a text before it returns; a reader that has seen enough (`leasehold log | head`) is no error.
 * Not through `process.stdout`, whose making costs a small command 4 ms.
 */
export const writeStream = (descriptor: number, text: string): void => {
  let rest: Uint8Array = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(waitFor(() => writeSync(descriptor, rest)));
  } catch (error) {
    if (codeOf(error) !== 'EPIPE') throw error;
  }
};

/** True where a terminal may be at the stream; a regular file or a pipe needs no further look. */
export const mayBeTerminal = (descriptor: number): boolean => {
  try {
    return fstatSync(descriptor).isCharacterDevice();
  } catch {
    // Closed: then nobody is there.
    return false;
  }
};
