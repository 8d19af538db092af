import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copiesOf, type Ended, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { breakLedger, claim, commitAs, expire, publish, trailersOf } from '../past.ts';
import { nextOf, pasteNext, runShell } from '../shell.ts';

const CODEX = { holder: 'codex' };
const ANN = { holder: 'ann' };

const makePushed = copiesOf((): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'src/b.ts': 'one\n', 'free.ts': 'one\n' });
  publish(repo);
  return repo;
});

const push = (repo: Repo, call = CODEX, ...words: string[]): Ended =>
  repo.tryGit(['push', '--quiet', 'origin', 'HEAD:main', ...words], call);

/** A commit whose message says what its author likes. */
const commitForged = (repo: Repo, path: string, message: string): void => {
  repo.commitQuietly({ [path]: `${message}\n` }, message);
};

const release = (repo: Repo, holder: string): void => {
  expect(repo.leasehold(['release', '--all'], { holder }).code).toBe(0);
};

test.each([
  ['released', release],
  ['expired', expire],
])('lets a commit through under a grant that is %s, where nobody took the path', (_, end) => {
  const repo = makePushed();
  claim(repo, 'codex', 'src/');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  end(repo, 'codex');

  const ended = push(repo);

  expect(ended.code).toBe(0);
  expect(ended.stderr).not.toContain('leasehold:');
});

test('lets commits through that name what their grant was before it was renewed and partly given back', () => {
  const repo = makePushed();
  const change = (verb: string, ...words: string[]) =>
    expect(repo.leasehold([verb, ...words], CODEX).code).toBe(0);
  claim(repo, 'codex', 'src/a.ts', 'src/b.ts');
  change('renew', '--all');
  commitAs(repo, 'codex', 'src/b.ts', 'two\n');
  change('renew', '--all');
  change('renew', '--all');
  change('release', 'src/b.ts');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  change('renew', '--all');
  change('renew', '--all');

  const held = repo.tryGit(['push', '--dry-run', '--quiet', 'origin', 'HEAD:main'], CODEX);
  release(repo, 'codex');

  expect(held).toMatchObject({ code: 0, stderr: '' });
  expect(push(repo)).toMatchObject({ code: 0, stderr: '' });
});

test('believes a commit’s grant whoever pushes it', () => {
  const repo = makePushed();
  claim(repo, 'codex', 'src/');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  claim(repo, 'ann', 'free.ts');
  const held = repo.tryGit(['push', '--dry-run', 'origin', 'main'], ANN);
  release(repo, 'codex');

  expect(held).toMatchObject({ code: 0 });
  expect(push(repo, ANN)).toMatchObject({ code: 0, stderr: '' });
});

test.each([
  ['released', release],
  ['expired', expire],
])('refuses a commit whose grant is %s, and another holds the path now', (_, end) => {
  const repo = makePushed();
  claim(repo, 'codex', 'src/');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  end(repo, 'codex');
  claim(repo, 'ann', 'src/');

  const refused = push(repo);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('outrun: ann holds it now');
  expect(refused.stderr).toContain('[lock/stale-token]');
  release(repo, 'ann');
  expect(push(repo)).toMatchObject({ code: 0 });
});

test('does not count a later grant of another on other paths, nor one that only reads', () => {
  const repo = makePushed();
  claim(repo, 'codex', 'src/');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  release(repo, 'codex');
  claim(repo, 'ann', 'src/b.ts', '--read', 'src/a.ts');

  expect(push(repo)).toMatchObject({ code: 0, stderr: '' });
});

test('lets a commit through where the path was taken since, and nothing came of it', () => {
  const repo = makePushed();
  claim(repo, 'codex', 'src/');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  expire(repo, 'codex');
  claim(repo, 'ann', 'src/');
  release(repo, 'ann');

  expect(push(repo).code).toBe(0);
});

/** codex has committed and run out; ann has taken the path, committed, pushed it to main and released it. */
const makeOutrun = (): { repo: Repo; tree: Repo } => {
  const repo = makePushed();
  const tree = repo.addWorktree('ann');
  claim(repo, 'codex', 'src/');
  commitAs(repo, 'codex', 'src/a.ts', 'of codex\n');
  expire(repo, 'codex');
  claim(repo, 'ann', 'src/');
  commitAs(tree, 'ann', 'src/a.ts', 'of ann\n');
  expect(push(tree, ANN)).toMatchObject({ code: 0 });
  release(repo, 'ann');
  repo.git('fetch', '--quiet');
  return { repo, tree };
};

