import { describe, expect, it } from 'vitest';
import {
  ALWAYS,
  both,
  type Condition,
  canMeet,
  either,
  is,
  isCovered,
  isSameCondition,
  needs,
  negate,
  showCondition,
} from '../../src/exports/condition.ts';

const [unix, windows, a, b] = [is('unix'), is('windows'), is('feature = "a"'), is('feature = "b"')];
const linux = is('target_os = "linux"');
const mac = is('target_os = "macos"');

describe('two conditions', () => {
  it.each<[string, Condition, Condition, boolean]>([
    ['a thing and its opposite', a, negate(a), false],
    ['two features', a, b, true],
    ['two families', unix, windows, false],
    ['two systems', linux, mac, false],
    ['a system and a feature', linux, a, true],
    ['one and none of several', a, negate(either([a, b])), false],
    ['parts that exclude each other', both(a, b), either([negate(a), negate(b)]), false],
    ['anything and always', ALWAYS, a, true],
  ])('can or cannot meet: %s', (_, one, other, expected) => {
    expect(canMeet(one, other)).toBe(expected);
    expect(canMeet(other, one)).toBe(expected);
  });

  it.each<[string, Condition, Condition, boolean]>([
    ['itself', a, a, true],
    ['always', a, ALWAYS, true],
    ['less', ALWAYS, a, false],
    ['one of two', a, either([a, b]), true],
    ['both of two', a, both(a, b), false],
    [
      'all families that there are, but for those that have neither',
      ALWAYS,
      either([unix, windows]),
      false,
    ],
    ['a thing or not', ALWAYS, either([a, negate(a)]), true],
  ])('cover each other or not: %s', (_, narrow, wide, expected) => {
    expect(isCovered(narrow, wide)).toBe(expected);
  });

  it('are the same whatever the order and the nesting of their parts', () => {
    expect(isSameCondition(both(a, both(b, unix)), both(both(unix, b), a))).toBe(true);
    expect(isSameCondition(a, b)).toBe(false);
  });
});

it('what needs test is there under no other build', () => {
  expect(needs(both(is('test'), a), 'test')).toBe(true);
  expect(needs(either([is('test'), a]), 'test')).toBe(false);
  expect(needs(ALWAYS, 'test')).toBe(false);
});

it('is not reasoned about where it is too large, and still shown', () => {
  const many = Array.from({ length: 40 }, (_, index) => is(`a${index}`)).reduce(both, ALWAYS);
  expect(canMeet(many, negate(is('a0')))).toBe(false);
  expect(isCovered(ALWAYS, many)).toBe(true);
  expect(showCondition(many)).toContain('a39');
});

it('nests as deep as it likes', () => {
  let deep: Condition = a;
  for (let depth = 0; depth < 100_000; depth += 1) deep = { op: 'not', of: deep };
  expect(canMeet(deep, b)).toBe(false);
  expect(showCondition(deep).length).toBeLessThan(3_000);
});
