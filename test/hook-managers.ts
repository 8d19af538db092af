import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Repo } from './make-repo.ts';
import { runShell } from './shell.ts';
import { spawnSync } from './spawn.ts';

const require = createRequire(import.meta.url);

/** Writes an executable of the user's. */
export const writeHook = (repo: Repo, path: string, text: string, mode = 0o755): void => {
  repo.write(path, text);
  chmodSync(repo.path(path), mode);
};

/** A directory, or a file, byte for byte: what is there, its mode, and where links lead. */
export const snapshot = (path: string): unknown => {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return null;
  if (stat.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  if (!stat.isDirectory()) return { mode: stat.mode & 0o777, text: readFileSync(path, 'latin1') };
  return Object.fromEntries(
    readdirSync(path)
      .sort()
      .map((name) => [name, snapshot(join(path, name))]),
  );
};

/** A hook manager as its user has it in a repository; what its hook prints is `says`, once a commit. */
export type Manager = {
  name: string;
  says: string;
  /** Where its hooks, and so ours, lie. */
  place: (repo: Repo) => string;
  /** Installs it, or installs it anew, as its user would. */
  install: (repo: Repo) => void;
  /** Takes it out by its own command. */
  uninstall: (repo: Repo) => void;
  /** Has it run its hooks at the next commit, or fail there. */
  fail: (repo: Repo) => void;
  /** More words for `leasehold init`. */
  words: string[];
  /** Whether our hook still runs where it is installed over ours. */
  runsOurs: boolean;
};

const defaultPlace = (repo: Repo): string => repo.path('.git/hooks');

const expectDone = (repo: Repo, script: string): void => {
  const ended = runShell(repo, script);
  if (ended.code !== 0) throw new Error(`${script}: ${ended.stdout}${ended.stderr}`);
};

/** A hook of the user's own, in a directory that git is told of in some way or other. */
const byHand = (name: string, place: (repo: Repo) => string, setUp: (repo: Repo) => void) => {
  const write = (repo: Repo, code: number): void => {
    const path = join(place(repo), 'pre-commit');
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    writeFileSync(path, `#!/bin/sh\necho "by hand: $0"\nexit ${code}\n`, { mode: 0o755 });
  };
  return {
    name,
    says: 'by hand:',
    place,
    install: (repo: Repo) => {
      setUp(repo);
      write(repo, 0);
    },
    uninstall: (repo: Repo) => rmSync(join(place(repo), 'pre-commit')),
    fail: (repo: Repo) => {
      setUp(repo);
      write(repo, 1);
    },
    words: [],
    runsOurs: false,
  } satisfies Manager;
};

const plain = byHand('plain hooks', defaultPlace, () => undefined);

const absolute = byHand(
  'an absolute core.hooksPath',
  (repo) => join(repo.root, 'team hooks'),
  (repo) => repo.git('config', 'core.hooksPath', join(repo.root, 'team hooks')),
);

const relative = byHand(
  'a relative core.hooksPath',
  (repo) => repo.path('tools/hooks'),
  (repo) => repo.git('config', 'core.hooksPath', 'tools/hooks'),
);

const everywhere: Manager = {
  ...byHand(
    'a global core.hooksPath',
    (repo) => join(repo.root, 'home/hooks'),
    (repo) => repo.git('config', '--global', 'core.hooksPath', '~/hooks'),
  ),
  words: ['--global-hooks'],
};

/** husky itself, from this repository's own node_modules. */
const husky: Manager = {
  name: 'husky',
  says: 'husky ran',
  place: (repo) => repo.path('.husky/_'),
  install: (repo) => {
    if (!existsSync(repo.path('.husky/pre-commit'))) {
      repo.write('.husky/pre-commit', 'echo "husky ran"\n');
    }
    expectDone(
      repo,
      `'${process.execPath}' '${join(dirname(require.resolve('husky')), 'bin.js')}'`,
    );
  },
  // As its page says: unset the setting, take the directory away.
  uninstall: (repo) => {
    repo.tryGit(['config', '--unset', 'core.hooksPath']);
    rmSync(repo.path('.husky'), { recursive: true });
  },
  fail: (repo) => {
    repo.write('.husky/pre-commit', 'echo "husky ran"\nexit 1\n');
  },
  words: [],
  runsOurs: false,
};

const LEFTHOOK = resolve(
  dirname(require.resolve(`lefthook-${process.platform}-${process.arch}/package.json`)),
  'bin/lefthook',
);

const writeLefthook = (repo: Repo, text: string): void => {
  repo.write('lefthook.yml', text);
  // lefthook looks at whole seconds.
  const later = Date.now() / 1000 + 10 + Math.floor(Math.random() * 1_000_000);
  utimesSync(repo.path('lefthook.yml'), later, later);
};

/** lefthook itself: its program, without the package that installs itself where it is unpacked. */
const lefthook: Manager = {
  name: 'lefthook',
  says: 'lefthook ran',
  place: defaultPlace,
  install: (repo) => {
    if (!existsSync(join(repo.root, 'bin/lefthook'))) {
      symlinkSync(LEFTHOOK, join(repo.root, 'bin/lefthook'));
    }
    if (!existsSync(repo.path('lefthook.yml'))) {
      writeLefthook(
        repo,
        'output: [execution_out]\npre-commit:\n  jobs:\n    - run: echo lefthook ran\n',
      );
    }
    expectDone(repo, 'lefthook install');
  },
  uninstall: (repo) => expectDone(repo, 'lefthook uninstall'),
  fail: (repo) => {
    writeLefthook(
      repo,
      'output: [execution_out]\npre-commit:\n  jobs:\n    - run: echo lefthook ran && exit 1\n',
    );
  },
  words: [],
  runsOurs: false,
};

/** Changes lefthook.yml, so that lefthook installs its hooks anew the next time that it runs. */
export const changeLefthook = (repo: Repo): void =>
  writeLefthook(
    repo,
    'output: [execution_out]\npre-commit:\n  jobs:\n    - run: echo lefthook ran\ncommit-msg:\n  jobs:\n    - run: echo message seen\n',
  );

/**
 * A command that does what another one does to hooks: pre-commit 4.6.2 and git-lfs 3.3.0 are no packages
 * of npm. What they write, move and run was taken from installations of them (test/fixtures/hook-managers).
 */
const standIn = (repo: Repo, name: string): void => {
  const path = join(repo.root, 'bin', name);
  if (!existsSync(path)) {
    cpSync(resolve(import.meta.dirname, 'fixtures/hook-managers'), join(repo.root, 'managers'), {
      recursive: true,
    });
    symlinkSync(join(repo.root, 'managers', name), path);
  }
};

const preCommit: Manager = {
  name: 'pre-commit',
  says: 'pre-commit ran',
  place: defaultPlace,
  install: (repo) => {
    standIn(repo, 'pre-commit');
    expectDone(repo, 'pre-commit install');
  },
  uninstall: (repo) => expectDone(repo, 'pre-commit uninstall'),
  fail: (repo) => repo.write('.pre-commit-fails', ''),
  words: [],
  runsOurs: true,
};

/** Has git-lfs's pre-push; it has no pre-commit. */
const gitLfs: Manager = {
  name: 'git-lfs',
  says: 'git-lfs saw ',
  place: defaultPlace,
  install: (repo) => {
    standIn(repo, 'git-lfs');
    expectDone(repo, 'git-lfs install || git-lfs update --force');
  },
  uninstall: (repo) => expectDone(repo, 'git-lfs uninstall'),
  fail: (repo) => repo.write('.git-lfs-fails', ''),
  words: [],
  runsOurs: false,
};

/** All that leasehold is to live with. */
export const MANAGERS: readonly Manager[] = [
  plain,
  husky,
  lefthook,
  preCommit,
  absolute,
  relative,
  everywhere,
  gitLfs,
];

/** The manager of this name. */
export const findManager = (name: string): Manager => {
  const found = MANAGERS.find((manager) => manager.name === name);
  if (!found) throw new Error(`no manager ${name}`);
  return found;
};

/** Runs a hook's file as git does: from the top, by its path, with these arguments and this on its input. */
export const runHookFile = (repo: Repo, path: string, args: string[], input: string) => {
  const { status, stdout } = spawnSync(path, args, {
    cwd: repo.top,
    env: {
      PATH: process.env.PATH,
      HOME: join(repo.root, 'home'),
      GIT_DIR: '.git',
      LANG: 'C.UTF-8',
    },
    input,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { code: status, stdout };
};
