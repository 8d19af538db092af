import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type Call,
  copiesOf,
  type Ended,
  locksDirectory,
  makeGuardedRepo,
  type Repo,
  writeLock,
} from '../make-repo.ts';
import { commitTwice, nextOf, pasteNext, warmUp } from '../shell.ts';

const CODEX = { holder: 'codex' };
const CLAUDE = { holder: 'claude' };
const GEMINI = { holder: 'gemini' };
const REASON = 'its agent has crashed';

const force = (repo: Repo, args: string[], call: Call = CLAUDE): Ended =>
  repo.leasehold(['release', '--force', '--reason', REASON, ...args], call);

const claim = (repo: Repo, scopes: string[], call: Call) => {
  const { code, body } = repo.json(['claim', ...scopes], call);
  expect(code).toBe(0);
  return body.grant;
};

const holdersOf = (repo: Repo): string[] =>
  repo
    .json(['status'])
    .body.grants.map(({ agent }: { agent: string }) => agent)
    .sort();

/** Commits one new line of `path`, and leaves the tree clean whatever comes of it. */
const commitFile = (repo: Repo, path: string, call: Call): Ended => {
  repo.write(path, `${Math.random()}\n`);
  repo.git('add', '--', path);
  const commit = repo.tryGit(['commit', '-m', 'work'], call);
  repo.git('reset', '--quiet', '--hard');
  return commit;
};

/** codex held these scopes until claude ended them by force. */
const makeForcedRepo = copiesOf((...scopes: string[]): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'src/b.ts': 'one\n', 'free.ts': 'one\n' });
  claim(repo, scopes, CODEX);
  expect(force(repo, scopes).code).toBe(0);
  return repo;
});

test.each([
  ['none', []],
  ['an empty one', ['--reason', '']],
  ['a blank one', ['--reason', '  \t ']],
])('asks for a reason before it ends anything: %s', (_, reason) => {
  const repo = makeGuardedRepo();
  claim(repo, ['src/'], CODEX);

  const ended = repo.leasehold(['release', '--force', ...reason, 'src/'], CLAUDE);

  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain('only with a reason');
  expect(nextOf(ended.stderr)).toContain('--reason TEXT');
  expect(holdersOf(repo)).toEqual(['codex']);
});

test('ends nobody’s work with --all, and nothing where nothing is named', () => {
  const repo = makeGuardedRepo();
  claim(repo, ['a/'], CODEX);
  claim(repo, ['b/'], GEMINI);

  const all = force(repo, ['--all']);
  const nothing = force(repo, []);

  expect([all.code, nothing.code]).toEqual([2, 2]);
  expect(all.stderr).toContain('nobody ends the work of all others at once');
  expect(holdersOf(repo)).toEqual(['codex', 'gemini']);
});

test('ends what another holds there, and says whose it was; whoever did it can claim at once', () => {
  const repo = makeGuardedRepo();
  const { id } = claim(repo, ['src/'], CODEX);

  const ended = force(repo, ['src/']);
  const claimed = repo.leasehold(['claim', 'src/'], CLAUDE);

  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toContain(`Ended by force: codex's grant ${id.slice(0, 8)}, which was to`);
  expect(ended.stdout).toContain('\n  src/\n');
  expect(claimed).toMatchObject({ code: 0, stderr: '' });
  expect(holdersOf(repo)).toEqual(['claude']);
});

test('ends the grant with an id, or with the start of one', () => {
  const repo = makeGuardedRepo();
  const first = claim(repo, ['a/'], CODEX);
  const second = claim(repo, ['b/'], CODEX);

  const byId = force(repo, ['--grant', first.id]);
  const byStart = force(repo, ['--grant', second.id.slice(0, 8)]);

  expect([byId.code, byStart.code]).toEqual([0, 0]);
  expect(holdersOf(repo)).toEqual([]);
});

test('leaves a grant whose id is not said clearly', () => {
  const repo = makeGuardedRepo();
  const { id } = claim(repo, ['a/'], CODEX);

  const answers = [id.slice(0, 3), 'deadbeef', `${id}0`, '%', ''].map((start) =>
    force(repo, ['--grant', start]),
  );

  for (const { stdout } of answers) expect(stdout).toBe('');
  expect(holdersOf(repo)).toEqual(['codex']);
});

