import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type Call,
  copiesOf,
  type Ended,
  locksDirectory,
  makeGuardedRepo,
  type Repo,
  startLeasehold,
} from '../make-repo.ts';
import { runShell } from '../shell.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CODEX = { holder: 'codex' };
const CLAUDE = { holder: 'claude' };
const GEMINI = { holder: 'gemini' };

type Event = {
  time: string;
  event: string;
  holder: string;
  token?: number;
  scopes: { scope: string; mode: string }[];
};

const stateOf = (repo: Repo, ...parts: string[]): string =>
  join(locksDirectory(repo), '..', ...parts);

const logOf = (repo: Repo): string => stateOf(repo, 'log.jsonl');

const ago = (milliseconds: number): string => new Date(Date.now() - milliseconds).toISOString();

/** One line of the log as it is written. */
const lineOf = (event: object = {}): string =>
  `${JSON.stringify({
    time: ago(0),
    event: 'claimed',
    holder: 'codex',
    grant: 'g',
    scopes: [{ scope: 'src/', mode: 'write' }],
    ...event,
  })}\n`;

const writeLog = (repo: Repo, lines: readonly string[]): void =>
  writeFileSync(logOf(repo), lines.join(''));

const claim = (repo: Repo, scope: string, call: Call = CODEX): void => {
  expect(repo.leasehold(['claim', scope], call)).toMatchObject({ code: 0, stderr: '' });
};

const eventsOf = (repo: Repo, args: string[] = []): Event[] => {
  const { code, body } = repo.json(['log', ...args]);
  expect(code).toBe(0);
  expect(Object.keys(body)).toEqual(['version', 'events']);
  return body.events;
};

/** All events, however many there are: more than a pipe of this test's would take. */
const readAll = (repo: Repo): Event[] => {
  const file = join(repo.root, 'events.json');
  expect(runShell(repo, `leasehold log --json > '${file}'`)).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(readFileSync(file, 'utf8')).events;
};

/** `claimed codex src/`, one an event. */
const tell = ({ event, holder, scopes }: Event): string =>
  `${event} ${holder} ${scopes.map(({ scope }) => scope).join(' ')}`;

/** A few events of three holders. */
const makeBusyRepo = copiesOf((): Repo => {
  const repo = makeGuardedRepo({ 'src/deep/b.ts': 'one\n' });
  claim(repo, 'src/a.ts', CODEX);
  repo.leasehold(['claim', 'src/'], CLAUDE);
  claim(repo, 'glob:lib/**/*.rs', CLAUDE);
  claim(repo, 'docs/', GEMINI);
  repo.leasehold(['release', '--force', '--reason', 'crashed', 'src/a.ts'], CLAUDE);
  return repo;
});

const ON_SRC = ['claimed codex src/a.ts', 'denied claude src/', 'forced codex src/a.ts'];
const ON_LIB = 'claimed claude glob:lib/**/*.rs';
const ON_DOCS = 'claimed gemini docs/';

const BY_PATH: [paths: string[], events: string[]][] = [
  [['src/'], ON_SRC],
  [['src/a.ts'], ON_SRC],
  [['src/deep/b.ts'], ['denied claude src/']],
  [['lib/x/y.rs'], [ON_LIB]],
  [['lib'], [ON_LIB]],
  [['lib/*.md'], []],
  [
    ['src/*.ts', 'docs/x.md'],
    [...ON_SRC.slice(0, 2), ON_DOCS, ...ON_SRC.slice(2)],
  ],
  [['regex:^docs/.*$'], [ON_DOCS]],
  [['elsewhere/'], []],
];

test('lists what touches a path: a file, a directory, a pattern, or several of them', () => {
  const repo = makeBusyRepo();

  const found = BY_PATH.map(([paths]) => eventsOf(repo, paths).map(tell));

  expect(found).toEqual(BY_PATH.map(([, events]) => events));
}, 120_000);

test('reads a path from where its reader stands', () => {
  const repo = makeBusyRepo();

  const { stdout } = repo.leasehold(['log', 'b.ts'], { cwd: repo.path('src/deep') });

  expect(stdout).toMatch(/denied\s+claude\s+src\/ \(by codex\)\n$/);
  expect(stdout.split('\n')).toHaveLength(2);
});

