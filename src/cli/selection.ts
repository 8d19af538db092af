import { Undecided } from '../kit/errors.ts';
import type { Claim, StoredGrant, Unrevisable } from '../locks/index.ts';
import { hasFlag, textOption, type Words } from './command.ts';
import { parseTypedScopes } from './typed.ts';
import type { Workspace } from './workspace.ts';

/** Which grants a command means: by scopes, by one id, or all of the holder's. */
export type Selection =
  | { kind: 'scopes'; claims: readonly Claim[] }
  | { kind: 'grant'; id: string }
  | { kind: 'all' };

/** Reads `SCOPE… | --grant ID | --all`: exactly one of them. */
export const readSelection = (workspace: Workspace, words: Words, verb: string): Selection => {
  const id = textOption(words, 'grant');
  const isAll = hasFlag(words, 'all');
  const given = [words.positionals.length > 0, id !== undefined, isAll].filter(Boolean).length;
  if (given !== 1) {
    throw new Undecided(
      'usage',
      `${verb} takes scopes, or --grant ID, or --all: one of them`,
      `leasehold ${verb} --all`,
    );
  }
  // A variable that nobody has set: nothing that ever was.
  if (id === '') throw new Undecided('usage', '--grant takes an id', 'leasehold status');
  if (isAll) return { kind: 'all' };
  if (id !== undefined) return { kind: 'grant', id };
  return { kind: 'scopes', claims: parseTypedScopes(workspace, words.positionals, 'write') };
};

/** Why a grant could be neither renewed nor extended. */
export const UNREVISABLE: Record<Unrevisable, string> = {
  gone: 'it has been released or taken over meanwhile',
  expired: 'it has run out; claim it again',
  'hand-written': 'it was written by hand; edit its file, or claim the paths',
  forced: 'it was ended by force; claim it again where it is free',
};

const SHORTEST_ID = 4;

/** A grant by its id, or by the start of it where that is unambiguous. */
export const findGrant = (grants: readonly StoredGrant[], id: string): StoredGrant | undefined => {
  const exact = grants.find((grant) => grant.id === id);
  if (exact || id.length < SHORTEST_ID) return exact;
  const matching = grants.filter((grant) => grant.id.startsWith(id));
  return matching.length === 1 ? matching[0] : undefined;
};
