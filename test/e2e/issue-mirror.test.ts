import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type GithubServer, startGithubServer } from '../github-server.ts';
import {
  addRemote,
  type Call,
  cloneRepo,
  makeRepo,
  type Repo,
  startLeasehold,
} from '../make-repo.ts';

const TOKEN = 'ghp_annAnnAnn';
const ISSUES = '/repos/acme/app/issues';
let server: GithubServer;

beforeAll(async () => {
  server = await startGithubServer();
  server.people = { tokens: { [TOKEN]: 'ann' }, permissions: { ann: 'write' } };
});
afterAll(() => server.close());
afterEach(() => {
  server.fault = () => undefined;
  expect(server.violations).toEqual([]);
});

const configOf = (store: 'file' | 'git'): string =>
  JSON.stringify({
    locks: { store, mirror: 'github', github: { repository: 'acme/app', api: server.url } },
  });

/** The server answers in this very process, so nothing here may wait for a command without letting it. */
const runIn =
  (repo: Repo, token = TOKEN) =>
  (args: string[], { holder = 'ann', ...call }: Call = {}) =>
    startLeasehold(repo, args, { holder, env: { LEASEHOLD_GITHUB_TOKEN: token }, ...call });

const setUp = async (repo: Repo) => {
  const run = runIn(repo);
  expect(await run(['init'])).toMatchObject({ code: 0 });
  return run;
};

const listOpen = () => [...server.issues.values()].filter(({ state }) => state === 'open');
const titles = () => listOpen().map(({ title }) => title);
const newest = () => [...server.issues.values()].at(-1);

