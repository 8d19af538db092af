import { styleText } from 'node:util';

/** How a text reaches its reader: painted for a terminal or plain, its remedies ready to be pasted. */
export type Palette = {
  bad(text: string): string;
  warn(text: string): string;
  good(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
  /** A remedy as the reader's own shell can run it: `npx leasehold status` where that is what works. */
  runnable(remedy: string): string;
};

/** Our own name where a command begins: at the start, behind `&&`, or behind a sentence's colon. */
const OWN_COMMAND = /(?<=^|&& |: )leasehold(?= )/g;

type Format = Parameters<typeof styleText>[0];

/**
 * Colours only on a terminal, and never where `NO_COLOR` is set to anything (no-color.org).
 * `findCommand` says how the reader starts leasehold; it is asked only where a remedy is told.
 */
export const createPalette = (
  stream: { isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
  findCommand: () => string = () => 'leasehold',
): Palette => {
  const isPlain = stream.isTTY !== true || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  const paint = (format: Format) => (text: string) =>
    isPlain ? text : styleText(format, text, { validateStream: false });
  return {
    bad: paint('red'),
    warn: paint('yellow'),
    good: paint('green'),
    strong: paint('bold'),
    faint: paint('dim'),
    runnable: (remedy) => remedy.replace(OWN_COMMAND, findCommand),
  };
};
