import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import type { Files } from '../kit/files.ts';
import type { Plan } from './ledger.ts';
import { askName, serialiseAsk, serialiseTicket, ticketName } from './mail.ts';

/** Where mail is kept, and where what never came in lies. */
type MailPlaces = { queue: string; asks: string; claims: string; drafts: string };

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
const MAX_SWEPT = 1024 * 1024;

/** Carries out what a plan says of the queue and of asks. A ticket that is there only beats. */
export const applyMail = (
  files: Files,
  { queue, asks }: Pick<MailPlaces, 'queue' | 'asks'>,
  plan: Plan,
): void => {
  if (plan.wait) {
    const path = join(queue, ticketName(plan.wait.id));
    files.makeDirectory(queue);
    if (!files.touch(path)) files.create(path, serialiseTicket(plan.wait));
  }
  if (plan.leave !== undefined) files.remove(join(queue, ticketName(plan.leave)));
  if (plan.ask) {
    files.makeDirectory(asks);
    files.create(join(asks, askName(plan.ask)), serialiseAsk(plan.ask));
  }
  for (const file of plan.answered ?? []) files.remove(join(asks, file));
};

const sweep = (
  { files, clock }: { files: Files; clock: Clock },
  directory: string,
  age: number,
): void => {
  for (const file of files.list(directory)) {
    const content = files.read(join(directory, file), MAX_SWEPT);
    if (content.kind === 'gone' || clock.now() - content.modifiedAt <= age) continue;
    files.remove(join(directory, file));
  }
};

/**
 * Clears away what processes that died left behind: drafts, claims that never came in and tickets after
 * an hour, and what nobody was told of after a week. None of it has bound anybody for long.
 */
export const sweepState = (
  io: { files: Files; clock: Clock },
  { queue, asks, claims, drafts }: MailPlaces,
): void => {
  sweep(io, claims, HOUR);
  sweep(io, drafts, HOUR);
  sweep(io, queue, HOUR);
  sweep(io, asks, WEEK);
};
