import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { parsePages, serialisePages } from './github-pages.ts';
import type { Host, HostAnswer, HostFailure, HostParameters, PageCache } from './host.ts';

/** What reaches GitHub, or a server like it. `pace` is how many milliseconds a second of waiting takes. */
export type GithubOptions = {
  api: string;
  token: string;
  userAgent: string;
  cache: PageCache;
  pace?: number;
  /** How long a call may take, and whether it is made once only; asked before each. */
  limits?: () => { patience: number; isOnce: boolean };
};

/** A call takes at most this long, in milliseconds, before it counts as cut. */
const PATIENCE = 15_000;
const RETRIES = 2;
/** Answers that no second call betters; when a limit ends the throttling plugin knows. */
const FINAL = [400, 401, 403, 404, 410, 422, 429, 451];
/** A limit that ends later than this, in seconds, is for the user to wait for. */
const LONGEST_WAIT = 10;

type Failed = {
  status?: number;
  message?: string;
  response?: { headers?: Record<string, string | undefined>; data?: unknown };
};

const findEnd = (headers: Record<string, string | undefined>): number | undefined => {
  const after = Number(headers['retry-after']);
  if (after > 0) return Date.now() + after * 1000;
  const reset = Number(headers['x-ratelimit-reset']);
  return headers['x-ratelimit-remaining'] === '0' && reset > 0 ? reset * 1000 : undefined;
};

const KINDS: Readonly<Record<number, HostFailure['kind']>> = {
  401: 'unauthorised',
  403: 'forbidden',
  404: 'missing',
  410: 'missing',
  422: 'invalid',
  429: 'rate-limited',
  451: 'forbidden',
};

const toFailure = (error: unknown): HostFailure => {
  const { status = 0, message = '', response } = error as Failed;
  const headers = response?.headers ?? {};
  if (!response) return { kind: 'unreachable', message };
  const until = findEnd(headers);
  const isLimited = status === 429 || (status === 403 && /rate limit/i.test(message));
  if (isLimited || (status === 403 && until !== undefined)) {
    return { kind: 'rate-limited', message, ...(until === undefined ? {} : { until }) };
  }
  return { kind: KINDS[status] ?? 'server', message: `${status} ${message}` };
};

/** Nothing is spaced out: a command writes a few times, and what a limit says is obeyed. */
const AT_ONCE = {
  key: () => ({ schedule: (_: unknown, call: () => unknown) => call() }),
} as never;

const createOctokit = ({ api, token, userAgent, pace = 1000, limits }: GithubOptions) => {
  const isShort = (retryAfter: number, _: object, __: object, retryCount: number) =>
    retryAfter <= LONGEST_WAIT && retryCount < RETRIES;
  const silent = () => undefined;
  const timed: typeof fetch = (url, init) =>
    fetch(url, { ...init, signal: AbortSignal.timeout(limits?.().patience ?? PATIENCE) });
  return new (Octokit.plugin(paginateRest, retry, throttling))({
    auth: token,
    baseUrl: api,
    userAgent,
    // What it would print is told in our own words.
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: { fetch: timed },
    // Said of a request it would hold for answers that no second call betters, too.
    retry: { retries: RETRIES, doNotRetry: FINAL, retryAfterBaseValue: pace / 2 },
    throttle: {
      id: `${api} ${token}`,
      retryAfterBaseValue: pace,
      write: AT_ONCE,
      notifications: AT_ONCE,
      onRateLimit: isShort,
      onSecondaryRateLimit: isShort,
    },
  });
};

/** GitHub through Octokit: limits obeyed, pages followed, and none sent again that has not changed. */
export const createGithubHost = (options: GithubOptions): Host => {
  const octokit = createOctokit(options);
  const pages = parsePages(options.cache.load());
  let at: number | undefined;
  octokit.hook.wrap('request', async (request, sent) => {
    const { url } = octokit.request.endpoint(sent as never) as { url: string };
    const known = sent.method === 'GET' ? pages.get(url) : undefined;
    if (known) sent.headers['if-none-match'] = known.etag;
    if (options.limits?.().isOnce) sent.request = { ...sent.request, retries: 0 };
    const answer = await Promise.resolve(request(sent)).catch((error: Failed) => {
      // The plugin for pages takes a conflict for the end of a list.
      if (error.status === 409) error.status = 500;
      if (error.status !== 304 || !known) throw error;
      const { date } = error.response?.headers ?? {};
      return { status: 200, url, data: known.data, headers: { link: known.link, date } } as never;
    });
    at = Date.parse(String(answer.headers.date)) || undefined;
    const { etag, link } = answer.headers;
    if (sent.method === 'GET' && typeof etag === 'string') {
      pages.keep(url, { etag, link, data: answer.data });
    }
    return answer;
  });
  const settle = async (ask: () => Promise<unknown>): Promise<HostAnswer> => {
    try {
      const data = await ask();
      if (pages.hasChanged()) options.cache.save(serialisePages(pages));
      return { data, at };
    } catch (error) {
      return { failure: toFailure(error) };
    }
  };
  // Whether the first call has made something cannot be told from its failure: a second would make two.
  const once = (route: string): HostParameters =>
    route.startsWith('POST ') ? { request: { retries: 0 } } : {};
  return {
    call: (route, parameters) =>
      settle(async () => (await octokit.request(route, { ...parameters, ...once(route) })).data),
    list: (route, parameters, isEnough = () => false) =>
      settle(async () => {
        const items: unknown[] = [];
        for await (const page of octokit.paginate.iterator(route, {
          per_page: 100,
          ...parameters,
        })) {
          items.push(...(page.data as unknown[]));
          if (isEnough(items)) break;
        }
        return items;
      }),
  };
};
