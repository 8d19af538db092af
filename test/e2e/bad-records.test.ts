import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { shellQuote } from '../../src/kit/quote.ts';
import { VERSION } from '../../src/kit/version.ts';
import { sample } from '../effort.ts';
import {
  type Call,
  copiesOf,
  type Ended,
  locksDirectory,
  makeGuardedRepo,
  type Repo,
  writeLock,
} from '../make-repo.ts';
import { nextOf, pasteNext, runShell, warmUp } from '../shell.ts';
import { spawnSync } from '../spawn.ts';

const HELD = 'codex holds it';
const UNDECIDED = 'could not decide';
const CODEX = { holder: 'codex' };
const CLAUDE = { holder: 'claude' };
const LIMIT = 1024 * 1024;

const stateOf = (repo: Repo, ...parts: string[]): string =>
  join(locksDirectory(repo), '..', ...parts);

/** Whatever waits for ever here is ended by the shell's time limit, and has failed. */
const run = (repo: Repo, words: readonly string[], call?: Call): Ended =>
  runShell(repo, `exec ${words.map(shellQuote).join(' ')}`, call);

const leasehold = (repo: Repo, args: readonly string[], call?: Call): Ended =>
  run(repo, ['leasehold', ...args], call);

const commit = (repo: Repo, call?: Call): Ended => run(repo, ['git', 'commit', '-m', 'mine'], call);

/** A change of `src/a.ts` is staged, which codex holds by hand; commits are the guard's own to judge. */
const makeHeldRepo = copiesOf((): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  warmUp(repo);
  writeLock(repo, 'good.lock', { files: ['src/a.ts'] });
  repo.write('src/a.ts', 'two\n');
  repo.git('add', '--all');
  return repo;
});

const RECORD = {
  agent: 'gemini',
  locked_at: '2026-01-01T00:00:00Z',
  expires_at: '2099-01-01T00:00:00Z',
  files: ['lib/'],
};

/** Writes a record that is like any other but for these fields. */
const record =
  (fields: object) =>
  (path: string): void =>
    writeFileSync(path, JSON.stringify({ ...RECORD, ...fields }));

const text =
  (content: string | Buffer) =>
  (path: string): void =>
    writeFileSync(path, content);

const link =
  (target: string) =>
  (path: string): void =>
    symlinkSync(target, path);

/** A file of a gigabyte that takes no room: whoever reads it whole is out of time or memory. */
const sparse = (path: string): void => {
  const descriptor = openSync(path, 'w');
  ftruncateSync(descriptor, 1024 * LIMIT);
  closeSync(descriptor);
};

const directory = (path: string): void => {
  mkdirSync(path);
  writeFileSync(join(path, 'inside'), 'kept\n');
};

const fifo = (path: string): void => void execFileSync('mkfifo', [path]);

/** A link to a record that would be valid where it lies. */
const linkToRecord = (path: string): void => {
  const target = join(dirname(path), '..', 'elsewhere.json');
  writeFileSync(target, JSON.stringify(RECORD));
  symlinkSync(target, path);
};

const DEEP = '['.repeat(100_000) + ']'.repeat(100_000);

type Kind = [kind: string, spoil: (path: string) => void, reason: string];

/** What can lie under a lock's name and is none, and the reason that is told. */
const TEXTS: Kind[] = [
  ['a truncated record', text(JSON.stringify(RECORD).slice(0, -9)), 'it is not valid JSON'],
  ['an empty file', text(''), 'it is empty'],
  ['a JSON list', text(JSON.stringify([RECORD])), 'it is not a JSON object'],
  ['a hundred thousand levels', text(DEEP), 'it is not a JSON object'],
  ['files that are a text', record({ files: 'lib/' }), 'files is missing'],
  ['no agent', record({ agent: undefined }), 'agent is missing'],
  ['a number for its end', record({ expires_at: 4_070_908_800 }), 'expires_at is not an ISO 8601'],
  [
    'a year of five digits',
    record({ expires_at: '10000-01-01T00:00:00Z' }),
    'expires_at is not an ISO 8601',
  ],
];

