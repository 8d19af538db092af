import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { changeLefthook, findManager, MANAGERS, snapshot, writeHook } from '../hook-managers.ts';
import { addRemote, copiesOf, type Ended, makeRepo, type Repo } from '../make-repo.ts';

const HELD = 'codex holds it';

/** A repository with a commit, where codex holds README.md once leasehold guards it. */
const makeWork = copiesOf((): Repo => {
  const repo = makeRepo();
  addRemote(repo);
  repo.commitQuietly({ 'README.md': 'read me\n', 'leasehold.config.json': '{}' });
  repo.git('push', '--quiet', 'origin', 'main');
  repo.write('.git/info/exclude', '*\n');
  return repo;
});

const hold = (repo: Repo): void => {
  expect(repo.leasehold(['claim', 'README.md'], { holder: 'codex' }).code).toBe(0);
};

/** Commits a change and pushes it: whichever hook a manager has, it runs, and what it prints is here. */
const commitAndPush = (repo: Repo, path: string): Ended => {
  repo.write(path, `${Math.random()}\n`);
  repo.git('add', '--force', '--', path);
  const commit = repo.tryGit(['commit', '-m', 'mine']);
  if (commit.code !== 0) {
    repo.git('reset', '--quiet', '--hard');
    return commit;
  }
  const push = repo.tryGit(['push', 'origin', 'HEAD']);
  if (push.code !== 0) repo.git('reset', '--quiet', '--hard', 'origin/main');
  return {
    code: push.code,
    stdout: commit.stdout + push.stdout,
    stderr: commit.stderr + push.stderr,
  };
};

const count = ({ stdout, stderr }: Ended, text: string): number =>
  (stdout + stderr).split(text).length - 1;

const init = (repo: Repo, words: string[] = []): void => {
  const ended = repo.leasehold(['init', ...words]);
  expect(ended).toMatchObject({ code: 0 });
};

describe.each(MANAGERS.map(({ name }) => name))('with %s', (name) => {
  const { says, place, install, uninstall, fail, words, runsOurs } = findManager(name);

  const makeInstalled = copiesOf(() => {
    const repo = makeWork();
    install(repo);
    init(repo, words);
    return repo;
  });

  /** Ours fires, and theirs runs exactly once. */
  const expectBoth = (repo: Repo): void => {
    hold(repo);
    const refused = commitAndPush(repo, 'README.md');
    const allowed = commitAndPush(repo, 'mine.txt');
    expect(refused.stderr).toContain(HELD);
    expect(refused.code).toBe(1);
    expect(count(allowed, says)).toBe(1);
    expect(allowed.code).toBe(0);
    repo.leasehold(['release', '--all'], { holder: 'codex' });
  };

  /** As if leasehold had never been there: theirs runs, whatever is held. */
  const expectTheirsAlone = (repo: Repo): void => {
    const held = commitAndPush(repo, 'README.md');
    expect(held.code).toBe(0);
    expect(count(held, says)).toBe(1);
  };

  test('init installs beside it, and doctor has nothing to say', () => {
    const repo = makeInstalled();

    const doctor = repo.leasehold(['doctor']);

    expect(doctor.stdout).not.toContain('ill ');
    expect(doctor.code).toBe(0);
  });

  test('the guard fires, and its own hook runs once, as before', () => {
    const repo = makeInstalled();

    expectBoth(repo);
  });

  test('its own hook still refuses by itself', () => {
    const repo = makeInstalled();
    fail(repo);
    if (name !== 'husky') init(repo, words);

    const ended = commitAndPush(repo, 'mine.txt');

    expect(ended.code).toBe(1);
    expect(count(ended, says)).toBe(1);
  });

  test('is there byte for byte as it was, once leasehold is taken out', () => {
    const repo = makeWork();
    install(repo);
    const before = [snapshot(place(repo)), snapshot(repo.path('.git/hooks'))];
    const config = snapshot(repo.path('.git/config'));
    init(repo, words);
    init(repo, words);
    hold(repo);

    const ended = repo.leasehold(['init', '--uninstall', ...words]);

    expect(ended.code).toBe(0);
    expect([snapshot(place(repo)), snapshot(repo.path('.git/hooks'))]).toEqual(before);
    expect(snapshot(repo.path('.git/config'))).toEqual(config);
    expectTheirsAlone(repo);
  });

  test('over ours: the guard goes on, or the next command says that it does not; init has both again', () => {
    const repo = makeWork();
    if (name.includes('core.hooksPath') || name === 'husky') install(repo);
    init(repo, words);
    install(repo);
    hold(repo);
    const refused = commitAndPush(repo, 'README.md');
    const status = repo.leasehold(['status']);
    const isGuarded = refused.stderr.includes(HELD);
    repo.leasehold(['release', '--all'], { holder: 'codex' });

    init(repo, words);

    expect(isGuarded || status.stderr.includes('run: leasehold init')).toBe(true);
    if (runsOurs) expect(isGuarded).toBe(true);
    expectBoth(repo);
    expect(repo.leasehold(['doctor']).code).toBe(0);
  });

  test('over and over, each after the other: nothing is kept twice, nothing runs twice', () => {
    const repo = makeWork();
    install(repo);
    for (const _ of [1, 2, 3]) {
      init(repo, words);
      install(repo);
    }
    init(repo, words);

    const kept = Object.keys(snapshot(join(place(repo), 'before-leasehold')) as object);

    expect(kept.filter((file) => /\d$/.test(file))).toEqual([]);
    expectBoth(repo);
  });

  test('taken out first, and leasehold after it: nothing is left of either', () => {
    const repo = makeInstalled();
    repo.leasehold(['init', '--uninstall', ...words]);
    uninstall(repo);

    const free = commitAndPush(repo, 'README.md');

    expect(free.code).toBe(0);
    expect(count(free, says)).toBe(0);
    expect(JSON.stringify(snapshot(repo.path('.git/hooks')))).not.toContain('leasehold-hook');
  });

  test('leasehold first, taken out in the other order: nothing of leasehold is left', () => {
    const repo = makeWork();
    const config = snapshot(repo.path('.git/config'));
    init(repo);
    install(repo);
    init(repo, words);
    uninstall(repo);
    repo.leasehold(['init', '--uninstall', ...words]);

    const free = commitAndPush(repo, 'README.md');

    expect(free.stdout + free.stderr).not.toMatch(/leasehold[: ]|codex/);
    expect(free.code).toBe(0);
    expect(JSON.stringify(snapshot(repo.path('.git/hooks')))).not.toContain('leasehold-hook');
    expect(existsSync(repo.path('.git/config.worktree'))).toBe(false);
    expect(config).toBeDefined();
  });
});

