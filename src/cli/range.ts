import { join } from 'node:path';
import {
  type GateContext,
  listTrustedBlobs,
  loadConfig,
  scanRange,
  type TrustedBlobs,
} from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { type Git, readLine, resolveCommit } from '../kit/git.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { printable } from '../kit/quote.ts';
import { type CloneSettings, loadSettings, stateDirectory } from '../locks/index.ts';
import type { Workspace } from './workspace.ts';

/** A range as a pull request is: the commit that it is to be merged into, and its own commits, oldest first. */
export type Range = {
  target: string;
  /** The last commit of the range. */
  tip: string;
  commits: ReturnType<typeof scanRange>;
};

type Sides = { from: string; to: string };

/** git would read the first as an option, the second as "not", and the third as several revisions. */
const isRevision = (text: string): boolean => !/^-|^\^|\.\./.test(text);

/** `A..B` or `A...B`; a side that is left out is HEAD. */
export const parseRange = (text: string): Sides => {
  const match = /^(.*?)\.{2,3}(.*)$/s.exec(text);
  const sides = match && { from: match[1] || 'HEAD', to: match[2] || 'HEAD' };
  if (sides && isRevision(sides.from) && isRevision(sides.to)) return sides;
  throw new Undecided(
    'usage',
    `--range takes A..B, not ${printable(text) || 'nothing'}`,
    'leasehold check --help',
  );
};

const isShallow = (git: Git): boolean =>
  readLine(git, ['rev-parse', '--is-shallow-repository']) === 'true';

const tooShallow = (what: string): Undecided =>
  new Undecided('base-unknown', `this clone is shallow: ${what}`, 'git fetch --unshallow');

/** What is new on one side can only be told where the place is known at which the two parted. */
const assertRelated = (git: Git, sides: Sides, target: string, tip: string): void => {
  if (readLine(git, ['merge-base', target, tip]) !== undefined) return;
  const names = `${printable(sides.from)} and ${printable(sides.to)}`;
  if (isShallow(git)) throw tooShallow(`where ${names} parted is not in it`);
  throw new Undecided(
    'base-unknown',
    `${names} have no common commit`,
    'give the branch that this one came from as A of --range A..B',
  );
};

const MAX_SHALLOW = 64 * 1024 * 1024;

/** The commits whose parents a shallow clone lacks: to git they add every file that there is. */
const listCutOff = ({ context, git, repository }: Workspace): Set<string> => {
  if (!isShallow(git)) return new Set();
  const content = context.files.read(join(repository.commonDir, 'shallow'), MAX_SHALLOW);
  return new Set(content.kind === 'read' ? content.text.split('\n') : []);
};

/**
 * The commits that B has since it and A parted; two dots and three mean the same. A, which they are to be
 * merged into, says what is in force: the author of a branch chooses where it begins, and must not choose
 * the rules with it. Where a shallow clone lacks a part of all this it throws `Undecided` (`base-unknown`).
 */
export const resolveRange = (workspace: Workspace, text: string): Range => {
  const { git } = workspace;
  const sides = parseRange(text);
  const tip = resolveCommit(git, sides.to);
  const target = resolveCommit(git, sides.from);
  assertRelated(git, sides, target, tip);
  const commits = scanRange(git, [tip, `^${target}`]);
  const cutOff = listCutOff(workspace);
  const cut = commits.find(({ commit }) => cutOff.has(commit));
  if (cut) throw tooShallow(`what came before ${cut.commit.slice(0, 10)} is not in it`);
  return { target, tip, commits };
};

/**
 * What a range is judged by where leasehold was never set up, as in a CI's clone: locks are where their
 * holders work, and none of them says nothing of what is held. A repository without a config is left alone.
 */
export const asSeenHere = (
  workspace: Workspace,
  gate: GateContext,
  target: string,
): GateContext => {
  const { context, git, repository } = workspace;
  const trusted = listTrustedBlobs(git, target);
  // Old locks would let through what is held by now, and there is nobody to read a warning.
  workspace.demandLocks('required');
  workspace.trustSide(target);
  const settings = loadSettings(context.files, repository.commonDir);
  const store = settings?.store ?? locateByConfig(workspace, trusted);
  if (store === 'git') return { ...gate, sight: 'shared' };
  // Open issues are what binds; how others ended is not read, and only a clone that was set up has a log.
  if (store === 'github') return settings ? gate : { ...gate, sight: 'locks' };
  const hasState = context.files.list(stateDirectory(repository.commonDir)).length > 0;
  const isBlind = !hasState && trusted.has(CONFIG_FILE);
  return isBlind ? { ...gate, sight: 'owners' } : gate;
};

/** Where the locks of a clone are that was never set up: where the trusted config has them. */
const locateByConfig = (
  workspace: Workspace,
  trusted: NonNullable<TrustedBlobs>,
): CloneSettings['store'] => {
  const { locks } = loadConfig(workspace.git, trusted);
  workspace.locateLocks(locks);
  return locks.store;
};
