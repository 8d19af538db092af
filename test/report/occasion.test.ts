import { describe, expect, it } from 'vitest';
import { inHook } from '../../src/report/index.ts';

const COMMIT = { name: 'commit', prefix: '' };
const againOf = (canSplit: boolean, env: Record<string, string> = {}) =>
  inHook(COMMIT, env, { canSplit }).again;

describe('how the reader of a hook sees all of it', () => {
  it('is `check` where it looks at the same index', () => {
    expect(againOf(true)).toBe('leasehold check --verbose');
    expect(againOf(true, { GIT_INDEX_FILE: '.git/index' })).toBe('leasehold check --verbose');
  });

  it.each(['.git/index.lock', '/x/.git/next-index-12.lock'])(
    'is the environment where git made an index for this commit: %s',
    (GIT_INDEX_FILE) => {
      expect(againOf(true, { GIT_INDEX_FILE })).toBeUndefined();
    },
  );

  it('is the environment for what `check` would not judge: an amend, a merge, a push', () => {
    expect(againOf(false)).toBeUndefined();
  });

  it.each([
    [{}, false],
    [{ LEASEHOLD_VERBOSE: '' }, false],
    [{ LEASEHOLD_VERBOSE: '1' }, true],
  ])('is asked for by LEASEHOLD_VERBOSE: %j', (env, verbose) => {
    expect(inHook(COMMIT, env, { canSplit: true }).verbose).toBe(verbose);
  });
});
