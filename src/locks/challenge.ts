import { formatInstant, parseInstant } from '../kit/clock.ts';
import type { StoredGrant } from './ledger.ts';
import type { LedgerFile } from './snapshot.ts';

/**
 * Notice to a holder that their grant has run out by somebody else's clock, and will be taken over unless
 * they renew it. It is of one record: the next revision answers it.
 */
export type Challenge = { by: string; at: number };

const ENDING = '.challenge.json';

/** A challenge goes among the mail of the holder, whose name its own begins with. */
export const challengeName = ({ file }: Pick<StoredGrant, 'file'>): string =>
  `${file.replace(/\.lock$/, '')}${ENDING}`;

/** The records that are challenged, by these names of mail. */
export const listChallenged = (mail: readonly string[]): ReadonlySet<string> =>
  new Set(
    mail
      .filter((name) => name.endsWith(ENDING))
      .map((name) => `${name.slice(0, -ENDING.length)}.lock`),
  );

/** Challenges of records that are there no more: they are answered. */
export const listAnswered = (files: readonly LedgerFile[]): LedgerFile[] => {
  const records = new Set(
    files.flatMap(({ section, name }) => (section === 'locks' ? [name] : [])),
  );
  return files.filter(({ section, name }) => {
    const [record] = section === 'asks' ? listChallenged([name]) : [];
    return record !== undefined && !records.has(record);
  });
};

export const serialiseChallenge = ({ by, at }: Challenge): string =>
  `${JSON.stringify({ version: 1, by, at: formatInstant(at) })}\n`;

/** When a challenge was made, by its maker's clock; undefined for a text that is none. */
export const readChallengeTime = (text: string): number | undefined => {
  try {
    const { at } = JSON.parse(text) as { at?: unknown };
    return typeof at === 'string' ? parseInstant(at) : undefined;
  } catch {
    return undefined;
  }
};

/** A clock that is further ahead of ours than this is not to be followed; in milliseconds. */
const MAX_AHEAD = 86_400_000;

/**
 * By how much an answered grant's expiry moves, in milliseconds: a holder whose clock is behind would renew
 * to a time that is over already where the challenge came from.
 */
export const findLag = (challengedAt: number | undefined, now: number): number => {
  const lag = (challengedAt ?? now) - now;
  return lag > 0 && lag <= MAX_AHEAD ? lag : 0;
};
