import { checkHolder } from '../guard/index.ts';
import { listenToSignals } from '../kit/child.ts';
import { describeInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { createGitElsewhere, leaveRepository, readLine } from '../kit/git.ts';
import { printable, quoteName, shellCommand, shellQuote } from '../kit/quote.ts';
import {
  type ClaimRequest,
  decideClaim,
  decideRelease,
  type Grant,
  saveBinding,
  stateDirectory,
  toRecord,
} from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import { assertNoNeeds } from './approvals.ts';
import { reportDenial, tellTakenOver } from './claim.ts';
import { type Context, hasFlag, type Option, printJson, type Words } from './command.ts';
import { inspectHook } from './hook-files-store.ts';
import { assertOwnPlace, listHookNames, settleHooksPlace } from './hooks-place.ts';
import { installAt } from './install.ts';
import { tellNearMiss } from './near-miss.ts';
import { HOOK_SCRIPT } from './places.ts';
import { createRequest, GRANT_OPTIONS, readClaims } from './request.ts';
import { readTtl } from './ttl.ts';
import { CLAIM_TIMEOUT, changeOrWait, readPatience, WAIT_OPTIONS } from './waiting.ts';
import {
  identify,
  loadWorkspaceConfig,
  openForWriting,
  openWorkspace,
  readHookNeeds,
  type Workspace,
} from './workspace.ts';
import { planWorktree, type WorktreePlan } from './worktree-plan.ts';
import { makeOwnDirectory, removeEmptyDirectories } from './worktree-store.ts';

/** What `worktree add` takes. */
export const ADD_OPTIONS = {
  ...GRANT_OPTIONS,
  ...WAIT_OPTIONS,
  path: { type: 'string', shown: '--path DIRECTORY', help: 'where; beside the main worktree' },
  branch: { type: 'string', shown: '--branch NAME', help: 'the new branch; named for the holder' },
  base: { type: 'string', shown: '--base REF', help: 'what it starts from; HEAD' },
} as const satisfies Record<string, Option>;

/** What takes back one step that was made. */
type Undo = () => unknown;

/** Takes back what was made, the last first; what cannot be is told, and the rest goes on. */
const takeBack = async (context: Context, undo: readonly Undo[]): Promise<void> => {
  for (const step of undo.toReversed()) {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      context.tell(
        `${context.errorPalette.warn('not taken back:')} ${printable(error.message)}; next: ${printable(error.remedy)}`,
      );
    }
  }
};

/**
 * The branch is made inside the new worktree: only where HEAD has come to stand on it there was it made
 * here, and may be taken back.
 */
const undoCheckout = (workspace: Workspace, { path, branch, base }: WorktreePlan): void => {
  const { context, repository } = workspace;
  const ref = `refs/heads/${branch}`;
  const here = createGitElsewhere(path, context.env);
  const isOurs = readLine(here, ['symbolic-ref', '--quiet', 'HEAD']) === ref;
  const shared = createGitElsewhere(repository.commonDir, context.env);
  shared.read(['worktree', 'remove', '--force', '--force', '--', path]);
  if (isOurs) shared.read(['update-ref', '-d', ref, base]);
};

/** A worktree that git has begun is known by its own git file; before that there is only an empty directory. */
const checkOut = (workspace: Workspace, plan: WorktreePlan, undo: Undo[]): void => {
  const { context, repository } = workspace;
  const { path, branch, base, holder } = plan;
  const made = makeOwnDirectory(path);
  if (!made) {
    throw new Undecided(
      'usage',
      `${printable(path)} is there already`,
      'give the worktree another place: --path DIRECTORY',
    );
  }
  undo.push(() => removeEmptyDirectories(made));
  const shared = createGitElsewhere(repository.commonDir, context.env);
  undo.push(() => {
    if (context.files.list(path).includes('.git')) undoCheckout(workspace, plan);
  });
  shared.read(['worktree', 'add', '--detach', '--no-checkout', '--', path, base]);
  const here = createGitElsewhere(path, context.env);
  // Before the branch is there: whoever takes over from a process that was killed knows that it was made here.
  const gitDir = here.read(['rev-parse', '--absolute-git-dir']).toString().replace(/\n$/, '');
  saveBinding(context.files, gitDir, { holder, branch });
  here.read(['checkout', '--quiet', '--no-track', '-b', branch]);
};

