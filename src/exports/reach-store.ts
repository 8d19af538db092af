import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileReader } from '../kit/files.ts';
import { type KnownReach, parseReach, type Reach, renderReach } from './reach.ts';

/** Of each worktree its own, for each has its own HEAD: in its git directory. */
export const REACH_FILE = 'leasehold-reach';

const MAX_REACH = 64 * 1024 * 1024;

/** What the last audit of this worktree has read; undefined where that is not known. */
export const loadReach = (files: FileReader, gitDir: string): KnownReach | undefined => {
  const content = files.read(join(gitDir, REACH_FILE), MAX_REACH);
  return content.kind === 'read' ? parseReach(content.text) : undefined;
};

/** Keeps it in place of the last one. Nothing is lost with it, so it need not be durable. */
export const saveReach = (gitDir: string, reach: Reach): void => {
  const path = join(gitDir, REACH_FILE);
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, renderReach(reach));
  renameSync(fresh, path);
};
