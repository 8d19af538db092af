import { spawn } from 'node:child_process';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type GithubServer, startGithubServer } from '../github-server.ts';
import { type Call, type Ended, makeRepo, type Repo, startLeasehold } from '../make-repo.ts';

const TOKENS = { ann: 'ghp_annAnnAnn', bob: 'ghp_bobBobBob' };
let server: GithubServer;

beforeAll(async () => {
  server = await startGithubServer();
  server.people = {
    tokens: { [TOKENS.ann]: 'ann', [TOKENS.bob]: 'bob' },
    permissions: { ann: 'write', bob: 'write', olga: 'admin' },
  };
});
afterAll(() => server.close());
afterEach(() => {
  server.fault = () => undefined;
  expect(server.violations).toEqual([]);
});

/** The server answers in this very process: so nothing here may wait for another one without letting it. */
const runGit = (repo: Repo, args: string[], env: Record<string, string>): Promise<Ended> =>
  new Promise((done) => {
    const child = spawn('git', args, {
      cwd: repo.top,
      env: {
        PATH: `${join(repo.root, 'bin')}:${process.env.PATH}`,
        HOME: join(repo.root, 'home'),
        ...env,
      },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('close', (code) => done({ code: code ?? 128, stdout, stderr }));
  });

const CODEOWNERS = '/core/ @olga\n/docs/ @acme/writers\n';
const configOf = (more: object = {}) => ({
  locks: { store: 'github', github: { repository: 'acme/app', api: server.url }, ...more },
  guard: { approval: ['core/**'] },
  owners: { identities: { '@acme/writers': ['@bob'] } },
});

/** A developer's clone, as git sets it up, and who they are. */
const clone = async (holder: 'ann' | 'bob', config: object = configOf()) => {
  const repo = makeRepo();
  repo.git('config', 'user.email', `${holder}@example.com`);
  repo.commitQuietly({
    'src/a.ts': 'a\n',
    'src/b.ts': 'b\n',
    'core/lib.ts': 'l\n',
    CODEOWNERS,
    'leasehold.config.json': JSON.stringify(config),
  });
  const env = { LEASEHOLD_GITHUB_TOKEN: TOKENS[holder], LEASEHOLD_HOLDER: holder };
  const run = (args: string[], call: Call = {}) => startLeasehold(repo, args, { env, ...call });
  const ended = await run(['init']);
  if (ended.code !== 0) throw new Error(ended.stderr);
  return {
    repo,
    run,
    env,
    json: async (args: string[]) => {
      const { code, stdout } = await run([...args, '--json']);
      return { code, body: JSON.parse(stdout) };
    },
    commit: (files: Record<string, string>) => {
      for (const [path, text] of Object.entries(files)) repo.write(path, text);
      repo.git('add', '--all');
      return runGit(repo, ['commit', '--quiet', '-m', 'work'], env);
    },
  };
};

const bodies = () => [...server.issues.values()].map(({ body }) => body).join('\n');

type Pair = Record<'ann' | 'bob', Awaited<ReturnType<typeof clone>>>;

/** One claims, the other is refused, and what they tell each other is in the issues. */
const shareLocks = async ({ ann, bob }: Pair): Promise<void> => {
  // An e-mail that no commit shows yet.
  ann.repo.git('config', 'user.email', 'unseen@example.com');
  const claimed = await ann.json(['claim', 'src/', '--task', 'Port the lexer', '--parent', '604']);
  const number = claimed.body.grant.token;
  const issue = server.issues.get(number);
  expect([claimed.code, issue?.title, issue?.labels]).toEqual([
    0,
    '[LOCK] src/ - Port the lexer',
    ['lock'],
  ]);
  expect(issue?.body).toContain('### Parent issue\n\n#604');
  // Where a grant was made, or by an e-mail that nobody has seen, is nobody's business.
  expect(bodies()).not.toMatch(/worktree|"host"|unseen@/);

  const denied = await bob.run(['claim', 'src/a.ts']);
  expect([denied.code, denied.stderr]).toEqual([1, expect.stringContaining('ann holds src/')]);
  const refused = await bob.commit({ 'src/a.ts': 'mine\n' });
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('lock/held')]);
  const passed = await ann.commit({ 'src/b.ts': 'mine\n' });
  expect([passed.code, passed.stderr]).toEqual([0, '']);
  expect(ann.repo.git('log', '-1', '--format=%(trailers:key=Lock-Grant,valueonly)')).toContain(
    `${claimed.body.grant.id}#${number}`,
  );

  const extended = await ann.json(['extend', 'docs/']);
  const later = extended.body.grant.token;
  expect([later > number, server.issues.get(number)?.state]).toEqual([true, 'closed']);
  const status = await bob.json(['status']);
  expect(status.body.grants).toMatchObject([
    { agent: 'ann', directories: ['src/', 'docs/'], token: later },
  ]);
  expect((await ann.run(['release', '--all'])).code).toBe(0);
  expect(server.issues.get(later)).toMatchObject({ state: 'closed', stateReason: 'completed' });
  expect((await bob.run(['claim', 'src/a.ts'])).code).toBe(0);
  expect((await bob.run(['release', '--all'])).code).toBe(0);
};

