// What a commit costs more with leasehold's hooks, against a commit without hooks in the same run: at 1,000
// and 100,000 tracked files, 20 and 2,000 staged paths, 0 to 10,000 grants of five scopes held, without and
// with 5,000 rules of CODEOWNERS. By turns with it: an empty sh hook, one that runs `node -e 0`, husky,
// lefthook and lint-staged with nothing to do. Then peak memory, processes of git, and a push of 100 commits.
// "Added" is the median of the differences to the commit without hooks of the same round. Bounds are ratios.
// husky's no-op is a hook that runs `node -e 0`, as its users' run node; with an empty script it is told too.
// lefthook is measured where it is installed. It is no dependency: its install script writes hooks of its own
// into whatever repository it is installed in. `npm install --no-save --ignore-scripts lefthook` is enough.
// Exits with 1 where a bound does not hold. --quick takes fewer samples; --json prints one object.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  assertThat,
  command,
  count,
  DISCARDED,
  number,
  renderTable,
  repeatRounds,
  runBenchmark,
  startWorker,
  summariseAll,
  timeRun,
  times,
  toBound,
} from './bench-kit.mjs';
import { listPaths, makeOwnersFile, PATHS } from './bench-tree.mjs';

const TRACKED = [1_000, PATHS];
const STAGED = [20, 2_000];
const HELD = [0, 100, 1_000, 10_000];
const RULES = [0, 5_000];
const SCOPES = 5;
const PUSHED = 100;
const HOUR = 3_600_000;
const OWNERS_PLACE = '.github/CODEOWNERS';
const CONFIG = 'leasehold.config.json';
/** Who commits: the environment of all benchmarks names this holder. */
const HOLDER = 'probe';

const require = createRequire(import.meta.url);

// ---- What is tracked, staged and held. The same at every run.

const parentOf = (path) => path.slice(0, path.lastIndexOf('/'));

/** Five projects of the tree: the holder works in them, and nobody else holds anything there. */
const listOwnProjects = (paths) => {
  const projects = [...new Set(paths.map((path) => path.split('/').slice(0, 2).join('/')))];
  return Array.from({ length: SCOPES }, (_, at) => projects[at * 97]);
};

/** What the holder commits: half of it changes files that are there, the rest is new. */
const listStaged = (projects, size) =>
  Array.from({ length: size }, (_, at) => ({
    path: `${projects[at % SCOPES]}/src/part-${at % 40}/file-${at}.ts`,
    isTracked: at % 2 === 0 && at < 500,
  }));

const listTracked = (paths, projects, size) => {
  const own = listStaged(projects, STAGED.at(-1)).filter(({ isTracked }) => isTracked);
  const step = Math.floor(paths.length / size);
  const others = paths.filter((_, at) => at % step === 0).slice(0, size - own.length);
  return [...own.map(({ path }) => path), ...others];
};

/** Scopes of another's grant: three files, a directory and a glob, in one directory of the tree. */
const listScopes = (directories, at) => {
  const area = `${directories[at % directories.length]}/area-${at}`;
  return [
    `${area}/index.ts`,
    `${area}/client.ts`,
    `${area}/retry-policy.ts`,
    `${area}/collector/`,
    `glob:${area}/**/*.test.ts`,
  ];
};

const jobs = {
  /** Lock files of so many grants of others, as the store writes them, but without an fsync. */
  hold: async (kit, { locks, directories, size }) => {
    const now = Date.now();
    const rule = { ignoreCase: false, compile: kit.compilePattern };
    mkdirSync(locks, { recursive: true });
    for (let at = 0; at < size; at += 1) {
      const grant = {
        holder: `codex/task-${at}`,
        id: randomUUID(),
        rev: 1,
        token: at + 1,
        lockedAt: now,
        expiresAt: now + 24 * HOUR,
        claims: listScopes(directories, at).map((text) => kit.compileClaim(text, 'write', rule)),
        about: {
          task: `Port the module number ${at}`,
          email: 'codex@example.com',
          worktree: `/home/ben/worktrees/task-${at}`,
          branch: `codex/task-${at}`,
          host: 'build-7',
        },
      };
      writeFileSync(join(locks, kit.lockFileName(grant)), kit.serialiseGrant(grant));
    }
  },

  /** The owners of these paths. */
  owners: async (kit, { text, paths }) => {
    const index = kit.createOwnersIndex(kit.parseOwners(text, 'github'));
    return [...new Set(paths.flatMap((path) => index.find(path).owners))];
  },
};

