import { describe, expect, it } from 'vitest';
import { judgeDropped } from '../../src/guard/dropped.ts';
import type { Policy } from '../../src/guard/policy.ts';
import type { CommitChange } from '../../src/guard/range.ts';
import { createHistory } from '../../src/locks/index.ts';
import { grantOf, ledgerOf } from '../locks/build.ts';
import { actorOf, changeOf, PERSON, policyOf } from './question.ts';

const history = createHistory(
  ledgerOf({
    grants: [
      grantOf({ holder: 'ann', id: 'anns', token: 2 }),
      grantOf({ holder: 'bob', id: 'bobs', token: 3 }),
    ],
  }),
  [],
);

const commitOf = (fields: Partial<CommitChange> = {}): CommitChange => ({
  commit: 'c'.repeat(40),
  email: 'bob@example.com',
  name: 'Bob',
  parents: ['0'.repeat(40)],
  isRoot: false,
  isMerge: false,
  trailers: { grants: [], malformed: [], bypass: undefined },
  changes: [changeOf('src/a.ts')],
  ...fields,
});

const naming = (...ids: string[]): CommitChange['trailers'] => ({
  grants: ids.map((id) => ({ id, token: id === 'anns' ? 2 : 3 })),
  malformed: [],
  bypass: undefined,
});

const tell = (commit: Partial<CommitChange>, here = actorOf(), policy: Partial<Policy> = {}) =>
  judgeDropped([commitOf(commit)], { here, policy: policyOf(policy), history }).map(
    ({ severity, holder }) => `${severity} ${holder}`,
  );

describe('a dropped commit', () => {
  it.each([
    ['under another’s grant', { trailers: naming('anns') }, ['error ann']],
    ['under one’s own grant', { trailers: naming('bobs') }, []],
    ['under both', { trailers: naming('bobs', 'anns') }, ['error ann']],
    ['under one’s own grant, committed elsewhere', { trailers: naming('bobs'), email: 'x@y' }, []],
    ['of one’s own e-mail', {}, []],
    ['of another’s e-mail', { email: 'carl@example.com' }, ['error carl@example.com']],
    [
      'under a grant that nobody knows',
      { trailers: naming('x'), email: 'carl@example.com' },
      ['error carl@example.com'],
    ],
    ['of nobody’s', { email: undefined }, []],
    ['without changes of its own', { trailers: naming('anns'), changes: [] }, []],
  ])('%s', (_, commit, told) => {
    expect(tell(commit)).toEqual(told);
  });

  it('that an e-mail alone tells is a warning for people, unless the config says more', () => {
    const carls = { email: 'carl@example.com' };
    expect(tell(carls, PERSON)).toEqual(['warn carl@example.com']);
    expect(tell({ trailers: naming('anns') }, PERSON)).toEqual(['error ann']);
    expect(tell(carls, PERSON, { rules: { 'lock/dropped': 'error' } })).toEqual([
      'error carl@example.com',
    ]);
  });

  it.each([
    [{ mode: 'off' }, []],
    [{ mode: 'warn' }, ['warn ann']],
    [{ rules: { 'lock/dropped': 'off' } }, []],
    [{ rules: { 'lock/dropped': 'warn' } }, ['warn ann']],
    [{ mode: 'warn', rules: { 'lock/dropped': 'off' } }, []],
  ] satisfies [Partial<Policy>, string[]][])('obeys the policy: %j', (policy, told) => {
    expect(tell({ trailers: naming('anns') }, actorOf(), policy)).toEqual(told);
  });

  it('is told by its first path, and how many more there are', () => {
    const changes = [changeOf('src/a.ts'), changeOf('src/b.ts'), changeOf('src/c.ts')];
    const [finding] = judgeDropped([commitOf({ trailers: naming('anns'), changes })], {
      here: actorOf(),
      policy: policyOf(),
      history,
    });
    expect(finding).toMatchObject({ path: 'src/a.ts', commit: 'c'.repeat(40) });
    expect(finding?.message).toContain('(and 2 more paths)');
  });

  it('names its holder as somebody’s text', () => {
    const [finding] = judgeDropped([commitOf({ email: 'x\u001b[2J y' })], {
      here: actorOf(),
      policy: policyOf(),
      history,
    });
    expect(finding?.message).toContain('"x\\x1b[2J y"');
  });
});