it('shows what is held beside the store as issues, and neither decides by them nor fails with them', {
  timeout: 120_000,
}, async () => {
  const repo = makeRepo();
  repo.git('config', 'user.email', 'ann@example.com');
  repo.commitQuietly({ 'src/a.ts': 'a\n', 'leasehold.config.json': configOf('file') });
  const run = await setUp(repo);

  // Claimed, extended, given back: one issue, which says that it is a copy.
  expect(await run(['claim', 'src/', '--task', 'Port the lexer'])).toMatchObject({
    code: 0,
    stderr: '',
  });
  const [issue] = listOpen();
  expect([issue?.title, issue?.labels]).toEqual(['[LOCK] src/ - Port the lexer', ['lock']]);
  expect(issue?.body).toContain('A copy, for people to see');
  expect(issue?.body).toMatch(/"copy_of": \{\s+"store": "file",\s+"token": 1/);
  expect(issue?.body).not.toMatch(/"host"|"worktree"|ann@example/);
  expect(await run(['extend', 'docs/'])).toMatchObject({ code: 0, stderr: '' });
  expect(listOpen().map(({ number, body }) => [number, body.includes('docs/')])).toEqual([
    [issue?.number, true],
  ]);
  expect(await run(['status'])).toMatchObject({ code: 0, stderr: '' });
  expect(await run(['release', '--all'])).toMatchObject({ code: 0, stderr: '' });
  expect([issue?.state, issue?.body]).toEqual(['closed', expect.stringContaining('released')]);

  // Closed by hand nothing is released, and it is not opened again.
  expect(await run(['claim', 'src/'])).toMatchObject({ code: 0 });
  server.closeByHand(newest()?.number ?? 0);
  expect(await run(['claim', 'src/a.ts'], { holder: 'ben' })).toMatchObject({ code: 1 });
  expect(titles()).toEqual([]);

  // By force, by its time: the issue says how it ended.
  expect(await run(['claim', 'lib/'])).toMatchObject({ code: 0 });
  const forced = newest();
  const force = ['release', '--force', '--reason', 'it has crashed', 'lib/'];
  expect(await run(force, { holder: 'ben' })).toMatchObject({ code: 0, stderr: '' });
  expect([forced?.state, forced?.body]).toEqual([
    'closed',
    expect.stringContaining('This lock has ended: forced by `ben`: `it has crashed`'),
  ]);
  expect(await run(['claim', 'brief/', '--ttl', '1s'], { holder: 'eve' })).toMatchObject({
    code: 0,
  });
  const brief = newest();
  await new Promise((done) => setTimeout(done, 1_100));
  expect(await run(['status'])).toMatchObject({ code: 0 });
  expect([brief?.state, brief?.body]).toEqual(['closed', expect.stringContaining('expired')]);
  expect(await run(['release', '--all'])).toMatchObject({ code: 0 });

  // Many commands of one clone at once: an issue a grant.
  const all = ['p/', 'q/', 'r/'].map((scope) =>
    run(['claim', scope], { holder: `agent-${scope[0]}` }),
  );
  const codes = await Promise.all([...all, run(['status']), run(['status'])]);
  expect(codes.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  await run(['status']);
  expect(titles().sort()).toEqual([
    '[LOCK] p/ - held by agent-p',
    '[LOCK] q/ - held by agent-q',
    '[LOCK] r/ - held by agent-r',
  ]);
  for (const holder of ['agent-p', 'agent-q', 'agent-r'])
    await run(['release', '--all'], { holder });
  expect(titles()).toEqual([]);
});

it('leaves the verdict as it is whatever becomes of the mirror, says so in one line, and catches up', {
  timeout: 120_000,
}, async () => {
  const repo = makeRepo();
  repo.commitQuietly({ 'src/a.ts': 'a\n', 'leasehold.config.json': configOf('file') });
  const run = await setUp(repo);
  const isOpening = (route: string) => route === `POST ${ISSUES}`;
  let waiting: (() => void)[] = [];
  const faults: Record<string, GithubServer['fault']> = {
    refused: () => ({ status: 401, body: { message: 'Bad\ncredentials' } }),
    broken: (route) => (isOpening(route) ? { status: 502 } : undefined),
    lost: (route) => (isOpening(route) ? 'lost' : undefined),
    cut: (route) => (isOpening(route) ? 'cut' : undefined),
    late: (route) =>
      isOpening(route)
        ? { before: () => new Promise<void>((done) => waiting.push(done)) }
        : undefined,
  };
  for (const [name, fault] of Object.entries(faults)) {
    server.fault = fault;
    const claimed = await run(['claim', `${name}/`]);
    expect([name, claimed.code, claimed.stderr]).toEqual([
      name,
      0,
      expect.stringMatching(
        /^warning: lock issues do not show yet what is held: [^\n]*; next: [^\n]*leasehold doctor\n$/,
      ),
    ]);
    server.fault = () => undefined;
    expect(await run(['status'])).toMatchObject({ code: 0, stderr: '' });
    expect(titles()).toEqual([`[LOCK] ${name}/ - held by ann`]);
    // What arrives after all that makes a second one, which goes with the first.
    for (const go of waiting) go();
    await server.settled();
    expect(titles()).toHaveLength(1 + waiting.length);
    waiting = [];
    expect(await run(['release', '--all'])).toMatchObject({ code: 0, stderr: '' });
    expect(titles()).toEqual([]);
  }

  // No token at all: doctor says it, and with one it brings the issues up.
  const blind = runIn(repo, '');
  const claimed = await blind(['claim', 'late/']);
  expect([claimed.code, claimed.stderr]).toEqual([
    0,
    expect.stringContaining('LEASEHOLD_GITHUB_TOKEN'),
  ]);
  // Said once, and not at every command.
  expect(await blind(['status'])).toMatchObject({ code: 0, stderr: '' });
  const ill = await blind(['doctor']);
  expect([ill.code, ill.stdout]).toEqual([
    1,
    expect.stringContaining('do not show yet what is held (1)'),
  ]);
  const well = await run(['doctor']);
  expect([well.code, well.stdout]).toEqual([
    0,
    expect.stringContaining('lock issues show what is held here: 1'),
  ]);
  expect(titles()).toEqual(['[LOCK] late/ - held by ann']);
  expect(await run(['release', '--all'])).toMatchObject({ code: 0, stderr: '' });
});

it('with the store git each clone shows what was claimed in it, and whoever ends another one’s grant closes its issue', {
  timeout: 120_000,
}, async () => {
  const seed = makeRepo();
  const bare = addRemote(seed);
  seed.commitQuietly({ 'src/a.ts': 'a\n', 'leasehold.config.json': configOf('git') });
  seed.git('push', '--quiet', 'origin', 'HEAD:main');
  const runs = [];
  for (const name of ['ann', 'ben']) {
    runs.push(await setUp(cloneRepo(seed, `file://${bare}`, name)));
  }
  const [ann, ben] = runs;
  if (!ann || !ben) throw new Error('two clones');
  expect(await ann(['claim', 'src/'])).toMatchObject({ code: 0, stderr: '' });
  expect(await ben(['claim', 'docs/'], { holder: 'ben' })).toMatchObject({ code: 0, stderr: '' });
  expect(titles().sort()).toEqual(['[LOCK] docs/ - held by ben', '[LOCK] src/ - held by ann']);
  const force = ['release', '--force', '--reason', 'gone', 'src/'];
  expect(await ben(force, { holder: 'ben' })).toMatchObject({ code: 0, stderr: '' });
  expect(titles()).toEqual(['[LOCK] docs/ - held by ben']);
  const before = server.requests.length;
  expect(await ann(['status'])).toMatchObject({ code: 0 });
  expect(titles()).toEqual(['[LOCK] docs/ - held by ben']);
  // Once seen to it costs no request.
  const after = server.requests.length;
  expect(after).toBeGreaterThan(before);
  expect(await ann(['status'])).toMatchObject({ code: 0 });
  expect(server.requests.length).toBe(after);
  expect(await ben(['release', '--all'], { holder: 'ben' })).toMatchObject({ code: 0 });
});
