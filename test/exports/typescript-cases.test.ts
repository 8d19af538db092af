import { describe, expect, it } from 'vitest';
import type { ExportFinding } from '../../src/exports/audit.ts';
import { auditTrees, findEntries } from '../../src/exports/trees.ts';
import cases from '../fixtures/exports/typescript.json' with { type: 'json' };
import { memoryTree } from './memory-tree.ts';

type Files = Record<string, string>;
type Case = { name: string; files: Files; base: Files | null; expect: object[] };

/** The rules that the cases are complete about. */
const RULES = ['exports/duplicate', 'exports/wildcard', 'exports/internal', 'exports/removed'];

const ENTRY = /^src\/index\.\w+$/;

const audit = ({ files, base }: Case): ExportFinding[] => {
  const head = memoryTree(files);
  const { findings } = auditTrees({
    head,
    base: base && memoryTree(base),
    entries: findEntries(
      head,
      Object.keys(files).filter((path) => ENTRY.test(path)),
    ),
    settings: { rules: {}, internal: [] },
    trailers: [],
    stage: 'range',
    isWhole: true,
  });
  return findings;
};

const isTold = ({ rule, suppressed }: ExportFinding): boolean =>
  RULES.includes(rule) && suppressed === undefined;

describe('the recorded cases of TypeScript and JavaScript', () => {
  it.each(cases as unknown as Case[])('are right: $name', (each) => {
    const told = audit(each)
      .filter(isTold)
      .map(({ rule, path, line, name }) => ({ rule, path, line, name }));
    expect(told).toEqual(each.expect);
  });
});
