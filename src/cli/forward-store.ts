import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { shellQuote } from '../kit/quote.ts';
import { replaceFile } from './bundle-store.ts';

/** What managers put into a directory of hooks beside those that we judge in. */
const OTHERS = [
  'applypatch-msg',
  'pre-applypatch',
  'post-applypatch',
  'pre-merge-commit',
  'prepare-commit-msg',
  'commit-msg',
  'post-commit',
  'pre-rebase',
  'post-checkout',
  'post-merge',
  'post-rewrite',
  'pre-auto-gc',
];

/** Runs a hook of the directory that a worktree lacked, once it is there, as git would from its top. */
const writeForward = (place: string, name: string): string => {
  const path = shellQuote(join(place, name).replace(/^-/, './-'));
  return [
    '#!/bin/sh',
    '# leasehold-forward: core.hooksPath is relative, and this worktree lacked what it leads to.',
    `[ -x ${path} ] || exit 0`,
    `exec ${path} "$@"`,
    '',
  ].join('\n');
};

/**
 * Has each hook in our own directory lead on to what lies in `place`, a path from a worktree's top: behind
 * ours, where it is one of `names`.
 */
export const installForwards = (
  directory: string,
  place: string,
  names: readonly string[],
): void => {
  const kept = join(directory, 'before-leasehold');
  mkdirSync(kept, { recursive: true });
  for (const name of names) {
    replaceFile(join(kept, name), writeForward(place, name), 0o755);
  }
  for (const name of OTHERS.filter((other) => !names.includes(other))) {
    replaceFile(join(directory, name), writeForward(place, name), 0o755);
  }
};
