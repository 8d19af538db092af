import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/commands.ts';
import { DAILY_VERBS } from '../src/cli/daily.ts';
import { createDefaultConfig } from '../src/guard/load.ts';

const DIST = resolve(import.meta.dirname, '../dist');

/** 32 kB: each kilobyte more is parsed at each commit. */
const MAX_GUARD = 32 * 1024;

/** Its words, which are parsed only where there is something to say. */
const MAX_REPORT = 8 * 1024;

/** What asks CODEOWNERS, parsed only where there is one. */
const MAX_OWNERS = 8 * 1024;

/** What reads lock files. */
const MAX_LOCKS = 16 * 1024;

/** What judges a push without a word: the same rules, and what a commit of the past is judged by. */
const MAX_PUSH = 40 * 1024;

/** What starts any of them with what V8 has made of it: the one file that node itself compiles. */
const MAX_START = 1_536;
const GUARD = [
  'guard.cjs',
  'guard-locks.cjs',
  'guard-owners.cjs',
  'guard-report.cjs',
  'guard-push.cjs',
  'start.cjs',
];
const COMMAND = [
  'leasehold.cjs',
  'daily.cjs',
  'whole.cjs',
  'config.cjs',
  'github.cjs',
  'audit.cjs',
];

/** What a bundle would load beside itself, as a bundler sees it: a word in a text is no import. */
const listImports = async (file: string): Promise<string[]> => {
  const imports: string[] = [];
  await build({
    entryPoints: [join(DIST, file)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    plugins: [
      {
        name: 'list',
        setup: ({ onResolve }) =>
          onResolve({ filter: /.*/ }, ({ kind, path }) => {
            if (kind === 'entry-point') return undefined;
            imports.push(path);
            return { path, external: true };
          }),
      },
    ],
  });
  return [...new Set(imports)].sort();
};

const isForeign = (specifier: string): boolean => !specifier.startsWith('node:');
const foreignImports = async (file: string): Promise<string[]> =>
  (await listImports(file)).filter(isForeign);
const textOf = (file: string): string => readFileSync(join(DIST, file), 'utf8');

describe('the guard that hooks start', () => {
  it('needs nothing but node, and its own three files', async () => {
    expect(await foreignImports('guard.cjs')).toEqual([
      './guard-locks.cjs',
      './guard-owners.cjs',
      './guard-report.cjs',
    ]);
    expect(await foreignImports('guard-locks.cjs')).toEqual([]);
    expect(await foreignImports('guard-owners.cjs')).toEqual([]);
    expect(await foreignImports('guard-report.cjs')).toEqual([]);
    expect(await foreignImports('guard-push.cjs')).toEqual([
      './guard-locks.cjs',
      './guard-owners.cjs',
    ]);
    expect(await foreignImports('start.cjs')).toEqual([]);
  });

  it('needs of node what is quick to load', async () => {
    expect((await listImports('guard.cjs')).filter((name) => !isForeign(name))).toEqual([
      'node:buffer',
      'node:child_process',
      'node:fs',
      'node:path',
      'node:v8',
    ]);
    expect((await listImports('guard-push.cjs')).filter((name) => !isForeign(name))).toEqual([
      'node:buffer',
      'node:fs',
      'node:path',
      'node:v8',
    ]);
    expect(await listImports('guard-owners.cjs')).toEqual([]);
    expect(await listImports('start.cjs')).toEqual(['node:fs', 'node:vm']);
    expect(await listImports('guard-report.cjs')).toEqual(['node:path', 'node:util']);
  });

  it.each(['zod', 'simple-git', 'levenshtein', 'parseArgs', 'ZodError', 'invalid_type'])(
    'has nothing of %s in it',
    (word) => {
      const isInIt = (file: string) => textOf(file).toLowerCase().includes(word.toLowerCase());
      expect(GUARD.filter(isInIt)).toEqual([]);
    },
  );

  it(`has at most ${MAX_GUARD} bytes, and beside them ${MAX_LOCKS}, ${MAX_OWNERS} and ${MAX_REPORT}`, () => {
    const [guard, locks, owners, report, push, start] = GUARD.map(
      (file) => statSync(join(DIST, file)).size,
    );
    expect(guard).toBeLessThanOrEqual(MAX_GUARD);
    expect(locks).toBeLessThanOrEqual(MAX_LOCKS);
    expect(owners).toBeLessThanOrEqual(MAX_OWNERS);
    expect(report).toBeLessThanOrEqual(MAX_REPORT);
    expect(push).toBeLessThanOrEqual(MAX_PUSH);
    expect(start).toBeLessThanOrEqual(MAX_START);
  });

  // start.cjs loads by name what its own directory has.
  it.each(GUARD.filter((file) => file !== 'start.cjs'))(
    'loads no code by a name that is made at run time: %s',
    (file) => {
      expect(textOf(file)).not.toMatch(/\brequire\((?!["'])|\bimport\((?!["'])|\beval\(/);
    },
  );
});

describe('the command', () => {
  it('needs nothing but node, what it reads a config with, asks GitHub with, and audits exports with', async () => {
    expect(await foreignImports('leasehold.cjs')).toEqual(['./daily.cjs', './whole.cjs']);
    const deferred = ['./audit.cjs', './config.cjs', './github.cjs'];
    expect(await foreignImports('daily.cjs')).toEqual(deferred);
    expect(await foreignImports('whole.cjs')).toEqual(deferred);
    expect(await foreignImports('audit.cjs')).toEqual([]);
    expect(await foreignImports('github.cjs')).toEqual([]);
    expect(await listImports('config.cjs')).toEqual([]);
  });

  it('has zod only where a config is read', () => {
    expect(textOf('daily.cjs') + textOf('whole.cjs')).not.toContain('ZodError');
  });

  it('has the default config, and reads no config with zod where there is none', () => {
    const json = JSON.stringify(createDefaultConfig());
    expect(textOf('daily.cjs')).toContain(json);
    expect(textOf('whole.cjs')).toContain(json);
  });

  it('has the verbs of every day, and no others, in what is read for them', () => {
    const verbs = Object.keys(COMMANDS);
    const others = verbs.filter((name) => !DAILY_VERBS.includes(name));
    // What help says of a verb stands in it alone; beyond ASCII it is written with escapes.
    const wordsOf = (name: string) =>
      COMMANDS[name]?.command.about.match(/[\w ,.]{12,}/)?.[0] ?? 'none';
    expect(verbs).toEqual(expect.arrayContaining([...DAILY_VERBS]));
    expect(DAILY_VERBS.filter((name) => !textOf('daily.cjs').includes(wordsOf(name)))).toEqual([]);
    expect(others.filter((name) => !textOf('whole.cjs').includes(wordsOf(name)))).toEqual([]);
    expect(others.filter((name) => textOf('daily.cjs').includes(wordsOf(name)))).toEqual([]);
    expect(textOf('daily.cjs').length).toBeLessThan(textOf('whole.cjs').length * 0.8);
  });

  it('has its one error class once: a second would not be an instance of it', () => {
    const deferred = ['config.cjs', 'audit.cjs', 'github.cjs'].map(textOf).join();
    expect(deferred).not.toContain('Undecided');
  });

  it.each(COMMAND)('is ASCII, for one character beyond Latin-1 would double it: %s', (file) => {
    expect([...textOf(file)].find((char) => char > '\x7f')).toBeUndefined();
  });

  it('has the words of zod in one language', () => {
    const text = textOf('config.cjs');
    expect([text.includes('Invalid input'), text.includes('ltige Eingabe')]).toEqual([true, false]);
  });

  it('can be started as it is', () => {
    const path = join(DIST, 'leasehold.cjs');
    expect([textOf('leasehold.cjs').split('\n')[0], statSync(path).mode & 0o111]).toEqual([
      '#!/usr/bin/env node',
      0o111,
    ]);
  });
});

describe('what is shipped', () => {
  it('is the thirteen bundles, the hooks and the licences of what is bundled', () => {
    const all = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).sort();
    // What it was built from, where no file was edited since.
    const names = all.filter((name) => name !== 'commit');
    expect(names).toEqual([
      'THIRD_PARTY_LICENSES.txt',
      'audit.cjs',
      'compile.cjs',
      'config.cjs',
      'daily.cjs',
      'github.cjs',
      'guard-locks.cjs',
      'guard-owners.cjs',
      'guard-push.cjs',
      'guard-report.cjs',
      'guard.cjs',
      'hooks',
      'hooks/hook.sh',
      'hooks/stub.sh',
      'leasehold.cjs',
      'start.cjs',
      'whole.cjs',
    ]);
  });

  it('names each package that is bundled, with its licence', () => {
    const licences = textOf('THIRD_PARTY_LICENSES.txt');
    expect(licences).toMatch(/^fastest-levenshtein [\d.]+ \(MIT\)$/m);
    expect(licences).toMatch(/^zod [\d.]+ \(MIT\)$/m);
  });

  it('says nothing of the machine that it was built on', () => {
    const home = resolve(DIST, '..');
    const told = [...GUARD, ...COMMAND].filter((file) => textOf(file).includes(home));
    expect(told).toEqual([]);
  });
});
