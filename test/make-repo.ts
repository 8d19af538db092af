import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { type Outcome, spawnSync, workerDirectory } from './spawn.ts';

/** The built command, as a user has it. */
export const COMMAND = resolve(import.meta.dirname, '../dist/leasehold.cjs');

export type Ended = { code: number; stdout: string; stderr: string };

/** Settings of one call: who acts, and more of the environment. */
export type Call = { holder?: string; env?: Record<string, string>; input?: string; cwd?: string };

/** Before git's subcommand: nothing judges what it does. `--no-verify` leaves the hooks of messages. */
export const NO_HOOKS = ['-c', 'core.hooksPath=/dev/null'] as const;

/** A real git repository, or a worktree of one, in a temporary directory. */
export type Repo = {
  top: string;
  /** Everything temporary of this test; `top` lies in it. */
  root: string;
  path: (...parts: string[]) => string;
  write: (path: string, text: string) => void;
  read: (path: string) => string;
  /** Runs git and expects it to succeed; returns its standard output without the last newline. */
  git: (...args: string[]) => string;
  /** Runs git, whatever comes of it. */
  tryGit: (args: string[], call?: Call) => Ended;
  /** Runs leasehold, whatever comes of it. */
  leasehold: (args: string[], call?: Call) => Ended;
  /** Runs leasehold with `--json`, and reads its answer. */
  json: (args: string[], call?: Call) => { code: number; body: ReturnType<typeof JSON.parse> };
  /** Adds a linked worktree on a branch of its own. */
  addWorktree: (name: string) => Repo;
  /** Writes, stages and commits; hooks are not asked. */
  commitQuietly: (files: Record<string, string>, message?: string) => void;
};

/** Nothing of the machine's own git, agents or earlier tests reaches a repository under test. */
const cleanEnv = (root: string, call: Call): NodeJS.ProcessEnv => ({
  PATH: `${join(root, 'bin')}:${process.env.PATH}`,
  HOME: join(root, 'home'),
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  ...(call.holder === undefined ? {} : { LEASEHOLD_HOLDER: call.holder }),
  ...call.env,
});

const toEnded = (child: Outcome<string>): Ended => {
  // A program that ends before it has read all of its input has ended all the same.
  if (child.error && child.status === null) throw child.error;
  return { code: child.status ?? 128, stdout: child.stdout, stderr: child.stderr };
};

const openRepo = (root: string, top: string): Repo => {
  const run = (program: string, args: string[], call: Call = {}): Ended =>
    toEnded(
      spawnSync(program, args, {
        cwd: call.cwd ?? top,
        env: cleanEnv(root, call),
        input: call.input ?? '',
        encoding: 'utf8',
      }),
    );
  const git = (...args: string[]): string => {
    const ended = run('git', args);
    if (ended.code !== 0) throw new Error(`git ${args.join(' ')}: ${ended.stderr}`);
    return ended.stdout.replace(/\n$/, '');
  };
  const leasehold: Repo['leasehold'] = (args, call) =>
    run(process.execPath, [COMMAND, ...args], call);
  const write: Repo['write'] = (path, text) => {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  };
  return {
    top,
    root,
    path: (...parts) => join(top, ...parts),
    write,
    read: (path) => readFileSync(join(top, path), 'utf8'),
    git,
    tryGit: (args, call) => run('git', args, call),
    leasehold,
    json: (args, call) => {
      const { code, stdout } = leasehold([...args, '--json'], call);
      return { code, body: JSON.parse(stdout) };
    },
    addWorktree: (name) => {
      git('worktree', 'add', '--quiet', '-b', name, join(root, name));
      return openRepo(root, join(root, name));
    },
    commitQuietly: (files, message = 'work') => {
      for (const [path, text] of Object.entries(files)) write(path, text);
      git('add', '--all');
      git(...NO_HOOKS, 'commit', '--quiet', '--message', message);
    },
  };
};

/** A directory that is gone when the test is over. */
const makeDirectory = (): string => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'leasehold-test-')));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
};

