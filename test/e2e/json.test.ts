import { expect, test } from 'vitest';
import { HOOK_NAMES } from '../../src/cli/hooks-place.ts';
import {
  copiesOf,
  makeGuardedRepo,
  makeRepo,
  NO_HOOKS,
  type Repo,
  writeLock,
} from '../make-repo.ts';

const CODEX = { holder: 'codex' };

/** codex holds `src/`; `README.md` is changed and staged, and CODEOWNERS gives all to ann. */
const makeBusyRepo = copiesOf((): Repo => {
  const repo = makeGuardedRepo({ CODEOWNERS: '* @ann\nfree/\n' });
  repo.leasehold(['claim', 'src/'], CODEX);
  repo.write('src/a.ts', 'one\n');
  repo.git('add', '--all');
  return repo;
});

test('prints the grant of a claim, a renewal and a release', () => {
  const repo = makeGuardedRepo();

  const claim = repo.json(['claim', 'src/'], CODEX);
  const renew = repo.json(['renew', '--all'], CODEX);
  const release = repo.json(['release', '--all'], CODEX);
  const nothing = repo.json(['release', '--all'], CODEX);

  const { id } = claim.body.grant;
  expect(claim).toMatchObject({ code: 0, body: { version: 1, granted: true } });
  expect(Object.keys(claim.body)).toEqual(['version', 'granted', 'grant']);
  expect(renew).toMatchObject({
    code: 0,
    body: { version: 1, grants: [{ renewed: true, grant: { id, rev: 2 } }] },
  });
  expect(release).toMatchObject({
    code: 0,
    body: {
      version: 1,
      released: [
        { released: 'all', grant: id, scopes: [{ scope: 'src/', mode: 'write' }], unmerged: [] },
      ],
    },
  });
  expect(nothing).toEqual({ code: 0, body: { version: 1, released: [] } });
});

test('prints a refused renewal and a release of another’s, and says 1', () => {
  const repo = makeBusyRepo();

  const renew = repo.json(['renew', '--all'], { holder: 'claude' });
  const release = repo.json(['release', 'src/'], { holder: 'claude' });

  expect(renew).toEqual({ code: 1, body: { version: 1, grants: [] } });
  expect(release).toEqual({ code: 1, body: { version: 1, released: [] } });
});

test('prints the status with active, expired, unreadable and waiting grants apart', () => {
  const repo = makeBusyRepo();
  writeLock(repo, 'old.lock', { agent: 'old', expires_at: '2026-01-02T00:00:00Z', files: ['x'] });
  const readable = repo.json(['status']);
  writeLock(repo, 'spoiled.lock', { files: 'src' });

  const spoiled = repo.json(['status']);

  expect(readable.code).toBe(0);
  expect(Object.keys(readable.body)).toEqual([
    'version',
    'grants',
    'expired',
    'unreadable',
    'waiting',
  ]);
  expect(readable.body).toMatchObject({
    version: 1,
    grants: [{ agent: 'codex', directories: ['src/'] }],
    expired: [{ agent: 'old', files: ['x'] }],
    unreadable: [],
    waiting: [],
  });
  expect(spoiled.code).toBe(2);
  expect(spoiled.body.unreadable).toEqual([{ file: 'spoiled.lock', reason: expect.any(String) }]);
});

test('prints the status of what touches a path alone', () => {
  const repo = makeBusyRepo();

  const inside = repo.json(['status', 'src/deep/x.ts']);
  const outside = repo.json(['status', 'docs/']);

  expect(inside.body.grants).toHaveLength(1);
  expect(outside.body.grants).toHaveLength(0);
});

