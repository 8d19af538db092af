import { Undecided } from '../kit/errors.ts';
import { encodeHolder } from './record.ts';

/** What a ledger in a ref keeps beside its log: the directories of its tree, as a clone's own are called. */
export const SECTIONS = ['locks', 'ended', 'queue', 'asks'] as const;
export type Section = (typeof SECTIONS)[number];

/** The file that makes a tree a ledger. */
export const STATE_FILE = 'state.json';

/** Where a compaction leaves the events of the commits that it takes away. */
export const LOG_DIRECTORY = 'log';

/** What a ledger counts: its changes, and the highest token that was drawn. Both only ever grow. */
export type LedgerState = { version: 1; seq: number; token: number };

/**
 * One file of a ledger's tree: `path` as git names it, `name` as it may be called on a disk. `problem` says
 * why it cannot be a record: it is a link, say.
 */
export type LedgerFile = {
  section: Section;
  name: string;
  path: string;
  id: string;
  problem?: string;
};

/** A ledger as one commit has it; without one it is empty. */
export type Snapshot = {
  commit: string | undefined;
  state: LedgerState;
  files: readonly LedgerFile[];
};

export const EMPTY_SNAPSHOT: Snapshot = {
  commit: undefined,
  state: { version: 1, seq: 0, token: 0 },
  files: [],
};

/** One line of `ls-tree -r -l -z`. */
export type TreeLine = { mode: string; id: string; size: number; path: string };

/** More than any fleet holds; whoever could write more than that could fill every clone's disk. */
const MAX_FILES = 50_000;
const MAX_FILE = 1024 * 1024;
const MAX_BYTES = 64 * 1024 * 1024;

const FILE_MODES = ['100644', '100755'];
const PLAIN_NAME = /^[A-Za-z0-9_@%-][A-Za-z0-9_@%.-]{0,254}$/;

const problemOf = ({ mode, size }: TreeLine): string | undefined => {
  if (mode === '120000') return 'it is a symbolic link';
  if (!FILE_MODES.includes(mode)) return 'it is not a regular file';
  return size > MAX_FILE ? `it is larger than ${MAX_FILE} bytes` : undefined;
};

/** A name that no disk, shell or terminal takes amiss; one that is none of ours goes by its encoded form. */
const safeName = (name: string): string => {
  if (PLAIN_NAME.test(name)) return name;
  return `%${encodeHolder(name)}${/\.(?:lock|json)$/.exec(name)?.[0] ?? ''}`;
};

const toFile = (line: TreeLine): LedgerFile | undefined => {
  const [top = '', ...rest] = line.path.split('/');
  const section = SECTIONS.find((known) => known === top);
  const name = rest.join('/');
  if (section === undefined || name === '') return undefined;
  const problem = PLAIN_NAME.test(name) ? problemOf(line) : 'its name is none of a record';
  const file = { section, name: safeName(name), path: line.path, id: line.id };
  return problem === undefined ? file : { ...file, problem };
};

/** The files of a ledger's tree; throws `Undecided` where there are more of them than there can be. */
export const listLedgerFiles = (lines: readonly TreeLine[]): LedgerFile[] => {
  const bytes = lines.reduce((sum, { size }) => sum + Math.min(size, MAX_FILE), 0);
  if (lines.length <= MAX_FILES && bytes <= MAX_BYTES) {
    return lines.map(toFile).filter((file) => file !== undefined);
  }
  throw new Undecided(
    'store-unreadable',
    `the ledger has ${lines.length} files of ${bytes} bytes, which is more than leasehold reads`,
    'look at what was written to the ref of the ledger',
  );
};

/** `<mode> <type> <id> <size>\t<path>`, each ended by NUL. */
export const parseTreeLines = (names: readonly string[]): TreeLine[] =>
  names
    .map((line) => /^(\d{6}) \w+ ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(line))
    .filter((match) => match !== null)
    .map(([, mode = '', id = '', size = '', path = '']) => ({
      mode,
      id,
      size: size === '-' ? 0 : Number(size),
      path,
    }));

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** The text of a ledger's state; undefined where it is none. A later version throws `Undecided`. */
export const parseState = (text: string): LedgerState | undefined => {
  let json: Partial<Record<keyof LedgerState, unknown>> | null;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { version, seq, token } = json ?? {};
  if (isCount(version) && version > 1) {
    throw new Undecided(
      'min-version',
      'the ledger is kept by a newer leasehold',
      'npm install --save-dev leasehold@latest',
    );
  }
  return version === 1 && isCount(seq) && isCount(token) ? { version, seq, token } : undefined;
};

/** A snapshot with these edits, which a commit has made of it; each new text is known by the id that `learn` gives it. */
export const applyEdits = (
  { files }: Snapshot,
  edits: ReadonlyMap<string, string | null>,
  { commit, learn }: { commit: string; learn: (text: string) => string },
): Snapshot | undefined => {
  const state = parseState(edits.get(STATE_FILE) ?? '');
  if (!state) return undefined;
  const added = [...edits].flatMap(([path, text]) =>
    text === null ? [] : [{ mode: '100644', id: learn(text), size: text.length, path }],
  );
  const kept = files.filter(({ path }) => !edits.has(path));
  return { commit, state, files: [...kept, ...listLedgerFiles(added)] };
};
