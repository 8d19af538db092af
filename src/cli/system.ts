import { hostname } from 'node:os';
import { startInput } from '../kit/child.ts';
import { systemClock } from '../kit/clock.ts';
import { systemFiles } from '../kit/files.ts';
import {
  findNetworkFileSystem,
  findRealPath,
  findScratch,
  isExecutable,
  isRegularFile,
} from '../kit/places.ts';
import { mayBeTerminal, readStream, writeStream } from '../kit/streams.ts';
import { createPalette } from '../report/index.ts';
import type { Context } from './command.ts';
import { findOwnCommand } from './own-command.ts';

/** One of our two outputs: a terminal is written to as node does it, all else at once. */
const createOutput = (descriptor: 1 | 2, open: () => NodeJS.WriteStream) => {
  const isTTY = mayBeTerminal(descriptor) && open().isTTY;
  const write = (text: string): void => {
    if (isTTY) open().write(`${text}\n`);
    else writeStream(descriptor, `${text}\n`);
  };
  return { isTTY, write };
};

/** The world as it is; what is slow to ask is asked when it is needed. `bundle` is where the running one lies. */
export const openSystem = (bundle: string): { context: Context; hasTerminal: boolean } => {
  const output = createOutput(1, () => process.stdout);
  const errors = createOutput(2, () => process.stderr);
  const findCommand = (): string =>
    findOwnCommand(isExecutable, { path: process.env.PATH, top: process.cwd(), bundle });
  const context: Context = {
    cwd: process.cwd(),
    env: process.env,
    files: systemFiles,
    clock: systemClock,
    findRealPath,
    isFile: isRegularFile,
    findNetworkFileSystem: (directory) => findNetworkFileSystem(directory),
    host: hostname(),
    findScratch: (name) => findScratch(name),
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
  return { context, hasTerminal: output.isTTY || errors.isTTY };
};
