import type { Command } from './command.ts';

type Verb = { summary: string; load: () => Promise<{ command: Command }> };

/** Every verb, in the order of the help; a body is loaded only when its verb is run. */
export const COMMANDS: Readonly<Record<string, Verb>> = {
  init: { summary: 'set this clone up: hooks and a first config', load: () => import('./init.ts') },
  claim: { summary: 'claim paths, all or nothing', load: () => import('./claim.ts') },
  release: { summary: 'give back what you hold', load: () => import('./release.ts') },
  extend: { summary: 'add scopes to what you hold', load: () => import('./extend.ts') },
  renew: { summary: 'move the expiry of what you hold', load: () => import('./renew.ts') },
  status: { summary: 'who holds what, until when, where', load: () => import('./status.ts') },
  conflicts: {
    summary: 'what a claim would meet, and the ways out',
    load: () => import('./conflicts.ts'),
  },
  ask: { summary: 'ask whoever holds a path', load: () => import('./ask.ts') },
  run: { summary: 'hold paths while a command runs', load: () => import('./run.ts') },
  check: { summary: 'judge a commit, a range or paths', load: () => import('./check.ts') },
  why: { summary: 'what gave the verdict on a path', load: () => import('./why.ts') },
  owners: { summary: 'who owns a path by CODEOWNERS', load: () => import('./owners.ts') },
  whoami: { summary: 'who you are here, and why', load: () => import('./whoami.ts') },
  log: { summary: 'what happened to the locks', load: () => import('./log.ts') },
  doctor: { summary: 'is this clone guarded?', load: () => import('./doctor.ts') },
  hook: { summary: 'what git’s hooks call', load: () => import('./hook.ts') },
};
