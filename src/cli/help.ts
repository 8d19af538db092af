import type { Command, Context } from './command.ts';
import { COMMANDS } from './commands.ts';

const WIDTH = 26;

const row = (left: string, right: string): string => `  ${left.padEnd(WIDTH)}  ${right}`;

const wrap = (text: string, width: number): string =>
  text.replace(new RegExp(`(?=.{${width + 1}})(.{1,${width}}) `, 'g'), '$1\n');

/** `leasehold --help` */
export const renderOverview = ({ palette }: Context): string =>
  [
    'leasehold keeps parallel developers and agents from clobbering each other in one git repository.',
    '',
    palette.strong('Usage: leasehold COMMAND … (or: git leasehold COMMAND …)'),
    '',
    ...Object.entries(COMMANDS).map(([name, { summary }]) => row(name, summary)),
    '',
    palette.strong('A first round:'),
    row('leasehold init', 'once a clone'),
    row('leasehold claim src/a/', 'for an hour; nobody else can commit there'),
    row('git commit', 'refused where somebody else holds what you changed'),
    row('leasehold release --all', 'when you are done'),
    '',
    'Exit codes: 0 allowed, 1 refused, 2 could not decide. More: leasehold COMMAND --help',
  ].join('\n');

/** `leasehold COMMAND --help`: what it does, by example first. */
export const renderHelp = (command: Command, { palette }: Context): string =>
  [
    palette.strong(command.usage),
    '',
    wrap(command.about, 90),
    '',
    palette.strong('Examples:'),
    ...command.examples.map(([line, what]) => `  ${line}\n      ${palette.faint(what)}`),
    ...(Object.keys(command.options).length > 0 ? ['', palette.strong('Options:')] : []),
    ...Object.values(command.options).map(({ shown, help }) => row(shown, help)),
  ].join('\n');
