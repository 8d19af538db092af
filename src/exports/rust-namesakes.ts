import { isAlways, isSameCondition } from './condition.ts';
import type { Binding } from './model.ts';
import { bindingOf } from './rust-import.ts';
import type { Name, Scope } from './rust-nodes.ts';

/** Whether `explicit` stands wherever a glob would give `name`. */
const takesPlace = (explicit: Binding, name: Name): boolean =>
  (explicit.isMissing || explicit.namespace === name.binding.namespace) &&
  (isAlways(explicit.condition) || isSameCondition(explicit.condition, bindingOf(name).condition));

/** Whether one of the names that a module has takes the place of one that a glob gives it. */
export const hasStandIn = (namesakes: readonly Name[] | undefined, name: Name): boolean =>
  namesakes?.some(({ via, binding }) => !via && takesPlace(binding, name)) ?? false;

/** Names of one name in one module; no real crate comes near. */
const MAX_NAMESAKES = 64;

const isSameItem = (a: Name, b: Name): boolean =>
  a.node === b.node &&
  a.binding.origin === b.binding.origin &&
  a.binding.namespace === b.binding.namespace;

const isSameExplicit = (a: Name, b: Name): boolean => {
  if (a.scope !== b.scope || a.via || !isSameItem(a, b)) return false;
  const [own, other] = [a.binding.statement, b.binding.statement];
  return own.line === other.line && own.column === other.column && own.path === other.path;
};

/** Whether a statement's name is one of these, or they are too many. */
export const isKnown = (namesakes: readonly Name[], name: Name): boolean => {
  if (namesakes.length >= MAX_NAMESAKES) return true;
  for (const each of namesakes) if (isSameExplicit(each, name)) return true;
  return false;
};

/** Whether a glob has given that item as far already, or they are too many. */
export const isHanded = (namesakes: readonly Name[], name: Name, scope: Scope): boolean => {
  if (namesakes.length >= MAX_NAMESAKES) return true;
  for (const each of namesakes) {
    if (each.via && each.scope === scope && isSameItem(each, name)) return true;
  }
  return false;
};
