import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasGitDaemon, startGitDaemon } from '../git-daemon.ts';
import { addRemote, cloneRepo, makeRepo, NO_HOOKS } from '../make-repo.ts';

const REF = 'refs/leasehold/ledger';

/** A bare repository whose config keeps the locks in a ref of it. */
const makeSeed = () => {
  const seed = makeRepo();
  const bare = addRemote(seed);
  seed.commitQuietly({
    'src/a.ts': 'a\n',
    'leasehold.config.json': '{"locks":{"store":"git","maxStale":"1s"}}\n',
  });
  seed.git('push', '--quiet', 'origin', 'HEAD:main');
  return { seed, bare };
};

/** The words of each git that this process started, and not those that git starts by itself. */
const listStarted = (directory: string): string[] =>
  readdirSync(directory).flatMap((name) => {
    const [first = ''] = readFileSync(join(directory, name), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"event":"start"'));
    const { sid, argv } = JSON.parse(first);
    return sid.includes('/') ? [] : [argv.slice(1).join(' ')];
  });

test.skipIf(!hasGitDaemon)(
  'over git daemon what one clone holds the other one refuses, a daemon that takes no pushes is told so, and one that is gone has changed nothing',
  { timeout: 120_000 },
  async () => {
    const { seed, bare } = makeSeed();
    const daemon = await startGitDaemon(seed.root, ['--enable=receive-pack']);
    const [ann, ben] = ['ann', 'ben'].map((name) => {
      const clone = cloneRepo(seed, `${daemon.address}/origin.git`, name);
      expect(clone.leasehold(['init'])).toMatchObject({ code: 0 });
      return clone;
    });
    if (!ann || !ben) throw new Error('two clones');

    expect(ann.leasehold(['claim', 'src/'], { holder: 'ann' })).toMatchObject({ code: 0 });
    expect(ben.leasehold(['claim', 'src/a.ts'], { holder: 'ben' })).toMatchObject({ code: 1 });
    ben.write('src/a.ts', 'mine\n');
    const refused = ben.tryGit(['commit', '-am', 'mine'], { holder: 'ben' });
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('ann holds it')]);

    // Each git costs as much as all else: a claim that was overtaken once starts no more than these.
    const trace = join(seed.root, 'trace');
    mkdirSync(trace);
    const traced = { holder: 'ann', env: { GIT_TRACE2_EVENT: trace } };
    expect(ann.leasehold(['claim', 'lib/'], traced)).toMatchObject({ code: 0 });
    const ofLedger = listStarted(trace).filter((words) =>
      /^(?:--git-dir=|ls-tree -r|cat-file|fast-import|update-ref|merge-base|rev-parse .*refs)/.test(
        words,
      ),
    );
    expect(ofLedger.length, ofLedger.join('\n')).toBeLessThanOrEqual(11);
    expect(ofLedger.filter((words) => /\bfetch --quiet/.test(words)).length).toBeLessThanOrEqual(1);
    expect(ann.leasehold(['release', '--all'], { holder: 'ann' })).toMatchObject({ code: 0 });
    expect(ben.leasehold(['claim', 'src/a.ts'], { holder: 'ben' })).toMatchObject({ code: 0 });

    // Gone: where nobody listened nothing can have been sent, and that is said.
    const before = seed.git('-C', bare, 'rev-parse', REF);
    await daemon.stop();
    const unreached = ann.leasehold(['claim', 'lib/'], { holder: 'ann' });
    expect([unreached.code, unreached.stderr]).toEqual([
      2,
      expect.stringMatching(/cannot be had: .*Connection refused.*; nothing was changed/),
    ]);

    // Back again, for readers alone.
    const readers = await startGitDaemon(seed.root, []);
    ann.git('remote', 'set-url', 'origin', `${readers.address}/origin.git`);
    expect(ann.json(['status']).body.grants).toMatchObject([{ agent: 'ben' }]);
    const denied = ann.leasehold(['claim', 'lib/'], { holder: 'ann' });
    expect([denied.code, denied.stderr]).toEqual([
      2,
      expect.stringMatching(/takes no change of the ledger: .*(?:not exported|not enabled)/),
    ]);
    expect(denied.stderr).toContain('next: let it be pushed to there');

    // No such repository, no such host, no such directory: not sent either.
    for (const address of [`${readers.address}/other.git`, join(seed.root, 'nowhere.git')]) {
      ann.git('remote', 'set-url', 'origin', address);
      const lost = ann.leasehold(['claim', 'lib/'], { holder: 'ann' });
      expect([address, lost.code, lost.stderr]).toEqual([
        address,
        2,
        expect.stringContaining('; nothing was changed'),
      ]);
      expect(lost.stderr).not.toContain('is not known');
    }
    expect(seed.git(...NO_HOOKS, '-C', bare, 'rev-parse', REF)).toBe(before);
  },
);
