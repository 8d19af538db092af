import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  copiesOf,
  type Ended,
  locksDirectory,
  makeGuardedRepo,
  type Repo,
  startLeasehold,
} from '../make-repo.ts';
import { nextOf, pasteNext, runShell } from '../shell.ts';

const HOUR = 3_600_000;
const CODEX = { holder: 'codex' };
const CLAUDE = { holder: 'claude' };

const listLocks = (repo: Repo): string[] => readdirSync(locksDirectory(repo));

const readLocks = (repo: Repo) =>
  listLocks(repo).map((name) => JSON.parse(readFileSync(join(locksDirectory(repo), name), 'utf8')));

/** Lets every lock of `holder` have run out a minute ago. */
const expireLocks = (repo: Repo, holder: string): void => {
  for (const name of listLocks(repo)) {
    const path = join(locksDirectory(repo), name);
    const record = JSON.parse(readFileSync(path, 'utf8'));
    if (record.agent !== holder) continue;
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    writeFileSync(path, JSON.stringify({ ...record, locked_at: ago(61), expires_at: ago(1) }));
  }
};

const commitFile = (repo: Repo, path: string, holder: string): Ended => {
  repo.write(path, `${holder} ${Math.random()}\n`);
  repo.git('add', '--', path);
  const commit = repo.tryGit(['commit', '-m', holder], { holder });
  repo.git('reset', '--quiet', '--hard');
  return commit;
};

test('writes a lock file that says who, what, until when and in which mode', () => {
  const repo = makeGuardedRepo();
  const scopes = [
    'src/a.ts',
    'lib/',
    'test/*.ts',
    'regex:^x/.*$',
    '--read',
    'api.ts',
    '--doc',
    'docs/',
  ];
  const task = 'Port the tokenizer';

  const { code, body } = repo.json(['claim', ...scopes, '--task', task, '--ttl', '30m'], CODEX);

  const [{ tables, ...record }] = readLocks(repo);
  expect(code).toBe(0);
  expect(body).toEqual({ version: 1, granted: true, grant: record });
  expect(Object.keys(tables)).toEqual(['glob:test/*.ts', 'regex:^x/.*$']);
  expect(record).toMatchObject({
    agent: 'codex',
    files: ['src/a.ts'],
    directories: ['lib/'],
    patterns: ['glob:test/*.ts', 'regex:^x/.*$'],
    read: { files: ['api.ts'] },
    doc: { directories: ['docs/'] },
    task_description: task,
    version: 1,
    rev: 1,
    token: 1,
    email: 'ben@example.com',
    branch: 'main',
    worktree: repo.top,
  });
  expect(Date.parse(record.expires_at) - Date.parse(record.locked_at)).toBe(HOUR / 2);
  expect(listLocks(repo)).toEqual([`codex.${record.id}.1.lock`]);
});

test('denies a claim with who holds what, until when, what for, and every way out', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/parser/', '--task', 'Port it'], CODEX);

  const claim = repo.leasehold(['claim', 'src/parser/lex.ts'], CLAUDE);

  expect(claim).toMatchObject({ code: 1, stdout: '' });
  expect(claim.stderr).toContain('Denied: nothing was claimed.');
  expect(claim.stderr).toMatch(
    /codex holds src\/parser\/ until [^,]*UTC \(in [^,]*\), task "Port it", in \//,
  );
  for (const way of [
    'wait: ',
    'take another task',
    'ask codex',
    'split the directory',
    'merge the tasks',
  ]) {
    expect(claim.stderr).toContain(`  - ${way}`);
  }
});

