import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync, unlinkSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Undecided } from './errors.ts';
import { isWaitingPipe, readStream } from './streams.ts';

/** A signal that a user or a system sends to end something, or to tell it something. */
export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT' | 'SIGUSR1' | 'SIGUSR2';

/** A program that was started, with this process's own standard streams. */
export type Child = {
  /**
   * Its exit code as a shell has it: 128 and the signal's number where one ended it, 126 and 127 where it
   * could not be started, with the reason.
   */
  ended: Promise<{ code: number; failure?: string }>;
  send(signal: Signal): void;
};

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

const toExitCode = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? 128 + (signal === null ? 0 : constants.signals[signal]);

const explainUnstarted = (program: string, error: unknown): { code: number; failure: string } => {
  const reason = (error as NodeJS.ErrnoException).code;
  const isMissing = program === '' || reason === 'ENOENT';
  const failure = isMissing ? 'there is no such command' : `it cannot be run (${reason})`;
  return { code: isMissing ? NOT_FOUND : NOT_EXECUTABLE, failure };
};

const whenEnded = (program: string, child: ChildProcess): Child['ended'] =>
  new Promise((done) => {
    child.on('error', (error) => done(explainUnstarted(program, error)));
    child.on('exit', (code, signal) => done({ code: toExitCode(code, signal) }));
  });

/** Starts a program without a shell. What cannot be started has ended. */
export const startChild = (
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Child => {
  try {
    const child = spawn(program, [...args], { stdio: 'inherit', env });
    return { ended: whenEnded(program, child), send: (signal) => void child.kill(signal) };
  } catch (error) {
    // Some failures (no directory on the way, arguments that are too long) are thrown, and no event.
    return { ended: Promise.resolve(explainUnstarted(program, error)), send: () => undefined };
  }
};

/** Calls `handle` at each of these signals instead of ending; returns what makes it stop. */
export const listenToSignals = (
  signals: readonly Signal[],
  handle: (signal: Signal) => void,
): (() => void) => {
  const listeners = signals.map((signal) => [signal, () => handle(signal)] as const);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
};

/** What a shell returns where this signal ended a program. */
export const exitCodeOfSignal = (signal: Signal): number => 128 + constants.signals[signal];

/** A file that is nobody's, and gone when it is closed; undefined where none can be made. */
const openScratch = (): number | undefined => {
  const path = join(tmpdir(), `leasehold-${process.pid}-${process.hrtime.bigint()}`);
  try {
    const descriptor = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return descriptor;
  } catch {
    return undefined;
  }
};

const readFromStart = (descriptor: number): Buffer => {
  const bytes = Buffer.alloc(fstatSync(descriptor).size);
  let length = 0;
  while (length < bytes.length) {
    const count = readSync(descriptor, bytes, length, bytes.length - length, length);
    if (count === 0) break;
    length += count;
  }
  return bytes.subarray(0, length);
};

/**
 * Runs a program while this process does something else: its output goes to a file, for a pipe holds 64 kB
 * until somebody reads. `input` is the descriptor that it reads from. Undefined where that cannot be done, or
 * the program cannot be started.
 */
export const runAside = async (
  program: string,
  args: readonly string[],
  settings: { cwd?: string; env: NodeJS.ProcessEnv; input?: number },
): Promise<{ code: number; output: Buffer } | undefined> => {
  const { input = 'ignore', ...place } = settings;
  const scratch = openScratch();
  if (scratch === undefined) return undefined;
  try {
    const child = spawn(program, args, { ...place, stdio: [input, scratch, 'ignore'] });
    const end = (): void => void child.kill();
    process.on('exit', end);
    const { code, failure } = await whenEnded(program, child);
    process.off('exit', end);
    return failure === undefined ? { code, output: readFromStart(scratch) } : undefined;
  } finally {
    closeSync(scratch);
  }
};

/** More than few names have. */
const FIRST = 65_536;

/** Standard input: how it begins, and what came in behind that; null where that is all of it. */
export type Input = { first: Buffer; rest: Promise<Buffer> | null };

/** Whoever writes without an end fills no more of the disk than this, should we be killed meanwhile. */
const MOST_COPIED = 256 * 1024 * 1024;

const readRest = async (descriptor: number): Promise<Buffer> => {
  const settings = { env: process.env, input: descriptor };
  const copied = isWaitingPipe(descriptor)
    ? await runAside('head', ['-c', String(MOST_COPIED)], settings)
    : undefined;
  if (copied === undefined) return readStream(descriptor);
  if (copied.code === 0) return Buffer.concat([copied.output, readStream(descriptor)]);
  throw new Undecided('usage', 'standard input could not be read to its end', 'df -- /tmp');
};

/**
 * Reads a stream. Where much comes through a pipe another process takes it in, so that whoever writes need
 * not wait while this one does something else.
 */
export const startInput = (descriptor: number): Input => {
  const first = readStream(descriptor, FIRST);
  return { first, rest: first.length < FIRST ? null : readRest(descriptor) };
};

/** How a program ended that was given a time limit: `code` is undefined where it was ended because of it. */
export type BoundedEnd = { code: number | undefined; stdout: string; stderr: string };

/** All that it started ends with it: a program that waits for the network has helpers that do the waiting. */
const endSession = (child: ChildProcess): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

/**
 * Runs a program for at most `limit` milliseconds, in a session of its own: it has no terminal, so nothing
 * that it starts can ask for a password there. What cannot be started throws `Undecided` (`git-failed`).
 */
export const runBounded = (
  program: string,
  args: readonly string[],
  { limit, ...place }: { cwd: string; env: NodeJS.ProcessEnv; limit: number },
): Promise<BoundedEnd> =>
  new Promise((done, failed) => {
    const child = spawn(program, args, {
      ...place,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const said = { stdout: '', stderr: '' };
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      endSession(child);
    }, limit);
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] = `${said[stream]}${text}`.slice(-MOST_SAID);
      });
    }
    child.on('error', (error) => {
      clearTimeout(timer);
      failed(
        new Undecided('git-failed', `${program} could not be run`, `${program} --version`, error),
      );
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      done({ code: isOver ? undefined : toExitCode(code, signal), ...said });
    });
  });

/** Of what a program says in the end, this much tells. */
const MOST_SAID = 65_536;
