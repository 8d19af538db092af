import { join } from 'node:path';
import type { Files } from '../kit/files.ts';
import type { Ledger } from './ledger.ts';
import { type LogPlaces, readLog } from './log-store.ts';

type TokenPlaces = LogPlaces & { tokens: string };

const numberOf = (name: string): number => (/^\d{1,15}$/.test(name) ? Number(name) : 0);

/** The highest token that was drawn, by the directory that keeps them; 0 where it keeps none. */
export const highestToken = (files: Files, { tokens }: TokenPlaces): number =>
  files.list(tokens).reduce((highest, name) => Math.max(highest, numberOf(name)), 0);

const tokensOf = (ledger: Ledger): number[] =>
  [
    ...ledger.grants,
    ...ledger.superseded,
    ...ledger.pending.map((claim) => claim.grant),
    ...ledger.ended.map((note) => note.grant),
  ].map((grant) => grant?.token ?? 0);

/** The log is read for tokens only where the directory that keeps them is empty or lost. */
const highestKnown = (files: Files, places: TokenPlaces, ledger: Ledger): number => {
  const kept = highestToken(files, places);
  const logged = kept > 0 ? [] : readLog(files, places).map((event) => event.token ?? 0);
  return [...logged, ...tokensOf(ledger)].reduce((a, b) => Math.max(a, b), kept);
};

/** Draws the next token: creating its file is the draw, so no two processes draw the same. */
export const drawToken = (files: Files, places: TokenPlaces, ledger: Ledger): number => {
  files.makeDirectory(places.tokens);
  let token = highestKnown(files, places, ledger) + 1;
  while (!files.create(join(places.tokens, String(token)), '')) token += 1;
  return token;
};

/** Only tokens below the highest go: the highest is what the next draw counts from. */
export const sweepTokens = (files: Files, places: TokenPlaces): void => {
  const below = highestToken(files, places);
  for (const name of files.list(places.tokens)) {
    if (numberOf(name) < below) files.remove(join(places.tokens, name));
  }
};
