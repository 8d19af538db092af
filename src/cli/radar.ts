import { readConfiguredBase } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import { exitCodeOfSurvey, surveyRepository } from '../radar/index.ts';
import { renderRadar, toRadarJson } from '../report/index.ts';
import { type Command, hasFlag, JSON_OPTION, printJson, textOption } from './command.ts';
import { gateContext } from './gate-context.ts';
import { openWorkspace } from './workspace.ts';
import { findBoundHolder, findMainTop } from './worktree-list.ts';

const run: Command['run'] = async (context, words) => {
  if (words.positionals.length > 0) {
    throw new Undecided('usage', 'radar takes no PATH', 'leasehold radar --help');
  }
  const workspace = openWorkspace(context);
  const { repository, store } = workspace;
  const ledger = await store.read();
  const survey = await surveyRepository({
    env: context.env,
    repository,
    mainTop: findMainTop(workspace),
    ledger,
    findBound: (gitDir) => findBoundHolder(context, gitDir),
    base: {
      typed: textOption(words, 'base'),
      configured: readConfiguredBase(gateContext(workspace, undefined)),
    },
  });
  const told = { survey, now: ledger.now, unreadable: ledger.unreadable };
  if (hasFlag(words, 'json')) printJson(context, toRadarJson(told));
  else {
    const at = { prefix: repository.prefix, isWhole: hasFlag(words, 'verbose') };
    context.print(renderRadar(told, at, context.palette));
    for (const { file, reason } of ledger.unreadable) {
      context.tell(
        `${context.errorPalette.bad('unreadable:')} ${printable(file)}: ${printable(reason)}; ${context.errorPalette.runnable('run: leasehold doctor --fix')}`,
      );
    }
  }
  return ledger.unreadable.length > 0 ? 2 : exitCodeOfSurvey(survey);
};

export const command: Command = {
  usage: 'leasehold radar',
  about:
    'Which paths several lines of work touch, over all worktrees and local branches, committed or not, and which ' +
    'of them would really conflict, with who and since when. No lock is needed, and nothing is changed. Exits with ' +
    '1 where a pair would conflict, with 2 where something could not be compared.',
  options: {
    base: {
      type: 'string',
      shown: '--base REF',
      help: 'compare with this, not with the default branch',
    },
    verbose: { type: 'boolean', shown: '--verbose', help: 'everything, however long' },
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold radar', 'who is about to collide with whom'],
    ['leasehold radar --base origin/release', 'work that is for another branch'],
  ],
  run,
};
