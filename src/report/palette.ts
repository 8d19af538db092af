import { styleText } from 'node:util';

/** Paints text for a terminal, or leaves it as it is. */
export type Palette = {
  bad(text: string): string;
  warn(text: string): string;
  good(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
};

type Format = Parameters<typeof styleText>[0];

/** Colours only on a terminal, and never where `NO_COLOR` is set to anything (no-color.org). */
export const createPalette = (
  stream: { isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
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
  };
};