// ---- Repositories

const git = (args, { cwd, env }, { input = '', good = [0] } = {}) => {
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd,
    env,
    input,
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  assertThat(good.includes(status), `git ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout.trimEnd();
};

const leasehold = (args, { cwd, env }) =>
  timeRun(process.execPath, [command, ...args], { cwd, env });

const write = (cwd, path, text, mode = 0o644) => {
  mkdirSync(dirname(join(cwd, path)), { recursive: true });
  writeFileSync(join(cwd, path), text, { mode });
};

const SETTINGS = [
  ['user.name', 'Ben'],
  ['user.email', 'ben@example.com'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
];

const INDEX = '.git/index';
const STATE = '.git/leasehold';
const MAIN = '.git/refs/heads/main';

const stateFor = (held) => `${STATE}-${held}`;
const indexFor = ({ rules, staged }) => `.git/index-${rules}-${staged}`;

const commitAll = (at, message) => {
  git(['add', '--all'], at);
  git(['-c', 'core.hooksPath=/dev/null', 'commit', '--quiet', '--message', message], at);
  return git(['rev-parse', 'HEAD'], at);
};

/** One tip a number of rules (`bare` has no config either), and an index a tip and number of staged paths. */
const makeTips = (at, { owned, projects }) => {
  const tips = { bare: git(['rev-parse', 'HEAD'], at) };
  const { text, owners } = owned;
  for (const rules of RULES) {
    write(at.cwd, CONFIG, JSON.stringify({ owners: { identities: { [HOLDER]: owners } } }));
    if (rules > 0) write(at.cwd, OWNERS_PLACE, text);
    tips[rules] = commitAll(at, `${rules} rules`);
  }
  for (const { path } of listStaged(projects, STAGED.at(-1))) write(at.cwd, path, 'changed\n');
  for (const rules of ['bare', ...RULES]) {
    for (const staged of STAGED) {
      git(['read-tree', tips[rules]], at);
      git(['update-index', '-q', '--refresh'], at, { good: [0, 1] });
      const paths = listStaged(projects, staged).map(({ path }) => path);
      git(['add', '--pathspec-from-file=-'], at, { input: paths.join('\n') });
      copyFileSync(join(at.cwd, INDEX), join(at.cwd, indexFor({ rules, staged })));
    }
  }
  return tips;
};

/** One state directory a number of grants. The holder has a grant of its own wherever anything is held. */
const makeStates = async (at, { worker, directories, projects }) => {
  const empty = join(at.cwd, `${STATE}-empty`);
  renameSync(join(at.cwd, STATE), empty);
  for (const held of HELD) {
    const state = join(at.cwd, stateFor(held));
    cpSync(empty, state, { recursive: true });
    if (held === 0) continue;
    const locks = join(state, 'locks');
    await worker.ask('hold', { locks, directories, size: held - 1 });
    renameSync(state, join(at.cwd, STATE));
    const scopes = projects.map((project) => `${project}/`);
    leasehold(['claim', '--ttl', '24h', ...scopes], at);
    renameSync(join(at.cwd, STATE), state);
    assertThat(readdirSync(locks).length === held, `${held} grants are held`);
  }
};

const makeRepository = async (settings, worker, { paths, size }) => {
  const { root, env } = settings;
  const cwd = join(root, `tracked-${size}`);
  const at = { cwd, env };
  mkdirSync(cwd);
  git(['init', '--quiet', '-b', 'main'], at);
  for (const [key, value] of SETTINGS) git(['config', key, value], at);
  const projects = listOwnProjects(paths);
  for (const path of listTracked(paths, projects, size)) write(cwd, path, 'one line\n');
  commitAll(at, 'start');
  git(['repack', '-a', '-d', '--quiet'], at);
  leasehold(['init'], at);
  const { text } = makeOwnersFile(paths, RULES.at(-1));
  const staged = listStaged(projects, STAGED.at(-1)).map(({ path }) => path);
  const owners = await worker.ask('owners', {
    text,
    paths: [...staged, OWNERS_PLACE, CONFIG],
  });
  const tips = makeTips(at, { owned: { text, owners }, projects });
  const isForeign = (directory) =>
    projects.every((project) => !`${directory}/`.startsWith(`${project}/`));
  const directories = [...new Set(paths.map(parentOf))].filter(isForeign);
  await makeStates(at, { worker, directories, projects });
  return { ...at, size, tips, hooks: join(cwd, '.git/hooks'), foreign: listScopes(directories, 0) };
};

// ---- Who is measured: a directory of hooks each

const NODE_HOOK = `"${process.execPath}" -e 0`;

const findLefthook = () => {
  const name = `lefthook-${process.platform}-${process.arch}`;
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), 'bin/lefthook');
  } catch {
    const found = spawnSync('sh', ['-c', 'command -v lefthook'], { encoding: 'utf8' });
    return found.status === 0 ? found.stdout.trim() : undefined;
  }
};

const makeHook = (root, name, lines, hook = 'pre-commit') => {
  write(root, join('hooks', name, hook), `#!/bin/sh\n${lines}\n`, 0o755);
  return join(root, 'hooks', name);
};

/** As many hooks as a commit with leasehold starts: these lines before it, and two that are empty. */
const makeThreeHooks = (root, name, lines) => {
  for (const hook of ['prepare-commit-msg', 'commit-msg']) makeHook(root, name, ':', hook);
  return makeHook(root, name, lines);
};

/** As husky's own installer lays it out, a hook for each of git's, and the user's script beside them. */
const makeHusky = (repo, name, script) => {
  const directory = `.git/${name}`;
  timeRun(process.execPath, [join(dirname(require.resolve('husky')), 'bin.js'), directory], repo);
  // Each commit is told where its hooks are.
  git(['config', '--unset', 'core.hooksPath'], repo);
  write(repo.cwd, `${directory}/pre-commit`, `${script}\n`);
  return join(repo.cwd, directory, '_');
};

/** Its own hook, and a job that does nothing. */
const makeLefthook = (repo) => {
  const lefthook = findLefthook();
  if (lefthook === undefined) return undefined;
  const config = join(repo.cwd, '.git/lefthook.yml');
  writeFileSync(config, 'no_auto_install: true\npre-commit:\n  jobs:\n    - run: "true"\n');
  return makeHook(
    join(repo.cwd, '.git'),
    'lefthook',
    `export LEFTHOOK_CONFIG='${config}'\nexec '${lefthook}' run pre-commit --no-auto-install "$@"`,
  );
};

const makeLintStaged = (repo) => {
  const config = join(repo.cwd, '.git/lint-staged.json');
  writeFileSync(config, '{ "*": "true" }');
  const { bin } = require('lint-staged/package.json');
  const script = join(
    dirname(require.resolve('lint-staged/package.json')),
    bin['lint-staged'] ?? bin,
  );
  return makeHook(
    join(repo.cwd, '.git'),
    'lint-staged',
    `exec "${process.execPath}" '${script}' --quiet --config '${config}'`,
  );
};

const listPeers = (settings, repo) => {
  const { root } = settings;
  const peers = {
    none: makeHook(root, 'none', ':', 'unused'),
    sh: makeHook(root, 'sh', ':'),
    'three sh': makeThreeHooks(root, 'three-sh', ':'),
    node: makeHook(root, 'node', NODE_HOOK),
    'three node': makeThreeHooks(root, 'three-node', NODE_HOOK),
    'husky sh': makeHusky(repo, 'husky-sh', ':'),
    husky: makeHusky(repo, 'husky', NODE_HOOK),
    lefthook: makeLefthook(repo),
    'lint-staged': makeLintStaged(repo),
  };
  return Object.entries(peers)
    .filter(([, hooks]) => hooks !== undefined)
    .map(([name, hooks]) => ({ name, hooks, rules: 0, held: undefined }));
};

/** Ours in each situation; `nothing` is a hook of ours that a repository without leasehold meets. */
const listOurs = (repo) => [
  { name: 'nothing', hooks: repo.hooks, rules: 'bare', held: undefined },
  ...RULES.flatMap((rules) =>
    HELD.map((held) => ({ name: `${held} held, ${rules} rules`, hooks: repo.hooks, rules, held })),
  ),
];

// ---- One commit

/** Puts index, branch, config and state in place for one commit, and takes the state away behind it. */
const within = (repo, { rules, held, staged }, act) => {
  const { cwd, tips } = repo;
  writeFileSync(join(cwd, MAIN), `${tips[rules]}\n`);
  copyFileSync(join(cwd, indexFor({ rules, staged })), join(cwd, INDEX));
  if (rules === 'bare') renameSync(join(cwd, CONFIG), join(cwd, '.git/config-away'));
  if (held !== undefined) renameSync(join(cwd, stateFor(held)), join(cwd, STATE));
  try {
    return act();
  } finally {
    if (held !== undefined) renameSync(join(cwd, STATE), join(cwd, stateFor(held)));
    if (rules === 'bare') renameSync(join(cwd, '.git/config-away'), join(cwd, CONFIG));
  }
};

const commitWith = (hooks) => [
  '-c',
  `core.hooksPath=${hooks}`,
  'commit',
  '--quiet',
  '--message',
  'x',
];

const timeCommit = (repo, { hooks, ...situation }) =>
  within(repo, situation, () => timeRun('git', commitWith(hooks), repo));

/** The command as the hooks have it, replaced by one that only fails: what passes, the guard passed alone. */
const withoutCommand = ({ cwd }, act) => {
  const bin = join(cwd, STATE, 'bin');
  const path = join(bin, readdirSync(bin)[0], 'leasehold.cjs');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, 'process.exitCode = 9;\n');
  try {
    return act();
  } finally {
    writeFileSync(path, text);
  }
};

