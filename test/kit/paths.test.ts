import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePath, decodePath, isWithin, trimSlashes } from '../../src/kit/paths.ts';

const bytesOf = (text: string): Uint8Array => Buffer.from(text);
/** Random bytes, and bytes that are mostly text: random ones alone are hardly ever UTF-8. */
const names = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }).map(bytesOf),
  fc
    .tuple(fc.string({ unit: 'binary', maxLength: 4 }), fc.uint8Array({ maxLength: 2 }))
    .map(([text, tail]) => Buffer.concat([Buffer.from(text), tail])),
);

describe('the decoding of a path', () => {
  it('reads UTF-8 as it is', () => {
    expect(decodePath(bytesOf('src/é/😀.ts'))).toBe('src/é/😀.ts');
  });

  it('keeps each byte of a name that is not UTF-8', () => {
    expect(decodePath(Uint8Array.of(0x61, 0xff, 0x2f, 0x80))).toBe('a\udcff/\udc80');
  });

  it('never makes one path of two', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        const isSame = Buffer.compare(a, b) === 0;
        return (decodePath(a) === decodePath(b)) === isSame;
      }),
      { numRuns: 300 },
    );
  });

  it('never makes one path of two that differ in a single byte', () => {
    const edits = fc.tuple(names, fc.nat({ max: 11 }), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(edits, ([name, at, flip]) => {
        const other = Uint8Array.from(name, (byte, index) => (index === at ? byte ^ flip : byte));
        fc.pre(Buffer.compare(name, other) !== 0);
        return decodePath(name) !== decodePath(other);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps every slash where it is, so that ancestors stay ancestors', () => {
    fc.assert(
      fc.property(names, (name) => {
        const slashes = [...name].filter((byte) => byte === 0x2f).length;
        expect(decodePath(name).split('/')).toHaveLength(slashes + 1);
      }),
    );
  });
});

describe('the comparable form of a path', () => {
  it('is Unicode NFC, so that both spellings of é are one', () => {
    expect(comparePath('cafe\u0301', { ignoreCase: false })).toBe('caf\u00e9');
  });

  it('keeps the case where the clone does not ignore it', () => {
    expect(comparePath('SRC/A.ts', { ignoreCase: false })).toBe('SRC/A.ts');
  });

  it('folds the case where the clone ignores it', () => {
    expect(comparePath('SRC/É.ts', { ignoreCase: true })).toBe('src/é.ts');
  });

  it('is its own comparable form', () => {
    const rules = fc.record({ ignoreCase: fc.boolean() });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), rules, (path, rule) => {
        const once = comparePath(path, rule);
        expect(comparePath(once, rule)).toBe(once);
      }),
      { examples: [['İ', { ignoreCase: true }]] },
    );
  });
});

describe('ancestry', () => {
  it.each([
    ['src/a.ts', 'src', true],
    ['src', 'src', true],
    ['src', '', true],
    ['srcs/a.ts', 'src', false],
    ['src', 'src/a.ts', false],
    ['a/src', 'src', false],
  ])('says of %s within %j: %s', (path, ancestor, expected) => {
    expect(isWithin(path, ancestor)).toBe(expected);
  });

  it.each([
    ['src/', 'src'],
    ['src//', 'src'],
    ['src', 'src'],
    ['/', ''],
  ])('takes %s for %j', (path, expected) => {
    expect(trimSlashes(path)).toBe(expected);
  });
});
