import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Call, type Ended, makeGuardedRepo, makeRepo, type Repo } from '../make-repo.ts';
import { nextOf, pasteNext } from '../shell.ts';

const CODEX = { holder: 'codex' };
const OWNERS = 'CODEOWNERS';
const CONFIG = 'leasehold.config.json';

const IDENTITIES = {
  codex: ['@ralph/owner:codex'],
  'ben@example.com': ['@ben'],
};

const OWNERS_TEXT = [
  '* @ralph/owner:codex',
  'docs/ @ben',
  'shared/ @Ben @ralph/owner:CODEX',
  'free/',
  'others/ @ann',
  '/CODEOWNERS @ben',
  '/leasehold.config.json @ben',
  '',
].join('\n');

const makeOwnedRepo = (config: object = {}): Repo =>
  makeGuardedRepo({ [OWNERS]: OWNERS_TEXT }, { owners: { identities: IDENTITIES }, ...config });

const commitFile = (repo: Repo, path: string, call: Call = {}, text = 'changed\n'): Ended => {
  repo.write(path, text);
  repo.git('add', '--', path);
  return repo.tryGit(['commit', '-m', 'mine'], call);
};

test('refuses a named holder what belongs to others, and says to whom, by which line', () => {
  const repo = makeOwnedRepo();

  const commit = commitFile(repo, 'others/a.ts', CODEX);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('error it belongs to @ann (CODEOWNERS:5) [owners/not-owner]');
});

test('warns a person who is not the owner, and lets the commit through', () => {
  const repo = makeOwnedRepo();

  const commit = commitFile(repo, 'others/a.ts');

  expect(commit.code).toBe(0);
  expect(commit.stderr).toContain('warning it belongs to @ann (CODEOWNERS:5) [owners/not-owner]');
});

test('says nothing to owners, in whatever case, nor about what nobody owns', () => {
  const repo = makeOwnedRepo();

  const commits = [
    commitFile(repo, 'a.ts', CODEX),
    commitFile(repo, 'docs/a.md'),
    commitFile(repo, 'shared/a.ts', CODEX),
    commitFile(repo, 'shared/b.ts'),
    commitFile(repo, 'free/a.ts', CODEX),
  ];

  for (const commit of commits) expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test('tells somebody whom the config does not know once a commit, and lets it through', () => {
  const repo = makeOwnedRepo();
  repo.write('a.ts', 'one\n');
  repo.write('docs/a.md', 'one\n');
  repo.write('others/a.ts', 'one\n');
  repo.git('add', '--all');

  const commit = repo.tryGit(['commit', '-m', 'mine'], { holder: 'stranger' });

  expect(commit.code).toBe(0);
  expect(commit.stderr.match(/owners\/unknown-actor/g)).toHaveLength(1);
  expect(commit.stderr).toContain('and 2 more paths');
});

test('takes a claim of one’s own for leave to change what belongs to others', () => {
  const repo = makeOwnedRepo();

  const refused = commitFile(repo, 'others/a.ts', CODEX);
  const pasted = pasteNext(repo, refused.stderr, CODEX);
  const allowed = repo.tryGit(['commit', '-m', 'mine'], CODEX);

  expect(nextOf(refused.stderr)).toBe('leasehold claim -- others/a.ts');
  expect(pasted.code).toBe(0);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});

test('wants an owner’s claim where the path requires a lock and owners.claim says owners', () => {
  const repo = makeOwnedRepo({
    guard: { requireLock: ['others/'] },
    owners: { identities: { ...IDENTITIES, ann: ['@ann'] }, claim: 'owners' },
  });
  repo.leasehold(['claim', 'others/a.ts', 'docs/'], CODEX);

  const required = commitFile(repo, 'others/a.ts', CODEX);
  repo.git('reset', '--quiet', '--hard');
  const notRequired = commitFile(repo, 'docs/a.md', CODEX);
  repo.leasehold(['release', '--all'], CODEX);
  repo.leasehold(['claim', 'others/'], { holder: 'ann' });
  const byOwner = commitFile(repo, 'others/a.ts', { holder: 'ann' });

  expect(required.code).toBe(1);
  expect(required.stderr).toContain('[owners/not-owner]');
  expect(notRequired).toMatchObject({ code: 0, stderr: '' });
  expect(byOwner).toMatchObject({ code: 0, stderr: '' });
});

test('does not send who may not claim to claim', () => {
  const repo = makeOwnedRepo({
    guard: { requireLock: ['others/'] },
    owners: { identities: IDENTITIES, claim: 'owners' },
  });
  repo.leasehold(['claim', 'others/'], CODEX);

  const refused = commitFile(repo, 'others/a.ts', CODEX);

  expect(refused.code).toBe(1);
  expect(nextOf(refused.stderr)).not.toContain('leasehold claim');
});

test('judges by the owners and the config of HEAD, not by those that are staged', () => {
  const repo = makeOwnedRepo();
  repo.write(OWNERS, '* @ralph/owner:codex\n');
  repo.write(CONFIG, JSON.stringify({ guard: { mode: 'off' } }));
  repo.write('others/a.ts', 'changed\n');
  repo.git('add', '--all');

  const { code, body } = repo.json(['check'], CODEX);
  const commit = repo.tryGit(['commit', '-m', 'mine'], CODEX);

  expect([code, commit.code]).toEqual([1, 1]);
  expect(body.findings).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ rule: 'owners/not-owner', path: 'others/a.ts', owners: ['@ann'] }),
    ]),
  );
});

