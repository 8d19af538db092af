import { Undecided } from '../kit/errors.ts';
import { type Grant, HOLDER_RULE, isHolderName } from '../locks/index.ts';

/** How an actor came to be known. */
export type ActorSource =
  | 'flag'
  | 'environment'
  | 'session-grant'
  | 'worktree'
  | 'session'
  | 'email'
  | 'grant'
  | 'committer';

/** Who makes a change. `holder` is undefined where nothing says who works here. */
export type Actor = {
  holder: string | undefined;
  source: ActorSource | undefined;
  /** Set by name, session or dedicated worktree; somebody known by an e-mail alone is a person. */
  named: boolean;
  email: string | undefined;
  session: string | undefined;
};

/** What an identity is read from. `grants` are the active ones; `findBound` is asked where no name comes first. */
export type IdentitySources = {
  as: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  email: string | undefined;
  grants: readonly Grant[];
  /** The holder that this worktree is dedicated to; throws `Undecided` where that cannot be read. */
  findBound: () => string | undefined;
};

export const HOLDER_VARIABLE = 'LEASEHOLD_HOLDER';

/** Where agents say which session a process belongs to. */
export const SESSION_VARIABLES = ['CLAUDE_CODE_SESSION_ID', 'CODEX_THREAD_ID'] as const;

const isName = (text: string | undefined): text is string => text !== undefined && text !== '';

/** A holder's name as given; refused where it could not be written into a lock file or told apart on a screen. */
export const checkHolder = (name: string): string => {
  if (isHolderName(name)) return name;
  throw new Undecided(
    'usage',
    `${JSON.stringify(name.slice(0, 80))} cannot be a holder's name`,
    HOLDER_RULE,
  );
};

const checkOptional = (name: string | undefined): string | undefined =>
  name === undefined ? undefined : checkHolder(name);

/** An agent that another agent has started has the ids of both, and is neither of the two alone. */
const findSession = (env: IdentitySources['env']): string | undefined =>
  SESSION_VARIABLES.map((name) => env[name])
    .filter(isName)
    .join('+') || undefined;

/**
 * The one holder that this session has claimed as; none where it has claimed as several. Its own id is none
 * that it took: a worktree that was made for a holder comes before that.
 */
const findSessionHolder = (
  session: string | undefined,
  grants: readonly Grant[],
): string | undefined => {
  if (session === undefined) return undefined;
  const claimed = grants.filter((grant) => grant.about.session === session);
  const [holder, ...others] = new Set(claimed.map((grant) => grant.holder));
  return others.length === 0 && holder !== session ? holder : undefined;
};

/** Who might be acting, before any grant is looked at: all that `resolveActor` may come to without one. */
export const listPossibleHolders = ({
  as,
  env,
  email,
  findBound,
}: Omit<IdentitySources, 'grants'>): { holders: string[]; session: string | undefined } => {
  const session = findSession(env);
  const named = as ?? (env[HOLDER_VARIABLE] || undefined);
  const holders = [named ?? findBound(), session, email].filter((name) => name !== undefined);
  return { holders, session };
};

/** Whoever may be meant, in the order in which they are asked: the first that there is acts. */
export const listIdentities = ({
  as,
  env,
  email,
  grants,
  findBound,
}: IdentitySources): readonly (readonly [
  source: ActorSource,
  find: () => string | undefined,
])[] => {
  const session = findSession(env);
  return [
    ['flag', () => checkOptional(as)],
    ['environment', () => checkOptional(env[HOLDER_VARIABLE] || undefined)],
    ['session-grant', () => findSessionHolder(session, grants)],
    ['worktree', findBound],
    ['session', () => checkOptional(session)],
    ['email', () => email],
  ];
};

/**
 * Who acts, by the first that is set: `--as`, `LEASEHOLD_HOLDER`, the holder that this agent session has
 * claimed as, the holder that this worktree is dedicated to, the session itself, git's e-mail.
 */
export const resolveActor = (sources: IdentitySources): Actor => {
  const { email, env } = sources;
  const known = { email, session: findSession(env) };
  for (const [source, find] of listIdentities(sources)) {
    const holder = find();
    if (holder !== undefined) return { ...known, holder, source, named: source !== 'email' };
  }
  return { ...known, holder: undefined, source: undefined, named: false };
};

/**
 * True where a claim makes the session its holder's from then on. What `--as` says is for one command; and
 * who is known by a worktree may share the session with those in others.
 */
export const bindsSession = ({ source }: Actor): boolean =>
  source === 'environment' || source === 'session-grant' || source === 'session';

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
