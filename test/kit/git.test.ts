import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Undecided } from '../../src/kit/errors.ts';
import {
  createGit,
  findRepository,
  type Git,
  listBlobs,
  parseIdentEmail,
  parseTree,
  readBlob,
  readCommitterEmail,
  readLine,
} from '../../src/kit/git.ts';
import { makeRepo } from '../make-repo.ts';

const ENV = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
const gitIn = (directory: string, env: NodeJS.ProcessEnv = ENV): Git => createGit(directory, env);

/** One empty repository for all the tests that change nothing. */
let empty = '';
beforeAll(() => {
  empty = mkdtempSync(join(tmpdir(), 'leasehold-git-'));
  execFileSync('git', ['init', '--quiet', '-b', 'main', empty], { env: ENV });
});
afterAll(() => rmSync(empty, { recursive: true, force: true }));

const thrownBy = (call: () => unknown): Undecided => {
  try {
    call();
  } catch (error) {
    if (error instanceof Undecided) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('git', () => {
  it('answers with its standard output', () => {
    const git = gitIn(empty);
    expect(git.read(['hash-object', '--stdin'], 'text').toString()).toMatch(/^[0-9a-f]{40}\n$/);
  });

  it('that ends with an error cannot decide, and says what git said', () => {
    const git = gitIn(empty);
    const failure = thrownBy(() => git.read(['cat-file', 'blob', 'HEAD:gone']));
    expect(failure).toMatchObject({
      code: 'git-failed',
      message: expect.stringMatching(/^git cat-file ended with 128: fatal: /),
    });
  });

  it('that ends before it has read its input says why all the same', () => {
    const result = gitIn(empty).run(['cat-file', '--nonsense'], 'x'.repeat(1_000_000));
    expect(result).toMatchObject({ code: 129, stderr: expect.stringContaining('nonsense') });
  });

  it('that is not there cannot decide', () => {
    const git = gitIn(empty, { PATH: '/nonexistent' });
    expect(thrownBy(() => git.run(['status'])).code).toBe('git-failed');
  });

  it('gets the environment of the hook whole', () => {
    const repo = makeRepo();
    const git = gitIn(repo.top, { ...ENV, GIT_INDEX_FILE: join(repo.root, 'another') });
    repo.write('a', 'a');
    repo.git('add', 'a');
    expect(git.read(['ls-files']).toString()).toBe('');
  });

  it('speaks one language, whatever the user speaks', () => {
    const git = gitIn(empty, { ...ENV, LC_ALL: 'de_DE.UTF-8' });
    const said = git.run(['-c', 'alias.say=!echo "$LC_ALL"', 'say']);
    expect(said.stdout.toString()).toBe('C\n');
  });

  it('has no line to read where it ends with an error', () => {
    expect(readLine(gitIn(empty), ['config', 'no.such'])).toBeUndefined();
  });
});

describe('the place of a repository', () => {
  it('is found from a subdirectory, with the way there', () => {
    const repo = makeRepo();
    mkdirSync(repo.path('a/b'), { recursive: true });
    expect(findRepository(gitIn(repo.path('a/b')))).toEqual({
      commonDir: repo.path('.git'),
      gitDir: repo.path('.git'),
      top: repo.top,
      prefix: 'a/b/',
      hooks: repo.path('.git/hooks'),
    });
  });

  it('says where git looks for hooks, from wherever it is asked', () => {
    const repo = makeRepo();
    mkdirSync(repo.path('a/b'), { recursive: true });
    const ask = (path: string): string => {
      repo.git('config', 'core.hooksPath', path);
      return findRepository(gitIn(repo.path('a/b'))).hooks;
    };
    expect(ask('.husky/_')).toBe(repo.path('.husky/_'));
    expect(ask('/elsewhere/hooks')).toBe('/elsewhere/hooks');
    expect(ask('')).toBe('');
  });

  it('has one common directory for all worktrees', () => {
    const repo = makeRepo();
    repo.commitQuietly({ a: 'a' });
    const worktree = repo.addWorktree('two');
    expect(findRepository(gitIn(worktree.top))).toMatchObject({
      commonDir: repo.path('.git'),
      gitDir: repo.path('.git/worktrees/two'),
      top: worktree.top,
    });
  });

  it('has no top where it is bare', () => {
    const repo = makeRepo();
    const bare = join(repo.root, 'bare.git');
    repo.git('init', '--quiet', '--bare', bare);
    expect(findRepository(gitIn(bare))).toEqual({
      commonDir: bare,
      gitDir: bare,
      top: '',
      prefix: '',
      hooks: '',
    });
  });

  it('cannot be found where there is none', () => {
    const git = gitIn(join(empty, '.git', 'objects'), { ...ENV, GIT_DIR: '/nonexistent' });
    const { code, message, remedy } = thrownBy(() => findRepository(git));
    expect(code).toBe('not-a-repository');
    expect(message).toContain('is not there: /nonexistent');
    expect(remedy).not.toContain('git init');
    const nowhere = thrownBy(() => findRepository(gitIn(tmpdir())));
    expect([nowhere.code, nowhere.remedy]).toEqual(['not-a-repository', 'git init']);
  });

  it('is not used where it belongs to another user, and says how to trust it', () => {
    const repo = makeRepo();
    const top = repo.path("ben's own");
    repo.git('init', '--quiet', '--', top);
    // What git's own tests set.
    const other = { ...ENV, HOME: repo.root, GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' };
    const { code, message, remedy } = thrownBy(() => findRepository(gitIn(top, other)));
    expect([code, message]).toEqual([
      'git-failed',
      `git does not use ${top}, which belongs to another user, until you trust it`,
    ]);
    execFileSync('sh', ['-c', remedy], { cwd: top, env: other });
    expect(findRepository(gitIn(top, other)).top).toBe(top);
  });

  it('is not said to be missing where git cannot read its settings', () => {
    const repo = makeRepo();
    repo.write('.git/config', '[core');
    const { code, message } = thrownBy(() => findRepository(gitIn(repo.top)));
    expect(code).toBe('git-failed');
    expect(message).toContain('bad config line');
  });
});

describe('blobs', () => {
  it('are listed by path, without what is not asked for and what is not there', () => {
    const repo = makeRepo();
    repo.commitQuietly({ CODEOWNERS: '* @a\n', 'src/a': 'a' });
    const blobs = listBlobs(gitIn(repo.top), 'HEAD', ['CODEOWNERS', 'gone', 'src']);
    expect([...(blobs ?? [])]).toEqual([['CODEOWNERS', repo.git('rev-parse', 'HEAD:CODEOWNERS')]]);
  });

  it('cannot be listed for a tree that git does not know', () => {
    expect(listBlobs(gitIn(empty), 'HEAD', ['a'])).toBeUndefined();
  });

  it('are read by their ids', () => {
    const repo = makeRepo();
    repo.commitQuietly({ a: 'é\n' });
    expect(readBlob(gitIn(repo.top), repo.git('rev-parse', 'HEAD:a'))).toBe('é\n');
  });

  it('that this clone lacks cannot be decided on, and there is a command that fetches them', () => {
    const failure = thrownBy(() => readBlob(gitIn(empty), '1'.repeat(40)));
    expect(failure).toMatchObject({
      code: 'git-failed',
      remedy: 'git fetch --refetch --no-filter',
    });
  });

  it('are files alone: no link, no submodule, no directory', () => {
    const id = 'a'.repeat(40);
    const output = ['100644 blob', '100755 blob', '120000 blob', '160000 commit', '040000 tree']
      .map((kind, index) => `${kind} ${id}\tpath ${index}\nx\0`)
      .join('');
    expect([...parseTree(output)]).toEqual([
      ['path 0\nx', id],
      ['path 1\nx', id],
    ]);
  });
});

describe('the committer', () => {
  it.each([
    ['GIT_COMMITTER_EMAIL', 'ann@example.com'],
    ['GIT_AUTHOR_EMAIL', 'ben@example.com'],
  ])('is whom git would write into a commit now, not its author: %s', (name, expected) => {
    const git = gitIn(makeRepo().top, { ...ENV, [name]: 'ann@example.com' });
    expect(readCommitterEmail(git)).toBe(expected);
  });

  it.each([
    ['Ann <ann@example.com> 1700000000 +0000', 'ann@example.com'],
    ['Ann < ann@example.com > 1700000000 +0000', 'ann@example.com'],
    ['<ann> 1 +0000', 'ann'],
    ['Ann <> 1700000000 +0000', undefined],
    ['', undefined],
  ])('of %j is %s', (ident, expected) => {
    expect(parseIdentEmail(ident)).toBe(expected);
  });
});
