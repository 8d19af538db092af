import { describe, expect, it } from 'vitest';
import { isExpired } from '../../src/locks/grant.ts';
import { NOW } from '../kit/fake-clock.ts';

describe('the expiry', () => {
  it.each([
    [-1, false],
    [0, true],
    [1, true],
  ])('%i ms from it a grant is expired: %s', (offset, expected) => {
    expect(isExpired({ expiresAt: NOW }, NOW + offset)).toBe(expected);
  });
});
