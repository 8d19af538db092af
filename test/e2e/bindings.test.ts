import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { VERSION } from '../../src/kit/version.ts';
import { type Call, type Ended, makeGuardedRepo, makeRepo, type Repo } from '../make-repo.ts';
import { commitTwice, nextOf, pasteNext, runShell, warmUp } from '../shell.ts';

const session = (id: string): Call => ({ env: { CLAUDE_CODE_SESSION_ID: id } });

const whoami = (repo: Repo, call: Call = {}) => repo.json(['whoami'], call).body;

const bind = (repo: Repo, holder: string, scope = 'src/', call: Call = {}): Ended =>
  repo.leasehold(['claim', scope, '--bind', '--as', holder], call);

const commitFile = (repo: Repo, path: string, call: Call = {}): Ended => {
  repo.write(path, `${Math.random()}\n`);
  repo.git('add', '--', path);
  return repo.tryGit(['commit', '-m', 'mine'], call);
};

/** Where a worktree keeps whose it is. */
const bindingOf = (repo: Repo): string =>
  join(repo.git('rev-parse', '--absolute-git-dir'), 'leasehold', 'holder');

test('makes whoever works in the worktree its holder: agents, people, and hooks', () => {
  const repo = makeGuardedRepo();
  const tree = repo.addWorktree('tree');
  const bound = bind(tree, 'codex');

  const own = commitFile(tree, 'src/a.ts', session('s-9'));
  const person = commitFile(tree, 'src/b.ts');
  const elsewhere = commitFile(repo, 'src/a.ts', session('s-9'));

  expect(bound.code).toBe(0);
  expect(bound.stderr).toContain(`${tree.top} is codex's`);
  expect(own).toMatchObject({ code: 0, stderr: '' });
  expect(person).toMatchObject({ code: 0, stderr: '' });
  expect(elsewhere.code).toBe(1);
  expect(whoami(tree, session('s-9'))).toMatchObject({
    holder: 'codex',
    source: 'worktree',
    named: true,
    session: 's-9',
  });
  expect(whoami(repo, session('s-9'))).toMatchObject({ holder: 's-9', source: 'session' });
});

test('is the same holder to the guard alone as to the command', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const tree = repo.addWorktree('tree');
  bind(tree, 'codex', 'lib/');
  repo.leasehold(['claim', 'src/'], { holder: 'claude' });
  tree.write('src/a.ts', 'two\n');
  tree.git('add', '--all');

  const refused = commitTwice(tree, ['-m', 'mine'], session('s-9'));
  writeFileSync(repo.path('.git/leasehold/bin', VERSION, 'leasehold.cjs'), 'process.exit(9)');
  const byGuardAlone = tree.tryGit(['commit', '-m', 'mine'], session('s-9'));
  tree.git('reset', '--quiet', '--hard');
  const own = commitFile(tree, 'lib/x.ts', session('s-9'));

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('You are codex (this worktree is dedicated to it).');
  // Not the minutes that are left, which go by meanwhile.
  const words = ({ code, stderr }: Ended) => [code, stderr.replace(/\(in [^)]*\)/g, '(in …)')];
  expect(words(byGuardAlone)).toEqual(words(refused));
  expect(own).toMatchObject({ code: 0, stderr: '' });
});

test('weighs what the holder of a worktree does outside of their grant as a named one’s', () => {
  const repo = makeGuardedRepo();
  const tree = repo.addWorktree('tree');
  bind(tree, 'codex');

  const outside = commitFile(tree, 'README.md');

  expect(outside.code).toBe(1);
  expect(outside.stderr).toContain('it lies outside what codex holds');
});

test('lets a name come before the worktree, and the claims of a session too', () => {
  const repo = makeGuardedRepo();
  const tree = repo.addWorktree('tree');
  bind(tree, 'codex');
  const named = { env: { CLAUDE_CODE_SESSION_ID: 's-1', LEASEHOLD_HOLDER: 'gem' } };
  repo.leasehold(['claim', 'docs/'], named);

  expect(whoami(tree, { holder: 'claude' })).toMatchObject({
    holder: 'claude',
    source: 'environment',
  });
  expect(whoami(tree, session('s-1'))).toMatchObject({ holder: 'gem', source: 'session-grant' });
  expect(commitFile(tree, 'docs/a.md', session('s-1'))).toMatchObject({ code: 0 });
});

test('lets agents that share one session work each in a worktree of their own', () => {
  const repo = makeGuardedRepo();
  const [first, second] = [repo.addWorktree('first'), repo.addWorktree('second')];
  const shared = session('s-1');
  bind(first, 'one', 'a/', shared);
  bind(second, 'two', 'b/', shared);
  // What one of them claims besides must not make the other one them.
  first.leasehold(['claim', 'a-more/'], shared);

  const who = [repo, first, second].map((tree) => whoami(tree, shared).holder);
  const own = [commitFile(first, 'a-more/x', shared), commitFile(second, 'b/x', shared)];
  const crossed = commitFile(second, 'a/x', shared);

  expect(who).toEqual(['s-1', 'one', 'two']);
  for (const commit of own) expect(commit).toMatchObject({ code: 0, stderr: '' });
  expect(crossed.stderr).toContain('one holds it');
});

