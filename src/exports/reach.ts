import { directoryOf } from '../kit/paths.ts';
import { VERSION } from '../kit/version.ts';
import { isEntryName, isManifestName, isSourceName } from './names.ts';

/** A path that a commit changes; `blob` is what it has afterwards. */
type Touch = { path: string; kind: 'added' | 'modified' | 'deleted'; blob: string | undefined };

/** What the audit of a tree has read, so that most changes need none. */
export type Reach = {
  /** The config's blob, for it names entries. */
  config: string;
  /** A commit that the tree differs from in `staged`, and in nothing else that matters here. */
  from: string;
  staged: readonly Touch[];
  files: readonly string[];
  /** A file that could not be parsed may lead to any other. */
  isOpen: boolean;
};

/** A reach as it is asked: its files are not made a list of. */
export type KnownReach = Pick<Reach, 'config' | 'from' | 'isOpen'> & {
  /** Blobs by path, `null` for what was deleted. */
  staged: readonly (readonly [path: string, blob: string | null])[];
  has: (path: string) => boolean;
  /** Whether a file was read whose directory this path lies in or below. */
  isNear: (path: string) => boolean;
};

const END = '\nend\n';

const lineOf = (path: string): string => `\n${JSON.stringify(path)}\n`;
const directoryLine = (path: string): string => `\n/${JSON.stringify(path)}\n`;

/**
 * A reach as text: the commit, for hooks to read, a line of JSON, then a line a file and a line a directory, so
 * that it is searched and never parsed.
 */
export const renderReach = ({ files, staged, from, ...head }: Reach): string => {
  const directories = [...new Set(files.map(directoryOf))];
  const known = { ...head, version: VERSION, staged: staged.map(toPair) };
  const lines = [...files.map(lineOf), ...directories.map(directoryLine)];
  return `${from}\n${JSON.stringify(known)}${lines.join('')}${END}`;
};

/** What an audit has read, of a tree that differs from the commit `from` in `changes`. */
export const createReach = (about: Omit<Reach, 'staged'>, changes: readonly Touch[]): Reach => {
  const known = parseReach(renderReach({ ...about, staged: [] }));
  return { ...about, staged: changes.filter((change) => known && mayReach(known, change)) };
};

const toPair = ({ path, blob }: Touch): readonly [string, string | null] => [path, blob ?? null];

/** So many questions take as long as to make a set of all lines, which answers each next one at once. */
const FEW = 32;

/** Answers whether a text has a line, which is given with the ends of lines around it. */
const createLineSearch = (text: string): ((line: string) => boolean) => {
  let asked = 0;
  let lines: Set<string> | undefined;
  return (line) => {
    asked += 1;
    if (asked <= FEW) return text.includes(line);
    lines ??= new Set(text.split('\n'));
    return lines.has(line.slice(1, -1));
  };
};

/** The reach that a text holds; undefined where it is torn, or another version's. */
export const parseReach = (text: string): KnownReach | undefined => {
  if (!text.endsWith(END)) return undefined;
  try {
    const [from = '', known = ''] = text.split('\n', 2);
    const { version, ...head } = JSON.parse(known);
    if (version !== VERSION) return undefined;
    const near = new Map<string, boolean>();
    const isBelow = (directory: string): boolean => {
      const known = near.get(directory);
      if (known !== undefined) return known;
      const isThere = text.includes(directoryLine(directory));
      const answer = isThere || (directory !== '' && isBelow(directoryOf(directory)));
      near.set(directory, answer);
      return answer;
    };
    const hasLine = createLineSearch(text);
    const has = (path: string): boolean => hasLine(lineOf(path));
    return { ...head, from, has, isNear: (path) => isBelow(directoryOf(path)) };
  } catch {
    return undefined;
  }
};

/**
 * Whether a change can change what the audit says: of a file that it has read, of a manifest, or of a file
 * that comes or goes where a name of another one could lead to it.
 */
export const mayReach = (reach: KnownReach, { path, kind }: Touch): boolean => {
  if (reach.has(path) || isManifestName(path)) return true;
  if ((kind === 'modified' && !reach.isOpen) || !isSourceName(path)) return false;
  return isEntryName(path) || reach.isNear(path);
};

/** Whether HEAD has what the reach was found in: what it changes of that commit is what was staged then. */
const isCurrent = (reach: KnownReach, drift: readonly Touch[]): boolean => {
  const now = drift.filter((change) => mayReach(reach, change)).map(toPair);
  const then = new Map(reach.staged);
  return now.length === then.size && now.every(([path, blob]) => then.get(path) === blob);
};

/**
 * Whether a commit leaves what the audit says as it is. `listDrift` is asked for what HEAD changes of a commit,
 * where that matters; undefined is no answer.
 */
export const isOutOfReach = (
  reach: KnownReach,
  staged: readonly Touch[],
  listDrift: (from: string) => readonly Touch[] | undefined,
): boolean => {
  if (staged.some((change) => mayReach(reach, change))) return false;
  // Another kind of file is reached by nothing that could have come since.
  if (!staged.some(({ path }) => isSourceName(path))) return true;
  const drift = listDrift(reach.from);
  return drift !== undefined && isCurrent(reach, drift);
};
