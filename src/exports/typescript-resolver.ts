import { directoryOf, joinPath } from '../kit/paths.ts';
import type { Tree } from './model.ts';
import { isInstalled } from './names.ts';
import { matchesSegment } from './patterns.ts';
import { asObject, createConfigs, type TsConfig } from './typescript-config.ts';
import {
  listMains,
  listTsPackages,
  matchMap,
  matchStar,
  readExportsMap,
  type TsPackage,
} from './typescript-packages.ts';
import { probeFile } from './typescript-probe.ts';
import { pickSource } from './typescript-sources.ts';

/** Where an import leads. */
export type Target =
  | { kind: 'file'; path: string }
  /** In the repository, and no module whose names could be read. */
  | { kind: 'asset'; path: string }
  | { kind: 'outside'; name: string }
  /** In the repository, by its name, and not there. */
  | { kind: 'missing'; reason: string };

/** Names of files that no source is imported by: what makes them may not have run yet. */
const ASSET =
  /\.(?:json5?|css|s[ac]ss|less|styl|svg|png|jpe?g|gif|webp|avif|ico|woff2?|ttf|wasm|node|graphql|gql|mdx?|html?|txt|ya?ml|toml|vue|svelte|astro|proto|glsl|sql)$/;

const inDirectory = (directory: string, path: string): string =>
  [directory, path].filter((part) => part !== '').join('/');

/** An ignore file's lines as segments: a path that has them one behind the other is likely to be ignored. */
const readIgnored = (text: string): string[][] =>
  text
    .slice(0, 100_000)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#!]/.test(line))
    .map((line) => line.split('/').filter((part) => part !== '' && part !== '**'))
    .filter(({ length }) => length > 0);

const hasSegments = (path: readonly string[], line: readonly string[]): boolean =>
  path.some((_, at) =>
    line.every((pattern, index) => {
      const segment = path[at + index];
      if (segment === undefined) return false;
      const stem = pattern.replace(/\.(?:[mc]?[jt]sx?|\*)$/, '');
      return matchesSegment(pattern, segment) || (stem !== '*' && matchesSegment(stem, segment));
    }),
  );