const makeRoot = (): string => {
  const root = makeDirectory();
  mkdirSync(join(root, 'home'));
  // On the user's PATH, as after an install for the whole machine.
  mkdirSync(join(root, 'bin'));
  symlinkSync(COMMAND, join(root, 'bin', 'leasehold'));
  return root;
};

/** git looks for something to tidy up at the end of a commit, a push and a fetch, by a process or two. */
const UNTIDIED = '[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[receive]\n\tautogc = false\n';

const configure = (repo: Repo, name = 'Ben'): void => {
  const user = `[user]\n\tname = ${name}\n\temail = ${name.toLowerCase()}@example.com\n`;
  appendFileSync(repo.path('.git/config'), `${user}[commit]\n\tgpgsign = false\n${UNTIDIED}`);
};

/** An empty repository on an unborn `main`, with a committer and nothing of leasehold. */
export const makeRepo = (): Repo => {
  const root = makeRoot();
  const repo = openRepo(root, join(root, 'repo'));
  mkdirSync(repo.top);
  repo.git('init', '--quiet', '-b', 'main');
  configure(repo);
  return repo;
};

/** Where below a directory its own path is written down: its files but git's objects, and what links lead to. */
const findMentions = (root: string): string[] =>
  (readdirSync(root, { recursive: true }) as string[]).filter((path) => {
    const whole = join(root, path);
    const stat = lstatSync(whole);
    if (stat.isSymbolicLink()) return readlinkSync(whole).includes(root);
    return stat.isFile() && !path.includes('/objects/') && readFileSync(whole).includes(root);
  });

/** Puts one path in another's place, which is as long as it is: so it may stand in any file. */
const moveMention = (path: string, from: string, to: string): void => {
  const stat = lstatSync(path);
  const move = (text: string): string => text.replaceAll(from, to);
  if (stat.isSymbolicLink()) {
    const target = move(readlinkSync(path));
    rmSync(path);
    symlinkSync(target, path);
    return;
  }
  writeFileSync(path, move(readFileSync(path, 'latin1')), 'latin1');
  utimesSync(path, stat.mtime, stat.mtime);
};

const copyTree = (from: string, to: string): void =>
  cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });

type Prepared = { kept: string; root: string; top: string; mentions: string[] };

/** Keeps all that a test has of a repository, as it is now. */
const keep = ({ root, top }: Repo): Prepared => {
  const kept = mkdtempSync(join(workerDirectory(), 'kept-'));
  copyTree(root, kept);
  return { kept, root, top: relative(root, top), mentions: findMentions(root) };
};

const copyPrepared = ({ kept, root, top, mentions }: Prepared): Repo => {
  const fresh = makeDirectory();
  copyTree(kept, fresh);
  for (const path of mentions) moveMention(join(fresh, path), root, fresh);
  const repo = openRepo(fresh, join(fresh, top));
  // What git remembers of each file's inode is another's.
  if (existsSync(repo.path('.git/index'))) repo.tryGit(['update-index', '-q', '--refresh']);
  return repo;
};

/**
 * What `make` makes, as often as it is asked for: made once a process for each list of arguments, and a copy of
 * that ever after. To make a repository in which something has happened takes a dozen processes. What is told
 * of it beside the repository is the same of each copy, so no path belongs there.
 */
export const copiesWith = <Args extends unknown[], Made extends { repo: Repo }>(
  make: (...args: Args) => Made,
): ((...args: Args) => Made) => {
  const known = new Map<string, { made: Made; prepared: Prepared }>();
  return (...args) => {
    const key = JSON.stringify(args);
    const found = known.get(key);
    if (found) return { ...found.made, repo: copyPrepared(found.prepared) };
    const made = make(...args);
    known.set(key, { made, prepared: keep(made.repo) });
    return made;
  };
};

/** The same of a repository alone. */
export const copiesOf = <Args extends unknown[]>(
  make: (...args: Args) => Repo,
): ((...args: Args) => Repo) => {
  const copy = copiesWith((...args: Args) => ({ repo: make(...args) }));
  return (...args) => copy(...args).repo;
};

/** An empty repository in which `leasehold init` has run. */
const makeInitialised = copiesOf(() => {
  const repo = makeRepo();
  const ended = repo.leasehold(['init']);
  if (ended.code !== 0) throw new Error(ended.stderr);
  return repo;
});

