export {
  type Actor,
  type ActorSource,
  HOLDER_VARIABLE,
  isOwnGrant,
  resolveActor,
  SESSION_VARIABLES,
} from './actor.ts';
export { detectAmend } from './amend.ts';
export { concludeVerdict, exitCodeOf, type Finding, type Verdict } from './finding.ts';
export {
  type GateContext,
  type Judgement,
  judgeCommit,
  judgeCommits,
  judgePaths,
  judgePushedRef,
  readConfiguredBase,
} from './gate.ts';
export { type HookInput, parseHookInput } from './hook-input.ts';
export { listActorOwners } from './identities.ts';
export { judge } from './judge.ts';
export {
  type LoadedOwners,
  listHeadBlobs,
  listTrustedBlobs,
  loadConfig,
  loadOwners,
  loadPolicy,
  POLICY_PATHS,
  readConfig,
  type TrustedBlobs,
} from './load.ts';
export { chooseNext } from './next.ts';
export { createPolicy, type Policy } from './policy.ts';
export { findPolicy } from './policy-store.ts';
export { scopeCommand, typedPath } from './remedy.ts';
export { RULE_MEANINGS, RULE_NAMES, RULES } from './rules.ts';
export { findBase, parsePushedRefs, scanRange } from './scan.ts';
