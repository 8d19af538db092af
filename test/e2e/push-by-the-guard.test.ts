import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VERSION } from '../../src/kit/version.ts';
import { runs } from '../effort.ts';
import { COMMAND, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { claim, commitAs, publish } from '../past.ts';

const ZERO = '0'.repeat(40);
const HANDED_OVER = 'handed over to the command';
const CONFIG = {
  guard: { requireLock: ['must/'], rules: { 'owners/unknown-actor': 'error' } },
  owners: { identities: { probe: ['@probe'], 'ben@example.com': ['@ben'] } },
};

type Pushing = {
  repo: Repo;
  base: string;
  /** Grants of who pushes: one that is held, one that was given back, and one of somebody else's. */
  names: Record<'held' | 'released' | 'late' | 'other' | 'unknown', string>;
};

/** A published repository in which the guard knows the policy; its command can only say that it was asked. */
const setUp = (): Pushing => {
  const files = { 'src/a.md': 'a\n', 'must/b.md': 'b\n', 'theirs/c.md': 'c\n', 'free/d.md': 'd\n' };
  const crate = {
    'crate/Cargo.toml': '[package]\nname = "a"\nversion = "1.0.0"\n',
    'crate/src/lib.rs': 'pub fn a() {}\n',
    'crate/tests/t.rs': '',
  };
  const repo = makeGuardedRepo({ ...files, ...crate, CODEOWNERS: '/owned/ @ann\n' }, CONFIG);
  // What the audit reads is known from the last commit of a source.
  commitAs(repo, 'probe', 'crate/tests/t.rs', 'fn t() {}\n');
  publish(repo);
  const released = claim(repo, 'probe', 'must/', 'free/');
  expect(repo.leasehold(['release', '--all'], { holder: 'probe' }).code).toBe(0);
  const late = claim(repo, 'probe', 'late/');
  expect(repo.leasehold(['release', '--all'], { holder: 'probe' }).code).toBe(0);
  claim(repo, 'rival', 'late/');
  expect(repo.leasehold(['release', '--all'], { holder: 'rival' }).code).toBe(0);
  const names = {
    held: claim(repo, 'probe', 'src/', 'must/', 'crate/'),
    released,
    late,
    other: claim(repo, 'codex', 'theirs/'),
    unknown: '00000000-0000-4000-8000-000000000000#7',
  };
  expect(repo.leasehold(['check', '--paths', 'x']).code).toBe(0);
  const command = repo.path('.git/leasehold/bin', VERSION, 'leasehold.cjs');
  writeFileSync(command, `console.error('${HANDED_OVER}'); process.exitCode = 9;\n`);
  return { repo, base: repo.git('rev-parse', 'HEAD'), names };
};

type Made = { parents: readonly (string | number)[]; path: string; message: string; email: string };

const toMark = (parent: string | number): string =>
  typeof parent === 'number' ? `:${parent + 1}` : parent;

/** Commits made without any hook, on what there is or on each other, by their number; their ids. */
const makeCommits = ({ repo }: Pushing, list: readonly Made[]): string[] => {
  const marks = join(repo.root, 'marks');
  const stream = list.map(({ parents, path, message, email }, number) => {
    const [first = '', ...others] = parents.map(toMark);
    return [
      'commit refs/made',
      `mark :${number + 1}`,
      `committer Ben <${email}> 1700000000 +0000`,
      `data ${message.length}\n${message}`,
      `from ${first}`,
      ...others.map((other) => `merge ${other}`),
      `M 100644 inline ${path}`,
      `data ${message.length}\n${message}\n`,
    ].join('\n');
  });
  const words = ['fast-import', '--quiet', '--force', `--export-marks=${marks}`];
  expect(repo.tryGit(words, { input: stream.join('') })).toMatchObject({ code: 0 });
  const ids = new Map(
    readFileSync(marks, 'utf8')
      .split('\n')
      .map((line): [string, string] => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']),
  );
  return list.map((_, number) => ids.get(`:${number + 1}`) ?? '');
};

type Ref = { local: string; tip: string; remote: string; old: string };

const envOf = ({ repo }: Pushing, holder: string | undefined): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: join(repo.root, 'home'),
  GIT_CONFIG_NOSYSTEM: '1',
  ...(holder === undefined ? {} : { LEASEHOLD_HOLDER: holder }),
});