/** A repository with `files` committed, `leasehold init` run, and its config committed. */
export const makeGuardedRepo = (
  files: Record<string, string> = {},
  config: object | undefined = {},
): Repo => {
  const repo = makeInitialised();
  repo.commitQuietly({
    'README.md': 'read me\n',
    ...files,
    'leasehold.config.json': `${JSON.stringify(config, null, 2)}\n`,
  });
  return repo;
};

/** Another developer's clone of what lies at `address`, with a committer of its own and nothing of leasehold. */
export const cloneRepo = (repo: Repo, address: string, name: string): Repo => {
  repo.git('clone', '--quiet', address, join(repo.root, name));
  const clone = openRepo(repo.root, join(repo.root, name));
  configure(clone, name);
  return clone;
};

/** A bare repository beside `repo`, added as a remote under this name. */
export const addRemote = (repo: Repo, name = 'origin'): string => {
  const path = join(repo.root, `${name}.git`);
  repo.git('init', '--quiet', '--bare', '--template=', '-b', 'main', path);
  appendFileSync(join(path, 'config'), UNTIDIED);
  mkdirSync(join(path, 'hooks'));
  repo.git('remote', 'add', name, path);
  return path;
};

/** Another clone's or process's way in: starts leasehold and does not wait. Resolves with its exit. */
export const startLeasehold = (repo: Repo, args: string[], call: Call = {}): Promise<Ended> =>
  spawnLeasehold(repo, args, call).ended;

/** The directory where the clone's lock files lie. */
export const locksDirectory = (repo: Repo): string =>
  join(repo.git('rev-parse', '--path-format=absolute', '--git-common-dir'), 'leasehold', 'locks');

/** A lock file as somebody writes it by hand: the required fields, and whatever else is given. */
export const writeLock = (repo: Repo, name: string, record: Record<string, unknown>): void => {
  const directory = locksDirectory(repo);
  mkdirSync(directory, { recursive: true });
  const whole = {
    agent: 'codex',
    locked_at: '2026-01-01T00:00:00Z',
    expires_at: '2099-01-01T00:00:00Z',
    files: [],
    ...record,
  };
  writeFileSync(join(directory, name), JSON.stringify(whole));
};

/** A leasehold that goes on: it can be signalled, and heard while it runs. */
export type Running = {
  ended: Promise<Ended>;
  /** What it has said on standard error so far. */
  heard: () => string;
  /** Signals this one process, and none that it has started. */
  send: (signal: NodeJS.Signals) => void;
};

/** Starts leasehold, and leaves neither it nor what it started behind, however the test ends. */
export const spawnLeasehold = (repo: Repo, args: string[], call: Call = {}): Running => {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd: call.cwd ?? repo.top,
    env: cleanEnv(repo.root, call),
    // A process group of its own, so that all of it can be ended.
    detached: true,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {
    // Whoever does not read what they are given may close it.
  });
  child.stdin.end(call.input ?? '');
  const ended = new Promise<Ended>((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => done({ code: code ?? 128, stdout, stderr }));
  });
  onTestFinished(() => endGroup(child.pid));
  return { ended, heard: () => stderr, send: (signal) => void child.kill(signal) };
};

const endGroup = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended, as it should have.
  }
};

/** Asks again until `check` no longer throws, for as long as a slow machine may take. */
export const eventually = <T>(check: () => T): Promise<T> =>
  vi.waitFor(check, { timeout: 40_000, interval: 50 });

/** The directory where those who wait have their tickets. */
export const queueDirectory = (repo: Repo): string => join(locksDirectory(repo), '..', 'queue');

/** The holders who stand in the queue, first come first, as `status` shows them. */
export const listWaiting = (repo: Repo): string[] =>
  repo
    .json(['status'], { holder: 'nobody' })
    .body.waiting.map(({ holder }: { holder: string }) => holder);

/** Resolves once exactly these stand in the queue. */
export const whileWaiting = (repo: Repo, ...holders: string[]): Promise<void> =>
  eventually(() => expect(listWaiting(repo)).toEqual(holders));
