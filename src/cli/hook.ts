import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import type { Command, Context } from './command.ts';
import { runMessage, runPatchMessage, runPreCommit, runPrepareMessage } from './commit-hooks.ts';
import { HOOK_NAMES } from './hooks-place.ts';
import { runPrePush, runPreReceive, runReferenceTransaction } from './ref-hooks.ts';

/** A gate, given what git gives the hook of that name. */
type Gate = (context: Context, words: readonly string[]) => Promise<number>;

const usage = (message: string): Undecided =>
  new Undecided('usage', message, 'leasehold hook --help');

/** The file that git passes to a hook of messages. */
const fileOf = (name: string, [file]: readonly string[]): string => {
  if (file !== undefined) return file;
  throw usage(`${name} takes what git passes to it: "$@"`);
};

const GATES: Record<string, Gate> = {
  'pre-commit': (context) => runPreCommit(context, 'commit'),
  'pre-merge-commit': (context) => runPreCommit(context, 'merge'),
  'pre-applypatch': (context) => runPreCommit(context, 'patch'),
  'prepare-commit-msg': (context, words) =>
    runPrepareMessage(context, {
      file: fileOf('prepare-commit-msg', words),
      source: words[1],
      commit: words[2],
    }),
  'commit-msg': (context, words) => runMessage(context, fileOf('commit-msg', words)),
  'applypatch-msg': (context, words) => runPatchMessage(context, fileOf('applypatch-msg', words)),
  'pre-push': (context, [remote]) => runPrePush(context, remote ?? 'origin'),
  'reference-transaction': (context, [state]) => runReferenceTransaction(context, state ?? ''),
  'pre-receive': (context) => runPreReceive(context),
};

const run: Command['run'] = (context, { positionals: [name = '', ...words] }) => {
  const gate = Object.hasOwn(GATES, name) ? GATES[name] : undefined;
  if (gate) return gate(context, words);
  throw usage(`there is no gate ${printable(name)}: ${Object.keys(GATES).join(', ')}`);
};

export const command: Command = {
  usage: 'leasehold hook NAME [WORDS OF GIT]',
  about:
    'What git’s hooks call: judges the commit in progress, stamps its message, or judges what standard ' +
    'input says is pushed. For a hook manager that keeps its hooks in files: put such a line there, for ' +
    `each of ${HOOK_NAMES.join(', ')}.`,
  options: {},
  examples: [
    ['leasehold hook pre-commit', 'in a hook that you write yourself'],
    ['leasehold hook commit-msg "$@"', 'stamps the message with the grants of the commit'],
    ['leasehold hook pre-push "$@"', 'the same before a push'],
  ],
  attends: false,
  run,
};
