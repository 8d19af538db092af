export {
  type AuditReport,
  listUnjudged,
  renderAudit,
  renderAuditGithub,
  toAuditJson,
  toAuditSarif,
} from './audit.ts';
export { type CiFinding, type CiReport, emptyReport, listTold } from './ci-report.ts';
export { renderCiSummary } from './ci-summary.ts';
export { renderCiGithub, renderCiText, toCiJson, toCiSarif } from './ci-text.ts';
export { toCodeQuality } from './codequality.ts';
export { renderGithub } from './github.ts';
export { JSON_VERSION, toActorJson, toErrorJson, toJudgementJson } from './json.ts';
export { toJudgementSarif } from './judgement-sarif.ts';
export { renderNotices } from './notices.ts';
export { inHook, type Occasion } from './occasion.ts';
export {
  countOwners,
  type OwnersAnswer,
  type OwnersSource,
  renderOwnersAnswer,
  renderOwnersLint,
  renderOwnersStats,
  toOwnersCsv,
  toOwnersJson,
  toOwnersLintCsv,
  toOwnersStatsCsv,
} from './owners.ts';
export { createPalette, type Palette } from './palette.ts';
export { concludePush, type PushedJudgement, renderPush, type Telling } from './push.ts';
export { renderRadar } from './radar.ts';
export { toRadarJson } from './radar-groups.ts';
export { type RuleBook, toSarif } from './sarif.ts';
export {
  describeActor,
  renderFailure,
  renderFindings,
  renderJudgement,
} from './text.ts';
export {
  type Account,
  type CoveringRecord,
  renderAccount,
  type Setting,
  toAccountJson,
  type Weight,
} from './why.ts';
export { countOf, countSeverities, describeMode, fitNames, quoteScope } from './wording.ts';
