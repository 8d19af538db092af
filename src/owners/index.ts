export { OWNERS_PROBLEM_KINDS, type OwnersProblemKind } from './dialect.ts';
export { OWNERS_PLACES } from './github.ts';
export { createOwnersMatcher, type Ownership, type OwnersMatcher } from './match.ts';
export { type OwnersFile, type OwnersProblem, type OwnersRule, parseOwners } from './parse.ts';
