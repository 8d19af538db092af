import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type Call,
  copiesOf,
  makeGuardedRepo,
  NO_HOOKS,
  type Repo,
  writeLock,
} from '../make-repo.ts';
import { assertSarif } from '../report/sarif-schema.ts';
import { readLog } from '../report/workflow-commands.ts';
import { nextOf, runShell } from '../shell.ts';

const CODEX = { holder: 'codex' };
const RANGE = ['check', '--range', 'main..topic'];

/** A main with a file, and a branch `topic` that stands where it does. */
const makeForkedRepo = copiesOf((config?: object, files: Record<string, string> = {}): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', ...files }, config);
  repo.git('checkout', '--quiet', '-b', 'topic');
  return repo;
});

const holdSrc = (repo: Repo): void => {
  expect(repo.leasehold(['claim', 'src/', '--task', 'port'], CODEX).code).toBe(0);
};

/** What a CI has: a clone without locks and without hooks. */
const cloneForCi = (repo: Repo, ...flags: string[]): Call & { cwd: string } => {
  const cwd = join(repo.root, 'ci');
  repo.git('clone', '--quiet', ...flags, `file://${repo.top}`, cwd);
  return { cwd };
};

test('refuses a branch with a commit on what another holder has, and names the commit', () => {
  const repo = makeForkedRepo();
  holdSrc(repo);
  repo.commitQuietly({ 'src/a.ts': 'two\n' });

  const check = repo.leasehold(RANGE);

  expect(check.code).toBe(1);
  expect(check.stdout).toContain('leasehold: range refused.');
  expect(check.stdout).toContain(`src/a.ts (in ${repo.git('rev-parse', 'HEAD').slice(0, 10)})`);
});

test('lets a branch through that keeps away from it', () => {
  const repo = makeForkedRepo();
  holdSrc(repo);
  repo.commitQuietly({ 'README.md': 'two\n' });

  expect(repo.leasehold(RANGE)).toMatchObject({
    code: 0,
    stdout: 'Nothing stands against this range.\n',
  });
});

test('cannot decide where the config of the base is broken, and says so in every form', () => {
  const repo = makeForkedRepo();
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'leasehold.config.json': '{ "guard": { "mod": "off" } }\n' });
  repo.git('checkout', '--quiet', '-B', 'topic');
  repo.commitQuietly({ 'README.md': 'two\n' });
  const run = (...form: string[]) => {
    const { code, stdout } = repo.leasehold([...RANGE, ...form]);
    expect(code).toBe(2);
    return stdout;
  };

  expect(run()).toMatch(/^leasehold could not decide: [\s\S]*\nnext: mend leasehold\.config\.json/);
  expect(JSON.parse(run('--json'))).toMatchObject({
    verdict: 'undecided',
    findings: [],
    error: { code: 'config-invalid' },
  });
  const { commands, lines } = readLog(run('--format', 'github').trimEnd());
  expect(commands).toMatchObject([
    { name: 'error', message: expect.stringContaining('guard.mod: unknown key') },
  ]);
  expect(lines).toEqual(['leasehold: could not decide on the range']);
  const sarif = assertSarif(JSON.parse(run('--format', 'sarif')));
  expect(sarif.invocations[0]?.executionSuccessful).toBe(false);
});

test('takes the policy from what the branch is to be merged into, never from the branch', () => {
  const identities = { 'ben@example.com': ['@ben'], codex: ['@codex'] };
  const config = { guard: { requireLock: ['src/'] }, owners: { identities } };
  const repo = makeForkedRepo(config, { CODEOWNERS: '/docs/ @ann\n' });
  repo.commitQuietly({
    'leasehold.config.json': '{ "guard": { "mode": "off" } }\n',
    CODEOWNERS: '/docs/ @codex\n',
    'src/a.ts': 'two\n',
    'docs/a.md': 'two\n',
  });

  const { code, body } = repo.json(RANGE, CODEX);

  expect(code).toBe(1);
  const errors = body.findings.filter(({ severity }: { severity: string }) => severity === 'error');
  expect(errors).toMatchObject([
    { rule: 'owners/not-owner', path: 'docs/a.md', owners: ['@ann'] },
    { rule: 'lock/required', path: 'src/a.ts' },
  ]);
});

