import type { LogEvent } from './event.ts';
import type { GrantNotes } from './grant.ts';

/** Whether the repository's history shows an e-mail already. */
export type KnowsEmail = (email: string) => boolean;

/** What a clone keeps to itself of a grant. */
export type PrivateNotes = Pick<GrantNotes, 'worktree' | 'host' | 'session' | 'email'>;

/** What others may read of a grant's making. */
export const disclose = (about: GrantNotes, knowsEmail: KnowsEmail): GrantNotes => {
  const { worktree, host, session, email, ...open } = about;
  return email !== undefined && knowsEmail(email) ? { ...open, email } : open;
};

/** What others may not, or not yet. */
export const listPrivate = ({ worktree, host, session, email }: GrantNotes): PrivateNotes => ({
  ...(worktree === undefined ? {} : { worktree }),
  ...(host === undefined ? {} : { host }),
  ...(session === undefined ? {} : { session }),
  ...(email === undefined ? {} : { email }),
});

/**
 * An event as others may read it. That of a bypass keeps its e-mail: it is of a commit that is made with it
 * at this moment, and known by nothing else.
 */
export const discloseEvent = (event: LogEvent, knowsEmail: KnowsEmail): LogEvent => {
  const { email, ...open } = event;
  if (email === undefined || event.event === 'bypassed' || knowsEmail(email)) return event;
  return open;
};
