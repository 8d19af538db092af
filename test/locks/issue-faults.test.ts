import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Undecided } from '../../src/kit/errors.ts';
import { decideApprovedClaim } from '../../src/locks/approval.ts';
import { decideClaim } from '../../src/locks/claim.ts';
import { createIssueCalls } from '../../src/locks/issue-calls.ts';
import type { NeedsOf } from '../../src/locks/issue-context.ts';
import { createLocalSide } from '../../src/locks/issue-local-store.ts';
import { createIssueStore } from '../../src/locks/issue-store.ts';
import { decideRelease } from '../../src/locks/release.ts';
import { decideRenew } from '../../src/locks/renew.ts';
import { type Fault, type GithubServer, startGithubServer } from '../github-server.ts';
import { createFakeClock, type FakeClock, HOUR, MINUTE, SECOND } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';
import { claimsOn, RULE } from './build.ts';
import { createPlainHost } from './plain-host.ts';
import { CLONE, createIds } from './store.ts';

const PEOPLE = {
  tokens: { a: 'ann', b: 'bob', e: 'eve' },
  permissions: { ann: 'write', bob: 'admin', eve: 'read', olga: 'write' },
};

let server: GithubServer;
let clock: FakeClock;
const createId = createIds('g');

beforeAll(async () => {
  clock = createFakeClock();
  const { pause } = clock;
  // Whoever waits lets the others come to an end first.
  clock.pause = async (length) => {
    await server.settled();
    await pause(length);
  };
  server = await startGithubServer(() => clock.now());
  server.people = PEOPLE;
});
afterAll(() => server.close());
beforeEach(() => {
  server.fault = () => undefined;
  server.requests.length = 0;
  for (const number of [...server.issues.keys()]) server.closeByHand(number);
  server.issues.clear();
});

/** Another machine: its own clone, with its own clock where it has one. */
const join = (
  holder: string,
  token = holder[0] ?? '',
  own: FakeClock = clock,
  needsOf?: NeedsOf,
) => {
  const files = createMemoryFiles(own);
  const context = {
    files,
    clock: own,
    uniqueName: createIds('u'),
    clone: CLONE,
    knowsEmail: () => false,
  };
  const calls = createIssueCalls(
    createPlainHost(server.url, token),
    { repository: 'acme/app', label: 'lock' },
    own,
  );
  const store = createIssueStore({
    ...{ calls, clock: own, random: () => 0.5, rule: RULE, label: 'lock' },
    local: createLocalSide(context),
    ...(needsOf ? { needsOf } : {}),
  });
  const request = (scopes: readonly string[], ttl = HOUR) => ({
    holder,
    claims: claimsOn(...scopes),
    ttl,
    id: createId(),
    about: { task: 'Port it' },
  });
  return {
    store,
    files,
    request,
    claim: (scopes: readonly string[], ttl?: number) =>
      store.change(decideClaim(request(scopes, ttl))),
    listHeld: async () =>
      (await store.read()).grants
        .filter(({ expiresAt }) => expiresAt > clock.now())
        .map((grant) => `${grant.holder}: ${grant.claims.map(({ scope }) => scope).join()}`),
  };
};

/** Something that others wait for. */
const createGate = () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((done) => {
    open = done;
  });
  return { opened, open: () => open() };
};

const titles = (state: 'open' | 'closed') =>
  [...server.issues.values()].filter((issue) => issue.state === state).map(({ title }) => title);
const form = (paths: string, duration = '2h') =>
  `### Paths\r\n\r\n${paths}\r\n\r\n### Planned changes\r\n\r\nBy hand\r\n\r\n### Duration\r\n\r\n${duration}\r\n\r\n### Parent issue\r\n\r\n_No response_`;

