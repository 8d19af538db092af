import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copiesOf, makeGuardedRepo, makeRepo, type Repo } from '../make-repo.ts';
import { publish } from '../past.ts';
import { assertSarif } from '../report/sarif-schema.ts';

const CONFIG = {
  guard: { rules: { 'owners/not-owner': 'error' } },
  owners: { identities: { 'ben@example.com': ['@ben'] } },
};

/** A main on a remote with two files of Ann's, and a branch that has changed one of them. */
const makeProject = copiesOf((config: object = CONFIG): Repo => {
  const repo = makeGuardedRepo(
    { CODEOWNERS: '/docs/ @ann\n', 'docs/a.md': 'one\n', 'docs/b.md': 'one\n' },
    config,
  );
  publish(repo);
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'docs/a.md': 'two\n' });
  return repo;
});

const BASE = ['ci', '--base', 'main'];

test('judges a range anywhere, and takes an approval for what was approved', () => {
  const repo = makeProject();
  const first = repo.git('rev-parse', 'HEAD');

  const refused = repo.leasehold(BASE);
  const approved = repo.leasehold([...BASE, '--approved-by', '@ann']);
  repo.commitQuietly({ 'docs/a.md': 'three\n' });
  const late = repo.leasehold([...BASE, '--approved-by', `ann@${first}`]);

  expect(refused.code).toBe(1);
  expect(refused.stdout).toMatch(
    /^leasehold: range refused: 1 error \(1 commit at [0-9a-f]{10}\)\n {2}docs\/a\.md \(in [0-9a-f]{10}\)\n {4}error it belongs to @ann \(CODEOWNERS:1\) \[owners\/not-owner\]\n {4}next: ask @ann to approve this change\n$/,
  );
  expect(approved).toMatchObject({ code: 0, stderr: '' });
  expect(late.code).toBe(1);
  expect(late.stdout).toContain('again: the path has changed since');
});

test('judges a commit by the grant that it names, whoever asks and whatever the environment says', () => {
  const repo = makeProject();
  const codex = { holder: 'codex' };
  repo.leasehold(['claim', 'docs/b.md'], codex);
  repo.write('docs/b.md', 'two\n');
  repo.git('add', '--all');
  expect(repo.tryGit(['commit', '--quiet', '-m', 'b'], codex).code).toBe(0);

  const { body } = repo.json([...BASE, '--check', 'locks'], { holder: 'claude' });

  const found = body.findings.map(({ rule, path }: Record<string, string>) => `${rule} ${path}`);
  // Nothing is said of what was made under a grant, though it belongs to somebody else.
  expect(found).toEqual(['lock/outside-grant docs/a.md', 'owners/not-owner docs/a.md']);
  expect(body).toMatchObject({ verdict: 'block', kind: 'range', commits: 2, not_judged: [] });
});

test('prints SARIF and issues for GitLab for programs, and the same for people beside them', () => {
  const repo = makeProject();

  const sarif = repo.leasehold([...BASE, '--format', 'sarif']);
  const quality = repo.leasehold([...BASE, '--format', 'codequality']);

  expect(assertSarif(JSON.parse(sarif.stdout)).results).toHaveLength(1);
  expect(JSON.parse(quality.stdout)).toMatchObject([
    { check_name: 'owners/not-owner', severity: 'major', location: { path: 'docs/a.md' } },
  ]);
  for (const { code, stderr } of [sarif, quality]) {
    expect(code).toBe(1);
    expect(stderr).toContain('leasehold: range refused: 1 error');
  }
});

