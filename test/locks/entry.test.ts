import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimsConflict } from '../../src/locks/conflict.ts';
import {
  containsAll,
  containsClaim,
  listPendingInTheWay,
  NOTE_RETENTION,
  planEntry,
} from '../../src/locks/entry.ts';
import type { Mode } from '../../src/locks/grant.ts';
import type { Ledger } from '../../src/locks/ledger.ts';
import { NOW } from '../kit/fake-clock.ts';
import { claimOn, claimsOn, grantOf, handWritten, ledgerOf, noteOf, pendingOf } from './build.ts';

const plan = (ledger: Partial<Ledger>, ...scopes: string[]) =>
  planEntry(ledgerOf(ledger), { holder: 'bob', claims: claimsOn(...scopes) }, 'new');

/** Whose holders are told of an entry, and of what. */
const toldOf = (ledger: Partial<Ledger>, ...scopes: string[]) =>
  plan(ledger, ...scopes).notify.endings.map(
    ({ grant, taken }) => `${grant.id}: ${taken.map(({ scope }) => scope).join(' ')}`,
  );

describe('a claim', () => {
  it.each<[Mode, Mode, boolean]>([
    ['write', 'read', true],
    ['write', 'doc-write', true],
    ['doc-write', 'write', true],
    ['doc-write', 'read', true],
    ['read', 'read', true],
    ['read', 'write', false],
    ['read', 'doc-write', false],
  ])('to %s a path gives all that one to %s it asks: %s', (outer, inner, expected) => {
    expect(containsClaim(claimOn('src/', outer), claimOn('src/', inner))).toBe(expected);
  });

  it('gives no more than its scope', () => {
    expect(containsClaim(claimOn('src/'), claimOn('src/a.ts'))).toBe(true);
    expect(containsClaim(claimOn('src/a.ts'), claimOn('src/'))).toBe(false);
  });

  it('that is given by another meets nothing that the other does not meet', () => {
    const scopes = fc.constantFrom('.', 'src/', 'src/a.ts', '*.ts', 'src/*', '**/a.ts', 'docs');
    const modes = fc.constantFrom<Mode>('read', 'write', 'doc-write');
    const claims = fc.tuple(scopes, modes).map(([scope, mode]) => claimOn(scope, mode));
    fc.assert(
      fc.property(claims, claims, claims, (outer, inner, third) => {
        if (!containsClaim(outer, inner) || !claimsConflict(inner, third)) return;
        expect(claimsConflict(outer, third)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('claims', () => {
  it('give all that each of the others asks', () => {
    const outer = claimsOn('src/', 'read!docs/');
    expect(containsAll(outer, claimsOn('src/a.ts', 'read!docs/guide.md'))).toBe(true);
  });

  it('do not where one of the others asks for more', () => {
    const outer = claimsOn('src/', 'read!docs/');
    expect(containsAll(outer, claimsOn('src/a.ts', 'docs/guide.md'))).toBe(false);
  });

  it('give nothing together that none of them gives alone', () => {
    expect(containsAll(claimsOn('src/a.ts', 'src/b.ts'), claimsOn('src/'))).toBe(false);
  });

  it('give all of nothing', () => {
    expect(containsAll([], [])).toBe(true);
  });
});

describe('an entry meets', () => {
  const meet = (...pending: Ledger['pending']) =>
    listPendingInTheWay(ledgerOf({ pending }), { holder: 'bob', claims: claimsOn('src/a.ts') });

  it('the claims of others on their way in, dead or alive', () => {
    const [alive, dead] = [pendingOf(grantOf()), pendingOf(grantOf(), false)];
    expect(meet(alive, dead)).toEqual([alive, dead]);
  });

  it('one that cannot be read', () => {
    expect(meet(pendingOf(undefined))).toHaveLength(1);
  });

  it('neither its own, nor those that go together with it', () => {
    const own = pendingOf(grantOf({ holder: 'bob' }));
    expect(meet(own, pendingOf(grantOf({ claims: claimsOn('docs/') })))).toEqual([]);
  });
});

describe('an entry into an expired grant of another', () => {
  const old = grantOf({ id: 'old', expiresAt: NOW });

  it('takes it over, and its holder is told what of it was taken to write', () => {
    const { takeOver, notify } = plan({ grants: [old] }, 'src/a.ts', 'read!src/b.ts');
    expect(takeOver).toEqual([old]);
    expect(notify).toEqual({
      id: 'new',
      endings: [{ grant: old, how: 'taken-over', by: 'bob', taken: claimsOn('src/a.ts') }],
    });
  });

  it('to read takes it over too, and takes nothing of it to write', () => {
    expect(plan({ grants: [old] }, 'read!src/a.ts').takeOver).toEqual([old]);
    expect(toldOf({ grants: [old] }, 'read!src/a.ts')).toEqual(['old: ']);
  });

  it('leaves it where nothing of it is in the way', () => {
    const { takeOver, notify } = plan({ grants: [old] }, 'docs/');
    expect([takeOver, notify.endings]).toEqual([[], []]);
  });

  it('leaves the holder’s own', () => {
    const own = grantOf({ holder: 'bob', expiresAt: NOW });
    expect(plan({ grants: [own] }, 'src/').takeOver).toEqual([]);
  });

  it('leaves one that is not expired', () => {
    const last = grantOf({ expiresAt: NOW + 1 });
    expect(plan({ grants: [last] }, 'src/').takeOver).toEqual([]);
  });

  it('that was written by hand takes it over once, and tells what more was taken', () => {
    const byHand = handWritten({ id: 'old', expiresAt: NOW });
    const note = { ...noteOf({ ...byHand }), taken: claimsOn('src/a.ts') };
    const ledger = { grants: [byHand], ended: [note] };
    expect(plan(ledger, 'src/a.ts', 'src/b.ts').takeOver).toEqual([]);
    expect(toldOf(ledger, 'src/a.ts')).toEqual([]);
    expect(toldOf(ledger, 'src/b.ts')).toEqual(['old: src/b.ts']);
  });
});

describe('an entry into a grant that has ended before', () => {
  const note = { ...noteOf({ id: 'old', holder: 'ann' }), taken: claimsOn('src/a.ts') };

  it('tells its holder of what nobody has told yet', () => {
    expect(toldOf({ ended: [note] }, 'src/b.ts')).toEqual(['old: src/b.ts']);
  });

  it('tells nothing that was told already', () => {
    expect(toldOf({ ended: [note] }, 'src/a.ts')).toEqual([]);
  });

  it('tells nothing where it only reads', () => {
    expect(toldOf({ ended: [note] }, 'read!src/b.ts')).toEqual([]);
  });

  it('tells once of a grant of which there are several notes', () => {
    const other = { ...note, file: 'other.json', taken: claimsOn('src/c.ts') };
    expect(toldOf({ ended: [note, other] }, 'src/b.ts')).toEqual(['old: src/b.ts']);
  });

  it('tells its holder no more where it was ended by force and that is what was taken', () => {
    const forced = { ...note, how: 'forced' as const, reason: 'r' };
    expect(toldOf({ ended: [forced] }, 'src/a.ts')).toEqual([]);
  });
});

describe('the notes of ended grants', () => {
  const note = { ...noteOf({ id: 'old', holder: 'bob' }, 'ann'), taken: claimsOn('src/a.ts') };
  const forgotten = (...scopes: string[]) => plan({ ended: [note] }, ...scopes).forget;

  it('are forgotten once their holder has claimed again what was taken', () => {
    expect(forgotten('src/')).toEqual([note.file]);
  });

  it('are kept where their holder only reads it again', () => {
    expect(forgotten('read!src/')).toEqual([]);
  });

  it('are kept where their holder claims something else', () => {
    expect(forgotten('src/b.ts')).toEqual([]);
  });

  it('of force are settled in the same way', () => {
    const forced = { ...note, how: 'forced' as const };
    expect(plan({ ended: [forced] }, 'src/a.ts').forget).toEqual([note.file]);
  });

  it.each([
    [NOTE_RETENTION, 0],
    [NOTE_RETENTION + 1, 1],
  ])('of %i ms ago are forgotten by whoever comes: %i', (age, count) => {
    const others = { ...noteOf({ holder: 'ann' }), endedAt: NOW - age };
    expect(plan({ ended: [others] }, 'docs/').forget).toHaveLength(count);
  });
});

describe('a dead claim on its way in', () => {
  it('is cleared away where it is in the way, and left where it is not', () => {
    const pending = [
      { ...pendingOf(grantOf(), false), file: 'in-the-way.lock' },
      { ...pendingOf(grantOf({ claims: claimsOn('docs/') }), false), file: 'elsewhere.lock' },
    ];
    expect(plan({ pending }, 'src/').clear).toEqual(['in-the-way.lock']);
  });
});
