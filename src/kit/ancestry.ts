import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { decodePath } from './paths.ts';

/** A process's arguments and its parent, from /proc, or from ps where there is no /proc; undefined where it is gone. */
const readProcess = (pid: number): { args: string[]; parent: number } | undefined => {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { args, parent: Number(parent) };
  } catch {
    const ps = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' });
    const match = ps.status === 0 ? /^\s*(\d+)\s+(.*)$/.exec(ps.stdout.trimEnd()) : null;
    return match ? { args: (match[2] ?? '').split(' '), parent: Number(match[1]) } : undefined;
  }
};

const MAX_ANCESTORS = 12;

/**
 * The arguments of the git process that started this hook, found upwards from `pid` (a hook manager's
 * shells lie between); undefined where there is none to see.
 */
export const findGitArguments = (pid: number): string[] | undefined => {
  let current = pid;
  for (let step = 0; step < MAX_ANCESTORS && current > 1; step += 1) {
    const found = readProcess(current);
    if (!found) return undefined;
    if (/^git(?:-commit)?(?:\.exe)?$/.test(basename(found.args[0] ?? ''))) return found.args;
    current = found.parent;
  }
  return undefined;
};

/** The last `count` words of a process's command line as the system keeps it, each ended by a NUL. */
const splitLast = (line: Buffer, count: number): Buffer[] => {
  const words: Buffer[] = [];
  for (let end = line.length - 1; words.length < count && end >= 0; ) {
    const start = line.lastIndexOf(0, end - 1) + 1;
    words.unshift(line.subarray(start, end));
    end = start - 1;
  }
  return words;
};

/**
 * This process's own arguments, of which node has made `read`: of bytes that are not UTF-8 it leaves U+FFFD,
 * and a claim of such a name would hold a path that is not there. They come back as `decodePath` writes
 * them, where the system tells (Linux); elsewhere no file has such a name.
 */
export const readArguments = (read: readonly string[]): readonly string[] => {
  if (!read.some((word) => word.includes('\ufffd'))) return read;
  try {
    const words = splitLast(readFileSync('/proc/self/cmdline'), read.length);
    const isOurs = read.every((word, place) => words[place]?.toString() === word);
    return isOurs ? words.map(decodePath) : read;
  } catch {
    return read;
  }
};
