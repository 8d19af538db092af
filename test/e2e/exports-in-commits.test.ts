import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { VERSION } from '../../src/kit/version.ts';
import {
  addRemote,
  copiesOf,
  type Ended,
  makeGuardedRepo,
  NO_HOOKS,
  type Repo,
} from '../make-repo.ts';
import { nextOf } from '../shell.ts';
import { countStarts } from '../starts.ts';

const CRATE = {
  'Cargo.toml': '[package]\nname = "demo"\nedition = "2021"\n',
  'src/lib.rs': 'mod a;\nmod b;\npub use a::f;\n',
  'src/a.rs': 'pub fn f() {}\n',
  'src/b.rs': 'pub fn g() {}\n',
  'tests/t.rs': 'one\n',
  'scripts/build.ts': 'one\n',
  'notes.md': 'one\n',
};

/** A guarded crate on main, and a branch that has only begun. */
const makeCrate = copiesOf((config: object = {}): Repo => {
  const repo = makeGuardedRepo(CRATE, config);
  repo.git('switch', '--quiet', '-c', 'topic');
  return repo;
});

const commit = (repo: Repo, files: Record<string, string>, ...words: string[]): Ended => {
  for (const [path, text] of Object.entries(files)) repo.write(path, text);
  repo.git('add', '--all');
  return repo.tryGit(['commit', '--quiet', '--message', 'work', ...words]);
};

const TWICE = 'mod a;\nmod b;\npub use a::f;\npub use a::f;\n';

/** What a lib that exports `f` twice is told. */
const REFUSED = 'f is exported twice: line 3 has it already [exports/duplicate]';

test('a commit is refused for what it does to exports, told where and what to do next, and let through once mended', () => {
  const repo = makeCrate();

  const refused = commit(repo, { 'src/lib.rs': TWICE, 'notes.md': 'two\n' });
  const mended = commit(repo, { 'src/lib.rs': 'mod a;\nmod b;\npub use a::f;\npub use b::g;\n' });

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(`  src/lib.rs:4\n    error ${REFUSED}`);
  // The rest of the commit is no way out: names are exported by several files together.
  expect(nextOf(refused.stderr)).toBe('keep one export of f, or give one of them another name');
  expect(mended).toMatchObject({ code: 0, stderr: '' });
});

test('check says the same of the index, in one list with what the locks say', () => {
  const repo = makeCrate();
  repo.leasehold(['claim', 'src/a.rs'], { holder: 'codex' });
  repo.write('src/a.rs', 'pub fn f() {}\npub fn h() {}\n');
  repo.write('src/lib.rs', TWICE);
  repo.git('add', '--all');

  const { code, body } = repo.json(['check']);
  const sarif = JSON.parse(repo.leasehold(['check', '--format', 'sarif']).stdout);
  const log = repo.leasehold(['check', '--format', 'github']).stdout;

  expect(code).toBe(1);
  expect(body).toMatchObject({ verdict: 'block', not_judged: [] });
  expect(
    body.findings.map(({ rule, path, line }: Record<string, unknown>) => [rule, path, line]),
  ).toEqual([
    ['lock/held', 'src/a.rs', undefined],
    ['exports/duplicate', 'src/lib.rs', 4],
    ['exports/split', 'src/lib.rs', 4],
  ]);
  expect(sarif.runs[0].results.map(({ ruleId }: { ruleId: string }) => ruleId)).toEqual([
    'lock/held',
    'exports/duplicate',
    'exports/split',
  ]);
  expect(log).toContain('::error file=src/lib.rs,line=4,title=leasehold exports/duplicate::f is');
});

