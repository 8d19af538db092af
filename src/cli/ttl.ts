import { formatSpan, parseDuration } from '../kit/clock.ts';
import type { Config } from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import { textOption, type Words } from './command.ts';

const usageError = (message: string, remedy: string): Undecided =>
  new Undecided('usage', message, remedy);

/** `--ttl`, else the config's, in milliseconds; never more than `locks.maxTtl`. */
export const readTtl = (words: Words, { locks }: Config): number => {
  const text = textOption(words, 'ttl');
  if (text === undefined) return Math.min(locks.ttl, locks.maxTtl);
  const ttl = parseDuration(text);
  if (ttl === undefined) {
    throw usageError(
      `--ttl ${printable(text)} is no duration`,
      'write it as 90s, 15m, 1h30m or 2d',
    );
  }
  if (ttl <= locks.maxTtl) return ttl;
  const longest = formatSpan(locks.maxTtl);
  throw usageError(
    `--ttl ${text} is more than locks.maxTtl allows (${longest})`,
    'claim for less, and renew while you work',
  );
};
