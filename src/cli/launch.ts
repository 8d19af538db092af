import { setFlagsFromString } from 'node:v8';
import { DAILY_VERBS } from './daily.ts';

/**
 * The command's first file, and the only one that is always read: what is asked every day is in a bundle
 * without the verbs that are not, for to read what no question needs is a third of a short one's time.
 */
const isDaily = DAILY_VERBS.includes(process.argv[2] ?? '');

/**
 * How many bytes of a function V8 runs before its optimising compiler looks at it; by default a fifteenth of
 * that. Few processes of ours live until it has paid: an audit took half as much CPU again, whether all was
 * known or nothing. The compiler is not shut out, for whoever reads ten thousand files needs it.
 */
setFlagsFromString('--interrupt-budget=1000000');

require(isDaily ? './daily.cjs' : './whole.cjs');
