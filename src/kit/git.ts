import { isUtf8 } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { runAside } from './child.ts';
import { Undecided } from './errors.ts';
import { explainNoRepository } from './no-repository.ts';
import { parseBatch, pickFiles, type TreeFiles } from './objects.ts';
import { decodePath } from './paths.ts';
import { printable } from './quote.ts';

/** How one git process ended. */
export type GitResult = { code: number; stdout: Buffer; stderr: string };

/** git in one directory. Arguments never pass a shell; the environment of a hook is passed on whole. */
export type Git = {
  /** Runs and reports; only a git that cannot be started throws. */
  run(args: readonly string[], input?: string | Uint8Array): GitResult;
  /** Standard output; a non-zero exit code throws `Undecided` (`git-failed`). */
  read(args: readonly string[], input?: string | Uint8Array): Buffer;
  /** The same of a git that runs while we do something else. */
  start(args: readonly string[]): Promise<Buffer>;
  /** Texts of blobs that it has told already, by id. */
  texts?: ReadonlyMap<string, string>;
};

/**
 * `LC_ALL=C` keeps git's words stable; a blob that a partial clone lacks is reported missing rather than
 * fetched over the network in the middle of a commit; a replacement (`git replace`) or a graft never passes
 * for what is committed or pushed; and how the user's git reads pathspecs
 * (`git --glob-pathspecs commit`) is not how ours are meant.
 */
const OWN_ENVIRONMENT: NodeJS.ProcessEnv = {
  LC_ALL: 'C',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_GRAFT_FILE: '/dev/null',
  GIT_GLOB_PATHSPECS: undefined,
  GIT_NOGLOB_PATHSPECS: undefined,
  GIT_ICASE_PATHSPECS: undefined,
  GIT_LITERAL_PATHSPECS: undefined,
};

const MAX_OUTPUT = 1024 * 1024 * 1024;

const startFailure = (directory: string, error: NodeJS.ErrnoException): Undecided =>
  new Undecided(
    'git-failed',
    `git could not be run in ${directory} (${error.code ?? error.message})`,
    'git --version',
    error,
  );

const exitFailure = (args: readonly string[], result: GitResult): Undecided => {
  const said = result.stderr.trim().split('\n').at(-1) ?? '';
  return new Undecided(
    'git-failed',
    `git ${args[0]} ended with ${result.code}${said === '' ? '' : `: ${said}`}`,
    'git status',
  );
};

/** A git that ended before it had read its input: its exit code tells why. */
const isUnread = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE';

/** git, run in `directory`. */
export const createGit = (
  directory: string,
  env: NodeJS.ProcessEnv,
  own: NodeJS.ProcessEnv = OWN_ENVIRONMENT,
): Git => {
  const run: Git['run'] = (args, input) => {
    const child = spawnSync('git', args, {
      cwd: directory,
      env: { ...env, ...own },
      input: input ?? '',
      maxBuffer: MAX_OUTPUT,
    });
    if (child.error && !isUnread(child.error)) throw startFailure(directory, child.error);
    // A git that a signal ended has no exit code, and has not answered.
    return { code: child.status ?? 255, stdout: child.stdout, stderr: child.stderr.toString() };
  };
  const read: Git['read'] = (args, input) => {
    const result = run(args, input);
    if (result.code !== 0) throw exitFailure(args, result);
    return result.stdout;
  };
  const start: Git['start'] = async (args) => {
    const settings = { cwd: directory, env: { ...env, ...own } };
    const ended = await runAside('git', args, settings);
    // Its own words are asked for only where there are any.
    return ended?.code === 0 ? ended.output : read(args);
  };
  return { run, read, start };
};

/** An environment without what a hook's git says of its own repository: for another worktree than that. */
export const leaveRepository = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...env,
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_COMMON_DIR: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_PREFIX: undefined,
});