describe('a claim that GitHub half hears', () => {
  const FAULTS: readonly Fault[] = ['lost', 'cut', { status: 502 }];

  it.each(FAULTS)(
    'is granted, or not told as granted, whichever of its requests it is: %j',
    async (fault) => {
      const came: string[] = [];
      await join('ann').claim(['src/']);
      const requests = server.requests.length;
      for (let at = 1; at <= requests; at += 1) {
        for (const number of [...server.issues.keys()]) server.closeByHand(number);
        server.issues.clear();
        let count = 0;
        server.fault = () => {
          count += 1;
          return count === at ? fault : undefined;
        };
        const ann = join('ann');
        const outcome = await ann.claim(['src/']).then(
          ({ entered }) => (entered ? 'granted' : 'denied'),
          (error: unknown) => {
            if (!(error instanceof Undecided)) throw error;
            return error.remedy === '' ? 'no remedy' : 'undecided';
          },
        );
        server.fault = () => undefined;
        const held = await join('bob').listHeld();
        came.push(outcome);
        // What is told as granted is there for others to see; and one claim makes one issue.
        if (outcome === 'granted') expect(held).toEqual(['ann: src/']);
        expect(titles('open').length).toBeLessThanOrEqual(1);
      }
      expect(new Set(came)).toEqual(new Set(['granted', 'undecided']));
    },
  );

  it('is looked for before another is opened, and found', async () => {
    server.fault = (route) => (route === 'POST /repos/acme/app/issues' ? 'cut' : undefined);
    const { outcome } = await join('ann').claim(['src/']);
    expect([outcome.granted, titles('open')]).toEqual([true, ['[LOCK] src/ - Port it']]);
  });

  it('binds nobody for longer than a minute where its process has died', async () => {
    server.fault = (route) => (route.startsWith('PATCH') ? 'lost' : undefined);
    await join('ann')
      .claim(['src/'])
      .catch(() => undefined);
    server.fault = () => undefined;
    const start = clock.now();
    const { outcome } = await join('bob').claim(['src/']);
    expect([outcome.granted, clock.now() - start <= 61 * SECOND]).toEqual([true, true]);
    expect(await join('ann').listHeld()).toEqual(['bob: src/']);
  });

  it('that was parked until it counted as dead does not enter', async () => {
    const bob = join('bob');
    let isFirst = true;
    server.fault = (route) => {
      if (!route.startsWith('PATCH') || !isFirst) return undefined;
      isFirst = false;
      clock.advance(2 * MINUTE);
      return undefined;
    };
    const { entered } = await join('ann').claim(['src/']);
    const { outcome } = await bob.claim(['src/']);
    // It began anew, in another issue.
    expect([entered?.token, outcome.granted]).toEqual([Math.max(...server.issues.keys()), false]);
    expect(titles('closed')).toHaveLength(1);
  });

  it('a release that was not heard is not told as one', async () => {
    const ann = join('ann');
    const { entered } = await ann.claim(['src/']);
    server.fault = (route) => (route.startsWith('PATCH') ? 'lost' : undefined);
    const released = ann.store.change(decideRelease(entered?.id ?? '', 'ann'));
    await expect(released).rejects.toMatchObject({ code: 'remote-unreachable' });
    server.fault = () => undefined;
    expect(await join('bob').listHeld()).toEqual(['ann: src/']);
  });
});

