import { ALWAYS } from './condition.ts';
import { createPlaces } from './places.ts';
import { createBlocks } from './rust-blocks.ts';
import type { Reading } from './rust-definitions.ts';
import type { RustFile } from './rust-file.ts';
import { readItems } from './rust-items.ts';
import { createLexer } from './rust-lexer.ts';

/** Where the first item may stand: behind a byte order mark and a line for the shell. */
const skipShebang = (text: string): number => {
  const start = text.startsWith('\ufeff') ? 1 : 0;
  if (!/^#!(?!\s*\[)/.test(text.slice(start, start + 200))) return start;
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
};

/** Longer than any file that people write; what is, is not read. */
const MAX_LENGTH = 16 * 1024 * 1024;

const TOO_LONG: RustFile = {
  items: [],
  condition: ALWAYS,
  isHidden: false,
  allowances: [],
  fault: { line: 1, column: 1, reason: `it is longer than ${MAX_LENGTH} characters` },
};

/**
 * The items of one Rust file, without the bodies of functions: what it uses, defines and has as modules, with
 * conditions and visibility. Linear in the text; no text makes it throw. Text that is no Rust is a fault.
 */
export const scanRust = (text: string): RustFile => {
  if (text.length > MAX_LENGTH) return TOO_LONG;
  const place = createPlaces(text);
  const blocks = createBlocks(text, place);
  const lexer = createLexer(text, blocks.comment, skipShebang(text));
  const reading: Reading = {
    text,
    lexer,
    blocks,
    place,
    readBody: (open, depth) => readItems(reading, open, depth),
  };
  const { items, inner } = readItems(reading, undefined, 0);
  const fault = lexer.fault();
  return {
    items: fault ? [] : items,
    condition: fault ? ALWAYS : inner.condition,
    isHidden: inner.isHidden,
    allowances: blocks.allowances(),
    fault: fault && { ...place(fault.offset), reason: fault.reason },
  };
};