test('two dots and three say the same, and what main has got since is not judged', () => {
  const repo = makeForkedRepo();
  repo.commitQuietly({ 'README.md': 'topic\n' });
  repo.git('checkout', '--quiet', 'main');
  holdSrc(repo);
  repo.commitQuietly({ 'src/a.ts': 'main\n' });

  const two = repo.json(['check', '--range', 'main..topic']);
  const three = repo.json(['check', '--range', 'main...topic']);

  expect(two).toMatchObject({ code: 0, body: { verdict: 'pass', findings: [] } });
  expect(three).toEqual(two);
});

test('is not got around by a branch that begins before there was a config', () => {
  const repo = makeForkedRepo({ guard: { requireLock: ['src/'] } });
  repo.git('checkout', '--quiet', 'main');
  repo.git('rm', '--quiet', 'leasehold.config.json');
  repo.git('commit', '--quiet', '--no-verify', '--amend', '-m', 'before');
  repo.git('checkout', '--quiet', '-B', 'topic');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'leasehold.config.json': '{ "guard": { "requireLock": ["src/"] } }\n' });

  const { code, body } = repo.json(['check', '--range', 'main...topic']);

  expect(code).toBe(1);
  expect(body.findings).toMatchObject([{ rule: 'lock/required', path: 'src/a.ts' }]);
});

test('does not judge what a branch has merged from main', () => {
  const repo = makeForkedRepo();
  repo.commitQuietly({ 'README.md': 'topic\n' });
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'src/a.ts': 'main\n' });
  repo.git('checkout', '--quiet', 'topic');
  repo.git('merge', '--quiet', '--no-ff', '--no-verify', '-m', 'merge', 'main');
  holdSrc(repo);

  const merged = repo.leasehold(RANGE);
  repo.write('src/a.ts', 'edited in the merge\n');
  repo.git(...NO_HOOKS, 'commit', '--quiet', '--all', '--amend', '--no-edit');
  const edited = repo.leasehold(RANGE);

  expect([merged.code, edited.code]).toEqual([0, 1]);
});

test('sees every path from any directory, whatever the user has set for diffs', () => {
  const repo = makeForkedRepo();
  repo.commitQuietly({ 'src/a.ts': 'mine\n', 'docs/b.md': 'mine\n' });
  holdSrc(repo);
  repo.git('config', 'diff.relative', 'true');
  repo.git('config', 'diff.renames', 'copies');
  repo.git('config', 'log.showSignature', 'true');

  const { code, stdout } = repo.leasehold(RANGE, { cwd: repo.path('docs') });

  expect(code).toBe(1);
  expect(stdout).toContain('src/a.ts');
});

test('an empty range passes, and says that it is empty', () => {
  const repo = makeForkedRepo();

  expect(repo.leasehold(RANGE)).toMatchObject({
    code: 0,
    stdout: 'Nothing stands against this range, for it changes nothing.\n',
  });
  expect(repo.leasehold(['check', '--range', '..'])).toMatchObject({ code: 0 });
});

test('asks for the history where a shallow clone lacks the place at which the sides parted', () => {
  const repo = makeForkedRepo();
  repo.commitQuietly({ 'README.md': 'two\n' });
  repo.commitQuietly({ 'README.md': 'three\n' });
  const ci = cloneForCi(repo, '--depth=1', '--no-single-branch', '--branch', 'topic');
  const range = ['check', '--range', 'origin/main..HEAD'];

  const shallow = repo.leasehold(range, ci);
  const cut = repo.leasehold(['check', '--range', 'HEAD~1..HEAD'], ci);
  const deepened = runShell(repo, nextOf(shallow.stdout), ci);
  const whole = repo.leasehold(range, ci);

  expect(shallow.code).toBe(2);
  expect(shallow.stdout).toContain('where origin/main and HEAD parted is not in it');
  expect(nextOf(shallow.stdout)).toBe('git fetch --unshallow');
  expect(cut.stdout).toContain('git knows no commit HEAD~1');
  expect(nextOf(cut.stdout)).toBe('git fetch --unshallow');
  expect([deepened.code, whole.code]).toEqual([0, 0]);
});

