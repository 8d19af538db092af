import type { Tree } from './model.ts';

/** More pairs than this are not compared by their lines: then only files that are the same are followed. */
const MAX_PAIRS = 4_000;
const MAX_LINES = 5_000;

/** Two files that have so much in common are one that was moved, as git counts it. */
const SIMILAR = 0.5;

const countLines = (text: string): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const line of text.split('\n', MAX_LINES)) {
    const words = line.trim();
    if (words !== '') counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return counts;
};

const sizeOf = (lines: ReadonlyMap<string, number>): number =>
  [...lines.values()].reduce((sum, count) => sum + count, 0);

/** The part of the lines that both have, of those of the longer one. */
const similarity = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number => {
  let shared = 0;
  for (const [line, count] of a) shared += Math.min(count, b.get(line) ?? 0);
  const longer = Math.max(sizeOf(a), sizeOf(b));
  return longer === 0 ? 1 : shared / longer;
};

type Side = { paths: readonly string[]; tree: Tree };

const readAll = ({ paths, tree }: Side): Map<string, string> => {
  tree.ahead?.(paths);
  return new Map(paths.map((path) => [path, tree.read(path) ?? '']));
};

const pairSame = (gone: Map<string, string>, fresh: Map<string, string>): [string, string][] => {
  const byText = new Map([...fresh].map(([path, text]) => [text, path]));
  return [...gone].flatMap(([path, text]): [string, string][] => {
    const target = byText.get(text);
    if (target === undefined || !fresh.delete(target)) return [];
    gone.delete(path);
    return [[path, target]];
  });
};

const pairSimilar = (gone: Map<string, string>, fresh: Map<string, string>): [string, string][] => {
  if (gone.size * fresh.size > MAX_PAIRS) return [];
  const lines = new Map([...fresh].map(([path, text]) => [path, countLines(text)]));
  const pairs = [...gone].flatMap(([path, text]) => {
    const own = countLines(text);
    return [...lines].map(([target, other]) => ({ path, target, score: similarity(own, other) }));
  });
  const taken = new Set<string>();
  return pairs
    .filter(({ score }) => score >= SIMILAR)
    .sort((a, b) => b.score - a.score)
    .flatMap(({ path, target }): [string, string][] => {
      if (taken.has(`from ${path}`) || taken.has(`to ${target}`)) return [];
      taken.add(`from ${path}`).add(`to ${target}`);
      return [[path, target]];
    });
};

/**
 * Where the files that the base's surfaces read are now: those that are gone, paired with new ones of the
 * same text, then of similar text. Found from the texts themselves, for git would fetch blobs to tell.
 */
export const findRenames = (
  base: { tree: Tree; files: readonly string[] },
  head: { tree: Tree; files: readonly string[] },
): ((path: string) => string) => {
  const now = new Set(head.tree.list());
  const lost = base.files.filter((path) => !now.has(path));
  if (lost.length === 0) return (path) => path;
  const before = new Set(base.tree.list());
  const found = head.files.filter((path) => !before.has(path));
  if (found.length === 0) return (path) => path;
  const gone = readAll({ tree: base.tree, paths: lost });
  const fresh = readAll({ tree: head.tree, paths: found });
  const renames = new Map([...pairSame(gone, fresh), ...pairSimilar(gone, fresh)]);
  return (path) => renames.get(path) ?? path;
};
