export { assertJudgeable, CHECK_TITLES, parseCheck, readWorkflowEvent } from './ci.ts';
export { listTaken } from './ci-commits.ts';
export type { Approver, CiEvent, Pull } from './ci-event.ts';
export { fetchEvent } from './ci-fetch.ts';
export { type CheckName, judgeEvent } from './ci-judge.ts';
export type { Context } from './command.ts';
export { delayOptimising } from './compiler-store.ts';
export { openSystem } from './system.ts';
export { openWorkspace, type Workspace } from './workspace.ts';
