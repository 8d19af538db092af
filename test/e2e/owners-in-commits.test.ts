import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type Call,
  copiesOf,
  type Ended,
  makeGuardedRepo,
  makeRepo,
  type Repo,
} from '../make-repo.ts';
import { commitTwice, nextOf, pasteNext } from '../shell.ts';

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

const makeOwnedRepo = copiesOf(
  (config: object = {}): Repo =>
    makeGuardedRepo({ [OWNERS]: OWNERS_TEXT }, { owners: { identities: IDENTITIES }, ...config }),
);

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

const GITLAB = '.gitlab/CODEOWNERS';

const GITLAB_TEXT = [
  '* @ann',
  '[Docs][2] @docs',
  // Before the line that it counts over, as exclusions do wherever they stand.
  '!docs/free.md',
  'docs/',
  '[Code] @ralph/owner:codex',
  'src/',
  'docs/src/',
  '[Own]',
  '!*.txt',
  '.gitlab/ @ben',
  '',
].join('\n');

/** The first section gives all to ann, who is therefore asked about everything. */
const makeGitlabRepo = (text = GITLAB_TEXT, identities: object = IDENTITIES): Repo =>
  makeGuardedRepo({ [GITLAB]: text }, { owners: { identities } });

/** Stages one file and commits it twice: the command's verdict and the guard's must be the same. */
const refuseFile = (repo: Repo, path: string, call: Call = CODEX): Ended => {
  repo.write(path, 'changed\n');
  repo.git('add', '--', path);
  const refused = commitTwice(repo, ['-m', 'mine'], call);
  repo.git('reset', '--quiet', '--hard');
  return refused;
};

test('asks the owners of every section of a GitLab file, any of whom may', () => {
  const repo = makeGitlabRepo();

  const refused = refuseFile(repo, 'docs/a.md');
  const inOwnSection = commitFile(repo, 'docs/src/a.md', CODEX);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    'error it belongs to @ann @docs (.gitlab/CODEOWNERS:1) [owners/not-owner]',
  );
  expect(inOwnSection).toMatchObject({ code: 0, stderr: '' });
});

test('does not ask a section about what it excludes', () => {
  const repo = makeGitlabRepo(GITLAB_TEXT.replace('* @ann', '*.md @ann'));

  const excluded = refuseFile(repo, 'docs/free.md');
  const unowned = commitFile(repo, 'a.txt', CODEX);

  expect(excluded.stderr).toContain('it belongs to @ann (.gitlab/CODEOWNERS:1)');
  expect(unowned).toMatchObject({ code: 0, stderr: '' });
});

test('reads a file at the top by GitLab’s rules where HEAD’s config says so', () => {
  const text = '[Code] @ralph/owner:codex\nsrc/\n[Docs] @docs\ndocs/\n';
  const owners = { identities: IDENTITIES, dialect: 'gitlab' };
  const repo = makeGuardedRepo({ [OWNERS]: text }, { owners });

  const refused = refuseFile(repo, 'docs/a.md');
  const own = commitFile(repo, 'src/a.ts', CODEX);

  expect(refused.stderr).toContain('it belongs to @docs (CODEOWNERS:4) [owners/not-owner]');
  expect(own).toMatchObject({ code: 0, stderr: '' });
});

const GLOB_TEXT = 'src/ @bots\nothers/ @ann\n';

test('maps every holder that a glob matches, and no other', () => {
  const identities = { 'codex/*': ['@bots'], 'agent-?': ['@bots'], codex: ['@nobody'] };
  const repo = makeGuardedRepo({ [OWNERS]: GLOB_TEXT }, { owners: { identities } });
  const of = (holder: string) => refuseOrPass(repo, 'src/a.ts', holder);

  expect(['codex/1', 'codex/x-y', 'agent-1'].map(of)).toEqual(Array(3).fill([0, undefined]));
  expect(of('codex')).toEqual([1, 'owners/not-owner']);
  // Whom no key matches is nobody that the config knows: holders compare with their case.
  expect(['Codex/1', 'codex2/1', 'agent-12', 'xagent-1'].map(of)).toEqual(
    Array(4).fill([0, 'owners/unknown-actor']),
  );
});