test('answers a denied claim, and conflicts, with the same JSON', () => {
  const repo = makeGuardedRepo();
  const { body: held } = repo.json(['claim', 'src/', '--task', 'Port it'], CODEX);

  const claim = repo.json(['claim', 'src/a.ts', 'src/b.ts', '--read', 'src/c.ts'], CLAUDE);
  const conflicts = repo.json(['conflicts', 'src/a.ts', 'src/b.ts', '--read', 'src/c.ts'], CLAUDE);

  const heldBy = {
    holder: 'codex',
    grant: held.grant.id,
    scope: 'src/',
    mode: 'write',
    expires_at: held.grant.expires_at,
    task_description: 'Port it',
  };
  expect([claim.code, conflicts.code]).toEqual([1, 1]);
  expect(claim.body).toEqual({
    version: 1,
    granted: false,
    conflicts: [
      { scope: 'src/a.ts', mode: 'write', held_by: heldBy },
      { scope: 'src/b.ts', mode: 'write', held_by: heldBy },
      { scope: 'src/c.ts', mode: 'read', held_by: heldBy },
    ],
    ways_out: expect.arrayContaining([expect.stringMatching(/^wait: /)]),
  });
  expect(claim.body.ways_out).toHaveLength(5);
  expect(conflicts.body.conflicts).toEqual(claim.body.conflicts);
});

test('grants all scopes of a claim or none of them', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/b.ts'], CODEX);

  const claim = repo.leasehold(['claim', 'a.ts', 'src/', 'c.ts'], CLAUDE);

  expect(claim.code).toBe(1);
  expect(readLocks(repo).map(({ agent }) => agent)).toEqual(['codex']);
  expect(commitFile(repo, 'a.ts', 'somebody').code).toBe(0);
});

test('lets conflicts look without claiming', () => {
  const repo = makeGuardedRepo();

  const free = repo.leasehold(['conflicts', 'src/'], CLAUDE);

  expect(free).toMatchObject({ code: 0, stdout: 'Free: a claim would be granted.\n' });
  expect(repo.json(['status']).body.grants).toEqual([]);
});

test('takes the length of a claim from --ttl, else from the config, and refuses more than is allowed', () => {
  const repo = makeGuardedRepo({}, { locks: { ttl: '10m', maxTtl: '2h' } });
  const spanOf = (args: string[]) => {
    const { grant } = repo.json(['claim', ...args], CODEX).body;
    return Date.parse(grant.expires_at) - Date.parse(grant.locked_at);
  };

  const spans = [spanOf(['a']), spanOf(['b', '--ttl', '1h30m']), spanOf(['c', '--ttl', '2h'])];
  const tooLong = repo.leasehold(['claim', 'd', '--ttl', '121m'], CODEX);
  const nonsense = repo.leasehold(['claim', 'd', '--ttl', 'soon'], CODEX);

  expect(spans).toEqual([HOUR / 6, 1.5 * HOUR, 2 * HOUR]);
  expect([tooLong.code, nonsense.code]).toEqual([2, 2]);
  expect(tooLong.stderr).toContain('more than locks.maxTtl allows (2 h)');
  expect(readLocks(repo)).toHaveLength(3);
});

test('does not let a longer maxTtl in the working tree count before it is committed', () => {
  const repo = makeGuardedRepo({}, { locks: { maxTtl: '2h' } });
  repo.write('leasehold.config.json', '{"locks":{"maxTtl":"9d"}}');

  const claim = repo.leasehold(['claim', 'a', '--ttl', '3h'], CODEX);

  expect(claim.code).toBe(2);
});

test('renews the same grant where a holder claims again what it has, and never shortens it', () => {
  const repo = makeGuardedRepo();
  const first = repo.json(['claim', 'src/', '--ttl', '1h'], CODEX).body.grant;

  const longer = repo.json(['claim', 'src/a.ts', '--ttl', '2h'], CODEX).body.grant;
  const shorter = repo.json(['claim', 'src/', '--ttl', '1m'], CODEX).body.grant;

  expect(longer).toMatchObject({ id: first.id, rev: 2, directories: ['src/'] });
  expect(Date.parse(longer.expires_at)).toBeGreaterThan(Date.parse(first.expires_at));
  expect(shorter).toMatchObject({ id: first.id, expires_at: longer.expires_at });
  expect(repo.json(['status']).body.grants).toHaveLength(1);
});

test('lets a holder claim beside, inside and around what it holds already', () => {
  const repo = makeGuardedRepo();

  const codes = ['src/a/', 'src/b/', 'src/a/x.ts', 'src/'].map(
    (scope) => repo.leasehold(['claim', scope], CODEX).code,
  );

  expect(codes).toEqual([0, 0, 0, 0]);
  expect(repo.leasehold(['claim', 'src/c'], CLAUDE).code).toBe(1);
});

