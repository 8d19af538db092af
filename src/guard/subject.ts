import { comparePath } from '../kit/paths.ts';
import {
  type Claim,
  type EndedGrant,
  isExpired,
  isWrite,
  type Ledger,
  listActive,
  listExpired,
  type StoredGrant,
  scopeCovers,
} from '../locks/index.ts';
import {
  createAskingMatcher,
  type Ownership,
  type OwnersMatcher,
  type OwnersProblem,
} from '../owners/index.ts';
import { type Actor, isOwnGrant } from './actor.ts';
import type { Approval } from './approvals.ts';
import type { Change } from './changes.ts';
import { isMapped, listActorOwners } from './identities.ts';
import type { Past } from './past.ts';
import { type Policy, readScopes } from './policy.ts';

/** All that a verdict is made from. */
export type Question = {
  changes: readonly Change[];
  actor: Actor;
  ledger: Ledger;
  policy: Policy;
  /** What is wrong with CODEOWNERS as the change leaves it, where the change touches it. */
  proposedProblems: readonly (OwnersProblem & { path: string })[];
  /** The directory that remedies are read in, relative to the top, with a trailing slash, or empty. */
  prefix: string;
  /** For a commit of the past that names grants: what its trailers come to. */
  past?: Past;
  /** Where others review: what has been approved. An owner's approval stands in for their own hand. */
  approvals?: readonly Approval[];
  /** Locks are out of sight, and so would be a claim. */
  isBlind?: boolean;
};

/** The question prepared once, so that each path costs only its own look. */
export type World = {
  question: Question;
  now: number;
  ownActive: readonly StoredGrant[];
  ownExpired: readonly StoredGrant[];
  /** Notes of the actor's grants that others came after. */
  ownEnded: readonly EndedGrant[];
  /** Of the grants that may cover a path those that are the actor's own, and active. */
  pickOwn: (above: readonly StoredGrant[]) => readonly StoredGrant[];
  /** True for a grant that binds the actor: it is active, and another's. */
  binds: (grant: StoredGrant) => boolean;
  requireLock: readonly Claim[];
  exempt: readonly Claim[];
  /** In lower case: logins compare without case. */
  actorOwners: ReadonlySet<string>;
  /** False where the config says nothing of the actor, who may be an owner all the same. */
  isMapped: boolean;
  matcher: OwnersMatcher | undefined;
};

type Grants = Pick<World, 'ownActive' | 'ownExpired' | 'ownEnded' | 'pickOwn' | 'binds'>;

/** Whoever acts now has what binds now, and what they have been told has ended. */
const listGrantsNow = ({ actor, ledger }: Question): Grants => {
  const isOwn = (grant: StoredGrant) => isOwnGrant(grant, actor);
  const isActive = (grant: StoredGrant) => !isExpired(grant, ledger.now);
  return {
    ownActive: listActive(ledger).filter(isOwn),
    ownExpired: listExpired(ledger).filter(isOwn),
    pickOwn: (above) => above.filter((grant) => isOwn(grant) && isActive(grant)),
    ownEnded: ledger.ended.filter((note) => isOwnGrant(note.grant, actor)),
    binds: (grant) => !isOwn(grant) && isActive(grant),
  };
};

/** A commit that names grants had them when it was made: how they ended since is nothing to it. */
const listGrantsThen = (question: Question, past: Past): Grants => {
  const holders = new Set(past.grants.map(({ holder }) => holder));
  const { binds } = listGrantsNow(question);
  return {
    ownActive: past.grants,
    pickOwn: () => past.grants,
    ownExpired: [],
    ownEnded: [],
    binds: (grant) => !holders.has(grant.holder) && binds(grant),
  };
};

/** One changed path with what the rules ask of it. `key` is its comparable form. */
export type Subject = {
  change: Change;
  path: string;
  key: string;
  /** The actor's active grants that may cover it. */
  own: readonly StoredGrant[];
  /** The first of them that covers it with a write. */
  ownWrite: StoredGrant | undefined;
  /** Other holders' active grants that may cover it, by file name. */
  others: readonly StoredGrant[];
  ownership: Ownership | undefined;
};

