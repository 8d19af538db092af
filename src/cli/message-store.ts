import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createGit } from '../kit/git.ts';

/**
 * What a commit's earlier hook has found, for its later ones. `checked`: the trailers that its message is to
 * carry; `stamped`: it carries them. It counts for one git process. `hooks/hook.sh` makes a stamp of the first kind
 * one of the second by writing its word over the other, so the two are of one length.
 */
export type Stamp = {
  state: 'checked' | 'stamped';
  /** The git process that the hooks are of. */
  process: number;
  trailers: readonly string[];
  /** The message as the editor was opened with it, where that is a template. */
  template?: string;
};

const STAMP_FILE = 'leasehold-stamp';
const TEMPLATE_FILE = 'leasehold-template';

/** What the hooks of a commit leave in a worktree's git directory for one another. */
export const COMMIT_FILES: readonly string[] = [STAMP_FILE, TEMPLATE_FILE];

/** Where a worktree's stamp is: in its own git directory, where `hooks/hook.sh` looks for it. */
const stampPath = (gitDir: string): string => join(gitDir, STAMP_FILE);

const readIfThere = (path: string, encoding: 'latin1' | 'utf8'): string | undefined => {
  try {
    return readFileSync(path, encoding);
  } catch {
    // Without a stamp the next hook judges for itself.
    return undefined;
  }
};

/** The stamp of this git process; undefined where there is none, or it is another's. */
export const readStamp = (gitDir: string, process: number): Stamp | undefined => {
  const [head = '', ...trailers] = (readIfThere(stampPath(gitDir), 'utf8') ?? '').split('\n');
  const [state, id] = head.split(' ');
  if ((state !== 'checked' && state !== 'stamped') || Number(id) !== process) return undefined;
  const template = readIfThere(join(gitDir, TEMPLATE_FILE), 'latin1');
  return {
    state,
    process,
    trailers: trailers.filter((line) => line !== ''),
    ...(template === undefined ? {} : { template }),
  };
};

/**
 * Writes over what is there, and cuts off what is left of it. A file that is emptied first, some file systems write
 * to the disk as it is closed, in case it was to be replaced: 2 ms of a commit, and many more on a busy disk.
 */
const replaceText = (path: string, text: string): void => {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o666);
  try {
    const length = writeSync(file, text);
    ftruncateSync(file, length);
  } finally {
    closeSync(file);
  }
};

/** Leaves a stamp in place of the last one. Nothing is lost with it, so it need not be durable. */
export const writeStamp = (gitDir: string, { state, process, trailers, template }: Stamp): void => {
  const path = join(gitDir, TEMPLATE_FILE);
  if (template !== undefined) writeFileSync(path, template, 'latin1');
  // To remove what is not there takes ten times as long as to look.
  else if (existsSync(path)) rmSync(path, { force: true });
  replaceText(stampPath(gitDir), `${[`${state} ${process}`, ...trailers].join('\n')}\n`);
};

/** A message's bytes, one character each: whatever encoding it is in, what is not ours stays as it is. */
export const readMessage = (path: string): string => readFileSync(path, 'latin1');

/** A message to be read by what it says; empty where there is none. */
export const readMessageText = (path: string): string => readIfThere(path, 'utf8') ?? '';

export const writeMessage = (path: string, text: string): void =>
  writeFileSync(path, text, 'latin1');

/**
 * No repository and none of its settings, nor the user's: those are about trailers of theirs, and one with a
 * command would be run for ours.
 */
const NO_SETTINGS = {
  GIT_DIR: '/dev/null',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_PARAMETERS: undefined,
  GIT_CONFIG_COUNT: undefined,
};

/** Where there are no comments, no line begins with what git takes for one. */
const NO_COMMENT = '\u0001';

/** Has git write trailers behind those that a message has; `comment` is what begins a comment in it. */
export const appendTrailers = (
  file: string,
  trailers: readonly string[],
  comment = NO_COMMENT,
): void => {
  const path = resolve(file);
  const git = createGit(dirname(path), { ...process.env, ...NO_SETTINGS });
  const words = trailers.flatMap((trailer) => ['--trailer', trailer]);
  const add = ['interpret-trailers', '--in-place', '--no-divider', '--if-exists=add'];
  git.read(['-c', `core.commentChar=${comment}`, ...add, ...words, '--', path]);
};
