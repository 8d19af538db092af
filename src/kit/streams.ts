import { fstatSync, readSync, writeSync } from 'node:fs';
import { systemClock } from './clock.ts';

/** How long a look at a stream that is not ready is put off, in milliseconds. */
const PAUSE = 5;
const CHUNK = 65_536;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

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

/** All of a stream, to its end. Not through `process.stdin`, which would make a pipe of others non-blocking. */
export const readStream = (descriptor: number): Buffer => {
  const chunks: Buffer[] = [];
  const chunk = Buffer.alloc(CHUNK);
  for (let count = readChunk(descriptor, chunk); count > 0; count = readChunk(descriptor, chunk)) {
    chunks.push(Buffer.from(chunk.subarray(0, count)));
  }
  return Buffer.concat(chunks);
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
