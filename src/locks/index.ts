export { type ClaimOutcome, type ClaimRequest, decideClaim } from './claim.ts';
export { type CloneSettings, loadSettings, locateClone, saveSettings } from './clone.ts';
export {
  type Conflict,
  claimsConflict,
  findConflictingClaim,
  findConflicts,
  listWaysOut,
} from './conflict.ts';
export { type LogEvent, toScopes } from './event.ts';
export { createFileStore } from './file-store.ts';
export {
  type Claim,
  compileClaim,
  type Grant,
  type GrantNotes,
  isExpired,
  isOurs,
  isWrite,
  type Mode,
} from './grant.ts';
export {
  assertReadable,
  type EndedGrant,
  type Ledger,
  listActive,
  listExpired,
  precedes,
  type StoredGrant,
  type UnreadableRecord,
} from './ledger.ts';
export { type Clone, type LockPlaces, readLedger, readLog, stateDirectory } from './load.ts';
export { type Standpoint, toRepoScope } from './normalise.ts';
export { compilePattern } from './pattern.ts';
export { quarantineRecords } from './quarantine-store.ts';
export { type LockRecord, toRecord } from './record.ts';
export { decideRelease, listReleased, type ReleaseOutcome } from './release.ts';
export { decideRenew, type RenewOutcome } from './renew.ts';
export {
  type CompiledScope,
  type ScopeRule,
  scopeCovers,
  scopesOverlap,
} from './scope.ts';
export { coversEverything } from './scope-extent.ts';
export type { Store } from './store.ts';
export { type TableRule, type Tables, toTables, withTables } from './tables.ts';
