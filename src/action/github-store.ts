import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import type { ApiReview } from './reviews.ts';

/** A pull request that a commit came in by, as the host's API has it. */
export type ApiPull = {
  number: number;
  title: string;
  head: string;
  base: string;
  author: string | undefined;
  isMerged: boolean;
};

/** What is asked of the host: it is only ever read. */
export type Host = {
  listReviews(number: number): Promise<ApiReview[]>;
  listPulls(commit: string): Promise<ApiPull[]>;
};

/** Where the host's API is, and which repository is asked about. */
export type HostPlace = { url: string; token: string; owner: string; repo: string };

const Client = Octokit.plugin(paginateRest, retry, throttling);

/** Longer than this no check waits for its turn. */
const MAX_WAIT_S = 60;

const RETRIES = 2;

/** How long one answer may take, in milliseconds. */
const TIMEOUT = 20_000;

/** Nobody reads what a library says of its own accord. */
const silent = () => undefined;
const LOG = { debug: silent, info: silent, warn: silent, error: silent };

/** The host's REST API. A request that fails is tried again where that may help, and throws in the end. */
export const openHost = ({ url, token, owner, repo }: HostPlace): Host => {
  const mayWait = (after: number, _options: unknown, _client: unknown, count: number): boolean =>
    count < 1 && after <= MAX_WAIT_S;
  const client = new Client({
    auth: token,
    baseUrl: url,
    log: LOG,
    userAgent: 'leasehold',
    request: {
      fetch: (input: string, init: RequestInit) =>
        fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT) }),
    },
    // In the request's own options it would be for every refusal, of the token or the name too.
    retry: { retries: RETRIES },
    throttle: { onRateLimit: mayWait, onSecondaryRateLimit: mayWait },
  });
  return {
    listReviews: (number) =>
      client.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
        owner,
        repo,
        pull_number: number,
        per_page: 100,
      }),
    listPulls: async (commit) => {
      const { data } = await client.request(
        'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
        {
          owner,
          repo,
          commit_sha: commit,
        },
      );
      return data.map((pull) => ({
        number: pull.number,
        title: pull.title,
        head: pull.head.sha,
        base: pull.base.ref,
        author: pull.user?.login,
        isMerged: typeof pull.merged_at === 'string',
      }));
    },
  };
};
