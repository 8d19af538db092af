import { typedPath } from '../guard/index.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { printable, shellCommand, shellQuote } from '../kit/quote.ts';
import { JSON_VERSION } from '../report/index.ts';
import { type CiWritten, describeCi, listFresh } from './ci-install.ts';
import { type Context, printJson } from './command.ts';
import type { Installed } from './hook-store.ts';
import type { HooksPlace } from './hooks-place.ts';
import type { InstalledHooks } from './install.ts';
import type { ProtocolWritten } from './protocol.ts';

const describeInstalled = (name: string, { change, kept, edited }: Installed): string => {
  if (edited !== undefined) {
    return `${name}: ${change}; it had been edited, and runs no more as it was: ${printable(edited)}`;
  }
  if (kept === undefined) return `${name}: ${change}`;
  const what = change === 'updated' ? 'what had been added to it' : 'the hook that was there';
  return `${name}: ${change}; ${what} runs first, kept as ${printable(kept)}`;
};

type FileChanges = Parameters<typeof describeCi>[0];

/** What a run of `init` came to. */
export type Outcome = {
  place: HooksPlace;
  hooks: InstalledHooks;
  hasNewConfig: boolean;
  ci: readonly CiWritten[];
  template: CiWritten | undefined;
  protocol: readonly ProtocolWritten[];
  /** Where the reader stands, relative to the top, with a trailing slash, or empty. */
  prefix: string;
};

const printFiles = (context: Context, title: string, files: FileChanges): void => {
  if (files.length === 0) return;
  context.print(context.palette.good(title));
  for (const line of describeCi(files)) context.print(line);
};

/** What was set up and written, and what to do next. */
export const printOutcome = (context: Context, outcome: Outcome): void => {
  const { place, hooks, hasNewConfig, ci, protocol, prefix } = outcome;
  const templates = outcome.template ? [outcome.template] : [];
  context.print(`${context.palette.good('Hooks')} in ${printable(place.directory)}`);
  for (const { name, installed } of hooks) context.print(`  ${describeInstalled(name, installed)}`);
  printFiles(context, 'CI', ci);
  printFiles(context, 'Template', templates);
  printFiles(context, 'Protocol', protocol);
  if (hasNewConfig) {
    context.print(
      `${context.palette.good('Config')} written: ${CONFIG_FILE}; it counts from the commit that adds it`,
    );
  }
  const fresh = [
    ...(hasNewConfig ? [CONFIG_FILE] : []),
    ...listFresh([...ci, ...templates, ...protocol]),
  ].map((path) => typedPath(path, prefix));
  context.print(
    fresh.length > 0
      ? `next: ${shellCommand('git add', fresh)} && git commit -m ${shellQuote('chore: guard this repository')}`
      : context.palette.runnable('next: leasehold claim SCOPE…'),
  );
};

/** The same as one JSON object. */
export const printOutcomeJson = (
  context: Context,
  { place, hooks, hasNewConfig, ci, template, protocol }: Outcome,
): void =>
  printJson(context, {
    version: JSON_VERSION,
    hooks: hooks.map(({ name, installed }) => ({
      name,
      ...installed,
      kept: installed.kept ?? null,
      edited: installed.edited ?? null,
    })),
    directory: place.directory,
    config: hasNewConfig ? 'written' : 'kept',
    ci,
    ...(template ? { template } : {}),
    ...(protocol.length > 0 ? { protocol } : {}),
  });

/** Where nothing has changed there is nothing to say. */
export const printQuietly = (context: Context, { place, hooks }: Outcome): void => {
  if (hooks.every(({ installed }) => installed.change === 'unchanged')) return;
  context.print(`leasehold: hooks in ${printable(place.directory)}`);
  const edited = hooks.filter(({ installed }) => installed.edited !== undefined);
  for (const { name, installed } of edited) context.print(describeInstalled(name, installed));
};
