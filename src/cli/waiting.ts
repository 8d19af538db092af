import { exitCodeOfSignal, listenToSignals, type Signal } from '../kit/child.ts';
import { parseDuration } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import {
  type Awaiting,
  type Changed,
  type Claim,
  type Decide,
  type Denial,
  type Waiter,
  waitForAnswer,
} from '../locks/index.ts';
import { hasFlag, type Option, textOption, type Words } from './command.ts';
import { renderAwaiting, renderObstacles } from './conflict-text.ts';
import type { Workspace } from './workspace.ts';

const TIMEOUT_HELP = 'how long to wait: 30s, 5m; 0s for not at all';

/** What every command takes that can wait for its claim. */
export const WAIT_OPTIONS = {
  wait: { type: 'boolean', shown: '--wait', help: 'wait in the queue until it is granted' },
  timeout: { type: 'string', shown: '--timeout 300s', help: TIMEOUT_HELP },
} as const satisfies Record<string, Option>;

const SECOND = 1_000;

/** How long `--wait` waits, in milliseconds. */
export const CLAIM_TIMEOUT = 300 * SECOND;
/** How long an extension waits where nothing else is said: its holder sits on what they have. */
export const EXTEND_TIMEOUT = 30 * SECOND;

/** `--timeout` in milliseconds; `fallback` where it is not given. */
const readTimeout = (words: Words, fallback: number): number => {
  const text = textOption(words, 'timeout');
  if (text === undefined) return fallback;
  const timeout = /^0+[smhd]?$/.test(text) ? 0 : parseDuration(text);
  if (timeout !== undefined) return timeout;
  throw new Undecided(
    'usage',
    `--timeout ${printable(text)} is no duration`,
    'write it as 30s, 5m or 1h; 0s waits not at all',
  );
};

/** How long this command line wants to wait: `fallback` with `--wait`, or always where `isDefault`. */
export const readPatience = (words: Words, fallback: number, isDefault = false): number => {
  const wants = isDefault || hasFlag(words, 'wait') || textOption(words, 'timeout') !== undefined;
  return wants ? readTimeout(words, fallback) : 0;
};

/** A ticket for the queue; undefined where nobody wants to wait. */
export const createTicket = (
  { context }: Workspace,
  wanted: { holder: string; claims: readonly Claim[]; task?: string | undefined },
  patience: number,
): Waiter | undefined => {
  if (patience === 0) return undefined;
  const { holder, claims, task } = wanted;
  const since = context.clock.now();
  const about = task === undefined ? {} : { task };
  return { id: context.createId(), holder, claims, since, until: since + patience, ...about };
};

const tellWaiting = ({ context }: Workspace, denial: Denial): void => {
  const { errorPalette, clock } = context;
  if ('awaiting' in denial) {
    context.tell(renderAwaiting((denial as Awaiting).awaiting, errorPalette));
    return;
  }
  context.tell(errorPalette.warn('Waiting for:'));
  context.tell(renderObstacles(denial, clock.now(), errorPalette));
};

/** Whoever waits can be stopped by these; the ticket is given back first. */
const STOPPING: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Makes a change, or waits for it with a ticket. A signal ends the wait: then there is no answer, but
 * the exit code that a shell expects.
 */
export const changeOrWait = async <T extends { granted: boolean; waiting?: boolean }>(
  workspace: Workspace,
  decide: Decide<T>,
  ticket: Waiter | undefined,
): Promise<Changed<T> | { stopped: number }> => {
  const { store, context } = workspace;
  if (!ticket) return store.change(decide);
  let stopped: Signal | undefined;
  const stopListening = listenToSignals(STOPPING, (signal) => {
    stopped = signal;
  });
  const waiting = {
    store,
    clock: context.clock,
    isStopped: () => stopped !== undefined,
    tell: (denial: Denial) => tellWaiting(workspace, denial),
  };
  try {
    const changed = await waitForAnswer(waiting, decide, ticket);
    return changed ?? { stopped: exitCodeOfSignal(stopped ?? 'SIGINT') };
  } finally {
    stopListening();
  }
};