/** Once each: the first commit warms caches, then the guard alone lets through, and refuses what is held. */
const checkOurs = (repo, { hooks, ...situation }) => {
  const { foreign, env, cwd } = repo;
  timeCommit(repo, { hooks, ...situation });
  if (situation.held === undefined) return;
  within(repo, situation, () => withoutCommand(repo, () => git(commitWith(hooks), repo)));
  if (situation.held === 0) return;
  within(repo, situation, () => {
    const blob = git(['hash-object', '-w', '--stdin'], repo);
    git(['update-index', '--add', '--cacheinfo', `100644,${blob},${foreign[0]}`], repo);
    const { status, stderr } = spawnSync('git', commitWith(hooks), { cwd, env, encoding: 'utf8' });
    assertThat(status === 1 && stderr.includes('holds it'), `what is held is refused: ${stderr}`);
  });
};

/** Kinds by turns, each round starting with another; the milliseconds of each, and those over no hook. */
const measureCommits = async (settings, repo, staged) => {
  const kinds = [...listPeers(settings, repo), ...listOurs(repo)].map((kind) => ({
    ...kind,
    staged,
  }));
  for (const kind of kinds) checkOurs(repo, kind);
  const took = Object.fromEntries(kinds.map(({ name }) => [name, []]));
  await repeatRounds(DISCARDED + settings.rounds, settings, (round) => {
    const turn = round % kinds.length;
    for (const kind of [...kinds.slice(turn), ...kinds.slice(0, turn)]) {
      const ms = timeCommit(repo, kind);
      if (round >= DISCARDED) took[kind.name].push(ms);
    }
  });
  const added = Object.fromEntries(
    Object.entries(took).map(([name, list]) => [name, list.map((ms, at) => ms - took.none[at])]),
  );
  return { tracked: repo.size, staged, whole: summariseAll(took), added: summariseAll(added) };
};