test('renews what a holder has, and nothing of another’s', () => {
  const repo = makeGuardedRepo();
  const first = repo.json(['claim', 'src/'], CODEX).body.grant;

  const own = repo.json(['renew', '--all', '--ttl', '3h'], CODEX);
  const others = repo.leasehold(['renew', '--grant', first.id], CLAUDE);
  const tooLong = repo.leasehold(['renew', '--all', '--ttl', '25h'], CODEX);

  expect(own.code).toBe(0);
  expect(own.body.grants).toMatchObject([{ renewed: true, grant: { id: first.id, rev: 2 } }]);
  expect(Date.parse(own.body.grants[0].grant.expires_at) - Date.now()).toBeGreaterThan(2.9 * HOUR);
  expect([others.code, tooLong.code]).toEqual([1, 2]);
});

test('does not renew what has run out or was released', () => {
  const repo = makeGuardedRepo();
  const { id } = repo.json(['claim', 'src/'], CODEX).body.grant;
  expireLocks(repo, 'codex');
  const expired = repo.leasehold(['renew', '--grant', id], CODEX);
  repo.leasehold(['release', '--all'], CODEX);

  const released = repo.leasehold(['renew', '--grant', id], CODEX);

  expect(expired.code).toBe(1);
  expect(expired.stderr).toContain('it has run out; claim it again');
  expect(released.code).toBe(1);
});

test('refuses to renew what ran out and another has had since, by command, by use and by claiming it', () => {
  const repo = makeGuardedRepo();
  const { id } = repo.json(['claim', 'src/'], CODEX).body.grant;
  expireLocks(repo, 'codex');
  const taken = repo.json(['claim', 'src/a.ts'], CLAUDE).body.grant;

  const byId = repo.leasehold(['renew', '--grant', id], CODEX);
  const all = repo.leasehold(['renew', '--all'], CODEX);
  const extended = repo.leasehold(['extend', 'lib/', '--grant', id], CODEX);
  const again = repo.leasehold(['claim', 'src/'], CODEX);

  for (const { code } of [byId, all, again]) expect(code).toBe(1);
  expect(extended.code).not.toBe(0);
  expect(again.stderr).toContain('claude holds src/a.ts');
  expect(repo.json(['status']).body.grants).toMatchObject([{ id: taken.id, agent: 'claude' }]);
});

test('releases a part of a grant and keeps the rest', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'a/', 'b/', 'c.ts'], CODEX);

  const released = repo.json(['release', 'a/', 'c.ts'], CODEX);

  expect(released.code).toBe(0);
  expect(released.body.released).toMatchObject([
    { released: 'part', scopes: [{ scope: 'c.ts' }, { scope: 'a/' }] },
  ]);
  expect(repo.json(['status']).body.grants).toMatchObject([{ directories: ['b/'], files: [] }]);
  expect(repo.leasehold(['claim', 'a/'], CLAUDE).code).toBe(0);
  expect(repo.leasehold(['claim', 'b/'], CLAUDE).code).toBe(1);
});

test('says with a claim how to give it back, in words that work', () => {
  const repo = makeGuardedRepo();
  const claim = repo.leasehold(['claim', 'src/'], CODEX);

  const pasted = runShell(repo, claim.stdout.split('give it back: ')[1] ?? 'false', CODEX);

  expect(pasted.code).toBe(0);
  expect(listLocks(repo)).toEqual([]);
});

test('releases everything of the holder and nothing of another’s', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'a/'], CODEX);
  repo.leasehold(['claim', 'b/'], CODEX);
  repo.leasehold(['claim', 'c/'], CLAUDE);

  const released = repo.leasehold(['release', '--all'], CODEX);

  expect(released.code).toBe(0);
  expect(repo.json(['status']).body.grants).toMatchObject([{ agent: 'claude' }]);
});

