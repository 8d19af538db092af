import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeyPath, locateConfigLines, showKeyPath } from '../../src/cli/config-lines.ts';

const lineOf = (json: string, ...path: KeyPath): number | undefined =>
  locateConfigLines(json).find(path);

/** Every place in a value: the keys of its objects and the items of its lists. */
const listPaths = (value: unknown, path: KeyPath): KeyPath[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = [...path, Array.isArray(value) ? Number(key) : key];
    return [below, ...listPaths(inner, below)];
  });
};

describe('the lines of a config', () => {
  const json = `{
  "guard": { "mode": "warn",
    "rules": {
      "lock/held": "off"
    },
    "requireLock": ["a",
      "b,]}\\"" ]
  }
}`;

  it.each([
    [['guard'], 2],
    [['guard', 'mode'], 2],
    [['guard', 'rules'], 3],
    [['guard', 'rules', 'lock/held'], 4],
    [['guard', 'requireLock', 0], 6],
    [['guard', 'requireLock', 1], 7],
    [['guard', 'requireLock', 2], undefined],
    [['owners'], undefined],
  ] as const)('has %j in line %s', (path, line) => {
    expect(lineOf(json, ...path)).toBe(line);
  });

  it('is that of the last of two keys of one name, which is what a reader gets', () => {
    expect(lineOf('{"a": 1,\n"a": 2}', 'a')).toBe(2);
  });

  it('counts from the first line also behind a byte order mark, and knows escaped keys', () => {
    expect(lineOf('\ufeff{"\\u0061": 1}', 'a')).toBe(1);
  });

  it('is none where there is no config', () => {
    expect(locateConfigLines(undefined).find(['guard'])).toBeUndefined();
  });

  it('is the line that it was written to, whatever the config', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent).split('\n');
          const { find } = locateConfigLines(text.join('\n'));
          for (const path of listPaths(value, [])) {
            const line = text[(find(path) ?? 0) - 1]?.trim();
            const key = path.at(-1);
            expect(line).toBeDefined();
            if (typeof key === 'string') expect(line).toContain(`${JSON.stringify(key)}: `);
          }
        },
      ),
    );
  });
});

it.each([
  [['guard', 'mode'], 'guard.mode'],
  [['guard', 'rules', 'lock/held'], 'guard.rules["lock/held"]'],
  [['guard', 'exempt', 0], 'guard.exempt[0]'],
  [['owners', 'identities', 'a"b'], 'owners.identities["a\\"b"]'],
] as const)('%j is shown as %s', (path, shown) => {
  expect(showKeyPath(path)).toBe(shown);
});
