import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadGithubApi } from './github-api.ts';

/** How a request goes wrong. `lost`: nothing happens; `cut`: it is done, and the answer never comes. */
export type Fault =
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | 'lost'
  | 'cut'
  | { before: () => Promise<unknown> };

type User = { login: string; id: number };
type ServerIssue = {
  number: number;
  title: string;
  body: string;
  user: User;
  labels: string[];
  state: 'open' | 'closed';
  stateReason: string | null;
  createdAt: number;
  updatedAt: number;
  closedAt: number | null;
};
type ServerComment = {
  id: number;
  issue: number;
  body: string;
  user: User;
  createdAt: number;
  updatedAt: number;
};

type Labelling = { id: number; issue: number; label: string; user: User; createdAt: number };

/** Who may do what: logins by token, and the permission of each login. */
type People = { tokens: Record<string, string>; permissions: Record<string, string> };

/** GitHub as far as lock issues go, on a port of this machine. */
export type GithubServer = {
  url: string;
  issues: Map<number, ServerIssue>;
  comments: ServerComment[];
  people: People;
  /** The branches that the repository has, and the messages of pull requests' commits, by their numbers. */
  branches: Set<string>;
  pullMessages: Map<number, string[]>;
  /** Each request as `METHOD path`, and the status that it was answered with. */
  requests: { route: string; status: number }[];
  /** What GitHub's description says against a request or an answer; a test expects none. */
  violations: string[];
  /** Asked of each request before it is answered. */
  fault: (route: string, query: URLSearchParams) => Fault | undefined;
  /** What a person does in the browser. */
  openByHand(login: string, title: string, body: string, labels?: string[]): number;
  closeByHand(number: number): void;
  reopenByHand(number: number): void;
  commentByHand(login: string, number: number, body: string): void;
  labelByHand(login: string, number: number, label: string): void;
  /** As somebody leaves it who has edited it. */
  editByHand(number: number): void;
  /** The last comment of an issue; whoever may write may edit it, and its author stays who it was. */
  editCommentByHand(number: number, body: string): void;
  /** Resolves when no request has been on its way for a moment. */
  settled(): Promise<void>;
  close(): Promise<void>;
};

const BASE = 'https://github.test';
const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
const orNull = (at: number | null): string | null => (at === null ? null : iso(at));

const toUser = ({ login, id }: User) => ({
  login,
  id,
  node_id: `U_${id}`,
  avatar_url: `${BASE}/a`,
  gravatar_id: '',
  url: `${BASE}/users/${login}`,
  html_url: `${BASE}/${login}`,
  followers_url: `${BASE}/f`,
  following_url: `${BASE}/f`,
  gists_url: `${BASE}/g`,
  starred_url: `${BASE}/s`,
  subscriptions_url: `${BASE}/s`,
  organizations_url: `${BASE}/o`,
  repos_url: `${BASE}/r`,
  events_url: `${BASE}/e`,
  received_events_url: `${BASE}/e`,
  type: 'User',
  site_admin: false,
});

const toLabel = (name: string) => ({
  id: 1,
  node_id: 'L_1',
  url: `${BASE}/labels/1`,
  name,
  description: null,
  color: 'ededed',
  default: false,
});

const toIssue = (issue: ServerIssue, comments: number) => ({
  id: 1000 + issue.number,
  node_id: `I_${issue.number}`,
  url: `${BASE}/issues/${issue.number}`,
  repository_url: BASE,
  labels_url: `${BASE}/labels{/name}`,
  comments_url: `${BASE}/comments`,
  events_url: `${BASE}/events`,
  html_url: `${BASE}/acme/app/issues/${issue.number}`,
  number: issue.number,
  state: issue.state,
  state_reason: issue.stateReason,
  title: issue.title,
  body: issue.body,
  user: toUser(issue.user),
  labels: issue.labels.map(toLabel),
  assignee: null,
  assignees: [],
  milestone: null,
  locked: false,
  active_lock_reason: null,
  comments,
  closed_at: orNull(issue.closedAt),
  created_at: iso(issue.createdAt),
  updated_at: iso(issue.updatedAt),
  author_association: 'COLLABORATOR',
});

