import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shellQuote } from '../../src/kit/quote.ts';
import {
  addRemote,
  type Call,
  type Ended,
  locksDirectory,
  makeGuardedRepo,
  type Repo,
  writeLock,
} from '../make-repo.ts';
import { runShell } from '../shell.ts';

const CODEX = { holder: 'codex' };
const CLAUDE = { holder: 'claude' };
const GEMINI = { holder: 'gemini' };
const LONG_AGO = new Date('2026-01-01T00:00:00Z');

const stateOf = (repo: Repo, ...parts: string[]): string =>
  join(locksDirectory(repo), '..', ...parts);

/** Whatever waits for ever here is ended by the shell's time limit, and has failed. */
const run = (repo: Repo, words: readonly string[], call?: Call): Ended =>
  runShell(repo, `exec ${words.map(shellQuote).join(' ')}`, call);

const leasehold = (repo: Repo, args: readonly string[], call?: Call): Ended =>
  run(repo, ['leasehold', ...args], call);

const makeDirectory = (path: string): void => {
  mkdirSync(path, { recursive: true });
  utimesSync(path, LONG_AGO, LONG_AGO);
};

const expireLocks = (repo: Repo, holder: string): void => {
  for (const name of readdirSync(locksDirectory(repo))) {
    const path = join(locksDirectory(repo), name);
    const record = JSON.parse(readFileSync(path, 'utf8'));
    if (record.agent !== holder) continue;
    const times = { locked_at: '2026-01-01T00:00:00Z', expires_at: '2026-01-01T01:00:00Z' };
    writeFileSync(path, JSON.stringify({ ...record, ...times }));
  }
};

const commitFile = (repo: Repo, path: string, call: Call): Ended => {
  repo.write(path, `${Math.random()}\n`);
  repo.git('add', '--', path);
  const commit = repo.tryGit(['commit', '-m', 'work'], call);
  repo.git('reset', '--quiet', '--hard');
  return commit;
};

const DEEP = '['.repeat(100_000) + ']'.repeat(100_000);

test.each([
  ['an ask', 'asks', '{"at":{"toString":1}}'],
  ['an ask that is deep', 'asks', `{"at":${DEEP}}`],
  ['a ticket', 'queue', '{"since":{"toString":1}}'],
  ['a ticket that is deep', 'queue', `{"until":${DEEP}}`],
  ['a note', 'ended', '{"ended_at":{"toString":1},"record":{}}'],
])('is stopped by no time that is none: %s', (_, place, text) => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.leasehold(['claim', 'src/'], CODEX);
  mkdirSync(stateOf(repo, place), { recursive: true });
  writeFileSync(stateOf(repo, place, 'codex.1.json'), text);

  expect(leasehold(repo, ['status'], CODEX)).toMatchObject({ code: 0, stderr: '' });
  expect(leasehold(repo, ['doctor']).code).toBe(0);
  expect(leasehold(repo, ['claim', 'lib/'], CLAUDE).code).toBe(0);
  expect(commitFile(repo, 'src/a.ts', CODEX)).toMatchObject({ code: 0, stderr: '' });
});

test('waits for no reader where a FIFO lies in the place of the log, and grants nothing', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'a/'], CODEX);
  rmSync(stateOf(repo, 'log.jsonl'));
  execFileSync('mkfifo', [stateOf(repo, 'log.jsonl')]);

  const claim = leasehold(repo, ['claim', 'b/'], CLAUDE);

  expect(claim).toMatchObject({ code: 2, stdout: '' });
  expect(claim.stderr).toContain('log.jsonl');
  expect(readdirSync(locksDirectory(repo))).toHaveLength(1);
});

test('follows no link in the place of the log', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'a/'], CODEX);
  const target = join(repo.root, 'elsewhere');
  execFileSync('ln', ['-sf', target, stateOf(repo, 'log.jsonl')]);

  const claim = leasehold(repo, ['claim', 'b/'], CLAUDE);

  expect(claim.code).toBe(2);
  expect(existsSync(target)).toBe(false);
});

test('says where a log lies that cannot be read, and not a command that finds nothing ill', () => {
  const repo = makeGuardedRepo();
  mkdirSync(stateOf(repo, 'log.jsonl'));

  const { stderr } = leasehold(repo, ['log']);

  expect(stderr).toContain(`next: ls -la ${stateOf(repo)}`);
});