// ---- Memory and processes

const TIME = '/usr/bin/time';

/** The most memory of any process that a hook starts, in kB: GNU time stands between git and the hook. */
const peakOf = ({ root }, repo, { name, hooks, ...situation }) => {
  const peak = join(root, 'peak');
  const lines = `exec ${TIME} -f %M -o '${peak}' '${hooks}/pre-commit' "$@"`;
  const watched = makeHook(root, `watched-${name}`.replace(/\W/g, '-'), lines);
  within(repo, situation, () => git(commitWith(watched), repo));
  return Number(readFileSync(peak, 'utf8').trim());
};

const measureMemory = (settings, repo) => {
  if (!existsSync(TIME)) return [];
  const kinds = [...listPeers(settings, repo), ...listOurs(repo)].filter(
    ({ name }) => name === 'node' || name.includes('held'),
  );
  return STAGED.flatMap((staged) =>
    kinds.map((kind) => {
      const peaks = Array.from({ length: 3 }, () => peakOf(settings, repo, { ...kind, staged }));
      return {
        name: kind.name,
        tracked: repo.size,
        staged,
        kilobytes: peaks.sort((a, b) => a - b)[1],
      };
    }),
  );
};

/** The git processes below one git: each writes a file of its own. */
const countProcesses = ({ root }, repo, args) => {
  const trace = join(root, 'trace');
  rmSync(trace, { recursive: true, force: true });
  mkdirSync(trace);
  git(args, { ...repo, env: { ...repo.env, GIT_TRACE2_EVENT: trace } });
  const names = readdirSync(trace);
  // Settings may stand before the subcommand.
  const isLog = (name) =>
    /"argv":\["git",(?:"-c","[^"]*",)*"log"/.test(readFileSync(join(trace, name), 'utf8'));
  return { all: names.length, logs: names.filter(isLog).length };
};

const countOfCommit = (settings, repo, { hooks, ...situation }) =>
  within(repo, situation, () => countProcesses(settings, repo, commitWith(hooks)).all);

// ---- A push

const REMOTE = 'remote.git';
const SITUATION = { rules: RULES.at(-1), held: 1_000, staged: STAGED[0] };

/** A remote that has the tip with all rules; so many commits are on top of it here, each by the holder. */
const makePushes = ({ root, env }, repo) => {
  const remote = join(root, REMOTE);
  git(['init', '--quiet', '--bare', remote], { cwd: root, env });
  git(['remote', 'add', 'origin', remote], repo);
  const base = repo.tips[SITUATION.rules];
  git(['push', '--quiet', '--no-verify', 'origin', `${base}:refs/heads/main`], repo);
  git(['remote', 'set-head', 'origin', 'main'], repo);
  const [path] = git(['diff-index', '--cached', '--name-only', base], repo).split('\n');
  const tips = new Map();
  git(['read-tree', base], repo);
  let parent = base;
  for (let made = 1; made <= PUSHED; made += 1) {
    const blob = git(['hash-object', '-w', '--stdin'], repo, { input: `${made}\n` });
    git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], repo);
    const tree = git(['write-tree'], repo);
    parent = git(['commit-tree', tree, '-p', parent, '-m', `${made}`], repo);
    tips.set(made, parent);
  }
  return { remote, base, tips };
};

