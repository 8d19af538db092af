import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import { startGitServer } from '../git-server.ts';
import { addRemote, cloneRepo, makeRepo, type Repo } from '../make-repo.ts';
import { nextOf } from '../shell.ts';

const OUTBOX = '.git/leasehold/mirror/outbox';

type Told = { event: string; reason?: string; published?: false };

const listBypasses = (repo: Repo): Told[] =>
  repo.json(['log']).body.events.filter(({ event }: Told) => event === 'bypassed');

test('a bypass made in an outage is kept, told as not yet published, and published once before the commit is pushed', {
  timeout: 120_000,
}, async () => {
  const seed = makeRepo();
  addRemote(seed);
  seed.commitQuietly({
    'src/a.ts': 'a\n',
    'leasehold.config.json': '{"locks":{"store":"git","maxStale":"1s"}}\n',
  });
  seed.git('push', '--quiet', 'origin', 'HEAD:main');
  const server = await startGitServer(seed.root);
  const [ann, ben] = ['ann', 'ben'].map((name) => {
    const clone = cloneRepo(seed, `${server.address}/origin.git`, name);
    expect(clone.leasehold(['init'])).toMatchObject({ code: 0 });
    return clone;
  });
  if (!ann || !ben) throw new Error('two clones');
  expect(ann.leasehold(['claim', 'src/'], { holder: 'ann' })).toMatchObject({ code: 0 });
  expect(ben.json(['status']).body.grants).toHaveLength(1);
  await server.stop();

  // A person in an outage gets through, with a word of why and what becomes of it; an agent does not.
  ben.write('src/a.ts', 'mended\n');
  const env = { LEASEHOLD_BYPASS: 'the site is down' };
  const agent = ben.tryGit(['commit', '-am', 'mend'], { holder: 'codex', env });
  expect([agent.code, agent.stderr]).toEqual([1, expect.not.stringContaining('bypass')]);
  const commit = ben.tryGit(['commit', '-am', 'mend'], { env });
  expect([commit.code, commit.stderr]).toEqual([
    0,
    expect.stringMatching(/warning: this is on record in this clone alone: .* cannot be had/),
  ]);
  expect(ben.git('log', '-1', '--format=%B')).toContain('Lock-Bypass: the site is down');
  expect(listBypasses(ben)).toMatchObject([{ reason: 'the site is down', published: false }]);
  expect(ben.leasehold(['log']).stdout).toMatch(/"the site is down"\s+not yet published/);

  // Made anew it is the same one; pushed it is not while nobody can be told.
  expect(ben.tryGit(['commit', '--amend', '-m', 'mend it'])).toMatchObject({ code: 0 });
  expect(listBypasses(ben)).toHaveLength(1);
  const backup = addRemote(ben, 'backup');
  const early = ben.tryGit(['push', backup, 'HEAD:work']);
  expect([early.code, nextOf(early.stderr)]).toEqual([
    1,
    'git ls-remote origin refs/leasehold/ledger',
  ]);

  // Back again: the push of the commit publishes it first, be it cut after the server had it.
  const back = await startGitServer(seed.root);
  for (const clone of [ann, ben]) {
    clone.git('remote', 'set-url', 'origin', `${back.address}/origin.git`);
  }
  const copy = `${ben.root}/copy`;
  cpSync(ben.path(OUTBOX), copy, { recursive: true });
  back.failNextPush('cut-after');
  const pushed = ben.tryGit(['push', 'origin', 'HEAD:work']);
  expect([pushed.code, pushed.stderr]).toEqual([0, expect.stringContaining('[guard/bypassed]')]);
  expect(listBypasses(ann)).toEqual([expect.not.objectContaining({ published: false })]);
  expect(readdirSync(ben.path(OUTBOX))).toEqual([]);

  // Who died before it was taken out of the outbox publishes it no second time.
  cpSync(copy, ben.path(OUTBOX), { recursive: true });
  expect(ben.leasehold(['claim', 'docs/'])).toMatchObject({ code: 0 });
  expect(readdirSync(ben.path(OUTBOX))).toEqual([]);
  expect(listBypasses(ann)).toHaveLength(1);
  expect(listBypasses(ben)).toEqual([expect.not.objectContaining({ published: false })]);
});

