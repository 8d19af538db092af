import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { VERSION } from '../../src/kit/version.ts';
import {
  addRemote,
  type Call,
  copiesOf,
  type Ended,
  locksDirectory,
  makeGuardedRepo,
  NO_HOOKS,
  type Repo,
  startLeasehold,
  writeLock,
} from '../make-repo.ts';
import { nextOf, runShell, warmUp } from '../shell.ts';

const MINUTE = 60_000;
const CODEX = { holder: 'codex' };
const CLAUDE = { holder: 'claude' };
const GEMINI = { holder: 'gemini' };
const FILES = {
  'src/a.ts': 'one\n',
  'src/b.ts': 'one\n',
  'free.ts': 'one\n',
  CODEOWNERS: 'docs/ @ann\n',
};

const stateOf = (repo: Repo, ...parts: string[]): string =>
  join(locksDirectory(repo), '..', ...parts);

const fromNow = (minutes: number): string => new Date(Date.now() + minutes * MINUTE).toISOString();

/** Moves the times of a holder's records, as if the clock had gone on meanwhile. */
const moveTimes = (repo: Repo, holder: string, lockedAt: number, expiresAt: number): void => {
  for (const name of readdirSync(locksDirectory(repo))) {
    const path = join(locksDirectory(repo), name);
    const record = JSON.parse(readFileSync(path, 'utf8'));
    if (record.agent !== holder) continue;
    const times = { locked_at: fromNow(lockedAt), expires_at: fromNow(expiresAt) };
    writeFileSync(path, JSON.stringify({ ...record, ...times }));
  }
};

const expireLocks = (repo: Repo, holder: string): void => moveTimes(repo, holder, -61, -1);

/** Changes `path` in the index, and commits it; the tree is clean afterwards. */
const commitFile = (repo: Repo, path: string, call: Call): Ended => {
  repo.write(path, `${Math.random()}\n`);
  repo.git('add', '--', path);
  const commit = repo.tryGit(['commit', '-m', 'work'], call);
  repo.git('reset', '--quiet', '--hard');
  return commit;
};

/** The command that a notice says below itself. */
const remedyOf = (told: string, notice: string): string => {
  const lines = told.split('\n');
  const at = lines.findIndex((line) => line.includes(notice));
  return lines[at + 1]?.trim() ?? 'false # no such notice';
};

/** codex held `src/a.ts`, which ran out, and claude has had it since. */
const makeTakenOverRepo = copiesOf((config: object = {}): Repo => {
  const repo = makeGuardedRepo(FILES, config);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  expireLocks(repo, 'codex');
  repo.leasehold(['claim', 'src/a.ts'], CLAUDE);
  repo.leasehold(['release', '--all'], CLAUDE);
  return repo;
});

const TAKEN_OVER =
  /^note: your grant on src\/a\.ts ran out at .*, and claude has taken src\/a\.ts over$/m;

/** Commands that are not about grants, and commands that are; each with the code that it has anyway. */
const COMMANDS: [args: string[], code: number][] = [
  [['status'], 0],
  [['check'], 0],
  [['check', '--paths', 'src/a.ts'], 1],
  [['whoami'], 0],
  [['log'], 0],
  [['conflicts', 'src/a.ts'], 0],
  [['why', 'src/a.ts'], 1],
  [['owners', 'src/a.ts'], 0],
  [['claim', 'docs/'], 0],
  [['extend', 'lib/'], 0],
  [['renew', '--all'], 0],
  [['release', 'docs/', 'lib/'], 0],
  [['ask', 'docs/', '-m', 'please'], 1],
];

test('tells a holder at any command that its grant was taken over, and changes no exit code', () => {
  const repo = makeTakenOverRepo();

  // It prints no JSON, for its output is the command's.
  const held: typeof COMMANDS = [[['run', 'docs/', '--', 'true'], 0]];
  const answers = [...COMMANDS, ...held].map(([args, code]) => ({
    args,
    code,
    ended: repo.leasehold(args, CODEX),
  }));

  for (const { args, code, ended } of answers) {
    expect([args, ended.code]).toEqual([args, code]);
    expect(ended.stderr).toMatch(TAKEN_OVER);
    expect(remedyOf(ended.stderr, 'ran out')).toBe('leasehold claim -- src/a.ts');
    expect(ended.stdout).not.toContain('note:');
  }
}, 120_000);

