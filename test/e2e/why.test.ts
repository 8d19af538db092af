import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  locksDirectory,
  makeGuardedRepo,
  makeRepo,
  NO_HOOKS,
  type Repo,
  writeLock,
} from '../make-repo.ts';
import { nextOf, runShell } from '../shell.ts';

const CODEX = { holder: 'codex' };

const CONFIG = {
  guard: {
    requireLock: ['docs/', 'src/*.ts'],
    exempt: ['notes/'],
    rules: { 'owners/not-owner': 'error', 'lock/expired': 'off' },
  },
  owners: { identities: { 'ben@example.com': ['@ben'], '@org/core': ['ben@example.com'] } },
};

const CODEOWNERS = '# who owns what\n* @ann\n/docs/ @ben\n';

/** The lines of `leasehold.config.json` as `makeGuardedRepo` writes it. */
const LINE = { requireSrc: 5, exempt: 8, notOwner: 11, expired: 12, ben: 17, core: 20 };

const makeConfiguredRepo = (): Repo => {
  const repo = makeGuardedRepo({ CODEOWNERS, 'src/a.ts': 'one\n' }, CONFIG);
  const lines = repo.read('leasehold.config.json').split('\n');
  expect(lines[LINE.requireSrc - 1]).toContain('src/*.ts');
  expect(lines[LINE.notOwner - 1]).toContain('owners/not-owner');
  return repo;
};

const plain = (stdout: string): string[] =>
  stdout
    .replace(/(?:\d{4}-\d\d-\d\d )?\d\d:\d\d UTC \([^)]+\)/g, '15:42 UTC (in 54 min)')
    .replace(/[0-9a-f-]{36}/g, '<id>')
    .trimEnd()
    .split('\n');

test('names the record, how it matches, the rules, the lines of CODEOWNERS and config, and who you are', () => {
  const repo = makeConfiguredRepo();
  repo.leasehold(['claim', 'src/**', '--task', 'Port the tokenizer'], CODEX);

  const why = repo.leasehold(['why', 'src/a.ts']);

  expect(why.code).toBe(1);
  expect(plain(why.stdout)).toEqual([
    'src/a.ts: refused',
    "identity  ben@example.com (git's e-mail), stands for @ben @org/core ben@example.com",
    `            by owners.identities["ben@example.com"], leasehold.config.json:${LINE.ben}`,
    `            by owners.identities["@org/core"], leasehold.config.json:${LINE.core}`,
    'record    codex.<id>.1.lock (token 1, revision 1)',
    '            codex, write on glob:src/** (matched as glob), until 15:42 UTC (in 54 min), task "Port the tokenizer"',
    'owners    @ann, by CODEOWNERS:2 *',
    'config    leasehold.config.json of HEAD, guard.mode enforce by default',
    `            src/*.ts by guard.requireLock[1], leasehold.config.json:${LINE.requireSrc}`,
    'verdict   error lock/held: codex holds it until 15:42 UTC (in 54 min), task "Port the tokenizer"',
    '            by codex.<id>.1.lock; error by default',
    'verdict   error owners/not-owner: it belongs to @ann (CODEOWNERS:2)',
    `            error by guard.rules["owners/not-owner"], leasehold.config.json:${LINE.notOwner}`,
    'next: leasehold conflicts -- src/a.ts',
  ]);
});

