import { join } from 'node:path';
import { exitCodeOf, listHeadBlobs, loadPolicy } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { NOT_A_FILE } from '../kit/files.ts';
import { readBlob } from '../kit/git.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { renderAccount, toAccountJson } from '../report/index.ts';
import { AS_OPTION, type Command, hasFlag, JSON_OPTION, printJson, textOption } from './command.ts';
import { parseTypedPath } from './typed.ts';
import { explainVerdict } from './why-account.ts';
import { identify, openWorkspace, type Workspace } from './workspace.ts';

/** Whether a path stands for what lies below it: it says so, or it is a directory or a submodule, here or in HEAD. */
const isDirectory = ({ context, git, repository }: Workspace, path: string): boolean => {
  if (path === '.' || path.endsWith('/')) return true;
  const { stdout } = git.run(['ls-tree', '-z', '--full-tree', 'HEAD', '--', path]);
  if (/^\d+ (?:tree|commit) /.test(stdout.toString())) return true;
  if (repository.top === '') return false;
  const content = context.files.read(join(repository.top, path), 0);
  return content.kind === 'refused' && content.reason === NOT_A_FILE;
};

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
    isTree: isDirectory(workspace, path),
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
    'Which record, rule, config line and identity give the verdict on a change of PATH, made now by you; ' +
    'of a directory, on a change of all that lies in it.',
  options: {
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold why src/lib.rs', 'why was I refused there?'],
    ['leasehold why src/', 'does anybody hold something in it?'],
  ],
  run,
};