/** The exit code of a check by this holder, and the first rule that it found broken. */
const refuseOrPass = (repo: Repo, path: string, holder: string): [number, string | undefined] => {
  repo.write(path, 'changed\n');
  repo.git('add', '--', path);
  const { code, body } = repo.json(['check'], { holder });
  repo.git('reset', '--quiet', '--hard');
  return [code, body.findings[0]?.rule];
};

test('refuses a holder that a glob maps what belongs to others', () => {
  const identities = { 'codex/*': ['@bots'] };
  const repo = makeGuardedRepo({ [OWNERS]: GLOB_TEXT }, { owners: { identities } });

  const refused = refuseFile(repo, 'others/a.ts', { holder: 'codex/1' });
  const own = commitFile(repo, 'src/a.ts', { holder: 'codex/1' });

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('it belongs to @ann (CODEOWNERS:2) [owners/not-owner]');
  expect(own).toMatchObject({ code: 0, stderr: '' });
});

test('refuses a config whose glob over holders is none', () => {
  const repo = makeGuardedRepo({ [OWNERS]: GLOB_TEXT });

  const commit = commitFile(
    repo,
    CONFIG,
    {},
    JSON.stringify({ owners: { identities: { '../*': ['@bots'] } } }),
  );

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('owners.identities.../*');
});

const TEAM_TEXT = 'core/ @org/core\nall/ @org/all\nothers/ @org/others\n';

test('takes a team’s member by e-mail, by login, and by the team that theirs is in', () => {
  const identities = {
    '@org/core': ['Ben@Example.com', '@ann'],
    '@org/all': ['@org/core', '@org/others'],
    // In a circle, as teams of teams may be.
    '@org/others': ['@org/all', '@carl'],
    codex: ['@Ann'],
  };
  const repo = makeGuardedRepo({ [OWNERS]: TEAM_TEXT }, { owners: { identities } });

  const commits = [
    commitFile(repo, 'core/a.ts'),
    commitFile(repo, 'all/a.ts'),
    commitFile(repo, 'core/b.ts', CODEX),
    commitFile(repo, 'others/b.ts', CODEX),
  ];

  for (const commit of commits) expect(commit).toMatchObject({ code: 0, stderr: '' });
});

test('takes the holders that a glob matches for members of a team', () => {
  const identities = { '@org/core': ['codex/*'], '@org/others': ['@ann'] };
  const repo = makeGuardedRepo({ [OWNERS]: TEAM_TEXT }, { owners: { identities } });

  const member = commitFile(repo, 'core/a.ts', { holder: 'codex/1' });
  const elsewhere = refuseFile(repo, 'others/a.ts', { holder: 'codex/1' });

  expect(member).toMatchObject({ code: 0, stderr: '' });
  expect(elsewhere.stderr).toContain('it belongs to @org/others (CODEOWNERS:3)');
});

test('tells a member of one team what belongs to another', () => {
  const identities = { '@org/core': ['ben@example.com', 'codex'], '@org/others': ['@ann'] };
  const repo = makeGuardedRepo({ [OWNERS]: TEAM_TEXT }, { owners: { identities } });

  const named = refuseFile(repo, 'others/a.ts');
  const person = commitFile(repo, 'others/a.ts');

  expect(named.code).toBe(1);
  expect(named.stderr).toContain('error it belongs to @org/others (CODEOWNERS:3)');
  expect(person.code).toBe(0);
  expect(person.stderr).toContain('warning it belongs to @org/others (CODEOWNERS:3)');
});

const READING_IDENTITIES = {
  codex: ['@ralph/owner:codex'],
  ann: ['@ann'],
  stranger: ['@stranger'],
};

