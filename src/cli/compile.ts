import { compileFiles } from './compiled-store.ts';

/** Started with the options of the hooks, for V8 takes what was compiled with other switches for nothing. */
const [directory = '', ...names] = process.argv.slice(2);
compileFiles(directory, names);