/** What is no text that could be read. */
const FILES: Kind[] = [
  ['two megabytes', text(JSON.stringify(RECORD) + ' '.repeat(2 * LIMIT)), 'larger than 1048576'],
  ['a gigabyte', sparse, 'it is larger than 1048576 bytes'],
  ['a link to a record', linkToRecord, 'it is a symbolic link'],
  ['a link to what never ends', link('/dev/zero'), 'it is a symbolic link'],
  ['a link to nothing', link('nowhere'), 'it is a symbolic link'],
  ['a directory', directory, 'it is not a regular file'],
  ['a FIFO that nobody writes into', fifo, 'it is not a regular file'],
];

const UNREADABLE = [...TEXTS, ...FILES];

/** More of the same. */
const UNREADABLE_TOO: Kind[] = [
  ['blanks', text(' \n\t\n'), 'it is empty'],
  ['bytes that are no text', text(Buffer.from([0, 0xff, 0xfe, 0x80])), 'it is not valid JSON'],
  ['two records in one', text(`${JSON.stringify(RECORD)}{}`), 'it is not valid JSON'],
  ['null', text('null'), 'it is not a JSON object'],
  [
    'a hundred thousand levels in its files',
    text(JSON.stringify(RECORD).replace('["lib/"]', DEEP)),
    'files holds something that is not text',
  ],
  ['files that are numbers', record({ files: [1] }), 'files holds something that is not text'],
  ['files that are an object', record({ files: { 0: 'lib/' } }), 'files is missing'],
  ['directories that are a text', record({ directories: 'lib/' }), 'directories is not a list'],
  ['reads that are a list', record({ read: ['lib/'] }), 'read is not an object'],
  ['a file above the repository', record({ files: ['../x'] }), 'files holds "../x"'],
  ['an agent that is a list', record({ agent: ['gemini'] }), 'agent is missing'],
  ['an agent of nothing', record({ agent: '' }), 'agent is missing'],
  ['an agent without end', record({ agent: 'x'.repeat(201) }), 'agent is too long'],
  ['no end', record({ expires_at: null }), 'expires_at is not an ISO 8601'],
  ['a beginning in words', record({ locked_at: 'today' }), 'locked_at is not an ISO 8601'],
  ['a day that is none', record({ locked_at: '2026-13-01T00:00Z' }), 'locked_at is not an ISO'],
  ['a look-ahead', record({ patterns: ['regex:^(?=a)'] }), 'patterns holds "regex:^(?=a)"'],
  ['a link to a directory', link('..'), 'it is a symbolic link'],
  ['a link to itself', link('a link to itself.lock'), 'it is a symbolic link'],
];

/** As if it had lain there for long: nobody waits for what is still being written. */
const age = (path: string): void => {
  const long = new Date('2026-01-01T00:00:00Z');
  lutimesSync(path, long, long);
};

/** All that can be told of a file without changing it. */
const describeFile = (path: string): unknown => {
  const stat = lstatSync(path);
  const { size, mode, ino } = stat;
  if (stat.isSymbolicLink()) return { ino, link: readlinkSync(path) };
  if (stat.isDirectory()) return { ino, entries: readdirSync(path) };
  if (!stat.isFile() || size > 4 * LIMIT) return { ino, mode, size };
  return { ino, mode, content: readFileSync(path, 'latin1') };
};

const listQuarantine = (repo: Repo): string[] => readdirSync(stateOf(repo, 'quarantine'));

// A text is moved like any other text; that each is refused, and why, the next test says of all of them.
test.each([...sample(TEXTS), ...FILES])(
  'goes on by every other lock beside %s, names it, and takes it out of the way whole',
  (_, spoil, reason) => {
    const repo = makeHeldRepo();
    const path = join(locksDirectory(repo), 'bad.lock');
    spoil(path);
    age(path);
    const before = describeFile(path);

    const undecided = commit(repo);
    const status = leasehold(repo, ['status', '--json']);
    const doctor = leasehold(repo, ['doctor']);
    const mended = pasteNext(repo, undecided.stderr);
    const refused = commit(repo);
    const claim = leasehold(repo, ['claim', 'lib/'], CLAUDE);

    expect(undecided.code).toBe(1);
    expect(undecided.stderr).toContain(`${UNDECIDED} on the commit`);
    expect(undecided.stderr).toContain(`bad.lock\n    error this lock file cannot be read: `);
    expect(undecided.stderr).toContain(HELD);
    expect(nextOf(undecided.stderr)).toBe('leasehold doctor --fix');
    expect(status.code).toBe(2);
    expect(JSON.parse(status.stdout)).toMatchObject({
      grants: [{ agent: 'codex', files: ['src/a.ts'] }],
      expired: [],
      unreadable: [{ file: 'bad.lock', reason: expect.stringContaining(reason) }],
    });
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain('bad.lock cannot be read: ');
    expect(mended.code).toBe(0);
    expect(mended.stderr).toContain('moved bad.lock to');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(HELD);
    expect(refused.stderr).not.toContain(UNDECIDED);
    expect(claim.code).toBe(0);
    expect(listQuarantine(repo)).toEqual([expect.stringMatching(/Z\.bad\.lock$/)]);
    expect(describeFile(stateOf(repo, 'quarantine', listQuarantine(repo)[0] ?? ''))).toEqual(
      before,
    );
    expect(existsSync(join(locksDirectory(repo), 'good.lock'))).toBe(true);
  },
  120_000,
);