const pushWith = (hooks) => ['-c', `core.hooksPath=${hooks}`, 'push', '--quiet', 'origin', 'main'];

const withinPush = (repo, { remote, base, tips }, commits, act) =>
  within(repo, SITUATION, () => {
    writeFileSync(join(remote, 'refs/heads/main'), `${base}\n`);
    writeFileSync(join(repo.cwd, '.git/refs/remotes/origin/main'), `${base}\n`);
    writeFileSync(join(repo.cwd, MAIN), `${tips.get(commits)}\n`);
    return act();
  });

const measurePushes = async (settings, repo) => {
  const { root } = settings;
  const pushes = within(repo, SITUATION, () => makePushes(settings, repo));
  const kinds = {
    none: makeHook(root, 'none', ':', 'unused'),
    node: makeHook(root, 'node', NODE_HOOK, 'pre-push'),
    ours: repo.hooks,
  };
  const took = { none: [], node: [], ours: [] };
  await repeatRounds(DISCARDED + settings.rounds, settings, (round) => {
    for (const [name, hooks] of Object.entries(kinds)) {
      const ms = withinPush(repo, pushes, PUSHED, () => timeRun('git', pushWith(hooks), repo));
      if (round >= DISCARDED) took[name].push(ms);
    }
  });
  const added = Object.fromEntries(
    ['node', 'ours'].map((name) => [name, took[name].map((ms, at) => ms - took.none[at])]),
  );
  const [one, all] = [1, PUSHED].map((commits) =>
    withinPush(repo, pushes, commits, () => countProcesses(settings, repo, pushWith(repo.hooks))),
  );
  return { whole: summariseAll(took), added: summariseAll(added), processes: { one, all } };
};

