import { exitCodeOf, listHeadBlobs, loadPolicy } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { readBlob } from '../kit/git.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { renderAccount, toAccountJson } from '../report/index.ts';
import { AS_OPTION, type Command, hasFlag, JSON_OPTION, printJson, textOption } from './command.ts';
import { parseTypedPath } from './typed.ts';
import { explainVerdict } from './why-account.ts';
import { identify, openWorkspace } from './workspace.ts';

const run: Command['run'] = async (context, words) => {
  const [typed, ...more] = words.positionals;
  if (typed === undefined || more.length > 0) {
    throw new Undecided('usage', 'why takes one PATH', 'leasehold why PATH');
  }
  const workspace = openWorkspace(context);
  const { git, repository } = workspace;
  const path = parseTypedPath(workspace, typed);
  const ledger = await workspace.store.read();
  const blobs = listHeadBlobs(git);
  const config = blobs?.get(CONFIG_FILE);
  const account = explainVerdict({
    path,
    actor: identify(workspace, textOption(words, 'as'), ledger),
    ledger,
    policy: loadPolicy(git, blobs),
    configText: config === undefined ? undefined : readBlob(git, config),
    prefix: repository.prefix,
  });
  if (hasFlag(words, 'json')) printJson(context, toAccountJson(account));
  else context.print(renderAccount(account, context.palette));
  return exitCodeOf(account.verdict);
};

export const command: Command = {
  usage: 'leasehold why PATH',
  about:
    'Which record, rule, config line and identity give the verdict on a change of PATH, made now by you.',
  options: {
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [['leasehold why src/lib.rs', 'why was I refused there?']],
  run,
};
