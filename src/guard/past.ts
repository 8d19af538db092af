import { comparePath, type PathRule } from '../kit/paths.ts';
import { type Claim, type History, isWrite, type PastGrant, scopeCovers } from '../locks/index.ts';
import type { CommitChange } from './range.ts';
import type { NamedGrant } from './trailers.ts';

/** A trailer that gives its commit nothing, and why. */
export type RefusedName = { name: string; reason: string };

/**
 * A commit that the target has already, made under somebody's later grant; `paths` are comparable, and `target` is
 * where the work is to go, as it is now.
 */
export type Rival = {
  grant: PastGrant;
  commit: string;
  target: string;
  paths: ReadonlySet<string>;
};

/** Under what a commit says that it was made, held against the ledger and its history. */
export type Past = {
  commit: string;
  isRoot: boolean;
  /** Grants that it names and that were its committer's, as they stood under the tokens that it names. */
  grants: readonly PastGrant[];
  refused: readonly RefusedName[];
  /** The commit's paths in their comparable form. */
  keys: readonly string[];
  rivals: readonly Rival[];
};

type Committer = Pick<CommitChange, 'email' | 'name'>;

/** A grant is its holder's, and of whoever committed with the e-mail that it was claimed with. */
const isCommitters = ({ holder, about }: PastGrant, { email, name }: Committer): boolean =>
  holder === name || (email !== undefined && (holder === email || about.email === email));

const resolveName = (
  named: NamedGrant,
  committer: Committer,
  history: History,
): PastGrant | RefusedName => {
  const name = `${named.id}#${named.token}`;
  const grant = history.find(named.id, named.token);
  if (!grant) return { name, reason: 'there never was such a grant here' };
  return isCommitters(grant, committer) ? grant : { name, reason: 'it is not its committer’s' };
};

/** What a commit names: grants that count, and names that do not. */
export const readPast = (
  { commit, isRoot, trailers, changes, ...committer }: CommitChange,
  history: History,
  rule: PathRule,
): Past => {
  const read = trailers.grants.map((named) => resolveName(named, committer, history));
  const malformed = trailers.malformed.map((name) => ({ name, reason: 'it names no grant' }));
  return {
    commit,
    isRoot,
    grants: read.filter((one): one is PastGrant => 'claims' in one),
    refused: [...read.filter((one): one is RefusedName => 'reason' in one), ...malformed],
    keys: changes.map(({ path }) => comparePath(path, rule)),
    rivals: [],
  };
};

/** True for a write of the grant's on this path, given in its comparable form. */
export const writes = (claims: readonly Claim[], key: string): boolean =>
  claims.some((claim) => isWrite(claim.mode) && scopeCovers(claim.compiled, key));

/** The latest of the named grants that covers a path with a write. */
export const findNamedCover = ({ grants }: Past, key: string): PastGrant | undefined =>
  grants.filter((grant) => writes(grant.claims, key)).toSorted((a, b) => b.token - a.token)[0];

/** Grants of others that came after one which covers a path, and cover the path too: those that may have outrun it. */
export const listLater = (past: Past, history: History): PastGrant[] => {
  if (past.grants.length === 0) return [];
  const oldest = Math.min(...past.grants.map(({ token }) => token));
  const holders = new Set(past.grants.map(({ holder }) => holder));
  return history.listLater(oldest).filter(
    (grant) =>
      !holders.has(grant.holder) &&
      past.keys.some((key) => {
        const own = findNamedCover(past, key);
        return own !== undefined && grant.token > own.token && writes(grant.claims, key);
      }),
  );
};