test('what was kept and cannot be read is told wherever it would be published, put aside by doctor, and keeps no other back', {
  timeout: 120_000,
}, () => {
  const seed = makeRepo();
  const bare = addRemote(seed);
  seed.commitQuietly({
    'src/a.ts': 'a\n',
    'leasehold.config.json': '{"locks":{"store":"git","maxStale":"1s"}}\n',
  });
  seed.git('push', '--quiet', 'origin', 'HEAD:main');
  const [ann, ben] = ['ann', 'ben'].map((name) => {
    const clone = cloneRepo(seed, `file://${bare}`, name);
    expect(clone.leasehold(['init'])).toMatchObject({ code: 0 });
    return clone;
  });
  if (!ann || !ben) throw new Error('two clones');
  expect(ann.leasehold(['claim', 'src/'], { holder: 'ann' })).toMatchObject({ code: 0 });
  expect(ben.json(['status']).body.grants).toHaveLength(1);
  renameSync(bare, `${bare}.away`);
  const env = { LEASEHOLD_BYPASS: 'the site is down' };
  ben.write('src/a.ts', 'mended\n');
  expect(ben.tryGit(['commit', '-am', 'mend'], { env })).toMatchObject({ code: 0 });
  const [good = ''] = readdirSync(ben.path(OUTBOX));

  // What a crash, a hand or a full disk may leave there.
  const at = (name: string) => ben.path(OUTBOX, name);
  writeFileSync(at('torn.json'), readFileSync(at(good), 'utf8').slice(0, 40));
  writeFileSync(at("new\nline's"), '{}');
  mkdirSync(at('directory.json'));
  cpSync(at(good), ben.path('../kept.json'));
  symlinkSync(ben.path('../kept.json'), at('link.json'));
  writeFileSync(at('huge.json'), '');
  truncateSync(at('huge.json'), 65 * 1024 * 1024);
  const spoiled = ['torn.json', "new\nline's", 'directory.json', 'link.json', 'huge.json'].sort();
  const expectTold = (text: string, mark: RegExp) => {
    const told = text.split('\n').filter((line) => mark.test(line));
    expect(told).toHaveLength(spoiled.length);
    expect(told.join('\n')).toMatch(/directory\.json.*not a regular file/);
    expect(told.join('\n')).toMatch(/link\.json.*symbolic link/);
    expect(told.join('\n')).toMatch(/huge\.json.*larger than/);
    expect(told.join('\n')).toMatch(/torn\.json.*no event/);
    expect(told.join('\n')).toMatch(/\$'.*new\\012line\\047s'.*no event/);
  };
  const WARNED = /warning: .* cannot be read .* not published; next: leasehold doctor$/;

  const offline = ben.leasehold(['log']);
  expect([offline.code, offline.stdout]).toEqual([0, expect.stringMatching(/not yet published/)]);
  expectTold(offline.stderr, WARNED);
  renameSync(`${bare}.away`, bare);

  // The good one is published by whoever publishes; the others are told of, and stay.
  const claimed = ben.leasehold(['claim', 'docs/'], { holder: 'ben' });
  expect(claimed.code).toBe(0);
  expectTold(claimed.stderr, WARNED);
  expect(listBypasses(ann)).toMatchObject([{ reason: 'the site is down' }]);
  expect(readdirSync(ben.path(OUTBOX)).sort()).toEqual(spoiled);
  const pushed = ben.tryGit(['push', 'origin', 'HEAD:work']);
  expect(pushed.code).toBe(0);
  expectTold(pushed.stderr, WARNED);

  const ill = ben.leasehold(['doctor']);
  expect(ill.code).toBe(1);
  expectTold(ill.stdout, /^ill {2}/);
  expect(ill.stdout).toContain('next: leasehold doctor --fix');
  const fixed = ben.leasehold(['doctor', '--fix']);
  expect(fixed.stdout).not.toContain('offline');
  expect(fixed.stderr.match(/^moved .*outbox.* nothing is deleted$/gm)).toHaveLength(5);
  expect(readdirSync(ben.path(OUTBOX))).toEqual([]);
  const aside = readdirSync(ben.path('.git/leasehold/mirror/quarantine')).map((name) =>
    name.slice(name.indexOf('Z.') + 2),
  );
  expect(aside.sort()).toEqual(spoiled);
  expect(ben.leasehold(['log'])).toMatchObject({ code: 0, stderr: '' });
});
