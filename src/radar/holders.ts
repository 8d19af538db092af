import { comparePath } from '../kit/paths.ts';
import {
  type Claim,
  type CompiledScope,
  isWrite,
  type Ledger,
  listActive,
  type StoredGrant,
  scopeCovers,
} from '../locks/index.ts';
import type { Line } from './line.ts';
import type { Party } from './party.ts';

/** What says whose a worktree is. */
export type HolderSources = {
  ledger: Ledger;
  /** The holder that the worktree of a git directory is dedicated to. */
  findBound: (gitDir: string) => string | undefined;
  /** Whether a worktree is there at a path. */
  isWorktree: (path: string) => boolean;
};

/**
 * The holders that a party is known to be: the one that its worktree is dedicated to, and those of active grants
 * that were made in it, or, where the worktree of a grant is gone, on its branch. Several where several work in it.
 */
export const listHolders = (
  { branch, worktree }: Party,
  { ledger, findBound, isWorktree }: HolderSources,
): string[] => {
  const isMadeThere = ({ about }: StoredGrant): boolean =>
    about.worktree !== undefined && isWorktree(about.worktree)
      ? about.worktree === worktree?.path
      : branch !== undefined && about.branch === branch;
  const bound = worktree && findBound(worktree.gitDir);
  const granted = listActive(ledger)
    .filter(isMadeThere)
    .map(({ holder }) => holder);
  return [...new Set([...(bound === undefined ? [] : [bound]), ...granted])];
};

/**
 * True where both are one named holder, who does not get in their own way. An e-mail says nothing of it: all
 * agents on a machine share one.
 */
export const isSameHolder = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === 1 && other.length === 1 && one[0] === other[0];

/** A path that a party touches while somebody else's lock is on it. */
export type HeldTouch = { party: number; path: string; grant: StoredGrant; claim: Claim };

const asScope = (path: string, key: string): CompiledScope => ({
  scope: { kind: 'literal', text: path },
  literal: key,
  below: true,
  automaton: undefined,
});

/** The paths that parties touch and that the active write of somebody else covers. */
export const listHeldTouches = (
  lines: readonly Line[],
  holders: readonly (readonly string[])[],
  ledger: Ledger,
): HeldTouch[] => {
  const active = new Set(listActive(ledger));
  /** What a party has only taken along from the holder of the lock, it stands on and did not touch. */
  const isCarried = (line: Line, path: string, holder: string): boolean => {
    const theirs = lines.filter((_, index) => holders[index]?.includes(holder));
    return (line.touches.get(path) ?? []).every(
      ({ commit }) => commit !== undefined && theirs.some(({ own }) => own.has(commit)),
    );
  };
  const listCovers = (path: string): Omit<HeldTouch, 'party'>[] => {
    const key = comparePath(path, ledger.rule);
    const asked: Claim = { scope: path, mode: 'write', compiled: asScope(path, key) };
    const near = ledger.near(asked).filter((grant) => active.has(grant));
    return near.flatMap((grant) => {
      const claim = grant.claims.find(
        ({ mode, compiled }) => isWrite(mode) && scopeCovers(compiled, key),
      );
      return claim ? [{ path, grant, claim }] : [];
    });
  };
  // Fifty branches may well touch the same files.
  const known = new Map<string, Omit<HeldTouch, 'party'>[]>();
  const findCover = (path: string, own: readonly string[]): Omit<HeldTouch, 'party'>[] => {
    const covers = known.get(path) ?? listCovers(path);
    known.set(path, covers);
    return covers.filter(({ grant }) => !own.includes(grant.holder)).slice(0, 1);
  };
  return lines.flatMap((line, party) => {
    const own = [...(holders[party] ?? []), ...line.people];
    return [...line.edits.keys()]
      .filter((path) => line.touches.has(path))
      .flatMap((path) => findCover(path, own))
      .filter(({ path, grant }) => !isCarried(line, path, grant.holder))
      .map((found) => ({ party, ...found }));
  });
};
