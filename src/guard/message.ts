import { isBlank, isCommentary, isTrailer } from './trailers.ts';

/** How a message file reads: where git keeps comments in it, as an editor shows it, and where none are. */
export type MessageRule = { comment: string | undefined };

/** Below this line an editor shows the diff; git cuts it off. */
const SCISSORS = / -{10,} >8 -{10,}$/;

const isComment = (line: string, { comment }: MessageRule): boolean =>
  comment !== undefined && line.startsWith(comment);

const findCut = (lines: readonly string[], rule: MessageRule): number => {
  const cut = lines.findIndex((line) => isComment(line, rule) && SCISSORS.test(line));
  return cut === -1 ? lines.length : cut;
};

/** What git takes of a message: no comments, nothing below the scissors. */
const readContent = (text: string, rule: MessageRule): string[] => {
  const lines = text.split('\n');
  return lines
    .slice(0, findCut(lines, rule))
    .filter((line) => !isComment(line, rule))
    .map((line) => line.replace(/[ \t\r]+$/, ''));
};

/** As git sees it: a signature alone is no message. */
const isNothing = (line: string): boolean => line === '' || line.startsWith('Signed-off-by: ');

/**
 * True where git is to end the commit for want of a message: nothing was written, or nothing but what the
 * template had. A trailer in such a message would make a commit of what somebody gave up.
 */
export const isEmptyMessage = (
  text: string,
  template: string | undefined,
  rule: MessageRule,
): boolean => {
  const content = readContent(text, rule);
  if (content.every(isNothing)) return true;
  if (template === undefined) return false;
  const given = readContent(template, rule).join('\n').trim();
  const written = content.join('\n').trim();
  if (given === '' || !written.startsWith(given)) return false;
  return written.slice(given.length).split('\n').every(isNothing);
};

/** Any trailer, or what git writes between trailers. */
const TRAILER_LIKE = /^(?:[A-Za-z0-9-]+[ \t]*:|[ \t]|\(cherry picked from commit )/;

/** Runs of lines between blank ones: `[first, behind the last]`. */
const listParagraphs = (lines: readonly string[]): [number, number][] => {
  const paragraphs: [number, number][] = [];
  for (let start = 0; start < lines.length; ) {
    if (isBlank(lines[start] ?? '')) {
      start += 1;
      continue;
    }
    const blank = lines.findIndex((line, at) => at > start && isBlank(line));
    const end = blank === -1 ? lines.length : blank;
    paragraphs.push([start, end]);
    start = end;
  }
  return paragraphs;
};

/** Lines that are trailers of ours, with those that go on from them. */
const listOurs = (lines: readonly string[], [start, end]: [number, number]): number[] => {
  const ours: number[] = [];
  for (let at = start; at < end; at += 1) {
    const line = lines[at] ?? '';
    if (isTrailer(line) || (/^[ \t]/.test(line) && ours.at(-1) === at - 1)) ours.push(at);
  }
  return ours;
};

/**
 * Trailers of ours in the last paragraph, and in whole paragraphs of trailers, as a squash has them in its
 * middle. What stands before a paragraph of nothing else is last in its turn: it must not come to count.
 */
const findOurs = (lines: readonly string[]): Set<number> => {
  const ours = new Set<number>();
  let isLast = true;
  for (const range of listParagraphs(lines).toReversed()) {
    const paragraph = lines.slice(...range);
    const counts = isLast || paragraph.every((line) => TRAILER_LIKE.test(line));
    for (const at of counts ? listOurs(lines, range) : []) ours.add(at);
    const rest = paragraph.filter((_, at) => !ours.has(range[0] + at));
    isLast &&= rest.length === 0 || isCommentary(rest);
  }
  return ours;
};

/** The message without trailers of ours that would count in it; the same text where there are none. */
export const removeTrailers = (text: string, rule: MessageRule): string => {
  const lines = text.split('\n');
  const cut = findCut(lines, rule);
  const content = lines.slice(0, cut);
  // A comment in an editor parts paragraphs, where it is cleaned away, or stands in one.
  const cleaned = content.map((line) => (isComment(line, rule) ? '' : line));
  const ours = new Set([...findOurs(content), ...findOurs(cleaned)]);
  return lines.filter((_, at) => !ours.has(at)).join('\n');
};

/**
 * Where a message begins: behind blank lines and comments. In front of them git would take a subject such as
 * `fix: it` for a paragraph of trailers. An index into the text.
 */
export const findBeginning = (text: string, rule: MessageRule): number => {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => !isBlank(line) && !isComment(line, rule));
  return lines.slice(0, Math.max(0, first)).reduce((length, line) => length + line.length + 1, 0);
};
