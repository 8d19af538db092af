import { describe, expect, it } from 'vitest';
import { LOCK_RULES } from '../../src/guard/lock-rules.ts';
import { OWNER_RULES } from '../../src/guard/owner-rules.ts';
import { PAST_RULES } from '../../src/guard/past-rules.ts';
import { RULE_MEANINGS, RULE_NAMES, RULES } from '../../src/guard/rules.ts';
import { SELF_RULES } from '../../src/guard/self-rules.ts';

describe('the rules', () => {
  it('weigh for a named holder and for a person what they promise', () => {
    const table = Object.entries(RULES).map(([rule, { named, person }]) => [rule, named, person]);
    expect(table).toEqual([
      ['lock/unreadable', 'error', 'error'],
      ['lock/held', 'error', 'error'],
      ['lock/read-held', 'error', 'error'],
      ['lock/taken-over', 'error', 'error'],
      ['lock/expired', 'warn', 'warn'],
      ['lock/outside-grant', 'error', 'warn'],
      ['lock/required', 'error', 'error'],
      ['lock/bad-grant', 'error', 'error'],
      ['lock/stale-token', 'error', 'error'],
      ['lock/dropped', 'error', 'error'],
      ['owners/not-owner', 'error', 'warn'],
      ['owners/unknown-actor', 'warn', 'warn'],
      ['owners/unowned', 'off', 'off'],
      ['owners/invalid', 'warn', 'warn'],
      ['guard/self-change', 'error', 'error'],
      ['guard/bypassed', 'warn', 'warn'],
    ]);
  });

  it('say what they are for', () => {
    expect(Object.values(RULE_MEANINGS).filter((meaning) => meaning.length < 10)).toEqual([]);
  });

  it('are preferred in their family in the order of the table', () => {
    const inCode = [...LOCK_RULES, ...OWNER_RULES, ...SELF_RULES].map(({ rule }) => rule);
    expect(inCode).toEqual(RULE_NAMES.filter((name) => inCode.includes(name)));
  });

  it('have their code, or are told of the ledger, of CODEOWNERS itself, or of a whole commit', () => {
    const families = [LOCK_RULES, PAST_RULES, OWNER_RULES, SELF_RULES];
    const inCode: string[] = families.flat().map(({ rule }) => rule);
    expect(RULE_NAMES.filter((name) => !inCode.includes(name))).toEqual([
      'lock/unreadable',
      'lock/dropped',
      'owners/invalid',
      'guard/bypassed',
    ]);
  });
});
