import { createCommandLoader } from './command-code-store.ts';
import { delayOptimising } from './compiler-store.ts';
import { DAILY_VERBS } from './daily.ts';

/**
 * The command's first file, and the only one that is always read: what is asked every day is in a bundle
 * without the verbs that are not, for to read what no question needs is a third of a short one's time.
 */
const [, , verb = '', hook = ''] = process.argv;

// Nearly all of them ask git. Loaded behind the next line, it would be compiled from its text: 8 ms in place of 2.
if (DAILY_VERBS.includes(verb)) require('node:child_process');

// Before anything of ours is compiled: V8 takes what was compiled by other settings for nothing, be it node's own.
delayOptimising();

/** Undefined for a shell that stands in what is gone, a removed worktree say: neither node nor git works there. */
const findPlace = (): string | undefined => {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
};

const cwd = findPlace();
if (cwd === undefined) {
  process.exitCode = 2;
  process.stderr.write(
    'leasehold could not decide: the directory that you stand in is gone\nnext: cd\n',
  );
} else if (DAILY_VERBS.includes(verb)) {
  const purpose = verb === 'hook' && /^[a-z-]+$/.test(hook) ? hook : verb;
  const load = createCommandLoader(import.meta.dirname, { cwd, purpose });
  if (load) load('daily.cjs');
  else require('./daily.cjs');
} else require('./whole.cjs');
