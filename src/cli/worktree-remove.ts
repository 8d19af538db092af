import { Undecided } from '../kit/errors.ts';
import { isWithin } from '../kit/paths.ts';
import { printable, quoteName, shellCommand, shellQuote } from '../kit/quote.ts';
import { type Binding, decideRelease, type StoredGrant, toScopes } from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import { type Context, hasFlag, type Option, printJson, type Words } from './command.ts';
import { openForWriting, type Workspace } from './workspace.ts';
import { findMainTop, type LinkedWorktree } from './worktree-list.ts';
import {
  findRefusal,
  type Head,
  hasLanded,
  isBare,
  isMerged,
  openShared,
  type Refusal,
  readHead,
} from './worktree-losses.ts';
import { removeEmptyDirectories } from './worktree-store.ts';
import { findTarget, removeCommand, type Target } from './worktree-target.ts';

/** What `worktree remove` takes. */
export const REMOVE_OPTIONS = {
  force: {
    type: 'boolean',
    short: 'f',
    shown: '-f, --force',
    help: 'uncommitted work too; commits stay on their branch',
  },
} as const satisfies Record<string, Option>;

const usage = (message: string, remedy: string): Undecided =>
  new Undecided('usage', message, remedy);

/** Deletes the branch that was made with the worktree where all of it is merged; false where it stays. */
const deleteMergedBranch = (
  workspace: Workspace,
  binding: Binding | undefined,
  { commit, branch }: Head,
): boolean => {
  if (branch === undefined || branch !== binding?.branch) return false;
  if (!isMerged(workspace, commit)) return false;
  // git itself refuses where another worktree has it checked out.
  return openShared(workspace).run(['branch', '--quiet', '-D', '--', branch]).code === 0;
};

/** Removes the worktree, and its binding with it. git looks once more at what would be lost. */
const removeTree = (workspace: Workspace, tree: LinkedWorktree, isForced: boolean): void => {
  const force = isForced || isBare(workspace, tree) ? ['--force'] : [];
  const result = openShared(workspace).run(['worktree', 'remove', ...force, '--', tree.top]);
  if (result.code === 0) return;
  const said = result.stderr.trim().split('\n').at(-1) ?? '';
  throw new Undecided(
    'git-failed',
    `git worktree remove ended with ${result.code}: ${said}`,
    removeCommand(tree.top, ' --force'),
  );
};

const releaseAll = async (
  { store }: Workspace,
  grants: readonly StoredGrant[],
): Promise<StoredGrant[]> => {
  const released: StoredGrant[] = [];
  for (const { id, holder } of grants) {
    const { outcome } = await store.change(decideRelease(id, holder));
    if (outcome.released !== 'none') released.push(outcome.grant);
  }
  return released;
};

type Removed = {
  target: Target;
  head: Head | undefined;
  released: readonly StoredGrant[];
  isBranchGone: boolean;
  /** Its changes are in a base branch, its commits are not. */
  isLanded: boolean;
};

const explainBranch = (branch: string, { isBranchGone, isLanded }: Removed): string => {
  if (isBranchGone) return 'is deleted: all of it is merged';
  if (!isLanded) return 'stays';
  return `stays: its changes are merged, its commits are not; ${shellCommand('git branch -D', [branch])}`;
};

const tellBranch = (removed: Removed, context: Context): void => {
  if (!removed.head) return;
  const { branch, commit, unshared } = removed.head;
  if (branch !== undefined) {
    context.print(`Branch ${printable(branch)} ${explainBranch(branch, removed)}`);
  } else if (unshared > 0) {
    context.print(
      `Its commits are on no branch; keep them: git branch NAME ${commit.slice(0, 10)}`,
    );
  }
};

const report = (context: Context, words: Words, removed: Removed): void => {
  const { target, head, released, isBranchGone } = removed;
  const holder = target.binding?.holder ?? released[0]?.holder;
  if (hasFlag(words, 'json')) {
    printJson(context, {
      version: JSON_VERSION,
      removed: true,
      path: target.path,
      holder: holder ?? null,
      released: released.map(({ id, claims }) => ({ grant: id, scopes: toScopes(claims) })),
      branch: head?.branch ?? null,
      branch_deleted: isBranchGone,
    });
    return;
  }
  const { palette } = context;
  const whose = holder === undefined ? '' : `, which was ${quoteName(holder)}'s`;
  const what = target.tree ? 'Removed' : 'Gone already:';
  context.print(`${palette.good(what)} ${printable(target.path)}${whose}`);
  if (released.length > 0) context.print(palette.good('Released'));
  for (const { scope } of released.flatMap(({ claims }) => claims)) {
    context.print(`  ${palette.strong(printable(scope))}`);
  }
  tellBranch(removed, context);
};

const refuse = (context: Context, words: Words, path: string, refusal: Refusal): number => {
  const { reason, message, remedy } = refusal;
  if (hasFlag(words, 'json')) {
    printJson(context, { version: JSON_VERSION, removed: false, path, reason, message, remedy });
    return 1;
  }
  const { errorPalette } = context;
  context.tell(`${errorPalette.bad('Not removed:')} ${printable(path)}: ${message}.`);
  context.tell(`${errorPalette.strong('next:')} ${errorPalette.runnable(remedy)}`);
  return 1;
};

/** A shell that stands in what is removed would be left nowhere. */
const assertOutside = (workspace: Workspace, path: string): void => {
  const { context, repository } = workspace;
  const cwd = context.findRealPath(context.cwd) ?? context.cwd;
  if (!isWithin(cwd, path)) return;
  const home = findMainTop(workspace) ?? repository.commonDir;
  throw usage(
    `you stand in ${printable(path)}`,
    `cd ${shellQuote(home)} && ${removeCommand(path)}`,
  );
};

/** `leasehold worktree remove PATH|HOLDER` */
export const removeWorktree = async (context: Context, words: Words): Promise<number> => {
  const [typed, ...more] = words.positionals;
  if (typed === undefined || typed === '' || more.length > 0) {
    throw usage('worktree remove takes one PATH or HOLDER', 'git worktree list');
  }
  const workspace = openForWriting(context);
  const target = findTarget(workspace, await workspace.store.read(), typed);
  assertOutside(workspace, target.path);
  const isForced = hasFlag(words, 'force');
  const { tree } = target;
  const head = tree && readHead(workspace, tree);
  const isLanded = head && !isForced ? await hasLanded(workspace, head) : false;
  const refusal = tree && findRefusal(workspace, tree, head, { isForced, isLanded });
  if (refusal) return refuse(context, words, target.path, refusal);
  if (tree) removeTree(workspace, tree, isForced);
  else removeEmptyDirectories([target.path]);
  const released = await releaseAll(workspace, target.grants);
  const isBranchGone = head ? deleteMergedBranch(workspace, target.binding, head) : false;
  report(context, words, { target, head, released, isBranchGone, isLanded });
  return 0;
};
