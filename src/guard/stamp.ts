import { comparePath } from '../kit/paths.ts';
import { type Ledger, listActive } from '../locks/index.ts';
import { type Actor, isOwnGrant } from './actor.ts';
import type { Change } from './changes.ts';
import { writes } from './past.ts';
import { grantTrailer } from './trailers.ts';

/**
 * The trailers of a commit in progress: one a grant of the actor's that covers a path of it with a write,
 * oldest token first. A grant that somebody wrote by hand has no token to name.
 */
export const listTrailers = (
  { actor, ledger }: { actor: Actor; ledger: Ledger },
  changes: readonly Change[],
): string[] => {
  const own = listActive(ledger).filter(
    (grant) => grant.token !== undefined && isOwnGrant(grant, actor),
  );
  if (own.length === 0) return [];
  const keys = changes.map(({ path }) => comparePath(path, ledger.rule));
  return own
    .filter(({ claims }) => keys.some((key) => writes(claims, key)))
    .toSorted((a, b) => (a.token ?? 0) - (b.token ?? 0))
    .map(({ id, token = 0 }) => grantTrailer({ id, token }));
};