test('a file that cannot be parsed is undecided, and so is a commit that only touches what leads to it', () => {
  const repo = makeCrate();
  expect(commit(repo, { 'notes.md': 'two\n' }).code).toBe(0);

  const torn = commit(repo, { 'src/a.rs': 'pub fn f() {\n' });

  expect(torn.stderr).toContain('could not decide on the commit');
  expect(torn.stderr).toContain('exports/unparsable');
  expect(repo.leasehold(['check']).code).toBe(2);
  expect(repo.git('log', '--format=%s', '-1')).toBe('work');

  // Where the base had it already nobody could mend it else: it is said, and judged by the rest.
  repo.git('switch', '--quiet', 'main');
  repo.git('reset', '--quiet', '--hard');
  repo.commitQuietly({ 'src/a.rs': 'pub fn f() {\n' });
  const known = commit(repo, { 'src/b.rs': 'pub fn g() {}\npub fn h() {}\n' });
  expect(known.code).toBe(0);
  expect(known.stderr).toBe('leasehold: not judged: exports/* of src/a.rs\n');
});

test('guard.mode softens it as everything, exempt paths are not judged, and rules that are off are silent', () => {
  const warn = commit(makeCrate({ guard: { mode: 'warn' } }), { 'src/lib.rs': TWICE });
  const off = commit(makeCrate({ guard: { mode: 'off' } }), { 'src/lib.rs': TWICE });
  const exempt = commit(makeCrate({ guard: { exempt: ['src/lib.rs'] } }), { 'src/lib.rs': TWICE });
  const rules = { 'exports/duplicate': 'warn', 'exports/split': 'off' };
  const weighed = commit(makeCrate({ exports: { rules } }), { 'src/lib.rs': TWICE });

  expect(warn.code).toBe(0);
  expect(warn.stderr).toContain(`warning ${REFUSED}`);
  expect(off).toMatchObject({ code: 0, stderr: '' });
  expect(exempt).toMatchObject({ code: 0, stderr: '' });
  expect(weighed.code).toBe(0);
  expect(weighed.stderr).toContain(
    `leasehold: commit accepted, with warnings\n  src/lib.rs:4\n    warning ${REFUSED}`,
  );
});

test('a removal warns before the pull request, and is an error in it; a reason lets it through', () => {
  const repo = makeCrate();

  const removed = commit(repo, { 'src/lib.rs': 'mod a;\nmod b;\n' });
  const range = repo.leasehold(['check', '--range', 'main..topic']);
  const because = ['--message', 'Export-Removed: f -- nobody called it since 0.3'];
  const excused = repo.tryGit(['commit', '--amend', '--quiet', '--message', 'work', ...because]);
  const { code, body } = repo.json(['check', '--range', 'main..topic']);

  expect(removed.code).toBe(0);
  expect(removed.stderr).toContain('warning fn f was public and is gone [exports/removed]');
  expect(range.code).toBe(1);
  expect(excused.code).toBe(0);
  expect(code).toBe(0);
  expect(body.findings).toMatchObject([
    { rule: 'exports/removed', name: 'f', suppressed: 'nobody called it since 0.3' },
  ]);
});

test('of an amend what is replaced is no excuse, and a bypass lets one commit through', () => {
  const repo = makeCrate();
  // On the default branch, where the commit that is replaced is its last one.
  repo.git('switch', '--quiet', 'main');
  repo.commitQuietly({ 'src/lib.rs': TWICE });

  const amended = commit(repo, { 'src/b.rs': 'pub fn h() {}\n' }, '--amend');
  const bypassed = repo.tryGit(['commit', '--amend', '--quiet', '-m', 'work'], {
    env: { LEASEHOLD_BYPASS: 'production is down' },
  });

  expect(amended.code).toBe(1);
  expect(amended.stderr).toContain(REFUSED);
  expect(bypassed.code).toBe(0);
  expect(repo.git('log', '-1', '--format=%B')).toContain('Lock-Bypass: production is down');
});