test('keeps one JSON object on standard output, and tells on standard error', () => {
  const repo = makeTakenOverRepo();

  for (const [args, code] of COMMANDS) {
    const ended = repo.leasehold([...args, '--json'], CODEX);
    expect([args, ended.code]).toEqual([args, code]);
    expect(JSON.parse(ended.stdout)).toMatchObject({ version: 1 });
    expect(ended.stderr).toMatch(TAKEN_OVER);
  }
}, 120_000);

test('tells nobody else: another holder, a person, the one who took it', () => {
  const repo = makeTakenOverRepo();

  const answers = [CLAUDE, GEMINI, {}, { holder: 'Codex' }].map((call) =>
    repo.leasehold(['status'], call),
  );

  for (const { stderr } of answers) expect(stderr).toBe('');
});

test('tells whoever --as names, for that is who acts', () => {
  const repo = makeTakenOverRepo();

  const asCodex = repo.leasehold(['whoami', '--as', 'codex'], GEMINI);
  const asGemini = repo.leasehold(['whoami', '--as', 'gemini'], CODEX);

  expect(asCodex.stderr).toMatch(TAKEN_OVER);
  expect(asGemini.stderr).toBe('');
});

test('tells a person by the e-mail that git has', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts']);
  repo.leasehold(['release', '--force', '--reason', 'gone home', 'src/'], CLAUDE);

  expect(repo.leasehold(['status']).stderr).toContain('claude ended your grant on src/a.ts');
  expect(commitFile(repo, 'free.ts', {}).stderr).toContain('claude ended your grant on src/a.ts');
});

test('tells a holder at its commit, accepted or refused, wherever it commits', () => {
  const repo = makeTakenOverRepo();
  const tree = repo.addWorktree('tree');

  const accepted = commitFile(repo, 'free.ts', CODEX);
  const refused = commitFile(repo, 'src/a.ts', CODEX);
  const inTree = commitFile(tree, 'free.ts', CODEX);

  expect([accepted.code, refused.code, inTree.code]).toEqual([0, 1, 0]);
  for (const { stderr } of [accepted, refused, inTree]) expect(stderr).toMatch(TAKEN_OVER);
  expect(commitFile(repo, 'free.ts', GEMINI)).toMatchObject({ code: 0, stderr: '' });
});

test('tells a holder at its push', () => {
  const repo = makeTakenOverRepo();
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  repo.commitQuietly({ 'free.ts': 'two\n' });

  const push = repo.tryGit(['push', '--quiet', 'origin', 'main'], CODEX);

  expect(push.code).toBe(0);
  expect(push.stderr).toMatch(TAKEN_OVER);
});

test('advises in a subdirectory what can be pasted there, at a commit and at a push', () => {
  const repo = makeTakenOverRepo();
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  repo.leasehold(['claim', 'src/a.ts'], CLAUDE);
  const here = { ...CODEX, cwd: repo.path('src') };

  repo.write('src/a.ts', 'mine\n');
  const commit = repo.tryGit(['commit', '-am', 'work'], here);
  repo.git(...NO_HOOKS, 'commit', '--quiet', '--all', '--message', 'work');
  const push = repo.tryGit(['push', '--quiet', 'origin', 'main'], here);

  for (const { code, stderr } of [commit, push]) {
    expect(code).toBe(1);
    expect(remedyOf(stderr, 'has taken src/a.ts over')).toBe('leasehold claim -- a.ts');
    expect(stderr).toContain('leasehold claim --wait -- a.ts');
    expect(nextOf(stderr)).toBe('leasehold conflicts -- a.ts');
  }
});

const HANDED_OVER = 'handed over to the command';

/** The guard judges by itself from here on: the installed command only says that it was asked. */
const muteCommand = (repo: Repo): void => {
  // A source, so that the export audit has looked, and what it has read is known.
  repo.write('warm.ts', 'up\n');
  repo.git('add', '--', 'warm.ts');
  warmUp(repo);
  repo.git('reset', '--quiet', '--hard');
  const command = stateOf(repo, 'bin', VERSION, 'leasehold.cjs');
  writeFileSync(command, `console.error('${HANDED_OVER}');\n`);
};

