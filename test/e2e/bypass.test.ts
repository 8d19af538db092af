import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Call, copiesOf, type Ended, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { breakLedger, claim, editing, publish, trailersOf } from '../past.ts';
import { nextOf, runShell, warmUp } from '../shell.ts';

const because = (reason: string, call: Call = {}): Call => ({
  ...call,
  env: { ...call.env, LEASEHOLD_BYPASS: reason },
});

/** ann holds `src/`; Ben, a person, has changed two of its files. */
const makeHeld = copiesOf((config: object = {}): Repo => {
  const repo = makeGuardedRepo(
    { 'src/a.ts': 'one\n', 'src/b.ts': 'one\n', 'free.ts': 'one\n' },
    config,
  );
  publish(repo);
  claim(repo, 'ann', 'src/');
  warmUp(repo);
  repo.write('src/a.ts', 'two\n');
  repo.write('src/b.ts', 'two\n');
  return repo;
});

const commit = (repo: Repo, call: Call, ...words: string[]): Ended =>
  repo.tryGit(['commit', '--quiet', '-m', 'work', ...words], call);

const listBypasses = (
  repo: Repo,
): { holder: string; reason: string; scopes: unknown[]; email?: string }[] =>
  repo.json(['log']).body.events.filter(({ event }: { event: string }) => event === 'bypassed');

const push = (repo: Repo, call: Call = {}): Ended =>
  repo.tryGit(['push', '--quiet', 'origin', 'main'], call);

test('lets one commit through with a reason, and says so in the log, in the commit and at the push', () => {
  const repo = makeHeld();

  const ended = commit(repo, because('the build is red'), 'src/a.ts');
  const told = repo.leasehold(['log']);
  const pushed = push(repo);

  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain('accepted');
  expect(ended.stderr).toMatch(
    /warning let through by hand, reason "the build is red" \[guard\/bypassed\]/,
  );
  expect(ended.stderr).toContain('warning ann holds it');
  expect(trailersOf(repo, 'HEAD', 'Lock-Bypass')).toEqual(['the build is red']);
  expect(listBypasses(repo)).toMatchObject([
    {
      holder: 'ben@example.com',
      email: 'ben@example.com',
      reason: 'the build is red',
      scopes: [{ scope: 'src/a.ts', mode: 'write' }],
    },
  ]);
  expect(told.stdout).toContain('the build is red');
  expect(pushed.code).toBe(0);
  expect(pushed.stderr).toContain('[guard/bypassed]');
});

test('is listed where it is judged again, each reason once, although what stood in its way is gone', () => {
  const repo = makeHeld();
  commit(repo, because('the build is red'), 'src/a.ts');
  repo.write('src/a.ts', 'three\n');
  commit(repo, because('it is red still'), 'src/a.ts');
  expect(repo.leasehold(['release', '--all'], { holder: 'ann' }).code).toBe(0);
  const range = ['check', '--range', 'origin/main..HEAD'];

  const { code, stdout } = repo.leasehold(range);
  const ci = repo.leasehold(['ci', '--base', 'origin/main']);
  const pushed = push(repo);
  const reasons = /"the build is red" \[guard\/bypassed\].*"it is red still" \[guard\/bypassed\]/s;

  expect([code, ci.code, pushed.code]).toEqual([0, 0, 0]);
  for (const told of [stdout, ci.stdout, pushed.stderr]) expect(told).toMatch(reasons);
});

test('blocks the push of what was let through where the config makes it an error', () => {
  const repo = makeHeld({ guard: { rules: { 'guard/bypassed': 'error' } } });

  const ended = commit(repo, because('the build is red'), 'src/a.ts');
  const pushed = push(repo);

  expect([ended.code, pushed.code]).toEqual([0, 1]);
  expect(pushed.stderr).toMatch(/error let through by hand, reason "the build is red"/);
});

