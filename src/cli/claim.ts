import { type Actor, HOLDER_VARIABLE } from '../guard/index.ts';
import { describeInstant } from '../kit/clock.ts';
import type { Config } from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import { printable, quoteName, shellQuote } from '../kit/quote.ts';
import {
  type ApprovalNeed,
  type Awaiting,
  type Changed,
  type ClaimOutcome,
  type ClaimRequest,
  type Denial,
  decideApprovedClaim,
  findHeld,
  findRequest,
  type Grant,
  type Ledger,
  toRecord,
} from '../locks/index.ts';
import { describeActor, JSON_VERSION } from '../report/index.ts';
import { limitRenewal, listNeeds, URGENT_OPTION } from './approvals.ts';
import { assertBindable, BIND_OPTION, bindWorktree } from './bind.ts';
import {
  AS_OPTION,
  type Command,
  type Context,
  hasFlag,
  JSON_OPTION,
  printJson,
  textOption,
  type Words,
} from './command.ts';
import { renderAwaiting, renderDenial, toDenialJson } from './conflict-text.ts';
import { tellNearMiss } from './near-miss.ts';
import { createRequest, GRANT_OPTIONS, readClaims } from './request.ts';
import { CLAIM_TIMEOUT, changeOrWait, readPatience, WAIT_OPTIONS } from './waiting.ts';
import { identify, loadWorkspaceConfig, openForWriting, type Workspace } from './workspace.ts';

/** Whose lock ran out and is overwritten, one line each. */
export const tellTakenOver = (context: Context, takenOver: readonly Grant[]): void => {
  for (const { holder } of takenOver) {
    context.tell(`Overwriting expired lock for ${quoteName(holder)}`);
  }
};

/** What a grant holds, until when, and how it is given back. */
export const tellGrant = (context: Context, opening: string, grant: Grant): void => {
  const { palette } = context;
  const until = describeInstant(grant.expiresAt, context.clock.now());
  context.print(`${palette.good(opening)} ${quoteName(grant.holder)} until ${until}`);
  for (const { scope, mode } of grant.claims) {
    context.print(`  ${palette.strong(printable(scope))}${mode === 'write' ? '' : ` (${mode})`}`);
  }
  const release = `give it back: leasehold release --grant ${grant.id.slice(0, 8)}`;
  context.print(palette.faint(palette.runnable(release)));
};

/** Nothing was claimed: what is in the way. Returns the exit code. */
export const reportDenial = (context: Context, words: Words, denial: Denial): number => {
  const now = context.clock.now();
  if (hasFlag(words, 'json')) {
    printJson(context, { version: JSON_VERSION, ...toDenialJson(denial, now) });
  } else context.tell(renderDenial(denial, now, context.errorPalette));
  return 1;
};

const report = (
  context: Context,
  words: Words,
  { outcome, entered }: Changed<ClaimOutcome>,
): number => {
  if (!outcome.granted) return reportDenial(context, words, outcome);
  tellTakenOver(context, outcome.takenOver);
  if (!entered) return 0;
  if (hasFlag(words, 'json')) {
    printJson(context, { version: JSON_VERSION, granted: true, grant: toRecord(entered) });
  } else tellGrant(context, outcome.renewed ? 'Renewed for' : 'Granted to', entered);
  return 0;
};

/** What `--as` says is over with the command: who would go on under another name is told before they commit. */
const tellWhoGoesOn = (workspace: Workspace, actor: Actor, ledger: Ledger): void => {
  if (actor.source !== 'flag' || actor.holder === undefined) return;
  const { context } = workspace;
  const next = identify(workspace, undefined, ledger);
  if (next.holder === actor.holder) return;
  context.tell(
    `${context.errorPalette.warn('note:')} --as was for this command; you go on as ${describeActor(next)}. To go on as ${quoteName(actor.holder)}: export ${HOLDER_VARIABLE}=${shellQuote(actor.holder)}`,
  );
};

