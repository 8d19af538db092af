import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/exports/model.ts';
import { loadOxc, type Oxc } from '../../src/exports/oxc-store.ts';
import { CHAINS, ENDS } from '../../src/exports/typescript-depth.ts';
import { isLasting, readTsFile } from '../../src/exports/typescript-file.ts';
import { TYPESCRIPT } from '../../src/exports/typescript-language.ts';
import { isDeep, mayNestDeeply } from '../../src/exports/typescript-nesting.ts';
import { isPlainlyShallow } from '../../src/exports/typescript-shallow.ts';
import { runs } from '../effort.ts';
import { diskTree } from './disk-tree.ts';
import { memoryTree } from './memory-tree.ts';

const MODULES = resolve(import.meta.dirname, '../../node_modules');

const entry = (path: string): Entry => ({
  path,
  isConfigured: true,
  isPublishable: true,
  isProgram: false,
});

/** A generator that repeats itself: what fails once fails again. */
const createRandom = (seed: number) => {
  let state = seed;
  return (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % limit;
  };
};

const PIECES =
  'export | * | from | { | } | as | default | type | "./a" | \'./b\' | ; | , | = | import | ( | ) | /* | */ | // | \n | ` | ${ | \\ | namespace | function | class | \u0000 | \uD800 | ../ | @internal | leasehold: allow('.split(
    ' | ',
  );

const mutate = (text: string, random: (limit: number) => number): string => {
  const at = random(text.length + 1);
  const piece = PIECES[random(PIECES.length)] ?? '';
  const changes = [
    () => text.slice(0, at),
    () => text.slice(at),
    () => text.slice(0, at) + piece + text.slice(at),
    () => text.slice(0, at) + text.slice(at + 1 + random(20)),
    () => text.slice(0, at) + text.slice(0, random(200)) + text.slice(at),
  ];
  return changes[random(changes.length)]?.() ?? text;
};

const SOURCES = [
  'rxjs/src/index.ts',
  'rxjs/src/internal/Observable.ts',
  'zod/src/v4/classic/external.ts',
  'zod/src/v3/helpers/util.ts',
  'yaml/dist/index.d.ts',
].map((path) => readFileSync(resolve(MODULES, path), 'utf8').slice(0, 20_000));

describe('any text', () => {
  it('is read without a throw, however it was cut and mended', { timeout: 120_000 }, () => {
    const random = createRandom(42);
    const read = TYPESCRIPT.createReader(undefined).read;
    let longest = 0;
    for (let round = 0; round < 3_000; round += 1) {
      let text = SOURCES[random(SOURCES.length)] ?? '';
      for (let count = 0; count <= random(4); count += 1) text = mutate(text, random);
      const path = ['src/a.ts', 'src/a.tsx', 'src/a.js', 'src/a.d.ts'][random(4)] ?? '';
      const tree = memoryTree({ [path]: text, 'src/b.ts': mutate(text, random) });
      const started = process.cpuUsage();
      read(tree, entry(path));
      longest = Math.max(longest, process.cpuUsage(started).user / 1_000);
    }
    expect(longest).toBeLessThan(1_000);
  });

  it('is read without a throw where it is a manifest or a config', () => {
    const random = createRandom(7);
    const manifest =
      '{"name":"a","exports":{".":{"types":"./dist/index.d.ts","import":"./dist/*.js"},"./*":"./src/*.ts"},"imports":{"#a/*":"./src/*"}}';
    const config =
      '{ // c\n"extends":["./b","a/tsconfig"],"compilerOptions":{"paths":{"@/*":["src/*"]},"baseUrl":".","outDir":"dist"},"references":[{"path":"."}],}';
    for (let round = 0; round < 3_000; round += 1) {
      const files = {
        'package.json': mutate(manifest, random),
        'tsconfig.json': mutate(config, random),
        'src/index.ts': "export * from '@/a'; export { b } from '#a/b'; export { c } from 'a';",
        'src/a.ts': 'export const a = 1;',
      };
      const tree = memoryTree(files);
      for (const found of TYPESCRIPT.findEntries(tree))
        TYPESCRIPT.createReader(undefined).read(tree, found);
    }
  });
});

const repeat = (text: string, count: number): string => text.repeat(count);

