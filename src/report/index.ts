export { JSON_VERSION, toActorJson, toErrorJson, toJudgementJson } from './json.ts';
export { renderNotices } from './notices.ts';
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
export { toSarif } from './sarif.ts';
export {
  describeActor,
  type Occasion,
  renderFailure,
  renderFindings,
  renderJudgement,
} from './text.ts';
