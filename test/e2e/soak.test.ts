import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const SOAK = resolve(import.meta.dirname, '../../scripts/soak.mjs');

/** Far more than it takes: how fast the machine is decides nothing here. */
const LIMIT = 240_000;

type Ended = { code: number | null; stdout: string; stderr: string };

/** Runs the soak; it ends with the test at the latest, and its processes with it. */
const runSoak = (...args: string[]): Promise<Ended> =>
  new Promise((done, failed) => {
    const child = spawn(process.execPath, [SOAK, ...args]);
    onTestFinished(() => void child.kill());
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', failed);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });

const countOf = (what: string, report: string): number =>
  Number(new RegExp(`(\\d+) ${what}`).exec(report)?.[1] ?? 0);

it(
  'lets no two holders in and tells nobody what is not so, while sixteen processes race, die and stand still',
  async () => {
    const { code, stdout, stderr } = await runSoak('--seconds', '4');

    expect(stderr).toBe('');
    expect(stdout).toMatch(/; 0 violations\n$/);
    expect(code).toBe(0);
    for (const what of ['granted', 'kills', 'stops', 'past an expiry', 'readings']) {
      expect(countOf(what, stdout), what).toBeGreaterThan(0);
    }
    expect(countOf('processes', stdout)).toBe(16);
  },
  LIMIT,
);

type Scopes = { scope: string; mode: 'read' | 'write' }[];
type Line = Record<string, unknown>;
type Run = {
  journals: Record<string, Line[]>;
  readings?: Line[];
  driver?: Line[];
  log?: Line[];
};

const MINUTE = Date.UTC(2026, 0, 1);
const time = (at: number): string => new Date(MINUTE + at).toISOString();

const write = (scope: string): Scopes => [{ scope, mode: 'write' }];
const read = (scope: string): Scopes => [{ scope, mode: 'read' }];

type Entered = {
  grant: string;
  rev: number;
  token: number;
  expiresAt: number;
  claims: Scopes;
};

const ANN: Entered = { grant: 'ann-1', rev: 1, token: 1, expiresAt: 500, claims: write('src/') };
const BOB: Entered = {
  grant: 'bob-1',
  rev: 1,
  token: 9,
  expiresAt: 900,
  claims: write('src/a.ts'),
};

/** A process's journal: each call with the time at which it was made, and what it was told and when. */
const journal = (holder: string, ...calls: [at: number, call: Line, answer?: Line][]): Line[] => [
  { kind: 'start', name: holder, holder },
  ...calls.flatMap(([at, call, answer], index): Line[] => [
    { kind: 'call', n: index + 1, at: MINUTE + at, ...call },
    ...(answer
      ? [{ kind: 'answer', n: index + 1, ...answer, at: MINUTE + Number(answer.at ?? at) }]
      : []),
  ]),
  { kind: 'end' },
];

/** As if the process had been killed: nothing of its end is there. */
const cutOff = (lines: Line[]): Line[] => lines.slice(0, -1);
const killOf = (name: string): Line => ({ kind: 'kill', name });

const claimed = (at: number, entered: Entered): [number, Line, Line] => [
  at - 10,
  { op: 'claim', grant: entered.grant },
  { at, told: 'granted', entered: { ...entered, expiresAt: MINUTE + entered.expiresAt } },
];
const released = (at: number, grant: string): [number, Line, Line] => [
  at,
  { op: 'release', grant },
  { at: at + 10, told: 'all' },
];
const forced = (at: number, told: 'all' | 'none'): [number, Line, Line] => [
  at,
  { op: 'force', grant: ANN.grant, rev: ANN.rev },
  { at: at + 10, told },
];

const READS: Entered = { ...ANN, claims: [...read('src/a.ts'), ...read('lib/')] };
/** An extension of `READS`: what its process was told. */
const extended = (...claims: Scopes): [number, Line, Line] => [
  150,
  { op: 'extend', grant: ANN.grant, claims },
  {
    at: 160,
    told: 'granted',
    entered: { ...ANN, rev: 2, token: 3, expiresAt: MINUTE + ANN.expiresAt, claims },
  },
];
const WRITES = extended(...write('src/a.ts'), ...read('lib/'));
const WIDENS = extended(...write('src/'), ...read('lib/'));
const forcedPart = (at: number, given: Scopes, left: Scopes): [number, Line, Line] => [
  at,
  { op: 'force', grant: ANN.grant, rev: 2 },
  {
    at: at + 10,
    told: 'part',
    given,
    entered: {
      holder: 'ann',
      grant: ANN.grant,
      rev: 3,
      token: 4,
      expiresAt: MINUTE + ANN.expiresAt,
      claims: left,
    },
  },
];

const event = (kind: string, grant: string, more: Line = {}): Line => ({
  time: time(0),
  event: kind,
  holder: grant.slice(0, 3),
  grant,
  scopes: [],
  ...more,
});
/** What the log has of ann's grant and of bob's when all is well. */
const CLAIMED = [
  event('claimed', ANN.grant, { token: ANN.token }),
  event('claimed', BOB.grant, { token: BOB.token }),
];
/** And of a part of ann's that was taken by force once she had extended her grant. */
const PARTED = [
  event('extended', ANN.grant, { token: 3 }),
  event('forced', ANN.grant, { token: 4 }),
];
const ENDED = [event('released', ANN.grant), event('forced', ANN.grant)];

const readingOf = (at: number, ...grants: Entered[]): Line => ({
  from: MINUTE + at,
  now: MINUTE + at + 2,
  to: MINUTE + at + 3,
  grants: grants.map((one) => ({
    ...one,
    holder: one.grant.slice(0, 3),
    expiresAt: MINUTE + one.expiresAt,
  })),
});

const toLines = (lines: readonly Line[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** The checker's answer to a run that never was: its exit code, and what it complains of. */
const checkRun = async ({ journals, readings = [], driver = [], log = [] }: Run) => {
  const directory = mkdtempSync(join(tmpdir(), 'leasehold-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const files: Record<string, Line[]> = {
    'readings.jsonl': readings,
    'driver.jsonl': driver,
    'common/leasehold/log.jsonl': [...CLAIMED, ...log],
  };
  for (const [name, lines] of Object.entries(journals)) files[`journals/${name}.jsonl`] = lines;
  for (const [path, lines] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), toLines(lines));
  }
  const { code, stderr } = await runSoak('--check', directory);
  return { code, complaints: stderr.split('\n').filter((line) => line !== '') };
};

const RIGHT: Record<string, Run> = {
  'who was granted what another had released': {
    journals: {
      ann: journal('ann', claimed(100, ANN), released(250, ANN.grant)),
      bob: journal('bob', claimed(250, BOB)),
    },
    log: ENDED,
  },
  'who was granted what had expired in the same millisecond': {
    journals: { ann: journal('ann', claimed(100, ANN)), bob: journal('bob', claimed(500, BOB)) },
  },
  'who took it by force first': {
    journals: {
      ann: journal('ann', claimed(100, ANN)),
      bob: journal('bob', forced(250, 'all'), claimed(270, BOB)),
    },
    log: ENDED,
  },
  'who took by force a write that had been a read when it was granted': {
    journals: {
      ann: journal('ann', claimed(100, READS), WRITES),
      bob: journal('bob', forcedPart(250, write('src/a.ts'), read('lib/')), claimed(270, BOB)),
    },
    log: PARTED,
  },
  'who took by force a directory that had come over a file': {
    journals: {
      ann: journal('ann', claimed(100, READS), WIDENS),
      bob: journal('bob', forcedPart(250, write('src/'), read('lib/')), claimed(270, BOB)),
    },
    log: PARTED,
  },
  'who came after a release whose process was killed within it': {
    journals: {
      ann: cutOff(journal('ann', claimed(100, ANN), [250, { op: 'release', grant: ANN.grant }])),
      bob: journal('bob', claimed(270, BOB)),
    },
    driver: [killOf('ann')],
  },
  'who reads what another reads': {
    journals: {
      ann: journal('ann', claimed(100, { ...ANN, claims: read('src/') })),
      bob: journal('bob', claimed(200, { ...BOB, claims: read('src/a.ts') })),
    },
  },
  'who was told of a grant only after it was over': {
    journals: { ann: journal('ann', claimed(600, ANN)), bob: journal('bob', claimed(550, BOB)) },
  },
};

const WRONG: Record<string, [complaint: RegExp, Run]> = {
  'two holders who may act at once': [
    /^two holders may act at once: ann's .* and bob's /,
    {
      journals: { ann: journal('ann', claimed(100, ANN)), bob: journal('bob', claimed(300, BOB)) },
    },
  ],
  'a grant that was given away because its process was killed': [
    /^two holders may act at once/,
    {
      journals: {
        ann: cutOff(journal('ann', claimed(100, ANN))),
        bob: journal('bob', claimed(300, BOB)),
      },
      driver: [killOf('ann')],
    },
  ],
  'a grant that was given away although force had not ended it': [
    /^two holders may act at once/,
    {
      journals: {
        ann: journal('ann', claimed(100, ANN)),
        bob: journal('bob', forced(250, 'none'), claimed(270, BOB)),
      },
    },
  ],
  'a claim that was given away although force had ended another one of its grant': [
    /^two holders may act at once: ann's .* rev 1 .*read src\/a\.ts .* and bob's /,
    {
      journals: {
        ann: journal('ann', claimed(100, READS), WRITES),
        bob: journal('bob', forcedPart(250, read('lib/'), write('src/a.ts')), claimed(270, BOB)),
      },
      log: PARTED,
    },
  ],
  'a reading with two holders': [
    /^a reading at \d+ shows ann's .* beside bob's /,
    {
      journals: {
        ann: journal('ann', claimed(100, ANN), released(150, ANN.grant)),
        bob: journal('bob', claimed(300, BOB)),
      },
      log: ENDED,
      readings: [readingOf(140, ANN, BOB)],
    },
  ],
  'a reading that misses a grant': [
    /^a reading of .* misses ann's /,
    {
      journals: { ann: journal('ann', claimed(100, ANN)), bob: journal('bob', claimed(500, BOB)) },
      readings: [readingOf(200)],
    },
  ],
  'a grant that is seen after its release': [
    /^a reading at \d+ shows ann's .* which was ended before/,
    {
      journals: {
        ann: journal('ann', claimed(100, ANN), released(150, ANN.grant)),
        bob: journal('bob', claimed(300, BOB)),
      },
      log: ENDED,
      readings: [readingOf(200, ANN)],
    },
  ],
  'a denial because of what had expired': [
    /^process bob was denied \(call 1\) because of ann-1, which had ended/,
    {
      journals: {
        ann: journal('ann', claimed(100, ANN)),
        bob: journal(
          'bob',
          [
            510,
            { op: 'claim', grant: 'bob-0' },
            { at: 520, told: 'denied', by: [[ANN.grant, MINUTE + ANN.expiresAt]] },
          ],
          claimed(600, BOB),
        ),
      },
      log: [event('denied', 'bob-0')],
    },
  ],
  'a grant that is said to be gone, and is not': [
    /^process ann was told that ann-1 is gone \(call 2\): it is not/,
    {
      journals: {
        ann: journal('ann', claimed(100, ANN), [
          200,
          { op: 'renew', grant: ANN.grant },
          { at: 210, told: 'none', reason: 'gone' },
        ]),
        bob: journal('bob', claimed(600, BOB)),
      },
    },
  ],
  'a renewal of what had expired': [
    /^process ann had a renew of ann-1, which had expired/,
    {
      journals: {
        ann: journal('ann', claimed(100, ANN), [
          500,
          { op: 'renew', grant: ANN.grant },
          {
            at: 510,
            told: 'renewed',
            entered: { ...ANN, rev: 2, token: 3, expiresAt: MINUTE + 800 },
          },
        ]),
        bob: journal('bob', claimed(900, BOB)),
      },
      log: [event('renewed', ANN.grant, { token: 3 })],
    },
  ],
  'a later grant with the smaller token': [
    /^bob's .* came after ann's .* and has token 1, not above 2/,
    {
      journals: {
        ann: journal('ann', claimed(100, { ...ANN, token: 2 })),
        bob: journal('bob', claimed(600, { ...BOB, token: 1 })),
      },
    },
  ],
  'a take-over before the expiry': [
    /^ann's .* was taken-over at .* before its expiry/,
    {
      journals: { ann: journal('ann', claimed(100, ANN)), bob: journal('bob', claimed(600, BOB)) },
      log: [event('taken-over', ANN.grant, { time: time(499) })],
    },
  ],
  'a grant that the log does not have': [
    /^the log has 0 events "claimed" of call 1 of process cyd/,
    { journals: { cyd: journal('cyd', claimed(100, { ...ANN, grant: 'cyd-1' })) } },
  ],
  'a grant that went in, and whose process was told otherwise': [
    /^ann-1 went in, and process ann was told "denied"/,
    {
      journals: {
        ann: journal('ann', [100, { op: 'claim', grant: ANN.grant }, { told: 'denied', by: [] }]),
      },
    },
  ],
  'a process that broke off, and was not killed': [
    /^process ann did not come to its end/,
    { journals: { ann: cutOff(journal('ann', claimed(100, ANN))) } },
  ],
  'somebody who is still in the way when all are gone': [
    /^the last claim of all was denied/,
    { journals: {}, driver: [{ kind: 'last', granted: false, alive: 0, pending: [], grants: [] }] },
  ],
};

describe('the checker', () => {
  it.each(Object.entries(RIGHT))(
    'has nothing against one %s',
    async (_, run) => {
      expect(await checkRun(run)).toEqual({ code: 0, complaints: [] });
    },
    LIMIT,
  );

  it.each(Object.entries(WRONG))(
    'finds %s',
    async (_, [complaint, run]) => {
      const { code, complaints } = await checkRun(run);
      expect(complaints).toContainEqual(expect.stringMatching(complaint));
      expect(code).toBe(1);
    },
    LIMIT,
  );
});
