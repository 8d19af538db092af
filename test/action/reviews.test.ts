import { describe, expect, it } from 'vitest';
import { readInputs, readRepository, tokenSetting, withSettings } from '../../src/action/inputs.ts';
import { type ApiReview, listApprovers } from '../../src/action/reviews.ts';

const C1 = '1'.repeat(40);
const C2 = '2'.repeat(40);

const said = (state: string, login: string | null, commit: string | null = C1): ApiReview => ({
  state,
  commit_id: commit,
  user: login === null ? null : { login },
});

describe('who approves now', () => {
  it.each([
    ['nobody has said anything', [], []],
    ['a comment is no approval', [said('COMMENTED', 'ann')], []],
    ['an approval counts', [said('APPROVED', 'ann')], ['ann@c1']],
    ['a comment leaves it', [said('APPROVED', 'ann'), said('COMMENTED', 'ann')], ['ann@c1']],
    ['the last one counts', [said('APPROVED', 'ann'), said('APPROVED', 'ann', C2)], ['ann@c2']],
    ['changes take it back', [said('APPROVED', 'ann'), said('CHANGES_REQUESTED', 'ann')], []],
    ['a dismissal takes it back', [said('APPROVED', 'ann'), said('DISMISSED', 'ann')], []],
    ['it comes back', [said('CHANGES_REQUESTED', 'ann'), said('APPROVED', 'ann', C2)], ['ann@c2']],
    ['one does not speak for another', [said('APPROVED', 'a'), said('DISMISSED', 'b')], ['a@c1']],
    ['a deleted account has no name', [said('APPROVED', null)], []],
    ['of no commit', [said('APPROVED', 'ann', null)], []],
    ['of what is no commit', [said('APPROVED', 'ann', '--output=x')], []],
  ])('%s', (_, reviews, expected) => {
    const approvers = listApprovers(reviews as ApiReview[]);
    expect(approvers.map(({ login, commit }) => `${login}@c${commit[0]}`)).toEqual(expected);
  });
});

describe('what the runner hands on', () => {
  it('has defaults where a workflow says nothing', () => {
    expect(readInputs({ INPUT_CHECK: '', INPUT_TOKEN: ' t ' })).toEqual({
      check: 'all',
      token: 't',
      sarif: '',
      path: '.',
    });
  });

  it('names the repository, or does not', () => {
    const read = (text?: string) => readRepository({ GITHUB_REPOSITORY: text });
    expect(read('acme/app')).toEqual({ owner: 'acme', repo: 'app' });
    expect([read(), read('acme'), read('a/b/c')]).toEqual([undefined, undefined, undefined]);
  });

  it('keeps what git was told already, and tells the token to its host alone', () => {
    const before = { GIT_CONFIG_COUNT: '1', GITHUB_SERVER_URL: 'https://git.acme/' };
    const env = withSettings(before, [['a', 'b'], tokenSetting(before, 'tok')]);
    expect(env).toMatchObject({
      GIT_CONFIG_COUNT: '3',
      GIT_CONFIG_KEY_1: 'a',
      GIT_CONFIG_VALUE_1: 'b',
      GIT_CONFIG_KEY_2: 'http.https://git.acme/.extraheader',
      GIT_CONFIG_VALUE_2: `AUTHORIZATION: basic ${Buffer.from('x-access-token:tok').toString('base64')}`,
    });
  });
});
