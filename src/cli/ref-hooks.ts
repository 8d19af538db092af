import {
  type CommitChange,
  exitCodeOf,
  type GateContext,
  isFetching,
  isZero,
  type Judgement,
  judgePushedRef,
  judgeReceivedRef,
  judgeUpdatedRef,
  listBrought,
  listKept,
  listTelling,
  type PushedRef,
  parsePushedRefs,
  parseUpdatedRefs,
  readConfiguredBase,
} from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { readHeadId } from '../kit/git.ts';
import { printable, shellQuote } from '../kit/quote.ts';
import { hasMail, hasTidings, type Ledger } from '../locks/index.ts';
import { concludePush, type PushedJudgement, renderPush, type Telling } from '../report/index.ts';
import { attend } from './attend.ts';
import { findDefaultBranch } from './audit-base.ts';
import type { Context } from './command.ts';
import { withPushExports } from './export-gate.ts';
import { gateContext, hookContext, judgeByShared } from './gate-context.ts';
import { identify, openWorkspace, type Workspace } from './workspace.ts';

type Asked<T> = {
  refs: readonly T[];
  judge: (ref: T) => Promise<Judgement | undefined>;
  nameOf: (ref: T) => string;
};

/** Judges each ref apart; those that bring nothing are left out. */
const judgeRefs = async <T>({ refs, judge, nameOf }: Asked<T>): Promise<PushedJudgement[]> => {
  const judged: PushedJudgement[] = [];
  for (const ref of refs) {
    const judgement = await judge(ref);
    if (judgement) judged.push({ ref: nameOf(ref), judgement });
  }
  return judged;
};

/** The same answer for refs that bring the same: they are asked about once. */
const shareAnswers = <T, A>(ask: (ref: T) => A, keyOf: (ref: T) => string): ((ref: T) => A) => {
  const answers = new Map<string, A>();
  return (ref) => {
    const answer = answers.get(keyOf(ref)) ?? ask(ref);
    answers.set(keyOf(ref), answer);
    return answer;
  };
};

/** Tells what the refs came to, and returns the exit code. */
const tellRefs = (
  context: Context,
  judged: readonly PushedJudgement[],
  telling: Telling,
): number => {
  const text = renderPush(judged, context.env, context.errorPalette, telling);
  if (text !== '') context.tell(text);
  return exitCodeOf(concludePush(judged));
};

/**
 * Whether there is anything to renew, or to tell; whoever is nobody is to hear that. Where it cannot be told,
 * whoever looks after the holder says why.
 */
const hasNews = async (gate: GateContext, { context, clone }: Workspace): Promise<boolean> => {
  try {
    const ledger = await gate.readLedger({ paths: [], emails: [] });
    const { holder } = gate.identify(ledger);
    if (holder === undefined || ledger.ended.length > 0) return true;
    return hasTidings(ledger, holder) || hasMail(context, clone.places, holder);
  } catch (error) {
    if (error instanceof Undecided) return true;
    throw error;
  }
};

const attendHere = (
  workspace: Workspace,
  telling: { renews: boolean; prefix: string },
): Promise<void> => {
  const findHolder = (ledger: Ledger) => identify(workspace, undefined, ledger).holder;
  return attend(workspace, findHolder, telling);
};

/**
 * A remote of which no branch is known here (a bare clone fetches into none) may have what is told as new: then
 * one fetch says what is not.
 */