test('does not take a commit whose parents a shallow clone lacks for one that adds every file', () => {
  const repo = makeForkedRepo({ guard: { requireLock: ['src/'] } });
  for (const text of ['two\n', 'three\n']) repo.commitQuietly({ 'README.md': text });
  repo.git('checkout', '--quiet', '-b', 'other', 'main');
  repo.commitQuietly({ 'docs/a.md': 'one\n' });
  repo.git('checkout', '--quiet', 'topic');
  repo.git('merge', '--quiet', '--no-verify', '-m', 'merge', 'other');
  const ci = cloneForCi(repo, '--depth=3', '--no-single-branch', '--branch', 'topic');

  const cut = repo.leasehold(['check', '--range', 'origin/main..HEAD'], ci);

  expect(repo.tryGit(['merge-base', 'origin/main', 'HEAD'], ci).code).toBe(0);
  expect(cut.code).toBe(2);
  expect(cut.stdout).toMatch(/shallow: what came before [0-9a-f]{10} is not in it/);
});

test('cannot decide where two branches have no common commit', () => {
  const repo = makeForkedRepo();
  repo.git('checkout', '--quiet', '--orphan', 'fresh');
  repo.git('commit', '--quiet', '--no-verify', '-m', 'fresh');

  const check = repo.leasehold(['check', '--range', 'main..fresh']);

  expect(check.code).toBe(2);
  expect(check.stdout).toContain('main and fresh have no common commit');
});

test.each([
  '--output=x..HEAD',
  'HEAD..--output=x',
  '-n1...HEAD',
  '^main..topic',
  'main..topic..HEAD',
  'main',
  '',
])('takes no range that git would read as something else: %j', (range) => {
  const repo = makeForkedRepo();

  const check = repo.leasehold(['check', `--range=${range}`]);

  expect(check.code).toBe(2);
  expect(check.stderr).toContain('--range takes A..B');
  expect(existsSync(repo.path('x'))).toBe(false);
});

test('cannot decide about a revision that is not there', () => {
  const repo = makeForkedRepo();

  const check = repo.leasehold(['check', '--range', 'origin/main..HEAD']);

  expect(check.code).toBe(2);
  expect(check.stdout).toContain('git knows no commit origin/main');
  expect(nextOf(check.stdout)).toBe('git fetch');
});

test('says in every form that a clone without a ledger did not judge locks, and judges the rest', () => {
  const identities = { 'ben@example.com': ['@ben'] };
  const guard = { requireLock: ['src/'], rules: { 'owners/not-owner': 'error' } };
  const repo = makeForkedRepo({ guard, owners: { identities } }, { CODEOWNERS: '/docs/ @ann\n' });
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  const ci = cloneForCi(repo, '--branch', 'topic');
  const call = { ...ci, env: { GIT_COMMITTER_NAME: 'B', GIT_COMMITTER_EMAIL: 'ben@example.com' } };
  const range = ['check', '--range', 'origin/main..HEAD'];
  const run = (...form: string[]) => repo.leasehold([...range, ...form], call);

  expect(run()).toMatchObject({
    code: 0,
    stdout: 'Nothing stands against this range.\nleasehold: not judged: lock/*\n',
  });
  expect(repo.json(range, call).body).toMatchObject({
    verdict: 'pass',
    not_judged: ['lock/*'],
    findings: [],
  });
  expect(run('--format', 'github').stdout).toBe(
    '::notice title=leasehold::not judged: lock/*\nleasehold: nothing stands against this range; not judged: lock/*\n',
  );
  expect(assertSarif(JSON.parse(run('--format', 'sarif').stdout)).invocations).toMatchObject([
    { toolExecutionNotifications: [{ message: { text: 'not judged: lock/*' } }] },
  ]);
  repo.commitQuietly({ 'docs/a.md': 'two\n' });
  repo.tryGit(['pull', '--quiet'], ci);
  expect(run()).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/owners\/not-owner\][\s\S]*\nnot judged: lock\/\*\nnext: /),
  });
});

