import { describe, expect, it } from 'vitest';
import { findNearest } from '../../src/kit/nearest.ts';

describe('the nearest word', () => {
  it('is the one with the fewest edits', () => {
    expect(findNearest('relese', ['renew', 'release', 'claim'])).toBe('release');
  });

  it('is found whatever the case', () => {
    expect(findNearest('STATUS', ['status'])).toBe('status');
  });

  it('is the first of two that are as near', () => {
    expect(findNearest('cat', ['car', 'can'])).toBe('car');
  });

  it('may be three edits away', () => {
    expect(findNearest('abcdef', ['abc'])).toBe('abc');
  });

  it('is none where all are further away', () => {
    expect(findNearest('abcdefg', ['abc'])).toBeUndefined();
  });

  it('is none where there is nothing to choose from', () => {
    expect(findNearest('abc', [])).toBeUndefined();
  });
});
