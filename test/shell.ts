import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Call, COMMAND, type Ended, type Repo } from './make-repo.ts';
import { spawnSync } from './spawn.ts';

/** Puts `leasehold` on the PATH of a user's shell. */
const installCommand = (repo: Repo): string => {
  const bin = join(repo.root, 'bin');
  mkdirSync(bin, { recursive: true });
  if (!existsSync(join(bin, 'leasehold'))) symlinkSync(COMMAND, join(bin, 'leasehold'));
  return bin;
};

/** Runs a script in the user's shell, with `leasehold` on its PATH and an editor that writes a message. */
export const runShell = (repo: Repo, script: string, call: Call = {}): Ended => {
  const child = spawnSync('bash', ['-c', script], {
    cwd: call.cwd ?? repo.top,
    env: {
      PATH: `${installCommand(repo)}:${process.env.PATH}`,
      HOME: join(repo.root, 'home'),
      LANG: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_EDITOR: 'echo pasted >',
      ...(call.holder === undefined ? {} : { LEASEHOLD_HOLDER: call.holder }),
      ...call.env,
    },
    input: call.input ?? '',
    encoding: 'utf8',
    // A hook that waits for ever is a failed test, not a test run that never ends.
    timeout: 20_000,
  });
  if (child.error) throw child.error;
  return { code: child.status ?? 128, stdout: child.stdout, stderr: child.stderr };
};

/** The command that a report says to run next: its last line. */
export const nextOf = (report: string): string =>
  report
    .split('\n')
    .findLast((line) => line.startsWith('next: '))
    ?.slice('next: '.length) ?? 'false # the report has no next line';

/** Pastes a report's `next:` line into the shell of whoever reads it. */
export const pasteNext = (repo: Repo, report: string, call: Call = {}): Ended =>
  runShell(repo, nextOf(report), call);

const withoutSpan = ({ code, stderr }: Ended) => ({
  code,
  stderr: stderr.replace(/\(in [^)]*\)/g, ''),
});

/**
 * Commits twice what is to be refused: the first time the command judges, and keeps the policy; the
 * second time the guard judges by what was kept. Both must say the same.
 */
export const commitTwice = (repo: Repo, args: string[], call?: Call): Ended => {
  const byCommand = repo.tryGit(['commit', ...args], call);
  const byGuard = repo.tryGit(['commit', ...args], call);
  expect(withoutSpan(byGuard)).toEqual(withoutSpan(byCommand));
  return byGuard;
};

/** Lets the command keep the policy, so that the guard judges the next commit by itself. */
export const warmUp = (repo: Repo): void => {
  repo.leasehold(['check']);
};
