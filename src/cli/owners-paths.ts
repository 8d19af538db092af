import { decodeNames } from '../kit/git.ts';
import { isWithin, trimSlashes } from '../kit/paths.ts';
import { hasFlag, type Words } from './command.ts';
import { parseTypedPath, type Workspace } from './workspace.ts';

/** True where paths come from standard input. */
export const readsInput = (words: Words): boolean =>
  hasFlag(words, 'stdin') || hasFlag(words, 'null');

/** Most names of a listing need no second look. */
const isTidy = (path: string): boolean =>
  !path.startsWith('/') && !/(?:^|\/)(?:\.{0,2}(?:\/|$)|(?:glob|regex):)/.test(path);

const toRepoPath = (workspace: Workspace, typed: string): string => {
  const { prefix } = workspace.repository;
  return isTidy(typed) ? prefix + typed : parseTypedPath(workspace, typed);
};

const LINE_FEED = 0x0a;

/** Paths as they were typed or come in, relative to the repository's top; a directory keeps its slash. */
export const readPaths = (workspace: Workspace, words: Words): string[] => {
  if (!readsInput(words)) return words.positionals.map((typed) => parseTypedPath(workspace, typed));
  const input = workspace.context.readInput();
  // Lines end as NULs do, for whoever's names have no line ends in them.
  const names = hasFlag(words, 'null')
    ? input
    : Buffer.from(input.map((byte) => (byte === LINE_FEED ? 0 : byte)));
  return decodeNames(names).map((typed) => toRepoPath(workspace, typed));
};

/** Of a tree what is given or lies below that; all of it where nothing is given. */
export const selectBelow = (
  workspace: Workspace,
  words: Words,
  tree: readonly string[],
): readonly string[] => {
  const below = readPaths(workspace, words).map((path) => trimSlashes(path === '.' ? '' : path));
  if (below.length === 0) return tree;
  return tree.filter((path) => below.some((above) => isWithin(path, above)));
};
