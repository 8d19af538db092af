import { describe, expect, it } from 'vitest';
import { parseTypedPath } from '../../src/cli/typed.ts';
import type { Workspace } from '../../src/cli/workspace.ts';
import { Undecided } from '../../src/kit/errors.ts';

/** A workspace as far as paths are concerned. */
const standing = (prefix = ''): Workspace =>
  ({
    context: { findRealPath: () => undefined },
    repository: { top: '/home/repo', prefix, commonDir: '', gitDir: '' },
  }) as unknown as Workspace;

describe('a path that the user types', () => {
  it.each([
    ['a.ts', 'web/a.ts'],
    ['./a.ts', 'web/a.ts'],
    ['../src/a.ts', 'src/a.ts'],
    ['/home/repo/src/a.ts', 'src/a.ts'],
    ['[id].ts', 'web/[id].ts'],
  ])('is relative to where they stand: %s is %s', (typed, path) => {
    expect(parseTypedPath(standing('web/'), typed)).toBe(path);
  });

  it.each(['glob:a', 'regex:a'])(
    'is the file %s where it is written ./, as remedies write it',
    (name) => {
      expect(parseTypedPath(standing(), `./${name}`)).toBe(name);
    },
  );

  it.each(['../x', '/etc/passwd', ''])('is refused where it lies outside: %j', (typed) => {
    expect(() => parseTypedPath(standing(), typed)).toThrow(Undecided);
  });
});
