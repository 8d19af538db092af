import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeGuardedRepo, makeRepo, type Repo, writeLock } from '../make-repo.ts';
import { commitTwice, nextOf, pasteNext, runShell } from '../shell.ts';

/** What could move the cursor, ring, hide or reorder text; a line's end is none of it. */
const RAW = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffd]/;

const NAMES = [
  'Grüße/ä.ts',
  'a b\nc.ts',
  'trailing ',
  ' leading',
  '-n.ts',
  '--as=codex',
  'it\'s "quoted".ts',
  '$(touch pwned).ts',
  '`touch pwned`.ts',
  ';touch pwned;',
  '\u001b[31mred\u001b[0m.ts',
  '\u009b31mc1.ts',
  'bell\u0007\ttab\rreturn',
  'bidi\u202egnp.ts',
  'back\\slash.ts',
  'star*.ts',
  'app/[id]/page.ts',
  '{open',
  '[open',
  ':(top)magic',
  ':!not',
  '~home',
  '#hash',
  '!bang',
  '%s %d',
  'end of changes',
  ':000000 100644 0000000 1111111 A',
  '𝒳 astral.ts',
];

/** Everything of `NAMES` is committed, claimed by codex in one go, and changed. */
const makeRepoHoldingAll = (): Repo => {
  const repo = makeGuardedRepo(Object.fromEntries(NAMES.map((name) => [name, 'one\n'])));
  repo.leasehold(['claim', '--', ...NAMES.map((name) => `./${name}`)], { holder: 'codex' });
  for (const name of NAMES) repo.write(name, 'two\n');
  repo.git('add', '--all');
  return repo;
};

test('finds every held file, whatever it is called', () => {
  const repo = makeRepoHoldingAll();

  const { code, body } = repo.json(['check']);

  expect(code).toBe(1);
  expect(body.findings.map(({ path }: { path: string }) => path).sort()).toEqual([...NAMES].sort());
});

test('shows no name raw, and runs nothing that a name says', () => {
  const repo = makeRepoHoldingAll();
  const batches = Array.from({ length: Math.ceil(NAMES.length / 5) }, (_, index) =>
    NAMES.slice(index * 5, index * 5 + 5),
  );

  const commits = batches.map((names) => ({
    names,
    ...repo.tryGit(['--literal-pathspecs', 'commit', '-m', 'mine', '--', ...names]),
  }));

  for (const { names, code, stderr } of commits) {
    expect(code).toBe(1);
    expect(stderr).toContain('codex holds it');
    expect(stderr).not.toMatch(RAW);
    expect(stderr.trimEnd().split('\n')).toHaveLength(names.length + 6);
  }
  expect(existsSync(repo.path('pwned'))).toBe(false);
});

test('gives remedies that a shell reads as the very name', () => {
  const repo = makeRepoHoldingAll();
  const { body } = repo.json(['check']);
  const remedies: string[] = body.findings.map(({ remedy }: { remedy: string }) => remedy);

  const pasted = runShell(
    repo,
    ['leasehold() { shift 2; printf "%s\\0" "$@"; }', ...remedies].join('\n'),
  );

  const typed = pasted.stdout.split('\0').slice(0, -1);
  // What could be read as an option or as a pathspec's magic is typed so that it cannot.
  const names = NAMES.map((name) => (/^[-:]/.test(name) ? `./${name}` : name));
  expect(typed.sort()).toEqual(names.sort());
  expect(existsSync(repo.path('pwned'))).toBe(false);
});

