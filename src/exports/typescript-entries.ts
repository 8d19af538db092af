import type { FoundEntry } from './language.ts';
import type { Tree } from './model.ts';
import { TS_SOURCE } from './names.ts';
import { matchStar, readExportsMap, type TsPackage } from './typescript-packages.ts';
import type { TsResolver } from './typescript-resolver.ts';

/** Manifests below these are there to be tested or copied, and nobody's packages. */
const NO_PACKAGES =
  /(?:^|\/)(?:node_modules|fixtures?|__fixtures__|__tests__|__mocks__|tests?|e2e|templates?|testdata|vendor|third_party)(?:\/|$)/;

/** A pattern that shows more files than this shows all, and is told by none. */
const MAX_FILES = 200;

/** What an internal path shows is no API. */
const isInternal = (subpath: string): boolean =>
  /(?:^|\/)(?:_[^/]*|internals?|private)(?:\/|$)/.test(subpath);

/** The subpaths that a map shows: of a pattern those that files of the tree lie behind. */
const listSubpaths = (own: TsPackage, resolver: TsResolver): string[] => {
  const map = readExportsMap(own.manifest.exports);
  if (!map) return ['.'];
  const prefix = own.directory === '' ? '' : `${own.directory}/`;
  const names = Object.keys(map).slice(0, 1_000);
  return names.flatMap((key) => {
    if (!key.includes('*')) return [key];
    const candidates = [...resolver.files].filter(
      (path) => path.startsWith(prefix) && TS_SOURCE.test(path),
    );
    const stars = candidates.flatMap((path) => listStars(path.slice(prefix.length), key));
    const subpaths = [...new Set(stars)].map((star) => key.replaceAll('*', () => star));
    return subpaths.length > MAX_FILES ? [] : subpaths;
  });
};

/** What a pattern's `*` may stand for, so that a file lies behind it. */
const listStars = (path: string, key: string): string[] => {
  const stem = path.replace(/(?:\.d)?\.[mc]?[jt]sx?$/, '');
  const isTest = /(?:^|\/)(?:__tests__|tests?)\/|\.(?:test|spec|stories|bench)$/.test(stem);
  if (isTest) return [];
  const parts = stem.split('/');
  return parts.flatMap((_, at) => {
    const rest = parts.slice(at).join('/');
    const star = matchStar(key, `./${rest}`);
    return star === undefined || star === '' ? [] : [star];
  });
};

const entriesOf = (own: TsPackage, resolver: TsResolver): FoundEntry[] => {
  const isPublishable = own.manifest.private !== true;
  const subpaths = listSubpaths(own, resolver).filter((subpath) => !isInternal(subpath));
  return subpaths.flatMap((subpath): FoundEntry[] => {
    const target = resolver.enter(own, subpath);
    if (target?.kind !== 'file' || !TS_SOURCE.test(target.path)) return [];
    const key = `${own.name} ${subpath}`;
    return [{ path: target.path, isConfigured: false, isPublishable, isProgram: false, key }];
  });
};

/** The files that the packages of a tree are entered by: `exports`, `main`, `types`, or an index. */
export const listTsEntries = (_tree: Tree, resolver: TsResolver): FoundEntry[] => {
  const packages = [...resolver.packages.values()].filter(
    ({ name, directory }) => name !== undefined && !NO_PACKAGES.test(directory),
  );
  const seen = new Set<string>();
  return packages
    .flatMap((own) => entriesOf(own, resolver))
    .filter(({ path }) => !seen.has(path) && seen.add(path));
};
