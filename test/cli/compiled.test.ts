import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compiledHead, parseCompiled } from '../../src/cli/compiled.ts';

const SOURCE = Buffer.from('exports.a = 1;\n');
const CODE = Buffer.from([10, 0, 255, 32, 10, 7]);
const HEAD = compiledHead({ version: 'v20.20.2', arch: 'x64' }, SOURCE.length);
const GOOD = Buffer.concat([Buffer.from(HEAD), SOURCE, CODE, CODE]);

test('comes back as it was put together', () => {
  const { head, source, code } = parseCompiled(GOOD) ?? {};
  expect([head, source && Buffer.from(source), code && Buffer.from(code)]).toEqual([
    HEAD,
    SOURCE,
    CODE,
  ]);
});

test('is none where it was torn, and never code that differs from what was written', () => {
  fc.assert(
    fc.property(fc.nat(GOOD.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
      const spoiled = isCut ? GOOD.subarray(0, at) : Buffer.from(GOOD).fill(byte, at, at + 1);
      const found = parseCompiled(spoiled);
      // What the source is, whoever reads it compares with the file itself.
      const isSame = found && SOURCE.equals(found.source);
      if (isSame) expect(Buffer.from(found.code)).toEqual(CODE);
    }),
  );
});
