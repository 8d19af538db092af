import { describe, expect, it } from 'vitest';
import { Undecided } from '../../src/kit/errors.ts';
import { toActorJson, toErrorJson, toJudgementJson } from '../../src/report/index.ts';
import { ask, NOBODY } from '../guard/question.ts';
import { grantOf } from '../locks/build.ts';
import { findingOf, judgementOf } from './judgement.ts';

/** As it arrives where it is read. */
const print = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('a judgement as JSON', () => {
  it('has the keys of version 1', () => {
    expect(print(toJudgementJson(judgementOf([])))).toEqual({
      version: 1,
      verdict: 'pass',
      actor: { holder: 'bob', source: 'environment', named: true, email: 'bob@example.com' },
      not_judged: [],
      findings: [],
    });
  });

  it('has its findings with every key that they have', () => {
    const finding = findingOf({
      line: 7,
      holder: 'codex',
      grant: 'g1',
      expires_at: '2026-01-17T16:00:00.000Z',
      owners: ['@ann'],
      commit: 'abc',
    });
    expect(print(toJudgementJson(judgementOf([finding]))).findings).toEqual([finding]);
  });

  it('has for a lock that is held: rule, severity, path, message, remedy, holder, grant, expiry', () => {
    const judgement = judgementOf(ask({ ledger: { grants: [grantOf()] } }));
    expect(Object.keys(print(toJudgementJson(judgement)).findings[0]).sort()).toEqual([
      'expires_at',
      'grant',
      'holder',
      'message',
      'path',
      'remedy',
      'rule',
      'severity',
    ]);
  });

  it.each([
    [[], 'pass'],
    [[findingOf()], 'block'],
    [[findingOf({ rule: 'lock/unreadable' })], 'undecided'],
  ])('has the verdict (%#)', (findings, verdict) => {
    expect(print(toJudgementJson(judgementOf(findings))).verdict).toBe(verdict);
  });

  it('names what was not judged', () => {
    const judgement = judgementOf([], { notJudged: ['lock/*'] });
    expect(print(toJudgementJson(judgement)).not_judged).toEqual(['lock/*']);
  });

  it('has what kept it from deciding', () => {
    const failure = new Undecided('git-failed', 'no git', 'git status', new Error('cause'));
    const judgement = judgementOf([], { verdict: 'undecided', actor: undefined, failure });
    expect(print(toJudgementJson(judgement))).toMatchObject({
      verdict: 'undecided',
      actor: { holder: null, source: null, named: false, email: null },
      error: { code: 'git-failed', message: 'no git', remedy: 'git status' },
    });
  });

  it('keeps a path that is not UTF-8 apart from any other', () => {
    const judgement = judgementOf([findingOf({ path: 'a\udcff' })]);
    expect(print(toJudgementJson(judgement)).findings[0].path).toBe('a\udcff');
  });
});

describe('the parts of it', () => {
  it('an actor without a holder has nulls, and no key is missing', () => {
    expect(print(toActorJson(NOBODY))).toEqual({
      holder: null,
      source: null,
      named: false,
      email: null,
    });
  });

  it('an error has its code, its message and its remedy, and no stack', () => {
    const failure = new Undecided('usage', 'what?', 'leasehold --help');
    expect(Object.keys(print(toErrorJson(failure)))).toEqual(['code', 'message', 'remedy']);
  });
});