test('refuses a commit whose target has one under a later grant, until it is claimed again and rebased', () => {
  const { repo } = makeOutrun();
  const target = repo.git('rev-parse', 'origin/main');
  const refused = push(repo, CODEX, '--force');
  const conflicted = pasteNext(repo, refused.stderr, CODEX);
  repo.write('src/a.ts', 'of both\n');
  const goes = runShell(repo, 'git add -A && GIT_EDITOR=true git rebase --continue', CODEX);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('[lock/stale-token]');
  expect(refused.stderr).toMatch(/outrun: ann had it after/);
  expect(nextOf(refused.stderr)).toBe(
    `leasehold claim -- src/a.ts && git rebase ${target.slice(0, 10)}`,
  );
  expect(conflicted.stdout + conflicted.stderr).toContain('CONFLICT');
  expect(goes.code, goes.stderr).toBe(0);
  expect(push(repo)).toMatchObject({ code: 0 });
});

test('refuses it on a path of another commit of the range, where it was merged instead of rebased', () => {
  const { repo } = makeOutrun();
  repo.tryGit(['merge', '--quiet', 'origin/main'], CODEX);
  repo.write('src/a.ts', 'of both\n');
  claim(repo, 'codex', 'src/');
  expect(runShell(repo, 'git add -A && git commit -q --no-edit', CODEX).code).toBe(0);

  expect(push(repo).stderr).toContain('[lock/stale-token]');
});

test('does not mind a later grant’s commit on another path', () => {
  const repo = makePushed();
  const tree = repo.addWorktree('ann');
  claim(repo, 'codex', 'src/');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  release(repo, 'codex');
  claim(repo, 'ann', 'src/');
  commitAs(tree, 'ann', 'src/b.ts', 'two\n');
  expect(push(tree, ANN)).toMatchObject({ code: 0 });
  release(repo, 'ann');
  repo.git('fetch', '--quiet');
  repo.git('-c', 'core.hooksPath=/dev/null', 'rebase', '--quiet', 'origin/main');

  expect(push(repo)).toMatchObject({ code: 0, stderr: '' });
});

const ID = '00000000-0000-4000-8000-000000000000';

test.each([
  ['a grant that never was', `Lock-Grant: ${ID}#1`, 'there never was such a grant here'],
  ['no grant at all', 'Lock-Grant: mine', 'it names no grant'],
  ['an empty name', 'Lock-Grant:', 'it names no grant'],
  ['a token that is no number', `Lock-Grant: ${ID}#1e3`, 'it names no grant'],
  ['escapes and a command', 'Lock-Grant: \u001b[2J$(rm -rf x)`id`" && true', 'it names no grant'],
])('refuses a commit that names %s, and says what cures it', (_, trailer, reason) => {
  const repo = makePushed();
  commitForged(repo, 'src/a.ts', `work\n\n${trailer}`);

  const refused = push(repo);
  const cured = pasteNext(repo, refused.stderr, { ...CODEX, env: { GIT_EDITOR: 'true' } });

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('[lock/bad-grant]');
  expect(refused.stderr).toContain(reason);
  expect(refused.stderr).not.toContain('\u001b');
  expect(cured.code, cured.stderr).toBe(0);
  expect(push(repo)).toMatchObject({ code: 0 });
  expect(trailersOf(repo)).toEqual([]);
});

test('refuses the name of another’s grant, and one whose token was never drawn', () => {
  const repo = makePushed();
  const other = repo.json(['claim', 'free.ts'], {
    holder: 'ann',
    env: { GIT_COMMITTER_EMAIL: 'ann@example.com' },
  });
  const { id, token } = other.body.grant;
  claim(repo, 'codex', 'src/');
  commitForged(repo, 'free.ts', `work\n\nLock-Grant: ${id}#${token}`);
  const anothers = push(repo);
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  const own = claim(repo, 'codex', 'src/');
  commitForged(repo, 'src/a.ts', `work\n\nLock-Grant: ${own.split('#')[0]}#999`);
  const neverDrawn = push(repo);

  expect(anothers.stderr).toContain('it is not its committer’s');
  expect(anothers.stderr).toContain('[lock/bad-grant]');
  expect(neverDrawn.stderr).toContain('there never was such a grant here');
});

