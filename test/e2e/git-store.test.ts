import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type GitServer, startGitServer } from '../git-server.ts';
import {
  addRemote,
  cloneRepo,
  makeRepo,
  NO_HOOKS,
  type Repo,
  startLeasehold,
} from '../make-repo.ts';
import { runShell } from '../shell.ts';

const FILES = { 'src/a.ts': 'a\n', 'src/b.ts': 'b\n', 'lib/c.ts': 'c\n', 'README.md': 'read me\n' };

type Team = { seed: Repo; server: GitServer; address: string; bare: string };

/** A repository on a server, whose config keeps the locks in a ref of it. */
const makeTeam = async (locks: object = {}): Promise<Team> => {
  const seed = makeRepo();
  const bare = addRemote(seed);
  const config = { locks: { store: 'git', ...locks } };
  seed.commitQuietly({ ...FILES, 'leasehold.config.json': `${JSON.stringify(config)}\n` });
  seed.git('push', '--quiet', 'origin', 'HEAD:main');
  const server = await startGitServer(seed.root);
  return { seed, server, bare, address: `${server.address}/origin.git` };
};

/** A developer's clone, set up. */
const joinTeam = ({ seed, address }: Team, name: string): Repo => {
  const clone = cloneRepo(seed, address, name);
  expect(clone.leasehold(['init'])).toMatchObject({ code: 0 });
  return clone;
};

const claim = (repo: Repo, holder: string, ...words: string[]) =>
  repo.leasehold(['claim', ...words], { holder });

/** Commits on a branch of its own, and pushes that. */
const pushWork = (repo: Repo, holder: string, branch: string, path: string): void => {
  repo.git('fetch', '--quiet', 'origin');
  repo.git('checkout', '--quiet', '-b', branch, 'origin/main');
  repo.write(path, `${branch}\n`);
  repo.git('add', '--', path);
  expect(repo.tryGit(['commit', '-m', branch], { holder })).toMatchObject({ code: 0 });
  expect(repo.tryGit(['push', '--quiet', 'origin', branch], { holder })).toMatchObject({ code: 0 });
};

/** What CI says of a branch, as of a pull request. */
const checkInCi = (ci: Repo, branch: string) => {
  ci.git('fetch', '--quiet', '--prune', 'origin');
  const { code, body } = ci.json(['check', '--range', `origin/main..origin/${branch}`]);
  return { code, rules: body.findings.map(({ rule }: { rule: string }) => rule) };
};

const merge = (seed: Repo, branch: string): void => {
  seed.git('fetch', '--quiet', 'origin');
  seed.git('checkout', '--quiet', '-B', 'main', 'origin/main');
  seed.git(...NO_HOOKS, 'merge', '--quiet', '--no-edit', `origin/${branch}`);
  seed.git(...NO_HOOKS, 'push', '--quiet', 'origin', 'main');
};

/** The ledger as git has it on the server, to be changed past every rule. */
const openLedger = ({ seed, bare }: Team) => {
  const inBare = (...args: string[]) => seed.git('-C', bare, ...args);
  const feed = (input: string, ...args: string[]): string => {
    const ended = seed.tryGit(['-C', bare, ...args], { input });
    expect(ended).toMatchObject({ code: 0 });
    return ended.stdout.trim();
  };
  const read = (path: string): string =>
    inBare('cat-file', 'blob', `refs/leasehold/ledger:${path}`);
  const writeBlob = (text: string): string => feed(text, 'hash-object', '-w', '--stdin');
  /** These entries of `locks/` in place of those that are there, in one more commit. */
  const putLocks = (entries: readonly string[]): void => {
    const makeTree = (lines: readonly string[]): string =>
      feed(lines.map((line) => `${line}\0`).join(''), 'mktree', '-z', '--missing');
    const state = JSON.parse(read('state.json'));
    const root = makeTree([
      `040000 tree ${makeTree(entries)}\tlocks`,
      `100644 blob ${writeBlob(JSON.stringify({ ...state, seq: state.seq + 1 }))}\tstate.json`,
    ]);
    const who = ['-c', 'user.name=e', '-c', 'user.email=e@x'];
    const parent = inBare('rev-parse', 'refs/leasehold/ledger');
    const commit = inBare(...who, 'commit-tree', '-m', 'x', '-p', parent, root);
    inBare('update-ref', 'refs/leasehold/ledger', commit);
  };
  const listLocks = (): string[] =>
    inBare('ls-tree', '-z', 'refs/leasehold/ledger:locks').split('\0').filter(Boolean);
  return { read, writeBlob, putLocks, listLocks };
};