describe('what only may be too deep', () => {
  it.each([1_600, 1_601, 1_602, 1_603])(
    'is tried in a process of its own, and read: %i brackets',
    (depth) => {
      const text = `const x = ${'['.repeat(depth)}${']'.repeat(depth)}; export const a = x;`;
      expect(mayNestDeeply(text, false)).toBe(true);
      const { faults, modules } = TYPESCRIPT.createReader(undefined).read(
        memoryTree({ 'index.ts': text }),
        entry('index.ts'),
      );
      expect(faults).toEqual([]);
      expect(modules.get('index.ts')?.bindings.map(({ name }) => name)).toEqual(['a']);
    },
  );

  it.each([
    ['a property', 'a.var = '],
    ['an escaped word', '\\export = '],
    ['a type’s parameter', '<const T>() => '],
    ['an assertion', 'a as const ? b : '],
  ])('is suspected where a word ends nothing: %s', (_, piece) => {
    expect(mayNestDeeply(`x = ${piece.repeat(5_000)}1`, false)).toBe(true);
  });
});

describe('what would take the parser’s whole process with it', () => {
  const texts: [string, (depth: number) => string][] = [
    ['parentheses', (depth) => `x = ${repeat('(', depth)}1${repeat(')', depth)}`],
    ['open brackets', (depth) => `x = ${repeat('[', depth)}`],
    ['namespaces', (depth) => repeat('namespace a {', depth) + repeat('}', depth)],
    ['templates', (depth) => repeat('`${', depth) + repeat('}`', depth)],
    ['code in a template behind a quote', (depth) => `x = \`'\${${repeat('[', depth)}\``],
    ['conditions', (depth) => `x = ${repeat('a ? b : ', depth)}1`],
    ['conditions on lines', (depth) => `x = ${repeat('a ?\nb :\n', depth)}1`],
    ['arrows', (depth) => `x = ${repeat('a => ', depth)}1`],
    ['else', (depth) => `${repeat('if (a); else ', depth)};`],
    ['else without semicolons', (depth) => `${repeat('if (a) {} else ', depth)};`],
    ['assignments', (depth) => `${repeat('a = ', depth)}1`],
    ['labels', (depth) => `${repeat('a: ', depth)};`],
    ['types', (depth) => `type A = ${repeat('B<', depth)}1${repeat('>', depth)}`],
    ['keyof', (depth) => `type A = ${repeat('keyof ', depth)}B`],
    ['brackets behind regular expressions', (depth) => `x = ${repeat('[/]/,', depth)}`],
    ['brackets behind divisions', (depth) => `x = ${repeat('(a)/b]/[', depth)}`],
    [
      'code behind a string that a division hides',
      (depth) => `x = a++ /"/ " ${repeat('[', depth)}`,
    ],
    ['sums', (depth) => `x = ${repeat('a+', depth * 10)}1`],
    ['negations', (depth) => `x = ${repeat('!', depth * 10)}1`],
    ['members', (depth) => `x = a${repeat('.a', depth * 10)}`],
    ['calls', (depth) => `x = a${repeat('()', depth * 10)}`],
  ];

  it.each(texts)('is seen before it is parsed: %s', (_, make) => {
    expect(mayNestDeeply(make(5_000), false)).toBe(true);
  });

  it.each([
    ['elements', (depth: number) => `x = ${repeat('<a>', depth)}${repeat('</a>', depth)}`],
    ['elements with quotes', (depth: number) => `x = ${repeat("<a>'", depth)}`],
    ['code in elements', (depth: number) => `x = <a>'{${repeat('[', depth)}</a>`],
    ['code behind an address', (depth: number) => `x = <a>http://{${repeat('[', depth)}</a>`],
  ])('is seen in what has elements: %s', (_, make) => {
    expect(mayNestDeeply(make(5_000), true)).toBe(true);
  });

  it.each([
    ['an.ts', `export const a = ${repeat('[', 40_000)}1${repeat(']', 40_000)}`],
    ['an.tsx', `export const a = ${repeat('<a>', 40_000)}`],
    ['a.js', `export const a = ${repeat('a ? b : ', 40_000)}1`],
    // An error at each place, and each shows its line: the parser takes longer than anybody waits.
    ['many.ts', repeat('\\//', 40_000)],
    // It is parsed in time, but its errors are not asked for.
    ['some.ts', repeat('\\//', 6_500)],
  ])('costs that file alone: %s', { timeout: 60_000 }, (path, text) => {
    const tree = memoryTree({
      'index.ts': `export * from './${path}';\nexport const kept = 1;`,
      [path]: text,
    });
    const { faults, modules } = TYPESCRIPT.createReader(undefined).read(tree, entry('index.ts'));
    expect(faults.map((fault) => fault.path)).toEqual([path]);
    expect(modules.get('index.ts')?.bindings.map(({ name }) => name)).toEqual(['kept']);
  });

  /** Errors that the parser goes on behind, in one line of a length. */
  const lineWith = (errors: number, length: number): string =>
    `${repeat("namespace a {export type { A } from '.';}", errors)}export const kept = 1;`.padEnd(
      length,
      'a;',
    );

  it('is a matter of how many errors there are to show, and not of how long that takes', () => {
    const read = (text: string) => {
      const tree = memoryTree({ 'index.ts': text });
      const { faults, modules } = TYPESCRIPT.createReader(undefined).read(tree, entry('index.ts'));
      const bindings = modules.get('index.ts')?.bindings ?? [];
      return [
        ...faults.map(({ line, column }) => `${line}:${column}`),
        ...bindings.map(({ name }) => name),
      ];
    };
    // Either is parsed in a fraction of its time: one has 9 million characters to show, the other 50.
    expect(read(lineWith(150, 40_000))).toEqual(['kept']);
    expect(read(lineWith(850, 40_000))).toEqual(['1:1']);
    // An only error has its place, however long its line.
    expect(read(`${lineWith(0, 40_001)}+;`)).toEqual(['1:40003']);
  });

  it('is never kept where a limit of time said so', () => {
    const oxc = loadOxc();
    if (!oxc) throw new Error('the parser is not installed');
    const text = `export const kept = ${repeat('(', 1_600)}1${repeat(')', 1_600)};`;
    const read = (own: Oxc) => readTsFile('a.ts', text, own);
    const [slow, quick] = [false, true].map((isSurvived) =>
      read({ ...oxc, survives: () => isSurvived }),
    );
    expect([slow?.exports.length, slow && isLasting(slow)]).toEqual([0, false]);
    expect([quick?.exports.length, quick && isLasting(quick)]).toEqual([1, true]);
  });

  it('is never said of what packages really have', () => {
    const tree = diskTree(resolve(MODULES, 'zod'));
    const sources = tree.list().filter((path) => /\.[cm]?[jt]s$/.test(path));
    const deep = sources.filter((path) =>
      mayNestDeeply(tree.read(path) ?? '', path.endsWith('js')),
    );
    expect(sources.length).toBeGreaterThan(500);
    expect(deep).toEqual([]);
  });
});