test('comes before the id of a session that has claimed elsewhere under that id', () => {
  const repo = makeGuardedRepo();
  const tree = repo.addWorktree('tree');
  repo.leasehold(['claim', 'main/'], session('s-1'));
  bind(tree, 'codex');

  const own = commitFile(tree, 'src/x', session('s-1'));

  expect(own).toMatchObject({ code: 0, stderr: '' });
  expect(whoami(repo, session('s-1')).holder).toBe('s-1');
});

test('outlives the grants: whoever claims there next is the same holder', () => {
  const repo = makeGuardedRepo();
  const tree = repo.addWorktree('tree');
  bind(tree, 'codex');
  tree.leasehold(['release', '--all']);
  tree.leasehold(['claim', 'lib/'], session('s-2'));

  expect(repo.json(['status']).body.grants).toMatchObject([{ agent: 'codex' }]);
  expect(repo.json(['status']).body.grants[0].session).toBeUndefined();
});

test('stays with a worktree that is moved, and goes with one that is removed', () => {
  const repo = makeGuardedRepo();
  const tree = repo.addWorktree('tree');
  bind(tree, 'codex');
  const binding = bindingOf(tree);
  const moved = join(repo.root, 'moved');
  repo.git('worktree', 'move', tree.top, moved);
  const call = { ...session('s-9'), cwd: moved };

  const who = whoami(repo, call);
  const commit = runShell(
    repo,
    'mkdir -p src && echo 1 >src/a.ts && git add . && git commit -m mine',
    call,
  );
  repo.git('worktree', 'remove', moved);

  expect(who).toMatchObject({ holder: 'codex', source: 'worktree' });
  expect(commit).toMatchObject({ code: 0, stderr: '' });
  expect(existsSync(binding)).toBe(false);
});

test('dedicates the main worktree to itself alone, and no checkout shows it', () => {
  const repo = makeGuardedRepo();
  bind(repo, 'codex');
  const tree = repo.addWorktree('tree');

  expect(whoami(repo, session('s-9')).holder).toBe('codex');
  expect(whoami(tree, session('s-9')).holder).toBe('s-9');
  expect([repo, tree].map((one) => one.git('status', '--porcelain'))).toEqual(['', '']);
});

test('dedicates a submodule, and not what it is a part of', () => {
  const repo = makeGuardedRepo();
  const source = makeRepo();
  source.commitQuietly({ 'src/a.ts': 'one\n' });
  repo.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', source.top, 'sub');
  const inside = { ...session('s-9'), cwd: repo.path('sub') };
  repo.leasehold(['init'], inside);
  repo.leasehold(['claim', 'src/', '--bind', '--as', 'codex'], inside);

  expect(whoami(repo, inside).holder).toBe('codex');
  expect(whoami(repo, session('s-9')).holder).toBe('s-9');
});

test('dedicates a worktree of a bare repository, and no bare repository', () => {
  const repo = makeRepo();
  repo.commitQuietly({ 'src/a.ts': 'one\n' });
  const bare = { cwd: join(repo.root, 'bare.git'), ...session('s-9') };
  repo.git('clone', '--quiet', '--bare', repo.top, bare.cwd);
  runShell(repo, 'git worktree add --quiet -b a ../a', bare);
  const inside = { ...bare, cwd: join(repo.root, 'a') };
  repo.leasehold(['claim', 'src/', '--bind', '--as', 'codex'], inside);

  const refused = repo.leasehold(['claim', 'lib/', '--bind', '--as', 'codex'], bare);

  expect(whoami(repo, inside).holder).toBe('codex');
  expect(whoami(repo, bare).holder).toBe('s-9');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('there is no worktree here to dedicate');
});

test.each<[string, Call]>([
  ['an agent that has no name', session('s-1')],
  ['a person', {}],
])('does not dedicate a worktree to %s: the next one there would be them', (_, call) => {
  const repo = makeGuardedRepo();

  const refused = repo.leasehold(['claim', 'src/', '--bind'], call);

  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('whoever came next would pass as you');
  expect(nextOf(refused.stderr)).toBe('leasehold claim --bind --as NAME SCOPE');
  expect(existsSync(bindingOf(repo))).toBe(false);
  expect(repo.json(['status']).body.grants).toEqual([]);
});

test('dedicates nothing where the claim is denied', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'src/'], { holder: 'claude' });

  const denied = bind(repo, 'codex');

  expect(denied.code).toBe(1);
  expect(existsSync(bindingOf(repo))).toBe(false);
});

