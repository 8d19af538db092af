import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createBypassEvent,
  findBypass,
  mayBypass,
  readReason,
  soften,
  weighBypass,
} from '../../src/guard/bypass.ts';
import type { Finding } from '../../src/guard/finding.ts';
import { bypassTrailer, readTrailers } from '../../src/guard/trailers.ts';
import { parseEvent } from '../../src/locks/event.ts';
import { NOW } from '../kit/fake-clock.ts';
import { actorOf, changeOf, NOBODY, PERSON, policyOf } from './question.ts';

const CHANGES = [changeOf('src/a.ts'), changeOf('src/b.ts', 'deleted')];
const eventOf = (reason = 'red', actor = PERSON) =>
  createBypassEvent({ actor, changes: CHANGES, reason, now: NOW });

describe('a reason', () => {
  it.each([undefined, '', ' ', '\n', '0', '1', '42', 'true', 'True', 'YES', 'on', 'y', ' 1 '])(
    'is none: %j',
    (given) => {
      expect(readReason(given)).toBeUndefined();
    },
  );

  it.each([
    ['red', 'red'],
    ['  the build\n\tis red ', 'the build is red'],
    ['no', 'no'],
    ['2 of 3', '2 of 3'],
    ['a\u001b[2Jb\u202ec', 'a\\x1b[2Jb\\u202ec'],
  ])('is one line: %j', (given, reason) => {
    expect(readReason(given)).toBe(reason);
  });

  it('is the same in the event, in the log’s line and in the commit, whatever it was', () => {
    const given = fc.string({ unit: 'binary', maxLength: 400 });
    fc.assert(
      fc.property(given, (text) => {
        const reason = readReason(text);
        if (reason === undefined) return;
        expect(Array.from(reason).length).toBeLessThanOrEqual(200);
        const { bypass } = readTrailers(`work\n\n${bypassTrailer(reason)}\n`);
        const logged = parseEvent(JSON.stringify(eventOf(reason)));
        const known = findBypass({ bypass, email: PERSON.email }, CHANGES, logged ? [logged] : []);
        expect(known?.reason).toBe(reason);
      }),
    );
  });
});

describe('whom it is open to', () => {
  it.each([
    ['none', PERSON, false],
    ['none', actorOf(), false],
    ['people', PERSON, true],
    ['people', NOBODY, true],
    ['people', actorOf(), false],
    ['all', actorOf(), true],
    [undefined, PERSON, false],
  ] as const)('guard.bypass %s, %j: %s', (policy, actor, may) => {
    expect(mayBypass(policy, actor)).toBe(may);
  });
});

describe('the event behind a trailer', () => {
  const find = (claimed = {}, changes = CHANGES, events = [eventOf()]) =>
    findBypass({ bypass: 'red', email: PERSON.email, ...claimed }, changes, events);

  it('is one with the same reason, by the same person, for all of the paths', () => {
    expect(find()).toEqual(eventOf());
    expect(find({}, CHANGES.slice(0, 1))).toEqual(eventOf());
  });

  it.each([
    ['the trailer is missing', { bypass: undefined }, CHANGES],
    ['the reason is another', { bypass: 'Red' }, CHANGES],
    ['the person is another', { email: 'carl@example.com' }, CHANGES],
    ['nobody knows who committed', { email: undefined }, CHANGES],
    ['there is a path more', {}, [...CHANGES, changeOf('src/c.ts')]],
    ['the path lies below one of them', {}, [changeOf('src/a.ts/b')]],
  ])('is none where %s', (_, claimed, changes) => {
    expect(find(claimed, changes)).toBeUndefined();
  });

  it('is none of another kind', () => {
    expect(find({}, CHANGES, [{ ...eventOf(), event: 'forced' }])).toBeUndefined();
    expect(find({}, CHANGES, [])).toBeUndefined();
  });

  it('is recorded for nobody too', () => {
    expect(eventOf('red', NOBODY)).toMatchObject({
      event: 'bypassed',
      holder: 'unknown',
      reason: 'red',
    });
    expect(eventOf('red', NOBODY)).not.toHaveProperty('email');
  });
});

describe('what is let through', () => {
  it('stays as a warning, behind the word that it was', () => {
    const held: Finding = {
      rule: 'lock/held',
      severity: 'error',
      path: 'src/a.ts',
      message: 'ann holds it',
      remedy: 'ask',
    };
    const told = { path: 'src/a.ts', severity: 'warn' } as const;
    expect(soften([held], eventOf('say "x"'), told)).toEqual([
      {
        rule: 'guard/bypassed',
        severity: 'warn',
        path: 'src/a.ts',
        message: `let through by hand, reason "say 'x'"`,
        remedy: 'leasehold log',
      },
      { ...held, severity: 'warn' },
    ]);
    expect(soften([held], eventOf(), { ...told, severity: 'off' })).toEqual([
      { ...held, severity: 'warn' },
    ]);
  });

  it.each([
    [{}, 'warn'],
    [{ rules: { 'guard/bypassed': 'error' } }, 'error'],
    [{ rules: { 'guard/bypassed': 'error' }, mode: 'warn' }, 'warn'],
    [{ rules: { 'guard/bypassed': 'off' } }, 'off'],
  ] as const)('weighs what the config says, where it is judged again: %j', (policy, severity) => {
    expect(weighBypass(policyOf(policy))).toBe(severity);
  });
});
