import { describe, expect, it } from 'vitest';
import cases from '../fixtures/exports/python.json' with { type: 'json' };
import { auditPython, type Files } from './python-audit.ts';

type Case = { name: string; files: Files; base: Files | null; expect: object[] };

/** The rules that the cases are complete about. */
const RULES = ['exports/duplicate', 'exports/wildcard', 'exports/internal', 'exports/removed'];

describe('the recorded cases of Python', () => {
  it.each(cases as unknown as Case[])('are right: $name', ({ files, base, expect: expected }) => {
    const told = auditPython(files, base, ['pkg/__init__.py'])
      .filter(({ rule, suppressed }) => RULES.includes(rule) && suppressed === undefined)
      .map(({ rule, path, line, name }) => ({ rule, path, line, name }));
    expect(told).toEqual(expected);
  });

  it.each(cases as unknown as Case[])(
    'are right from the entries that are found: $name',
    (each) => {
      const told = auditPython(each.files, each.base).filter(
        ({ rule, suppressed }) => RULES.includes(rule) && suppressed === undefined,
      );
      expect(told).toHaveLength(each.expect.length);
    },
  );
});
