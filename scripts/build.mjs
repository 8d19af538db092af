// Builds dist/: the command (a start that chooses between all verbs and the daily ones), what it reads a
// config with and what it audits exports with (each loaded at the first one), and the guard that hooks start (start.cjs, with what compile.cjs has V8 make of its files), with files that it loads only where they are needed: what reads lock files, what answers about
// CODEOWNERS, where there is one, and its words, where it has something to say. What is bundled is named with its licence.
//
// A process that lives for fifty milliseconds is mostly its start: CJS, for node's own ESM loader takes
// six of them; minified; and in ASCII, for a file with one character beyond Latin-1 is twice as large in
// memory, and slower to read and to parse.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const common = {
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  metafile: true,
  logLevel: 'warning',
  write: false,
  legalComments: 'none',
  charset: 'ascii',
  define: { 'import.meta.dirname': '__dirname' },
};

// V8 puts off a function until it is called, but reads an arrow function whose body is an expression in
// full: of a command that has mostly those, a fourth of its start.
const lazy = { supported: { arrow: false } };

const packageOf = (input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];

const readLicence = async (directory) => {
  const { name, version, license } = JSON.parse(
    await readFile(`${directory}/package.json`, 'utf8'),
  );
  const names = ['LICENSE', 'LICENSE.md', 'license', 'LICENCE'];
  const texts = await Promise.all(
    names.map((file) => readFile(`${directory}/${file}`, 'utf8').catch(() => '')),
  );
  return `${name} ${version} (${license})\n\n${texts.find((text) => text !== '') ?? ''}`.trimEnd();
};

// Each file is replaced in one step: hooks and tests may be running what was built before.
const place = async (path, content, mode = 0o644) => {
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, content);
  await chmod(fresh, mode);
  await rename(fresh, path);
};

/**
 * Whoever imports this module gets functions of the same names, which load it, or the file that it is built
 * into, at the first call: most processes never come to one. So the module may export functions only.
 */
const defer = ({ module, file, names }) => ({
  name: 'defer',
  setup: ({ onResolve, onLoad }) => {
    const namespace = `deferred-${names[0]}`;
    onResolve({ filter: module }, ({ path, namespace: importer }) =>
      importer === namespace ? { path: file, external: true } : { path, namespace },
    );
    onLoad({ filter: /./, namespace }, () => ({
      contents: names
        .map((name) => `export const ${name} = (...args) => require('${file}').${name}(...args);`)
        .join('\n'),
    }));
  },
});

// As an ES module first, for esbuild lists only the exports of those.
const listExports = async (path) => {
  const { metafile } = await build({ ...common, entryPoints: [path], format: 'esm' });
  return Object.values(metafile.outputs)[0].exports;
};

// What they have said of a file is kept; another build's scanners may say something else.
const hashScanners = async () => {
  const sum = createHash('sha1');
  for (const name of (await readdir('src/exports')).sort()) {
    sum.update(name).update(await readFile(`src/exports/${name}`));
  }
  return sum.digest('hex').slice(0, 10);
};

// From the sources, for what a build says of itself must not be asked of one.
const renderDefaultConfig = async () => {
  const contents = "export { createDefaultConfig } from './src/guard/load.ts';";
  const stdin = { contents, resolveDir: '.', loader: 'ts' };
  const [{ text }] = (await build({ ...common, stdin, format: 'esm' })).outputFiles;
  const { createDefaultConfig } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  return JSON.stringify(createDefaultConfig());
};

await mkdir('dist/hooks', { recursive: true });

// zod is most of the command, and most commands never ask it.
const CONFIG = 'src/kit/config.ts';
const OWNERS = 'src/owners/match.ts';
const deferredConfig = defer({
  module: /\/config\.(?:ts|cjs)$/,
  file: './config.cjs',
  names: await listExports(CONFIG),
});
const deferredOwners = defer({
  module: /\/(?:match\.ts|guard-owners\.cjs)$/,
  file: './guard-owners.cjs',
  names: await listExports(OWNERS),
});
// Scanners of three languages: most verdicts are about no file that a package shows to the outside.
const AUDIT = 'src/exports/trees.ts';
const deferredAudit = defer({
  module: /\/(?:trees\.ts|audit\.cjs)$/,
  file: './audit.cjs',
  names: await listExports(AUDIT),
});
const LOCKS = 'src/locks/index-store.ts';
const deferredLocks = defer({
  module: /\/(?:index-store\.ts|guard-locks\.cjs)$/,
  file: './guard-locks.cjs',
  names: await listExports(LOCKS),
});
// Octokit, for clones whose locks are issues, once they ask GitHub.
const GITHUB = 'src/locks/github-store.ts';
const deferredGithub = defer({
  module: /\/github(?:-store\.ts|\.cjs)$/,
  file: './github.cjs',
  names: await listExports(GITHUB),
});
// It brings sockets and streams with it, two of the milliseconds that the guard takes.
const deferredProcesses = defer({
  module: /^node:child_process$/,
  file: 'node:child_process',
  names: ['spawn', 'spawnSync'],
});

