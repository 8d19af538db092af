import { join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import type { FileReader, Files } from '../kit/files.ts';
import { shellCommand } from '../kit/quote.ts';
import { isHolderName } from './holder.ts';
import { stateDirectory } from './load.ts';

/** Whose a worktree is. `branch` is the one that `worktree add` made for it. */
export type Binding = { holder: string; branch?: string };

/**
 * In the worktree's own git directory: gone with `git worktree remove`, still there after `git worktree
 * move`, and never in a checkout. The main worktree's is the common dir.
 */
const pathOf = (gitDir: string): string => join(stateDirectory(gitDir), 'holder');

const MAX_BINDING = 4_096;

const isBinding = (json: unknown): json is Binding => {
  const { holder, branch } = (json ?? {}) as Record<string, unknown>;
  const isNamed = typeof holder === 'string' && isHolderName(holder);
  return isNamed && (branch === undefined || typeof branch === 'string');
};

const parseBinding = (text: string): Binding | undefined => {
  try {
    const json: unknown = JSON.parse(text);
    return isBinding(json) ? json : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Whose the worktree of this git directory is; undefined where it is nobody's. What cannot be read throws
 * `Undecided`: whoever works there must not pass as somebody else.
 */
export const loadBinding = (files: FileReader, gitDir: string): Binding | undefined => {
  const path = pathOf(gitDir);
  const content = files.read(path, MAX_BINDING);
  if (content.kind === 'gone') return undefined;
  const binding = content.kind === 'read' ? parseBinding(content.text) : undefined;
  if (binding) return binding;
  throw new Undecided(
    'store-unreadable',
    `${path} says whose this worktree is, and cannot be read`,
    shellCommand('rm -r', [path]),
  );
};

/** Dedicates the worktree in one step: a reader sees the old holder or the new one. */
export const saveBinding = (files: Files, gitDir: string, binding: Binding): void => {
  const path = pathOf(gitDir);
  const fresh = `${path}.${process.pid}`;
  files.makeDirectory(stateDirectory(gitDir));
  files.remove(fresh);
  files.create(fresh, `${JSON.stringify(binding)}\n`);
  files.rename(fresh, path);
};

/** Makes the worktree nobody's; false where it was so already. */
export const removeBinding = (files: Files, gitDir: string): boolean =>
  files.remove(pathOf(gitDir));