/** Sees to it that hooks fire in the new worktree, where the clone has any: husky's directory is in none. */
const settleHooks = ({ context, repository }: Workspace, { path }: WorktreePlan): void => {
  const { commonDir } = repository;
  if (!context.files.list(stateDirectory(commonDir)).includes(HOOK_SCRIPT)) return;
  const there = openWorkspace({ ...context, cwd: path, env: leaveRepository(context.env) });
  const names = listHookNames(readHookNeeds(there));
  const { place } = settleHooksPlace(there.git, there.repository, context.files);
  const isInPlace = names.every((name) => inspectHook(place.directory, name).kind === 'ours');
  if (isInPlace) return;
  assertOwnPlace(place, false);
  installAt(there, place);
};

/** All of it or nothing: whatever fails, nothing is left behind. A signal waits until it is one or the other. */
const makeWorktree = async (
  workspace: Workspace,
  plan: WorktreePlan,
  grant: Grant,
): Promise<void> => {
  const release = () => workspace.store.change(decideRelease(grant.id, grant.holder));
  const undo: Undo[] = [release];
  const stopListening = listenToSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], () => undefined);
  try {
    checkOut(workspace, plan, undo);
    settleHooks(workspace, plan);
  } catch (error) {
    await takeBack(workspace.context, undo);
    throw error;
  } finally {
    stopListening();
  }
};

const report = (context: Context, words: Words, plan: WorktreePlan, grant: Grant): void => {
  const { path, branch, base, from, holder } = plan;
  if (hasFlag(words, 'json')) {
    const worktree = { path, branch, base, holder };
    printJson(context, { version: JSON_VERSION, granted: true, grant: toRecord(grant), worktree });
    return;
  }
  const { palette } = context;
  const until = describeInstant(grant.expiresAt, context.clock.now());
  context.print(`${palette.good('Granted to')} ${quoteName(holder)} until ${until}`);
  for (const { scope, mode } of grant.claims) {
    context.print(`  ${palette.strong(printable(scope))}${mode === 'write' ? '' : ` (${mode})`}`);
  }
  context.print(
    `on the new branch ${printable(branch)}, from ${printable(from)} (${base.slice(0, 10)}); whoever works there is ${quoteName(holder)}`,
  );
  const remove = shellCommand('leasehold worktree remove', [path]);
  context.print(palette.faint(`when it is done: ${palette.runnable(remove)}`));
  context.print(`cd ${shellQuote(path)}`);
};

/** The claim of whoever will work there. It makes no session theirs: others' worktrees may be made from it too. */
const createWorktreeRequest = async (
  workspace: Workspace,
  words: Words,
  plan: WorktreePlan,
): Promise<ClaimRequest> => {
  const config = loadWorkspaceConfig(workspace);
  const claims = readClaims(workspace, words, config, 'worktree');
  const ledger = await workspace.store.read();
  const actor = identify(workspace, plan.holder, ledger);
  await assertNoNeeds(workspace, config, actor, { claims, ledger, ttl: readTtl(words, config) });
  tellNearMiss(workspace.context, ledger, plan.holder);
  const patience = readPatience(words, CLAIM_TIMEOUT);
  const request = createRequest(workspace, words, { actor, config, claims, patience });
  const about = { ...request.about, worktree: plan.path, branch: plan.branch };
  return { ...request, about, separate: true };
};

/** `leasehold worktree add HOLDER SCOPE…` */
export const addWorktree = async (context: Context, words: Words): Promise<number> => {
  const [name, ...positionals] = words.positionals;
  if (name === undefined) {
    throw new Undecided('usage', 'no HOLDER was given', 'leasehold worktree --help');
  }
  const holder = checkHolder(name);
  const workspace = openForWriting(context);
  const plan = planWorktree(workspace, words, holder);
  const request = await createWorktreeRequest(workspace, { ...words, positionals }, plan);
  const changed = await changeOrWait(workspace, decideClaim(request), request.ticket);
  if ('stopped' in changed) return changed.stopped;
  const { outcome, entered } = changed;
  if (!outcome.granted) return reportDenial(context, words, outcome);
  tellTakenOver(context, outcome.takenOver);
  if (!entered) return 0;
  await makeWorktree(workspace, plan, entered);
  report(context, words, plan, entered);
  return 0;
};