/** git in another worktree, for what a user would do there by hand: it may fetch what a partial clone lacks. */
export const createGitElsewhere = (directory: string, env: NodeJS.ProcessEnv): Git =>
  createGit(directory, leaveRepository(env), { LC_ALL: 'C' });

/**
 * Where a repository is: absolute paths; `top` and `prefix` are empty in a bare one, `hooks` (where git
 * looks for them) where git cannot say. `head` is the commit that HEAD was at; undefined where there was none, or
 * git did not say.
 */
export type Repository = Record<'commonDir' | 'gitDir' | 'top' | 'prefix' | 'hooks', string> & {
  head?: string | undefined;
};

const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Whether a text is the whole id of an object. */
export const isObjectId = (text: string): boolean => OBJECT_ID.test(text);

/** Finds the repository of git's directory; throws `Undecided` (`not-a-repository`, `git-failed`). */
export const findRepository = (git: Git): Repository => {
  const ask = (...flags: string[]): string[] | undefined => {
    const result = git.run(['rev-parse', '--path-format=absolute', ...flags]);
    return result.code === 0 ? result.stdout.toString().split('\n') : undefined;
  };
  const places = ['--git-common-dir', '--git-dir', '--show-toplevel', '--show-prefix'];
  // git has no answer to the last one where `core.hooksPath` is empty.
  const tree = ask(...places, '--git-path', 'hooks', '--revs-only', 'HEAD') ?? ask(...places);
  if (tree) {
    const [commonDir = '', gitDir = '', top = '', prefix = '', hooks = '', head = ''] = tree;
    const found = isObjectId(head) ? { head } : {};
    return { commonDir, gitDir, top, prefix, hooks, ...found };
  }
  const bare = git.run(['rev-parse', '--path-format=absolute', '--git-common-dir', '--git-dir']);
  if (bare.code !== 0) throw explainNoRepository(bare.stderr) ?? exitFailure(['rev-parse'], bare);
  const [commonDir = '', gitDir = ''] = bare.stdout.toString().split('\n');
  return { commonDir, gitDir, top: '', prefix: '', hooks: '' };
};

/**
 * HEAD's commit id; undefined on an unborn branch. A HEAD that git cannot read is neither: `rev-parse`
 * names the id without looking for the object, so whoever reads it next says what is wrong.
 */
export const readHeadId = (git: Git): string | undefined => {
  const id = readLine(git, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  if (id !== undefined) return id;
  // Only an unborn branch is a name without an id; a git that fails altogether fails here too.
  const name = git.read(['symbolic-ref', '--quiet', 'HEAD']).toString().trim();
  if (git.read(['for-each-ref', '--format=%(objectname)', name]).length === 0) return undefined;
  throw new Undecided('git-failed', `git could not tell at which commit ${name} is`, 'git status');
};

/** One line of git's output, or undefined where git ended with an error (an unset key, a missing ref). */
export const readLine = (git: Git, args: readonly string[]): string | undefined => {
  const result = git.run(args);
  return result.code === 0 ? result.stdout.toString().replace(/\n$/, '') : undefined;
};

/**
 * A user's revision as a commit id, so that no text of theirs is read as an option; throws `Undecided`
 * (`base-unknown`) where git knows none.
 */
export const resolveCommit = (git: Git, revision: string): string => {
  const id = readLine(git, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  ]);
  if (id !== undefined) return id;
  const isShallow = readLine(git, ['rev-parse', '--is-shallow-repository']) === 'true';
  throw new Undecided(
    'base-unknown',
    `git knows no commit ${printable(revision)}`,
    isShallow ? 'git fetch --unshallow' : 'git fetch',
  );
};

/**
 * The blob ids of those of `paths` that are files in the tree `treeish`; undefined where git does not
 * know it. It reads trees alone, so it answers in a partial clone too.
 */
export const listBlobs = (
  git: Git,
  treeish: string,
  paths: readonly string[],
): Map<string, string> | undefined => {
  const result = git.run(['ls-tree', '-z', '--full-tree', treeish, '--', ...paths]);
  return result.code === 0 ? parseTree(result.stdout.toString()) : undefined;
};

