import { describe, expect, it } from 'vitest';
import { decideApprovedClaim } from '../../src/locks/approval.ts';
import type { Approval, ApprovalRequest } from '../../src/locks/ledger.ts';
import { HOUR } from '../kit/fake-clock.ts';
import { claimsOn, ledgerOf } from './build.ts';

const NEEDS = [
  { owners: ['@olga'], approvers: ['olga'] },
  { owners: ['@acme/core'], approvers: ['acme/core', 'ann', 'ben'] },
];

const said = (login: string, scopes: string[], holder = 'codex', ttl = HOUR): Approval => ({
  ...{ login, said: '' },
  read: () => ({ holder, claims: claimsOn(...scopes), ttl }),
});

const decide = (approvals: Approval[], known: Partial<ApprovalRequest> = {}) => {
  const claims = claimsOn('core/a', 'team/');
  const asked = { id: 'id-1', holder: 'codex', claims, ttl: HOUR, owners: [], byHand: false };
  const ledger = ledgerOf({ requests: [{ ...asked, url: 'there', approvals, ...known }] });
  const request = { holder: 'codex', claims, ttl: HOUR, id: 'id-2', about: {} };
  const decision = decideApprovedClaim(request, NEEDS)(ledger);
  if ('again' in decision) throw new Error('nobody is in the way');
  const { outcome, plan } = decision;
  return 'awaiting' in outcome ? { ...outcome.awaiting, request: plan?.request } : plan?.add?.id;
};

describe('a claim that several owners have to approve of', () => {
  const all = ['core/', 'team/'];

  it('is granted when for each of them somebody has, under the id that it was asked for', () => {
    expect(decide([said('olga', all), said('ben', all)])).toBe('id-1');
  });

  it.each<[string, Approval[], string[]]>([
    ['one of them', [said('olga', all)], ['@acme/core']],
    ['nobody', [], ['@olga', '@acme/core']],
    [
      'one of them, of their own part alone',
      [said('olga', ['core/']), said('ben', all)],
      ['@olga'],
    ],
    ['others', [said('eve', all), said('acme/co', all)], ['@olga', '@acme/core']],
  ])('waits where %s has', (_, approvals, owners) => {
    expect(decide(approvals)).toEqual({
      owners,
      url: 'there',
      approval: '/approve 1h for codex\ncore/a\nteam/',
      request: undefined,
    });
  });

  it('reads the words of nobody whose word does not count', () => {
    const read = (): never => {
      throw new Error('it was read');
    };
    expect(decide([{ login: 'eve', said: 'long', read }])).toMatchObject({ url: 'there' });
  });

  it.each<[string, Partial<ApprovalRequest>]>([
    ['somebody else’s', { holder: 'claude' }],
    ['for less time', { ttl: HOUR / 2 }],
    ['of less', { claims: claimsOn('core/a') }],
    ['of more', { claims: claimsOn('core/', 'team/') }],
    ['by hand', { byHand: true }],
  ])('is asked for anew where what was asked before is %s', (_, known) => {
    expect(decide([said('olga', all), said('ben', all)], known)).toMatchObject({
      url: undefined,
      request: { grant: { id: 'id-2' } },
    });
  });
});
