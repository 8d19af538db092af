import { Buffer } from 'node:buffer';
import type { DialectName } from './dialect.ts';
import { type OwnersDoubt, type OwnersFile, unnamedSection } from './file.ts';
import { parseGithub } from './github.ts';
import { parseGitlab } from './gitlab.ts';

/** GitHub does not read a file of this many bytes in UTF-8, or more. GitLab says nothing of a limit. */
const MAX_GITHUB_BYTES = 3 * 1024 * 1024;

const BYTE_ORDER_MARK = '\ufeff';

const tooLarge = (): OwnersFile => ({
  dialect: 'github',
  sections: [unnamedSection([])],
  problems: [
    {
      line: 1,
      column: 1,
      kind: 'file-too-large',
      message: `the host does not read a file of ${MAX_GITHUB_BYTES} bytes or more: nobody owns anything`,
    },
  ],
  doubts: [],
});

/** A first line that counts, behind a byte order mark, may count for nothing: its pattern would begin with the mark. */
const findMarkDoubt = ({ sections }: OwnersFile): OwnersDoubt[] => {
  const isRule = sections.some(({ rules }) => rules.some(({ line }) => line === 1));
  if (!isRule) return [];
  const message =
    'the file begins with a byte order mark; a reader that keeps it does not see this line';
  return [{ line: 1, column: 1, kind: 'byte-order-mark', message, readings: [] }];
};

/**
 * Reads the text of a CODEOWNERS file. Never throws: what the host skips is no rule but a problem, and a
 * file that it does not read has no rules and one problem. Whoever has no other question than about a few
 * `paths` gives them: then rules that cover none of these may be left out, though never a problem or a doubt.
 */
export const parseOwners = (
  text: string,
  dialect: DialectName,
  paths?: readonly string[],
): OwnersFile => {
  const hasMark = text.startsWith(BYTE_ORDER_MARK);
  const body = (hasMark ? text.slice(1) : text).replaceAll('\r\n', '\n');
  if (dialect === 'gitlab') return parseGitlab(body.split('\n'));
  if (Buffer.byteLength(text) >= MAX_GITHUB_BYTES) return tooLarge();
  // Whether the mark is doubtful hangs on the first line, whatever it is about.
  const file = parseGithub(body, hasMark ? undefined : paths);
  return hasMark ? { ...file, doubts: [...findMarkDoubt(file), ...file.doubts] } : file;
};
