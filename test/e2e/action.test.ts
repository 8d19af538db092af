import { cpSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  ACTION,
  type Answer,
  cloneForWorkflow,
  pullPayload,
  type Ran,
  runAction,
  startApi,
} from '../action-run.ts';
import { cloneRepo, makeGuardedRepo, NO_HOOKS, type Repo } from '../make-repo.ts';
import { publish } from '../past.ts';
import { assertSarif } from '../report/sarif-schema.ts';
import { readLog } from '../report/workflow-commands.ts';

const CONFIG = {
  guard: { rules: { 'owners/not-owner': 'error' } },
  owners: { identities: { 'ben@example.com': ['@ben'] } },
};

const OWNERS = [
  '/docs/ @ann',
  '/team/ @acme/core',
  '/leasehold.config.json @ann',
  '/CODEOWNERS @ann',
].join('\n');

/** For tests that run the action several times: a busy machine takes seconds for one run. */
const PATIENCE = 120_000;

/** A main that is on a remote, and a branch `topic` of it. */
const makeProject = (files: Record<string, string> = {}): { repo: Repo; remote: string } => {
  const repo = makeGuardedRepo(
    { 'src/a.ts': 'one\n', CODEOWNERS: `${OWNERS}\n`, ...files },
    CONFIG,
  );
  const remote = publish(repo);
  repo.git('checkout', '--quiet', '-b', 'topic');
  return { repo, remote };
};

const pushTopic = (repo: Repo, to = 'topic'): void => {
  repo.git('push', '--quiet', '--force', '--no-verify', 'origin', `topic:${to}`);
};

/** What stands on a pull request of `topic` as it is now. */
const judgePull = (repo: Repo, remote: string, run: Parameters<typeof runAction>[3] = {}) => {
  pushTopic(repo);
  rmSync(join(repo.root, 'workspace'), { recursive: true, force: true });
  return runAction(repo, cloneForWorkflow(repo, remote), pullPayload(repo), run);
};

const rulesOf = ({ sarif }: Ran): string[] =>
  assertSarif(sarif).results.map(({ ruleId, level }) => `${level} ${ruleId}`);

type Review = { state: string; login: string; commit: string };

const toAnswer = (reviews: readonly Review[]): Answer => ({
  body: reviews.map(({ state, login, commit }) => ({ state, commit_id: commit, user: { login } })),
});

/** A host where this has been said of the pull request, first word first. */
const reviewedBy = (...reviews: Review[]) =>
  startApi((path) =>
    path === '/repos/acme/app/pulls/7/reviews' ? toAnswer(reviews) : { status: 404, body: {} },
  );

test('passes a clean pull request, and says what it could not see', async () => {
  const { repo, remote } = makeProject();
  repo.commitQuietly({ 'src/a.ts': 'two\n' });

  const ran = await judgePull(repo, remote);

  expect(ran).toMatchObject({ code: 0, errors: '' });
  expect(ran.log).toBe(
    '::notice title=leasehold::not judged: lock/*\nleasehold: nothing stands against this pull request; not judged: lock/*\n',
  );
  expect(ran.outputs).toMatchObject({ verdict: 'pass', errors: '0', 'not-judged': '1' });
  expect(ran.summary).toContain('## leasehold: pull request accepted\n');
  expect(ran.summary).toContain('Pull request 7 <code>a change</code> by <code>ben</code>.');
  expect(ran.summary).toContain('### Not judged');
  expect(rulesOf(ran)).toEqual([]);
});

test('refuses what another holder has, where it sees the locks, and names the holder in the summary', async () => {
  const { repo, remote } = makeProject();
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  pushTopic(repo);
  const cwd = cloneForWorkflow(repo, remote);
  const claimed = repo.leasehold(['claim', 'src/', '--task', 'port'], { cwd, holder: 'codex' });

  const ran = await runAction(repo, cwd, pullPayload(repo), { inputs: { check: 'locks' } });

  expect(claimed.code).toBe(0);
  expect(ran.code).toBe(1);
  expect(rulesOf(ran)).toEqual(['error lock/held']);
  expect(ran.summary).toContain('## Locks and Owners: pull request refused&#58; 1 error');
  expect(ran.summary).toMatch(/\| <code>codex<\/code> holds it \| 20\d\d-/);
  expect(ran.summary).not.toContain('### Not judged');
});

