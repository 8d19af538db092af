import { expect, test } from 'vitest';
import { addRemote, type Call, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { trailersOf } from '../past.ts';
import { commitTwice } from '../shell.ts';

const session = (id: string, env: Record<string, string> = {}): Call => ({
  env: { CLAUDE_CODE_SESSION_ID: id, ...env },
});

const change = (repo: Repo, path: string): void => {
  repo.write(path, `${Math.random()}\n`);
  repo.git('add', '--', path);
};

const NOTHING = (): void => undefined;

/** Every way to be somebody: what makes it so, the settings of a call from then on, and who that is. */
const WAYS: [string, (repo: Repo) => unknown, Call, string][] = [
  ['a name', NOTHING, { holder: 'codex' }, 'codex'],
  [
    'what the session has claimed as',
    (repo) => repo.leasehold(['claim', 'x/'], session('s-1', { LEASEHOLD_HOLDER: 'codex' })),
    session('s-1'),
    'codex',
  ],
  [
    'the worktree',
    (repo) => repo.leasehold(['claim', 'x/', '--bind', '--as', 'codex']),
    {},
    'codex',
  ],
  ['the session', NOTHING, session('s-1'), 's-1'],
  ['the e-mail', NOTHING, {}, 'ben@example.com'],
];

test.each(WAYS)('is one holder to every command and gate: by %s', (_, prepare, call, holder) => {
  const repo = makeGuardedRepo({ 'own/a.ts': 'one\n', 'gem/a.ts': 'one\n' });
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  prepare(repo);
  repo.leasehold(['claim', 'gem/'], { holder: 'gem' });
  const claimed = repo.json(['claim', 'own/'], call).body.grant;

  const asked = repo.json(['whoami'], call).body;
  const checked = repo.json(['check', '--paths', 'gem/a.ts'], call).body;
  change(repo, 'own/a.ts');
  const allowed = repo.tryGit(['commit', '-m', 'mine'], call);
  const trailers = trailersOf(repo);
  change(repo, 'gem/a.ts');
  const refused = [
    commitTwice(repo, ['-m', 'mine'], call),
    repo.tryGit(['commit', '--no-verify', '-m', 'mine'], call),
  ];
  repo.commitQuietly({});
  refused.push(repo.tryGit(['push', 'origin', 'main'], call));
  const released = repo.json(['release', '--all'], call);

  expect([claimed.agent, asked.holder, checked.actor.holder]).toEqual([holder, holder, holder]);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
  expect(trailers).toEqual([`${claimed.id}#${claimed.token}`]);
  for (const { code, stderr } of refused) {
    expect(code).toBe(1);
    expect(stderr).toContain(`You are ${holder} (`);
    expect(stderr).toContain('gem holds it');
  }
  expect(released.code).toBe(0);
  expect(repo.json(['status']).body.grants).toMatchObject([{ agent: 'gem' }]);
});

test('takes sub-agents that share a session for one holder until they are named, and whoami says so', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.leasehold(['claim', 'src/'], session('s-1'));
  change(repo, 'src/a.ts');

  const named = repo.tryGit(['commit', '-m', 'x'], session('s-1', { LEASEHOLD_HOLDER: 's-1/b' }));
  const unnamed = repo.tryGit(['commit', '-m', 'sibling'], session('s-1'));
  const told = repo.leasehold(['whoami'], session('s-1'));

  expect(named.code).toBe(1);
  expect(named.stderr).toContain('s-1 holds it');
  expect(unnamed).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toContain('whoever shares it is one holder, unless LEASEHOLD_HOLDER');
});
