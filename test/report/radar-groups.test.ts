import { describe, expect, it } from 'vitest';
import type { Meeting } from '../../src/radar/index.ts';
import { groupShared } from '../../src/report/radar-groups.ts';

const side = { since: undefined, isUncommitted: false };

/** Two parties at paths, of which git finds a conflict in those that have a word of it. */
const meet = (
  parties: [number, number],
  paths: Record<string, string | undefined>,
  outcome: Meeting['outcome'] = 'clean',
): Meeting => ({
  parties,
  outcome,
  since: undefined,
  paths: Object.entries(paths).map(([path, conflict]) => ({
    path,
    sides: [side, side],
    conflict,
  })),
});

describe('what several touch and would merge cleanly', () => {
  it('stands together where the same ones touch it, the most paths first', () => {
    const meetings = [
      meet([0, 1], { 'a.ts': undefined, 'b.ts': undefined, 'c.ts': undefined }),
      meet([1, 2], { 'a.ts': undefined }),
      meet([0, 2], { 'a.ts': undefined }),
    ];
    expect(groupShared({ meetings })).toEqual([
      { parties: [0, 1], paths: ['b.ts', 'c.ts'] },
      { parties: [0, 1, 2], paths: ['a.ts'] },
    ]);
  });

  it.each(['conflict', 'unknown'] as const)('is told of no two that would not: %s', (outcome) => {
    const meetings = [
      meet([0, 1], { 'a.ts': outcome === 'conflict' ? 'contents' : undefined }, outcome),
      meet([0, 2], { 'a.ts': undefined }),
      meet([2, 1], { 'a.ts': undefined }),
    ];
    expect(groupShared({ meetings })).toEqual([
      { parties: [0, 2], paths: ['a.ts'] },
      { parties: [1, 2], paths: ['a.ts'] },
    ]);
  });

  it('is nothing where all that meet there conflict', () => {
    expect(groupShared({ meetings: [meet([0, 1], { 'a.ts': 'contents' }, 'conflict')] })).toEqual(
      [],
    );
  });
});