test('hands a commit to the command where its holder has to be told something, and no other', () => {
  const repo = makeTakenOverRepo();
  muteCommand(repo);

  expect(commitFile(repo, 'free.ts', CODEX).stderr).toContain(HANDED_OVER);
  expect(commitFile(repo, 'free.ts', CLAUDE)).toMatchObject({ code: 0, stderr: '' });
  expect(commitFile(repo, 'free.ts', {})).toMatchObject({ code: 0, stderr: '' });
});

test('hands a commit over for whoever is asked something, whose grant ran out, or is to be renewed', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'a/'], CODEX);
  repo.leasehold(['claim', 'b/'], CLAUDE);
  repo.leasehold(['claim', 'c/'], GEMINI);
  repo.leasehold(['claim', 'free.ts'], { holder: 'llama' });
  repo.leasehold(['ask', 'a/', '-m', 'please'], CLAUDE);
  expireLocks(repo, 'claude');
  moveTimes(repo, 'gemini', -31, 29);
  muteCommand(repo);

  const told = [CODEX, CLAUDE, GEMINI].map((call) => commitFile(repo, 'src/a.ts', call));
  const quiet = commitFile(repo, 'free.ts', { holder: 'llama' });

  for (const { stderr } of told) expect(stderr).toContain(HANDED_OVER);
  expect(quiet).toMatchObject({ code: 0, stderr: '' });
});

test('says nothing at a commit where guard.mode is off, and all of it where it only warns', () => {
  const off = makeTakenOverRepo({ guard: { mode: 'off' } });
  const warn = makeTakenOverRepo({ guard: { mode: 'warn' } });

  const silent = commitFile(off, 'src/a.ts', CODEX);
  const warned = commitFile(warn, 'src/a.ts', CODEX);

  expect(silent).toMatchObject({ code: 0, stderr: '' });
  expect(warned.code).toBe(0);
  expect(warned.stderr).toMatch(TAKEN_OVER);
});

test('tells a holder of each grant that ended, and in what way', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  expireLocks(repo, 'codex');
  repo.leasehold(['claim', 'src/a.ts'], CLAUDE);
  repo.leasehold(['claim', 'src/b.ts'], CODEX);
  repo.leasehold(['release', '--force', '--reason', 'crashed', 'src/b.ts'], CLAUDE);

  const { stderr } = repo.leasehold(['status'], CODEX);

  expect(stderr).toMatch(TAKEN_OVER);
  expect(stderr).toContain('note: claude ended your grant on src/b.ts by force, reason "crashed"');
});

test('tells a holder that its grant ran out and nobody took it, until it claims again', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  expireLocks(repo, 'codex');

  const first = repo.leasehold(['status'], CODEX);
  const atCommit = commitFile(repo, 'free.ts', CODEX);
  const others = repo.leasehold(['status'], CLAUDE);
  const pasted = runShell(repo, remedyOf(first.stderr, 'ran out'), CODEX);
  const after = repo.leasehold(['status'], CODEX);

  for (const { stderr } of [first, atCommit]) {
    expect(stderr).toMatch(/^note: your grant on src\/a\.ts ran out at .* nobody has taken it$/m);
  }
  expect(others.stderr).toBe('');
  expect(pasted.code).toBe(0);
  expect(after.stderr).toBe('');
});

test('tells a holder whose lock was written by hand that it ends within ten minutes', () => {
  const repo = makeGuardedRepo(FILES);
  writeLock(repo, 'soon.lock', { files: ['src/a.ts'], expires_at: fromNow(8) });
  writeLock(repo, 'later.lock', { files: ['src/b.ts'], expires_at: fromNow(30) });
  // Nobody wants to hear of the end of what was meant to be short, as soon as it has begun.
  writeLock(repo, 'short.lock', {
    files: ['free.ts'],
    locked_at: fromNow(-1),
    expires_at: fromNow(8),
  });

  const command = repo.leasehold(['status'], CODEX);
  const commit = commitFile(repo, 'src/a.ts', CODEX);

  for (const { stderr } of [command, commit]) {
    expect(stderr).toMatch(/^note: your grant on src\/a\.ts ends at .* UTC \(in \d+ min\)$/m);
    expect(stderr.match(/^note:/gm)).toHaveLength(1);
  }
  expect(repo.leasehold(['status'], CLAUDE).stderr).toBe('');
});

