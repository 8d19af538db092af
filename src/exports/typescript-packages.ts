import { directoryOf } from '../kit/paths.ts';
import type { Tree } from './model.ts';
import { isInstalled } from './names.ts';
import { asObject, asText, type Json, parseLooseJson } from './typescript-config.ts';

/** The name of a package's manifest. */
export const PACKAGE = 'package.json';

/** A package with its place: `directory` is empty at the top. */
export type TsPackage = { directory: string; name: string | undefined; manifest: Json };

/** All packages of a tree, by directory. */
export const listTsPackages = (tree: Tree): Map<string, TsPackage> => {
  const packages = new Map<string, TsPackage>();
  for (const path of tree.list()) {
    if ((path !== PACKAGE && !path.endsWith(`/${PACKAGE}`)) || isInstalled(path)) continue;
    const manifest = parseLooseJson(tree.read(path) ?? '');
    const directory = directoryOf(path);
    if (manifest) packages.set(directory, { directory, name: asText(manifest.name), manifest });
  }
  return packages;
};

/** More targets than any map has for one name. */
const MAX_TARGETS = 100;

/** All that a name may stand for, by whatever condition, in the order of the map. */
const listTargets = (value: unknown): string[] => {
  const targets: string[] = [];
  const open = [value];
  for (let count = 0; open.length > 0 && count < MAX_TARGETS; count += 1) {
    const next = open.shift();
    if (typeof next === 'string') targets.push(next);
    else if (Array.isArray(next)) open.unshift(...next.slice(0, MAX_TARGETS));
    else open.unshift(...Object.values(asObject(next) ?? {}).slice(0, MAX_TARGETS));
  }
  return targets;
};

/** `exports` by subpath: a text or a map of conditions alone is that of `.`. */
export const readExportsMap = (value: unknown): Json | undefined => {
  if (value === undefined || value === null) return undefined;
  const map = asObject(value);
  const isMap = map && Object.keys(map).some((key) => key.startsWith('.'));
  return isMap ? map : { '.': value };
};

/** The text that a pattern's `*` stands for; undefined where it does not match. */
export const matchStar = (pattern: string, name: string): string | undefined => {
  const star = pattern.indexOf('*');
  if (star === -1) return pattern === name ? '' : undefined;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  const fits =
    name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail);
  return fits ? name.slice(head.length, name.length - tail.length) : undefined;
};

/** Whatever a map has for a name: the exact one, else the pattern with the longest head. */
export const matchMap = (map: Json, name: string): string[] => {
  if (Object.hasOwn(map, name) && !name.includes('*')) return listTargets(map[name]);
  const headOf = (pattern: string): number => pattern.indexOf('*');
  const patterns = Object.keys(map)
    .filter((key) => key.includes('*') && matchStar(key, name) !== undefined)
    .sort((a, b) => headOf(b) - headOf(a));
  const [best] = patterns;
  if (best === undefined) return [];
  const star = matchStar(best, name) ?? '';
  return listTargets(map[best]).map((target) => target.replaceAll('*', () => star));
};

/** What a package is entered by where its manifest has no `exports`. */
const MAIN_KEYS = ['source', 'types', 'typings', 'module', 'main', 'browser'];

/** The files that importing a package by its name alone may lead to, as its manifest names them. */
export const listMains = ({ manifest }: TsPackage): string[] =>
  MAIN_KEYS.flatMap((key) => asText(manifest[key]) ?? []);
