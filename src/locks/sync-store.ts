import { join } from 'node:path';
import { formatSpan } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import type { KnowsEmail } from './disclosure.ts';
import type { StoredGrant } from './ledger.ts';
import type { LedgerRepository } from './ledger-repository.ts';
import type { Clone } from './load.ts';
import { listMirror, refreshMirror } from './mirror-store.ts';
import type { FileStoreContext } from './settle-store.ts';
import type { Snapshot } from './snapshot.ts';
import { findMirrorAge, stampOf } from './sync-stamp.ts';
import type { Turns } from './turns.ts';

/** How new what a reader reads has to be. */
export type Freshness = {
  /** Ages in milliseconds since the remote last answered: any process of this clone, and this one. */
  isFresh: (ages: { clone: number; own: number }) => boolean;
  /** For how long an answer of the remote is waited for, in milliseconds. */
  limit: number;
  /** How often it is asked what came of a push that it did not answer. */
  attempts: number;
  /** What a reader cannot do without where the remote does not answer: what was seen once, or what is there now. */
  need: 'none' | 'some' | 'newest';
};

/** What the git store needs of the world. */
export type GitStoreContext = FileStoreContext & {
  clone: Clone;
  repository: LedgerRepository;
  knowsEmail: KnowsEmail;
  /** For how long a challenged grant is left to its holder, in milliseconds. */
  margin: number;
  freshness: () => Freshness;
  turns: Turns;
  /** What the user is to know besides. */
  tell: (message: string) => void;
  tellChallenge: (grants: readonly StoredGrant[], rest: number) => void;
};

/** How long a remote that did not answer is left alone, in milliseconds, before it is asked again. */
export const AGAIN = 500;

/** Where the remote has just not answered, readers who can go on without it do so, for so long. */
const CALM = 30_000;

/** The time of its sibling says when it did not. */
const failureOf = (mirror: string): string => join(mirror, 'not-fetched');

const mirrorDirectory = ({ clone }: Pick<GitStoreContext, 'clone'>): string =>
  join(clone.places.drafts, '..');

/** What whoever asked for a change is told where nothing of it was sent. */
export const UNCHANGED = 'nothing was changed';

export const unreachable = (
  { repository }: Pick<GitStoreContext, 'repository'>,
  reason: string,
): Undecided =>
  new Undecided(
    'remote-unreachable',
    `${repository.place} cannot be had: ${reason}`,
    repository.probe,
  );

const rewound = ({ repository }: GitStoreContext): Undecided =>
  new Undecided(
    'ledger-rewound',
    `${repository.place} does not go on from what this clone has seen of it, so grants may have been lost; the remedy goes on with what is there`,
    repository.forget,
  );

/** Others may have been first so often; after that something keeps everybody from it. */
const MAX_STEPS = 16;

const unfollowed = ({ repository }: GitStoreContext): Undecided =>
  new Undecided(
    'store-unwritable',
    `what was seen of ${repository.place} cannot be noted in this clone`,
    repository.forget,
  );

const continuesFrom = (
  { repository }: GitStoreContext,
  { commit }: Snapshot,
  known: string,
): boolean => commit !== undefined && repository.continues(commit, known);

/**
 * Makes a snapshot the last one seen, unless this clone has seen a later one meanwhile; returns the later of
 * both. `before` is what was seen before the remote was asked: older than that it can never be.
 */
const follow = (
  context: GitStoreContext,
  before: string | undefined,
  fetched: Snapshot,
): Snapshot => {
  const { repository } = context;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const known = repository.seen();
    if (known === fetched.commit) return fetched;
    const seen = repository.load(known);
    if (seen.state.seq >= fetched.state.seq) {
      if (known === before) throw rewound(context);
      return seen;
    }
    // Set back, it may have been overtaken since: longer than what was seen, and without it.
    if (known !== undefined && !continuesFrom(context, fetched, known)) throw rewound(context);
    if (fetched.commit !== undefined && repository.advance(known, fetched.commit)) return fetched;
  }
  throw unfollowed(context);
};

