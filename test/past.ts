import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Call, type Repo, writeLock } from './make-repo.ts';

/** Claims as somebody; returns the grant as a trailer names it: `<id>#<token>`. */
export const claim = (repo: Repo, holder: string, ...words: string[]): string => {
  const { code, body } = repo.json(['claim', ...words], { holder });
  expect(code).toBe(0);
  return `${body.grant.id}#${body.grant.token}`;
};

/** The values of one of our trailers in a commit, as git itself reads its message. */
export const trailersOf = (repo: Repo, rev = 'HEAD', key = 'Lock-Grant'): string[] => {
  const message = repo.git('log', '-1', '--format=%B', rev);
  const words = ['-c', 'core.commentChar=\u0001', 'interpret-trailers', '--parse', '--no-divider'];
  const { stdout } = repo.tryGit(words, { input: message });
  return stdout
    .split('\n')
    .filter((line) => line.toLowerCase().startsWith(`${key.toLowerCase()}: `))
    .map((line) => line.slice(key.length + 2));
};

/** How often a message has the word, wherever it stands. */
export const countIn = (repo: Repo, word: string, rev = 'HEAD'): number =>
  repo.git('log', '-1', '--format=%B', rev).split(word).length - 1;

/** An editor as git calls it: a script that is given the message's file. */
export const makeEditor = (repo: Repo, script: string, name = 'editor'): string => {
  const path = join(repo.root, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
};

/** Settings of a call whose editor does what `script` says. */
export const editing = (repo: Repo, script: string, call: Call = {}): Call => ({
  ...call,
  env: { ...call.env, GIT_EDITOR: makeEditor(repo, script) },
});

/** A lock file that nobody can read. */
export const breakLedger = (repo: Repo): void =>
  writeLock(repo, 'broken.lock', { files: 'not a list' as unknown as string[] });