test('says of everything that is no lock why it is none', () => {
  const repo = makeHeldRepo();
  const kinds = [...UNREADABLE, ...UNREADABLE_TOO];
  for (const [kind, spoil] of kinds) {
    spoil(join(locksDirectory(repo), `${kind}.lock`));
    age(join(locksDirectory(repo), `${kind}.lock`));
  }

  const { code, stdout } = leasehold(repo, ['status', '--json']);

  const { grants, unreadable } = JSON.parse(stdout);
  expect(code).toBe(2);
  expect(grants).toMatchObject([{ agent: 'codex' }]);
  expect(unreadable).toHaveLength(kinds.length);
  for (const [kind, , reason] of kinds) {
    expect(unreadable).toContainEqual({
      file: `${kind}.lock`,
      reason: expect.stringContaining(reason),
    });
  }
});

test('takes a record that is just being written for unreadable only while it is', () => {
  const repo = makeHeldRepo();
  const path = join(locksDirectory(repo), 'bad.lock');
  writeFileSync(path, '{"agent":');

  const half = leasehold(repo, ['check', '--json']);
  record({ agent: 'codex', files: ['src/'] })(path);
  const whole = leasehold(repo, ['check', '--json']);

  expect([half.code, whole.code]).toEqual([2, 1]);
});

test('keeps apart in quarantine what had one name, one after the other', () => {
  const repo = makeHeldRepo();
  const path = join(locksDirectory(repo), 'bad.lock');
  for (const content of ['first', 'second']) {
    writeFileSync(path, content);
    age(path);
    leasehold(repo, ['doctor', '--fix']);
  }

  const kept = listQuarantine(repo).map((name) =>
    readFileSync(stateOf(repo, 'quarantine', name), 'utf8'),
  );

  expect(kept.sort()).toEqual(['first', 'second']);
});

