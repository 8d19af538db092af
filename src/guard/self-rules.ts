import { CONFIG_FILE } from '../kit/paths.ts';
import { OWNERS_PLACES } from '../owners/index.ts';
import type { Remark, Rule } from './rule.ts';
import { askForApproval, isVouchedFor, type Subject, type World } from './subject.ts';

/** What `init --ci` writes: who changes it says what is judged at all. */
const CI_FILES = [
  '.github/workflows/leasehold.yml',
  '.github/workflows/leasehold-locks.yml',
  '.github/settings.yml',
  '.gitlab/leasehold.yml',
];

const GUARDS: readonly string[] = [CONFIG_FILE, ...OWNERS_PLACES, ...CI_FILES];
const GUARD_DIRECTORIES = ['.husky/', '.githooks/'];

/** True for what guards the repository: CODEOWNERS, the config, what runs it in CI, and hooks that are committed. */
const isGuard = (path: string): boolean =>
  GUARDS.includes(path) || GUARD_DIRECTORIES.some((directory) => path.startsWith(directory));

/** What guards the repository but has no owner: worth a word, never a refusal. Adding it is how guarding begins. */
const remarkUnowned = (subject: Subject): Remark | undefined =>
  subject.change.kind === 'added'
    ? undefined
    : {
        message: 'it guards this repository, and nobody owns it',
        remedy: 'add a rule for it to CODEOWNERS',
        atMost: 'warn',
      };

/** The first config is how guarding begins: nobody could have been asked. */
const isFirstConfig = ({ change }: Subject, { question }: World): boolean =>
  change.path === CONFIG_FILE && change.kind === 'added' && !question.policy.configured;

/**
 * Whose word a change of this path needs. A CODEOWNERS in another place may be read instead of the one
 * that is in force, so it needs the word of that one's owners too.
 */
const listGuardedOwners = ({ path }: Subject, { matcher, question }: World): string[][] => {
  const inForce = OWNERS_PLACES.includes(path) ? question.policy.owners?.path : undefined;
  const paths = [...new Set([path, inForce ?? path])];
  return paths
    .map((guarded) => matcher?.find(guarded).owners ?? [])
    .filter((list) => list.length > 0);
};

const findSelfChange: Rule['find'] = (subject, world) => {
  if (!isGuard(subject.path) || isFirstConfig(subject, world)) return undefined;
  const guarded = listGuardedOwners(subject, world);
  if (guarded.length === 0) return remarkUnowned(subject);
  const owners = guarded.find((list) => !isVouchedFor(subject.path, list, world));
  if (!owners) return undefined;
  const remark: Remark = {
    message: `it guards this repository and belongs to ${owners.join(' ')}`,
    remedy:
      askForApproval(owners, world) ?? `ask ${owners.join(' ')} to make or to approve this change`,
    owners,
  };
  return isUnmapped(world) ? { ...remark, atMost: 'warn' } : remark;
};

/** Before the config maps anybody, no person could ever be an owner, nor write the first mapping. */
const isUnmapped = ({ question }: World): boolean =>
  !question.actor.named && Object.keys(question.policy.identities).length === 0;

export const SELF_RULES: readonly Rule[] = [{ rule: 'guard/self-change', find: findSelfChange }];
