import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/locks/ledger.ts';
import { decideRenew } from '../../src/locks/renew.ts';
import { HOUR, MINUTE, NOW } from '../kit/fake-clock.ts';
import { grantOf, handWritten, ledgerOf, pendingOf } from './build.ts';

const held = grantOf({ id: 'g1' });

const renew = (ledger: Partial<Ledger>, { id = 'g1', holder = 'codex', ttl = HOUR } = {}) => {
  const decision = decideRenew(id, holder, ttl)(ledgerOf(ledger));
  return 'again' in decision
    ? { again: true, outcome: undefined, plan: undefined }
    : { again: false, plan: undefined, ...decision };
};

describe('the renewal of an active grant', () => {
  it('is its next revision, from now on', () => {
    const { outcome, plan } = renew({ grants: [held] });
    const { file, ...grant } = held;
    const add = { ...grant, rev: 2, expiresAt: NOW + HOUR, renewedAt: NOW };
    expect({ outcome, add: plan?.add }).toEqual({ outcome: { renewed: true, grant: add }, add });
  });

  it('demands that the record which it follows is still there', () => {
    expect(renew({ grants: [held] }).plan?.predecessor).toBe(held.file);
  });

  it('leaves the record which it follows for readers, and takes those before it', () => {
    const earlier = { ...held, rev: 0, file: 'earlier.lock' };
    const others = grantOf({ id: 'g2', file: 'other.lock' });
    const { plan } = renew({ grants: [held], superseded: [earlier, others] });
    expect(plan?.remove).toEqual(['earlier.lock']);
  });

  it('never takes time away', () => {
    const { plan } = renew({ grants: [held] }, { ttl: MINUTE });
    expect(plan?.add?.expiresAt).toBe(held.expiresAt);
  });

  it('is possible to the last millisecond', () => {
    const last = { ...held, expiresAt: NOW + 1 };
    expect(renew({ grants: [last] }).outcome).toMatchObject({ renewed: true });
  });

  it('is told in the log', () => {
    expect(renew({ grants: [held] }).plan?.events).toMatchObject([
      { event: 'renewed', holder: 'codex', grant: 'g1' },
    ]);
  });

  it('waits for another revision of the same grant that is on its way in', () => {
    const pending = [pendingOf({ ...held, rev: 2 })];
    expect(renew({ grants: [held], pending }).again).toBe(true);
  });

  it('does not wait for one that died there, and clears it away: it must not enter later', () => {
    const pending = [pendingOf({ ...held, rev: 2 }, false)];
    const { outcome, plan } = renew({ grants: [held], pending });
    expect(outcome).toMatchObject({ renewed: true });
    expect(plan?.clear).toEqual(['pending.lock']);
  });
});

describe('a renewal that is refused', () => {
  it.each<[string, Partial<Ledger>, object, string]>([
    [
      'of a grant that ran out at this instant',
      { grants: [{ ...held, expiresAt: NOW }] },
      {},
      'expired',
    ],
    [
      'of a grant that ran out long ago',
      { grants: [{ ...held, expiresAt: NOW - HOUR }] },
      {},
      'expired',
    ],
    ['of a grant that is not there', { grants: [] }, {}, 'gone'],
    ["of somebody else's grant", { grants: [held] }, { holder: 'bob' }, 'gone'],
    ['under the holder’s name in another case', { grants: [held] }, { holder: 'Codex' }, 'gone'],
    ['of a record written by hand', { grants: [handWritten({ id: 'g1' })] }, {}, 'hand-written'],
  ])('is one %s', (_, ledger, who, reason) => {
    const { outcome, plan } = renew(ledger, who);
    expect({ outcome, plan }).toEqual({ outcome: { renewed: false, reason }, plan: undefined });
  });
});