test('does not need the working tree for its policy', () => {
  const repo = makeOwnedRepo();
  for (const path of [OWNERS, CONFIG]) rmSync(repo.path(path));

  const commit = commitFile(repo, 'others/a.ts', CODEX);

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('[owners/not-owner]');
});

test.each([OWNERS, CONFIG])('refuses a change of %s by a holder that does not own it', (path) => {
  const repo = makeOwnedRepo();
  const text = path === OWNERS ? '* @ralph/owner:codex\n' : '{}';

  const refused = commitFile(repo, path, CODEX, text);
  const owner = commitFile(repo, path, {}, text);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    'it guards this repository and belongs to @ben [guard/self-change]',
  );
  expect(owner).toMatchObject({ code: 0, stderr: '' });
});

test('refuses to claim one’s way past the owner of what guards the repository', () => {
  const repo = makeOwnedRepo();
  repo.leasehold(['claim', OWNERS], CODEX);

  const commit = commitFile(repo, OWNERS, CODEX, '* @ralph/owner:codex\n');

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('[guard/self-change]');
});

test('refuses to remove and to move CODEOWNERS without owning it', () => {
  const repo = makeOwnedRepo();
  const check = (...args: string[]) => {
    repo.git(...args);
    const { code, body } = repo.json(['check'], CODEX);
    repo.git('reset', '--quiet', '--hard');
    return [code, body.findings.some(({ rule }: { rule: string }) => rule === 'guard/self-change')];
  };

  expect(check('rm', '--quiet', OWNERS)).toEqual([1, true]);
  expect(check('mv', OWNERS, 'owners.txt')).toEqual([1, true]);
});

test('refuses to put another CODEOWNERS before the one that it does not own', () => {
  const repo = makeOwnedRepo();

  const commit = commitFile(repo, '.github/CODEOWNERS', CODEX, '* @ralph/owner:codex\n');

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('[guard/self-change]');
});

test('refuses a person too to change a committed hook that belongs to another', () => {
  const repo = makeOwnedRepo();

  const commit = commitFile(repo, '.husky/pre-commit', {}, 'exit 0\n');

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('[guard/self-change]');
});

test('says nothing about what guards the repository where it is added and nobody owns it', () => {
  const repo = makeGuardedRepo();

  const commits = [
    commitFile(repo, OWNERS, CODEX, 'src/ @ann\n'),
    commitFile(repo, '.husky/pre-push', CODEX),
  ];

  for (const commit of commits) expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test('lets anybody add the first config, for guarding begins with it', () => {
  const repo = makeRepo();
  repo.commitQuietly({ [OWNERS]: '* @ann\n' });
  repo.leasehold(['init']);
  repo.leasehold(['claim', 'src/'], { holder: 'claude' });
  repo.git('add', CONFIG);

  const commit = repo.tryGit(['commit', '-m', 'guard this repository'], CODEX);

  expect(commit.code).toBe(0);
  expect(commit.stderr).not.toContain('guard/self-change');
});

test('warns about a line of CODEOWNERS that its host would skip, as the change leaves it', () => {
  const repo = makeOwnedRepo();

  const commit = commitFile(repo, OWNERS, {}, `${OWNERS_TEXT}!negated @ben\n`);

  expect(commit.code).toBe(0);
  expect(commit.stderr).toMatch(/CODEOWNERS:8\n {4}warning .*\[owners\/invalid\]/);
});

test('takes the severity of a rule from the config', () => {
  const repo = makeOwnedRepo({
    guard: { rules: { 'owners/not-owner': 'error', 'lock/held': 'warn' } },
  });
  repo.leasehold(['claim', 'docs/'], CODEX);

  const owners = commitFile(repo, 'others/a.ts');
  repo.git('reset', '--quiet', '--hard');
  const held = commitFile(repo, 'docs/a.md');

  expect(owners.code).toBe(1);
  expect(held.code).toBe(0);
  expect(held.stderr).toContain('warning codex holds it');
});