/**
 * As if the time of all grants were over long ago: a next revision of each says so. A record is never rewritten
 * under its name; whoever has read it already would go by what it said.
 */
const expireAll = (team: Team): void => {
  const { read, writeBlob, putLocks, listLocks } = openLedger(team);
  const expire = (entry: string): string => {
    const name = entry.slice(entry.indexOf('\t') + 1);
    const record = JSON.parse(read(`locks/${name}`));
    const rev = record.rev + 1;
    const text = JSON.stringify({ ...record, rev, expires_at: '2026-01-01T00:00:00.000Z' });
    return `100644 blob ${writeBlob(text)}\t${name.replace(/\.\d+\.lock$/, `.${rev}.lock`)}`;
  };
  putLocks(listLocks().map(expire));
};

/** Adds entries to the locks, as somebody with git and the right to push can; BLOB is the id of some text. */
const spoilLedger = (team: Team, entries: readonly string[]): void => {
  const { writeBlob, putLocks, listLocks } = openLedger(team);
  const blob = writeBlob('{}');
  putLocks([...listLocks(), ...entries.map((entry) => entry.replace('BLOB', blob))]);
};

test('two clones and CI see the same locks, and at the merge history decides', {
  timeout: 120_000,
}, async () => {
  const team = await makeTeam({ maxStale: '1s' });
  const [ann, ben] = [joinTeam(team, 'ann'), joinTeam(team, 'ben')];
  const ci = cloneRepo(team.seed, team.address, 'ci');

  // What one clone holds, the other one's worktree refuses.
  const held = claim(ann, 'ann', 'src/');
  expect(held).toMatchObject({ code: 0 });
  expect(ben.json(['status']).body.grants).toMatchObject([{ agent: 'ann' }]);
  const tree = ben.addWorktree('elsewhere');
  tree.write('src/a.ts', 'mine\n');
  const refused = tree.tryGit(['commit', '-am', 'mine'], { holder: 'ben' });
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('ann holds it')]);

  // A commit under a grant that has run out since passes where nobody took the path.
  pushWork(ann, 'ann', 'anns', 'src/a.ts');
  expireAll(team);
  expect(checkInCi(ci, 'anns')).toEqual({ code: 0, rules: [] });

  // Another takes it over, which is a challenge first, and merges before.
  const taken = claim(ben, 'ben', 'src/');
  expect(taken).toMatchObject({ code: 0 });
  expect(taken.stderr).toMatch(/Waiting .* for an answer of ann/);
  expect(taken.stderr).toContain('Overwriting expired lock for ann');
  expect(checkInCi(ci, 'anns')).toEqual({ code: 1, rules: ['lock/stale-token'] });
  pushWork(ben, 'ben', 'bens', 'src/a.ts');
  ben.leasehold(['release', '--all'], { holder: 'ben' });
  merge(team.seed, 'bens');
  expect(checkInCi(ci, 'anns')).toEqual({ code: 1, rules: ['lock/stale-token'] });

  // To claim again, rebase and push cures it.
  expect(claim(ann, 'ann', 'src/')).toMatchObject({ code: 0 });
  ann.git('fetch', '--quiet', 'origin');
  const rebase = ['rebase', '--quiet', '-X', 'theirs', 'origin/main'];
  expect(ann.tryGit(rebase, { holder: 'ann' })).toMatchObject({ code: 0 });
  const push = ['push', '--quiet', '--force', 'origin', 'anns'];
  expect(ann.tryGit(push, { holder: 'ann' })).toMatchObject({ code: 0 });
  expect(checkInCi(ci, 'anns')).toEqual({ code: 0, rules: [] });

  // A trailer that is made up is found out, whoever made it up.
  const [real] = ann.json(['status']).body.grants;
  for (const [name, trailer] of [
    ['forged', `${crypto.randomUUID()}#1`],
    ['stolen', `${real.id}#${real.token}`],
  ] as const) {
    const eve = cloneRepo(team.seed, team.address, name);
    eve.git('checkout', '--quiet', '-b', name);
    eve.commitQuietly({ 'src/a.ts': name }, `mine\n\nLock-Grant: ${trailer}`);
    eve.git('push', '--quiet', 'origin', name);
    expect(checkInCi(ci, name).rules).toContain('lock/bad-grant');
  }

  // Nothing of the machines is in what everybody can read.
  const ledger = team.seed.git('-C', team.bare, 'log', '-p', 'refs/leasehold/ledger');
  expect(ledger).toContain('"agent": "ann"');
  expect(ledger).not.toMatch(/worktree|"host"|"session"/);
  expect(ledger).not.toContain(team.seed.root);
});