// ---- Bounds and tables

const findCommits = (commits, tracked, staged) =>
  commits.find((row) => row.tracked === tracked && row.staged === staged);

const ratio = ({ added }, name, other) => added[name].median / added[other].median;

/** The heaviest of ours of at most so many grants. */
const heaviest = (row, held) => {
  const names = Object.keys(row.added).filter(
    (name) => name.includes(' held') && Number.parseInt(name, 10) <= held,
  );
  return names.reduce((worst, name) =>
    row.added[name].median > row.added[worst].median ? name : worst,
  );
};

const boundCommits = (commits) =>
  TRACKED.flatMap((tracked) => {
    const [few, many] = STAGED.map((staged) => findCommits(commits, tracked, staged));
    const of = `${count(tracked)} files`;
    const [thousand, most] = [1_000, 10_000].map((held) => heaviest(few, held));
    const manyStaged = heaviest(many, 1_000);
    const peer = (name, bound) =>
      few.added[name]
        ? [toBound(`${of}: ${thousand} : ${name}`, ratio(few, thousand, name), bound)]
        : [];
    return [
      toBound(`${of}: nothing to guard : empty sh`, ratio(few, 'nothing', 'sh'), 1.5),
      toBound(`${of}: ${thousand} : node -e 0`, ratio(few, thousand, 'node'), 1.25),
      toBound(`${of}: ${most} : node -e 0`, ratio(few, most, 'node'), 1.5),
      toBound(
        `${of}, 2,000 staged: ${manyStaged} : node -e 0`,
        ratio(many, manyStaged, 'node'),
        2.5,
      ),
      ...peer('husky', 1.1),
      ...(tracked === PATHS ? peer('lefthook', 0.3) : []),
      ...peer('lint-staged', 0.2),
    ];
  });

const boundMemory = (memory) =>
  memory
    .filter(({ name }) => name !== 'node')
    .map(({ name, tracked, staged, kilobytes }) => {
      const bare = memory.find(
        (row) => row.name === 'node' && row.tracked === tracked && row.staged === staged,
      );
      return toBound(
        `memory, ${count(tracked)} files, ${count(staged)} staged: ${name} : node -e 0`,
        kilobytes / bare.kilobytes,
        1.5,
      );
    })
    .sort((a, b) => b.value - a.value)
    .slice(0, 1);

const boundRest = ({ pushes, processes }) => [
  toBound('git processes that a commit starts more', processes.ours - processes.none, 3),
  toBound(`a push of ${PUSHED} commits : node -e 0`, ratio(pushes, 'ours', 'node'), 1.25),
  toBound(
    `git processes, a push of ${PUSHED} commits : of 1`,
    pushes.processes.all.all / pushes.processes.one.all,
    1,
  ),
  toBound(`git log in a push of ${PUSHED} commits`, pushes.processes.all.logs, 1),
];

