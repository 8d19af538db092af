export { type ApprovalNeed, type Awaiting, decideApprovedClaim, findRequest } from './approval.ts';
export { decideAnswered, decideAsk } from './ask.ts';
export { type Binding, loadBinding, removeBinding, saveBinding } from './binding.ts';
export {
  type ClaimOutcome,
  type ClaimRequest,
  type Denial,
  decideClaim,
  findHeld,
} from './claim.ts';
export { type CloneSettings, isStale, loadSettings, locateClone, saveSettings } from './clone.ts';
export {
  type Conflict,
  claimsConflict,
  findConflictingClaim,
  findConflicts,
} from './conflict.ts';
export type { KnowsEmail } from './disclosure.ts';
export { createEvent, type LogEvent, toScopes } from './event.ts';
export { decideExtend, type ExtendOutcome, type ExtendRequest } from './extend.ts';
export { createFileStore } from './file-store.ts';
export { decideForce, type ForceOutcome, listMeeting } from './force.ts';
export { createGitStore, type Freshness } from './git-store.ts';
export { createGithubHost } from './github-store.ts';
export {
  type Claim,
  compileClaim,
  type Grant,
  type GrantNotes,
  isExpired,
  isOurs,
  isWrite,
  lifeOf,
  type Mode,
} from './grant.ts';
export { createHistory, type History, type PastGrant } from './history.ts';
export { HOLDER_RULE, isHolderName } from './holder.ts';
export type { Host } from './host.ts';
export { readGrants } from './index-store.ts';
export { renderApproval } from './issue-approval.ts';
export { createIssueCalls, type IssueCalls, type IssueSettings } from './issue-calls.ts';
export type { IssueContext, NeedsOf } from './issue-context.ts';
export { createLocalSide, createPageCache } from './issue-local-store.ts';
export { closeMergedIssues, type Merged, type MergeOutcome } from './issue-merge.ts';
export { type IssueMirrorContext, type Mirrored, mirrorToIssues } from './issue-mirror-store.ts';
export { readThroughMirror } from './issue-reading.ts';
export { createIssueStore } from './issue-store.ts';
export {
  type ApprovalRequest,
  type Ask,
  assertReadable,
  type Decide,
  type EndedGrant,
  type Ledger,
  listActive,
  listExpired,
  precedes,
  type StoredGrant,
  type UnreadableRecord,
  type Waiter,
} from './ledger.ts';
export { createLedgerRepository, ledgerDirectory } from './ledger-git-store.ts';
export type { LedgerPlace } from './ledger-remote-store.ts';
export {
  type Clone,
  hasMail,
  isLost,
  type LockPlaces,
  readLedger,
  stateDirectory,
} from './load.ts';
export { readLog } from './log-store.ts';
export { type Standpoint, toRepoScope } from './normalise.ts';
export { hasTidings, listDueForRenewal, listNotices, type Notice } from './notice.ts';
export { keyOf as keyOfEvent, type Outbox } from './outbox-store.ts';
export { compilePattern } from './pattern.ts';
export { quarantineFiles, quarantineRecords, reopenRecords } from './quarantine-store.ts';
export { findCycle, findObstacles, type Obstacles } from './queue.ts';
export { type LockRecord, toRecord } from './record.ts';
export { decideRelease, listReleased, type ReleaseOutcome } from './release.ts';
export { decideRenew, type RenewOutcome, type Unrevisable } from './renew.ts';
export {
  bodyOf,
  type CompiledScope,
  type ScopeRule,
  scopeCovers,
  scopeReaches,
  scopesOverlap,
} from './scope.ts';
export { containsScope, coversEverything } from './scope-extent.ts';
export type { Changed, Store } from './store.ts';
export { type TableRule, type Tables, toTables, withTables } from './tables.ts';
export { createTurns } from './turns.ts';
export { type WaitContext, waitForAnswer } from './wait.ts';
export { listWaysOut } from './ways-out.ts';