test('tells at a refused commit what ends soon, for that one renews nothing; its remedy does', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/b.ts'], CLAUDE);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  moveTimes(repo, 'codex', -55, 5);

  const refused = commitFile(repo, 'src/b.ts', CODEX);
  const remedy = remedyOf(refused.stderr, 'ends at');
  const pasted = runShell(repo, remedy, CODEX);

  expect(refused.code).toBe(1);
  expect(remedy).toMatch(/^leasehold renew --grant [0-9a-f]{8}$/);
  expect(pasted).toMatchObject({ code: 0, stderr: '' });
});

const ASKED = 'note: claude asks you for src/a.ts: "Ten minutes?"';

test('tells a holder once what it is asked, and the answer is a command to paste', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  const asked = repo.leasehold(['ask', 'src/a.ts', '-m', 'Ten minutes?'], CLAUDE);

  const others = repo.leasehold(['status'], GEMINI);
  const first = repo.leasehold(['status'], CODEX);
  const second = repo.leasehold(['status'], CODEX);
  const answered = runShell(repo, remedyOf(first.stderr, ASKED), CODEX);

  expect(asked).toMatchObject({ code: 0, stdout: 'Asked codex: "Ten minutes?"\n', stderr: '' });
  expect(others.stderr).toBe('');
  expect(first.stderr).toContain(`${ASKED}\n`);
  expect(second.stderr).toBe('');
  expect(readdirSync(stateOf(repo, 'asks'))).toEqual([]);
  expect(answered.code).toBe(0);
  expect(repo.leasehold(['claim', 'src/a.ts'], CLAUDE).code).toBe(0);
});

test('tells what a holder is asked at its commit too, accepted or refused, and once', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  repo.leasehold(['claim', 'src/b.ts'], CLAUDE);
  warmUp(repo);
  repo.leasehold(['ask', 'src/a.ts', '-m', 'Ten minutes?'], CLAUDE);
  const accepted = commitFile(repo, 'src/a.ts', CODEX);
  const quiet = commitFile(repo, 'src/a.ts', CODEX);
  repo.leasehold(['ask', 'src/a.ts', '-m', 'Ten minutes?'], CLAUDE);

  const refused = commitFile(repo, 'src/b.ts', CODEX);

  expect([accepted.code, quiet.code, refused.code]).toEqual([0, 0, 1]);
  expect(accepted.stderr).toContain(ASKED);
  expect(quiet.stderr).toBe('');
  expect(refused.stderr).toContain(ASKED);
});

test('asks each of several holders, and not the one who asks', () => {
  const repo = makeGuardedRepo(FILES);
  for (const call of [CODEX, CLAUDE, GEMINI]) {
    repo.leasehold(['claim', '--read', 'src/a.ts'], call);
  }

  const asked = repo.json(['ask', 'src/', '-m', 'May I write?'], CLAUDE);
  const told = [CODEX, GEMINI, CLAUDE].map((call) => repo.leasehold(['status'], call).stderr);

  expect(asked.code).toBe(0);
  expect(asked.body.version).toBe(1);
  expect(asked.body.asked.map(({ holder }: { holder: string }) => holder).sort()).toEqual([
    'codex',
    'gemini',
  ]);
  expect(told.map((text) => text.includes('claude asks you for src/: "May I write?"'))).toEqual([
    true,
    true,
    false,
  ]);
});

test('writes into the log who asked whom for what', () => {
  const repo = makeGuardedRepo(FILES);
  const { id } = repo.json(['claim', 'src/'], CODEX).body.grant;
  repo.leasehold(['ask', 'src/a.ts', '-m', 'Ten minutes?'], CLAUDE);

  const { events } = repo.json(['log']).body;

  expect(events.at(-1)).toMatchObject({
    event: 'asked',
    holder: 'codex',
    grant: id,
    by: 'claude',
    reason: 'Ten minutes?',
    scopes: [{ scope: 'src/a.ts', mode: 'write' }],
  });
});