test('--no-verify and a cherry-pick come to the same verdict', () => {
  const repo = makeCrate();
  repo.commitQuietly({ 'src/lib.rs': TWICE });
  repo.git('switch', '--quiet', '-c', 'other', 'main');

  const picked = repo.tryGit(['cherry-pick', 'topic']);
  repo.tryGit(['cherry-pick', '--abort']);
  const unverified = commit(repo, { 'src/lib.rs': TWICE }, '--no-verify');

  expect(picked.code).not.toBe(0);
  expect(picked.stderr).toContain(REFUSED);
  expect(unverified.code).toBe(1);
  expect(unverified.stderr).toContain(REFUSED);
});

/** Two branches, each of them clean, that merge without a conflict into a lib that exports `g` twice. */
const makeFork = (config: object = {}): Repo => {
  const repo = makeCrate(config);
  repo.commitQuietly({ 'src/lib.rs': 'pub fn g() {}\nmod a;\nmod b;\npub use a::f;\n' });
  repo.git('switch', '--quiet', 'main');
  repo.commitQuietly({ 'src/lib.rs': 'mod a;\nmod b;\npub use a::f;\npub use b::g;\n' });
  return repo;
};

const MERGED = 'g is exported twice: line 1 has it already';

test('two clean branches that merge into a duplicate are refused where they are merged', () => {
  const repo = makeFork();

  const merge = repo.tryGit(['merge', '--quiet', '--no-edit', 'topic']);
  const byHand = repo.tryGit(['commit', '--quiet', '--message', 'merge']);

  for (const { code, stderr } of [merge, byHand]) {
    expect(code).toBe(1);
    expect(stderr).toContain(`error ${MERGED}`);
  }
  const mended = commit(repo, { 'src/lib.rs': 'pub fn g() {}\nmod a;\nmod b;\npub use a::f;\n' });
  expect(mended.code).toBe(0);
});

test('a merge is not blamed for what it brings in', () => {
  const repo = makeCrate();
  repo.git('switch', '--quiet', 'main');
  repo.commitQuietly({ 'src/lib.rs': TWICE, 'src/b.rs': '' });
  repo.git('switch', '--quiet', 'topic');
  expect(commit(repo, { 'src/a.rs': 'pub fn f() {}\n// mine\n' }).code).toBe(0);

  expect(repo.tryGit(['merge', '--quiet', '--no-edit', 'main'])).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(commit(repo, { 'src/a.rs': 'pub fn f() {}\n// yours\n' })).toMatchObject({ code: 0 });
});

test('a range is judged merged into its target too, where that has gone on', () => {
  const repo = makeFork();
  // Nothing of the merge is left behind.
  const objects = repo.git('count-objects');

  const range = repo.json(['check', '--range', 'main..topic']);
  const audit = repo.leasehold(['audit', '--range', 'main..topic']);
  const before = repo.json(['check', '--range', 'main~1..topic']);

  expect([range.code, before.code]).toEqual([1, 0]);
  expect(range.body.findings).toMatchObject([
    { rule: 'exports/duplicate', line: 5, message: `${MERGED} (once both are merged)` },
  ]);
  expect(audit.code).toBe(1);
  expect(audit.stdout).toContain(`${MERGED} (once both are merged)`);
  expect(repo.git('count-objects')).toBe(objects);
});

test('CI holds what a pull request ticks against its merge', () => {
  const repo = makeFork();
  const event = join(repo.root, 'event.json');
  const side = (ref: string) => ({ sha: repo.git('rev-parse', ref), ref });
  const said = '<!-- leasehold: export change -->\n## Files modified\n- src/lib.rs\n## Checklist\n';
  const body = `${said}- [x] Nothing twice (\`exports/duplicate\`)`;
  const pull = { number: 7, body, head: side('topic'), base: side('main') };
  writeFileSync(event, JSON.stringify({ pull_request: pull }));
  const names = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'pull_request' };
  const env = { ...names, GITHUB_EVENT_PATH: event };

  const judged = repo.json(['ci', '--check', 'exports'], { env });

  expect(judged.code).toBe(1);
  expect(judged.body.findings).toMatchObject([
    { rule: 'exports/duplicate', message: `${MERGED} (once both are merged)` },
    { rule: 'exports/claim', path: 'src/lib.rs', line: 5 },
  ]);
});

