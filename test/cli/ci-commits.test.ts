import { chmodSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { splitByPull } from '../../src/cli/ci-commits.ts';
import type { Workspace } from '../../src/cli/workspace.ts';
import { scanRange } from '../../src/guard/index.ts';
import { createGit, findRepository } from '../../src/kit/git.ts';
import { makeRepo, NO_HOOKS, type Repo } from '../make-repo.ts';

const LINES = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n';
const QUIET = [...NO_HOOKS, '-c', 'advice.mergeConflict=false'] as const;

/** A pull request of two commits, that changes the first line of a, and b whole, and takes c away. */
const makePull = (): Repo => {
  const repo = makeRepo();
  repo.commitQuietly({ a: LINES, b: 'b\n', c: 'c\n', d: 'd\n' });
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ a: LINES.replace('one', 'ONE') });
  rmSync(repo.path('c'));
  repo.commitQuietly({ b: 'B\n', a: LINES.replace('one', 'ONE!') });
  repo.git('checkout', '--quiet', 'main');
  return repo;
};

/** What is judged beside the pull request's own commits, once `land` has brought it into main in some way. */
const listJudged = async (repo: Repo, land: () => void): Promise<string[][]> => {
  const workspace = {
    git: createGit(repo.top, process.env),
    repository: findRepository(createGit(repo.top, process.env)),
    context: { env: process.env },
  } as unknown as Workspace;
  const { git } = workspace;
  repo.git('reset', '--quiet', '--hard');
  repo.git('checkout', '--quiet', '--detach', 'main');
  land();
  const target = repo.git('rev-parse', 'main');
  const tip = repo.git('rev-parse', 'HEAD');
  const commits = scanRange(git, [tip, `^${target}`]);
  const covers = commits.map(({ commit }) => commit);
  const head = repo.git('rev-parse', 'topic');
  const pulls = [{ number: 7, head, covers, reviews: [] }];
  const batches = await splitByPull(workspace, { target, tip, commits }, { kind: 'push', pulls });
  expect(batches[0]).toMatchObject({ isPull: true, commits: [{}, {}] });
  return batches
    .slice(1)
    .flatMap((batch) => batch.commits.map(({ changes }) => changes.map(({ path }) => path)));
};

/** Merges without a commit, edits, and commits. */
const mergeBy = (repo: Repo, words: string[], edit: () => void) => () => {
  repo.tryGit([...QUIET, 'merge', '--quiet', '--no-commit', ...words, 'topic']);
  edit();
  repo.git('add', '--all');
  repo.git(...NO_HOOKS, 'commit', '--quiet', '-m', 'a change (#7)');
};

const write = (repo: Repo, path: string, text: string) => () => repo.write(path, text);
const nothing = () => undefined;

test('what came of a pull request steps aside where it is byte for byte what that has made', async () => {
  const repo = makePull();
  const judge = (land: () => void) => listJudged(repo, land);
  const squash = (edit: () => void) => mergeBy(repo, ['--squash'], edit);
  const merge = (edit: () => void) => mergeBy(repo, ['--no-ff'], edit);
  const link = () => {
    rmSync(repo.path('b'));
    symlinkSync('B\n', repo.path('b'));
  };

  const clean = [await judge(squash(nothing)), await judge(merge(nothing))];
  // The state of an earlier commit of it is its own, too.
  const earlier = await judge(squash(write(repo, 'a', LINES.replace('one', 'ONE'))));
  const edited = [
    await judge(squash(write(repo, 'a', LINES.replace('one', 'evil')))),
    await judge(merge(write(repo, 'a', LINES.replace('one', 'evil')))),
    await judge(squash(write(repo, 'd', 'by the way\n'))),
    await judge(squash(() => chmodSync(repo.path('b'), 0o755))),
    await judge(squash(link)),
    await judge(squash(write(repo, 'c', 'c again\n'))),
    await judge(merge(() => rmSync(repo.path('b')))),
  ];

  expect([...clean, earlier]).toEqual([[], [], []]);
  expect(edited).toEqual([[['a']], [['a']], [['d']], [['b']], [['b']], [['c']], [['b']]]);
});

test('so does what git makes of it where the branch has moved on, and no edit on the way', async () => {
  const repo = makePull();
  repo.commitQuietly({ a: LINES.replace('seven', 'SEVEN') });
  const judge = (land: () => void) => listJudged(repo, land);
  const squash = (edit: () => void) => mergeBy(repo, ['--squash'], edit);
  const merge = (edit: () => void) => mergeBy(repo, ['--no-ff'], edit);
  const both = LINES.replace('one', 'ONE!').replace('seven', 'SEVEN');
  const rebase = () => repo.git(...QUIET, 'cherry-pick', 'main..topic');

  const clean = [await judge(squash(nothing)), await judge(merge(nothing)), await judge(rebase)];
  const edited = [
    await judge(squash(write(repo, 'a', `${both}eight\n`))),
    await judge(merge(write(repo, 'a', both.replace('four', '4')))),
  ];
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ a: LINES.replace('one', 'eins') });
  // A conflict is settled by whoever settles it, and is not what either side has made.
  const settled = [
    await judge(squash(write(repo, 'a', both.replace('ONE!', 'eins!')))),
    await judge(merge(nothing)),
  ];

  expect(clean).toEqual([[], [], []]);
  expect(edited).toEqual([[['a']], [['a']]]);
  expect(settled).toEqual([[['a']], [['a']]]);
});

test('what cannot be compared is judged as it lies there', async () => {
  const repo = makePull();
  const unrelated = () => {
    repo.git('checkout', '--quiet', '--orphan', 'other');
    repo.commitQuietly({ a: LINES.replace('one', 'UNO') });
  };
  expect(await listJudged(repo, unrelated)).toEqual([['a', 'b', 'c', 'd']]);
});
