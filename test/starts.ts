import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Repo } from './make-repo.ts';

/** Has each start of node below the hooks written down, by what it runs; returns what reads that. */
export const countStarts = (repo: Repo): (() => string[]) => {
  const log = join(repo.root, 'starts');
  const script = [
    '#!/bin/sh',
    // What begins with a dash is an option of node's; the guard's files are started by start.cjs.
    'for script; do case $script in -* | */start.cjs) ;; *) break ;; esac; done',
    'case $script in *leasehold.cjs) echo "leasehold hook $3" ;; *) basename "$script" ;; esac',
  ].join('\n');
  const node = join(repo.root, 'bin', 'counted-node');
  const text = `${script} >>${log}\nexec ${process.execPath} "$@"\n`;
  writeFileSync(node, text, { mode: 0o755 });
  const hook = '.git/leasehold/hook.sh';
  repo.write(hook, repo.read(hook).replace(/^leasehold_node=.*$/m, `leasehold_node=${node}`));
  writeFileSync(log, '');
  return () => readFileSync(log, 'utf8').split('\n').filter(Boolean);
};

type TraceEvent = { event: string; argv?: string[]; child_class?: string; hook_name?: string };

/** Has git write down each process of git and each hook that it starts; `env` is for the call that is looked at. */
export const traceGit = (repo: Repo) => {
  const log = join(repo.root, 'trace');
  const read = (): TraceEvent[] =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return {
    env: { GIT_TRACE2_EVENT: log },
    forget: (): void => writeFileSync(log, ''),
    /** The hooks that git has started, each once, in the order of their first start. */
    listHooks: (): string[] => [
      ...new Set(
        read().flatMap(({ event, child_class, hook_name }) =>
          event === 'child_start' && child_class === 'hook' && hook_name ? [hook_name] : [],
        ),
      ),
    ],
    /** The subcommand of each git that was started. */
    listGits: (): string[] =>
      read().flatMap(({ event, argv }) => (event === 'start' && argv?.[1] ? [argv[1]] : [])),
  };
};