describe('two machines', () => {
  it('of which eight holders claim at once: exactly one has it, and the others have withdrawn', async () => {
    const holders = Array.from({ length: 8 }, (_, at) => join(`agent-${at}`, 'a'));
    const changes = await Promise.all(
      holders.map(({ claim }) => claim(['src/a.ts', 'glob:src/*.ts'])),
    );
    expect(changes.filter(({ outcome }) => outcome.granted)).toHaveLength(1);
    expect([titles('open').length, await join('bob').listHeld()]).toEqual([
      1,
      [expect.stringContaining('agent-')],
    ]);
  });

  it('with clocks that differ by ten minutes go by GitHub’s', async () => {
    const early = createFakeClock(clock.now() - 10 * MINUTE);
    const bob = join('bob', 'b', createFakeClock(clock.now() + 10 * MINUTE));
    await join('ann', 'a', early).claim(['src/'], 5 * MINUTE);
    const denied = await bob.claim(['src/']);
    clock.advance(5 * MINUTE);
    const granted = await bob.claim(['src/']);
    expect([denied.outcome.granted, granted.outcome.granted]).toEqual([false, true]);
  });

  it('renew and take over at the same moment: one of them has it, and knows', async () => {
    for (let delay = 0; delay < 6; delay += 1) {
      const [ann, bob] = [join('ann'), join('bob')];
      const { entered } = await ann.claim(['src/'], MINUTE);
      clock.advance(MINUTE - 1);
      let count = 0;
      server.fault = () => {
        count += 1;
        // Somewhere among their requests the grant runs out.
        if (count === delay * 3 + 1) clock.advance(SECOND);
        return undefined;
      };
      const [renewal, claim] = await Promise.all([
        ann.store.change(decideRenew(entered?.id ?? '', 'ann', HOUR)),
        bob.claim(['src/']),
      ]);
      server.fault = () => undefined;
      const told = [
        ...(renewal.outcome.renewed ? ['ann: src/'] : []),
        ...(claim.outcome.granted ? ['bob: src/'] : []),
      ];
      expect(await join('olga', 'a').listHeld()).toEqual(told);
      expect(told).toHaveLength(1);
      for (const number of [...server.issues.keys()]) server.closeByHand(number);
      server.issues.clear();
    }
  });

  it('renew and take over so that neither has seen the other: whoever renewed waits, and knows', async () => {
    const [ann, bob] = [join('ann'), join('bob')];
    const { entered } = await ann.claim(['src/'], MINUTE);
    clock.advance(MINUTE - 1);
    let claim: ReturnType<typeof bob.claim> | undefined;
    const taking = createGate();
    const renewed = createGate();
    let patches = 0;
    server.fault = (route) => {
      if (!route.startsWith('PATCH')) {
        // Once the renewal is written, whoever wrote it looks.
        if (patches === 2 && !isWriting) renewed.open();
        return undefined;
      }
      patches += 1;
      if (patches > 2) return undefined;
      return { before: patches === 1 ? letBobLook : () => waitForRenewal() };
    };
    let isWriting = true;
    const letBobLook = async (): Promise<void> => {
      clock.advance(SECOND);
      claim = bob.claim(['src/']);
      await taking.opened;
      isWriting = false;
    };
    const waitForRenewal = async (): Promise<void> => {
      taking.open();
      await renewed.opened;
    };
    const renewal = await ann.store.change(decideRenew(entered?.id ?? '', 'ann', HOUR));
    const taken = await claim;
    expect([renewal.outcome, taken?.outcome.granted]).toEqual([
      { renewed: false, reason: 'gone' },
      true,
    ]);
    server.fault = () => undefined;
    expect(await ann.listHeld()).toEqual(['bob: src/']);
  });

  it('tell each other what was taken over, in the issue that it was', async () => {
    const ann = join('ann');
    await ann.claim(['src/'], MINUTE);
    clock.advance(MINUTE);
    await join('bob').claim(['src/']);
    const { ended } = await ann.store.read();
    expect(ended).toMatchObject([{ grant: { holder: 'ann' }, how: 'taken-over', by: 'bob' }]);
  });
});

