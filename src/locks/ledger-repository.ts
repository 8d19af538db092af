import type { LogEvent } from './event.ts';
import type { Snapshot } from './snapshot.ts';

/** What is to be written and (null) removed, by path in the ledger's tree. */
export type Edits = ReadonlyMap<string, string | null>;

/** The remote's ledger as it is now, or why it could not be had. `commit` is undefined where there is none yet. */
export type Fetched = { commit: string | undefined } | { failed: string };

/**
 * What became of a push. `stale`: the ref has moved on, and nothing has happened. `unsent`: it came to nothing
 * before anything was sent; `isDenied` where somebody answered, and would not have it. `failed`: nobody can
 * tell; it may still come to be.
 */
export type Pushed =
  | 'taken'
  | 'stale'
  | { refused: string }
  | { unsent: string; isDenied: boolean }
  | { failed: string };

/** A ledger in a ref: what this clone has of it, and the remote that all clones share. */
export type LedgerRepository = {
  /** The last commit of the remote's that this clone has seen. */
  seen(): string | undefined;
  /** Makes `to` the last one seen; false where it is no longer `from`. */
  advance(from: string | undefined, to: string): boolean;
  /** The ledger as a commit of this clone's has it; `Undecided` where that is no ledger. */
  load(commit: string | undefined): Snapshot;
  /** The texts of files, by id. */
  read(ids: readonly string[]): ReadonlyMap<string, string>;
  /**
   * A commit upon `base`'s with these edits; nobody sees it yet. `isRoot`: one without a past, and without the
   * part of the log that is in the tree.
   */
  write(
    base: Snapshot,
    edits: Edits,
    about: { message: string; now: number; isRoot?: boolean },
  ): string;
  /** Gets the remote's, within as many milliseconds as `limit` says. */
  fetchTip(limit: number): Promise<Fetched>;
  /** Makes `commit` the remote's where that is exactly `expected`; within `limit` milliseconds. */
  push(commit: string, expected: string | undefined, limit: number): Promise<Pushed>;
  /** True where a commit is in the history of another, or was before that was compacted. */
  contains(tip: string, commit: string): boolean;
  /** True where a history goes on from a commit: it has it, or it was compacted since. */
  continues(tip: string, commit: string): boolean;
  /** The last commits of a history, the latest first. */
  listCommits(tip: string): string[];
  /** Puts away what git has gathered, where it is worth it. */
  tidy(): void;
  /** What happened, oldest first, as far as this clone has seen it. */
  events(): LogEvent[];
  /** The same for all clones of this machine that share the ledger, and for no others; letters and digits. */
  line: string;
  /** How people know the place: `refs/leasehold/ledger at origin`. */
  place: string;
  /** The command that shows a user what the remote says. */
  probe: string;
  /** The command that forgets what this clone has seen, to go on with what the remote has. */
  forget: string;
};
