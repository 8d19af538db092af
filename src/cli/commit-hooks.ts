import { join } from 'node:path';
import {
  exitCodeOf,
  type HookSite,
  type Judgement,
  judgeCommit,
  judgePaths,
} from '../guard/index.ts';
import { decodeNames, type Git, readHeadId } from '../kit/git.ts';
import { inHook, type Occasion, renderJudgement } from '../report/index.ts';
import { attend } from './attend.ts';
import { applyBypass } from './bypass.ts';
import type { Context } from './command.ts';
import { withCommitExports } from './export-gate.ts';
import { gateContext, hookContext, judgeByShared } from './gate-context.ts';
import { stampMessage } from './message.ts';
import {
  readMessage,
  readMessageText,
  readStamp,
  type Stamp,
  writeStamp,
} from './message-store.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** The hook's git process, as the installed hook knows it; a hook that somebody wrote does not. */
const PARENT_VARIABLE = 'LEASEHOLD_HOOK_PARENT';

/** How a merge says, before it has written it down, which commits it brings in. */
const GIT_HEAD = /^GITHEAD_([0-9a-f]{40,64})$/;

const readMergeHeads = (env: NodeJS.ProcessEnv): string[] =>
  Object.keys(env).flatMap((name) => GIT_HEAD.exec(name)?.[1] ?? []);

const tell = (context: Context, judgement: Judgement, occasion: Occasion): void => {
  const inContext = inHook(occasion, context.env, judgement);
  const text = renderJudgement(judgement, inContext, context.errorPalette);
  if (text !== '') context.tell(text);
};

const findHookParent = ({ env }: Context): number | undefined => {
  const id = Number(env[PARENT_VARIABLE]);
  return Number.isInteger(id) && id > 0 ? id : undefined;
};

const leaveStamp = (workspace: Workspace, stamp: Omit<Stamp, 'process'>): void => {
  const process = findHookParent(workspace.context);
  if (process !== undefined) writeStamp(workspace.repository.gitDir, { ...stamp, process });
};

const findStamp = ({ context, repository }: Workspace): Stamp | undefined => {
  const process = findHookParent(context);
  return process === undefined ? undefined : readStamp(repository.gitDir, process);
};

const SHOW_MESSAGE = ['log', '-1', '--no-show-signature', '--encoding=UTF-8', '--format=%B'];

/** The message of the commit that this one replaces. */
const findReplaced = ({ git }: Workspace, { amends }: Judgement): string | undefined =>
  amends ? git.read([...SHOW_MESSAGE, 'HEAD']).toString() : undefined;

/** Judges the commit in progress, looks after the holder, and tells: the verdict's last line is what to do next. */
const judgeAndTell = async (
  workspace: Workspace,
  site: Omit<HookSite, 'parentPid' | 'env'>,
  { name, file }: { name: string; file?: string },
): Promise<Judgement> => {
  const { context } = workspace;
  workspace.demandLocks('recent');
  const gate = hookContext(workspace);
  const { prefix } = gate.repository;
  const { parentPid, env } = context;
  const judged = await judgeByShared(workspace, () =>
    judgeCommit(gate, { parentPid, env, ...site }),
  );
  const found = await withCommitExports(workspace, judged);
  const judgement = await applyBypass(workspace, found, () =>
    file === undefined ? findReplaced(workspace, found) : readMessageText(file),
  );
  // Silence is what `guard.mode: off` asks for, and there is nobody to tell where nobody was found.
  if (judgement.mode !== 'off' && judgement.actor) {
    const renews = judgement.verdict === 'pass';
    await attend(workspace, () => judgement.actor?.holder, { renews, prefix });
  }
  tell(context, judgement, { name, prefix });
  return judgement;
};

/** Where `git am` keeps the message that the commit will have. */
const finalMessageOf = ({ repository }: Workspace): string =>
  join(repository.gitDir, 'rebase-apply/final-commit');

/**
 * pre-commit, and what git runs instead where a merge or `git am` makes the commit by itself:
 * pre-merge-commit, pre-applypatch.
 */
export const runPreCommit = async (
  context: Context,
  name: 'commit' | 'merge' | 'patch',
): Promise<number> => {
  const workspace = openWorkspace(context);
  const site = name === 'merge' ? { mergeHeads: readMergeHeads(context.env) } : {};
  const patch = name === 'patch' ? { file: finalMessageOf(workspace) } : {};
  const judgement = await judgeAndTell(workspace, site, { name, ...patch });
  const { verdict, trailers } = judgement;
  if (verdict === 'pass') leaveStamp(workspace, { state: 'checked', trailers });
  return exitCodeOf(verdict);
};