describe('a person', () => {
  it('who opens an issue by the form holds what it names, by the number that it has', async () => {
    const number = server.openByHand(
      'bob',
      '[LOCK] src - by hand',
      form('- `src/`\r\nread: docs/'),
    );
    const ann = join('ann');
    const { outcome } = await ann.claim(['src/a.ts']);
    expect(outcome).toMatchObject({
      conflicts: [
        { grant: { holder: 'bob', file: `issue-${number}.lock`, about: { task: 'By hand' } } },
      ],
    });
    expect((await ann.claim(['read!docs/a.md'])).outcome.granted).toBe(true);
  });

  it('who edits it holds what it says by then, in the files that gates read too', async () => {
    const number = server.openByHand('bob', '[LOCK] src - by hand', form('src/'));
    const ann = join('ann');
    const look = async () => {
      await ann.store.read();
      const path = `${CLONE.places.locks}/issue-${number}.lock`;
      const content = ann.files.read(path, 9999);
      return content.kind === 'read' ? JSON.parse(content.text).directories : content.kind;
    };
    const before = await look();
    const issue = server.issues.get(number);
    if (issue) issue.body = form('docs/');
    expect([before, await look()]).toEqual([['src/'], ['docs/']]);
  });

  it('whose issue meets an earlier one waits behind it, and holds it when that is closed', async () => {
    const ann = join('ann');
    const { entered } = await ann.claim(['src/']);
    server.openByHand('bob', '[LOCK] src - by hand', form('src/a.ts'));
    const before = await ann.store.read();
    server.closeByHand(entered?.token ?? 0);
    expect([before.waiting.map(({ holder }) => holder), await ann.listHeld()]).toEqual([
      ['bob'],
      ['bob: src/a.ts'],
    ]);
  });

  describe('who opens an issue where owners are to approve', () => {
    const needsOf: NeedsOf = async (claims) => {
      const scopes = claims.map(({ scope }) => scope).join();
      if (scopes.includes('nobodys/')) return [{ owners: [], approvers: [] }];
      return scopes.includes('core') ? [{ owners: ['@olga'], approvers: ['olga'] }] : [];
    };
    const joinAsked = () => join('ann', 'a', clock, needsOf);
    const open = (login: string, paths = 'core/', duration?: string) =>
      server.openByHand(login, '[LOCK] core - by hand', form(paths, duration));
    const say = (number: number, login: string, text: string) =>
      server.commentByHand(login, number, text);

    it('holds nothing until one of them has, and keeps nobody out meanwhile', async () => {
      const number = open('bob', 'core/\nread: docs/');
      const before = await joinAsked().store.read();
      expect([before.grants, before.waiting, before.requests]).toMatchObject([
        [],
        [],
        [
          {
            holder: 'bob',
            owners: ['@olga'],
            byHand: true,
            url: expect.stringContaining(`/${number}`),
          },
        ],
      ]);
      say(number, 'eve', '/approve 2h for bob\ncore/\nread: docs/');
      say(number, 'olga', '/approve 2h for bob\ncore/');
      expect((await joinAsked().store.read()).grants).toEqual([]);
      say(number, 'olga', '/approve 2h for bob\ncore/\nread: docs/');
      expect(await joinAsked().listHeld()).toEqual(['bob: core/,docs/']);
      expect((await joinAsked().store.read()).requests).toEqual([]);
    });

    it('must be told of what: a comment that does not say it counts for none of these', async () => {
      say(open('bob'), 'olga', '/approve');
      expect((await joinAsked().store.read()).grants).toEqual([]);
    });

    it.each([
      ['other paths', 'core/\nsrc/', '2h'],
      ['more time', 'core/', '3h'],
      ['paths that nobody is asked about, and then holds those', 'src/', '2h'],
    ])('and is approved holds no more when it is edited: %s', async (_, paths, duration) => {
      const number = open('bob');
      say(number, 'olga', '/approve 2h for bob\ncore/');
      expect(await joinAsked().listHeld()).toEqual(['bob: core/']);
      const issue = server.issues.get(number);
      if (issue) issue.body = form(paths, duration);
      expect(await joinAsked().listHeld()).toEqual(paths === 'src/' ? ['bob: src/'] : []);
    });

    it('holds it at once where they are one of them', async () => {
      server.people.permissions.olga = 'write';
      open('olga');
      expect(await joinAsked().listHeld()).toEqual(['olga: core/']);
    });

    it('and names what nobody owns waits, and stops nobody', async () => {
      const number = open('bob', 'nobodys/');
      say(number, 'olga', '/approve 2h for bob\nnobodys/');
      const ledger = await joinAsked().store.read();
      expect([ledger.grants, ledger.requests]).toMatchObject([[], [{ owners: [] }]]);
      expect((await joinAsked().claim(['nobodys/a'])).outcome.granted).toBe(true);
    });

    it('is not taken for a claim of theirs that asks for the same', async () => {
      open('ann', 'core/', '1h');
      const ann = joinAsked();
      const needs = await needsOf(claimsOn('core/'));
      const { outcome } = await ann.store.change(
        decideApprovedClaim(ann.request(['core/']), needs),
      );
      expect(outcome).toMatchObject({ granted: false, awaiting: { url: undefined } });
    });

    it('leaves it undecided where what was said there cannot be read', async () => {
      open('bob');
      server.fault = (route) => (route.endsWith('/comments') ? 'lost' : undefined);
      await expect(joinAsked().store.read()).rejects.toMatchObject({ code: 'remote-unreachable' });
    });
  });

  it('closes an issue, and its lock is released', async () => {
    const { entered } = await join('ann').claim(['src/']);
    server.closeByHand(entered?.token ?? 0);
    expect((await join('bob').claim(['src/'])).outcome.granted).toBe(true);
  });

  it('opens one again, and it binds nobody: its turn has gone', async () => {
    const { entered } = await join('ann').claim(['src/']);
    server.closeByHand(entered?.token ?? 0);
    await join('bob').claim(['src/']);
    server.reopenByHand(entered?.token ?? 0);
    expect(await join('ann').listHeld()).toEqual(['bob: src/']);
  });

  it('who may not write locks nothing, whatever the issue says', async () => {
    const { entered } = await join('ann').claim(['docs/']);
    const copied = server.issues.get(entered?.token ?? 0)?.body ?? '';
    server.openByHand('eve', '[LOCK] src - mine', form('src/'));
    server.openByHand('eve', '[LOCK] docs - mine', copied);
    expect(await join('bob').listHeld()).toEqual(['ann: docs/']);
    await expect(join('eve').claim(['src/'])).rejects.toMatchObject({ code: 'remote-refused' });
    expect(titles('open')).toHaveLength(3);
  });

  it('who spoils a record stops claims with its number, and nothing is granted past it', async () => {
    const { entered } = await join('ann').claim(['src/']);
    const issue = server.issues.get(entered?.token ?? 0);
    if (issue) issue.body = issue.body.replace('"version"', 'version');
    await expect(join('bob').claim(['docs/'])).rejects.toMatchObject({
      code: 'lock-unreadable',
      remedy: `mend or close issue #${entered?.token}`,
    });
  });
});

