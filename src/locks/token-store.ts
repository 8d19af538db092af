import { join } from 'node:path';
import type { Files } from '../kit/files.ts';
import type { Ledger } from './ledger.ts';
import { type LogPlaces, readLog } from './log-store.ts';

type TokenPlaces = LogPlaces & { tokens: string };

const numberOf = (name: string): number => (/^\d{1,15}$/.test(name) ? Number(name) : 0);

/** The tokens that the directory keeps: the highest that was drawn, and perhaps some before it. */
export const listTokens = (files: Files, { tokens }: TokenPlaces): number[] =>
  files.list(tokens).map(numberOf);

/** The highest token that was drawn, by the directory that keeps them; 0 where it keeps none. */
export const highestToken = (files: Files, places: TokenPlaces): number =>
  Math.max(0, ...listTokens(files, places));

/** What is known of earlier tokens: the highest that a record has had, and what else the ledger shows. */
export type KnownTokens = { ledger: Ledger; ofRecords: number };

const tokensOf = ({ pending, ended }: Ledger): number[] =>
  [...pending, ...ended].map(({ grant }) => grant?.token ?? 0);

/** The log is read for tokens only where the directory that keeps them has lost some. */
const highestKnown = (files: Files, places: TokenPlaces, known: KnownTokens): number => {
  const { ledger, ofRecords } = known;
  const kept = highestToken(files, places);
  const isWhole = kept > 0 && kept >= ofRecords;
  const logged = isWhole ? [] : readLog(files, places).map((event) => event.token ?? 0);
  return [...logged, ...tokensOf(ledger), ofRecords].reduce((a, b) => Math.max(a, b), kept);
};

/** Draws the next token: creating its file is the draw, so no two processes draw the same. */
export const drawToken = (files: Files, places: TokenPlaces, known: KnownTokens): number => {
  files.makeDirectory(places.tokens);
  let token = highestKnown(files, places, known) + 1;
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
