import { setFlagsFromString } from 'node:v8';

/** V8 asks for four times as much before it optimises a function: its own measure is 132 KB of bytecode run. */
const BUDGET = 500_000;

/**
 * For whoever reads a tree next: of a thousand functions that run for half a second most are done by the time
 * that they are optimised, which costs more than it brings. Those that a large tree keeps busy still are.
 */
export const delayOptimising = (): void => setFlagsFromString(`--interrupt-budget=${BUDGET}`);