describe('a claim that needs approval', () => {
  const NEEDS = [{ owners: ['@olga'], approvers: ['olga'] }];
  const ask = async () => {
    const ann = join('ann');
    const request = ann.request(['core/']);
    const decide = () => decideApprovedClaim({ ...request, id: createId() }, NEEDS);
    const { outcome } = await ann.store.change(decide());
    const number = Math.max(...server.issues.keys());
    return { ann, outcome, number, again: () => ann.store.change(decide()) };
  };

  it('waits in an issue of its own, and binds nobody', async () => {
    const { outcome, number, again } = await ask();
    const second = await again();
    expect([outcome, second.outcome]).toMatchObject([
      { granted: false, awaiting: { owners: ['@olga'] } },
      { granted: false, awaiting: { url: expect.stringContaining(`/${number}`) } },
    ]);
    expect([titles('open').length, await join('bob').listHeld()]).toEqual([1, []]);
    expect(server.issues.get(number)?.body).toContain('```text\n/approve 1h for ann\ncore/\n```');
  });

  const say = (text: string) => (number: number) => server.commentByHand('olga', number, text);

  it.each<[string, (number: number) => void, boolean]>([
    [
      'an owner’s comment',
      (number) => server.commentByHand('Olga', number, 'Fine.\r\n/approve 1h for ann\r\ncore/\r\n'),
      true,
    ],
    [
      'the block of the issue, as it was copied',
      say('```text\n/approve 1h for ann\ncore/\n```'),
      true,
    ],
    ['an approval of more', say('/approve 2h for ann\nsrc/\nglob:**\n\nThanks!'), true],
    [
      'a comment of somebody else',
      (number) => server.commentByHand('bob', number, '/approve 1h for ann\ncore/'),
      false,
    ],
    ['a comment that does not say of what, where it is the last', say('/approve'), true],
    [
      'a comment that does not say of what, and another behind it',
      (number) => {
        say('/approve')(number);
        clock.advance(2 * SECOND);
        server.commentByHand('bob', number, 'Thanks.');
      },
      false,
    ],
    ['a comment that does not say for how long', say('/approve for ann\ncore/'), false],
    ['a comment that says of what somewhere else', say('/approve 1h for ann\n\ncore/'), false],
    ['an approval for another holder', say('/approve 1h for bob\ncore/'), false],
    ['an approval for nobody in particular', say('/approve 1h\ncore/'), false],
    ['an approval of a part of it', say('/approve 1h for ann\ncore/a.ts'), false],
    ['an approval of less time', say('/approve 59m for ann\ncore/'), false],
    ['an approval to read it', say('/approve 1h for ann\nread: core/'), false],
    ['a comment that only tells of it', say('I do not /approve 1h for ann\ncore/'), false],
    [
      'a label that an owner has put there last',
      (number) => server.labelByHand('olga', number, 'lock-approved'),
      true,
    ],
    [
      'a label of somebody else',
      (number) => server.labelByHand('bob', number, 'lock-approved'),
      false,
    ],
    [
      'a label, before the issue was edited',
      (number) => {
        server.labelByHand('olga', number, 'lock-approved');
        clock.advance(2 * SECOND);
        server.editByHand(number);
      },
      false,
    ],
    [
      'a label that was taken away again',
      (number) => {
        server.labelByHand('olga', number, 'lock-approved');
        server.issues.get(number)?.labels.pop();
      },
      false,
    ],
    [
      'an owner’s comment that was edited, by whomever',
      (number) => {
        server.commentByHand('olga', number, 'Why?');
        clock.advance(2 * SECOND);
        server.editCommentByHand(number, '/approve 1h for ann\ncore/');
      },
      false,
    ],
  ])('is granted by %s: in that issue', async (_, approve, granted) => {
    const { number, again } = await ask();
    approve(number);
    const { outcome, entered } = await again();
    expect([outcome.granted, entered?.token]).toEqual([granted, granted ? number : undefined]);
    expect(await join('bob').listHeld()).toEqual(granted ? ['ann: core/'] : []);
  });

  it('is granted no more than was approved, whatever its issue is made to say afterwards', async () => {
    const { ann, number } = await ask();
    say('/approve 1h for ann\ncore/')(number);
    const issue = server.issues.get(number);
    const before = issue?.body ?? '';
    const claimNow = async (body: string, scopes: string[], ttl = HOUR) => {
      if (issue) issue.body = body;
      const decide = decideApprovedClaim(ann.request(scopes, ttl), NEEDS);
      const { outcome } = await ann.store.change(decide);
      return [outcome.granted, 'awaiting' in outcome ? outcome.awaiting.approval : undefined];
    };
    const wider = await claimNow(before.replace('"core/"', '"core/", "src/"'), ['core/', 'src/']);
    const longer = await claimNow(
      before.replace(/("expires_at": ")2026/, '$12027'),
      ['core/'],
      24 * HOUR,
    );
    const mode = await claimNow(before, ['doc-write!core/', 'read!src/']);
    const shorter = await claimNow(before, ['core/'], HOUR / 2);
    expect([wider, longer, mode, shorter]).toEqual([
      [false, '/approve 1h for ann\ncore/\nsrc/'],
      [false, '/approve 1d for ann\ncore/'],
      [false, '/approve 1h for ann\ndoc: core/\nread: src/'],
      [true, undefined],
    ]);
  });

  it('cannot be decided while its comments cannot be read', async () => {
    const { number, again } = await ask();
    say('/approve 1h for ann\ncore/')(number);
    server.fault = (route) => (route.endsWith('/comments') ? { status: 502 } : undefined);
    await expect(again()).rejects.toMatchObject({ code: 'remote-unreachable' });
    server.fault = () => undefined;
    expect((await again()).outcome.granted).toBe(true);
  });

  it('goes past nobody who was granted meanwhile, and keeps its issue', async () => {
    const { number, again } = await ask();
    await join('bob').claim(['core/a.ts']);
    server.commentByHand('olga', number, '/approve 1h for ann\ncore/');
    const { outcome } = await again();
    expect(outcome).toMatchObject({ granted: false, conflicts: [{ grant: { holder: 'bob' } }] });
    expect(server.issues.get(number)?.state).toBe('open');
  });

  it('that was approved and another that began just now: exactly one has it', async () => {
    const { number, again } = await ask();
    server.commentByHand('olga', number, '/approve 1h for ann\ncore/');
    const [late, fresh] = await Promise.all([again(), join('bob').claim(['core/a.ts'])]);
    expect([late, fresh].filter(({ outcome }) => outcome.granted)).toHaveLength(1);
    expect(await join('bob').listHeld()).toHaveLength(1);
  });
});

it('GitHub was asked nothing that it does not know', () => {
  expect(server.violations).toEqual([]);
});
