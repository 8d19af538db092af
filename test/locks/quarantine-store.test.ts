import { describe, expect, it } from 'vitest';
import { quarantineRecords } from '../../src/locks/quarantine-store.ts';
import { createFakeClock, NOW, SECOND } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';
import { PLACES } from './store.ts';

const filesWith = (...names: string[]) => {
  const files = createMemoryFiles(createFakeClock());
  for (const name of names) files.put(`${PLACES.locks}/${name}`, `text of ${name}`);
  return files;
};

describe('the quarantine', () => {
  it('takes records with all that is in them, and names them', () => {
    const files = filesWith('a.lock', 'b.lock');
    const moved = quarantineRecords(files, PLACES, ['a.lock'], NOW);
    expect({ moved, left: files.all() }).toEqual({
      moved: ['a.lock'],
      left: {
        [`${PLACES.locks}/b.lock`]: 'text of b.lock',
        [`${PLACES.quarantine}/2026-01-17T15-30-00.000Z.a.lock`]: 'text of a.lock',
      },
    });
  });

  it('keeps a second record of the same name apart from the first', () => {
    const files = filesWith('a.lock');
    quarantineRecords(files, PLACES, ['a.lock'], NOW);
    files.put(`${PLACES.locks}/a.lock`, 'again');
    quarantineRecords(files, PLACES, ['a.lock'], NOW + SECOND);
    expect(Object.values(files.all())).toEqual(['text of a.lock', 'again']);
  });

  it('does not name what was gone already', () => {
    expect(quarantineRecords(filesWith(), PLACES, ['gone.lock'], NOW)).toEqual([]);
  });

  it('touches nothing where there is nothing to move', () => {
    const files = filesWith('a.lock');
    quarantineRecords(files, PLACES, [], NOW);
    expect(files.calls).toEqual([]);
  });
});
