import { spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  COMMAND,
  copiesOf,
  type Ended,
  makeGuardedRepo,
  makeRepo,
  type Repo,
} from '../make-repo.ts';
import { nextOf, runShell } from '../shell.ts';

const OWNERS = 'CODEOWNERS';

const OWNERS_TEXT = [
  '* @ann',
  'src/ @Ben @org/core',
  '# what the generator writes',
  'src/gen/',
  'docs/ @org/docs doc@example.com',
  '*.sql @dba',
  '',
].join('\n');

const FILES = {
  [OWNERS]: OWNERS_TEXT,
  'a.ts': '1\n',
  'src/a.ts': '1\n',
  'src/b.ts': '1\n',
  'src/gen/c.ts': '1\n',
  'docs/a.md': '1\n',
};

/** A repository with CODEOWNERS, and nothing of leasehold but what it may find there. */
const makeOwnedRepo = copiesOf((files: Record<string, string> = {}): Repo => {
  const repo = makeRepo();
  repo.commitQuietly({ ...FILES, ...files });
  return repo;
});

const configured = (config: object): Record<string, string> => ({
  'leasehold.config.json': JSON.stringify(config),
});

/** Lines of standard output. */
const linesOf = ({ stdout }: Ended): string[] => stdout.trimEnd().split('\n');

const pathsOf = (body: { paths: { path: string }[] }): string[] =>
  body.paths.map(({ path }) => path);

const expectMisuse = (ended: Ended, message: string): void => {
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain(message);
  expect(ended.stderr).not.toContain('could not decide');
  expect(nextOf(ended.stderr)).not.toContain('false #');
};

// --- PATH…

test('answers with the owners, the line and its pattern, in the order that was asked', () => {
  const repo = makeOwnedRepo();

  const ended = repo.leasehold(['owners', 'src/a.ts', 'a.ts']);

  expect(ended).toEqual({
    code: 0,
    stdout: [
      'src/a.ts  @Ben @org/core  CODEOWNERS:2 src/',
      '    line 1 * @ann: taken away by line 2',
      'a.ts  @ann  CODEOWNERS:1 *',
      '',
    ].join('\n'),
    stderr: '',
  });
});

test('says whom a line without owners gives a path to: nobody', () => {
  const repo = makeOwnedRepo();

  const ended = repo.leasehold(['owners', 'src/gen/c.ts']);

  expect(ended.code).toBe(0);
  expect(linesOf(ended)).toEqual([
    'src/gen/c.ts  nobody  CODEOWNERS:4 src/gen/',
    '    line 1 * @ann: taken away by line 4',
    '    line 2 src/ @Ben @org/core: taken away by line 4',
  ]);
});

test('says that no rule covers a path', () => {
  const repo = makeOwnedRepo({ [OWNERS]: 'src/ @ann\n' });

  const ended = repo.leasehold(['owners', 'a.ts']);

  expect(ended).toMatchObject({ code: 0, stdout: 'a.ts  nobody  no rule covers it\n' });
});

test('answers about paths that nobody has written yet', () => {
  const repo = makeOwnedRepo();

  const ended = repo.leasehold(['owners', 'src/not/yet.sql']);

  expect(linesOf(ended)[0]).toBe('src/not/yet.sql  @dba  CODEOWNERS:6 *.sql');
});

test('takes a path with a slash at its end for what lies below it', () => {
  const repo = makeOwnedRepo({ [OWNERS]: 'docs/ @below\n' });

  const { body } = repo.json(['owners', 'docs/', 'docs']);

  expect(body.paths).toMatchObject([
    { path: 'docs/', state: 'owned', owners: ['@below'] },
    { path: 'docs', state: 'unmatched', owners: [] },
  ]);
});

test('takes paths from where the user stands, with dots and absolute ones too', () => {
  const repo = makeOwnedRepo();
  const typed = ['a.ts', './gen/c.ts', '../a.ts', '../docs/', '.', repo.path('docs/a.md')];

  const { body } = repo.json(['owners', ...typed], { cwd: repo.path('src') });

  expect(pathsOf(body)).toEqual(['src/a.ts', 'src/gen/c.ts', 'a.ts', 'docs/', 'src/', 'docs/a.md']);
});

test.each(['../a.ts', '/etc/passwd', ''])(
  'refuses %j, which is no path of the repository',
  (path) => {
    const repo = makeOwnedRepo();

    const ended = repo.leasehold(['owners', path]);

    expectMisuse(ended, 'is no path of this repository');
  },
);

test('answers about a name that reads like an option, behind --', () => {
  const repo = makeOwnedRepo();

  const { body } = repo.json(['owners', '--explain', '--json', '--', '--lint']);

  expect(pathsOf(body)).toEqual(['--lint', '--json']);
});

test('prints the form that the contract has as JSON, and no more', () => {
  const repo = makeOwnedRepo({ [OWNERS]: 'src/ @Ben @org/core\nsrc/gen/\n' });

  const answer = repo.json(['owners', 'src/a.ts', 'src/gen/c.ts', 'a.ts']);

  expect(answer).toEqual({
    code: 0,
    body: {
      version: 1,
      paths: [
        {
          path: 'src/a.ts',
          state: 'owned',
          owners: ['@Ben', '@org/core'],
          rule: { pattern: 'src/', line: 1 },
        },
        {
          path: 'src/gen/c.ts',
          state: 'unowned',
          owners: [],
          rule: { pattern: 'src/gen/', line: 2 },
        },
        { path: 'a.ts', state: 'unmatched', owners: [], rule: null },
      ],
    },
  });
});

