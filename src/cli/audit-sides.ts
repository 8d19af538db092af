import { join } from 'node:path';
import {
  type BlobTexts,
  openCommit,
  openIndex,
  openWorkingTree,
  parseTrailers,
  type Trailer,
  type Tree,
} from '../exports/index.ts';
import { findBase, readConfiguredBase } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { type Git, readHeadId, readLine, resolveCommit } from '../kit/git.ts';
import { printable } from '../kit/quote.ts';
import { hasFlag, textOption, type Words } from './command.ts';
import { gateContext } from './gate-context.ts';
import { parseRange, resolveRange } from './range.ts';
import type { Workspace } from './workspace.ts';

/** What is held against what. */
export type AuditSides = {
  head: Tree;
  /** `the working tree`, or the commit. */
  name: string;
  /** Null for a full scan. */
  base: { tree: Tree; commit: string } | null;
  /** The commit whose config counts; undefined for what counts here. */
  trusted: string | undefined;
  /** What became of the names, as the commits between say. */
  trailers: readonly Trailer[];
  stage: 'work' | 'range';
};

/** Larger files are no sources. */
const MAX_SOURCE = 64 * 1024 * 1024;

const readWorkingFile =
  ({ context, repository }: Workspace) =>
  (path: string): string | undefined => {
    const content = context.files.read(join(repository.top, path), MAX_SOURCE);
    return content.kind === 'read' ? content.text : undefined;
  };

const openHead = (workspace: Workspace, words: Words, texts: BlobTexts): Tree => {
  const { git, repository } = workspace;
  if (hasFlag(words, 'staged')) return openIndex(git, texts);
  if (repository.top !== '') return openWorkingTree(git, readWorkingFile(workspace));
  throw new Undecided(
    'usage',
    'a bare repository has no working tree to audit',
    'leasehold audit --range A..B',
  );
};

/** The branches that others start from where no remote says which one it is. */
const USUAL = ['main', 'master'];

const findLocalBase = (git: Git): string | undefined =>
  USUAL.map((name) =>
    readLine(git, ['rev-parse', '--verify', '--quiet', `refs/heads/${name}^{commit}`]),
  ).find((commit) => commit !== undefined);

const noMergeBase = (git: Git, what: string): Undecided => {
  const isShallow = readLine(git, ['rev-parse', '--is-shallow-repository']) === 'true';
  return isShallow
    ? new Undecided(
        'base-unknown',
        `this clone is shallow: where HEAD and ${what} parted is not in it`,
        'git fetch --unshallow',
      )
    : new Undecided(
        'base-unknown',
        `HEAD and ${what} have no common commit`,
        'leasehold audit --base COMMIT',
      );
};

const findMergeBase = (git: Git, commit: string, what: string): string => {
  const base = readLine(git, ['merge-base', 'HEAD', commit]);
  if (base === undefined) throw noMergeBase(git, what);
  return base;
};

/** Where this branch parted from the default one; HEAD where there is no other; undefined before the first commit. */
const findDefaultBase = (workspace: Workspace): string | undefined => {
  const { git } = workspace;
  const head = readHeadId(git);
  if (head === undefined) return undefined;
  const configured = readConfiguredBase(gateContext(workspace, undefined));
  const branch = findBase(git, 'origin', configured) ?? findLocalBase(git);
  return branch === undefined ? head : findMergeBase(git, branch, 'the default branch');
};

const readTrailers = (git: Git, base: string, head: string): Trailer[] => {
  const format = '--format=%(trailers:key=Export-Removed,valueonly,unfold)';
  const range = [head, `^${base}`];
  const said = git.read(['log', '--no-show-signature', format, ...range, '--']).toString();
  return parseTrailers(said.split('\n'));
};

const openWork = (workspace: Workspace, words: Words): AuditSides => {
  const { git } = workspace;
  const texts: BlobTexts = new Map();
  const head = openHead(workspace, words, texts);
  const named = textOption(words, 'base');
  const base = hasFlag(words, 'all')
    ? undefined
    : named === undefined
      ? findDefaultBase(workspace)
      : findMergeBase(git, resolveCommit(git, named), printable(named));
  return {
    head,
    name: hasFlag(words, 'staged') ? 'the index' : 'the working tree',
    base: base === undefined ? null : { tree: openCommit(git, base, texts), commit: base },
    trusted: undefined,
    trailers: base === undefined ? [] : readTrailers(git, base, 'HEAD'),
    stage: 'work',
  };
};

/** A range as a pull request is: what B has since it parted from A, by A's config. */
export const openRange = (workspace: Workspace, range: string): AuditSides => {
  const { git } = workspace;
  const { target } = resolveRange(workspace, range);
  const tip = resolveCommit(git, parseRange(range).to);
  const base = readLine(git, ['merge-base', target, tip]) ?? target;
  const texts: BlobTexts = new Map();
  return {
    head: openCommit(git, tip, texts),
    name: tip.slice(0, 10),
    base: { tree: openCommit(git, base, texts), commit: base },
    trusted: target,
    trailers: readTrailers(git, base, tip),
    stage: 'range',
  };
};

const misused = (message: string): Undecided =>
  new Undecided('usage', message, 'leasehold audit --help');

/** The trees that a command line asks for. */
export const openAuditSides = (workspace: Workspace, words: Words): AuditSides => {
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
  return range === undefined ? openWork(workspace, words) : openRange(workspace, range);
};