/** What makes an alias a name of this repository, and no package's. */
const isOwnAlias = (pattern: string): boolean => /^[@~$#]?\/|^[~$#]/.test(pattern);

/**
 * Resolves imports over a tree, of whatever commit: relative ones, `paths` and `baseUrl`, packages of the
 * repository by name, through their `exports` and `imports`, to the sources behind what they build.
 */
export const createTsResolver = (tree: Tree) => {
  const files = new Set(tree.list().filter((path) => !isInstalled(path)));
  const has = (path: string): boolean => files.has(path);
  const packages = listTsPackages(tree);
  const byName = new Map<string, TsPackage>();
  for (const own of packages.values()) {
    if (own.name !== undefined && !byName.has(own.name)) byName.set(own.name, own);
  }
  const configs = createConfigs(tree, has, (name) => byName.get(name)?.directory);
  const configFiles = [...files].filter((path) => /(?:^|\/)tsconfig[\w.-]*\.json$/.test(path));

  let ignored: string[][] | undefined;
  const isMade = (path: string): boolean => {
    ignored ??= [...files]
      .filter((each) => each === '.gitignore' || each.endsWith('/.gitignore'))
      .flatMap((each) => readIgnored(tree.read(each) ?? ''));
    const segments = path.split('/');
    return ignored.some((line) => hasSegments(segments, line));
  };

  const homes = new Map<string, TsConfig[]>();
  const configsOf = ({ directory }: TsPackage): TsConfig[] => {
    const known =
      homes.get(directory) ??
      configFiles.filter((path) => directoryOf(path) === directory).map(configs.read);
    homes.set(directory, known);
    return known;
  };

  const pick = (own: TsPackage, targets: readonly string[], isMain: boolean): Target | undefined =>
    pickSource(targets, { directory: own.directory, configs: configsOf(own), isMain }, has);

  const enterMain = (own: TsPackage): Target | undefined =>
    pick(own, listMains(own), true) ??
    probeFile(inDirectory(own.directory, 'src'), 'a.ts', has) ??
    probeFile(own.directory, 'a.ts', has);

  /** A package's subpath: `.`, or `./a`. */
  const enter = (own: TsPackage, subpath: string): Target | undefined => {
    const map = readExportsMap(own.manifest.exports);
    if (map) return pick(own, matchMap(map, subpath), subpath === '.');
    return subpath === '.' ? enterMain(own) : pick(own, [subpath], false);
  };

  const findOwn = (path: string): TsPackage | undefined => {
    for (let directory = directoryOf(path); ; directory = directoryOf(directory)) {
      const own = packages.get(directory);
      if (own) return own;
      if (directory === '') return undefined;
    }
  };

  const missing = (path: string): Target | undefined => {
    const isVariant = ASSET.test(path) || [...files].some((each) => each.startsWith(`${path}.`));
    return isVariant || isMade(path)
      ? undefined
      : { kind: 'missing', reason: `there is no file ${path}` };
  };

  const probe = (path: string, from: string): Target | undefined => {
    const nested = packages.get(path);
    const found = probeFile(path, from, has);
    return found?.kind !== 'file' && nested ? (enterMain(nested) ?? found) : found;
  };

  const resolveRelative = (from: string, specifier: string): Target => {
    const path = joinPath(directoryOf(from), specifier);
    const outside: Target = { kind: 'outside', name: specifier };
    if (path === undefined || isInstalled(`${path}/`)) return outside;
    // `./a/` is a directory, and never `a.ts`.
    const isDirectory = /(?:^|\/)\.{0,2}\/?$/.test(specifier);
    const name = isDirectory ? inDirectory(path, 'index') : path;
    const found = isDirectory
      ? (probe(name, from) ?? (packages.has(path) ? probe(path, from) : undefined))
      : probe(name, from);
    return found ?? missing(name) ?? { kind: 'asset', path: name };
  };

  const resolveAlias = (from: string, specifier: string): Target | undefined => {
    const config = configs.find(directoryOf(from));
    if (!config) return undefined;
    const rank = ({ pattern }: TsConfig['paths'][number]): number => {
      const star = pattern.indexOf('*');
      return star === -1 ? Number.POSITIVE_INFINITY : star;
    };
    const [best] = config.paths
      .filter(({ pattern }) => matchStar(pattern, specifier) !== undefined)
      .sort((a, b) => rank(b) - rank(a));
    const star = best && matchStar(best.pattern, specifier);
    const paths = best?.targets.map((target) => target.replace('*', () => star ?? '')) ?? [];
    for (const path of paths) {
      const found = probe(path, from);
      if (found) return found;
    }
    if (best && isOwnAlias(best.pattern) && paths[0] !== undefined) {
      return missing(paths[0]) ?? { kind: 'asset', path: paths[0] };
    }
    return config.baseUrl === undefined
      ? undefined
      : probe(inDirectory(config.baseUrl, specifier), from);
  };

  const resolvePrivate = (from: string, specifier: string): Target | undefined => {
    const own = findOwn(from);
    const map = own && asObject(own.manifest.imports);
    if (!map) return undefined;
    const targets = matchMap(map, specifier);
    const inside = targets.filter((target) => target.startsWith('.'));
    const found = pick(own, inside, false);
    if (found) return found;
    const name = targets.find((target) => !target.startsWith('.') && !target.startsWith('#'));
    return name === undefined ? undefined : resolvePackage(name);
  };

  const resolvePackage = (specifier: string): Target | undefined => {
    const parts = specifier.split('/');
    const count = specifier.startsWith('@') ? 2 : 1;
    const own = byName.get(parts.slice(0, count).join('/'));
    const rest = parts.slice(count).join('/');
    return own && enter(own, rest === '' ? '.' : `./${rest}`);
  };

  const resolveOnce = (from: string, specifier: string): Target => {
    if (/[?!\0]/.test(specifier)) return { kind: 'outside', name: specifier };
    if (/^\.{1,2}(?:\/|$)/.test(specifier)) return resolveRelative(from, specifier);
    const inside =
      (specifier.startsWith('#') ? resolvePrivate(from, specifier) : undefined) ??
      resolveAlias(from, specifier) ??
      resolvePackage(specifier);
    return inside ?? { kind: 'outside', name: specifier };
  };

  const known = new Map<string, Target>();
  /** Where `specifier` leads in the file `from`. */
  const resolve = (from: string, specifier: string): Target => {
    const key = `${directoryOf(from)}\n${/\.[mc]?jsx?$/.test(from)}\n${specifier}`;
    const target = known.get(key) ?? resolveOnce(from, specifier);
    known.set(key, target);
    return target;
  };

  return { resolve, enter, enterMain, findOwn, packages, has, files };
};

export type TsResolver = ReturnType<typeof createTsResolver>;
