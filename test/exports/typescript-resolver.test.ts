import { describe, expect, it } from 'vitest';
import { findEntries } from '../../src/exports/trees.ts';
import { createTsResolver } from '../../src/exports/typescript-resolver.ts';
import { memoryTree } from './memory-tree.ts';

type Files = Record<string, string | object>;

const treeOf = (files: Files) =>
  memoryTree(
    Object.fromEntries(
      Object.entries(files).map(([path, content]) => [
        path,
        typeof content === 'string' ? content : JSON.stringify(content),
      ]),
    ),
  );

const resolve = (files: Files, specifier: string, from = 'src/index.ts'): string => {
  const target = createTsResolver(treeOf({ [from]: '', ...files })).resolve(from, specifier);
  if (target.kind === 'outside') return `outside ${target.name}`;
  return target.kind === 'missing' ? 'missing' : `${target.kind} ${target.path}`;
};

const EMPTY = Object.fromEntries(
  [
    'a.ts',
    'b.tsx',
    'c.d.ts',
    'd.mts',
    'e.cts',
    'f.js',
    'g/index.ts',
    'h.ts',
    'h/index.ts',
    'i.json',
    'x.y.ts',
    'n.native.ts',
  ].map((name) => [`src/${name}`, '']),
);

describe('a relative import', () => {
  it.each([
    ['./a', 'file src/a.ts'],
    ['./a.js', 'file src/a.ts'],
    ['./a.ts', 'file src/a.ts'],
    ['./b.jsx', 'file src/b.tsx'],
    ['./b', 'file src/b.tsx'],
    ['./c', 'file src/c.d.ts'],
    ['./c.ts', 'file src/c.d.ts'],
    ['./d.mjs', 'file src/d.mts'],
    ['./e.cjs', 'file src/e.cts'],
    ['./f', 'file src/f.js'],
    ['./g', 'file src/g/index.ts'],
    ['./h', 'file src/h.ts'],
    ['./h/', 'file src/h/index.ts'],
    ['./x.y', 'file src/x.y.ts'],
    ['.', 'file src/index.ts'],
    ['../src', 'file src/index.ts'],
    ['./i.json', 'asset src/i.json'],
    ['./n', 'asset src/n'],
    ['./gone', 'missing'],
    ['./gone.svg', 'asset src/gone.svg'],
    ['../../up', 'outside ../../up'],
    ['./a?raw', 'outside ./a?raw'],
    ['react', 'outside react'],
    ['node:fs', 'outside node:fs'],
  ])('of %s is %s', (specifier, expected) => {
    expect(resolve(EMPTY, specifier)).toBe(expected);
  });

  it('of a script finds the script that lies beside its source, one of a source the source', () => {
    const files = { 'src/a.js': '', 'src/a.ts': '' };
    expect(resolve(files, './a.js', 'src/b.js')).toBe('file src/a.js');
    expect(resolve(files, './a.js', 'src/b.ts')).toBe('file src/a.ts');
  });

  it('of a directory with a manifest is what that names', () => {
    const files = { 'src/lib/package.json': { main: './main.js' }, 'src/lib/main.ts': '' };
    expect(resolve(files, './lib')).toBe('file src/lib/main.ts');
  });
});

describe('an alias', () => {
  it('is one of the nearest config, of what it extends, with comments and commas', () => {
    const files = {
      'tsconfig.base.json':
        '{ // base\n "compilerOptions": { "paths": { "@/*": ["./src/*"], "~": ["./src/h"], }, }, }',
      'tsconfig.json': { extends: './tsconfig.base' },
      ...EMPTY,
    };
    expect(resolve(files, '@/a')).toBe('file src/a.ts');
    expect(resolve(files, '@/g')).toBe('file src/g/index.ts');
    expect(resolve(files, '~')).toBe('file src/h.ts');
    expect(resolve(files, '@/gone')).toBe('missing');
    expect(resolve(files, '@scope/gone')).toBe('outside @scope/gone');
  });

  it('is relative to `baseUrl`, which alone is enough', () => {
    const config = {
      compilerOptions: { baseUrl: './src', paths: { 'lib/*': ['nowhere/*', 'g/../*'] } },
    };
    const files = { 'tsconfig.json': config, ...EMPTY };
    expect(resolve(files, 'lib/a')).toBe('file src/a.ts');
    expect(resolve(files, 'h')).toBe('file src/h.ts');
  });

  it('takes the longest pattern, and goes on where it finds nothing', () => {
    const paths = { '*': ['./types/*'], 'a/*': ['./one/*'], 'a/b/*': ['./two/*'] };
    const files = {
      'tsconfig.json': { compilerOptions: { paths } },
      'one/b/c.ts': '',
      'two/c.ts': '',
    };
    expect(resolve(files, 'a/b/c')).toBe('file two/c.ts');
    expect(resolve(files, 'react')).toBe('outside react');
  });

  it('is looked for in what a solution refers to', () => {
    const files = {
      'tsconfig.json': { files: [], references: [{ path: './tsconfig.app.json' }] },
      'tsconfig.app.json': { compilerOptions: { paths: { '@/*': ['./src/*'] } } },
      ...EMPTY,
    };
    expect(resolve(files, '@/a')).toBe('file src/a.ts');
  });

  it('in configs that extend each other comes to an end', () => {
    const files = {
      'tsconfig.json': { extends: './b.json' },
      'b.json': { extends: './tsconfig.json' },
    };
    expect(resolve(files, '@/a')).toBe('outside @/a');
  });
});

