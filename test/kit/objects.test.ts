import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGit, listBlobs, readBlob, readFiles } from '../../src/kit/git.ts';
import { parseBatch, pickFiles } from '../../src/kit/objects.ts';
import { makeRepo, type Repo } from '../make-repo.ts';

const PATHS = ['a', 'b', 'CODEOWNERS', 'docs/CODEOWNERS', '.github/CODEOWNERS'];
const ENV = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
const gitIn = (directory: string) => createGit(directory, ENV);

/** What `ls-tree` and `cat-file` say one after the other, which nobody doubts. */
const readOneByOne = (repo: Repo) => {
  const git = gitIn(repo.top);
  const blobs = listBlobs(git, 'HEAD', PATHS) ?? new Map<string, string>();
  return { blobs, texts: new Map([...blobs.values()].map((id) => [id, readBlob(git, id)])) };
};

const expectTheSame = (repo: Repo, found: string[]): void => {
  const files = readFiles(gitIn(repo.top), 'HEAD', PATHS);
  expect(files).toEqual(readOneByOne(repo));
  expect([...(files?.blobs.keys() ?? [])].sort()).toEqual(found.sort());
};

describe('the files of a tree, with their texts', () => {
  it('are those that git lists, at the top and one below', () => {
    const repo = makeRepo();
    repo.commitQuietly({ a: 'é\n', 'docs/CODEOWNERS': '', '.github/CODEOWNERS': '* @a\n', c: 'c' });
    expectTheSame(repo, ['a', 'docs/CODEOWNERS', '.github/CODEOWNERS']);
  });

  it('are files alone: no link, no directory, no submodule; executable ones are some', () => {
    const repo = makeRepo();
    repo.write('b', 'b');
    chmodSync(repo.path('b'), 0o755);
    symlinkSync('b', repo.path('a'));
    repo.commitQuietly({ 'CODEOWNERS/x': 'x' });
    const commit = repo.git('rev-parse', 'HEAD');
    for (const path of ['docs', '.github/CODEOWNERS']) {
      repo.git('update-index', '--add', '--cacheinfo', `160000,${commit},${path}`);
    }
    repo.git('commit', '--quiet', '--message', 'submodules');
    expectTheSame(repo, ['b']);
  });

  it('are not found through a directory that is a link or a file', () => {
    const repo = makeRepo();
    symlinkSync('real', repo.path('docs'));
    // As if it were a tree's content.
    const entry = `100644 CODEOWNERS\0${'a'.repeat(20)}`;
    repo.commitQuietly({ 'real/CODEOWNERS': 'x', '.github': entry });
    expectTheSame(repo, []);
  });

  it('are not mistaken for others whose names look like an entry', () => {
    const repo = makeRepo();
    const names = ['100644 a', 'x100644 CODEOWNERS', '100644 b\n100644 a', 'b ', ' b', 'B'];
    repo.commitQuietly(Object.fromEntries(names.map((name) => [name, 'x'])));
    expectTheSame(repo, []);
  });

  it('may have no text, or one that looks like an answer of git’s', () => {
    const repo = makeRepo();
    const id = '1'.repeat(40);
    repo.commitQuietly({ a: '', b: `\n${id} blob 3\nx\n\nHEAD:CODEOWNERS missing\n\0` });
    expectTheSame(repo, ['a', 'b']);
  });

  it('are found by ids of 64 digits as well', () => {
    const repo = makeRepo();
    const cwd = join(repo.root, 'sha256');
    repo.git('init', '--quiet', '--object-format=sha256', '-b', 'main', cwd);
    const call = { cwd, input: 'text' };
    const blob = repo.tryGit(['hash-object', '-w', '--stdin'], call).stdout.trim();
    repo.tryGit(['update-index', '--add', '--cacheinfo', `100644,${blob},docs/CODEOWNERS`], call);
    const user = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com'];
    repo.tryGit([...user, 'commit', '--quiet', '--message', 'start'], call);

    const files = readFiles(gitIn(cwd), 'HEAD', PATHS);

    expect(blob).toHaveLength(64);
    expect(files?.blobs).toEqual(new Map([['docs/CODEOWNERS', blob]]));
    expect(files?.texts).toEqual(new Map([[blob, 'text']]));
  });

  it('are not told of a tree that git does not know', () => {
    const repo = makeRepo();
    expect(readFiles(gitIn(repo.top), 'HEAD', PATHS)).toBeUndefined();
    expect(readFiles(gitIn(repo.root), 'HEAD', PATHS)).toBeUndefined();
  });

  it.each(['tree:1', 'blob:none'])(
    'are not told where this clone lacks some of what is asked for: %s',
    (filter) => {
      const repo = makeRepo();
      repo.commitQuietly({ a: 'a', 'docs/CODEOWNERS': '* @a\n' });
      repo.git('config', 'uploadpack.allowFilter', 'true');
      const cwd = join(repo.root, 'partial');
      const url = `file://${repo.top}`;
      repo.git('clone', '--quiet', `--filter=${filter}`, '--no-checkout', url, cwd);

      expect(readFiles(gitIn(cwd), 'HEAD', PATHS)).toBeUndefined();
      const lacking = repo.tryGit(['rev-list', '--objects', '--all', '--missing=print'], { cwd });
      expect(lacking.stdout).toMatch(/^\?/m);
    },
  );

  it('are not told of a tree whose directory is not where it should be', () => {
    const tree = (id: string, entries: string) =>
      ({ id: id.repeat(40), type: 'tree', content: Buffer.from(entries, 'latin1') }) as const;
    const top = tree('1', `40000 docs\0${'\x22'.repeat(20)}`);
    const docs = tree('2', `100644 CODEOWNERS\0${'\x33'.repeat(20)}`);
    const pick = (below: typeof docs | undefined) =>
      pickFiles(
        new Map([
          ['', top],
          ['docs', below],
        ]),
        ['docs/CODEOWNERS'],
      )?.blobs.size;

    expect([docs, tree('3', ''), undefined].map(pick)).toEqual([1, undefined, undefined]);
  });
});

it('an answer of git’s that is cut off has no more objects than are whole in it', () => {
  const output = Buffer.from(`${'a'.repeat(40)} blob 2\nhi\nHEAD:x missing\n${'b'.repeat(40)} bl`);
  expect(parseBatch(output).map((object) => object?.content.toString())).toEqual(['hi', undefined]);
});