test(
  'judges by the ledger that all clones share: a foreign lock, a forged trailer, a grant of one’s own',
  async () => {
    const seed = makeGuardedRepo({ 'src/a.ts': 'one\n' }, { locks: { store: 'git' } });
    const remote = publish(seed);
    const [ann, ben] = ['ann', 'ben'].map((name) => cloneRepo(seed, `file://${remote}`, name));
    if (!ann || !ben) throw new Error('there are two');
    for (const clone of [ann, ben]) expect(clone.leasehold(['init']).code).toBe(0);
    expect(ann.leasehold(['claim', 'src/'], { holder: 'ann' }).code).toBe(0);
    const push = (clone: Repo): void => {
      clone.git('push', '--quiet', '--force', '--no-verify', 'origin', 'topic');
    };
    for (const clone of [ann, ben]) clone.git('checkout', '--quiet', '-b', 'topic');
    ann.write('src/a.ts', 'two\n');
    expect(ann.tryGit(['commit', '-qam', 'mine'], { holder: 'ann' }).code).toBe(0);
    ben.commitQuietly({ 'src/a.ts': 'three\n' });
    const judge = (clone: Repo, cwd: string) => {
      push(clone);
      return runAction(clone, cwd, pullPayload(clone), { inputs: { check: 'locks' } });
    };
    const cwd = cloneForWorkflow(seed, remote);

    const own = await judge(ann, cwd);
    const anns = ann.git('rev-parse', 'topic');
    const foreign = await judge(ben, cwd);
    ben.commitQuietly({ 'README.md': 'x\n' }, `forged\n\nLock-Grant: ${crypto.randomUUID()}#1`);
    const forged = await judge(ben, cwd);
    const released = ann.leasehold(['release', '--all'], { holder: 'ann' });
    ben.git('reset', '--quiet', '--hard', 'HEAD^');
    const free = await judge(ben, cwd);
    const forced = { ref: 'refs/heads/topic', before: anns, after: ben.git('rev-parse', 'topic') };
    const payload = { ...forced, repository: { default_branch: 'main' } };
    const dropped = await runAction(ben, cwd, payload, {
      event: 'push',
      inputs: { check: 'locks' },
    });
    seed.git('-C', cwd, 'remote', 'set-url', 'origin', 'file:///nowhere');
    const cut = await runAction(ben, cwd, pullPayload(ben), { inputs: { check: 'locks' } });

    expect([own.code, foreign.code, released.code, free.code]).toEqual([0, 1, 0, 0]);
    expect(own.outputs).toMatchObject({ 'not-judged': '0' });
    expect(rulesOf(foreign)).toEqual(['error lock/held']);
    expect(foreign.summary).toContain('<code>ann</code> holds it');
    expect(rulesOf(forged)).toContain('error lock/bad-grant');
    // A push that has thrown her commit away, and has nothing in its place.
    expect(rulesOf(dropped)).toEqual(['error lock/dropped']);
    expect(dropped.log).toContain(`(in ${anns.slice(0, 10)})`);
    // Who holds what by now nobody could tell.
    expect(cut).toMatchObject({ code: 2, outputs: { verdict: 'undecided' } });
  },
  PATIENCE,
);

test(
  'reads locks that are issues with its token, and cannot decide where it may not',
  async () => {
    const { repo, remote } = makeProject();
    const asked: (string | undefined)[] = [];
    const api = await startApi((path, _, { headers }) => {
      asked.push(headers.authorization);
      return path.endsWith('/issues') ? { body: [] } : { status: 404, body: {} };
    });
    const closed = await startApi(() => ({ status: 403, body: {} }));
    const judge = async (at: typeof api) => {
      repo.git('checkout', '--quiet', 'main');
      const locks = { store: 'github', github: { repository: 'acme/app', api: at.url } };
      repo.commitQuietly({ 'leasehold.config.json': JSON.stringify({ ...CONFIG, locks }) });
      repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
      repo.git('checkout', '--quiet', '-B', 'topic');
      repo.commitQuietly({ 'src/a.ts': `${at.url}\n` });
      return judgePull(repo, remote, { api: at, inputs: { check: 'locks' } });
    };

    const open = await judge(api);
    const refused = await judge(closed);

    expect(open).toMatchObject({ code: 0, outputs: { 'not-judged': '0' } });
    expect(new Set(asked)).toEqual(new Set(['token secret']));
    expect(refused).toMatchObject({ code: 2, outputs: { verdict: 'undecided' } });
  },
  PATIENCE,
);

