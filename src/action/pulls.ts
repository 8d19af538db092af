import type { CiEvent, Pull } from '../cli/index.ts';
import type { ApiPull, Host } from './github-store.ts';
import { isCommitId, listApprovers } from './reviews.ts';

/** Why the host did not answer, without a word of what it said. */
const explain = (error: unknown): string => {
  const { status } = error as { status?: unknown };
  const isAnswer = typeof status === 'number' && error instanceof Error && 'response' in error;
  return isAnswer && (error as { response?: unknown }).response !== undefined
    ? `the host answered ${status}`
    : 'the host did not answer';
};

/** A pull request with its reviews, or with why they could not be read. */
export const readReviews = async (host: Host | undefined, pull: Pull): Promise<Pull> => {
  if (!host || pull.number === undefined) {
    return { ...pull, reviews: 'they were not read, for there is no token' };
  }
  try {
    return { ...pull, reviews: listApprovers(await host.listReviews(pull.number)) };
  } catch (error) {
    return { ...pull, reviews: `they could not be read: ${explain(error)}` };
  }
};

const toPull = (found: ApiPull, covers: readonly string[]): Pull => ({
  number: found.number,
  title: found.title,
  ...(found.author === undefined ? {} : { author: found.author }),
  head: found.head,
  covers,
  reviews: [],
});

/**
 * The pull requests that a push has brought, with the commits that the host has made of each. What the host
 * does not tell is judged as it lies there.
 */
export const findMerged = async (
  host: Host | undefined,
  event: CiEvent,
  commits: readonly string[],
): Promise<Pull[]> => {
  if (!host || event.kind !== 'push') return [];
  const found = new Map<number, { pull: ApiPull; covers: string[] }>();
  try {
    for (const commit of commits) {
      for (const pull of await host.listPulls(commit)) {
        const isOurs = pull.isMerged && pull.base === event.head.branch;
        if (!isOurs || !isCommitId(pull.head)) continue;
        const known = found.get(pull.number) ?? { pull, covers: [] };
        found.set(pull.number, { pull, covers: [...known.covers, commit] });
      }
    }
  } catch {
    return [];
  }
  return [...found.values()].map(({ pull, covers }) => toPull(pull, covers));
};
