import { join } from 'node:path';
import { type BoundedEnd, runBounded } from '../kit/child.ts';
import { Undecided } from '../kit/errors.ts';
import type { FileReader } from '../kit/files.ts';
import { decodeNames, type Git } from '../kit/git.ts';
import { printable } from '../kit/quote.ts';
import type { LedgerRepository, Pushed } from './ledger-repository.ts';

/** Where the ledger of a team is: a ref of one of the clone's remotes. `maxStale` in milliseconds. */
export type LedgerPlace = { ref: string; remote: string | undefined; maxStale: number };

/** The clone that it is looked at from. */
export type RepositorySite = {
  git: Git;
  /** Where git's commands run: the top of the worktree, for a remote's path may be relative to it. */
  top: string;
  commonDir: string;
  env: NodeJS.ProcessEnv;
  files: FileReader;
};

/**
 * What the user's own settings must not bring into a push or a fetch of the ledger: hooks, signatures, other
 * refs and repositories, housekeeping. How the remote is reached is theirs: credentials, proxies, ssh.
 */
const OWN_SETTINGS = [
  'core.bare=true',
  'core.hooksPath=/dev/null',
  'push.gpgSign=false',
  'push.pushOption=',
  'push.recurseSubmodules=no',
  'fetch.recurseSubmodules=false',
  'fetch.writeCommitGraph=false',
  'transfer.fsckObjects=true',
  'gc.auto=0',
  'maintenance.auto=false',
  'advice.pushUpdateRejected=false',
];

type Remote = { name: string; url: string };

const listRemotes = (git: Git): Remote[] => {
  const asked = git.run(['config', '--null', '--get-regexp', '^remote\\..*\\.url$']);
  return decodeNames(asked.stdout).map((entry) => {
    const end = entry.indexOf('\n');
    return { name: entry.slice('remote.'.length, end - '.url'.length), url: entry.slice(end + 1) };
  });
};

/** The remote: the configured one, else `origin`, else the only one; `Undecided` where there is none. */
const findRemote = (git: Git, configured: string | undefined): Remote => {
  const remotes = listRemotes(git);
  const names = new Set(remotes.map(({ name }) => name));
  const wanted = configured ?? (names.size === 1 ? remotes[0]?.name : 'origin');
  // A name alone, and one that the clone knows: text of the config must not become an address to run.
  const found = remotes.find(({ name }) => name === wanted);
  if (found) return found;
  const problem =
    configured === undefined
      ? 'the locks are kept in a ref of a remote, and nothing says of which one'
      : `the locks are kept in a ref of the remote ${printable(configured)}, which this clone does not have`;
  throw new Undecided(
    'remote-unreachable',
    problem,
    configured === undefined
      ? 'git remote add origin URL, or name one: locks.remote in leasehold.config.json'
      : `git remote add ${printable(configured)} URL`,
  );
};

/** What git said last that is worth a user's reading. */
const lastWords = ({ code, stderr }: BoundedEnd): string => {
  if (code === undefined) return 'it took too long';
  // What ends with a colon is told to its end in the next line.
  const lines = stderr
    .replace(/:\n(?=.)/g, ': ')
    .split('\n')
    .map((line) => line.trim());
  // What ssh has to say stands before this, and says why.
  const told = lines
    .filter((line) => /^(?:fatal|error|remote|ssh|.*: )/.test(line))
    .filter((line, _, { length }) => length === 1 || !/Could not read from remote rep/.test(line));
  const fatal = told.find((line) => /^(?:fatal|error): /.test(line)) ?? told.at(-1) ?? lines[0];
  return fatal === undefined || fatal === '' ? `git ended with ${code}` : fatal;
};

/** What git's report of a push says of a ref: `<flag>\t<from>:<to>\t<summary>`. */
const findReport = (stdout: string, ref: string): { flag: string; words: string } | undefined =>
  stdout
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([, names = '']) => names.endsWith(`:${ref}`))
    .map(([flag = '', , words = '']) => ({ flag, words }))[0];

