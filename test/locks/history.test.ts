import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEvent, type EventKind, type LogEvent } from '../../src/locks/event.ts';
import { createHistory } from '../../src/locks/history.ts';
import { NOW } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, handWritten, ledgerOf, noteOf } from './build.ts';

const began = (
  id: string,
  token: number,
  scopes: string[],
  kind: EventKind = 'claimed',
): LogEvent =>
  createEvent(kind, { holder: `h-${id}`, id, token, claims: claimsOn(...scopes) }, NOW);

const scopesOf = (
  grant: { claims: readonly { scope: string }[] } | undefined,
): string[] | undefined => grant && [...new Set(grant.claims.map(({ scope }) => scope))].toSorted();

describe('what a grant held under a token', () => {
  it('is what it was claimed with, as the log has it once the record is gone', () => {
    const history = createHistory(ledgerOf(), [began('a', 3, ['src/'])]);
    expect(history.find('a', 3)).toMatchObject({ holder: 'h-a', id: 'a', token: 3 });
    expect(scopesOf(history.find('a', 3))).toEqual(['src/']);
  });

  it('is what its record says, where the log is lost', () => {
    const history = createHistory(ledgerOf({ grants: [grantOf({ id: 'a', token: 3 })] }), []);
    expect(scopesOf(history.find('a', 3))).toEqual(['src/']);
  });

  it('is nothing under a token that it never had, or under another’s id', () => {
    const history = createHistory(ledgerOf(), [began('a', 3, ['src/']), began('b', 4, ['docs/'])]);
    expect(history.find('a', 4)).toBeUndefined();
    expect(history.find('b', 3)).toBeUndefined();
    expect(history.find('toString', 3)).toBeUndefined();
    expect(history.find('__proto__', 3)).toBeUndefined();
  });

  it('is after an extension what it had before, and more', () => {
    const events = [began('a', 3, ['src/a']), began('a', 5, ['src/b'], 'extended')];
    const history = createHistory(ledgerOf(), events);
    expect(scopesOf(history.find('a', 3))).toEqual(['src/a']);
    expect(scopesOf(history.find('a', 5))).toEqual(['src/a', 'src/b']);
  });

  it('still is what a part was that has been given back since', () => {
    const grants = [grantOf({ id: 'a', token: 3, claims: claimsOn('src/b') })];
    const history = createHistory(ledgerOf({ grants }), [began('a', 3, ['src/a', 'src/b'])]);
    expect(scopesOf(history.find('a', 3))).toEqual(['src/a', 'src/b']);
  });

  it('is known of one that was taken over, by its note', () => {
    const history = createHistory(ledgerOf({ ended: [noteOf({ id: 'a', token: 3 })] }), []);
    expect(history.find('a', 3)).toMatchObject({ id: 'a', token: 3 });
  });

  it('is nothing for a record that somebody wrote by hand', () => {
    const history = createHistory(
      ledgerOf({ grants: [handWritten({ file: 'by-hand.lock' })] }),
      [],
    );
    expect(history.find('by-hand.lock', 0)).toBeUndefined();
    expect(history.listLater(-1)).toEqual([]);
  });

  it('is what it has held all along under the token of a renewal, or of what is left of it', () => {
    const events = [
      began('a', 3, ['src/a', 'src/b']),
      began('a', 5, ['src/a', 'src/b'], 'renewed'),
      began('a', 8, ['src/b'], 'released'),
      began('a', 9, ['src/c'], 'forced'),
    ];
    const history = createHistory(ledgerOf(), events);
    for (const token of [3, 5, 8, 9]) {
      expect(scopesOf(history.find('a', token))).toEqual(['src/a', 'src/b']);
    }
    expect([history.find('a', 4), history.find('a', 10)]).toEqual([undefined, undefined]);
    expect(history.listLater(5).flatMap(({ claims }) => claims)).toEqual([]);
  });

  it.each(['denied', 'expired', 'taken-over', 'bypassed', 'asked'] as const)(
    'does not begin with an event %s',
    (kind) => {
      const history = createHistory(ledgerOf(), [began('a', 3, ['src/'], kind)]);
      expect(history.find('a', 3)).toBeUndefined();
    },
  );

  it('leaves out what the log has of another kind: a mode or a scope that is none', () => {
    const event = began('a', 3, ['src/']);
    const scopes = [
      ...event.scopes,
      { scope: 'x', mode: 'exec' as 'write' },
      { scope: 'regex:(', mode: 'write' as const },
    ];
    const history = createHistory(ledgerOf(), [{ ...event, scopes }]);
    expect(scopesOf(history.find('a', 3))).toEqual(['src/']);
  });
});

describe('who is known', () => {
  it('is whoever has had a grant, by name and by e-mail', () => {
    const event = { ...began('a', 3, ['src/']), email: 'a@example.com' };
    const grants = [grantOf({ holder: 'bob', about: { email: 'bob@example.com' } })];
    const history = createHistory(ledgerOf({ grants }), [event]);
    const known = ['h-a', 'a@example.com', 'bob', 'bob@example.com'];
    expect(known.map(history.knows)).toEqual([true, true, true, true]);
    expect(['', 'carl', 'H-A', undefined].map(history.knows)).toEqual([false, false, false, false]);
  });
});

describe('a history', () => {
  /** One grant's life: it begins, and is extended now and then; tokens grow over all of them. */
  const steps = fc.array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      scopes: fc.uniqueArray(fc.constantFrom('w', 'x', 'y', 'z'), { minLength: 1, maxLength: 2 }),
    }),
    { maxLength: 12 },
  );

  it('is what a naive reading of the log says, however much of it is on disk too', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 12 }), (list, kept) => {
        const held = new Map<string, string[]>();
        const naive = list.map(({ id, scopes }, index) => {
          const all = [...new Set([...(held.get(id) ?? []), ...scopes])].toSorted();
          const kind: EventKind = held.has(id) ? 'extended' : 'claimed';
          held.set(id, all);
          return { id, token: index + 1, scopes: all, added: scopes, kind };
        });
        const events = naive.map(({ id, token, added, kind }) => began(id, token, added, kind));
        const grants = naive
          .slice(0, kept)
          .map(({ id, token, scopes }) =>
            grantOf({ holder: `h-${id}`, id, token, claims: claimsOn(...scopes) }),
          );
        const history = createHistory(ledgerOf({ superseded: grants }), events);

        for (const { id, token, scopes } of naive) {
          expect(scopesOf(history.find(id, token))).toEqual(scopes);
          const later = history.listLater(token).map((grant) => grant.token);
          expect(later.toSorted((a, b) => a - b)).toEqual(
            naive.map((one) => one.token).filter((other) => other > token),
          );
        }
        for (const id of ['a', 'b', 'c']) expect(history.knows(`h-${id}`)).toBe(held.has(id));
      }),
    );
  });
});
