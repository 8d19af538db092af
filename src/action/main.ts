import { join } from 'node:path';
import { delayOptimising, openSystem } from '../cli/index.ts';
import { chooseParser } from '../exports/index.ts';
import { openHost } from './github-store.ts';
import { openParser } from './parser-store.ts';
import { runAction } from './run.ts';

delayOptimising();

const directory = import.meta.dirname;
const { context } = openSystem(directory);

// The parser that comes with the action: never one of the tree that is judged.
chooseParser(openParser(join(directory, 'parser.wasm')));

// Until it has answered: a process that ends before has decided nothing.
process.exitCode = 2;
void runAction({ context, openHost }).then((code) => {
  process.exit(code);
});
