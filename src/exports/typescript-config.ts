import { directoryOf, joinPath } from '../kit/paths.ts';
import type { Tree } from './model.ts';

/** What a `tsconfig.json` says about where modules lie; directories are relative to the tree's top. */
export type TsConfig = {
  /** Patterns with at most one `*`, and what they stand for, in the order of the file. */
  paths: readonly { pattern: string; targets: readonly string[] }[];
  baseUrl: string | undefined;
  /** Where what is built goes, and what it is built from. */
  outputs: readonly string[];
  rootDir: string | undefined;
};

/** Longer ones are no configs. */
const MAX_LENGTH = 500_000;

const MAX_EXTENDS = 16;

/** Stands for the directory of the config that is read, in what it extends too. */
const CONFIG_DIR = '$' + '{configDir}';

const STRING_OR_COMMENT = /"(?:[^"\\]|\\.)*"?|\/\/[^\n]*|\/\*(?:[\s\S]*?\*\/|[\s\S]*)/g;
const STRING_OR_COMMA = /("(?:[^"\\]|\\.)*"?)|,(?=\s*[}\]])/g;

export type Json = Readonly<Record<string, unknown>>;

/** An object, whatever else it is. */
export const asObject = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : undefined;

/** A text, or nothing. */
export const asText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const asTexts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];

/** JSON as configs have it, with comments and commas too many; undefined where it is none. */
export const parseLooseJson = (text: string): Json | undefined => {
  if (text.length > MAX_LENGTH) return undefined;
  const bare = text
    .replace(/^\uFEFF/, '')
    .replace(STRING_OR_COMMENT, (part) => (part.startsWith('"') ? part : ' '))
    .replace(STRING_OR_COMMA, '$1');
  try {
    return asObject(JSON.parse(bare));
  } catch {
    return undefined;
  }
};

type Chain = { directory: string; options: Json }[];

type Finder = (name: string) => string | undefined;

/** Where `extends` leads: a file beside it, or one of a package of the repository. */
const resolveExtended = (from: string, name: string, findPackage: Finder): string[] => {
  if (name.startsWith('.')) {
    const path = joinPath(from, name);
    return path === undefined ? [] : [path, `${path}.json`, joinPath(path, 'tsconfig.json') ?? ''];
  }
  const parts = name.split('/');
  const count = name.startsWith('@') ? 2 : 1;
  const directory = findPackage(parts.slice(0, count).join('/'));
  const rest = parts.slice(count).join('/');
  if (directory === undefined) return [];
  const path = joinPath(directory, rest === '' ? 'tsconfig.json' : rest) ?? '';
  return [path, `${path}.json`];
};

const listExtended = (config: Json): string[] =>
  typeof config.extends === 'string' ? [config.extends] : asTexts(config.extends);

/** The options of a config and of those that it extends, the nearest first. */
const readChain = (tree: Tree, path: string, findPackage: Finder): Chain => {
  const chain: Chain = [];
  const open = [path];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const text = tree.read(next);
    const config = text === undefined ? undefined : parseLooseJson(text);
    if (!config || chain.length >= MAX_EXTENDS) continue;
    const directory = directoryOf(next);
    chain.push({ directory, options: asObject(config.compilerOptions) ?? {} });
    for (const name of listExtended(config).reverse()) {
      const candidates = resolveExtended(directory, name, findPackage);
      const found = candidates.find((candidate) => tree.read(candidate) !== undefined);
      if (found !== undefined) open.push(found);
    }
  }
  return chain;
};

const readConfig = (tree: Tree, path: string, findPackage: Finder): TsConfig => {
  const chain = readChain(tree, path, findPackage);
  const top = directoryOf(path);
  const at = (directory: string, target: string): string[] => {
    const isTop = target.startsWith(CONFIG_DIR);
    const relative = isTop ? `.${target.slice(CONFIG_DIR.length)}` : target;
    const joined = joinPath(isTop ? top : directory, relative);
    return joined === undefined ? [] : [joined];
  };
  const find = (key: string): string | undefined => {
    const link = chain.find(({ options }) => typeof options[key] === 'string');
    return link && at(link.directory, asText(link.options[key]) ?? '')[0];
  };
  const baseUrl = find('baseUrl');
  const own = chain.find(({ options }) => asObject(options.paths));
  const paths = Object.entries(asObject(own?.options.paths) ?? {}).map(([pattern, targets]) => ({
    pattern,
    targets: asTexts(targets).flatMap((target) => at(baseUrl ?? own?.directory ?? '', target)),
  }));
  const outputs = [find('outDir'), find('declarationDir')].filter((each) => each !== undefined);
  return { paths, baseUrl, outputs, rootDir: find('rootDir') };
};

const NAMES = ['tsconfig.json', 'jsconfig.json'];

const inDirectory = (directory: string, name: string): string =>
  directory === '' ? name : `${directory}/${name}`;

/** A solution has no options of its own, but names those that do. */
const listReferences = (tree: Tree, path: string): string[] => {
  const config = parseLooseJson(tree.read(path) ?? '');
  const references = Array.isArray(config?.references) ? config.references : [];
  return references.slice(0, 100).flatMap((each) => {
    const target = joinPath(directoryOf(path), asText(asObject(each)?.path) ?? '');
    if (target === undefined) return [];
    return target.endsWith('.json') ? [target] : [inDirectory(target, 'tsconfig.json')];
  });
};

/** Configs of a tree, each read once. `findPackage` gives a package's directory by its name. */
export const createConfigs = (tree: Tree, has: (path: string) => boolean, findPackage: Finder) => {
  const known = new Map<string, TsConfig>();
  const read = (path: string): TsConfig => {
    const config = known.get(path) ?? readConfig(tree, path, findPackage);
    known.set(path, config);
    return config;
  };
  const isSaying = ({ paths, baseUrl }: TsConfig): boolean =>
    paths.length > 0 || baseUrl !== undefined;
  const open = (path: string): TsConfig => {
    const config = read(path);
    if (isSaying(config)) return config;
    return listReferences(tree, path).filter(has).map(read).find(isSaying) ?? config;
  };
  const nearest = new Map<string, TsConfig | undefined>();
  /** The config that an editor would use for the files of a directory. */
  const find = (directory: string): TsConfig | undefined => {
    if (nearest.has(directory)) return nearest.get(directory);
    const path = NAMES.map((name) => inDirectory(directory, name)).find(has);
    const up = directory === '' ? undefined : find(directoryOf(directory));
    const config = path === undefined ? up : open(path);
    nearest.set(directory, config);
    return config;
  };
  return { find, read };
};
