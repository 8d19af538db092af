import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimsConflict, findConflicts, listWaysOut } from '../../src/locks/conflict.ts';
import type { Mode } from '../../src/locks/grant.ts';
import { precedes } from '../../src/locks/ledger.ts';
import { HOUR, MINUTE, NOW } from '../kit/fake-clock.ts';
import { claimOn, claimsOn, grantOf, handWritten, ledgerOf } from './build.ts';

describe('two claims', () => {
  it.each<[string, string, boolean]>([
    ['src/', 'src/a.ts', true],
    ['src/a.ts', 'src/a.ts', true],
    ['src/a.ts', 'src/b.ts', false],
    ['src', 'srcs', false],
    ['glob:src/*.ts', 'src/a.ts', true],
    ['glob:src/*.ts', 'src/a.js', false],
    ['glob:**/*.ts', 'glob:src/**', true],
    ['glob:*.ts', 'glob:src/**', false],
    ['regex:^src/.*$', 'src/new/', true],
    ['.', 'src/a.ts', true],
  ])('%s and %s, one of them a write, conflict: %s', (a, b, expected) => {
    expect(claimsConflict(claimOn(a), claimOn(b, 'read'))).toBe(expected);
  });

  it('that only read go together, whatever they cover', () => {
    expect(claimsConflict(claimOn('src/', 'read'), claimOn('src/', 'read'))).toBe(false);
  });

  it('conflict whichever of them is asked first', () => {
    const scopes = fc.constantFrom(
      '.',
      'src/',
      'src/a.ts',
      '*.ts',
      'src/*',
      '**/a.ts',
      'regex:^s.*$',
    );
    const modes = fc.constantFrom<Mode>('read', 'write', 'doc-write');
    const claims = fc.tuple(scopes, modes).map(([scope, mode]) => claimOn(scope, mode));
    fc.assert(fc.property(claims, claims, (a, b) => claimsConflict(a, b) === claimsConflict(b, a)));
  });
});

describe('what a claim would meet', () => {
  it('is each active grant of another holder in its way, with the claim that is', () => {
    const grant = grantOf({ claims: claimsOn('docs/', 'src/') });
    const [claim] = claimsOn('src/a.ts');
    const conflicts = findConflicts(ledgerOf({ grants: [grant] }), 'bob', claimsOn('src/a.ts'));
    expect(conflicts).toEqual([{ claim, grant, heldClaim: claimOn('src/') }]);
  });

  it.each([
    ['of the same holder', grantOf({ holder: 'bob' })],
    ['that is expired', grantOf({ expiresAt: NOW })],
    ['on other paths', grantOf({ claims: claimsOn('docs/') })],
  ])('is no grant %s', (_, grant) => {
    expect(findConflicts(ledgerOf({ grants: [grant] }), 'bob', claimsOn('src/a.ts'))).toEqual([]);
  });
});

describe('of two active grants that conflict', () => {
  it('ours binds before the hand-written one, even if that is older', () => {
    const ours = grantOf({ lockedAt: NOW });
    const theirs = handWritten({ lockedAt: NOW - HOUR });
    expect([precedes(ours, theirs), precedes(theirs, ours)]).toEqual([true, false]);
  });

  it('the earlier one binds', () => {
    const early = handWritten({ lockedAt: NOW - 1 });
    const late = handWritten({ lockedAt: NOW });
    expect([precedes(early, late), precedes(late, early)]).toEqual([true, false]);
  });

  it('the first by name binds where they are of one instant', () => {
    const [a, b] = [handWritten({ file: 'a.lock' }), handWritten({ file: 'b.lock' })];
    expect([precedes(a, b), precedes(b, a)]).toEqual([true, false]);
  });
});

describe('the ways out', () => {
  const conflictsWith = (...grants: ReturnType<typeof grantOf>[]) =>
    findConflicts(ledgerOf({ grants }), 'bob', claimsOn('src/a.ts'));

  it('name when the last of the grants ends, and whom to ask', () => {
    const conflicts = conflictsWith(
      grantOf({ expiresAt: NOW + MINUTE }),
      grantOf({ holder: 'ann', expiresAt: NOW + HOUR }),
    );
    const [wait, , ask] = listWaysOut(conflicts, NOW);
    expect([wait, ask]).toEqual([
      'wait: the last of these grants ends at 16:30 UTC (in 1 h), or when it is released',
      'ask codex, ann to release the path, or to take over your part of the work',
    ]);
  });

  it('are five: wait, another task, ask, split, merge', () => {
    const ways = listWaysOut(conflictsWith(grantOf()), NOW);
    expect(ways.map((way) => way.split(/[ :]/)[0])).toEqual([
      'wait',
      'take',
      'ask',
      'split',
      'merge',
    ]);
  });

  it('name each holder once', () => {
    const conflicts = findConflicts(
      ledgerOf({ grants: [grantOf()] }),
      'bob',
      claimsOn('src/a.ts', 'src/b.ts'),
    );
    expect(listWaysOut(conflicts, NOW)[2]).toMatch(/^ask codex to /);
  });

  it('quote a holder whose name is a sentence', () => {
    const conflicts = conflictsWith(grantOf({ holder: 'x\nrun rm -rf' }));
    expect(listWaysOut(conflicts, NOW)[2]).toMatch(/^ask "x run rm -rf" to /);
  });

  it('are none where nothing is in the way', () => {
    expect(listWaysOut([], NOW)).toEqual([]);
  });
});