test('a push that is cut has either happened or not, and says which', {
  timeout: 120_000,
}, async () => {
  const team = await makeTeam();
  const ann = joinTeam(team, 'ann');
  for (const fault of ['cut-before', 'cut-midway', 'cut-after'] as const) {
    team.server.failNextPush(fault);
    expect(claim(ann, fault, `${fault}/`)).toMatchObject({ code: 0 });
  }
  const events = ann.json(['log']).body.events;
  expect(events.map(({ event, holder }: Record<string, string>) => `${event} ${holder}`)).toEqual([
    'claimed cut-before',
    'claimed cut-midway',
    'claimed cut-after',
  ]);
  expect(ann.json(['status']).body.grants).toHaveLength(3);
});

test('a remote that is out of reach lets an offline commit through with a warning, and no push', {
  timeout: 120_000,
}, async () => {
  const team = await makeTeam({ maxStale: '1s' });
  const ann = joinTeam(team, 'ann');
  const backup = addRemote(ann, 'backup');
  expect(claim(ann, 'ann', 'src/')).toMatchObject({ code: 0 });
  await team.server.stop();
  await new Promise((done) => setTimeout(done, 1_100));
  ann.write('src/a.ts', 'offline\n');
  const commit = ann.tryGit(['commit', '-am', 'offline'], { holder: 'ann' });
  expect(commit).toMatchObject({ code: 0 });
  expect(commit.stderr).toMatch(/warning: the locks are as they were .* ago: .* cannot be had/);
  expect(ann.git('log', '-1', '--format=%B')).toContain('Lock-Grant:');
  const push = ann.tryGit(['push', 'backup', 'HEAD:main'], { holder: 'ann' });
  expect([push.code, push.stderr]).toEqual([1, expect.stringContaining('could not decide')]);
  expect(push.stderr).toContain('next: git ls-remote origin refs/leasehold/ledger');
  expect(ann.git('ls-remote', backup)).toBe('');
  const held = claim(ann, 'ann', 'lib/');
  expect([held.code, held.stderr]).toEqual([2, expect.stringContaining('cannot be had')]);
});

