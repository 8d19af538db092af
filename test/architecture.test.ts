import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../src/kit/version.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** From the top down; who stands in one line may know each other by their index alone. */
const LAYERS: readonly (readonly string[])[] = [
  ['cli', 'action'],
  ['report'],
  ['guard', 'radar'],
  ['locks', 'owners', 'exports'],
  ['kit'],
];

/** A closed list: what does not belong to a feature must be worth a line here. */
const KIT = [
  'ancestry.ts',
  'child.ts',
  'clock.ts',
  'config.ts',
  'errors.ts',
  'files.ts',
  'git.ts',
  'key-table.ts',
  'nearest.ts',
  'no-repository.ts',
  'objects.ts',
  'paths.ts',
  'places.ts',
  'quote.ts',
  'streams.ts',
  'version.ts',
];

/** Who may touch the disk, git, the network or the time. */
const isImpure = (file: string): boolean =>
  /(?:^|\/)(?:[a-z-]+-store|load|scan)\.ts$/.test(file) ||
  /^kit\/(?:ancestry|child|git|files|clock|config|places|streams)\.ts$/.test(file) ||
  /^cli\/(?:(?:guard-)?main|guard-push|compile|start|launch|system)\.ts$/.test(file) ||
  file === 'action/main.ts';

const FORBIDDEN_MODULES =
  /^(?:node:)?(?:fs|fs\/promises|child_process|net|http|https|http2|tls|dgram|dns|dns\/promises|os|worker_threads|cluster|readline|timers|timers\/promises|process|crypto)$/;

