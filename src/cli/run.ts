import { HOLDER_VARIABLE } from '../guard/index.ts';
import { type Child, listenToSignals, type Signal, startChild } from '../kit/child.ts';
import { describeInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import {
  type ClaimOutcome,
  type ClaimRequest,
  decideClaim,
  decideRelease,
  decideRenew,
  type Grant,
} from '../locks/index.ts';
import { tellTakenOver } from './claim.ts';
import { AS_OPTION, type Command, textOption } from './command.ts';
import { renderDenial, renderObstacles } from './conflict-text.ts';
import { createRequest, GRANT_OPTIONS, readClaims } from './request.ts';
import { CLAIM_TIMEOUT, changeOrWait, readPatience, WAIT_OPTIONS } from './waiting.ts';
import { identify, loadWorkspaceConfig, openForWriting, type Workspace } from './workspace.ts';

/** As env(1) has it: this program itself could not do what was asked. */
const REFUSED = 125;

/** How often a grant is looked after, in milliseconds; a shorter one four times in its life. */
const LONGEST_PAUSE = 5_000;

/** Sent on to CMD. The two of a terminal's keyboard reach CMD by themselves where there is one. */
const SIGNALS: readonly Signal[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGINT', 'SIGQUIT'];
const BY_KEYBOARD: readonly Signal[] = ['SIGINT', 'SIGQUIT'];

/** A grant under which CMD runs; a new one where the old was lost and the paths were still free. */
type Lease = { request: ClaimRequest; id: string };

const tellLost = ({ context }: Workspace, outcome: ClaimOutcome & { granted: false }): void => {
  const { errorPalette, clock } = context;
  context.tell(
    errorPalette.bad(
      'leasehold: the grant was lost, and cannot be claimed again; stopping the command.',
    ),
  );
  context.tell(renderObstacles(outcome, clock.now(), errorPalette));
};

/** Renews the lease, or claims it again where it was lost; false where somebody else has the paths now. */
const keepLease = async (workspace: Workspace, lease: Lease): Promise<boolean> => {
  const { store, context } = workspace;
  const { request } = lease;
  const renewed = await store.change(decideRenew(lease.id, request.holder, request.ttl));
  if (renewed.outcome.renewed) return true;
  const { ticket, ...afresh } = { ...request, id: context.createId() };
  const { outcome, entered } = await store.change(decideClaim(afresh));
  if (!outcome.granted) {
    tellLost(workspace, outcome);
    return false;
  }
  lease.id = entered?.id ?? lease.id;
  context.tell(
    context.errorPalette.warn(
      'leasehold: the grant was lost, and was claimed again: look at what others changed meanwhile.',
    ),
  );
  return true;
};

/** Looks after the lease until CMD has ended; where it is lost, CMD is told to stop. */
const attendChild = async (workspace: Workspace, lease: Lease, child: Child): Promise<number> => {
  const { clock } = workspace.context;
  const pause = Math.max(1, Math.min(LONGEST_PAUSE, lease.request.ttl / 4));
  let isOver = false;
  const ended = child.ended.then((code) => {
    isOver = true;
    return code;
  });
  while (!isOver) {
    await Promise.race([ended, clock.pause(pause)]);
    if (isOver || (await keepLease(workspace, lease))) continue;
    child.send('SIGTERM');
    break;
  }
  return ended;
};

const holdWhile = async (
  workspace: Workspace,
  lease: Lease,
  [program = '', ...args]: readonly string[],
): Promise<number> => {
  const { context, store } = workspace;
  const { holder } = lease.request;
  const child = startChild(program, args, { ...context.env, [HOLDER_VARIABLE]: holder });
  const isTyped = (signal: Signal) => context.isTerminal && BY_KEYBOARD.includes(signal);
  const stopListening = listenToSignals(SIGNALS, (signal) => {
    if (!isTyped(signal)) child.send(signal);
  });
  try {
    return await attendChild(workspace, lease, child);
  } finally {
    await store.change(decideRelease(lease.id, holder));
    stopListening();
  }
};

const tellHeld = (
  { context }: Workspace,
  { outcome, entered }: { outcome: ClaimOutcome & { granted: true }; entered: Grant | undefined },
): void => {
  tellTakenOver(context, outcome.takenOver);
  if (!entered) return;
  const scopes = entered.claims.map(({ scope }) => printable(scope)).join(' ');
  const until = describeInstant(entered.expiresAt, context.clock.now());
  context.tell(
    context.errorPalette.faint(
      `leasehold: holding ${scopes} until ${until}, and as long as the command runs`,
    ),
  );
};

const run: Command['run'] = async (context, words) => {
  if (words.rest.length === 0) {
    throw new Undecided('usage', 'no command was given', 'leasehold run SCOPE… -- COMMAND');
  }
  const workspace = openForWriting(context);
  const config = loadWorkspaceConfig(workspace);
  const claims = readClaims(workspace, words, config);
  const actor = identify(workspace, textOption(words, 'as'), await workspace.store.read());
  const patience = readPatience(words, CLAIM_TIMEOUT);
  const request = createRequest(workspace, words, { actor, config, claims, patience });
  const changed = await changeOrWait(workspace, decideClaim(request), request.ticket);
  if ('stopped' in changed) return changed.stopped;
  const { outcome, entered } = changed;
  if (!outcome.granted) {
    context.tell(renderDenial(outcome, context.clock.now(), context.errorPalette));
    return REFUSED;
  }
  tellHeld(workspace, { outcome, entered });
  return holdWhile(workspace, { request, id: entered?.id ?? request.id }, words.rest);
};

export const command: Command = {
  usage: 'leasehold run SCOPE… -- COMMAND',
  about:
    'Holds the claims while COMMAND runs: renews them as long as it lives, and gives them back however it ' +
    'ends. Where the grant is lost (a machine that slept, a release by force) it is claimed again if the ' +
    'paths are free; else COMMAND is told to stop (SIGTERM). Returns COMMAND’s exit code, 128 and the ' +
    'number where a signal ended it; 125 where nothing was granted, 126 and 127 where COMMAND could not ' +
    'be started.',
  options: { ...GRANT_OPTIONS, ...WAIT_OPTIONS, ...AS_OPTION },
  examples: [
    ['leasehold run Cargo.lock -- cargo update', 'while nobody else touches it'],
    ['leasehold run src/ --wait --as codex -- npm run codegen', 'once it is free, as codex'],
  ],
  failureCode: REFUSED,
  takesCommand: true,
  attends: false,
  run,
};