/** With whose approval is needed; and where it cannot wait for one, why. */
const readNeeds = async (
  workspace: Workspace,
  words: Words,
  known: { asked: ClaimRequest; actor: Actor; config: Config; ledger: Ledger },
): Promise<{ request: ClaimRequest; needs: readonly ApprovalNeed[] }> => {
  const { asked, actor, config, ledger } = known;
  const urgent = textOption(words, 'urgent');
  const held = urgent === undefined ? findHeld(ledger, asked) : undefined;
  if (held) {
    const ttl = await limitRenewal(workspace, config, actor, { grant: held, ttl: asked.ttl });
    return { request: { ...asked, ttl }, needs: [] };
  }
  if (urgent === undefined) {
    return {
      request: asked,
      needs: await listNeeds(workspace, config, actor, { ...asked, ledger }),
    };
  }
  if (urgent.trim() !== '') {
    return { request: { ...asked, about: { ...asked.about, urgent } }, needs: [] };
  }
  throw new Undecided('usage', '--urgent says why', 'leasehold claim --urgent REASON SCOPE');
};

/** Nothing is in the way but that owners have not approved yet. Returns the exit code. */
const reportAwaiting = async (
  { context, store }: Workspace,
  words: Words,
  { request, awaiting: told }: { request: ClaimRequest } & Pick<Awaiting, 'awaiting'>,
): Promise<number> => {
  const url = told.url ?? findRequest(await store.read(), request)?.url ?? null;
  const awaiting = { ...told, url };
  if (hasFlag(words, 'json')) {
    const body = { granted: false, conflicts: [], ways_out: [], awaiting };
    printJson(context, { version: JSON_VERSION, ...body });
  } else context.tell(renderAwaiting(awaiting, context.errorPalette));
  return 1;
};

const run: Command['run'] = async (context, words) => {
  const workspace = openForWriting(context);
  const config = loadWorkspaceConfig(workspace);
  const claims = readClaims(workspace, words, config, 'claim');
  // Who claims is known here; what is held by now is for the claim itself to see.
  workspace.demandLocks('recent');
  const ledger = await workspace.store.read();
  workspace.demandLocks('now');
  const actor = identify(workspace, textOption(words, 'as'), ledger);
  const patience = readPatience(words, CLAIM_TIMEOUT);
  const asked = createRequest(workspace, words, { actor, config, claims, patience });
  const { request, needs } = await readNeeds(workspace, words, { asked, actor, config, ledger });
  const binds = hasFlag(words, 'bind');
  if (binds) assertBindable(workspace, actor, ledger);
  tellNearMiss(context, ledger, request.holder);
  const decide = decideApprovedClaim(request, needs);
  const changed = await changeOrWait(workspace, decide, request.ticket);
  if ('stopped' in changed) return changed.stopped;
  if (!changed.outcome.granted && 'awaiting' in changed.outcome) {
    return reportAwaiting(workspace, words, { request, ...changed.outcome });
  }
  const code = report(context, words, changed);
  if (code === 0 && binds) bindWorktree(workspace, request.holder);
  if (code === 0) tellWhoGoesOn(workspace, actor, ledger);
  return code;
};

export const command: Command = {
  usage: 'leasehold claim SCOPE… [--read SCOPE] [--doc SCOPE] [--ttl 1h] [--task TEXT] [--wait]',
  about:
    'Claims paths, all or nothing. A SCOPE is a file, a directory, a glob (src/**/*.ts) or a regex ' +
    '(regex:^src/.*$), relative to where you stand; a path covers all below it, whether or not it ' +
    'exists yet. What another holder has claimed is denied, and says who holds it and until when; ' +
    'with --wait it stands in a queue, first come first served.',
  options: {
    ...GRANT_OPTIONS,
    ...URGENT_OPTION,
    ...BIND_OPTION,
    ...WAIT_OPTIONS,
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold claim src/parser/ --task "Port the tokenizer"', 'a directory, for an hour'],
    ["leasehold claim 'src/**/*_test.go' Cargo.toml --ttl 2h", 'a glob and a file, both or none'],
    ['leasehold claim docs/ --read src/api.ts', 'write the docs while the API stays as it is'],
    ['leasehold claim src/lib.rs --wait --timeout 10m', 'as soon as it is free'],
    ['leasehold claim --bind --as codex src/', 'and be codex in this worktree from now on'],
  ],
  run,
};
