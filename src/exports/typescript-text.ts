import { mentionsAllowance, parseAllowances } from './allow.ts';
import type { Allowance, Statement } from './model.ts';
import type { OxcComment } from './oxc-store.ts';

/** A statement of a file, wherever that lies: the same text may lie at two places. */
export type TsSpan = Omit<Statement, 'path'>;

/** What is asked of a text about its offsets. */
export type TsText = {
  text: string;
  place: (offset: number) => { line: number; column: number };
  /** A place at `at`, of a statement that begins at `start` and whose head ends at `end`. */
  span: (at: number, start: number, end: number) => TsSpan;
  /** Whether a comment right before `offset` says `@internal`. */
  isInternal: (offset: number) => boolean;
  allowances: Omit<Allowance, 'path'>[];
};

const listLineStarts = (text: string): number[] => {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
};

const createPlace = (text: string): TsText['place'] => {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= listLineStarts(text);
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
};

/** What may stand between a comment and what it is about: decorators, and the rest of its line. */
const ABOVE = /^[ \t]*\r?\n?[ \t]*(?:@[^\r\n]*(?:\r?\n[ \t]*|$))*$/;
const BEFORE = /^\s*(?:@[^\r\n]*(?:[\r\n]\s*|$))*$/;

const readAllowances = (
  comments: readonly OxcComment[],
  place: TsText['place'],
): Omit<Allowance, 'path'>[] =>
  comments
    // A doc comment shows how it is written.
    .filter(({ type, value }) => type === 'Line' || !value.startsWith('*'))
    .flatMap(({ value, start }) => parseAllowances(value, { path: '', ...place(start) }));

/** Reads what the audit has to know of a file's comments; `list` makes them, at a price. */
export const createText = (text: string, list: () => readonly OxcComment[]): TsText => {
  const place = createPlace(text);
  const isAllowing = mentionsAllowance(text);
  const comments = isAllowing || text.includes('@internal') ? list() : [];
  const findBefore = (offset: number): OxcComment | undefined => {
    let [low, high] = [0, comments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((comments[middle]?.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return comments[low - 1];
  };
  const gap = (comment: OxcComment, offset: number): string =>
    offset - comment.end > 2_000 ? '…' : text.slice(comment.end, offset);
  const isAlone = ({ start }: OxcComment): boolean =>
    text.slice(text.lastIndexOf('\n', start - 1) + 1, start).trim() === '';
  const findTop = (start: number): number => {
    let top = start;
    for (
      let next = findBefore(top);
      next && isAlone(next) && ABOVE.test(gap(next, top));
      next = findBefore(top)
    ) {
      top = next.start;
    }
    return top;
  };
  return {
    text,
    place,
    span: (at, start, end) => {
      const { line, column } = place(at);
      const top = isAllowing ? findTop(start) : start;
      const lineOf = (offset: number): number => (offset === at ? line : place(offset).line);
      return { line, column, from: lineOf(top), to: lineOf(end) };
    },
    isInternal: (offset) => {
      const comment = findBefore(offset);
      return (
        comment !== undefined &&
        /@internal\b/.test(comment.value) &&
        BEFORE.test(gap(comment, offset))
      );
    },
    allowances: isAllowing ? readAllowances(comments, place) : [],
  };
};