/** Somebody who is not root, for whom file modes mean something. */
const STRANGER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Runs the command's copy in the repository: the checkout that is tested may be out of their reach. */
const runAsStranger = (repo: Repo, args: string[]): Ended => {
  const command = repo.path('.git/leasehold/bin', VERSION, 'leasehold.cjs');
  const child = spawnSync(process.execPath, [command, ...args], {
    ...STRANGER,
    cwd: repo.top,
    env: {
      PATH: process.env.PATH,
      HOME: join(repo.root, 'home'),
      LANG: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
    },
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (child.error) throw child.error;
  return { code: child.status ?? 128, stdout: child.stdout, stderr: child.stderr };
};

test('cannot decide where one lock may not be read, and doctor lets it bind again as it did', () => {
  const repo = makeHeldRepo();
  writeLock(repo, 'secret.lock', { agent: 'gemini', files: ['lib/'] });
  age(join(locksDirectory(repo), 'secret.lock'));
  chmodSync(join(locksDirectory(repo), 'secret.lock'), 0o000);
  chmodSync(repo.root, 0o755);
  if (STRANGER.uid) execFileSync('chown', ['-R', '65534:65534', repo.root]);

  const check = runAsStranger(repo, ['check', '--json']);
  const doctor = runAsStranger(repo, ['doctor']);
  const mended = runAsStranger(repo, ['doctor', '--fix']);
  const after = runAsStranger(repo, ['check', '--json', '--paths', 'lib/b.ts', 'src/a.ts']);

  expect(check.code).toBe(2);
  expect(JSON.parse(check.stdout).findings).toMatchObject([
    { rule: 'lock/unreadable', path: 'secret.lock', message: expect.stringMatching(/denied$/) },
    { rule: 'lock/held', path: 'src/a.ts', holder: 'codex' },
  ]);
  expect(doctor.stdout).toContain('secret.lock cannot be read: permission denied');
  expect(mended.stderr).toContain('secret.lock may be read again');
  expect(after.code).toBe(1);
  expect(JSON.parse(after.stdout).findings).toMatchObject([
    { rule: 'lock/held', path: 'lib/b.ts', holder: 'gemini' },
    { rule: 'lock/held', path: 'src/a.ts', holder: 'codex' },
  ]);
});

/** Names that a terminal, a shell or an option parser would stumble over. */
const NAMES = [
  'a\nb',
  '\u001b[2J\u001b]0;x\u0007',
  '-rf',
  '--fix',
  '$(touch pwned)',
  '`touch pwned`',
  '; touch pwned;',
  "it's",
  '"quoted"',
  ' ',
  '.',
  '*',
  'ü\u202e',
  'a\\b',
].map((name) => `${name}.lock`);

test('shows no name of a lock raw, runs nothing that one says, and moves them under their own', () => {
  const repo = makeHeldRepo();
  for (const name of NAMES) {
    writeFileSync(join(locksDirectory(repo), name), '{');
    age(join(locksDirectory(repo), name));
  }

  const undecided = commit(repo);
  const doctor = leasehold(repo, ['doctor']);
  const status = leasehold(repo, ['status']);
  const json = leasehold(repo, ['status', '--json']);
  const mended = pasteNext(repo, undecided.stderr);

  for (const shown of [doctor.stdout, status.stderr, mended.stderr]) {
    expect(shown).toContain('a\\nb.lock');
    expect(shown).toContain('\\x1b[2J\\x1b]0;x\\x07.lock');
  }
  for (const shown of [undecided.stderr, doctor.stdout, status.stderr, mended.stderr]) {
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
  }
  expect(JSON.parse(json.stdout).unreadable.map(({ file }: { file: string }) => file)).toEqual(
    [...NAMES].sort(),
  );
  expect(
    listQuarantine(repo)
      .map((name) => name.replace(/^.*?Z\./, ''))
      .sort(),
  ).toEqual([...NAMES].sort());
  expect(readdirSync(locksDirectory(repo))).toEqual(['good.lock']);
  expect(existsSync(repo.path('pwned'))).toBe(false);
  expect(commit(repo).stderr).toContain(HELD);
}, 120_000);

test('binds by a lock whatever it is called, and ends it by that name', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  for (const [at, name] of NAMES.entries()) writeLock(repo, name, { files: [`src/${at}.ts`] });
  for (const at of NAMES.keys()) repo.write(`src/${at}.ts`, 'two\n');
  repo.git('add', '--all');

  const refused = commit(repo);
  const { findings } = JSON.parse(leasehold(repo, ['check', '--json']).stdout);
  const status = leasehold(repo, ['status']);
  const forced = NAMES.map((name) =>
    leasehold(repo, ['release', '--force', '--reason', 'gone', `--grant=${name}`], CLAUDE),
  );

  for (const shown of [refused.stderr, status.stdout, ...forced.map(({ stdout }) => stdout)]) {
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
  }
  expect(refused.stderr).toContain(HELD);
  expect(new Set(findings.map(({ path }: { path: string }) => path))).toEqual(
    new Set(NAMES.map((_, at) => `src/${at}.ts`)),
  );
  expect(forced.map(({ code }) => code)).toEqual(NAMES.map(() => 0));
  expect(readdirSync(locksDirectory(repo))).toEqual([]);
  expect(existsSync(repo.path('pwned'))).toBe(false);
});

test.each([
  ['that ends in the last year', { expires_at: '9999-12-31T23:59:59.999Z' }],
  ['whose clock was ahead', { locked_at: '2098-01-01T00:00:00Z' }],
  ['whose clock was at the beginning', { locked_at: '1970-01-01T00:00:00Z' }],
  ['that began after its end', { locked_at: '2099-06-01T00:00:00Z' }],
  ['with numbers where texts are optional', { task_description: 7, email: 7, branch: 7, rev: 'x' }],
  ['with a token that is none', { token: -1, id: '', rev: -1 }],
  ['with a field a hundred thousand levels deep', { x: 'deep' }],
])('binds by a lock %s, and takes it over by nothing but force', (_, fields) => {
  const repo = makeHeldRepo();
  const path = join(locksDirectory(repo), 'good.lock');
  record({ agent: 'codex', files: ['src/a.ts'], ...fields })(path);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"deep"', DEEP));

  const refused = commit(repo);
  const status = leasehold(repo, ['status', '--json']);
  const denied = leasehold(repo, ['claim', 'src/'], CLAUDE);
  const own = leasehold(repo, ['check'], CODEX);
  const forced = leasehold(repo, ['release', '--force', '--reason', 'gone', 'src/'], CLAUDE);
  const granted = leasehold(repo, ['claim', 'src/'], CLAUDE);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(HELD);
  expect(status.code).toBe(0);
  expect(JSON.parse(status.stdout).grants).toMatchObject([{ agent: 'codex' }]);
  expect([denied.code, own.code, forced.code, granted.code]).toEqual([1, 0, 0, 0]);
});

test('binds by two locks that say the same id, and each goes by itself', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const id = '11111111-1111-4111-8111-111111111111';
  for (const [name, file] of [
    ['one.lock', 'src/a.ts'],
    ['two.lock', 'src/b.ts'],
  ] as const) {
    writeLock(repo, name, { files: [file], id, rev: 1, token: 9 });
  }
  const check = () =>
    ['src/a.ts', 'src/b.ts'].map((path) => leasehold(repo, ['check', '--paths', path]).code);

  const both = check();
  leasehold(repo, ['release', '--grant', 'one.lock'], CODEX);
  const one = check();

  expect(both).toEqual([1, 1]);
  expect(one).toEqual([0, 1]);
});