test('leads on from an odd name that is held to an odd name that is free', () => {
  const free = "-n $(touch pwned)\n'x'.ts";
  const held = "--as=codex '\u001b[31m\n";
  const repo = makeGuardedRepo({ [held]: 'one\n', [free]: 'one\n' });
  writeLock(repo, 'by-hand.lock', { files: [held] });
  repo.write(held, 'two\n');
  repo.write(free, 'two\n');

  const refused = repo.tryGit(['commit', '-a', '-m', 'mine']);
  const pasted = pasteNext(repo, refused.stderr);
  const again = repo.tryGit(['commit', '-a', '-m', 'mine']);
  const conflicts = pasteNext(repo, again.stderr);

  expect(refused.code).toBe(1);
  expect(pasted.code).toBe(0);
  expect(repo.git('show', '-z', '--format=', '--name-only')).toBe(`${free}\0`);
  expect(conflicts.stdout).toContain('codex holds');
  expect(existsSync(repo.path('pwned'))).toBe(false);
});

test('keeps a file named like a prefix of scopes apart from what the prefix means', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', './regex:a.ts', './glob:b.ts'], { holder: 'codex' });

  const held = repo.leasehold(['check', '--paths', './regex:a.ts', './glob:b.ts']);
  const free = repo.leasehold(['check', '--paths', 'a.ts', 'b.ts']);

  expect(held.code).toBe(1);
  expect(free.code).toBe(0);
});

/** `bytes/caf<byte>.ts`: a name that is not UTF-8. */
const writeByteName = (repo: Repo, byte: number, text: string): void => {
  mkdirSync(repo.path('bytes'), { recursive: true });
  const name = Buffer.concat([
    Buffer.from(repo.path('bytes', 'caf')),
    Buffer.from([byte]),
    Buffer.from('.ts'),
  ]);
  writeFileSync(name, text);
};

test('refuses a held name that is not UTF-8, and shows its bytes as escapes', () => {
  const repo = makeGuardedRepo();
  repo.leasehold(['claim', 'bytes/'], { holder: 'codex' });
  writeByteName(repo, 0xe9, 'one\n');
  repo.git('add', '--all');

  const refused = commitTwice(repo, ['-m', 'mine']);
  const pasted = pasteNext(repo, refused.stderr);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("  $'bytes/caf\\351.ts'\n");
  expect(refused.stderr).not.toMatch(RAW);
  expect(nextOf(refused.stderr)).toBe("leasehold conflicts -- $'bytes/caf\\351.ts'");
  expect(pasted.stdout).toContain('codex holds bytes/');
});

test('keeps two names apart that differ only in bytes that are not UTF-8', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'by-hand.lock', { files: ['bytes/caf\udce9.ts'] });
  writeByteName(repo, 0xe8, 'free\n');
  repo.git('add', '--all');
  const free = repo.tryGit(['commit', '-m', 'mine']);
  writeByteName(repo, 0xe9, 'held\n');
  repo.git('add', '--all');

  const held = repo.tryGit(['commit', '-m', 'mine']);

  expect(free).toMatchObject({ code: 0, stderr: '' });
  expect(held.code).toBe(1);
  expect(held.stderr).toContain('codex holds it');
});

test('commits the free name of two that are not UTF-8 by the pasted remedy', () => {
  const repo = makeGuardedRepo();
  writeByteName(repo, 0xe8, 'one\n');
  writeByteName(repo, 0xe9, 'one\n');
  repo.commitQuietly({});
  writeLock(repo, 'by-hand.lock', { files: ['bytes/caf\udce9.ts'] });
  writeByteName(repo, 0xe8, 'free\n');
  writeByteName(repo, 0xe9, 'held\n');

  const refused = repo.tryGit(['commit', '-a', '-m', 'mine']);
  const pasted = pasteNext(repo, refused.stderr);

  expect(refused.code).toBe(1);
  expect(pasted.code).toBe(0);
  expect(repo.git('show', '--format=', '--name-only')).toBe('"bytes/caf\\350.ts"');
});

