import { basename, dirname, join, resolve } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { type Git, readHeadId, readLine, resolveCommit } from '../kit/git.ts';
import { printable, shellQuote } from '../kit/quote.ts';
import { textOption, type Words } from './command.ts';
import { findOwnPlace } from './typed.ts';
import type { Workspace } from './workspace.ts';
import { findMainTop, listLinkedWorktrees } from './worktree-list.ts';
import { isTaken } from './worktree-store.ts';
import { removeCommand } from './worktree-target.ts';

/** A worktree that is to be made: `base` is the commit that its new branch starts from, `from` its name. */
export type WorktreePlan = {
  holder: string;
  path: string;
  branch: string;
  base: string;
  from: string;
};

const refused = (message: string, remedy: string): Undecided =>
  new Undecided('usage', message, remedy);

const MAX_NAME = 60;

/** A holder's name as a part of a directory's or a branch's: letters and digits, with dashes for the rest. */
export const toSlug = (holder: string): string =>
  holder
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}_]+/gu, '-')
    .slice(0, MAX_NAME)
    .replace(/^-+|-+$/g, '') || 'holder';

const isBranchName = (git: Git, name: string): boolean =>
  name !== 'HEAD' && readLine(git, ['check-ref-format', '--branch', name]) === name;

const isBranch = (git: Git, name: string): boolean =>
  git.run(['show-ref', '--verify', '--quiet', `refs/heads/${name}`]).code === 0;

/** The branch that keeps git from making one of this name: `codex` and `codex/task-12` cannot both be there. */
const findRival = (git: Git, name: string): string | undefined => {
  const segments = name.split('/');
  const above = segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
  const list = ['for-each-ref', '--count=1', '--format=%(refname:lstrip=2)', `refs/heads/${name}/`];
  return above.find((one) => isBranch(git, one)) ?? (readLine(git, list) || undefined);
};

/**
 * `--branch`, else the holder's name where git takes it for a branch's and no branch stands in its way, else what
 * is left of it.
 */
const chooseBranch = (git: Git, holder: string, typed: string | undefined): string => {
  const isFit = (name: string): boolean => isBranchName(git, name) && !findRival(git, name);
  if (typed === undefined && isFit(holder)) return holder;
  const name = typed ?? toSlug(holder);
  if (!isBranchName(git, name)) {
    throw refused(`${printable(name)} is no name for a branch`, 'git check-ref-format --help');
  }
  const rival = findRival(git, name);
  if (rival === undefined) return name;
  throw refused(
    `there is a branch ${printable(rival)} already, and git has no ${printable(name)} beside it`,
    'give the new one another name: --branch NAME',
  );
};

/** `…/app/sub` in `…/app` is `app-sub`, beside `…/app`: inside it, a worktree would be a stranger's files. */
const leaveSuperproject = (git: Git, top: string, name: string): string => {
  const above = readLine(git, ['-C', top, 'rev-parse', '--show-superproject-working-tree']);
  if (!above) return join(dirname(top), name);
  return leaveSuperproject(git, above, `${basename(above)}-${name}`);
};

/** Beside the main worktree: `../app-codex`; beside `…/.bare`, where others keep theirs, `codex`. */
const placeBeside = (workspace: Workspace, holder: string): string => {
  const { git, repository } = workspace;
  const top = findMainTop(workspace);
  if (top !== undefined) return leaveSuperproject(git, top, `${basename(top)}-${toSlug(holder)}`);
  const name = basename(repository.commonDir).replace(/\.git$/, '');
  const prefix = name === '' || name.startsWith('.') ? '' : `${name}-`;
  return join(dirname(repository.commonDir), `${prefix}${toSlug(holder)}`);
};

const choosePath = (workspace: Workspace, words: Words, holder: string): string => {
  const { context } = workspace;
  const typed = textOption(words, 'path');
  const path = typed === undefined ? placeBeside(workspace, holder) : resolve(context.cwd, typed);
  return findOwnPlace(context, path);
};

const chooseBase = (git: Git, typed: string | undefined): Pick<WorktreePlan, 'base' | 'from'> => {
  if (typed !== undefined) return { base: resolveCommit(git, typed), from: typed };
  const base = readHeadId(git);
  if (base === undefined) {
    throw refused('there is no commit yet that a branch could start from', 'git commit');
  }
  return { base, from: readLine(git, ['symbolic-ref', '--quiet', '--short', 'HEAD']) ?? 'HEAD' };
};

/** Whether git has a worktree at a path, be it there or not. */
const isRegistered = ({ context, repository }: Workspace, path: string): boolean =>
  listLinkedWorktrees(context, repository).some(({ top }) => top === path);

/** Where the worktree of a holder goes, and what it starts from; a branch or a path that is there is refused. */
export const planWorktree = (workspace: Workspace, words: Words, holder: string): WorktreePlan => {
  const { git } = workspace;
  const path = choosePath(workspace, words, holder);
  const branch = chooseBranch(git, holder, textOption(words, 'branch'));
  const plan = { holder, path, branch, ...chooseBase(git, textOption(words, 'base')) };
  if (isTaken(path)) {
    throw refused(
      `${printable(path)} is there already`,
      'give the worktree another place: --path DIRECTORY',
    );
  }
  if (isRegistered(workspace, path)) {
    throw refused(
      `${printable(path)} is a worktree that is not there any more (if it was moved: git worktree repair PATH)`,
      removeCommand(path),
    );
  }
  if (!isBranch(git, branch)) return plan;
  throw refused(
    `there is a branch ${printable(branch)} already`,
    `give the new one another name, --branch NAME; or go on with it: git worktree add ${shellQuote(path)} ${shellQuote(branch)} && cd ${shellQuote(path)} && leasehold claim --bind --as ${shellQuote(holder)} SCOPE`,
  );
};
