import { Undecided } from '../kit/errors.ts';
import type { Grant } from '../locks/index.ts';

/** How an actor came to be known. */
export type ActorSource =
  | 'flag'
  | 'environment'
  | 'session-grant'
  | 'session'
  | 'email'
  | 'grant'
  | 'committer';

/** Who makes a change. `holder` is undefined where nothing says who works here. */
export type Actor = {
  holder: string | undefined;
  source: ActorSource | undefined;
  /** Set by name or by session; somebody known by an e-mail alone is a person. */
  named: boolean;
  email: string | undefined;
  session: string | undefined;
};

/** What an identity is read from. `grants` are the active ones. */
export type IdentitySources = {
  as: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  email: string | undefined;
  grants: readonly Grant[];
};

export const HOLDER_VARIABLE = 'LEASEHOLD_HOLDER';

/** Where agents say which session a process belongs to. */
export const SESSION_VARIABLES = ['CLAUDE_CODE_SESSION_ID', 'CODEX_THREAD_ID'] as const;

const MAX_HOLDER = 200;

const isName = (text: string | undefined): text is string => text !== undefined && text !== '';

/** A holder's name as given; refused where it could not be written into a lock file or told apart on a screen. */
export const checkHolder = (name: string): string => {
  const isPlain = name.trim() === name && !/[\u0000-\u001f\u007f]/.test(name);
  if (name !== '' && name.length <= MAX_HOLDER && isPlain) return name;
  throw new Undecided(
    'usage',
    `${JSON.stringify(name.slice(0, 80))} cannot be a holder's name`,
    `use 1 to ${MAX_HOLDER} characters without control characters or blanks around them`,
  );
};

const findSession = (env: IdentitySources['env']): string | undefined =>
  SESSION_VARIABLES.map((name) => env[name]).find(isName);

/** The one holder that this session has claimed as; none where it has claimed as several. */
const findSessionHolder = (session: string, grants: readonly Grant[]): string | undefined => {
  const holders = new Set(
    grants.filter((grant) => grant.about.session === session).map((grant) => grant.holder),
  );
  return holders.size === 1 ? [...holders][0] : undefined;
};

/**
 * Who acts, by the first that is set: `--as`, `LEASEHOLD_HOLDER`, the holder that this agent session has
 * claimed as, the session itself, git's e-mail.
 */
export const resolveActor = ({ as, env, email, grants }: IdentitySources): Actor => {
  const session = findSession(env);
  const known = { email, session };
  if (as !== undefined) return { ...known, holder: checkHolder(as), source: 'flag', named: true };
  const named = env[HOLDER_VARIABLE];
  if (isName(named)) {
    return { ...known, holder: checkHolder(named), source: 'environment', named: true };
  }
  if (session !== undefined) {
    const claimedAs = findSessionHolder(session, grants);
    if (claimedAs) return { ...known, holder: claimedAs, source: 'session-grant', named: true };
    return { ...known, holder: checkHolder(session), source: 'session', named: true };
  }
  if (email !== undefined) return { ...known, holder: email, source: 'email', named: false };
  return { ...known, holder: undefined, source: undefined, named: false };
};

/** The committer of a commit that names no grant: a person, who owns the grants that carry the e-mail. */
export const committerActor = (email: string | undefined): Actor => ({
  holder: email,
  source: 'committer',
  named: false,
  email,
  session: undefined,
});

/** True where the grant is the actor's. Holders compare exactly. */
export const isOwnGrant = (grant: Grant, actor: Actor): boolean => {
  if (actor.holder === undefined) return false;
  if (grant.holder === actor.holder) return true;
  return actor.source === 'committer' && grant.about.email === actor.email;
};
