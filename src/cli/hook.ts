import {
  exitCodeOf,
  type Judgement,
  judgeCommit,
  judgePushedRef,
  parsePushedRefs,
  readConfiguredBase,
} from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import type { Ledger } from '../locks/index.ts';
import { type Occasion, renderJudgement } from '../report/index.ts';
import { attend } from './attend.ts';
import type { Command, Context } from './command.ts';
import { HOOK_NAMES } from './hooks-place.ts';
import { gateContext, identify, openWorkspace } from './workspace.ts';

const tell = (context: Context, judgement: Judgement, occasion: Occasion): number => {
  const text = renderJudgement(judgement, occasion, context.errorPalette);
  if (text !== '') context.tell(text);
  return exitCodeOf(judgement.verdict);
};

/** Where the user stood when they started git: hooks run at the top, remedies are read where the user is. */
const readPrefix = (context: Context): string => context.env.GIT_PREFIX ?? '';

const runPreCommit = async (context: Context): Promise<number> => {
  const workspace = openWorkspace(context);
  const prefix = readPrefix(context);
  const gate = {
    ...gateContext(workspace, undefined),
    repository: { ...workspace.repository, prefix },
  };
  const judgement = await judgeCommit(gate, { parentPid: context.parentPid, env: context.env });
  // Silence is what `guard.mode: off` asks for, and there is nobody to tell where nobody was found.
  if (judgement.mode !== 'off' && judgement.actor) {
    const renews = judgement.verdict === 'pass';
    await attend(workspace, () => judgement.actor?.holder, { renews });
  }
  // The verdict comes last: its last line is what to do next.
  return tell(context, judgement, { name: 'commit', prefix });
};

const runPrePush = async (context: Context, name: string): Promise<number> => {
  const workspace = openWorkspace(context);
  const gate = gateContext(workspace, undefined);
  const remote = { name, base: readConfiguredBase(gate) };
  let worst = 0;
  let isSilent = true;
  for (const ref of parsePushedRefs(context.readInput().toString())) {
    const judgement = await judgePushedRef(gate, ref, remote);
    if (!judgement) continue;
    isSilent &&= judgement.mode === 'off';
    const occasion = { name: `push of ${printable(ref.localRef)}`, prefix: '' };
    worst = Math.max(worst, tell(context, judgement, occasion));
  }
  const findHolder = (ledger: Ledger) => identify(workspace, undefined, ledger).holder;
  // As at a commit: `guard.mode: off` is silence.
  if (worst < 2 && !isSilent) await attend(workspace, findHolder, { renews: worst === 0 });
  return worst;
};

const run: Command['run'] = async (context, { positionals }) => {
  const [name, remote] = positionals;
  if (name === 'pre-commit') return runPreCommit(context);
  if (name === 'pre-push') return runPrePush(context, remote ?? 'origin');
  throw new Undecided(
    'usage',
    `there is no gate ${printable(name ?? '')}: ${HOOK_NAMES.join(', ')}`,
    'leasehold hook --help',
  );
};

export const command: Command = {
  usage: 'leasehold hook pre-commit | pre-push REMOTE URL',
  about:
    'What git’s hooks call: judges the commit in progress, or what standard input says is pushed. For a ' +
    'hook manager that keeps its hooks in files: put this line there.',
  options: {},
  examples: [
    ['leasehold hook pre-commit', 'in a hook that you write yourself'],
    ['leasehold hook pre-push "$@"', 'the same before a push'],
  ],
  attends: false,
  run,
};