test('refuses to release another’s, and says whose it is', () => {
  const repo = makeGuardedRepo();
  const { id } = repo.json(['claim', 'src/'], CODEX).body.grant;

  const byScope = repo.leasehold(['release', 'src/'], CLAUDE);
  const byId = repo.leasehold(['release', '--grant', id], CLAUDE);
  const byCase = repo.leasehold(['release', '--grant', id], { holder: 'Codex' });

  for (const release of [byScope, byId, byCase]) {
    expect(release.code).toBe(1);
    expect(release.stderr).toContain('codex holds that until');
  }
  expect(repo.json(['status']).body.grants).toHaveLength(1);
});

test('succeeds in releasing twice, and fails to release what never was', () => {
  const repo = makeGuardedRepo();
  const { id } = repo.json(['claim', 'src/'], CODEX).body.grant;
  repo.leasehold(['release', '--grant', id], CODEX);

  const again = repo.leasehold(['release', '--grant', id], CODEX);
  const all = repo.leasehold(['release', '--all'], CODEX);
  const unknown = repo.leasehold(['release', '--grant', 'deadbeef'], CODEX);

  expect([again.code, all.code, unknown.code]).toEqual([0, 0, 2]);
});

/** codex held `src/`, which ran out; claude has had `src/a.ts` since, and has released it. */
const makeRepoAfterTakeOver = copiesOf((): Repo => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], CODEX);
  expireLocks(repo, 'codex');
  repo.leasehold(['claim', 'src/a.ts'], CLAUDE);
  repo.leasehold(['release', '--all'], CLAUDE);
  return repo;
});

test('takes an expired grant over and says so, and its new holder is in the way of the old one', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], CODEX);
  expireLocks(repo, 'codex');

  const takeOver = repo.leasehold(['claim', 'src/a.ts'], CLAUDE);
  const commit = commitFile(repo, 'src/a.ts', 'codex');

  expect(takeOver).toMatchObject({ code: 0, stderr: 'Overwriting expired lock for codex\n' });
  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('claude holds it');
});

test('refuses a holder what another has had since, until it claims that again', () => {
  const repo = makeRepoAfterTakeOver();

  const stale = commitFile(repo, 'src/a.ts', 'codex');
  const pasted = pasteNext(repo, stale.stderr, CODEX);
  const afterwards = commitFile(repo, 'src/a.ts', 'codex');

  expect(stale.code).toBe(1);
  expect(stale.stderr).toMatch(/claude has had the path since: .*\[lock\/taken-over\]/);
  expect(nextOf(stale.stderr)).toBe('leasehold claim -- src/a.ts');
  expect(pasted.code).toBe(0);
  expect(afterwards).toMatchObject({ code: 0, stderr: '' });
});

test('does not tell a holder for ever what it has claimed again already', () => {
  const repo = makeRepoAfterTakeOver();
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  repo.leasehold(['release', '--all'], CODEX);

  const commit = commitFile(repo, 'src/a.ts', 'codex');

  expect(commit.stderr).not.toContain('lock/taken-over');
  expect(commit.code).toBe(0);
});

test('warns a holder, and does not refuse, where nobody has had that part of its expired grant', () => {
  const repo = makeRepoAfterTakeOver();

  const commit = commitFile(repo, 'src/b.ts', 'codex');

  expect(commit.stderr).toContain('[lock/expired]');
  expect(commit.code).toBe(0);
});

test('refuses a holder each part of its expired grant that somebody has had since', () => {
  const repo = makeRepoAfterTakeOver();
  repo.leasehold(['claim', 'src/b.ts'], { holder: 'gemini' });
  repo.leasehold(['release', '--all'], { holder: 'gemini' });

  const commit = commitFile(repo, 'src/b.ts', 'codex');

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('[lock/taken-over]');
});

test('warns who commits under a grant of their own that has run out and that nobody took', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], CODEX);
  expireLocks(repo, 'codex');

  const commit = commitFile(repo, 'src/a.ts', 'codex');

  expect(commit.code).toBe(0);
  expect(commit.stderr).toMatch(
    /warning your grant ran out .* nobody has taken it \[lock\/expired\]/,
  );
});

