import { hash } from 'node:crypto';
import { Undecided } from '../kit/errors.ts';
import { decodeNames, type Git, isObjectId, parseTree, readBlob } from '../kit/git.ts';
import { parseBatch } from '../kit/objects.ts';
import type { IsKnown, Tree } from './model.ts';
import { isManifestName, isSourceName } from './names.ts';
import type { Scans } from './scans.ts';

/** Texts of blobs, by id: two trees have most of them in common, and small ones are kept for other processes. */
export type BlobTexts = { known: Map<string, string>; kept: Scans | undefined };

export const createBlobTexts = (kept?: Scans): BlobTexts => ({ known: new Map(), kept });

/** Manifests and settings are small, and no scanner keeps what they say. */
const MAX_KEPT = 16_384;

const isKept = (path: string, text: string): boolean =>
  text.length <= MAX_KEPT && (isManifestName(path) || !isSourceName(path));

const keyOf = (id: string): string => `text ${id}`;

const recall = ({ known, kept }: BlobTexts, id: string): string | undefined => {
  const text = known.get(id) ?? kept?.find(keyOf(id));
  if (typeof text !== 'string') return undefined;
  known.set(id, text);
  return text;
};

/** The texts of blobs, in one question; one that is not in this clone throws `Undecided`. */
const readBlobs = (git: Git, ids: readonly string[]): string[] => {
  if (ids.length === 0) return [];
  const objects = parseBatch(git.read(['cat-file', '--batch'], `${ids.join('\n')}\n`));
  // Asked alone, git says what is wrong with it.
  return ids.map((id, at) => objects[at]?.content.toString('utf8') ?? readBlob(git, id));
};

/** Files by their blobs' ids, read in as few questions as they are announced in. */
const openBlobs = (git: Git, list: () => ReadonlyMap<string, string>, texts: BlobTexts): Tree => {
  let listed: { blobs: ReadonlyMap<string, string>; paths: string[] } | undefined;
  const open = () => {
    const blobs = listed?.blobs ?? list();
    listed ??= { blobs, paths: [...blobs.keys()] };
    return listed;
  };
  const idOf = (path: string): string | undefined => open().blobs.get(path);
  const fetch = (asked: readonly string[], isKnown: IsKnown = () => false): void => {
    const wanted = new Map<string, string>();
    for (const path of asked) {
      const id = idOf(path);
      if (id === undefined || isKnown(path, id) || recall(texts, id) !== undefined) continue;
      wanted.set(id, path);
    }
    const read = readBlobs(git, [...wanted.keys()]);
    for (const [at, [id, path]] of [...wanted].entries()) {
      const text = read[at] ?? '';
      texts.known.set(id, text);
      if (isKept(path, text)) texts.kept?.keep(keyOf(id), text);
    }
  };
  return {
    list: () => open().paths,
    id: idOf,
    ahead: fetch,
    read: (path) => {
      const id = idOf(path);
      if (id === undefined) return undefined;
      if (!texts.known.has(id)) fetch([path]);
      return texts.known.get(id);
    },
  };
};

/** The files of a commit, or of a tree; git is asked for them with the first question, for there may be none. */
export const openCommit = (git: Git, treeish: string, texts: BlobTexts): Tree => {
  const list = () => {
    const listed = git.read(['ls-tree', '-r', '-z', '--full-tree', treeish, '--']);
    return parseTree(decodeNames(listed).join('\0'));
  };
  const version = isObjectId(treeish) ? treeish : undefined;
  return { ...openBlobs(git, list, texts), version };
};

const ENTRY = /^100\d{3} ([0-9a-f]+) (\d)\t(.*)$/s;

/** The files of the index; one that is in conflict has no version that could be judged. */
export const openIndex = (git: Git, texts: BlobTexts): Tree => {
  const entries = decodeNames(git.read(['ls-files', '--stage', '-z', '--full-name', '--', ':/']));
  const files = entries.map((entry) => ENTRY.exec(entry)).filter((match) => match !== null);
  const conflict = files.find(([, , stage]) => stage !== '0');
  if (conflict) {
    throw new Undecided(
      'git-failed',
      `${conflict[3]} is in conflict, so the index has no version of it`,
      'git status',
    );
  }
  const blobs = new Map(files.map(([, id = '', , path = '']) => [path, id]));
  return openBlobs(git, () => blobs, texts);
};

/** Where git has a file of the working tree: `S` is in the index alone, `R` is gone. */
const TAGGED = /^([A-Z?]) (.*)$/s;

/** A file that a sparse checkout has left out is in the index alone. */
const readSkipped = (git: Git, path: string): string | undefined => {
  const { code, stdout } = git.run(['cat-file', 'blob', `:0:${path}`]);
  return code === 0 ? stdout.toString('utf8') : undefined;
};

/** The id that git gives a text, in a repository of SHA-1. */
const hashBlob = (text: string): string => hash('sha1', `blob ${Buffer.byteLength(text)}\0${text}`);

/** The files as they lie there, new ones too, without what git ignores. `readFile` reads one by its path. */
export const openWorkingTree = (git: Git, readFile: (path: string) => string | undefined): Tree => {
  const flags = ['--cached', '--others', '--deleted', '--exclude-standard'];
  const listed = decodeNames(
    git.read(['ls-files', '-t', '-z', ...flags, '--full-name', '--', ':/']),
  );
  const tagged = listed.map((entry) => TAGGED.exec(entry)).filter((match) => match !== null);
  const gone = new Set(tagged.filter(([, tag]) => tag === 'R').map(([, , path]) => path ?? ''));
  const paths = new Set(tagged.map(([, , path = '']) => path).filter((path) => !gone.has(path)));
  const skipped = new Set(tagged.filter(([, tag]) => tag === 'S').map(([, , path]) => path ?? ''));
  const readFresh = (path: string): string | undefined =>
    readFile(path) ?? (skipped.has(path) ? readSkipped(git, path) : undefined);
  // Whoever has asked for the id of a file asks for its text next, or not at all.
  let last: { path: string; text: string | undefined } | undefined;
  const read = (path: string): string | undefined => {
    if (last?.path !== path) last = { path, text: readFresh(path) };
    return last.text;
  };
  const ids = new Map<string, string | undefined>();
  const id = (path: string): string | undefined => {
    if (ids.has(path)) return ids.get(path);
    const text = read(path);
    const own = text === undefined ? undefined : hashBlob(text);
    ids.set(path, own);
    return own;
  };
  const names = [...paths];
  return { list: () => names, id, read };
};