/** All that either reader knows of, and what one of them could take for something else. */
const LEXEMES =
  '( [ { ) ] } ? : = => < > == === != !== >= >>= <= </ /> ! => => ==== ; , " \' ` \\ / // /* */ \n - --> $if if$ a.if /a/ /[(]/g do/[(]/g /"/ "(" `(` é \ud83d 1 + <a> #a'
    .split(' ')
    .concat(
      ' ',
      '${',
      '`${a',
      '`${(a)',
      '}`',
      'a ? b : ',
      'if (a); else ',
      ' as const',
      ...CHAINS,
      ...ENDS,
    );

const repeatAtRandom = (random: (limit: number) => number): string => {
  const unit = Array.from({ length: 1 + random(5) }, () => LEXEMES[random(LEXEMES.length)]).join(
    '',
  );
  const most = [50, 530, 12_000][random(3)] ?? 0;
  return unit.repeat(random(most));
};

it('is not deep by any character where it is shallow by its marks', () => {
  const random = createRandom(3);
  const seen = { shallow: 0, deep: 0 };
  for (let round = 0; round < runs(1_500).numRuns; round += 1) {
    const text = Array.from({ length: 1 + random(4) }, () => repeatAtRandom(random)).join('');
    const [shallow, deep] = [isPlainlyShallow(text), isDeep(text, false)];
    seen.shallow += Number(shallow);
    seen.deep += Number(deep);
    expect(shallow && deep ? text.slice(0, 400) : undefined).toBeUndefined();
  }
  expect(Math.min(seen.shallow, seen.deep)).toBeGreaterThan(200);
});

it('is shallow by its marks wherever packages have it, but for a few', () => {
  const tree = diskTree(resolve(MODULES, 'zod'));
  const sources = tree.list().filter((path) => /\.ts$/.test(path));
  const odd = sources.filter((path) => !isPlainlyShallow(tree.read(path) ?? ''));
  expect(sources.length).toBeGreaterThan(300);
  expect(odd.length).toBeLessThan(sources.length / 20);
});
