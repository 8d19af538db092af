import { execFileSync, type SpawnSyncOptions, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { receive, send } from './spawner.mjs';

/** How a program ended: `status` is null where a signal ended it, or it could not be started. */
export type Outcome<Output> = {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: Output;
  stderr: Output;
  error: Error | undefined;
};

/** An error as it comes through a pipe. */
type Answer = Omit<Outcome<never>, 'error'> & {
  reason: { message: string; code: string } | undefined;
};

type Spawner = { directory: string; requests: number; answers: number };

const SPAWNER = resolve(import.meta.dirname, 'spawner.mjs');

let spawner: Spawner | undefined;

/** Whether somebody reads from the pipe: only then does nobody wait who opens it to write. */
const isHeard = (pipe: string): boolean => {
  try {
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
};

/** Waits for as long as a slow machine may take. A test that waits for ever would end no run. */
const waitUntilHeard = (pipe: string): void => {
  const idle = new Int32Array(new SharedArrayBuffer(4));
  for (let turn = 0; turn < 20_000; turn += 1) {
    if (isHeard(pipe)) return;
    Atomics.wait(idle, 0, 0, 2);
  }
  throw new Error('what starts programs has not come up');
};

const startSpawner = (): Spawner => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'leasehold-test-')));
  const [requests, answers] = [join(directory, 'requests'), join(directory, 'answers')];
  execFileSync('mkfifo', [requests, answers]);
  spawn(process.execPath, [SPAWNER, directory], {
    stdio: ['ignore', 'inherit', 'inherit'],
  }).unref();
  waitUntilHeard(requests);
  // Either is open once the other side has opened it too, in the same order.
  return { directory, requests: openSync(requests, 'w'), answers: openSync(answers, 'r') };
};

/** A directory of this process's own, which is removed when it has ended, however it does. */
export const workerDirectory = (): string => {
  spawner ??= startSpawner();
  return spawner.directory;
};

type Spawn = {
  (
    program: string,
    args: readonly string[],
    options: SpawnSyncOptions & { encoding: 'utf8' },
  ): Outcome<string>;
  (program: string, args: readonly string[], options?: SpawnSyncOptions): Outcome<Buffer>;
};

/**
 * node's `spawnSync`, done by a small process beside this one. Who starts a program is copied for it, and a
 * worker of vitest's is half a gigabyte: to copy that takes longer than most programs run.
 */
export const spawnSync: Spawn = (
  program: string,
  args: readonly string[],
  options: SpawnSyncOptions = {},
): Outcome<never> => {
  spawner ??= startSpawner();
  const own = { cwd: process.cwd(), env: { ...process.env } };
  send(spawner.requests, [program, args, { ...own, ...options }]);
  const answer = receive(spawner.answers) as Answer | undefined;
  if (answer === undefined) throw new Error(`what starts programs has ended before ${program}`);
  const { reason, ...outcome } = answer;
  return { ...outcome, error: reason && Object.assign(new Error(reason.message), reason) };
};