test('a merge that conflicts is said, and not judged; the head is judged all the same', () => {
  const repo = makeCrate();
  repo.commitQuietly({ 'src/lib.rs': TWICE });
  repo.git('switch', '--quiet', 'main');
  repo.commitQuietly({ 'src/lib.rs': 'mod a;\nmod b;\npub use a::f as h;\n' });

  const { code, body } = repo.json(['check', '--range', 'main..topic']);
  const audit = repo.leasehold(['audit', '--range', 'main..topic']);

  expect(code).toBe(1);
  expect(body.not_judged).toEqual(['exports/* of the merge result (it conflicts in src/lib.rs)']);
  expect(body.findings.map(({ rule }: { rule: string }) => rule)).toContain('exports/duplicate');
  expect(audit.stdout).toContain('not judged: the merge result, for it conflicts in src/lib.rs\n');
});

test('a push is refused for what the pushed commit exports, not for what a later one has mended', () => {
  const repo = makeCrate();
  addRemote(repo);
  repo.git(...NO_HOOKS, 'push', '--quiet', 'origin', 'main');
  repo.git('remote', 'set-head', 'origin', 'main');
  repo.commitQuietly({ 'src/lib.rs': TWICE });

  const refused = repo.tryGit(['push', 'origin', 'topic']);
  repo.commitQuietly({ 'src/lib.rs': 'mod a;\nmod b;\npub use a::f;\n' });
  const mended = repo.tryGit(['push', '--quiet', 'origin', 'topic']);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(REFUSED);
  expect(mended).toMatchObject({ code: 0, stderr: '' });

  repo.commitQuietly({ 'src/a.rs': '<<<<<<< ours\n' });
  const torn = repo.tryGit(['push', 'origin', 'topic']);
  expect(torn.code).not.toBe(0);
  expect(torn.stderr).toContain('leasehold: could not decide on the push of refs/heads/topic');
});

test('a server refuses it as well', () => {
  const repo = makeCrate();
  const server = addRemote(repo);
  repo.git(...NO_HOOKS, 'push', '--quiet', 'origin', 'main');
  repo.leasehold(['init', '--server', '--owners-only'], { cwd: server });
  repo.commitQuietly({ 'src/lib.rs': TWICE });

  const refused = repo.tryGit([...NO_HOOKS, 'push', 'origin', 'topic']);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(REFUSED);
});

test('a shallow clone that lacks where the branches parted cannot decide, and says how to deepen it', () => {
  const repo = makeCrate();
  repo.commitQuietly({ 'src/b.rs': 'pub fn h() {}\n' });
  repo.git('switch', '--quiet', 'main');
  repo.commitQuietly({ 'notes.md': 'two\n' });
  const cwd = repo.path('shallow');
  repo.git('clone', '--quiet', '--depth=1', '--no-single-branch', `file://${repo.top}`, 'shallow');
  repo.git('-C', 'shallow', 'switch', '--quiet', 'topic');
  repo.write('shallow/src/lib.rs', TWICE);
  repo.git('-C', 'shallow', 'add', '--all');

  const check = repo.leasehold(['check'], { cwd });

  expect(check.code).toBe(2);
  expect(check.stdout).toContain('this clone is shallow: where HEAD and the default branch parted');
  expect(nextOf(check.stdout)).toBe('git fetch --unshallow');
});

const GUARD = 'guard.cjs';
const COMMAND = 'the command';