test('no name in what it tells people makes a command of a workflow’s log', () => {
  const repo = makeProject();
  repo.commitQuietly({ CODEOWNERS: '* @ann\n' });
  repo.git('branch', '--force', 'main');
  const mark = 'a ##[set-output name=verdict]pass';
  repo.commitQuietly({ '::add-mask::a': '', [mark]: '' });

  const env = { GITHUB_ACTIONS: 'true' };
  const beside = repo.leasehold([...BASE, '--format', 'json'], { env });
  const text = repo.leasehold([...BASE, '--format', 'text'], { env });
  repo.commitQuietly({ 'leasehold.config.json': '{"::stop-commands::b": 1, "  ::notice::b": 2}' });
  const broken = repo.leasehold([...BASE, '--format', 'text'], { env });
  const check = repo.leasehold(['check', '--range', 'main..HEAD'], { env });

  expect(text.stdout).toContain("  '::add-mask::a' (in ");
  expect(beside.stderr).toContain('::error file=%3A%3Aadd-mask%3A%3Aa,');
  expect(`${beside.stderr}${text.stdout}`).not.toMatch(/^\s*::add-mask/m);
  expect(JSON.parse(beside.stdout).findings).toContainEqual(
    expect.objectContaining({ path: mark }),
  );
  expect(text.stdout).toContain("$'a ##\\133set-output name=verdict]pass'");
  for (const { stdout, stderr } of [beside, text, broken, check]) {
    expect(stdout + stderr).not.toMatch(/^(?!::).*##\[/m);
  }
  expect(broken.stdout).toContain('unknown key');
  const said = [broken, check].map(({ stdout, stderr }) => stdout + stderr).join('');
  expect(said).not.toMatch(/^\s*::(?:stop|notice)/m);
});

test.each([
  ['warn', 'guard.mode is warn: what would be refused is let through', 1],
  ['off', 'guard.mode is off: nothing is enforced', 0],
])('says that guard.mode is %s, and refuses nothing', (mode, said, findings) => {
  const repo = makeProject({ ...CONFIG, guard: { ...CONFIG.guard, mode } });
  const { code, stdout } = repo.leasehold(BASE);
  expect(code).toBe(0);
  expect(stdout).toContain(said);
  expect(repo.json(BASE).body.findings).toHaveLength(findings);
});

/** What GitLab's runner sets for a merge request of `topic`. */
const gitlabEnv = (repo: Repo, fields: Record<string, string> = {}) => ({
  CI: 'true',
  GITLAB_CI: 'true',
  CI_COMMIT_SHA: repo.git('rev-parse', 'topic'),
  CI_MERGE_REQUEST_IID: '7',
  CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
  CI_MERGE_REQUEST_DIFF_BASE_SHA: repo.git('rev-parse', 'main'),
  ...fields,
});

test('finds a merge request of GitLab by itself, and fetches what the clone lacks', () => {
  const repo = makeProject();
  repo.git('push', '--quiet', '--no-verify', 'origin', 'topic');
  const cwd = join(repo.root, 'ci');
  const url = `file://${join(repo.root, 'origin.git')}`;
  repo.git('clone', '--quiet', '--depth=1', '--branch', 'topic', url, cwd);

  const { code, stdout } = repo.leasehold(['ci'], { cwd, env: gitlabEnv(repo) });

  expect(code).toBe(1);
  expect(stdout).toMatch(/^leasehold: pull request refused: 1 error \(1 commit into main at /);
  expect(stdout).toContain('not judged: reviews: nothing here reads them');
  expect(stdout).toContain('not judged: lock/*');
});

test('judges by the newest rules that the host has named, and cannot decide by what may be older', () => {
  const repo = makeProject({ ...CONFIG, guard: { mode: 'off' } });
  const old = repo.git('rev-parse', 'main');
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'leasehold.config.json': JSON.stringify(CONFIG) });
  const named = repo.git('rev-parse', 'main');
  const event = join(repo.root, 'event.json');
  const head = { sha: repo.git('rev-parse', 'topic'), ref: 'topic' };
  const judge = (payload: object, name = 'pull_request', words: string[] = []) => {
    writeFileSync(event, JSON.stringify(payload));
    const env = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: event };
    return repo.leasehold(['ci', '--check', 'locks', ...words], { env });
  };
  const pull = (sha: string) => ({ pull_request: { number: 7, head, base: { ref: 'main', sha } } });
  const push = { ref: 'refs/heads/topic', before: old, after: head.sha };
  const repository = { default_branch: 'main' };

  repo.git('remote', 'set-url', 'origin', `file://${join(repo.root, 'gone.git')}`);
  // The clone's tracking branch is as old as its last fetch.
  const newer = judge(pull(named));
  const missing = judge(pull('f'.repeat(40)));
  const pushed = judge({ ...push, repository }, 'push');
  const typed = repo.leasehold([...BASE, '--head', 'topic', '--check', 'locks']);
  repo.git('update-ref', 'refs/remotes/origin/main', named);
  const came = judge(pull(old));
  repo.git(
    'update-ref',
    'refs/remotes/origin/main',
    repo.git('commit-tree', '-m', 'x', 'main^{tree}'),
  );
  const apart = judge(pull(named));

  for (const { code, stdout } of [newer, came]) {
    expect(code).toBe(1);
    expect(stdout).toContain(
      `not judged: what main has had since ${named.slice(0, 10)}: it could not be fetched`,
    );
  }
  for (const { code, stdout } of [missing, pushed, apart]) {
    expect(code).toBe(2);
    expect(stdout).toContain(
      'could not be fetched from origin, and what this clone has of it may be old',
    );
    expect(stdout).toContain('git fetch -- origin +refs/heads/main:refs/remotes/origin/main');
  }
  // Who names a base means what their clone has of it.
  expect(typed.code).toBe(1);
  expect(typed.stdout).not.toContain('fetched');
});

