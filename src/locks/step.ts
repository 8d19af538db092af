import { challengeName, serialiseChallenge } from './challenge.ts';
import type { Decide, Decision, Ledger, Plan, StoredGrant } from './ledger.ts';
import type { Edits } from './ledger-repository.ts';
import { readLedger } from './load.ts';
import { createSnapshotReader, readPrivate } from './mirror-store.ts';
import { type Carried, type EditContext, isOutdated, planEdits } from './plan-edits.ts';
import type { RecordMemory } from './record-memory.ts';
import type { Snapshot } from './snapshot.ts';
import type { GitStoreContext } from './sync-store.ts';

/** What a decision is made with: what this process has read, and since when it knows which challenges. */
export type Deciding = GitStoreContext & {
  snapshotMemory: RecordMemory;
  /** By the name of the challenge, on the steady clock. */
  challengedSince: Map<string, number>;
};

const readSnapshot = (session: Deciding, snapshot: Snapshot): Ledger => {
  const { clone, repository, clock, snapshotMemory } = session;
  const files = createSnapshotReader(snapshot, clone.places, repository);
  return readLedger({ files, clock }, clone, snapshotMemory);
};

const editContext = (session: Deciding, snapshot: Snapshot, ledger: Ledger): EditContext => {
  const { repository, files, clone, knowsEmail } = session;
  return {
    snapshot,
    ledger,
    knowsEmail,
    textOf: ({ id }) => repository.read([id]).get(id),
    privateOf: (id) => readPrivate(files, clone.places, id),
  };
};

/** The challenges that a snapshot has, and since when this process knows of each. */
export const noteChallenges = ({ challengedSince, clock }: Deciding, { files }: Snapshot): void => {
  const names = new Set(files.flatMap(({ section, name }) => (section === 'asks' ? [name] : [])));
  for (const name of challengedSince.keys()) if (!names.has(name)) challengedSince.delete(name);
  for (const name of names) {
    if (name.endsWith('.challenge.json') && !challengedSince.has(name)) {
      challengedSince.set(name, clock.steady());
    }
  }
};

/** For how long a challenged grant is left to its holder still; undefined where it is not challenged yet. */
const findRest = (
  { challengedSince, clock, margin }: Deciding,
  grant: StoredGrant,
): number | undefined => {
  const since = challengedSince.get(challengeName(grant));
  return since === undefined ? undefined : Math.max(0, margin - (clock.steady() - since));
};

/** Grants that a plan takes over before they are ripe, and how long until they are. */
type Unripe = { grant: StoredGrant; rest: number; isNew: boolean };

const listUnripe = (session: Deciding, { takeOver = [] }: Plan): Unripe[] =>
  takeOver
    .filter((grant) => grant.token !== undefined)
    .map((grant) => ({ grant, rest: findRest(session, grant) }))
    .filter(({ rest }) => rest === undefined || rest > 0)
    .map(({ grant, rest }) => ({ grant, rest: rest ?? session.margin, isNew: rest === undefined }));

/** The ledger as it is while these are left to their holders: they bind until then. */
const asBinding = (ledger: Ledger, unripe: readonly Unripe[]): Ledger => {
  const until = new Map(unripe.map(({ grant, rest }) => [grant.file, ledger.now + rest]));
  const extend = (grant: StoredGrant): StoredGrant => {
    const expiresAt = until.get(grant.file);
    return expiresAt === undefined ? grant : { ...grant, expiresAt };
  };
  return {
    ...ledger,
    grants: ledger.grants.map(extend),
    near: (claim) => ledger.near(claim).map(extend),
    above: (path) => ledger.above(path).map(extend),
    below: (path, wanted) => ledger.below(path, wanted).map(extend),
    heldBy: (holder) => ledger.heldBy(holder).map(extend),
  };
};

const challengeEdits = (unripe: readonly Unripe[], by: string, now: number): Edits =>
  new Map(
    unripe
      .filter(({ isNew }) => isNew)
      .map(({ grant }) => [`asks/${challengeName(grant)}`, serialiseChallenge({ by, at: now })]),
  );

/** What is to be pushed, and what it comes to once it is there. */
export type Step<T> =
  | { kind: 'again' }
  | { kind: 'done'; outcome: T; carried: Carried }
  /** Nothing is decided yet: a challenge has to be made, or waited out for so long. */
  | { kind: 'challenge'; edits: Edits; rest: number; unripe: readonly Unripe[] };

const withEdits = (carried: Carried, more: Edits): Carried => ({
  ...carried,
  edits: new Map([...carried.edits, ...more]),
});

export const NOTHING: Carried = { edits: new Map(), events: [], entered: undefined };

const carry = (context: EditContext, plan: Plan | undefined): Carried =>
  plan ? planEdits(context, plan) : NOTHING;

/**
 * Decides on a snapshot. Where the plan takes over what is not ripe it is decided again as if that still
 * bound: whoever can wait in the queue does so; all others wait here.
 */
export const decideOn = <T>(session: Deciding, snapshot: Snapshot, decide: Decide<T>): Step<T> => {
  noteChallenges(session, snapshot);
  const ledger = readSnapshot(session, snapshot);
  const context = editContext(session, snapshot, ledger);
  const decision: Decision<T> = decide(ledger);
  if ('again' in decision || (decision.plan && isOutdated(context, decision.plan))) {
    return { kind: 'again' };
  }
  const unripe = decision.plan ? listUnripe(session, decision.plan) : [];
  if (unripe.length === 0) {
    return { kind: 'done', outcome: decision.outcome, carried: carry(context, decision.plan) };
  }
  const by = decision.plan?.add?.holder ?? '';
  const edits = challengeEdits(unripe, by, ledger.now);
  const patient = decide(asBinding(ledger, unripe));
  if (!('again' in patient) && patient.plan?.wait) {
    const carried = withEdits(carry(context, patient.plan), edits);
    return { kind: 'done', outcome: patient.outcome, carried };
  }
  return { kind: 'challenge', edits, unripe, rest: Math.max(...unripe.map(({ rest }) => rest)) };
};
