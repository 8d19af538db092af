import { isWrite } from './grant.ts';
import type { StoredGrant } from './ledger.ts';
import { scopeReaches } from './scope.ts';

/** Of these grants those that write (or read) a path, given in its comparable form, or something below it. */
export const listBelow = (
  grants: readonly StoredGrant[],
  path: string,
  wanted: 'write' | 'read',
): StoredGrant[] =>
  grants.filter(({ claims }) =>
    claims.some(
      ({ mode, compiled }) =>
        isWrite(mode) === (wanted === 'write') && scopeReaches(compiled, path),
    ),
  );
