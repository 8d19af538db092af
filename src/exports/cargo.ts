import { directoryOf, joinPath } from '../kit/paths.ts';
import type { Tree } from './model.ts';
import { CARGO_MANIFEST } from './names.ts';

/** Another package that a manifest names under `[dependencies]`: where it lies, if it lies in the repository. */
export type Dependency = {
  path: string | undefined;
  package: string | undefined;
  isShared: boolean;
};

/** What a `Cargo.toml` says that matters to exports. */
export type Manifest = {
  /** Undefined where it is no package's, but a workspace's alone. */
  name: string | undefined;
  /** Paths in `use` begin at the crate's root. */
  isOldEdition: boolean;
  libraryName: string | undefined;
  libraryPath: string | undefined;
  isPublishable: boolean;
  dependencies: ReadonlyMap<string, Dependency>;
  /** `[workspace.dependencies]`. */
  shared: ReadonlyMap<string, Dependency>;
};

type Entry = { section: string; key: string; value: string };

const unquote = (text: string): string => text.trim().replace(/^["']|["']$/g, '');

/** `key = value` a line, under its `[section]`; texts and lists of several lines are passed over. */
const listEntries = (text: string): Entry[] => {
  let section = '';
  let isInText = false;
  return text.split('\n').flatMap((line) => {
    const marks = line.split(/"""|'''/).length - 1;
    const wasInText = isInText;
    if (marks % 2 === 1) isInText = !isInText;
    if (wasInText) return [];
    const header = /^\s*\[\[?\s*([^\]]+?)\s*\]/.exec(line);
    if (header) {
      section = (header[1] ?? '').replace(/["']/g, '');
      return [];
    }
    const pair = /^\s*([\w."'-]+)\s*=\s*(.*?)\s*$/.exec(line.slice(0, 2_000));
    return pair
      ? [{ section, key: (pair[1] ?? '').replace(/["']/g, ''), value: pair[2] ?? '' }]
      : [];
  });
};

const textOf = (value: string): string => unquote(/^("[^"]*"|'[^']*')/.exec(value)?.[1] ?? value);

const inlineText = (value: string, key: string): string | undefined =>
  new RegExp(`[{,]\\s*${key}\\s*=\\s*["']([^"']*)["']`).exec(value)?.[1];

const DEPENDENCIES = /^(?:target\..*\.)?(?:dev-|build-)?dependencies(?:\.(.+))?$/;

type Found = { name: string; part: Partial<Dependency> };

/** What one line says of a dependency: `a = {…}`, `a.path = "…"`, or a key under `[dependencies.a]`. */
const readDependency = (
  table: string | undefined,
  { key, value }: Omit<Entry, 'section'>,
): Found => {
  if (table === undefined && !key.includes('.')) {
    const [path, name] = [inlineText(value, 'path'), inlineText(value, 'package')];
    const isShared = /[{,]\s*workspace\s*=\s*true/.test(value);
    return { name: key, part: { path, package: name, isShared } };
  }
  const [name = '', field = ''] = table === undefined ? key.split('.') : [table, key];
  if (field === 'path' || field === 'package') return { name, part: { [field]: textOf(value) } };
  return { name, part: field === 'workspace' ? { isShared: value.startsWith('true') } : {} };
};

const collect = (entries: readonly Entry[], pattern: RegExp): Map<string, Dependency> => {
  const found = new Map<string, Dependency>();
  for (const { section, ...entry } of entries) {
    const match = pattern.exec(section);
    if (!match) continue;
    const { name, part } = readDependency(match[1], entry);
    const known = found.get(name) ?? { path: undefined, package: undefined, isShared: false };
    found.set(name, { ...known, ...part });
  }
  return found;
};

/** Reads a manifest. Whatever is no plain `key = value` is passed over, and nothing is an error. */
export const parseManifest = (text: string): Manifest => {
  const entries = listEntries(text);
  const find = (section: string, key: string): string | undefined => {
    const entry = entries.find((each) => each.section === section && each.key === key);
    return entry && textOf(entry.value);
  };
  const edition =
    find('package', 'edition') ?? (find('package', 'edition.workspace') ? '2021' : '2015');
  return {
    name: find('package', 'name'),
    isOldEdition: edition === '2015',
    libraryName: find('lib', 'name'),
    libraryPath: find('lib', 'path'),
    isPublishable: find('package', 'publish') !== 'false',
    dependencies: collect(entries, DEPENDENCIES),
    shared: collect(entries, /^workspace\.dependencies(?:\.(.+))?$/),
  };
};

/** A package with its place: `directory` is empty at the top. */
export type Package = { directory: string; manifest: Manifest };

/** All packages of a tree, by directory. */
export const listPackages = (tree: Tree): Map<string, Package> => {
  const packages = new Map<string, Package>();
  for (const path of tree.list()) {
    if (!CARGO_MANIFEST.test(path)) continue;
    const text = tree.read(path);
    const directory = directoryOf(path);
    if (text !== undefined) packages.set(directory, { directory, manifest: parseManifest(text) });
  }
  return packages;
};

/** Where a package's library begins. */
export const libraryRoot = ({ directory, manifest }: Package): string =>
  joinPath(directory, manifest.libraryPath ?? 'src/lib.rs') ?? '';

/** The name by which others use a package's library. */
export const crateName = ({ manifest }: Package): string =>
  (manifest.libraryName ?? manifest.name ?? '').replaceAll('-', '_');

/** The package that a file belongs to: of the nearest manifest above. */
export const findPackage = (
  packages: ReadonlyMap<string, Package>,
  path: string,
): Package | undefined => {
  for (let directory = directoryOf(path); ; directory = directoryOf(directory)) {
    const found = packages.get(directory);
    if (found?.manifest.name !== undefined) return found;
    if (directory === '') return undefined;
  }
};

type Located = { target: Package | undefined; package: string | undefined };

/** What the workspace says of a dependency: where it lies, and its own name. */
const findShared = (
  packages: ReadonlyMap<string, Package>,
  from: string,
  name: string,
): Located | undefined => {
  for (let directory = from; ; directory = directoryOf(directory)) {
    const found = packages.get(directory)?.manifest.shared.get(name);
    if (found?.path !== undefined) {
      const target = packages.get(joinPath(directory, found.path) ?? '');
      return { target, package: found.package };
    }
    if (directory === '') return undefined;
  }
};

/** The packages of the repository that one of them depends on, by the name under which it uses them. */
export const listCrates = (
  packages: ReadonlyMap<string, Package>,
  own: Package,
): Map<string, Package> => {
  const crates = new Map([[crateName(own), own]]);
  for (const [alias, { path, package: name, isShared }] of own.manifest.dependencies) {
    const shared = isShared ? findShared(packages, own.directory, alias) : undefined;
    const target =
      path === undefined ? shared?.target : packages.get(joinPath(own.directory, path) ?? '');
    if (!target) continue;
    const ownName = name ?? shared?.package;
    const isRenamed = ownName !== undefined && ownName !== alias;
    crates.set(isRenamed ? alias.replaceAll('-', '_') : crateName(target), target);
  }
  return crates;
};