test('annotates and sums up in GitHub Actions without being told to', () => {
  const repo = makeProject();
  const [summary, event] = ['summary.md', 'event.json'].map((name) => join(repo.root, name));
  const side = (branch: string) => ({ sha: repo.git('rev-parse', branch), ref: branch });
  writeFileSync(summary ?? '', '');
  writeFileSync(
    event ?? '',
    JSON.stringify({ pull_request: { number: 7, head: side('topic'), base: side('main') } }),
  );
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: 'pull_request',
    GITHUB_EVENT_PATH: event ?? '',
    GITHUB_STEP_SUMMARY: summary ?? '',
  };

  const { code, stdout } = repo.leasehold(['ci', '--check', 'locks'], { env });

  expect(code).toBe(1);
  expect(stdout).toContain('::error file=docs/a.md,title=leasehold owners/not-owner::');
  expect(readFileSync(summary ?? '', 'utf8')).toContain(
    '## Locks and Owners: pull request refused',
  );
});

test.each([
  ['--base nothing', ['ci', '--base', 'nothing'], {}, 'git knows no commit nothing'],
  ['nowhere', ['ci'], {}, 'this is neither GitHub Actions nor GitLab CI'],
  ['--head alone', ['ci', '--head', 'topic'], {}, '--head and --approved-by go with --base'],
  ['--check nonsense', [...BASE, '--check', 'x'], {}, '--check takes all, locks or exports'],
  ['a PATH', [...BASE, 'docs'], {}, 'ci takes no PATH'],
  ['--format csv', [...BASE, '--format', 'csv'], {}, '--format takes'],
  [
    'a branch that is not there',
    ['ci'],
    { CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'gone', CI_MERGE_REQUEST_DIFF_BASE_SHA: '' },
    'does not have the branch gone of origin',
  ],
])('cannot decide: %s', (_, words, fields, said) => {
  const repo = makeProject();
  const isServed = Object.keys(fields).length > 0;
  const ended = repo.leasehold(words, isServed ? { env: gitlabEnv(repo, fields) } : {});
  expect(ended.code).toBe(2);
  expect(ended.stdout + ended.stderr).toContain(said);
});

test('cannot decide where the config of the base is broken, and says so for each check', () => {
  const repo = makeProject();
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'leasehold.config.json': '{' });
  repo.git('checkout', '--quiet', 'topic');
  const codes = ['all', 'locks', 'exports'].map(
    (check) => repo.leasehold([...BASE, '--check', check]).code,
  );
  expect(codes).toEqual([2, 2, 2]);
});

test('init writes the workflow and the settings once, pinned, and keeps what is there', () => {
  const repo = makeRepo();
  repo.git('symbolic-ref', 'HEAD', 'refs/heads/ma"in+x');

  const first = repo.leasehold(['init', '--ci', 'github', '--settings']);
  const workflow = repo.read('.github/workflows/leasehold.yml');
  repo.write('.github/settings.yml', 'branches: []\n');
  const again = repo.json(['init', '--ci', 'github', '--settings']).body;

  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(
    /\nnext: git add -- leasehold\.config\.json \.github\/workflows\/leasehold\.yml \.github\/settings\.yml && git commit -m 'chore: guard this repository'\n$/,
  );
  expect(workflow).toContain('branches: ["ma\\"in\\\\+x"]');
  expect(workflow).toContain('permissions:\n  contents: read\n  pull-requests: read\n');
  // What its text says is checked, and another base is other rules.
  expect(workflow).toContain('pull_request:\n    types: [opened, synchronize, reopened, edited]\n');
  const uses = [...workflow.matchAll(/uses: (\S+)@(\S+)/g)].map(([, name, at]) => `${name} ${at}`);
  expect(uses).toHaveLength(4);
  for (const use of uses) {
    expect(use).toMatch(
      /^actions\/checkout [0-9a-f]{40}$|^leasehold\/leasehold (?:[0-9a-f]{40}|v\d+\.\d+\.\d+)$/,
    );
  }
  expect(again.ci).toEqual([
    { path: '.github/workflows/leasehold.yml', change: 'unchanged' },
    {
      path: '.github/settings.yml',
      change: 'kept',
      todo: 'require these checks in it: "Export Structure Checks", "Locks and Owners"',
    },
  ]);
  expect(repo.read('.github/settings.yml')).toBe('branches: []\n');
});

