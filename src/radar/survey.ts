import { createGit, type Repository } from '../kit/git.ts';
import type { Ledger } from '../locks/index.ts';
import { type Candidate, compareByMerging, compareByPaths, type Findings } from './compare.ts';
import {
  type HeldTouch,
  type HolderSources,
  isSameHolder,
  listHeldTouches,
  listHolders,
} from './holders.ts';
import type { Meeting } from './meet.ts';
import { listParties, type Party, type Skipped } from './party.ts';
import { quietEnvironment } from './quiet.ts';
import { type Base, listBranches } from './refs.ts';
import {
  findObjects,
  findRadarBase,
  isShallow,
  readConfigKeys,
  readMainBranch,
  readRefs,
  readUncommitted,
  readWorktrees,
} from './scan.ts';
import { withScratch } from './scratch-store.ts';

/** What the radar looks at, and by whose words. */
export type RadarQuestion = {
  env: NodeJS.ProcessEnv;
  repository: Repository;
  /** The main worktree's top; undefined where the repository is bare. */
  mainTop: string | undefined;
  ledger: Ledger;
  findBound: HolderSources['findBound'];
  /** What all work is to be compared with: the user's own word, and `guard.base`. */
  base: { typed: string | undefined; configured: string | undefined };
};

/** What the radar saw. Parties are told by their place in `lines`. */
export type Survey = Findings & {
  /** Undefined where there is no commit at all. */
  base: Base | undefined;
  /** Who each of them is known to be, by bindings and grants. */
  holders: readonly (readonly string[])[];
  held: readonly HeldTouch[];
};

const MAX_AT_ONCE = 8;

/** So many at a time: a hundred worktrees are a hundred processes. */
const mapSome = async <T, U>(items: readonly T[], ask: (item: T) => Promise<U>): Promise<U[]> => {
  const answers: U[] = [];
  for (let start = 0; start < items.length; start += MAX_AT_ONCE) {
    answers.push(...(await Promise.all(items.slice(start, start + MAX_AT_ONCE).map(ask))));
  }
  return answers;
};

const readCandidates = async (
  parties: readonly Party[],
  env: NodeJS.ProcessEnv,
): Promise<{ candidates: Candidate[]; failed: Skipped[] }> => {
  const failed: Skipped[] = [];
  const candidates = await mapSome(parties, async (party): Promise<Candidate> => {
    const { name, worktree } = party;
    if (!worktree || worktree.isRebasing) return { party, uncommitted: [], keys: [] };
    const found = await readUncommitted(worktree, env);
    if (!('refused' in found)) return { party, uncommitted: found.paths, keys: found.keys };
    failed.push({ name, reason: `what is not committed there cannot be read: ${found.refused}` });
    return { party, uncommitted: [], keys: [] };
  });
  return { candidates, failed };
};

const NOTHING: Findings = {
  lines: [],
  meetings: [],
  behind: [],
  skipped: [],
  failed: [],
  canMerge: true,
};

/**
 * Looks at every worktree and every local branch. Nothing of the repository is changed: what has to be
 * written to be compared is written to a temporary directory. Throws `Undecided` where git cannot answer
 * (`git-failed`), or nothing says what all is compared with (`base-unknown`).
 */
export const surveyRepository = async (question: RadarQuestion): Promise<Survey> => {
  const { repository, ledger, findBound, mainTop } = question;
  const env = quietEnvironment(question.env);
  const cwd = repository.top || repository.commonDir;
  const git = createGit(cwd, env);
  const refs = readRefs(git);
  const { worktrees, skipped, failed: closed } = readWorktrees(git, mainTop);
  const mainBranch = readMainBranch(repository.commonDir);
  const base = findRadarBase(git, refs, { ...question.base, mainBranch });
  if (!base) return { ...NOTHING, base, skipped, failed: closed, holders: [], held: [] };
  const branches = listBranches(refs).filter(({ id }) => id !== base.id);
  const listed = listParties(branches, worktrees);
  const { candidates, failed } = await readCandidates(listed.parties, env);
  const isWorktree = (path: string): boolean =>
    worktrees.some((worktree) => worktree.path === path);
  const holdersOf = (party: Party): string[] =>
    listHolders(party, { ledger, findBound, isWorktree });
  const holders = new Map(listed.parties.map((party) => [party, holdersOf(party)]));
  const ground = {
    base,
    candidates,
    isCut: isShallow(repository.commonDir),
    isOne: (one: Party, other: Party) =>
      isSameHolder(holders.get(one) ?? [], holders.get(other) ?? []),
  };
  const at = { cwd, env, objects: findObjects(git), keys: await readConfigKeys(git) };
  const found =
    (await withScratch(at, (scratch) => compareByMerging(scratch, ground))) ??
    compareByPaths(git, ground);
  const known = found.lines.map(({ party }) => holders.get(party) ?? []);
  return {
    ...found,
    base,
    holders: known,
    held: listHeldTouches(found.lines, known, ledger),
    skipped: [...skipped, ...listed.skipped, ...found.skipped],
    failed: [...closed, ...failed, ...found.failed],
  };
};

/**
 * 2 where something could not be compared (a conflict more may be there), else 1 where a pair would conflict,
 * else 0. What conflicts with the base alone is nobody else's.
 */
export const exitCodeOfSurvey = ({ meetings, failed }: Survey): number => {
  const has = (outcome: Meeting['outcome']): boolean =>
    meetings.some((meeting) => meeting.outcome === outcome);
  if (failed.length > 0 || has('unknown')) return 2;
  return has('conflict') ? 1 : 0;
};