describe('a package of the repository', () => {
  const files = {
    'package.json': {
      name: 'root',
      workspaces: ['packages/*'],
      imports: { '#in/*': './src/*.ts', '#out': 'one' },
    },
    'src/a.ts': '',
    'packages/one/package.json': {
      name: 'one',
      exports: {
        '.': { types: './dist/index.d.ts', import: './dist/index.js' },
        './sub/*': './dist/sub/*.js',
        './sub/private/*': null,
        './package.json': './package.json',
      },
    },
    'packages/one/src/index.ts': '',
    'packages/one/src/sub/x.ts': '',
    'packages/two/package.json': { name: '@s/two', main: 'build/main.js' },
    'packages/two/tsconfig.json': { compilerOptions: { outDir: 'build', rootDir: 'code' } },
    'packages/two/code/main.ts': '',
    'packages/two/extra.ts': '',
  };

  it.each([
    ['one', 'file packages/one/src/index.ts'],
    ['one/sub/x', 'file packages/one/src/sub/x.ts'],
    ['one/sub/private/x', 'outside one/sub/private/x'],
    ['one/gone', 'outside one/gone'],
    ['@s/two', 'file packages/two/code/main.ts'],
    ['@s/two/extra', 'file packages/two/extra.ts'],
    ['#in/a', 'file src/a.ts'],
    ['#out', 'file packages/one/src/index.ts'],
    ['#none', 'outside #none'],
    ['three', 'outside three'],
  ])('%s is %s', (specifier, expected) => {
    expect(resolve(files, specifier)).toBe(expected);
  });

  it('is entered by what its manifest shows, and by its sources', () => {
    const entries = findEntries(treeOf(files), []);
    expect(entries.map(({ path, key }) => `${key} → ${path}`)).toEqual([
      'one . → packages/one/src/index.ts',
      'one ./sub/x → packages/one/src/sub/x.ts',
      '@s/two . → packages/two/code/main.ts',
    ]);
  });

  it.each([
    ['source', { source: 'src/index.ts', main: 'dist/a.js' }, 'src/index.ts'],
    ['a bundle', { main: 'dist/pkg.umd.min.js' }, 'src/index.ts'],
    ['nothing', {}, 'src/index.ts'],
    ['types', { types: 'dist/types/other.d.ts' }, 'src/other.ts'],
    ['a flavour', { module: 'dist/esm/other.esm.js' }, 'src/other.ts'],
    ['one text', { exports: './dist/other.mjs' }, 'src/other.ts'],
    ['conditions alone', { exports: { import: './lib/other.js' } }, 'src/other.ts'],
    [
      'a condition of its own',
      { exports: { '.': { source: './src/other.ts', default: './dist/x.js' } } },
      'src/other.ts',
    ],
  ])('is entered by its source: %s', (_, manifest, expected) => {
    const tree = treeOf({
      'package.json': { name: 'p', ...manifest },
      'src/index.ts': '',
      'src/other.ts': '',
    });
    expect(findEntries(tree, []).map(({ path }) => path)).toEqual([expected]);
  });

  it('is not entered by another thing that is built', () => {
    const files = {
      'lib/a.ts': '',
      'lib/esm/a.d.ts': '',
      'package.json': { name: 'p', types: 'lib/esm/a.d.ts' },
    };
    expect(findEntries(treeOf(files), []).map(({ path }) => path)).toEqual(['lib/esm/a.d.ts']);
  });

  it('is none where its manifest is there to be tested, and publishable unless it is private', () => {
    const tree = treeOf({
      'package.json': { name: 'p', private: true },
      'index.ts': '',
      'test/fixtures/a/package.json': { name: 'a' },
      'test/fixtures/a/index.ts': '',
      'packages/b/package.json': { name: 'b' },
      'packages/b/index.ts': '',
    });
    expect(findEntries(tree, []).map(({ path, isPublishable }) => [path, isPublishable])).toEqual([
      ['index.ts', false],
      ['packages/b/index.ts', true],
    ]);
  });
});