const touch = ({ files }: GitStoreContext, path: string): void => {
  if (!files.touch(path)) files.create(path, '');
};

/** What was seen is the mirror's now. */
export const keepSeen = (
  context: GitStoreContext,
  before: string | undefined,
  fetched: Snapshot,
): Snapshot => {
  // Listed before the last seen commit is read: what it does not have of these names is gone for good.
  const listed = listMirror(context);
  const snapshot = follow(context, before, fetched);
  refreshMirror(context, snapshot, listed);
  touch(context, stampOf(mirrorDirectory(context)));
  return snapshot;
};

const fetchOnce = async (context: GitStoreContext): Promise<Snapshot | { failed: string }> => {
  const { repository } = context;
  const before = repository.seen();
  const fetched = await repository.fetchTip(context.freshness().limit);
  if ('failed' in fetched) return fetched;
  return follow(context, before, repository.load(fetched.commit));
};

/** The remote's ledger as it is now, asked for until the remote answers; `Undecided` where it never does. */
export const fetchTip = async (context: GitStoreContext): Promise<Snapshot> => {
  const { attempts } = context.freshness();
  for (let attempt = 1; ; attempt += 1) {
    const fetched = await fetchOnce(context);
    if (!('failed' in fetched)) return fetched;
    if (attempt >= attempts) throw unreachable(context, fetched.failed);
    await context.clock.pause(attempt * AGAIN);
  }
};

/** The same for whoever reads: the mirror has it too. */
const fetchNow = async (context: GitStoreContext): Promise<Snapshot> => {
  const snapshot = await fetchTip(context);
  return keepSeen(context, snapshot.commit, snapshot);
};

/** What one process knows of how new its readings are. */
export type Sync = {
  /** Asks the remote where what is here is too old for whoever reads. */
  refresh(): Promise<void>;
  /** The remote has answered just now. */
  done(): void;
  /** Whether it has answered this process at all. */
  isReached(): boolean;
  /** Throws `Undecided` where whoever cannot wait would wait for a remote that has just not answered. */
  assertHope(): void;
};

const describeAge = (age: number): string =>
  Number.isFinite(age)
    ? `the locks are as they were ${formatSpan(age)} ago`
    : 'the locks have never been read here';

export const createSync = (context: GitStoreContext): Sync => {
  const { clock, files } = context;
  const directory = mirrorDirectory(context);
  let answeredAt = Number.NEGATIVE_INFINITY;
  let isTold = false;
  const ageOf = (path: string): number => findMirrorAge(files, path, clock.now());
  const done = (): void => {
    answeredAt = clock.steady();
  };

  /** What is old is said once, and by how much. */
  const tellStale = (age: number, reason: string): void => {
    if (!isTold) context.tell(`${describeAge(age)}: ${reason}`);
    isTold = true;
  };

  const refresh = async (): Promise<void> => {
    const { isFresh, need } = context.freshness();
    const age = ageOf(stampOf(directory));
    const isRequired = need === 'newest' || (need === 'some' && !Number.isFinite(age));
    if (isFresh({ clone: age, own: clock.steady() - answeredAt })) return;
    if (need === 'none' && (isTold || ageOf(failureOf(directory)) < CALM)) {
      tellStale(age, `${context.repository.place} did not answer a moment ago`);
      return;
    }
    try {
      await fetchNow(context);
      done();
    } catch (error) {
      const isSoft = error instanceof Undecided && error.code === 'remote-unreachable';
      if (!isSoft || isRequired) throw error;
      touch(context, failureOf(directory));
      tellStale(age, error.message);
    }
  };
  const assertHope = (): void => {
    const isHasty = context.freshness().need === 'none';
    if (isHasty && ageOf(failureOf(directory)) < CALM) {
      throw unreachable(context, 'it did not answer a moment ago');
    }
  };
  const isReached = (): boolean => answeredAt > Number.NEGATIVE_INFINITY;
  return { refresh, done, isReached, assertHope };
};