const H = '#!/bin/sh\necho "first of all: $0"\n';

test('a hook that pre-commit had moved aside runs once, and is where it was at the end', () => {
  const repo = makeWork();
  const preCommit = findManager('pre-commit');
  writeHook(repo, '.git/hooks/pre-commit', H);
  preCommit.install(repo);
  const before = snapshot(repo.path('.git/hooks'));

  init(repo);
  const first = commitAndPush(repo, 'a.txt');
  // pre-commit takes ours for the user's, and moves it over the hook that it had moved before.
  preCommit.install(repo);
  const second = commitAndPush(repo, 'b.txt');
  init(repo);
  const third = commitAndPush(repo, 'c.txt');
  repo.leasehold(['init', '--uninstall']);

  for (const ended of [first, second, third]) {
    expect(ended.code).toBe(0);
    expect(count(ended, 'first of all: ')).toBe(1);
    expect(count(ended, preCommit.says)).toBe(1);
    expect(ended.stderr).toMatch(/first of all: .*\.git\/hooks\/pre-commit\.legacy\n/);
  }
  expect(snapshot(repo.path('.git/hooks'))).toEqual(before);
});

test('pre-commit installed over ours again runs ours, and ours never runs pre-commit again', () => {
  const repo = makeWork();
  const preCommit = findManager('pre-commit');
  preCommit.install(repo);
  init(repo);
  preCommit.install(repo);
  hold(repo);

  const refused = commitAndPush(repo, 'README.md');
  const allowed = commitAndPush(repo, 'mine.txt');

  expect(count(refused, HELD)).toBe(1);
  expect(allowed.code).toBe(0);
  expect(count(allowed, preCommit.says)).toBe(1);
});

test('a newer hook of a manager takes the place of its older one; one of the user’s never does', () => {
  const repo = makeWork();
  const lefthook = findManager('lefthook');
  lefthook.install(repo);
  const older = repo.read('.git/hooks/pre-commit');
  writeHook(repo, '.git/hooks/pre-commit', `${older}# of an older version\n`);
  init(repo);
  writeHook(repo, '.git/hooks/pre-commit', older);
  init(repo);
  const renewed = snapshot(repo.path('.git/hooks/before-leasehold'));
  writeHook(repo, '.git/hooks/pre-commit', H);
  init(repo);
  const kept = snapshot(repo.path('.git/hooks/before-leasehold'));

  expect(renewed).toEqual({ 'pre-commit': { mode: 0o755, text: older } });
  expect(kept).toMatchObject({ 'pre-commit': { text: H }, 'pre-commit.1': { text: older } });
});

