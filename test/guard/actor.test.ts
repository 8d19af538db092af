import { describe, expect, it } from 'vitest';
import {
  checkHolder,
  committerActor,
  type IdentitySources,
  isOwnGrant,
  resolveActor,
} from '../../src/guard/actor.ts';
import { Undecided } from '../../src/kit/errors.ts';
import { grantOf } from '../locks/build.ts';

const sessionGrant = (holder: string, session = 's-1') => grantOf({ holder, about: { session } });

/** Everything that can say who acts; each case takes some of it away. */
const ALL = {
  as: 'flagged',
  env: { LEASEHOLD_HOLDER: 'named', CLAUDE_CODE_SESSION_ID: 's-1' },
  email: 'ann@example.com',
  grants: [sessionGrant('claimed')],
} satisfies IdentitySources;

const resolve = (sources: Partial<IdentitySources>) => resolveActor({ ...ALL, ...sources });

const SESSION_ONLY = { CLAUDE_CODE_SESSION_ID: 's-1' };

describe('who acts', () => {
  it.each<[string, Partial<IdentitySources>, string | undefined, string | undefined, boolean]>([
    ['--as, whatever else is set', {}, 'flagged', 'flag', true],
    ['then LEASEHOLD_HOLDER', { as: undefined }, 'named', 'environment', true],
    [
      'then the holder that the session has claimed as',
      { as: undefined, env: SESSION_ONLY },
      'claimed',
      'session-grant',
      true,
    ],
    [
      'then the session itself',
      { as: undefined, env: SESSION_ONLY, grants: [] },
      's-1',
      'session',
      true,
    ],
    [
      "then git's e-mail, which makes a person",
      { as: undefined, env: {}, grants: [] },
      'ann@example.com',
      'email',
      false,
    ],
    [
      'nobody where there is not even that',
      { as: undefined, env: {}, email: undefined },
      undefined,
      undefined,
      false,
    ],
  ])('is %s', (_, sources, holder, source, named) => {
    const actor = resolve(sources);
    expect({ holder: actor.holder, source: actor.source, named: actor.named }).toEqual({
      holder,
      source,
      named,
    });
  });

  it('has the e-mail and the session beside, whichever source won', () => {
    expect(resolve({})).toMatchObject({ email: 'ann@example.com', session: 's-1' });
  });

  it.each(['CLAUDE_CODE_SESSION_ID', 'CODEX_THREAD_ID'])('is known by %s', (name) => {
    const actor = resolve({ as: undefined, env: { [name]: 's-9' }, grants: [] });
    expect(actor).toMatchObject({ holder: 's-9', source: 'session', session: 's-9' });
  });

  it('is not told by a variable that is empty', () => {
    const env = { LEASEHOLD_HOLDER: '', CLAUDE_CODE_SESSION_ID: '', CODEX_THREAD_ID: 's-9' };
    expect(resolve({ as: undefined, env, grants: [] }).holder).toBe('s-9');
  });

  it('is not told by the grants of another session', () => {
    const grants = [sessionGrant('claimed', 's-2')];
    expect(resolve({ as: undefined, env: SESSION_ONLY, grants }).holder).toBe('s-1');
  });

  it('is the session itself where it has claimed as two holders: neither may pass as the other', () => {
    const grants = [sessionGrant('one'), sessionGrant('two')];
    const actor = resolve({ as: undefined, env: SESSION_ONLY, grants });
    expect(actor).toMatchObject({ holder: 's-1', source: 'session' });
  });

  it('is one holder where the session has claimed twice as the same', () => {
    const grants = [sessionGrant('one'), sessionGrant('one')];
    expect(resolve({ as: undefined, env: SESSION_ONLY, grants }).holder).toBe('one');
  });

  it('is nobody’s grant without a session', () => {
    const grants = [grantOf({ holder: 'claimed' })];
    const actor = resolve({ as: undefined, env: {}, email: undefined, grants });
    expect(actor.holder).toBeUndefined();
  });
});

describe("a holder's name", () => {
  it.each(['codex', 'codex/task-12', 'Ann Example', 'é', 'x'.repeat(200), '../..'])(
    'may be %s',
    (name) => {
      expect(checkHolder(name)).toBe(name);
    },
  );

  it.each(['', ' codex', 'codex ', 'a\nb', 'a\0b', '\u001b[31m', 'a\u007f', 'x'.repeat(201)])(
    'may not be %j',
    (name) => {
      expect(() => checkHolder(name)).toThrow(Undecided);
    },
  );

  it.each<[string, Partial<IdentitySources>]>([
    ['--as', { as: 'a\nb' }],
    ['--as', { as: '' }],
    ['LEASEHOLD_HOLDER', { as: undefined, env: { LEASEHOLD_HOLDER: ' x' } }],
    ['the session', { as: undefined, env: { CODEX_THREAD_ID: 'a\tb' }, grants: [] }],
  ])('is refused from %s too, rather than passed over for another one', (_, sources) => {
    expect(() => resolve(sources)).toThrow(Undecided);
  });
});

describe('whose a grant is', () => {
  const ann = resolveActor({ as: 'ann', env: {}, email: 'ann@example.com', grants: [] });

  it('is decided by the name exactly', () => {
    const owns = ['ann', 'Ann', 'ann ', 'bob'].map((holder) =>
      isOwnGrant(grantOf({ holder }), ann),
    );
    expect(owns).toEqual([true, false, false, false]);
  });

  it('is not decided by the e-mail for whoever works here', () => {
    const grant = grantOf({ holder: 'codex', about: { email: 'ann@example.com' } });
    expect(isOwnGrant(grant, ann)).toBe(false);
  });

  it('is decided by the e-mail too for the committer of an earlier commit', () => {
    const committer = committerActor('ann@example.com');
    const grants = [
      grantOf({ holder: 'codex', about: { email: 'ann@example.com' } }),
      grantOf({ holder: 'ann@example.com' }),
      grantOf({ holder: 'codex', about: { email: 'bob@example.com' } }),
      grantOf({ holder: 'codex' }),
    ];
    expect(grants.map((grant) => isOwnGrant(grant, committer))).toEqual([true, true, false, false]);
  });

  it('is never decided for a committer without an e-mail', () => {
    expect(isOwnGrant(grantOf({ about: {} }), committerActor(undefined))).toBe(false);
  });
});
