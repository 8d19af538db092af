import { describe, expect, it } from 'vitest';
import { type Conflict, findConflicts } from '../../src/locks/conflict.ts';
import { listWaysOut } from '../../src/locks/ways-out.ts';
import { HOUR, MINUTE, NOW } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, ledgerOf } from './build.ts';

const waysOutOf = (conflicts: readonly Conflict[]) => listWaysOut({ conflicts, ahead: [] }, NOW);

describe('the ways out', () => {
  const conflictsWith = (...grants: ReturnType<typeof grantOf>[]) =>
    findConflicts(ledgerOf({ grants }), 'bob', claimsOn('src/a.ts'));

  it('name when the last of the grants ends, and whom to ask', () => {
    const conflicts = conflictsWith(
      grantOf({ expiresAt: NOW + MINUTE }),
      grantOf({ holder: 'ann', expiresAt: NOW + HOUR }),
    );
    const [wait, , ask] = waysOutOf(conflicts);
    expect([wait, ask]).toEqual([
      'wait: claim with --wait; the last of these grants ends at 16:30 UTC (in 1 h), or when it is released',
      'ask codex, ann to release the path, or to take over your part of the work: leasehold ask PATH -m TEXT',
    ]);
  });

  it('are five: wait, another task, ask, split, merge', () => {
    const ways = waysOutOf(conflictsWith(grantOf()));
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
    expect(waysOutOf(conflicts)[2]).toMatch(/^ask codex to /);
  });

  it('quote a holder whose name is a sentence', () => {
    const conflicts = conflictsWith(grantOf({ holder: 'x\nrun rm -rf' }));
    expect(waysOutOf(conflicts)[2]).toMatch(/^ask "x run rm -rf" to /);
  });

  it('are none where nothing is in the way', () => {
    expect(waysOutOf([])).toEqual([]);
  });

  it('are not to wait where the wait closes a circle, but to give back what the last in it waits for', () => {
    const conflicts = conflictsWith(grantOf());
    const [first] = listWaysOut(
      { conflicts, ahead: [], cycle: ['bob', 'codex', 'ann', 'bob'] },
      NOW,
    );
    expect(first).toBe('release what ann waits for, then claim with --wait');
  });

  it('let whoever is behind others wait for their turn', () => {
    const waiter = {
      id: 't',
      holder: 'ann',
      claims: claimsOn('src/'),
      since: NOW,
      until: NOW + HOUR,
    };
    const [wait, , ask] = listWaysOut({ conflicts: [], ahead: [waiter] }, NOW);
    expect(wait).toBe('wait for your turn: claim with --wait');
    expect(ask).toMatch(/^ask ann to /);
  });
});
