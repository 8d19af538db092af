export {
  type Actor,
  type ActorSource,
  bindsSession,
  checkHolder,
  HOLDER_VARIABLE,
  type IdentitySources,
  isOwnGrant,
  listIdentities,
  listPossibleHolders,
  resolveActor,
  SESSION_VARIABLES,
} from './actor.ts';
export { detectAmend } from './amend.ts';
export type { Review } from './approvals.ts';
export {
  BYPASS_VARIABLE,
  createBypassEvent,
  findBypass,
  mayBypass,
  readReason,
  soften,
} from './bypass.ts';
export { type Change, listPlaces, parseIndexDiff, splitFields } from './changes.ts';
export { loadKeptConfig } from './config-store.ts';
export {
  concludeVerdict,
  exitCodeOf,
  type Finding,
  type GuardFinding,
  type Verdict,
} from './finding.ts';
export {
  type Concern,
  type GateContext,
  type Judgement,
  judgeCommit,
  judgePaths,
  undecided,
} from './gate.ts';
export { type HookInput, parseHookInput } from './hook-input.ts';
export { isMapped, listActorOwners } from './identities.ts';
export { judge } from './judge.ts';
export { isBlameless, judgeRange, mergeChanges } from './judge-range.ts';
export {
  type LoadedOwners,
  listHeadBlobs,
  listTrustedBlobs,
  loadConfig,
  loadOwners,
  loadPolicy,
  POLICY_PATHS,
  readConfig,
  readHeadBlobs,
  type TrustedBlobs,
} from './load.ts';
export { findBeginning, isEmptyMessage, type MessageRule, removeTrailers } from './message.ts';
export { isNearMiss } from './names.ts';
export { chooseNext } from './next.ts';
export { createPolicy, type Policy, readScopes } from './policy.ts';
export { findPolicyFor } from './policy-store.ts';
export { type PushInput, parsePushInput } from './push-input.ts';
export {
  chooseBaseRef,
  findBase,
  isZero,
  listBrought,
  listKept,
  listTelling,
  type PushedRef,
  parsePushedRefs,
  parseUpdatedRefs,
  scanDropped,
} from './pushes.ts';
export { type CommitChange, RANGE_WORDS, scanRange } from './range.ts';
export {
  judgeCommits,
  judgePushedRef,
  judgeReceivedRef,
  judgeUpdatedRef,
  readConfiguredBase,
} from './range-gate.ts';
export { pathCommand, scopeCommand, typedPath } from './remedy.ts';
export { RULE_MEANINGS, RULE_NAMES, RULES, type RuleName } from './rules.ts';
export { DIFF_FLAGS, diffIndex, findDifference, type HookSite, isFetching } from './scan.ts';
export { listTrailers } from './stamp.ts';
export { bypassTrailer, COMMENT_CHARS, readTrailers } from './trailers.ts';