test('asks nobody where nobody else holds it, and says so with 1', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  repo.leasehold(['claim', 'src/b.ts'], CLAUDE);
  expireLocks(repo, 'claude');

  const free = repo.leasehold(['ask', 'free.ts', '-m', 'please'], GEMINI);
  const own = repo.leasehold(['ask', 'src/a.ts', '-m', 'please'], CODEX);
  const expired = repo.json(['ask', 'src/b.ts', '-m', 'please'], GEMINI);

  for (const ended of [free, own]) {
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('Nobody else holds');
  }
  expect(expired).toEqual({ code: 1, body: { version: 1, asked: [] } });
});

test.each([
  ['longer than its reader is shown', ['src/a.ts', '-m', 'x'.repeat(81)]],
  ['longer once it is printable', ['src/a.ts', '-m', '\u001b'.repeat(21)]],
  ['empty', ['src/a.ts', '-m', '']],
  ['blank', ['src/a.ts', '-m', ' \n\t ']],
  ['missing', ['src/a.ts']],
  ['of no path', ['-m', 'please']],
  ['of two paths', ['src/a.ts', 'src/b.ts', '-m', 'please']],
  ['of a path elsewhere', ['../x.ts', '-m', 'please']],
])('refuses an ask that is %s, and tells nobody', (_, args) => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/'], CODEX);

  const asked = repo.leasehold(['ask', ...args], CLAUDE);

  expect(asked).toMatchObject({ code: 2, stdout: '' });
  expect(repo.leasehold(['status'], CODEX).stderr).toBe('');
});

test('takes a message of eighty characters, whatever they are', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  const message = `${'ä'.repeat(40)}${'👋'.repeat(40)}`;

  const asked = repo.leasehold(['ask', 'src/a.ts', '-m', message], CLAUDE);

  expect(asked.code).toBe(0);
  expect(repo.leasehold(['status'], CODEX).stderr).toContain(`"${message}"`);
});

test('makes a hostile message and a hostile name one printable line', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  const message = '\u001b[2J\u202e\r\nnote: "run" `id`\u0007';

  const asked = repo.leasehold(['ask', 'src/a.ts', '-m', message], { holder: 'a "b" $(id)' });
  const told = repo.leasehold(['status'], CODEX).stderr;

  const line = `"\\x1b[2J\\u202e note: 'run' \`id\`\\x07"`;
  expect(asked).toMatchObject({ code: 0, stdout: `Asked codex: ${line}\n` });
  expect(told).toBe(
    `note: "a 'b' $(id)" asks you for src/a.ts: ${line}\n  leasehold release -- src/a.ts\n`,
  );
});

test('makes one printable line also of an ask and a scope that were written by hand', () => {
  const repo = makeGuardedRepo(FILES);
  const path = 'a.ts; rm -rf "$HOME"\n\u001b1A';
  writeLock(repo, 'by-hand.lock', { files: [path] });
  mkdirSync(stateOf(repo, 'asks'), { recursive: true });
  const ask = {
    id: '1',
    from: '\u001b]0;x\u0007\nroot',
    to: 'codex',
    path,
    message: `\u001b[31m\nnote: ${'y'.repeat(1000)}`,
    at: fromNow(-1),
  };
  writeFileSync(stateOf(repo, 'asks', 'codex.1.json'), JSON.stringify(ask));

  const { stderr } = repo.leasehold(['status'], CODEX);

  expect(stderr.split('\n')).toHaveLength(3);
  expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  expect(stderr).not.toContain('y'.repeat(80));
  // What no plain word could carry is octal in a shell's own quotes.
  expect(stderr.split('\n')[1]).toBe(`  leasehold release -- $'a.ts; rm -rf "$HOME"\\012\\0331A'`);
});

test.each(['src/', 'glob:src/*.ts', 'regex:^src/.*$', 'src/a.ts'])(
  'answers an ask by giving up what is in the way, not more: %s',
  (held) => {
    const repo = makeGuardedRepo(FILES);
    repo.leasehold(['claim', held, 'docs/'], CODEX);
    repo.leasehold(['ask', 'src/a.ts', '-m', 'Ten minutes?'], CLAUDE);
    const told = repo.leasehold(['status'], CODEX).stderr;

    const answered = runShell(repo, remedyOf(told, ASKED), CODEX);

    expect(answered.code).toBe(0);
    expect(repo.leasehold(['claim', 'src/a.ts'], CLAUDE).code).toBe(0);
    expect(repo.leasehold(['claim', 'docs/'], CLAUDE).code).toBe(1);
  },
);