test('lists what a holder did and what was done to it', () => {
  const repo = makeBusyRepo();

  const found = ['codex', 'claude', 'gemini', 'Codex', 'cod'].map((holder) =>
    eventsOf(repo, ['--holder', holder]).map(tell),
  );

  expect(found).toEqual([
    ON_SRC,
    ['denied claude src/', ON_LIB, 'forced codex src/a.ts'],
    [ON_DOCS],
    [],
    [],
  ]);
});

test('says that nothing happened, or nothing of that', () => {
  const repo = makeGuardedRepo();
  const empty = repo.leasehold(['log']);
  claim(repo, 'src/');

  const none = repo.leasehold(['log', 'docs/']);

  expect(empty).toMatchObject({ code: 0, stdout: 'Nothing has happened yet.\n', stderr: '' });
  expect(none).toMatchObject({ code: 0, stdout: 'Nothing of that has happened.\n', stderr: '' });
});

test('lists what happened in a span: so long ago, at an instant, on a day', () => {
  const repo = makeGuardedRepo();
  const at = (time: string) => lineOf({ time, scopes: [{ scope: time, mode: 'write' }] });
  const old = ['2026-01-16T23:59:59.999Z', '2026-01-17T00:00:00.000Z', '2026-01-17T15:30:00.000Z'];
  const recent = [ago(50 * HOUR), ago(5 * HOUR), ago(HOUR / 2)];
  const times = [...old, ...recent];
  writeLog(repo, times.map(at));
  const find = (...args: string[]) => eventsOf(repo, args).map(({ time }) => times.indexOf(time));

  expect(find('--since', '1h')).toEqual([5]);
  expect(find('--since', '2d')).toEqual([4, 5]);
  expect(find('--since', '2d3h')).toEqual([3, 4, 5]);
  expect(find('--since', '2d3h', '--until', '90m')).toEqual([3, 4]);
  // Both ends count.
  expect(find('--until', '2026-01-17')).toEqual([0, 1]);
  expect(find('--since', '2026-01-17', '--until', '2026-01-18')).toEqual([1, 2]);
  expect(find('--since', '2026-01-17T15:30Z', '--until', '2026-01-17T16:30+01:00')).toEqual([2]);
  expect(find('--until', '2d', '--since', '1h')).toEqual([]);
}, 120_000);

test('narrows by path, holder and time at once', () => {
  const repo = makeBusyRepo();

  const found = eventsOf(repo, ['src/deep/', '--holder', 'claude', '--since', '1h']);

  expect(found.map(tell)).toEqual(['denied claude src/']);
});

test.each([
  ['soon'],
  ['1'],
  ['-1h'],
  ['0h'],
  [''],
  ['2026-13-40'],
  ['2026-01-17T99:00Z'],
  ['99999999d'],
])('does not take %j for a time', (time) => {
  const repo = makeGuardedRepo();

  const answers = ['since', 'until'].map((name) => repo.leasehold(['log', `--${name}=${time}`]));

  for (const { code, stdout, stderr } of answers) {
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/is no time\nnext: leasehold log --(?:since|until) 2h, or: /);
  }
});

test('prints whole events to a machine, and one line each to people', () => {
  const repo = makeGuardedRepo();
  const { id, token } = repo.json(['claim', 'src/', '--read', 'api.ts'], CODEX).body.grant;
  repo.leasehold(['release', '--force', '--reason', 'crashed', 'src/'], CLAUDE);

  const events = eventsOf(repo);
  const { stdout } = repo.leasehold(['log']);

  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const src = { scope: 'src/', mode: 'write' };
  const known = { time, holder: 'codex', grant: id };
  expect(events).toEqual([
    {
      ...known,
      event: 'claimed',
      token,
      scopes: [src, { scope: 'api.ts', mode: 'read' }],
      email: 'ben@example.com',
    },
    {
      ...known,
      event: 'forced',
      token: expect.any(Number),
      scopes: [src],
      by: 'claude',
      reason: 'crashed',
    },
  ]);
  expect(stdout.split('\n').map((line) => line.replace(/^\S+\s+/, ''))).toEqual([
    'claimed     codex  src/ api.ts',
    'forced      codex  src/ (by claude): "crashed"',
    '',
  ]);
});