/** One matcher a policy: a push asks about hundreds of commits, and each rule is compiled once for all. */
const matchers = new WeakMap<object, OwnersMatcher>();

const findMatcher = ({ owners }: Policy): OwnersMatcher | undefined => {
  if (!owners) return undefined;
  const matcher = matchers.get(owners) ?? createAskingMatcher(owners);
  matchers.set(owners, matcher);
  return matcher;
};

export const createWorld = (question: Question): World => {
  const { actor, ledger, policy, past } = question;
  return {
    question,
    now: ledger.now,
    ...(past && past.grants.length > 0 ? listGrantsThen(question, past) : listGrantsNow(question)),
    requireLock: readScopes(policy.requireLock, policy.tables, ledger.rule),
    exempt: readScopes(policy.exempt, policy.tables, ledger.rule),
    actorOwners: new Set(listActorOwners(actor, policy).map((owner) => owner.toLowerCase())),
    isMapped: isMapped(actor, policy),
    // Where claims answer for every path, CODEOWNERS is never asked.
    get matcher() {
      return findMatcher(policy);
    },
  };
};

const inOrder = (grants: readonly StoredGrant[]): readonly StoredGrant[] =>
  grants.length > 1 ? grants.toSorted((a, b) => (a.file < b.file ? -1 : 1)) : grants;

export const createSubject = (change: Change, world: World): Subject => {
  const { ledger } = world.question;
  const key = comparePath(change.path, ledger.rule);
  let ownership: Ownership | undefined;
  const above = inOrder(ledger.above(key));
  const own = world.pickOwn(above);
  return {
    change,
    path: change.path,
    key,
    own,
    ownWrite: own.find((grant) => findCover(grant, key, 'write') !== undefined),
    others: above.filter(world.binds),
    // CODEOWNERS compares as its host does: by the bytes of the name, whatever the clone's file system says.
    get ownership() {
      ownership ??= world.matcher?.find(change.path);
      return ownership;
    },
  };
};

/** The first of a grant's claims that covers a path with a write, or with a read. */
export const findCover = (
  grant: StoredGrant,
  key: string,
  wanted: 'write' | 'read',
): Claim | undefined =>
  grant.claims.find(
    (claim) => isWrite(claim.mode) === (wanted === 'write') && scopeCovers(claim.compiled, key),
  );

export const coveredByAny = (claims: readonly Claim[], key: string): boolean =>
  claims.some((claim) => scopeCovers(claim.compiled, key));

const isAmong = (owners: readonly string[], known: ReadonlySet<string>): boolean =>
  owners.some((owner) => known.has(owner.toLowerCase()));

/** True where one of these owners is the actor. */
export const isActorAmong = (owners: readonly string[], world: World): boolean =>
  isAmong(owners, world.actorOwners);

/** What was approved is the path as it was then. */
const isApprovedNow = ({ changedSince }: Approval, path: string): boolean =>
  changedSince !== 'all' && !changedSince.has(path);

/** True where one of these owners makes the change, or has approved the path as it is. */
export const isVouchedFor = (path: string, owners: readonly string[], world: World): boolean =>
  isActorAmong(owners, world) ||
  (world.question.approvals ?? []).some(
    (approval) => isApprovedNow(approval, path) && isAmong(owners, approval.owners),
  );

/** Whom to ask where others review, and why the approval that there is does not count. */
export const askForApproval = (
  owners: readonly string[],
  { question }: World,
): string | undefined => {
  if (!question.approvals) return undefined;
  const isLate = question.approvals.some((approval) => isAmong(owners, approval.owners));
  const again = isLate ? ' again: the path has changed since' : '';
  return `ask ${owners.join(' ')} to approve this change${again}`;
};
