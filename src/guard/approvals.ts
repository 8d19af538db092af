import { listNameOwners } from './identities.ts';
import type { Policy } from './policy.ts';

/** An approving review of a pull request, by whom its host says that it is from. */
export type Review = {
  /** The login, without `@`. */
  login: string;
  /** Paths that have changed since what was approved; `all` where nobody can tell what has. */
  changedSince: ReadonlySet<string> | 'all';
};

/** A review with whom it speaks for, in lower case. */
export type Approval = Pick<Review, 'changedSince'> & { owners: ReadonlySet<string> };

/** Whom a review speaks for: its login, and the owners that the config maps the login to. */
export const toApproval = ({ login, changedSince }: Review, policy: Policy): Approval => {
  const owners = [
    `@${login}`,
    ...listNameOwners(login, policy),
    ...listNameOwners(`@${login}`, policy),
  ];
  return { changedSince, owners: new Set(owners.map((owner) => owner.toLowerCase())) };
};
