import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/guard/changes.ts';
import type { Finding } from '../../src/guard/finding.ts';
import { chooseNext } from '../../src/guard/next.ts';
import { claimCommand } from '../../src/guard/remedy.ts';
import { changeOf } from './question.ts';

const findingOf = (rule: Finding['rule'], path: string, severity: Finding['severity'] = 'error') =>
  ({ rule, path, severity, message: 'm', remedy: `mend ${path}` }) satisfies Finding;

/** A finding that a claim would settle. */
const claimableOf = (rule: Finding['rule'], path: string, prefix = ''): Finding => ({
  ...findingOf(rule, path),
  remedy: claimCommand([path], prefix),
});

type Judged = { paths?: (string | Change)[]; canSplit?: boolean; prefix?: string };
const next = (findings: Finding[], { paths = [], canSplit = true, prefix = '' }: Judged = {}) => {
  const changes = paths.map((path) => (typeof path === 'string' ? changeOf(path) : path));
  return chooseNext(findings, { changes, canSplit, prefix });
};

describe('the next command', () => {
  it('clears what nobody can judge by, before all else', () => {
    const findings = [findingOf('lock/held', 'a'), findingOf('lock/unreadable', 'torn.lock')];
    expect(next(findings, { paths: ['a', 'b'] })).toBe('mend torn.lock');
  });

  it.each<Finding['rule']>([
    'lock/taken-over',
    'lock/outside-grant',
    'lock/required',
    'owners/not-owner',
  ])('claims what can be claimed: %s', (rule) => {
    expect(next([claimableOf(rule, 'src/a'), claimableOf('lock/required', 'b c')])).toBe(
      "leasehold claim -- src/a 'b c'",
    );
  });

  it('claims each path once', () => {
    const findings = [claimableOf('lock/required', 'a'), claimableOf('owners/not-owner', 'a')];
    expect(next(findings)).toBe('leasehold claim -- a');
  });

  const manyOf = (...patterns: [count: number, pathOf: (index: number) => string][]): Finding[] =>
    patterns.flatMap(([count, pathOf]) =>
      Array.from({ length: count }, (_, index) => claimableOf('lock/required', pathOf(index))),
    );

  it.each<[string, Finding[], string]>([
    ['a directory', manyOf([13, (n) => `gen/f ${n}`]), "'gen/*'"],
    [
      'two',
      manyOf([13, (n) => `a/${n}`], [12, (n) => `b/c/${n}`], [1, () => 'd']),
      "'a/*' 'b/c/*' d",
    ],
    ['a tree', manyOf([40, (n) => `src/${n % 20}/${n}`], [2, (n) => `src/${n}`]), 'src'],
    ['what reads like a pattern', manyOf([13, (n) => `app/[id]/${n}`]), "'app/[id]'"],
    ['a file apart', manyOf([1, () => '[x]'], [13, (n) => `a/${n}`]), "'[x]' 'a/*'"],
  ])('claims many paths by what they have in common: %s', (_, findings, scopes) => {
    expect(next(findings)).toBe(`leasehold claim -- ${scopes}`);
  });

  it('finds what a whole tree has in common', () => {
    const findings = manyOf([130_000, (n) => `src/${n % 9000}/${n}`]);
    expect(next(findings)).toBe('leasehold claim -- src');
  });

  it('claims as many as can be pasted where only the whole tree would have them all', () => {
    const command = next(manyOf([20, (n) => `d${n}/x`]));
    expect(command).toBe(
      `leasehold claim -- ${Array.from({ length: 12 }, (_, n) => `d${n}`).join(' ')}`,
    );
  });

  it('claims what can be claimed where another holds a part and there is no rest', () => {
    const findings = [
      claimableOf('lock/outside-grant', 'a'),
      findingOf('lock/held', 'b'),
      claimableOf('owners/not-owner', 'b'),
      claimableOf('lock/outside-grant', 'c'),
    ];
    expect(next(findings, { paths: ['a', 'b', 'c'] })).toBe('leasehold claim -- a c');
  });

  it('commits the rest where another holds a part', () => {
    const findings = [findingOf('lock/held', 'a'), findingOf('lock/required', 'b')];
    expect(next(findings, { paths: ['a', 'b', 'c', '-d'] })).toBe('git commit -- c ./-d');
  });

  it.each(['added', 'deleted'] as const)(
    'commits no rest where what another holds was %s: that may be half of a rename',
    (kind) => {
      const paths = [changeOf('a', kind), 'c'];
      expect(next([findingOf('lock/held', 'a')], { paths })).toBe('mend a');
    },
  );

  it('commits a rest that was added or deleted', () => {
    const paths = ['a', changeOf('b', 'added'), changeOf('c', 'deleted')];
    expect(next([findingOf('lock/held', 'a')], { paths })).toBe('git commit -- b c');
  });

  it('commits nothing where the gate is none of a commit', () => {
    const findings = [findingOf('lock/held', 'a')];
    expect(next(findings, { paths: ['a', 'c'], canSplit: false })).toBe('mend a');
  });

  it('is what the first error says where there is no rest', () => {
    const findings = [
      findingOf('lock/expired', 'w', 'warn'),
      findingOf('lock/held', 'a'),
      findingOf('guard/self-change', 'b'),
    ];
    expect(next(findings, { paths: ['a', 'b'] })).toBe('mend a');
  });

  it('is what the first error says where the rest is too long to paste', () => {
    const paths = ['a', ...Array.from({ length: 13 }, (_, index) => `x${index}`)];
    expect(next([findingOf('lock/held', 'a')], { paths })).toBe('mend a');
  });

  it('is none where nothing was refused', () => {
    expect(next([findingOf('lock/expired', 'a', 'warn')], { paths: ['a'] })).toBeUndefined();
  });

  it('keeps the paths that only a warning names in what is committed', () => {
    const findings = [findingOf('lock/held', 'a'), findingOf('lock/expired', 'b', 'warn')];
    expect(next(findings, { paths: ['a', 'b'] })).toBe('git commit -- b');
  });

  it('is written from where the reader stands', () => {
    const prefix = 'web/app/';
    const findings = ['web/app/a', 'web'].map((path) => claimableOf('lock/required', path, prefix));
    expect(next(findings, { prefix })).toBe('leasehold claim -- a ..');
  });

  it.each([
    ['-rf', './-rf'],
    [':(top)x', "'./:(top)x'"],
    ['glob:x', './glob:x'],
    ['regex:x', './regex:x'],
    ['a\nb', "$'a\\012b'"],
    ["it's; rm", "'it'\\''s; rm'"],
  ])('takes %j for a path and nothing else', (path, shown) => {
    expect(next([claimableOf('lock/required', path)])).toBe(`leasehold claim -- ${shown}`);
  });
});
