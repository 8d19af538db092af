import { normaliseScope } from './normalise.ts';
import { type CompiledScope, compileScope, parseScope, type ScopeRule } from './scope.ts';

/** `read` is shared, `write` exclusive, `doc-write` a write on documentation that is shown apart. */
export type Mode = 'read' | 'write' | 'doc-write';

/** One scope in one mode. The text is as in a lock file: `src/a.ts`, `src/`, `glob:…`, `regex:…`. */
export type Claim = { scope: string; mode: Mode; compiled: CompiledScope };

/** What a holder holds; times are milliseconds since 1970. */
export type Grant = {
  holder: string;
  id: string;
  rev: number;
  /** Undefined for a record that somebody wrote by hand. */
  token: number | undefined;
  lockedAt: number;
  /** When the expiry was last moved; undefined where it never was. */
  renewedAt?: number;
  expiresAt: number;
  claims: readonly Claim[];
  about: GrantNotes;
  /** Set in the last record of a grant that is being ended by force: it can be neither renewed nor extended. */
  forced?: { by: string; reason: string };
};

/** What a grant says of its making; free text of its holder's. */
export type GrantNotes = {
  task?: string;
  email?: string;
  worktree?: string;
  branch?: string;
  host?: string;
  session?: string;
  /** The holder wants every change outside the grant refused. */
  confine?: boolean;
  /** The number of the issue that this is a part of. */
  parentIssue?: number;
  /** Why it did not wait for an owner's approval. */
  urgent?: string;
};

/** At `expires_at` exactly, a grant is expired. */
export const isExpired = (grant: Pick<Grant, 'expiresAt'>, now: number): boolean =>
  now >= grant.expiresAt;

/** A grant of ours has a token; a record without one was written by hand. */
export const isOurs = (grant: Grant): boolean => grant.token !== undefined;

/** The last instant that a lock file can carry: its years have four digits. */
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** When a grant of `ttl` milliseconds ends that begins `now`. */
export const expiryAfter = (now: number, ttl: number): number => Math.min(now + ttl, LATEST);

/** How long a grant is granted for at a time, in milliseconds. */
export const lifeOf = ({ expiresAt, renewedAt, lockedAt }: Grant): number =>
  Math.max(0, expiresAt - (renewedAt ?? lockedAt));

/** True once half of a grant's time is over: from then on its use renews it. */
export const isPastHalf = (grant: Grant, now: number): boolean =>
  now >= grant.expiresAt - lifeOf(grant) / 2;

export const isWrite = (mode: Mode): boolean => mode !== 'read';

export const listWrites = (claims: readonly Claim[]): Claim[] =>
  claims.filter((claim) => isWrite(claim.mode));

/** A claim from a scope's text, which is repo-relative already; refused with a reason where it is no scope. */
export const compileClaim = (
  text: string,
  mode: Mode,
  rule: ScopeRule,
): Claim | { refused: string } => {
  const scope = normaliseScope(parseScope(text));
  const compiled = compileScope(scope, rule);
  return 'refused' in compiled ? compiled : { scope: scope.text, mode, compiled };
};
