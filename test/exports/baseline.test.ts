import { expect, test } from 'vitest';
import type { ExportFinding } from '../../src/exports/audit.ts';
import { applyBaseline, BASELINE_FILE, renderBaseline } from '../../src/exports/baseline.ts';

const finding = (fields: Partial<ExportFinding> = {}): ExportFinding => ({
  rule: 'exports/wildcard',
  severity: 'error',
  path: 'src/lib.rs',
  line: 3,
  column: 1,
  name: 'a::*',
  message: 'a::* exports whatever is public there, now and later',
  remedy: 'export the names that are meant',
  ...fields,
});

const linesOf = (text: string): string[] => text.trimEnd().split('\n').slice(1);

test('is a sorted line a finding, without its place, and none for what has its reason', () => {
  const text = renderBaseline([
    finding(),
    finding({ rule: 'exports/duplicate', name: 'f', path: 'src/a b\n#.rs' }),
    finding({ rule: 'exports/unparsable', name: '', path: '#.rs' }),
    finding({ name: 'b::*', suppressed: 'facade' }),
  ]);

  expect(linesOf(text)).toEqual([
    'exports/duplicate "src/a b\\n#.rs" f',
    'exports/unparsable #.rs ""',
    'exports/wildcard src/lib.rs a::*',
  ]);
});

test('lets through what it has, one for one, wherever it has slid to', () => {
  const baseline = renderBaseline([finding()]);
  const told = applyBaseline([finding({ line: 40 }), finding({ line: 41 })], baseline);

  expect(told.map(({ suppressed }) => suppressed)).toEqual([
    `in ${BASELINE_FILE}, line 2`,
    undefined,
  ]);
});

test('tells each line that is about nothing any more, with the line', () => {
  const baseline = `${renderBaseline([finding(), finding({ name: 'b::*' })])}\n# a word\n`;
  const [known, stale, ...more] = applyBaseline([finding()], baseline);

  expect(known?.suppressed).toBeDefined();
  expect(stale).toMatchObject({
    rule: 'exports/suppression',
    severity: 'warn',
    path: BASELINE_FILE,
    line: 3,
    remedy: 'leasehold audit --all --write-baseline',
  });
  expect(more).toEqual([]);
});
