import { expect, it } from 'vitest';
import { isNearMiss } from '../../src/guard/names.ts';

it.each([
  ['me', 'Me'],
  ['codex/Task', 'CODEX/task'],
  ['caf\u00e9', 'cafe\u0301'],
  ['\uff43odex', 'codex'],
])('takes %s for nearly %s', (one, other) => {
  expect(isNearMiss(one, other)).toBe(true);
});

it.each([
  ['me', 'me'],
  ['codex-1', 'codex-11'],
  ['codex/1', 'codex-1'],
  ['', 'me'],
])('does not take %j for nearly %j', (one, other) => {
  expect(isNearMiss(one, other)).toBe(false);
});
