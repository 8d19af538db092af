import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';

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
