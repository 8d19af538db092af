import { parseDuration, parseInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { printable, quoteForeign, quoteName } from '../kit/quote.ts';
import {
  type Claim,
  compileClaim,
  compilePattern,
  keyOfEvent,
  type LogEvent,
  scopesOverlap,
} from '../locks/index.ts';
import { countOf, JSON_VERSION } from '../report/index.ts';
import {
  type Command,
  type Context,
  hasFlag,
  JSON_OPTION,
  printJson,
  textOption,
  type Words,
} from './command.ts';
import { parseTypedScopes } from './typed.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** An event, and whether others can read it; they cannot where it happened offline. */
type Told = LogEvent & { published?: false };

const renderEvent = (event: Told, { palette }: Context): string => {
  const scopes = event.scopes.map(({ scope }) => printable(scope)).join(' ');
  const by = event.by === undefined ? '' : ` (by ${quoteName(event.by)})`;
  const reason = event.reason === undefined ? '' : `: ${quoteForeign(event.reason)}`;
  const open = event.published === false ? palette.warn('  not yet published') : '';
  return `${palette.faint(printable(event.time))}  ${printable(event.event).padEnd(10)}  ${quoteName(event.holder)}  ${scopes}${by}${reason}${open}`;
};

/** A time as a user gives it: an instant, or how long ago. In milliseconds since 1970. */
const readTime = (words: Words, name: string, now: number): number | undefined => {
  const text = textOption(words, name);
  if (text === undefined) return undefined;
  const span = parseDuration(text);
  const instant =
    span === undefined ? parseInstant(text.length === 10 ? `${text}T00:00` : text) : now - span;
  if (instant !== undefined) return instant;
  throw new Undecided(
    'usage',
    `--${name} ${printable(text)} is no time`,
    `leasehold log --${name} 2h, or: leasehold log --${name} 2026-01-17T15:30Z`,
  );
};

/** An event touches a path where one of its scopes does; a scope that no longer reads as one touches all. */
const touches = (event: LogEvent, asked: readonly Claim[], { clone }: Workspace): boolean => {
  const rule = { ...clone.rule, compile: compilePattern };
  return event.scopes.some(({ scope, mode }) => {
    const claim = compileClaim(scope, mode, rule);
    if ('refused' in claim) return true;
    return asked.some((one) => scopesOverlap(one.compiled, claim.compiled));
  });
};

const createFilter = (workspace: Workspace, words: Words): ((event: LogEvent) => boolean) => {
  const now = workspace.context.clock.now();
  const [since, until] = [readTime(words, 'since', now), readTime(words, 'until', now)];
  const holder = textOption(words, 'holder');
  const asked = parseTypedScopes(workspace, words.positionals, 'write');
  return (event) => {
    const time = parseInstant(event.time) ?? 0;
    if (since !== undefined && time < since) return false;
    if (until !== undefined && time > until) return false;
    if (holder !== undefined && event.holder !== holder && event.by !== holder) return false;
    return asked.length === 0 || touches(event, asked, workspace);
  };
};

/** As long as a clone's own log keeps its parts. */
const KEEP = 90 * 86_400_000;

const compact = async (workspace: Workspace, words: Words): Promise<number> => {
  const { context } = workspace;
  if (!workspace.compact) {
    throw new Undecided(
      'usage',
      'the log of this clone is kept in parts, and those that are too old go by themselves',
      'leasehold log',
    );
  }
  const text = textOption(words, 'keep');
  const keep = text === undefined ? KEEP : parseDuration(text);
  if (keep === undefined) {
    throw new Undecided(
      'usage',
      `--keep ${printable(text ?? '')} is no duration`,
      'write it as 90d',
    );
  }
  const { kept, dropped } = await workspace.compact(context.clock.now() - keep);
  if (hasFlag(words, 'json')) printJson(context, { version: JSON_VERSION, kept, dropped });
  else context.print(`Compacted: ${countOf(kept, 'event')} kept, ${dropped} let go.`);
  return 0;
};

const listTold = ({ readEvents, outbox }: Workspace): Told[] => {
  const open = new Set(outbox?.list().map(keyOfEvent));
  return readEvents().map((event) =>
    open.has(keyOfEvent(event)) ? { ...event, published: false } : event,
  );
};

const run: Command['run'] = async (context, words) => {
  const workspace = openWorkspace(context);
  if (hasFlag(words, 'compact')) return compact(workspace, words);
  await workspace.refreshLocks();
  const events = listTold(workspace);
  const found = events.filter(createFilter(workspace, words));
  if (hasFlag(words, 'json')) printJson(context, { version: JSON_VERSION, events: found });
  else if (events.length === 0) context.print('Nothing has happened yet.');
  else if (found.length === 0) context.print('Nothing of that has happened.');
  else for (const event of found) context.print(renderEvent(event, context));
  return 0;
};

export const command: Command = {
  usage: 'leasehold log [PATH…] [--holder NAME] [--since TIME] [--until TIME] | --compact',
  about:
    'What happened to the locks of this clone, oldest first: claimed, denied, renewed, extended, released, ' +
    'expired, taken over, forced, bypassed, asked. With PATH, what touches it. Events are kept for at least 90 days.',
  options: {
    holder: {
      type: 'string',
      shown: '--holder NAME',
      help: 'what this holder did, or what was done to them',
    },
    since: {
      type: 'string',
      shown: '--since TIME',
      help: 'from then on: 2h, or an ISO 8601 time (UTC)',
    },
    until: { type: 'string', shown: '--until TIME', help: 'up to then' },
    compact: {
      type: 'boolean',
      shown: '--compact',
      help: 'with the store git: make one commit of the ledger’s history, which is a forced push',
    },
    keep: {
      type: 'string',
      shown: '--keep 90d',
      help: 'with --compact: lose no event that is younger',
    },
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold log', 'everything so far'],
    ['leasehold log src/lib.rs --since 1d', 'who had it since yesterday'],
  ],
  run,
};
