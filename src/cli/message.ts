import { isEmptyMessage, type MessageRule, removeTrailers } from '../guard/index.ts';
import { type Git, readLine } from '../kit/git.ts';
import { readMessage, writeMessage } from './message-store.ts';

/** What `core.commentChar: auto` chooses from, by what the message itself does not begin a line with. */
const COMMENT_CHARS = '#;@!$%^&|:';

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

/** The user's own settings of trailers are about theirs. */
const OWN_SETTINGS = ['-c', 'trailer.separators=:', '-c', 'trailer.where=end'];
const ADD = ['interpret-trailers', '--in-place', '--no-divider', '--if-exists=add'];

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
  if (bare !== text) writeMessage(file, bare);
  if (trailers.length === 0 || isEmptyMessage(bare, edited.template, rule)) return;
  const words = trailers.flatMap((trailer) => ['--trailer', trailer]);
  git.read([...OWN_SETTINGS, ...ADD, ...words, '--', file]);
};