const makeReadingRepo = (text: string): Repo =>
  makeGuardedRepo({ [OWNERS]: text }, { owners: { identities: READING_IDENTITIES } });

test('asks by every reading of a line with one bad owner among good ones', () => {
  const repo = makeReadingRepo('* @ann\nsrc/ @ralph/owner:codex b@d!\n');

  const stranger = refuseFile(repo, 'src/a.ts', { holder: 'stranger' });
  const good = commitFile(repo, 'src/b.ts', CODEX);
  const before = commitFile(repo, 'src/c.ts', { holder: 'ann' });
  const elsewhere = refuseFile(repo, 'docs/a.md', CODEX);

  expect(stranger.code).toBe(1);
  expect(stranger.stderr).toMatch(/it belongs to (?=.*@ralph\/owner:codex)(?=.*@ann).*not-owner/);
  expect([good, before]).toMatchObject(Array(2).fill({ code: 0, stderr: '' }));
  expect(elsewhere.stderr).toContain('it belongs to @ann (CODEOWNERS:1)');
});

test('lets a line whose owners are all bad take nothing from the line before it', () => {
  const repo = makeReadingRepo('* @ann\nsrc/ codex b@d!\n');

  const refused = refuseFile(repo, 'src/a.ts');

  expect(refused.stderr).toContain('it belongs to @ann (CODEOWNERS:1)');
});

test('asks by every reading of a # inside a pattern', () => {
  const repo = makeReadingRepo('* @ann\nsrc/#new/ @ralph/owner:codex\n');

  const stranger = refuseFile(repo, 'src/#new/a.ts', { holder: 'stranger' });
  const whole = commitFile(repo, 'src/#new/b.ts', CODEX);
  const cut = commitFile(repo, 'src/#new/c.ts', { holder: 'ann' });

  expect(stranger.stderr).toMatch(/it belongs to (?=.*@ralph\/owner:codex)(?=.*@ann).*not-owner/);
  expect([whole, cut]).toMatchObject(Array(2).fill({ code: 0, stderr: '' }));
});

test('asks nobody else where the # has a backslash', () => {
  const repo = makeReadingRepo('* @ann\nsrc/\\#new/ @ralph/owner:codex\n');

  const before = refuseFile(repo, 'src/#new/a.ts', { holder: 'ann' });

  expect(before.stderr).toContain('it belongs to @ralph/owner:codex (CODEOWNERS:2)');
});

test('asks by every reading of the line behind a byte order mark', () => {
  const repo = makeReadingRepo('\ufeffsrc/ @ralph/owner:codex\nsrc/deep/ @ann\n');

  const stranger = refuseFile(repo, 'src/a.ts', { holder: 'stranger' });
  const owner = commitFile(repo, 'src/b.ts', CODEX);
  const later = refuseFile(repo, 'src/deep/a.ts');

  expect(stranger.stderr).toContain('it belongs to @ralph/owner:codex (CODEOWNERS:1)');
  expect(owner).toMatchObject({ code: 0, stderr: '' });
  expect(later.stderr).toContain('it belongs to @ann (CODEOWNERS:2)');
});

test('asks by every way in which letters beyond ASCII compare', () => {
  // Written apart in the pattern, composed in the path.
  const repo = makeReadingRepo('* @ann\nsrc/a\u0308/ @ralph/owner:codex\n');

  const stranger = refuseFile(repo, 'src/\u00e4/a.ts', { holder: 'stranger' });
  const composed = commitFile(repo, 'src/\u00e4/b.ts', CODEX);
  const asTyped = commitFile(repo, 'src/\u00e4/c.ts', { holder: 'ann' });

  expect(stranger.stderr).toMatch(/it belongs to (?=.*@ralph\/owner:codex)(?=.*@ann).*not-owner/);
  expect([composed, asTyped]).toMatchObject(Array(2).fill({ code: 0, stderr: '' }));
});

