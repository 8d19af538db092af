import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { eventually } from './make-repo.ts';

const execPath = execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim();

/** Some systems have it in a package of its own. */
export const hasGitDaemon = existsSync(join(execPath, 'git-daemon'));

/** A port that nobody listened at a moment ago. */
const findPort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** `git daemon` over the bare repositories of a directory, until the test is over. */
export type GitDaemon = {
  /** `git://127.0.0.1:port`, with the name of a bare repository in its directory behind it. */
  address: string;
  /** From here on nobody listens at the address. */
  stop: () => Promise<void>;
};

export const startGitDaemon = async (
  root: string,
  services: readonly string[],
): Promise<GitDaemon> => {
  const port = await findPort();
  const words = ['--reuseaddr', '--listen=127.0.0.1', `--port=${port}`, '--export-all'];
  // The program itself, not `git daemon`: what is ended then is what listens.
  const child = spawn(
    join(execPath, 'git-daemon'),
    [...words, `--base-path=${root}`, ...services, root],
    { stdio: 'ignore', env: { PATH: process.env.PATH, HOME: root, GIT_CONFIG_NOSYSTEM: '1' } },
  );
  const ended = new Promise<void>((end) => child.on('exit', () => end()));
  const stop = (): Promise<void> => {
    child.kill('SIGKILL');
    return ended;
  };
  onTestFinished(stop);
  const address = `git://127.0.0.1:${port}`;
  await eventually(() =>
    execFileSync('git', ['ls-remote', `${address}/origin.git`], { stdio: 'ignore' }),
  );
  return { address, stop };
};