// Two milliseconds of each start; files of the working tree and changes of a shared ledger are known by it.
const deferredHash = defer({ module: /^node:crypto$/, file: 'node:crypto', names: ['hash'] });

// Only what is kept of scans needs it.
const deferredSum = defer({ module: /^node:zlib$/, file: 'node:zlib', names: ['crc32'] });

// Asked only where there is much to do.
const deferredFlags = defer({
  module: /^node:v8$/,
  file: 'node:v8',
  names: ['setFlagsFromString'],
});

// The daily bundle has no other verbs: where one is meant, launch.ts has read the whole one.
const [daily] = (await build({ ...common, entryPoints: ['src/cli/daily.ts'], format: 'esm' }))
  .outputFiles;
const { DAILY_VERBS } = await import(`data:text/javascript,${encodeURIComponent(daily.text)}`);
const onlyDaily = {
  name: 'only-daily',
  setup: ({ onResolve, onLoad }) => {
    const namespace = 'left-out';
    onResolve({ filter: /^\.\/[a-z-]+\.ts$/ }, ({ path, importer }) => {
      const isVerb = importer.endsWith('/cli/commands.ts') && path !== './command.ts';
      if (!isVerb || DAILY_VERBS.includes(path.slice(2, -3))) return undefined;
      return { path, namespace };
    });
    onLoad({ filter: /./, namespace }, () => ({ contents: 'export const command = undefined;' }));
  },
};
const command = {
  ...common,
  ...lazy,
  define: {
    'import.meta.dirname': '__dirname',
    SCANNERS: JSON.stringify(await hashScanners()),
    DEFAULT_CONFIG: JSON.stringify(await renderDefaultConfig()),
  },
};

const results = await Promise.all([
  build({ ...common, ...lazy, entryPoints: { config: CONFIG, github: GITHUB } }),
  build({ ...common, ...lazy, entryPoints: { audit: AUDIT } }),
  build({
    ...common,
    entryPoints: { leasehold: 'src/cli/launch.ts' },
    external: ['./daily.cjs', './whole.cjs'],
    banner: { js: '#!/usr/bin/env node' },
  }),
  build({
    ...command,
    entryPoints: { whole: 'src/cli/main.ts' },
    plugins: [
      deferredConfig,
      deferredGithub,
      deferredAudit,
      deferredHash,
      deferredSum,
      deferredFlags,
    ],
  }),
  build({
    ...command,
    entryPoints: { daily: 'src/cli/main.ts' },
    plugins: [
      deferredConfig,
      deferredGithub,
      deferredAudit,
      deferredHash,
      deferredSum,
      deferredFlags,
      onlyDaily,
    ],
  }),
  build({
    ...common,
    entryPoints: {
      start: 'src/cli/start.ts',
      compile: 'src/cli/compile.ts',
    },
  }),
  build({
    ...common,
    entryPoints: { guard: 'src/cli/guard-main.ts', 'guard-push': 'src/cli/guard-push.ts' },
    external: ['./guard-report.cjs'],
    plugins: [deferredLocks, deferredOwners, deferredProcesses, deferredFlags],
  }),
  build({
    ...common,
    entryPoints: {
      'guard-report': 'src/cli/guard-report.ts',
      'guard-owners': OWNERS,
      'guard-locks': LOCKS,
    },
  }),
]);

const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
const packages = [...new Set(inputs.map(packageOf).filter(Boolean))].sort();
const licences = await Promise.all(packages.map(readLicence));

for (const { path, contents } of results.flatMap(({ outputFiles }) => outputFiles)) {
  await place(path, contents, path.endsWith('leasehold.cjs') ? 0o755 : 0o644);
}
await place('dist/THIRD_PARTY_LICENSES.txt', `${licences.join('\n\n---\n\n')}\n`);
for (const name of ['stub.sh', 'hook.sh']) {
  await place(`dist/hooks/${name}`, await readFile(`hooks/${name}`));
}

// What a release was made from, for a workflow pins the action to it; nothing where files were edited since.
const readReleased = () => {
  const git = (...args) => execFileSync('git', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    git('diff-index', '--quiet', 'HEAD', '--');
    return git('rev-parse', 'HEAD').toString();
  } catch {
    return undefined;
  }
};

const released = readReleased();
if (released === undefined) await rm('dist/commit', { force: true });
else await place('dist/commit', released);