test('lists the events of a log in which somebody has written something deep', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'a/'], CODEX);
  const [line = ''] = readFileSync(stateOf(repo, 'log.jsonl'), 'utf8').split('\n');
  appendFileSync(stateOf(repo, 'log.jsonl'), `${line.slice(0, -1)},"x":${DEEP}}\n`);

  const { code, body } = repo.json(['log']);

  expect(code).toBe(0);
  expect(body.events).toHaveLength(2);
});

test('grants on beside a directory among the claims on their way in', () => {
  const repo = makeGuardedRepo();
  makeDirectory(stateOf(repo, 'claims', 'd.lock'));

  expect(leasehold(repo, ['claim', 'a/'], CODEX)).toMatchObject({ code: 0, stderr: '' });
});

test.each(['queue', 'asks', 'claims', 'tokens'])(
  'clears away what it can, and fails no claim over a directory in %s',
  (place) => {
    const repo = makeGuardedRepo();
    repo.leasehold(['claim', 'a/'], CODEX);
    makeDirectory(stateOf(repo, place, place === 'tokens' ? '2' : 'd.json'));
    // Each sixty-fourth entry clears away what processes that died have left.
    writeFileSync(stateOf(repo, 'tokens', '63'), '');

    const claim = leasehold(repo, ['claim', 'b/'], CODEX);

    expect(claim).toMatchObject({ code: 0, stderr: '' });
  },
);

test('grants what its log tells of where an old part of the log cannot go', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'a/'], CODEX);
  makeDirectory(stateOf(repo, 'log', '000000000000001.x'));
  appendFileSync(stateOf(repo, 'log.jsonl'), ' '.repeat(5 * 1024 * 1024));

  const claim = leasehold(repo, ['claim', 'b/'], CLAUDE);

  expect(claim.code).toBe(0);
  expect(readdirSync(locksDirectory(repo))).toHaveLength(2);
});

test('binds by a lock whose name is no text, and moves it to quarantine where it is none', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const write = (name: string, content: string) =>
    execFileSync('bash', ['-c', `printf %s "$1" > "$(printf '${name}')"`, '-', content], {
      cwd: locksDirectory(repo),
    });
  repo.leasehold(['claim', 'other/'], CLAUDE);
  const record = { agent: 'codex', locked_at: '2026-01-01T00:00:00Z', files: ['src/a.ts'] };
  write('a\\xff.lock', JSON.stringify({ ...record, expires_at: '2099-01-01T00:00:00Z' }));
  const held = commitFile(repo, 'src/a.ts', {});
  write('b\\xfe.lock', '{');

  const undecided = leasehold(repo, ['status']);
  const mended = leasehold(repo, ['doctor', '--fix']);
  const force = ['release', '--force', '--reason', 'x', 'src/'];
  const forced = leasehold(repo, force, CLAUDE);

  expect(held.code).toBe(1);
  expect(held.stderr).toContain('codex holds it');
  expect(undecided.stderr).toContain('b\\xfe.lock');
  expect(mended.code).toBe(0);
  expect(forced.code).toBe(0);
  expect(readdirSync(locksDirectory(repo), 'buffer')).toHaveLength(1);
});

test('moves to quarantine also what has the longest name, and what is beside it', () => {
  const repo = makeGuardedRepo();
  mkdirSync(locksDirectory(repo), { recursive: true });
  const names = [`${'x'.repeat(250)}.lock`, `${'ä'.repeat(125)}.lock`, 'z.lock'];
  for (const name of names) {
    writeFileSync(join(locksDirectory(repo), name), name);
    utimesSync(join(locksDirectory(repo), name), LONG_AGO, LONG_AGO);
  }

  const mended = leasehold(repo, ['doctor', '--fix']);

  const kept = readdirSync(stateOf(repo, 'quarantine')).map((name) =>
    readFileSync(stateOf(repo, 'quarantine', name), 'utf8'),
  );
  expect(mended.code).toBe(0);
  expect(kept.sort()).toEqual([...names].sort());
});

test('shows no more of a scope that is none than a reader can take in', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'bad.lock', { files: ['{'.repeat(100_000)] });

  const { stderr } = leasehold(repo, ['status']);

  expect(stderr).toContain('bad.lock: files holds "{{{');
  expect(stderr.length).toBeLessThan(1000);
});

