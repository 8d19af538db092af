import { assertReadable, findConflicts, listWaysOut } from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import { readClaims } from './claim.ts';
import { AS_OPTION, type Command, hasFlag, JSON_OPTION, printJson, textOption } from './command.ts';
import { renderConflicts, toConflictJson } from './conflict-text.ts';
import { identify, openWorkspace, requireHolder } from './workspace.ts';

const run: Command['run'] = async (context, words) => {
  const workspace = openWorkspace(context);
  const claims = readClaims(workspace, words);
  const ledger = await workspace.store.read();
  assertReadable(ledger);
  const holder = requireHolder(identify(workspace, textOption(words, 'as'), ledger));
  const conflicts = findConflicts(ledger, holder, claims);
  if (hasFlag(words, 'json')) {
    printJson(context, {
      version: JSON_VERSION,
      conflicts: conflicts.map(toConflictJson),
      ways_out: listWaysOut(conflicts, ledger.now),
    });
  } else if (conflicts.length === 0) {
    context.print(context.palette.good('Free: a claim would be granted.'));
  } else {
    context.print(context.palette.bad('A claim would be denied:'));
    context.print(renderConflicts(conflicts, ledger.now, context.palette));
  }
  return conflicts.length > 0 ? 1 : 0;
};

export const command: Command = {
  usage: 'leasehold conflicts SCOPE… [--read SCOPE] [--doc SCOPE]',
  about:
    'What a claim would meet, and the ways out, without claiming. Exits with 1 where it would be denied.',
  options: {
    read: {
      type: 'string',
      multiple: true,
      shown: '--read SCOPE',
      help: 'as a claim to read (repeatable)',
    },
    doc: {
      type: 'string',
      multiple: true,
      shown: '--doc SCOPE',
      help: 'as a claim to write documentation (repeatable)',
    },
    broad: { type: 'boolean', shown: '--broad', help: 'allow the whole repository' },
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [['leasehold conflicts src/parser/', 'before you plan work there']],
  run,
};
