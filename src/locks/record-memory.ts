import type { Claim } from './grant.ts';
import { isOurs } from './grant.ts';
import { createGrantIndex } from './grant-index.ts';
import type { EndedGrant, StoredGrant } from './ledger.ts';

/**
 * What one process has read already. A record of ours never changes under its name, so it is read once;
 * one that somebody wrote by hand, or that cannot be read, is read again each time.
 */
export type RecordMemory = {
  /**
   * Makes it what is there now. `files` are all names, in order; `read` is asked for each that is not known,
   * and returns undefined where there is no grant to be had from it.
   */
  refresh(files: readonly string[], read: (file: string) => StoredGrant | undefined): void;
  /** A record that this process has put there itself since the last refresh. */
  enter(grant: StoredGrant): void;
  /** What was there at the last refresh; undefined before the first. */
  listed(): readonly string[] | undefined;
  /** Of each grant the record with the highest revision, by file name. */
  grants(): readonly StoredGrant[];
  superseded(): readonly StoredGrant[];
  /** The grants that a claim might meet, by file name. */
  near(claim: Claim): readonly StoredGrant[];
  /** The grants that may cover a path, given in its comparable form. */
  above(path: string): readonly StoredGrant[];
  heldBy(holder: string): readonly StoredGrant[];
  /** Every record of a grant. */
  revisionsOf(id: string): readonly StoredGrant[];
  /** The highest token that any record has had. */
  highestToken(): number;
  /** Another number after each change. */
  version(): number;
  /** Notes of ended grants, by file name; whoever reads them keeps them here. */
  notes: Map<string, EndedGrant>;
};

const inOrder = (a: StoredGrant, b: StoredGrant): number => (a.file < b.file ? -1 : 1);

/** What is only in `after`, and what is only in `before`; both in order. */
const compareNames = (before: readonly string[], after: readonly string[]) => {
  const [added, removed]: [string[], string[]] = [[], []];
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    const [old, now] = [before[left], after[right]];
    if (old === now) {
      left += 1;
      right += 1;
    } else if (now === undefined || (old !== undefined && old < now)) {
      removed.push(old ?? '');
      left += 1;
    } else {
      added.push(now);
      right += 1;
    }
  }
  return { added, removed };
};

/** Grants by some key, the list of each in order. */
const createLists = (keyOf: (grant: StoredGrant) => string) => {
  const lists = new Map<string, StoredGrant[]>();
  const get = (key: string): readonly StoredGrant[] => lists.get(key) ?? [];
  return {
    get,
    add: (grant: StoredGrant): void =>
      void lists.set(keyOf(grant), [...get(keyOf(grant)), grant].sort(inOrder)),
    remove: (grant: StoredGrant): void => {
      const left = get(keyOf(grant)).filter((other) => other !== grant);
      if (left.length > 0) lists.set(keyOf(grant), left);
      else lists.delete(keyOf(grant));
    },
  };
};

/** The place of a file in a list that is in order. */
const findPlace = <T>(list: readonly T[], nameOf: (item: T) => string, file: string): number => {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const item = list[middle];
    if (item !== undefined && nameOf(item) < file) from = middle + 1;
    else to = middle;
  }
  return from;
};

const fileOf = ({ file }: StoredGrant): string => file;

/** More changes than this at once, and sorting all is cheaper than putting each in its place. */
const FEW = 32;

/** Which grants there are, by file name. Each list that was given out stays as it is. */
const createRoster = () => {
  const shown = new Set<StoredGrant>();
  let list: readonly StoredGrant[] = [];
  let moved: { grant: StoredGrant; isIn: boolean }[] = [];
  const place = (from: readonly StoredGrant[], { grant, isIn }: (typeof moved)[number]) =>
    isIn
      ? from.toSpliced(findPlace(from, fileOf, grant.file), 0, grant)
      : from.toSpliced(findPlace(from, fileOf, grant.file), 1);
  return {
    put: (grant: StoredGrant): void => {
      shown.add(grant);
      moved.push({ grant, isIn: true });
    },
    take: (grant: StoredGrant): void => {
      shown.delete(grant);
      moved.push({ grant, isIn: false });
    },
    list: (): readonly StoredGrant[] => {
      list = moved.length > FEW ? [...shown].sort(inOrder) : moved.reduce(place, list);
      moved = [];
      return list;
    },
  };
};

export const createRecordMemory = (): RecordMemory => {
  const known = new Map<string, StoredGrant>();
  /** Names whose content may change, or that have none yet. */
  const foreign = new Set<string>();
  const revisions = createLists((grant) => grant.id);
  const holders = createLists((grant) => grant.holder);
  const [current, superseded] = [createRoster(), createRoster()];
  const index = createGrantIndex();
  let listed: readonly string[] | undefined;
  let [version, highestToken] = [0, 0];

  const isHighest = (grant: StoredGrant): boolean =>
    revisions.get(grant.id).every((other) => other.rev <= grant.rev);

  const show = (grant: StoredGrant): void => {
    if (!isHighest(grant)) {
      superseded.put(grant);
      return;
    }
    current.put(grant);
    holders.add(grant);
    index.add(grant);
  };

  const hide = (grant: StoredGrant): void => {
    if (!isHighest(grant)) {
      superseded.take(grant);
      return;
    }
    current.take(grant);
    holders.remove(grant);
    index.remove(grant);
  };

  /** Which of a grant's revisions is the highest changes with each that comes or goes. */
  const revise = (id: string, apply: () => void): void => {
    revisions.get(id).forEach(hide);
    apply();
    revisions.get(id).forEach(show);
    version += 1;
  };

  const learn = (grant: StoredGrant): void =>
    revise(grant.id, () => {
      known.set(grant.file, grant);
      revisions.add(grant);
      highestToken = Math.max(highestToken, grant.token ?? 0);
    });

  const forget = (file: string): void => {
    foreign.delete(file);
    const grant = known.get(file);
    if (!grant) return;
    revise(grant.id, () => {
      known.delete(file);
      revisions.remove(grant);
    });
  };

  const readAgain = (file: string, read: (file: string) => StoredGrant | undefined): void => {
    forget(file);
    const grant = read(file);
    if (grant) learn(grant);
    if (!grant || !isOurs(grant)) foreign.add(file);
  };

  return {
    refresh: (files, read) => {
      const { added, removed } = compareNames(listed ?? [], files);
      listed = files;
      for (const file of removed) forget(file);
      for (const file of [...foreign, ...added].sort()) readAgain(file, read);
    },
    enter: (grant) => {
      if (!listed || known.has(grant.file)) return;
      listed = listed.toSpliced(findPlace(listed, String, grant.file), 0, grant.file);
      learn(grant);
    },
    listed: () => listed,
    grants: current.list,
    superseded: superseded.list,
    near: (claim) => index.near(claim).sort(inOrder),
    above: index.above,
    heldBy: holders.get,
    revisionsOf: revisions.get,
    highestToken: () => highestToken,
    version: () => version,
    notes: new Map(),
  };
};
