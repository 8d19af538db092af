export type { ExportFinding } from './audit.ts';
export { applyBaseline, BASELINE_FILE, renderBaseline } from './baseline.ts';
export { type ClaimFacts, checkClaims, isExportChange } from './claims.ts';
export { type BlobTexts, createBlobTexts, openCommit, openIndex, openWorkingTree } from './load.ts';
export type { Tree } from './model.ts';
export { mayTouchExports } from './names.ts';
export { type OxcBinding, PACKAGE_HOME } from './oxc-store.ts';
export { createReach, isOutOfReach, type KnownReach } from './reach.ts';
export { loadReach, REACH_FILE, saveReach } from './reach-store.ts';
export { EXPORT_RULE_NAMES, EXPORT_RULES, type ExportRule } from './rules.ts';
export { openScans } from './scan-store.ts';
export { parseTrailers, type Trailer } from './suppress.ts';
export {
  type Audit,
  auditTrees,
  chooseParser,
  findAllEntries,
  isAuditable,
  type TreeQuestion,
} from './trees.ts';
