import { expect, test } from 'vitest';
import { type Call, type Ended, makeGuardedRepo, makeRepo, type Repo } from '../make-repo.ts';

const session = (id: string, env: Record<string, string> = {}): Call => ({
  env: { CLAUDE_CODE_SESSION_ID: id, ...env },
});

const commitFile = (repo: Repo, path: string, call: Call): Ended => {
  repo.write(path, `${Math.random()}\n`);
  repo.git('add', '--', path);
  const commit = repo.tryGit(['commit', '-m', 'mine'], call);
  repo.git('reset', '--quiet', '--hard');
  return commit;
};

/** An agent that names itself for one claim, and is known by its session from then on. */
const claimAs = (repo: Repo, holder: string, id: string, ...scopes: string[]): Ended =>
  repo.leasehold(['claim', ...scopes], session(id, { LEASEHOLD_HOLDER: holder }));

const whoami = (repo: Repo, call: Call = {}, ...args: string[]) =>
  repo.json(['whoami', ...args], call).body;

test('is who comes first: the flag, the variable, the claim of the session, the worktree, the session, the e-mail', () => {
  const repo = makeGuardedRepo();
  const all = session('s-1', { LEASEHOLD_HOLDER: 'named' });
  const person = whoami(repo);
  const bare = whoami(repo, session('s-1'));
  repo.leasehold(['claim', 'docs/', '--bind', '--as', 'gem']);
  const dedicated = whoami(repo, session('s-1'));
  claimAs(repo, 'codex', 's-1', 'src/');

  const bound = whoami(repo, session('s-1'));
  const named = whoami(repo, all);
  const flagged = whoami(repo, all, '--as', 'flagged');

  expect(person).toMatchObject({ holder: 'ben@example.com', source: 'email', named: false });
  expect(bare).toMatchObject({ holder: 's-1', source: 'session', named: true });
  expect(dedicated).toMatchObject({ holder: 'gem', source: 'worktree', named: true });
  expect(bound).toMatchObject({ holder: 'codex', source: 'session-grant', named: true });
  expect(named).toMatchObject({ holder: 'named', source: 'environment', named: true });
  expect(flagged).toMatchObject({ holder: 'flagged', source: 'flag', named: true });
  expect(bound.grants).toHaveLength(1);
});

test('knows the sessions of each agent that says so', () => {
  const repo = makeGuardedRepo();

  const claude = whoami(repo, session('s-1'));
  const codex = whoami(repo, { env: { CODEX_THREAD_ID: 't-1' } });
  const empty = whoami(repo, session('', { LEASEHOLD_HOLDER: '' }));

  expect(claude).toMatchObject({ holder: 's-1', session: 's-1' });
  expect(codex).toMatchObject({ holder: 't-1', session: 't-1' });
  expect(empty).toMatchObject({ holder: 'ben@example.com', source: 'email', session: null });
});

test('is the committer by e-mail, never the author', () => {
  const repo = makeGuardedRepo();
  const env = { GIT_AUTHOR_EMAIL: 'ann@example.com', GIT_COMMITTER_EMAIL: 'cat@example.com' };

  expect(whoami(repo, { env }).holder).toBe('cat@example.com');
});

test('says who you are, why, and what a shared session means', () => {
  const repo = makeGuardedRepo();
  claimAs(repo, 'codex', 's-1', 'src/');

  const { stdout } = repo.leasehold(['whoami'], session('s-1'));

  expect(stdout).toContain('codex (the holder that this session has claimed as)\n');
  expect(stdout).toContain('  LEASEHOLD_HOLDER        -\n> claims of this session  codex\n');
  expect(stdout).toContain("  agent session           s-1\n  git's e-mail            ben@");
  expect(stdout).toContain('committing as ben@example.com\n');
  expect(stdout).toMatch(
    /agent session s-1 .*whoever shares it is one holder, unless LEASEHOLD_HOLDER/,
  );
  expect(stdout).toContain('holds 1 grant\n');
});

