import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DialectName } from '../../src/owners/dialect.ts';
import { compileShape, readShape } from '../../src/owners/pattern.ts';
import { createPlainTest } from '../../src/owners/plain.ts';
import { createPathTest } from '../../src/owners/walk.ts';
import { runs } from '../effort.ts';

const dialect = fc.constantFrom<DialectName>('github', 'gitlab');
const name = fc.constantFrom('a', 'b', 'ab', 'a.ts', '.ts', 'x.a.ts', '.x', 'ünï', 'a b');
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'));
const part = fc.constantFrom('a', 'b', 'ab', '.ts', '.x', '*', '**', '*.ts', '\\a', 'ünï', '?', '');
const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

test('one search says of a path what a walk says', () => {
  const met = new Set<string>();
  let covered = 0;
  fc.assert(
    fc.property(pattern, dialect, path, (text, by, asked) => {
      const shape = readShape(text, by);
      const plain = shape && createPlainTest(shape);
      if (!shape || !plain) return;
      met.add(`${text} ${by}`);
      const walked = createPathTest(compileShape(shape))(asked);
      covered += walked ? 1 : 0;
      expect([text, by, asked, plain(asked)]).toEqual([text, by, asked, walked]);
    }),
    runs(15_000),
  );
  expect(met.size).toBeGreaterThan(150);
  expect(covered).toBeGreaterThan(600);
});

test.each(['/src/api/', 'src/api', 'Makefile', 'docs/', '**/api/v1', '*.ts', '*'])(
  'is enough for most rules: %s',
  (text) => {
    const shape = readShape(text, 'github');
    expect(shape && createPlainTest(shape)).not.toBeNull();
  },
);

test.each(['/src/*.ts', 'a*', '/a/**/b', '*.test.*', '?'])('is not for all: %s', (text) => {
  const shape = readShape(text, 'github');
  expect(shape && createPlainTest(shape)).toBeNull();
});
