import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { addRemote, type Call, locksDirectory, type Repo, writeLock } from './make-repo.ts';

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

/** Commits one file as somebody, by way of the hooks. */
export const commitAs = (
  repo: Repo,
  holder: string | undefined,
  path: string,
  text: string,
): void => {
  repo.write(path, text);
  repo.git('add', '--', path);
  const call = holder === undefined ? {} : { holder };
  expect(repo.tryGit(['commit', '--quiet', '-m', `change ${path}`], call)).toMatchObject({
    code: 0,
  });
};

/** A remote named origin with main, and with the branch that its HEAD is. */
export const publish = (repo: Repo): string => {
  const remote = addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  repo.git('remote', 'set-head', 'origin', 'main');
  return remote;
};

/** As if a holder's grants had run out a minute ago. */
export const expire = (repo: Repo, holder: string): void => {
  for (const name of readdirSync(locksDirectory(repo))) {
    const path = join(locksDirectory(repo), name);
    const record = JSON.parse(readFileSync(path, 'utf8'));
    if (record.agent !== holder) continue;
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    writeFileSync(path, JSON.stringify({ ...record, locked_at: ago(61), expires_at: ago(1) }));
  }
};