/** What the installed hook says of a push, and what the command says. */
const pushBothWays = (
  at: Pushing,
  refs: readonly Ref[],
  { holder, remote = 'origin' }: { holder?: string | undefined; remote?: string } = {},
) => {
  const input = refs.map(({ local, tip, remote: ref, old }) => `${local} ${tip} ${ref} ${old}\n`);
  const run = (program: string, args: readonly string[]) => {
    const { status, stderr } = spawnSync(program, [...args, remote, 'url'], {
      cwd: at.repo.top,
      env: envOf(at, holder),
      input: input.join(''),
      encoding: 'utf8',
    });
    return { code: status, stderr };
  };
  return {
    hook: run(at.repo.path('.git/hooks/pre-push'), []),
    command: run(process.execPath, [COMMAND, 'hook', 'pre-push']),
  };
};

const main = (tip: string, old: string): Ref => ({
  local: 'refs/heads/main',
  tip,
  remote: 'refs/heads/main',
  old,
});

type Drawn = { path: string; names: readonly string[]; isOwn: boolean; bypass: boolean };

const commit: fc.Arbitrary<Drawn> = fc.record({
  path: fc.constantFrom(
    ...['src/a.md', 'src/new.md', 'must/b.md', 'free/d.md', 'free/e.md', 'late/f.md'],
    ...['theirs/c.md', 'owned/g.md', 'leasehold.config.json', 'CODEOWNERS', 'free/index.ts'],
    ...['crate/src/lib.rs', 'crate/src/loose.rs', 'crate/tests/t.rs', 'crate/tests/u.rs'],
  ),
  names: fc.array(fc.constantFrom('held', 'released', 'late', 'other', 'unknown', 'torn'), {
    maxLength: 2,
  }),
  isOwn: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, fc.constant(false)),
  bypass: fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, fc.constant(true)),
});

const writeMessage = ({ names, bypass }: Drawn, at: Pushing, number: number): string => {
  const known: Record<string, string> = at.names;
  const trailers = names.map((name) => `Lock-Grant: ${known[name] ?? 'torn'}`);
  return [`work ${number}`, '', ...trailers, ...(bypass ? ['Lock-Bypass: no time'] : [])].join(
    '\n',
  );
};

const SHAPES = ['forward', 'new', 'new tag', 'merge', 'url', 'forced', 'two refs', 'topic'];

/** What is let through in each shape in which anything is: a source that no entry reaches is no document. */
const PLAIN: Drawn = { path: 'src/a.md', names: ['held'], isOwn: true, bypass: false };
const SOURCE: Drawn = { ...PLAIN, path: 'crate/tests/t.rs' };
const ENTRY: Drawn = { ...PLAIN, path: 'crate/src/lib.rs' };

const EXAMPLES = [
  ...SHAPES.flatMap((shape) => [[PLAIN], [SOURCE]].map((commits) => ({ commits, shape }))),
  ...['forward', 'topic'].map((shape) => ({ commits: [ENTRY, SOURCE], shape })),
];

