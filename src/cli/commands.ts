import { command as ask } from './ask.ts';
import { command as audit } from './audit.ts';
import { command as check } from './check.ts';
import { command as ci } from './ci.ts';
import { command as claim } from './claim.ts';
import type { Command } from './command.ts';
import { command as conflicts } from './conflicts.ts';
import { command as doctor } from './doctor.ts';
import { command as extend } from './extend.ts';
import { command as hook } from './hook.ts';
import { command as init } from './init.ts';
import { command as log } from './log.ts';
import { command as owners } from './owners.ts';
import { command as radar } from './radar.ts';
import { command as release } from './release.ts';
import { command as renew } from './renew.ts';
import { command as run } from './run.ts';
import { command as status } from './status.ts';
import { command as whoami } from './whoami.ts';
import { command as why } from './why.ts';
import { command as worktree } from './worktree.ts';

type Verb = { summary: string; command: Command };

/** Every verb, in the order of the help. */
export const COMMANDS: Readonly<Record<string, Verb>> = {
  init: { summary: 'set this clone up: hooks and a first config', command: init },
  claim: { summary: 'claim paths, all or nothing', command: claim },
  release: { summary: 'give back what you hold', command: release },
  extend: { summary: 'add scopes to what you hold', command: extend },
  renew: { summary: 'move the expiry of what you hold', command: renew },
  status: { summary: 'who holds what, until when, where', command: status },
  conflicts: {
    summary: 'what a claim would meet, and the ways out',
    command: conflicts,
  },
  ask: { summary: 'ask whoever holds a path', command: ask },
  run: { summary: 'hold paths while a command runs', command: run },
  worktree: { summary: 'a worktree, a branch and a claim in one step', command: worktree },
  check: { summary: 'judge a commit, a range or paths', command: check },
  why: { summary: 'what gave the verdict on a path', command: why },
  audit: { summary: 'what changed in what packages export', command: audit },
  ci: { summary: 'judge a pull request or a push, in CI', command: ci },
  owners: { summary: 'who owns a path by CODEOWNERS', command: owners },
  radar: { summary: 'what several touch, and what would conflict', command: radar },
  whoami: { summary: 'who you are here, and why', command: whoami },
  log: { summary: 'what happened to the locks', command: log },
  doctor: { summary: 'is this clone guarded?', command: doctor },
  hook: { summary: 'what git’s hooks call', command: hook },
};
