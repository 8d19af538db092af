import { join } from 'node:path';
import {
  type LoadedOwners,
  listTrustedBlobs,
  loadConfig,
  loadOwners,
  readConfig,
  readHeadBlobs,
} from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import { type Git, listFiles, listTracked, resolveCommit } from '../kit/git.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { printable } from '../kit/quote.ts';
import { type DialectName, findOwnersPlace, parseOwners, placesOf } from '../owners/index.ts';
import { textOption, type Words } from './command.ts';
import type { Workspace } from './workspace.ts';

/** A CODEOWNERS file with the config and the files that it is held against, all of one commit or of the working tree. */
export type OwnersSide = {
  owners: LoadedOwners;
  /** Read when it is asked for: most questions need none. */
  readonly config: Config;
  /** Repo-relative, in git's order; git lists them while the file is read. */
  tree: Promise<string[]>;
};

const noOwners = (name: string, dialect: DialectName | undefined): Undecided =>
  new Undecided(
    'base-unknown',
    `${name} has no CODEOWNERS (looked in ${placesOf(dialect).join(', ')})`,
    'commit a CODEOWNERS file first',
  );

const once = <T>(read: () => T): (() => T) => {
  let value: { read: T } | undefined;
  return () => {
    value ??= { read: read() };
    return value.read;
  };
};

/** Failures of a listing that nobody has asked for yet are no unhandled ones. */
const startListing = (listing: Promise<string[]>): Promise<string[]> => {
  listing.catch(() => undefined);
  return listing;
};

/** What a command line is about. */
type Asked = {
  wantsTree: boolean;
  /** The few paths that it is about; what the file says of others may be left out of `owners`. */
  about: readonly string[] | undefined;
};

/** A commit's side, read out of git's objects: the tree that is checked out has no say in it. */
const openTree = (
  git: Git,
  { treeish, blobs, name }: { treeish: string; blobs: ReadonlyMap<string, string>; name: string },
  { wantsTree, about }: Asked,
): OwnersSide => {
  const tree = startListing(wantsTree ? listFiles(git, treeish) : Promise.resolve([]));
  const config = once(() => loadConfig(git, blobs));
  const dialect = blobs.has(CONFIG_FILE) ? config().owners.dialect : undefined;
  const owners = loadOwners(git, blobs, dialect, about);
  if (!owners) throw noOwners(name, dialect);
  return {
    owners,
    tree,
    get config() {
      return config();
    },
  };
};

/** More than any host reads; a file that is larger still is not worth the memory. */
const MAX_FILE = 16 * 1024 * 1024;

const hasWorkingFile = ({ context, repository }: Workspace, path: string): boolean =>
  context.isFile(join(repository.top, path));

/** A file of the working tree, where a commit would have one: a link or a directory is none. */
const readWorkingFile = (workspace: Workspace, path: string): string | undefined => {
  if (!hasWorkingFile(workspace, path)) return undefined;
  const { context, repository } = workspace;
  const content = context.files.read(join(repository.top, path), MAX_FILE);
  if (content.kind === 'read') return content.text;
  if (content.kind === 'gone') return undefined;
  throw new Undecided(
    'base-unknown',
    `${path} in the working tree cannot be read: ${content.reason}`,
    'leasehold owners --lint --ref HEAD',
  );
};

const WORKING_TREE = 'the working tree';

const readWorkingConfig = (workspace: Workspace): Config => {
  const text = readWorkingFile(workspace, CONFIG_FILE);
  return text === undefined
    ? loadConfig(workspace.git, undefined)
    : readConfig(text, `${CONFIG_FILE} in ${WORKING_TREE}`);
};

const openWorkingTree = (workspace: Workspace, { wantsTree, about }: Asked): OwnersSide => {
  const tree = startListing(wantsTree ? listTracked(workspace.git) : Promise.resolve([]));
  const config = readWorkingConfig(workspace);
  const { dialect } = config.owners;
  const place = findOwnersPlace((path) => hasWorkingFile(workspace, path), dialect);
  const text = place && readWorkingFile(workspace, place.path);
  if (!place || text === undefined) throw noOwners(WORKING_TREE, dialect);
  return { owners: { path: place.path, ...parseOwners(text, place.dialect, about) }, config, tree };
};

const openHead = (workspace: Workspace, asked: Asked): OwnersSide => {
  const { git, blobs } = readHeadBlobs(workspace.git);
  if (!blobs) throw noOwners('a branch without commits', undefined);
  return openTree(git, { treeish: 'HEAD', blobs, name: 'HEAD' }, asked);
};

const assertOneSide = (ref: string | undefined, isWorktree: boolean, hasTree: boolean): void => {
  if (!isWorktree || (ref === undefined && hasTree)) return;
  throw new Undecided(
    'usage',
    hasTree ? 'owners takes one of --ref REF, --worktree' : 'a bare repository has no working tree',
    'leasehold owners --help',
  );
};

/**
 * The side that a command line asks for: `--ref`, `--worktree`, else HEAD, which is what a commit is judged
 * by; lint is about the file that is being edited, where there is one.
 */
export const openOwnersSide = (workspace: Workspace, words: Words, asked: Asked): OwnersSide => {
  const ref = textOption(words, 'ref');
  const isWorktree = words.values.worktree === true;
  const hasTree = workspace.repository.top !== '';
  assertOneSide(ref, isWorktree, hasTree);
  if (ref !== undefined) {
    const treeish = resolveCommit(workspace.git, ref);
    const blobs = listTrustedBlobs(workspace.git, treeish);
    return openTree(workspace.git, { treeish, blobs, name: printable(ref) }, asked);
  }
  const isLint = words.values.lint === true && hasTree;
  return isWorktree || isLint ? openWorkingTree(workspace, asked) : openHead(workspace, asked);
};
