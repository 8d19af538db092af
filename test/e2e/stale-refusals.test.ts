import { renameSync, statSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { addRemote, cloneRepo, makeRepo, type Repo } from '../make-repo.ts';
import { warmUp } from '../shell.ts';

const stampOf = (repo: Repo): string => repo.path('.git/leasehold/mirror/fetched');

/** As if the clone had last read the shared locks so many seconds ago. */
const age = (repo: Repo, seconds: number): number => {
  const then = Date.now() / 1000 - seconds;
  utimesSync(stampOf(repo), then, then);
  return statSync(stampOf(repo)).mtimeMs;
};

test('a commit, and a branch in strict mode, is refused by shared locks as they are, or offline as old as is said, and accepted without a look', {
  timeout: 120_000,
}, () => {
  const seed = makeRepo();
  const bare = addRemote(seed);
  seed.commitQuietly({
    'src/a.ts': 'a\n',
    'free.ts': 'free\n',
    'leasehold.config.json': `${JSON.stringify({
      locks: { store: 'git', maxStale: '5m' },
      guard: { strict: true },
    })}\n`,
  });
  seed.git('push', '--quiet', 'origin', 'HEAD:main');
  const [ann, ben] = ['ann', 'ben'].map((name) => {
    const clone = cloneRepo(seed, `file://${bare}`, name);
    expect(clone.leasehold(['init'])).toMatchObject({ code: 0 });
    return clone;
  });
  if (!ann || !ben) throw new Error('two clones');
  warmUp(ben);
  const commit = (path: string) => {
    ben.write(path, `${path} ${Math.random()}\n`);
    return ben.tryGit(['commit', '-m', 'work', '--', path], { holder: 'ben' });
  };
  /** Moves a branch by no commit command: what the last gate alone sees. */
  const update = () => {
    const tree = ben.git('rev-parse', 'HEAD^{tree}');
    ben.write('src/a.ts', `${Math.random()}\n`);
    ben.git('add', 'src/a.ts');
    const fresh = ben.git('commit-tree', '-p', 'HEAD', '-m', 'work', ben.git('write-tree'));
    ben.git('read-tree', '--reset', '-u', tree);
    return ben.tryGit(['update-ref', 'refs/heads/other', fresh], { holder: 'ben' });
  };
  const holdsAsSeen = (holders: string[]) =>
    expect(ben.json(['status']).body.grants.map(({ agent }: { agent: string }) => agent)).toEqual(
      holders,
    );

  // Held when it was read, released since: the refusal looks, and is none.
  expect(ann.leasehold(['claim', 'src/'], { holder: 'ann' })).toMatchObject({ code: 0 });
  holdsAsSeen(['ann']);
  expect(ann.leasehold(['release', '--all'], { holder: 'ann' })).toMatchObject({ code: 0 });
  age(ben, 60);
  expect(update()).toMatchObject({ code: 0, stderr: '' });
  expect(ann.leasehold(['claim', 'src/'], { holder: 'ann' })).toMatchObject({ code: 0 });
  holdsAsSeen(['ann']);
  expect(ann.leasehold(['release', '--all'], { holder: 'ann' })).toMatchObject({ code: 0 });
  age(ben, 60);
  expect(commit('src/a.ts')).toMatchObject({ code: 0 });

  // Held still: refused, by locks that are new.
  expect(ann.leasehold(['claim', 'src/'], { holder: 'ann' })).toMatchObject({ code: 0 });
  holdsAsSeen(['ann']);
  for (const [act, code] of [
    [() => commit('src/a.ts'), 1],
    [update, 128],
  ] as const) {
    const old = age(ben, 60);
    const refused = act();
    expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining('ann holds it')]);
    expect(refused.stderr).not.toContain('ago');
    expect(statSync(stampOf(ben)).mtimeMs).toBeGreaterThan(old + 50_000);
  }

  // What is accepted asks nobody.
  const before = age(ben, 60);
  expect(commit('free.ts')).toMatchObject({ code: 0 });
  expect(statSync(stampOf(ben)).mtimeMs).toBe(before);

  // Nobody answers: refused by what is known, which says how old it is.
  renameSync(bare, `${bare}.gone`);
  for (const [act, code] of [
    [() => commit('src/a.ts'), 1],
    [update, 128],
  ] as const) {
    age(ben, 60);
    const offline = act();
    expect([offline.code, offline.stderr]).toEqual([code, expect.stringContaining('ann holds it')]);
    expect(offline.stderr).toMatch(/warning: the locks are as they were 1 min ago/);
  }
});