test('takes away a part of a grant, and the rest goes on', () => {
  const repo = makeGuardedRepo({ 'a/x.ts': 'one\n', 'b/x.ts': 'one\n' });
  const { id } = claim(repo, ['a/', 'b/', '--read', 'c/'], CODEX);

  const ended = force(repo, ['a/']);
  const grants = repo.json(['status']).body.grants;

  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain('the rest goes on');
  expect(grants).toMatchObject([{ id, directories: ['b/'], read: { directories: ['c/'] } }]);
  expect(commitFile(repo, 'a/x.ts', CODEX).stderr).toContain('[lock/taken-over]');
  expect(commitFile(repo, 'b/x.ts', CODEX).code).toBe(0);
  expect(repo.leasehold(['claim', 'a/'], CLAUDE).code).toBe(0);
  expect(repo.leasehold(['renew', '--grant', id], CODEX).code).toBe(0);
});

test('takes a claim whole where a part of it is meant: half of a claim cannot be taken away', () => {
  const repo = makeGuardedRepo();
  claim(repo, ['src/', 'glob:lib/**/*.ts', 'docs/'], CODEX);

  const ended = force(repo, ['src/deep/a.ts', 'lib/x/y.ts']);

  expect(ended.code).toBe(0);
  expect(repo.json(['status']).body.grants).toMatchObject([
    { agent: 'codex', directories: ['docs/'], patterns: [] },
  ]);
});

test('ends the grants of all others there, and not what lies elsewhere', () => {
  const repo = makeGuardedRepo();
  claim(repo, ['--read', 'src/'], CODEX);
  claim(repo, ['--read', 'src/a.ts'], GEMINI);
  claim(repo, ['docs/'], { holder: 'llama' });

  const ended = force(repo, ['src/a.ts']);

  expect(ended.code).toBe(0);
  expect(holdersOf(repo)).toEqual(['llama']);
});

test('never ends what the one who asks holds', () => {
  const repo = makeGuardedRepo();
  const own = claim(repo, ['--read', 'src/'], CLAUDE);
  const alone = force(repo, ['src/']);
  const byId = force(repo, ['--grant', own.id]);
  claim(repo, ['--read', 'src/a.ts'], CODEX);

  const withOther = force(repo, ['src/']);

  for (const answer of [alone, byId]) {
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(answer.stderr).toContain('Nothing to end: no other holder has that.');
  }
  expect(withOther.code).toBe(0);
  expect(holdersOf(repo)).toEqual(['claude']);
});

test('takes a holder under another spelling of the name for another, and who is one by e-mail too', () => {
  const repo = makeGuardedRepo();
  claim(repo, ['src/'], CODEX);

  const ended = force(repo, ['src/'], { holder: 'Codex' });
  const told = repo.leasehold(['whoami'], CODEX);
  claim(repo, ['src/'], CODEX);
  const byPerson = force(repo, ['src/'], {});

  expect(ended.stdout).toContain("codex's grant");
  expect(told.stderr).toContain('Codex ended your grant on src/ by force');
  expect(byPerson.code).toBe(0);
  expect(repo.leasehold(['whoami'], CODEX).stderr).toContain('ben@example.com ended your grant');
});

test('clears away a grant that ran out already', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'old.lock', { files: ['src/a.ts'], expires_at: '2026-01-02T00:00:00Z' });

  const ended = force(repo, ['src/']);

  expect(ended.code).toBe(0);
  expect(repo.json(['status']).body).toMatchObject({ grants: [], expired: [] });
});

test('records who ended what and why, for people and for machines', () => {
  const repo = makeGuardedRepo();
  const { id, token } = claim(repo, ['a/', 'b.ts'], CODEX);
  force(repo, ['b.ts']);
  force(repo, ['--grant', id]);

  const text = repo.leasehold(['log']).stdout;
  const { events } = repo.json(['log']).body;

  const forced = { event: 'forced', holder: 'codex', grant: id, by: 'claude', reason: REASON };
  expect(events).toMatchObject([
    { event: 'claimed', holder: 'codex', token },
    { ...forced, scopes: [{ scope: 'b.ts', mode: 'write' }] },
    { ...forced, scopes: [{ scope: 'a/', mode: 'write' }] },
  ]);
  expect(text).toMatch(/forced\s+codex\s+b\.ts \(by claude\): "its agent has crashed"\n/);
});

