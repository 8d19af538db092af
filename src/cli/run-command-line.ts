import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Undecided } from '../kit/errors.ts';
import { findNearest } from '../kit/nearest.ts';
import { printable } from '../kit/quote.ts';
import { VERSION } from '../kit/version.ts';
import { JSON_VERSION, renderFailure, toErrorJson } from '../report/index.ts';
import { type Command, type Context, printJson, type Words } from './command.ts';
import { COMMANDS } from './commands.ts';
import { renderHelp, renderOverview } from './help.ts';

const unknownCommand = (name: string): Undecided => {
  const nearest = findNearest(name, Object.keys(COMMANDS));
  return new Undecided(
    'usage',
    `there is no command ${printable(name)}`,
    nearest ? `leasehold ${nearest}` : 'leasehold --help',
  );
};

/** Options as `parseArgs` takes them; `--help` is every command's. */
const toParseOptions = (command: Command): NonNullable<ParseArgsConfig['options']> => ({
  ...Object.fromEntries(
    Object.entries(command.options).map(([name, { type, multiple = false }]) => [
      name,
      { type, multiple },
    ]),
  ),
  help: { type: 'boolean', short: 'h' },
});

const readWords = (command: Command, name: string, args: readonly string[]): Words => {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      options: toParseOptions(command),
      allowPositionals: true,
    });
    return { positionals, values };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    throw new Undecided('usage', printable(message), `leasehold ${name} --help`, error);
  }
};

const runVerb = async (
  name: string,
  args: readonly string[],
  context: Context,
): Promise<number> => {
  const verb = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!verb) throw unknownCommand(name);
  const { command } = await verb.load();
  const words = readWords(command, name, args);
  if (words.values.help === true) {
    context.print(renderHelp(command, context));
    return 0;
  }
  return command.run(context, words);
};

const toUndecided = (error: unknown): Undecided => {
  if (error instanceof Undecided) return error;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Undecided('internal', message, 'please report this with the lines above', error);
};

/** Read from the words themselves: they may be what could not be understood. */
const asksForJson = (args: readonly string[]): boolean =>
  args.some(
    (word, index) =>
      word === '--json' ||
      word === '--format=json' ||
      (word === 'json' && args[index - 1] === '--format'),
  );

const fail = (error: unknown, isJson: boolean, context: Context): number => {
  const failure = toUndecided(error);
  if (isJson) printJson(context, { version: JSON_VERSION, error: toErrorJson(failure) });
  else context.tell(renderFailure(failure, context.errorPalette));
  return 2;
};

/** Runs one command line; returns the exit code: 0 allowed, 1 refused, 2 could not decide. */
export const runCommandLine = async (
  argv: readonly string[],
  context: Context,
): Promise<number> => {
  const [name, ...args] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    context.print(renderOverview(context));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    context.print(VERSION);
    return 0;
  }
  try {
    return await runVerb(name, args, context);
  } catch (error) {
    return fail(error, asksForJson(args), context);
  }
};
