export {
  type DialectName,
  findOwnersPlace,
  OWNERS_PLACES,
  type OwnersPlace,
  placesOf,
} from './dialect.ts';
export {
  listAskedSections,
  OWNERS_DOUBT_KINDS,
  OWNERS_PROBLEM_KINDS,
  type OwnersDoubt,
  type OwnersFile,
  type OwnersProblem,
  type OwnersRule,
  type OwnersRules,
  type OwnersSection,
} from './file.ts';
export { findRuleKey, hashPathKeys } from './keys.ts';
export {
  lintOwners,
  OWNERS_LINT_RULES,
  type OwnersFinding,
} from './lint.ts';
export {
  createAskingMatcher,
  createOwnersMatcher,
  createOwnersScan,
  type Decision,
  type Ownership,
  type OwnersMatcher,
  type OwnersScan,
} from './match.ts';
export { parseOwners } from './parse.ts';
export { createOwnersIndex } from './tree-index.ts';
