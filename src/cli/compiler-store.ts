import { setFlagsFromString } from 'node:v8';

/**
 * How many bytes of a function V8 runs before its optimising compiler looks at it; by default a fifteenth of
 * that. Few processes of ours live until it has paid: an audit took half as much CPU again, whether all was
 * known or nothing. The compiler is not shut out, for whoever reads ten thousand files needs it.
 */
export const delayOptimising = (): void => setFlagsFromString('--interrupt-budget=1000000');

/** As git tells them, 500 paths of a commit and 10,000. */
const [SOME, MANY] = [64_000, 1_300_000];

/**
 * Prepares V8 for what git has told a hook's guard, so many bytes. Where they are many, it would compile what runs
 * often while it runs, and make its space for what is young larger and larger, and a process of fifty milliseconds
 * has ended before either has paid: a third of the time of 2,000 paths, and 7 MB. Where they are few, to say so would
 * take longer than it saves; where they are very many, both are worth it.
 */
export const prepareFor = (bytes: number): void => {
  if (bytes < SOME || bytes > MANY) return;
  setFlagsFromString('--no-opt');
  setFlagsFromString('--semi-space-growth-factor=1');
};
