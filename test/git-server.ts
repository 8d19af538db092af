import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

/** What becomes of the next push: see `git-server.mjs`. */
export type PushFault = 'cut-before' | 'cut-midway' | 'cut-after' | 'silent';

/** A git server over HTTP, in a process of its own: it answers while a test waits for a command. */
export type GitServer = {
  /** `http://127.0.0.1:port`, with the name of a bare repository in its directory behind it. */
  address: string;
  failNextPush: (fault: PushFault) => void;
  /** From here on nobody listens at the address. */
  stop: () => Promise<void>;
};

/** Serves the bare repositories of a directory, until the test is over. */
export const startGitServer = (root: string): Promise<GitServer> =>
  new Promise((done, failed) => {
    const script = resolve(import.meta.dirname, 'git-server.mjs');
    const child = spawn(process.execPath, [script, root], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<void>((end) => child.on('exit', () => end()));
    const stop = (): Promise<void> => {
      child.kill('SIGKILL');
      return ended;
    };
    onTestFinished(stop);
    child.on('error', failed);
    child.stdout.setEncoding('utf8').once('data', (line: string) =>
      done({
        address: line.trim(),
        failNextPush: (fault) => writeFileSync(join(root, 'fault'), fault),
        stop,
      }),
    );
  });