test(
  'refuses what belongs to somebody else until an owner has approved it as it is',
  async () => {
    const { repo, remote } = makeProject({ 'docs/a.md': 'one\n', 'docs/b.md': 'one\n' });
    repo.commitQuietly({ 'docs/a.md': 'two\n' });
    const first = repo.git('rev-parse', 'HEAD');
    const approved = { state: 'APPROVED', login: 'Ann', commit: first };
    const judge = async (...reviews: Review[]) =>
      judgePull(repo, remote, { api: await reviewedBy(...reviews), inputs: { check: 'locks' } });

    const refused = await judge({ ...approved, login: 'eve' });
    const gone = await judge({ ...approved, commit: 'f'.repeat(40) });
    const passed = await judge(approved);
    const commented = await judge(approved, { ...approved, state: 'COMMENTED' });
    const takenBack = await judge(approved, { ...approved, state: 'CHANGES_REQUESTED' });
    repo.commitQuietly({ 'docs/b.md': 'two\n' });
    const beside = await judge(approved);
    repo.commitQuietly({ 'docs/a.md': 'three\n' });
    const late = await judge(approved);

    // What nobody has any more may have been anything.
    expect([refused.code, gone.code]).toEqual([1, 1]);
    expect(refused.log).toContain('next: ask @ann to approve this change\n');
    expect([passed.code, commented.code, takenBack.code]).toEqual([0, 0, 1]);
    // What was approved is approved; what came after is not.
    expect([beside.code, rulesOf(beside).length]).toEqual([1, 1]);
    expect(beside.log).toContain('file=docs/b.md');
    expect(rulesOf(late)).toHaveLength(2);
    expect(late.log).toContain('ask @ann to approve this change again: the path has changed since');
  },
  PATIENCE,
);

test(
  'says of a team that the config does not know that nobody’s approval could count, and counts its members',
  async () => {
    const { repo, remote } = makeProject({ 'team/a.md': 'one\n' });
    repo.commitQuietly({ 'team/a.md': 'two\n' });
    const commit = repo.git('rev-parse', 'HEAD');
    const api = await reviewedBy({ state: 'APPROVED', login: 'cy', commit });

    const unknown = await judgePull(repo, remote, { api });
    repo.git('checkout', '--quiet', 'main');
    const identities = { ...CONFIG.owners.identities, '@acme/core': ['@cy'] };
    repo.commitQuietly({
      'leasehold.config.json': JSON.stringify({ ...CONFIG, owners: { identities } }),
    });
    repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
    const known = await judgePull(repo, remote, { api });

    expect(unknown.code).toBe(1);
    expect(unknown.log).toContain(
      'not judged: approvals of @acme/core: owners.identities does not say who is in it',
    );
    expect(known.code).toBe(0);
  },
  PATIENCE,
);

test(
  'says that it has not read the reviews, whatever the reason',
  async () => {
    const { repo, remote } = makeProject({ 'docs/a.md': 'one\n' });
    repo.commitQuietly({ 'docs/a.md': 'two\n' });
    const commit = repo.git('rev-parse', 'HEAD');
    const forbidden = await startApi(() => ({ status: 403, body: { message: '::error::no' } }));
    const shaky = await startApi((_, before) =>
      before === 0
        ? { status: 502, body: {} }
        : toAnswer([{ state: 'APPROVED', login: 'ann', commit }]),
    );

    const without = await judgePull(repo, remote);
    const refused = await judgePull(repo, remote, { api: forbidden });
    const again = await judgePull(repo, remote, { api: shaky });

    expect(without.log).toContain('reviews: they were not read, for there is no token');
    expect(refused.log).toContain('reviews: they could not be read: the host answered 403');
    expect([without.code, refused.code, again.code]).toEqual([1, 1, 0]);
    expect(shaky.asked).toHaveLength(2);
  },
  PATIENCE,
);

