import type { Claim } from './grant.ts';
import { createGrantIndex } from './grant-index.ts';
import type { StoredGrant } from './ledger.ts';

/**
 * What one process has read already. A record of ours never changes under its name, so it is read once;
 * records that somebody wrote by hand are read each time, and never come in here.
 */
export type RecordMemory = {
  find(file: string): StoredGrant | undefined;
  learn(grant: StoredGrant): void;
  /** Forgets every record that is not in the list, which is all that is there. */
  keepOnly(files: readonly string[]): void;
  /** What was there when it was last looked. */
  listed(): readonly string[];
  /** True where no later revision of the same grant is known. */
  isHighest(grant: StoredGrant): boolean;
  /** The remembered grants that a claim might meet. */
  near(claim: Claim): StoredGrant[];
  /** Another number after each change. */
  version(): number;
};

export const createRecordMemory = (): RecordMemory => {
  const records = new Map<string, StoredGrant>();
  const revisions = new Map<string, StoredGrant[]>();
  const index = createGrantIndex();
  let version = 0;
  let listed: readonly string[] = [];

  const learn = (grant: StoredGrant): void => {
    version += 1;
    records.set(grant.file, grant);
    revisions.set(grant.id, [...(revisions.get(grant.id) ?? []), grant]);
    index.add(grant);
  };

  const forget = (grant: StoredGrant): void => {
    version += 1;
    records.delete(grant.file);
    index.remove(grant);
    const left = (revisions.get(grant.id) ?? []).filter((other) => other !== grant);
    if (left.length > 0) revisions.set(grant.id, left);
    else revisions.delete(grant.id);
  };

  return {
    find: (file) => records.get(file),
    learn,
    listed: () => listed,
    keepOnly: (files) => {
      listed = files;
      const kept = new Set(files);
      for (const grant of [...records.values()]) if (!kept.has(grant.file)) forget(grant);
    },
    isHighest: (grant) => (revisions.get(grant.id) ?? []).every((other) => other.rev <= grant.rev),
    near: (claim) => index.near(claim),
    version: () => version,
  };
};