test('lets through by itself nothing of which the command would have said a word', {
  timeout: 300_000,
}, () => {
  const pushing = setUp();
  const seen = new Set<string>();
  let refused = 0;
  const plain: fc.Arbitrary<Drawn> = fc.record({
    path: fc.constantFrom('src/a.md', 'must/b.md', 'free/d.md', 'crate/tests/t.rs'),
    names: fc.constantFrom<readonly string[]>(['held'], ['released'], []),
    isOwn: fc.constant(true),
    bypass: fc.constant(false),
  });
  const push = fc.record({
    commits: fc.oneof(
      { weight: 3, arbitrary: fc.array(commit, { minLength: 1, maxLength: 3 }) },
      plain.map((one) => [one]),
    ),
    shape: fc.constantFrom(...SHAPES),
    holder: fc.constantFrom<(string | undefined)[]>('probe', 'probe', undefined),
  });
  fc.assert(
    fc.property(push, ({ commits, shape, holder }) => {
      const { base } = pushing;
      const chain = commits.map((drawn, number) => ({
        parents: [number === 0 ? base : number - 1],
        path: drawn.path,
        message: writeMessage(drawn, pushing, number),
        email: drawn.isOwn ? 'ben@example.com' : 'zoe@example.com',
      }));
      const side = { path: 'src/side', email: 'ben@example.com' };
      const ids = makeCommits(pushing, [
        ...chain,
        { ...side, parents: [base], message: 'side' },
        { ...side, parents: [chain.length - 1, chain.length], message: 'merged' },
      ]);
      const [tip = '', other = '', merge = ''] = ids.slice(-3);
      const forward = main(tip, base);
      const refs: Record<string, Ref[]> = {
        new: [{ ...forward, remote: 'refs/heads/topic', old: ZERO }],
        'new tag': [{ ...forward, remote: 'refs/tags/v1', old: ZERO }],
        forced: [main(tip, other)],
        merge: [main(merge, base)],
        // Where it was pushed before: what is audited is more than what is pushed.
        topic: [
          { ...forward, remote: 'refs/heads/topic', old: (chain.length > 1 && ids[0]) || base },
        ],
        'two refs': [forward, { ...forward, remote: 'refs/heads/topic', old: ZERO }],
      };
      const remote = shape === 'url' ? 'https://example.com/x.git' : 'origin';
      const both = pushBothWays(pushing, refs[shape] ?? [forward], { holder, remote });

      const isAlone = !both.hook.stderr.includes(HANDED_OVER);
      if (isAlone) expect(both).toEqual({ hook: both.command, command: { code: 0, stderr: '' } });
      else expect(both.hook.code).toBe(9);
      const kind = commits.some(({ path }) => path.endsWith('.rs')) ? `${shape}, a source` : shape;
      if (isAlone) seen.add(kind);
      refused += both.command.code === 0 ? 0 : 1;
    }),
    {
      // Examples count among the runs.
      numRuns: EXAMPLES.length + runs(12).numRuns,
      seed: 604,
      examples: EXAMPLES.map((drawn): [Parameters<Parameters<typeof push.map>[0]>[0]] => [
        { ...drawn, holder: 'probe' },
      ]),
    },
  );
  const shapes = ['forward', 'new', 'new tag', 'topic', 'url'];
  expect(seen).toEqual(new Set(shapes.flatMap((shape) => [shape, `${shape}, a source`])));
  expect(refused).toBeGreaterThan(3);
});

test('leaves the command a source that an entry reaches by now', () => {
  const at = setUp();
  const push = (path: string, base: string) => {
    const made = { parents: [base], path, message: 'work', email: 'ben@example.com' };
    const [tip = ''] = makeCommits(at, [made]);
    return { tip, code: pushBothWays(at, [main(tip, base)], { holder: 'probe' }).hook.code };
  };
  expect(push('crate/src/loose.rs', at.base).code).toBe(9);
  expect(push('crate/tests/t.rs', at.base).code).toBe(0);

  const [led = ''] = makeCommits(at, [
    { parents: [at.base], path: 'crate/src/lib.rs', message: 'mod in;', email: 'ben@example.com' },
  ]);
  at.repo.git('update-ref', 'refs/remotes/origin/main', led);
  expect(push('crate/tests/t.rs', led).code).toBe(9);
});

