import { Undecided } from '../kit/errors.ts';
import { printable, quoteName } from '../kit/quote.ts';
import { removeBinding } from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import {
  type Command,
  type Context,
  hasFlag,
  JSON_OPTION,
  type Option,
  printJson,
  type Words,
} from './command.ts';
import { openWorkspace } from './workspace.ts';
import { ADD_OPTIONS, addWorktree } from './worktree-add.ts';
import { findBoundHolder } from './worktree-list.ts';
import { REMOVE_OPTIONS, removeWorktree } from './worktree-remove.ts';

/** `leasehold worktree unbind`: ends what `claim --bind` began here. Grants stay. */
const unbindWorktree = async (context: Context, words: Words): Promise<number> => {
  const { repository } = openWorkspace(context);
  const holder = findBoundHolder(context, repository.gitDir);
  const isUnbound = removeBinding(context.files, repository.gitDir);
  if (hasFlag(words, 'json')) {
    printJson(context, { version: JSON_VERSION, unbound: isUnbound, holder: holder ?? null });
  } else {
    const whose = holder === undefined ? '' : `; it was ${quoteName(holder)}'s`;
    context.print(`This worktree is dedicated to nobody${isUnbound ? whose : ''}`);
  }
  return 0;
};

type Verb = {
  options: Readonly<Record<string, Option>>;
  run: (context: Context, words: Words) => Promise<number>;
};

const VERBS: Readonly<Record<string, Verb>> = {
  add: { options: ADD_OPTIONS, run: addWorktree },
  remove: { options: REMOVE_OPTIONS, run: removeWorktree },
  unbind: { options: {}, run: unbindWorktree },
};

const usage = (message: string): Undecided =>
  new Undecided('usage', message, 'leasehold worktree --help');

const run: Command['run'] = async (context, words) => {
  const [name = '', ...positionals] = words.positionals;
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (!verb) {
    const words = Object.keys(VERBS).join(', ');
    throw usage(`worktree takes ${words}, not ${printable(name) || 'nothing'}`);
  }
  const known = [...Object.keys(verb.options), ...Object.keys(JSON_OPTION)];
  const foreign = Object.keys(words.values).find((option) => !known.includes(option));
  if (foreign !== undefined) throw usage(`worktree ${name} takes no --${foreign}`);
  return verb.run(context, { ...words, positionals });
};

export const command: Command = {
  usage: 'leasehold worktree add HOLDER SCOPE… | remove PATH|HOLDER | unbind',
  about:
    'add makes a branch, a worktree and a claim for HOLDER in one step, all or nothing: whoever works in ' +
    'that worktree is HOLDER, with no set-up. Its last line is the cd. remove gives all of it back: the ' +
    'worktree, its holder’s grants, and the branch where all of it is merged; it refuses where something ' +
    'is in no commit, or neither merged nor pushed. unbind makes the worktree that you stand in nobody’s.',
  options: { ...ADD_OPTIONS, ...REMOVE_OPTIONS, ...JSON_OPTION },
  examples: [
    ['leasehold worktree add codex src/parser/ --task "Port the tokenizer"', 'in ../REPO-codex'],
    [
      'leasehold worktree add codex/7 src/ --base origin/main --path /tmp/7 --wait',
      'once src/ is free',
    ],
    ['leasehold worktree remove codex', 'when the work is merged or pushed'],
  ],
  run,
};
