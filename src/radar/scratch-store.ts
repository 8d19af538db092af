import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { createGit, type Git, type GitResult } from '../kit/git.ts';
import { encodeBytes } from '../kit/quote.ts';
import { type Merge, parseMerge, parseMerges } from './merge.ts';
import type { Worktree } from './party.ts';
import { withObjectsIn, withoutPrograms, withSettings } from './quiet.ts';

/** Where trees, commits and merges can be made that nobody will find afterwards. */
export type Scratch = {
  /** The tree that a worktree would have with these of its paths committed as they lie there. */
  writeTree(worktree: Worktree, paths: readonly string[], keys: readonly string[]): string;
  /** Commits of these trees and parents, in order. */
  writeCommits(commits: readonly { tree: string; parents: readonly string[] }[]): string[];
  /** What each pair of commits would merge to; undefined where this git cannot tell (before 2.38). */
  merge(pairs: readonly (readonly [string, string])[]): Merge[] | undefined;
  /** git with all of these objects. */
  git: Git;
};

/** A copy of a worktree's index, with its time: git takes a file that is newer than its index for changed. */
const copyIndex = (gitDir: string, copy: string): void => {
  const index = join(gitDir, 'index');
  try {
    const { atime, mtime } = statSync(index);
    copyFileSync(index, copy);
    utimesSync(copy, atime, mtime);
  } catch (error) {
    // A worktree without an index has nothing staged.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
};

const encodeNames = (paths: readonly string[]): Buffer =>
  Buffer.from(paths.flatMap((path) => [...encodeBytes(path), 0]));

const DATE = '0 +0000';
const NOBODY = `leasehold <leasehold@localhost> ${DATE}`;

const commitText = (tree: string, parents: readonly string[]): string =>
  [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${NOBODY}`,
    `committer ${NOBODY}`,
    '',
    'radar',
    '',
  ].join('\n');

/** How git ends that does not know an option. */
const USAGE = 129;
const MERGE_TREE = ['merge-tree', '--write-tree', '-z', '--name-only'];

const explain = ({ code, stderr }: GitResult): Merge => {
  const said = stderr.trim().split('\n').at(-1) ?? '';
  const isUnrelated = said.includes('unrelated histories');
  const reason = said === '' ? `git merge-tree ended with ${code}` : said.replace(/^fatal: /, '');
  return { kind: 'failed', reason, isUnrelated };
};

type Pair = readonly [string, string];

/** One process for all; where it dies at one of them, another one for those behind. */
const mergeTogether = (git: Git, pairs: readonly Pair[]): Merge[] | undefined => {
  const merges: Merge[] = [];
  while (merges.length < pairs.length) {
    const rest = pairs.slice(merges.length);
    const lines = rest.map(([one, other]) => `${one} ${other}\n`).join('');
    const result = git.run([...MERGE_TREE, '--stdin'], lines);
    if (result.code === USAGE) return undefined;
    const done = parseMerges(result.stdout);
    merges.push(...done);
    if (done.length < rest.length) merges.push(explain(result));
  }
  return merges;
};

/** git 2.38 takes one merge a process; older ones take `--write-tree` for the name of a tree. */
const mergeOneByOne = (git: Git, pairs: readonly Pair[]): Merge[] | undefined => {
  const merges: Merge[] = [];
  for (const pair of pairs) {
    const result = git.run([...MERGE_TREE, ...pair]);
    if (result.code === USAGE) return undefined;
    const answered = result.code === 0 || result.code === 1;
    const merge = answered ? parseMerge(result.stdout, result.code === 0) : undefined;
    merges.push(merge ?? explain(result));
  }
  return merges;
};

const createScratch = (
  directory: string,
  at: { cwd: string; objects: string; env: NodeJS.ProcessEnv; keys: readonly string[] },
): Scratch => {
  const env = withObjectsIn(at.env, join(directory, 'objects'), at.objects);
  const git = createGit(at.cwd, withSettings(env, withoutPrograms(at.keys)));
  let count = 0;
  const nextPath = (): string => {
    count += 1;
    return join(directory, String(count));
  };
  return {
    git,
    writeTree: ({ path, gitDir }, paths, keys) => {
      const index = nextPath();
      copyIndex(gitDir, index);
      const settings = withSettings(env, withoutPrograms(keys));
      const own = createGit(path, { ...settings, GIT_INDEX_FILE: index });
      own.read(
        ['update-index', '-z', '--add', '--remove', '--replace', '--stdin'],
        encodeNames(paths),
      );
      return own.read(['write-tree']).toString().trim();
    },
    writeCommits: (commits) => {
      if (commits.length === 0) return [];
      const paths = commits.map(({ tree, parents }) => {
        const path = nextPath();
        writeFileSync(path, commitText(tree, parents));
        return path;
      });
      const words = ['hash-object', '-w', '-t', 'commit', '--no-filters', '--stdin-paths'];
      return git
        .read(words, `${paths.join('\n')}\n`)
        .toString()
        .split('\n')
        .filter(Boolean);
    },
    merge: (pairs) => mergeTogether(git, pairs) ?? mergeOneByOne(git, pairs),
  };
};

const makeDirectory = (): string => {
  try {
    const directory = mkdtempSync(join(tmpdir(), 'leasehold-radar-'));
    mkdirSync(join(directory, 'objects'));
    return directory;
  } catch (error) {
    throw new Undecided(
      'git-failed',
      `no temporary directory can be made in ${tmpdir()} (${(error as NodeJS.ErrnoException).code})`,
      'export TMPDIR=DIRECTORY',
      error,
    );
  }
};

/**
 * Runs `use` with a place of its own in the system's temporary directory, readable by this user alone, and
 * takes it away again. `objects` is where git's own objects are; `keys` are those of its config.
 */
export const withScratch = async <T>(
  at: { cwd: string; objects: string; env: NodeJS.ProcessEnv; keys: readonly string[] },
  use: (scratch: Scratch) => T | Promise<T>,
): Promise<T> => {
  const directory = makeDirectory();
  try {
    return await use(createScratch(directory, at));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
