import { expect, it } from 'vitest';
import type { LockIssue } from '../../src/locks/issue-ledger.ts';
import { listMerged } from '../../src/locks/issue-merge.ts';
import { grantOf } from './build.ts';

const lock = (number: number, id: string, { open = true, branch = `b-${id}` } = {}): LockIssue => {
  const { file, ...grant } = grantOf({ id, token: number, about: { branch } });
  const issue = {
    ...{ number, title: '[LOCK] a', body: '', author: 'ann', open, reopened: false },
    ...{ createdAt: 0, updatedAt: 0, closedAt: undefined, url: '', labels: [] },
  };
  return { kind: 'ours', file, issue, body: { state: 'granted', since: 0, grant } };
};
const LOCKS = [
  lock(12, 'a', { open: false }),
  lock(15, 'a'),
  lock(16, 'b'),
  lock(17, 'c', { open: false }),
];

it.each<[string, { texts?: string[]; branch?: string }, number[]]>([
  ['that it names', { texts: ['Port it', 'Closes #16.'] }, [16]],
  ['that continue what it names', { texts: ['lock #12'] }, [15]],
  ['of its branch', { branch: 'b-b' }, [16]],
  ['that it names in other words', { texts: ['Lock-Issue: #15\nfixes: #16'] }, [15, 16]],
  ['but none that it only mentions', { texts: ['see #16, or unlock #16; lock #160'] }, []],
  ['but none that are closed', { texts: ['closes #17'], branch: 'b-c' }, []],
  ['but none where it names none', {}, []],
])('a merged pull request ends the lock issues %s', (_, { texts = [], branch }, numbers) => {
  const ended = listMerged(LOCKS, { number: 7, texts, branch });
  expect(ended.map(({ issue }) => issue.number)).toEqual(numbers);
});