test('a server that refuses the ref is told with its words, and a branch does instead', {
  timeout: 120_000,
}, async () => {
  const team = await makeTeam();
  const hook = join(team.bare, 'hooks', 'update');
  writeFileSync(
    hook,
    '#!/bin/sh\ncase $1 in refs/heads/*) ;; *) echo "branches only"; exit 1 ;; esac\n',
    {
      mode: 0o755,
    },
  );
  const ann = joinTeam(team, 'ann');
  const refused = claim(ann, 'ann', 'src/');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('hook declined')]);
  expect(refused.stderr).toContain('locks.ref');
  const config = { locks: { store: 'git', ref: 'refs/heads/leasehold-ledger' } };
  ann.commitQuietly({ 'leasehold.config.json': `${JSON.stringify(config)}\n` });
  expect(ann.leasehold(['init'])).toMatchObject({ code: 0 });
  expect(claim(ann, 'ann', 'src/')).toMatchObject({ code: 0 });
  expect(team.seed.git('-C', team.bare, 'branch', '--list')).toContain('leasehold-ledger');
});

test('a push of the ledger runs no hook, signs nothing and takes nothing else along', {
  timeout: 120_000,
}, async () => {
  const team = await makeTeam();
  const ann = cloneRepo(team.seed, team.address, 'ann');
  const mark = ann.path('.git', 'ran');
  for (const name of ['pre-push', 'reference-transaction', 'post-checkout']) {
    writeFileSync(ann.path('.git/hooks', name), `#!/bin/sh\necho ${name} >>${mark}\n`, {
      mode: 0o755,
    });
  }
  for (const [key, value] of [
    ['push.gpgSign', 'true'],
    ['commit.gpgSign', 'true'],
    ['push.followTags', 'true'],
    ['gpg.program', '/bin/false'],
    ['remote.origin.mirror', 'true'],
    ['push.recurseSubmodules', 'on-demand'],
    ['core.fsmonitor', `echo fsmonitor >>${mark}`],
  ] as const) {
    ann.git('config', key, value);
  }
  ann.git(...NO_HOOKS, 'tag', '-a', '-m', 'v1', 'v1', '--no-sign');
  // Where the clones of this machine would stand in line somebody has planted a link.
  const [shared, target] = ['shared', 'target'].map((name) => join(ann.root, name));
  if (!shared || !target) throw new Error('two directories');
  mkdirSync(shared);
  mkdirSync(target, { mode: 0o700 });
  symlinkSync(target, join(shared, `leasehold-${process.getuid?.()}`));
  const call = { holder: 'ann', env: { TMPDIR: shared } };
  expect(ann.leasehold(['claim', 'src/'], call)).toMatchObject({ code: 0 });
  expect(ann.leasehold(['release', '--all'], call)).toMatchObject({ code: 0 });
  expect(readdirSync(target)).toEqual([]);
  expect(() => ann.read('.git/ran')).toThrow('ENOENT');
  expect(ann.git('ls-remote', team.bare, 'refs/tags/*')).toBe('');
  expect(ann.git('for-each-ref', '--format=%(refname)')).not.toContain('leasehold');
});

test('of eight clones that claim at once exactly one gets what they all want, and each what it alone wants', {
  timeout: 120_000,
}, async () => {
  const seed = makeRepo();
  const bare = addRemote(seed);
  seed.commitQuietly({ 'leasehold.config.json': '{"locks":{"store":"git"}}\n' });
  seed.git('push', '--quiet', 'origin', 'HEAD:main');
  const names = Array.from({ length: 8 }, (_, at) => `clone-${at}`);
  const clones = names.map((name) => cloneRepo(seed, `file://${bare}`, name));
  const race = (words: (name: string) => string[]) =>
    Promise.all(
      clones.map((clone, at) => {
        const holder = names[at] ?? '';
        return startLeasehold(clone, ['claim', '--json', ...words(holder)], { holder });
      }),
    );
  const wanted = await race(() => ['src/']);
  expect(wanted.map(({ code }) => code).sort()).toEqual([0, 1, 1, 1, 1, 1, 1, 1]);
  const own = await race((name) => [`own/${name}/`]);
  expect(own.map(({ code }) => code)).toEqual(names.map(() => 0));
  const { grants } = seed.json(['status']).body;
  const tokens = grants
    .map(({ token }: { token: number }) => token)
    .sort((a: number, b: number) => a - b);
  expect(tokens).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const winner = names[wanted.findIndex(({ code }) => code === 0)];
  expect(
    grants.filter(({ directories }: { directories: string[] }) => directories.includes('src/')),
  ).toMatchObject([{ agent: winner }]);
});

