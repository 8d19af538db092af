import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/locks/ledger.ts';
import { decideRelease } from '../../src/locks/release.ts';
import { NOW } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, handWritten, ledgerOf, pendingOf } from './build.ts';

const held = grantOf({ id: 'g1', claims: claimsOn('src/a.ts', 'src/b.ts', 'docs/') });

const release = (
  ledger: Partial<Ledger>,
  { scopes, holder = 'codex' }: { scopes?: string[]; holder?: string } = {},
) => {
  const decision = decideRelease('g1', holder, scopes && claimsOn(...scopes))(ledgerOf(ledger));
  return 'again' in decision
    ? { again: true, outcome: undefined, plan: undefined }
    : { again: false, plan: undefined, ...decision };
};

describe('the release of a whole grant', () => {
  it('gives up every claim, by the id of the grant', () => {
    const { outcome, plan } = release({ grants: [held] });
    expect(outcome).toEqual({ released: 'all', claims: held.claims, grant: held });
    expect(plan).toMatchObject({ release: ['g1'], events: [{ event: 'released', grant: 'g1' }] });
  });

  it('adds nothing', () => {
    expect(release({ grants: [held] }).plan).not.toHaveProperty('add');
  });

  it('is possible after its expiry', () => {
    const grants = [{ ...held, expiresAt: NOW }];
    expect(release({ grants }).outcome).toMatchObject({ released: 'all' });
  });

  it('is possible for a record written by hand', () => {
    const grants = [handWritten({ id: 'g1' })];
    expect(release({ grants }).outcome).toMatchObject({ released: 'all' });
  });

  it('is what naming each of its scopes comes to', () => {
    const { outcome } = release({ grants: [held] }, { scopes: ['src/', 'docs/'] });
    expect(outcome).toMatchObject({ released: 'all' });
  });

  it('says that it is gone where it is, and plans nothing', () => {
    expect(release({ grants: [] })).toEqual({
      again: false,
      outcome: { released: 'none', reason: 'gone' },
      plan: undefined,
    });
  });

  it('does not reach another holder’s grant', () => {
    expect(release({ grants: [held] }, { holder: 'Codex' }).outcome).toEqual({
      released: 'none',
      reason: 'gone',
    });
  });
});

describe('the release of a part', () => {
  it('goes on with the rest, under the same id and for the same time', () => {
    const { outcome, plan } = release({ grants: [held] }, { scopes: ['src/a.ts'] });
    expect(outcome).toEqual({ released: 'part', claims: claimsOn('src/a.ts'), grant: held });
    expect(plan).toMatchObject({
      predecessor: held.file,
      add: {
        id: 'g1',
        rev: 2,
        expiresAt: held.expiresAt,
        claims: claimsOn('src/b.ts', 'docs/'),
      },
    });
  });

  it('gives up every claim that lies inside the scope', () => {
    const { outcome } = release({ grants: [held] }, { scopes: ['src/'] });
    expect(outcome).toMatchObject({ claims: claimsOn('src/a.ts', 'src/b.ts') });
  });

  it('gives up no claim that is wider than the scope', () => {
    expect(release({ grants: [held] }, { scopes: ['docs/guide.md'] }).outcome).toEqual({
      released: 'none',
      reason: 'gone',
    });
  });

  it('is gone where the grant ran out: there is no part of it to keep', () => {
    const grants = [{ ...held, expiresAt: NOW }];
    expect(release({ grants }, { scopes: ['src/a.ts'] })).toMatchObject({
      outcome: { released: 'none', reason: 'gone' },
      plan: undefined,
    });
  });

  it('is refused for a record written by hand, which nobody rewrites', () => {
    const grants = [handWritten({ id: 'g1', claims: held.claims })];
    expect(release({ grants }, { scopes: ['src/a.ts'] }).outcome).toEqual({
      released: 'none',
      reason: 'hand-written',
    });
  });

  it('waits for a renewal of the grant that is on its way in', () => {
    const pending = [pendingOf({ ...held, rev: 2 })];
    expect(release({ grants: [held], pending }, { scopes: ['src/a.ts'] }).again).toBe(true);
  });
});
