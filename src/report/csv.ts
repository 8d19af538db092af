import { printable } from '../kit/quote.ts';

/** One cell: what could end it early is quoted, and control characters are escapes, as on a terminal. */
const toCell = (value: string | number): string => {
  const text = printable(String(value));
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Rows as RFC 4180 has them, the header first; whoever prints them ends the last line's CRLF. */
export const toCsv = (
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string => [header, ...rows].map((row) => `${row.map(toCell).join(',')}\r`).join('\n');
