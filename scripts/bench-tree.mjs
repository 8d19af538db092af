// A tree as a monorepo has it, and CODEOWNERS files for it. The same at every run: all comes from fixed seeds.
import { createRandom } from './bench-kit.mjs';

const FEWEST_SEGMENTS = 3;
const MOST_SEGMENTS = 8;
export const PATHS = 100_000;
const PROJECTS = 600;
const DIRECTORIES = 9_000;
const TEAMS_A_WORD = 20;

const TOPS = ['apps', 'libs', 'packages', 'services', 'tools'];
const LAYOUT = ['src', 'src', 'test', 'lib', 'docs', 'internal'];
const WORDS = (
  'account audit auth batch billing cache cart catalog channel checkout client cluster config contract ' +
  'crypto device email event export feature feed flag gateway graph health image import index invoice job ' +
  'ledger locale media menu metric notice order page payment policy price profile queue quota report retry ' +
  'route schema search session shipping stock stream tax team theme token trace upload user vendor wallet'
).split(' ');
const COMMON = ['ts', 'ts', 'ts', 'tsx', 'tsx', 'js', 'json', 'md', 'css', 'go', 'go', 'py', 'rs'];
const RARE = (
  'avsc bzl cfg conf cjs csv dart ejs env fbs gradle graphql hbs hcl html ini java jsonc kt lock lua mdx ' +
  'mjs mk po proto ps1 rb rst scala scss sh sql svg swift tf toml txt vue wasm xml yaml yml zig'
).split(' ');
const FILES = ['README.md', 'package.json', 'index.ts', 'Dockerfile', 'Makefile', 'tsconfig.json'];

const createPick = (seed) => {
  const random = createRandom(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  return { random, pick };
};

const listDirectories = ({ random, pick }) => {
  const directories = new Map();
  while (directories.size < PROJECTS) {
    directories.set(`${pick(TOPS)}/${pick(WORDS)}-${pick(WORDS)}`, FEWEST_SEGMENTS - 1);
  }
  const all = [...directories.keys()];
  while (all.length < DIRECTORIES) {
    const parent = pick(all);
    const depth = directories.get(parent) + 1;
    const kind = random();
    const name =
      kind < 0.3 ? pick(LAYOUT) : kind < 0.5 ? pick(WORDS) : `${pick(WORDS)}-${pick(WORDS)}`;
    const path = `${parent}/${name}`;
    if (depth >= MOST_SEGMENTS || directories.has(path)) continue;
    directories.set(path, depth);
    all.push(path);
  }
  return all;
};

const makeFileName = ({ random, pick }) => {
  const kind = random();
  if (kind < 0.08) return pick(FILES);
  const extension = kind < 0.9 ? pick(COMMON) : pick(RARE);
  const name = random() < 0.2 ? pick(WORDS) : `${pick(WORDS)}-${pick(WORDS)}`;
  return `${name}.${extension}`;
};

/** Paths of 3 to 8 segments, in the order in which git lists them. */
export const listPaths = () => {
  const chance = createPick(604);
  const directories = listDirectories(chance);
  const paths = new Set();
  while (paths.size < PATHS) {
    paths.add(`${chance.pick(directories)}/${makeFileName(chance)}`);
  }
  // All of it is ASCII, where the order of strings is that of bytes.
  return [...paths].sort();
};

const parentOf = (path) => path.slice(0, path.lastIndexOf('/'));
const nameOf = (path) => path.slice(path.lastIndexOf('/') + 1);
const extensionOf = (path) => path.slice(path.lastIndexOf('.') + 1);

/** Kinds of patterns, and how many of a hundred rules are of each. */
const KINDS = {
  'anchored directory': { share: 30, make: ({ directory }) => `/${directory}/` },
  'anchored file': { share: 18, make: ({ file }) => `/${file}` },
  '/dir/*.ext': { share: 12, make: ({ file }) => `/${parentOf(file)}/*.${extensionOf(file)}` },
  '*.ext': { share: 2, make: ({ pick }) => `*.${pick(RARE)}` },
  'bare name': { share: 8, make: ({ pick, fileNames }) => pick(fileNames) },
  'bare directory': { share: 8, make: ({ pick, directoryNames }) => `${pick(directoryNames)}/` },
  '/a/**/b/': {
    share: 8,
    make: ({ directory }) => {
      const [top, project, ...rest] = directory.split('/');
      return rest.length > 0 ? `/${top}/${project}/**/${rest.at(-1)}/` : null;
    },
  },
  '**/a/b': { share: 6, make: ({ file }) => `**/${file.split('/').slice(-2).join('/')}` },
  '/a/*/b/': {
    share: 5,
    make: ({ directory }) => {
      const segments = directory.split('/');
      return segments.length > 2
        ? `/${[...segments.slice(0, -2), '*'].join('/')}/${segments.at(-1)}/`
        : null;
    },
  },
  'name*.ext': { share: 3, make: ({ pick }) => `${pick(WORDS)}*.${pick([...COMMON, ...RARE])}` },
};

const LOTS = Object.entries(KINDS).flatMap(([kind, { share }]) => Array(share).fill(kind));

const makeOwners = ({ random, pick }) => {
  const kind = random();
  const team = () => `@acme/${pick(WORDS)}-${Math.floor(random() * TEAMS_A_WORD)}`;
  if (kind < 0.03) return [];
  return kind < 0.9 ? [team()] : [team(), team()];
};

/**
 * A CODEOWNERS file of so many rules, one a line, and the kind of each. What holds everywhere comes first,
 * as the last rule decides; rules of all other kinds are mixed. One directory in ten is no longer there.
 */
export const makeOwnersFile = (paths, size) => {
  const chance = createPick(5_000 + size);
  const { random, pick } = chance;
  const directories = [...new Set(paths.map(parentOf))];
  const fileNames = [...new Set(paths.map(nameOf))];
  const directoryNames = [...new Set(directories.map(nameOf))];
  const age = (path) => (random() < 0.1 ? `${path}-old` : path);
  const kinds = new Map();
  while (kinds.size < size - 1) {
    const kind = pick(LOTS);
    const place = { directory: age(pick(directories)), file: pick(paths) };
    const pattern = KINDS[kind].make({ pick, fileNames, directoryNames, ...place });
    if (pattern !== null && !kinds.has(pattern)) kinds.set(pattern, kind);
  }
  const isWide = ([, kind]) => kind === '*.ext';
  const mixed = [...kinds];
  const rules = [['*', '*'], ...mixed.filter(isWide), ...mixed.filter((rule) => !isWide(rule))];
  const lines = rules.map(([pattern], at) =>
    [pattern, ...(at === 0 ? ['@all'] : makeOwners(chance))].join(' '),
  );
  return { text: `${lines.join('\n')}\n`, kinds: rules.map(([, kind]) => kind) };
};
