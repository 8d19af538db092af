import { comparePath } from '../kit/paths.ts';
import { scopeCovers } from '../locks/index.ts';
import type { Actor } from './actor.ts';
import { isHolderGlob, nameKey } from './names.ts';
import { EXACT_PATHS, type Policy, readScopes } from './policy.ts';

const matchesHolder = (key: string, name: string, tables: Policy['tables']): boolean =>
  isHolderGlob(key) &&
  readScopes([key], tables, EXACT_PATHS).some(({ compiled }) =>
    scopeCovers(compiled, comparePath(name, EXACT_PATHS)),
  );

/** The owners that the config maps a holder to; undefined where it says nothing of them. */
const findMapped = (holder: string, { identities, tables }: Policy): string[] | undefined => {
  const keys = Object.keys(identities).filter(
    (key) => nameKey(key) === nameKey(holder) || matchesHolder(key, holder, tables),
  );
  return keys.length > 0 ? keys.flatMap((key) => identities[key] ?? []) : undefined;
};

/** The owners that the config maps a name to. */
export const listNameOwners = (name: string, policy: Policy): readonly string[] =>
  findMapped(name, policy) ?? [];

/** True where the config maps the actor; whoever it does not map may be an owner unknown to it. */
export const isMapped = ({ holder }: Actor, policy: Policy): boolean =>
  holder !== undefined && findMapped(holder, policy) !== undefined;

/** The owners that an actor stands for: those that the config maps, and a person's own e-mail. */
export const listActorOwners = ({ holder, named }: Actor, policy: Policy): string[] => {
  if (holder === undefined) return [];
  const owners = [...(findMapped(holder, policy) ?? []), ...(named ? [] : [holder])];
  return [...new Set(owners)];
};
