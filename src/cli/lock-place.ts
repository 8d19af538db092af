import { describeInstant, formatSpan } from '../kit/clock.ts';
import type { Config } from '../kit/config.ts';
import { type Git, type Repository, readLine } from '../kit/git.ts';
import { printable, quoteName } from '../kit/quote.ts';
import {
  type Clone,
  type CloneSettings,
  compilePattern,
  createFileStore,
  createGitStore,
  createLedgerRepository,
  createTurns,
  type Freshness,
  type LogEvent,
  ledgerDirectory,
  locateClone,
  type NeedsOf,
  type Outbox,
  readLog,
  type Store,
  type StoredGrant,
  stateDirectory,
} from '../locks/index.ts';
import type { Context } from './command.ts';
import { openIssueStore } from './issue-place.ts';

/**
 * How new what a command reads of shared locks must be: `recent` is what a commit can wait for, as old as
 * `locks.maxStale` allows, and older where the remote does not answer; `prompt` is what a refusal waits for, a few
 * seconds old, and older all the same; `now` asks the remote, and goes on
 * with a warning where it has answered before; `required` stops there.
 */
export type Demand = 'recent' | 'prompt' | 'now' | 'required';

/** Where a workspace's locks are, and how they are reached. */
export type LockPlace = {
  clone: Clone;
  store: Store;
  /** Whether other clones read and write the same locks. */
  isShared: boolean;
  /** Brings what readers of lock files find up to what is demanded. */
  refresh: () => Promise<void>;
  /** What happened, oldest first, as far as this clone has seen it. */
  readEvents: () => LogEvent[];
  /** Where others read the log: what it lacks still, for it happened while they could not be reached. */
  outbox?: Outbox;
  /** Lets go of events that are older than an instant; undefined where the log sees to that by itself. */
  compact?: (since: number) => Promise<{ kept: number; dropped: number }>;
};

/** What a clone without settings of its own goes by. */
export const toSettings = (locks: Config['locks'], ignoreCase: boolean): CloneSettings => {
  const { ref, remote, maxStale, github } = locks;
  const issues = { ...github, repository: github.repository, maxStale };
  const settings = { version: 1, store: locks.store, locks: null, ignoreCase } as const;
  if (locks.store === 'github') return { ...settings, issues };
  const mirrored = locks.mirror === undefined ? settings : { ...settings, mirror: issues };
  if (locks.store === 'file') return mirrored;
  return { ...mirrored, ledger: { ref, remote, maxStale } };
};

/** As long as a command of one process needs what it has just read. */
const OWN_READING = 2_000;
const PATIENT = 20_000;
/** What a commit may be kept by a remote that does not answer, once in half a minute. */
const HASTY = 3_000;
/** What has been released since blocks nobody for longer than this; and so long a refusal may take to look. */
const PROMPT = { age: 3_000, limit: 2_000 };
/** What a holder needs, beyond `maxStale`, to see that they are challenged, and to answer. */
const ANSWER = 5_000;

const toFreshness = (demand: Demand, { maxStale }: { maxStale: number }): Freshness => {
  if (demand === 'recent') {
    const isFresh: Freshness['isFresh'] = ({ clone }) => clone <= maxStale;
    return { isFresh, limit: HASTY, attempts: 1, need: 'none' };
  }
  if (demand === 'prompt') {
    const isFresh: Freshness['isFresh'] = ({ clone }) => clone <= Math.min(maxStale, PROMPT.age);
    return { isFresh, limit: PROMPT.limit, attempts: 1, need: 'none' };
  }
  const isFresh: Freshness['isFresh'] = ({ own }) => own <= OWN_READING;
  return { isFresh, limit: PATIENT, attempts: 3, need: demand === 'now' ? 'some' : 'newest' };
};

/** Whether a commit that others may have shows an e-mail: then to write it in a ledger tells nobody anything. */
const createEmailCheck = (git: Git) => {
  const known = new Map<string, boolean>();
  const look = (email: string): boolean =>
    ['--committer', '--author'].some((whose) => {
      const found = readLine(git, [
        ...['log', '--all', '--max-count=1', '--format=%h', '--fixed-strings'],
        `${whose}=<${email}>`,
      ]);
      return found !== undefined && found !== '';
    });
  return (email: string): boolean => {
    const isKnown = known.get(email) ?? look(email);
    known.set(email, isKnown);
    return isKnown;
  };
};

const tellChallenge = (
  { tell, clock, errorPalette }: Context,
  grants: readonly StoredGrant[],
  rest: number,
): void => {
  for (const { holder, expiresAt } of grants) {
    const end = describeInstant(expiresAt, clock.now());
    tell(
      `${errorPalette.warn('Waiting')} ${formatSpan(rest)} for an answer of ${quoteName(holder)}: their lock ran out at ${end}, and is overwritten unless they renew it`,
    );
  }
};

const tellWarning = ({ tell, errorPalette }: Context, message: string): void =>
  tell(`${errorPalette.warn('warning:')} ${printable(message)}`);

/** Whose the locks are: this clone's own files, or a ref that it shares by a remote. */
export const openLockPlace = (
  context: Context,
  { git, repository }: { git: Git; repository: Repository },
  settings: CloneSettings,
  { demandOf, needsOf }: { demandOf: () => Demand; needsOf: NeedsOf },
): LockPlace => {
  const { files, clock, random, createId: uniqueName } = context;
  const { commonDir, top } = repository;
  const clone = locateClone(commonDir, settings, compilePattern);
  const outside = { files, clock, random, uniqueName };
  const { ledger, issues } = settings;
  if (issues !== undefined) {
    const freshness = () => toFreshness(demandOf(), issues);
    const site = { git, clone, settings: issues, freshness };
    const tell = (message: string) => tellWarning(context, message);
    const knowsEmail = createEmailCheck(git);
    const store = openIssueStore(context, site, { knowsEmail, tell, needsOf });
    const refresh = async () => void (await store.read());
    return {
      clone,
      store,
      isShared: true,
      refresh,
      readEvents: () => readLog(files, clone.places),
    };
  }
  if (ledger === undefined) {
    const readEvents = () => readLog(files, clone.places);
    const store = createFileStore(outside, clone);
    return { clone, store, isShared: false, refresh: () => Promise.resolve(), readEvents };
  }
  const ledgers = createLedgerRepository(
    {
      ...{ git, top, commonDir, uniqueName, env: context.env },
      directory: ledgerDirectory(stateDirectory(commonDir)),
      files,
    },
    ledger,
  );
  const { store, refresh, compact, outbox } = createGitStore({
    ...outside,
    clone,
    repository: ledgers,
    knowsEmail: createEmailCheck(git),
    margin: ledger.maxStale + ANSWER,
    freshness: () => toFreshness(demandOf(), ledger),
    turns: createTurns(outside, () => {
      const directory = context.findScratch('turns');
      return directory === undefined ? undefined : { directory, name: ledgers.line };
    }),
    tell: (message) => tellWarning(context, message),
    tellChallenge: (grants, rest) => tellChallenge(context, grants, rest),
  });
  const readEvents = () => [...ledgers.events(), ...outbox.list()];
  return { clone, store, isShared: true, refresh, compact, readEvents, outbox };
};