test('binds by a copy of a lock under another name, which neither outranks nor outlives it', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const { id } = repo.json(['claim', 'src/'], CODEX).body.grant;
  const [name = ''] = readdirSync(locksDirectory(repo));
  const copy = join(locksDirectory(repo), 'copy.lock');
  copyFileSync(join(locksDirectory(repo), name), copy);
  const whole = JSON.parse(readFileSync(copy, 'utf8'));
  writeFileSync(copy, JSON.stringify({ ...whole, rev: 99, directories: [], files: ['b.ts'] }));

  const beside = ['src/a.ts', 'b.ts'].map(
    (path) => leasehold(repo, ['check', '--paths', path]).code,
  );
  const renewed = leasehold(repo, ['renew', '--grant', id], CODEX);
  leasehold(repo, ['release', '--grant', id], CODEX);
  const alone = ['src/a.ts', 'b.ts'].map(
    (path) => leasehold(repo, ['check', '--paths', path]).code,
  );

  expect(beside).toEqual([1, 1]);
  expect(renewed.code).toBe(0);
  expect(alone).toEqual([0, 1]);
});

type Rubbish = [kind: string, put: (path: string) => void];

/** What can lie among tickets, asks, notes and claims on their way in. */
const RUBBISH: Rubbish[] = [
  ...[...UNREADABLE, ...UNREADABLE_TOO].map(([kind, put]): Rubbish => [kind, put]),
  ['an empty object', text('{}')],
  ['an object of nothing', text('{"holder":null,"since":null,"until":null,"scopes":null}')],
  ['an ask of nothing', text('{"id":null,"from":7,"to":["codex"],"path":{},"message":true}')],
  ['a note of nothing', text('{"ended_at":"2026-01-01T00:00:00Z","record":null,"taken":7}')],
  ['a note of a list', text('{"ended_at":"2026-01-01T00:00:00Z","record":[],"file":[]}')],
  ['scopes of nothing', text(JSON.stringify({ holder: 'x', since: '', until: '', scopes: [7] }))],
];

/** Each kind of rubbish in one place, under names that are looked at for codex. */
const litter = (repo: Repo, place: string, isOld: boolean, skip: readonly string[]): void => {
  mkdirSync(stateOf(repo, place), { recursive: true });
  const ending = place === 'claims' ? 'lock' : 'json';
  for (const [kind, put] of RUBBISH.filter(([name]) => !skip.includes(name))) {
    const path = stateOf(repo, place, `codex.${kind}.${ending}`);
    put(path);
    if (isOld) age(path);
  }
};

/** codex holds `src/`, and rubbish lies in these places. */
const makeLitteredRepo = (
  places: readonly string[],
  isOld: boolean,
  skip: readonly string[] = [],
): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'free.ts': 'one\n' });
  expect(repo.leasehold(['claim', 'src/'], CODEX).code).toBe(0);
  warmUp(repo);
  for (const place of places) litter(repo, place, isOld, skip);
  repo.write('src/a.ts', 'two\n');
  repo.git('add', '--all');
  return repo;
};

