import { resolve } from 'node:path';
import { ResolverFactory } from 'oxc-resolver';
import { describe, expect, it } from 'vitest';
import { TYPESCRIPT } from '../../src/exports/typescript-language.ts';
import { createTsResolver } from '../../src/exports/typescript-resolver.ts';
import { readChecked } from './checker.ts';
import { diskTree } from './disk-tree.ts';

const MODULES = resolve(import.meta.dirname, '../../node_modules');

/** What the checker sees and the audit does not, each for a reason. */
const EXPLAINED: Readonly<Record<string, readonly string[]>> = {
  // `cst.visit = visit` makes a namespace of a function in a script.
  yaml: ['visit', 'visitAsync'],
  // `@typedef` in a comment of a script is exported.
  vitest: ['ErrnoExceptionFields', 'ErrnoException', 'ProtocolHandler'],
};

type Ours = { isValue: boolean; isType: boolean; isUnknown: boolean };

const readOurs = (name: string, files: RegExp) => {
  const directory = resolve(MODULES, name);
  const tree = diskTree(directory);
  const paths = tree.list().filter((path) => TYPESCRIPT.isSource(path) && files.test(path));
  const read = TYPESCRIPT.createReader(undefined).read;
  const surfaces = paths.map((path) =>
    read(tree, { path, isConfigured: true, isPublishable: true, isProgram: false }),
  );
  return { directory, paths, surfaces };
};

type Surface = ReturnType<typeof readOurs>['surfaces'][number];

const listNames = (surface: Surface): { names: Map<string, Ours>; isOpen: boolean } => {
  const module = surface.modules.get(surface.root);
  const names = new Map<string, Ours>();
  for (const { name, namespace, isShadowed } of module?.bindings ?? []) {
    if (isShadowed) continue;
    const ours = names.get(name) ?? { isValue: false, isType: false, isUnknown: false };
    ours.isValue ||= namespace === 'value';
    ours.isType ||= namespace === 'type';
    ours.isUnknown ||= namespace === 'unknown';
    names.set(name, ours);
  }
  return { names, isOpen: (module?.openings.length ?? 0) > 0 };
};

type Theirs = Map<string, { isValue: boolean; isType: boolean } | undefined>;

const compare = (surface: Surface, theirs: Theirs): string[] => {
  const { names, isOpen } = listNames(surface);
  const differ = [...theirs].filter(([name, their]) => {
    const ours = names.get(name);
    if (!ours) return !isOpen;
    if (ours.isUnknown || !their) return false;
    return ours.isValue !== their.isValue || ours.isType !== their.isType;
  });
  const more = [...names.keys()].filter((name) => !theirs.has(name));
  return [...differ.map(([name]) => name), ...more];
};

describe('the names of a package’s files are those of TypeScript’s own checker', () => {
  it.each([
    ['rxjs', /^src\//, 250],
    ['rxjs', /^dist\/(?:types|esm)\//, 500],
    ['zod', /^src\//, 330],
    ['zod', /\.d\.[mc]?ts$/, 240],
    ['vite', /\.d\.ts$/, 15],
    ['undici-types', /./, 38],
    ['simple-git', /\.d\.ts$/, 100],
    ['yaml', /./, 150],
  ])('%s, files that match %s', { timeout: 300_000 }, (name, files, atLeast) => {
    const { directory, paths, surfaces } = readOurs(name, files);
    const checked = readChecked(directory, paths);
    const differing = surfaces.flatMap((surface) => {
      const theirs = checked.get(surface.root);
      return theirs ? compare(surface, theirs).map((each) => `${surface.root}: ${each}`) : [];
    });
    const isExplained = (each: string) =>
      EXPLAINED[name]?.some((known) => each.endsWith(` ${known}`));
    expect(checked.size).toBeGreaterThanOrEqual(atLeast);
    expect(differing.filter((each) => !isExplained(each))).toEqual([]);
    expect(surfaces.flatMap(({ faults, unresolved }) => [...faults, ...unresolved])).toEqual([]);
  });
});

/** As TypeScript resolves: sources behind scripts, and declarations before these. */
const createReference = (directory: string) =>
  new ResolverFactory({
    extensions: ['.ts', '.tsx', '.d.ts', '.js', '.jsx', '.mts', '.cts', '.mjs', '.cjs'],
    extensionAlias: {
      '.js': ['.ts', '.tsx', '.d.ts', '.js', '.jsx'],
      '.mjs': ['.mts', '.d.mts', '.mjs'],
      '.cjs': ['.cts', '.d.cts', '.cjs'],
    },
    conditionNames: ['types', 'import', 'default'],
    mainFields: ['types', 'module', 'main'],
    roots: [directory],
  });

const SPECIFIER = /\bfrom\s*["']([^"'\n]+)["']/g;

describe('imports lead where oxc-resolver says', () => {
  it.each([
    ['rxjs', /^src\/.*\.ts$/, 700],
    ['zod', /^src\/.*\.ts$/, 500],
    ['simple-git', /\.d\.ts$/, 100],
    ['yaml', /\.d\.ts$/, 150],
  ])('in %s', (name, files, atLeast) => {
    const directory = resolve(MODULES, name);
    const tree = diskTree(directory);
    const ours = createTsResolver(tree);
    const theirs = createReference(directory);
    const imports = tree
      .list()
      .filter((path) => files.test(path))
      .flatMap((path) =>
        [...(tree.read(path) ?? '').matchAll(SPECIFIER)].map(([, to = '']) => ({ path, to })),
      )
      .filter(({ to }) => to.startsWith('.'));
    const differing = imports.flatMap(({ path, to }) => {
      const found = ours.resolve(path, to);
      const mine = found.kind === 'file' || found.kind === 'asset' ? found.path : undefined;
      const their = theirs
        .sync(resolve(directory, path, '..'), to)
        .path?.slice(directory.length + 1);
      return mine === their ? [] : [`${path}: ${to} is ${mine}, not ${their}`];
    });
    expect(imports.length).toBeGreaterThanOrEqual(atLeast);
    expect(differing).toEqual([]);
  });
});
