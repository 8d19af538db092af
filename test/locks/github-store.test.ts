import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGithubHost } from '../../src/locks/github-store.ts';
import { createIssueCalls } from '../../src/locks/issue-calls.ts';
import { type GithubServer, startGithubServer } from '../github-server.ts';
import { createFakeClock, NOW, SECOND } from '../kit/fake-clock.ts';

const TOKEN = 'ghp_secretOfAnn';
const LIST = 'GET /repos/acme/app/issues';
const OPEN = 'POST /repos/acme/app/issues';

let server: GithubServer;
let kept: string | undefined;
const clock = createFakeClock();

beforeAll(async () => {
  server = await startGithubServer(clock.now);
  server.people = { tokens: { [TOKEN]: 'ann' }, permissions: { ann: 'write', eve: 'read' } };
});
afterAll(() => server.close());
beforeEach(() => {
  server.fault = () => undefined;
  server.requests.length = 0;
  kept = undefined;
});

const open = (token = TOKEN) => {
  const cache = {
    load: () => kept,
    save: (text: string) => {
      kept = text;
    },
  };
  const host = createGithubHost({ api: server.url, token, userAgent: 'test', cache, pace: 1 });
  return { host, calls: createIssueCalls(host, { repository: 'acme/app', label: 'lock' }, clock) };
};
const failWith = (
  status: number,
  more: { headers?: Record<string, string>; message?: string } = {},
) => {
  const { headers = {}, message = 'no' } = more;
  server.fault = () => ({ status, headers, body: { message } });
};
const statuses = () => server.requests.map(({ status }) => status);

describe('a list of issues', () => {
  it('has the issues of the label and nothing else, over all pages', async () => {
    for (let at = 0; at < 120; at += 1) server.openByHand('ann', `[LOCK] ${at}`, 'text');
    server.openByHand('ann', 'no lock', 'text', ['bug']);
    const issues = await open().calls.listOpen();
    expect([issues.length, new Set(issues.map(({ number }) => number)).size]).toEqual([120, 120]);
  });

  it('is not sent again where nothing has changed, by a later process either', async () => {
    const first = await open().calls.listOpen();
    server.requests.length = 0;
    const second = await open().calls.listOpen();
    expect(second).toEqual(first);
    expect(statuses()).toEqual([304, 304, 304, 304]);
  });

  it('shows what has changed on a page of it', async () => {
    const { calls } = open();
    const [newest] = await calls.listOpen();
    server.closeByHand(newest?.number ?? 0);
    const later = await calls.listOpen();
    expect(later.map(({ number }) => number)).not.toContain(newest?.number);
    expect(later).toHaveLength(119);
    for (const number of [...server.issues.keys()]) server.closeByHand(number);
  });

  it('is read again where an issue leaves a page while the next one is on its way', async () => {
    for (let at = 0; at < 130; at += 1) server.openByHand('ann', `[LOCK] ${at}`, 'text');
    const newest = Math.max(...server.issues.keys());
    server.fault = (route, query) => {
      // Between the first page and the second the first issue of the second moves up.
      if (route === LIST && query.get('page') === '2') server.closeByHand(newest);
      return undefined;
    };
    const issues = await open().calls.listOpen();
    const left = [...server.issues.values()].filter(({ state }) => state === 'open');
    expect(issues.map(({ number }) => number).sort()).toEqual(
      left.map(({ number }) => number).sort(),
    );
    for (const number of [...server.issues.keys()]) server.closeByHand(number);
  });

  it.each([[{ status: 200, body: { message: 'welcome' } }], [{ status: 200, body: [{ id: 1 }] }]])(
    'that is none of issues is no empty one: %j',
    async (fault) => {
      server.fault = () => fault;
      await expect(open().calls.listOpen()).rejects.toMatchObject({ code: 'remote-unreachable' });
    },
  );

  it('that a conflict cuts short is no short one', async () => {
    failWith(409);
    await expect(open().calls.listOpen()).rejects.toMatchObject({ code: 'remote-unreachable' });
  });
});

