import { describe, expect, it } from 'vitest';
import { EXPORT_RULE_NAMES } from '../../src/exports/index.ts';
import { RULE_NAMES } from '../../src/guard/index.ts';
import { Undecided } from '../../src/kit/errors.ts';
import { toJudgementSarif } from '../../src/report/judgement-sarif.ts';
import { findingOf, judgementOf } from './judgement.ts';
import { assertSarif } from './sarif-schema.ts';

const runOf = (...judgement: Parameters<typeof judgementOf>) =>
  assertSarif(toJudgementSarif(judgementOf(...judgement)));

const printOf = (fields: Parameters<typeof findingOf>[0]) =>
  runOf([findingOf(fields)]).results[0]?.partialFingerprints['leasehold/v1'];

describe('a judgement as SARIF', () => {
  it('has every rule of the guard and of the audit, each with its sentence and a help text', () => {
    const { rules } = runOf([]).tool.driver;
    expect(rules.map(({ id }) => id)).toEqual([...RULE_NAMES, ...EXPORT_RULE_NAMES]);
    for (const { shortDescription, help } of rules) {
      expect(help.text).toContain(shortDescription.text);
      expect(help.text).toContain('leasehold why PATH');
    }
  });

  it('says where, how bad, why, in which commit, and what to do', () => {
    const { results } = runOf([findingOf({ severity: 'warn', commit: '0123456789abcdef' })]);
    expect(results).toMatchObject([
      {
        ruleId: 'lock/held',
        level: 'warning',
        message: { text: 'codex holds it (in 0123456789). Next: leasehold conflicts -- src/a.ts' },
        locations: [{ physicalLocation: { artifactLocation: { uri: 'src/a.ts' } } }],
      },
    ]);
  });

  it('says of its run that all went well', () => {
    const [invocation] = runOf([findingOf()]).invocations;
    expect(invocation).toEqual({ executionSuccessful: true, toolExecutionNotifications: [] });
  });

  it('says of its run what kept it from deciding, and has no result', () => {
    const failure = new Undecided('config-invalid', 'not valid:\n  a', 'mend it');
    const { invocations, results } = runOf([], { verdict: 'undecided', failure });
    const text = 'could not decide: not valid:\\n  a. Next: mend it';
    expect(results).toEqual([]);
    expect(invocations[0]).toEqual({
      executionSuccessful: false,
      toolExecutionNotifications: [{ level: 'error', message: { text } }],
    });
  });

  it('says of its run what was not judged, which is no failure', () => {
    expect(runOf([], { notJudged: ['lock/*'] }).invocations[0]).toEqual({
      executionSuccessful: true,
      toolExecutionNotifications: [{ level: 'warning', message: { text: 'not judged: lock/*' } }],
    });
  });
});

describe('the fingerprint of a finding', () => {
  it('stays while time goes by, and in the next commit', () => {
    const held = { holder: 'codex', commit: 'aaaaaaaaaaaa', message: 'until 15:42 (in 54 min)' };
    const later = { ...held, commit: 'bbbbbbbbbbbb', message: 'until 15:42 (in 3 min)' };
    expect(printOf(later)).toBe(printOf(held));
  });

  it('stays while a grant that ran out gets older', () => {
    const expired = { rule: 'lock/expired' as const, message: 'ran out (3 min ago)' };
    expect(printOf({ ...expired, message: 'ran out (2 h ago)' })).toBe(printOf(expired));
  });

  it('stays when the line of CODEOWNERS slides', () => {
    const foreign = {
      rule: 'owners/not-owner' as const,
      owners: ['@ann'],
      message: 'CODEOWNERS:3',
    };
    expect(printOf({ ...foreign, message: 'CODEOWNERS:9' })).toBe(printOf(foreign));
  });

  it('stays when the line that is found fault with slides', () => {
    const invalid = { rule: 'owners/invalid' as const, path: 'CODEOWNERS', message: 'no owner' };
    expect(printOf({ ...invalid, line: 9 })).toBe(printOf({ ...invalid, line: 3 }));
  });

  it('is another one for another holder, other owners, another path, another rule', () => {
    const prints = [
      { holder: 'codex' },
      { holder: 'claude' },
      { owners: ['@ann'] },
      { owners: ['@ben'] },
      { path: 'x' },
      { rule: 'lock/read-held' as const },
    ].map(printOf);
    expect(new Set(prints).size).toBe(6);
  });
});