/** A push asks GitHub, however new what was fetched is. */
const pushRefreshed = async ({ ann, bob }: Pair): Promise<void> => {
  bob.repo.git('init', '--quiet', '--bare', join(bob.repo.root, 'o.git'));
  bob.repo.git('remote', 'add', 'origin', join(bob.repo.root, 'o.git'));
  bob.repo.git('-c', 'core.hooksPath=/dev/null', 'push', '--quiet', 'origin', 'main');
  expect((await bob.commit({ 'src/a.ts': 'mine\n' })).code).toBe(0);
  await ann.run(['claim', 'src/']);
  const pushed = await runGit(bob.repo, ['push', 'origin', 'main'], bob.env);
  expect([pushed.code, pushed.stderr]).toEqual([1, expect.stringContaining('lock/held')]);
  server.fault = () => 'lost';
  const blind = await runGit(bob.repo, ['push', 'origin', 'main'], bob.env);
  expect([blind.code, blind.stderr]).toEqual([
    1,
    expect.stringContaining('GitHub does not answer'),
  ]);
  server.fault = () => undefined;
  await ann.run(['release', '--all']);
};

/** A commit goes by what was fetched last, and says so where GitHub does not answer. */
const workOffline = async ({ ann, bob }: Pair): Promise<void> => {
  await ann.run(['claim', 'src/a.ts']);
  expect((await bob.run(['status'])).code).toBe(0);
  // Longer ago than locks.maxStale.
  const past = new Date(Date.now() - 90_000);
  utimesSync(bob.repo.path('.git/leasehold/mirror/fetched'), past, past);
  server.fault = () => 'lost';
  const refused = await bob.commit({ 'src/a.ts': 'mine again\n' });
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('lock/held')]);
  expect(refused.stderr).toMatch(/warning: the locks are as they were .* ago/);
  const passed = await bob.run(['check', '--paths', 'src/b.ts']);
  expect(passed.code).toBe(0);
  const claim = await bob.run(['claim', 'src/b.ts']);
  expect([claim.code, claim.stderr]).toEqual([
    2,
    expect.stringContaining('GitHub does not answer'),
  ]);
  server.fault = () => undefined;
  server.people.tokens = {};
  const stranger = await bob.run(['claim', 'src/b.ts']);
  expect([stranger.code, stranger.stderr]).toEqual([
    2,
    expect.stringContaining('does not accept the token'),
  ]);
  const told = stranger.stdout + stranger.stderr + refused.stderr + claim.stderr;
  expect(told).not.toContain(TOKENS.bob);
  server.people.tokens = { [TOKENS.ann]: 'ann', [TOKENS.bob]: 'bob' };
  await ann.run(['release', '--all']);
};

