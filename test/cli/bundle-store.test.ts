import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listSpoiled } from '../../src/cli/bundle-store.ts';

it('takes for spoiled what is gone, changed, or cannot be read', () => {
  const directory = mkdtempSync(join(tmpdir(), 'leasehold-test-'));
  writeFileSync(join(directory, 'well.cjs'), 'text');
  writeFileSync(join(directory, 'changed.cjs'), 'another text');
  mkdirSync(join(directory, 'unreadable.cjs'));
  const bundle = new Map(
    ['well.cjs', 'changed.cjs', 'unreadable.cjs', 'gone.cjs'].map((name) => [name, 'text']),
  );

  expect(listSpoiled(bundle, directory)).toEqual(['changed.cjs', 'unreadable.cjs', 'gone.cjs']);
});