const toComment = ({ id, issue, body, user, createdAt, updatedAt }: ServerComment) => ({
  id,
  node_id: `C_${id}`,
  url: `${BASE}/comments/${id}`,
  html_url: `${BASE}/comments/${id}`,
  issue_url: `${BASE}/issues/${issue}`,
  body,
  user: toUser(user),
  created_at: iso(createdAt),
  updated_at: iso(updatedAt),
  author_association: 'COLLABORATOR',
});

const toEvent = ({ id, user, label, createdAt }: Labelling) => ({
  id,
  node_id: `E_${id}`,
  url: `${BASE}/events/${id}`,
  actor: toUser(user),
  event: 'labeled',
  commit_id: null,
  commit_url: null,
  created_at: iso(createdAt),
  performed_via_github_app: null,
  label: { name: label, color: 'ededed' },
});

const ID = 'a'.repeat(40);

const toRef = (branch: string) => ({
  ref: `refs/heads/${branch}`,
  node_id: 'R_1',
  url: `${BASE}/refs/1`,
  object: { type: 'commit', sha: ID, url: `${BASE}/commits/${ID}` },
});

const toCommit = (message: string) => {
  const url = `${BASE}/commits/${ID}`;
  const commit = {
    ...{ url, author: null, committer: null, message, comment_count: 0 },
    tree: { sha: ID, url },
  };
  const of = { author: null, committer: null, parents: [] };
  return { url, sha: ID, node_id: 'C_1', html_url: url, comments_url: url, commit, ...of };
};

const readAll = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

type Reply = { status: number; body?: unknown; link?: string };
const notFound: Reply = {
  status: 404,
  body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
};