const LABELS = {
  none: 'no hook',
  sh: 'an empty sh hook',
  'three sh': 'three empty sh hooks',
  node: 'a hook that runs node -e 0',
  'three node': 'three, one of them with node -e 0',
  'husky sh': 'husky with an empty script',
  husky: 'husky with node -e 0',
  lefthook: 'lefthook with true',
  'lint-staged': 'lint-staged with true',
  nothing: 'leasehold, nothing to guard',
};

const commitRows = ({ whole, added }) =>
  Object.keys(added).map((name) => [
    LABELS[name] ?? `leasehold, ${name}`,
    number(whole[name].median),
    ...(name === 'none'
      ? ['', '', '']
      : [
          number(added[name].median),
          number(added[name].p90),
          times(added[name].median / added.node.median),
        ]),
  ]);

const report = ({ commits, memory, pushes, processes, bounds, node, seconds }) => {
  const heads = ['commit', 'added', 'p90', ': node'];
  const tables = [
    `a commit with leasehold's hooks on node ${node}: milliseconds, and those over a commit without hooks\n`,
    ...commits.map((row, at) =>
      renderTable(
        `${at + 1}. ${count(row.tracked)} tracked files, ${count(row.staged)} staged paths`,
        heads,
        commitRows(row),
      ),
    ),
    renderTable(
      `${commits.length + 1}. A push of ${PUSHED} commits, 1,000 grants held, 5,000 rules`,
      heads,
      ['none', 'node', 'ours'].map((name) => [
        { ...LABELS, ours: 'leasehold' }[name],
        number(pushes.whole[name].median),
        ...(name === 'none'
          ? ['', '', '']
          : [
              number(pushes.added[name].median),
              number(pushes.added[name].p90),
              times(ratio(pushes, name, 'node')),
            ]),
      ]),
    ),
    renderTable(
      `${commits.length + 2}. Peak memory of the largest process of a hook`,
      ['MB'],
      memory.map(({ name, tracked, staged, kilobytes }) => [
        `${LABELS[name] ?? `leasehold, ${name}`}, ${count(tracked)} files, ${count(staged)} staged`,
        number(kilobytes / 1024),
      ]),
    ),
    `git processes of a commit: ${processes.none} without hooks, ${processes.ours} with leasehold's`,
    ...bounds.map(
      ({ text, value, bound, ok }) =>
        `${text} = ${number(value)} (at most ${bound}): ${ok ? 'ok' : 'FAILED'}`,
    ),
    ...(commits[0].added.lefthook ? [] : ['lefthook is not installed, and was not measured']),
    `${seconds.toFixed(0)} s`,
  ];
  return tables.join('\n');
};

const measure = async (settings) => {
  const worker = startWorker(settings);
  const paths = listPaths();
  const repositories = [];
  for (const size of TRACKED)
    repositories.push(await makeRepository(settings, worker, { paths, size }));
  worker.stop();
  const commits = [];
  for (const repo of repositories) {
    for (const staged of STAGED) commits.push(await measureCommits(settings, repo, staged));
  }
  const [small] = repositories;
  const memory = repositories.flatMap((repo) => measureMemory(settings, repo));
  const processes = {
    none: countOfCommit(settings, small, {
      hooks: join(settings.root, 'hooks/none'),
      ...SITUATION,
    }),
    ours: countOfCommit(settings, small, { hooks: small.hooks, ...SITUATION }),
  };
  const pushes = await measurePushes(settings, small);
  const figures = { commits, memory, processes, pushes };
  const bounds = [...boundCommits(commits), ...boundMemory(memory), ...boundRest(figures)];
  return { ...figures, bounds };
};

/** `seconds` is the most that one table measures, beside what it prepares. */
const FULL = { rounds: 25, seconds: 180 };
const QUICK = { rounds: 5, seconds: 20 };

await runBenchmark({
  script: fileURLToPath(import.meta.url),
  sources: `
    export * from './src/locks/index.ts';
    export { lockFileName, serialiseGrant } from './src/locks/record.ts';
    export { createOwnersIndex, parseOwners } from './src/owners/index.ts';
  `,
  jobs,
  sizes: { full: FULL, quick: QUICK },
  measure,
  report,
});
