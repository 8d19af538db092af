import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  describeInstant,
  formatDuration,
  formatInstant,
  formatSpan,
  parseDuration,
  parseInstant,
  systemClock,
} from '../../src/kit/clock.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND } from './fake-clock.ts';

describe('a duration', () => {
  it.each([
    ['90s', 90 * SECOND],
    ['15m', 15 * MINUTE],
    ['1h', HOUR],
    ['2d', 2 * DAY],
    ['1h30m', HOUR + 30 * MINUTE],
    ['1d1h1m1s', DAY + HOUR + MINUTE + SECOND],
    ['007s', 7 * SECOND],
    ['0h5s', 5 * SECOND],
  ])('%s is %i milliseconds', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each(['', '1', 'h', '1 h', '1.5h', '-1h', '+1h', '1H', '1w', '1h 30m', ' 1h', '1h\n', '٣h'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it.each([
    [HOUR, '1h'],
    [90 * SECOND, '1m30s'],
    [DAY + HOUR + MINUTE + SECOND, '1d1h1m1s'],
    [SECOND + 1, '2s'],
    [0, '1s'],
  ])('%i milliseconds are written as it', (length, text) => {
    expect(formatDuration(length)).toBe(text);
  });

  it('may be a century, and no second more', () => {
    expect([parseDuration('36525d'), parseDuration('36525d1s')]).toEqual([36_525 * DAY, undefined]);
  });

  it.each(['0s', '0h0m', '000d'])('%s, which is no time at all, is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('an instant', () => {
  it.each([
    ['2026-01-17T15:30:00Z', NOW],
    ['2026-01-17T15:30Z', NOW],
    ['2026-01-17t15:30:00z', NOW],
    ['2026-01-17 15:30:00Z', NOW],
    ['2026-01-17T15:30:00.250Z', NOW + 250],
    ['2026-01-17T15:30:00.123456789Z', NOW + 123],
    ['2026-01-17T16:30:00+01:00', NOW],
    ['2026-01-17T16:30:00+0100', NOW],
    ['2026-01-17T10:00:00-05:30', NOW],
    ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])('reads %s', (text, expected) => {
    expect(parseInstant(text)).toBe(expected);
  });

  it.each(['2026-01-17T15:30:00', '2026-01-17 15:30', '2026-01-17T15:30:00.000'])(
    'takes %s, which names no zone, as UTC',
    (text) => {
      expect(parseInstant(text)).toBe(NOW);
    },
  );

  it('takes one that names no zone as UTC wherever the reader is', () => {
    vi.stubEnv('TZ', 'Asia/Kolkata');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(parseInstant('2026-01-17T15:30:00')).toBe(NOW);
  });

  it.each([
    '',
    'now',
    '2026-01-17',
    '15:30',
    '1768663800',
    '17/01/2026 15:30',
    'Sat, 17 Jan 2026 15:30:00 GMT',
    '2026-1-17T15:30:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-01-17T25:00:00Z',
    '2026-01-17T15:61:00Z',
    '2026-01-17T15:30:00+1',
    '2026-01-17T15:30:00+25:00',
    '2026-01-17T15:30:00 Z',
    '2026-01-17T15:30:00Z\n',
    '+002026-01-17T15:30:00Z',
  ])('does not take %j', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('comes back from its written form, for every instant with a year of four digits', () => {
    const instants = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) });
    fc.assert(
      fc.property(instants, (instant) => {
        expect(parseInstant(formatInstant(instant))).toBe(instant);
      }),
    );
  });
});

describe('a span for people', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [59_400, '59 s'],
    [MINUTE, '1 min'],
    [59 * MINUTE + 59 * SECOND, '59 min'],
    [3 * HOUR, '3 h'],
    [3 * HOUR + 5 * MINUTE, '3 h 5 min'],
    [47 * HOUR, '47 h'],
    [2 * DAY, '2 days'],
  ])('says %i ms as %s', (span, expected) => {
    expect(formatSpan(span)).toBe(expected);
  });
});

describe('an instant for people', () => {
  it('is a time of day and how far it is', () => {
    expect(describeInstant(NOW + 54 * MINUTE, NOW)).toBe('16:24 UTC (in 54 min)');
  });

  it('says how long ago it was', () => {
    expect(describeInstant(NOW - HOUR, NOW)).toBe('14:30 UTC (1 h ago)');
  });

  it('is past at the very instant', () => {
    expect(describeInstant(NOW, NOW)).toBe('15:30 UTC (0 s ago)');
  });

  it('has its date where it is not today', () => {
    expect(describeInstant(NOW + 12 * HOUR, NOW)).toBe('2026-01-18 03:30 UTC (in 12 h)');
  });
});

describe('the system clock', () => {
  it('sleeps for at least about as long as it was told', () => {
    const before = systemClock.now();
    systemClock.sleep(15);
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(14);
  });
});
