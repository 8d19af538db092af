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
const TRAILER = /^(Lock-Grant|Lock-Bypass)[ \t]*:[ \t]*(.*?)[ \t]*$/i;
const NAMED = /^([0-9A-Za-z-]{1,64})#(\d{1,15})$/;

/** The trailers stand in the last paragraph, whatever else does. */
const lastParagraph = (message: string): string[] => {
  const lines = message.trimEnd().split('\n');
  const start = lines.findLastIndex((line) => line.trim() === '');
  return lines.slice(start + 1);
};

const listValues = (message: string): { isBypass: boolean; value: string }[] =>
  lastParagraph(message)
    .map((line) => TRAILER.exec(line))
    .filter((match) => match !== null)
    .map(([, key = '', value = '']) => ({
      isBypass: key.toLowerCase() === BYPASS_KEY.toLowerCase(),
      value,
    }));

/** Reads a commit's message. Nothing in it is believed: a name is looked up, and a bypass too. */
export const readTrailers = (message: string): Trailers => {
  const values = listValues(message);
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