test('what somebody puts into the ledger by hand is read as a record, reported, or refused; and cleared', {
  timeout: 120_000,
}, async () => {
  const team = await makeTeam();
  const ann = joinTeam(team, 'ann');
  expect(claim(ann, 'ann', 'src/')).toMatchObject({ code: 0 });
  const commit = team.seed.git('rev-parse', 'HEAD');
  spoilLedger(team, [
    '120000 blob BLOB\tlink.lock',
    `160000 commit ${commit}\tmodule.lock`,
    '100644 blob BLOB\tnot-a-record.lock',
    '100644 blob BLOB\t\u001b[31mred\n.lock',
    '100644 blob BLOB\t-rf.lock',
  ]);
  const { code, body } = ann.json(['status']);
  expect([code, body.grants.length]).toEqual([2, 1]);
  expect(body.unreadable.map(({ file }: { file: string }) => file).sort()).toEqual([
    '%%1b%5b31mred%0a%2elock.lock',
    '-rf.lock',
    'link.lock',
    'module.lock',
    'not-a-record.lock',
  ]);
  ann.write('README.md', 'mine\n');
  const refused = ann.tryGit(['commit', '-am', 'mine'], { holder: 'ann' });
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('lock/unreadable')]);
  expect(claim(ann, 'ann', 'lib/')).toMatchObject({ code: 2 });
  // Mended for everybody, and nothing else goes.
  expect(ann.leasehold(['doctor', '--fix']).stderr).toContain('moved link.lock to');
  const ben = joinTeam(team, 'ben');
  const mended = ben.json(['status']);
  expect([mended.code, mended.body.grants.length]).toEqual([0, 1]);

  // The history is put away, where the ref may be forced; the other clone goes on.
  expect(ann.json(['log', '--compact', '--keep', '1h'])).toMatchObject({
    body: { kept: 1, dropped: 0 },
  });
  expect(team.seed.git('-C', team.bare, 'rev-list', '--count', 'refs/leasehold/ledger')).toBe('1');
  expect(claim(ben, 'ben', 'lib/')).toMatchObject({ code: 0 });
  expect(ben.json(['log']).body.events).toHaveLength(2);
  const hook = join(team.bare, 'hooks', 'update');
  writeFileSync(hook, '#!/bin/sh\ngit merge-base --is-ancestor "$2" "$3"\n', { mode: 0o755 });
  const forbidden = ben.leasehold(['log', '--compact']);
  expect([forbidden.code, forbidden.stderr]).toEqual([
    2,
    expect.stringContaining('replaces the history'),
  ]);

  rmSync(hook);

  // A ref that is no ledger is none of ours to write, and what went back is not followed.
  team.seed.git('-C', team.bare, 'update-ref', 'refs/leasehold/ledger', commit);
  const foreign = claim(ben, 'ben', 'docs/');
  expect([foreign.code, foreign.stderr]).toEqual([
    2,
    expect.stringContaining('is no ledger of leasehold'),
  ]);
  team.seed.git('-C', team.bare, 'update-ref', '-d', 'refs/leasehold/ledger');
  const gone = claim(ben, 'ben', 'docs/');
  expect([gone.code, gone.stderr]).toEqual([
    2,
    expect.stringContaining('does not go on from what this clone has seen'),
  ]);
  const [, remedy = ''] = /^next: (.*)$/m.exec(gone.stderr) ?? [];
  expect(runShell(ben, remedy)).toMatchObject({ code: 0 });
  expect(claim(ben, 'ben', 'docs/')).toMatchObject({ code: 0, stderr: '' });
});