/** Where no editor opens, git says so to its hooks. */
const hasEditor = ({ env }: Context): boolean => env.GIT_EDITOR !== ':';

type Asked = { file: string; source: string | undefined; commit: string | undefined };

/** What pre-commit found, or, where it did not run (`--no-verify`, a cherry-pick, a rebase), what there is to find. */
const findJudged = async (
  workspace: Workspace,
  { file, source, commit }: Asked,
): Promise<{ verdict: Judgement['verdict']; trailers: readonly string[] }> => {
  const stamp = findStamp(workspace);
  if (stamp?.state === 'checked') return { verdict: 'pass', trailers: stamp.trailers };
  const site = {
    amends: source === 'commit' && commit === 'HEAD',
    mergeHeads: source === 'merge' ? readMergeHeads(workspace.context.env) : [],
  };
  return judgeAndTell(workspace, site, { name: 'commit', file });
};

/** What git puts into an editor besides its comments: nothing, or words that are to be filled in, or a message. */
const hasWords = ({ source }: Asked): boolean => source !== undefined && source !== 'template';

/**
 * prepare-commit-msg: judges what pre-commit has not, and stamps the message. One that has no words yet
 * when an editor opens is left alone, for its author may still give it up; one that has them is stamped
 * at once, and again by commit-msg, which does not run in all cases (`cherry-pick --edit`, a rebase's squash).
 */
export const runPrepareMessage = async (context: Context, asked: Asked): Promise<number> => {
  const workspace = openWorkspace(context);
  const { verdict, trailers } = await findJudged(workspace, asked);
  if (verdict !== 'pass') return exitCodeOf(verdict);
  const edited = { hasEditor: hasEditor(context) };
  if (!edited.hasEditor || hasWords(asked)) {
    stampMessage(workspace.git, asked.file, trailers, edited);
  }
  if (!edited.hasEditor) {
    leaveStamp(workspace, { state: 'stamped', trailers: [] });
    return 0;
  }
  const template = asked.source === 'template' ? { template: readMessage(asked.file) } : {};
  leaveStamp(workspace, { state: 'checked', trailers, ...template });
  return 0;
};

/** commit-msg: stamps the message that an editor has left, unless it is to end the commit. */
export const runMessage = async (context: Context, file: string): Promise<number> => {
  const workspace = openWorkspace(context);
  const stamp = findStamp(workspace);
  if (stamp?.state === 'stamped') return 0;
  const asked = { file, source: undefined, commit: undefined };
  const { verdict, trailers } = await findJudged(workspace, asked);
  if (verdict !== 'pass') return exitCodeOf(verdict);
  const template = stamp?.template;
  stampMessage(workspace.git, file, trailers, { hasEditor: hasEditor(context), template });
  leaveStamp(workspace, { state: 'stamped', trailers: [] });
  return 0;
};

/** The paths that a patch file changes, both names of a rename; none where git cannot read it. */
const listPatched = (git: Git, patch: string): string[] => {
  // One direction tells the new names, the other one the old.
  const names = [[], ['--reverse']].flatMap((direction) =>
    decodeNames(git.run(['apply', '--numstat', '-z', ...direction, patch]).stdout),
  );
  // Added and deleted lines, a tab between, then the name.
  return [...new Set(names.map((entry) => entry.replace(/^[^\t]*\t[^\t]*\t/, '')))];
};

/**
 * applypatch-msg: a patch's message may carry the trailers of whoever made it first. What it changes is
 * judged once it is applied, so it is stamped with the grants on the paths that it names, and with what
 * lets it through: nothing can stamp it later.
 */
export const runPatchMessage = async (context: Context, file: string): Promise<number> => {
  const workspace = openWorkspace(context);
  const paths = listPatched(workspace.git, join(workspace.repository.gitDir, 'rebase-apply/patch'));
  const head = readHeadId(workspace.git);
  workspace.demandLocks('recent');
  const gate = gateContext(workspace, undefined);
  const found = await judgeByShared(workspace, () => judgePaths(gate, head, paths));
  const { trailers } = await applyBypass(workspace, found, () => readMessageText(file));
  stampMessage(workspace.git, file, trailers, { hasEditor: false });
  return 0;
};