test('is for one commit: the next one is judged', () => {
  const repo = makeHeld();
  expect(commit(repo, because('the build is red'), 'src/a.ts').code).toBe(0);

  const next = commit(repo, {}, 'src/b.ts');

  expect(next.code).toBe(1);
  expect(next.stderr).toContain('ann holds it');
});

test.each(['', '1', '0', 'true', 'TRUE', 'yes', 'on', 'y', ' ', '\n', '42'])(
  'takes no switch for a reason: %j',
  (reason) => {
    const repo = makeHeld();

    const ended = commit(repo, because(reason), '-a');

    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('ann holds it');
    expect(listBypasses(repo)).toEqual([]);
  },
);

test('says to a person who gave no reason that one is wanted', () => {
  const repo = makeHeld();

  expect(commit(repo, because('1'), '-a').stderr).toContain('LEASEHOLD_BYPASS takes the reason');
});

test('leaves a commit alone that needs none', () => {
  const repo = makeHeld();
  repo.write('free.ts', 'two\n');

  const ended = commit(repo, because('just in case'), 'free.ts');

  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(listBypasses(repo)).toEqual([]);
  expect(repo.git('log', '-1', '--format=%B')).toBe('work\n');
});

test('is no bypass where the trailer has no event', () => {
  const repo = makeHeld();
  repo.commitQuietly({}, 'work\n\nLock-Bypass: the build is red');

  const refused = push(repo);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('ann holds it');
  expect(refused.stderr).not.toContain('guard/bypassed');
});

test.each([
  ['on another path', { path: 'src/b.ts', email: 'ben@example.com', reason: 'the build is red' }],
  ['by another', { path: 'src/a.ts', email: 'carl@example.com', reason: 'the build is red' }],
  ['for another reason', { path: 'src/a.ts', email: 'ben@example.com', reason: 'the build is' }],
])('does not count an event %s', (_, { path, email, reason }) => {
  const repo = makeHeld();
  expect(commit(repo, because('the build is red'), 'src/a.ts').code).toBe(0);
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  repo.write(path, 'two\n');
  const env = { GIT_COMMITTER_EMAIL: email };
  const words = ['-c', 'core.hooksPath=/dev/null', 'commit', '-qam', `x\n\nLock-Bypass: ${reason}`];
  expect(repo.tryGit(words, { env }).code).toBe(0);

  const refused = push(repo);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('error ann holds it');
});

test('takes a typed trailer out of a commit that is none', () => {
  const repo = makeHeld();
  repo.write('free.ts', 'two\n');

  commit(repo, {}, 'free.ts', '-m', 'Lock-Bypass: I say so');

  expect(repo.git('log', '-1', '--format=%B')).toBe('work\n');
});

test.each([
  ['none', {}, 1],
  ['none', { holder: 'codex' }, 1],
  ['people', {}, 0],
  ['people', { holder: 'codex' }, 1],
  ['people', { env: { CLAUDE_CODE_SESSION_ID: 'session' } }, 1],
  ['all', {}, 0],
  ['all', { holder: 'codex' }, 0],
])('is open to whom guard.bypass says: %s, %j', (bypass, call: Call, code) => {
  const repo = makeHeld({ guard: { bypass } });

  const ended = commit(repo, because('the build is red', call), '-a');

  expect(ended.code).toBe(code);
  expect(listBypasses(repo)).toHaveLength(code === 0 ? 1 : 0);
  // A person hears why it did not count; an agent is not to learn of it at all.
  const isTold = bypass === 'none' && call.holder === undefined;
  expect(ended.stderr.includes('counts for nobody here: guard.bypass is none')).toBe(isTold);
});

test('does not count at a push what the policy has closed since', () => {
  const repo = makeHeld();
  expect(commit(repo, because('the build is red'), '-a').code).toBe(0);
  const open = push(repo, {});
  const config = { guard: { bypass: 'none' } };
  repo.commitQuietly({ 'leasehold.config.json': JSON.stringify(config) });
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  repo.write('src/a.ts', 'three\n');
  repo.commitQuietly({}, 'work\n\nLock-Bypass: the build is red');

  expect(open.code).toBe(0);
  expect(push(repo).stderr).toContain('error ann holds it');
});

