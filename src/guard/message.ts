import { isTrailer } from './trailers.ts';

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
    .map((line) => line.trimEnd());
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

/** Where the last paragraph of the content lies: `[first, behind the last]`. */
const findLastParagraph = (lines: readonly string[], rule: MessageRule): [number, number] => {
  let end = findCut(lines, rule);
  const isBlank = (at: number) =>
    (lines[at] ?? '').trim() === '' || isComment(lines[at] ?? '', rule);
  while (end > 0 && isBlank(end - 1)) end -= 1;
  let start = end;
  while (start > 0 && (lines[start - 1] ?? '').trim() !== '') start -= 1;
  return [start, end];
};

/** The message without our trailers in its last paragraph; the same text where there are none. */
export const removeTrailers = (text: string, rule: MessageRule): string => {
  const lines = text.split('\n');
  const [start, end] = findLastParagraph(lines, rule);
  return lines.filter((line, at) => at < start || at >= end || !isTrailer(line)).join('\n');
};