test('says the same as JSON', () => {
  const repo = makeConfiguredRepo();
  repo.leasehold(['claim', 'src/**', '--task', 'Port the tokenizer'], CODEX);
  const { id, expires_at, token } = repo.json(['status']).body.grants[0];
  const file = 'leasehold.config.json';

  const { code, body } = repo.json(['why', 'src/a.ts']);

  expect(code).toBe(1);
  expect(body).toEqual({
    version: 1,
    path: 'src/a.ts',
    verdict: 'block',
    actor: { holder: 'ben@example.com', source: 'email', named: false, email: 'ben@example.com' },
    stands_for: {
      owners: ['@ben', '@org/core', 'ben@example.com'],
      settings: [
        { file, key: 'owners.identities["ben@example.com"]', value: '@ben', line: LINE.ben },
        { file, key: 'owners.identities["@org/core"]', value: 'ben@example.com', line: LINE.core },
      ],
    },
    records: [
      {
        file: `codex.${id}.1.lock`,
        holder: 'codex',
        grant: id,
        token,
        rev: 1,
        scope: 'glob:src/**',
        mode: 'write',
        matched: 'glob',
        state: 'active',
        expired: false,
        expires_at,
        task_description: 'Port the tokenizer',
      },
    ],
    held_below: { count: 0, first: [] },
    owners: {
      state: 'owned',
      owners: ['@ann'],
      file: 'CODEOWNERS',
      rules: [{ line: 2, pattern: '*', section: null }],
    },
    config: {
      configured: true,
      mode: 'enforce',
      mode_setting: null,
      settings: [{ file, key: 'guard.requireLock[1]', value: 'src/*.ts', line: LINE.requireSrc }],
    },
    findings: [
      {
        rule: 'lock/held',
        severity: 'error',
        path: 'src/a.ts',
        message: expect.stringContaining('codex holds it'),
        remedy: 'leasehold conflicts -- src/a.ts',
        holder: 'codex',
        grant: id,
        expires_at,
        weighed_by: null,
        weighed_because: null,
      },
      {
        rule: 'owners/not-owner',
        severity: 'error',
        path: 'src/a.ts',
        message: 'it belongs to @ann (CODEOWNERS:2)',
        remedy: 'leasehold claim -- src/a.ts',
        owners: ['@ann'],
        weighed_by: {
          file,
          key: 'guard.rules["owners/not-owner"]',
          value: 'error',
          line: LINE.notOwner,
        },
        weighed_because: null,
      },
    ],
    silenced: [],
    unasked: null,
  });
});

test('says of a path that nothing is said about what it was asked of', () => {
  const repo = makeGuardedRepo({ CODEOWNERS: '/docs/ @ben\n' });

  const why = repo.leasehold(['why', 'lib/x.ts'], CODEX);

  expect(why.code).toBe(0);
  expect(plain(why.stdout)).toEqual([
    'lib/x.ts: allowed',
    'identity  codex (LEASEHOLD_HOLDER)',
    'record    no lock covers it',
    'owners    no rule of CODEOWNERS covers it',
    'config    leasehold.config.json of HEAD, guard.mode enforce by default',
    'verdict   nothing stands against a change',
  ]);
});

test('says why no rule was asked: an exempt path, a mode, a repository without a config', () => {
  const repo = makeConfiguredRepo();
  const off = makeGuardedRepo({}, { guard: { mode: 'off' } });
  const bare = makeRepo();
  bare.commitQuietly({ a: 'one\n' });

  expect(repo.leasehold(['why', 'notes/a.md']).stdout).toContain(
    `notes/ by guard.exempt[0], leasehold.config.json:${LINE.exempt}`,
  );
  expect(repo.leasehold(['why', 'notes/a.md']).stdout).toContain(
    'a change: guard.exempt[0] has it, and no rule is asked',
  );
  expect(off.leasehold(['why', 'a']).stdout).toMatch(
    /guard\.mode off by leasehold\.config\.json:3\n.*guard\.mode is off/,
  );
  expect(bare.leasehold(['why', 'a']).stdout).toContain(
    'HEAD has no leasehold.config.json: defaults',
  );
});

