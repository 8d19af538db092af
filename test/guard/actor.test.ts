import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Actor,
  bindsSession,
  checkHolder,
  committerActor,
  type IdentitySources,
  isOwnGrant,
  listIdentities,
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
  findBound: () => 'bound',
} satisfies IdentitySources;

const nobody = () => undefined;

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
      'then the holder that the worktree is dedicated to',
      { as: undefined, env: SESSION_ONLY, grants: [] },
      'bound',
      'worktree',
      true,
    ],
    [
      'then the session itself',
      { as: undefined, env: SESSION_ONLY, grants: [], findBound: nobody },
      's-1',
      'session',
      true,
    ],
    [
      "then git's e-mail, which makes a person",
      { as: undefined, env: {}, grants: [], findBound: nobody },
      'ann@example.com',
      'email',
      false,
    ],
    [
      'nobody where there is not even that',
      { as: undefined, env: {}, email: undefined, findBound: nobody },
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
    const actor = resolve({ as: undefined, env: { [name]: 's-9' }, findBound: nobody });
    expect(actor).toMatchObject({ holder: 's-9', source: 'session', session: 's-9' });
  });

  it('is not told by a variable that is empty', () => {
    const env = { LEASEHOLD_HOLDER: '', CLAUDE_CODE_SESSION_ID: '', CODEX_THREAD_ID: 's-9' };
    expect(resolve({ as: undefined, env, findBound: nobody }).holder).toBe('s-9');
  });

  it('is not told by the grants of another session', () => {
    const grants = [sessionGrant('claimed', 's-2')];
    const actor = resolve({ as: undefined, env: SESSION_ONLY, grants, findBound: nobody });
    expect(actor.holder).toBe('s-1');
  });

  it('is the session itself where it has claimed as two holders: neither may pass as the other', () => {
    const grants = [sessionGrant('one'), sessionGrant('two')];
    const actor = resolve({ as: undefined, env: SESSION_ONLY, grants, findBound: nobody });
    expect(actor).toMatchObject({ holder: 's-1', source: 'session' });
  });

  it('is one holder where the session has claimed twice as the same', () => {
    const grants = [sessionGrant('one'), sessionGrant('one')];
    expect(resolve({ as: undefined, env: SESSION_ONLY, grants }).holder).toBe('one');
  });

  it('is nobody’s grant without a session', () => {
    const grants = [grantOf({ holder: 'claimed' })];
    const sources = { as: undefined, env: {}, email: undefined, grants, findBound: nobody };
    const actor = resolve(sources);
    expect(actor.holder).toBeUndefined();
  });

  it('is the holder of the worktree where the session has claimed under its own id alone', () => {
    const actor = resolve({ as: undefined, env: SESSION_ONLY, grants: [sessionGrant('s-1')] });
    expect(actor).toMatchObject({ holder: 'bound', source: 'worktree', session: 's-1' });
  });

  it('is neither of two agents where one has started the other', () => {
    const env = { CLAUDE_CODE_SESSION_ID: 's-1', CODEX_THREAD_ID: 't-1' };
    const grants = [sessionGrant('outer', 's-1'), sessionGrant('inner', 't-1')];
    const actor = resolve({ as: undefined, env, grants, findBound: nobody });
    expect(actor).toMatchObject({ holder: 's-1+t-1', source: 'session', session: 's-1+t-1' });
  });

  it('is not asked of a worktree that nobody can read where a name comes first', () => {
    const findBound = () => {
      throw new Undecided('store-unreadable', 'spoiled', 'rm it');
    };
    expect(resolve({ findBound }).holder).toBe('flagged');
    expect(resolve({ as: undefined, env: SESSION_ONLY, findBound }).holder).toBe('claimed');
    expect(() => resolve({ as: undefined, env: SESSION_ONLY, grants: [], findBound })).toThrow(
      Undecided,
    );
  });

  it('is the first source that is set, whichever are set', () => {
    const order = ['flag', 'environment', 'session-grant', 'worktree', 'session', 'email'];
    fc.assert(
      fc.property(fc.subarray(order), (set) => {
        const say = (source: string) => (set.includes(source) ? source : undefined);
        const hasSession = set.some((source) => source.startsWith('session'));
        const actor = resolveActor({
          as: say('flag'),
          env: {
            LEASEHOLD_HOLDER: say('environment'),
            CODEX_THREAD_ID: hasSession ? 'session' : undefined,
          },
          email: say('email'),
          grants: set.includes('session-grant') ? [sessionGrant('session-grant', 'session')] : [],
          findBound: () => say('worktree'),
        });
        const first = order.find(say);
        expect(actor).toMatchObject({ holder: first, source: first });
        expect(actor.named).toBe(first !== undefined && first !== 'email');
      }),
    );
  });

  it('asks no source behind the first that is set', () => {
    const asked: string[] = [];
    const sources = { ...ALL, as: undefined, env: SESSION_ONLY };
    resolveActor({ ...sources, findBound: () => void asked.push('worktree') as undefined });
    expect(asked).toEqual([]);
    expect(listIdentities(sources).map(([, find]) => find())).toEqual([
      undefined,
      undefined,
      'claimed',
      'bound',
      's-1',
      'ann@example.com',
    ]);
  });
});

describe('a session', () => {
  it.each<[Actor['source'], boolean]>([
    ['flag', false],
    ['environment', true],
    ['session-grant', true],
    ['worktree', false],
    ['session', true],
    ['email', false],
    [undefined, false],
  ])('is its holder’s after a claim by %s: %s', (source, expected) => {
    const actor = { holder: 'codex', source, named: true, email: undefined, session: 's-1' };
    expect(bindsSession(actor)).toBe(expected);
  });
});

describe("a holder's name", () => {
  it.each(['codex', 'codex/task-12', 'Ann Example', 'é', 'x'.repeat(200), '../..'])(
    'may be %s',
    (name) => {
      expect(checkHolder(name)).toBe(name);
    },
  );

  it.each([
    '',
    ' codex',
    'codex ',
    'a\nb',
    'a\0b',
    '\u001b[31m',
    'a\u007f',
    'a\ufffd',
    'x'.repeat(201),
  ])('may not be %j', (name) => {
    expect(() => checkHolder(name)).toThrow(Undecided);
  });

  it.each<[string, Partial<IdentitySources>]>([
    ['--as', { as: 'a\nb' }],
    ['--as', { as: '' }],
    ['LEASEHOLD_HOLDER', { as: undefined, env: { LEASEHOLD_HOLDER: ' x' } }],
    ['the session', { as: undefined, env: { CODEX_THREAD_ID: 'a\tb' }, findBound: nobody }],
  ])('is refused from %s too, rather than passed over for another one', (_, sources) => {
    expect(() => resolve(sources)).toThrow(Undecided);
  });
});

describe('whose a grant is', () => {
  const ann = resolveActor({ ...ALL, as: 'ann', env: {} });

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
