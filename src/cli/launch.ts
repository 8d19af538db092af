import { delayOptimising } from './compiler-store.ts';
import { DAILY_VERBS } from './daily.ts';

/**
 * The command's first file, and the only one that is always read: what is asked every day is in a bundle
 * without the verbs that are not, for to read what no question needs is a third of a short one's time.
 */
const isDaily = DAILY_VERBS.includes(process.argv[2] ?? '');

delayOptimising();

require(isDaily ? './daily.cjs' : './whole.cjs');
