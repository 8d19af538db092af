import type { Ledger } from './ledger.ts';
import { readAroundGrants } from './load.ts';
import type { Announced, Calm, StoreContext } from './settle-store.ts';
import { listTokens } from './token-store.ts';

/** How long a process may go by what it remembers, in milliseconds. */
const CALM = 1_000;

/**
 * A look that spares the listing of `locks/`, which is long where much is held; undefined where a whole one
 * is needed. Whoever enters draws a token first. At this process's last entry nobody was on their way in, and
 * its own token was the highest. If now the highest is the one after it, and our own, then nobody has drawn
 * one in between; whoever has an earlier one must withdraw, for they have a higher one to see. So nobody has
 * entered. What somebody writes by hand is seen a second later at most.
 */
export const lookBriefly = (
  context: StoreContext,
  { grant, file }: Announced,
): Ledger | undefined => {
  const { calm, clock, files, clone, memory } = context;
  if (!calm || clock.now() >= calm.until || grant.token !== calm.token + 1) return undefined;
  const ledger = readAroundGrants(context, clone, memory);
  const tokens = listTokens(files, clone.places);
  const isOwn = Math.max(...tokens) === grant.token && tokens.includes(calm.token);
  return isOwn && ledger.pending.every((claim) => claim.file === file) ? ledger : undefined;
};

/** What this process may go by at its next entry, after an entry that was decided on this ledger. */
export const findCalm = (
  { calm }: StoreContext,
  ledger: Ledger,
  { grant }: Announced,
  wasBrief: boolean,
): Calm | undefined => {
  const isQuiet = ledger.pending.length + ledger.unreadable.length === 0;
  if (!isQuiet || grant.token === undefined) return undefined;
  const until = wasBrief ? (calm?.until ?? 0) : ledger.now + CALM;
  return { token: grant.token, until };
};
