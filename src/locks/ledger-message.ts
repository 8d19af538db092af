import { printable } from '../kit/quote.ts';
import { type LogEvent, parseEvent } from './event.ts';

/** How a line of a message begins that names a commit which this one has taken the place of. */
const REPLACES = 'Replaces: ';

/** The first line of a commit that a compaction has left. */
const COMPACTED = 'leasehold: compacted';

/** A commit's message: what happened, for people in one line, then an event a line. */
export const renderMessage = (events: readonly LogEvent[]): string => {
  const told = events.map(({ event, holder }) => `${event} ${printable(holder)}`).join(', ');
  const subject = `leasehold: ${told === '' ? 'queue and mail' : told.slice(0, 60)}`;
  return [subject, '', ...events.map((event) => JSON.stringify(event)), ''].join('\n');
};

/** The message of a compaction: the commits that it takes the place of, the last ones first. */
export const renderCompaction = (commits: readonly string[]): string =>
  [COMPACTED, '', ...commits.map((id) => `${REPLACES}${id}`), ''].join('\n');

/** The events of a message, or of a part of the log. */
export const parseEvents = (text: string): LogEvent[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map(parseEvent)
    .filter((event) => event !== undefined);

/** True where a message says that its commit takes the place of this one. */
export const replaces = (message: string, commit: string): boolean =>
  message.split('\n').includes(`${REPLACES}${commit}`);

/** True for the message of what a compaction has left: where a history begins anew. */
export const isCompaction = (message: string): boolean => message.startsWith(`${COMPACTED}\n`);
