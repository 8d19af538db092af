import { describe, expect, it } from 'vitest';
import { type Approval, type Review, toApproval } from '../../src/guard/approvals.ts';
import { ask, ownersOf, PERSON, policyOf, tell } from './question.ts';

const OWNERS = ownersOf(
  '/src/ @Ann\n/team/ @acme/core\nleasehold.config.json @ann\n/CODEOWNERS @bo\n/.github/ @ann\n',
);
const POLICY = policyOf({
  owners: OWNERS,
  rules: { 'owners/not-owner': 'error' },
  identities: { 'bob@example.com': ['@bob'], '@cy': ['@acme/core'], dee: ['@ann'] },
});

const review = (login: string, changedSince: Review['changedSince'] = new Set()): Approval =>
  toApproval({ login, changedSince }, POLICY);

const judged = (path: string, ...approvals: Approval[]): string[] =>
  tell({ paths: [path], actor: PERSON, policy: POLICY, approvals });

describe('an approval', () => {
  it.each([
    ['of nobody', [], false],
    ['of the owner, whatever the case', [review('aNN')], true],
    ['of somebody else', [review('eve')], false],
    ['of whom the config maps to the owner', [review('dee')], true],
    ['of the owner, before the path changed', [review('ann', new Set(['src/a.ts']))], false],
    ['of the owner, before another path changed', [review('ann', new Set(['src/b.ts']))], true],
    ['of the owner, of nobody knows what', [review('ann', 'all')], false],
    ['of one who counts beside one who does not', [review('eve'), review('ann')], true],
  ])('%s', (_, approvals, passes) => {
    expect(judged('src/a.ts', ...approvals)).toEqual(
      passes ? [] : ['error owners/not-owner src/a.ts'],
    );
  });

  it('of a team’s member counts where the config knows them', () => {
    expect(judged('team/a', review('cy'))).toEqual([]);
    expect(judged('team/a', review('ann'))).toEqual(['error owners/not-owner team/a']);
  });

  it('settles a change of what guards the repository, as far as it is as it was approved', () => {
    const late = review('ann', new Set(['leasehold.config.json']));
    const path = 'leasehold.config.json';
    expect(judged(path, review('ann'))).toEqual([]);
    expect(judged(path, late)).toEqual([
      `error owners/not-owner ${path}`,
      `error guard/self-change ${path}`,
    ]);
  });

  it('takes the word of both, where one file would be read instead of another', () => {
    const path = '.github/CODEOWNERS';
    expect(judged(path, review('ann'))).toEqual([`error guard/self-change ${path}`]);
    expect(judged(path, review('ann'), review('bo'))).toEqual([]);
  });

  it('settles nothing about locks', () => {
    const requireLock = ['src/'];
    const found = tell({
      actor: PERSON,
      policy: { ...POLICY, requireLock },
      approvals: [review('ann')],
    });
    expect(found).toEqual(['error lock/required src/a.ts']);
  });
});

it('says whom to ask where others review, and to claim where they do not', () => {
  const remedyOf = (approvals?: Approval[]): string | undefined =>
    ask({ actor: PERSON, policy: POLICY, ...(approvals ? { approvals } : {}) })[0]?.remedy;
  expect(remedyOf()).toBe('leasehold claim -- src/a.ts');
  expect(remedyOf([])).toBe('ask @Ann to approve this change');
  expect(remedyOf([review('ann', 'all')])).toBe(
    'ask @Ann to approve this change again: the path has changed since',
  );
});
