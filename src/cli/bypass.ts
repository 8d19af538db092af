import { dirname } from 'node:path';
import {
  BYPASS_VARIABLE,
  bypassTrailer,
  createBypassEvent,
  findBypass,
  type Judgement,
  mayBypass,
  readReason,
  readTrailers,
  soften,
} from '../guard/index.ts';
import { type ErrorCode, Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import type { LogEvent } from '../locks/index.ts';
import type { Workspace } from './workspace.ts';

const letThrough = (judgement: Judgement, event: LogEvent): Judgement => ({
  ...judgement,
  verdict: 'pass',
  findings: soften(judgement.findings, event, {
    path: judgement.changes[0]?.path ?? '',
    severity: 'warn',
  }),
  trailers: [...judgement.trailers, bypassTrailer(event.reason ?? '')],
});

/** A commit that is made anew (picked, rebased) says still that it was let through, if it was. */
const findEarlier = (
  { readEvents }: Workspace,
  { changes, actor }: Judgement,
  message: string | undefined,
): LogEvent | undefined => {
  const { bypass } = readTrailers(message ?? '');
  if (bypass === undefined) return undefined;
  return findBypass({ bypass, email: actor?.email }, changes, readEvents());
};

/** Nobody can be reached, or so many others write that nobody gets in: no reason to stop whom people let through. */
const OUTAGES: readonly ErrorCode[] = ['remote-unreachable', 'store-busy'];

/** Writes it down where others read it; in an outage here, to be published before the commit is pushed. */
const publish = async ({ context, store, outbox }: Workspace, event: LogEvent): Promise<void> => {
  try {
    await store.change(() => ({ outcome: undefined, plan: { events: [event] } }));
  } catch (error) {
    if (!outbox || !(error instanceof Undecided) || !OUTAGES.includes(error.code)) throw error;
    outbox.keep(event);
    const { warn, runnable } = context.errorPalette;
    context.tell(
      `${warn('warning:')} this is on record in this clone alone: ${printable(error.message)}\n  it is published by the next claim, the push of this commit, or ${runnable('leasehold log')}`,
    );
  }
};

/** The record comes first: a bypass that nobody could look up would be none. */
const record = async (
  workspace: Workspace,
  { changes, actor }: Required<Pick<Judgement, 'changes' | 'actor'>>,
  reason: string,
): Promise<LogEvent | undefined> => {
  if (!actor) return undefined;
  const { context, clone } = workspace;
  const now = context.clock.now();
  const event = createBypassEvent({ actor, changes, reason, now });
  context.files.makeDirectory(dirname(clone.places.log));
  await publish(workspace, event);
  return event;
};

/**
 * The judgement of a commit that somebody lets through on their own word: everything against it becomes a
 * warning, and the record of it stands in the log. Not for whoever the policy does not let, nor without a
 * reason, nor where nobody could tell what stands against it. `findMessage` finds the commit's message, or
 * that of the one which it replaces; undefined where neither is known yet.
 */
export const applyBypass = async (
  workspace: Workspace,
  judgement: Judgement,
  findMessage: () => string | undefined,
): Promise<Judgement> => {
  const { actor, verdict, failure, bypass } = judgement;
  if (verdict === 'pass' || failure || !actor) return judgement;
  const earlier = findEarlier(workspace, judgement, findMessage());
  if (earlier) return letThrough(judgement, earlier);
  const { context } = workspace;
  const given = context.env[BYPASS_VARIABLE];
  if (given === undefined) return judgement;
  if (!mayBypass(bypass, actor)) {
    // An agent is not to learn of it, even by its refusal.
    if (!actor.named)
      context.tell(`${BYPASS_VARIABLE} counts for nobody here: guard.bypass is none`);
    return judgement;
  }
  const reason = readReason(given);
  if (reason === undefined) {
    context.tell(
      `${BYPASS_VARIABLE} takes the reason, in words: it is kept in the log and in the commit`,
    );
    return judgement;
  }
  const event = await record(workspace, judgement, reason);
  return event ? letThrough(judgement, event) : judgement;
};