describe('what goes wrong', () => {
  it.each([
    [401, {}, 'remote-refused', 'does not accept the token'],
    [403, { message: 'Resource not accessible' }, 'remote-refused', 'does not let this token'],
    [404, {}, 'remote-refused', 'no issues in acme/app'],
    [410, { message: 'Issues are disabled' }, 'remote-refused', 'no issues in acme/app'],
    [422, { message: 'Validation Failed' }, 'remote-refused', 'does not take the issue'],
    [500, {}, 'remote-unreachable', 'does not answer'],
    [
      403,
      {
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2100000000' },
        message: 'API rate limit exceeded',
      },
      'remote-unreachable',
      'no more until',
    ],
    [
      403,
      { headers: { 'retry-after': '3600' }, message: 'You have exceeded a secondary rate limit' },
      'remote-unreachable',
      'no more until',
    ],
    [429, { headers: { 'retry-after': '3600' } }, 'remote-unreachable', 'no more until'],
  ])('ends as "could not decide", with what to do: %s %j', async (status, more, code, message) => {
    failWith(status, more);
    const error = await open()
      .calls.find(1)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    expect((error as { remedy: string }).remedy).not.toBe('');
    expect(JSON.stringify([error, String(error)])).not.toContain(TOKEN);
    expect(server.requests).toHaveLength(status === 500 ? 3 : 1);
  });

  it('says what the host said as one quoted line', async () => {
    failWith(403, { message: 'no\u001b[2J\nleasehold release --all' });
    await expect(open().calls.find(1)).rejects.toMatchObject({
      message: expect.stringContaining('"403 no\\x1b[2J leasehold release --all"'),
    });
  });

  it.each([
    ['a fault of the server', { status: 502 }],
    ['a cut connection', 'cut'],
    ['a lost request', 'lost'],
    [
      'a short secondary limit',
      { status: 403, headers: { 'retry-after': '1' }, body: { message: 'secondary rate limit' } },
    ],
  ] as const)('is tried again where that may help: %s', async (_, fault) => {
    const number = server.openByHand('ann', '[LOCK] a', 'text');
    let count = 0;
    server.fault = () => {
      count += 1;
      return count === 1 ? (fault as never) : undefined;
    };
    expect((await open().calls.find(number)).number).toBe(number);
    server.closeByHand(number);
  });

  it.each(['cut', 'lost', { status: 502 }] as const)(
    'never opens a second issue, for the first may be there: %j',
    async (fault) => {
      const before = server.issues.size;
      server.fault = (route) => (route === OPEN ? fault : undefined);
      expect(await open().calls.open('[LOCK] a', 'text')).toBeUndefined();
      expect(server.requests.filter(({ route }) => route === OPEN)).toHaveLength(1);
      expect(server.issues.size - before).toBe(fault === 'cut' ? 1 : 0);
    },
  );
});

describe('the host', () => {
  it('says who may write: by permission, for an association alone does not tell', async () => {
    const { calls } = open();
    expect([...(await calls.listWriters(['ann', 'eve', 'ghost', 'ann']))]).toEqual(['ann']);
    await calls.listWriters(['ann', 'eve']);
    expect(statuses()).toEqual([200, 200, 404]);
  });

  it('tells the time, where its clock and ours differ', async () => {
    const { calls } = open();
    const own = createFakeClock(NOW - 600 * SECOND);
    const late = createIssueCalls(open().host, { repository: 'acme/app', label: 'lock' }, own);
    await calls.listOpen();
    await late.listOpen();
    expect([calls.now(), late.now()]).toEqual([clock.now(), clock.now()]);
  });

  it('is asked nothing that GitHub does not know, and answers as GitHub does', () => {
    expect(server.violations).toEqual([]);
  });
});