test('holds by name what has a name that is not UTF-8, and nothing of a name like it', () => {
  const repo = makeGuardedRepo();
  writeByteName(repo, 0xe8, 'one\n');
  writeByteName(repo, 0xe9, 'one\n');
  repo.commitQuietly({});
  const claimed = runShell(repo, "leasehold claim -- $'bytes/caf\\351.ts'", { holder: 'codex' });
  writeByteName(repo, 0xe8, 'two\n');
  const free = repo.tryGit(['commit', '-a', '-m', 'mine']);
  writeByteName(repo, 0xe9, 'two\n');

  const held = repo.tryGit(['commit', '-a', '-m', 'mine']);
  const pasted = pasteNext(repo, held.stderr);
  const named = runShell(repo, "leasehold claim --as $'caf\\351' a.ts");

  expect(claimed.stdout).toContain('  bytes/caf\\xe9.ts\n');
  expect(free.code).toBe(0);
  expect(held.code).toBe(1);
  expect(pasted.stdout).toContain('codex holds "bytes/caf\\xe9.ts"');
  expect(named).toMatchObject({ code: 2, stdout: '' });
  expect(named.stderr).toContain("cannot be a holder's name");
});

test('guards a repository whose own directory has an odd name', () => {
  const repo = makeRepo();
  const top = join(repo.root, 'it\'s $(touch pwned) "Grüße" &;', ' -x');
  repo.git('init', '--quiet', '-b', 'main', top);
  for (const key of ['user.name', 'user.email'])
    repo.git('-C', top, 'config', key, 'a@example.com');
  repo.leasehold(['init'], { cwd: top });
  repo.leasehold(['claim', 'a.ts'], { cwd: top, holder: 'codex' });

  const free = runShell(repo, 'git add -A && git commit -q -m first', { cwd: top });
  const held = runShell(repo, 'echo one >a.ts && git add -A && git commit -m second', { cwd: top });

  expect(free).toMatchObject({ code: 0, stderr: '' });
  expect(held.code).toBe(1);
  expect(held.stderr).toContain('codex holds it');
  expect(existsSync(join(top, 'pwned'))).toBe(false);
});

const NFC = 'caf\u00e9.ts';
const NFD = 'cafe\u0301.ts';

test('takes the two Unicode forms of one name for one name', () => {
  const repo = makeGuardedRepo();
  const refuse = (held: string, changed: string) => {
    writeLock(repo, 'by-hand.lock', { files: [held] });
    repo.write(changed, 'one\n');
    repo.git('add', '--all');
    const commit = repo.tryGit(['commit', '-m', 'mine']);
    repo.git('rm', '--quiet', '-f', '--', changed);
    return { code: commit.code, isHeld: commit.stderr.includes('codex holds it') };
  };

  const verdicts = [refuse(NFC, NFD), refuse(NFD, NFC), refuse('cafe\u0301*', NFC)];

  expect(NFC).not.toBe(NFD);
  for (const verdict of verdicts) expect(verdict).toEqual({ code: 1, isHeld: true });
});

test('shows what somebody wrote into a lock on one line, without what could steer a terminal', () => {
  const repo = makeGuardedRepo();
  writeLock(repo, 'by-hand.lock', {
    agent: 'co\u001b[2Jdex\nleasehold: commit accepted',
    files: ['a.ts'],
    task_description: `"}]\u001b]0;title\u0007\nnext: rm -rf ~ ${'x'.repeat(200)}`,
  });
  repo.write('a.ts', 'one\n');
  repo.git('add', '--all');

  const commit = repo.tryGit(['commit', '-m', 'mine']);
  const status = repo.leasehold(['status']);
  const conflicts = repo.leasehold(['conflicts', 'a.ts']);

  expect(commit.code).toBe(1);
  expect(commit.stderr.trimEnd().split('\n')).toHaveLength(7);
  expect(nextOf(commit.stderr)).toBe('leasehold conflicts -- a.ts');
  for (const text of [commit.stderr, status.stdout, conflicts.stdout]) {
    expect(text).not.toMatch(RAW);
    expect(text).not.toMatch(/^(?:next: rm|leasehold: commit accepted)/m);
    expect(text).not.toContain('x'.repeat(80));
  }
});