test('judges locks in the clone where they are, and a repository without a config not at all', () => {
  const repo = makeForkedRepo({ guard: { requireLock: ['src/'] } });
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  const here = repo.json(RANGE).body;
  repo.git('rm', '--quiet', 'leasehold.config.json');
  repo.git('commit', '--quiet', '--no-verify', '-m', 'none');
  repo.commitQuietly({ 'src/a.ts': 'three\n' });
  const ci = cloneForCi(repo, '--branch', 'topic');

  const bare = repo.json(['check', '--range', 'HEAD^..HEAD'], ci);

  expect(here).toMatchObject({ verdict: 'block', not_judged: [] });
  expect(bare).toMatchObject({ code: 0, body: { not_judged: [], findings: [] } });
});

test('annotates a pull request, whatever its files are called', () => {
  const names = [
    'src/a,b:c%0A.ts',
    'src/::error::x\n::warning::y',
    'src/##[add-mask]z',
    'src/\u001b[2J',
  ];
  const repo = makeForkedRepo();
  writeLock(repo, 'by-hand.lock', { files: ['src'], task_description: '\n::error::forged%0A' });
  repo.commitQuietly(Object.fromEntries(names.map((name) => [name, 'two\n'])));

  const { code, stdout } = repo.leasehold([...RANGE, '--format', 'github']);

  const { commands, lines } = readLog(stdout.trimEnd());
  expect(code).toBe(1);
  expect(commands.map(({ name }) => name)).toEqual(['error', 'error', 'error', 'error']);
  expect(commands.map(({ properties }) => properties.file).sort()).toEqual([
    'src/##[add-mask]z',
    'src/::error::x\\n::warning::y',
    'src/\\x1b[2J',
    'src/a,b:c%0A.ts',
  ]);
  for (const { message } of commands) expect(message).toContain('task "\\x3a:error::forged%0A"');
  expect(lines).toEqual(['leasehold: range refused: 4 errors']);
});

test('prints SARIF with the paths as URIs', () => {
  const repo = makeForkedRepo();
  holdSrc(repo);
  repo.commitQuietly({ 'src/a b#?%.ts': 'two\n', 'src/é\n.ts': 'two\n' });

  const { code, stdout } = repo.leasehold([...RANGE, '--format', 'sarif']);

  const { results } = assertSarif(JSON.parse(stdout));
  expect(code).toBe(1);
  expect(
    results.map(({ level, ruleId, locations }) => [
      level,
      ruleId,
      locations[0]?.physicalLocation.artifactLocation.uri,
    ]),
  ).toEqual([
    ['error', 'lock/held', 'src/a%20b%23%3F%25.ts'],
    ['error', 'lock/held', 'src/%C3%A9%0A.ts'],
  ]);
});

test('keeps a fingerprint when lines come before what it is about, and when the branch is rebased', () => {
  const config = { owners: { identities: { codex: ['@codex'] } } };
  const repo = makeForkedRepo(config, { CODEOWNERS: '/docs/ @ann\n' });
  repo.commitQuietly({ 'docs/a.md': 'two\n' });
  const printOf = () => {
    const { stdout } = repo.leasehold([...RANGE, '--format', 'sarif'], CODEX);
    return assertSarif(JSON.parse(stdout)).results.map((result) => result.partialFingerprints);
  };
  const before = printOf();
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ CODEOWNERS: '# who owns what\n\n/docs/ @ann\n' });
  repo.git('checkout', '--quiet', 'topic');
  repo.git('-c', 'core.hooksPath=/dev/null', 'rebase', '--quiet', 'main');

  expect(before).toHaveLength(1);
  expect(printOf()).toEqual(before);
});