test('gives each grant a token above all before it, also after releases and take-overs', () => {
  const repo = makeGuardedRepo();
  const tokenOf = (scope: string, call: { holder: string }): number =>
    repo.json(['claim', scope], call).body.grant.token;

  const first = tokenOf('a', CODEX);
  repo.leasehold(['release', '--all'], CODEX);
  const second = tokenOf('a', CLAUDE);
  expireLocks(repo, 'claude');
  const third = tokenOf('a', CODEX);

  expect(second).toBeGreaterThan(first);
  expect(third).toBeGreaterThan(second);
});

test('keeps a log of what happened, in order', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], CODEX);
  repo.leasehold(['claim', 'src/'], CLAUDE);
  repo.leasehold(['renew', '--all'], CODEX);
  expireLocks(repo, 'codex');
  repo.leasehold(['claim', 'src/'], CLAUDE);
  repo.leasehold(['release', '--all'], CLAUDE);

  const { body } = repo.json(['log']);

  expect(
    body.events.map(({ event, holder }: Record<string, string>) => `${event} ${holder}`),
  ).toEqual([
    'claimed codex',
    'denied claude',
    'renewed codex',
    'taken-over codex',
    'claimed claude',
    'released claude',
  ]);
});

test('confines a person that wants it to what they claimed', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/', '--confine']);
  repo.write('README.md', 'changed\n');

  const commit = repo.tryGit(['commit', '-a', '-m', 'mine']);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('[lock/outside-grant]');
});

test('refuses a path that requires a lock until it is claimed', () => {
  const repo = makeGuardedRepo({ 'src/lib.rs': 'one\n' }, { guard: { requireLock: ['src/*.rs'] } });
  const refused = commitFile(repo, 'src/lib.rs', 'codex');

  const pasted = pasteNext(repo, refused.stderr, CODEX);
  const allowed = commitFile(repo, 'src/lib.rs', 'codex');

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('[lock/required]');
  expect(pasted.code).toBe(0);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});

test('lets exempt paths through, whoever holds them', () => {
  const repo = makeGuardedRepo({ 'tasks/1.md': 'one\n' }, { guard: { exempt: ['tasks/'] } });
  repo.leasehold(['claim', 'tasks/'], CODEX);

  const commit = commitFile(repo, 'tasks/1.md', 'claude');

  expect(commit).toMatchObject({ code: 0, stderr: '' });
});

/** Scopes of every kind; each can meet each other at `src/a.ts`. */
const OVERLAPPING = [
  'src/',
  'src/a.ts',
  'src/*.ts',
  '**/a.ts',
  'regex:^src/[a-f]\\.ts$',
  'src/{a,b}.ts',
  'src',
  'src/?.ts',
];

const race = (repo: Repo, scopes: readonly string[]): Promise<Ended[]> =>
  Promise.all(
    scopes.map((scope, index) => startLeasehold(repo, ['claim', scope, '--as', `agent-${index}`])),
  );

test('grants exactly one of eight claims that race for overlapping scopes, round after round', async () => {
  const repo = makeGuardedRepo();

  for (let round = 0; round < 3; round += 1) {
    const claims = await race(repo, OVERLAPPING);
    const winners = claims.flatMap(({ code }, index) => (code === 0 ? [`agent-${index}`] : []));

    expect(claims.map(({ code }) => code).sort()).toEqual([0, 1, 1, 1, 1, 1, 1, 1]);
    expect(readLocks(repo).map(({ agent }) => agent)).toEqual(winners);
    repo.leasehold(['release', '--all', '--as', winners[0] ?? '']);
  }
});

test('grants all of eight claims that race for scopes of their own, each with its own token', async () => {
  const repo = makeGuardedRepo();
  const scopes = OVERLAPPING.map((_, index) => ['a/', 'a/*.ts', 'a/x.ts'][index % 3] ?? '');
  const own = scopes.map((scope, index) => `part-${index}/${scope}`);

  const claims = await race(repo, own);

  expect(claims.map(({ code }) => code)).toEqual(own.map(() => 0));
  expect(new Set(readLocks(repo).map(({ token }) => token)).size).toBe(own.length);
});
