import { decodeNames } from '../kit/git.ts';
import { isWithin, trimSlashes } from '../kit/paths.ts';
import { hasFlag, type Words } from './command.ts';
import { parseTypedPath } from './typed.ts';
import type { Workspace } from './workspace.ts';

/** True where paths come from standard input. */
export const readsInput = (words: Words): boolean =>
  hasFlag(words, 'stdin') || hasFlag(words, 'null');

/** What in a list of names, each ended and the first begun by NUL, makes one of them worth a second look. */
const UNTIDY = /[/\0](?:\.{0,2}[/\0]|(?:glob|regex):)/;

const toRepoPath = (workspace: Workspace, typed: string): string =>
  UNTIDY.test(`\0${typed}\0`)
    ? parseTypedPath(workspace, typed)
    : workspace.repository.prefix + typed;

const LINE_FEED = 0x0a;

/** Names as they come in, relative to the repository's top; a directory keeps its slash. */
const decodePaths = (workspace: Workspace, words: Words, input: Buffer): string[] => {
  // Lines end as NULs do, for whoever's names have no line ends in them.
  const names = hasFlag(words, 'null')
    ? input
    : Buffer.from(input.map((byte) => (byte === LINE_FEED ? 0 : byte)));
  const typed = decodeNames(names);
  // Whole listings need no second look, and joined they are looked at at once.
  const isTidy = !UNTIDY.test(`\0${typed.join('\0')}\0`);
  if (isTidy && workspace.repository.prefix === '') return typed;
  return typed.map((name) => toRepoPath(workspace, name));
};

/** Up to how many paths are few: the index of a whole tree does not pay for itself. */
const FEW = 200;

/** Paths relative to the repository's top; `few` are all of them, where they are few. */
export type AskedPaths = { few: string[] | null; all: Promise<string[]> };

const toAsked = (paths: string[]): AskedPaths => ({
  few: paths.length > FEW ? null : paths,
  all: Promise.resolve(paths),
});

/** Paths as they were typed, or as they come in, which may take a while. */
export const startPaths = (workspace: Workspace, words: Words): AskedPaths => {
  if (!readsInput(words)) {
    return toAsked(words.positionals.map((typed) => parseTypedPath(workspace, typed)));
  }
  const { first, rest } = workspace.context.startInput();
  const decode = (input: Buffer): string[] => decodePaths(workspace, words, input);
  if (rest === null) return toAsked(decode(first));
  const all = rest.then((more) => decode(Buffer.concat([first, more])));
  // A failure that nobody waits for any more is told with the one that came first.
  all.catch(() => undefined);
  return { few: null, all };
};

/** Of a tree what is given or lies below that; all of it where nothing is given. */
export const selectBelow = (
  workspace: Workspace,
  words: Words,
  tree: readonly string[],
): readonly string[] => {
  const below = words.positionals
    .map((typed) => parseTypedPath(workspace, typed))
    .map((path) => trimSlashes(path === '.' ? '' : path));
  if (below.length === 0) return tree;
  return tree.filter((path) => below.some((above) => isWithin(path, above)));
};