test('tells a glob from the name that it spells, a regex, a record without a token, and one that ran out', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'app/[id]/page.ts', 'regex:^app/[a-z]+/x$'], CODEX);
  writeLock(repo, 'by-hand.lock', { files: ['lib/'] });
  writeLock(repo, 'old.lock', { files: ['old/'], expires_at: '2026-01-02T00:00:00Z' });
  const recordOf = (path: string) => {
    const [record] = repo.json(['why', path]).body.records;
    return [record.matched, record.state, record.token];
  };

  expect(recordOf('app/[id]/page.ts')).toEqual(['literal', 'active', 1]);
  expect(recordOf('app/i/page.ts')).toEqual(['glob', 'active', 1]);
  expect(recordOf('app/ab/x')).toEqual(['regex', 'active', 1]);
  expect(recordOf('lib/a')).toEqual(['literal', 'active', null]);
  expect(recordOf('old/a')).toEqual(['literal', 'expired', null]);
  expect(repo.leasehold(['why', 'lib/a']).stdout).toContain(
    'by-hand.lock (written by hand, no token)',
  );
});

test('shows the note of a grant that was taken, and the finding that it gives', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], CODEX);
  repo.leasehold(['release', '--force', '--reason', 'gone', 'src/'], { holder: 'ann' });

  const mine = repo.json(['why', 'src/a.ts'], CODEX).body;
  const theirs = repo.json(['why', 'src/a.ts'], { holder: 'bob' }).body;

  expect(mine).toMatchObject({
    verdict: 'block',
    records: [{ state: 'ended', holder: 'codex' }],
    findings: [{ rule: 'lock/taken-over' }],
  });
  expect(theirs).toMatchObject({ verdict: 'pass', records: [] });
});

test('says what else made a finding what it is: the mode, a confined claim', () => {
  const warn = makeGuardedRepo({}, { guard: { mode: 'warn' } });
  warn.leasehold(['claim', 'src/'], CODEX);
  const confined = makeGuardedRepo();
  confined.leasehold(['claim', 'src/', '--confine']);

  expect(warn.leasehold(['why', 'src/a.ts'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('guard.mode warn makes it a warning'),
  });
  expect(confined.leasehold(['why', 'lib/a.ts'])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('claim --confine makes it an error'),
  });
});

test('tells of a rule that would have spoken, had the config not turned it off', () => {
  const repo = makeConfiguredRepo();
  writeLock(repo, 'old.lock', {
    agent: 'ben@example.com',
    files: ['lib/'],
    expires_at: '2026-01-02T00:00:00Z',
  });

  const why = repo.leasehold(['why', 'lib/x']);

  expect(why.stdout).toMatch(/\nsilent {4}off lock\/expired: your grant ran out at /);
  expect(why.stdout).toContain(
    `off by guard.rules["lock/expired"], leasehold.config.json:${LINE.expired}`,
  );
});

test('cannot decide where a lock file cannot be read, and names it', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'broken.lock', { files: 'src' });

  const why = repo.leasehold(['why', 'src/a.ts']);
  const cleared = runShell(repo, nextOf(why.stdout));

  expect(why.code).toBe(2);
  expect(why.stdout).toContain(
    'verdict   error lock/unreadable: broken.lock: this lock file cannot be read: files is missing',
  );
  expect(cleared.code).toBe(0);
  expect(repo.leasehold(['why', 'src/a.ts']).code).toBe(0);
});