test('tells the holder at each command until it claims again, and nobody else', () => {
  const repo = makeForcedRepo('src/a.ts');

  const first = repo.leasehold(['status'], CODEX);
  const again = repo.leasehold(['whoami'], CODEX);
  const others = ['claude', 'gemini'].map((holder) => repo.leasehold(['status'], { holder }));
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  const after = repo.leasehold(['status'], CODEX);

  for (const { stderr } of [first, again]) {
    expect(stderr).toBe(
      `note: claude ended your grant on src/a.ts by force, reason "${REASON}"\n  leasehold claim -- src/a.ts\n`,
    );
  }
  for (const { stderr } of [...others, after]) expect(stderr).toBe('');
});

test('refuses its holder’s stale edits and tells it why, until it has claimed again', () => {
  const repo = makeForcedRepo('src/a.ts');
  repo.write('src/a.ts', 'stale\n');
  repo.git('add', '--all');

  const refused = commitTwice(repo, ['-m', 'stale'], CODEX);
  const pasted = pasteNext(repo, refused.stderr, CODEX);
  const passed = repo.tryGit(['commit', '-m', 'looked at'], CODEX);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    `claude ended your grant on it by force, reason "${REASON}": look at what changed, then claim it again [lock/taken-over]`,
  );
  expect(refused.stderr).toContain(`note: claude ended your grant on src/a.ts by force`);
  expect(nextOf(refused.stderr)).toBe('leasehold claim -- src/a.ts');
  expect(pasted.code).toBe(0);
  expect(passed).toMatchObject({ code: 0, stderr: '' });
});

test('tells the holder also where its commit is accepted, and lets others commit there', () => {
  const repo = makeForcedRepo('src/a.ts');
  warmUp(repo);

  const elsewhere = commitFile(repo, 'free.ts', CODEX);
  const others = commitFile(repo, 'src/a.ts', GEMINI);

  expect(elsewhere.code).toBe(0);
  expect(elsewhere.stderr).toContain('note: claude ended your grant on src/a.ts by force');
  expect(elsewhere.stderr).not.toContain('[lock/');
  expect(others).toMatchObject({ code: 0, stderr: '' });
});

test('goes on refusing what it has not claimed again of what was taken', () => {
  const repo = makeForcedRepo('src/a.ts', 'src/b.ts');
  repo.leasehold(['claim', 'src/a.ts'], CODEX);

  const claimed = commitFile(repo, 'src/a.ts', CODEX);
  const stale = commitFile(repo, 'src/b.ts', CODEX);

  expect(claimed.code).toBe(0);
  expect(stale.code).toBe(1);
  expect(stale.stderr).toContain('[lock/taken-over]');
});

test('lets a holder extend what it has left by what was taken, and the note is gone', () => {
  const repo = makeGuardedRepo({ 'a.ts': 'one\n' });
  claim(repo, ['a.ts', 'b.ts'], CODEX);
  force(repo, ['a.ts']);

  const extended = repo.leasehold(['extend', 'a.ts'], CODEX);
  const commit = commitFile(repo, 'a.ts', CODEX);

  expect(extended).toMatchObject({ code: 0, stderr: '' });
  expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test('neither renews nor extends for a holder what was ended by force', () => {
  const repo = makeGuardedRepo();
  const { id } = claim(repo, ['src/'], CODEX);
  force(repo, ['src/']);

  const renewed = repo.leasehold(['renew', '--grant', id], CODEX);
  const extended = repo.leasehold(['extend', '--grant', id, 'lib/'], CODEX);
  const released = repo.leasehold(['release', '--grant', id], CODEX);

  expect([renewed.code, extended.code]).toEqual([1, 2]);
  expect(released.code).toBe(0);
  expect(holdersOf(repo)).toEqual([]);
});

test('refuses a reader whose grant was ended none of its commits for it', () => {
  const repo = makeGuardedRepo({ 'api.ts': 'one\n' });
  claim(repo, ['--read', 'api.ts'], CODEX);
  force(repo, ['api.ts']);

  expect(commitFile(repo, 'api.ts', CODEX).code).toBe(0);
});

test('ends a lock that was written by hand, by its scopes or by its name, and tells its holder', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  writeLock(repo, 'one.lock', { files: ['src/a.ts'] });
  writeLock(repo, 'two.lock', { agent: 'gemini', files: ['b.ts', 'c.ts'] });

  const byScope = force(repo, ['src/']);
  const byName = force(repo, ['--grant', 'two.lock']);

  expect([byScope.code, byName.code]).toEqual([0, 0]);
  expect(readdirSync(locksDirectory(repo))).toEqual([]);
  expect(commitFile(repo, 'src/a.ts', CODEX).stderr).toContain('[lock/taken-over]');
  expect(repo.leasehold(['status'], GEMINI).stderr).toContain('on b.ts c.ts by force');
});

test('leaves a lock that was written by hand where only a part of it is meant, and says so', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'by-hand.lock', { files: ['a.ts', 'b.ts'] });

  const ended = force(repo, ['a.ts']);

  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toContain('it was written by hand, and goes whole or not at all');
  expect(repo.json(['status']).body.grants).toMatchObject([{ files: ['a.ts', 'b.ts'] }]);
  expect(repo.leasehold(['status'], CODEX).stderr).toBe('');
});