/** Everybody works as if nothing were there. */
const expectUndisturbed = (repo: Repo): void => {
  const refused = commit(repo, CLAUDE);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(HELD);
  expect(refused.stderr).not.toContain(UNDECIDED);
  expect(commit(repo, CODEX)).toMatchObject({ code: 0, stderr: '' });
  for (const call of [CODEX, CLAUDE]) {
    const status = leasehold(repo, ['status', '--json'], call);
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(status.stdout)).toMatchObject({ unreadable: [], waiting: [] });
  }
  expect(leasehold(repo, ['doctor'], CLAUDE).code).toBe(0);
};

const expectGranting = (repo: Repo): void => {
  expect(leasehold(repo, ['claim', 'free.ts'], CLAUDE)).toMatchObject({ code: 0, stderr: '' });
  expect(leasehold(repo, ['claim', 'free.ts'], CODEX).code).toBe(1);
  expect(leasehold(repo, ['ask', 'free.ts', '-m', 'please'], CODEX).code).toBe(0);
  expect(leasehold(repo, ['extend', 'lib/'], CODEX)).toMatchObject({ code: 0, stderr: '' });
  expect(leasehold(repo, ['renew', '--all'], CODEX)).toMatchObject({ code: 0, stderr: '' });
  const forced = leasehold(repo, ['release', '--force', '--reason', 'x', 'src/'], CLAUDE);
  expect(forced.code).toBe(0);
  expect(leasehold(repo, ['status'], CODEX).stderr).toContain('claude ended your grant on src/');
  expect(leasehold(repo, ['claim', 'src/'], CODEX)).toMatchObject({ code: 0 });
  expect(leasehold(repo, ['release', '--all'], CODEX)).toMatchObject({ code: 0, stderr: '' });
};

test.each([true, false])(
  'is disturbed by nothing that lies among notes, tickets and asks, however long: %s',
  (isOld) => {
    const repo = makeLitteredRepo(['ended', 'queue', 'asks'], isOld);

    expectUndisturbed(repo);
    expectGranting(repo);
  },
  240_000,
);

test('is disturbed by nothing that lies among the claims on their way in once its minute is over', () => {
  const repo = makeLitteredRepo(['claims'], true, ['a directory']);

  expectUndisturbed(repo);
  expectGranting(repo);
}, 240_000);

test('judges by what is held while anything lies among the claims on their way in', () => {
  const repo = makeLitteredRepo(['claims'], false);

  expectUndisturbed(repo);
});

test('waits for nobody whose ticket cannot be read', () => {
  const repo = makeLitteredRepo(['queue'], false);

  const claimed = leasehold(repo, ['claim', 'free.ts', '--wait', '--timeout', '10s'], CLAUDE);
  const denied = leasehold(repo, ['claim', 'src/', '--wait', '--timeout', '1s'], CLAUDE);

  expect(claimed).toMatchObject({ code: 0, stderr: '' });
  expect(denied.code).toBe(1);
});

test('grants nothing where a directory lies in the place of the log, and stops no commit', () => {
  const repo = makeHeldRepo();
  leasehold(repo, ['claim', 'docs/'], CLAUDE);
  execFileSync('rm', [stateOf(repo, 'log.jsonl')]);
  mkdirSync(stateOf(repo, 'log.jsonl'));
  const names = readdirSync(locksDirectory(repo));

  const claim = leasehold(repo, ['claim', 'lib/'], CLAUDE);
  const log = leasehold(repo, ['log']);
  const refused = commit(repo);
  const allowed = commit(repo, CODEX);

  for (const ended of [claim, log]) {
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain('log.jsonl');
  }
  expect(readdirSync(locksDirectory(repo))).toEqual(names);
  expect(refused.stderr).toContain(HELD);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});

test('goes on where the log is a gigabyte, without reading it', () => {
  const repo = makeHeldRepo();
  leasehold(repo, ['claim', 'docs/'], CLAUDE);
  sparse(stateOf(repo, 'log.jsonl'));

  const claim = leasehold(repo, ['claim', 'lib/'], CLAUDE);
  const refused = commit(repo);
  const status = leasehold(repo, ['status']);

  expect([claim.code, status.code]).toEqual([0, 0]);
  expect(refused.stderr).toContain(HELD);
});