test('tells a holder of an ask also where it has given that up meanwhile, and says so', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  repo.leasehold(['ask', 'src/a.ts', '-m', 'Ten minutes?'], CLAUDE);

  const released = repo.leasehold(['release', '--all'], CODEX);

  expect(released.stderr).toBe(`${ASKED}\n  you hold it no longer\n`);
});

/** Waits until `look` says so; a machine may be slow, but not for ever. */
const until = async (look: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 150; tries += 1) {
    if (look()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('it never came to it');
};

const WAITED = /^note: claude has waited \d+ s for src\/, which you hold$/m;

test('tells a holder who waits for what it holds, at a command and at a commit, and lets them in', async () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/'], CODEX);
  warmUp(repo);
  const waiting = startLeasehold(repo, ['claim', 'src/a.ts', '--wait', '--timeout', '5m'], CLAUDE);
  await until(() => repo.json(['status']).body.waiting.length === 1);

  const command = repo.leasehold(['status'], CODEX);
  const commit = commitFile(repo, 'free.ts', CODEX);
  const others = repo.leasehold(['status'], GEMINI);
  const pasted = runShell(repo, remedyOf(command.stderr, 'has waited'), CODEX);
  const claimed = await waiting;

  expect(command.stderr).toMatch(WAITED);
  expect(commit.stderr).toMatch(WAITED);
  expect(others.stderr).toBe('');
  expect(pasted.code).toBe(0);
  expect(claimed.code).toBe(0);
  expect(repo.leasehold(['status'], CODEX).stderr).toBe('');
}, 120_000);

/** A waiter that somebody wrote by hand: its heart beats until the test is over. */
const writeTicket = (repo: Repo, name: string, ticket: object): void => {
  const path = stateOf(repo, 'queue', name);
  mkdirSync(stateOf(repo, 'queue'), { recursive: true });
  writeFileSync(path, JSON.stringify(ticket));
  const beat = 'while [ -e "$1" ]; do touch -c -- "$1"; sleep 1; done';
  const child = spawn('sh', ['-c', beat, 'sh', path], { stdio: 'ignore' });
  onTestFinished(() => void child.kill());
};

const ticketOf = (holder: string) => ({
  version: 1,
  holder,
  scopes: [{ scope: 'src/', mode: 'write' }],
  since: fromNow(-3),
  until: fromNow(60),
});

test('tells of a ticket by what it wants: only whoever holds that, in one printable line', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  repo.leasehold(['claim', 'docs/'], GEMINI);
  writeTicket(repo, 'one.json', ticketOf('\u001b[2J\nroot'));

  const holder = repo.leasehold(['status'], CODEX);
  const other = repo.leasehold(['status'], GEMINI);

  expect(holder.stderr).toMatch(
    /^note: "\\x1b\[2J root" has waited \d+ min for src\/a\.ts, which you hold\n {2}leasehold release -- src\/a\.ts\n$/,
  );
  expect(other.stderr).toBe('');
});

test('does not tell of a ticket whose heart stands still, or whose time is over, or of one’s own', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  writeTicket(repo, 'own.json', ticketOf('codex'));
  writeTicket(repo, 'over.json', { ...ticketOf('claude'), until: fromNow(-1) });
  const dead = stateOf(repo, 'queue', 'dead.json');
  writeFileSync(dead, JSON.stringify(ticketOf('claude')));
  utimesSync(dead, new Date(Date.now() - MINUTE), new Date(Date.now() - MINUTE));

  expect(repo.leasehold(['status'], CODEX).stderr).toBe('');
  expect(repo.json(['status']).body.waiting).toMatchObject([{ holder: 'codex' }]);
});

const expiryOf = (repo: Repo, holder: string): number => {
  const { grants } = repo.json(['status'], { holder: 'nobody' }).body;
  const grant = grants.find(({ agent }: { agent: string }) => agent === holder);
  return Math.round((Date.parse(grant.expires_at) - Date.now()) / MINUTE);
};

