import { printable } from '../kit/quote.ts';

/** Whole trees of names pass here, and nearly all of them are as plain as this. */
const PLAIN = /^(?!\s*::)[ !#-+\--~]*$/;

/**
 * One cell: what could end it early is quoted; control characters and a runner's commands are
 * escapes, as on a terminal.
 */
export const toCell = (value: string | number): string =>
  typeof value === 'string' && PLAIN.test(value) && !value.includes('##[')
    ? value
    : quoteCell(value);

const quoteCell = (value: string | number): string => {
  const text = printable(String(value));
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

type Row = readonly (string | number)[];

/** One row as RFC 4180 has it; whoever prints rows ends each line's CRLF. */
export const toCsvRow = (row: Row): string => `${row.map(toCell).join(',')}\r`;

/** Rows with the header first. */
export const toCsv = (header: readonly string[], rows: readonly Row[]): string =>
  [header, ...rows].map(toCsvRow).join('\n');