test('does not hand a worktree to another while its holder has grants', () => {
  const repo = makeGuardedRepo();
  bind(repo, 'codex');

  const refused = bind(repo, 'claude', 'lib/');
  const again = bind(repo, 'codex', 'docs/');
  repo.leasehold(['release', '--all']);
  const handed = bind(repo, 'claude', 'lib/');

  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('this worktree is dedicated to codex, who holds grants');
  expect(again.code).toBe(0);
  expect(handed.code).toBe(0);
  expect(whoami(repo).holder).toBe('claude');
});

test('makes a worktree nobody’s again, and leaves the grants', () => {
  const repo = makeGuardedRepo();
  bind(repo, 'codex');

  const first = repo.leasehold(['worktree', 'unbind']);
  const second = repo.json(['worktree', 'unbind']);

  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toBe("This worktree is dedicated to nobody; it was codex's\n");
  expect(second).toMatchObject({ code: 0, body: { version: 1, unbound: false, holder: null } });
  expect(whoami(repo)).toMatchObject({ holder: 'ben@example.com', source: 'email' });
  expect(repo.json(['status']).body.grants).toMatchObject([{ agent: 'codex' }]);
});

const SPOILED: [string, (path: string) => void][] = [
  ['is cut short', (path) => writeFileSync(path, '{"holder":"cod')],
  ['is huge', (path) => writeFileSync(path, `{"holder":"${'x'.repeat(100_000)}"}`)],
  ['has a control character', (path) => writeFileSync(path, '{"holder":"co\\u001bdex"}')],
  [
    'is a link',
    (path) => {
      writeFileSync(`${path}.real`, '{"holder":"codex"}');
      rmSync(path);
      symlinkSync(`${path}.real`, path);
    },
  ],
  [
    'is a directory',
    (path) => {
      rmSync(path);
      mkdirSync(path);
    },
  ],
];

test.each(SPOILED)(
  'cannot decide who acts where the binding %s, and says what to do',
  (_, spoil) => {
    const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
    const tree = repo.addWorktree('tree');
    bind(tree, 'codex');
    warmUp(tree);
    const path = bindingOf(tree);
    spoil(path);

    const commit = commitFile(tree, 'src/a.ts', session('s-9'));
    const who = tree.leasehold(['whoami'], session('s-9'));
    const claim = tree.leasehold(['claim', 'lib/'], session('s-9'));
    const gate = tree.leasehold(['hook', 'pre-commit'], session('s-9'));
    const doctor = repo.leasehold(['doctor']);
    const named = tree.leasehold(['claim', 'lib/'], { holder: 'codex' });
    const shown = whoami(tree, { holder: 'codex' });

    expect(commit.code).toBe(1);
    expect([gate.code, who.code, claim.code]).toEqual([2, 2, 2]);
    for (const ended of [commit, gate, who, claim]) {
      expect(ended.stderr).toContain('says whose this worktree is, and cannot be read');
      expect(nextOf(ended.stderr)).toBe(`rm -r -- ${path}`);
    }
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain(`next: rm -r -- ${path}`);
    // Whoever is named needs no binding, and is told of it all the same.
    expect(named.code).toBe(0);
    expect(shown.sources[3]).toMatchObject({ source: 'worktree', holder: null });
    expect(shown.sources[3].problem).toContain('cannot be read');

    const pasted = pasteNext(tree, commit.stderr, session('s-9'));
    expect(pasted.code).toBe(0);
    expect(whoami(tree, session('s-9'))).toMatchObject({ holder: 's-9', source: 'session' });
  },
);

test.skipIf(process.getuid?.() === 0)('cannot decide where the binding may not be read', () => {
  const repo = makeGuardedRepo();
  bind(repo, 'codex');
  chmodSync(bindingOf(repo), 0o000);

  expect(repo.leasehold(['whoami']).code).toBe(2);
});

test('cannot decide in the main worktree either where its binding is spoiled', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  bind(repo, 'codex');
  writeFileSync(bindingOf(repo), '');
  repo.write('src/a.ts', 'two\n');

  const commit = commitTwice(repo, ['-am', 'mine']);
  const mended = pasteNext(repo, commit.stderr);

  expect(commit.stderr).toContain('leasehold could not decide: ');
  expect(mended.code).toBe(0);
  expect(commitFile(repo, 'README.md').code).toBe(0);
});

test('writes a binding that a reader never sees half', () => {
  const repo = makeGuardedRepo();
  bind(repo, 'codex');

  expect(readFileSync(bindingOf(repo), 'utf8')).toBe('{"holder":"codex"}\n');
  expect(existsSync(`${bindingOf(repo)}.${process.pid}`)).toBe(false);
});

test('gives a command that runs under a grant the name of the worktree’s holder', () => {
  const repo = makeGuardedRepo();
  const tree = repo.addWorktree('tree');
  bind(tree, 'codex');

  const ran = tree.leasehold(['run', 'lib/', '--', 'sh', '-c', 'echo "$LEASEHOLD_HOLDER"'], {
    ...session('s-9'),
  });

  expect(ran).toMatchObject({ code: 0, stdout: 'codex\n' });
});