/** What reaches the world without an import. `new Date(instant)` and `Date.parse(text)` are pure. */
const FORBIDDEN_WORDS: readonly [string, RegExp][] = [
  [
    'the time',
    /\bDate\.now\b|\bnew Date\(\s*\)|\bnew Date\b(?!\()|(?<!new )\bDate\(|\bperformance\./,
  ],
  ['chance', /\bMath\.random\b|\brandomUUID\b|\bcrypto\./],
  [
    'the environment',
    /\bprocess\.(?:env|argv|cwd|ppid|stdin|stdout|stderr|exit|exitCode|kill|on)\b/,
  ],
  ['the process by another way', /\bglobalThis\b|\bprocess\[|=\s*process\b(?!\.)|\brequire\(/],
  ['the screen', /\bconsole\./],
  ['the network', /\bfetch\(|\bWebSocket\b/],
  ['a later time', /\bset(?:Timeout|Interval|Immediate)\(|\bAtomics\.wait\b/],
  ['code that is made at run time', /\beval\(|\bnew Function\(/],
];

const MAX_LINES = 300;

/** Code without its comments: what is said of a call is no call. */
const stripComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{}(,])\/\/[^\n]*/g, '$1');

type Source = { file: string; text: string; code: string; imports: string[] };

/** The specifiers of static, dynamic, type-only and re-exporting imports. */
const listImports = (code: string): string[] =>
  [
    ...code.matchAll(/\b(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/g),
    ...code.matchAll(/(?<!['"])\bimport\s*['"]([^'"]+)['"]/g),
    ...code.matchAll(/\bimport\(\s*['"`]([^'"`]+)['"`]\s*\)/g),
  ].map((match) => match[1] ?? '');

const sources: Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replaceAll('\\', '/'))
  .sort()
  .map((file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    const code = stripComments(text);
    return { file, text, code, imports: listImports(code) };
  });

const featureOf = (file: string): string => file.split('/')[0] ?? '';
const layerOf = (file: string): number =>
  LAYERS.findIndex((features) => features.includes(featureOf(file)));
const isLocal = (specifier: string): boolean => specifier.startsWith('.');
const targetOf = (file: string, specifier: string): string =>
  posix.normalize(posix.join(posix.dirname(file), specifier));

type Edge = { from: string; to: string };
const edges: Edge[] = sources.flatMap(({ file, imports }) =>
  imports.filter(isLocal).map((specifier) => ({ from: file, to: targetOf(file, specifier) })),
);
const show = ({ from, to }: Edge): string => `${from} imports ${to}`;

/** The files of one import cycle, or none. */
const findCycle = (): string[] => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const edge of edges) {
      const cycle = edge.from === file ? visit(edge.to, [...path, file]) : [];
      if (cycle.length > 0) return cycle;
    }
    done.add(file);
    return [];
  };
  for (const { file } of sources) {
    const cycle = visit(file, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
};

describe('imports', () => {
  it('are all seen: each file that another one names is there', () => {
    const files = sources.map(({ file }) => file);
    expect(edges.filter(({ to }) => !files.includes(to)).map(show)).toEqual([]);
  });

  it('belong to a feature that has its place in the order', () => {
    expect(sources.filter(({ file }) => layerOf(file) === -1).map(({ file }) => file)).toEqual([]);
  });

  it('point down only', () => {
    expect(edges.filter(({ from, to }) => layerOf(to) < layerOf(from)).map(show)).toEqual([]);
  });

  it('reach another feature through its index alone; kit has none', () => {
    const isOutside = ({ from, to }: Edge) =>
      featureOf(from) !== featureOf(to) && featureOf(to) !== 'kit' && basename(to) !== 'index.ts';
    expect(edges.filter(isOutside).map(show)).toEqual([]);
  });

  it('never reach their own feature through its index, which would be a cycle', () => {
    const isRoundabout = ({ from, to }: Edge) =>
      featureOf(from) === featureOf(to) && basename(to) === 'index.ts';
    expect(edges.filter(isRoundabout).map(show)).toEqual([]);
  });

  it('make no cycle, of types either', () => {
    expect(findCycle()).toEqual([]);
  });

  it('stay in this folder', () => {
    expect(edges.filter(({ to }) => to.startsWith('..')).map(show)).toEqual([]);
  });
});

describe('the world', () => {
  const pure = sources.filter(({ file }) => !isImpure(file));

  it('is imported only by files that say so by their name', () => {
    const offences = pure.flatMap(({ file, imports }) =>
      imports.filter((name) => FORBIDDEN_MODULES.test(name)).map((name) => `${file}: ${name}`),
    );
    expect(offences).toEqual([]);
  });

  it.each(FORBIDDEN_WORDS)('is reached for by no other file: %s', (_, words) => {
    const offences = pure.flatMap(({ file, code }) =>
      code.split('\n').flatMap((line) => (words.test(line) ? [`${file}: ${line.trim()}`] : [])),
    );
    expect(offences).toEqual([]);
  });

  it('is imported under the name that shows that it is node’s', () => {
    const bare = sources.flatMap(({ file, imports }) =>
      imports
        .filter((name) => !isLocal(name) && !name.startsWith('node:'))
        .map((name) => `${file}: ${name}`),
    );
    expect(bare).toEqual([
      'action/github-store.ts: @octokit/core',
      'action/github-store.ts: @octokit/plugin-paginate-rest',
      'action/github-store.ts: @octokit/plugin-retry',
      'action/github-store.ts: @octokit/plugin-throttling',
      'action/parser-store.ts: @emnapi/core',
      'action/parser-store.ts: @emnapi/core/plugins/async-work',
      'action/parser-store.ts: @emnapi/core/plugins/threadsafe-function',
      'action/parser-store.ts: @emnapi/runtime',
      'kit/config.ts: zod',
      'kit/nearest.ts: fastest-levenshtein',
      'locks/github-store.ts: @octokit/core',
      'locks/github-store.ts: @octokit/plugin-paginate-rest',
      'locks/github-store.ts: @octokit/plugin-retry',
      'locks/github-store.ts: @octokit/plugin-throttling',
    ]);
  });

  it('is not imported at run time under a name that nobody can read here', () => {
    const computed = sources.filter(({ code }) =>
      /\bimport\((?!\s*['"][^'"]+['"]\s*\))/.test(code),
    );
    expect(computed.map(({ file }) => file)).toEqual([]);
  });
});

describe('the files', () => {
  it('of kit are a closed list', () => {
    const kit = sources.filter(({ file }) => featureOf(file) === 'kit');
    expect(kit.map(({ file }) => file)).toEqual(KIT.map((name) => `kit/${name}`));
  });

  it(`have at most ${MAX_LINES} lines`, () => {
    const long = sources.filter(({ text }) => text.split('\n').length - 1 > MAX_LINES);
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  it('have names in kebab-case', () => {
    const odd = sources.filter(({ file }) => !/^[a-z]+\/[a-z]+(?:-[a-z]+)*\.ts$/.test(file));
    expect(odd.map(({ file }) => file)).toEqual([]);
  });

  it('are mirrored by the tests: each unit test stands where its file does', () => {
    const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => dirname(name))
      .filter((name) => name !== '.' && name !== 'e2e');
    const folders = new Set(sources.map(({ file }) => dirname(file)));
    expect([...new Set(tests)].filter((folder) => !folders.has(folder))).toEqual([]);
  });
});

it('the version is that of the package', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(VERSION).toBe(version);
});

describe('the rule itself', () => {
  const importsOf = (code: string) => listImports(stripComments(code));

  it.each([
    ["import { a } from './a.ts';", ['./a.ts']],
    ["import {\n  a,\n  type B,\n} from './a.ts';", ['./a.ts']],
    ["import type { B } from './b.ts';", ['./b.ts']],
    ["export { a } from './a.ts';", ['./a.ts']],
    ["export * from './a.ts';", ['./a.ts']],
    ["import 'node:fs';", ['node:fs']],
    ["const load = () => import('./a.ts');", ['./a.ts']],
    ["// import { a } from './a.ts';", []],
    ["/* import './a.ts'; */", []],
  ])('sees the imports of %j', (code, expected) => {
    expect(importsOf(code)).toEqual(expected);
  });

  it.each([
    'Date.now()',
    'new Date()',
    'Date()',
    'process.env.HOME',
    'process.argv',
    'Math.random()',
    'console.log(1)',
    'setTimeout(f, 1)',
    'const { env } = process;',
  ])('sees that %s reaches for the world', (code) => {
    expect(FORBIDDEN_WORDS.some(([, words]) => words.test(code))).toBe(true);
  });

  it.each([
    'new Date(instant).toISOString()',
    'Date.parse(text)',
    'clock.now()',
    'context.env.HOME',
  ])('sees that %s does not', (code) => {
    expect(FORBIDDEN_WORDS.some(([, words]) => words.test(code))).toBe(false);
  });

  it.each([
    ['locks/file-store.ts', true],
    ['guard/load.ts', true],
    ['guard/scan.ts', true],
    ['cli/main.ts', true],
    ['cli/guard-main.ts', true],
    ['kit/files.ts', true],
    ['kit/quote.ts', false],
    ['locks/store.ts', false],
    ['guard/reload.ts', false],
    ['cli/claim.ts', false],
  ])('lets %s touch the world: %s', (file, expected) => {
    expect(isImpure(file)).toBe(expected);
  });

  it('reads the sources that there are', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(relative(ROOT, SRC)).toBe('src');
  });
});
