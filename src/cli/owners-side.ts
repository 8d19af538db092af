import { join } from 'node:path';
import {
  type LoadedOwners,
  listHeadBlobs,
  listTrustedBlobs,
  loadConfig,
  loadOwners,
  POLICY_PATHS,
} from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import { listFiles, listTracked, resolveCommit } from '../kit/git.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { printable } from '../kit/quote.ts';
import { findOwnersPlace, OWNERS_PLACES, parseOwners } from '../owners/index.ts';
import { textOption, type Words } from './command.ts';
import { loadWorkspaceConfig, type Workspace } from './workspace.ts';

/** A CODEOWNERS file with the config and the files that it is held against, all of one commit or of the working tree. */
export type OwnersSide = {
  /** As a sentence names it: `HEAD`, `the working tree`. */
  name: string;
  /** Read when it is asked for: most questions need none. */
  readonly config: Config;
  owners: LoadedOwners;
  /** Repo-relative, in git's order. */
  listTree: () => string[];
};

const noOwners = (name: string): Undecided =>
  new Undecided(
    'base-unknown',
    `${name} has no CODEOWNERS (looked in ${OWNERS_PLACES.join(', ')})`,
    'commit a CODEOWNERS file first',
  );

const once = <T>(read: () => T): (() => T) => {
  let value: { read: T } | undefined;
  return () => {
    value ??= { read: read() };
    return value.read;
  };
};

/** A commit's side, read out of git's objects: the tree that is checked out has no say in it. */
const openTree = (
  { git }: Workspace,
  { treeish, blobs, name }: { treeish: string; blobs: ReadonlyMap<string, string>; name: string },
): OwnersSide => {
  const config = once(() => loadConfig(git, blobs));
  const owners = loadOwners(
    git,
    blobs,
    blobs.has(CONFIG_FILE) ? config().owners.dialect : undefined,
  );
  if (!owners) throw noOwners(name);
  return {
    name,
    owners,
    listTree: () => listFiles(git, treeish),
    get config() {
      return config();
    },
  };
};

/** More than any host reads; a file that is larger still is not worth the memory. */
const MAX_OWNERS = 16 * 1024 * 1024;

const openWorkingTree = (workspace: Workspace): OwnersSide => {
  const { context, git, repository } = workspace;
  const name = 'the working tree';
  const config = loadWorkspaceConfig(workspace);
  const contents = new Map(
    POLICY_PATHS.map((path) => [path, context.files.read(join(repository.top, path), MAX_OWNERS)]),
  );
  const place = findOwnersPlace(
    (path) => contents.get(path)?.kind !== 'gone',
    config.owners.dialect,
  );
  const content = place && contents.get(place.path);
  if (!place || !content || content.kind === 'gone') throw noOwners(name);
  if (content.kind !== 'read') {
    throw new Undecided(
      'base-unknown',
      `${place.path} in the working tree cannot be read: ${content.reason}`,
      'leasehold owners --ref HEAD',
    );
  }
  const owners = { path: place.path, ...parseOwners(content.text, place.dialect) };
  return { name, config, owners, listTree: () => listTracked(git) };
};

const openHead = (workspace: Workspace): OwnersSide => {
  const { git } = workspace;
  const blobs = listHeadBlobs(git);
  if (!blobs) throw noOwners('a branch without commits');
  return openTree(workspace, { treeish: 'HEAD', blobs, name: 'HEAD' });
};

/**
 * The side that a command line asks for: `--ref`, `--worktree`, else HEAD, which is what a commit is judged
 * by; lint is about the file that is being edited, where there is one.
 */
export const openOwnersSide = (workspace: Workspace, words: Words): OwnersSide => {
  const ref = textOption(words, 'ref');
  const isWorktree = words.values.worktree === true;
  const hasTree = workspace.repository.top !== '';
  if (isWorktree && (ref !== undefined || !hasTree)) {
    throw new Undecided(
      'usage',
      hasTree
        ? 'owners takes one of --ref REF, --worktree'
        : 'a bare repository has no working tree',
      'leasehold owners --help',
    );
  }
  if (ref !== undefined) {
    const treeish = resolveCommit(workspace.git, ref);
    const blobs = listTrustedBlobs(workspace.git, treeish);
    return openTree(workspace, { treeish, blobs, name: printable(ref) });
  }
  const isLint = words.values.lint === true && hasTree;
  return isWorktree || isLint ? openWorkingTree(workspace) : openHead(workspace);
};
