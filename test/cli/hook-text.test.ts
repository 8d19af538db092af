import { describe, expect, it } from 'vitest';
import { findEdit, isOwnHook, sealHook, toScript } from '../../src/cli/hook-text.ts';

const HEAD = '#!/bin/sh\n# leasehold-hook: installed by `leasehold init`.\n# What it does.\n\n';
const BODY = 'name=$0\nguard "$name"\nexit "$?"\n';
const OWN = sealHook(HEAD + BODY);

describe('a hook of ours', () => {
  it('says how it was installed, and is known wherever its text begins', () => {
    expect(OWN).toMatch(/\n# as installed: 8 lines, [0-9a-f]{8}\n/);
    expect([OWN, `#!/bin/bash\n${'echo\n'.repeat(9)}${OWN}`].map(isOwnHook)).toEqual([true, true]);
    expect(isOwnHook('#!/bin/sh\nleasehold hook pre-commit\n')).toBe(false);
  });

  it.each<[string, string]>([
    ['as it was installed', OWN],
    ['of a version that did not say so', HEAD + BODY],
    ['with comments alone', `${OWN}# of an earlier version\n\n`],
    ['with a comment on top', OWN.replace('\n', '\n# mine\n')],
  ])('is nobody’s but ours %s', (_, text) => {
    expect(findEdit(text)).toBeUndefined();
  });

  it.each<[string, string, string]>([
    ['below', `${OWN}npm test\nnpm run lint\n`, 'npm test\nnpm run lint'],
    ['below, without a last newline', `${OWN}npm test`, 'npm test'],
    ['on top', OWN.replace('\n', '\n# mine\nnpm test || exit 1\n'), '# mine\nnpm test || exit 1'],
    ['between our comments', OWN.replace('# What', 'npm test\n# What'), 'npm test'],
    ['before our first line', `#!/bin/bash\na=(1 2)\n${OWN}`, '#!/bin/bash\na=(1 2)'],
  ])('has what somebody has added %s', (_, text, added) => {
    expect(findEdit(text)).toEqual({ added });
  });

  it.each<[string, string]>([
    ['a line is changed', OWN.replace('exit "$?"', 'exit 0')],
    ['a line is gone', OWN.replace('exit "$?"\n', '')],
    ['something stands in the middle', OWN.replace('guard', 'npm test\nguard')],
    ['something stands on top and below', `${OWN.replace('\n', '\nnpm test\n')}npm test\n`],
  ])('is edited, and nobody can tell what is theirs, where %s', (_, text) => {
    expect(findEdit(text)).toEqual({ added: undefined });
  });

  it('gives what was added a first line where it has none', () => {
    expect(toScript('npm test')).toBe('#!/bin/sh\nnpm test\n');
    expect(toScript('#!/bin/bash\na=(1 2)')).toBe('#!/bin/bash\na=(1 2)\n');
  });
});
