// The small process that starts programs for a worker's spawn.ts, one after the other: what to start is read
// from one pipe, how it ended is written to another. Where the first ends the worker has, and its directory
// goes with it.
import { spawnSync } from 'node:child_process';
import { openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

const HEAD = 4;

const readExactly = (pipe, length) => {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const count = readSync(pipe, bytes, at, length - at, null);
    if (count === 0) return undefined;
    at += count;
  }
  return bytes;
};

/** What the other side has sent; undefined where it has ended. */
export const receive = (pipe) => {
  const head = readExactly(pipe, HEAD);
  const body = head && readExactly(pipe, head.readUInt32LE());
  return body && deserialize(body);
};

/** Sends what can be cloned. */
export const send = (pipe, value) => {
  const body = serialize(value);
  const bytes = Buffer.alloc(HEAD + body.length);
  bytes.writeUInt32LE(body.length);
  body.copy(bytes, HEAD);
  for (let at = 0; at < bytes.length; ) at += writeSync(pipe, bytes, at);
};

const serve = (requests, answers) => {
  for (let request = receive(requests); request; request = receive(requests)) {
    const { status, signal, stdout, stderr, error } = spawnSync(...request);
    const reason = error && { message: error.message, code: error.code };
    send(answers, { status, signal, stdout, stderr, reason });
  }
};

const [, program, directory = ''] = process.argv;
if (program === import.meta.filename) {
  serve(openSync(join(directory, 'requests'), 'r'), openSync(join(directory, 'answers'), 'w'));
  rmSync(directory, { recursive: true, force: true });
}