test('gives no file name as a word to be pasted where a lock written by hand ends soon', () => {
  const repo = makeGuardedRepo();
  const expires_at = new Date(Date.now() + 5 * 60_000).toISOString();
  writeLock(repo, ';touch x;.lock', { files: ['src/a.ts'], expires_at });

  const { stderr } = leasehold(repo, ['status'], CODEX);
  const [, remedy = 'false'] = stderr.split('\n');
  const pasted = runShell(repo, remedy.trim(), CODEX);

  expect(stderr).toContain('note: your grant on src/a.ts ends at');
  expect(remedy).not.toContain('touch');
  expect(pasted.code).toBe(0);
});

test('says nothing at a push where guard.mode is off', () => {
  const repo = makeGuardedRepo({}, { guard: { mode: 'off' } });
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  repo.leasehold(['claim', 'src/'], CODEX);
  repo.leasehold(['release', '--force', '--reason', 'x', 'src/'], CLAUDE);
  repo.commitQuietly({ 'src/a.ts': 'two\n' });

  const push = repo.tryGit(['push', '--quiet', 'origin', 'main'], CODEX);

  expect(push).toMatchObject({ code: 0, stderr: '' });
});

test('forgets a note whose holder has claimed again all that it had, however much another took', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  expireLocks(repo, 'codex');
  repo.leasehold(['claim', 'src/'], CLAUDE);
  repo.leasehold(['release', '--all'], CLAUDE);
  const stale = commitFile(repo, 'src/a.ts', CODEX);

  const claim = leasehold(repo, ['claim', 'src/a.ts'], CODEX);
  leasehold(repo, ['release', '--all'], CODEX);
  const after = commitFile(repo, 'src/a.ts', CODEX);

  expect(stale.stderr).toContain('[lock/taken-over]');
  expect(claim).toMatchObject({ code: 0, stderr: '' });
  expect(after).toMatchObject({ code: 0, stderr: '' });
});

test('does not forget a note whose holder has claimed again only a part of what it had', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'src/b.ts': 'one\n' });
  repo.leasehold(['claim', 'src/a.ts', 'src/b.ts'], CODEX);
  expireLocks(repo, 'codex');
  repo.leasehold(['claim', 'src/'], CLAUDE);
  repo.leasehold(['release', '--all'], CLAUDE);

  leasehold(repo, ['claim', 'src/a.ts'], CODEX);

  expect(commitFile(repo, 'src/b.ts', CODEX).stderr).toContain('[lock/taken-over]');
});

test('forgets a note also where its holder has it all in another grant, and that is renewed', () => {
  const repo = makeGuardedRepo();
  const { id } = repo.json(['claim', 'src/a.ts'], CODEX).body.grant;
  repo.leasehold(['claim', 'src/'], CODEX);
  repo.leasehold(['release', '--force', '--reason', 'x', '--grant', id], CLAUDE);
  const told = leasehold(repo, ['status'], CODEX);

  const claim = leasehold(repo, ['claim', 'src/a.ts'], CODEX);

  expect(told.stderr).toContain('claude ended your grant on src/a.ts');
  expect(claim).toMatchObject({ code: 0, stderr: '' });
});

test('does not say that a grant ran out which was ended by force, whoever comes after', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  repo.leasehold(['release', '--force', '--reason', 'x', 'src/a.ts'], CLAUDE);
  repo.leasehold(['claim', 'src/'], GEMINI);

  const { stderr } = leasehold(repo, ['status'], CODEX);

  expect(stderr).toContain('claude ended your grant on src/a.ts by force');
  expect(stderr).not.toContain('ran out');
});

test('says with 2 that there is no grant of an id that never was', () => {
  const repo = makeGuardedRepo();
  const force = ['release', '--force', '--reason', 'x', '--grant', 'deadbeef'];

  expect(leasehold(repo, force, CLAUDE).code).toBe(2);
  expect(leasehold(repo, ['release', '--grant', ''], CLAUDE).code).toBe(2);
});

test('tells a reader whose grant was ended by force', () => {
  const repo = makeGuardedRepo({ 'api.ts': 'one\n' });
  repo.leasehold(['claim', '--read', 'api.ts'], CODEX);
  repo.leasehold(['release', '--force', '--reason', 'x', 'api.ts'], CLAUDE);

  const command = leasehold(repo, ['status'], CODEX);
  const commit = commitFile(repo, 'api.ts', CODEX);
  leasehold(repo, ['claim', '--read', 'api.ts'], CODEX);
  const after = leasehold(repo, ['status'], CODEX);

  expect(commit.code).toBe(0);
  for (const { stderr } of [command, commit]) {
    expect(stderr).toContain('note: claude ended your grant on api.ts by force');
  }
  expect(after.stderr).toBe('');
});
