import { type Actor, HOLDER_VARIABLE } from '../guard/index.ts';
import { type Child, listenToSignals, type Signal, startChild } from '../kit/child.ts';
import { describeInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { printable, quoteForeign, quoteName } from '../kit/quote.ts';
import {
  type ClaimOutcome,
  type ClaimRequest,
  decideClaim,
  decideRelease,
  decideRenew,
  type Grant,
  type Ledger,
} from '../locks/index.ts';
import { assertNoNeeds } from './approvals.ts';
import { tellTakenOver } from './claim.ts';
import { AS_OPTION, type Command, type Context, textOption } from './command.ts';
import { renderDenial, renderObstacles } from './conflict-text.ts';
import { createRequest, GRANT_OPTIONS, readClaims } from './request.ts';
import { readTtl } from './ttl.ts';
import { CLAIM_TIMEOUT, changeOrWait, readPatience, WAIT_OPTIONS } from './waiting.ts';
import { identify, loadWorkspaceConfig, openForWriting, type Workspace } from './workspace.ts';

/** As env(1) has it: this program itself could not do what was asked. */
const REFUSED = 125;

/** How often a grant is looked after, in milliseconds; a shorter one four times in its life. */
const LONGEST_PAUSE = 5_000;

/** Sent on to CMD. The two of a terminal's keyboard reach CMD by themselves where there is one. */
const SIGNALS: readonly Signal[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGINT', 'SIGQUIT'];
const BY_KEYBOARD: readonly Signal[] = ['SIGINT', 'SIGQUIT'];

/** The grant under which CMD runs; a new one where the old was lost and the paths were still free. */
type Lease = { request: ClaimRequest; id: string; expiresAt: number };

const tellLost = ({ context }: Workspace, outcome: ClaimOutcome & { granted: false }): void => {
  const { errorPalette, clock } = context;
  context.tell(
    errorPalette.bad(
      'leasehold: the grant was lost, and others have the paths; stopping the command.',
    ),
  );
  context.tell(renderObstacles(outcome, clock.now(), errorPalette));
};

/** How a grant was lost, as its note tells; the note is settled by claiming again, so it is told here or never. */
const explainLoss = ({ ended }: Ledger, id: string): string => {
  const note = ended.find(({ grant }) => grant.id === id);
  if (!note) return '';
  const why = note.reason === undefined ? '' : `, reason ${quoteForeign(note.reason)}`;
  const how = note.how === 'forced' ? 'ended it by force' : 'took it over when it had run out';
  return ` (${quoteName(note.by)} ${how}${why})`;
};

/** Claims again what was lost; false where somebody else has the paths now. */
const claimAgain = async (workspace: Workspace, lease: Lease): Promise<boolean> => {
  const { store, context } = workspace;
  const loss = explainLoss(await store.read(), lease.id);
  const { ticket, ...afresh } = { ...lease.request, id: context.createId() };
  const { outcome, entered } = await store.change(decideClaim(afresh));
  if (!outcome.granted) {
    tellLost(workspace, outcome);
    return false;
  }
  context.tell(
    context.errorPalette.warn(
      `leasehold: the grant was lost${loss}, and is claimed again: look at what others changed meanwhile.`,
    ),
  );
  lease.id = afresh.id;
  lease.expiresAt = entered?.expiresAt ?? lease.expiresAt;
  return true;
};

/** Renews the lease, or claims it again; false where CMD can no longer rely on it. */
const keepLease = async (workspace: Workspace, lease: Lease): Promise<boolean> => {
  const { store, context } = workspace;
  const { holder, ttl } = lease.request;
  try {
    const { outcome, entered } = await store.change(decideRenew(lease.id, holder, ttl));
    if (!outcome.renewed) return await claimAgain(workspace, lease);
    lease.expiresAt = entered?.expiresAt ?? lease.expiresAt;
    return true;
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    context.tell(
      `${context.errorPalette.warn('leasehold: the grant could not be renewed:')} ${printable(error.message)}`,
    );
    // It holds as long as it was granted for; after that nobody can tell whose the paths are.
    return context.clock.now() < lease.expiresAt;
  }
};

/** Looks after the lease until CMD has ended; where it is lost, CMD is told to stop. */
const attendChild = async (workspace: Workspace, lease: Lease, child: Child): Child['ended'] => {
  const { clock } = workspace.context;
  const pause = Math.max(1, Math.min(LONGEST_PAUSE, lease.request.ttl / 4));
  let isOver = false;
  const ended = child.ended.then((end) => {
    isOver = true;
    return end;
  });
  while (!isOver) {
    await clock.pause(pause, ended);
    if (isOver || (await keepLease(workspace, lease))) continue;
    child.send('SIGTERM');
    break;
  }
  return ended;
};

/** However CMD ended: what cannot be given back now runs out by itself. */
const giveBack = async ({ context, store }: Workspace, { id, request }: Lease): Promise<void> => {
  try {
    await store.change(decideRelease(id, request.holder));
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    context.tell(
      `${context.errorPalette.warn('leasehold: the grant could not be given back:')} ${printable(error.message)}`,
    );
  }
};

const holdWhile = async (
  { workspace, lease, env }: { workspace: Workspace; lease: Lease; env: NodeJS.ProcessEnv },
  [program = '', ...args]: readonly string[],
): Promise<number> => {
  const { context } = workspace;
  const isTyped = (signal: Signal) => context.isTerminal && BY_KEYBOARD.includes(signal);
  // Before CMD is there: a signal that comes between would end this process alone, and the grant would stay.
  const stopListening = listenToSignals(SIGNALS, (signal) => {
    if (!isTyped(signal)) child.send(signal);
  });
  const child = startChild(program, args, env);
  try {
    const { code, failure } = await attendChild(workspace, lease, child);
    if (failure !== undefined) context.tell(`leasehold: ${printable(program)}: ${failure}`);
    return code;
  } finally {
    await giveBack(workspace, lease);
    stopListening();
  }
};

const tellHeld = ({ context }: Workspace, grant: Grant): void => {
  const scopes = grant.claims.map(({ scope }) => printable(scope)).join(' ');
  const until = describeInstant(grant.expiresAt, context.clock.now());
  const text = `leasehold: holding ${scopes} until ${until}, and as long as the command runs`;
  context.tell(context.errorPalette.faint(text));
};

/** CMD acts as the holder too. A person needs no name for that: git's e-mail is theirs in CMD as well. */
const childEnv = ({ context }: Workspace, { holder, source }: Actor): NodeJS.ProcessEnv =>
  source === 'email' ? context.env : { ...context.env, [HOLDER_VARIABLE]: holder };

const refuse = (context: Context, outcome: ClaimOutcome): number => {
  if (!outcome.granted) {
    context.tell(renderDenial(outcome, context.clock.now(), context.errorPalette));
  }
  return REFUSED;
};

const run: Command['run'] = async (context, words) => {
  if (words.rest.length === 0) {
    throw new Undecided('usage', 'no command was given', 'leasehold run --help');
  }
  const workspace = openForWriting(context);
  const config = loadWorkspaceConfig(workspace);
  const claims = readClaims(workspace, words, config, 'run');
  const ledger = await workspace.store.read();
  const actor = identify(workspace, textOption(words, 'as'), ledger);
  await assertNoNeeds(workspace, config, actor, { claims, ledger, ttl: readTtl(words, config) });
  const patience = readPatience(words, CLAIM_TIMEOUT);
  const request = {
    ...createRequest(workspace, words, { actor, config, claims, patience }),
    separate: true,
  };
  const changed = await changeOrWait(workspace, decideClaim(request), request.ticket);
  if ('stopped' in changed) return changed.stopped;
  const { outcome, entered } = changed;
  if (!outcome.granted || !entered) return refuse(context, outcome);
  tellTakenOver(context, outcome.takenOver);
  tellHeld(workspace, entered);
  const lease = { request, id: entered.id, expiresAt: entered.expiresAt };
  return holdWhile({ workspace, lease, env: childEnv(workspace, actor) }, words.rest);
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
  run,
};