/** Starts the server; `now` is its clock, in milliseconds since 1970. */
export const startGithubServer = async (now: () => number = Date.now): Promise<GithubServer> => {
  const api = loadGithubApi();
  const issues = new Map<number, ServerIssue>();
  const comments: ServerComment[] = [];
  const labellings: Labelling[] = [];
  const users = new Map<string, User>();
  let [nextNumber, nextId, inFlight, lastAt] = [11, 500, 0, 0];

  const userOf = (login: string): User => {
    const user = users.get(login) ?? { login, id: users.size + 1 };
    users.set(login, user);
    return user;
  };
  const touch = (number: number): void => {
    const issue = issues.get(number);
    if (issue) issue.updatedAt = now();
  };
  const countOf = (number: number) => comments.filter(({ issue }) => issue === number).length;
  const show = (issue: ServerIssue) => toIssue(issue, countOf(issue.number));

  const openIssue = (user: User, title: string, body: string, labels: string[]): ServerIssue => {
    const at = now();
    const issue: ServerIssue = {
      number: nextNumber,
      title,
      body,
      user,
      labels,
      state: 'open',
      stateReason: null,
      createdAt: at,
      updatedAt: at,
      closedAt: null,
    };
    // Pull requests take numbers too.
    nextNumber += 1;
    issues.set(issue.number, issue);
    return issue;
  };
  const addComment = (user: User, number: number, body: string): ServerComment => {
    nextId += 1;
    const at = now();
    const comment = { id: nextId, issue: number, body, user, createdAt: at, updatedAt: at };
    comments.push(comment);
    touch(number);
    return comment;
  };
  const setState = (number: number, state: 'open' | 'closed', reason: string | null): void => {
    const issue = issues.get(number);
    if (!issue) return;
    issue.state = state;
    issue.stateReason = reason;
    issue.closedAt = state === 'closed' ? now() : null;
    touch(number);
  };

  const page = (items: readonly object[], url: URL): Reply => {
    const size = Number(url.searchParams.get('per_page') ?? 30);
    const at = Number(url.searchParams.get('page') ?? 1);
    const next = new URL(url);
    next.searchParams.set('page', String(at + 1));
    const hasNext = items.length > at * size;
    return {
      status: 200,
      body: items.slice((at - 1) * size, at * size),
      ...(hasNext ? { link: `<${next}>; rel="next"` } : {}),
    };
  };
  const listIssues = (url: URL): Reply => {
    const query = url.searchParams;
    const state = query.get('state') ?? 'open';
    const labels = query.get('labels')?.split(',') ?? [];
    const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
    const found = [...issues.values()]
      .filter((issue) => state === 'all' || issue.state === state)
      .filter((issue) => labels.every((label) => issue.labels.includes(label)))
      .sort((a, b) => b[key] - a[key] || b.number - a.number);
    return page(found.map(show), url);
  };

  type Fields = Record<string, unknown>;
  const edit = (number: number, fields: Fields): Reply => {
    const issue = issues.get(number);
    if (!issue) return notFound;
    if (typeof fields.body === 'string') issue.body = fields.body;
    touch(number);
    if (fields.state === 'closed' && issue.state === 'open') {
      setState(number, 'closed', String(fields.state_reason ?? 'completed'));
    }
    return { status: 200, body: show(issue) };
  };
  const answer = (route: string, places: string[], url: URL, body: Fields, user: User): Reply => {
    const number = Number(places[2]);
    switch (route.replaceAll(/\{\w+\}/g, ':')) {
      case 'GET /repos/:/:/issues':
        return listIssues(url);
      case 'POST /repos/:/:/issues':
        return {
          status: 201,
          body: show(
            openIssue(user, String(body.title), String(body.body), (body.labels as string[]) ?? []),
          ),
        };
      case 'GET /repos/:/:/issues/:': {
        const issue = issues.get(number);
        return issue ? { status: 200, body: show(issue) } : notFound;
      }
      case 'PATCH /repos/:/:/issues/:':
        return edit(number, body);
      case 'GET /repos/:/:/issues/:/comments':
        return page(comments.filter(({ issue }) => issue === number).map(toComment), url);
      case 'POST /repos/:/:/issues/:/comments':
        return { status: 201, body: toComment(addComment(user, number, String(body.body))) };
      case 'DELETE /repos/:/:/issues/comments/:': {
        const at = comments.findIndex(({ id }) => id === number);
        if (at !== -1) comments.splice(at, 1);
        return { status: 204 };
      }
      case 'GET /repos/:/:/issues/:/events':
        return page(labellings.filter(({ issue }) => issue === number).map(toEvent), url);
      case 'GET /repos/:/:/git/matching-refs/:': {
        const start = decodeURIComponent(places[2] ?? '').replace(/^heads\//, '');
        const names = [...server.branches].filter((name) => name.startsWith(start));
        return { status: 200, body: names.map(toRef) };
      }
      case 'GET /repos/:/:/pulls/:/commits':
        return page((server.pullMessages.get(number) ?? []).map(toCommit), url);
      default: {
        const login = places[2] ?? '';
        const permission = server.people.permissions[login];
        if (permission === undefined) return notFound;
        const role = { permission, role_name: permission };
        const rights = { pull: true, triage: true, push: true, maintain: false, admin: false };
        const collaborator = {
          ...toUser(userOf(login)),
          role_name: permission,
          permissions: rights,
        };
        return { status: 200, body: { ...role, user: collaborator } };
      }
    }
  };

  const send = (request: IncomingMessage, response: ServerResponse, reply: Reply, headers = {}) => {
    const text = reply.body === undefined ? '' : JSON.stringify(reply.body);
    const etag = `W/"${createHash('sha256').update(text).digest('hex')}"`;
    const isKnown = request.method === 'GET' && request.headers['if-none-match'] === etag;
    const status = isKnown && reply.status === 200 ? 304 : reply.status;
    response.writeHead(status, {
      date: new Date(now()).toUTCString(),
      'content-type': 'application/json; charset=utf-8',
      ...(reply.status === 200 ? { etag } : {}),
      ...(reply.link === undefined ? {} : { link: reply.link }),
      ...headers,
    });
    response.end(status === 304 ? undefined : text);
    return status;
  };

  type Asked = { url: URL; plain: string; login: string | undefined; body: Fields };
  const read = async (request: IncomingMessage): Promise<Asked> => {
    const url = new URL(request.url ?? '', server.url);
    const text = await readAll(request);
    const { authorization = '' } = request.headers;
    const token = /^(?:token|bearer) (.+)$/i.exec(authorization)?.[1] ?? '';
    return {
      url,
      plain: `${request.method} ${url.pathname}`,
      login: server.people.tokens[token],
      body: text === '' ? {} : JSON.parse(text),
    };
  };
  /** What it does for whoever asks, held against GitHub's own description. */
  const serve = (method: string, { url, plain, login, body }: Asked): Reply => {
    if (!login) return { status: 401, body: { message: 'Bad credentials' } };
    const matched = api.match(method, url.pathname);
    if (!matched) server.violations.push(`${plain} is nothing that is asked for`);
    if (!matched || !url.pathname.startsWith('/repos/acme/app/')) return notFound;
    const { route, places } = matched;
    server.violations.push(...api.checkRequest(route, url.searchParams, body));
    const reply = answer(route, places, url, body, userOf(login));
    server.violations.push(...api.checkAnswer(route, reply.status, reply.body));
    return reply;
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = await read(request);
    const { plain, url } = asked;
    const fault = server.fault(plain, url.searchParams);
    const note = (status: number) => server.requests.push({ route: plain, status });
    if (typeof fault === 'object' && 'status' in fault) {
      note(fault.status);
      send(request, response, { body: { message: 'no' }, ...fault }, fault.headers);
      return;
    }
    if (typeof fault === 'object') await fault.before();
    const reply = fault === 'lost' ? undefined : serve(request.method ?? '', asked);
    if (fault === 'lost' || fault === 'cut' || !reply) {
      note(0);
      request.socket.destroy();
      return;
    }
    note(send(request, response, reply));
  };

  const http = createServer((request, response) => {
    inFlight += 1;
    lastAt = performance.now();
    const done = () => {
      inFlight -= 1;
      lastAt = performance.now();
    };
    void respond(request, response)
      .catch((error: unknown) => {
        server.violations.push(String(error));
        request.socket.destroy();
      })
      .finally(done);
  });
  const server: GithubServer = {
    url: '',
    issues,
    comments,
    people: { tokens: {}, permissions: {} },
    branches: new Set(),
    pullMessages: new Map(),
    requests: [],
    violations: [],
    fault: () => undefined,
    openByHand: (login, title, body, labels = ['lock']) =>
      openIssue(userOf(login), title, body, labels).number,
    closeByHand: (number) => setState(number, 'closed', 'completed'),
    reopenByHand: (number) => setState(number, 'open', 'reopened'),
    commentByHand: (login, number, body) => void addComment(userOf(login), number, body),
    labelByHand: (login, number, label) => {
      issues.get(number)?.labels.push(label);
      nextId += 1;
      labellings.push({ id: nextId, issue: number, label, user: userOf(login), createdAt: now() });
      touch(number);
    },
    editByHand: touch,
    editCommentByHand: (number, body) => {
      const comment = comments.findLast(({ issue }) => issue === number);
      if (comment) Object.assign(comment, { body, updatedAt: now() });
    },
    settled: async () => {
      do await new Promise((done) => setTimeout(done, 1));
      while (inFlight > 0 || performance.now() - lastAt < 3);
    },
    close: () =>
      new Promise((done) => {
        http.close(() => done());
        http.closeAllConnections();
      }),
  };
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return server;
};
