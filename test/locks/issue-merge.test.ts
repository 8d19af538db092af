import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideClaim } from '../../src/locks/claim.ts';
import { createIssueCalls } from '../../src/locks/issue-calls.ts';
import type { IssueContext } from '../../src/locks/issue-context.ts';
import type { LockIssue } from '../../src/locks/issue-ledger.ts';
import { createLocalSide } from '../../src/locks/issue-local-store.ts';
import {
  closeMergedIssues,
  listBranchLocks,
  listNamedLocks,
  type Merged,
} from '../../src/locks/issue-merge.ts';
import { createIssueStore } from '../../src/locks/issue-store.ts';
import { type GithubServer, startGithubServer } from '../github-server.ts';
import { createFakeClock, HOUR, MINUTE } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';
import { claimsOn, grantOf, RULE } from './build.ts';
import { createPlainHost } from './plain-host.ts';
import { CLONE, createIds } from './store.ts';

const lock = (number: number, id: string, { open = true, branch = `b-${id}` } = {}): LockIssue => {
  const { file, ...grant } = grantOf({ id, token: number, about: { branch } });
  const issue = {
    ...{ number, title: '[LOCK] a', body: '', author: 'ann', open, reopened: false },
    ...{ createdAt: number, updatedAt: number, closedAt: undefined, url: '', labels: [] },
  };
  return { kind: 'ours', file, issue, body: { state: 'granted', since: 0, grant } };
};
const LOCKS = [
  lock(12, 'a', { open: false }),
  lock(15, 'a'),
  lock(16, 'b'),
  lock(17, 'c', { open: false }),
];
const numbersOf = (locks: readonly LockIssue[]) => locks.map(({ issue }) => issue.number);

it.each<[string, string[], number[]]>([
  ['that they name', ['Port it', 'Closes #16.'], [16]],
  ['that continue what they name', ['lock #12'], [15]],
  ['that they name in other words', ['Lock-Issue: #15\nfixes: #16'], [15, 16]],
  ['but none that they only mention', ['see #16, or unlock #16; lock #160'], []],
  ['but none that are named as a grant', ['Lock-Grant: 1-2#16'], []],
  ['but none that are closed', ['closes #17'], []],
  ['but none where they name none', [], []],
])('the texts of a merged pull request end the lock issues %s', (_, texts, numbers) => {
  expect(numbersOf(listNamedLocks(LOCKS, texts))).toEqual(numbers);
});

it.each<[string, Partial<Merged>, number[]]>([
  ['of just that name', { branch: 'b-b' }, [16]],
  ['that were claimed before the merge', { branch: 'b-a', at: 15 }, [15]],
  ['and none that were claimed after it', { branch: 'b-a', at: 14 }, []],
  ['and none that are closed', { branch: 'b-c' }, []],
  ['and none where no branch is known', {}, []],
])('of its branch are the locks %s', (_, { branch, at }, numbers) => {
  expect(numbersOf(listBranchLocks(LOCKS, { branch, at }))).toEqual(numbers);
});

describe('a merge', () => {
  const clock = createFakeClock();
  const createId = createIds('g');
  let server: GithubServer;
  let context: IssueContext;

  beforeAll(async () => {
    server = await startGithubServer(clock.now);
    server.people = { tokens: { a: 'ann', b: 'bob' }, permissions: { ann: 'write', bob: 'write' } };
    const files = createMemoryFiles(clock);
    const clone = {
      files,
      clock,
      uniqueName: createIds('u'),
      clone: CLONE,
      knowsEmail: () => false,
    };
    const place = { repository: 'acme/app', label: 'lock' };
    const calls = createIssueCalls(createPlainHost(server.url, 'a'), place, clock);
    const known = { clock, random: () => 0.5, rule: RULE, label: 'lock' };
    context = { calls, ...known, local: createLocalSide(clone) };
  });
  afterAll(async () => {
    await server.close();
    expect(server.violations).toEqual([]);
  });
  beforeEach(() => {
    server.fault = () => undefined;
    server.branches = new Set(['main', 'topic-2']);
    server.pullMessages.clear();
    for (const number of [...server.issues.keys()]) server.closeByHand(number);
  });

  /** What ann, or who else has this token, has claimed on a branch. */
  const claim = async (branch: string, token = 'a'): Promise<number> => {
    const host = createPlainHost(server.url, token);
    const calls = createIssueCalls(host, { repository: 'acme/app', label: 'lock' }, clock);
    const id = createId();
    const request = { holder: id, claims: claimsOn(`${id}/`), ttl: HOUR, id, about: { branch } };
    const { entered } = await createIssueStore({ ...context, calls }).change(decideClaim(request));
    return entered?.token ?? 0;
  };
  const merge = (fields: Partial<Merged> = {}) =>
    closeMergedIssues(context, {
      ...{ number: 7, texts: ['Port it'], author: 'ann', at: clock.now(), branch: 'topic' },
      ...fields,
    });
  const isOpen = (number: number): boolean => server.issues.get(number)?.state === 'open';

  it('ends its author’s locks on its branch once that is gone', async () => {
    const [own, other, later] = [
      await claim('topic'),
      await claim('topic-2'),
      await claim('topic', 'b'),
    ];
    const merged = await merge();
    expect(merged).toEqual({
      closed: [own],
      kept: [{ number: later, why: 'somebody else opened it' }],
      failure: undefined,
    });
    expect([own, other, later].map(isOpen)).toEqual([false, true, true]);
  });

  it.each(['develop', 'release/1.x'])(
    'keeps the locks on a branch that lives on: %s',
    async (branch) => {
      server.branches.add(branch);
      const number = await claim(branch);
      expect(await merge({ branch })).toEqual({
        closed: [],
        kept: [{ number, why: 'its branch is still there' }],
        failure: undefined,
      });
      // To name it is to say that it is done.
      expect((await merge({ branch, texts: [`closes #${number}`] })).closed).toEqual([number]);
    },
  );

  it('ends what its commits name', async () => {
    const [named, other] = [await claim('x'), await claim('y')];
    server.pullMessages.set(7, ['Port it', `Port the rest\n\nCloses #${named}`]);
    expect(await merge()).toMatchObject({ closed: [named], kept: [], failure: undefined });
    expect(isOpen(other)).toBe(true);
  });

  it('leaves alone what was claimed on a branch of that name since', async () => {
    const at = clock.now();
    clock.advance(MINUTE);
    const number = await claim('topic');
    expect(await merge({ at })).toMatchObject({ closed: [], kept: [] });
    expect(isOpen(number)).toBe(true);
  });

  it.each<[string, RegExp]>([
    ['whether the branch is there', /matching-refs/],
    ['what its commits say', /pulls\/7\/commits/],
  ])('cannot decide where nobody tells %s, and ends what it names', async (_, route) => {
    const [named, own] = [await claim('x'), await claim('topic')];
    server.fault = (asked) => (route.test(asked) ? { status: 404 } : undefined);
    const merged = await merge({ texts: [`lock #${named}`] });
    expect(merged.failure).toMatchObject({ code: 'remote-refused' });
    expect(merged.closed).toContain(named);
    expect(isOpen(own)).toBe(/refs/.test(String(route)));
  });
});
