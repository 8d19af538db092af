import { setFlagsFromString } from 'node:v8';

/**
 * How many bytes of a function V8 runs before its optimising compiler looks at it; by default a fifteenth of
 * that. Few processes of ours live until it has paid: an audit took half as much CPU again, whether all was
 * known or nothing. The compiler is not shut out, for whoever reads ten thousand files needs it.
 */
export const delayOptimising = (): void => setFlagsFromString('--interrupt-budget=1000000');
