import { type AuditQuestion, auditSurfaces, type ExportFinding } from './audit.ts';
import { type KeptSurfaces, keepSurfaces, reviveSurfaces } from './kept-surfaces.ts';
import { type FoundEntry, type Language, type SurfaceReader, UNAVAILABLE } from './language.ts';
import type { Entry, Surface, Tree } from './model.ts';
import { PYTHON } from './python-language.ts';
import { findRenames } from './renames.ts';
import { RUST } from './rust-language.ts';
import type { Scans } from './scans.ts';
import { TYPESCRIPT } from './typescript-language.ts';

// Whoever audits in a bundle of its own has the parser there too.
export { chooseParser } from './oxc-store.ts';

/** Every language that the audit reads. */
const LANGUAGES: readonly Language[] = [RUST, TYPESCRIPT, PYTHON];

const languageOf = (path: string): Language | undefined =>
  LANGUAGES.find(({ isSource }) => isSource(path));

/** Whether the audit can read a file of this name as an entry. */
export const isAuditable = (path: string): boolean => languageOf(path) !== undefined;

/** All manifests at once: which packages there are is asked of all of them. */
const readManifestsAhead = (tree: Tree): void =>
  tree.ahead?.(tree.list().filter((path) => LANGUAGES.some(({ isManifest }) => isManifest(path))));

/** The entries of a tree: those that the config names, else those that its packages have. */
export const findEntries = (tree: Tree, configured: readonly string[]): FoundEntry[] => {
  readManifestsAhead(tree);
  if (configured.length === 0) return LANGUAGES.flatMap((language) => language.findEntries(tree));
  return configured.flatMap((path) => {
    const entry = languageOf(path)?.describeEntry(tree, path);
    return entry ? [{ ...entry, isConfigured: true, isProgram: false }] : [];
  });
};

/** Those that are found in the base: a commit's are kept. */
const findBaseEntries = (base: Tree, scans: Scans | undefined): FoundEntry[] => {
  const key = `entries ${base.version}`;
  const kept = base.version === undefined ? undefined : scans?.find(key);
  const entries = (kept as FoundEntry[] | undefined) ?? findEntries(base, []);
  if (!kept && base.version !== undefined) scans?.keep(key, entries);
  return entries;
};

/** The entries of two trees: those of the head, and those of the base that the head has no successor of. */
export const findAllEntries = (
  head: Tree,
  base: Tree | null,
  configured: readonly string[],
  scans?: Scans,
): FoundEntry[] => {
  const entries = findEntries(head, configured);
  if (!base || configured.length > 0) return entries;
  const known = new Set(entries.map(({ key }) => key));
  return [...entries, ...findBaseEntries(base, scans).filter(({ key }) => !known.has(key))];
};

/** Two trees to compare, or one for a full scan. */
export type TreeQuestion = Pick<AuditQuestion, 'settings' | 'trailers' | 'stage' | 'isWhole'> & {
  head: Tree;
  base: Tree | null;
  entries: readonly FoundEntry[];
  /** What scanners said at other times; without it every file is scanned. */
  scans?: Scans | undefined;
};

/** What the audit says of a tree. */
export type Audit = {
  findings: ExportFinding[];
  /** Files that cannot be parsed, and that no finding is about: the base could not either. */
  notJudged: string[];
  /** Every file of the head that was read. */
  files: string[];
  /** Files that could not be, and may lead to any other. */
  faults: string[];
  /** Of these the entries that nobody could read, for what reads their language is not installed. */
  unavailable: string[];
};

/** By its id where there is one, for its text may not be needed. */
const isThere = (tree: Tree, path: string): boolean =>
  (tree.id ? tree.id(path) : tree.read(path)) !== undefined;

/** The entry's file in the base: of the same path, or of the same package. */
const findBefore = (base: Tree, entry: FoundEntry): Entry | undefined => {
  if (isThere(base, entry.path)) return entry;
  return languageOf(entry.path)
    ?.findEntries(base)
    .find(({ key }) => key === entry.key);
};

const listFiles = (surfaces: readonly Surface[]): string[] => [
  ...new Set(surfaces.flatMap(({ files }) => files)),
];

const listUnread = (surfaces: readonly Surface[], findings: readonly ExportFinding[]): string[] => {
  const told = new Set(
    findings.filter(({ rule }) => rule === 'exports/unparsable').map(({ path }) => path),
  );
  const paths = surfaces.flatMap(({ faults }) => faults.map(({ path }) => path));
  return [...new Set(paths)].filter((path) => !told.has(path)).sort();
};

type ReadEntry = (tree: Tree, entry: Entry) => Surface[];

/** What the base shows by the entries of the head, each under the head's. */
const readBefore = (
  base: Tree,
  entries: readonly FoundEntry[],
  read: ReadEntry,
): { surfaces: Surface[]; of: number[] } => {
  readManifestsAhead(base);
  const before = entries.flatMap((entry, at) => {
    const old = findBefore(base, entry);
    return old ? read(base, old).map((surface) => ({ at, surface: { ...surface, entry } })) : [];
  });
  return { surfaces: before.map(({ surface }) => surface), of: before.map(({ at }) => at) };
};

type Kept = { asked: string; of: number[]; surfaces: KeptSurfaces };

/** The same of a commit, whose files need not even be listed once it is kept. */
const recallBefore = (
  base: Tree,
  entries: readonly FoundEntry[],
  {
    scans,
    stamps,
    read,
  }: { scans: Scans | undefined; stamps: readonly (string | undefined)[]; read: ReadEntry },
): Surface[] => {
  if (!scans || base.version === undefined || stamps.includes(undefined))
    return readBefore(base, entries, read).surfaces;
  const key = `${base.version} ${stamps.join(' ')}`;
  const asked = JSON.stringify(entries);
  const known = scans.findBase(key) as Kept | undefined;
  if (known?.asked === asked) {
    const shown = known.of.flatMap((at) => entries[at] ?? []);
    return reviveSurfaces(known.surfaces, shown);
  }
  const { surfaces, of } = readBefore(base, entries, read);
  const kept = keepSurfaces(surfaces);
  if (kept) scans.keepBase(key, { asked, of, surfaces: kept } satisfies Kept);
  return surfaces;
};

/** Audits a tree: what its entries show, against what they showed before. */
export const auditTrees = (question: TreeQuestion): Audit => {
  const { head, base, entries, scans, ...how } = question;
  const readers = new Map(LANGUAGES.map((language) => [language, language.createReader(scans)]));
  const used = new Set<SurfaceReader>();
  const read: ReadEntry = (tree, entry) => {
    const language = languageOf(entry.path);
    const reader = language && readers.get(language);
    if (!reader) return [];
    used.add(reader);
    tree.ahead?.(language.guessFiles(tree, entry), reader.isKnown);
    return [reader.read(tree, entry)];
  };
  const now = entries.flatMap((entry) => read(head, entry));
  const stamps = [...used].map(({ findStamp }) => findStamp());
  const before = base && recallBefore(base, entries, { scans, stamps, read });
  scans?.save();
  const rename =
    base && before
      ? findRenames({ tree: base, files: listFiles(before) }, { tree: head, files: listFiles(now) })
      : (path: string) => path;
  const findings = auditSurfaces({ ...how, head: now, base: before, rename });
  const faults = now.flatMap((surface) => surface.faults);
  return {
    findings,
    notJudged: listUnread([...now, ...(before ?? [])], findings),
    files: listFiles(now),
    faults: faults.map(({ path }) => path),
    unavailable: faults.filter(({ reason }) => reason === UNAVAILABLE).map(({ path }) => path),
  };
};