test('init lets the workflow read the issues that are locks, and writes the one that closes them', () => {
  const locks = { store: 'github', github: { repository: 'acme/app', api: 'https://localhost:1' } };
  const repo = makeRepo();
  repo.commitQuietly({ 'leasehold.config.json': JSON.stringify({ locks }) });

  const first = repo.json(['init', '--ci', 'github']).body;
  const [checks, merges] = ['leasehold', 'leasehold-locks'].map((name) =>
    repo.read(`.github/workflows/${name}.yml`),
  );
  repo.write('.github/workflows/leasehold.yml', 'on: [pull_request]\n');
  const lacking = repo.json(['init', '--ci', 'github']).body;
  repo.write('.github/workflows/leasehold.yml', `${checks}# mine\n`);
  const mine = repo.json(['init', '--ci', 'github']).body;

  expect(first.ci.map(({ path, change }: Record<string, string>) => `${change} ${path}`)).toEqual([
    'written .github/workflows/leasehold.yml',
    'written .github/workflows/leasehold-locks.yml',
  ]);
  expect(checks).toContain('  contents: read\n  issues: read\n  pull-requests: read\n');
  expect(merges).toContain('  contents: read\n  issues: write\n  pull-requests: read\n');
  expect(merges).toContain(' github.event.pull_request.base.sha }}\n');
  expect(merges).toMatch(/uses: actions\/checkout@[0-9a-f]{40} /);
  expect(lacking.ci[0]).toMatchObject({
    change: 'kept',
    todo: 'add to it: on.pull_request.types: [opened, synchronize, reopened, edited]; permissions.issues: read',
  });
  expect(mine.ci[0]).toEqual({ path: '.github/workflows/leasehold.yml', change: 'kept' });
});

test('init writes a pipeline for GitLab, and leaves one that is there to its owner', () => {
  const repo = makeRepo();
  repo.write('.gitlab-ci.yml', 'stages: [test]\n');

  const kept = repo.leasehold(['init', '--ci', 'gitlab']);
  repo.write('.gitlab-ci.yml', 'include:\n  - local: .gitlab/leasehold.yml\n');
  const included = repo.leasehold(['init', '--ci', 'gitlab']);

  expect(kept.stdout).toContain(
    '.gitlab-ci.yml: kept, as it is; add to it: include: [{ local: .gitlab/leasehold.yml }]',
  );
  expect(included.stdout).toContain('.gitlab-ci.yml: unchanged\n');
  expect(repo.read('.gitlab/leasehold.yml')).toContain('leasehold ci --format codequality');
  expect(repo.leasehold(['init', '--ci', 'jenkins'])).toMatchObject({ code: 2 });
  expect(repo.leasehold(['init', '--settings'])).toMatchObject({ code: 2 });
});

test('reads the locks that a pull request’s text is held against where its target has them', () => {
  const locks = { store: 'git' };
  const config = { locks, guard: { exempt: ['vendor/'] } };
  const cargo = '[package]\nname = "lib"\nversion = "1.0.0"\n';
  const repo = makeGuardedRepo({ 'Cargo.toml': cargo, 'src/lib.rs': 'pub fn f() {}\n' }, config);
  publish(repo);
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({
    'src/lib.rs': 'pub fn f() {}\npub fn g() {}\n',
    'leasehold.config.json': JSON.stringify({ ...config, locks: { ...locks, remote: 'mine' } }),
  });
  repo.git('push', '--quiet', '--no-verify', 'origin', 'topic');
  const cwd = join(repo.root, 'ci');
  const url = `file://${join(repo.root, 'origin.git')}`;
  repo.git('clone', '--quiet', '--branch', 'topic', url, cwd);
  const env = gitlabEnv(repo, {
    CI_MERGE_REQUEST_DESCRIPTION: '<!-- leasehold: export change -->',
  });

  const { stdout, stderr } = repo.leasehold(['ci', '--check', 'exports'], { cwd, env });

  expect(stderr).toBe('');
  expect(stdout).toMatch(/^leasehold: pull request (?:accepted|refused)/);
});