/** Somebody else was first, as git sees it before it sends anything. */
const STALE = /^\[rejected\]/;

/**
 * What a server says whose swap has failed: somebody else was first, or this very push, which curl sends again
 * where a connection ends without an answer. So nobody can tell from it.
 */
const LOST =
  /cannot lock ref|failed to update ref|reference already exists|incorrect old value|failed to lock|non-fast-forward/i;

/** How git, ssh and `git daemon` say that somebody answered, and lets nobody write there, or not us. */
const DENIED =
  /returned error: 40[13]|Authentication failed for '|could not read (?:Username|Password)|Permission denied|remote error: (?:access denied|service not enabled)/;

/** How they say that it did not come to where something is sent: all of this is told while a remote is looked up. */
const UNSENT =
  /unable to access '|repository '.*' not found|does not appear to be a git repository|unable to (?:look up|connect to) |Could not resolve hostname|ssh: connect to host |remote error: (?:no such repository|repository not exported)/;

const readPushed = (ended: BoundedEnd, ref: string): Pushed => {
  const report = findReport(ended.stdout, ref);
  if (ended.code !== undefined && !report && !/RPC failed/.test(ended.stderr)) {
    const isDenied = DENIED.test(ended.stderr);
    if (isDenied || UNSENT.test(ended.stderr)) return { unsent: lastWords(ended), isDenied };
  }
  if (ended.code === undefined || !report || report.words.startsWith('[remote failure]')) {
    return { failed: lastWords(ended) };
  }
  if (report.flag !== '!') return ended.code === 0 ? 'taken' : { failed: lastWords(ended) };
  if (STALE.test(report.words)) return 'stale';
  return LOST.test(report.words) ? { failed: report.words } : { refused: report.words };
};

type RemoteSite = RepositorySite & { directory: string };

/** The remote's side of a ledger. Objects come from, and go to, the repository in `directory`. */
export const openRemote = (
  { git, top, commonDir, directory }: RemoteSite,
  { ref, remote }: LedgerPlace,
  env: NodeJS.ProcessEnv,
) => {
  let found: Remote | undefined;
  const find = (): Remote => {
    found ??= findRemote(git, remote);
    return found;
  };
  const name = (): string => find().name;
  const run = (args: readonly string[], limit: number): Promise<BoundedEnd> => {
    const settings = [
      `include.path=${join(commonDir, 'config')}`,
      ...OWN_SETTINGS,
      `remote.${name()}.mirror=false`,
      `remote.${name()}.promisor=false`,
    ];
    const words = settings.flatMap((setting) => ['-c', setting]);
    return runBounded('git', [`--git-dir=${directory}`, ...words, ...args], {
      cwd: top === '' ? commonDir : top,
      env: { ...env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_NO_REPLACE_OBJECTS: '1' },
      limit,
    });
  };
  const fetch = async (
    into: string,
    limit: number,
  ): Promise<'there' | 'none' | { failed: string }> => {
    const ended = await run(
      [
        ...['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--refmap=', '--no-filter'],
        ...['--no-auto-maintenance', '--', name(), `+${ref}:${into}`],
      ],
      limit,
    );
    if (ended.code === 0) return 'there';
    return /couldn't find remote ref/i.test(ended.stderr) ? 'none' : { failed: lastWords(ended) };
  };
  const push: LedgerRepository['push'] = async (commit, expected, limit) => {
    const ended = await run(
      [
        ...['push', '--porcelain', '--no-verify', '--no-signed', '--no-follow-tags'],
        // Exactly this, or nothing: the server's own update of the ref is the swap.
        `--force-with-lease=${ref}:${expected ?? ''}`,
        ...['--', name(), `${commit}:${ref}`],
      ],
      limit,
    );
    return readPushed(ended, ref);
  };
  return { name, url: () => find().url, fetch, push };
};