test('takes --format json for --json', () => {
  const repo = makeOwnedRepo();

  const short = repo.leasehold(['owners', '--json', 'a.ts']);
  const long = repo.leasehold(['owners', '--format', 'json', 'a.ts']);

  expect(long).toEqual(short);
});

test('warns of the lines that the host skips, and answers by the others', () => {
  const repo = makeOwnedRepo({ [OWNERS]: '* @ann\nsrc/ @ben !core\n' });

  const text = repo.leasehold(['owners', 'src/a.ts']);
  const json = repo.leasehold(['owners', 'src/a.ts', '--json']);

  expect(text.code).toBe(0);
  expect(linesOf(text)[0]).toBe('src/a.ts  @ann  CODEOWNERS:1 *');
  expect(text.stderr).toMatch(/^warning: CODEOWNERS:2: an owner is @user/);
  expect(json.stderr).toBe('');
});

test('says whom the guard asks besides, where readers differ over a line', () => {
  const repo = makeOwnedRepo({ [OWNERS]: '* @ann\nsrc/ @ben !core\n' });

  const text = repo.leasehold(['owners', '--explain', 'src/a.ts']);
  const { body } = repo.json(['owners', '--explain', 'src/a.ts', 'a.ts']);

  expect(text.stdout).toContain('the guard asks @ben too');
  expect(body.paths).toMatchObject([
    { owners: ['@ann'], also_asked: ['@ben'] },
    { owners: ['@ann'], also_asked: [] },
  ]);
});

// --- --explain

test('explains by every line that covers a path, and which later line took it away', () => {
  const repo = makeOwnedRepo();

  const ended = repo.leasehold(['owners', '--explain', 'src/gen/c.ts']);

  expect(linesOf(ended)).toEqual([
    'src/gen/c.ts  nobody  CODEOWNERS:4 src/gen/',
    '    line 1 * @ann: taken away by line 4',
    '    line 2 src/ @Ben @org/core: taken away by line 4',
    '    line 4 src/gen/ nobody',
  ]);
});

test('explains as JSON', () => {
  const repo = makeOwnedRepo();

  const { body } = repo.json(['owners', '--explain', 'src/a.ts']);

  expect(body.paths[0].covering).toEqual([
    { pattern: '*', line: 1, section: null, owners: ['@ann'], taken_by: 2 },
    { pattern: 'src/', line: 2, section: null, owners: ['@Ben', '@org/core'], taken_by: null },
  ]);
});

test('explains an owner’s files and piped paths only where that is asked for', () => {
  const repo = makeOwnedRepo();
  const taken = 'taken away by line 2';

  const plain = repo.leasehold(['owners', '--owner', '@ben']);
  const explained = repo.leasehold(['owners', '--owner', '@ben', '--explain']);
  const piped = repo.leasehold(['owners', '--stdin'], { input: 'src/a.ts\n' });
  const both = repo.leasehold(['owners', '--stdin', '--explain'], { input: 'src/a.ts\n' });

  expect(plain.stdout).not.toContain(taken);
  expect(explained.stdout).toContain(taken);
  expect(piped.stdout).not.toContain(taken);
  expect(both.stdout).toContain(taken);
});

// --- --stdin, -z

test('reads paths from standard input, one a line or each ended by NUL', () => {
  const repo = makeOwnedRepo();
  const expected = ['src/a.ts', 'a b.ts', 'docs/'];

  const byLine = repo.json(['owners', '--stdin'], { input: 'src/a.ts\na b.ts\ndocs/\n' });
  const unended = repo.json(['owners', '--stdin'], { input: 'src/a.ts\na b.ts\ndocs/' });
  const byNul = repo.json(['owners', '-z'], { input: 'src/a.ts\0a b.ts\0docs/\0' });
  const long = repo.json(['owners', '--null'], { input: 'src/a.ts\0a b.ts\0docs/' });

  for (const { code, body } of [byLine, unended, byNul, long]) {
    expect(code).toBe(0);
    expect(pathsOf(body)).toEqual(expected);
  }
});

test('keeps line ends inside names that NULs end, and shows them as escapes', () => {
  const repo = makeOwnedRepo();
  const input = 'src/two\nlines .ts\0';

  const text = repo.leasehold(['owners', '-z'], { input });
  const { body } = repo.json(['owners', '-z'], { input });

  expect(text.stdout).toBe('src/two\\nlines .ts  @Ben @org/core  CODEOWNERS:2 src/\n');
  expect(pathsOf(body)).toEqual(['src/two\nlines .ts']);
});

test('keeps bytes that are not UTF-8, beside names that are', () => {
  const repo = makeOwnedRepo();
  const paths = "printf 'src/\\377.ts\\0src/ä.ts\\0'";

  const json = runShell(repo, `${paths} | leasehold owners -z --json`);
  const text = runShell(repo, `${paths} | leasehold owners -z`);

  const { paths: answers } = JSON.parse(json.stdout);
  expect(answers).toMatchObject([
    { path: 'src/\udcff.ts', owners: ['@Ben', '@org/core'] },
    { path: 'src/ä.ts', owners: ['@Ben', '@org/core'] },
  ]);
  expect(text.stdout).toMatch(/^src\/\\xff\.ts {2}@Ben/);
});

test('takes piped names from where the user stands, as typed ones', () => {
  const repo = makeOwnedRepo();
  const input = 'a.ts\0../a.ts\0./gen//c.ts\0gen/../b.ts\0';

  const { body } = repo.json(['owners', '-z'], { input, cwd: repo.path('src') });

  expect(pathsOf(body)).toEqual(['src/a.ts', 'a.ts', 'src/gen/c.ts', 'src/b.ts']);
});