test('prints a verdict with everything that a machine needs of it', () => {
  const repo = makeBusyRepo();
  const { id, expires_at } = repo.json(['status']).body.grants[0];

  const { code, body } = repo.json(['check']);

  expect(code).toBe(1);
  expect(body).toEqual({
    version: 1,
    verdict: 'block',
    actor: { holder: 'ben@example.com', source: 'email', named: false, email: 'ben@example.com' },
    not_judged: [],
    findings: [
      {
        rule: 'lock/held',
        severity: 'error',
        path: 'src/a.ts',
        message: expect.stringMatching(/^codex holds it until /),
        remedy: 'leasehold conflicts -- src/a.ts',
        holder: 'codex',
        grant: id,
        expires_at,
      },
      {
        rule: 'owners/unknown-actor',
        severity: 'warn',
        path: 'src/a.ts',
        message: expect.any(String),
        remedy: expect.any(String),
        owners: ['@ann'],
      },
    ],
  });
});

test('prints a verdict that passes, and one that nobody could reach', () => {
  const repo = makeBusyRepo();
  const pass = repo.json(['check'], CODEX);
  writeLock(repo, 'spoiled.lock', { files: 'src' });
  const spoiled = repo.json(['check']);
  repo.commitQuietly({ 'leasehold.config.json': '{' });
  repo.write('README.md', 'again\n');
  repo.git('add', '--all');

  const undecided = repo.json(['check'], CODEX);

  expect(pass).toMatchObject({ code: 0, body: { version: 1, verdict: 'pass' } });
  expect(spoiled).toMatchObject({ code: 2, body: { verdict: 'undecided' } });
  expect(spoiled.body.findings[0]).toMatchObject({ rule: 'lock/unreadable', path: 'spoiled.lock' });
  expect(undecided).toMatchObject({
    code: 2,
    body: {
      version: 1,
      verdict: 'undecided',
      findings: [],
      error: { code: 'config-invalid', message: expect.any(String), remedy: expect.any(String) },
    },
  });
});

test('judges what is staged, a range and paths, each in the same form', () => {
  const repo = makeBusyRepo();
  repo.git(...NO_HOOKS, 'commit', '--quiet', '-m', 'past the hook');

  const staged = repo.json(['check', '--staged']);
  const range = repo.json(['check', '--range', 'HEAD^..HEAD']);
  const paths = repo.json(['check', '--paths', 'src/a.ts']);

  expect(staged).toMatchObject({ code: 0, body: { verdict: 'pass', findings: [] } });
  expect(range).toMatchObject({
    code: 1,
    body: { findings: [{ rule: 'lock/held', commit: repo.git('rev-parse', 'HEAD') }, {}] },
  });
  expect(paths).toMatchObject({ code: 1, body: { findings: [{ rule: 'lock/held' }, {}] } });
});

test('prints by --format json what --json prints', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'by-hand.lock', { files: ['src/'] });
  repo.write('src/a.ts', 'one\n');
  repo.git('add', '--all');

  const format = repo.leasehold(['check', '--format', 'json']);

  expect(JSON.parse(format.stdout)).toEqual(repo.json(['check']).body);
  expect(repo.leasehold(['check', '--format', 'xml']).code).toBe(2);
});

test('prints one object by --format json also where it cannot decide', () => {
  const repo = makeBusyRepo();

  const failed = repo.leasehold(['check', '--format', 'json', '--range', 'nowhere..HEAD']);

  expect(failed.code).toBe(2);
  expect(JSON.parse(failed.stdout)).toMatchObject({ version: 1, error: { code: 'base-unknown' } });
});

test('prints the owners of paths: owned, unowned and unmatched', () => {
  const repo = makeGuardedRepo({ CODEOWNERS: 'src/ @ann @org/team\nsrc/free/\n' });

  const { code, body } = repo.json(['owners', 'src/a.ts', 'src/free/x.ts', 'README.md']);

  expect(code).toBe(0);
  expect(body).toEqual({
    version: 1,
    paths: [
      {
        path: 'src/a.ts',
        state: 'owned',
        owners: ['@ann', '@org/team'],
        rule: { pattern: 'src/', line: 1 },
      },
      {
        path: 'src/free/x.ts',
        state: 'unowned',
        owners: [],
        rule: { pattern: 'src/free/', line: 2 },
      },
      { path: 'README.md', state: 'unmatched', owners: [], rule: null },
    ],
  });
});

