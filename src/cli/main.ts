import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isatty } from 'node:tty';
import { systemClock } from '../kit/clock.ts';
import { findNetworkFileSystem, findRealPath, isExecutable, systemFiles } from '../kit/files.ts';
import { createPalette } from '../report/index.ts';
import type { Context } from './command.ts';
import { findOwnCommand } from './own-command.ts';
import { runCommandLine } from './run-command-line.ts';

const write = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(`${text}\n`);

const bundle = import.meta.dirname;

const findCommand = (): string =>
  findOwnCommand(isExecutable, { path: process.env.PATH, top: process.cwd(), bundle });

/** The world as it is; what is slow to ask is asked when it is needed. */
const context: Context = {
  cwd: process.cwd(),
  env: process.env,
  files: systemFiles,
  clock: systemClock,
  findRealPath,
  findNetworkFileSystem: (directory) => findNetworkFileSystem(directory),
  host: hostname(),
  random: Math.random,
  createId: () => crypto.randomUUID(),
  bundle,
  parentPid: process.ppid,
  readInput: () => readFileSync(0),
  // Not `process.stdin`: to look at it makes a pipe non-blocking, and `readInput` fail where the writer is slow.
  get isTerminal() {
    return isatty(0);
  },
  print: write(process.stdout),
  tell: write(process.stderr),
  palette: createPalette(process.stdout, process.env, findCommand),
  get errorPalette() {
    return createPalette(process.stderr, process.env, findCommand);
  },
};

// A reader that has seen enough (`leasehold log | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// Until it has answered: a process that ends before has decided nothing.
process.exitCode = 2;
void runCommandLine(process.argv.slice(2), context).then((code) => {
  process.exitCode = code;
});