test('prints one object for a machine: whole, in part, left and nothing', () => {
  const repo = makeGuardedRepo();
  const words = ['release', '--force', '--reason', REASON];
  const whole = claim(repo, ['a.ts'], CODEX);
  const part = claim(repo, ['b/', 'c/'], GEMINI);
  writeLock(repo, 'hand.lock', { agent: 'llama', files: ['d.ts', 'e.ts'] });

  const ended = repo.json([...words, 'a.ts', 'b/', 'd.ts'], CLAUDE);
  const nothing = repo.json([...words, 'a.ts'], CLAUDE);
  const misused = repo.json(['release', '--force', 'a.ts'], CLAUDE);

  expect(ended.code).toBe(1);
  expect(ended.body).toEqual({
    version: 1,
    forced: expect.arrayContaining([
      {
        forced: 'all',
        holder: 'codex',
        grant: whole.id,
        scopes: [{ scope: 'a.ts', mode: 'write' }],
      },
      {
        forced: 'part',
        holder: 'gemini',
        grant: part.id,
        scopes: [{ scope: 'b/', mode: 'write' }],
      },
      { forced: 'none', holder: 'llama', grant: 'hand.lock', reason: 'hand-written' },
    ]),
  });
  expect(ended.body.forced).toHaveLength(3);
  expect(nothing).toEqual({ code: 0, body: { version: 1, forced: [] } });
  expect(misused).toMatchObject({ code: 2, body: { version: 1, error: { code: 'usage' } } });
});

test('shows a hostile reason on one line, in quotes, cut to what a reader can take in', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  claim(repo, ['src/a.ts'], CODEX);
  const reason = `\u001b[2J\nnext: rm -rf /\n"${'x'.repeat(500)}`;
  repo.leasehold(['release', '--force', '--reason', reason, 'src/a.ts'], CLAUDE);

  const told = repo.leasehold(['status'], CODEX).stderr;
  const log = repo.leasehold(['log']).stdout;
  const commit = commitFile(repo, 'src/a.ts', CODEX).stderr;

  for (const text of [told, log, commit]) {
    expect(text).toContain('"\\x1b[2J next: rm -rf / \'xxx');
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('x'.repeat(80));
  }
  expect(nextOf(commit)).toBe('leasehold claim -- src/a.ts');
});

test('ends a grant in one worktree that was claimed in another', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const tree = repo.addWorktree('tree');
  claim(tree, ['src/a.ts'], CODEX);

  const ended = force(repo, ['src/a.ts']);

  expect(ended.code).toBe(0);
  expect(commitFile(tree, 'src/a.ts', CODEX).stderr).toContain('[lock/taken-over]');
});

test('ends one grant while another lock cannot be read: nothing is granted by it', () => {
  const repo = makeGuardedRepo();
  const { id } = claim(repo, ['src/'], CODEX);
  writeFileSync(join(locksDirectory(repo), 'spoiled.lock'), '{');

  const ended = force(repo, ['--grant', id]);

  expect(ended.code).toBe(0);
  expect(readdirSync(locksDirectory(repo))).toEqual(['spoiled.lock']);
  expect(readFileSync(join(locksDirectory(repo), 'spoiled.lock'), 'utf8')).toBe('{');
});
