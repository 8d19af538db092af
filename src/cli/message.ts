import {
  COMMENT_CHARS,
  findBeginning,
  isEmptyMessage,
  type MessageRule,
  removeTrailers,
} from '../guard/index.ts';
import { type Git, readLine } from '../kit/git.ts';
import { appendTrailers, readMessage, writeMessage } from './message-store.ts';

/** git's own lines stand last in what an editor shows, so the last line says which character they begin with. */
const guessComment = (text: string): string | undefined => {
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  const [char = ''] = last;
  return char !== '' && COMMENT_CHARS.includes(char) ? char : undefined;
};

const findComment = (git: Git, text: string): string | undefined => {
  const set = readLine(git, ['config', 'core.commentChar']);
  return set === 'auto' ? guessComment(text) : (set ?? '#');
};

/** Behind a line without an end git sets no blank line before the trailers. */
const endLine = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

/**
 * Gives a message file the trailers of this commit in place of any that it has of another: a message is
 * copied, and a trailer says what one commit was made under. Bytes that are not ours stay as they are.
 */
export const stampMessage = (
  git: Git,
  file: string,
  trailers: readonly string[],
  edited: { hasEditor: boolean; template?: string | undefined },
): void => {
  const text = readMessage(file);
  // Where no editor opened there are no comments either.
  const rule: MessageRule = { comment: edited.hasEditor ? findComment(git, text) : undefined };
  const bare = removeTrailers(text, rule);
  if (trailers.length === 0 || isEmptyMessage(bare, edited.template, rule)) {
    if (bare !== text) writeMessage(file, bare);
    return;
  }
  const start = findBeginning(bare, rule);
  writeMessage(file, endLine(bare.slice(start)));
  appendTrailers(file, trailers, rule.comment);
  if (start > 0) writeMessage(file, bare.slice(0, start) + readMessage(file));
};
