import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { decideClaim } from '../../src/locks/claim.ts';
import { decideRelease } from '../../src/locks/release.ts';
import { createFakeClock, HOUR } from '../kit/fake-clock.ts';
import { claimsOn } from './build.ts';
import { createLedgerClone, createSharedRemote } from './ledger-place.ts';

it('a ledger over git goes on where refs are packed, leaves none of its own behind, and says what keeps it from being followed', async () => {
  const shared = createSharedRemote();
  onTestFinished(shared.remove);
  const clock = createFakeClock();
  const [ann, ben] = ['ann', 'ben'].map((name) => createLedgerClone(shared, name, { clock }));
  if (!ann || !ben) throw new Error('two clones');
  const change = (clone: typeof ann, holder: string) =>
    clone
      .open()
      .change(
        decideClaim({ holder, claims: claimsOn(`${holder}/`), ttl: HOUR, id: holder, about: {} }),
      );
  const holders = async () => (await ben.open().read()).grants.map(({ holder }) => holder).sort();
  const ledger = join(ben.commonDir, 'leasehold', 'ledger.git');
  const refs = () => shared.git('--git-dir', ledger, 'for-each-ref', '--format=%(refname)');

  await change(ann, 'a');
  expect(await holders()).toEqual(['a']);
  shared.git('--git-dir', ledger, 'pack-refs', '--all', '--prune');
  expect(await holders()).toEqual(['a']);
  await change(ann, 'b');
  await change(ben, 'c');
  expect(await holders()).toEqual(['a', 'b', 'c']);
  expect(refs()).toBe('refs/leasehold/seen');

  // What a git that was killed leaves behind stops everybody, and must not do so without a word.
  const lock = join(ledger, 'refs/leasehold/seen.lock');
  writeFileSync(lock, '');
  await ann.open().change(decideRelease('a', 'a'));
  await expect(holders()).rejects.toMatchObject({
    code: 'store-unwritable',
    remedy: expect.stringContaining(ledger),
  });
  rmSync(lock);
  expect(await holders()).toEqual(['b', 'c']);
});