test('shows nothing raw of what somebody wrote into the log', () => {
  const repo = makeGuardedRepo();
  const hostile = {
    time: '\u001b[2J\n2026',
    event: 'claimed\u0007\n',
    holder: 'a\n\u001b[31mroot',
    scopes: [{ scope: 'src/\n\u202e', mode: 'write' }],
    by: '\u009b31m',
    reason: `\u001b]0;x\u0007\n${'x'.repeat(1000)}`,
  };
  writeLog(repo, [lineOf(hostile), lineOf()]);

  const { stdout } = repo.leasehold(['log']);

  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(stdout).not.toContain('x'.repeat(80));
  expect(stdout.split('\n')).toHaveLength(3);
});

/** As a crash or a full disk leaves it: half an event, and no end of the line. */
const HALF = lineOf({ holder: 'torn' }).slice(0, 70);

test('loses nothing behind a line that was torn', () => {
  const repo = makeGuardedRepo();
  claim(repo, 'a/');
  appendFileSync(logOf(repo), HALF);
  claim(repo, 'b/');
  claim(repo, 'c/');
  appendFileSync(logOf(repo), HALF);

  const torn = eventsOf(repo).map(tell);
  appendFileSync(logOf(repo), '\n');
  claim(repo, 'd/');

  expect(torn).toEqual(['claimed codex a/', 'claimed codex b/', 'claimed codex c/']);
  expect(eventsOf(repo).map(tell)).toEqual([...torn, 'claimed codex d/']);
});

test('loses nothing behind a line that was torn in what somebody has said', () => {
  const repo = makeGuardedRepo();
  // What is written in quotes is no beginning of an event.
  const said = lineOf({ reason: lineOf({ holder: 'quoted' }) });
  writeLog(repo, [said, said.slice(0, -10)]);
  claim(repo, 'b/');

  expect(eventsOf(repo).map(tell)).toEqual(['claimed codex src/', 'claimed codex b/']);
});

test('passes over what is no event, and lists all else', () => {
  const repo = makeGuardedRepo();
  const foreign = [
    'not JSON\n',
    '\n',
    '\u0000\u0001\n',
    'null\n',
    '[]\n',
    '"claimed"\n',
    '{}\n',
    lineOf({ time: 1 }),
    lineOf({ holder: null }),
    lineOf({ scopes: 'src/' }),
    lineOf({ scopes: [{ scope: 1, mode: 'write' }] }),
    lineOf({ scopes: [null] }),
    lineOf({ token: 'one' }),
    lineOf({ by: 7 }),
    `${'['.repeat(100_000)}\n`,
    `{"x":${lineOf().trimEnd()}}\n`,
  ];
  writeLog(repo, [
    lineOf({ holder: 'first' }),
    ...foreign,
    lineOf({ holder: 'last', hue: 'blue' }),
  ]);
  appendFileSync(logOf(repo), Buffer.from([0xff, 0xfe, 0x0a]));
  claim(repo, 'b/');

  const holders = eventsOf(repo).map(({ holder }) => holder);

  expect(holders).toEqual(['first', 'last', 'codex']);
  expect(repo.leasehold(['log', 'src/']).stdout.split('\n')).toHaveLength(3);
});

const AT_ONCE = 20;

/** Twenty holders claim files of their own, all at once. */
const claimAtOnce = (repo: Repo, files: number): Promise<Ended[]> => {
  const scopesOf = (at: number) =>
    Array.from({ length: files }, (_, file) => `part-${at}/${'x'.repeat(100)}-${file}`);
  const claims = Array.from({ length: AT_ONCE }, (_, at) =>
    startLeasehold(repo, ['claim', ...scopesOf(at), '--as', `agent-${at}`]),
  );
  return Promise.all(claims);
};

const AGENTS = Array.from({ length: AT_ONCE }, (_, at) => `agent-${at}`).sort();

test('mixes no two events of processes that write at once', async () => {
  const repo = makeGuardedRepo();

  // So many that each event takes a while to be written.
  const claims = await claimAtOnce(repo, 100);
  const lines = readFileSync(logOf(repo), 'utf8').split('\n');
  const events = eventsOf(repo);

  expect(claims.map(({ code }) => code)).toEqual(AGENTS.map(() => 0));
  expect(lines.pop()).toBe('');
  expect(lines.map((line) => JSON.parse(line))).toEqual(events);
  expect(events.map(({ holder }) => holder).sort()).toEqual(AGENTS);
  expect(new Set(events.map(({ token }) => token)).size).toBe(AT_ONCE);
}, 120_000);

