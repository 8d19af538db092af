import { formatInstant } from '../kit/clock.ts';
import { toScopes } from './event.ts';
import type { Ask, Decide } from './ledger.ts';

/** Leaves an ask for its holder, and tells of it in the log. */
export const decideAsk =
  (ask: Ask, grantId: string): Decide<Ask> =>
  (ledger) => ({
    outcome: ask,
    plan: {
      ask,
      events: [
        {
          time: formatInstant(ledger.now),
          event: 'asked',
          holder: ask.to,
          grant: grantId,
          scopes: toScopes([ask.claim]),
          by: ask.from,
          reason: ask.message,
        },
      ],
    },
  });

/** Takes away the asks that their holder has been told of. */
export const decideAnswered =
  (files: readonly string[]): Decide<undefined> =>
  () => ({ outcome: undefined, plan: { answered: files, events: [] } });
