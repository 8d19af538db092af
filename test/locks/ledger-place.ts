import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/kit/clock.ts';
import { type Files, systemFiles } from '../../src/kit/files.ts';
import { createGit } from '../../src/kit/git.ts';
import { locateClone } from '../../src/locks/clone.ts';
import { createGitStore, type Freshness, type GitStoreContext } from '../../src/locks/git-store.ts';
import { createLedgerRepository, ledgerDirectory } from '../../src/locks/ledger-git-store.ts';
import type { LedgerRepository } from '../../src/locks/ledger-repository.ts';
import { stateDirectory } from '../../src/locks/load.ts';
import { compilePattern } from '../../src/locks/pattern.ts';
import type { Store } from '../../src/locks/store.ts';
import { NO_TURNS } from '../../src/locks/turns.ts';
import type { FakeClock } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';
import type { MemoryLedger } from './memory-ledger.ts';
import { CLONE, createIds } from './store.ts';

/** Where the ledger of these tests is. */
export const PLACE = { ref: 'refs/leasehold/ledger', remote: undefined, maxStale: 60_000 };

export const MARGIN = 70_000;

/** A reader who is never content with what is there. */
export const ALWAYS: Freshness = {
  isFresh: () => false,
  limit: 20_000,
  attempts: 4,
  need: 'newest',
};

/** The real files, with the times of this clock on them. */
export const createStampedFiles = (clock: Clock): Files => {
  const stamped = <T>(path: string, answer: T): T => {
    const now = new Date(clock.now());
    if (answer !== false) utimesSync(path, now, now);
    return answer;
  };
  return {
    ...systemFiles,
    create: (path, content) => stamped(path, systemFiles.create(path, content)),
    append: (path, content) => stamped(path, systemFiles.append(path, content)),
    touch: (path) => stamped(path, systemFiles.touch(path)),
  };
};

const environment = (root: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: root,
  GIT_CONFIG_NOSYSTEM: '1',
});

/** A bare repository that clones share, with nothing of the machine's settings. */
export const createSharedRemote = () => {
  const root = mkdtempSync(join(tmpdir(), 'leasehold-ledger-'));
  const remote = join(root, 'origin.git');
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, env: environment(root), encoding: 'utf8' }).trim();
  git('init', '--quiet', '--bare', '--template=', remote);
  return { root, remote, git, remove: () => rmSync(root, { recursive: true, force: true }) };
};

type Shared = ReturnType<typeof createSharedRemote>;

/** One more clone, on a machine of its own, as the store knows it. */
export const createLedgerClone = (
  { root, remote, git }: Shared,
  name: string,
  {
    clock,
    context = {},
    wrap = (repository) => repository,
    address = remote,
  }: {
    clock: Clock;
    context?: Partial<GitStoreContext>;
    wrap?: (repository: LedgerRepository) => LedgerRepository;
    address?: string;
  },
) => {
  const commonDir = join(root, name);
  git('init', '--quiet', '--bare', '--template=', commonDir);
  git('--git-dir', commonDir, 'remote', 'add', 'origin', address);
  const env = environment(root);
  const uniqueName = createIds(`${name}-${process.pid}`);
  const settings = {
    version: 1,
    store: 'git',
    locks: null,
    ignoreCase: false,
    ledger: PLACE,
  } as const;
  const clone = locateClone(commonDir, settings, compilePattern);
  const site = {
    git: createGit(commonDir, env),
    top: '',
    commonDir,
    env,
    files: systemFiles,
    directory: ledgerDirectory(stateDirectory(commonDir)),
    uniqueName,
  };
  const createRepository = () => wrap(createLedgerRepository(site, PLACE));
  const files = createStampedFiles(clock);
  const open = () =>
    openLedger({ files, clock, uniqueName, clone, ...context }, createRepository());
  return { clone, commonDir, open, events: () => createRepository().events() };
};

type World = Pick<GitStoreContext, 'files' | 'clock' | 'uniqueName' | 'clone'>;

/** The store over a repository, and what belongs to it, as one more process opens them. */
const openGitStore = (world: World & Partial<GitStoreContext>, repository: LedgerRepository) =>
  createGitStore({
    random: () => 0.5,
    repository,
    knowsEmail: () => true,
    margin: MARGIN,
    freshness: () => ALWAYS,
    turns: NO_TURNS,
    tell: () => undefined,
    tellChallenge: () => undefined,
    ...world,
  });

export const openLedger = (...words: Parameters<typeof openGitStore>): Store =>
  openGitStore(...words).store;

/** The compaction of a ledger in memory, by one of its clones. */
export const openCompaction = (repository: LedgerRepository, files: Files, clock: FakeClock) =>
  openGitStore({ files, clock, uniqueName: createIds('c'), clone: CLONE }, repository).compact;

/** One more clone of a ledger in memory, with its mirror in memory too. */
export const createMemoryClone = (
  ledger: MemoryLedger,
  name: string,
  { clock, context = {} }: { clock: FakeClock; context?: Partial<GitStoreContext> },
) => {
  const files = createMemoryFiles(clock);
  const repository = ledger.clone();
  const world = { files, clock, uniqueName: createIds(name), clone: CLONE };
  return {
    files,
    repository,
    open: () => openLedger({ ...world, ...context }, repository),
    events: () => repository.events(),
  };
};
