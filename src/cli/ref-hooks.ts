import {
  type Judgement,
  judgePushedRef,
  judgeReceivedRef,
  judgeUpdatedRef,
  parsePushedRefs,
  parseUpdatedRefs,
  readConfiguredBase,
} from '../guard/index.ts';
import { printable } from '../kit/quote.ts';
import type { Ledger } from '../locks/index.ts';
import { attend } from './attend.ts';
import type { Context } from './command.ts';
import { tellJudgement } from './commit-hooks.ts';
import { gateContext, identify, openWorkspace, type Workspace } from './workspace.ts';

type Asked<T> = {
  refs: readonly T[];
  judge: (ref: T) => Promise<Judgement | undefined>;
  /** What it is called: `push of refs/heads/main`. */
  name: (ref: T) => string;
};

/** Judges each ref apart; the worst of them is the answer. `isSilent` where `guard.mode: off` said so for all. */
const judgeRefs = async <T>(
  context: Context,
  { refs, judge, name }: Asked<T>,
): Promise<{ worst: number; isSilent: boolean }> => {
  let worst = 0;
  let isSilent = true;
  for (const ref of refs) {
    const judgement = await judge(ref);
    if (!judgement) continue;
    isSilent &&= judgement.mode === 'off';
    if (judgement.notJudged.length > 0) {
      context.tell(`note: not judged here: ${judgement.notJudged.join(', ')}`);
    }
    const code = tellJudgement(context, judgement, { name: name(ref), prefix: '' });
    worst = Math.max(worst, code);
  }
  return { worst, isSilent };
};

const attendHere = (workspace: Workspace, renews: boolean): Promise<void> => {
  const findHolder = (ledger: Ledger) => identify(workspace, undefined, ledger).holder;
  return attend(workspace, findHolder, { renews });
};

/** pre-push: each pushed ref, its new commits, and what it takes from the remote. */
export const runPrePush = async (context: Context, remoteName: string): Promise<number> => {
  const workspace = openWorkspace(context);
  const gate = gateContext(workspace, undefined);
  const remote = { name: remoteName, base: readConfiguredBase(gate) };
  const { worst, isSilent } = await judgeRefs(context, {
    refs: parsePushedRefs(context.readInput().toString()),
    judge: (ref) => judgePushedRef(gate, ref, remote),
    name: ({ localRef }) => `push of ${printable(localRef)}`,
  });
  if (worst < 2 && !isSilent) await attendHere(workspace, worst === 0);
  return worst;
};

/** reference-transaction, in strict mode: new commits, where a branch or a detached HEAD is about to have them. */
export const runReferenceTransaction = async (context: Context, state: string): Promise<number> => {
  if (state !== 'prepared') return 0;
  const gate = gateContext(openWorkspace(context), undefined);
  const { worst } = await judgeRefs(context, {
    refs: parseUpdatedRefs(context.readInput().toString()),
    judge: (ref) => judgeUpdatedRef(gate, ref),
    name: ({ ref }) => `update of ${printable(ref)}`,
  });
  return worst;
};

/** pre-receive, on a server: the same as pre-push, by what the server has. */
export const runPreReceive = async (context: Context): Promise<number> => {
  const gate = gateContext(openWorkspace(context), undefined);
  const { worst } = await judgeRefs(context, {
    refs: parseUpdatedRefs(context.readInput().toString()),
    judge: (ref) => judgeReceivedRef(gate, ref),
    name: ({ ref }) => `push of ${printable(ref)}`,
  });
  return worst;
};
