export { JSON_VERSION, toActorJson, toErrorJson, toJudgementJson } from './json.ts';
export { renderNotices } from './notices.ts';
export { createPalette, type Palette } from './palette.ts';
export {
  describeActor,
  type Occasion,
  renderFailure,
  renderFindings,
  renderJudgement,
} from './text.ts';