test(
  'audits exports as a check of its own, with its own parser and none of the tree’s',
  async () => {
    const { repo, remote } = makeProject({
      'package.json': '{"name":"app","version":"1.0.0","exports":"./src/index.ts"}',
      'src/index.ts': 'export const a = 1;\n',
      'src/b.ts': 'export const b = 1;\n',
    });
    const trap = `require('node:fs').writeFileSync(${JSON.stringify(repo.path('sprung'))}, '');`;
    repo.commitQuietly({
      'src/index.ts': "export const a = 1;\nexport * from './b.ts';\n",
      'node_modules/oxc-parser/package.json': '{"name":"oxc-parser","main":"index.js"}',
      'node_modules/oxc-parser/index.js': trap,
      'node_modules/oxc-parser/bindings.js': trap,
    });

    // As on a runner: no package of this project is above it.
    const action = join(repo.root, 'action');
    cpSync(ACTION, action, { recursive: true });

    const exports = await judgePull(repo, remote, { inputs: { check: 'exports' }, action });
    const locks = await judgePull(repo, remote, { inputs: { check: 'locks' } });

    expect(exports.code).toBe(1);
    expect(rulesOf(exports)).toEqual(['error exports/wildcard']);
    expect(exports.log).toContain(
      '::error file=src/index.ts,line=2,title=leasehold exports/wildcard',
    );
    expect(exports.summary).toContain('## Export Structure Checks: pull request refused');
    expect(locks.code).toBe(0);
    expect(existsSync(repo.path('sprung'))).toBe(false);
  },
  PATIENCE,
);

test('judges a head that weakens the config or CODEOWNERS by what it would weaken', async () => {
  const { repo, remote } = makeProject({ 'docs/a.md': 'one\n' });
  repo.commitQuietly({
    'leasehold.config.json': JSON.stringify({ guard: { mode: 'off' } }),
    CODEOWNERS: '* @ben\n',
    'docs/a.md': 'two\n',
  });

  const ran = await judgePull(repo, remote, { inputs: { check: 'locks' } });

  expect(ran.code).toBe(1);
  expect(rulesOf(ran).sort()).toEqual([
    'error guard/self-change',
    'error guard/self-change',
    'error owners/not-owner',
    'error owners/not-owner',
    'error owners/not-owner',
  ]);
  const main = repo.git('rev-parse', 'main').slice(0, 10);
  expect(ran.summary).toContain(`Rules: config and CODEOWNERS of <code>${main}</code>`);
});

test('judges a fork by what only the pull request’s own ref has', async () => {
  const { repo, remote } = makeProject({ 'docs/a.md': 'one\n' });
  repo.commitQuietly({ 'docs/a.md': 'two\n' });
  pushTopic(repo, 'refs/pull/7/head');
  const cwd = cloneForWorkflow(repo, remote, '--single-branch');

  const ran = await runAction(repo, cwd, pullPayload(repo, { from: 'eve/app', branch: 'main' }));

  expect(repo.tryGit(['cat-file', '-e', repo.git('rev-parse', 'topic')], { cwd }).code).toBe(0);
  expect(ran.code).toBe(1);
  expect(rulesOf(ran)).toEqual(['error owners/not-owner']);
  expect(ran.summary).toContain('by <code>ben</code>, from a fork.');
});

test(
  'fetches what a shallow clone lacks, and cannot decide where it cannot',
  async () => {
    const { repo, remote } = makeProject({ 'docs/a.md': 'one\n' });
    for (const text of ['two', 'three', 'four']) repo.commitQuietly({ 'docs/a.md': `${text}\n` });
    pushTopic(repo);
    const shallow = () => {
      rmSync(join(repo.root, 'workspace'), { recursive: true, force: true });
      return cloneForWorkflow(repo, remote, '--depth=1', '--branch', 'topic');
    };

    const ran = await runAction(repo, shallow(), pullPayload(repo));
    const cwd = shallow();
    repo.git('-C', cwd, 'remote', 'set-url', 'origin', 'file:///nowhere');
    const cut = await runAction(repo, cwd, pullPayload(repo));

    expect(ran.code).toBe(1);
    expect(ran.summary).toContain('3 commits into main');
    expect(cut.code).toBe(2);
    expect(cut.outputs).toMatchObject({ verdict: 'undecided' });
    expect(readLog(cut.log.trimEnd()).commands).toMatchObject([
      { name: 'error', properties: { title: 'leasehold could not decide' } },
    ]);
    expect(cut.summary).toContain('### Could not decide');
  },
  PATIENCE,
);