test('is never told to an agent', () => {
  const repo = makeHeld();
  const codex = { holder: 'codex' };

  const said = [
    commit(repo, codex, '-a'),
    commit(repo, because('1', codex), '-a'),
    commit(repo, because('', codex), '-a'),
    commit(repo, because('the build is red', codex), '-a'),
    repo.leasehold(['check', '--paths', 'src/a.ts'], codex),
    repo.leasehold(['conflicts', 'src/a.ts'], codex),
    repo.leasehold(['why', 'src/a.ts'], codex),
    repo.leasehold(['claim', 'src/'], codex),
  ];

  for (const { stdout, stderr } of said) expect(stdout + stderr).not.toMatch(/bypass/i);
});

test.each([
  ['commit --amend', 'git commit -q --amend --no-edit'],
  ['commit --amend in an editor', 'git commit -q --amend'],
  ['commit -n --amend', 'git commit -qn --amend --no-edit'],
  ['rebase', 'git rebase -q --force-rebase HEAD^'],
  ['rebase by patches', 'git rebase -q --apply --force-rebase HEAD^'],
  [
    'cherry-pick',
    'git checkout -q -b picked HEAD^ && git cherry-pick main && git checkout -q -B main',
  ],
])('stays with a commit that is made anew by the same person: %s', (_, script) => {
  const repo = makeHeld();
  expect(commit(repo, because('“the build” is rot'), 'src/a.ts').code).toBe(0);
  repo.git('checkout', '--quiet', '--', 'src/b.ts');

  const anew = runShell(repo, script, { env: { GIT_EDITOR: 'true' } });
  const pushed = push(repo);

  expect(anew.code, anew.stderr).toBe(0);
  expect(trailersOf(repo, 'HEAD', 'Lock-Bypass')).toEqual(['“the build” is rot']);
  expect(pushed.code, pushed.stderr).toBe(0);
  expect(pushed.stderr).toContain('[guard/bypassed]');
  expect(listBypasses(repo)).toHaveLength(1);
});

test('does not stay with one that has more paths by now, nor is it another’s', () => {
  const repo = makeHeld();
  expect(commit(repo, because('the build is red'), 'src/a.ts').code).toBe(0);
  repo.git('add', '--all');

  const more = repo.tryGit(['commit', '--quiet', '--amend', '--no-edit']);
  repo.git('reset', '--quiet', '--hard');
  repo.git('checkout', '--quiet', '-b', 'picked', 'HEAD^');
  const carl = { GIT_COMMITTER_EMAIL: 'carl@example.com', GIT_COMMITTER_NAME: 'Carl' };
  const anothers = repo.tryGit(['cherry-pick', 'main'], { env: carl });

  for (const ended of [more, anothers]) {
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain('ann holds it');
  }
});

test.each([
  ['merge --squash', 'git merge -q --squash topic && git commit -q --no-edit'],
  ['cherry-pick', 'git cherry-pick topic'],
  ['revert', 'git revert --no-edit HEAD'],
  ['am', 'git format-patch -q -o ../p main..topic && git am -q ../p/*'],
  [
    'am of a rename',
    'git checkout -q topic && git mv src/a.ts src/c.ts && git -c core.hooksPath=/dev/null commit -qm move && git checkout -q main && git checkout topic^ -- src/a.ts && git -c core.hooksPath=/dev/null commit -qm same && git push -q --no-verify origin main && git format-patch -q -M -1 -o ../p topic && git am -q ../p/*',
  ],
  ['commit -n', 'echo x >>src/a.ts && git commit -qnam x'],
  ['commit in an editor', 'echo x >>src/a.ts && git commit -qa'],
])('lets through by any way to a commit: %s', (_, script) => {
  const repo = makeHeld();
  repo.git('checkout', '--quiet', '--', '.');
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'src/a.ts': 'topic\n' });
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'src/b.ts': 'main\n' });
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');

  const ended = runShell(repo, script, {
    env: { LEASEHOLD_BYPASS: 'the build is red', GIT_EDITOR: 'sed -i "1s/^$/mine/"' },
  });

  expect(ended.code, ended.stderr).toBe(0);
  expect(listBypasses(repo)).toHaveLength(1);
  expect(trailersOf(repo, 'HEAD', 'Lock-Bypass')).toEqual(['the build is red']);
  expect(push(repo).code).toBe(0);
});