test('reaches the hook with the session: an agent commits what it claimed, with no set-up', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], session('s-1'));

  const own = commitFile(repo, 'src/a.ts', session('s-1'));
  const outside = commitFile(repo, 'README.md', session('s-1'));

  expect(own).toMatchObject({ code: 0, stderr: '' });
  expect(outside.code).toBe(1);
  expect(outside.stderr).toContain('You are s-1 (');
});

test('does not let two sessions in one checkout pass as each other, nor as the person', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'a/'], session('s-1'));
  claimAs(repo, 'codex', 's-2', 'b/');
  repo.leasehold(['claim', 'c/']);

  const refused = [
    commitFile(repo, 'a/x.ts', session('s-2')),
    commitFile(repo, 'b/x.ts', session('s-1')),
    commitFile(repo, 'a/x.ts', {}),
    commitFile(repo, 'c/x.ts', session('s-1')),
    commitFile(repo, 'a/x.ts', { env: { CODEX_THREAD_ID: 's-3' } }),
  ];
  const released = repo.leasehold(['release', 'a/'], session('s-2'));

  for (const commit of refused) {
    expect(commit.code).toBe(1);
    expect(commit.stderr).toContain('[lock/held]');
  }
  expect(released.code).toBe(1);
});

test('lets a session that claimed as codex commit and release as codex', () => {
  const repo = makeGuardedRepo();
  claimAs(repo, 'codex', 's-1', 'src/');

  const commit = commitFile(repo, 'src/a.ts', session('s-1'));
  const released = repo.leasehold(['release', '--all'], session('s-1'));

  expect(commit).toMatchObject({ code: 0, stderr: '' });
  expect(released.stdout).toContain('src/');
  expect(whoami(repo, session('s-1'))).toMatchObject({ holder: 's-1', source: 'session' });
});

test('binds a session to nobody where it claimed as several', () => {
  const repo = makeGuardedRepo();
  claimAs(repo, 'codex', 's-1', 'a/');
  claimAs(repo, 'claude', 's-1', 'b/');

  const commit = commitFile(repo, 'a/x.ts', session('s-1'));
  const named = commitFile(repo, 'a/x.ts', session('s-1', { LEASEHOLD_HOLDER: 'codex' }));

  expect(whoami(repo, session('s-1'))).toMatchObject({ holder: 's-1', source: 'session' });
  expect(commit.code).toBe(1);
  expect(named).toMatchObject({ code: 0, stderr: '' });
});

test('binds nothing by --as, and says how to go on under that name', () => {
  const repo = makeGuardedRepo();
  const claim = repo.leasehold(['claim', 'src/', '--as', 'codex 7'], session('s-1'));

  const commit = commitFile(repo, 'src/a.ts', session('s-1'));
  const again = repo.leasehold(['renew', '--all', '--as', 'codex 7'], session('s-1'));

  expect(claim.code).toBe(0);
  expect(claim.stderr).toContain("you go on as s-1 (this agent's session)");
  expect(claim.stderr).toContain("export LEASEHOLD_HOLDER='codex 7'");
  expect(whoami(repo, session('s-1'))).toMatchObject({ holder: 's-1', source: 'session' });
  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('[lock/held]');
  expect(again.code).toBe(0);
});

test('says nothing of going on to whoever is that holder anyway', () => {
  const repo = makeGuardedRepo();
  const claim = repo.leasehold(['claim', 'src/', '--as', 'codex'], { holder: 'codex' });

  expect(claim).toMatchObject({ code: 0, stderr: '' });
});

test('forgets what a session has claimed as with the last of its grants', () => {
  const repo = makeGuardedRepo();
  claimAs(repo, 'codex', 's-1', 'a/');
  claimAs(repo, 'codex', 's-1', 'b/');

  const holders = ['a/', 'b/'].map((scope) => {
    repo.leasehold(['release', scope], session('s-1'));
    return whoami(repo, session('s-1')).holder;
  });

  expect(holders).toEqual(['codex', 's-1']);
});

