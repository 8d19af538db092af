import { claimCommand } from './remedy.ts';
import type { Rule } from './rule.ts';
import { askForApproval, coveredByAny, isVouchedFor, type Subject, type World } from './subject.ts';

/** A claim stands in for ownership, unless the config wants an owner's claim on paths that require a lock. */
const needsOwner = (subject: Subject, world: World): boolean =>
  world.question.policy.ownersClaim === 'owners' && coveredByAny(world.requireLock, subject.key);

const isExcusedByClaim = (subject: Subject, world: World): boolean =>
  !needsOwner(subject, world) && subject.ownWrite !== undefined;

const isForeign = (subject: Subject, world: World): boolean =>
  !isExcusedByClaim(subject, world) &&
  subject.ownership?.state === 'owned' &&
  !isVouchedFor(subject.path, subject.ownership.owners, world);

const remedyHere = (owners: readonly string[], subject: Subject, world: World): string =>
  needsOwner(subject, world) || world.question.isBlind
    ? `ask ${owners.join(' ')} to make this change`
    : claimCommand([subject.path], world.question.prefix);

const findNotOwner: Rule['find'] = (subject, world) => {
  if (!world.isMapped || !isForeign(subject, world)) return undefined;
  const owners = subject.ownership?.owners ?? [];
  return {
    message: `it belongs to ${owners.join(' ')}${tellRule(subject, world)}`,
    remedy: askForApproval(owners, world) ?? remedyHere(owners, subject, world),
    owners,
  };
};

const tellRule = (subject: Subject, world: World): string => {
  const line = subject.ownership?.rule?.line;
  const file = world.question.policy.owners?.path;
  return line === undefined || file === undefined ? '' : ` (${file}:${line})`;
};

const findUnknownActor: Rule['find'] = (subject, world) => {
  if (world.isMapped || !isForeign(subject, world)) return undefined;
  const owners = subject.ownership?.owners ?? [];
  return {
    message: `it belongs to ${owners.join(' ')}, and the config maps you to no owner`,
    remedy: 'add yourself to owners.identities in leasehold.config.json',
    owners,
  };
};

const findUnowned: Rule['find'] = (subject, world) => {
  if (!world.matcher || subject.ownership?.state === 'owned') return undefined;
  return {
    message: `no rule of ${world.question.policy.owners?.path} owns it`,
    remedy: 'add a rule for it to CODEOWNERS',
  };
};

/** In the order in which they are preferred. */
export const OWNER_RULES: readonly Rule[] = [
  { rule: 'owners/not-owner', find: findNotOwner },
  { rule: 'owners/unknown-actor', find: findUnknownActor },
  { rule: 'owners/unowned', find: findUnowned },
];