test('prints why: the records, the identity and the findings on one path', () => {
  const repo = makeBusyRepo();

  const { code, body } = repo.json(['why', 'src/a.ts']);

  expect(code).toBe(1);
  expect(body).toMatchObject({
    version: 1,
    path: 'src/a.ts',
    verdict: 'block',
    actor: { holder: 'ben@example.com' },
    records: [{ holder: 'codex', scope: 'src/', mode: 'write', expired: false }],
    findings: [{ rule: 'lock/held' }, { rule: 'owners/unknown-actor' }],
  });
});

test('prints what a claim would meet, and 0 where it would meet nothing', () => {
  const repo = makeBusyRepo();

  const free = repo.json(['conflicts', 'docs/']);
  const held = repo.json(['conflicts', 'src/']);

  expect(free).toEqual({ code: 0, body: { version: 1, conflicts: [], ways_out: [] } });
  expect(held).toMatchObject({ code: 1, body: { version: 1, conflicts: [{ scope: 'src/' }] } });
});

test('prints who you are, what happened and how the clone is', () => {
  const repo = makeBusyRepo();

  const whoami = repo.json(['whoami'], CODEX);
  const log = repo.json(['log']);
  const doctor = repo.json(['doctor']);

  expect(whoami).toMatchObject({
    code: 0,
    body: { version: 1, holder: 'codex', source: 'environment', named: true, owners: [] },
  });
  expect(log).toMatchObject({
    code: 0,
    body: {
      version: 1,
      events: [{ event: 'claimed', holder: 'codex', token: 1, scopes: [{ scope: 'src/' }] }],
    },
  });
  expect(doctor.code).toBe(0);
  expect(doctor.body).toMatchObject({ version: 1, checks: expect.any(Array) });
  for (const check of doctor.body.checks) expect(check).toMatchObject({ ok: true });
});

test('prints what init did, again and undone', () => {
  const repo = makeRepo();

  const first = repo.json(['init']);
  const again = repo.json(['init']);

  expect(first).toMatchObject({
    code: 0,
    body: { version: 1, config: 'written', hooks: HOOK_NAMES.map((name) => ({ name })) },
  });
  expect(again).toMatchObject({ code: 0, body: { version: 1, config: 'kept' } });
});

test('prints one object where init is undone', () => {
  const repo = makeGuardedRepo();

  const { code, stdout } = repo.leasehold(['init', '--uninstall', '--json']);

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ version: 1 });
});

const USAGE = [
  ['claim'],
  ['claim', 'a', '--ttl', 'soon'],
  ['release'],
  ['release', '--all', '--grant', 'x'],
  ['renew', 'a', '--all'],
  ['check', 'a'],
  ['check', '--staged', '--range', 'A..B'],
  ['check', '--range', 'nonsense'],
  ['why'],
  ['owners'],
  ['status', '--nope'],
  ['clam'],
];

test('prints one error object and nothing else, with 2, where a command is not understood', () => {
  const repo = makeGuardedRepo();

  const answers = USAGE.map((args) => repo.leasehold([...args, '--json'], CODEX));

  for (const [index, { code, stdout, stderr }] of answers.entries()) {
    const said = USAGE[index]?.join(' ');
    expect({ code, stderr }, said).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout), said).toEqual({
      version: 1,
      error: { code: 'usage', message: expect.any(String), remedy: expect.any(String) },
    });
  }
});

test('prints an error object outside a repository', () => {
  const repo = makeRepo();

  const { code, body } = repo.json(['status'], { cwd: repo.root });

  expect(code).toBe(2);
  expect(body).toMatchObject({ version: 1, error: { code: 'not-a-repository' } });
});
