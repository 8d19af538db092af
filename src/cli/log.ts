import { printable, quoteName } from '../kit/quote.ts';
import { type LogEvent, readLog } from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import { type Command, type Context, hasFlag, JSON_OPTION, printJson } from './command.ts';
import { openWorkspace } from './workspace.ts';

const renderEvent = (event: LogEvent, { palette }: Context): string => {
  const scopes = event.scopes.map(({ scope }) => printable(scope)).join(' ');
  const by = event.by === undefined ? '' : ` (by ${quoteName(event.by)})`;
  return `${palette.faint(printable(event.time))}  ${printable(event.event).padEnd(10)}  ${quoteName(event.holder)}  ${scopes}${by}`;
};

const run: Command['run'] = async (context, words) => {
  const { clone } = openWorkspace(context);
  const events = readLog(context.files, clone.places);
  if (hasFlag(words, 'json')) printJson(context, { version: JSON_VERSION, events });
  else if (events.length === 0) context.print('Nothing has happened yet.');
  else for (const event of events) context.print(renderEvent(event, context));
  return 0;
};

export const command: Command = {
  usage: 'leasehold log',
  about:
    'What happened to the locks of this clone, oldest first: claimed, denied, renewed, released, taken over.',
  options: {
    ...JSON_OPTION,
  },
  examples: [['leasehold log', 'everything so far']],
  run,
};
