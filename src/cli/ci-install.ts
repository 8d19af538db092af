import { dirname, join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { type Git, readLine } from '../kit/git.ts';
import { printable } from '../kit/quote.ts';
import { loadSettings } from '../locks/index.ts';
import {
  type CiFile,
  type CiHost,
  explainKept,
  listCiFiles,
  type Project,
} from './ci-templates.ts';
import { hasFlag, textOption, type Words } from './command.ts';
import type { Workspace } from './workspace.ts';

/** What became of one file. */
export type CiWritten = { path: string; change: 'written' | 'unchanged' | 'kept'; todo?: string };

/** What was asked for; undefined where nothing was. */
export type CiWanted = { host: CiHost; settings: boolean };

const HOSTS: readonly CiHost[] = ['github', 'gitlab'];

const misused = (message: string): Undecided =>
  new Undecided('usage', message, 'leasehold init --help');

/** Reads `--ci HOST` and `--settings`. */
export const readCiWanted = (words: Words): CiWanted | undefined => {
  const named = textOption(words, 'ci');
  const settings = hasFlag(words, 'settings');
  const host = HOSTS.find((known) => known === named);
  if (named !== undefined && !host) {
    throw misused(`--ci takes github or gitlab, not ${printable(named)}`);
  }
  if (settings && host !== 'github') throw misused('--settings goes with --ci github');
  return host && { host, settings };
};

/** The remote's own branch where that is known, else where HEAD is. */
const findMainBranch = (git: Git): string => {
  const remote = readLine(git, ['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']);
  if (remote !== undefined) return remote.slice('origin/'.length);
  return readLine(git, ['symbolic-ref', '--quiet', '--short', 'HEAD']) ?? 'main';
};

const MAX_TEXT = 4 * 1024 * 1024;

/** Written by the build of a release. */
const readReleaseCommit = ({ context }: Workspace): string | undefined => {
  const content = context.files.read(join(context.bundle, 'commit'), MAX_TEXT);
  const id = content.kind === 'read' ? content.text.trim() : '';
  return /^[0-9a-f]{40}$/.test(id) ? id : undefined;
};

/** What is there is the project's own, whatever it says. */
export const writeProjectFile = ({ context, repository }: Workspace, file: CiFile): CiWritten => {
  if (repository.top === '') {
    throw misused(`${file.path} is a file, and a bare repository has no place for it`);
  }
  const { files } = context;
  const path = join(repository.top, file.path);
  files.makeDirectory(dirname(path));
  if (files.create(path, file.text)) return { path: file.path, change: 'written' };
  const content = files.read(path, MAX_TEXT);
  const text = content.kind === 'read' ? content.text : '';
  if (text === file.text) return { path: file.path, change: 'unchanged' };
  const todo = explainKept(file, text);
  return { path: file.path, change: 'kept', ...(todo === undefined ? {} : { todo }) };
};

/** Writes what a host's CI needs, and leaves alone what is there. */
export const writeCi = (workspace: Workspace, { host, settings }: CiWanted): CiWritten[] => {
  const { context, repository } = workspace;
  if (repository.top === '') {
    throw misused('--ci writes files, and a bare repository has no place for them');
  }
  const project: Project = {
    branch: findMainBranch(workspace.git),
    commit: readReleaseCommit(workspace),
    hasIssues: loadSettings(context.files, repository.commonDir)?.issues !== undefined,
  };
  return listCiFiles(host, project, { settings }).map((file) => writeProjectFile(workspace, file));
};

/** What was written, what was kept and what is left to do, a line each. */
export const describeCi = (
  written: readonly { path: string; change: string; todo?: string }[],
): string[] =>
  written.map(({ path, change, todo }) => {
    const kept = change === 'kept' ? ', as it is' : '';
    return `  ${path}: ${change}${kept}${todo === undefined ? '' : `; ${todo}`}`;
  });

/** The files that are new, and to be committed. */
export const listFresh = (written: readonly { path: string; change: string }[]): string[] =>
  written
    .filter(({ change }) => change === 'written' || change === 'updated')
    .map(({ path }) => path);
