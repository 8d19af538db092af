import { readArguments } from '../kit/ancestry.ts';
import { runCommandLine } from './run-command-line.ts';
import { openSystem } from './system.ts';

const { context, hasTerminal } = openSystem(import.meta.dirname);

// Until it has answered: a process that ends before has decided nothing.
process.exitCode = 2;
void runCommandLine(readArguments(process.argv.slice(2)), context).then((code) => {
  process.exitCode = code;
  // All is said and done; to wait for node to put its heap away took 11 of 77 ms of a small question. What
  // was written to a terminal may still be on its way.
  if (!hasTerminal) process.exit();
});