/** What owners are asked for is granted when one has approved, or where it is urgent. */
const askOwners = async ({ ann, bob }: Pair): Promise<void> => {
  const asked = await ann.run(['claim', 'core/lib.ts']);
  const number = Math.max(...server.issues.keys());
  expect([asked.code, asked.stderr]).toEqual([
    1,
    expect.stringContaining(
      `Waiting for approval by @olga: a comment on https://github.test/acme/app/issues/${number} that says\n  /approve 1h for ann\n  core/lib.ts\n`,
    ),
  ]);
  const refusals = await Promise.all([
    ann.run(['run', 'core/lib.ts', '--', 'true']),
    ann.run(['worktree', 'add', 'codex', 'core/']),
  ]);
  expect(
    refusals.map(({ code, stderr }) => [code, /approval of @olga first/.test(stderr)]),
  ).toEqual([
    [125, true],
    [2, true],
  ]);
  const waiting = ann.run(['claim', 'core/lib.ts', '--wait', '--timeout', '60s']);
  server.commentByHand('olga', number, '/approve 1h for ann\ncore/lib.ts');
  const granted = await waiting;
  expect([granted.code, server.issues.get(number)?.body.startsWith('Held by `ann`')]).toEqual([
    0,
    true,
  ]);
  // It was approved for an hour at a time.
  const longer = await ann.json(['claim', 'core/lib.ts', '--ttl', '5h']);
  const renewed = await ann.run(['renew', '--all', '--ttl', '5h']);
  const wider = await ann.run(['claim', 'core/lib.ts', 'docs/', '--ttl', '5h']);
  const { grants, awaiting } = (await bob.json(['status'])).body;
  server.closeByHand(Math.max(...server.issues.keys()));
  expect([longer.code, renewed.code, wider.code, grants.length]).toEqual([0, 0, 1, 1]);
  expect(awaiting).toMatchObject([{ approval: '/approve 5h for ann\ncore/lib.ts\ndocs/' }]);
  expect(renewed.stderr).toContain('is renewed for 1 h at a time, as it was granted');
  expect(Date.parse(grants[0].expires_at) - Date.now()).toBeLessThan(3_700_000);
  await ann.run(['release', '--all']);

  const urgent = await bob.json(['claim', 'core/', '--urgent', 'production is down']);
  const flagged = server.issues.get(urgent.body.grant.token);
  expect([urgent.code, flagged?.labels]).toEqual([0, ['lock', 'lock-urgent']]);
  const log = await bob.json(['log']);
  expect(log.body.events.at(-1)).toMatchObject({
    event: 'claimed',
    reason: 'urgent: production is down',
  });
  await bob.run(['release', '--all']);
};

/** What somebody opens by hand is no lock before an owner has approved of it, whatever a branch says of that. */
const askOwnersByHand = async ({ ann }: Pair): Promise<void> => {
  const form = '### Paths\n\ncore/\n\n### Duration\n\n2h';
  const number = server.openByHand('bob', '[LOCK] core - by hand', form);
  const status = await ann.run(['status', 'core/lib.ts']);
  expect([status.code, status.stdout]).toEqual([
    0,
    `Nobody holds that.\nwaiting for approval:\n  bob: core/, by @olga: a comment on https://github.test/acme/app/issues/${number} that says\n    /approve 2h for bob\n    core/\n`,
  ]);
  const other = await ann.json(['status', 'docs/']);
  expect(other.body).not.toHaveProperty('awaiting');
  ann.repo.git('checkout', '--quiet', '-b', 'topic');
  const loose = { ...configOf(), guard: { approval: [] } };
  const head = { 'leasehold.config.json': JSON.stringify(loose), 'core/lib.ts': 'mine\n' };
  ann.repo.commitQuietly(head);
  const judge = async () => {
    const { code, stdout } = await ann.run(['ci', '--base', 'main', '--check', 'locks', '--json']);
    return [code, JSON.parse(stdout).findings.map(({ rule }: { rule: string }) => rule)];
  };
  const before = await judge();
  server.commentByHand('olga', number, '/approve 2h for bob\ncore/');
  const after = await judge();
  server.fault = (route) => (route.endsWith('/comments') ? { status: 403 } : undefined);
  const [unknown] = await judge();
  server.fault = () => undefined;
  expect([before[0], before[1].includes('lock/held')]).toEqual([0, false]);
  expect([after[0], after[1].includes('lock/held'), unknown]).toEqual([1, true, 2]);
  server.closeByHand(number);
  ann.repo.git('checkout', '--quiet', 'main');
};