test('shows what others wrote as data, on lines of ours', () => {
  const repo = makeGuardedRepo({ CODEOWNERS: 'src/\u001b[2J @ann\n' });
  const name = 'by\nverdict   allowed\u001b[2J.lock';
  writeLock(repo, name, { files: ['src'], task_description: '\u001b[2J\nverdict   allowed' });

  const why = repo.leasehold(['why', 'src/a.ts']);

  expect(locksDirectory(repo)).not.toBe('');
  expect(why.stdout.match(/^verdict/gm)).toHaveLength(1);
  // Control characters other than the line's end.
  expect(why.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test('says of a directory what is held in it, by a few of many claims, and exits as for what is held', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'free/b.ts': 'one\n', 'c.ts': 'one\n' });
  const parts = Array.from({ length: 11 }, (_, at) => `src/deep/${at}.ts`);
  repo.leasehold(['claim', 'src/a.ts', '--task', 'Port it'], CODEX);
  repo.leasehold(['claim', 'glob:src/*.md', '--read=c.ts/x'], { holder: 'claude' });
  repo.leasehold(['claim', ...parts], { holder: 'zoe' });
  repo.leasehold(['claim', 'free/b.ts'], { holder: 'me' });
  for (const path of ['new', 'src/deep']) mkdirSync(repo.path(path));
  const me = { holder: 'me' };

  const why = repo.leasehold(['why', 'src'], me);
  const spellings = ['src/', './src//', '.'].map((path) => repo.json(['why', path], me));
  const below = repo.json(['why', 'deep'], { ...me, cwd: repo.path('src') });
  const others = ['free', 'c.ts', 'new', 'src/b.ts'].map((path) => repo.json(['why', path], me));

  expect(why.code).toBe(1);
  expect(plain(why.stdout).slice(0, 9)).toEqual([
    'src: refused',
    'identity  me (LEASEHOLD_HOLDER)',
    'record    no lock covers it',
    'below     claude.<id>.1.lock (token 2, revision 1)',
    '            claude, write on glob:src/*.md (matched as glob), until 15:42 UTC (in 54 min)',
    'below     codex.<id>.1.lock (token 1, revision 1)',
    '            codex, write on src/a.ts (matched as literal), until 15:42 UTC (in 54 min), task "Port it"',
    'below     zoe.<id>.1.lock (token 3, revision 1)',
    '            zoe, write on src/deep/0.ts (matched as literal), until 15:42 UTC (in 54 min)',
  ]);
  expect(why.stdout).toContain('below     and 3 more: leasehold status\n');
  expect(why.stdout).toContain('verdict   error lock/held: claude holds what lies in it until');
  expect(nextOf(why.stdout)).toBe('leasehold conflicts -- src');
  expect(repo.leasehold(['why', '.'], me).stdout).toMatch(/\nnext: leasehold status\n$/);
  expect(spellings.map(({ code, body }) => [code, body.path, body.held_below.count])).toEqual([
    [1, 'src', 13],
    [1, 'src', 13],
    [1, '.', 15],
  ]);
  expect(spellings[0]?.body).toMatchObject({
    verdict: 'block',
    held_below: { first: { length: 10 } },
  });
  // A directory on the disk, of which HEAD knows nothing.
  expect([below.body.path, below.body.held_below.count]).toEqual(['src/deep', 11]);
  expect(others.map(({ body }) => [body.path, body.held_below.count])).toEqual([
    ['free', 1],
    ['c.ts', 0],
    ['new', 0],
    ['src/b.ts', 0],
  ]);
  expect(others.map(({ body }) => body.findings.map(({ rule }: { rule: string }) => rule))).toEqual(
    others.map(() => ['lock/outside-grant']),
  );
});

test('says of a submodule what is held in it, and cannot decide of a directory where a lock cannot be read', () => {
  const repo = makeGuardedRepo();
  const head = repo.git('rev-parse', 'HEAD');
  repo.git('update-index', '--add', '--cacheinfo', `160000,${head},mods/sub`);
  repo.git(...NO_HOOKS, 'commit', '--quiet', '-m', 'a submodule');
  repo.leasehold(['claim', 'mods/sub/a.ts'], CODEX);

  const held = repo.leasehold(['why', 'mods/sub']);
  const free = repo.leasehold(['why', 'docs/']);
  writeLock(repo, 'broken.lock', { files: 'not a list' });
  const undecided = repo.leasehold(['why', 'docs/']);

  expect([held.code, free.code, undecided.code]).toEqual([1, 0, 2]);
  expect(held.stdout).toContain('codex holds what lies in it');
  expect(free.stdout).toContain('docs: allowed');
});
