import { compileFiles } from './compiled-store.ts';

/** Started with the flags of the hooks, for V8 takes what was compiled with others for nothing. */
const [directory = '', ...names] = process.argv.slice(2);
compileFiles(directory, names);
