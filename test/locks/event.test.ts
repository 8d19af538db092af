import { describe, expect, it } from 'vitest';
import { createEvent, parseEvent } from '../../src/locks/event.ts';
import { NOW } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, handWritten } from './build.ts';

describe('an event', () => {
  it('tells when, what, whose, which grant under which token, and on what', () => {
    const grant = grantOf({ id: 'g1', claims: claimsOn('src/', 'read!docs/') });
    expect(createEvent('claimed', grant, NOW)).toEqual({
      time: '2026-01-17T15:30:00.000Z',
      event: 'claimed',
      holder: 'codex',
      grant: 'g1',
      token: 7,
      scopes: [
        { scope: 'src/', mode: 'write' },
        { scope: 'docs/', mode: 'read' },
      ],
    });
  });

  it('tells who did it, where it was not the holder', () => {
    expect(createEvent('taken-over', grantOf(), NOW, { by: 'bob' }).by).toBe('bob');
  });

  it('has no token where the grant has none', () => {
    expect(createEvent('expired', handWritten(), NOW)).not.toHaveProperty('token');
  });

  it('comes back from its line', () => {
    const event = createEvent('renewed', grantOf(), NOW, { by: 'bob' });
    expect(parseEvent(JSON.stringify(event))).toEqual(event);
  });
});

describe('a line of the log that is none', () => {
  it.each([
    '',
    '{"time":"2026-01',
    'null',
    '[]',
    '{}',
    '"text"',
    '{"time":1,"event":"claimed","holder":"a","grant":"g","scopes":[]}',
    '{"time":"t","event":"claimed","holder":"a","grant":"g","scopes":"src"}',
    '{"time":"t","event":"claimed","grant":"g","scopes":[]}',
  ])('is passed over: %s', (line) => {
    expect(parseEvent(line)).toBeUndefined();
  });

  it.each([
    '{"time":"t","event":"claimed","holder":"a","scopes":[]}',
    '{"time":"t","event":"claimed","holder":"a","grant":"g","scopes":[null]}',
    '{"time":"t","event":"claimed","holder":"a","grant":"g","scopes":[{"mode":"write"}]}',
    '{"time":"t","event":"claimed","holder":"a","grant":"g","scopes":[],"token":"9e9"}',
    '{"time":"t","event":"claimed","holder":"a","grant":"g","scopes":[],"by":7}',
  ])('is passed over where a part of it is of another kind: %s', (line) => {
    expect(parseEvent(line)).toBeUndefined();
  });
});