const PART = 4 * 1024 * 1024;

/** Lines that together are longer than a part of the log may be. */
const FULL = Array.from({ length: 4300 }, (_, at) =>
  lineOf({ grant: `old-${at}`, time: ago(HOUR - at), reason: 'x'.repeat(1000) }),
);

const listParts = (repo: Repo): string[] =>
  existsSync(stateOf(repo, 'log')) ? readdirSync(stateOf(repo, 'log')).sort() : [];

test('puts a log that has grown long among its earlier parts, and lists them all in order', () => {
  const repo = makeGuardedRepo();
  writeLog(repo, FULL);
  claim(repo, 'a/');
  const closed = existsSync(logOf(repo));
  claim(repo, 'b/');
  repo.leasehold(['release', 'a/'], CODEX);

  const events = readAll(repo);

  expect(closed).toBe(false);
  expect(listParts(repo)).toHaveLength(1);
  expect(events.slice(0, FULL.length)).toEqual(FULL.map((line) => JSON.parse(line)));
  expect(events.slice(FULL.length).map(tell)).toEqual([
    'claimed codex a/',
    'claimed codex b/',
    'released codex a/',
  ]);
  expect(eventsOf(repo, ['a/']).map(tell)).toEqual(['claimed codex a/', 'released codex a/']);
});

test('leaves a log alone that is not long', () => {
  const repo = makeGuardedRepo();
  writeLog(repo, [lineOf({ reason: 'x'.repeat(PART / 2) })]);

  claim(repo, 'a/');

  expect(listParts(repo)).toEqual([]);
});

test('loses no event of processes that write at once while the log is put away', async () => {
  const repo = makeGuardedRepo();
  // Some ten events more, and it is long enough.
  writeLog(repo, [lineOf({ holder: 'old', reason: 'x'.repeat(PART - 3000) })]);

  const claims = await claimAtOnce(repo, 1);
  const events = readAll(repo);

  expect(claims.map(({ code }) => code)).toEqual(AGENTS.map(() => 0));
  expect(listParts(repo).length).toBeGreaterThan(0);
  expect(events[0]?.holder).toBe('old');
  expect(
    events
      .slice(1)
      .map(({ holder }) => holder)
      .sort(),
  ).toEqual(AGENTS);
}, 120_000);

/** A part that was closed so long ago. */
const writePart = (repo: Repo, age: number, holder: string): void => {
  const name = `${String(Date.now() - age).padStart(15, '0')}.${holder}`;
  mkdirSync(stateOf(repo, 'log'), { recursive: true });
  writeFileSync(stateOf(repo, 'log', name), lineOf({ holder, time: ago(age) }));
};

test('keeps a part of the log for ninety days, and longer where nothing closes the next', () => {
  const repo = makeGuardedRepo();
  writePart(repo, 91 * DAY, 'outdated');
  writePart(repo, 89 * DAY, 'old');
  claim(repo, 'a/');
  const before = eventsOf(repo).map(({ holder }) => holder);
  appendFileSync(logOf(repo), FULL.join(''));

  claim(repo, 'b/');

  const holders = new Set(readAll(repo).map(({ holder }) => holder));
  expect(before).toEqual(['outdated', 'old', 'codex']);
  expect([...holders]).toEqual(['old', 'codex']);
  expect(listParts(repo)).toHaveLength(2);
});

test('draws tokens above those of an earlier part where the directory of tokens is lost', () => {
  const repo = makeGuardedRepo();
  mkdirSync(stateOf(repo, 'log'), { recursive: true });
  writeFileSync(
    stateOf(repo, 'log', `${String(Date.now()).padStart(15, '0')}.x`),
    lineOf({ token: 41 }),
  );
  writeLog(repo, [lineOf({ token: 7 })]);

  const { grant } = repo.json(['claim', 'a/'], CODEX).body;

  expect(grant.token).toBe(42);
});

test('ends quietly where its reader has seen enough', () => {
  const repo = makeGuardedRepo();
  writeLog(repo, FULL);

  const ended = runShell(repo, 'leasehold log | head -n 1');

  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout.split('\n')).toHaveLength(2);
});
