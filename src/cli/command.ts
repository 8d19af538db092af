import type { Input } from '../kit/child.ts';
import type { Clock } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import type { Files } from '../kit/files.ts';
import { printable } from '../kit/quote.ts';
import type { Palette } from '../report/index.ts';

/** Everything that a command may touch, handed in by the entry. */
export type Context = {
  cwd: string;
  env: NodeJS.ProcessEnv;
  files: Files;
  clock: Clock;
  /** Where a path leads to, links followed; undefined where nothing is there. */
  findRealPath: (path: string) => string | undefined;
  /** Whether a regular file is there, and no link to one. */
  isFile: (path: string) => boolean;
  /** The network file system that a directory is on, if it is on one. */
  findNetworkFileSystem: (directory: string) => string | undefined;
  /** This machine's name. */
  host: string;
  /** A directory of this user's on this machine, for what may be lost; undefined where there is none. */
  findScratch: (name: string) => string | undefined;
  random: () => number;
  createId: () => string;
  /** Where the running bundle lies, with the hooks beside it. */
  bundle: string;
  /** The process that started this one. */
  parentPid: number;
  /** All of standard input. */
  readInput: () => Buffer;
  /** The same, where it may be much and there is something else to do meanwhile. */
  startInput: () => Input;
  /** What the user asked for: standard output. */
  print: (text: string) => void;
  /** What the user should know besides: standard error. */
  tell: (text: string) => void;
  /** Whether a person's keyboard is at standard input. */
  isTerminal: boolean;
  palette: Palette;
  errorPalette: Palette;
};

/** One option: how it is read, how help shows it, what it is for. */
export type Option = {
  type: 'string' | 'boolean';
  multiple?: true;
  /** The one letter that stands for it. */
  short?: string;
  shown: string;
  help: string;
};

/** The words of a command line, as `parseArgs` reads them; every option is text, a list of texts or a flag. */
export type Words = {
  positionals: string[];
  values: Record<string, string | boolean | (string | boolean)[] | undefined>;
  /** What stands behind `--`, where the verb takes a command there. */
  rest: readonly string[];
};

/** One verb: what it takes, how it is taught, and what it does. It returns the exit code. */
export type Command = {
  usage: string;
  /** One paragraph. */
  about: string;
  /** In the order in which help shows them. */
  options: Readonly<Record<string, Option>>;
  examples: readonly (readonly [line: string, what: string])[];
  run: (context: Context, words: Words) => Promise<number>;
  /** The exit code where it could not decide; 2 unless given. */
  failureCode?: number;
  /** What stands behind `--` is a command of the user's. */
  takesCommand?: true;
  /** False where no holder is looked after once it has run: what sets up or judges by itself. */
  attends?: false;
};

/** What every command that prints takes. */
export const JSON_OPTION = {
  json: { type: 'boolean', shown: '--json', help: 'one JSON object on standard output' },
} as const satisfies Record<string, Option>;

/** The forms that findings and answers can be printed in. */
export type Format = 'text' | 'json' | 'csv' | 'sarif' | 'github' | 'codequality';

/** What a command takes that prints in other forms than text and JSON. */
export const formatOption = (formats: readonly Format[]) =>
  ({
    format: { type: 'string', shown: '--format FORMAT', help: formats.join(', ') },
  }) as const satisfies Record<string, Option>;

/** The form that was asked for; `--json` is short for `--format json`. */
export const readFormat = (verb: string, words: Words, formats: readonly Format[]): Format => {
  const named = textOption(words, 'format') ?? (hasFlag(words, 'json') ? 'json' : 'text');
  const format = formats.find((known) => known === named);
  if (format && (format === 'json' || !hasFlag(words, 'json'))) return format;
  throw new Undecided(
    'usage',
    format
      ? '--json and --format ask for two forms'
      : `--format takes ${formats.join(', ')}, not ${printable(named)}`,
    `leasehold ${verb} --help`,
  );
};

/** What every command takes that depends on who runs it. */
export const AS_OPTION = {
  as: { type: 'string', shown: '--as HOLDER', help: 'act as this holder' },
} as const satisfies Record<string, Option>;

/** An option's text, or undefined. */
export const textOption = (words: Words, name: string): string | undefined => {
  const value = words.values[name];
  return typeof value === 'string' ? value : undefined;
};

/** The texts of an option that may be given several times. */
export const listOption = (words: Words, name: string): string[] => {
  const value = words.values[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
};

export const hasFlag = (words: Words, name: string): boolean => words.values[name] === true;

/** One JSON object on standard output, of which no text can pass for a command in a runner's log. */
export const printJson = (context: Context, value: object): void =>
  context.print(JSON.stringify(value, null, 2).replaceAll('##[', '#\\u0023['));