test('refuses a grant that covers none of the paths, and not one that covers some', () => {
  const repo = makePushed();
  const grant = claim(repo, 'codex', 'src/a.ts');
  repo.commitQuietly({ 'src/a.ts': 'two\n', 'free.ts': 'two\n' }, `work\n\nLock-Grant: ${grant}`);
  const some = push(repo, CODEX, '--dry-run');
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  commitForged(repo, 'free.ts', `work\n\nLock-Grant: ${grant}`);
  const none = push(repo);

  expect(some.stderr).not.toContain('lock/bad-grant');
  expect(none.code).toBe(1);
  expect(none.stderr).toContain('which covers none of its paths');
  expect(pasteNext(repo, none.stderr, CODEX).code).toBe(0);
  expect(trailersOf(repo)).not.toEqual([grant]);
  expect(trailersOf(repo)).toHaveLength(1);
  expect(push(repo)).toMatchObject({ code: 0 });
});

test('cures a root commit, and a commit behind a merge, without losing the merge', () => {
  const repo = makePushed();
  repo.git('checkout', '--quiet', '--orphan', 'fresh');
  commitForged(repo, 'src/a.ts', 'root\n\nLock-Grant: mine');
  const root = repo.tryGit(['push', '--quiet', 'origin', 'fresh'], CODEX);
  expect(pasteNext(repo, root.stderr, CODEX).code).toBe(0);
  const cured = repo.tryGit(['push', '--quiet', 'origin', 'fresh'], CODEX);

  repo.git('checkout', '--quiet', 'main');
  commitForged(repo, 'src/a.ts', 'below\n\nLock-Grant: mine');
  repo.git('checkout', '--quiet', '-b', 'side', 'HEAD^');
  repo.commitQuietly({ 'free.ts': 'side\n' });
  repo.git('checkout', '--quiet', 'main');
  repo.git('merge', '--quiet', '--no-ff', '--no-edit', 'side');
  const below = push(repo);
  expect(pasteNext(repo, below.stderr, CODEX).code).toBe(0);

  expect(root.stderr).toContain('[lock/bad-grant]');
  expect(cured.code, cured.stderr).toBe(0);
  expect(below.stderr).toContain('[lock/bad-grant]');
  expect(repo.git('log', '-1', '--format=%P').split(' ')).toHaveLength(2);
  expect(push(repo)).toMatchObject({ code: 0 });
});

test('knows a grant by the token that it had before it was extended, and by what it had then', () => {
  const repo = makePushed();
  const before = claim(repo, 'codex', 'src/a.ts');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  expect(repo.leasehold(['extend', 'src/b.ts'], CODEX).code).toBe(0);
  commitAs(repo, 'codex', 'src/b.ts', 'two\n');
  release(repo, 'codex');
  const good = push(repo, CODEX, '--dry-run');
  commitForged(repo, 'src/b.ts', `too early\n\nLock-Grant: ${before}`);
  const early = push(repo);

  expect(trailersOf(repo, 'HEAD~2')).toEqual([before]);
  expect(good).toMatchObject({ code: 0 });
  expect(early.stderr).toContain('covers none of its paths');
});

test('knows what was a grant’s before a part of it was released', () => {
  const repo = makePushed();
  claim(repo, 'codex', 'src/a.ts', 'src/b.ts');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  expect(repo.leasehold(['release', 'src/a.ts'], CODEX).code).toBe(0);
  const free = push(repo, CODEX, '--dry-run');
  claim(repo, 'ann', 'src/a.ts');
  const taken = push(repo);

  expect(free).toMatchObject({ code: 0 });
  expect(taken.stderr).toContain('[lock/stale-token]');
});

test('knows a grant that was ended by force, and who has had the path since', () => {
  const repo = makePushed();
  claim(repo, 'codex', 'src/');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  const force = ['release', '--force', '--reason', 'gone home', 'src/'];
  expect(repo.leasehold(force, ANN).code).toBe(0);
  const free = push(repo, CODEX, '--dry-run');
  claim(repo, 'ann', 'src/');
  const taken = push(repo);

  expect(free.stderr).not.toContain('[lock/bad-grant]');
  expect(taken.code).toBe(1);
  expect(taken.stderr).toContain('[lock/stale-token]');
});