/** The paths whose entries differ between two commits or trees, in their modes too; deletions and all. */
export const listDifferent = (git: Git, from: string, to: string): Set<string> => {
  const flags = ['-r', '-z', '--name-only', '--no-renames', '--no-ext-diff'];
  const words = ['diff-tree', ...flags, '--ignore-submodules=none', from, to, '--'];
  return new Set(decodeNames(git.read(words)));
};

/** `ls-tree -z` as path → blob id; links, submodules and directories are left out. */
export const parseTree = (output: string): Map<string, string> =>
  new Map(
    output
      .split('\0')
      .map((entry) => /^100\d{3} blob ([0-9a-f]+)\t(.*)$/s.exec(entry))
      .filter((match) => match !== null)
      .map((match) => [match[2] ?? '', match[1] ?? '']),
  );

/**
 * The same with their texts, in one question. The paths' directories lie at the top. Undefined where git does
 * not know the tree, or this clone lacks a part of it.
 */
export const readFiles = (
  git: Git,
  treeish: string,
  paths: readonly string[],
): TreeFiles | undefined => {
  const trees = paths.map((path) => dirname(path)).filter((directory) => directory !== '.');
  const names = [...new Set(['', ...trees, ...paths])];
  const questions = names.map((name) => `${treeish}:${name}\n`);
  const { code, stdout } = git.run(['cat-file', '--batch'], questions.join(''));
  if (code !== 0) return undefined;
  const objects = parseBatch(stdout);
  return pickFiles(new Map(names.map((name, at) => [name, objects[at]])), paths);
};

/** The files of a tree, submodules and links included, as git names them. */
export const listFiles = async (git: Git, treeish: string): Promise<string[]> =>
  decodeNames(await git.start(['ls-tree', '-r', '-z', '--name-only', '--full-tree', treeish]));

/** The files of the index, whatever the current directory; one in conflict is there several times, and told once. */
export const listTracked = async (git: Git): Promise<string[]> => [
  ...new Set(decodeNames(await git.start(['ls-files', '-z', '--full-name', '--', ':/']))),
];

/** Names that end with NUL each, as git prints them with `-z`, or a program that lists files with `-0`. */
export const decodeNames = (output: Buffer): string[] => {
  // One decoding for all of them, where no name has bytes of its own kind.
  const names = isUtf8(output) ? output.toString().split('\0') : splitNames(output);
  if (names.at(-1) === '') names.pop();
  return names.includes('') ? names.filter((name) => name !== '') : names;
};

const splitNames = (output: Buffer): string[] => {
  const names: string[] = [];
  for (let start = 0; start < output.length; ) {
    const end = output.indexOf(0, start);
    const stop = end === -1 ? output.length : end;
    names.push(decodePath(output.subarray(start, stop)));
    start = stop + 1;
  }
  return names;
};

/** One blob's text by its id; a blob that is not in this clone throws `Undecided`. */
export const readBlob = (git: Git, id: string): string => {
  const text = git.texts?.get(id);
  if (text !== undefined) return text;
  const result = git.run(['cat-file', 'blob', id]);
  if (result.code === 0) return result.stdout.toString('utf8');
  throw new Undecided(
    'git-failed',
    `git does not have the blob ${id}, which the verdict needs`,
    'git fetch --refetch --no-filter',
  );
};

/** The committer's e-mail, as git would write it into a commit now; undefined where git has none. */
export const readCommitterEmail = (git: Git): string | undefined => {
  const ident = readLine(git, ['var', 'GIT_COMMITTER_IDENT']);
  return ident === undefined ? undefined : parseIdentEmail(ident);
};

/** The e-mail in `Name <e-mail> 1700000000 +0000`; undefined where it is empty. */
export const parseIdentEmail = (ident: string): string | undefined => {
  const email = /<([^>]*)>/.exec(ident)?.[1]?.trim();
  return email === '' ? undefined : email;
};
