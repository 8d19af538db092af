/** A grant as a commit's trailer names it: `Lock-Grant: <id>#<token>`. */
export type NamedGrant = { id: string; token: number };

/** What a commit says of its making. */
export type Trailers = {
  grants: NamedGrant[];
  /** Values that name no grant, as they are: somebody's text. */
  malformed: string[];
  /** The reason of a `Lock-Bypass`. */
  bypass: string | undefined;
};

const GRANT_KEY = 'Lock-Grant';
const BYPASS_KEY = 'Lock-Bypass';

/** Ours begin a line; what `merge --squash` quotes is indented, and says nothing of the commit itself. */
const TRAILER = /^(Lock-Grant|Lock-Bypass)[ \t]*:[ \t]*(.*?)[ \t\r]*$/is;
/** Most messages hold neither key anywhere, and need not be taken apart. */
const MENTION = /lock-/i;
const NAMED = /^([0-9A-Za-z-]{1,64})#(\d{1,15})$/;

/** What git takes for a blank, whatever else looks like one. */
const BLANK = /^[ \t\r]*$/;

export const isBlank = (line: string): boolean => BLANK.test(line);

/** What begins a comment: git's own choice, or one of those that `core.commentChar: auto` chooses from. */
export const COMMENT_CHARS = '#;@!$%^&|:';

/** A paragraph that git takes for a comment at the end of a message, whether or not it was cleaned away. */
export const isCommentary = (lines: readonly string[]): boolean => {
  const [char = ''] = lines[0] ?? '';
  return char !== '' && COMMENT_CHARS.includes(char) && lines.every((line) => line[0] === char);
};

/**
 * Where the trailers of a message stand: its last paragraph, but for paragraphs of comments, which some
 * ways to clean a message up leave in it. `[first line, behind the last]`.
 */
export const findTrailerBlock = (lines: readonly string[]): [number, number] => {
  let end = lines.length;
  for (;;) {
    while (end > 0 && isBlank(lines[end - 1] ?? '')) end -= 1;
    let start = end;
    while (start > 0 && !isBlank(lines[start - 1] ?? '')) start -= 1;
    if (start === end || !isCommentary(lines.slice(start, end))) return [start, end];
    end = start;
  }
};

const listValues = (message: string): { isBypass: boolean; value: string }[] => {
  const lines = message.split('\n');
  return lines
    .slice(...findTrailerBlock(lines))
    .map((line) => TRAILER.exec(line))
    .filter((match) => match !== null)
    .map(([, key = '', value = '']) => ({
      isBypass: key.toLowerCase() === BYPASS_KEY.toLowerCase(),
      value,
    }));
};

/** Reads a commit's message. Nothing in it is believed: a name is looked up, and a bypass too. */
export const readTrailers = (message: string): Trailers => {
  const values = MENTION.test(message) ? listValues(message) : [];
  const named = values.filter(({ isBypass }) => !isBypass).map(({ value }) => value);
  const grants = named
    .map((value) => NAMED.exec(value))
    .filter((match) => match !== null)
    .map(([, id = '', token = '']) => ({ id, token: Number(token) }));
  return {
    grants,
    malformed: named.filter((value) => !NAMED.test(value)),
    bypass: values.find(({ isBypass }) => isBypass)?.value,
  };
};

/** True for a line that is a trailer of ours. */
export const isTrailer = (line: string): boolean => TRAILER.test(line);

/** The trailer of a grant under which a commit is made. */
export const grantTrailer = ({ id, token }: NamedGrant): string => `${GRANT_KEY}: ${id}#${token}`;

/** The trailer of a bypass; `reason` is one line. */
export const bypassTrailer = (reason: string): string => `${BYPASS_KEY}: ${reason}`;
