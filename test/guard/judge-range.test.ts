import { describe, expect, it } from 'vitest';
import { type CommitChange, mergeChanges } from '../../src/guard/index.ts';

type Changes = CommitChange['changes'];

const commit = (changes: Changes): CommitChange => ({
  commit: '1'.repeat(40),
  email: 'ben@example.com',
  name: 'Ben',
  parents: ['2'.repeat(40)],
  isRoot: false,
  isMerge: false,
  trailers: { grants: [], malformed: [], bypass: undefined },
  changes,
});

describe('what several commits change', () => {
  it('has a path once, whatever it holds in the end', () => {
    const first: Changes = [{ path: 'a', kind: 'modified', blob: '1' }];
    const second: Changes = [{ path: 'a', kind: 'modified', blob: '2' }];

    expect(mergeChanges([commit(first), commit(second)])).toEqual(second);
  });

  it('keeps whatever else a verdict may hang on', () => {
    const first: Changes = [
      { path: 'a', kind: 'added', blob: '1' },
      { path: 'a', kind: 'added', blob: '1', isTree: true },
    ];
    const second: Changes = [
      { path: 'a', kind: 'deleted', blob: undefined },
      { path: 'b', kind: 'added', blob: '1' },
    ];

    expect(mergeChanges([commit(first), commit(second)])).toEqual([...first, ...second]);
  });
});
