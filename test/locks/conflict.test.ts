import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimsConflict, findConflicts } from '../../src/locks/conflict.ts';
import type { Mode } from '../../src/locks/grant.ts';
import { precedes } from '../../src/locks/ledger.ts';
import { HOUR, NOW } from '../kit/fake-clock.ts';
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