/** Has each start of node below the hooks written down, and each time that the guard hands over. */
const countAllStarts = (repo: Repo): (() => string[]) => {
  const listStarts = countStarts(repo);
  const bin = repo.path('.git/leasehold/bin', VERSION);
  const log = join(repo.root, 'starts');
  renameSync(join(bin, 'leasehold.cjs'), join(bin, 'real.cjs'));
  const tell = `require('node:fs').appendFileSync(${JSON.stringify(log)}, '${COMMAND}\\n');`;
  writeFileSync(join(bin, 'leasehold.cjs'), `${tell}\nrequire('./real.cjs');\n`);
  return listStarts;
};

test('only a commit that may change what an entry reaches starts the command', () => {
  const repo = makeCrate();
  const listStarts = countAllStarts(repo);
  const startsOf = (files: Record<string, string>, ...words: string[]): string[] => {
    const before = listStarts().length;
    expect(commit(repo, files, ...words)).toMatchObject({ code: 0 });
    return listStarts().slice(before);
  };
  // The policy is not known yet; what entries reach is asked for by the first source.
  expect(startsOf({ 'notes.md': 'two\n' })).toEqual([GUARD, COMMAND]);
  expect(startsOf({ 'notes.md': 'three\n' })).toEqual([GUARD]);
  expect(startsOf({ 'tests/t.rs': 'two\n' })).toEqual([GUARD, COMMAND]);

  // From here on the guard knows: sources that nothing leads to, new ones beside them, and other files.
  expect(startsOf({ 'tests/t.rs': 'three\n' })).toEqual([GUARD]);
  expect(startsOf({ 'tests/new.rs': 'one\n', 'scripts/build.ts': 'two\n' })).toEqual([GUARD]);
  expect(startsOf({ 'src/notes.md': 'one\n' })).toEqual([GUARD]);

  // What an entry reaches is for the command, and then the guard knows again.
  expect(startsOf({ 'src/b.rs': 'pub fn g() {}\n// more\n' })).toEqual([GUARD, COMMAND]);
  expect(startsOf({ 'tests/t.rs': 'four\n' })).toEqual([GUARD]);

  // What may become an entry, or stand in another's place: a file beside those, a manifest.
  expect(startsOf({ 'src/c.rs': '' })).toEqual([GUARD, COMMAND]);
  expect(startsOf({ 'other/package.json': '{"name":"other"}' })).toEqual([GUARD, COMMAND]);
  expect(startsOf({ 'other/index.ts': 'export const a = 1;\n' })).toEqual([GUARD, COMMAND]);
  expect(startsOf({ 'other/index.ts': 'export const b = 1;\n' })).toEqual([GUARD, COMMAND]);
  expect(startsOf({ 'tests/t.rs': 'five\n' })).toEqual([GUARD]);

  // What came in unseen (a pull, a branch) may lead to any source.
  repo.commitQuietly({
    'src/lib.rs': 'mod a;\npub use a::f;\n#[path = "../tests/t.rs"]\nmod t;\n',
    'tests/t.rs': '',
  });
  expect(startsOf({ 'notes.md': 'four\n' })).toEqual([GUARD]);
  const torn = commit(repo, { 'tests/t.rs': 'pub fn (' });
  expect(torn.stderr).toContain('exports/unparsable');
});

test('a cache that is torn is no cache', () => {
  const repo = makeCrate();
  expect(commit(repo, { 'src/b.rs': 'pub fn h() {}\n' }).code).toBe(0);
  const whole = repo.read('.git/leasehold-reach');
  repo.write('.git/leasehold-reach', whole.slice(0, -3));

  expect(commit(repo, { 'src/lib.rs': TWICE }).code).toBe(1);
  expect(repo.read('.git/leasehold-reach')).toContain('\nend\n');
});

test('a repository without a config is left alone', () => {
  const repo = makeCrate();
  repo.git('rm', '--quiet', 'leasehold.config.json');
  repo.git(...NO_HOOKS, 'commit', '--quiet', '--message', 'without');

  expect(commit(repo, { 'src/lib.rs': TWICE })).toMatchObject({ code: 0, stderr: '' });
});
