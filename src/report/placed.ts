import { printable } from '../kit/quote.ts';
import type { Palette } from './palette.ts';

/** A finding with its place in a file. */
export type Placed = {
  rule: string;
  severity: 'error' | 'warn';
  path: string;
  line: number;
  column: number;
  message: string;
  remedy: string;
};

/** A finding as compilers print it: where, how bad, what, by which rule; and what to do next. */
export const renderPlaced = (
  { severity, path, line, column, message, rule, remedy }: Placed,
  palette: Palette,
): string => {
  const mark = severity === 'error' ? palette.bad('error') : palette.warn('warning');
  const place = palette.strong(`${printable(path)}:${line}:${column}`);
  return [
    `${place} ${mark} ${printable(message)} ${palette.faint(`[${rule}]`)}`,
    `    ${palette.faint(`next: ${printable(remedy)}`)}`,
  ].join('\n');
};