const tellUnknownRemote = (
  { context, git }: Workspace,
  remote: string,
  refs: readonly PushedRef[],
): void => {
  if (!refs.some(({ remoteId }) => isZero(remoteId))) return;
  if (git.run(['remote', 'get-url', '--', remote]).code !== 0) return;
  const known = ['for-each-ref', '--count=1', '--format=known', `refs/remotes/${remote}/`];
  if (git.read(known).length > 0) return;
  const fetch = `git fetch ${shellQuote(remote)} ${shellQuote(`+refs/heads/*:refs/remotes/${remote}/*`)}`;
  context.tell(
    `${context.errorPalette.warn('note:')} what ${printable(remote)} has is not known here, so all history counts as new; if it has some of it:\n  ${fetch}`,
  );
};

/** pre-push: each pushed ref, its new commits, and what it takes from the remote. */
export const runPrePush = async (context: Context, remoteName: string): Promise<number> => {
  const workspace = openWorkspace(context);
  // What is pushed is anybody's: by then it is to be judged by what is held now.
  workspace.demandLocks('required');
  const gate = hookContext(workspace);
  const { prefix } = gate.repository;
  const remote = { name: remoteName, base: readConfiguredBase(gate) };
  const pushed = parsePushedRefs(context.readInput().toString());
  const ends = pushed.map(({ remoteRef, localId }) => ({ ref: remoteRef, id: localId }));
  const refs = listTelling(gate.git, pushed);
  const judge = async (ref: PushedRef) => {
    const [brought, kept] = [listBrought(refs, ref), listKept(ends, ref.remoteRef)];
    const judgement = await judgePushedRef(gate, ref, { ...remote, brought, kept });
    const findBranch = () => findDefaultBranch(gate.git, remote.name, remote.base);
    return judgement && withPushExports(workspace, judgement, { tip: ref.localId, findBranch });
  };
  const judged = await judgeRefs({
    refs,
    judge: shareAnswers(judge, ({ localId, remoteId }) => `${localId} ${remoteId}`),
    nameOf: ({ localRef }) => localRef,
  });
  const code = exitCodeOf(concludePush(judged));
  // As at a commit: `guard.mode: off` is silence, and the verdict comes last.
  const isSilent = judged.every(({ judgement }) => judgement.mode === 'off');
  if (code < 2 && !isSilent && (await hasNews(gate, workspace))) {
    await attendHere(workspace, { renews: code === 0, prefix });
  }
  if (code === 1) tellUnknownRemote(workspace, remoteName, refs);
  return tellRefs(context, judged, { prefix });
};

/** What a fetch brings into a branch, of somebody else: nothing that was committed here past a gate. */
const createBroughtCheck = ({ context, email }: Workspace): ((commit: CommitChange) => boolean) => {
  const isFetch = isFetching(context.parentPid);
  return (commit) => isFetch && commit.email !== email;
};

/** reference-transaction, in strict mode: new commits, where a branch or a detached HEAD is about to have them. */
export const runReferenceTransaction = async (context: Context, state: string): Promise<number> => {
  if (state !== 'prepared') return 0;
  const workspace = openWorkspace(context);
  workspace.demandLocks('recent');
  const gate = hookContext(workspace);
  const isBrought = createBroughtCheck(workspace);
  const judged = await judgeRefs({
    refs: parseUpdatedRefs(context.readInput().toString()),
    judge: (ref) => judgeByShared(workspace, () => judgeUpdatedRef(gate, ref, isBrought)),
    nameOf: ({ ref }) => ref,
  });
  const { prefix } = gate.repository;
  return tellRefs(context, judged, { act: 'update', prefix });
};

/** pre-receive, on a server: the same as pre-push, by what the server has and sees. */
export const runPreReceive = async (context: Context): Promise<number> => {
  const workspace = openWorkspace(context);
  const gate = gateContext(workspace, undefined);
  const refs = parseUpdatedRefs(context.readInput().toString());
  const ends = refs.map(({ ref, newId }) => ({ ref, id: newId }));
  const judged = await judgeRefs({
    refs,
    judge: async (ref) => {
      const judgement = await judgeReceivedRef(gate, ref, listKept(ends, ref.ref));
      // What a server has at HEAD is what work on it parts from.
      const findBranch = () => readHeadId(gate.git);
      return judgement && withPushExports(workspace, judgement, { tip: ref.newId, findBranch });
    },
    nameOf: ({ ref }) => ref,
  });
  return tellRefs(context, judged, { isForOthers: true });
};
