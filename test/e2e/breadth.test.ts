import { expect, test } from 'vitest';
import { type Ended, makeGuardedRepo, makeRepo, type Repo } from '../make-repo.ts';
import { nextOf } from '../shell.ts';

const CODEX = { holder: 'codex' };
const CONFIG = 'leasehold.config.json';

/** So many files, none of which lies in another. */
const files = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, at) => `src/${from + at}.ts`);

const claim = (repo: Repo, ...args: string[]): Ended => repo.leasehold(['claim', ...args], CODEX);

/** How many scopes of files each grant has. */
const countHeld = (repo: Repo): number[] =>
  repo.json(['status']).body.grants.map((grant: { files: string[] }) => grant.files.length);

const expectTooMany = (ended: Ended, count: number, most: number): void => {
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain(
    `${count} scopes are more than locks.maxScopes allows in one grant (${most})`,
  );
  expect(nextOf(ended.stderr)).toContain('leasehold claim --broad');
};

test('grants two hundred scopes at once, and more only where they are meant', () => {
  const repo = makeGuardedRepo();

  const tooMany = claim(repo, ...files(201));
  const most = claim(repo, ...files(200));
  const meant = claim(repo, '--broad', ...files(201, 1000));

  expectTooMany(tooMany, 201, 200);
  expect([most.code, meant.code]).toEqual([0, 0]);
  expect(countHeld(repo).sort()).toEqual([200, 201]);
});

test('goes by locks.maxScopes', () => {
  const repo = makeGuardedRepo({}, { locks: { maxScopes: 3 } });

  const tooMany = claim(repo, ...files(4));
  const most = claim(repo, ...files(3));

  expectTooMany(tooMany, 4, 3);
  expect(most.code).toBe(0);
});

test('counts the scopes of all modes together', () => {
  const repo = makeGuardedRepo({}, { locks: { maxScopes: 3 } });
  const modes = ['--read', 'api.ts', '--doc', 'docs/'];

  const tooMany = claim(repo, ...files(2), ...modes);
  const most = claim(repo, ...files(1), ...modes);

  expectTooMany(tooMany, 4, 3);
  expect(most.code).toBe(0);
});

test('counts each grant of a holder by itself', () => {
  const repo = makeGuardedRepo({}, { locks: { maxScopes: 3 } });

  const codes = [claim(repo, ...files(3)), claim(repo, ...files(3, 10))].map(({ code }) => code);

  expect(codes).toEqual([0, 0]);
});

test('extends a grant past the limit only where that is meant', () => {
  const repo = makeGuardedRepo({}, { locks: { maxScopes: 3 } });
  claim(repo, ...files(2));

  const tooMany = repo.leasehold(['extend', ...files(2, 10)], CODEX);
  const held = countHeld(repo);
  const most = repo.leasehold(['extend', ...files(1, 10)], CODEX);
  const meant = repo.leasehold(['extend', '--broad', ...files(1, 20)], CODEX);

  expectTooMany(tooMany, 4, 3);
  expect(held).toEqual([2]);
  expect([most.code, meant.code]).toEqual([0, 0]);
  expect(countHeld(repo)).toEqual([4]);
});

test('renews and gives back a grant of more scopes than that without asking again', () => {
  const repo = makeGuardedRepo({}, { locks: { maxScopes: 3 } });
  claim(repo, '--broad', ...files(5));

  const renewed = repo.leasehold(['renew', '--all'], CODEX);
  const part = repo.leasehold(['release', ...files(1)], CODEX);
  const rest = repo.leasehold(['release', '--all'], CODEX);

  expect([renewed.code, part.code, rest.code]).toEqual([0, 0, 0]);
});

test('holds while a command runs only what is modest, or meant', () => {
  const repo = makeGuardedRepo({}, { locks: { maxScopes: 3 } });

  const tooMany = repo.leasehold(['run', ...files(4), '--', 'true'], CODEX);
  const everything = repo.leasehold(['run', '.', '--', 'true'], CODEX);
  const meant = repo.leasehold(['run', '--broad', '.', '--', 'true'], CODEX);

  expect([tooMany.code, everything.code, meant.code]).toEqual([125, 125, 0]);
  expect(tooMany.stderr).toContain('locks.maxScopes');
  expect(everything.stderr).toContain('covers the whole repository');
});

test('does not let a higher limit in the working tree count before it is committed', () => {
  const repo = makeGuardedRepo({}, { locks: { maxScopes: 3 } });
  repo.write(CONFIG, '{"locks":{"maxScopes":10}}');

  const refused = claim(repo, ...files(4));
  repo.git('commit', '--quiet', '--no-verify', '--all', '--message', 'more');
  const granted = claim(repo, ...files(4));

  expectTooMany(refused, 4, 3);
  expect(granted.code).toBe(0);
});

test.each([0, -1, 1.5, '200', null])('takes %j for no limit, and says what one is', (maxScopes) => {
  const repo = makeRepo();
  repo.commitQuietly({ [CONFIG]: JSON.stringify({ locks: { maxScopes } }) });

  const refused = claim(repo, 'src/');

  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('locks.maxScopes: expected a whole number, at least 1');
});

test('answers a machine with an error that says why', () => {
  const repo = makeGuardedRepo({}, { locks: { maxScopes: 3 } });

  const { code, body } = repo.json(['claim', ...files(4)], CODEX);

  expect(code).toBe(2);
  expect(body).toEqual({
    version: 1,
    error: {
      code: 'scope-refused',
      message: expect.stringContaining('locks.maxScopes'),
      remedy: expect.stringContaining('--broad'),
    },
  });
});

test.each(['.', 'src/..', '*/**', '--read=.', '--doc=.'])(
  'claims the whole repository only where that is meant: %s',
  (scope) => {
    const repo = makeGuardedRepo();

    const refused = claim(repo, 'lib/', scope);
    const meant = claim(repo, '--broad', 'lib/', scope);

    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('covers the whole repository');
    expect(meant.code).toBe(0);
  },
);

test('extends a grant to the whole repository only where that is meant', () => {
  const repo = makeGuardedRepo();
  claim(repo, 'src/');

  const refused = repo.leasehold(['extend', '.'], CODEX);
  const meant = repo.leasehold(['extend', '--broad', '.'], CODEX);

  expect([refused.code, meant.code]).toEqual([2, 0]);
  expect(refused.stderr).toContain('covers the whole repository');
});

test('takes a dot for the directory that its holder stands in', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });

  const inside = repo.leasehold(['claim', '.'], { ...CODEX, cwd: repo.path('src') });
  const above = repo.leasehold(['claim', '..'], { ...CODEX, cwd: repo.path('src') });

  expect([inside.code, above.code]).toEqual([0, 2]);
  expect(repo.json(['status', 'lib/']).body.grants).toEqual([]);
});

test('asks for it where nothing is granted yet, and never of who looks or gives back', () => {
  const repo = makeGuardedRepo({}, { locks: { maxScopes: 3 } });
  claim(repo, 'src/');
  const codesOf = (...verb: string[]) =>
    [['.'], files(4)].map((scopes) => repo.leasehold([...verb, ...scopes], CODEX).code);

  // What a claim would meet is asked as the claim would be.
  expect(codesOf('conflicts')).toEqual([2, 2]);
  expect(codesOf('conflicts', '--broad')).toEqual([0, 0]);
  for (const verb of ['status', 'log', 'release']) expect(codesOf(verb)).toEqual([0, 0]);
});
