import type { Grant } from './grant.ts';
import type { Decide, Ledger } from './ledger.ts';

/** What a change came to: the decision's outcome, and the grant that entered under it, if one did. */
export type Changed<T> = { outcome: T; entered: Grant | undefined };

/**
 * The port of all stores. All policy is above it: a store reads a ledger and makes a decision's plan
 * atomic, or runs the decision again on a newer ledger.
 */
export type Store = {
  read(): Promise<Ledger>;
  change<T>(decide: Decide<T>): Promise<Changed<T>>;
  /** Resolves when what this store has last read may be out of date, or after `patience` milliseconds. */
  watch(patience: number): Promise<void>;
  /** How often whoever waits asks again, in milliseconds, where that is not as often as they like. */
  pace?: number;
};