test('annotates ten of three hundred findings, puts the others into the log and all into the summary', async () => {
  const { repo, remote } = makeProject({ 'docs/a.md': 'one\n' });
  const names = Array.from({ length: 300 }, (_, at) => `docs/${at}-${'x'.repeat(200)}.md`);
  repo.commitQuietly(Object.fromEntries(names.map((name) => [name, 'new\n'])));

  const ran = await judgePull(repo, remote);

  const { commands, lines } = readLog(ran.log.trimEnd());
  expect(ran.code).toBe(1);
  expect(ran.outputs).toMatchObject({ errors: '300' });
  expect(commands.filter(({ name }) => name === 'error')).toHaveLength(10);
  expect(lines.filter((line) => line.startsWith('error owners/not-owner'))).toHaveLength(290);
  expect(ran.summary.split('\n').filter((line) => line.startsWith('| error |'))).toHaveLength(300);
  expect(Buffer.byteLength(ran.summary)).toBeLessThan(1024 * 1024);
});

/** What none of the action's own Markdown has: a mark of somebody else's that was not made inert. */
const withoutOwnMarks = (summary: string): string =>
  summary
    .replace(/<\/?(?:code|details|summary|br)>/g, '')
    .replace(/&#\d+;/g, '')
    .replace(/^(?:## |### |- )|^\|.*\|$/gm, (line) =>
      line.replace(/^#+ |^- |(?:^| )\|(?= |$)/g, ''),
    );

test('lets no title, branch, message or file name be anything but text', async () => {
  const { repo, remote } = makeProject({ 'docs/a.md': 'one\n' });
  const evil =
    '\n::error::forged%0A\u001b[2J`<img src=x>`|[a](http://x)@everyone #1 \u202e ##[add-mask]y';
  repo.commitQuietly(
    {
      'docs/::error file=x::y\n::warning::z': 'two\n',
      'docs/`|<b>@x**': 'two\n',
      'docs/##[add-mask]q%0A': 'two\n',
    },
    `work\n\nLock-Bypass: ${evil.trim()}`,
  );
  pushTopic(repo);
  const payload = pullPayload(repo, { title: evil, branch: evil });
  payload.pull_request.user.login = evil;

  const ran = await runAction(repo, cloneForWorkflow(repo, remote), payload);

  const { commands } = readLog(ran.log.trimEnd());
  expect(ran.code).toBe(1);
  expect(commands.map(({ name }) => name).sort()).toEqual([
    'error',
    'error',
    'error',
    'notice',
    'notice',
  ]);
  expect(ran.log + ran.summary).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(withoutOwnMarks(ran.summary)).not.toMatch(/[`*<>[\]@~]|#/);
  const rows = ran.summary.split('\n').filter((line) => line.startsWith('| error |'));
  expect(rows.map((line) => line.split(' | ').length)).toEqual([5, 5, 5]);
});

test(
  'judges a squash in the merge queue by the commits of its pull request, under the rules of main',
  async () => {
    const { repo, remote } = makeProject({ 'docs/a.md': 'one\n' });
    repo.commitQuietly({ 'docs/a.md': 'two\n' });
    const head = repo.git('rev-parse', 'topic');
    pushTopic(repo, 'refs/pull/7/head');
    repo.git('checkout', '--quiet', '-b', 'queue', 'main');
    repo.git('merge', '--quiet', '--squash', 'topic');
    repo.git(...NO_HOOKS, 'commit', '--quiet', '-m', 'a change (#7)');
    repo.git('push', '--quiet', '--no-verify', 'origin', 'queue:gh-readonly-queue/main/pr-7-abc');
    const payload = {
      merge_group: {
        head_sha: repo.git('rev-parse', 'queue'),
        base_sha: repo.git('rev-parse', 'main'),
        head_ref: 'refs/heads/gh-readonly-queue/main/pr-7-abc',
        base_ref: 'refs/heads/main',
      },
    };
    const cwd = cloneForWorkflow(repo, remote);
    const api = await reviewedBy({ state: 'APPROVED', login: 'ann', commit: head });

    const refused = await runAction(repo, cwd, payload, { event: 'merge_group' });
    const passed = await runAction(repo, cwd, payload, { event: 'merge_group', api });

    expect([refused.code, passed.code]).toEqual([1, 0]);
    expect(refused.log).toContain(`(in ${head.slice(0, 10)})`);
  },
  PATIENCE,
);

test('judges a push by the pull request that the host squashed into it, and what was added besides', async () => {
  const { repo, remote } = makeProject({ 'docs/a.md': 'one\n', 'docs/b.md': 'one\n' });
  repo.commitQuietly({ 'docs/a.md': 'two\n' });
  const head = repo.git('rev-parse', 'topic');
  pushTopic(repo, 'refs/pull/7/head');
  const before = repo.git('rev-parse', 'main');
  repo.git('checkout', '--quiet', 'main');
  repo.git('merge', '--quiet', '--squash', 'topic');
  repo.write('docs/b.md', 'by the way\n');
  repo.git('add', '--all');
  const host = { GIT_COMMITTER_NAME: 'GitHub', GIT_COMMITTER_EMAIL: 'noreply@github.com' };
  repo.tryGit([...NO_HOOKS, 'commit', '--quiet', '-m', 'a change (#7)'], { env: host });
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  const after = repo.git('rev-parse', 'main');
  const repository = { default_branch: 'main' };
  const payload = { ref: 'refs/heads/main', before, after, repository };
  const pull = {
    number: 7,
    title: 'a change',
    head: { sha: head },
    base: { ref: 'main' },
    user: { login: 'ben' },
    merged_at: '2026-01-01T00:00:00Z',
    merge_commit_sha: after,
  };
  const api = await startApi((path) =>
    path.endsWith('/pulls')
      ? { body: [pull] }
      : toAnswer([{ state: 'APPROVED', login: 'ann', commit: head }]),
  );
  const cwd = cloneForWorkflow(repo, remote);

  const known = await runAction(repo, cwd, payload, { event: 'push', api });
  const unknown = await runAction(repo, cwd, payload, { event: 'push' });
  const deleted = await runAction(
    repo,
    cwd,
    { ...payload, after: '0'.repeat(40) },
    { event: 'push' },
  );

  // Whoever pressed the button is mapped to no owner, and is warned.
  expect(rulesOf(known)).toEqual(['warning owners/unknown-actor']);
  expect(known.log).toContain('file=docs/b.md');
  expect(unknown.log).toContain('file=docs/a.md');
  expect(unknown.log).toContain(`not judged: grants of ${after.slice(0, 10)}`);
  expect(deleted).toMatchObject({ code: 0 });
});

test.each([
  ['an event that brings no change', 'schedule', {}, 'there is nothing to judge in this event'],
  ['a payload that is none', 'pull_request', 'nonsense', 'it names no head'],
])(
  'cannot decide about %s',
  async (_, event, payload, said) => {
    const { repo, remote } = makeProject();
    const ran = await runAction(repo, cloneForWorkflow(repo, remote), payload, { event });
    expect(ran.code).toBe(2);
    expect(ran.log).toContain(said);
  },
  PATIENCE,
);

test(
  'knows no other check, no other directory than one with a repository, and no link to write through',
  async () => {
    const { repo, remote } = makeProject();
    const cwd = cloneForWorkflow(repo, remote);
    const payload = pullPayload(repo);

    const check = await runAction(repo, cwd, payload, { inputs: { check: 'export' } });
    const path = await runAction(repo, repo.root, payload, { inputs: { path: 'home' } });
    symlinkSync(repo.root, join(cwd, 'out'));
    const astray = await runAction(repo, cwd, payload, { inputs: { 'sarif-file': 'out/a.sarif' } });

    expect(check).toMatchObject({ code: 2, outputs: { verdict: 'undecided' } });
    expect(check.log).toContain('--check takes all, locks or exports, not export');
    expect(path.code).toBe(2);
    expect([astray.code, astray.outputs['sarif-file']]).toEqual([2, '']);
    expect(astray.log).toContain('sarif-file is not written: out/a.sarif leads through a link');
    expect(existsSync(join(repo.root, 'a.sarif'))).toBe(false);
    expect(path.log).toContain('%0Anext: check it out first, with actions/checkout');
  },
  PATIENCE,
);