test.each([GITLAB, '.github/CODEOWNERS', 'docs/CODEOWNERS'])(
  'lets anybody add %s first, by which the next commit is judged',
  (path) => {
    const repo = makeGuardedRepo({}, { owners: { identities: IDENTITIES } });

    const first = commitFile(repo, path, CODEX, '* @ann\n');
    const next = refuseFile(repo, 'a.ts');

    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(next.stderr).toContain(`it belongs to @ann (${path}:1) [owners/not-owner]`);
  },
);

test('reads the first GitLab file by GitLab’s rules when it is added', () => {
  const repo = makeGuardedRepo({}, { owners: { identities: IDENTITIES } });

  const valid = commitFile(repo, GITLAB, CODEX, '[Docs] @docs\n!docs/free.md\ndocs/\n');
  repo.git('rm', '--quiet', GITLAB);
  repo.commitQuietly({});
  const invalid = commitFile(repo, GITLAB, CODEX, '[]\ndocs/ sam @docs\n');

  expect(valid).toMatchObject({ code: 0, stderr: '' });
  expect(invalid.code).toBe(0);
  expect(invalid.stderr).toMatch(/\.gitlab\/CODEOWNERS:1\n {4}warning .*\[owners\/invalid\]/);
});

test('refuses a change of .gitlab/CODEOWNERS by a holder that does not own it', () => {
  const repo = makeGitlabRepo();

  const refused = refuseFile(repo, GITLAB);
  const owner = commitFile(repo, GITLAB, {}, '* @ann\n');

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    'it guards this repository and belongs to @ann @ben [guard/self-change]',
  );
  expect(owner).toMatchObject({ code: 0, stderr: '' });
});

test.each(['.github/CODEOWNERS', OWNERS, 'docs/CODEOWNERS'])(
  'refuses to put %s before .gitlab/CODEOWNERS without owning that',
  (path) => {
    const repo = makeGitlabRepo(`/${path} @ralph/owner:codex\n[Own]\n.gitlab/ @ben\n`);

    const refused = refuseFile(repo, path);

    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      'it guards this repository and belongs to @ben [guard/self-change]',
    );
  },
);

test('refuses to change how CODEOWNERS is read without owning the config', () => {
  const repo = makeOwnedRepo();
  const config = { owners: { identities: IDENTITIES, dialect: 'gitlab' } };

  const commit = commitFile(repo, CONFIG, CODEX, JSON.stringify(config));

  expect(commit.code).toBe(1);
  expect(commit.stderr).toContain('[guard/self-change]');
});

test('lets no escape of an owner’s or a pattern’s reach the terminal of who commits', () => {
  const hostile = 'ann\u001b[31m\u0007\u202e@example.com';
  const repo = makeReadingRepo(`* ${hostile}\n${hostile}/ ${hostile}\n`);

  const refused = refuseFile(repo, 'a.ts');
  const invalid = commitFile(repo, OWNERS, {}, `* ${hostile}\nsrc/ \u001b[2Jbad\n`);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('ann\\x1b[31m\\x07');
  expect(invalid.stderr).toContain('[owners/invalid]');
  for (const { stderr } of [refused, invalid])
    expect(stderr).not.toMatch(/[\0-\x09\x0b-\x1f\x7f\u202e]/);
});

test('reads a proposed CODEOWNERS by the rules of the host that looks there, whatever file is in force', () => {
  const repo = makeOwnedRepo();
  repo.git('mv', OWNERS, 'kept');

  const commit = commitFile(repo, '.gitlab/CODEOWNERS', {}, '[Docs] @ben\n*.md\n!README.md\n');

  expect(commit.stderr).not.toContain('owners/invalid');
  expect(commitFile(repo, '.github/CODEOWNERS', {}, '!README.md\n').stderr).toContain(
    'owners/invalid',
  );
});
