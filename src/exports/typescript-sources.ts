import { joinPath } from '../kit/paths.ts';
import type { TsConfig } from './typescript-config.ts';
import { type Found, probeFile } from './typescript-probe.ts';

/** A package's directory, and what its configs say about where things are built. */
type Home = { directory: string; configs: readonly TsConfig[]; isMain: boolean };

type Has = (path: string) => boolean;

/** Directories that hold what is built, by their usual names. */
const BUILT =
  /^(?:dist|build|built|lib|libs|out|output|esm\d*|cjs|es\d*|mjs|types|typings|commonjs|module|modules|dts|umd|browser|node|bundles|bundle|fesm\d+|_?(?:esm|cjs|es|types)|dist-[\w-]+)$/;

const ROOTS = ['src', 'source', 'lib', ''];

const EXTENSION = /(?:\.d)?\.[mc]?[jt]sx?$/;

/** What bundlers put before the extension. */
const FLAVOUR =
  /\.(?:umd|esm|cjs|min|es\d*|browser|prod|production|dev|development|module|common|node)$/;

const inDirectory = (directory: string, path: string): string =>
  [directory, path].filter((part) => part !== '').join('/');

const isSource = (path: string): boolean => /\.[mc]?tsx?$/.test(path);

const isDeclaration = (path: string): boolean => /\.d\.[mc]?ts$/.test(path);

const stripDirectory = (path: string, directory: string): string | undefined => {
  if (directory === '') return path;
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : undefined;
};

const stems = (path: string): string[] => {
  const stem = path.replace(EXTENSION, '');
  const bare = stem.replace(FLAVOUR, '');
  return bare === stem ? [stem] : [stem, bare];
};

/** Where a config says that a built file comes from. */
const listConfigured = (path: string, { directory, configs }: Home): string[] =>
  configs.flatMap(({ outputs, rootDir }) =>
    outputs.flatMap((output) => {
      const rest = stripDirectory(path, output);
      if (rest === undefined || output === directory) return [];
      const roots = rootDir === undefined ? [inDirectory(directory, 'src'), directory] : [rootDir];
      return roots.flatMap((root) => stems(inDirectory(root, rest)));
    }),
  );

/** Where a built file usually comes from: `dist/esm/a.js` from `src/a`. */
const listUsual = (path: string, { directory, isMain }: Home): string[] => {
  const parts = (stripDirectory(path, directory) ?? '').split('/');
  const depth = parts.findIndex((part) => !BUILT.test(part));
  const candidates: string[] = [];
  for (let cut = 1; cut <= depth; cut += 1) {
    const rest = parts.slice(cut).join('/');
    for (const root of ROOTS) {
      // What is built is not what it is built from.
      if (root === parts[0]) continue;
      candidates.push(...stems(inDirectory(directory, inDirectory(root, rest))));
    }
  }
  if (isMain && depth > 0) candidates.push(inDirectory(directory, 'src/index'));
  return candidates;
};

const probeSources = (candidates: readonly string[], has: Has): Found | undefined => {
  for (const candidate of candidates) {
    const found = probeFile(candidate, 'a.ts', has);
    if (found?.kind === 'file' && !isDeclaration(found.path)) return found;
  }
  return undefined;
};

/** The source behind a file that a manifest names: itself, what it is built from, or what lies beside it. */
export const findSource = (target: string, home: Home, has: Has): Found | undefined => {
  const path = joinPath(home.directory, target);
  if (path === undefined) return undefined;
  if (isSource(path) && !isDeclaration(path) && has(path)) return { kind: 'file', path };
  const candidates = [...listConfigured(path, home), ...listUsual(path, home)];
  return (
    probeSources(candidates, has) ??
    (has(path) && isDeclaration(path) ? { kind: 'file', path } : probeFile(path, 'a.ts', has))
  );
};

/** Of all that a map names the best: a source before a declaration before a script. */
export const pickSource = (targets: readonly string[], home: Home, has: Has): Found | undefined => {
  const found: Found[] = [];
  for (const target of targets) {
    const each = findSource(target, home, has);
    if (each?.kind === 'file' && isSource(each.path) && !isDeclaration(each.path)) return each;
    if (each) found.push(each);
  }
  const files = found.filter(({ kind }) => kind === 'file');
  return files.find(({ path }) => isSource(path)) ?? files[0] ?? found[0];
};