/** A push of one commit of a source, which is let through by the guard alone: all that git is asked for counts. */
const makeSourcePush = (at: Pushing) => {
  const made = { ...SOURCE, parents: [at.base], message: 'work', email: 'ben@example.com' };
  const [tip = ''] = makeCommits(at, [made]);
  const known = main(tip, at.base);
  const fresh = { ...known, remote: 'refs/heads/topic', old: ZERO };
  const codeOf = (ref: Ref): number | null =>
    pushBothWays(at, [ref], { holder: 'probe' }).hook.code;
  return { known, fresh, codeOf };
};

test('hands a push over where one of its questions fails, whichever, and where the guard says nothing', () => {
  const at = setUp();
  const { known, fresh, codeOf } = makeSourcePush(at);
  expect([known, fresh].map(codeOf)).toEqual([0, 0]);

  const script = at.repo.path('.git/leasehold/hook.sh');
  const text = readFileSync(script, 'utf8');
  const start = text.indexOf('leasehold_ask_guard() {');
  const spoil = 'spoilt() { "$@"; return 3; }\n';
  const places = [...text.matchAll(/^ +(git) /gm)].filter(
    ({ index }) => index > start && index < text.indexOf('\n# What pre-commit found'),
  );
  const askAll = (spoilt: string) =>
    places.map(({ index, 0: found }) => {
      const question = index + found.indexOf('git');
      const rest = text.slice(question + 3);
      writeFileSync(script, `${spoil}${text.slice(0, question)}${spoilt}${rest}`);
      return [rest.split(' ', 4).join(' '), codeOf(known), codeOf(fresh)];
    });
  const named = (name: string) => expect.stringContaining(name);
  // Whoever pushes what HEAD is has the side of the remote.
  const failed = [
    [named('log'), 9, 9],
    [named('ls-tree'), 9, 9],
    [named('ls-tree'), 0, 9],
    [named('for-each-ref'), 9, 9],
  ];
  expect(askAll('false')).toEqual([...failed, [named('var'), 9, 9]]);
  // A committer who is told is known, however git ends.
  expect(askAll('spoilt git')).toEqual([...failed, [named('var'), 0, 0]]);
  writeFileSync(script, text);

  const guard = at.repo.path('.git/leasehold/bin', VERSION, 'guard-push.cjs');
  const judges = readFileSync(guard, 'utf8');
  const says = (words: string): number | null => {
    writeFileSync(guard, words);
    return codeOf(known);
  };
  expect(says("process.kill(process.pid, 'SIGKILL');")).toBe(9);
  expect(says("process.stdout.write('pass');")).toBe(9);
  expect(says("console.log('passes'); console.log('or not');")).toBe(9);
  expect(says("throw new Error('passes');")).toBe(9);
  expect(says(judges)).toBe(0);
});

test('asks for the own side where HEAD is not what is pushed', () => {
  const at = setUp();
  const { known, codeOf } = makeSourcePush(at);
  const { repo } = at;
  const own = JSON.stringify({ ...CONFIG, guard: { ...CONFIG.guard, base: 'origin/elsewhere' } });
  repo.git('switch', '--quiet', '--create', 'other');
  repo.commitQuietly({ 'leasehold.config.json': own });
  repo.git('update-ref', 'refs/remotes/origin/elsewhere', 'other');
  // So that the policy of both is compiled.
  const check = spawnSync(process.execPath, [COMMAND, 'check', '--paths', 'x'], { cwd: repo.top });
  expect(check.status).toBe(0);

  // It starts behind the branch that others start from.
  expect(codeOf(known)).toBe(9);
  expect(codeOf({ ...known, local: 'HEAD' })).toBe(0);
  repo.git('switch', '--quiet', 'main');
  expect(codeOf(known)).toBe(0);
  repo.git('switch', '--quiet', '--detach');
  expect(codeOf(known)).toBe(0);
});