test('takes an agent that another agent has started for neither of the two', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], session('s-1'));
  const inner = session('s-1', { CODEX_THREAD_ID: 't-1' });

  const commit = commitFile(repo, 'src/a.ts', inner);
  repo.leasehold(['claim', 'b/'], inner);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('s-1 holds it');
  expect(commitFile(repo, 'b/x.ts', inner)).toMatchObject({ code: 0, stderr: '' });
  expect(commitFile(repo, 'b/y.ts', session('s-1')).stderr).toContain('s-1+t-1 holds it');
});

test('tells a holder of nearly the same name, at each command that could mean the other', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], { holder: 'me' });
  const call = { holder: 'Me' };

  const commit = commitFile(repo, 'src/a.ts', call);
  const claim = repo.leasehold(['claim', 'src/'], call);
  const text = repo.leasehold(['whoami'], call);
  const byScope = repo.leasehold(['release', 'src/'], call);
  const all = repo.leasehold(['release', '--all'], call);
  const { grants } = repo.json(['status']).body;
  const byId = repo.leasehold(['release', '--grant', grants[0].id], call);

  for (const ended of [commit, claim, byScope, all, byId]) {
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('holders compare exactly');
  }
  expect(text.stdout).toContain('you are Me, not me: holders compare exactly');
  expect(whoami(repo, call).near_misses).toEqual(['me']);
  expect(grants).toHaveLength(1);
});

test('releases again what is gone, whoever has nearly the same name', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'a/'], { holder: 'me' });
  repo.leasehold(['claim', 'b/'], { holder: 'Me' });

  const codes = [1, 2].map(() => repo.leasehold(['release', '--all'], { holder: 'Me' }).code);

  expect(codes).toEqual([0, 0]);
});

test('tells sub-agents of one session apart where they are named', () => {
  const repo = makeGuardedRepo();
  const first = session('s-1', { LEASEHOLD_HOLDER: 'codex/task-1' });
  const second = session('s-1', { LEASEHOLD_HOLDER: 'codex/task-2' });
  repo.leasehold(['claim', 'src/'], first);

  expect(commitFile(repo, 'src/a.ts', first)).toMatchObject({ code: 0, stderr: '' });
  expect(commitFile(repo, 'src/a.ts', second).stderr).toContain('codex/task-1 holds it');
});

/** A repository where nothing says who works, but git may commit. */
const makeAnonymousRepo = (): { repo: Repo; nobody: Call } => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  repo.git('config', 'user.email', '');
  repo.leasehold(['claim', 'src/'], { holder: 'codex' });
  return { repo, nobody: {} };
};

test('blocks who has no identity only where a changed path is held', () => {
  const { repo, nobody } = makeAnonymousRepo();

  const free = commitFile(repo, 'README.md', nobody);
  const held = commitFile(repo, 'src/a.ts', nobody);
  const claim = repo.leasehold(['claim', 'x'], nobody);

  expect(free.code).toBe(0);
  expect(held.code).toBe(1);
  expect(held.stderr).toContain('You are unknown');
  expect(claim.code).toBe(2);
});

test('refuses a holder’s name that could not be told apart on a screen', () => {
  const repo = makeRepo();
  const names = ['', ' codex', 'codex ', 'co\ndex', 'co\u001bdex', 'x'.repeat(201)];

  const claims = names.map((name) => repo.leasehold(['claim', 'x', '--as', name]));

  for (const claim of claims) {
    expect(claim.code).toBe(2);
    expect(claim.stderr).toContain("cannot be a holder's name");
  }
});

test('takes any other name for a holder’s, and never for a path', () => {
  const repo = makeGuardedRepo();
  const names = ['../../escape', 'a/b', 'Ünï', '.', 'a.b', '$(x)', '%2e'];

  const claims = names.map((name, index) => repo.leasehold(['claim', `p${index}`, '--as', name]));

  expect(claims.map(({ code }) => code)).toEqual(names.map(() => 0));
  const { body } = repo.json(['status']);
  expect(body.grants.map(({ agent }: { agent: string }) => agent).sort()).toEqual(names.sort());
  expect(repo.git('status', '--porcelain')).toBe('');
});
