import type { Host, HostAnswer, HostParameters } from '../../src/locks/host.ts';

type Sent = { url: URL; method: string; body: string | undefined };

/** A route and its parameters as a request: what has no place in the path goes into the query, or the body. */
const toRequest = (api: string, route: string, parameters: HostParameters): Sent => {
  const [method = '', template = ''] = route.split(' ');
  const rest = { ...parameters };
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = encodeURIComponent(String(rest[name]));
    delete rest[name];
    return value;
  });
  const url = new URL(api + path);
  if (method !== 'GET') return { url, method, body: JSON.stringify(rest) };
  for (const [name, value] of Object.entries(rest)) url.searchParams.set(name, String(value));
  return { url, method, body: undefined };
};

/**
 * The naivest host that there can be, over the same server: nothing is asked twice, kept or spaced out. A
 * request through Octokit takes twenty times as long, and the store's own tests make thousands.
 */
export const createPlainHost = (api: string, token: string): Host => {
  const call: Host['call'] = async (route, parameters): Promise<HostAnswer> => {
    const { url, method, body } = toRequest(api, route, parameters);
    try {
      const headers = { authorization: `token ${token}`, 'content-type': 'application/json' };
      const answer = await fetch(url, { method, headers, ...(body ? { body } : {}) });
      const data: unknown = answer.status === 204 ? undefined : await answer.json();
      const kind = answer.status >= 500 ? 'server' : 'missing';
      if (!answer.ok) return { failure: { kind, message: String(answer.status) } };
      return { data, at: Date.parse(answer.headers.get('date') ?? '') };
    } catch (error) {
      return { failure: { kind: 'unreachable', message: String(error) } };
    }
  };
  const list: Host['list'] = async (route, parameters) => {
    const items: unknown[] = [];
    let last: HostAnswer = { data: [], at: undefined };
    for (let page = 1; page === 1 || items.length === (page - 1) * 100; page += 1) {
      last = await call(route, { per_page: 100, ...parameters, page });
      if ('failure' in last) return last;
      items.push(...(last.data as unknown[]));
    }
    return { ...last, data: items };
  };
  return { call, list };
};
