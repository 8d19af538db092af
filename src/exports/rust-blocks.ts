import { mentionsAllowance, parseAllowances } from './allow.ts';
import type { Allowance } from './model.ts';
import type { RustFile } from './rust-file.ts';

/** Which lines hold comments and attributes alone, and so which of them stand right above a statement. */
export type Blocks = {
  comment: (start: number, end: number) => void;
  attribute: (start: number, end: number) => void;
  /** Code ends at this offset: what stands on its line is about it. */
  endCode: (offset: number) => void;
  /** The first line of the statement that begins at `offset`, or of the block right above it. */
  above: (offset: number) => { from: number; isInternal: boolean };
  allowances: () => RustFile['allowances'];
};

type Note = { start: number; from: number; to: number; isInternal: boolean };

/** Marks a doc comment's text off from an ordinary one's, and the marks of a block from its text. */
const isInternalMark = (comment: string): boolean => comment.includes('@internal');

/** Follows the comments and attributes of one text in the order in which they stand. */
export const createBlocks = (
  text: string,
  place: (offset: number) => { line: number; column: number },
): Blocks => {
  const allowances: Omit<Allowance, 'path'>[] = [];
  const mayAllow = mentionsAllowance(text);
  let notes: Note[] = [];
  let code = { end: 0, line: 0 };

  const note = (start: number, end: number, isInternal: boolean): void => {
    const { line } = place(start);
    if (start < code.end || line === code.line) return;
    notes.push({ start, from: line, to: place(Math.max(start, end - 1)).line, isInternal });
  };

  const comment: Blocks['comment'] = (start, end) => {
    const words = text.slice(start, end);
    note(start, end, isInternalMark(words));
    if (!mayAllow || !mentionsAllowance(words)) return;
    const at = { path: '', ...place(start) };
    for (const { path: _, ...allowance } of parseAllowances(words.slice(2), at))
      allowances.push(allowance);
  };

  const above: Blocks['above'] = (offset) => {
    let from = place(offset).line;
    let isInternal = false;
    for (const each of notes.reverse()) {
      if (each.start < code.end || each.to + 1 < from) break;
      from = Math.min(from, each.from);
      isInternal ||= each.isInternal;
    }
    notes = [];
    return { from, isInternal };
  };

  return {
    comment,
    attribute: (start, end) => note(start, end, false),
    endCode: (offset) => {
      code = { end: offset, line: place(Math.max(0, offset - 1)).line };
    },
    above,
    allowances: () => allowances,
  };
};
