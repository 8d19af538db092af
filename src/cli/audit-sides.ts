import {
  type BlobTexts,
  openIndex,
  openWorkingTree,
  type Trailer,
  type Tree,
} from '../exports/index.ts';
import { Undecided } from '../kit/errors.ts';
import { type Git, readHeadId, resolveCommit } from '../kit/git.ts';
import { printable } from '../kit/quote.ts';
import {
  findDefaultBranch,
  findParting,
  openSide,
  openTexts,
  readTrailers,
  type Side,
} from './audit-base.ts';
import { hasFlag, textOption, type Words } from './command.ts';
import type { Workspace } from './workspace.ts';

/** What is held against what. */
export type AuditSides = {
  head: Tree;
  /** `the working tree`, or the commit. */
  name: string;
  /** What is new is new against each of them; none for a full scan. */
  bases: readonly Side[];
  /** What became of the names, as the commits between say. */
  readTrailers: () => readonly Trailer[];
  stage: 'work' | 'range';
};

/** Larger files are no sources. */
const MAX_SOURCE = 64 * 1024 * 1024;

const readWorkingFile =
  ({ context, repository }: Workspace) =>
  (path: string): string | undefined => {
    const content = context.files.read(`${repository.top}/${path}`, MAX_SOURCE);
    return content.kind === 'read' ? content.text : undefined;
  };

const openHead = (workspace: Workspace, words: Words, texts: BlobTexts): Tree => {
  const { git, repository } = workspace;
  if (hasFlag(words, 'staged')) return openIndex(git, texts);
  if (repository.top !== '') {
    const tree = openWorkingTree(git, readWorkingFile(workspace));
    if (texts.kept !== undefined || !hasFlag(words, 'all')) return tree;
    // An id is a sum of the whole text; where nothing is kept or compared nobody knows a text by it.
    const { read, list } = tree;
    return { read, list };
  }
  throw new Undecided(
    'usage',
    'a bare repository has no working tree to audit',
    'leasehold audit --range A..B',
  );
};

const findStart = (git: Git, head: string, other: string, what: string): string => {
  const base = findParting(git, other, [head], `HEAD and ${what}`);
  if (base !== undefined) return base;
  throw new Undecided(
    'base-unknown',
    `HEAD and ${what} have no common commit`,
    'leasehold audit --base COMMIT',
  );
};

/** Where this branch parted from the default one; HEAD where there is no other. */
const findDefaultBase = (git: Git, head: string, configured: string | undefined): string => {
  const branch = findDefaultBranch(git, 'origin', configured);
  return branch === undefined ? head : findStart(git, head, branch, 'the default branch');
};

/** What is new is new against this commit; undefined in a full scan, and before the first commit. */
const findBase = (
  { git }: Workspace,
  words: Words,
  head: string | undefined,
  readConfiguredBase: () => string | undefined,
): string | undefined => {
  if (hasFlag(words, 'all')) return undefined;
  const named = textOption(words, 'base');
  if (named !== undefined) {
    return findStart(git, head ?? 'HEAD', resolveCommit(git, named), printable(named));
  }
  return head === undefined ? undefined : findDefaultBase(git, head, readConfiguredBase());
};

/**
 * The trees that a command line asks for, where it is about work that is still being done.
 * `readConfiguredBase` is `guard.base` of the config that it goes by.
 */
export const openAuditSides = (
  workspace: Workspace,
  words: Words,
  readConfiguredBase: () => string | undefined,
): AuditSides => {
  const { git, repository } = workspace;
  const texts = openTexts(workspace);
  const tree = openHead(workspace, words, texts);
  const head = hasFlag(words, 'all') ? undefined : (repository.head ?? readHeadId(git));
  const base = findBase(workspace, words, head, readConfiguredBase);
  return {
    head: tree,
    name: hasFlag(words, 'staged') ? 'the index' : 'the working tree',
    bases: base === undefined ? [] : [openSide(git, base, texts)],
    readTrailers: () => (base === undefined ? [] : readTrailers(git, base, [head ?? 'HEAD'])),
    stage: 'work',
  };
};

const misused = (message: string): Undecided =>
  new Undecided('usage', message, 'leasehold audit --help');

/** Throws where the words of an audit do not go together. */
export const assertAuditWords = (words: Words): void => {
  const range = textOption(words, 'range');
  const others = ['staged', 'base', 'all'].filter((name) => words.values[name] !== undefined);
  if (words.positionals.length > 0)
    throw misused('audit takes no PATH: entries come from the config, or are found');
  if (range !== undefined && others.length > 0) {
    throw misused(`--range has both sides in it, and goes without --${others[0]}`);
  }
  if (hasFlag(words, 'all') && textOption(words, 'base') !== undefined) {
    throw misused('--all is held against nothing, and goes without --base');
  }
  if (hasFlag(words, 'write-baseline') && !hasFlag(words, 'all')) {
    throw misused('--write-baseline is of everything, and goes with --all');
  }
  if (textOption(words, 'claims') !== undefined && range === undefined) {
    throw misused('--claims is of a pull request, and goes with --range');
  }
};
