import { assertReadable, findObstacles } from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import { AS_OPTION, type Command, hasFlag, JSON_OPTION, printJson, textOption } from './command.ts';
import { renderConflicts, toObstaclesJson } from './conflict-text.ts';
import { readClaims, SCOPE_OPTIONS } from './request.ts';
import { identify, loadWorkspaceConfig, openWorkspace, requireHolder } from './workspace.ts';

const run: Command['run'] = async (context, words) => {
  const workspace = openWorkspace(context);
  const claims = readClaims(workspace, words, loadWorkspaceConfig(workspace), 'conflicts');
  const ledger = await workspace.store.read();
  assertReadable(ledger);
  const holder = requireHolder(identify(workspace, textOption(words, 'as'), ledger));
  const obstacles = findObstacles(ledger, { holder, claims });
  const isFree = obstacles.conflicts.length + obstacles.ahead.length === 0;
  if (hasFlag(words, 'json')) {
    printJson(context, { version: JSON_VERSION, ...toObstaclesJson(obstacles, ledger.now) });
  } else if (isFree) {
    context.print(context.palette.good('Free: a claim would be granted.'));
  } else {
    context.print(context.palette.bad('A claim would be denied:'));
    context.print(renderConflicts(obstacles, ledger.now, context.palette));
  }
  return isFree ? 0 : 1;
};

export const command: Command = {
  usage: 'leasehold conflicts SCOPE… [--read SCOPE] [--doc SCOPE]',
  about:
    'What a claim would meet, and the ways out, without claiming. Exits with 1 where it would be denied.',
  options: { ...SCOPE_OPTIONS, ...AS_OPTION, ...JSON_OPTION },
  examples: [['leasehold conflicts src/parser/', 'before you plan work there']],
  run,
};
