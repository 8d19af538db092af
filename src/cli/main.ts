import { hostname } from 'node:os';
import { startInput } from '../kit/child.ts';
import { systemClock } from '../kit/clock.ts';
import { systemFiles } from '../kit/files.ts';
import { findNetworkFileSystem, findRealPath, isExecutable, isRegularFile } from '../kit/places.ts';
import { mayBeTerminal, readStream, writeStream } from '../kit/streams.ts';
import { createPalette } from '../report/index.ts';
import type { Context } from './command.ts';
import { findOwnCommand } from './own-command.ts';
import { runCommandLine } from './run-command-line.ts';

/** One of our two outputs: a terminal is written to as node does it, all else at once. */
const createOutput = (descriptor: 1 | 2, open: () => NodeJS.WriteStream) => {
  const isTTY = mayBeTerminal(descriptor) && open().isTTY;
  const write = (text: string): void => {
    if (isTTY) open().write(`${text}\n`);
    else writeStream(descriptor, `${text}\n`);
  };
  return { isTTY, write };
};

const output = createOutput(1, () => process.stdout);
const errors = createOutput(2, () => process.stderr);

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
  isFile: isRegularFile,
  findNetworkFileSystem: (directory) => findNetworkFileSystem(directory),
  host: hostname(),
  random: Math.random,
  createId: () => crypto.randomUUID(),
  bundle,
  parentPid: process.ppid,
  readInput: () => readStream(0),
  startInput: () => startInput(0),
  get isTerminal() {
    return mayBeTerminal(0) && process.stdin.isTTY === true;
  },
  print: output.write,
  tell: errors.write,
  palette: createPalette(output, process.env, findCommand),
  errorPalette: createPalette(errors, process.env, findCommand),
};

// Until it has answered: a process that ends before has decided nothing.
process.exitCode = 2;
void runCommandLine(process.argv.slice(2), context).then((code) => {
  process.exitCode = code;
  // All is said and done; to wait for node to put its heap away took 11 of 77 ms of a small question. What
  // was written to a terminal may still be on its way.
  if (!output.isTTY && !errors.isTTY) process.exit();
});