test('goes by the records where the log is lost, and by the log where it was put away', () => {
  const repo = makePushed();
  claim(repo, 'codex', 'src/');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  const log = repo.path('.git/leasehold/log.jsonl');
  const text = readFileSync(log, 'utf8');
  rmSync(log);
  const active = push(repo, CODEX, '--dry-run');
  release(repo, 'codex');
  const lost = push(repo, CODEX, '--dry-run');
  runShell(repo, 'mkdir -p .git/leasehold/log');
  writeFileSync(repo.path('.git/leasehold/log/000000000000001.a'), text);
  const away = push(repo);

  expect(active).toMatchObject({ code: 0 });
  expect(lost.stderr).toContain('there never was such a grant here');
  expect(away).toMatchObject({ code: 0 });
});

test('judges a commit from another clone by its committer, whatever it names', () => {
  const repo = makePushed();
  const bad = `Lock-Grant: ${ID}#12`;
  const carl = { GIT_COMMITTER_NAME: 'Carl', GIT_COMMITTER_EMAIL: 'carl@example.com' };
  repo.write('src/a.ts', 'two\n');
  repo.tryGit(['commit', '-qnam', 'x'], { env: carl });
  const tree = repo.git('rev-parse', 'HEAD^{tree}');
  const { stdout } = repo.tryGit(['commit-tree', '-p', 'HEAD^', '-m', `theirs\n\n${bad}`, tree], {
    env: carl,
  });
  repo.git('reset', '--quiet', '--hard', stdout.trim());
  const stranger = push(repo, CODEX, '--dry-run');
  claim(repo, 'ann', 'src/');
  const held = push(repo);

  expect(stranger).toMatchObject({ code: 0 });
  expect(held.stderr).toContain('ann holds it');
  expect(held.stderr).toContain('[lock/held]');
});

test('lets everybody’s commits through that are merged here under their own grants', () => {
  const repo = makePushed();
  const tree = repo.addWorktree('ann');
  claim(repo, 'ann', 'src/b.ts');
  commitAs(tree, 'ann', 'src/b.ts', 'two\n');
  claim(repo, 'codex', 'src/a.ts');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  const merge = repo.tryGit(['merge', '--quiet', '--no-edit', 'ann'], CODEX);

  expect(merge).toMatchObject({ code: 0 });
  expect(push(repo)).toMatchObject({ code: 0, stderr: '' });
});

test('cannot decide about the past by a lock file that nobody can read', () => {
  const repo = makePushed();
  claim(repo, 'codex', 'src/');
  commitAs(repo, 'codex', 'src/a.ts', 'two\n');
  breakLedger(repo);

  const refused = push(repo);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('could not decide');
  expect(nextOf(refused.stderr)).toBe('leasehold doctor --fix');
});

/** A push that the guard lets through asks git for the range once, and one that it leaves to the command twice. */
test.each([
  ['where an audit knows that they change no exports', true, 1, 10],
  ['and by one more where the command has to look', false, 2, 23],
])('judges a hundred commits by one git log, %s', (_, isKnown, logs, most) => {
  const repo = makePushed();
  const grant = claim(repo, 'codex', 'src/');
  if (isKnown) {
    commitAs(repo, 'codex', 'src/known.ts', 'export {};\n');
    repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  }
  for (let index = 0; index < 100; index += 1) {
    commitForged(repo, 'src/a.ts', `work ${index}\n\nLock-Grant: ${grant}`);
  }
  const log = join(repo.root, 'gits');
  // Behind git's own directory, which git puts first on a hook's PATH: a copy of it with one name replaced.
  const real = repo.git('--exec-path');
  const exec = join(repo.root, 'exec');
  runShell(
    repo,
    `mkdir ${exec} && ln -s ${real}/* ${exec}/ && rm ${exec}/git && printf '#!/bin/sh\\necho "$@" >>${log}\\nexec ${real}/git "$@"\\n' >${exec}/git && chmod +x ${exec}/git`,
  );

  const ended = repo.tryGit(['push', '--quiet', 'origin', 'main'], {
    ...CODEX,
    env: { GIT_EXEC_PATH: exec },
  });

  expect(ended).toMatchObject({ code: 0 });
  const gits = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  expect(gits.filter((words) => / log /.test(` ${words} `))).toHaveLength(logs);
  expect(gits.length).toBeLessThanOrEqual(most);
});