test('a hook that was there before both comes back when pre-commit is taken out by its own command', () => {
  const repo = makeWork();
  const preCommit = findManager('pre-commit');
  writeHook(repo, '.git/hooks/pre-commit', H);
  init(repo);
  preCommit.install(repo);
  const both = commitAndPush(repo, 'a.txt');
  preCommit.uninstall(repo);
  const one = commitAndPush(repo, 'b.txt');
  repo.leasehold(['init', '--uninstall']);

  expect([count(both, 'first of all'), count(both, preCommit.says)]).toEqual([1, 1]);
  expect([count(one, 'first of all'), count(one, preCommit.says)]).toEqual([1, 0]);
  expect(repo.read('.git/hooks/pre-commit')).toBe(H);
  expect(existsSync(repo.path('.git/hooks/before-leasehold'))).toBe(false);
});

test('leasehold taken out from under pre-commit leaves it what it would have moved aside itself', () => {
  const repo = makeWork();
  const preCommit = findManager('pre-commit');
  writeHook(repo, '.git/hooks/pre-commit', H);
  init(repo);
  preCommit.install(repo);
  repo.leasehold(['init', '--uninstall']);

  const ended = commitAndPush(repo, 'a.txt');

  expect([count(ended, 'first of all'), count(ended, preCommit.says)]).toEqual([1, 1]);
  expect(repo.read('.git/hooks/pre-commit.legacy')).toBe(H);
});

test('lefthook installs itself anew while it runs: the guard fires then, and at the next commit', () => {
  const repo = makeWork();
  const lefthook = findManager('lefthook');
  lefthook.install(repo);
  init(repo);
  hold(repo);
  changeLefthook(repo);

  const first = commitAndPush(repo, 'README.md');
  const second = commitAndPush(repo, 'README.md');
  const allowed = commitAndPush(repo, 'mine.txt');

  expect(first.stdout + first.stderr).toMatch(/sync hooks.*commit-msg/);
  for (const ended of [first, second]) expect(ended.stderr).toContain(HELD);
  expect(count(allowed, lefthook.says)).toBe(1);
  expect(count(allowed, 'message seen')).toBe(1);
  expect(existsSync(repo.path('.git/hooks/pre-commit.old'))).toBe(false);
  expect(repo.leasehold(['doctor']).code).toBe(0);
});

test('lefthook goes on installing itself where it had moved a hook aside before us', () => {
  const repo = makeWork();
  const lefthook = findManager('lefthook');
  writeHook(repo, '.git/hooks/pre-commit', H);
  lefthook.install(repo);
  const old = snapshot(repo.path('.git/hooks/pre-commit.old'));
  init(repo);
  changeLefthook(repo);

  const ended = commitAndPush(repo, 'mine.txt');
  repo.leasehold(['init', '--uninstall']);

  expect(ended.code).toBe(0);
  expect(ended.stdout + ended.stderr).not.toContain('Skipping hook sync');
  expect(count(ended, 'first of all')).toBe(0);
  expect(snapshot(repo.path('.git/hooks/pre-commit.old'))).toEqual(old);
  expect(readFileSync(repo.path('.git/hooks/pre-commit'), 'utf8')).toContain('call_lefthook run');
});

test('husky’s hooks run in a linked worktree that husky comes to later, and the guard goes on', () => {
  const repo = makeWork();
  const husky = findManager('husky');
  husky.install(repo);
  repo.write('.husky/post-commit', 'echo "husky after"\n');
  repo.git('add', '--force', '.husky/pre-commit', '.husky/post-commit');
  repo.git('commit', '--quiet', '--no-verify', '-m', 'hooks');
  init(repo);
  const tree = repo.addWorktree('tree');
  init(tree);
  hold(repo);

  const without = commitAndPush(tree, 'a.txt');
  const refused = commitAndPush(tree, 'README.md');
  // What `npm install` does there: husky writes its directory, and sets the shared setting again.
  repo.git('worktree', 'list');
  tree.write('.husky/_/h', readFileSync(repo.path('.husky/_/h'), 'utf8'));
  for (const hook of ['pre-commit', 'post-commit']) {
    writeHook(tree, `.husky/_/${hook}`, '#!/usr/bin/env sh\n. "$(dirname "$0")/h"');
  }
  const withHusky = commitAndPush(tree, 'b.txt');
  const refusedAgain = commitAndPush(tree, 'README.md');

  expect(without).toMatchObject({ code: 0 });
  expect(count(without, husky.says)).toBe(0);
  expect([count(withHusky, husky.says), count(withHusky, 'husky after')]).toEqual([1, 1]);
  for (const ended of [refused, refusedAgain]) expect(ended.stderr).toContain(HELD);
  expect(repo.git('config', '--local', 'core.hooksPath')).toBe('.husky/_');
});