/** A token is sent nowhere but to GitHub, unless it was given for there. */
const guardToken = async ({ ann }: Pair): Promise<void> => {
  server.requests.length = 0;
  const env = { GITHUB_TOKEN: TOKENS.ann, GH_TOKEN: TOKENS.ann, LEASEHOLD_HOLDER: 'ann' };
  const refused = await ann.run(['claim', 'src/'], { env });
  expect([refused.code, refused.stderr, server.requests]).toEqual([
    2,
    expect.stringContaining('LEASEHOLD_GITHUB_TOKEN'),
    [],
  ]);
  const there = { ...env, GITHUB_API_URL: server.url };
  expect((await ann.run(['claim', 'src/'], { env: there })).code).toBe(0);
  expect((await ann.run(['release', '--all'], { env: there })).code).toBe(0);
};

/** What `init --protocol` writes stays as it is when it runs again; a merge closes what it names. */
const writeAndMerge = async ({ ann }: Pair): Promise<void> => {
  const first = await ann.json(['init', '--protocol']);
  const again = await ann.json(['init', '--protocol']);
  expect(
    [first.body.protocol, again.body.protocol].map((files) =>
      files.map(({ change }: { change: string }) => change),
    ),
  ).toEqual([
    ['written', 'written'],
    ['unchanged', 'unchanged'],
  ]);
  expect(ann.repo.read('.github/ISSUE_TEMPLATE/lock.yml')).toContain('labels: ["lock"]');
  expect(ann.repo.read('CONTRIBUTING.md')).toContain('### Lock issues');
  const { body } = await ann.json(['claim', 'src/']);
  const number = body.grant.token;
  server.pullMessages.set(7, [`Port it\n\ncloses #${number}`]);
  const env = { ...ann.env, GITHUB_EVENT_PATH: ann.repo.path('event.json') };
  const head = { ref: 'codex/b', repo: { full_name: 'acme/app' } };
  const made = { number: 7, head, base: { repo: head.repo }, user: { login: 'Ann' } };
  const pull = { ...made, merged: true, merged_at: new Date().toISOString() };
  ann.repo.write('event.json', JSON.stringify({ pull_request: pull }));
  const merged = await ann.run(['ci', '--on-merge'], { env });
  expect([merged.code, merged.stdout]).toEqual([0, `Closed lock issues: #${number}\n`]);
  ann.repo.git('checkout', '--quiet', '-b', 'codex/a-b');
  const later = (await ann.json(['claim', 'docs/'])).body.grant.token;
  const next = { merged_at: new Date().toISOString() };
  const onward = { ...pull, ...next, head: { ...head, ref: 'codex/a-b' } };
  ann.repo.write('event.json', JSON.stringify({ pull_request: onward }));
  server.branches.add('codex/a-b');
  const kept = await ann.run(['ci', '--on-merge'], { env });
  server.fault = (route) => (/matching-refs/.test(route) ? { status: 403 } : undefined);
  const untold = await ann.run(['ci', '--on-merge'], { env });
  server.fault = () => undefined;
  server.branches.clear();
  const gone = await ann.run(['ci', '--on-merge'], { env });
  expect([kept.code, kept.stdout]).toEqual([
    0,
    `No lock issue to close.\nLeft open: #${later}, for its branch is still there. Close it where its work is done.\n`,
  ]);
  expect([untold.code, untold.stderr]).toEqual([
    2,
    expect.stringContaining('does not let this token do that'),
  ]);
  expect([gone.code, gone.stdout]).toEqual([0, `Closed lock issues: #${later}\n`]);
  expect(server.issues.get(number)).toMatchObject({
    state: 'closed',
    body: expect.stringContaining('This lock has ended: merged: `pull request #7`'),
  });
};

/** Two clones are six processes to set up: so each pair goes through more than one story. */
const createPair = async (): Promise<Pair> => {
  const [ann, bob] = await Promise.all([clone('ann'), clone('bob')]);
  return { ann, bob };
};

it('two clones share locks by the issues of a repository, online and off', async () => {
  const pair = await createPair();
  await shareLocks(pair);
  await pushRefreshed(pair);
  await workOffline(pair);
}, 120_000);

it('owners are asked where the config says so, and nobody else is sent a token', async () => {
  const pair = await createPair();
  await askOwners(pair);
  await askOwnersByHand(pair);
  await guardToken(pair);
  await writeAndMerge(pair);
}, 120_000);