test('prints nothing about no paths', () => {
  const repo = makeOwnedRepo();

  const text = repo.leasehold(['owners', '--stdin'], { input: '\n\n' });
  const { code, body } = repo.json(['owners', '-z'], { input: '' });

  expect(text).toEqual({ code: 0, stdout: '', stderr: '' });
  expect([code, body]).toEqual([0, { version: 1, paths: [] }]);
});

test('waits for a writer that is slow', async () => {
  const repo = makeOwnedRepo();
  const child = spawn(process.execPath, [COMMAND, 'owners', '-z', '--json'], {
    cwd: repo.top,
    env: { PATH: process.env.PATH, HOME: join(repo.root, 'home'), LANG: 'C.UTF-8' },
    timeout: 20_000,
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stdin.on('error', () => {
    // Whoever gave up on the first look is seen by their exit code.
  });

  // Long enough for it to find nothing there; in two pieces, the first of which ends inside a name.
  setTimeout(() => child.stdin.write('src/'), 300);
  setTimeout(() => child.stdin.end('a.ts\0a.ts\0'), 600);
  const code = await new Promise((done) => child.on('close', done));

  expect(code).toBe(0);
  expect(pathsOf(JSON.parse(stdout))).toEqual(['src/a.ts', 'a.ts']);
});

test('waits for a slow writer in a shell’s pipe', () => {
  const repo = makeOwnedRepo();

  const ended = runShell(
    repo,
    "(sleep 0.3; printf 'src/'; sleep 0.3; printf 'a.ts\\n') | leasehold owners --stdin",
  );

  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toBe('src/a.ts  @Ben @org/core  CODEOWNERS:2 src/\n');
});

/** Writes what is to be piped into a file, for a shell cannot take it as an argument. */
const writeNames = (repo: Repo, names: readonly string[], end: string): string => {
  repo.write('../names', names.map((name) => name + end).join(''));
  return '../names';
};

test.each([
  ['-z', '\0'],
  ['--stdin', '\n'],
])('reads a pipe that holds more than a first look takes in: %s', (flag, end) => {
  const repo = makeOwnedRepo();
  const names = Array.from({ length: 9000 }, (_, n) => `src/a long directory, or two/${n}.ts`);
  const file = writeNames(repo, [...names, 'gen/last.ts'], end);

  const piped = runShell(repo, `cat ${file} | leasehold owners ${flag} --format csv`);
  const read = runShell(repo, `leasehold owners ${flag} --format csv < ${file}`);
  const slow = runShell(
    repo,
    `(head -c 70001 ${file}; sleep 0.3; tail -c +70002 ${file}) | leasehold owners ${flag} --format csv`,
  );

  expect(piped).toMatchObject({ code: 0, stderr: '' });
  expect(piped.stdout.split('\n')).toHaveLength(1 + names.length + 1 + 1);
  expect(piped.stdout).toContain('\ngen/last.ts,');
  expect([read, slow]).toEqual([piped, piped]);
});

test('reads a pipe to its end where no other program can be started to read it', () => {
  const repo = makeOwnedRepo();
  const names = Array.from({ length: 9000 }, (_, n) => `src/a long directory, or two/${n}.ts`);
  const file = writeNames(repo, names, '\0');
  repo.write('../only/git', '#!/bin/sh\nexec "$GIT" "$@"\n');
  chmodSync(repo.path('../only/git'), 0o755);

  const ended = runShell(
    repo,
    `export GIT=$(command -v git); cat ${file} | PATH="$PWD/../only" "${process.execPath}" "${COMMAND}" owners -z --stats --json`,
  );

  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(ended.stdout).files).toBe(names.length);
});

test('lets go of a writer without an end where there is nothing to answer by', () => {
  const repo = makeRepo();
  repo.commitQuietly({ 'a.ts': '1\n' });

  const ended = runShell(repo, 'yes | leasehold owners --stdin; echo $PIPESTATUS');

  expect(ended.stderr).toContain('HEAD has no CODEOWNERS');
  // 141: it was told that nobody reads any more.
  expect(ended.stdout).toBe('141\n');
});

test('answers many paths as it answers few', () => {
  const repo = makeOwnedRepo({
    [OWNERS]: `${OWNERS_TEXT}/m/*/x?.ts @glob\n**/deep/** @deep\nm/7/ @seven\n/k/** @below\n`,
  });
  const paths = Array.from({ length: 150 }, (_, n) => [
    `m/${n % 9}/x${n % 13}.ts`,
    `src/gen/f${n}.ts`,
    `t${n}.sql`,
    `k/deep/${n}`,
    'm/7/',
    'k/',
    `docs/two\nlines ${n}`,
  ]).flat();
  const ask = (some: readonly string[]) =>
    repo.json(['owners', '-z'], { input: `${some.join('\0')}\0` }).body.paths;

  const many = ask(paths);
  const few = Array.from({ length: 7 }, (_, n) => ask(paths.slice(n * 150, n * 150 + 150)));

  expect(many).toHaveLength(1050);
  expect(many).toEqual(few.flat());
  expect(new Set(many.map(({ owners }: { owners: string[] }) => owners.join(' ')))).toEqual(
    new Set(['@glob', '@ann', '', '@dba', '@below', '@seven', '@org/docs doc@example.com']),
  );
});

// --- --owner

test('lists what an owner owns, without case, and exits with 0', () => {
  const repo = makeOwnedRepo();

  const { code, body } = repo.json(['owners', '--owner', '@BEN']);

  expect([code, pathsOf(body)]).toEqual([0, ['src/a.ts', 'src/b.ts']]);
});

test('says that no line names an owner, and whom it nearly names', () => {
  const repo = makeOwnedRepo();

  const ended = repo.leasehold(['owners', '--owner', '@bem']);
  const far = repo.leasehold(['owners', '--owner', '@somebody-else']);

  expect(ended).toMatchObject({ code: 0, stdout: '' });
  expect(ended.stderr).toBe('note: no line of CODEOWNERS names @bem; did you mean @Ben?\n');
  expect(far.stderr).toBe('note: no line of CODEOWNERS names @somebody-else\n');
});

test('does not call an owner unknown who owns no file', () => {
  const repo = makeOwnedRepo();

  const ended = repo.leasehold(['owners', '--owner', '@dba']);

  expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
});

test.each([
  ['a holder', 'codex'],
  ['a holder that a glob matches', 'agents/7'],
  ['an e-mail, whatever its case', 'Ben@Example.com'],
  ['a login that is a member of a team', '@benny'],
])('lists what %s stands for by the config', (_, name) => {
  const repo = makeOwnedRepo(
    configured({
      owners: {
        identities: {
          codex: ['@ben'],
          'agents/*': ['@ben'],
          '@org/core': ['ben@example.com', '@benny'],
        },
      },
    }),
  );

  const { body } = repo.json(['owners', '--owner', name]);

  expect(pathsOf(body)).toEqual(['src/a.ts', 'src/b.ts']);
});

test('lists nothing of a team’s for whoever the config does not map to it', () => {
  const repo = makeOwnedRepo(
    configured({ owners: { identities: { '@org/core': ['@ben'], 'agents/*': ['@org/core'] } } }),
  );

  for (const name of ['agents', 'other/7', 'Agents/7', '@bennet']) {
    expect(pathsOf(repo.json(['owners', '--owner', name]).body)).toEqual([]);
  }
});

test('restricts what is listed to what is given or lies below it', () => {
  const repo = makeOwnedRepo({ 'src2/a.ts': '1\n' });
  const list = (...args: string[]) =>
    pathsOf(repo.json(['owners', '--owner', '@ann', ...args]).body);

  expect(list()).toEqual(['CODEOWNERS', 'a.ts', 'src2/a.ts']);
  expect(list('src2')).toEqual(['src2/a.ts']);
  expect(list('src2/', 'a.ts')).toEqual(['a.ts', 'src2/a.ts']);
  expect(list('src')).toEqual([]);
  expect(list('.')).toEqual(['CODEOWNERS', 'a.ts', 'src2/a.ts']);
});

test('restricts what is listed from a subdirectory, and to piped paths', () => {
  const repo = makeOwnedRepo();
  const cwd = repo.path('src');

  const whole = repo.json(['owners', '--unowned'], { cwd });
  const here = repo.json(['owners', '--owner', '@ben', '.'], { cwd });
  const above = repo.json(['owners', '--owner', '@ann', '..'], { cwd });
  const piped = repo.json(['owners', '--owner', '@ben', '-z'], { input: 'a.ts\0../a.ts\0', cwd });

  expect(pathsOf(whole.body)).toEqual(['src/gen/c.ts']);
  expect(pathsOf(here.body)).toEqual(['src/a.ts', 'src/b.ts']);
  expect(pathsOf(above.body)).toEqual(['CODEOWNERS', 'a.ts']);
  expect(pathsOf(piped.body)).toEqual(['src/a.ts']);
});

// --- --unowned

test('lists what no line covers and what a line gives to nobody, and exits with 0', () => {
  const repo = makeOwnedRepo({ [OWNERS]: 'src/ @ben\nsrc/gen/\n' });

  const ended = repo.leasehold(['owners', '--unowned']);

  expect(ended.code).toBe(0);
  expect(linesOf(ended)).toEqual([
    'CODEOWNERS  nobody  no rule covers it',
    'a.ts  nobody  no rule covers it',
    'docs/a.md  nobody  no rule covers it',
    'src/gen/c.ts  nobody  CODEOWNERS:2 src/gen/',
  ]);
});

test.each([
  ['error', 1],
  ['warn', 0],
  ['off', 0],
])('takes what is unowned for %s where the config says so, and exits with %i', (severity, code) => {
  const repo = makeOwnedRepo(configured({ guard: { rules: { 'owners/unowned': severity } } }));

  const some = repo.json(['owners', '--unowned']);
  const none = repo.json(['owners', '--unowned', 'docs']);

  expect([some.code, pathsOf(some.body)]).toEqual([code, ['src/gen/c.ts']]);
  expect([none.code, none.body.paths]).toEqual([0, []]);
});

test('prints what is unowned as CSV and SARIF', () => {
  const repo = makeOwnedRepo({
    ...configured({ guard: { rules: { 'owners/unowned': 'error' } } }),
    'src/gen/ä #1%.ts': '1\n',
  });

  const csv = repo.leasehold(['owners', '--unowned', '--format', 'csv']);
  const sarif = repo.leasehold(['owners', '--unowned', '--format', 'sarif']);

  expect(linesOf(csv).map((line) => line.trimEnd())).toEqual([
    'path,state,owners,section,pattern,line',
    'src/gen/c.ts,unowned,,,src/gen/,4',
    'src/gen/ä #1%.ts,unowned,,,src/gen/,4',
  ]);
  const [run] = JSON.parse(sarif.stdout).runs;
  expect([csv.code, sarif.code]).toEqual([1, 1]);
  expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(['owners/unowned']);
  expect(run.results).toMatchObject([
    { ruleId: 'owners/unowned', ruleIndex: 0, level: 'error' },
    { ruleId: 'owners/unowned', ruleIndex: 0, level: 'error' },
  ]);
  expect(
    run.results.map(
      (result: { locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }) =>
        result.locations[0]?.physicalLocation.artifactLocation.uri,
    ),
  ).toEqual(['src/gen/c.ts', 'src/gen/%C3%A4%20%231%25.ts']);
});

// --- --stats

test('counts files by owner, the largest first, with percentages and totals', () => {
  const repo = makeOwnedRepo();

  const ended = repo.leasehold(['owners', '--stats']);

  expect(ended).toEqual({
    code: 0,
    stdout: [
      '       2   33.3 %  @Ben',
      '       2   33.3 %  @ann',
      '       2   33.3 %  @org/core',
      '       1   16.7 %  @org/docs',
      '       1   16.7 %  doc@example.com',
      '       1   16.7 %  nobody, by a line that names no owner',
      '       0    0.0 %  nobody, because no line covers it',
      '6 files, 5 of them owned',
      '',
    ].join('\n'),
    stderr: '',
  });
});

test('counts as JSON and as CSV', () => {
  const repo = makeOwnedRepo({ [OWNERS]: 'src/ @ben\nsrc/gen/\n' });

  const json = repo.json(['owners', '--stats']);
  const csv = repo.leasehold(['owners', '--stats', '--format', 'csv']);

  expect(json).toEqual({
    code: 0,
    body: {
      version: 1,
      files: 6,
      owned: 2,
      unowned: 1,
      unmatched: 3,
      owners: [{ owner: '@ben', files: 2 }],
    },
  });
  expect(csv).toMatchObject({ code: 0, stdout: 'owner,files\r\n@ben,2\r\n' });
});

test('counts below a path alone, and nothing where nothing is', () => {
  const repo = makeOwnedRepo();

  const below = repo.json(['owners', '--stats', 'src/gen', 'docs']);
  const nowhere = repo.leasehold(['owners', '--stats', 'nowhere/']);

  expect(below.body).toMatchObject({ files: 2, owned: 1, unowned: 1, unmatched: 0 });
  expect(nowhere.code).toBe(0);
  expect(linesOf(nowhere).at(-1)).toBe('0 files, 0 of them owned');
  expect(nowhere.stdout).not.toContain('NaN');
});

// --- --lint

const lintOf = (files: Record<string, string>, ...args: string[]) => {
  const repo = makeOwnedRepo(files);
  return repo.json(['owners', '--lint', ...args]);
};

const SELF = '/CODEOWNERS @ann';

const lintText = (...lines: string[]) => lintOf({ [OWNERS]: [...lines, SELF, ''].join('\n') });

test('finds nothing wrong with a file that is well', () => {
  const repo = makeOwnedRepo({ [OWNERS]: `src/ @ben\n${SELF}\n` });

  const ended = repo.leasehold(['owners', '--lint']);

  expect(ended).toEqual({ code: 0, stdout: '0 errors, 0 warnings\n', stderr: '' });
});

test('calls what the host skips an error, with the place and the line to write', () => {
  const repo = makeOwnedRepo({ [OWNERS]: `src/ @ben, @ann\n!docs/ @ann\n${SELF}\n` });

  const text = repo.leasehold(['owners', '--lint']);
  const { code, body } = repo.json(['owners', '--lint']);

  expect([text.code, code]).toEqual([1, 1]);
  expect(linesOf(text).slice(0, 2)).toEqual([
    'CODEOWNERS:1:6 error an owner is @user, @org/team or an e-mail address [owners/invalid]',
    '    next: write instead: src/ @ben @ann',
  ]);
  expect(linesOf(text).at(-1)).toMatch(/^2 errors, \d+ warnings?$/);
  expect(body).toMatchObject({ version: 1, verdict: 'block' });
  expect(body.findings).toEqual(
    expect.arrayContaining([
      {
        rule: 'owners/invalid',
        severity: 'error',
        path: OWNERS,
        line: 2,
        column: 1,
        message: expect.stringContaining('GitHub has no negation'),
        remedy: 'write instead: docs/',
      },
    ]),
  );
});

test.each([
  ['a line that readers take differently', 'owners/ambiguous', ['src/#x/ @ben', 'src/ @ben'], 1],
  ['a line that a later one repeats', 'owners/duplicate', ['src/ @ben', 'src/ @ann'], 1],
  [
    'a line that a later one hides from every path',
    'owners/shadowed',
    ['src/a.ts @ben', '/src/ @ann'],
    1,
  ],
  ['a line that another hides from every file', 'owners/shadowed', ['docs/ @ben', '*.md @ann'], 1],
  ['a line that matches no file', 'owners/dead', ['src/ @ben', 'srcs/ @ben'], 2],
])('warns of %s, and exits with 0', (_, rule, lines, line) => {
  const { code, body } = lintText(...lines);

  expect([code, body.verdict]).toEqual([0, 'pass']);
  expect(body.findings).toEqual(
    expect.arrayContaining([expect.objectContaining({ rule, severity: 'warn', line })]),
  );
});

test('does not mix up what kind of idle a line is', () => {
  const { body } = lintText('srcs/ @ben', 'srcs/ @ann', 'docs/ @ben', '*.md @ann');

  expect(
    body.findings.map(({ rule, line, message }: Record<string, unknown>) => [rule, line, message]),
  ).toEqual([
    ['owners/duplicate', 1, 'line 2 has the same pattern, so this line decides nothing'],
    ['owners/dead', 2, 'srcs/ matches no file of the tree'],
    [
      'owners/shadowed',
      3,
      'each file that it covers today is decided by a later line, such as docs/a.md by line 4',
    ],
  ]);
});

test('warns once of an owner whom the config maps nobody to, and names the nearest', () => {
  const { code, body } = lintOf({
    [OWNERS]: `src/ @bem\ndocs/ @BEN @bem @org/core @@none\n${SELF}\n`,
    ...configured({
      owners: { identities: { codex: ['@ben'], '@org/core': ['@ann'] } },
    }),
  });

  const unknown = body.findings.filter(
    ({ rule }: { rule: string }) => rule === 'owners/unknown-owner',
  );
  expect(code).toBe(1);
  expect(unknown).toEqual([
    expect.objectContaining({
      line: 1,
      name: '@bem',
      owners: ['@bem'],
      message: 'owners.identities maps nobody to @bem; did you mean @ben?',
    }),
  ]);
});

test('knows no unknown owners where the config maps nobody', () => {
  const { body } = lintText('src/ @whoever');

  expect(body.findings).toEqual([]);
});

test('warns that nobody owns CODEOWNERS itself', () => {
  const { code, body } = lintOf({ [OWNERS]: 'src/ @ben\n' });

  expect(code).toBe(0);
  expect(body.findings).toEqual([
    expect.objectContaining({
      rule: 'owners/self-unowned',
      severity: 'warn',
      path: OWNERS,
      line: 1,
      column: 1,
      remedy: 'add a line for /CODEOWNERS with its owners',
    }),
  ]);
});

test('lists what lint finds by line', () => {
  const { body } = lintOf({ [OWNERS]: 'srcs/ @ben\nsrc/ @ben !x\nsrc/ @ben @b!\ndead/ @b\n' });

  const lines = body.findings.map(({ line }: { line: number }) => line);
  expect(lines).toEqual(lines.toSorted((a: number, b: number) => a - b));
  expect(new Set(lines)).toEqual(new Set([1, 2, 3, 4]));
});

test('prints what lint finds as CSV, with the same exit code', () => {
  const repo = makeOwnedRepo({ [OWNERS]: `src/ "ben, jr"\n${SELF}\n` });

  const ended = repo.leasehold(['owners', '--lint', '--format', 'csv']);

  expect(ended.code).toBe(1);
  expect(
    ended.stdout
      .split('\r\n')
      .slice(0, 2)
      .map((line) => line.trimEnd()),
  ).toEqual([
    'rule,severity,path,line,column,message,remedy',
    'owners/invalid,error,CODEOWNERS,1,6,"an owner is @user, @org/team or an e-mail address","mend the line, or take it out"',
  ]);
});

// --- SARIF

type SarifResult = {
  ruleId: string;
  ruleIndex: number;
  level: string;
  message: { text: string };
  locations: {
    physicalLocation: { artifactLocation: { uri: string }; region?: { startLine: number } };
  }[];
  partialFingerprints: Record<string, string>;
};

const sarifOf = (repo: Repo): { code: number; log: ReturnType<typeof JSON.parse> } => {
  const { code, stdout } = repo.leasehold(['owners', '--lint', '--format', 'sarif']);
  return { code, log: JSON.parse(stdout) };
};

const SPOILED = 'srcs/ @ben\nsrc/ @ben !x\nsrc/ @ann !x\nsrc/ @ann\nsrc/ @ann\n';

test('prints what lint finds as SARIF 2.1.0', () => {
  const repo = makeOwnedRepo({ [OWNERS]: SPOILED });

  const { code, log } = sarifOf(repo);

  const [run] = log.runs;
  const rules = run.tool.driver.rules;
  expect(code).toBe(1);
  expect(log).toMatchObject({ version: '2.1.0', $schema: expect.stringMatching(/sarif.*2\.1\.0/) });
  expect(log.runs).toHaveLength(1);
  expect(run.tool.driver.name).toBe('leasehold');
  expect(run.tool.driver.semanticVersion).toMatch(/^\d+\.\d+\.\d+/);
  for (const { id, shortDescription } of rules) {
    expect(id).toMatch(/^owners\//);
    expect(shortDescription.text).not.toBe('');
  }
  for (const result of run.results as SarifResult[]) {
    expect(rules[result.ruleIndex].id).toBe(result.ruleId);
    expect(result.level).toBe(result.ruleId === 'owners/invalid' ? 'error' : 'warning');
    expect(result.message.text).toMatch(/\. Next: ./);
    expect(result.locations).toHaveLength(1);
    const { artifactLocation, region } = result.locations[0]?.physicalLocation ?? {};
    expect(artifactLocation).toEqual({ uri: OWNERS, uriBaseId: '%SRCROOT%' });
    expect(region).toEqual({ startLine: expect.any(Number), startColumn: expect.any(Number) });
  }
  expect(
    run.results
      .filter(({ ruleId }: SarifResult) => ruleId === 'owners/invalid')
      .map((result: SarifResult) => result.locations[0]?.physicalLocation.region),
  ).toEqual([
    { startLine: 2, startColumn: 11 },
    { startLine: 3, startColumn: 11 },
  ]);
});

test('keeps the fingerprints of what lint found when a line is put in above, and has no two alike', () => {
  const repo = makeOwnedRepo({ [OWNERS]: SPOILED });
  const fingerprints = () =>
    (sarifOf(repo).log.runs[0].results as SarifResult[]).map(({ partialFingerprints }) =>
      Object.entries(partialFingerprints).join(),
    );

  const before = fingerprints();
  repo.write(OWNERS, `# a word\n\n${SPOILED}`);
  const after = fingerprints();

  expect(before.length).toBeGreaterThan(4);
  expect(new Set(before).size).toBe(before.length);
  expect(after.toSorted()).toEqual(before.toSorted());
});

test('prints a whole SARIF log where lint finds nothing', () => {
  const repo = makeOwnedRepo({ [OWNERS]: `src/ @ben\n${SELF}\n` });

  const { code, log } = sarifOf(repo);

  expect(code).toBe(0);
  expect(log.runs[0].results).toEqual([]);
});

test('writes the bytes that no URI can carry as U+FFFD', () => {
  const repo = makeOwnedRepo({ [OWNERS]: 'src/ @ben\n' });

  const ended = runShell(
    repo,
    "printf 'x/\\377 y\\0' | leasehold owners --unowned -z --format sarif",
  );

  const [result] = JSON.parse(ended.stdout).runs[0].results;
  expect(result.locations[0].physicalLocation.artifactLocation.uri).toBe('x/%EF%BF%BD%20y');
});

// --- CSV

test('quotes in CSV what could end a cell early', () => {
  const repo = makeOwnedRepo({ [OWNERS]: '*.x @ann @ben\n' });
  const input = 'a,b.x\0say "hi".x\0two\nlines.x\0plain\0';

  const ended = repo.leasehold(['owners', '-z', '--format', 'csv'], { input });

  expect(ended.stdout).toBe(
    [
      'path,state,owners,section,pattern,line',
      '"a,b.x",owned,@ann @ben,,*.x,1',
      '"say ""hi"".x",owned,@ann @ben,,*.x,1',
      'two\\nlines.x,owned,@ann @ben,,*.x,1',
      'plain,unmatched,,,,',
    ]
      .join('\r\n')
      .concat('\r\n'),
  );
});

// --- GitLab

const GITLAB = '.gitlab/CODEOWNERS';
const GITLAB_TEXT = [
  '* @ann',
  '',
  '[Docs][2] @org/docs',
  'docs/',
  '!docs/free.md',
  '',
  '^[Security]',
  'src/auth.ts @sec',
  '',
].join('\n');

const makeGitlabRepo = (text = GITLAB_TEXT, config: object = {}): Repo => {
  const repo = makeRepo();
  repo.commitQuietly({
    [GITLAB]: text,
    'docs/a.md': '1\n',
    'docs/free.md': '1\n',
    'src/auth.ts': '1\n',
    ...configured(config),
  });
  return repo;
};

test('asks each section of a GitLab file, and names them', () => {
  const repo = makeGitlabRepo();

  const text = repo.leasehold(['owners', 'docs/a.md', 'docs/free.md']);
  const { body } = repo.json(['owners', 'docs/a.md', 'src/auth.ts', 'docs/free.md']);

  expect(linesOf(text)).toEqual([
    'docs/a.md  @ann @org/docs  .gitlab/CODEOWNERS:1 *, .gitlab/CODEOWNERS:4 docs/ [Docs]',
    'docs/free.md  @ann  .gitlab/CODEOWNERS:1 *, .gitlab/CODEOWNERS:5 !docs/free.md [Docs]',
    '    line 4 docs/ @org/docs: taken away by line 5',
  ]);
  const rule = { pattern: '*', line: 1 };
  const everything = { section: null, owners: ['@ann'], rule };
  expect(body.paths).toEqual([
    {
      path: 'docs/a.md',
      state: 'owned',
      owners: ['@ann', '@org/docs'],
      rule,
      sections: [
        everything,
        { section: 'Docs', owners: ['@org/docs'], rule: { pattern: 'docs/', line: 4 } },
      ],
    },
    {
      path: 'src/auth.ts',
      state: 'owned',
      owners: ['@ann', '@sec'],
      rule,
      sections: [
        everything,
        { section: 'Security', owners: ['@sec'], rule: { pattern: 'src/auth.ts', line: 8 } },
      ],
    },
    {
      path: 'docs/free.md',
      state: 'owned',
      owners: ['@ann'],
      rule,
      sections: [
        everything,
        { section: 'Docs', owners: [], rule: { pattern: 'docs/free.md', line: 5, exclude: true } },
      ],
    },
  ]);
});

test('explains what covers a path in a GitLab file by section', () => {
  const repo = makeGitlabRepo();

  const { body } = repo.json(['owners', '--explain', 'docs/free.md']);

  expect(body.paths[0].covering).toMatchObject([
    { line: 1, section: null, taken_by: null },
    { line: 4, section: 'Docs', taken_by: 5 },
    { line: 5, section: 'Docs', taken_by: null },
  ]);
});

test('reads the file by GitHub’s rules where it lies where GitHub looks, or the config says so', () => {
  const text = '[Docs] @org/docs\ndocs/ @doc\n';
  const byPlace = makeOwnedRepo({ [OWNERS]: text, [GITLAB]: '* @nobody-asks\n' });
  const byConfig = makeOwnedRepo({
    [OWNERS]: text,
    ...configured({ owners: { dialect: 'gitlab' } }),
  });

  const github = byPlace.json(['owners', 'docs/a.md']);
  const lint = byPlace.json(['owners', '--lint']);
  const gitlab = byConfig.json(['owners', 'docs/a.md']);

  expect(github.body.paths[0].owners).toEqual(['@doc']);
  expect(github.body.paths[0]).not.toHaveProperty('sections');
  expect(lint.body.findings[0]).toMatchObject({ rule: 'owners/invalid', path: OWNERS, line: 1 });
  expect(gitlab.body.paths[0].sections).toEqual([
    { section: 'Docs', owners: ['@doc'], rule: { pattern: 'docs/', line: 2 } },
  ]);
});

test('lints a GitLab file by GitLab’s rules, each section apart', () => {
  const repo = makeGitlabRepo(`${GITLAB_TEXT}[Docs]\n*.md sam @md\n[Other]\ndocs/ @other\n[]\n`);

  const { code, body } = repo.json(['owners', '--lint']);

  const found = body.findings.map(({ rule, line }: Record<string, unknown>) => [rule, line]);
  expect(code).toBe(1);
  expect(found).toContainEqual(['owners/shadowed', 4]);
  expect(found).toContainEqual(['owners/invalid', 10]);
  expect(found).toContainEqual(['owners/invalid', 13]);
  // The same pattern in another section takes nothing away.
  expect(found).not.toContainEqual(['owners/duplicate', 4]);
});

// --- misuse

test.each([
  [['--stats', '--unowned'], 'owners takes one of --owner, --unowned, --stats, --lint'],
  [['--owner', '@ann', '--lint'], 'owners takes one of --owner, --unowned, --stats, --lint'],
  [['a.ts', '--stdin'], 'paths are given, or read with --stdin, not both'],
  [['a.ts', '-z'], 'paths are given, or read with --stdin, not both'],
  [['--stats', 'a.ts', '--stdin'], 'paths are given, or read with --stdin, not both'],
  [['--lint', 'a.ts'], '--lint is about the whole file, and takes no PATH'],
  [['--lint', '--stdin'], '--lint is about the whole file, and takes no PATH'],
  [['a.ts', '--format', 'xml'], '--format takes text, json, csv, sarif, not xml'],
  [['a.ts', '--format', '\u001b[31m'], 'not \\x1b[31m'],
  [['a.ts', '--format', 'sarif'], '--format sarif goes with --lint or --unowned'],
  [['--owner', '@ann', '--format', 'sarif'], '--format sarif goes with --lint or --unowned'],
  [['--stats', '--format', 'sarif'], '--format sarif goes with --lint or --unowned'],
  [['--ref', 'HEAD', '--worktree', 'a.ts'], 'owners takes one of --ref REF, --worktree'],
  [[], 'no PATH was given'],
  [['--explain'], 'no PATH was given'],
  [['--owner'], '--owner'],
  [['--unownd'], '--unownd'],
])('refuses owners %j', (args, message) => {
  const repo = makeOwnedRepo();

  expectMisuse(repo.leasehold(['owners', ...args]), message);
});

test('refuses --json with another form, in JSON', () => {
  const repo = makeOwnedRepo();

  const { code, body } = repo.json(['owners', 'a.ts', '--format', 'csv']);

  expect(code).toBe(2);
  expect(body).toEqual({
    version: 1,
    error: {
      code: 'usage',
      message: '--json and --format ask for two forms',
      remedy: expect.any(String),
    },
  });
});

test('cannot answer outside a repository, nor in one without CODEOWNERS', () => {
  const repo = makeGuardedRepo();

  const none = repo.leasehold(['owners', 'a.ts']);
  const outside = repo.leasehold(['owners', 'a.ts'], { cwd: repo.root });

  expect(none.code).toBe(2);
  expect(none.stderr).toContain('HEAD has no CODEOWNERS');
  expect(nextOf(none.stderr)).toBe('commit a CODEOWNERS file first');
  expect(outside.code).toBe(2);
  expect(outside.stderr).toContain('this is not a git repository');
});

// --- what others wrote, on a terminal

// Every control character but the line ends that the report itself has.
const CONTROL = /[^\P{Cc}\n]|\p{Cf}/u;
const HOSTILE = 'ann\u001b[31m\u0007\u202e@example.com';
const HOSTILE_PATTERN = 'src/\u001b]0;owned\u0007\u009b2J\u200b*';
const LONG = `@${'n'.repeat(20_000)}`;

test.each([
  [['src/\u001b]0;owned\u0007\u009b2J\u200bx', 'a.ts']],
  [['--explain', 'src/\u001b]0;owned\u0007\u009b2J\u200bx']],
  [['--owner', HOSTILE]],
  [['--owner', 'nobody\u001b[2J']],
  [['--unowned']],
  [['--stats']],
  [['--lint']],
  [['--stats', '--format', 'csv']],
  [['--lint', '--format', 'csv']],
  [['--owner', '@ann', '--format', 'csv']],
  [['--lint', '--format', 'sarif']],
])('lets no escape of a file’s reach the terminal: %j', (args) => {
  const repo = makeOwnedRepo({
    [OWNERS]: `* ${HOSTILE} @ann\n${HOSTILE_PATTERN} ${HOSTILE}\n${HOSTILE_PATTERN}2 ${HOSTILE}\nb\u001b[1mad/ no\u001b[1mbody\n`,
    'src/\u001b[31mred\u202e.ts': '1\n',
    ...configured({ owners: { identities: { codex: ['@ann\u001b[1m'] } } }),
  });

  const ended = repo.leasehold(['owners', ...args]);

  expect([0, 1]).toContain(ended.code);
  expect(ended.stdout.replaceAll('\r\n', '\n')).not.toMatch(CONTROL);
  expect(ended.stderr).not.toMatch(CONTROL);
});

test('shows the section’s name of a GitLab file with escapes', () => {
  const repo = makeGitlabRepo('[Do\u001b[31mcs] @doc\ndocs/\n');

  const ended = repo.leasehold(['owners', '--explain', 'docs/a.md']);

  expect(ended.stdout).toContain('[Do\\x1b[31mcs]');
  expect(ended.stdout).not.toMatch(CONTROL);
});

test('keeps a very long name whole, and what others wrote as it is in JSON', () => {
  const repo = makeOwnedRepo({ [OWNERS]: `* ${LONG} ${HOSTILE}\n` });

  const text = repo.leasehold(['owners', 'a.ts']);
  const { body } = repo.json(['owners', 'a.ts']);
  const unknown = repo.leasehold(['owners', '--owner', `${LONG}x`]);

  expect(text.stdout).toContain(LONG);
  expect(linesOf(text)).toHaveLength(1);
  expect(body.paths[0].owners).toEqual([LONG, HOSTILE]);
  expect(unknown.code).toBe(0);
});