/** codex holds `src/a.ts` for an hour, of which so many minutes are left. */
const makeAgedRepo = (left: number): Repo => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  repo.leasehold(['claim', 'src/b.ts'], CLAUDE);
  moveTimes(repo, 'codex', left - 60, left);
  warmUp(repo);
  return repo;
};

test.each([
  ['a command of its holder', (repo: Repo) => repo.leasehold(['status'], CODEX).code],
  ['a check', (repo: Repo) => repo.leasehold(['check', '--paths', 'src/a.ts'], CODEX).code],
  ['its commit', (repo: Repo) => commitFile(repo, 'src/a.ts', CODEX).code],
])('renews what is past half of its time by use: %s', (_, use) => {
  const repo = makeAgedRepo(29);

  expect(use(repo)).toBe(0);
  expect(expiryOf(repo, 'codex')).toBeGreaterThan(50);
  expect(repo.json(['log', '--holder', 'codex']).body.events.at(-1)).toMatchObject({
    event: 'renewed',
  });
});

test('renews all that a holder has, whichever of it is used', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  repo.leasehold(['claim', 'src/b.ts'], CODEX);
  moveTimes(repo, 'codex', -31, 29);

  const commit = commitFile(repo, 'src/a.ts', CODEX);

  expect(commit.code).toBe(0);
  expect(repo.json(['status']).body.grants).toMatchObject([{ rev: 2 }, { rev: 2 }]);
});

test('renews for as long as was claimed, once, and the grant stays the same', () => {
  const repo = makeGuardedRepo(FILES);
  const { id } = repo.json(['claim', 'src/a.ts', '--ttl', '4h'], CODEX).body.grant;
  moveTimes(repo, 'codex', -150, 90);

  repo.leasehold(['status'], CODEX);
  const once = repo.json(['status']).body.grants;
  repo.leasehold(['status'], CODEX);
  const twice = repo.json(['status']).body.grants;

  expect(once).toMatchObject([{ id, rev: 2, files: ['src/a.ts'] }]);
  expect(twice).toEqual(once);
  expect(expiryOf(repo, 'codex')).toBeGreaterThan(230);
});

test.each([
  ['a refused commit', 1, (repo: Repo) => commitFile(repo, 'src/b.ts', CODEX).code],
  ['another’s command', 0, (repo: Repo) => repo.leasehold(['status'], CLAUDE).code],
  ['another’s commit', 0, (repo: Repo) => commitFile(repo, 'src/b.ts', CLAUDE).code],
  ['a command that is not understood', 2, (repo: Repo) => repo.leasehold(['claim'], CODEX).code],
  ['doctor', 0, (repo: Repo) => repo.leasehold(['doctor'], CODEX).code],
])('does not renew by what is no use of it: %s', (_, code, use) => {
  const repo = makeAgedRepo(29);

  expect(use(repo)).toBe(code);
  expect(expiryOf(repo, 'codex')).toBeLessThan(30);
});

test('leaves alone what is not past half of its time', () => {
  const repo = makeAgedRepo(40);
  const names = readdirSync(locksDirectory(repo));

  repo.leasehold(['status'], CODEX);
  const commit = commitFile(repo, 'src/a.ts', CODEX);

  expect(commit).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(locksDirectory(repo))).toEqual(names);
});

test('renews by use neither what ran out nor what somebody wrote by hand', () => {
  const repo = makeGuardedRepo(FILES);
  repo.leasehold(['claim', 'src/a.ts'], CODEX);
  expireLocks(repo, 'codex');
  writeLock(repo, 'by-hand.lock', { files: ['src/b.ts'], expires_at: fromNow(30) });
  const names = readdirSync(locksDirectory(repo));

  repo.leasehold(['status'], CODEX);
  commitFile(repo, 'src/b.ts', CODEX);

  expect(readdirSync(locksDirectory(repo))).toEqual(names);
  expect(repo.json(['status']).body).toMatchObject({
    grants: [{ files: ['src/b.ts'], rev: 0 }],
    expired: [{ files: ['src/a.ts'], rev: 1 }],
  });
});