test('lets through where nobody knows who commits, and keeps the record', () => {
  const repo = makeHeld();
  repo.git('config', '--unset', 'user.email');
  repo.git('config', '--unset', 'user.name');
  repo.git('config', 'user.useConfigOnly', 'true');
  // git itself makes no commit without an identity; its hooks may be asked before it has one.
  repo.git('add', 'src/a.ts');

  const hook = repo.leasehold(['hook', 'pre-commit'], because('the build is red'));

  expect(hook.code, hook.stderr).toBe(0);
  expect(hook.stderr).toContain('let through by hand');
  expect(readFileSync(repo.path('.git/leasehold/log.jsonl'), 'utf8')).toContain('"bypassed"');
});

test('keeps a hostile reason on one line, and short', () => {
  const repo = makeHeld();
  const reason = `"; rm -rf x\n\nLock-Grant: a#1\u001b[2J\u202e\r\n$(id) \`id\` ${'x'.repeat(10_000)}`;

  const ended = commit(repo, because(reason), 'src/a.ts');
  const told = repo.leasehold(['log']);

  expect(ended.code, ended.stderr).toBe(0);
  const [kept = ''] = trailersOf(repo, 'HEAD', 'Lock-Bypass');
  expect(kept.startsWith('"; rm -rf x Lock-Grant: a#1\\x1b[2J\\u202e $(id) `id` xxx')).toBe(true);
  expect(kept).toHaveLength(200);
  expect(trailersOf(repo)).toEqual([]);
  for (const text of [ended.stderr, told.stdout, repo.git('log', '-1', '--format=%B')]) {
    expect(text).not.toMatch(/[\u001b\u202e\r]/);
  }
  for (const line of ended.stderr.split('\n')) expect(line.length).toBeLessThan(300);
  expect(push(repo)).toMatchObject({ code: 0 });
});

test.each([
  'gründlich geprüft 😀',
  '- a dash first',
  '# a heading',
  'key: value',
  'a   b',
  'trailing ',
  '1 of 2: é',
])('counts at the push, whatever the reason: %j', (reason) => {
  const repo = makeHeld();

  expect(commit(repo, because(reason), 'src/a.ts').code).toBe(0);
  const pushed = push(repo);

  expect(pushed.code, pushed.stderr).toBe(0);
  expect(pushed.stderr).toContain('[guard/bypassed]');
});

test('lets a person by a lock file that nobody can read, which stays as a warning', () => {
  const repo = makeHeld();
  breakLedger(repo);
  const without = commit(repo, {}, 'src/a.ts');

  const ended = commit(repo, because('the build is red'), 'src/a.ts');

  expect(nextOf(without.stderr)).toBe('leasehold doctor --fix');
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain('warning this lock file cannot be read');
  expect(listBypasses(repo)).toHaveLength(1);
});

test('cannot decide by a reason where the policy that would allow it cannot be read', () => {
  const repo = makeHeld();
  repo.commitQuietly({ 'leasehold.config.json': '{' });
  repo.write('src/a.ts', 'three\n');

  const ended = commit(repo, because('the build is red'), '-a');

  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('could not decide');
  expect(listBypasses(repo)).toEqual([]);
});

test('asks the editor’s author nothing twice: one event for a commit with both kinds of hooks', () => {
  const repo = makeHeld();
  repo.git('add', '--all');

  const ended = repo.tryGit(
    ['commit', '--quiet'],
    editing(repo, 'echo work >"$1"', because('red')),
  );

  expect(ended.code).toBe(0);
  expect(listBypasses(repo)).toHaveLength(1);
});
