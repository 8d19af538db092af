import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Undecided } from '../kit/errors.ts';
import { findNearest } from '../kit/nearest.ts';
import { printable } from '../kit/quote.ts';
import { VERSION } from '../kit/version.ts';
import { JSON_VERSION, renderFailure, toErrorJson } from '../report/index.ts';
import { attend } from './attend.ts';
import { type Command, type Context, printJson, textOption, type Words } from './command.ts';
import { COMMANDS } from './commands.ts';
import { renderHelp, renderOverview } from './help.ts';
import { warnWithoutHooks } from './hooks-warning.ts';
import { mirrorAfterwards } from './issue-mirror.ts';
import { identify, openWorkspace } from './workspace.ts';

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
    Object.entries(command.options).map(([name, { type, multiple = false, short }]) => [
      name,
      { type, multiple, ...(short ? { short } : {}) },
    ]),
  ),
  help: { type: 'boolean', short: 'h' },
});

/** A verb's own words, and the user's command behind `--`. */
const splitCommand = (
  { takesCommand }: Command,
  args: readonly string[],
): { own: readonly string[]; rest: readonly string[] } => {
  const at = takesCommand ? args.indexOf('--') : -1;
  return at === -1 ? { own: args, rest: [] } : { own: args.slice(0, at), rest: args.slice(at + 1) };
};

/** What `parseArgs` says, on one line. */
const explainWords = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  const [, option, long] =
    /^Option '(.+)' argument is ambiguous.* use '(--[^=]+)=/s.exec(message) ?? [];
  if (option)
    return `${option} wants a value; one that begins with a dash is written ${long}=VALUE`;
  return message.split('. ')[0] ?? message;
};

const readWords = (command: Command, name: string, args: readonly string[]): Words => {
  const { own, rest } = splitCommand(command, args);
  try {
    const { positionals, values } = parseArgs({
      args: [...own],
      options: toParseOptions(command),
      allowPositionals: true,
    });
    return { positionals, values, rest };
  } catch (error) {
    throw new Undecided('usage', printable(explainWords(error)), `leasehold ${name} --help`, error);
  }
};

const findCommand = (name: string): Command => {
  const verb = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!verb) throw unknownCommand(name);
  return verb.command;
};

/** Whoever has run a command is told what they have to know. */
const attendHolder = async (context: Context, words: Words): Promise<void> => {
  const workspace = openWorkspace(context);
  const as = textOption(words, 'as');
  warnWithoutHooks(workspace, { writes: false });
  await attend(workspace, (ledger) => identify(workspace, as, ledger).holder, { renews: true });
  await mirrorAfterwards(workspace);
};

const runVerb = async (
  command: Command,
  name: string,
  args: readonly string[],
  context: Context,
): Promise<number> => {
  const words = readWords(command, name, args);
  if (words.values.help === true) {
    context.print(renderHelp(command, context));
    return 0;
  }
  const code = await command.run(context, words);
  if (command.attends !== false) await attendHolder(context, words);
  return code;
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

const tellFailure = (error: unknown, isJson: boolean, context: Context): void => {
  const failure = toUndecided(error);
  if (isJson) printJson(context, { version: JSON_VERSION, error: toErrorJson(failure) });
  else context.tell(renderFailure(failure, context.errorPalette));
};

/** Runs one command line; returns the exit code: 0 allowed, 1 refused, 2 could not decide. */
export const runCommandLine = async (
  argv: readonly string[],
  context: Context,
): Promise<number> => {
  const [name, ...args] = argv;
  // As git has it: `help claim` is what `claim --help` is.
  if (name === 'help' && args[0] !== undefined) return runCommandLine([args[0], '--help'], context);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    context.print(renderOverview(context));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    context.print(VERSION);
    return 0;
  }
  let failureCode = 2;
  let own: readonly string[] = args;
  try {
    const command = findCommand(name);
    failureCode = command.failureCode ?? failureCode;
    own = splitCommand(command, args).own;
    return await runVerb(command, name, args, context);
  } catch (error) {
    tellFailure(error, asksForJson(own), context);
    return failureCode;
  }
};
