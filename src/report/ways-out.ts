import { type Finding, pathCommand } from '../guard/index.ts';
import { printable, quoteName } from '../kit/quote.ts';
import type { Palette } from './palette.ts';
import { listNames } from './wording.ts';

const CONFLICTS: readonly string[] = ['lock/held', 'lock/read-held'];

/** More paths than this make no command that anybody would paste. */
const MAX_PATHS = 12;

const listHolders = (findings: readonly Finding[]): string =>
  listNames([...new Set(findings.map(({ holder }) => holder ?? ''))].map(quoteName));

const BEYOND = 'take another task, split the directory, merge the tasks';

/** For many paths: what to do, not the command for each. */
const renderBrief = ({ runnable }: Palette): string => {
  const [wait, ask] = ['claim --wait -- PATH', 'ask -m TEXT -- PATH'].map((command) =>
    runnable(`leasehold ${command}`),
  );
  return `ways out: wait (${wait}), ask (${ask}), or ${BEYOND}`;
};

const listConflicts = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ severity, rule }) => severity === 'error' && CONFLICTS.includes(rule));

/** The ways out of a conflict, each with the command that takes it; nothing where there is none. */
export const renderWaysOut = (
  findings: readonly Finding[],
  prefix: string,
  palette: Palette,
): string[] => {
  const conflicts = listConflicts(findings);
  const [first] = conflicts;
  const paths = [...new Set(conflicts.map(({ path }) => path))];
  if (!first) return [];
  if (paths.length > MAX_PATHS) return [renderBrief(palette)];
  const wait = pathCommand('claim --wait', paths, prefix);
  const ask = pathCommand('ask -m TEXT', [first.path], prefix);
  const tell = (command: string): string => palette.runnable(printable(command));
  return [
    `ways out: wait for ${listHolders(conflicts)}: ${tell(wait)}`,
    `          ask ${quoteName(first.holder ?? '')}: ${tell(ask)}`,
    `          or ${BEYOND}`,
  ];
};

/** The same in one line. */
export const renderBriefWaysOut = (findings: readonly Finding[], palette: Palette): string[] =>
  listConflicts(findings).length > 0 ? [renderBrief(palette)] : [];
